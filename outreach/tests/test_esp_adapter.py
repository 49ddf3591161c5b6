"""Mail services through anymail: what is asked of them and what their answers mean."""

import json
import logging
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

import pytest

from outreach.channels import esp
from outreach.channels.base import (
    AccountConfig,
    Attachment,
    ChannelError,
    MailboxConfig,
    OutboundMessage,
)
from outreach.channels.email import EmailSession
from outreach.channels.esp_providers import ESPS
from salesagent.lib import http
from salesagent.tests.adapter_case import OutgoingCase
from salesagent.tests.peers import faults
from salesagent.tests.peers.prism import Prism

pytestmark = pytest.mark.django_db
KEY = "key-0123456789abcdef-secret"
BAD_KEY = "Invalid API key"
INACTIVE = (
    "You tried to send to a recipient that has been marked as inactive. Found inactive addresses: "
    "marta@example.org. Inactive recipients are ones that have generated a hard bounce."
)
TO = {"Email": "marta@example.org", "MessageID": 456}
GOOD: dict[str, Any] = {
    "postmark": {"ErrorCode": 0, "Message": "OK", "MessageID": "pm-1", "To": "marta@example.org"},
    "mailgun": {"id": "<mg-1@halden.example>", "message": "Queued. Thank you."},
    "brevo": {"messageId": "<202611211234.1@smtp-relay.mailin.fr>"},
    "resend": {"id": "re-49a3999c-0ce1"},
    "mandrill": [{"email": "marta@example.org", "status": "sent", "_id": "md-abc123"}],
    "sparkpost": {
        "results": {"total_accepted_recipients": 1, "total_rejected_recipients": 0, "id": "sp-1"}
    },
    "mailjet": {"Messages": [{"Status": "success", "To": [TO]}]},
}  # fmt: skip


def account(code: str, base: str) -> AccountConfig:
    return AccountConfig(
        service="esp",
        account=code,
        secret={"api_key": KEY, "secret_key": "second-secret-012345"},
        base_url=base,
    )


def box(code: str, base: str) -> MailboxConfig:
    return MailboxConfig("jonas@halden.example", "esp", account=account(code, base))


MESSAGE = OutboundMessage(
    channel="email",
    to="marta@example.org",
    to_name="Marta Öz",
    text="Hello Marta,\n\nsee https://halden.example/prices\n\nJonas",
    subject="Dächer, 3 Fragen",
    sender="jonas@halden.example",
    sender_name="Jonas Halden",
    message_id="<abc123@halden.example>",
    in_reply_to="<before@halden.example>",
    references="<first@halden.example> <before@halden.example>",
    company="Halden GmbH",
    postal_address="Ring 1, Ulm",
    reason="You get this because you asked us.",
    unsubscribe_url="https://sales.example/u/token/",
    unsubscribe_mailto="jonas@halden.example",
)


def send(code: str, base: str, message: OutboundMessage = MESSAGE) -> Any:
    with esp.EspTransport(box(code, base)).open() as session:
        return EmailSession(session).send(message)


def refused(code: str, server: Any, step: faults.Step) -> ChannelError:
    server.script("*", step)
    with pytest.raises(ChannelError) as caught:
        send(code, server.base)
    return caught.value


@pytest.mark.parametrize("code", GOOD)
def test_each_service_gets_the_whole_mail(code: str, faults_server: Any) -> None:
    faults_server.script("*", faults.ok(GOOD[code]))
    result = send(code, faults_server.base)
    assert result.provider_id
    (request,) = faults_server.requests
    said = request.body.decode("utf-8", "replace")
    if request.header("Content-Type").startswith("application/json"):
        said = json.dumps(json.loads(said), ensure_ascii=False)
    else:
        said = unquote_plus(said)
    for part in (
        "Hello Marta",
        "https://halden.example/prices",
        "https://sales.example/u/token/",
        "List-Unsubscribe-Post",
        "abc123@halden.example",
        "In-Reply-To",
    ):
        assert part in said, part


def test_the_services_own_tracking_is_off(faults_server: Any) -> None:
    faults_server.script("*", faults.ok(GOOD["postmark"]))
    send("postmark", faults_server.base)
    sent = json.loads(faults_server.requests[0].body)
    assert (sent["TrackOpens"], sent["TrackLinks"]) == (False, "None")
    assert {"Name": "Message-ID", "Value": "<abc123@halden.example>"} in sent["Headers"]
    assert {"Name": "X-PM-KeepID", "Value": "true"} in sent["Headers"]
    assert sent["Metadata"] == {"salesagent": "abc123@halden.example"}
    assert faults_server.requests[0].header("X-Postmark-Server-Token") == KEY


def test_files_and_letters_of_all_languages_arrive(faults_server: Any) -> None:
    faults_server.script("*", faults.ok(GOOD["postmark"]))
    file = Attachment("Angebot Dach.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")
    send("postmark", faults_server.base, replace(MESSAGE, attachments=(file,)))
    sent = json.loads(faults_server.requests[0].body)
    assert sent["Subject"] == "Dächer, 3 Fragen"
    assert sent["Attachments"][0]["Name"] == "Angebot Dach.pdf"
    assert sent["Attachments"][0]["ContentType"] == "application/pdf"


