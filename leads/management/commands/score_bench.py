"""`manage.py score_bench FILE.csv --label COLUMN --positive VALUE`: how well a score would learn.

Prints one line of JSON: AUC, average precision, Brier and calibration error by the number of
outcomes, and a verdict in words. Nothing is stored; needs no database.
"""

import csv
import io
import json
import random
import re
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leads.intake import encoding
from leads.scoring import bench, card, values

Table = list[dict[str, object]]
DELIMITERS = ",;\t|"
CELL = 2000  # characters of one cell that count
MOST_ROWS = 60_000
FIELD_LIMIT = 64 * 1024 * 1024
SAMPLE = 256 * 1024
WON = frozenset({"won", "closed won", "win", "converted", "customer"})
CLOSING = re.compile(
    r"^(closed?|closing|won|lost)[ _-]*(date|day|month|quarter|year|week|time|at|on)\b", re.I
)
LOST = frozenset({"lost", "closed lost", "loss", "not converted", "disqualified"})


class Command(BaseCommand):
    help = "Measure how well a lead score learns from a CSV with known outcomes."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a CSV file, in any encoding, with a line of headings")
        parser.add_argument("--label", required=True, help="the column with the outcome")
        parser.add_argument("--positive", required=True, help="its value for won")
        parser.add_argument("--card", help="a points card as JSON; without one, the base rate")
        parser.add_argument("--exclude", default="", help="columns to leave out, with commas")
        parser.add_argument("--sizes", default=",".join(map(str, bench.SIZES)))
        parser.add_argument("--draws", type=int, default=bench.DRAWS, help="random draws")

    def handle(self, *args: Any, **options: Any) -> None:
        sizes = read_sizes(options["sizes"])
        if options["draws"] < 1:
            raise CommandError("--draws must be at least 1.")
        points_card = read_card(Path(options["card"])) if options["card"] else None
        rows = read_rows(Path(options["file"]), options["label"])
        notes: list[str] = []
        rows, outcomes = labelled(rows, options["label"], options["positive"], notes)
        rows = without(rows, options["exclude"], options["label"], notes)
        rows = before_the_close(rows, notes)
        rows, outcomes = sampled(rows, outcomes, notes)
        result = measured(rows, outcomes, points_card, sizes, options["draws"])
        result["notes"] = notes + result["notes"]
        self.stdout.write(json.dumps(result, ensure_ascii=False))


def measured(
    rows: Table,
    outcomes: Sequence[bool],
    points_card: dict[str, Any] | None,
    sizes: Sequence[int],
    draws: int,
) -> dict[str, Any]:
    import numpy as np

    named = same_names(points_card, rows) if points_card else None
    table = bench.Table(rows, np.array(outcomes, dtype=float), named)
    result = bench.measure(table, sizes, draws)
    result["notes"] = not_there(named, rows) + result["notes"]
    return result


def not_there(points_card: dict[str, Any] | None, rows: Table) -> list[str]:
    """The card's columns that are not in the table: their rules see nothing."""
    looked = {str(rule["column"]): None for rule in points_card["rules"]} if points_card else {}
    return [
        f"The card looks at {name}, which is not there." for name in looked if name not in rows[0]
    ]


