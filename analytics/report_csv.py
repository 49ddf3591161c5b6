"""Tables of reports as CSV: streamed, and safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse

from salesagent.accounts import audit
from salesagent.accounts.access import current
from salesagent.lib.text import formula_safe


@dataclass(frozen=True)
class Table:
    """A table of a page as a file: what `?csv=<key>` answers. Shares are told as 0 to 1."""

    name: str  # of the file, without .csv
    head: Sequence[str]
    rows: Iterable[Sequence[Any]] = field(repr=False)
    now: bool = False  # as of now or of last night, whatever the period


class _Echo:
    """What csv.writer writes to: it hands the line straight back."""

    def write(self, line: str) -> str:
        return line


def csv_answer(
    request: HttpRequest, name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """The file, line by line. That it was asked for is noted in the activity log."""
    audit.note(current(request), "report.exported", f"report:{name}")
    answer = StreamingHttpResponse(_lines(head, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _lines(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield "\ufeff"  # spreadsheets read UTF-8 only with it
    yield writer.writerow([formula_safe(name) for name in head])
    for row in rows:
        yield writer.writerow([_cell(value) for value in row])


def _cell(value: Any) -> Any:
    """A number stays one, also below zero; only words can be taken for a formula."""
    if value is None:
        return ""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return formula_safe(value) if isinstance(value, str) else value
