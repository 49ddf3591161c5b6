"""The one way out, against a server that misbehaves to order."""

import gzip
import logging
import socket
import sys
import threading
import time
from typing import Any

import pytest

from salesagent.lib import budget, http, http_wire
from salesagent.lib.http import HttpFault, parse_retry_after, scrub
from salesagent.tests.peers import faults

NOW = 1_800_000_000.0
SECRET = "s3cr3t-0123456789abcdef"


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waits: list[float] = []
    monkeypatch.setattr(http, "sleep", waits.append)
    monkeypatch.setattr(http, "now", lambda: NOW)
    return waits


def call(base: str, method: Any = "POST", *, idempotent: bool = False, **more: Any) -> http.Answer:
    given = {"allow_hosts": {base.partition("://")[2].partition("/")[0]}, **more}
    return http.call(method, base, service="Svc", idempotent=idempotent, **given)


def fault(*args: Any, **more: Any) -> HttpFault:
    with pytest.raises(HttpFault) as caught:
        call(*args, **more)
    assert caught.value.__context__ is None
    return caught.value


def test_an_answer_of_any_status_is_an_answer(faults_server: Any) -> None:
    faults_server.script("*", faults.refuse(409, {"message": "exists"}))
    answer = call(faults_server.base + "/x", json={"a": 1}, params={"q": "é"})
    assert (answer.status, answer.json()) == (409, {"message": "exists"})
    assert answer.headers["content-type"] == "application/json"
    assert faults_server.requests[0].path == "/x?q=%C3%A9"
    assert faults_server.requests[0].header("User-Agent") == "SalesAgent"
    with pytest.raises(HttpFault) as caught:
        answer.check()
    assert (caught.value.kind, caught.value.sent) == ("status", True)


@pytest.mark.parametrize("idempotent", [True, False])
@pytest.mark.parametrize(
    ("step", "kind", "tries"),
    [
        (faults.reset(), "reset", 3),
        (faults.hang_up(), "reset", 3),
        (faults.cut_off(), "reset", 3),
        (faults.redirect(), "redirect", 1),
        (faults.huge(), "too_big", 1),
    ],
    ids=["reset", "hang up", "cut off", "redirect", "huge"],
)
def test_only_what_may_be_repeated_is(
    faults_server: Any, step: Any, kind: str, tries: int, idempotent: bool
) -> None:
    faults_server.script("*", step)
    error = fault(faults_server.base, json={}, idempotent=idempotent)
    assert error.kind == kind
    assert error.sent is (True if kind == "too_big" else None)
    assert len(faults_server.requests) == (tries if idempotent else 1)


@pytest.mark.parametrize(("idempotent", "tries"), [(True, 3), (False, 1)])
def test_server_errors(
    faults_server: Any, slept: list[float], idempotent: bool, tries: int
) -> None:
    faults_server.script("*", faults.server_error(503))
    assert call(faults_server.base, idempotent=idempotent).status == 503
    assert len(faults_server.requests) == tries
    assert all(0 < wait <= 2 for wait in slept)


@pytest.mark.parametrize(
    ("value", "tries", "wait"),
    [
        (None, 3, None),
        ("soon", 3, None),
        ("-5", 3, None),
        ("0", 3, 1.0),
        ("1", 3, 1.0),
        ("3", 1, 3.0),
        ("3600", 1, 3600.0),
        ("99999999", 1, 86400.0),
        ("Fri, 15 Jan 2027 08:00:30 GMT", 1, 30.0),
        ("Fri, 15 Jan 2000 08:00:30 GMT", 3, 1.0),
    ],
)
def test_a_full_queue(
    faults_server: Any, slept: list[float], value: str | None, tries: int, wait: float | None
) -> None:
    """Not processed, so even a message is tried again, but only after short waits."""
    faults_server.script("*", faults.too_many(value))
    answer = call(faults_server.base)
    assert (answer.retry_after, len(faults_server.requests)) == (wait, tries)
    assert sum(slept) <= 3
    with pytest.raises(HttpFault) as caught:
        answer.check()
    assert (caught.value.sent, caught.value.retry_after) == (False, wait)


