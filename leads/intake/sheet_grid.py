"""What the cells of a Google Sheet mean: the header, our own columns, one line for each row."""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from leads.intake.base import (
    MAX_COLUMNS,
    PREAMBLE_ROWS,
    SAMPLE_ROWS,
    Row,
    find_header,
    looks_like_header,
    tidy,
)
from leads.intake.sheets import Cells, SheetError

ID = "SalesAgent ID"
STATUS = (
    "SalesAgent stage",
    "SalesAgent score",
    "SalesAgent last sign",
    "SalesAgent next step",
)
OURS = (ID, *STATUS)
TOP = PREAMBLE_ROWS + SAMPLE_ROWS  # rows that are read to find the header
STARTER = ("First name", "Last name", "Email", "Phone", "Company", "City", "Country", "Note")
_ROW_ID = re.compile(r"SA-[0-9a-z]{12}")


def new_id() -> str:
    return f"SA-{secrets.token_hex(6)}"


def is_id(text: str) -> bool:
    return bool(_ROW_ID.fullmatch(text))


@dataclass(frozen=True)
class Header:
    """Where the names stand (`row`, from 1), the columns of theirs, and of ours by name."""

    row: int
    theirs: list[tuple[int, str]]
    ours: dict[str, int]
    width: int

    @property
    def columns(self) -> list[str]:
        return [name for _, name in self.theirs]

    @property
    def columns_set(self) -> set[str]:
        return {*self.columns, *self.ours}

    def missing(self, *, status: bool) -> list[str]:
        wanted = OURS if status else (ID,)
        return [name for name in wanted if name not in self.ours]

    def line(self, number: int, cells: Cells) -> "Line":
        own = {name: _cell(cells, at).strip() for name, at in self.ours.items()}
        theirs = [tidy(_cell(cells, at)) for at, _ in self.theirs]
        while theirs and not theirs[-1]:
            theirs.pop()
        mark = own.get(ID, "")
        return Line(number, theirs, row_id=mark if is_id(mark) else "", own=own)


@dataclass(frozen=True)
class Line(Row):
    """One row of a sheet. `row_id`: ours, "" where it has none; `own`: what stands in our columns;
    `known`: it was here before under this id."""

    row_id: str = ""
    own: dict[str, str] | None = None
    known: bool = False


def header_of(top: Sequence[Cells]) -> Header:
    """From the first rows of a tab. Raises SheetError when there is none to work with."""
    rows = [[cell.strip() for cell in row] for row in top]
    marked = (i for i, row in enumerate(rows[:PREAMBLE_ROWS]) if ID in row)
    at = next(marked, None)
    at = find_header(rows) if at is None else at
    if at >= len(rows) or not any(rows[at]):
        raise SheetError("The tab is empty. Put names of columns into its first row.", stop=True)
    if not looks_like_header(rows[at]):
        text = f"Row {at + 1} holds a person already. Put names of columns above it."
        raise SheetError(text, stop=True)
    head, body = rows[at], rows[at + 1 :]
    ours: dict[str, int] = {}
    for index, name in enumerate(head):
        if name in OURS:
            ours.setdefault(name, index)
    if ID not in ours and (found := _column_of_ids(body)) is not None:
        ours[ID] = found
    named = [(i, " ".join(name.split())[:80]) for i, name in enumerate(head)]
    theirs = [(i, n) for i, n in named if n and n not in OURS and i not in ours.values()]
    width = max([i + 1 for i, name in named if name] + [i + 1 for i in ours.values()])
    return Header(at + 1, _apart(theirs)[:MAX_COLUMNS], ours, width)


def _apart(named: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The second "Phone" is "Phone (2)", wherever it stands."""
    seen: dict[str, int] = {}
    found = []
    for index, name in named:
        seen[name] = seen.get(name, 0) + 1
        found.append((index, name if seen[name] == 1 else f"{name} ({seen[name]})"))
    return found


def _column_of_ids(body: Iterable[Cells]) -> int | None:
    """Somebody renamed our column: it is known by what stands in it."""
    hits: dict[int, int] = {}
    for row in body:
        for index, cell in enumerate(row):
            if is_id(cell):
                hits[index] = hits.get(index, 0) + 1
    return max(hits, key=lambda index: hits[index]) if hits else None


def _cell(cells: Cells, at: int) -> str:
    return cells[at] if at < len(cells) else ""


def content_hash(columns: Sequence[str], cells: Sequence[str], mapping: dict[str, str]) -> str:
    """Of what is brought in, whatever the order of the columns. `mapping`: name -> field."""
    filled = sorted(
        (name, cell)
        for name, cell in zip(columns, cells, strict=False)
        if cell and mapping.get(name)
    )
    return sha256("\0".join(part for pair in filled for part in pair).encode()).hexdigest()
