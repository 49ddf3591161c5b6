"""What the open deals may bring, and when: pure functions, no tables, numbers in, numbers out.

Three steps. `odds` says how likely a deal of a stage is won: its own history, smoothed by a prior.
`Timing` says when a won deal closes. `simulate` plays the pipeline many times and reads the
quantiles. docs/forecast.md has the formulas and where each number comes from.
"""

import math
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from typing import Any

STAGES = ("open", "proposal", "negotiation")
# The first three steps of HubSpot's default pipeline (20, 40, 60 %): a convention, not measured.
PRIOR = {"open": 0.20, "proposal": 0.40, "negotiation": 0.60}
STRENGTH = 10.0  # closed deals that the prior is worth
HALF_LIFE = 365.0  # days after which a closed deal counts half
# Share of the spread that all deals have in common. At 0.05 a good and a bad time differ from the
# usual by 9 points for a deal of 40 %. An assumption: a small company cannot measure it.
SHOCK = 0.05
MIN_CLOSED = 20  # below it the page says that the odds rest on the prior
STAGE_DAYS = {"open": 90.0, "proposal": 60.0, "negotiation": 30.0}  # until own deals tell
TIME_STRENGTH = 5.0  # won deals that these days are worth
EARLY, LATE = 14.0, 30.0  # mean days before or after the expected day, until own deals tell
DRAWS = 10_000
MONTHS = 6
LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9


@dataclass(frozen=True, slots=True)
class Closed:
    """A deal that ended. `entered`: the day it came into each stage it is known in.

    `expected` is what was promised first. `timed` is False when its days are not to be believed:
    it came in from another system and was closed there.
    """

    won: bool
    closed: date
    entered: Mapping[str, date]
    expected: date | None = None
    timed: bool = True


@dataclass(frozen=True, slots=True)
class Running:
    """A deal in one of STAGES since `since`. `pk` gives it its own random numbers."""

    pk: int
    stage: str
    value: float
    since: date
    expected: date | None = None


@dataclass(frozen=True, slots=True)
class Odds:
    """How likely a deal of the stage is won. `won`, `lost`: aged counts; `closed`: whole deals.

    `p` is a mean of a beta distribution worth `weight` deals.
    """

    stage: str
    p: float
    weight: float
    won: float
    lost: float
    closed: int

    @property
    def by_prior(self) -> bool:
        return self.closed < MIN_CLOSED


