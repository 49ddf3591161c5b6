"""How good past forecasts were: pure functions over (foreseen, what came)."""

from collections.abc import Sequence
from dataclasses import dataclass

QUANTILES = (0.1, 0.5, 0.9)
ENOUGH = 8  # settled months below which the page says that it is too early to judge


@dataclass(frozen=True, slots=True)
class Settled:
    """One past forecast and its month's sum. `naive` foresaw the same without looking at deals."""

    low: float
    middle: float
    high: float
    naive: float
    actual: float


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Mean pinball losses (less is better, in money) and how often the band held."""

    months: int
    low: float
    middle: float
    high: float
    naive: float  # mean loss of the naive number taken for all three quantiles
    inside: int

    @property
    def loss(self) -> float:
        return (self.low + self.middle + self.high) / 3

    @property
    def coverage(self) -> float | None:
        """Share of months between P10 and P90; 0.8 is what it should be."""
        return self.inside / self.months if self.months else None

    @property
    def gain(self) -> float | None:
        """Share of the naive loss that the forecast saves; below 0 it is worse than naive."""
        return 1 - self.loss / self.naive if self.naive else None

    @property
    def early(self) -> bool:
        return self.months < ENOUGH


def pinball(foreseen: float, actual: float, quantile: float) -> float:
    """The loss that a quantile minimises: a low P90 costs nine times what a high one costs."""
    gap = actual - foreseen
    return gap * quantile if gap >= 0 else -gap * (1 - quantile)


def judge(rows: Sequence[Settled]) -> Accuracy:
    if not rows:
        return Accuracy(0, 0.0, 0.0, 0.0, 0.0, 0)
    number = len(rows)
    low, middle, high = (
        sum(pinball(getattr(row, name), row.actual, quantile) for row in rows) / number
        for name, quantile in zip(("low", "middle", "high"), QUANTILES, strict=True)
    )
    naive = sum(pinball(row.naive, row.actual, q) for row in rows for q in QUANTILES)
    inside = sum(row.low <= row.actual <= row.high for row in rows)
    return Accuracy(number, low, middle, high, naive / (3 * number), inside)
