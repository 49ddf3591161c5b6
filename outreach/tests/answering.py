"""A message that came in and what it was understood as, for the tests of drafted answers."""

from typing import Any

from django.utils import timezone

from leads.models import ThreadEvent
from outreach.models import Touch
from outreach.services import answering, answers, replies
from salesagent.ai.base import Classification


def came(lead: Any, text: str, *, key: str = "1", **data: Any) -> ThreadEvent:
    event = answers.note_reply(
        lead,
        channel=data.pop("channel", "email"),
        text=text,
        actor="lead",
        occurred_at=timezone.now(),
        dedupe_key=f"t:{key}",
        data={"subject": "Re: Cold rooms", "from": lead.email, **data},
    )
    assert event is not None
    return event


def classed(event: ThreadEvent, label: str, **values: Any) -> ThreadEvent:
    given: dict[str, Any] = {"confidence": 0.9, "labels": {label: 0.9}, "reason": "test"} | values
    found = Classification(label, **given)
    row = replies._record(event, found, actor="ai:local", dedupe_key=f"c:{event.pk}:{label}")
    assert row is not None
    return row


def answered(lead: Any, text: str, label: str, **values: Any) -> Touch | None:
    return answering.draft_answer(classed(came(lead, text), label, **values))