def prior_share(one: Odds) -> int:
    """How much of a stage's odds is the usual ones and how much its own deals, in percent."""
    return round(100 * STRENGTH / (STRENGTH + one.won + one.lost))


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a quarter. `booked` is won already and part of all four numbers beside it."""

    key: str  # "2026-11" or "2026-Q4"
    start: date
    end: date
    booked: float
    low: float
    middle: float
    high: float
    weighted: float


@dataclass(frozen=True, slots=True)
class Forecast:
    months: tuple[Period, ...]
    quarters: tuple[Period, ...]
    odds: Mapping[str, Odds]
    deals: int
    pipeline: float  # sum of all values
    weighted: float  # sum of value x odds, whenever it closes

    @property
    def by_prior(self) -> bool:
        """Whether fewer deals were closed than MIN_CLOSED: the page has to say it."""
        return max((odds.closed for odds in self.odds.values()), default=0) < MIN_CLOSED


def age_weight(closed: date, today: date) -> float:
    return float(0.5 ** (max((today - closed).days, 0) / HALF_LIFE))


def odds(history: Iterable[Closed], today: date) -> dict[str, Odds]:
    """The odds of each stage: (prior x 10 + won) / (10 + closed), each deal weighted by its age.

    A later stage is never less likely than an earlier one: where counts say so by chance, both
    take their common mean (isotonic regression).
    """
    won, lost, closed = (dict.fromkeys(STAGES, 0.0) for _ in range(3))
    for deal in history:
        weight = age_weight(deal.closed, today)
        for stage in deal.entered:
            if stage in won:
                (won if deal.won else lost)[stage] += weight
                closed[stage] += 1
    weights = [STRENGTH + won[stage] + lost[stage] for stage in STAGES]
    raw = [
        (PRIOR[stage] * STRENGTH + won[stage]) / weight
        for stage, weight in zip(STAGES, weights, strict=True)
    ]
    level = rising(raw, weights)
    rows = zip(STAGES, level, weights, strict=True)
    return {s: Odds(s, p, w, won[s], lost[s], int(closed[s])) for s, p, w in rows}


def rising(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The nearest sequence that never falls (pool adjacent violators)."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, wa, na), (b, wb, nb) = blocks[-2:]
            blocks[-2:] = [((a * wa + b * wb) / (wa + wb), wa + wb, na + nb)]
    return [value for value, _, count in blocks for _ in range(count)]


class Tail:
    """P(days > x) from aged counts of whole days."""

    def __init__(self, days: Iterable[tuple[int, float]]) -> None:
        sums: dict[int, float] = {}
        for day, weight in days:
            sums[day] = sums.get(day, 0.0) + weight
        self.days = sorted(sums)
        self.sums = [0.0, *accumulate(sums[day] for day in self.days)]

    @property
    def weight(self) -> float:
        return self.sums[-1]

    def above(self, day: float) -> float:
        return self.weight - self.sums[bisect_right(self.days, day)]


@dataclass
class Timing:
    """When won deals close: days in a stage, and days before (-) or after the expected day."""

    stays: dict[str, Tail] = field(default_factory=dict)
    slips: Tail = field(default_factory=lambda: Tail([]))

    @classmethod
    def of(cls, history: Iterable[Closed], today: date) -> "Timing":
        stays: dict[str, list[tuple[int, float]]] = {stage: [] for stage in STAGES}
        slips: list[tuple[int, float]] = []
        for deal in history:
            if not (deal.won and deal.timed):
                continue
            weight = age_weight(deal.closed, today)
            for stage, day in deal.entered.items():
                if stage in stays:
                    stays[stage].append((max((deal.closed - day).days, 0), weight))
            if deal.expected is not None:
                slips.append(((deal.closed - deal.expected).days, weight))
        return cls({stage: Tail(rows) for stage, rows in stays.items()}, Tail(slips))

    def sums(self) -> tuple[float, ...]:
        """Tells two timings apart: what is known differs when the counts do."""
        tails = [*self.stays.values(), self.slips]
        return tuple(
            part for tail in tails for part in (tail.weight, sum(tail.days), len(tail.days))
        )

    def by(self, deal: Running, today: date, end: date) -> float:
        """P(closed by the evening of `end`), if it is won and is still open this morning."""
        if end < today:
            return 0.0
        start = deal.since if deal.expected is None else deal.expected
        now = self._above(deal, (today - start).days - 1)
        then = self._above(deal, (end - start).days)
        return 1.0 - then / now if now > 1e-12 else 1.0

    def _above(self, deal: Running, day: int) -> float:
        if deal.expected is None:
            tail = self.stays.get(deal.stage) or Tail([])
            usual = math.exp(-max(day + 1, 0) / STAGE_DAYS[deal.stage])
        else:
            tail = self.slips
            x = day + 0.5
            usual = 0.5 * math.exp(-x / LATE) if x > 0 else 1 - 0.5 * math.exp(x / EARLY)
        return (TIME_STRENGTH * usual + tail.above(day)) / (TIME_STRENGTH + tail.weight)


@dataclass(frozen=True)
class Learnt:
    """What ended deals tell, small enough to keep."""

    odds: Mapping[str, Odds]
    timing: Timing


def learn(history: Sequence[Closed], today: date) -> Learnt:
    return Learnt(odds(history, today), Timing.of(history, today))


def month_ends(today: date, months: int = MONTHS) -> list[date]:
    """The last day of this month and of the ones after it."""
    found = []
    for step in range(months):
        year, month = divmod(today.year * 12 + today.month - 1 + step, 12)
        found.append(date(year, month + 1, monthrange(year, month + 1)[1]))
    return found


def month_key(day: date) -> str:
    return f"{day:%Y-%m}"


def quarter_key(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


@cache
def _normal() -> tuple[Any, Any]:
    """Points of the normal distribution and their shares, to look up between."""
    import numpy as np

    points = np.linspace(-7.0, 7.0, 4001)
    return points, np.array([0.5 * math.erfc(-x / math.sqrt(2.0)) for x in points])


def _shares(
    odds_by_stage: Mapping[str, Odds], draws: int, seed: int, shock: float
) -> dict[str, Any]:
    """Each stage's odds in each draw. Their mean is `p`: neither source of doubt moves it.

    Two doubts: how well the odds are known (a beta distribution), and a good or a bad time that
    all deals share: Phi((Phi^-1(p) + sqrt(shock) z) / sqrt(1 - shock)) for one normal z.
    """
    import numpy as np

    rng = np.random.default_rng([seed, 0])
    points, below = _normal()
    common = math.sqrt(shock) * rng.standard_normal(draws)
    found = {}
    for stage in STAGES:
        one = odds_by_stage[stage]
        sure = rng.beta(one.p * one.weight, (1 - one.p) * one.weight, draws)
        moved = (np.interp(sure, below, points) + common) / math.sqrt(1.0 - shock)
        found[stage] = np.interp(moved, points, below)
    return found


def simulate(
    deals: Sequence[Running],
    history: Sequence[Closed] | Learnt,
    today: date,
    *,
    booked: Mapping[str, float] | None = None,
    draws: int = DRAWS,
    shock: float = SHOCK,
) -> Forecast:
    """Months and quarters from today on. `booked`: what is won already, by month_key.

    The same deals give the same numbers all day, and each deal has random numbers of its own: a
    change of one moves only its part.
    """
    import numpy as np

    known = history if isinstance(history, Learnt) else learn(history, today)
    chances, timing = known.odds, known.timing
    ends = month_ends(today)
    seed = today.toordinal()
    shares = _shares(chances, draws, seed, shock)
    sums = np.zeros((len(ends), draws))
    weighted = [0.0] * len(ends)
    for deal in deals:
        by = [timing.by(deal, today, end) for end in ends]
        luck = np.random.default_rng([seed, deal.pk]).random(draws, dtype=np.float32)
        luck /= shares[deal.stage]
        for place, share in enumerate(by):
            sums[place] += deal.value * (luck < share)
            weighted[place] += deal.value * chances[deal.stage].p * share
    view = _View(today, ends, sums, weighted, dict(booked or {}))
    return Forecast(
        view.months(),
        view.quarters(),
        chances,
        len(deals),
        sum(deal.value for deal in deals),
        sum(deal.value * chances[deal.stage].p for deal in deals),
    )


@dataclass
class _View:
    """Sums of all draws by the end of each month, cut into periods."""

    today: date
    ends: list[date]
    sums: Any
    weighted: list[float]
    booked: dict[str, float]

    def months(self) -> tuple[Period, ...]:
        return tuple(
            self._period(month_key(end), end.replace(day=1), place, place)
            for place, end in enumerate(self.ends)
        )

    def quarters(self) -> tuple[Period, ...]:
        """This quarter and the next."""
        found = []
        first = 0
        for _ in range(2):
            last = first + (-self.ends[first].month) % 3
            end = self.ends[last]
            start = date(end.year, end.month - 2, 1)
            found.append(self._period(quarter_key(end), start, first, last))
            first = last + 1
        return tuple(found)

    def _period(self, key: str, start: date, first: int, last: int) -> Period:
        import numpy as np

        end = self.ends[last]
        total, weighted = self.sums[last], self.weighted[last]
        if first:
            total, weighted = total - self.sums[first - 1], weighted - self.weighted[first - 1]
        booked = sum(v for k, v in self.booked.items() if month_key(start) <= k <= month_key(end))
        low, middle, high = (booked + float(q) for q in np.quantile(total, [LOW, MIDDLE, HIGH]))
        return Period(key, start, end, booked, low, middle, high, booked + weighted)


def months_back(day: date, months: int) -> date:
    """The first day of the month `months` before the one of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def last_month(today: date) -> tuple[date, date]:
    """First and last day of the month before this one."""
    end = today.replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end
