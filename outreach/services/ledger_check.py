"""The daily proof: each mail that lies on the server is in a thread, ignored with a reason, or
waits for a person. What is missing is taken in at once; what then is still missing is told.

A mail is found by its number (UID, with UIDVALIDITY), then by its Message-ID, then, once it was
fetched, by the digest of its bytes and by its words (services.ledger). Mail of the last half hour
may be on its way and counts as waiting.

Answers that a provider has put into Spam: the Spam folder is no mailbox of ours and its mail is not
counted, except what names a message of ours in In-Reply-To or References. That is an answer, and is
taken in like one.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from outreach.channels.base import ChannelError, InboundRaw, InventoryItem, MailTransport
from outreach.models import InboundMessage, LedgerCheck, Mailbox, Task, Touch
from outreach.services import ledger, receiving, transports, worklist
from outreach.services.polling import POISON
from salesagent.accounts.models import User
from salesagent.lib.crypto import SecretUnreadable
from salesagent.lib.text import one_line, plural

log = logging.getLogger(__name__)
DAYS = 7
ON_ITS_WAY = timedelta(minutes=30)
EVERY = timedelta(hours=20)  # the whole comparison; Spam is looked at each time
SPAM_DAYS = timedelta(days=2)
DETAILS = 100
State = InboundMessage.State


@dataclass
class _Found:
    """What the ledger says about the server's mail."""

    states: Counter[str] = field(default_factory=Counter)
    missing: list[InventoryItem] = field(default_factory=list)
    on_its_way: int = 0

    def count(self, *states: str) -> int:
        return sum(self.states[state] for state in states)


def check_all(now: datetime | None = None) -> int:
    """Each mailbox that is read: the whole comparison once a day, Spam each time. How many gaps."""
    now = now or timezone.now()
    boxes = Mailbox.objects.exclude(state=Mailbox.State.OFF).select_related("user", "connection")
    return sum(_check_one(pk, now) for pk in boxes.values_list("pk", flat=True))


def _check_one(pk: int, now: datetime) -> int:
    try:
        mailbox = Mailbox.objects.select_related("user", "connection").get(pk=pk)
    except (SecretUnreadable, Mailbox.DoesNotExist):
        return 0  # the poll says so
    if LedgerCheck.objects.filter(mailbox=pk, checked_at__gt=now - EVERY).exists():
        look_into_spam(mailbox, now)
        return 0
    return check(mailbox, now=now).missing


def check(mailbox: Mailbox, days: int = DAYS, now: datetime | None = None) -> LedgerCheck:
    """Compare the last `days`, take in what is missing, note the numbers, tell about a gap.

    A server that cannot be read gives a row with `error`; nothing is raised for it.
    """
    now = now or timezone.now()
    since = max(now - timedelta(days=days), mailbox.poll_from or mailbox.created_at)
    row = LedgerCheck(mailbox=mailbox, since=since)
    if not mailbox.is_read:
        row.error = "This mailbox only sends; no server for reading is set."
        row.save()
        return row
    try:
        _compare(row, transports.transport_for(mailbox), now)
    except ChannelError as error:
        row.error = one_line(error.message, 300)
    row.save()
    if row.missing:
        _tell(row, now)
    return row


def _compare(row: LedgerCheck, transport: MailTransport, now: datetime) -> None:
    items = _counted(transport.inventory(row.since))
    row.on_server = len(items)
    found = _look_up(row.mailbox, items, row.since, now - ON_ITS_WAY)
    row.fetched, known = _fetch(row.mailbox, transport, found.missing)
    found.states.update(row_.state for row_ in known.values())
    lost = [item for item in found.missing if _key(item) not in known]
    if lost:  # deleted on the server meanwhile, perhaps
        still = {_key(item) for item in _counted(transport.inventory(row.since))}
        row.on_server -= sum(_key(item) not in still for item in lost)
        lost = [item for item in lost if _key(item) in still]
    row.threaded = found.count(State.THREADED)
    row.ignored = found.count(State.IGNORED)
    row.waiting = found.count(State.UNMATCHED, State.QUARANTINED) + found.on_its_way
    row.missing = len(lost)
    row.details = [_detail(item) for item in lost[:DETAILS]]


def _counted(items: Iterable[InventoryItem]) -> list[InventoryItem]:
    """The inbox, and of Spam what answers us."""
    rows = list(items)
    junk = [item for item in rows if item.junk]
    ours = _answers_to_us(junk)
    return [item for item in rows if not item.junk] + [i for i in junk if _key(i) in ours]


def _answers_to_us(items: Sequence[InventoryItem]) -> set[tuple[int, int]]:
    named = {answer for item in items for answer in item.answers}
    ours: set[str | None] = set()
    for some in _batches(sorted(named), 500):
        ours.update(Touch.objects.filter(message_id__in=some).values_list("message_id", flat=True))
    return {_key(item) for item in items if ours.intersection(item.answers)}


