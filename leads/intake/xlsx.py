"""Excel workbooks, read as a stream and only after the archive was measured."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from leads.intake.base import (
    MAX_COLUMNS,
    MAX_ROWS,
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

MAX_MEMBERS = 500
MAX_UNPACKED = 120 * 1024 * 1024
MAX_PART = 24 * 1024 * 1024  # parts other than sheets are held in memory: shared texts, styles
MAX_RATIO = 100  # of a part above one megabyte; real workbooks stay below 40
TOO_BIG = (
    "This workbook unpacks to far more than it should and was not opened. "
    "Save the sheet as CSV and choose that."
)
NOT_A_BOOK = "This workbook cannot be read. Open it, save it again as .xlsx or as CSV."


class XlsxSource:
    """Reads one sheet of a workbook. Formulas give the value that was last saved."""

    def __init__(self, path: Path, dialect: Dialect | None = None) -> None:
        self.path = path
        self.chosen = dialect is not None
        self.dialect = dialect or Dialect()
        check_archive(path)

    def shape(self) -> Shape:
        rows = [row.cells for row in islice(self._read(), PREAMBLE_ROWS + SAMPLE_ROWS)]
        shape = make_shape(rows, self.dialect, chosen=self.chosen)
        if not shape.columns:
            raise IntakeError("The sheet holds no rows.", field="file")
        return shape

    def rows(self) -> Iterator[Row]:
        yield from number_rows(self._read(), self.dialect)

    def _read(self) -> Iterator[Row]:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException

        try:
            book = load_workbook(self.path, read_only=True, data_only=True, keep_links=False)
            try:
                yield from self._sheet_rows(book)
            finally:
                book.close()
        except IntakeError:
            raise
        except (
            *(InvalidFileException, zipfile.BadZipFile, KeyError, TypeError),
            ValueError,  # defusedxml: entities in the XML
            *(AttributeError, IndexError, EOFError, OSError, SyntaxError),  # ParseError is one
        ) as error:
            raise IntakeError(NOT_A_BOOK, field="file") from error

    def _sheet_rows(self, book: Any) -> Iterator[Row]:
        visible = [s for s in book.worksheets if s.sheet_state == "visible"] or book.worksheets
        if not visible:
            raise IntakeError("The workbook has no sheet.", field="file")
        self.dialect.sheets = [sheet.title for sheet in visible]
        if self.dialect.sheet not in self.dialect.sheets:
            self.dialect.sheet = visible[0].title
        sheet = next(s for s in visible if s.title == self.dialect.sheet)
        sheet.reset_dimensions()  # what the file says about its size need not be true
        last = MAX_ROWS + PREAMBLE_ROWS + 2
        grid = sheet.iter_rows(max_row=last, max_col=MAX_COLUMNS, values_only=True)
        for number, values in enumerate(grid, start=1):
            yield Row(number, _trim([as_text(v) for v in values]))


def check_archive(path: Path) -> None:
    """Raise IntakeError unless the archive is small when unpacked and holds no macros.

    Sizes come from the archive's directory; zipfile stops reading a part at the size given there.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise IntakeError(NOT_A_BOOK, field="file") from error
    if len(parts) > MAX_MEMBERS or sum(p.file_size for p in parts) > MAX_UNPACKED:
        raise IntakeError(TOO_BIG, field="file")
    for part in parts:
        _check_part(part)


def _check_part(part: zipfile.ZipInfo) -> None:
    name = part.filename.lower()
    if name.endswith(("vbaproject.bin", ".xlm")) or "macrosheets/" in name:
        raise IntakeError(
            "This workbook holds macros. Save it as an Excel workbook without macros (.xlsx) "
            "or as CSV.",
            field="file",
        )
    sheet = "worksheets/" in name
    crowded = part.file_size > 1024 * 1024 and part.file_size > MAX_RATIO * part.compress_size
    if crowded or (not sheet and part.file_size > MAX_PART):
        raise IntakeError(TOO_BIG, field="file")


def as_text(value: object) -> str:
    """A cell's value as a person would have typed it; Excel's error marks count as empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")[:16]
    if isinstance(value, date | time):
        return value.isoformat()[:10]
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    text = str(value)
    return "" if text in ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!") else tidy(text)


def _trim(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells
