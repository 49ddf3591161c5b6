"""What an answer means and what follows from it. The pause is long there; this only adds.

A class is an event, so it can be corrected: the newest one counts, a person's stays. Three classes
act by themselves: an opt-out suppresses every channel, a clear no ends the sequence, an absence
holds until the return. An automatic answer that says the person left stops nothing: it asks whom to
write to instead.
"""

from dataclasses import replace
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from leads import thread
from leads.models import Lead, Suppression, ThreadEvent
from leads.services import corrections, summary, suppression, zones
from outreach.mail import autoreply
from outreach.models import Enrollment, InboundMessage, Task
from outreach.services import calendars, contacts, enrollment, understanding, worklist
from salesagent.accounts.models import User, Workspace
from salesagent.ai import rules
from salesagent.ai.base import Classification
from salesagent.lib.registry import adapter

LABELS = rules.LABELS
RECEIVED = ("reply.received", "autoreply.received")
SIDE = ("kind", "sentiment", "urgency", "language", "abstained")
LEFT = "left_company"
REFUSED = "not_interested"
SURE_NO = 0.8  # of a model's guess; what is less sure stays paused
TALKS = frozenset({"interested", "meeting", "question", "objection", "referral"})
HOLD_DAYS = 7
MORNING = time(8)
Reason = Enrollment.Reason


class ReplyError(Exception):
    """Why a class cannot be set, in words for the person who tried."""


def classify_reply(event: ThreadEvent) -> ThreadEvent | None:
    """Record what the words mean; None when that was done before. `event`: what came in."""
    if event.redacted_at is not None:
        return None
    found, auto = _understand(event)
    name = adapter("CLASSIFIERS", settings.CLASSIFIER).name
    key = f"classified:{event.pk}"
    return _record(event, found, actor=f"ai:{name}", dedupe_key=key, automatic=auto.kind)


def read_automatic(event: ThreadEvent) -> autoreply.AutoReply:
    """What the words say as an automatic answer, on the day they were written in their zone."""
    one = _received(event)
    return autoreply.read(one.subject, one.text, one.locale, one.now, one.headers)


def _received(event: ThreadEvent) -> understanding.Received:
    lead = event.lead
    marks = event.data.get("marks")
    headers = dict(marks) if isinstance(marks, dict) else {}
    machine = event.kind == "autoreply.received"
    if machine and not headers:
        headers = {"auto-submitted": "auto-replied"}  # told to be a machine's when it came in
    now = event.occurred_at.astimezone(zones.zone_for(lead))
    subject = str(event.data.get("subject", ""))
    text = event.body or full_text(event)
    return understanding.Received(subject, text, headers, locale_of(lead), now, machine)


def locale_of(lead: Lead) -> str:
    """Language and country in which the lead writes dates, like "de-DE"; parts may be missing."""
    country = lead.country or zones.country_for(lead) or Workspace.current().country
    language = lead.language.replace("_", "-").partition("-")[0]
    return f"{language}-{country}" if country else language


def _understand(event: ThreadEvent) -> tuple[Classification, autoreply.AutoReply]:
    """A mail without new words says nothing sure, but for its own marks."""
    received = _received(event)
    if event.kind == "reply.received":
        received = replace(received, text=event.body)
        unread = event.data.get("whole") or event.data.get("problem")
        if unread and understanding.plain_stop(received) is None:
            nothing = Classification(
                "other", 0.5, {"other": 0.5}, "No new words could be told apart"
            )
            return nothing, read_automatic(event)
    return understanding.understand(received)


def _record(
    event: ThreadEvent,
    found: Classification,
    *,
    actor: str,
    dedupe_key: str | None = None,
    corrects: str = "",
    automatic: str = "",
) -> ThreadEvent | None:
    data: dict[str, object] = {
        "event": event.pk,
        "disposition": found.disposition,
        "confidence": round(found.confidence, 2),
        "labels": dict(found.labels),
        "reason": found.reason,
        **{name: getattr(found, name) for name in SIDE if getattr(found, name)},
    }
    if corrects:
        data["corrects"] = corrects
    if automatic and automatic != "human":
        data["automatic"] = automatic
    return thread.record(
        lead=event.lead,
        kind="reply.classified",
        actor=actor,
        channel=event.channel,
        data=data,
        dedupe_key=dedupe_key,
    )


def classes_of(event: ThreadEvent) -> list[ThreadEvent]:
    """Every class of a received message, the newest first."""
    classes = ThreadEvent.objects.filter(
        lead_id=event.lead_id, kind="reply.classified", data__event=event.pk
    )
    return list(classes.order_by("-pk"))


