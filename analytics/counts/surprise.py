"""Is a day's number a surprise, by the same weekday of the weeks before?

The number and the sum of the comparable days are compared exactly: if nothing changed, the day's
share of all of them is binomial (two Poisson counts, Przyborowski and Wilenski, 1940), so small
counts and few weeks are no trouble. Numbers that jump more than by chance are first divided by
how much more they jump, taken from all days before. An odd day among those before is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from analytics.counts.chances import beta_share

CHANCE = 0.001  # of a false alarm, each side of each number of each day
LEAST_DAYS = 5  # same weekdays that are needed
LEAST_CHANGE = 0.4  # smaller changes are nobody's business
ODD = 4.0  # spreads from the middle
SAFE = (
    1.5  # jumps more than measured: numbers that jump have longer tails, and few days tell little
)


@dataclass(frozen=True)
class Day:
    """`of`: what the number is measured by (messages sent, for bounces); 1: a day."""

    count: int
    of: float = 1.0


@dataclass(frozen=True)
class Verdict:
    """`usual`: expected of this day. `threshold`: the first number that raises an alert. `chance`:
    how often noise alone gives such a number or worse. `days`: how many it is compared with."""

    number: int
    usual: float
    threshold: int
    chance: float
    days: int

    def drops(self) -> bool:
        return self.number <= self.threshold

    def spikes(self) -> bool:
        return self.number >= self.threshold


def usual_days(days: Sequence[Day]) -> list[Day]:
    """Without those that lie far from the middle one: a storm three weeks ago is not usual.
    Days without anything to measure by go as well."""
    days = [day for day in days if day.of > 0]
    if not days:
        return []
    rates = [day.count / day.of for day in days]
    size = median(day.of for day in days)
    middle = median(rates)
    spread = max(
        1.4826 * median(abs(rate - middle) for rate in rates),
        (max(middle * size, 1.0) ** 0.5) / size,
    )
    return [
        day for day, rate in zip(days, rates, strict=True) if abs(rate - middle) <= ODD * spread
    ]


def jumpiness(weekdays: Sequence[Sequence[Day]]) -> float:
    """How much more than by chance the numbers jump around their weekday's mean: the share `a` of
    a variance of `mean + a x mean x mean`, from all weekdays together. 0: as by chance."""
    more, squares = 0.0, 0.0
    for known in map(usual_days, weekdays):
        if len(known) < 2:
            continue
        rate = sum(day.count for day in known) / sum(day.of for day in known)
        whole = len(known) / (len(known) - 1)
        for day in known:
            mean = rate * day.of
            more += (day.count - mean) ** 2 * whole - mean
            squares += mean * mean
    return max(0.0, more / squares) if squares else 0.0


def spike(today: Day, before: Sequence[Day], *, jumps: float = 0.0, change: float = LEAST_CHANGE,
          chance: float = CHANCE) -> Verdict | None:  # fmt: skip
    """None: too few days before, or nothing to measure it by."""
    known = _comparable(today, before)
    if known is None:
        return None
    total, share, usual = known
    wild = 1 + SAFE * jumps * usual
    below = int(usual * (1 + change))  # never an alert up to here
    high = max(below + 1, 1)
    while _at_least(high, total, share, wild) > chance:
        below, high = high, high * 2 + 1
    while high - below > 1:
        middle = (high + below) // 2
        if _at_least(middle, total, share, wild) > chance:
            below = middle
        else:
            high = middle
    found = _at_least(today.count, total, share, wild)
    return Verdict(today.count, usual, high, found, _many(before))


def drop(today: Day, before: Sequence[Day], *, jumps: float = 0.0, change: float = LEAST_CHANGE,
         chance: float = CHANCE) -> Verdict | None:  # fmt: skip
    """As `spike`; `threshold` is -1 where even none at all is no surprise."""
    known = _comparable(today, before)
    if known is None:
        return None
    total, share, usual = known
    wild = 1 + SAFE * jumps * usual
    low, above = -1, int(usual * (1 - change)) + 1  # low: an alert; above: none
    while above - low > 1:
        middle = (above + low) // 2
        if _at_most(middle, total, share, wild) <= chance:
            low = middle
        else:
            above = middle
    found = _at_most(today.count, total, share, wild)
    return Verdict(today.count, usual, low, found, _many(before))


def _many(before: Sequence[Day]) -> int:
    return len([day for day in before if day.of > 0])


def _comparable(today: Day, before: Sequence[Day]) -> tuple[int, float, float] | None:
    """(sum of the days before, today's part of what both are measured by, what is usual)."""
    if _many(before) < LEAST_DAYS or today.of <= 0:
        return None
    known = usual_days(before)
    total, size = sum(day.count for day in known), sum(day.of for day in known)
    return total, today.of / (size + today.of), total / size * today.of


def _at_least(count: int, total: int, share: float, wild: float) -> float:
    return beta_share(count / wild, total / wild + 1, share) if count else 1.0


def _at_most(count: int, total: int, share: float, wild: float) -> float:
    return 1 - beta_share(count / wild + 1, total / wild, share) if total else 1.0
