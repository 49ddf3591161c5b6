"""A draft answer to what they wrote: one for each message, by what it means.

Recipient, channel, mailbox, thread and links come from our own tables, never from their words nor
from a model. A draft waits in Today and in Approvals; a person sends it or writes another.
"""

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from leads import thread
from leads.models import Lead, ThreadEvent
from leads.services import suppression
from outreach.models import InboundMessage, Mailbox, Task, Touch, new_message_id
from outreach.services import (
    answer_calls,
    answer_facts,
    answer_frames,
    answer_referrals,
    approval,
    carried,
    claims,
    composing,
    drafting,
    lint,
    merge,
    reach,
    receipt_sources,
    replying,
    texting,
    worklist,
)
from salesagent.accounts import ai
from salesagent.accounts.models import User
from salesagent.lib.text import one_line

CHANNELS = ("email", "sms", "whatsapp", "linkedin")
FROM_PERSON = ("referral", "left_company")  # a machine that says so is not thanked
SILENT = ("out_of_office", "opt_out", "other")
WAITING = "Written from our answer frames. The model is asked for its words."
WORDS = {
    "interested": "They are interested",
    "meeting": "They want to meet",
    "question": "They ask something",
    "objection": "They object",
    "not_interested": "They are not interested",
    "referral": "They name somebody else",
    "left_company": "Somebody has left",
}
TIMED = ("interested", "meeting")
WORDED = (*TIMED, "question", "objection")  # that a model may word
NEUTRAL = "Re: your message"


def draft_answer(event: ThreadEvent) -> Touch | None:
    """The answer to a message, by its newest class; None where there is none to give.

    `event`: reply.received, or the reply.classified of it. Idempotent; another class renews it.
    """
    found = _message(event)
    if found is None:
        return None
    received, said = found
    label = str(said.data.get("disposition", ""))
    if label not in SILENT and not received.data.get("only_named"):
        answer_calls.ask(received)
        answer_referrals.propose(received, said)
    made = _of(received)
    sent = made.exclude(state__in=[Touch.State.DRAFT, Touch.State.CANCELLED]).exists()
    if sent or _superseded(received):
        return None
    current = made.filter(state=Touch.State.DRAFT).order_by("-pk").first()
    if current is not None and current.body != current.machine_body:
        return current  # a person has put words in
    if not _answerable(received, said, label):
        _drop(made, "class")
        return None
    if label not in SILENT and label in WORDS:
        _drop(_others(received), "newer")
    return _make(received, said, label)


def _message(event: ThreadEvent) -> tuple[ThreadEvent, ThreadEvent] | None:
    """The message and its newest class."""
    pk = event.data.get("event") if event.kind == "reply.classified" else event.pk
    rows = ThreadEvent.objects.select_related("lead__owner", "lead__company")
    received = rows.filter(pk=pk, kind="reply.received", redacted_at=None).first()
    said = answer_facts.classes(received).first() if received else None
    return (received, said) if received and said else None


def _of(received: ThreadEvent) -> QuerySet[Touch]:
    return Touch.objects.filter(answers=received, lead=received.lead_id)


def _others(received: ThreadEvent) -> QuerySet[Touch]:
    return waiting(received.lead).exclude(answers=received)


def waiting(lead: Lead) -> QuerySet[Touch]:
    """Answers that a machine drafted for the lead and nobody has changed or decided on."""
    rows = Touch.objects.filter(lead=lead, kind=Touch.Kind.REPLY, state=Touch.State.DRAFT)
    return rows.filter(author=None, body=F("machine_body")).exclude(answers=None)


def _superseded(received: ThreadEvent) -> bool:
    """They wrote again, or we answered meanwhile."""
    later = ThreadEvent.objects.filter(
        lead=received.lead_id, occurred_at__gt=received.occurred_at, redacted_at=None
    )
    newer = later.filter(kind="reply.received")
    if any(not _is_absence(other) for other in newer[:20]):
        return True
    own = Touch.objects.filter(
        lead=received.lead_id,
        kind__in=[Touch.Kind.REPLY, Touch.Kind.MANUAL],
        approved_at__gt=received.occurred_at,
    )
    return own.exclude(answers=received).exists()


