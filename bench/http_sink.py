"""Gmail and Twilio in a nutshell: takes messages, writes each down before it says yes, and finds
them again. As a program it logs one key a line (Gmail: the Message-ID, Twilio: the number):

    python bench/http_sink.py --log /tmp/seen.txt
"""

import argparse
import base64
import json
import re
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*(<[^>\r\n]+>)")


class Store:
    """What was taken. `keep` is written and flushed before the sender hears of it."""

    def __init__(self, log: Path) -> None:
        self.file = log.open("ab", buffering=0)
        self.lock = threading.Lock()
        self.mails: dict[str, str] = {}  # Message-ID -> id
        self.texts: list[dict[str, str]] = []

    def keep(self, key: str) -> None:
        self.file.write(f"{key}\n".encode())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Store

    def log_message(self, *args: object) -> None:
        return None

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/gmail/"):
            self._answer(200, self._take_mail(body))
        else:
            self._answer(201, self._take_text(parse_qs(body.decode())))

    def do_GET(self) -> None:  # noqa: N802
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        if not url.path.startswith("/gmail/"):
            rows = [row for row in self.store.texts if row["to"] == asked.get("To")]
            self._answer(200, {"messages": rows})
        elif url.path.endswith("/messages"):
            found = self.store.mails.get(f"<{asked.get('q', '').removeprefix('rfc822msgid:')}>")
            self._answer(200, {"messages": [{"id": found, "threadId": found}] if found else []})
        else:
            self._answer(200, self._mail(url.path.rpartition("/")[2]))

    def _take_mail(self, body: bytes) -> dict[str, str]:
        raw = base64.urlsafe_b64decode(json.loads(body)["raw"])
        match = MESSAGE_ID.search(raw)
        key = match.group(1).decode() if match else "?"
        with self.store.lock:
            number = f"{len(self.store.mails) + 1:x}"
            self.store.mails[key] = number
            self.store.keep(key)
        return {"id": number, "threadId": number, "labelIds": "SENT"}

    def _mail(self, number: str) -> dict[str, object]:
        key = next((key for key, found in self.store.mails.items() if found == number), "")
        headers = [{"name": "Message-ID", "value": key}]
        return {"id": number, "threadId": number, "labelIds": ["SENT"],
                "internalDate": "0", "payload": {"headers": headers}}  # fmt: skip

    def _take_text(self, form: dict[str, list[str]]) -> dict[str, str]:
        with self.store.lock:
            row = {
                "sid": f"SM{len(self.store.texts):032x}",
                "to": form["To"][0],
                "body": form["Body"][0],
                "direction": "outbound-api",
                "status": "queued",
                "date_created": formatdate(),
            }
            self.store.texts.append(row)
            self.store.keep(row["to"])
        return row

    def _answer(self, status: int, found: object) -> None:
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Quiet(ThreadingHTTPServer):
    """A sender that is killed in the middle is what this is for."""

    def handle_error(self, request: object, client_address: object) -> None:
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", type=Path, required=True)
    Handler.store = Store(parser.parse_args().log)
    server = Quiet(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
