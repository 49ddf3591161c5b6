"""A port that is taken is said in words, before anything is made or started."""

import socket
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command


@pytest.fixture
def port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.mark.parametrize("command", ["run", "demo"])
def test_a_taken_port_is_said(command: str, port: int) -> None:
    with pytest.raises(CommandError, match=f"Another program listens on port {port}"):
        call_command(command, host="127.0.0.1", port=port)
