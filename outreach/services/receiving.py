"""A received message: each once into the ledger, and from there into the right thread."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from leads import thread
from leads.models import Lead, ThreadEvent
from outreach.channels.base import InboundRaw
from outreach.mail import autoreply, autoreply_rules, bounce, evidence
from outreach.models import InboundMessage, Mailbox, Task, Touch
from outreach.services import answers, bounces, ledger, matching, preflight, understanding, worklist
from outreach.services.ledger import Outcome, Read, ignored
from outreach.services.match_traces import Traces
from outreach.services.matching import Match

MARKS = (
    "auto-submitted", "precedence", "x-autoreply", "x-autorespond", "x-autoresponder",
    "x-mail-autoreply", "x-auto-response-suppress", "return-path",
)  # fmt: skip
LOOP_LIMIT = 10  # messages of one person in a day; more is two machines talking
ASK_LIMIT = 25  # open "Is this theirs?" of one mailbox; more is somebody who floods it


def receive(mailbox: Mailbox, raw: InboundRaw) -> InboundMessage:
    """Enter a message into the ledger and act on it, in one transaction. Idempotent.

    OSError and OperationalError go up: the message was not kept and must be fetched again.
    """
    item = ledger.read(raw)
    with transaction.atomic():
        row = ledger.known(mailbox, item)
        if row is not None:
            return row
        row = ledger.add(mailbox, raw, item)
        if row is not None:
            ledger.settle(row, _decide(row, item, raw))
            return row
    return InboundMessage.objects.get(mailbox=mailbox, digest=item.digest)


def _decide(row: InboundMessage, item: Read, raw: InboundRaw) -> Outcome:
    mail = item.mail
    if matching.is_ours(mail):
        preflight.note_signature(row.box, mail.headers.get("dkim-signature", ""))
        return ignored("Sent from here")
    report = bounce.classify(raw.raw or _header(raw))
    if bounces.is_report(report):
        return bounces.settle(row, mail, report)
    traces = Traces(mail, row.box)
    match = matching.match(mail, row.box, raw.thread, traces)
    machine = _machine(item)
    if match is None and raw.junk:
        return ignored("In Spam or the bin, and not from a lead")
    if match is None:
        return ignored(machine) if machine else _unmatched(row, item, traces)
    if match.lead.erased_at is not None:
        ledger.forget_words(row)
        return ignored("This person's data were erased")
    if machine == "Mass mail":
        if match.by not in matching.PROOFS:
            return ignored(machine)
        machine = ""  # a person's answer that came through a list
    if _is_doubtful(item, match):
        return _unmatched(row, item, traces, match.lead.pk)
    if _loops(match.lead, "autoreply.received" if machine else "reply.received", row.received_at):
        _warn_of_loop(row, match.lead)
        if not machine:
            answers.pause(match.lead, match.touch)
        return ignored(f"More than {LOOP_LIMIT} messages of this person in a day")
    return _automatic(row, item, match, machine) if machine else _human(row, item, match)


def _is_doubtful(item: Read, match: Match) -> bool:
    """Ours quoted or passed on, without words of the person: no answer to count by itself."""
    touch = match.touch if match.by in matching.QUOTES else None
    if touch is not None and evidence.begins_with(item.text, touch.body):
        return True
    return match.by != "address" and matching.is_house(item.mail)


def _header(raw: InboundRaw) -> bytes:
    """What was read of a mail that is too large."""
    header = raw.envelope.get("header")
    return header if isinstance(header, bytes) else b""


def facts(row: InboundMessage, item: Read | None, touch: Touch | None) -> dict[str, object]:
    """What the thread keeps beside the text; ids only point, they hold nothing."""
    return {
        "inbound": row.pk,
        "mailbox": row.mailbox_id,
        "touch": touch.pk if touch else None,
        "subject": row.subject,
        "from": row.from_address,
        "message_id": row.message_id,
        "attachments": row.headers.get("attachments", []),
        **({"whole": True} if item and item.whole else {}),
        **({"problem": row.reason or item.problem} if item and item.problem else {}),
    }


def _human(row: InboundMessage, item: Read, match: Match) -> Outcome:
    text = item.text
    if item.problem:
        text = f"[{item.problem.rstrip('.')}. Open it in the mailbox.]"
    event = answers.note_reply(
        match.lead,
        channel="email",
        text=text,
        actor="lead",
        occurred_at=row.received_at,
        dedupe_key=f"inbound:{row.pk}",
        touch=match.touch,
        data={**facts(row, item, match.touch), **_named(item, match), **_marked(item)},
    )
    state = InboundMessage.State.THREADED
    return Outcome(state, item.problem, match.lead, event, match.by)


def _automatic(row: InboundMessage, item: Read, match: Match, machine: str) -> Outcome:
    """Into the thread as a machine's answer: it pauses nothing; classification may hold."""
    event = thread.record(
        lead=match.lead,
        kind="autoreply.received",
        actor="lead",
        body=item.text[: answers.TEXT_LIMIT],
        channel="email",
        direction=ThreadEvent.Direction.IN,
        data={
            **facts(row, item, match.touch),
            **_named(item, match),
            "why": machine,
            "marks": _marks(item),
        },
        occurred_at=row.received_at,
        dedupe_key=f"inbound:{row.pk}",
    )
    state = InboundMessage.State.THREADED
    return Outcome(state, machine, match.lead, event, match.by)


