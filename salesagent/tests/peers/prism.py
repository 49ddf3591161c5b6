"""Prism 5.14.2 with a provider's own API description: is our request one the provider describes?

It keeps no state and answers with the description's examples. A request that does not fit gets 422
(SendGrid: the 400 its description names), 401 without credentials, 415 for another content type.
`Prefer: code=NNN` picks any status the description has. Twilio's description knows no 429, and an
empty form body passes although `To` is required: emulate sees that one.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from salesagent.tests.peers.process import ROOT, Server, any_node, free_port, module
from salesagent.tests.peers.web import call

SPECS = ROOT / "tools" / "peers" / "specs"
START_SECONDS = 60.0


@dataclass(frozen=True)
class Prism:
    """A mock of one API at `base`. The server paths of the description follow it directly."""

    name: str
    base: str
    server: Server

    def complaints(self) -> str:
        """What it printed, with the reason for each refusal."""
        return self.server.output()


@contextmanager
def prism(spec_name: str) -> Iterator[Prism]:
    """`spec_name`: a file of tools/peers/specs without .json. Start one after another: slow."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    script = str(module("@stoplight/prism-cli/dist/index.js"))
    command = [any_node(), script, "mock", "-h", "127.0.0.1", "-p", str(port)]
    server = Server(f"prism-{spec_name}", {**os.environ, "NO_COLOR": "1"})
    try:
        spec = str(SPECS / f"{spec_name}.json")
        server.start([*command, spec], lambda: _answers(base), START_SECONDS)
        yield Prism(spec_name, base, server)
    finally:
        server.close()


def _answers(base: str) -> bool:
    try:
        return call("GET", f"{base}/", timeout=5).status > 0
    except OSError:
        return False
