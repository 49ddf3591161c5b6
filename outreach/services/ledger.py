"""The ledger of received mail: one row for each message of a mailbox, whatever becomes of it.

A message is known by the digest of its bytes and by its Message-ID, both unique in a mailbox, and
by its sender, date and words, so a second delivery, a second poll, a rewritten id or a new
UIDVALIDITY never makes a second row.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from leads.models import Lead, ThreadEvent
from outreach.channels.base import InboundRaw
from outreach.mail.parse import ParsedMail, Unreadable, parse, sender
from outreach.mail.reply_text import extract_detail
from outreach.models import InboundMessage, Mailbox
from salesagent.lib.text import one_line

FULL_TEXT_LIMIT = 64 * 1024
QUARANTINE = Path("quarantine")
_HEADER_LIMIT = 64 * 1024


@dataclass(frozen=True)
class Read:
    """A received message as far as it could be read. `problem`: why the body is missing.

    `text` are the person's new words; `whole` says that none could be told from the quotes.
    """

    digest: str
    mail: ParsedMail
    text: str = ""
    whole: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a row of the ledger ends as."""

    state: str
    reason: str = ""
    lead: Lead | None = None
    event: ThreadEvent | None = None
    matched_by: str = ""
    candidates: list[int] = field(default_factory=list)


def ignored(reason: str) -> Outcome:
    return Outcome(InboundMessage.State.IGNORED, reason)


def read(raw: InboundRaw) -> Read:
    """Never raises for what is in the mail: an unreadable one is read by its header alone."""
    if raw.raw is None:
        header = raw.envelope.get("header")
        known = header if isinstance(header, bytes) else _envelope_key(raw)
        mail = _header_only(header) if isinstance(header, bytes) else _from_envelope(raw)
        return Read(_digest(known), mail, problem=f"Too large to read: {_size(raw.size)}")
    digest = _digest(raw.raw)
    try:
        mail = parse(raw.raw)
    except Unreadable as error:
        return Read(digest, _header_only(raw.raw), problem=str(error))
    words = extract_detail(mail.text, mail.html_text)
    return Read(digest, mail, words.text, words.whole)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _envelope_key(raw: InboundRaw) -> bytes:
    return json.dumps([raw.envelope, raw.size], sort_keys=True, default=str).encode()


def _size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB"


def _header_only(data: bytes) -> ParsedMail:
    head = data[:_HEADER_LIMIT].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    try:
        return parse(head + b"\n\n")
    except Unreadable:
        return _empty()


def _empty() -> ParsedMail:
    return ParsedMail("", "", (), "", "", (), "", None, "", "")


def _from_envelope(raw: InboundRaw) -> ParsedMail:
    """For transports that give the named fields only (see InboundRaw)."""
    field_of = {key: one_line(str(value), 998) for key, value in raw.envelope.items() if value}
    name, address = sender(field_of.get("from", ""))
    return ParsedMail(
        message_id=field_of.get("message_id", ""),
        in_reply_to=field_of.get("in_reply_to", ""),
        references=tuple(str(raw.envelope.get("references") or "").split()[-50:]),
        from_address=address,
        from_name=name,
        to=(),
        subject=field_of.get("subject", "")[:300],
        date=None,
        text="",
        html_text="",
    )


def known(mailbox: Mailbox, item: Read) -> InboundMessage | None:
    """The row of this message, if it was here before.

    The same Message-ID with other words is another message all the same: some programs use one id
    again and again, and nothing may be lost by that.
    """
    mine = InboundMessage.objects.filter(mailbox=mailbox)
    if row := mine.filter(digest=item.digest).first():
        return row
    if item.mail.message_id:
        row = mine.filter(message_id=item.mail.message_id).first()
        if row and _same(row, item):
            return row
    return _under_another_id(mine, item)


def _under_another_id(mine: QuerySet[InboundMessage], item: Read) -> InboundMessage | None:
    """Gateways and providers write ids of their own: the same sender, second, subject and words
    are the same mail."""
    mail, words = item.mail, full_text(item.mail)
    if not (mail.date and mail.from_address and words) or item.problem or mail.report:
        return None  # reports of one second may differ only in whom they are about
    rows = mine.filter(from_address=mail.from_address, subject=mail.subject[:300])
    told = ("date", "in_reply_to", "references", "attachments")
    facts = [_headers(mail, False)[name] for name in told]
    same = (row for row in rows[:50] if [row.headers.get(name) for name in told] == facts)
    return next((row for row in same if row.full_text == words), None)


