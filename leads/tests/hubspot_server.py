"""The HubSpot API over a World, on loopback. As a process: python -m leads.tests.hubspot_server.

`/_test/<verb>` is the back door for other processes: seed, edit, dump, limits, fault, log.
"""

import argparse
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from leads.tests.hubspot_limits import spend
from leads.tests.hubspot_routes import ROUTES
from leads.tests.hubspot_world import Fault, Refusal, World


def answer(
    world: World, method: str, target: str, headers: Any, raw: bytes
) -> tuple[int, Any, dict[str, str]]:
    """The whole API. Raises Refusal."""
    parts = urlsplit(target)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    form = parts.path.startswith("/oauth/")
    body = _form(raw) if form else json.loads(raw) if raw else None
    world.log.append((method, target, body))
    if parts.path.startswith("/_test/"):
        return 200, _back_door(world, parts.path.removeprefix("/_test/"), body or {}), {}
    if not parts.path.startswith("/oauth/"):
        _signed_in(world, str(headers.get("Authorization") or ""))
        spend(world, parts.path)
        for part, right in world.missing_scopes.items():
            if part in parts.path:
                text = "This app hasn't been granted all required scopes to make this call."
                detail = [{"message": text, "context": {"requiredGranularScopes": [right]}}]
                raise Refusal(403, "MISSING_SCOPES", text, errors=detail)
    for verb, pattern, function in ROUTES:
        if verb == method and (found := pattern.fullmatch(parts.path)):
            places = {name: unquote(value) for name, value in found.groupdict().items()}
            return (*function(world, query=query, body=body, **places), {})
    raise Refusal(404, "OBJECT_NOT_FOUND", "resource not found")


def _form(raw: bytes) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(raw.decode()).items()}


def _signed_in(world: World, header: str) -> None:
    token = header.removeprefix("Bearer ")
    if token in world.expired:
        raise Refusal(401, "EXPIRED_AUTHENTICATION", "The OAuth token used expired 7 second(s) ago")
    if token != world.token:
        raise Refusal(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")


def _back_door(world: World, verb: str, body: Any) -> Any:
    """For benches: the world of another process."""
    if verb == "seed":
        rows = [world.add(body["kind"], **one) for one in body["rows"]]
        return {"ids": rows}
    if verb == "edit":
        for one, values in body["rows"].items():
            world.edit(body["kind"], one, **values)
    if verb == "dump":
        return {one.id: one.properties for one in world.visible(body["kind"])}
    if verb == "limits":
        world.limits = body
    if verb == "fault":
        world.faults.append(Fault(**body))
    if verb == "set":
        for name in ("multi_status", "same_write_counts", "index_lag", "token"):
            setattr(world, name, body.get(name, getattr(world, name)))
    if verb == "count":
        return {"calls": sum(not target.startswith("/_test/") for _, target, _ in world.log)}
    return {}


def _handler(world: World) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with world.lock:
                fault = self._fault()
                if fault and not fault.done:
                    found = (fault.status, fault.body, fault.headers)
                    world.log.append((self.command, self.path, None))
                else:
                    found = self._answered(raw)
                    if fault:
                        found = (fault.status, fault.body, fault.headers)
            if fault and fault.drop:
                self.close_connection = True
                return
            self._send(*found)

        def _fault(self) -> Fault | None:
            for one in world.faults:
                if one.times > 0 and one.match in f"{self.command} {self.path}":
                    one.times -= 1
                    return one
            return None

        def _answered(self, raw: bytes) -> tuple[int, Any, dict[str, str]]:
            try:
                return answer(world, self.command, self.path, self.headers, raw)
            except Refusal as refusal:
                return refusal.status, refusal.body, refusal.headers
            except (KeyError, TypeError, ValueError) as error:
                text = f"Invalid input JSON: {error!r}"
                return 400, {"status": "error", "message": text, "category": "VALIDATION_ERROR"}, {}

        def _send(self, status: int, body: Any, headers: dict[str, str]) -> None:
            data = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _do  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler


@contextmanager
def serving(world: World, port: int = 0) -> Iterator[str]:
    """The base URL of `world`."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(world))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    port = parser.parse_args().port
    with serving(World(), port) as base:
        sys.stdout.write(base + "\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
