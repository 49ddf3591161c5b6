"""The fault server does what its steps say, seen with two clients: urllib and a bare socket."""

import http.client
import json
import socket
import urllib.error
from email.utils import parsedate_to_datetime

import pytest

from salesagent.tests.peers import faults
from salesagent.tests.peers.faults import FaultServer
from salesagent.tests.peers.web import call


def test_steps_in_order_and_the_last_stays(faults_server: FaultServer) -> None:
    faults_server.script("/v1/send", faults.too_many("3"), faults.expired_then({"id": "1"}))
    answers = [call("POST", f"{faults_server.base}/v1/send?a=1", data={"n": n}) for n in range(4)]
    assert [each.status for each in answers] == [429, 401, 200, 200]
    assert answers[0].headers["Retry-After"] == "3"
    assert faults_server.paths() == ["POST /v1/send?a=1"] * 4
    assert [each.json()["n"] for each in faults_server.requests] == [0, 1, 2, 3]


@pytest.mark.parametrize("value", [None, "3600", "soon"])
def test_retry_after_as_written(faults_server: FaultServer, value: str | None) -> None:
    faults_server.script("*", faults.too_many(value))
    assert call("GET", faults_server.base + "/x").headers.get("Retry-After") == value


def test_retry_after_as_a_date(faults_server: FaultServer) -> None:
    faults_server.script("*", faults.too_many(faults.http_date(60)))
    assert parsedate_to_datetime(call("GET", faults_server.base + "/").headers["Retry-After"])


def test_html_of_a_proxy(faults_server: FaultServer) -> None:
    faults_server.script("*", faults.server_error(503))
    answer = call("GET", faults_server.base + "/")
    assert answer.status == 503 and answer.text.startswith("<html>")


def test_half_a_json(faults_server: FaultServer) -> None:
    faults_server.script("*", faults.truncated())
    with pytest.raises(json.JSONDecodeError):
        call("GET", faults_server.base + "/").json()


def test_fewer_bytes_than_promised(faults_server: FaultServer) -> None:
    faults_server.script("*", faults.cut_off())
    with pytest.raises(http.client.IncompleteRead):
        call("GET", faults_server.base + "/")


def test_ten_megabytes(faults_server: FaultServer) -> None:
    faults_server.script("*", faults.huge())
    answer = call("GET", faults_server.base + "/")
    assert len(answer.body) == 10_000_000 and answer.json()["id"] == "1"


def test_drip_comes_whole(faults_server: FaultServer) -> None:
    faults_server.script("*", faults.drip({"id": "7"}, pause=0.001))
    assert call("GET", faults_server.base + "/").json() == {"id": "7"}


def test_reset_after_the_body(faults_server: FaultServer) -> None:
    faults_server.script("*", faults.reset())
    with pytest.raises((ConnectionResetError, urllib.error.URLError)):
        call("POST", faults_server.base + "/send", data={"to": "x"})
    assert faults_server.requests[0].json() == {"to": "x"}


def test_hang_up_without_an_answer(faults_server: FaultServer) -> None:
    faults_server.script("*", faults.hang_up())
    with pytest.raises((http.client.RemoteDisconnected, urllib.error.URLError)):
        call("POST", faults_server.base + "/send", data={})
    assert faults_server.paths() == ["POST /send"]


def test_silence_until_the_client_gives_up(faults_server: FaultServer) -> None:
    faults_server.script("*", faults.silence())
    with pytest.raises(TimeoutError):
        call("POST", faults_server.base + "/send", data={}, timeout=0.1)


def test_redirect_is_not_followed_here(faults_server: FaultServer) -> None:
    faults_server.script("*", faults.redirect())
    answer = call("GET", faults_server.base + "/")
    assert (answer.status, answer.headers["Location"]) == (302, faults.METADATA)


def test_a_chunked_body_is_read(faults_server: FaultServer) -> None:
    faults_server.script("*", faults.ok())
    with socket.create_connection(("127.0.0.1", faults_server.port)) as client:
        client.sendall(b"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.sendall(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
    assert faults_server.requests[0].body == b"abcde"


def test_unscripted_is_404(faults_server: FaultServer) -> None:
    assert call("GET", faults_server.base + "/nothing").status == 404