@transaction.atomic
def correct(event: ThreadEvent, label: str, user: User) -> ThreadEvent | None:
    """A person says what it means; None when that is what stands. What follows runs anew."""
    if event.kind not in RECEIVED or event.redacted_at is not None:
        raise ReplyError("This message cannot be sorted.")
    if label not in LABELS:
        raise ReplyError("Choose what the answer means.")
    before = next(iter(classes_of(event)), None)
    was = str(before.data.get("disposition", "")) if before else ""
    if before is not None and was == label and before.actor == user.actor:
        return None
    found = Classification(label, 1.0, {label: 1.0}, f"Said by {user}")
    corrections.correct(
        kind="label",
        lead=event.lead,
        subject=f"event:{event.pk}",
        before=was,
        after=label,
        user=user,
        event=event,
    )
    return _record(event, found, actor=user.actor, corrects=was)


@transaction.atomic
def apply_disposition(event: ThreadEvent) -> None:
    """Act on a class. `event` is reply.classified; only the newest of its message counts."""
    source = ThreadEvent.objects.select_related("lead", "lead__owner").filter(
        pk=event.data.get("event"), kind__in=RECEIVED
    )
    received = source.first()
    if received is None or received.redacted_at is not None:
        return
    newest = next(iter(classes_of(received)), None)
    if newest is None or newest.pk != event.pk:
        return  # corrected meanwhile
    label = str(event.data.get("disposition"))
    _take_back(received, str(event.data.get("corrects", "")), label, event.actor)
    if event.data.get("abstained") or float(event.data.get("confidence") or 0) < rules.SURE:
        _ask(received, label, event)
        return
    if received.data.get("only_named") and event.actor.startswith("ai:"):
        _doubt(received, label)
        return
    if label in TALKS and received.kind == "reply.received":
        summary.advance_stage(received.lead, Lead.Stage.ENGAGED, "system")
    if label == "opt_out":
        _opt_out(received, event.actor)
    elif label == REFUSED:
        _refused(received, event)
    elif label == understanding.AWAY and _is_away(received, event):
        _hold(received)
    elif label == LEFT and event.data.get("automatic") == LEFT:
        _left(received)
    elif label == LEFT:
        contacts.propose(received, read_automatic(received).contact)


def _is_away(received: ThreadEvent, event: ThreadEvent) -> bool:
    """A machine that only confirms something came is no absence to wait for."""
    if received.kind == "reply.received" or event.actor.startswith("user:"):
        return True
    return bool(event.data.get("automatic") == understanding.AWAY)


def _ask(received: ThreadEvent, label: str, event: ThreadEvent) -> None:
    """Not sure enough of a stop: the answer has paused the sequence, a person decides."""
    if label != "opt_out" or not event.actor.startswith("ai:"):
        return
    lead = received.lead
    worklist.add(
        Task.Kind.ATTENTION,
        owner=lead.owner,
        lead=lead,
        event=received,
        channel=received.channel,
        title=f"Does {lead.first_name or lead.name} ask to stop?",
        why=(
            "It reads like it, but not surely. The sequence is paused. Say what the answer means "
            "in the thread."
        ),
        dedupe_key=f"doubt:{received.pk}",
    )


def _doubt(received: ThreadEvent, label: str) -> None:
    """Somebody else may have written it (matching.only_named): a person decides."""
    lead = received.lead
    if label != "opt_out":
        return
    worklist.add(
        Task.Kind.ATTENTION,
        owner=lead.owner,
        lead=lead,
        event=received,
        channel=received.channel,
        title=f"Did {lead.first_name or lead.name} ask to stop?",
        why=(
            f"It came from {received.data.get('from')}, which is not their address. The sequence "
            "is paused; if it is true, say that the answer means stop."
        ),
        dedupe_key=f"doubt:{received.pk}",
    )


def _left(received: ThreadEvent) -> None:
    """They are gone: hold what was planned for them and ask about whom the note names."""
    contacts.propose(received, read_automatic(received).contact)
    if received.kind == "reply.received":
        _release(received.lead)


def _source(received: ThreadEvent) -> str:
    return f"Answer {received.pk}"


def _addresses(lead: Lead, received: ThreadEvent) -> list[str]:
    """Every way to reach the person, and the address they wrote from; never a whole domain, which
    a text can show as its sender."""
    wrote = str(received.data.get("from") or "")
    found = [lead.email or "", lead.phone, lead.linkedin_url, wrote]
    normals = ((address, suppression.normalise(address)) for address in dict.fromkeys(found))
    return [address for address, normal in normals if normal and normal.kind != "domain"]


