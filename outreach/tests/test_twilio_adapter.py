"""Calls to Twilio: what is known after a fault, and what each refusal means."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from outreach.channels import twilio_api
from outreach.channels.base import ChannelError, OutboundMessage
from outreach.channels.sms import Sms
from outreach.channels.whatsapp import WhatsApp
from outreach.tests.texts import MOBILE, SECOND, SID, TOKEN, config, sid
from salesagent.lib import budget, http
from salesagent.tests.adapter_case import OutgoingCase
from salesagent.tests.peers import faults

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
MESSAGES = f"/2010-04-01/Accounts/{SID}/Messages.json"
MESSAGE = OutboundMessage(channel="sms", to=MOBILE, text="Hi there", message_id="<k1@text>")


def taken(number: int = 1, **more: Any) -> faults.Step:
    return faults.ok({"sid": sid(number), "status": "queued"} | more, 201)


def send(base: str, **changes: Any) -> Any:
    with Sms().open(config(base, **changes)) as session:
        return session.send(MESSAGE)


class TestSending(OutgoingCase):
    secrets: ClassVar[tuple[str, ...]] = (TOKEN, SECOND)
    errors: ClassVar[tuple[type[Exception], ...]] = (ChannelError,)
    good: ClassVar[Any] = taken()

    def act(self, base: str) -> Any:
        both = {"auth_token": TOKEN, "auth_token_2": SECOND}
        return send(base, secret=both)

    def unknown(self, error: Exception) -> bool:
        return isinstance(error, ChannelError) and error.unknown


class TestLookingUp(OutgoingCase):
    secrets: ClassVar[tuple[str, ...]] = (TOKEN,)
    errors: ClassVar[tuple[type[Exception], ...]] = (ChannelError,)
    idempotent: ClassVar[bool] = True
    good: ClassVar[Any] = faults.ok({"messages": []})

    def act(self, base: str) -> Any:
        return Sms().find_sent(config(base), MESSAGE, NOW)

    def unknown(self, error: Exception) -> bool:
        return isinstance(error, ChannelError) and error.unknown


class TestTemplates(OutgoingCase):
    secrets: ClassVar[tuple[str, ...]] = (TOKEN,)
    errors: ClassVar[tuple[type[Exception], ...]] = (ChannelError,)
    idempotent: ClassVar[bool] = True
    good: ClassVar[Any] = faults.ok({"contents": []})

    def act(self, base: str) -> Any:
        return WhatsApp().templates(config(base))

    def unknown(self, error: Exception) -> bool:
        return isinstance(error, ChannelError) and error.unknown


@pytest.fixture(autouse=True)
def _world(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salesagent.lib.http.sleep", lambda seconds: None)


def error_of(base: str) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        send(base)
    return caught.value


@pytest.mark.parametrize(
    "step",
    [
        faults.reset(),
        faults.hang_up(),
        faults.server_error(500),
        faults.server_error(503),
        faults.truncated(),
        faults.raw(b"<html>ok</html>", "text/html"),
        faults.ok({"sid": "nonsense"}, 201),
        faults.ok({}, 201),
    ],
)
def test_a_lost_answer_is_unknown_and_asked_once(
    faults_server: faults.FaultServer, step: faults.Step
) -> None:
    faults_server.script(MESSAGES, step)
    assert error_of(faults_server.base).unknown
    assert len(faults_server.requests) == 1


def test_too_many_is_known_and_tried_again_later(faults_server: faults.FaultServer) -> None:
    body = {"code": 20429, "message": "Too Many Requests", "status": 429}
    faults_server.script(MESSAGES, faults.too_many("3600", data=body))
    error = error_of(faults_server.base)
    assert (error.unknown, error.permanent, error.scope) == (False, False, "provider")
    assert len(faults_server.requests) == 1


@pytest.mark.parametrize(
    ("status", "code", "ours", "scope"),
    [
        (400, 21211, "no_such_address", "recipient"),
        (400, 21614, "no_such_address", "recipient"),
        (400, 21610, "opted_out", "recipient"),
        (400, 21606, "sender", "mailbox"),
        (401, 20003, "auth", "mailbox"),
        (403, 20003, "auth", "mailbox"),
        (404, 20404, "auth", "mailbox"),
        (400, 63016, "template", "recipient"),
        (400, 12345, "rejected", "recipient"),
    ],
)
def test_a_refusal_is_known(
    faults_server: faults.FaultServer, status: int, code: int, ours: str, scope: str
) -> None:
    faults_server.script(MESSAGES, faults.refuse(status, {"code": code, "message": "no"}))
    error = error_of(faults_server.base)
    assert (error.code, error.scope, error.unknown) == (ours, scope, False)
    assert error.permanent


def test_a_refusal_of_something_between_us_is_tried_again(
    faults_server: faults.FaultServer,
) -> None:
    faults_server.script(MESSAGES, faults.raw(b"<html>blocked</html>", "text/html", 400))
    error = error_of(faults_server.base)
    assert (error.permanent, error.unknown, error.scope) == (False, False, "provider")


def test_the_second_token_is_tried_when_the_first_is_refused(
    faults_server: faults.FaultServer,
) -> None:
    faults_server.script(MESSAGES, faults.refuse(401, {"code": 20003}), taken())
    both = {"auth_token": TOKEN, "auth_token_2": SECOND}
    assert send(faults_server.base, secret=both).provider_id == sid(1)
    used = [request.header("Authorization") for request in faults_server.requests]
    assert len(set(used)) == 2


def test_refused_at_once_in_the_answer(faults_server: faults.FaultServer) -> None:
    faults_server.script(MESSAGES, taken(status="failed", error_code=21610))
    assert error_of(faults_server.base).code == "opted_out"


def row(number: int, **changes: Any) -> dict[str, Any]:
    given = {
        "sid": sid(number),
        "direction": "outbound-api",
        "body": "Hi there",
        "to": MOBILE,
        "date_created": "Tue, 24 Nov 2026 10:00:05 +0000",
    }
    return given | changes


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([row(1)], True),
        ([row(1, body="Hi  there ")], True),
        ([row(1, date_created="2026-11-24T10:00:05Z")], True),
        ([], False),
        ([row(1, direction="inbound")], False),
        ([row(1, body="Something else")], False),
        ([row(1, date_created="Mon, 23 Nov 2026 10:00:05 +0000")], False),
        ([row(1, date_created="soon")], False),
        ([row(1), row(2)], None),
        ([None, 1, "x"], False),
    ],
)
def test_a_look_up_goes_by_number_text_and_time(
    faults_server: faults.FaultServer, rows: list[Any], found: bool | None
) -> None:
    faults_server.script(MESSAGES, faults.ok({"messages": rows}))
    assert Sms().find_sent(config(faults_server.base), MESSAGE, NOW) is found
    query = faults_server.requests[0].path
    assert "PageSize=50" in query and "To=%2B48501234567" in query


def test_what_cannot_be_read_is_not_known(faults_server: faults.FaultServer) -> None:
    faults_server.script(MESSAGES, faults.ok({"messages": "none"}))
    assert WhatsApp().find_sent(config(faults_server.base), MESSAGE, NOW) is None
    assert "To=whatsapp%3A%2B48501234567" in faults_server.requests[0].path


@pytest.mark.parametrize(
    "changes",
    [{"secret": {}}, {"account": ""}, {"account": "../x"}, {"secret": {"auth_token": ""}}],
)
def test_an_incomplete_connection_opens_nothing(changes: dict[str, Any]) -> None:
    with pytest.raises(ChannelError) as caught, Sms().open(config("http://127.0.0.1:1", **changes)):
        pass
    assert (caught.value.scope, caught.value.permanent) == ("mailbox", True)


def test_without_a_sender_nothing_is_asked(faults_server: faults.FaultServer) -> None:
    with pytest.raises(ChannelError) as caught:
        send(faults_server.base, settings={})
    assert caught.value.code == "sender"
    assert faults_server.requests == []


def test_templates_of_several_pages(faults_server: faults.FaultServer) -> None:
    def page(number: int, token: str) -> faults.Step:
        url = f"https://evil.example/v1/ContentAndApprovals?PageToken={token}" if token else None
        one = {
            "sid": sid(number, "HX"),
            "friendly_name": f"n{number}",
            "language": "en",
            "types": {"twilio/text": {"body": "Hello {{1}}"}},
            "variables": {"1": "first_name"},
            "approval_requests": {"status": "approved", "category": "MARKETING"},
        }
        return faults.ok({"contents": [one, "junk", {"sid": "x"}], "meta": {"next_page_url": url}})

    faults_server.script("/v1/ContentAndApprovals", page(1, "PT1"), page(2, ""))
    found = WhatsApp().templates(config(faults_server.base))
    assert [(one.name, one.state, one.body) for one in found] == [
        ("n1", "approved", "Hello {{1}}"), ("n2", "approved", "Hello {{1}}"),
    ]  # fmt: skip
    assert "PageToken=PT1" in faults_server.requests[1].path


def test_after_five_failures_nobody_asks_for_a_while(faults_server: faults.FaultServer) -> None:
    faults_server.script(MESSAGES, faults.server_error(503))
    for _ in range(5):
        assert error_of(faults_server.base).unknown
    error = error_of(faults_server.base)
    assert (error.unknown, error.permanent) == (False, False)
    assert len(faults_server.requests) == 5
    assert budget.state(twilio_api.SERVICE, SID).failures == 5


def test_dates_of_both_kinds() -> None:
    wanted = NOW + timedelta(seconds=5)
    assert twilio_api.moment("Tue, 24 Nov 2026 10:00:05 +0000") == wanted
    assert twilio_api.moment("2026-11-24T10:00:05Z") == wanted
    assert twilio_api.moment(None) is None


def test_a_fault_names_the_service_and_leaves_its_host() -> None:
    words = "twilio cannot be reached at api.twilio.com."
    found = twilio_api.of_fault(http.HttpFault("connect", words, sent=False))
    assert found.message == "Twilio cannot be reached at api.twilio.com."
