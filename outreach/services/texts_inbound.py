"""A received text: each once into the ledger, then "stop" before anything else, then the thread.

A whole message that means "stop" (any language, any case) or that the service calls one puts the
number on the do-not-contact list for all channels, in the transaction that stores the message:
the same as an opt-out by mail or by link. "Start" takes off only what such a "stop" has put on.
"""

import hashlib
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from leads import family, thread
from leads.models import Lead, Suppression, ThreadEvent
from leads.services import consent, suppression
from outreach.channels import stop_words
from outreach.channels.base import ChannelEvent
from outreach.channels.texts import spellings
from outreach.models import Enrollment, InboundMessage, Task
from outreach.services import answers, enrollment, matching, reach, worklist
from outreach.services.ledger import Outcome, ignored
from outreach.services.receiving import facts
from outreach.services.texting import STOPPED
from salesagent.accounts.models import User, Workspace
from salesagent.lib.text import one_line

SOURCE = "STOP by"  # of a suppression; "Start" lifts no other
TEXT_LIMIT = 16 * 1024
FLOOD = 200  # messages of one number in a day; more is a machine
ASK_LIMIT = 25
CANDIDATES = 8
TEXTS = ("sms", "whatsapp")
State = InboundMessage.State


def receive(event: ChannelEvent) -> InboundMessage:
    """Enter a message and act on it, in one transaction. Idempotent, also for several at once."""
    try:
        with transaction.atomic():
            if row := _known(event):
                return row
            return _enter(event)
    except IntegrityError:
        if row := _known(event):
            return row  # another process was faster
        raise


def _channel(event: ChannelEvent) -> str:
    return str(event.data.get("channel", "sms"))


def _known(event: ChannelEvent) -> InboundMessage | None:
    rows = InboundMessage.objects.filter(mailbox=None, channel=_channel(event))
    return rows.filter(message_id=event.provider_id).first()


def _enter(event: ChannelEvent) -> InboundMessage:
    row = InboundMessage(
        channel=_channel(event),
        message_id=event.provider_id,
        digest=hashlib.sha256(f"{_channel(event)}:{event.provider_id}".encode()).hexdigest(),
        from_address=event.sender[:254],
        from_name=event.name[:200],
        to_address=event.to[:254],
        text=_words(event),
        size=len(event.text.encode()),
        received_at=event.at,
        state=State.IGNORED,
        headers={"attachments": list(event.data.get("attachments", []))},
    )
    people = _people(row)
    if len(people) == 1 and people[0].phone != row.from_address:
        row.headers["wrote_from"] = row.from_address  # WhatsApp's other spelling of the number
        row.from_address = people[0].phone
    row.save(force_insert=True)
    outcome = _decide(row, event, people)
    row.state, row.reason = outcome.state, outcome.reason[:200]
    row.lead, row.matched_by = outcome.lead, outcome.matched_by
    row.candidates = outcome.candidates
    row.event_id = outcome.event.pk if outcome.event else None
    row.save()
    return row


def _words(event: ChannelEvent) -> str:
    """The text; what is no text is named in brackets, so that nothing passes unseen."""
    parts = [event.text[:TEXT_LIMIT]]
    parts += [f"[{file.get('name', 'File')}]" for file in event.data.get("attachments", [])]
    if place := event.data.get("place"):
        parts.append(f"[Place: {place}]")
    return "\n".join(part for part in parts if part)


def _people(row: InboundMessage) -> list[Lead]:
    """Leads with this number; of several the one to whom a person has placed it before."""
    numbers = spellings(row.from_address)
    rows = Lead.objects.filter(phone__in=numbers, erased_at=None).order_by("pk")[:50]
    found = family.keepers(rows)
    if len(found) == 1:
        return found
    placed = matching.placed_before(row.from_address)
    return [placed] if placed else found


def _decide(row: InboundMessage, event: ChannelEvent, people: list[Lead]) -> Outcome:
    if event.kind == "opt_out" or (event.kind == "inbound" and stop_words.is_stop(event.text)):
        return _stop(row, people)
    starts = event.kind == "opt_in" or stop_words.is_start(event.text)
    if starts and (outcome := _start(row, people)):
        return outcome
    if _floods(row):
        for one in people:
            answers.pause(one, None)
        return ignored(f"More than {FLOOD} messages of this number in a day")
    if len(people) == 1:
        return _thread(row, people[0])
    return _unmatched(row, people)


# --- stop and start ---


def _stop(row: InboundMessage, people: list[Lead]) -> Outcome:
    """Off every list at once, whoever has the number; unknown numbers too."""
    label = reach.label(row.channel)
    for number in _numbers(row):
        suppression.suppress(
            address=number,
            reason=Suppression.Reason.OPTED_OUT,
            source=f"{SOURCE} {label}",
            actor="lead",
            lead=people[0] if len(people) == 1 else None,
        )
    events = [_stopped(row, one) for one in people]
    if not people:
        return ignored(f"{STOPPED}. The number is on the do-not-contact list.")
    state = State.THREADED if len(people) == 1 else State.IGNORED
    return Outcome(state, STOPPED, people[0], events[0], "address")


def _numbers(row: InboundMessage) -> list[str]:
    """The sender in its spellings, if it is a number: who sends an SMS may also show a name of
    their choice, and one like "gmail.com" must not take everybody of that domain off."""
    found = ((one, suppression.normalise(one)) for one in spellings(row.from_address))
    return [one for one, normal in found if normal and normal.kind == "phone"]


