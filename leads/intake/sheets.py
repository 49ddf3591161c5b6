"""Google Sheets over its REST API: look at a file, read by ranges, write cells as they are.

Read is what a person sees (FORMATTED_VALUE), so a formula gives its value. Written is RAW: nothing
that we write is ever taken for a formula. developers.google.com/workspace/sheets/api/reference/rest
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from leads.intake.base import IntakeError
from salesagent.lib import budget, http
from salesagent.lib.http import Answer, HttpFault

SERVICE = "google_sheets"
SIZE_CAP = 24_000_000
FILE_ID = re.compile(r"[A-Za-z0-9_-]{20,100}")
ADDRESS = re.compile(r"/spreadsheets/(?:u/\d{1,3}/)?d/([A-Za-z0-9_-]{20,100})")
GID = re.compile(r"[#&?]gid=(\d{1,18})")
ERRORS = {
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "#NUM!",
    "#NULL!",
    "#ERROR!",
    "Loading...",
}
BOOK = (
    "spreadsheetId,properties.title,"
    "sheets.properties(sheetId,title,sheetType,hidden,gridProperties)"
)
NOBODY = "0" * 44  # the id of no file
NO_RIGHT = "The right for Google Drive files is missing. Connect again and leave its box ticked."
NOT_SEEN = (
    "Google does not show us this sheet. It shows only sheets that were made from here: press Make "
    "a new sheet and paste the rows there, or download the sheet as CSV and import the file."
)

budget.register(SERVICE, 0.8, 10)  # Google: 60 reads and 60 writes a minute for each person

Token = Callable[[str], str]
Cell = str | int
Cells = list[str]


class SheetError(IntakeError):
    """`stop`: only a person can help. `retry_after`: seconds, for one that passes by itself."""

    def __init__(self, message: str, *, stop: bool = False, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.stop = stop
        self.retry_after = retry_after


class NoSignIn(SheetError):
    """Google does not take the account: only connecting it again helps."""


class OffGrid(SheetError):
    """A range that is not there: the tab was renamed, or rows were deleted meanwhile."""


class TooMuch(SheetError):
    """The answer was larger than we take: ask for fewer rows."""


@dataclass(frozen=True)
class Tab:
    gid: int
    title: str
    rows: int
    columns: int

    def range(self, first: int, last: int, left: int = 0, right: int = -1) -> str:
        """Rows from 1, columns from 0; the whole width without columns."""
        right = self.columns - 1 if right < 0 else right
        name = self.title.replace("'", "''")
        return f"'{name}'!{letters(left)}{first}:{letters(max(right, left))}{last}"


@dataclass(frozen=True)
class Book:
    file_id: str
    title: str
    tabs: list[Tab]

    def tab(self, gid: int | None, title: str = "") -> Tab | None:
        """By its number, which stays when it is renamed; else by its name."""
        same = (tab for tab in self.tabs if tab.gid == gid)
        return next(same, None) or next((t for t in self.tabs if t.title == title), None)


def letters(index: int) -> str:
    """0 is A, 26 is AA."""
    found, index = "", index + 1
    while index:
        index, rest = divmod(index - 1, 26)
        found = chr(65 + rest) + found
    return found


def address_of(text: str) -> tuple[str, int | None]:
    """The file's id and the tab of a pasted address. Raises SheetError."""
    text = text.strip()[:500]
    if FILE_ID.fullmatch(text):
        return text, None
    try:
        host = (urlsplit(text if "//" in text else f"https://{text}").hostname or "").lower()
    except ValueError:
        host = ""
    found = ADDRESS.search(text)
    if host != "docs.google.com" or found is None:
        raise SheetError(
            "Paste the address of a Google Sheet: https://docs.google.com/spreadsheets/d/..."
        )
    tab = GID.search(text)
    return found.group(1), int(tab.group(1)) if tab else None


