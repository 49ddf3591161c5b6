"""A share of few cases with what it is worth, and when a figure about people may be shown.

Pure arithmetic; the rules are written out in docs/coaching.md.
"""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from math import sqrt

Z = 1.96  # 95 %
FEW = 20  # cases below which a percent says less than the two numbers
PEOPLE = 5  # private ones, for how somebody works
TEAM = 2  # in whatever stands under a team's name
FOR_TOTALS = 2  # private ones, for what came of threads that the reader may open anyway
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


Parts = Mapping[int, Share]


def _real(parts: Parts) -> dict[int, Share]:
    return {who: share for who, share in parts.items() if share.of}


def _older(parts: Parts, recent: Parts) -> dict[int, Share]:
    """What the longer time has more than the shorter one, which stands on a page of its own."""
    none = Share()
    less = {who: recent.get(who, none) for who in parts}
    return {
        who: Share(share.done - less[who].done, share.of - less[who].of)
        for who, share in parts.items()
    }


def _shown(
    parts: Parts,
    open_to: Set[int],
    recent: Parts | None,
    fewest: int,
    hides: Callable[[list[Share]], bool],
) -> Shown:
    """Everybody's sum where `hides` says so of the private people's parts, in all of the time and
    in what is left of it without the recent days; else the sum of those in `open_to`. Nothing
    where fewer than `fewest` people are in it."""
    real = _real(parts)
    spans = [real] if recent is None else [real, _real(_older(parts, recent))]
    private = [[span[who] for who in span.keys() - open_to] for span in spans]
    everybody = all(not some or hides(some) for some in private)
    ids = real.keys() if everybody else real.keys() & open_to
    if not ids or len(ids) < fewest:
        return Shown(None, 0, len(real))
    return Shown(sum((real[one] for one in ids), Share()), len(ids), len(real))


def habit(
    parts: Parts, open_to: Set[int], recent: Parts | None = None, *, fewest: int = TEAM
) -> Shown:
    """How people work: everybody's sum when none of them is private or five are; else the sum of
    those in `open_to`. So the private ones can never be found by taking away the others.

    `recent`: the same of the shorter time that has a page of its own.
    """
    return _shown(parts, open_to, recent, fewest, lambda some: len(some) >= PEOPLE)


def total(
    parts: Parts, open_to: Set[int], recent: Parts | None = None, *, fewest: int = TEAM
) -> Shown:
    """What came of threads: everybody's sum, unless one private person is (nearly) all of it."""
    return _shown(parts, open_to, recent, fewest, _several)


def _several(some: list[Share]) -> bool:
    cases = [share.of for share in some]
    return len(cases) >= FOR_TOTALS and max(cases) <= MOST_OF_ONE * sum(cases)


def number(
    counts: Mapping[int, int],
    open_to: Set[int],
    recent: Mapping[int, int] | None = None,
    *,
    fewest: int = TEAM,
) -> Shown:
    """How often something came, as `share.of`; by the rule of `total`."""
    before = None if recent is None else _as_shares(recent)
    return total(_as_shares(counts), open_to, before, fewest=fewest)


def _as_shares(counts: Mapping[int, int]) -> dict[int, Share]:
    return {who: Share(count, count) for who, count in counts.items()}
