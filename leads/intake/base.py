"""What every reader of an import gives: a shape to look at, then rows one at a time.

Readers are pure: they know files, not tables. They hold one row in memory, never the file.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from salesagent.lib.text import clean, formula_plain

MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_CELL = 5_000  # characters; the rest is cut
SAMPLE_ROWS = 20
PREAMBLE_ROWS = 12  # how deep a header may lie under a title or a note


class IntakeError(Exception):
    """Something about a file or a row that a person can put right. `field` names the place."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@dataclass
class Dialect:
    """How a file is to be read: what was detected, or what a person chose instead."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    has_header: bool = True
    skip: int = 0  # rows above the header
    sure: bool = True  # False: the encoding is a guess
    sheets: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Dialect":
        return cls(**{k: v for k, v in values.items() if k in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Row:
    """One row: its number as a spreadsheet shows it, its cells, and what is wrong with it."""

    number: int
    cells: list[str]
    problem: str = ""


@dataclass(frozen=True)
class Shape:
    """A file at a glance: names of the columns, the first rows, and how it was read."""

    columns: list[str]
    sample: list[list[str]]
    dialect: Dialect


class Source(Protocol):
    """A file to import. `shape()` reads its beginning, `rows()` all rows below the header."""

    def shape(self) -> Shape: ...

    def rows(self) -> Iterator[Row]: ...


def tidy(value: str) -> str:
    """A cell as we take it: no control characters, no formula guard, no outer space, capped."""
    return formula_plain(clean(value[: MAX_CELL * 2]).strip())[:MAX_CELL]


def name_columns(cells: list[str]) -> list[str]:
    """Names for the columns of a header row; empty ones get a number, repeated ones too."""
    names: list[str] = []
    for position, cell in enumerate(cells, start=1):
        name = " ".join(cell.split())[:80] or f"Column {position}"
        names.append(name if name not in names else f"{name} ({position})")
    return names


def find_header(rows: list[list[str]]) -> int:
    """How many rows lie above the header: titles and notes that fill one cell only."""
    filled = [sum(1 for cell in row if cell) for row in rows[:PREAMBLE_ROWS]]
    if not filled or max(filled) < 2:
        return next((i for i, count in enumerate(filled) if count), 0)
    return next(i for i, count in enumerate(filled) if count >= 2)


def looks_like_header(cells: list[str]) -> bool:
    """False when the first row already holds a person: an address, a long number, a link."""
    for cell in cells:
        digits = sum(c.isdigit() for c in cell)
        if "@" in cell or digits >= 6 or cell.lower().startswith(("http://", "https://")):
            return False
    return True


def make_shape(rows: list[list[str]], dialect: Dialect, *, chosen: bool) -> Shape:
    """The shape of a file from its first rows. `chosen`: a person fixed the header."""
    if not chosen:
        dialect.skip = find_header(rows)
        first = rows[dialect.skip] if dialect.skip < len(rows) else []
        dialect.has_header = looks_like_header(first)
    body = rows[dialect.skip :]
    width = max((len(row) for row in body), default=0)
    head = body[0] if dialect.has_header and body else []
    columns = name_columns((head + [""] * width)[:width])
    sample = [r for r in (body[1:] if dialect.has_header else body) if any(r)]
    return Shape(columns, sample[:SAMPLE_ROWS], dialect)


def number_rows(raw: Iterator[Row], dialect: Dialect) -> Iterator[Row]:
    """The rows below the header that hold anything; the last one tells when the cap was hit."""
    seen = 0
    for index, row in enumerate(raw):
        if index < dialect.skip + dialect.has_header or not (row.problem or any(row.cells)):
            continue
        seen += 1
        if seen > MAX_ROWS:
            text = f"Only the first {MAX_ROWS:,} rows are read. Put the rest into a second file."
            yield Row(row.number, row.cells, text)
            return
        yield row


def open_source(path: Path, kind: str, dialect: Dialect | None = None) -> Source:
    """The reader for a file of `kind` (csv or xlsx)."""
    from salesagent.lib.registry import adapter

    source: Source = adapter("SOURCES", kind)(path, dialect)
    return source
