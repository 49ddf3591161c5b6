"""The peers themselves: each starts, does what its helpers promise, and shows its known limits."""

import base64
import hashlib
import hmac
import imaplib
import smtplib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from outreach.tests.peers import PASSWORD, USER
from salesagent.tests.peers.emulate import TWILIO_SID, TWILIO_TOKEN, Google, Twilio
from salesagent.tests.peers.postfix import Postfix
from salesagent.tests.peers.prism import Prism
from salesagent.tests.peers.web import Sink, call

CALLBACK = "http://testserver/settings/connections/google/callback"


def tokens(google: Google, location: str, **more: str) -> dict[str, str]:
    code = parse_qs(urlsplit(location).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **more}
    form |= {"client_id": google.client_id, "client_secret": google.client_secret}
    answer = call("POST", google.token_url, form=form)
    assert answer.status == 200, answer.text
    found: dict[str, str] = answer.json()
    return found


@pytest.mark.peer
def test_google_consent_gives_tokens_and_revoke_takes_them(emulate_google: Google) -> None:
    emulate_google.allow_redirect(CALLBACK)
    location = emulate_google.consent(emulate_google.authorize_link(CALLBACK, state="s1"))
    assert location.startswith(CALLBACK) and parse_qs(urlsplit(location).query)["state"] == ["s1"]
    got = tokens(emulate_google, location)
    assert call("GET", emulate_google.userinfo_url, bearer=got["access_token"]).json()["email"] == (
        emulate_google.user
    )
    emulate_google.revoke(got["refresh_token"])
    form = {"grant_type": "refresh_token", "refresh_token": got["refresh_token"]}
    form |= {
        "client_id": emulate_google.client_id,
        "client_secret": emulate_google.client_secret,
    }
    answer = call("POST", emulate_google.token_url, form=form)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.peer
def test_google_refuses_another_redirect(emulate_google: Google) -> None:
    with pytest.raises(AssertionError, match="not registered"):
        emulate_google.consent(emulate_google.authorize_link("https://evil.example/x"))


@pytest.mark.peer
def test_gmail_reply_lands_in_the_thread(emulate_google: Google) -> None:
    mail = b"From: jonas@halden.example\r\nTo: marta@polna.example\r\nSubject: Alarms\r\n"
    mail += b"Message-ID: <one@halden.example>\r\n\r\nHello\r\n"
    url = f"{emulate_google.base}/gmail/v1/users/me/messages/send"
    sent = call(
        "POST",
        url,
        data={"raw": base64.urlsafe_b64encode(mail).decode()},
        bearer=emulate_google.token,
    ).json()
    reply = emulate_google.import_reply(
        "<one@halden.example>", "marta@polna.example", "Yes, gladly"
    )
    assert reply["threadId"] == sent["threadId"]
    assert [emulate_google.header(m, "From") for m in emulate_google.messages()] == [
        "jonas@halden.example",
        "marta@polna.example",
    ]
    assert emulate_google.raw(sent["id"]) == mail


@pytest.mark.peer
def test_each_test_finds_an_empty_mailbox(emulate_google: Google) -> None:
    assert emulate_google.messages() == [] and emulate_google.files() == []