@pytest.mark.parametrize(
    ("code", "step", "scope", "permanent", "unknown"),
    [
        ("postmark", faults.refuse(401), "mailbox", True, False),
        ("brevo", faults.refuse(403, {"message": "unrecognised IP"}), "mailbox", True, False),
        ("postmark", faults.too_many("3600"), "provider", False, False),
        ("postmark", faults.server_error(502), "provider", False, True),
        ("postmark", faults.server_error(503), "provider", False, True),
        ("postmark", faults.refuse(408), "provider", False, True),
        ("postmark", faults.reset(), "provider", False, True),
        ("postmark", faults.hang_up(), "provider", False, True),
        ("postmark", faults.truncated(), "provider", False, True),
        ("postmark", faults.raw(b"<html>fine</html>", "text/html"), "provider", False, True),
        (
            "postmark",
            faults.refuse(422, {"ErrorCode": 300, "Message": "Invalid 'To' address: 'x'."}),
            "recipient",
            True,
            False,
        ),
        (
            "postmark",
            faults.refuse(422, {"ErrorCode": 406, "Message": INACTIVE}),
            "recipient",
            True,
            False,
        ),
        (
            "postmark",
            faults.refuse(422, {"ErrorCode": 400, "Message": "The Sender Signature is unknown"}),
            "mailbox",
            True,
            False,
        ),
        (
            "mailgun",
            faults.refuse(400, {"message": "to parameter is not a valid address. check docs"}),
            "recipient",
            True,
            False,
        ),
        ("mailgun", faults.refuse(404, {"message": "Domain not found: x"}), "mailbox", True, False),
        (
            "brevo",
            faults.refuse(400, {"message": "email is not valid in to"}),
            "recipient",
            True,
            False,
        ),
        (
            "resend",
            faults.refuse(422, {"name": "validation_error", "message": "Invalid `to` field."}),
            "recipient",
            True,
            False,
        ),
        (
            "mandrill",
            faults.refuse(500, {"status": "error", "name": "Invalid_Key", "message": BAD_KEY}),
            "mailbox",
            True,
            False,
        ),
        (
            "mandrill",
            faults.ok([{"email": "marta@example.org", "status": "rejected", "_id": "1"}]),
            "recipient",
            True,
            False,
        ),
        ("sparkpost", faults.refuse(420, {"errors": [{"message": "x"}]}), "provider", False, False),
        (
            "sparkpost",
            faults.refuse(400, {"errors": [{"message": "At least one valid recipient"}]}),
            "recipient",
            True,
            False,
        ),
        ("postmark", faults.refuse(413), "recipient", True, False),
        ("postmark", faults.refuse(400, {"Message": "something odd"}), "provider", False, False),
    ],
)
def test_whose_fault_it_is(
    code: str,
    step: faults.Step,
    scope: str,
    permanent: bool,
    unknown: bool,
    faults_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    error = refused(code, faults_server, step)
    assert (error.scope, error.permanent, error.unknown) == (scope, permanent, unknown), error
    assert KEY not in str(error)


def test_a_long_wait_is_passed_on(faults_server: Any) -> None:
    error = refused("postmark", faults_server, faults.too_many("3600"))
    assert error.code == "busy" and error.retry_after == 3600


def test_after_an_unclear_answer_it_is_not_sent_again(faults_server: Any) -> None:
    refused("postmark", faults_server, faults.server_error(500))
    assert len(faults_server.requests) == 1


def test_a_service_that_is_not_connected_says_so() -> None:
    config = MailboxConfig("jonas@halden.example", "esp")
    with pytest.raises(ChannelError, match="not connected"), esp.EspTransport(config).open():
        pass


def test_without_the_package_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, faults_server: Any
) -> None:
    monkeypatch.setattr(esp, "installed", lambda: False)
    with pytest.raises(ChannelError, match="requirements-esp.txt") as caught:
        send("postmark", faults_server.base)
    assert caught.value.scope == "mailbox" and not caught.value.unknown


@pytest.mark.parametrize("code", ESPS)
def test_the_check_asks_something_harmless(code: str, faults_server: Any) -> None:
    faults_server.script("*", faults.ok({"ok": True}))
    assert esp.check(ESPS[code], account(code, faults_server.base)).startswith("ok: ")
    faults_server.script("*", faults.refuse(401))
    with pytest.raises(ChannelError) as caught:
        esp.check(ESPS[code], account(code, faults_server.base))
    assert caught.value.code == "auth"


@pytest.mark.peer
def test_sendgrids_own_description_accepts_the_request(prism_sendgrid: Prism) -> None:
    config = replace(account("sendgrid", prism_sendgrid.base), settings={"region": "us"})
    mailbox = MailboxConfig("jonas@halden.example", "esp", account=config)
    before = prism_sendgrid.complaints()  # other tests provoke some, and share the server
    with esp.EspTransport(mailbox).open() as session:
        result = EmailSession(session).send(MESSAGE)
    assert result.provider_id
    assert "Violation" not in prism_sendgrid.complaints().removeprefix(before)


class TestCalls(OutgoingCase):
    secrets = (KEY, "second-secret-012345")
    errors = (ChannelError,)
    good = faults.ok(GOOD["postmark"])

    def act(self, base: str) -> None:
        logging.getLogger("urllib3").setLevel(logging.INFO)
        send("postmark", base)

    def unknown(self, error: Exception) -> bool:
        return isinstance(error, ChannelError) and error.unknown
