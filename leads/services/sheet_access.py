"""A Google sheet through its connection: parts of rows with the header they were read with.

The header is read again with every part, in the same call, so that a column which somebody moves
is never taken for another one.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from django.conf import settings

from leads.intake.sheet_grid import TOP, Header, Line, header_of
from leads.intake.sheets import (
    SERVICE,
    Book,
    Cells,
    NoSignIn,
    OffGrid,
    SheetError,
    Sheets,
    Tab,
    TooMuch,
)
from leads.models import Sheet
from salesagent.accounts import connections, oauth
from salesagent.accounts.models import Connection
from salesagent.lib.crypto import SecretUnreadable
from salesagent.lib.text import one_line

__all__ = ["SERVICE", "SheetError", "Wire", "check", "client", "told"]
PART = 2000  # rows in one call
TRIES = 5
CHECKED = 20  # sheets that a check asks about
LONGEST_WAIT = 60.0  # seconds inside a job; what takes longer is left to the next one
wait: Callable[[float], None] = time.sleep  # tests put their own here
Found = TypeVar("Found")


def client(connection: Connection) -> Sheets:
    def token(refused: str) -> str:
        try:
            return oauth.access_token(connection.pk, refused)
        except oauth.OAuthError as error:
            kind = NoSignIn if error.permanent else SheetError
            raise kind(error.message, stop=error.permanent, retry_after=20.0) from None
        except SecretUnreadable:
            text = "The stored sign-in cannot be read any more. Connect the account again."
            raise NoSignIn(text, stop=True) from None

    return Sheets(settings.SERVICE_URLS["google_sheets"], connection.account, token)


@contextmanager
def told(sheet: Sheet, *, mends: bool = True) -> Iterator[None]:
    """What went wrong stands at the sheet, in words; what a person has to mend stops it. `mends`:
    a success shows that it was mended."""
    try:
        yield
    except SheetError as error:
        rows = Sheet.objects.filter(pk=sheet.pk).exclude(state="off")
        rows.update(error=one_line(error.message, 300))
        if error.stop:
            rows.filter(state="works").update(state="stopped")
        raise
    rows = Sheet.objects.filter(pk=sheet.pk)
    if mends:
        rows.filter(state="stopped").update(state="works")
    rows.exclude(state="stopped").update(error="")
    connections.worked(sheet.connection_id)


def check() -> None:
    """Ask Google whether it takes our sign-in, and for each sheet whether it is still shown to us.

    What is wrong stands at the connection or at the sheet afterwards. Does nothing when nothing is
    connected.
    """
    row = connections.active(SERVICE)
    if row is None:
        return
    try:
        client(row).ping()
    except SheetError as error:
        connections.failed(row.pk, error.message, broken=isinstance(error, NoSignIn))
        return
    connections.worked(row.pk)
    for sheet in Sheet.objects.filter(connection=row).exclude(state="off").order_by("pk")[:CHECKED]:
        with suppress(SheetError), told(sheet, mends=False):
            Wire(sheet).find(client(row).book(sheet.file_id))


class Wire:
    """One sheet, from opening to the end of a job. `alive` is called before each longer wait."""

    def __init__(self, sheet: Sheet, alive: Callable[[], object] = lambda: None) -> None:
        self.sheet, self.alive = sheet, alive
        self.client = client(sheet.connection)
        self.tab = Tab(0, "", 1, 1)
        self.header = Header(1, [], {}, 1)

    def open(self) -> Header:
        """The tab by its number, whatever it is called now, and its header. Raises SheetError."""
        self.tab = self.find(self.ask(lambda: self.client.book(self.sheet.file_id)))
        self.header = self._top()
        return self.header

    def find(self, book: Book) -> Tab:
        """The tab of the sheet in its file, whatever both are called now. Raises SheetError."""
        gid = self.sheet.options.get("gid")
        tab = book.tab(gid if isinstance(gid, int) else None, self.sheet.tab)
        if tab is None:
            text = f"The tab {self.sheet.tab} is no longer in the sheet. Add the sheet again."
            raise SheetError(text, stop=True)
        changed = {"title": book.title[:200], "tab": tab.title[:100]}
        if changed != {"title": self.sheet.title, "tab": self.sheet.tab}:
            self.sheet.title, self.sheet.tab = changed["title"], changed["tab"]
            Sheet.objects.filter(pk=self.sheet.pk).update(**changed)
        return tab

    def _top(self) -> Header:
        where = self.tab.range(1, min(TOP, self.tab.rows))
        (rows,) = self.ask(lambda: self.client.read(self.sheet.file_id, [where]))
        return header_of(rows)

    def parts(self) -> Iterator[tuple[int, int, list[Line]]]:
        """First and last row number of each part, and its lines; smaller parts of wide rows."""
        first, size = self.header.row + 1, PART
        while first <= self.tab.rows:
            last = min(first + size - 1, self.tab.rows)
            try:
                lines = self.lines(first, last)
            except TooMuch:
                if size == 1:
                    raise
                size = max(1, size // 4)
                continue
            except OffGrid:
                before = self.tab.rows
                self.open()
                if self.tab.rows >= before:
                    raise
                continue
            yield first, last, lines
            first = last + 1

    def lines(self, first: int, last: int) -> list[Line]:
        """Rows of the tab that hold anything, with the header of the same moment."""
        for _ in range(2):
            head, rows = self._with_head(first, last)
            found = _header(head, rows)
            if found is not None and found.columns_set == self.header.columns_set:
                self.header = Header(self.header.row, found.theirs, found.ours, found.width)
                break
            before = self.header
            self.header = self._top()
            if self.header.columns_set != before.columns_set:
                text = "The columns were changed while we read. It is tried again."
                raise SheetError(text, retry_after=LONGEST_WAIT + 1)
            if self.header.row == before.row:
                break
        numbered = ((first + i, row) for i, row in enumerate(rows))
        return [self.header.line(number, row) for number, row in numbered if any(row)]

    def _with_head(self, first: int, last: int) -> tuple[Cells, list[Cells]]:
        right = min(max(self.header.width, 1), self.tab.columns) - 1
        ranges = [
            self.tab.range(self.header.row, self.header.row),
            self.tab.range(first, last, 0, right),
        ]
        head, rows = self.ask(lambda: self.client.read(self.sheet.file_id, ranges))
        return head[0] if head else [], rows

    def ask(self, call: Callable[[], Found]) -> Found:
        """Patient with a busy Google, for as long as a job may wait."""
        for left in range(TRIES - 1, -1, -1):
            try:
                return call()
            except SheetError as error:
                if error.stop or not left or not 0 < error.retry_after <= LONGEST_WAIT:
                    raise
                self.alive()
                wait(min(error.retry_after, LONGEST_WAIT))
        raise AssertionError("unreachable")


def _header(head: Cells, rows: list[Cells]) -> Header | None:
    """As found in the row where the header was; None when it is not there any more."""
    try:
        found = header_of([head, *rows[:TOP]])
    except SheetError:
        return None
    return found if found.row == 1 else None
