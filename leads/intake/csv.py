"""CSV in whatever way a program wrote it: encoding, delimiter, quotes, line ends, ragged rows."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from leads.intake import encoding
from leads.intake.base import (
    MAX_COLUMNS,
    PREAMBLE_ROWS,
    SAMPLE_ROWS,
    Dialect,
    IntakeError,
    Row,
    Shape,
    make_shape,
    number_rows,
    tidy,
)

DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Pipe"}
FIELD_LIMIT = 131_072  # characters between two quotes; more is a quote that was never closed
SWALLOWED = 60  # lines inside one cell: the same
LINE_LIMIT = 1024 * 1024


class CsvSource:
    """Reads a CSV file line by line. A dialect given by a person is kept, gaps are detected."""

    def __init__(self, path: Path, dialect: Dialect | None = None) -> None:
        self.path = path
        self.chosen = dialect is not None
        self.dialect = dialect or Dialect()
        if not self.dialect.encoding:
            self.dialect.encoding, self.dialect.sure = encoding.detect(path)
        if not self.dialect.delimiter:
            self.dialect.delimiter = self._find_delimiter()

    def shape(self) -> Shape:
        with self._lines() as lines:
            raw = islice(self._read(lines), PREAMBLE_ROWS + SAMPLE_ROWS)
            rows = [row.cells for row in raw if not row.problem]
        shape = make_shape(rows, self.dialect, chosen=self.chosen)
        if not shape.columns:
            raise IntakeError("The file holds no rows.", field="file")
        return shape

    def rows(self) -> Iterator[Row]:
        with self._lines() as lines:
            yield from number_rows(self._read(lines), self.dialect)

    @contextmanager
    def _lines(self) -> Iterator[Iterator[str]]:
        """The file's lines without NUL characters and without Excel's `sep=` line."""
        try:
            file = self.path.open(encoding=self.dialect.encoding, errors="replace", newline="")
        except LookupError as error:
            raise IntakeError("That encoding is not known.", field="encoding") from error
        with file:
            yield _without_sep(file)

    def _read(self, lines: Iterator[str]) -> Iterator[Row]:
        csv.field_size_limit(FIELD_LIMIT)
        reader = csv.reader(lines, delimiter=self.dialect.delimiter)
        line = 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield Row(line, [], _never_closed(line, reader.line_num))
            else:
                yield _row(line, reader.line_num, cells)
            line = reader.line_num + 1

    def _find_delimiter(self) -> str:
        """The delimiter that gives the most columns in the most rows; a `sep=` line wins."""
        with self.path.open(encoding=self.dialect.encoding, errors="replace", newline="") as file:
            text = file.read(64 * 1024).replace("\0", "")
        first = text.split("\n", 1)[0].strip().lower()
        if first.startswith("sep=") and len(first) == 5 and first[4] in DELIMITERS:
            return first[4]
        if text.lower().startswith("sep=\t"):
            return "\t"
        return max(DELIMITERS, key=lambda mark: _regularity(text, mark))


def _row(first: int, last: int, cells: list[str]) -> Row:
    if len(cells) > MAX_COLUMNS and any(cells[MAX_COLUMNS:]):
        return Row(first, [tidy(c) for c in cells[:10]], f"More than {MAX_COLUMNS} columns")
    if last - first > SWALLOWED and any(c.count("\n") + c.count("\r") > SWALLOWED for c in cells):
        return Row(first, [tidy(c) for c in cells[:10]], _never_closed(first, last))
    return Row(first, [tidy(c) for c in cells[:MAX_COLUMNS]])


def _never_closed(first: int, last: int) -> str:
    return f"A quote opens here and does not close: lines {first} to {last} could not be read"


def _without_sep(file: io.TextIOWrapper) -> Iterator[str]:
    first = True
    while line := file.readline(LINE_LIMIT):
        if first and line.strip().lower().startswith("sep=") and len(line.strip()) <= 5:
            line = line[-1:] if line[-1:] in "\r\n" else "\n"  # keeps the line numbers right
        first = False
        yield line.replace("\0", "") if "\0" in line else line


def _regularity(text: str, mark: str) -> float:
    """Columns times the share of rows that have that many; 0 when the mark splits nothing."""
    csv.field_size_limit(FIELD_LIMIT)
    lines = text.splitlines(keepends=True)[:-1] or [text]
    widths: Counter[int] = Counter()
    try:
        for cells in islice(csv.reader(lines, delimiter=mark), 200):
            widths[len(cells)] += bool(any(cells))
    except csv.Error:
        return 0.0
    widths = +widths
    if not widths:
        return 0.0
    width = max(widths, key=lambda w: (widths[w] * (w > 1), w))
    return 0.0 if width < 2 else widths[width] / widths.total() * (1 + min(width, 50) / 50)