class Sheets:
    """One Google account. `token(refused)`: an access token, another than the refused one."""

    def __init__(self, base: str, account: str, token: Token) -> None:
        self.base, self.account, self.token = base.rstrip("/"), account, token

    def book(self, file_id: str) -> Book:
        found = self._call("GET", file_id, params={"fields": BOOK})
        tabs = [_tab(one.get("properties") or {}) for one in _list(found, "sheets")]
        title = str((found.get("properties") or {}).get("title") or "Sheet")
        return Book(file_id, title, [tab for tab in tabs if tab is not None])

    def ping(self) -> None:
        """Ask for a file that is not there: Google says so only to those whose sign-in it takes.

        Raises SheetError.
        """
        answer = self._answer("GET", NOBODY, {"fields": "spreadsheetId"})
        if answer.ok or answer.status == 404:
            return
        error = _refusal(answer)
        raise NoSignIn(NO_RIGHT, stop=True) if error.message == NOT_SEEN else error

    def make(self, title: str, tab: str, header: Sequence[str]) -> Book:
        """A new file with a header row that stays in sight."""
        grid = {"frozenRowCount": 1, "rowCount": 1000, "columnCount": max(26, len(header))}
        cells = [{"userEnteredValue": {"stringValue": name}} for name in header]
        sheet = {
            "properties": {"title": tab, "gridProperties": grid},
            "data": [{"startRow": 0, "startColumn": 0, "rowData": [{"values": cells}]}],
        }
        found = self._call("POST", "", json={"properties": {"title": title}, "sheets": [sheet]})
        file_id = str(found.get("spreadsheetId") or "")
        if not FILE_ID.fullmatch(file_id):
            raise SheetError("Google made a sheet and did not say which. Look in your Drive.")
        return self.book(file_id)

    def read(self, file_id: str, ranges: Sequence[str]) -> list[list[Cells]]:
        """The rows of each range, read at one moment; empty ends are left out, as Google does."""
        params = [("ranges", one) for one in ranges]
        params += [("majorDimension", "ROWS"), ("valueRenderOption", "FORMATTED_VALUE")]
        found = self._call("GET", f"{file_id}/values:batchGet", params=params)
        parts = _list(found, "valueRanges")
        if len(parts) != len(ranges):
            raise SheetError("Google sent no readable answer. Try again in a minute.")
        return [[_cells(row) for row in _list(part, "values")] for part in parts]

    def write(self, file_id: str, data: Sequence[tuple[str, list[list[Cell]]]]) -> None:
        """Many ranges in one call, each cell as it stands; "" empties one."""
        body = {
            "valueInputOption": "RAW",
            "data": [
                {"range": where, "majorDimension": "ROWS", "values": rows} for where, rows in data
            ],
        }
        self._call("POST", f"{file_id}/values:batchUpdate", json=body, idempotent=True)

    def add_columns(self, file_id: str, tab: Tab, at: int, row: int, names: Sequence[str]) -> None:
        """New columns with their names in one step: what stands to the right moves, nothing is
        written over. `row` is the header's number, `at` the place of the first new column."""
        where = {"sheetId": tab.gid, "dimension": "COLUMNS", "startIndex": at}
        cells = [{"userEnteredValue": {"stringValue": name}} for name in names]
        start = {"sheetId": tab.gid, "rowIndex": row - 1, "columnIndex": at}
        steps = [
            {
                "insertDimension": {
                    "range": {**where, "endIndex": at + len(names)},
                    "inheritFromBefore": True,
                }
            },
            {
                "updateCells": {
                    "start": start,
                    "rows": [{"values": cells}],
                    "fields": "userEnteredValue",
                }
            },
        ]
        self._call("POST", f"{file_id}:batchUpdate", json={"requests": steps})

    def _call(
        self,
        method: http.Method,
        path: str,
        *,
        params: Any = None,
        json: Any = None,
        idempotent: bool = False,
    ) -> dict[str, Any]:
        answer = self._answer(method, path, params, json, idempotent)
        if answer.ok:
            return _body(answer)
        raise _refusal(answer)

    def _answer(
        self, method: http.Method, path: str, params: Any, json: Any = None, again: bool = False
    ) -> Answer:
        """Of any status; a sign-in that was refused is renewed once."""
        refused = ""
        for last in (False, True):
            token = self.token(refused)
            answer = self._once(method, path, token, params, json, again or method == "GET")
            if answer.status != 401 or last:
                break
            refused = token
        return answer

    def _once(
        self, method: http.Method, path: str, token: str, params: Any, json: Any, again: bool
    ) -> Answer:
        file_id, mark, rest = path.partition(":") if ":" in path else (path, "", "")
        place = "/".join(quote(part, safe="") for part in file_id.split("/")) + mark + rest
        url = f"{self.base}/v4/spreadsheets" + (f"/{place}" if place else "")
        try:
            return http.call(
                method,
                url,
                service=SERVICE,
                account=self.account,
                headers={"Authorization": f"Bearer {token}"},
                params=params,
                json=json,
                timeout=(5, 30),
                idempotent=again,
                size_cap=SIZE_CAP,
                allow_hosts={urlsplit(self.base).netloc},
            )
        except HttpFault as fault:
            if fault.kind == "too_big":
                raise TooMuch("This sheet holds too much in one row.", stop=True) from None
            text = f"Google Sheets could not be reached: {fault.message} It is tried again."
            raise SheetError(text, retry_after=fault.retry_after or 5.0) from None