def signature(url: str, form: dict[str, str], token: str) -> str:
    """Twilio's rule: HMAC-SHA1 over the address and the sorted fields."""
    text = url + "".join(key + form[key] for key in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


@pytest.mark.peer
def test_twilio_inbound_is_delivered_signed(emulate_twilio: Twilio, webhook_sink: Sink) -> None:
    url = webhook_sink.url("/hooks/twilio")
    emulate_twilio.set_inbound_url(url)
    emulate_twilio.simulate_inbound("+4915112345678", "STOP")
    emulate_twilio.simulate_inbound("whatsapp:+4915112345678", "Hallo", emulate_twilio.whatsapp)
    first, second = webhook_sink.requests
    assert first.form()["Body"] == "STOP" and second.form()["From"] == "whatsapp:+4915112345678"
    for request in (first, second):
        wanted = signature(url, request.form(), emulate_twilio.token)
        assert request.header("X-Twilio-Signature") == wanted


@pytest.mark.peer
def test_twilio_status_goes_to_the_callback(emulate_twilio: Twilio, webhook_sink: Sink) -> None:
    form = {"To": "+4915112345678", "From": emulate_twilio.number, "Body": "Hello"}
    form["StatusCallback"] = webhook_sink.url("/hooks/status")
    url = f"{emulate_twilio.base}/2010-04-01/Accounts/{emulate_twilio.sid}/Messages.json"
    sent = call("POST", url, form=form, basic=(emulate_twilio.sid, emulate_twilio.token))
    assert sent.status == 201
    emulate_twilio.simulate_status(sent.json()["sid"], "delivered")
    assert [each.form()["MessageStatus"] for each in webhook_sink.requests] == [
        "queued",
        "delivered",
    ]
    assert [each["status"] for each in emulate_twilio.messages()] == ["delivered"]


@pytest.mark.peer
def test_twilio_refuses_a_wrong_token(emulate_twilio: Twilio) -> None:
    url = f"{emulate_twilio.base}/2010-04-01/Accounts/{emulate_twilio.sid}.json"
    answer = call("GET", url, basic=(emulate_twilio.sid, "wrong"))
    assert (answer.status, answer.json()["code"]) == (401, 20003)


@pytest.mark.peer
def test_prism_judges_a_twilio_message(prism_twilio: Prism) -> None:
    url = f"{prism_twilio.base}/2010-04-01/Accounts/{TWILIO_SID}/Messages.json"
    form = {"To": "+4915112345678", "From": "+15005550006", "Body": "Hello"}
    basic = (TWILIO_SID, "x")
    assert call("POST", url, form=form, basic=basic).status == 201
    assert call("POST", url, form=form).status == 401
    wrong = form | {"StatusCallback": "not an address", "ValidityPeriod": "soon"}
    assert call("POST", url, form=wrong, basic=basic).status == 422, prism_twilio.complaints()


@pytest.mark.peer
def test_prism_knows_templates(prism_twilio_content: Prism) -> None:
    answer = call("GET", f"{prism_twilio_content.base}/v1/Content", basic=(TWILIO_SID, "x"))
    assert answer.status == 200 and "contents" in answer.json()


@pytest.mark.peer
def test_prism_knows_lookups(prism_twilio_lookups: Prism) -> None:
    url = f"{prism_twilio_lookups.base}/v2/PhoneNumbers/+4915112345678"
    assert "phone_number" in call("GET", url, basic=(TWILIO_SID, "x")).json()


@pytest.mark.peer
def test_prism_judges_a_sendgrid_mail(prism_sendgrid: Prism) -> None:
    url = f"{prism_sendgrid.base}/v3/mail/send"
    mail = {
        "personalizations": [{"to": [{"email": "marta@polna.example"}]}],
        "from": {"email": "jonas@halden.example"},
        "subject": "Alarms",
        "content": [{"type": "text/plain", "value": "Hello"}],
    }
    assert call("POST", url, data=mail, bearer="SG.x").status == 202
    refused = call("POST", url, data={"subject": "Alarms"}, bearer="SG.x")
    assert refused.status == 400 and refused.json()["errors"]


def send(relay: Postfix, to: str) -> None:
    text = f"From: {USER}\r\nTo: {to}\r\nSubject: Alarms\r\nMessage-ID: <{to}>\r\n\r\nHello\r\n"
    with smtplib.SMTP("127.0.0.1", relay.port) as client:
        client.sendmail(USER, [to], text)


@pytest.mark.peer
@pytest.mark.parametrize(
    ("who", "status"),
    [("unknown", "5.1.1"), ("full", "5.2.2"), ("policy", "5.7.1"), ("old", "5.0.0")],
)
def test_a_refused_mail_comes_back(postfix_relay: Postfix, who: str, status: str) -> None:
    send(postfix_relay, f"{who}@polna.example")
    (report,) = postfix_relay.bounces()
    assert b"report-type=delivery-status" in report and f"Status: {status}".encode() in report
    assert f"Message-ID: <{who}@polna.example>".encode() in report
    with imaplib.IMAP4("127.0.0.1", postfix_relay.dovecot.port) as client:
        client.login(USER, PASSWORD)
        client.select("INBOX")
        _, (found,) = client.search(None, "TEXT", f"<{who}@polna.example>")
        assert found.split(), "the report is read over IMAP as well"


@pytest.mark.peer
def test_a_good_mail_arrives_and_one_that_waits_fails_at_last(postfix_relay: Postfix) -> None:
    send(postfix_relay, "marta@polna.example")
    assert postfix_relay.arrived()[0][1] == ["marta@polna.example"]
    send(postfix_relay, "greylist@polna.example")
    postfix_relay.wait(lambda: "Greylisted" in postfix_relay.waiting())
    postfix_relay.expire()
    (report,) = postfix_relay.bounces()
    assert b"Action: failed" in report and b"Status: 4.2.0" in report


def client(base: str) -> Any:
    """Twilio's own client, sent to a server on loopback instead of its hosts."""
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    class Here(TwilioHttpClient):
        def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
            return super().request(method, base + urlsplit(url).path, *args, **more)

    return Client(TWILIO_SID, TWILIO_TOKEN, http_client=Here(timeout=10, max_retries=0))


@pytest.mark.peer
def test_twilios_own_client_and_validator_agree(
    emulate_twilio: Twilio, prism_twilio: Prism, webhook_sink: Sink
) -> None:
    from twilio.request_validator import RequestValidator

    url = webhook_sink.url("/hooks/status?touch=7")
    given = {"to": "+4915112345678", "from_": emulate_twilio.number, "body": "Hello"}
    for base in (emulate_twilio.base, prism_twilio.base):
        assert client(base).messages.create(**given, status_callback=url).sid.startswith("SM")
    (request,) = webhook_sink.requests
    signed = request.header("X-Twilio-Signature")
    assert RequestValidator(emulate_twilio.token).validate(url, request.form(), signed)
    assert not RequestValidator("another").validate(url, request.form(), signed)