def _stopped(row: InboundMessage, lead: Lead) -> ThreadEvent | None:
    for code in TEXTS:
        consent.withdraw(lead, code, "lead")
    current = enrollment.open_for(lead)
    if current is not None:
        enrollment.stop(current, reason=Enrollment.Reason.OPTED_OUT, actor="lead")
    worklist.close_for(lead, [Task.Kind.ANSWER])
    return _record(row, lead, "optout.received")


def _record(row: InboundMessage, lead: Lead, kind: str) -> ThreadEvent | None:
    return thread.record(
        lead=lead,
        kind=kind,
        actor="lead",
        body=row.text,
        channel=row.channel,
        direction=ThreadEvent.Direction.IN,
        occurred_at=row.received_at,
        data={"inbound": row.pk, "from": row.from_address},
        dedupe_key=f"inbound:{row.pk}:{lead.pk}",
    )


def _start(row: InboundMessage, people: list[Lead]) -> Outcome | None:
    """None when no "stop" of theirs holds: then it is a message like any other."""
    lifted = [_lift(number) for number in _numbers(row)]
    if not any(lifted):
        return None
    events = []
    for one in people:
        wording = f"They wrote: {row.text}"[:500]
        consent.record_consent(one, row.channel, f"START by {row.channel}", wording, "lead")
        events.append(_record(row, one, "optin.received"))
    if not people:
        return ignored("Asked to start again. The number is off the do-not-contact list.")
    state = State.THREADED if len(people) == 1 else State.IGNORED
    return Outcome(state, "Asked to start again", people[0], events[0], "address")


def _lift(number: str) -> bool:
    own = Suppression.objects.filter(
        address_hash=suppression.address_hash(number),
        channel=suppression.ALL,
        reason=Suppression.Reason.OPTED_OUT,
        source__startswith=SOURCE,
    )
    return own.exists() and suppression.lift(address=number, actor="lead")


# --- everything else ---


def _floods(row: InboundMessage) -> bool:
    since = timezone.now() - timedelta(days=1)
    rows = InboundMessage.objects.filter(
        channel=row.channel, from_address=row.from_address, mailbox=None, received_at__gte=since
    )
    return rows.count() > FLOOD


def _thread(row: InboundMessage, lead: Lead) -> Outcome:
    touch = matching.last_touch(lead, row.channel)
    event = answers.note_reply(
        lead,
        channel=row.channel,
        text=row.text,
        actor="lead",
        occurred_at=row.received_at,
        dedupe_key=f"inbound:{row.pk}",
        touch=touch,
        data=facts(row, None, touch),
    )
    return Outcome(State.THREADED, "", lead, event, "address")


def _unmatched(row: InboundMessage, people: list[Lead]) -> Outcome:
    """Nobody, or several, have this number: a person says whose it is. Until then nobody of them
    is written to by a sequence."""
    for one in people:
        current = enrollment.open_for(one)
        if current is not None:
            note = "A message from their number waits: whose is it?"
            enrollment.pause(current, reason=Enrollment.Reason.TASK, actor="system", note=note)
    found = [one.pk for one in people] or list(by_name(row.from_name))
    _ask_whose(row, people)
    reason = f"{len(people)} leads have this number" if people else ""
    return Outcome(State.UNMATCHED, reason, candidates=found[:CANDIDATES])


def by_name(name: str) -> QuerySet[Lead, int]:
    """Leads of the name that stands in their profile."""
    first, _, last = one_line(name, 200).partition(" ")
    found = Lead.objects.filter(erased_at=None, archived_at=None).exclude(first_name="")
    found = found.filter(first_name__iexact=first, last_name__iexact=last)
    found = found if last else Lead.objects.none()
    return found.order_by("-last_sign_at", "pk").values_list("pk", flat=True)[:CANDIDATES]


def _ask_whose(row: InboundMessage, people: list[Lead]) -> None:
    """One question for each message; when they pile up, one line a day that says so."""
    owner = next((one.owner for one in people if one.owner), None) or asked()
    open_ones = Task.objects.filter(
        kind=Task.Kind.UNMATCHED, state=Task.State.OPEN, inbound__mailbox=None
    )
    if open_ones.count() >= ASK_LIMIT:
        worklist.add(
            Task.Kind.ATTENTION,
            owner=owner,
            inbound=row,
            channel=row.channel,
            title="Many messages of numbers we do not know",
            why=f"More than {ASK_LIMIT} wait for an answer whose they are. See Received mail.",
            dedupe_key=f"unmatched:texts:{timezone.localdate():%Y%m%d}",
        )
        return
    worklist.add(
        Task.Kind.UNMATCHED,
        owner=owner,
        inbound=row,
        channel=row.channel,
        title=f"Is this theirs? {row.from_name or row.from_address}",
        why=one_line(row.text, 200),
        dedupe_key=f"inbound:{row.pk}",
    )


def asked() -> User | None:
    """Who is asked about a number that nobody knows: who answers enquiries, else the owner."""
    person = Workspace.current().form_owner
    if person is not None and person.is_active:
        return person
    return User.objects.filter(role=User.Role.OWNER, is_active=True).order_by("pk").first()