def test_the_adapter_may_know_the_wait(faults_server: Any) -> None:
    faults_server.script("*", faults.too_many("1"))
    assert call(faults_server.base, wait_hint=lambda _: 10.0).retry_after == 10


def test_it_works_the_second_time(faults_server: Any) -> None:
    faults_server.script("*", faults.too_many(), faults.ok({"id": "1"}))
    assert call(faults_server.base).json() == {"id": "1"}


def test_nobody_there(faults_server: Any) -> None:
    faults_server.close()
    error = fault(faults_server.base)
    assert (error.kind, error.sent) == ("connect", False)


@pytest.mark.parametrize("step", [faults.silence(), faults.drip({"a": "x" * 500}, pause=0.02)])
def test_the_whole_call_has_an_end(faults_server: Any, step: Any) -> None:
    faults_server.script("*", step)
    error = fault(faults_server.base, total=0.3)
    assert (error.kind, error.sent) == ("timeout", None)


def test_a_read_timeout(faults_server: Any) -> None:
    faults_server.script("*", faults.silence())
    assert fault(faults_server.base, timeout=(1, 0.2)).kind == "timeout"


def test_headers_that_drip_end_too() -> None:
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 5000:
                try:
                    connection.sendall(bytes([byte]))
                except OSError:
                    return
                time.sleep(0.01)

    threading.Thread(target=serve, daemon=True).start()
    with server:
        assert fault(f"http://127.0.0.1:{server.getsockname()[1]}", total=0.3).kind == "timeout"


def test_a_bomb_is_not_unpacked(faults_server: Any) -> None:
    packed = gzip.compress(b"0" * 50_000_000)
    step = faults.Step(200, packed, {"Content-Encoding": "gzip"})
    faults_server.script("*", step)
    assert fault(faults_server.base).kind == "too_big"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"9" * 5000])
def test_what_is_not_json(faults_server: Any, body: bytes) -> None:
    faults_server.script("*", faults.raw(body))
    with pytest.raises(HttpFault) as caught:
        call(faults_server.base).json()
    assert caught.value.kind == "not_json"
    assert caught.value.__context__ is None


def test_redirects_inside_the_host_are_followed_for_get_only(faults_server: Any) -> None:
    faults_server.script("/a", faults.redirect("/b?x=1"))
    faults_server.script("/b", faults.ok({"id": "b"}))
    answer = call(faults_server.base + "/a", "GET", idempotent=True, params={"q": "1"})
    assert answer.json() == {"id": "b"}
    assert faults_server.paths() == ["GET /a?q=1", "GET /b?x=1"]
    assert fault(faults_server.base + "/a").location == faults_server.base + "/b?x=1"
    faults_server.script("/a", faults.redirect("/a"))
    assert fault(faults_server.base + "/a", "GET", idempotent=True).kind == "redirect"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://x/",
        "//x/",
        "x",
        "",
        "http://",
        "http://[::1",
        "http://x:99999/",
        "http://good.example\\@evil.example/",
        "https://good.example@evil.example/",
        "https://u:p@good.example/",
        "https://evil.example/?good.example",
        "https://good.example.evil.example/",
        "https://good.example:8443/",
        "http://good.example/",
        "https://good.example/\r\nX: y",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    error = fault(url, allow_hosts={"good.example:443"})
    assert (error.kind, error.sent) == ("refused", False)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "169.254.169.254", "2130706433", "127.1"]  # noqa: S104
    + ["[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "10.0.0.1", "[fe80::1]"]
    + ["[64:ff9b:1::7f00:1]", "[fec0::1]", "[::127.0.0.1]"],
)
def test_addresses_from_outside_never_lead_inside(host: str) -> None:
    error = fault(f"http://{host}:9/", "GET", idempotent=True, allow_hosts=None)
    assert error.kind == "refused"
    assert error.sent is False


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "[::ffff:169.254.169.254]", "[fe80::1]", "metadata.google.internal"],
)
def test_a_machine_tells_no_secrets_even_where_its_address_is_allowed(host: str) -> None:
    error = fault(f"http://{host}/v1", "GET", idempotent=True, allow_hosts={host})
    assert (error.kind, error.sent) == ("refused", False)


