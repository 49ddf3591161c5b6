"""What the events of a person's deals come to: how each stands, whatever was taken back. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from analytics.counts.story import DEALS, Event

ENDS = {"deal.won": "won", "deal.lost": "lost"}
MOVES = ("deal.opened", "deal.moved", "deal.reopened")
PROPOSED = frozenset({"proposal", "negotiation"})


@dataclass
class Dealt:
    """One deal. `value`, `currency`: the last that was told; what is wrong is put right later."""

    opened: Event | None = None
    proposed: Event | None = None
    ended: Event | None = None
    value: Any = None
    currency: Any = None

    def read(self, event: Event) -> None:
        self.value = event.data.get("value", self.value)
        self.currency = event.data.get("currency", self.currency)
        stage = event.data.get("to") or event.data.get("stage")
        if event.kind in ENDS:
            if self.ended is None or self.ended.kind != event.kind:
                self.ended = event
        elif event.kind in MOVES:
            if event.kind == "deal.reopened":
                self.ended = None
            elif event.kind == "deal.opened":
                self.opened = self.opened or event
            self.proposed = (self.proposed or event) if stage in PROPOSED else None


def deals(events: Iterable[Event]) -> list[Dealt]:
    """In the order they were heard of."""
    found: dict[object, Dealt] = {}
    for event in events:
        if event.kind in DEALS:
            found.setdefault(str(event.data.get("deal")), Dealt()).read(event)
    return list(found.values())