def read_sizes(text: str) -> list[int]:
    try:
        sizes = [int(part) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise CommandError(f"--sizes takes whole numbers with commas, not {text!r}.") from error
    if not sizes or min(sizes) < 0:
        raise CommandError("--sizes takes whole numbers from 0 on, with commas.")
    return sizes


def read_card(path: Path) -> dict[str, Any]:
    """A card that can be used; what it does not say is as usual."""
    try:
        given = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise CommandError(f"The card {path.name} cannot be read: {error}") from error
    if not isinstance(given, dict) or not isinstance(given.get("rules"), list):
        raise CommandError(f"The card {path.name} is not an object with a list of rules.")
    usual = {"base_rate": 0.2, "points_at_base": 30, "points_per_logit": 15}
    full = {**usual, **given}
    if not all(isinstance(rule, dict) for rule in full["rules"]):
        raise CommandError(f"The card {path.name} has a rule that is no object.")
    if found := card.problems(full):
        raise CommandError(f"The card {path.name} cannot be used. {' '.join(found)}")
    rate, per = card.number(full["base_rate"]), card.number(full["points_per_logit"])
    if rate is None or not 0 < rate < 1:
        raise CommandError("The card's base_rate must be between 0 and 1.")
    if per is None or per <= 0:
        raise CommandError("The card's points_per_logit must be above 0.")
    return full


def read_rows(path: Path, label: str) -> Table:
    """Rows by heading; short rows end in empty cells, cells beyond the headings go."""
    try:
        name, _ = encoding.detect(path)
        text = path.read_bytes().decode(name, errors="replace").replace("\0", "")
    except OSError as error:
        reason = error.strerror or error
        raise CommandError(f"The file {path.name} cannot be read: {reason}.") from error
    csv.field_size_limit(FIELD_LIMIT)
    text = text.removeprefix("\ufeff")
    try:
        lines = cells_of(text, delimiter_of(text, label))
        head = names_of(next(lines, []))
        return [dict(zip(head, padded(cells, len(head)), strict=True)) for cells in lines]
    except csv.Error as error:
        raise CommandError(f"The file {path.name} is no CSV: {error}.") from error


def cells_of(text: str, delimiter: str) -> Iterator[list[str]]:
    """The rows that hold something."""
    for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        if any(cell.strip() for cell in cells):
            yield cells


def delimiter_of(text: str, label: str) -> str:
    """The sign that splits the headings so that the label is one; else the one rows agree on."""
    return max(DELIMITERS, key=lambda sign: delimiter_fit(text, sign, label))


def delimiter_fit(text: str, sign: str, label: str) -> tuple[bool, float, int]:
    sample = text[:SAMPLE]
    rows = []
    for cells in cells_of(sample, sign):
        rows.append(len(cells))
        if len(rows) == 1:
            named = plain(label) in map(plain, cells)
        if len(rows) == 50:
            break
    if not rows:
        return False, 0.0, 0
    agreed = rows.count(rows[0]) / len(rows) if rows[0] > 1 else 0.0
    return named, agreed, rows[0]


def plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def names_of(cells: Sequence[str]) -> list[str]:
    """Headings, each once: a second "City" is "City (2)", an empty one "Column 7"."""
    seen: Counter[str] = Counter()
    names = []
    for position, cell in enumerate(cells, start=1):
        name = " ".join(cell.split()) or f"Column {position}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def padded(cells: Sequence[str], width: int) -> list[str]:
    kept = [cell[:CELL] for cell in cells[:width]]
    return kept + [""] * (width - len(kept))


def column_named(rows: Table, name: str) -> str | None:
    names = list(rows[0]) if rows else []
    wanted = " ".join(name.split())
    return wanted if wanted in names else next((n for n in names if plain(n) == plain(name)), None)


def labelled(rows: Table, label: str, positive: str, notes: list[str]) -> tuple[Table, list[bool]]:
    """Rows whose outcome is known, without it, and the outcomes. Raises CommandError."""
    if not rows:
        raise CommandError("The file holds no rows.")
    column = column_named(rows, label)
    if column is None:
        raise CommandError(f"There is no column {label!r}. There are: {', '.join(rows[0])}.")
    said = [row.pop(column) for row in rows]
    won = [is_same(value, positive) for value in said]
    known = [is_won or not values.missing(value) for is_won, value in zip(won, said, strict=True)]
    if not any(won):
        counts = Counter(str(v) for v, k in zip(said, known, strict=True) if k)
        shown = ", ".join(repr(value) for value, _ in counts.most_common(8))
        raise CommandError(f"No row has {positive!r} in {column!r}. There are: {shown}.")
    if open_ones := still_open(said, positive):
        known = [k and plain(str(v)) not in open_ones for k, v in zip(known, said, strict=True)]
        notes.append(f"Rows still open are left out: {', '.join(sorted(open_ones))}.")
    kept = [(row, w) for row, w, k in zip(rows, won, known, strict=True) if k]
    if all(w for _, w in kept):
        raise CommandError(f"Every known outcome in {column!r} is {positive!r}.")
    if len(kept) < bench.FEWEST_ROWS:
        raise CommandError(
            f"Only {len(kept)} rows have an outcome; {bench.FEWEST_ROWS} are needed."
        )
    if left := len(rows) - len(kept):
        notes.append(f"{left} of {len(rows)} rows have no outcome and are left out.")
    return [row for row, _ in kept], [w for _, w in kept]


def is_same(value: object, wanted: str) -> bool:
    one, other = values.number(value), values.number(wanted)
    return values.text(value) == values.text(wanted) or (one is not None and one == other)


def still_open(said: Sequence[object], positive: str) -> set[str]:
    """Stages that are neither won nor lost, when the label is the stage of a deal."""
    stages = {plain(str(value)) for value in said if not values.missing(value)}
    lost = stages & LOST
    return stages - lost - {plain(positive)} if lost and plain(positive) in WON else set()


def without(rows: Table, exclude: str, label: str, notes: list[str]) -> Table:
    """The rows less the columns named with commas; a heading may hold commas itself."""
    gone = set()
    text = exclude
    for name in sorted(rows[0], key=len, reverse=True):
        if "," in name and name in text:
            gone.add(name)
            text = text.replace(name, "")
    for part in filter(None, (part.strip() for part in text.split(","))):
        if plain(part) == plain(label):
            continue
        found = column_named(rows, part)
        if found is None:
            raise CommandError(f"There is no column {part!r} to exclude.")
        gone.add(found)
    if len(gone) >= len(rows[0]):
        raise CommandError("No column is left to learn from.")
    return [{k: v for k, v in row.items() if k not in gone} for row in rows]


def before_the_close(rows: Table, notes: list[str]) -> Table:
    """The rows less the columns that say when a lead was closed: nobody knows that before."""
    gone = {name for name in rows[0] if CLOSING.match(name)}
    if not gone or len(gone) == len(rows[0]):
        return rows
    notes.append(f"Known only with the outcome, so left out: {', '.join(sorted(gone))}.")
    return [{k: v for k, v in row.items() if k not in gone} for row in rows]


def sampled(rows: Table, outcomes: list[bool], notes: list[str]) -> tuple[Table, list[bool]]:
    if len(rows) <= MOST_ROWS:
        return rows, outcomes
    picked = random.Random(0).sample(range(len(rows)), MOST_ROWS)  # noqa: S311
    notes.append(f"{MOST_ROWS} of {len(rows)} rows were drawn at random.")
    return [rows[n] for n in picked], [outcomes[n] for n in picked]


def same_names(points_card: dict[str, Any], rows: Table) -> dict[str, Any]:
    """The card with its columns spelt as in the file."""
    rules = [
        {**rule, "column": column_named(rows, str(rule["column"])) or rule["column"]}
        for rule in points_card["rules"]
    ]
    return {**points_card, "rules": rules}