def _batches(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _key(item: InventoryItem) -> tuple[int, int]:
    return item.uidvalidity, item.uid


def _detail(item: InventoryItem) -> str:
    return item.message_id or f"no id, number {item.uid}, {item.received_at:%Y-%m-%d %H:%M}"


def _look_up(
    mailbox: Mailbox, items: Sequence[InventoryItem], since: datetime, settled: datetime
) -> _Found:
    """By number first, then by Message-ID: two reads of the ledger for 500 mails.

    What came after `settled` may be on its way and is not missing."""
    mine = InboundMessage.objects.filter(mailbox=mailbox)
    columns = ("uidvalidity", "uid", "message_id", "state")
    by_uid: dict[tuple[int, int], str] = {}
    by_id: dict[str, str] = {}
    rows = mine.filter(received_at__gte=since - timedelta(days=2)).values_list(*columns)
    for validity, uid, message_id, state in rows.iterator():
        by_uid[validity, uid] = by_uid[0, uid] = state
        by_id[message_id] = state
    unknown = {item.message_id for item in items} - by_id.keys()
    for some in _batches(sorted(unknown), 500):
        by_id.update(mine.filter(message_id__in=some).values_list("message_id", "state"))
    by_id.pop("", None)
    found = _Found()
    for item in items:
        state = by_uid.get(_key(item)) or by_id.get(item.message_id)
        if state:
            found.states[state] += 1
        elif item.received_at > settled:
            found.on_its_way += 1
        else:
            found.missing.append(item)
    return found


def _fetch(
    mailbox: Mailbox, transport: MailTransport, missing: Sequence[InventoryItem]
) -> tuple[int, dict[tuple[int, int], InboundMessage]]:
    """Take them in: (how many were new, key -> row of the ledger)."""
    rows: dict[tuple[int, int], InboundMessage] = {}
    if not missing:
        return 0, rows
    newest = InboundMessage.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    plain = {item.uid: _key(item) for item in missing if not item.uidvalidity}
    for raw in transport.pick(missing):
        key = plain.get(raw.uid, (raw.uidvalidity, raw.uid))
        rows[key] = _take(mailbox, raw)
    return len({row.pk for row in rows.values() if row.pk > newest}), rows


def _take(mailbox: Mailbox, raw: InboundRaw) -> InboundMessage:
    """Like a poll does, but the poll's cursor stays where it is."""
    try:
        return receiving.receive(mailbox, raw)
    except POISON as error:
        log.exception("mailbox %s: message %s could not be received", mailbox.pk, raw.uid)
        with transaction.atomic():
            return ledger.lock_away(mailbox, raw, f"Could not be stored ({type(error).__name__}).")


def look_into_spam(mailbox: Mailbox, now: datetime) -> int:
    """Take in answers to us that lie in Spam; how many were new. A fault waits its turn."""
    if not mailbox.is_read:
        return 0
    since = max(now - SPAM_DAYS, mailbox.poll_from or mailbox.created_at)
    transport = transports.transport_for(mailbox)
    try:
        items = [item for item in _counted(transport.inventory(since)) if item.junk]
        found = _look_up(mailbox, items, since, now)
        return _fetch(mailbox, transport, found.missing)[0]
    except ChannelError as error:
        log.warning("mailbox %s: Spam was not read: %s", mailbox.pk, error.message)
        return 0


def _tell(row: LedgerCheck, now: datetime) -> None:
    """Once a day, to the mailbox's user and to the owners, with the numbers."""
    owners = User.objects.filter(role=User.Role.OWNER, is_active=True)
    day = timezone.localdate(now).isoformat()
    for user in {row.mailbox.user, *owners}:
        worklist.add(
            Task.Kind.ATTENTION,
            owner=user,
            channel="email",
            title=f"{plural(row.missing, 'mail')} of {row.mailbox.address} not taken in",
            why=f"{sentence(row)} Look into the mailbox yourself, and at its page in Settings.",
            dedupe_key=f"ledger:{row.mailbox_id}:{day}:{user.pk}",
        )


def sentence(row: LedgerCheck) -> str:
    """The numbers in words, as the mailbox's page and the alert say them."""
    if row.error:
        return f"Could not be compared with the server. {row.error}"
    days = max(1, round((row.checked_at - row.since).total_seconds() / 86400))
    span = "the last day" if days == 1 else f"the last {days} days"
    if not row.on_server:
        return f"Nothing came in {span}."
    all_of = f"All {row.on_server:,} messages" if row.on_server > 1 else "The 1 message"
    parts = [f"{row.threaded:,} in threads", f"{row.ignored:,} not from leads"]
    parts.append(f"{row.waiting:,} wait{'s' * (row.waiting == 1)} for you")
    numbers = ", ".join(parts)
    if row.missing:
        had = f"{row.missing:,} of {row.on_server:,} messages of {span}"
        return f"{had} could not be taken in: {numbers}."
    are = "are" if row.on_server > 1 else "is"
    fetched = f" {row.fetched:,} had been missed and came in with this check." * bool(row.fetched)
    return f"{all_of} of {span} {are} accounted for: {numbers}.{fetched}"


def reasons(mailbox: Mailbox, since: datetime) -> Iterator[tuple[str, int]]:
    """Each reason for ignoring and how often since then, most first."""
    rows = InboundMessage.objects.filter(
        mailbox=mailbox, state=State.IGNORED, received_at__gte=since
    )
    yield from Counter(rows.values_list("reason", flat=True)).most_common()


def texts(since: datetime) -> dict[tuple[str, str], int]:
    """(channel, state) -> messages of channels without a list on a server: SMS, WhatsApp."""
    rows = InboundMessage.objects.filter(mailbox=None, received_at__gte=since)
    return dict(sorted(Counter(rows.values_list("channel", "state")).items()))
