"""Learning curves of the lead score on a table: how good after 0, 20, 100, ... outcomes.

Each of the random draws sets 3,000 rows (or a third) aside for the test and learns from the first
rows of the rest; numbers are means over the draws. Size 0 is the card alone.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from leads.scoring import gate, learn, metrics
from leads.scoring.card import Card
from leads.scoring.features import Row, fit
from leads.scoring.gate import NOTHING, Leak
from leads.scoring.learn import Design

if TYPE_CHECKING:
    from leads.scoring.metrics import Floats

DRAWS = 10
TEST_ROWS = 3000
SIZES = (0, 20, 50, 100, 200, 500, 1000)
FEWEST_ROWS = 30
CHECK_DRAWS = 3  # draws of the second look, without the columns that leak


@dataclass(frozen=True)
class Table:
    """Rows without their label, `outcomes` 1 or 0 (n,), `card` None when there is none."""

    rows: Sequence[Row]
    outcomes: "Floats"
    card: Card | None = None

    @property
    def test(self) -> int:
        return min(TEST_ROWS, len(self.rows) // 3)

    @property
    def pool(self) -> int:
        return len(self.rows) - self.test


@dataclass(frozen=True)
class Point:
    """Means over the draws at one size; `spread` is the standard deviation of the AUC."""

    asked: int
    outcomes: int
    means: dict[str, float]
    spread: float
    mix: float

    def to_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {name: round(value, 4) for name, value in self.means.items()}
        shown |= {"auc_sd": round(self.spread, 4), "outcomes": self.outcomes}
        return shown | ({"trees": round(self.mix, 2)} if self.mix else {})


def measure(table: Table, sizes: Sequence[int] = SIZES, draws: int = DRAWS) -> dict[str, Any]:
    """The whole answer as JSON: {"sizes": {"0": {...}}, "verdict": words, ...}."""
    import numpy as np

    design = _design(table)
    points = curve(table, design, sizes, draws)
    everything = np.arange(len(table.outcomes))
    leaks = gate.find_leaks(design, everything, table.outcomes)
    verdict, honest = _verdict(table, design, points, leaks)
    notes = [
        f"Size {p.asked} is more than there is; {p.outcomes} outcomes were used."
        for p in points
        if p.outcomes < p.asked
    ]
    notes += [f"{column} is left out: it {why}." for column, why in design.encoder.dropped]
    return {
        "sizes": {str(point.asked): point.to_json() for point in points},
        "verdict": verdict,
        "rows": len(table.rows),
        "won": int(table.outcomes.sum()),
        "test_rows": table.test,
        "draws": draws,
        "leaks": [{"column": leak.column, "auc": round(leak.auc, 3)} for leak in leaks],
        "without_leaks": {str(point.asked): point.to_json() for point in honest},
        "notes": notes,
    }


def _design(table: Table) -> Design:
    return learn.make_design(table.rows, table.card or no_card(table.outcomes), fit(table.rows))


def no_card(outcomes: "Floats") -> Card:
    """A card of no rules: everybody has the share of wins of the whole table."""
    rate = (float(outcomes.sum()) + 1) / (len(outcomes) + 2)
    return {"base_rate": rate, "points_at_base": 30, "points_per_logit": 15, "rules": []}


def curve(table: Table, design: Design, sizes: Sequence[int], draws: int) -> list[Point]:
    """One point for each size, in order."""
    found: dict[int, list[dict[str, float]]] = {size: [] for size in sorted(set(sizes))}
    for order in _orders(len(table.rows), draws):
        test, pool = order[: table.test], order[table.test :]
        for size, numbers in found.items():
            numbers.append(_one(table, design, pool[:size], test))
    return [_point(size, min(size, table.pool), numbers) for size, numbers in found.items()]


def _orders(rows: int, draws: int) -> Iterator[Any]:
    import numpy as np

    for seed in range(draws):
        yield np.random.default_rng(seed).permutation(rows)


def _one(table: Table, design: Design, chosen: Any, test: Any) -> dict[str, float]:
    import numpy as np

    outcomes = table.outcomes
    if not len(chosen):
        chances = np.array([metrics.logistic(float(z)) for z in design.x[test, 1]])
        return {**metrics.all_of(outcomes[test], chances), "mix": 0.0}
    found = learn.fit(design, chosen, outcomes[chosen])
    return {**metrics.all_of(outcomes[test], found.chances(design, test)), "mix": found.mix}


def _point(asked: int, outcomes: int, numbers: Sequence[dict[str, float]]) -> Point:
    means = {name: math.fsum(n[name] for n in numbers) / len(numbers) for name in numbers[0]}
    mix = means.pop("mix")
    spread = math.sqrt(math.fsum((n["auc"] - means["auc"]) ** 2 for n in numbers) / len(numbers))
    return Point(asked, outcomes, means, spread, mix)


def _verdict(
    table: Table, design: Design, points: Sequence[Point], leaks: Sequence[Leak]
) -> tuple[str, list[Point]]:
    """The verdict in words, and with leaks the curve without them."""
    if leaks:
        again = _without(table, {leak.column for leak in leaks}, points[-1].asked)
        return f"{_leak_words(leaks)} Without: {_judged(table, again)}", again
    if points[-1].means["auc"] > gate.MODEL_LEAK:
        import numpy as np

        suspects = gate.column_aucs(design, np.arange(len(table.rows)), table.outcomes)[:3]
        return f"{gate.too_good(points[-1].means['auc'], suspects)} {_told(points[-1])}.", []
    return _judged(table, points), []


def _without(table: Table, names: set[str], size: int) -> list[Point]:
    """The start and one size, without these columns."""
    rows = [{k: v for k, v in row.items() if k not in names} for row in table.rows]
    honest = replace(table, rows=rows)
    return curve(honest, _design(honest), sorted({0, size}), CHECK_DRAWS)


def _leak_words(leaks: Sequence[Leak]) -> str:
    return (
        f"Leak alarm: {gate.named(leaks)}. Such a column is known only with the outcome; the sizes "
        "count it in, --exclude leaves it out."
    )


def _judged(table: Table, points: Sequence[Point]) -> str:
    """Whether the last point is worth more than chance, and more than the card."""
    wins, rows = int(table.outcomes.sum()), len(table.rows)
    if (short := gate.too_few(wins, rows)) is not None:
        return short
    best, first = points[-1], points[0]
    if not best.outcomes:
        return f"Only the start was measured: {_told(best)}."
    rarer = min(wins, rows - wins) / rows
    if best.means["auc"] < max(gate.USEFUL_AUC, by_luck(wins, rows)):
        enough = max(gate.FEWEST * 10, gate.FEWEST / rarer)
        if best.means["auc"] >= gate.USEFUL_AUC or best.outcomes < min(enough, table.pool):
            return f"Too few outcomes to tell: {_told(best)}."
        return f"{NOTHING} from these columns, hardly better than the base rate: {_told(best)}."
    if best.means["brier"] >= rarer * (1 - rarer):
        return f"The order of leads can be learned, their chances not yet: {_told(best)}."
    if table.card is None or first.outcomes:
        return f"The outcome can be learned: {_told(best)}."
    if best.means["auc"] < first.means["auc"] and best.means["brier"] >= first.means["brier"]:
        return f"{NOTHING} beyond the card: {_told(best)}; the card {_told(first)}."
    return f"The outcome can be learned: {_told(best)}; the card alone {_told(first)}."


def by_luck(wins: int, rows: int) -> float:
    """The AUC that chances without any sense stay below, 39 times in 40 (Mann-Whitney)."""
    return 0.5 + 2 * math.sqrt((rows + 1) / (12 * wins * (rows - wins)))


def _told(point: Point) -> str:
    means = point.means
    start = f"after {point.outcomes} outcomes " if point.outcomes else "without outcomes "
    return f"{start}AUC {means['auc']:.3f}, Brier {means['brier']:.3f}"