def _is_absence(event: ThreadEvent) -> bool:
    said = answer_facts.classes(event).first()
    return said is not None and said.data.get("disposition") == "out_of_office"


def _answerable(received: ThreadEvent, said: ThreadEvent, label: str) -> bool:
    """Whether a draft makes sense at all; a person's word on the class counts more than a doubt."""
    lead, by_machine = received.lead, said.actor.startswith("ai:")
    if label not in WORDS or received.channel not in CHANNELS:
        return False
    if by_machine and worklist.closed_by_hand(received):
        return False
    if lead.archived_at or lead.erased_at or suppression.is_suppressed(lead, received.channel):
        return False
    if not reach.address(lead, received.channel) and not reach.is_manual(received.channel):
        return False
    if answer_facts.doubtful(received, said) or (by_machine and received.data.get("only_named")):
        return False
    machine = said.data.get("automatic") in ("left_company", "out_of_office", "ticket")
    if label in FROM_PERSON and machine:
        return False
    return not by_machine or any(sign.isalpha() for sign in received.body[:2000])


@transaction.atomic
def _make(received: ThreadEvent, said: ThreadEvent, label: str) -> Touch | None:
    """Write it, once for each class of the message; a draft of the class before is dropped."""
    touch = _touch(received)
    if touch is None or not _write(touch, received, label):
        _drop(_of(received), "class")
        return None
    marked = thread.record(
        lead=received.lead,
        kind="touch.drafted",
        actor="system",
        channel=touch.channel,
        data={"answers": received.pk, "class": label, "writer": touch.writer, "number": 0},
        dedupe_key=f"answer:{said.pk}",
    )
    if marked is None:  # made before
        return _of(received).exclude(state=Touch.State.CANCELLED).order_by("-pk").first()
    _drop(_of(received), "class")
    touch.save(force_insert=True)
    worklist.ask_again(received.lead, received)
    return touch


def _drop(rows: QuerySet[Touch], reason: str) -> int:
    drafts = rows.filter(state=Touch.State.DRAFT, author=None, body=F("machine_body"))
    return approval.cancel(drafts.select_related("lead"), reason)


def drop(lead: Lead, reason: str, *, but: int = 0) -> int:
    """Cancel what a machine drafted for the lead, e.g. because a person answered otherwise."""
    return _drop(waiting(lead).exclude(pk=but), reason)


def drop_for(event: ThreadEvent) -> int:
    """After an opt-out, an archiving, or "Done" at what asked for the answer."""
    rows = waiting(event.lead)
    if event.kind == "task.done":
        task = Task.objects.filter(pk=event.data.get("task"), state=Task.State.DONE).first()
        if task is None or task.kind != Task.Kind.ANSWER:
            return 0
        rows = rows.filter(answers=task.event_id)
    elif event.kind == "lead.suppressed":
        off = {row.channel for row in rows if suppression.is_suppressed(event.lead, row.channel)}
        rows = rows.filter(channel__in=off)
    return _drop(rows, "answered" if event.kind == "task.done" else "stopped")


# --- what it is sent as --------------------------------------------------------------------------


def _touch(received: ThreadEvent) -> Touch | None:
    """Everything of the draft but its words; None where nobody could send it."""
    lead, channel = received.lead, received.channel
    mailbox = _mailbox(received)
    if channel == "email" and mailbox is None:
        return None
    touch = Touch(
        lead=lead,
        answers=received,
        kind=Touch.Kind.REPLY,
        channel=channel,
        mailbox=mailbox,
        to_address=reach.address(lead, channel),
        due_at=timezone.now(),
        message_id=new_message_id(mailbox.domain) if mailbox else texting.key(channel),
    )
    if mailbox:
        _tie(touch, received)
    return touch


