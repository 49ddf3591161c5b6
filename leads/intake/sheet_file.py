"""A Google Sheet as it was read: one JSON line for the names, one for each row."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from leads.intake.base import (
    PREAMBLE_ROWS,
    SAMPLE_ROWS,
    Dialect,
    IntakeError,
    Row,
    Shape,
    number_rows,
)
from leads.intake.sheet_grid import Line

DAMAGED = "What was read from the sheet is damaged. Read the sheet again."


class SheetFile:
    def __init__(self, path: Path, dialect: Dialect | None = None) -> None:
        self.path = path
        self.dialect = dialect or Dialect(encoding="utf-8")

    def shape(self) -> Shape:
        sample = [row.cells for row in islice(self.rows(), PREAMBLE_ROWS + SAMPLE_ROWS)]
        return Shape(self._columns(), sample[:SAMPLE_ROWS], self.dialect)

    def rows(self) -> Iterator[Row]:
        yield from number_rows(self._lines(), Dialect(has_header=False))

    def _columns(self) -> list[str]:
        with self.path.open(encoding="utf-8") as file:
            return [str(name) for name in _parsed(file.readline())]

    def _lines(self) -> Iterator[Row]:
        with self.path.open(encoding="utf-8") as file:
            file.readline()
            for text in file:
                number, row_id, known, cells = _parsed(text)
                yield Line(number, cells, row_id=row_id, known=known)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise IntakeError(DAMAGED) from error


def names_line(columns: Sequence[str]) -> str:
    return json.dumps(list(columns), ensure_ascii=False) + "\n"


def row_line(line: Line) -> str:
    data = [line.number, line.row_id, line.known, line.cells]
    return json.dumps(data, ensure_ascii=False) + "\n"
