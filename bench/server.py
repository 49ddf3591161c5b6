"""Start the product as a user would, sign in, time pages, read its memory."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.limits import Limits

ROOT = Path(__file__).resolve().parent.parent
KEY = "bench-" + "0123456789" * 5


def environment(data_dir: Path) -> dict[str, str]:
    return {
        **os.environ,
        "SECRET_KEY": KEY,
        "DATA_DIR": str(data_dir),
        "BENCH": "1",
        "ENV_FILE": str(data_dir / "none"),
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "salesagent.settings",
    }


def manage(data_dir: Path, *args: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *args],
        cwd=ROOT,
        env=environment(data_dir),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


SESSION = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from salesagent.accounts.models import User
user = User.objects.get(email={email!r})
store = import_module(settings.SESSION_ENGINE).SessionStore()
store[SESSION_KEY] = str(user.pk)
store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
store[HASH_SESSION_KEY] = user.get_session_auth_hash()
store.create()
print("SESSION", settings.SESSION_COOKIE_NAME + "=" + store.session_key)
"""


@dataclass
class Server:
    process: subprocess.Popen[bytes]
    port: int
    cookies: dict[str, str]
    started_in: float
    limits: Limits

    def get(
        self, path: str, connection: http.client.HTTPConnection, who: str = ""
    ) -> tuple[int, int]:
        """(status, bytes) as the person with this address; as nobody without one."""
        connection.request("GET", path, headers={"Cookie": self.cookies.get(who, "")})
        response = connection.getresponse()
        return response.status, len(response.read())

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def cpu_seconds(self) -> float:
        """CPU time of the process so far, by its own clock (Linux: the number of the clock)."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def memory(self) -> dict[str, float]:
        """PSS and RSS in MB of the process and its children."""
        pids = [self.process.pid]
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = entry.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) in pids:
                pids.append(int(entry.parent.name))
        total = {"pss": 0.0, "rss": 0.0, "processes": len(pids)}
        for pid in pids:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            for name in ("Pss", "Rss"):
                kb = next(
                    line.split()[1] for line in text.splitlines() if line.startswith(f"{name}:")
                )
                total[name.lower()] += int(kb) / 1024
        return {key: round(value, 1) for key, value in total.items()}


def sign_in(data_dir: Path, email: str) -> str:
    """A session cookie of this person."""
    out = manage(data_dir, "shell", "-v0", "-c", SESSION.format(email=email))
    return next(line.split(" ", 1)[1] for line in out.splitlines() if line.startswith("SESSION"))


@contextmanager
def serve(data_dir: Path, emails: Sequence[str] = ("rep0@bench.example",)) -> Iterator[Server]:
    cookies = {email: sign_in(data_dir, email) for email in emails}
    port, begun = free_port(), time.monotonic()
    with Limits() as limits:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run", "--port", str(port)],
            cwd=ROOT,
            env=environment(data_dir),
            stdout=subprocess.DEVNULL,
            preexec_fn=limits.enter,  # noqa: PLW1509
        )
        server = Server(process, port, cookies, 0.0, limits)
        try:
            _wait(server)
            server.started_in = round(time.monotonic() - begun, 2)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(40)


def _wait(server: Server) -> None:
    for _ in range(600):
        if server.process.poll() is not None:
            raise RuntimeError("the product did not start")
        try:
            if server.get("/healthz", server.connect())[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the product did not answer")
