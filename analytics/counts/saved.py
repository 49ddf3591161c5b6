"""How much time the system saved: counted work times minutes by hand, less what checking took.

    minutes = drafts x max(0, by hand - read) + pauses x by hand + sorted replies x by hand

Counts come from the thread. What a draft takes to read is measured in Approvals; what each thing
takes by hand nobody measures, so it is an assumption that the owner can change.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# Assumptions, to be replaced by the owner's own: a short personal mail with a look at the lead's
# page; finding and stopping what would still go to one who answered; reading and filing a reply.
HAND = {"draft": 6.0, "pause": 2.0, "reply": 1.0}
READ = 1.0  # minutes to check a draft, until enough were measured
ENOUGH = 20  # measured drafts


@dataclass(frozen=True)
class Part:
    """`count` things that take `each` minutes by hand, less `less` that they still took."""

    key: str
    count: int
    each: float
    less: float = 0.0

    @property
    def net(self) -> float:
        return max(0.0, self.each - self.less)

    @property
    def minutes(self) -> float:
        return self.count * self.net


@dataclass(frozen=True)
class Saved:
    """`read`: minutes a draft was read for; `measured`: from how many, 0 where it is assumed."""

    parts: tuple[Part, ...]
    read: float
    measured: int

    @property
    def minutes(self) -> float:
        return sum(part.minutes for part in self.parts)


def saved(
    *, drafts: int, pauses: int, replies: int, read: tuple[int, int], hand: Mapping[str, float]
) -> Saved:
    """`read`: measured drafts and their seconds. `hand`: minutes by hand, HAND where missing."""
    count, seconds = read
    known = count >= ENOUGH
    minutes = round(seconds / count / 60, 1) if known else READ  # as it is printed
    by_hand = {**HAND, **hand}
    parts = (
        Part("draft", drafts, by_hand["draft"], minutes),
        Part("pause", pauses, by_hand["pause"]),
        Part("reply", replies, by_hand["reply"]),
    )
    return Saved(parts, minutes, count if known else 0)
