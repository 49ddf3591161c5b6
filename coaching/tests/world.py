"""Threads for the tests of coaching: what they wrote, what we answered, when."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from leads import thread
from leads.models import Lead, ThreadEvent
from outreach.models import Touch

PRICE = "Honestly, that is too expensive for us. What would six rooms cost per month?"
GOOD = (
    "Hi Marta,\n\nthat is fair, thank you for saying it. Six rooms are priced by the month and by "
    "the hours you want covered. What did the last failure cost you?\n\nJonas"
)
BAD = (
    "Hi Marta,\n\nour offer is very good. We can give you a discount of 15% off if you sign this "
    "week. Obviously the others cannot do that and their people are slow.\n\nJonas"
)


def said(
    lead: Lead, text: str = PRICE, label: str = "objection", *, ago: timedelta = timedelta(hours=3)
) -> ThreadEvent:
    """Their message with its class, as the mailbox and the classifier leave it."""
    at = timezone.now() - ago
    event = record(lead, "reply.received", text, at, actor="lead", direction="in")
    classify(lead, event, label, at)
    return event


def classify(lead: Lead, event: ThreadEvent, label: str, at: datetime) -> ThreadEvent:
    data = {"event": event.pk, "disposition": label, "confidence": 0.8}
    made = thread.record(
        lead=lead, kind="reply.classified", actor="ai:rules", data=data, occurred_at=at
    )
    assert made is not None
    return made


def record(lead: Lead, kind: str, body: str, at: datetime, **more: Any) -> ThreadEvent:
    made = thread.record(
        lead=lead, kind=kind, body=body, occurred_at=at, channel="email", **{"actor": "x", **more}
    )
    assert made is not None
    return made


def answered(
    lead: Lead, rep: Any, text: str = GOOD, *, ago: timedelta = timedelta(hours=2), **values: Any
) -> ThreadEvent:
    """Our answer, written by hand and sent."""
    at = timezone.now() - ago
    given: dict[str, Any] = {"kind": "reply", "author": rep, "approved_by": rep, "state": "sent"}
    touch = Touch.objects.create(
        lead=lead, channel="email", body=text, due_at=at, sent_at=at, **(given | values)
    )
    data = {"touch": touch.pk}
    return record(lead, "touch.sent", text, at, actor=rep.actor, direction="out", data=data)


def called(lead: Lead, rep: Any, notes: str, outcome: str = "reached") -> ThreadEvent:
    made = thread.record(
        lead=lead,
        kind="call.logged",
        actor=rep.actor,
        body=notes,
        channel="phone",
        direction="out",
        data={"outcome": outcome},
    )
    assert made is not None
    return made
