"""An HTTP server that answers as scripted: the faults a provider shows, one after another.

    server.script("/v1/send", too_many("3"), server_error(503), ok({"id": "1"}))

Each request to a path takes the next step; the last one stays. Unscripted paths answer 404.
"""

import datetime
import json
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from salesagent.tests.peers.web import Received

HTML = b"<html><body><h1>502 Bad Gateway</h1><p>nginx</p></body></html>"
METADATA = "http://169.254.169.254/latest/meta-data/"


@dataclass(frozen=True)
class Step:
    """One answer. `end`: how the connection ends ("close", "reset", "silence", "drip")."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    end: str = "close"
    claim: int | None = None  # Content-Length to claim where it is not the truth
    pause: float = 0.05  # seconds between two bytes of a drip


def ok(data: Any = None, status: int = 200, **headers: str) -> Step:
    body = json.dumps({} if data is None else data).encode()
    return Step(status, body, {"Content-Type": "application/json", **_named(headers)})


def raw(body: bytes, content_type: str = "application/json", status: int = 200) -> Step:
    """Any bytes as any type: HTML where JSON was promised, another charset."""
    return Step(status, body, {"Content-Type": content_type})


def refuse(status: int, data: Any = None, **headers: str) -> Step:
    """A 4xx with a JSON body."""
    return ok(data if data is not None else {"error": "refused"}, status, **headers)


def too_many(retry_after: str | None = None, data: Any = None, **headers: str) -> Step:
    """429. `retry_after` as written: "3", "3600", "soon", `http_date(5)`; None sends no header."""
    given = {"Retry-After": retry_after} if retry_after is not None else {}
    return ok(data or {"message": "Too many requests"}, 429, **given, **headers)


def http_date(seconds: float) -> str:
    """A Retry-After date that many seconds from now (the real clock)."""
    when = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return format_datetime(when, usegmt=True)


def server_error(status: int = 502) -> Step:
    """What a proxy in front of the provider says: HTML, not JSON."""
    return raw(HTML, "text/html", status)


def truncated(data: Any = None) -> Step:
    """200 with a JSON that ends in the middle; the length is true."""
    body = json.dumps(data or {"id": "1", "items": [1, 2, 3]}).encode()
    return raw(body[: len(body) // 2])


def cut_off(data: Any = None) -> Step:
    """200 that promises more bytes than it sends before it closes."""
    body = json.dumps(data or {"id": "1"}).encode()
    return Step(200, body, {"Content-Type": "application/json"}, claim=len(body) + 100)


def huge(size: int = 10_000_000) -> Step:
    """Valid JSON of `size` bytes."""
    return raw(b'{"id": "1", "pad": "' + b"x" * (size - 22) + b'"}')


def drip(data: Any = None, pause: float = 0.05) -> Step:
    """Byte by byte, `pause` seconds apart: each read succeeds, the whole takes long."""
    body = json.dumps(data or {"id": "1"}).encode()
    return Step(200, body, {"Content-Type": "application/json"}, end="drip", pause=pause)


def reset() -> Step:
    """The request is taken, then the connection is reset: was it carried out? Nobody knows."""
    return Step(end="reset")


def hang_up() -> Step:
    """The request is taken and the connection closed without an answer."""
    return Step(end="hang_up")


def silence() -> Step:
    """The request is taken and nothing ever comes: the client's timeout decides."""
    return Step(end="silence")


def redirect(location: str = METADATA, status: int = 302) -> Step:
    """By default to where a cloud machine keeps its credentials: must not be followed."""
    return Step(status, b"", {"Location": location})


def expired_then(data: Any = None) -> list[Step]:
    """401, then fine: a token that ran out and was refreshed."""
    return [refuse(401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}}), ok(data)]


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


class FaultServer:
    """Listens at `base`; `requests` holds what came, in order, also where no answer was given."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self._steps: dict[str, list[Step]] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self.base = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def script(self, path: str, *steps: Step | list[Step]) -> None:
        """What `path` (no query) answers from now on; "*" is any path that has no script."""
        flat = [each for step in steps for each in (step if isinstance(step, list) else [step])]
        with self._lock:
            self._steps[path] = flat

    def clear(self) -> None:
        with self._lock:
            self._steps.clear()
            self.requests.clear()

    def paths(self) -> list[str]:
        """`POST /v1/send` for each request that came."""
        return [f"{each.method} {each.path}" for each in self.requests]

    def close(self) -> None:
        self._stopped.set()
        with suppress(OSError):  # wakes the accept; a bare close would not
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        """One request, one answer, one connection."""
        with connection, suppress(OSError):
            connection.settimeout(30)
            request = _read(connection)
            if request is not None:
                self._answer(connection, self._next(request))

    def _next(self, request: Received) -> Step:
        path = request.path.partition("?")[0]
        with self._lock:
            self.requests.append(request)
            steps = self._steps.get(path) or self._steps.get("*")
            if not steps:
                return refuse(404, {"error": f"nothing scripted for {path}"})
            return steps.pop(0) if len(steps) > 1 else steps[0]

    def _answer(self, connection: socket.socket, step: Step) -> None:
        if step.end == "reset":
            _reset(connection)
        elif step.end == "silence":
            self._stopped.wait(30)
        elif step.end == "drip":
            connection.sendall(_head(step))
            self._drip(connection, step)
        elif step.end == "close":
            connection.sendall(_head(step) + step.body)

    def _drip(self, connection: socket.socket, step: Step) -> None:
        for byte in step.body:
            if self._stopped.is_set():
                return
            connection.sendall(bytes([byte]))
            time.sleep(step.pause)


def _reset(connection: socket.socket) -> None:
    """RST instead of FIN: SO_LINGER with no time to linger."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _head(step: Step) -> bytes:
    length = len(step.body) if step.claim is None else step.claim
    lines = [f"HTTP/1.1 {step.status} {_phrase(step.status)}"]
    lines += [f"{name}: {value}" for name, value in step.headers.items()]
    lines += [f"Content-Length: {length}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _read(connection: socket.socket) -> Received | None:
    """A whole request with its body (by length, or in chunks); None where it never came."""
    with connection.makefile("rb") as stream:
        method, _, rest = stream.readline().decode("latin-1").partition(" ")
        if not rest:
            return None
        headers: dict[str, str] = {}
        while line := stream.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name] = value.strip()
        request = Received(method, rest.split(" ")[0], headers, b"")
        return Received(method, request.path, headers, _body(connection, stream, request))


def _body(connection: socket.socket, stream: Any, request: Received) -> bytes:
    if request.header("Expect").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if "chunked" in request.header("Transfer-Encoding").lower():
        found = b""
        while size := int(stream.readline().split(b";")[0] or b"0", 16):
            found += stream.read(size)
            stream.readline()
        stream.readline()
        return found
    read: bytes = stream.read(int(request.header("Content-Length") or 0))
    return read


@contextmanager
def fault_server() -> Iterator[FaultServer]:
    server = FaultServer()
    try:
        yield server
    finally:
        server.close()
