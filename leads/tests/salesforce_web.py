"""What the scripted Salesforce takes and gives, and its door to the network."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

Json = Any


class Refusal(Exception):
    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.body = [{"message": text, "errorCode": code}]


@dataclass
class Fault:
    """The next `times` requests whose address has `part` are answered like this.

    after: the request is carried out first. status 0: the connection is cut.
    """

    part: str
    status: int
    body: Json = None
    times: int = 1
    after: bool = False
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Json


def handler(
    answer: Callable[[Request], tuple[int, Json]], usage: Callable[[], str]
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # head and body in one packet, else each answer waits 40 ms

        def _take(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            place = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            as_json = "json" in headers.get("content-type", "")
            body = json.loads(raw) if raw and as_json else raw
            status, found = answer(Request(self.command, place.path, place.query, headers, body))
            if not status:
                self.close_connection = True
                return
            data = b"" if found is None else json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json;charset=UTF-8")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Sforce-Limit-Info", usage())
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _take  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler
