"""Bodies that are longer than wanted, of calls that ask for their beginning only."""

import gzip
import socket
import threading
import time
import tracemalloc
from typing import Any

import pytest

from salesagent.lib import http
from salesagent.tests.peers import faults

PAGE = "text/html; charset=utf-8"


def call(base: str, **more: Any) -> http.Answer:
    host = base.partition("://")[2]
    return http.call("GET", base, service="Svc", idempotent=False, allow_hosts={host}, **more)


def fault(base: str, **more: Any) -> http.HttpFault:
    with pytest.raises(http.HttpFault) as caught:
        call(base, **more)
    return caught.value


def test_what_is_longer_is_cut_where_that_was_asked_for(faults_server: Any) -> None:
    for size, cut in ((1000, False), (1001, True), (5_000_000, True)):
        faults_server.script("*", faults.raw(b"x" * size, PAGE))
        answer = call(faults_server.base, size_cap=1000, cut="html")
        assert (answer.status, len(answer.body), answer.cut) == (200, 1000, cut)
    faults_server.script("*", faults.raw(b"x" * 1001, "application/pdf"))
    assert fault(faults_server.base, size_cap=1000, cut="html").kind == "too_big"


def test_a_bomb_that_is_cut_takes_no_memory(faults_server: Any) -> None:
    packed = gzip.compress(b"0" * 50_000_000)
    headers = {"Content-Encoding": "gzip", "Content-Type": PAGE}
    faults_server.script("*", faults.Step(200, packed, headers))
    call(faults_server.base, size_cap=1000, cut="html")  # what is imported first
    tracemalloc.start()
    try:
        answer = call(faults_server.base, size_cap=200_000, cut="html")
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
    assert (len(answer.body), answer.cut) == (200_000, True)


def test_a_long_body_is_not_read_to_its_end() -> None:
    """A page without an end: the connection is closed at the cap."""
    server = socket.create_server(("127.0.0.1", 0))
    sent: list[int] = []

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {PAGE}\r\n\r\n".encode())
            while len(sent) < 10_000:
                try:
                    connection.sendall(b"x" * 10_000)
                except OSError:
                    return
                sent.append(1)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with server:
        base = f"http://127.0.0.1:{server.getsockname()[1]}"
        answer = call(base, size_cap=50_000, cut="html")
    thread.join(5)
    assert (len(answer.body), answer.cut) == (50_000, True)
    assert not thread.is_alive() and len(sent) < 5000


def test_a_page_that_drips_ends_in_time_even_when_it_may_be_cut(faults_server: Any) -> None:
    step = faults.Step(200, b"x" * 5000, {"Content-Type": PAGE}, end="drip", pause=0.02)
    faults_server.script("*", step)
    began = time.monotonic()
    assert fault(faults_server.base, total=0.3, size_cap=1000, cut="html").kind == "timeout"
    assert time.monotonic() - began < 2
