"""Each lead once over a whole period, and how far those have come that came in within it."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from analytics.access import Scope
from analytics.counts import bitmaps
from analytics.counts.funnel import LOST, STEPS
from analytics.models import DaySet
from analytics.selectors import kept, numbers, sums
from analytics.selectors.period import Period

FUNNEL = tuple(f"funnel.{step}" for step in (*STEPS, LOST))
WORKED, REPLIED = "worked", "replied"


@dataclass(frozen=True)
class Reached:
    """One step of the funnel; `share` of the step before, None where nobody was there."""

    step: str
    count: int
    share: float | None


def distinct(scope: Scope, period: Period, metric: str = WORKED) -> int:
    """Leads that were worked on ("worked") or wrote to us ("replied"), each once."""
    return _bits(scope, period, metric).bit_count()


def lead_ids(scope: Scope, period: Period, metric: str = WORKED) -> list[int]:
    """Who they are. To be filtered by leads.access.leads_for."""
    return list(bitmaps.members(_bits(scope, period, metric)))


def newest(
    scope: Scope, period: Period, metric: str = WORKED, below: int | None = None
) -> Iterator[int]:
    """The same, the newest first; `below`: of those before this one."""
    return bitmaps.newest(_bits(scope, period, metric), below)


def _bits(scope: Scope, period: Period, metric: str) -> int:
    def read() -> int:
        months, days = period.parts()
        spans: dict[str, list[date]] = {DaySet.Span.MONTH: months, DaySet.Span.DAY: days}
        return bitmaps.union(sums.sets(scope, metric, spans))

    return kept.once(scope, ("leads", period, metric), read, sys.getsizeof)


def funnel(scope: Scope, period: Period) -> tuple[list[Reached], int]:
    """Of the leads that came in within the period, how many have come how far until now; and how
    many of them are lost."""
    found = numbers.totals(scope, period, FUNNEL)
    counts = {metric: amount.count for metric, amount in found.items()}
    return reached(counts), counts[f"funnel.{LOST}"]


def reached(counts: Mapping[str, int]) -> list[Reached]:
    """From the sums of the metrics FUNNEL."""
    steps, before = [], None
    for step in STEPS:
        count = counts.get(f"funnel.{step}", 0)
        steps.append(Reached(step, count, count / before if before else None))
        before = count
    return steps


def biggest_loss(steps: list[Reached]) -> Reached | None:
    """The step that the smallest share came to; None when nothing was lost."""
    shares = [one for one in steps if one.share is not None and one.share < 1]
    return min(shares, key=lambda one: one.share or 0.0, default=None)
