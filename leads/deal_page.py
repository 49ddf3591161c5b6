"""What was done with one deal, as its page tells it: newest first, in the words of the thread."""

from dataclasses import dataclass
from datetime import datetime

from leads.models import Deal
from leads.services import deals
from leads.thread_lines import say
from leads.thread_names import names_for

KINDS = ("deal.opened", "deal.moved", "deal.changed", "deal.won", "deal.lost", "deal.reopened")
MOST = 50


@dataclass(frozen=True)
class Step:
    """`event`: its place in the lead's thread."""

    event: int
    kind: str
    at: datetime
    title: str
    detail: str


def history(deal: Deal) -> list[Step]:
    """Two queries; the deal's own name is left out of each line."""
    events = deals.events_of(deal, KINDS)[:MOST]
    names = names_for(events, deal.lead)
    found = []
    for event in events:
        words = say(event, names)
        title = str(event.data.get("title") or "")
        detail = words.detail.removeprefix(title).removeprefix(", ")
        found.append(
            Step(event.pk, event.kind, event.occurred_at, words.title.removesuffix("."), detail)
        )
    return found


def in_stage_since(steps: list[Step]) -> datetime | None:
    """Since when it is where it is; None where nothing tells."""
    return next((step.at for step in steps if step.kind != "deal.changed"), None)