def _tab(found: dict[str, Any]) -> Tab | None:
    """Charts and hidden tabs are none to read."""
    if found.get("sheetType", "GRID") != "GRID" or found.get("hidden"):
        return None
    grid = found.get("gridProperties") or {}
    size = [grid.get(name) for name in ("rowCount", "columnCount")]
    rows, columns = (n if isinstance(n, int) and n > 0 else 1 for n in size)
    return Tab(int(found.get("sheetId") or 0), str(found.get("title") or ""), rows, columns)


def _body(answer: Answer) -> dict[str, Any]:
    try:
        found = answer.json()
    except HttpFault:
        found = None
    if isinstance(found, dict):
        return found
    raise SheetError("Google sent no readable answer. Try again in a minute.", retry_after=30.0)


def _list(found: dict[str, Any], name: str) -> list[Any]:
    value = found.get(name)
    return value if isinstance(value, list) else []


def _cells(row: Any) -> Cells:
    if not isinstance(row, list):
        return []
    return ["" if cell is None or cell in ERRORS else str(cell) for cell in row]


def _refusal(answer: Answer) -> SheetError:
    """Google's own text is not repeated: it may name what stands in the sheet."""
    status, words = answer.status, answer.body[:4000]
    if status == 429 or status >= 500:
        text = "Google Sheets is busy. It is tried again."
        return SheetError(text, retry_after=answer.retry_after or 20.0)
    if status == 401:
        return NoSignIn("Google does not take the sign-in. Connect the account again.", stop=True)
    if status == 403 and (b"SERVICE_DISABLED" in words or b"accessNotConfigured" in words):
        text = (
            "The Google Sheets API is switched off in the Google project. Whoever runs this "
            "installation enables it (docs/sheets.md)."
        )
        return SheetError(text, stop=True)
    if status == 403 and (b"rateLimit" in words or b"RATE_LIMIT" in words or b"quota" in words):
        return SheetError("Google Sheets is busy. It is tried again.", retry_after=30.0)
    if status == 403 and b"rotected" in words:
        text = "The columns that we write are protected in the sheet. Allow this account to edit."
        return SheetError(text, stop=True)
    if status in (403, 404):
        return SheetError(NOT_SEEN, stop=True)
    text = f"Google Sheets did not take what we asked (HTTP {status})."
    kind = OffGrid if status == 400 else SheetError
    return kind(f"{text} Look at the sheet and try again.", stop=True)
