"""A share of few cases with what it is worth, and when a figure about people may be shown.

Pure arithmetic; the rules are written out in docs/coaching.md.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from math import sqrt

Z = 1.96  # 95 %
FEW = 20  # cases below which a percent says less than the two numbers
PEOPLE = 5  # for how somebody works
FOR_TOTALS = 2  # for what came of threads that the reader may open anyway
MOST_OF_ONE = 0.75  # of such a total


@dataclass(frozen=True)
class Share:
    """`done` of `of`, with the interval that holds the true share in 19 of 20 cases (Wilson)."""

    done: int = 0
    of: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.done + other.done, self.of + other.of)

    @property
    def enough(self) -> bool:
        return self.of >= FEW

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.of) if self.of else 0

    @property
    def low(self) -> int:
        return round(100 * self._edges()[0])

    @property
    def high(self) -> int:
        return round(100 * self._edges()[1])

    def _edges(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        n, p = self.of, self.done / self.of
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        return max(0.0, middle - half), min(1.0, middle + half)

    def apart(self, other: "Share") -> bool:
        """Whether the two intervals do not touch."""
        (low, high), (there_low, there_high) = self._edges(), other._edges()
        return low > there_high or there_low > high


@dataclass(frozen=True)
class Shown:
    """What may be shown of a group: the share, of how many people, of how many who have one.

    `share` is None where nothing may be shown.
    """

    share: Share | None
    people: int = 0
    whole: int = 0

    @property
    def partial(self) -> bool:
        """Only those who share are in it."""
        return self.share is not None and self.people < self.whole


def _of(parts: Mapping[int, Share], ids: Set[int], whole: int) -> Shown:
    found = [parts[one] for one in ids]
    return Shown(sum(found, Share()), len(found), whole) if found else Shown(None, 0, whole)


def habit(parts: Mapping[int, Share], open_to: Set[int]) -> Shown:
    """How people work: everybody's sum when none of them is private or five are; else the sum of
    those in `open_to`. So the private ones can never be found by taking away the others."""
    real = {who: share for who, share in parts.items() if share.of}
    private = real.keys() - open_to
    if private and len(private) < PEOPLE:
        return _of(real, real.keys() & open_to, len(real))
    return _of(real, real.keys(), len(real))


def total(parts: Mapping[int, Share], open_to: Set[int]) -> Shown:
    """What came of threads: everybody's sum, unless one private person is (nearly) all of it."""
    real = {who: share for who, share in parts.items() if share.of}
    private = {who: share.of for who, share in real.items() if who not in open_to}
    hides = len(private) >= FOR_TOTALS and max(private.values()) <= MOST_OF_ONE * sum(
        private.values()
    )
    if private and not hides:
        return _of(real, real.keys() & open_to, len(real))
    return _of(real, real.keys(), len(real))