def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(2, 1, 6, "", ("93.184.215.14", 80)), (2, 1, 6, "", ("10.0.0.5", 80))]
    monkeypatch.setattr(http_wire.socket, "getaddrinfo", lambda *_, **__: found)
    error = fault("http://mixed.example/", "GET", idempotent=True, allow_hosts=None)
    assert error.kind == "refused"


def test_secrets_stay_out_of_errors_and_logs(faults_server: Any, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    faults_server.script("*", faults.reset())
    error = fault(
        faults_server.base + "/" + SECRET,
        headers={"Authorization": f"Bearer {SECRET}"},
        params={"access_token": SECRET},
        json={"client_secret": SECRET},
    )
    assert SECRET not in f"{error!r}{vars(error)}{caplog.text}"


def test_the_environment_changes_nothing(
    faults_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    faults_server.script("*", faults.ok())
    assert call(faults_server.base).ok


def test_plain_bytes_on_a_tls_port_are_a_tls_fault(faults_server: Any) -> None:
    faults_server.script("*", faults.ok())
    base = faults_server.base.replace("http:", "https:")
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(10)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    threading.Thread(target=serve, daemon=True).start()
    with server:
        error = fault(f"https://127.0.0.1:{server.getsockname()[1]}")
    assert (error.kind, error.sent) == ("tls", False), base


def test_budget_and_breaker_are_asked_and_told(
    db: None, faults_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "_limits", {})
    monkeypatch.setattr(budget, "clock", lambda: NOW)
    budget.register("Svc", 1, 100)
    faults_server.script("*", faults.ok())
    call(faults_server.base, account="a")
    state = budget.state("Svc", "a")
    assert state is not None
    assert state.last_ok_at is not None
    faults_server.script("*", faults.server_error(500))
    for _ in range(5):
        call(faults_server.base, account="a")
    count = len(faults_server.requests)
    error = fault(faults_server.base, account="a")
    assert (error.kind, error.retry_after, error.sent) == ("breaker_open", 60.0, False)
    faults_server.script("*", faults.too_many("7"))
    call(faults_server.base, account="b")
    error = fault(faults_server.base, account="b")
    assert (error.kind, error.retry_after) == ("budget", 7.0)
    assert len(faults_server.requests) == count + 1


def test_one_session_for_many_calls(faults_server: Any) -> None:
    faults_server.script("*", faults.ok({"id": "1"}, Set_Cookie="a=b; Path=/"))
    with http.session() as wire:
        for _ in range(3):
            assert call(faults_server.base, session=wire, idempotent=True).ok
    assert all(not each.header("Cookie") for each in faults_server.requests)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("", None), ("1.5", 1.5), ("٣", None), ("nan", None), ("1e9", None), ("5 ", 5.0)]
    + [("Mon, 99 Foo 2027", None), ("Fri, 31 Dec 99999 00:00:00 GMT", None)],
)
def test_retry_after_in_odd_forms(value: str, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {SECRET}",
        f'{{"refresh_token": "{SECRET}"}}',
        f"https://x.example/?access_token={SECRET}&a=1",
        f"https://AC00:{SECRET}@api.example/",
        f"GET /cb?code={SECRET}&state=1",
        f"client_secret='{SECRET}'",
        f"X-Api-Key: {SECRET}",
        f"invalid {SECRET}",
    ],
)
def test_scrub_hides(text: str) -> None:
    assert SECRET not in scrub(text, SECRET if text.startswith("invalid") else "")


@pytest.mark.parametrize(
    "text",
    [
        "error code: 21610",
        "Contact already exists. Existing ID: 123",
        "correlationId 123e4567-e89b-12d3-a456-426614174000",
        '{"code": 20003, "message": "Authenticate"}',
        "See https://www.twilio.com/docs/errors/63016",
    ],
)
def test_scrub_leaves_what_helps(text: str) -> None:
    assert scrub(text) == text


def test_the_library_is_light() -> None:
    import subprocess

    ours = "salesagent.lib.http_rules, salesagent.lib.scrub"
    code = f"import sys, {ours}; print('requests' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert run.stdout == "False\n"
