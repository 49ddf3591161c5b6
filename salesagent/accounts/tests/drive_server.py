"""A Google Drive that remembers: files with marks, uploads in parts, checksums, tokens.

As the reference says: parts are multiples of 256 KB but the last, 308 with `Range` says what has
come, a session may be forgotten, a file is seen only by the app that made it, DELETE is for good.
"""

import hashlib
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCESS = "ya29.drive-token-never-shown"
FRESH = "ya29.drive-second-token"
REFRESH = "1//drive-refresh-never-shown"
UNIT = 256 * 1024
MARK = re.compile(r"appProperties has \{ key='(\w+)' and value='([^']*)' \}")


@dataclass
class Fault:
    """What happens instead, once, at a call of `kind`: list, get, media, small, begin, chunk,
    where, delete, token. `cut`: the connection ends without an answer, before (False) or after
    (True) the work. `takes`: bytes of a part that are kept."""

    kind: str
    status: int = 0
    reason: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool | None = None
    takes: int | None = None
    act: Callable[[], None] | None = None


@dataclass
class Session:
    meta: dict[str, Any]
    size: int
    data: bytearray = field(default_factory=bytearray)
    file_id: str = ""


@dataclass
class World:
    """`gone`: the status of a forgotten session. `spoil`: of so many files to come a byte is lost
    on the way. `late`: so often it is not put together when all has come. `sums`: off for a Drive
    without checksums; `ranges`: off, one that ignores Range; `removes`: off, one that cannot
    delete."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    spoil: int = 0
    late: int = 0
    gone: int = 404
    sums: bool = True
    ranges: bool = True
    removes: bool = True
    tokens: set[str] = field(default_factory=lambda: {ACCESS})
    refreshes: bool = True
    base: str = ""

    def count(self, kind: str) -> int:
        return self.calls.count(kind)

    def put(self, body: bytes, meta: dict[str, Any]) -> str:
        """A file; the meta as an app sends it."""
        file_id = f"file{len(self.calls):04d}x{len(self.files):03d}"
        if self.spoil:
            self.spoil -= 1
            body = bytes([body[0] ^ 1]) + body[1:]
        self.files[file_id] = {
            **meta,
            "id": file_id,
            "size": str(len(body)),
            "md5Checksum": hashlib.md5(body, usedforsecurity=False).hexdigest(),
            "createdTime": f"2026-11-21T10:{len(self.files) // 60:02d}:{len(self.files) % 60:02d}Z",
            "body": body,
        }
        return file_id

    def shown(self, file_id: str) -> dict[str, Any]:
        hidden = {"body"} if self.sums else {"body", "md5Checksum"}
        return {key: value for key, value in self.files[file_id].items() if key not in hidden}

    def ours(self) -> list[dict[str, Any]]:
        return [one for one in self.files.values() if one.get("appProperties")]


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


def said(found: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(status, json.dumps(found).encode(), headers)


def refused(status: int, reason: str = "x") -> Answer:
    errors = [{"reason": reason, "domain": "usageLimits", "message": "no"}]
    return said({"error": {"code": status, "message": "no", "errors": errors}}, status)


def kind_of(method: str, path: str, query: dict[str, list[str]], headers: Any) -> str:
    if path == "/token":
        return "token"
    if path == "/upload/drive/v3/files":
        if method == "PUT":
            return "where" if headers["Content-Range"].startswith("bytes */") else "chunk"
        return "begin" if query["uploadType"] == ["resumable"] else "small"
    if path == "/drive/v3/files":
        return "list"
    return {"DELETE": "delete"}.get(method, "media" if query.get("alt") == ["media"] else "get")


def answer(world: World, method: str, target: str, headers: Any, raw: bytes) -> Answer:
    parts = urlsplit(target)
    query = parse_qs(parts.query)
    kind = kind_of(method, parts.path, query, headers)
    world.calls.append(kind)
    fault = next((one for one in world.faults if one.kind == kind), None)
    if fault:
        world.faults.remove(fault)
        if fault.act:
            fault.act()
        if fault.cut is False:
            return Answer(cut=True)
        if fault.status:
            found = refused(fault.status, fault.reason)
            found.headers.update(fault.headers)
            return found
    if kind == "token":
        return _token(world)
    if headers.get("Authorization", "").removeprefix("Bearer ") not in world.tokens:
        return refused(401, "authError")
    found = _done(world, kind, parts.path, query, headers, raw, fault)
    found.cut = bool(fault and fault.cut)
    return found


def _token(world: World) -> Answer:
    if not world.refreshes:
        return said({"error": "invalid_grant"}, 400)
    world.tokens.add(FRESH)
    return said({"access_token": FRESH, "expires_in": 3600})


def _done(
    world: World,
    kind: str,
    path: str,
    query: dict[str, list[str]],
    headers: Any,
    raw: bytes,
    fault: Fault | None,
) -> Answer:
    if kind == "list":
        return _list(world, query)
    if kind == "small":
        return said(world.shown(world.put(*_parts(headers["Content-Type"], raw))))
    if kind == "begin":
        name = f"s{len(world.calls)}"
        world.sessions[name] = Session(json.loads(raw), int(headers["X-Upload-Content-Length"]))
        where = f"{world.base}/upload/drive/v3/files?uploadType=resumable&upload_id={name}"
        return Answer(headers={"Location": where})
    if kind in ("where", "chunk"):
        return _upload(world, query["upload_id"][0], headers["Content-Range"], raw, fault)
    file_id = path.rpartition("/")[2]
    if kind == "delete" and not world.removes:
        return refused(404, "notFound")
    if file_id not in world.files:
        return refused(404, "notFound")
    if kind == "delete":
        del world.files[file_id]
        return Answer(204)
    if kind == "get":
        return said(world.shown(file_id))
    return _media(world, world.files[file_id]["body"], headers.get("Range", ""))


def _list(world: World, query: dict[str, list[str]]) -> Answer:
    marks = dict(MARK.findall(query["q"][0]))
    assert marks, "a search for files that are not ours"
    found = [
        world.shown(file_id)
        for file_id, one in world.files.items()
        if marks.items() <= one.get("appProperties", {}).items()
    ]
    start, size = int(query.get("pageToken", ["0"])[0]), 2  # pages of two
    more = {"nextPageToken": str(start + size)} if start + size < len(found) else {}
    return said({"files": found[start : start + size], **more})


def _parts(content_type: str, raw: bytes) -> tuple[bytes, dict[str, Any]]:
    line = content_type.partition("boundary=")[2].encode()
    _, about, media, end = raw.split(b"--" + line)
    assert end.strip() == b"--"
    meta = json.loads(about.partition(b"\r\n\r\n")[2])
    return media.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n"), meta


def _upload(world: World, name: str, where: str, raw: bytes, fault: Fault | None) -> Answer:
    session = world.sessions.get(name)
    if session is None:
        return refused(world.gone, "notFound")
    if session.file_id:
        return said(world.shown(session.file_id))
    if raw:
        first, last, size = (int(n) for n in re.findall(r"\d+", where))
        assert size == session.size
        assert last - first + 1 == len(raw)
        assert last + 1 == size or len(raw) % UNIT == 0, "not a multiple of 256 KB"
        if first == len(session.data):
            takes = len(raw) if fault is None or fault.takes is None else fault.takes
            session.data += raw[:takes]
    if len(session.data) == session.size and world.late:
        world.late -= 1
    elif len(session.data) == session.size:
        session.file_id = world.put(bytes(session.data), session.meta)
        return said(world.shown(session.file_id))
    has = {"Range": f"bytes=0-{len(session.data) - 1}"} if session.data else {}
    return Answer(308, headers=has)


def _media(world: World, body: bytes, wanted: str) -> Answer:
    if not wanted or not world.ranges:
        return Answer(200, body)
    first, last = (int(n) for n in re.findall(r"\d+", wanted))
    part = body[first : last + 1]
    return Answer(206, part, {"Content-Range": f"bytes {first}-{first + len(part) - 1}/x"})


@contextmanager
def drive_server() -> Iterator[World]:
    world = World()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _take(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                found = answer(world, self.command, self.path, self.headers, raw)
            except AssertionError as error:
                found = said({"error": {"message": str(error)}}, 418)
            if found.cut:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            head = [f"HTTP/1.1 {found.status} X", f"Content-Length: {len(found.body)}"]
            head += [f"{key}: {value}" for key, value in found.headers.items()]
            self.wfile.write(("\r\n".join(head) + "\r\n\r\n").encode() + found.body)

        do_GET = do_POST = do_PUT = do_DELETE = _take  # noqa: N815

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
