"""A Google Sheets that remembers: files with tabs, values by range, columns that are put in.

As the reference says: empty ends of rows and ranges are left out of answers, a range outside of the
grid is 400, RAW keeps a formula as text, putting columns in moves what stands to the right.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ACCESS = "ya29.sheets-token-never-shown"
FILE = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
RANGE = re.compile(r"'((?:[^']|'')+)'!([A-Z]+)(\d+):([A-Z]+)(\d+)")


@dataclass
class FakeTab:
    title: str = "Leads"
    gid: int = 0
    rows: list[list[str]] = field(default_factory=list)
    extra: int = 20  # empty rows of the grid below
    columns: int = 26

    @property
    def height(self) -> int:
        return len(self.rows) + self.extra

    def cell(self, row: int, column: int) -> str:
        line = self.rows[row] if row < len(self.rows) else []
        return line[column] if column < len(line) else ""

    def put(self, row: int, column: int, value: str) -> None:
        while len(self.rows) <= row:
            self.rows.append([])
            self.extra = max(self.extra - 1, 0)
        line = self.rows[row]
        line += [""] * (column + 1 - len(line))
        line[column] = value

    def column(self, name: str) -> list[str]:
        at = self.rows[0].index(name)
        return [self.cell(i, at) for i in range(1, len(self.rows))]


@dataclass
class World:
    """`before_write` runs once, right before a write is carried out: somebody moves rows then.
    `faults`: (status, body, headers) for the next calls."""

    files: dict[str, tuple[str, list[FakeTab]]] = field(default_factory=dict)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    faults: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
    before_write: Callable[[], None] | None = None
    base: str = ""

    def put(self, *rows: list[str], file_id: str = FILE, **tab: Any) -> FakeTab:
        made = FakeTab(rows=[list(row) for row in rows], **tab)
        title, tabs = self.files.setdefault(file_id, ("Fair 2026", []))
        tabs.append(made)
        return made

    def writes(self) -> list[Any]:
        return [body for method, path, body in self.calls if path.endswith(":batchUpdate")]


def _index(letters: str) -> int:
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - 64
    return found - 1


class _Refused(Exception):
    def __init__(self, status: int, word: str = "INVALID_ARGUMENT") -> None:
        self.status, self.body = status, {"error": {"code": status, "status": word, "message": "x"}}


def answer(world: World, method: str, target: str, token: str, body: Any) -> tuple[int, Any]:
    parts = urlsplit(target)
    path, query = unquote(parts.path).removeprefix("/v4/spreadsheets"), parse_qs(parts.query)
    world.calls.append((method, path, body if method == "POST" else query))
    if world.faults:
        status, given, headers = world.faults.pop(0)
        return status, (given, headers)
    try:
        if token != f"Bearer {ACCESS}":
            raise _Refused(401, "UNAUTHENTICATED")
        return 200, _done(world, method, path.strip("/"), query, body)
    except _Refused as refused:
        return refused.status, refused.body


def _done(world: World, method: str, path: str, query: dict[str, list[str]], body: Any) -> Any:
    if not path and method == "POST":
        return _make(world, body)
    file_id = re.split("[/:]", path)[0]
    if file_id not in world.files:
        raise _Refused(404, "NOT_FOUND")
    title, tabs = world.files[file_id]
    rest = path[len(file_id) :]
    if rest == "" and method == "GET":
        return _book(file_id, title, tabs)
    if rest == "/values:batchGet":
        assert query["valueRenderOption"] == ["FORMATTED_VALUE"]
        return {"valueRanges": [_read(tabs, one) for one in query["ranges"]]}
    if world.before_write:
        happens, world.before_write = world.before_write, None
        happens()
    if rest == "/values:batchUpdate":
        assert body["valueInputOption"] == "RAW"
        for part in body["data"]:
            _write(tabs, part)
        return {"totalUpdatedCells": 1}
    for step in body["requests"]:
        _change(tabs, step)
    return {"replies": [{} for _ in body["requests"]]}


def _make(world: World, body: Any) -> Any:
    sheet = body["sheets"][0]
    cells = sheet["data"][0]["rowData"][0]["values"]
    names = [cell["userEnteredValue"]["stringValue"] for cell in cells]
    file_id = f"1Made{len(world.files):020d}"
    world.files[file_id] = (body["properties"]["title"], [])
    world.put(names, file_id=file_id, title=sheet["properties"]["title"])
    return {"spreadsheetId": file_id}


def _book(file_id: str, title: str, tabs: list[FakeTab]) -> Any:
    sheets = [
        {
            "properties": {
                "sheetId": tab.gid,
                "title": tab.title,
                "sheetType": "GRID",
                "gridProperties": {"rowCount": tab.height, "columnCount": tab.columns},
            }
        }
        for tab in tabs
    ]
    return {"spreadsheetId": file_id, "properties": {"title": title}, "sheets": sheets}


def _place(tabs: list[FakeTab], where: str) -> tuple[FakeTab, int, int, int, int]:
    found = RANGE.fullmatch(where)
    tab = next((t for t in tabs if found and t.title == found.group(1).replace("''", "'")), None)
    if found is None or tab is None:
        raise _Refused(400)
    left, top, right, bottom = _index(found[2]), int(found[3]) - 1, _index(found[4]), int(found[5])
    if top >= tab.height or bottom > tab.height or right >= tab.columns:
        raise _Refused(400)
    return tab, top, bottom, left, right


def _read(tabs: list[FakeTab], where: str) -> Any:
    tab, top, bottom, left, right = _place(tabs, where)
    rows = []
    for number in range(top, min(bottom, len(tab.rows))):
        line = tab.rows[number][left : right + 1]
        while line and line[-1] == "":
            line = line[:-1]
        rows.append(line)
    while rows and not rows[-1]:
        rows.pop()
    return {"range": where, "majorDimension": "ROWS", **({"values": rows} if rows else {})}


def _write(tabs: list[FakeTab], part: Any) -> None:
    tab, top, bottom, left, right = _place(tabs, part["range"])
    assert len(part["values"]) == bottom - top
    for i, row in enumerate(part["values"]):
        assert len(row) == right - left + 1
        for j, value in enumerate(row):
            tab.put(top + i, left + j, str(value))


def _change(tabs: list[FakeTab], step: Any) -> None:
    if "insertDimension" in step:
        where = step["insertDimension"]["range"]
        tab = next(t for t in tabs if t.gid == where["sheetId"])
        count = where["endIndex"] - where["startIndex"]
        tab.columns += count
        for line in tab.rows:
            if len(line) > where["startIndex"]:
                line[where["startIndex"] : where["startIndex"]] = [""] * count
        return
    start = step["updateCells"]["start"]
    tab = next(t for t in tabs if t.gid == start["sheetId"])
    for i, row in enumerate(step["updateCells"]["rows"]):
        for j, cell in enumerate(row["values"]):
            value = cell["userEnteredValue"]["stringValue"]
            tab.put(start["rowIndex"] + i, start["columnIndex"] + j, value)


@contextmanager
def sheets_server() -> Iterator[World]:
    world = World()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _take(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(raw) if raw else None
            token = self.headers.get("Authorization", "")
            status, found = answer(world, self.command, self.path, token, body)
            headers: dict[str, str] = {}
            if isinstance(found, tuple):
                found, headers = found
            sent = found.encode() if isinstance(found, str) else json.dumps(found).encode()
            head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(sent)}"]
            head += ["Content-Type: application/json", *(f"{k}: {v}" for k, v in headers.items())]
            self.wfile.write(("\r\n".join(head) + "\r\n\r\n").encode() + sent)

        do_GET = do_POST = _take  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    world.base = f"http://127.0.0.1:{server.server_port}"
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