def _same(row: InboundMessage, item: Read) -> bool:
    if row.from_address != item.mail.from_address:
        return False
    return item.problem != "" or row.full_text == full_text(item.mail)


def full_text(mail: ParsedMail) -> str:
    return (mail.text.strip() and mail.text or mail.html_text)[:FULL_TEXT_LIMIT].strip()


def add(mailbox: Mailbox, raw: InboundRaw, item: Read) -> InboundMessage | None:
    """A new row, not decided yet; None when another poll was faster."""
    mail = item.mail
    mine = InboundMessage.objects.filter(mailbox=mailbox)
    taken = bool(mail.message_id) and mine.filter(message_id=mail.message_id).exists()
    row = InboundMessage(
        mailbox=mailbox,
        uidvalidity=raw.uidvalidity,
        uid=raw.uid,
        message_id="" if taken else mail.message_id,
        digest=item.digest,
        from_address=mail.from_address[:254],
        from_name=mail.from_name[:200],
        subject=mail.subject[:300],
        text=item.text,
        full_text=full_text(mail),
        size=min(raw.size, 2**31 - 1),
        received_at=_arrived(raw.internal_date),
        state=InboundMessage.State.IGNORED,
        raw_path=_keep_raw(raw, item) if item.problem else "",
        headers=_headers(mail, taken),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return None
    return row


def _arrived(moment: datetime) -> datetime:
    """Not in the future, whatever the server's clock says."""
    return min(moment, timezone.now())


def _headers(mail: ParsedMail, taken: bool) -> dict[str, object]:
    files = [{"name": a.name, "size": a.size, "type": a.content_type} for a in mail.attachments]
    return {
        "in_reply_to": mail.in_reply_to,
        "references": " ".join(mail.references),
        "date": mail.date.isoformat() if mail.date else "",
        "attachments": files,
        **({"repeated_id": mail.message_id} if taken else {}),
    }


def _keep_raw(raw: InboundRaw, item: Read) -> str:
    """The message as it came, beside the database; its path under DATA_DIR/mail. OSError goes up:
    the cursor must not pass a message that was not kept."""
    if raw.raw is None:
        return ""
    path = QUARANTINE / f"{item.digest}.eml"
    target = settings.DATA_DIR / "mail" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(raw.raw)
    return str(path)


def settle(row: InboundMessage, outcome: Outcome) -> None:
    row.state = outcome.state
    row.reason = outcome.reason[:200]
    row.lead = outcome.lead
    row.event_id = outcome.event.pk if outcome.event else None
    row.matched_by = outcome.matched_by
    row.candidates = outcome.candidates
    row.save(update_fields=["state", "reason", "lead", "event_id", "matched_by", "candidates"])


def forget_words(row: InboundMessage) -> None:
    """Keep that a message came, not what it said or who wrote it."""
    row.from_address = row.from_name = row.subject = row.text = row.full_text = ""
    row.headers = {}
    row.save(update_fields=["from_address", "from_name", "subject", "text", "full_text", "headers"])


def lock_away(mailbox: Mailbox, raw: InboundRaw, reason: str) -> InboundMessage:
    """Keep a message that nothing else could be done with: its bytes, and a row that says so."""
    digest = _digest(raw.raw if raw.raw is not None else _envelope_key(raw))
    item = Read(digest, _empty(), problem=reason)
    row, _ = InboundMessage.objects.get_or_create(
        mailbox=mailbox,
        digest=digest,
        defaults={
            "uidvalidity": raw.uidvalidity,
            "uid": raw.uid,
            "size": min(raw.size, 2**31 - 1),
            "raw_path": _keep_raw(raw, item),
            "received_at": _arrived(raw.internal_date),
            "state": InboundMessage.State.QUARANTINED,
            "reason": reason[:200],
        },
    )
    return row