def _opt_out(received: ThreadEvent, actor: str) -> None:
    lead = received.lead
    for address in _addresses(lead, received):
        suppression.suppress(
            address=address,
            reason="opted_out",
            source=_source(received),
            actor=actor,
            lead=lead,
        )
    current = enrollment.open_for(lead)
    if current is not None:
        enrollment.stop(current, reason=Reason.OPTED_OUT, actor=actor)
    worklist.close_for(lead, [Task.Kind.ANSWER])


def _refused(received: ThreadEvent, event: ThreadEvent) -> None:
    """A clear no ends the sequence; the person may still be answered, once, by hand."""
    sure = not event.actor.startswith("ai:") or float(event.data["confidence"]) >= SURE_NO
    current = enrollment.open_for(received.lead)
    if current is not None and sure:
        actor = event.actor if event.actor.startswith("user:") else "lead"
        enrollment.stop(current, reason=Reason.NOT_INTERESTED, actor=actor)


def _take_back(received: ThreadEvent, was: str, label: str, actor: str) -> None:
    """Undo what the class before did by itself: a wrong opt-out or a wrong hold."""
    if was == "opt_out" and label != "opt_out":
        for address in _addresses(received.lead, received):
            if _suppressed_by(address, received):
                suppression.lift(address=address, actor=actor, lead=received.lead)
    if was == "out_of_office" and label != "out_of_office":
        current = enrollment.open_for(received.lead)
        if current and current.reason == Reason.OUT_OF_OFFICE:
            enrollment.repause(current, reason=Reason.REPLIED, actor=actor)


def _suppressed_by(address: str, received: ThreadEvent) -> bool:
    return Suppression.objects.filter(
        address_hash=suppression.address_hash(address),
        channel=suppression.ALL,
        source=_source(received),
    ).exists()


def _hold(received: ThreadEvent) -> None:
    """Until the return plus one working day in the lead's country; a week when no day is said."""
    lead = received.lead
    current = enrollment.open_for(lead)
    if current is None or _answered_otherwise(received, current):
        return
    until = back_at(lead, received)
    reason = Reason.OUT_OF_OFFICE
    if not enrollment.pause(current, reason=reason, actor="lead", resume_at=until):
        if current.reason not in (Reason.REPLIED, Reason.OUT_OF_OFFICE):
            return  # paused for a reason of its own
        enrollment.repause(current, reason=reason, actor="lead", resume_at=until)
    if received.kind == "reply.received":
        _release(lead)


def _answered_otherwise(received: ThreadEvent, current: Enrollment) -> bool:
    """Whether they also wrote something that is no absence since the sequence began."""
    others = ThreadEvent.objects.filter(
        lead_id=received.lead_id, kind="reply.received", recorded_at__gte=current.started_at
    ).exclude(pk=received.pk)
    return any(not _is_absence(other) for other in others[:50])


def _is_absence(event: ThreadEvent) -> bool:
    newest = next(iter(classes_of(event)), None)
    return newest is not None and newest.data.get("disposition") == "out_of_office"


def _release(lead: Lead) -> None:
    """An absence is no answer: colleagues go on, and nobody has to write back."""
    worklist.close_for(lead, [Task.Kind.ANSWER])
    colleagues = Enrollment.objects.filter(
        lead__company=lead.company_id,
        state=Enrollment.State.PAUSED,
        reason=Reason.COMPANY_REPLIED,
        reason_note=f"{lead.name} answered"[:200],
    )
    if lead.company_id is not None:
        for one in colleagues.exclude(lead=lead).select_related("lead", "sequence"):
            enrollment.resume(one, actor="system")


def back_at(lead: Lead, received: ThreadEvent) -> datetime:
    """The morning of the working day after the return, in the lead's zone."""
    zone = zones.zone_for(lead)
    today = received.occurred_at.astimezone(zone).date()
    said = read_automatic(received).until or understanding.own_return(_received(received))
    day = said or today + timedelta(days=HOLD_DAYS)
    morning = calendars.add_business_days(day, 1, zones.country_for(lead))
    until = datetime.combine(morning, MORNING, tzinfo=zone)
    return max(until, timezone.now() + timedelta(hours=1))


def full_text(event: ThreadEvent) -> str:
    """All of the mail behind a received event, quotes included; empty for other channels."""
    row = InboundMessage.objects.filter(pk=event.data.get("inbound"), lead_id=event.lead_id)
    return row.values_list("full_text", flat=True).first() or ""
