"""From rows of mixed columns to numbers a model can weigh. Pure Python, knows no tables.

What a column is (number, category, words, day, or only "is it there") is decided from all rows,
without looking at any outcome, and kept as JSON. A value never seen before is safe: it counts as
"another value" where there were such, else as nothing.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from leads.scoring import values

Row = Mapping[str, object]
Sparse = list[tuple[int, float]]  # (position of a feature, its value), zeros left out
MAX_VALUES = 25  # categories of one column
MAX_WORDS = 25
MAX_FEATURES = 240
RARE = 0.004  # share of the rows below which a category is pooled with the others
FEWEST = 3  # rows a category or word needs in any case
CONSTANT = 0.998  # a column with one value in this share of the rows says nothing
UNIQUE = 0.95  # share of different values from which a column looks like an id
SKEWED = 1.0
REACH = 3.5  # standard deviations at which a number ends: nobody extrapolates from an outlier
ID_WORDS = frozenset({"id", "uuid", "guid", "key", "number", "no", "nr", "code", "index", "ref"})


@dataclass(frozen=True)
class Column:
    """How one column is read. `start` is the position of its first feature, `size` how many.

    kind "number": (x - mean) / sd, x after log1p when `log`; then one feature for each of `knots`
    (1 when above it), one for a missing value and one for the `mode` (the commonest number, when
    common enough to be a state of its own).
    kind "category" and "words": one feature for each of `values`, then `other`, then missing.
    kind "day": as "number" in days, then one feature for each month in `values`, then missing.
    kind "presence": one feature, 1 when the value is missing.
    """

    name: str
    kind: str
    start: int = 0
    values: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    other: bool = False
    missing: bool = False
    log: bool = False
    mean: float = 0.0
    sd: float = 1.0
    mode: float | None = None
    order: str = ""
    knots: tuple[float, ...] = ()

    @property
    def size(self) -> int:
        first = self.kind in ("number", "day")
        extra = self.kind == "number" and self.mode is not None
        return first + len(self.knots) + len(self.values) + self.other + self.missing + extra


@dataclass(frozen=True)
class Encoder:
    """All columns, `size` features in all; `dropped` are (column, why in words)."""

    columns: tuple[Column, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    size: int = 0
    _places: dict[str, dict[str, int]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for column in self.columns:
            self._places[column.name] = {v: i for i, v in enumerate(column.values)}

    def encode(self, row: Row) -> Sparse:
        """The features of one row that are not zero, by position."""
        found: Sparse = []
        for column in self.columns:
            found += _READ[column.kind](column, row.get(column.name), self._places[column.name])
        return found

    def column_at(self) -> list[int]:
        """For each feature the position of its column."""
        return [n for n, column in enumerate(self.columns) for _ in range(column.size)]

    def to_json(self) -> dict[str, Any]:
        columns = [_without_defaults(asdict(column)) for column in self.columns]
        return {"size": self.size, "columns": columns, "dropped": [list(d) for d in self.dropped]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Encoder":
        """Raises KeyError or TypeError when `data` is no encoder."""
        columns = tuple(_column_of(one) for one in data["columns"])
        dropped = tuple((str(name), str(why)) for name, why in data["dropped"])
        return cls(columns, dropped, int(data["size"]))


def _column_of(data: Mapping[str, Any]) -> Column:
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    return Column(**fields)


def _without_defaults(column: dict[str, Any]) -> dict[str, Any]:
    default = asdict(Column("", ""))
    return {k: v for k, v in column.items() if v != default[k] or k in ("name", "kind", "start")}


def _read_number(column: Column, value: object, places: Mapping[str, int]) -> Sparse:
    amount = None if values.missing(value) else values.number(value)
    if amount is None:
        place = column.start + 1 + len(column.knots)
        return [(place, 1.0)] if column.missing else []
    found = [(column.start, standard(column, amount))]
    found += [(column.start + 1 + n, 1.0) for n, knot in enumerate(column.knots) if amount > knot]
    if column.mode is not None and amount == column.mode:
        found.append((column.start + column.size - 1, 1.0))
    return found


def standard(column: Column, amount: float) -> float:
    """How many standard deviations from the mean, at most `REACH`."""
    if column.log:
        amount = math.log1p(max(amount, 0.0))
    return max(-REACH, min(REACH, (amount - column.mean) / column.sd))


def _read_category(column: Column, value: object, places: Mapping[str, int]) -> Sparse:
    if values.missing(value):
        return [(column.start + column.size - 1, 1.0)] if column.missing else []
    place = places.get(values.text(value))
    if place is None and column.other:
        place = len(column.values)
    return [] if place is None else [(column.start + place, 1.0)]


def _read_words(column: Column, value: object, places: Mapping[str, int]) -> Sparse:
    if values.missing(value):
        return [(column.start + column.size - 1, 1.0)] if column.missing else []
    known = sorted(places[word] for word in values.words(value) if word in places)
    return [(column.start + place, 1.0) for place in known]


def _read_day(column: Column, value: object, places: Mapping[str, int]) -> Sparse:
    day = None if values.missing(value) else values.day(value, column.order)
    if day is None:
        return [(column.start + column.size - 1, 1.0)] if column.missing else []
    found = [(column.start, standard(column, day))]
    place = places.get(month_of(day))
    if place is not None:
        found.append((column.start + 1 + place, 1.0))
    return found


def _read_presence(column: Column, value: object, places: Mapping[str, int]) -> Sparse:
    return [(column.start, 1.0)] if values.missing(value) else []


_READ = {
    "number": _read_number,
    "category": _read_category,
    "words": _read_words,
    "day": _read_day,
    "presence": _read_presence,
}


def month_of(day: int) -> str:
    from datetime import date

    return str(date.fromordinal(day).month)


def fit(rows: Sequence[Row], leave_out: Iterable[str] = ()) -> Encoder:
    """Decide from all rows how each column is read; labels must not be among the columns."""
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    columns, dropped = [], []
    for name in names:
        if name in set(leave_out):
            continue
        made = _column(name, [row.get(name) for row in rows])
        if isinstance(made, str):
            dropped.append((name, made))
        else:
            columns.append(made)
    return _placed(columns, dropped)


def _placed(columns: Sequence[Column], dropped: list[tuple[str, str]]) -> Encoder:
    """Positions for the features; columns past the limit go, those with most features first."""
    kept = list(columns)
    while sum(column.size for column in kept) > MAX_FEATURES:
        widest = max(kept, key=lambda column: column.size)
        kept.remove(widest)
        dropped.append((widest.name, "is one column too many"))
    start, placed = 0, []
    for column in kept:
        placed.append(replace(column, start=start))
        start += column.size
    return Encoder(tuple(placed), tuple(dropped), start)


def _column(name: str, cells: Sequence[object]) -> Column | str:
    """How to read one column, or why it is dropped."""
    present = [cell for cell in cells if not values.missing(cell)]
    gaps = len(cells) - len(present)
    missing = gaps > (1 - CONSTANT) * len(cells) and gaps >= FEWEST
    if len(present) < max(FEWEST, (1 - CONSTANT) * len(cells)):
        return "is always missing"
    if any(isinstance(cell, list | tuple | set) for cell in present):
        return _words_column(name, present, missing)
    counts = Counter(values.text(cell) for cell in present)
    if counts.most_common(1)[0][1] >= CONSTANT * len(cells):
        return "has always the same value"
    order = _order(present)
    if order:
        return _day_column(name, present, missing, order)
    numbers = [n for cell in present if (n := values.number(cell)) is not None]
    if _is_id(name, counts, len(present), numbers):
        return Column(name, "presence", missing=True) if missing else "looks like an id"
    if _is_amount(present, numbers):
        return _number_column(name, numbers, missing or len(numbers) < CONSTANT * len(cells))
    return _text_column(name, present, counts, missing)


def _is_amount(present: Sequence[object], numbers: Sequence[float]) -> bool:
    """Numbers, with a few words between them; with more when no list of values could hold them."""
    different, share = len(set(numbers)), len(numbers) / len(present)
    return (share >= 0.9 and different > 2) or (share >= 0.5 and different > MAX_VALUES)


def _is_id(name: str, counts: Counter[str], present: int, numbers: Sequence[float]) -> bool:
    """Nearly every value is another one: a name or code; a number only when it looks assigned."""
    if present < 20 or len(counts) < UNIQUE * present:
        return False
    if len(numbers) >= 0.9 * present:
        named = set(name.replace("_", " ").replace("-", " ").casefold().split()) & ID_WORDS
        whole = all(n.is_integer() for n in numbers)
        return whole and (bool(named) or max(numbers) - min(numbers) < 3 * present)
    return sum(len(text.split()) for text in counts) < 2.5 * len(counts)


def _order(present: Sequence[object]) -> str:
    """The order of day, month and year, when nearly all cells are days; else an empty text."""
    sample = present[:: max(1, len(present) // 2000)]
    best = max(values.ORDERS, key=lambda o: sum(values.day(c, o) is not None for c in sample))
    fits = sum(values.day(cell, best) is not None for cell in sample)
    return best if fits >= 0.9 * len(sample) else ""


def _spread(amounts: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation, the latter never 0."""
    mean = math.fsum(amounts) / len(amounts)
    variance = math.fsum((a - mean) ** 2 for a in amounts) / len(amounts)
    return mean, math.sqrt(variance) or 1.0