def _mailbox(received: ThreadEvent) -> Mailbox | None:
    """The mailbox the lead knows, of whose lead it is."""
    owner = _sender(received)
    if received.channel != "email" or owner is None:
        return None
    try:
        return composing.mailbox_for(received.lead, owner)
    except drafting.DraftError:
        return None


def _sender(received: ThreadEvent) -> User | None:
    if received.lead.owner:
        return received.lead.owner
    before = Touch.objects.filter(pk=received.data.get("touch"), lead=received.lead_id)
    mailbox = next((one.mailbox for one in before.select_related("mailbox__user")), None)
    return mailbox.user if mailbox else None


def _tie(touch: Touch, received: ThreadEvent) -> None:
    """The thread of their message. Its subject is taken only where it carries no more than that."""
    reply = replying.reply_to(touch.lead)
    if reply is not None:
        touch.in_reply_to = one_line(reply.message_id, 998)
        touch.references = drafting.chain(reply.references, reply.message_id)
    theirs = InboundMessage.objects.filter(pk=received.data.get("inbound"), lead=touch.lead)
    subject = theirs.values_list("subject", flat=True).first() or received.data.get("subject")
    touch.subject = _subject(touch.lead, str(subject or (reply.subject if reply else "")))


def _subject(lead: Lead, theirs: str) -> str:
    """ "Re: " and our own subject where they kept it, else theirs if it is harmless."""
    subject = drafting.reply_subject(theirs)
    ours = Touch.objects.filter(lead=lead, channel="email", state=Touch.State.SENT)
    recent = ours.order_by("-sent_at").values_list("subject", flat=True)[:10]
    known = {drafting.reply_subject(one).casefold() for one in recent}
    if subject.casefold() in known:
        return subject
    if subject and len(subject) <= 100 and not _carries(subject):
        return subject
    last = next(iter(recent), "")
    return drafting.reply_subject(last) or NEUTRAL


def _carries(subject: str) -> bool:
    """Whether a subject of theirs says something that we would then say."""
    bare = subject.removeprefix("Re: ")
    found = claims.find(bare, timezone.localdate(), subject=True)
    return bool(lint.links(bare) or lint.holes(bare) or found or carried.first(bare))


# --- its words -----------------------------------------------------------------------------------


def _write(touch: Touch, received: ThreadEvent, label: str) -> bool:
    """Fill the frame of the class and run the checks; False where there is nothing to say."""
    fields = merge.fields_for(touch.lead, None, touch.mailbox, when=touch.due_at)
    kind = answer_facts.kind_of(received)
    language = answer_facts.language_of(received)
    parts = answer_facts.parts(touch, received, label, kind, language, fields)
    touch.body = touch.machine_body = answer_frames.write(parts)
    touch.writer = "template"
    touch.writer_note = one_line(_note(parts), 300)
    if not touch.body:
        return False
    drafting.check(touch)
    return True


def _note(parts: answer_frames.Parts) -> str:
    """Why it reads as it does, for who approves it."""
    if parts.call is not None:
        return "They ask to be called at once. Call first; this only says that you do."
    if parts.missed:
        return "Nothing is free on the day they name. The times lie inside your working hours."
    if parts.span:
        return "They name a time in which nothing is chosen for you; the draft asks for the day."
    open_question = parts.asks_price or parts.label == "question" and not parts.known
    if parts.label in WORDED and not open_question and ai.may_send("answer"):
        return WAITING
    why = WORDS[parts.label]
    if parts.confirmed:
        return f"{why} and name a time inside your working hours. Look at your calendar first."
    if parts.offered:
        return f"{why}. The times lie inside your working hours. Look at your calendar first."
    if parts.play:
        return f"{why}. From the playbook: {parts.play.name}."
    if parts.asks_price:
        return f"{why} about the price, which is never filled in for you."
    if parts.label == "question":
        return f"{why}. {'From what is stored.' if parts.known else 'Nothing stored answers it.'}"
    return f"{why}."


receipt_sources.PROVIDERS.append(answer_facts.sources)
