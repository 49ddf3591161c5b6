"""The forecast as its page prints it: bars, odds in words, and how earlier ones turned out."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analytics.counts.accuracy import Accuracy
from analytics.counts.forecast import (
    HALF_LIFE,
    MIN_CLOSED,
    PRIOR,
    SHOCK,
    STAGES,
    STRENGTH,
    Forecast,
    Period,
    prior_share,
)
from analytics.models.forecast import ForecastSnapshot
from analytics.report_csv import Table
from analytics.report_page import NOBODYS, TEAM, Frame
from analytics.selectors import pipeline
from analytics.selectors.pipeline import NOBODY, Scope
from analytics.services.forecasts import View
from leads.models import Deal

WIDTH = 100.0  # of the bars' drawing
STAGE_NAMES = {str(stage): str(stage.label) for stage in Deal.Stage}
FORESEEN = {
    0: "In the month's first night",
    1: "One month before",
    2: "Two months before",
}


@dataclass(frozen=True)
class Bar:
    """A period and where its numbers lie on the drawing, 0 to WIDTH."""

    period: Period
    label: str
    booked: float
    low: float
    band: float  # width from P10 to P90
    middle: float
    weighted: float


def scope_of(frame: Frame) -> Scope:
    """Whose deals; under the name that each night's forecast has. A team: with nobody's."""
    if not frame.owner:
        return pipeline.scope_of(frame.user)
    if frame.owner.startswith(TEAM):
        return Scope(frame.owner, frozenset([*frame.scope.who, NOBODY]))
    key = "nobody" if frame.owner == NOBODYS else f"user:{frame.owner}"
    return Scope(key, frozenset(frame.scope.who))


def kept(given: Mapping[str, str]) -> list[tuple[str, str]]:
    """What the other tabs are about; it goes with the form."""
    names = ("period", "from", "to", "segment")
    return [(name, str(given[name])[:90]) for name in names if given.get(name)]


def period_table(name: str, view: View, periods: tuple[Period, ...]) -> Table:
    head = ("Period", "P10", "P50", "P90", "Weighted sum", "Won so far", "Currency")
    rows = [
        (label(p), *(round(v, 2) for v in (p.low, p.middle, p.high, p.weighted, p.booked)),
         view.currency)
        for p in periods
    ]  # fmt: skip
    return Table(f"forecast {name}", head, rows, now=True)


def odds_table(view: View) -> Table:
    odds = view.forecast.odds
    rows = [(STAGE_NAMES[s], odds[s].p, odds[s].closed) for s in STAGES]
    return Table("forecast odds", ("Stage", "Odds", "Ended from it"), rows, now=True)


def context(view: View) -> dict[str, Any]:
    found = view.forecast
    return {
        "view": view,
        "forecast": found,
        "months": bars(found.months),
        "quarters": bars(found.quarters),
        "odds": [
            (STAGE_NAMES[stage], found.odds[stage], prior_share(found.odds[stage]))
            for stage in STAGES
        ],
        "closed": closed(found),
        "least": MIN_CLOSED,
        "prior": ", ".join(f"{PRIOR[stage]:.0%}" for stage in STAGES),
        "strength": round(STRENGTH),
        "half_life": round(HALF_LIFE),
        "shock": f"{SHOCK:.0%}",
        "records": [(FORESEEN[ahead], one, words(one)) for ahead, one in view.accuracy.items()],
        "settled": any(one.months for one in view.accuracy.values()),
        "past": past_bars(view.past),
    }


def bars(periods: tuple[Period, ...]) -> list[Bar]:
    """All on the scale of the longest one."""
    longest = max((max(p.high, p.weighted, p.booked) for p in periods), default=0.0)
    scale = WIDTH / longest if longest > 0 else 0.0
    return [
        Bar(
            period,
            label(period),
            round(period.booked * scale, 2),
            round(period.low * scale, 2),
            round((period.high - period.low) * scale, 2),
            round(period.middle * scale, 2),
            round(period.weighted * scale, 2),
        )
        for period in periods
    ]


@dataclass(frozen=True)
class Past:
    """A month that is over: foreseen in its first night, and what came, 0 to WIDTH."""

    row: ForecastSnapshot
    low: float
    band: float
    middle: float
    came: float

    @property
    def inside(self) -> bool:
        return self.row.low <= (self.row.actual or 0) <= self.row.high


def past_bars(rows: list[ForecastSnapshot]) -> list[Past]:
    longest = max((max(row.high, row.actual or 0) for row in rows), default=Decimal(0))
    scale = WIDTH / float(longest) if longest > 0 else 0.0
    return [
        Past(row, *(
            round(float(money) * scale, 2)
            for money in (row.low, row.high - row.low, row.middle, row.actual or Decimal(0))
        ))
        for row in rows
    ]  # fmt: skip


def past_table(view: View) -> Table:
    head = ("Month", "P10", "P50", "P90", "Came", "Of deals opened later", "In the band")
    rows = [
        (f"{one.row.month:%B %Y}", one.row.low, one.row.middle, one.row.high, one.row.actual,
         one.row.later, "yes" if one.inside else "no", one.row.naive, view.currency)
        for one in past_bars(view.past)
    ]  # fmt: skip
    return Table("forecast past", (*head, "Last month's sum", "Currency"), rows, now=True)


def label(period: Period) -> str:
    """ "November 2026" or "Q4 2026"."""
    year, _, quarter = period.key.partition("-Q")
    return f"Q{quarter} {year}" if quarter else f"{period.start:%B %Y}"


def closed(found: Forecast) -> int:
    """Deals that ended, as far as the odds know them."""
    return max((one.closed for one in found.odds.values()), default=0)


def words(one: Accuracy) -> str:
    """One sentence against the simplest guess there is."""
    if not one.months:
        return "No month is over yet."
    if one.gain is None:
        said = "Last month's sum was never off."
    elif one.gain >= 0:
        said = f"Off by {one.gain:.0%} less than last month's sum."
    else:
        said = f"Off by {-one.gain:.0%} more than last month's sum."
    return f"{said} Too early to judge." if one.early else said