def _skewness(amounts: Sequence[float]) -> float:
    mean, sd = _spread(amounts)
    return math.fsum(((a - mean) / sd) ** 3 for a in amounts) / len(amounts)


def _number_column(name: str, numbers: Sequence[float], missing: bool) -> Column:
    log = min(numbers) >= 0 and _skewness(numbers) > SKEWED
    mean, sd = _spread([math.log1p(n) for n in numbers] if log else numbers)
    mode, often = Counter(numbers).most_common(1)[0]
    state = mode if often > 0.1 * len(numbers) and len(set(numbers)) > 8 else None
    return Column(
        name,
        "number",
        log=log,
        mean=mean,
        sd=sd,
        mode=state,
        missing=missing,
        knots=_knots(numbers),
    )


def _knots(numbers: Sequence[float]) -> tuple[float, ...]:
    """The quartiles that have at least 2 % of the numbers on either side."""
    ordered = sorted(numbers)
    quartiles = {ordered[len(ordered) * part // 4] for part in (1, 2, 3)}
    least = 0.02 * len(ordered)
    above = {q: len(ordered) - bisect_right(ordered, q) for q in quartiles}
    return tuple(sorted(q for q, n in above.items() if least <= n <= len(ordered) - least))


def _day_column(name: str, present: Sequence[object], missing: bool, order: str) -> Column:
    days = [d for cell in present if (d := values.day(cell, order)) is not None]
    mean, sd = _spread(days)
    months = Counter(month_of(day) for day in days)
    often = sorted((m for m, n in months.items() if n > 0.02 * len(days)), key=int)
    kept = tuple(often) if len(often) > 1 else ()
    return Column(
        name, "day", values=kept, shown=kept, mean=mean, sd=sd, missing=missing, order=order
    )


def _text_column(
    name: str, present: Sequence[object], counts: Counter[str], missing: bool
) -> Column | str:
    least = max(FEWEST, RARE * len(present))
    often = [value for value, n in counts.most_common(MAX_VALUES) if n >= least]
    covered = sum(counts[value] for value in often)
    long = sum(len(text.split()) for text in counts) > 1.5 * len(counts)
    if long and covered < 0.8 * len(present):
        return _words_column(name, present, missing)
    if not often:
        return Column(name, "presence", missing=True) if missing else "has too many values"
    shown = {values.text(cell): _shown(cell) for cell in reversed(present)}
    return Column(
        name,
        "category",
        values=tuple(often),
        shown=tuple(shown[value] for value in often),
        other=len(present) - covered >= FEWEST,
        missing=missing,
    )


def _shown(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return " ".join(str(cell).split())[:80]


def _words_column(name: str, present: Sequence[object], missing: bool) -> Column | str:
    counts = Counter(word for cell in present for word in values.words(cell))
    least, most = max(FEWEST, 2 * RARE * len(present)), CONSTANT * len(present)
    often = [word for word, n in counts.most_common(MAX_WORDS * 2) if least <= n <= most]
    often = often[:MAX_WORDS]
    if not often:
        return Column(name, "presence", missing=True) if missing else "has too many values"
    return Column(name, "words", values=tuple(often), shown=tuple(often), missing=missing)
