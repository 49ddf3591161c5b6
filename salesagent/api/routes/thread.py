"""The thread of a lead, newest first: what the lead page shows, as data."""

from datetime import datetime
from typing import Any, Literal

from ninja import Query, Router, Schema
from pydantic import Field

from leads import thread_page
from leads.access import lead_for
from leads.models import ThreadEvent
from leads.selectors.paging import Key
from leads.thread_lines import say
from leads.thread_names import Names, names_for
from salesagent.api.auth import needs
from salesagent.api.call import Call
from salesagent.api.paging import Paged, page
from salesagent.api.shapes import Id, Items

router = Router(tags=["Leads"])
ORDER = (Key("occurred_at", datetime, True), Key("pk", int, True))


class EventOut(Schema):
    """One line. `body` is empty once it was erased; then `redacted` is true."""

    id: int
    kind: str
    occurred_at: datetime
    who: str = Field(..., description="Who did it, in a word; empty for the system")
    channel: str
    direction: str
    title: str
    detail: str
    subject: str
    body: str
    touch_id: int | None
    redacted: bool


class ThreadAsked(Paged):
    show: Literal["", "messages", "calls", "notes", "signals"] = ""


@router.get(
    "/{lead_id}/thread",
    response=Items[EventOut],
    auth=needs("leads:read"),
    summary="Read a lead's thread",
)
def list_thread(request: Call, lead_id: Id, asked: Query[ThreadAsked]) -> dict[str, Any]:
    """What happened with the person, those who were merged into them included."""
    lead = lead_for(request.user, lead_id)
    events = page(request, thread_page.events_of(lead, group=asked.show), asked, ORDER, "thread")
    names = names_for(events, lead)
    return {"items": [_event(one, names) for one in events], "next": request.next_cursor}


def _event(event: ThreadEvent, names: Names) -> dict[str, Any]:
    words, gone = say(event, names), event.redacted_at is not None
    subject = event.data.get("subject")
    return {
        "id": event.pk,
        "kind": event.kind,
        "occurred_at": event.occurred_at,
        "who": names(event.actor),
        "channel": event.channel,
        "direction": event.direction,
        "title": words.title,
        "detail": words.detail,
        "subject": subject if isinstance(subject, str) and not gone else "",
        "body": "" if gone else event.body,
        "touch_id": thread_page.touch_id(event),
        "redacted": gone,
    }
