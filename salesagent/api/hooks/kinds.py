"""Which events other programs are told of, and which of their facts leave. No message text does."""

from dataclasses import dataclass

PING = "ping"


@dataclass(frozen=True)
class Offered:
    """`fields`: keys of the event's data that are sent. `busy`: many at once, off unless chosen."""

    code: str
    label: str
    group: str
    fields: tuple[str, ...] = ()
    busy: bool = False


_DEAL = ("deal", "title", "stage", "value", "currency", "expected_close")
_RUN = ("enrollment", "sequence", "reason", "until")
_MEETING = ("booking", "provider", "starts_at", "ends_at")
_TOUCH = ("touch", "number")

KINDS: tuple[Offered, ...] = (
    Offered("lead.created", "Added by hand or by a program", "Leads", ("source",)),
    Offered("lead.inquired", "Came in by the web form", "Leads"),
    Offered("lead.imported", "Came in by a file", "Leads", ("row",), busy=True),
    Offered("lead.pulled", "Came in from another system", "Leads", busy=True),
    Offered("lead.assigned", "Has another owner", "Leads", ("from", "to")),
    Offered("lead.stage_changed", "Moved to another stage", "Leads", ("from", "to")),
    Offered("lead.scored", "Has another score", "Leads", ("from", "to"), busy=True),
    Offered("lead.archived", "Was archived", "Leads"),
    Offered("lead.suppressed", "Must not be contacted", "Leads", ("channel", "reason")),
    Offered("lead.unsuppressed", "May be contacted again", "Leads", ("channel",)),
    Offered("reply.received", "Replied", "Messages", ("touch",)),
    Offered(
        "reply.classified", "Reply understood", "Messages", ("event", "disposition", "confidence")
    ),
    Offered("touch.drafted", "Draft made", "Messages", (*_TOUCH, "writer"), busy=True),
    Offered("touch.approved", "Draft approved", "Messages", _TOUCH),
    Offered("touch.sent", "Message sent", "Messages", (*_TOUCH, "kind", "edited")),
    Offered("touch.bounced", "Message came back", "Messages", (*_TOUCH, "kind", "status")),
    Offered("link.clicked", "Clicked a link", "Messages", (*_TOUCH, "link")),
    Offered("call.logged", "Call noted", "Messages", ("outcome", "minutes", "touch", "task")),
    Offered("meeting.booked", "Booked a meeting", "Meetings", _MEETING),
    Offered("meeting.moved", "Moved a meeting", "Meetings", _MEETING),
    Offered("meeting.cancelled", "Cancelled a meeting", "Meetings", _MEETING),
    Offered("deal.opened", "Deal opened", "Deals", _DEAL),
    Offered("deal.moved", "Deal moved", "Deals", (*_DEAL, "from", "to")),
    Offered("deal.changed", "Deal changed", "Deals", _DEAL),
    Offered("deal.won", "Deal won", "Deals", (*_DEAL, "from", "reason")),
    Offered("deal.lost", "Deal lost", "Deals", (*_DEAL, "from", "reason")),
    Offered("deal.reopened", "Deal open again", "Deals", (*_DEAL, "from", "to")),
    Offered("enrollment.started", "Added to a sequence", "Sequences", _RUN),
    Offered("enrollment.paused", "Sequence paused", "Sequences", _RUN),
    Offered("enrollment.resumed", "Sequence goes on", "Sequences", _RUN),
    Offered("enrollment.stopped", "Sequence stopped", "Sequences", _RUN),
    Offered("enrollment.finished", "Sequence finished", "Sequences", _RUN),
)
BY_CODE = {one.code: one for one in KINDS}
QUIET = [one.code for one in KINDS if not one.busy]
# of somebody who must not be contacted, nothing else is told
OF_SUPPRESSED = {"lead.suppressed"}


def label(code: str) -> str:
    if code == PING:
        return "Test"
    return BY_CODE[code].label if code in BY_CODE else code


def wanted(chosen: list[str]) -> list[str]:
    """The kinds a hook is told of: those chosen that are still offered, or all."""
    return [code for code in chosen if code in BY_CODE] if chosen else list(BY_CODE)