def _named(item: Read, match: Match) -> dict[str, object]:
    """A mark on what may be a stranger's: it does nothing by itself that a person would not see."""
    return {"only_named": True} if matching.only_named(item.mail, match) else {}


def _unmatched(row: InboundMessage, item: Read, traces: Traces, *likely: int) -> Outcome:
    """A question to the mailbox's owner where something points at a lead; else not ours to keep."""
    found = list(dict.fromkeys([*likely, *matching.candidates(item.mail, row.box, traces)]))
    if item.problem and not found:
        return Outcome(InboundMessage.State.QUARANTINED, item.problem)
    if not found:
        return ignored("Not from a lead or a lead's company")
    _ask_whose(row)
    state = InboundMessage.State.UNMATCHED
    return Outcome(state, item.problem, candidates=found[: matching.CANDIDATES])


def _ask_whose(row: InboundMessage) -> None:
    """One question for each message; when they pile up, one line a day that says so."""
    asked = Task.objects.filter(
        kind=Task.Kind.UNMATCHED, state=Task.State.OPEN, inbound__mailbox=row.mailbox_id
    )
    if asked.count() >= ASK_LIMIT:
        worklist.add(
            Task.Kind.ATTENTION,
            owner=row.box.user,
            inbound=row,
            channel="email",
            title="Many messages of people we do not know",
            why=f"More than {ASK_LIMIT} wait for an answer whose they are. See Received mail.",
            dedupe_key=f"unmatched:{row.mailbox_id}:{timezone.localdate():%Y%m%d}",
        )
        return
    worklist.add(
        Task.Kind.UNMATCHED,
        owner=row.box.user,
        inbound=row,
        channel="email",
        title=f"Is this theirs? {row.from_name or row.from_address}",
        why=row.subject,
        dedupe_key=f"inbound:{row.pk}",
    )


def _machine(item: Read) -> str:
    """Why no person wrote it, or empty. Some programs mark what people write as well, so words
    that go on with the conversation count for more than all but a machine's own mark."""
    mail = item.mail
    why = autoreply_rules.automatic(mail)
    if not why.startswith("Automatic reply"):
        return why
    now = mail.date or timezone.now()
    said = autoreply.read(mail.subject, item.text or mail.text, "", now, mail.headers)
    return "" if said.kind == "human" or _wishes_stop(item) else why


def _wishes_stop(item: Read) -> bool:
    """Somebody who asks to stop is paused at once, whatever their program says it is."""
    now = item.mail.date or timezone.now()
    told = understanding.Received(item.mail.subject, item.text, _marks(item), "", now, True)
    return understanding.wish_in_machine(told) is not None


def _marked(item: Read) -> dict[str, object]:
    """Kept for reading it: a machine's mark on a person's wish makes it less sure."""
    why = autoreply_rules.automatic(item.mail)
    if not why.startswith("Automatic reply") or not _wishes_stop(item):
        return {}
    return {"marks": {**_marks(item), "auto-submitted": "auto-generated"}}


def _marks(item: Read) -> dict[str, str]:
    """The headers by which a machine's answer is read, kept for reading it again."""
    return {name: item.mail.headers[name] for name in MARKS if item.mail.headers.get(name)}


def _loops(lead: Lead, kind: str, arrived: datetime) -> bool:
    """Auto-responders that set no header are told by how fast they answer. Machines and people
    are counted apart: a storm of notices must not hide an answer. The day is that of the mail, so
    that a week's mail read at once after an outage is no loop."""
    day = (arrived - timedelta(days=1), arrived + timedelta(minutes=1))
    events = ThreadEvent.objects.filter(lead=lead, kind=kind, occurred_at__range=day)
    return events.count() >= LOOP_LIMIT


def _warn_of_loop(row: InboundMessage, lead: Lead) -> None:
    worklist.add(
        Task.Kind.ATTENTION,
        owner=lead.owner or row.box.user,
        lead=lead,
        inbound=row,
        channel="email",
        title="Many messages in a day, perhaps a machine",
        why=f"More than {LOOP_LIMIT} came in since yesterday. The rest is in Received mail.",
        dedupe_key=f"loop:{lead.pk}:{timezone.localdate():%Y%m%d}",
    )
