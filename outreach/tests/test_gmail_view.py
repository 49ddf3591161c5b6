"""The way to Google and back: rights shown before, a state that serves once, plain words after."""

import base64
import hashlib
import urllib.parse
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from outreach.channels.gmail_api import READ, SEND
from outreach.models import Mailbox
from outreach.tests.gmail import ADDRESS, connect, id_token, point_to
from outreach.views import gmail
from salesagent.accounts.models import Connection
from salesagent.lib import http
from salesagent.tests.peers import faults
from salesagent.tests.peers.faults import FaultServer, ok, refuse

CONNECT, GO = "/settings/mailboxes/gmail/", "/settings/mailboxes/gmail/go/"
CALLBACK = "/settings/mailboxes/gmail/callback/"


@pytest.fixture(autouse=True)
def _google(settings: Any, faults_server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    point_to(settings, faults_server.base)
    settings.SITE_URL = "https://sales.example"
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    grant(faults_server)


@pytest.fixture
def browser(rep: Any) -> Client:
    client = Client()
    client.force_login(rep)
    return client


def grant(server: FaultServer, scopes: str = f"openid {SEND} {READ}", **values: Any) -> None:
    answer = {
        "access_token": "ya29.access-0123456789",
        "refresh_token": "1//refresh-0123456789",
        "expires_in": 3599,
        "scope": scopes,
        "id_token": id_token(ADDRESS, server.base),
    }
    given = {key: value for key, value in (answer | values).items() if value is not None}
    server.script("/token", ok(given))


def leave(browser: Client, query: str = "") -> dict[str, str]:
    """The query that Google gets."""
    answer = browser.get(GO + query)
    assert answer.status_code == 302
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer["Location"]).query))


def come_back(browser: Client, state: str, **query: str) -> Any:
    return browser.get(CALLBACK, {"code": "4/code", "state": state, **query})


def test_the_rights_are_shown_before_leaving(browser: Client) -> None:
    page = browser.get(CONNECT).content.decode()
    for name, why in gmail.SCOPES.values():
        assert name in page and why in page
    assert "See your email address" in page


def test_without_a_google_app_the_page_says_what_to_do(browser: Client, settings: Any) -> None:
    settings.GOOGLE_CLIENT_ID = ""
    page = browser.get(CONNECT).content.decode()
    assert "docs/gmail.md" in page and f"https://sales.example{CALLBACK}" in page
    assert browser.get(GO)["Location"] == CONNECT


def test_what_google_is_asked(browser: Client, settings: Any, faults_server: FaultServer) -> None:
    """The challenge is the hash of the kept verifier (RFC 7636), each time another one."""
    ours = leave(browser)
    kept = browser.session[gmail.KEY]
    digest = hashlib.sha256(kept["verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert (ours["code_challenge"], ours["code_challenge_method"]) == (challenge, "S256")
    assert (ours["response_type"], ours["access_type"], ours["prompt"]) == (
        "code", "offline", "consent",
    )  # fmt: skip
    assert ours["redirect_uri"] == f"https://sales.example{CALLBACK}"
    assert ours["client_id"] == settings.GOOGLE_CLIENT_ID and ours["state"] == kept["state"]
    assert len(kept["verifier"]) >= 43 and settings.GOOGLE_CLIENT_SECRET not in str(ours)
    again = leave(browser)
    assert again["code_challenge"] != challenge and again["state"] != ours["state"]
    ours, kept = again, browser.session[gmail.KEY]
    come_back(browser, ours["state"])
    sent = faults_server.requests[0].form()
    assert sent == {
        "grant_type": "authorization_code",
        "code": "4/code",
        "code_verifier": kept["verifier"],
        "redirect_uri": f"https://sales.example{CALLBACK}",
        "client_id": settings.GOOGLE_CLIENT_ID,
        "client_secret": settings.GOOGLE_CLIENT_SECRET,
    }


def test_who_comes_back_has_a_mailbox(browser: Client, rep: Any) -> None:
    answer = come_back(browser, leave(browser)["state"])
    box = Mailbox.objects.get()
    assert answer["Location"] == reverse("outreach:mailbox", args=[box.pk])
    assert (box.user, box.address, box.transport) == (rep, ADDRESS, "gmail")
    row = Connection.objects.defer("secret").get()
    assert (row.service, row.account, row.user, row.state) == ("gmail", ADDRESS, rep, "on")
    page = browser.get(answer["Location"]).content.decode()
    assert "Google sign-in" in page and "1//refresh" not in page


def test_a_state_serves_once(browser: Client) -> None:
    state = leave(browser)["state"]
    assert come_back(browser, "x" + state[1:]).status_code == 400
    assert come_back(browser, state).status_code == 400, "used up by the wrong one"
    state = leave(browser)["state"]
    assert come_back(browser, state).status_code == 302
    assert come_back(browser, state).status_code == 400


def test_a_state_lives_ten_minutes(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    state = leave(browser)["state"]
    before = gmail.now
    monkeypatch.setattr(gmail, "now", lambda: before() + 601)
    assert come_back(browser, state).status_code == 400
    assert not Mailbox.objects.exists()


def test_a_state_is_of_one_session(browser: Client, rep: Any, mate: Any) -> None:
    """Nobody can be made to connect somebody else's Google account."""
    state = leave(browser)["state"]
    other = Client()
    other.force_login(mate)
    assert come_back(other, state).status_code == 400
    leave(other)
    assert come_back(other, state).status_code == 400
    assert not Mailbox.objects.exists()


def test_an_unticked_box_is_named_and_nothing_is_stored(
    browser: Client, faults_server: FaultServer
) -> None:
    grant(faults_server, f"openid {SEND}")
    page = come_back(browser, leave(browser)["state"]).content.decode()
    assert "One box was left unticked" in page
    assert gmail.SCOPES[READ][0] in page and gmail.SCOPES[SEND][0] not in page
    assert "Connect again" in page
    assert not Mailbox.objects.exists() and not Connection.objects.exists()


def test_a_wider_right_holds_ours(browser: Client, faults_server: FaultServer) -> None:
    grant(faults_server, "openid https://mail.google.com/")
    assert come_back(browser, leave(browser)["state"]).status_code == 302


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("access_denied", "You did not give access"),
        ("admin_policy_enforced", "administrator"),
        ("server_error", "server_error"),
        ("<script>alert(1)</script>", "unknown"),
    ],
)
def test_a_refusal_is_told_in_plain_words(browser: Client, error: str, words: str) -> None:
    page = come_back(browser, leave(browser)["state"], error=error).content.decode()
    assert words in page and "<script>alert" not in page


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (refuse(400, {"error": "invalid_grant"}), "used already or is too old"),
        (refuse(401, {"error": "invalid_client"}), "GOOGLE_CLIENT_SECRET"),
        (refuse(400, {"error": "redirect_uri_mismatch"}), "redirect address"),
        (faults.server_error(503), "Try again"),
        (faults.reset(), "Try again"),
        (faults.raw(b"[]"), "Try again"),
    ],
)
def test_an_exchange_that_fails_says_what_to_do(
    browser: Client, faults_server: FaultServer, step: faults.Step, words: str
) -> None:
    faults_server.script("/token", step)
    page = come_back(browser, leave(browser)["state"]).content.decode()
    assert words in page
    assert faults_server.paths() == ["POST /token"], "a code is never used twice"
    assert not Connection.objects.exists()


def test_no_refresh_token_is_no_connection(browser: Client, faults_server: FaultServer) -> None:
    grant(faults_server, refresh_token=None)
    page = come_back(browser, leave(browser)["state"]).content.decode()
    assert "no lasting sign-in" in page


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another.apps.example"},
        {"iss": "https://accounts.evil.example"},
        {"exp": 1},
        {"email": ""},
        {"email_verified": False},
    ],
)
def test_a_token_that_is_not_for_us_says_nothing(
    browser: Client, faults_server: FaultServer, claims: dict[str, Any]
) -> None:
    token = id_token(claims.pop("email", ADDRESS), faults_server.base, **claims)
    grant(faults_server, id_token=token)
    page = come_back(browser, leave(browser)["state"]).content.decode()
    assert "whose account this is" in page and not Connection.objects.exists()


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.bnVsbA.c", "a." + "W" * 90_000 + ".c"])
def test_a_broken_token_says_nothing(
    browser: Client, faults_server: FaultServer, token: str
) -> None:
    grant(faults_server, id_token=token)
    assert come_back(browser, leave(browser)["state"]).status_code == 200
    assert not Connection.objects.exists()


def test_an_address_of_somebody_else_is_not_taken(browser: Client, mate: Any) -> None:
    connect(mate)
    page = come_back(browser, leave(browser)["state"]).content.decode()
    assert "somebody else" in page


def test_connecting_again_needs_the_same_account(
    browser: Client, rep: Any, faults_server: FaultServer
) -> None:
    box = connect(rep)
    query = leave(browser, f"?mailbox={box.pk}")
    assert query["login_hint"] == ADDRESS
    grant(faults_server, id_token=id_token("private@gmail.example", faults_server.base))
    page = come_back(browser, query["state"]).content.decode()
    assert "You signed in as private@gmail.example" in page and f"?mailbox={box.pk}" in page
    assert Mailbox.objects.count() == Connection.objects.count() == 1


def test_an_app_in_testing_is_remembered(browser: Client) -> None:
    answer = come_back(browser, leave(browser, "?testing=1")["state"])
    assert Connection.objects.defer("secret").get().ends_at
    page = browser.get(answer["Location"]).content.decode()
    assert "Google ends this sign-in on" in page
    box = Mailbox.objects.get()
    browser.post(reverse("outreach:gmail_testing", args=[box.pk]))
    assert Connection.objects.defer("secret").get().ends_at is None


def test_only_those_who_see_the_mailbox_disconnect_it(
    browser: Client, rep: Any, stranger: Any, faults_server: FaultServer
) -> None:
    box = connect(rep)
    path = reverse("outreach:gmail_disconnect", args=[box.pk])
    outside = Client()
    outside.force_login(stranger)
    assert outside.post(path).status_code == 404
    faults_server.script("/revoke", ok({}))
    assert browser.post(path).status_code == 302
    assert Mailbox.objects.get().state == "off"


def test_a_sign_in_that_has_ended_offers_to_connect_again(browser: Client, rep: Any) -> None:
    box = connect(rep, state="paused", paused_code="auth", paused_reason="Ended. Connect it again.")
    page = browser.get(reverse("outreach:mailbox", args=[box.pk])).content.decode()
    assert f"/settings/mailboxes/gmail/?mailbox={box.pk}" in page
    assert "Send again" not in page and "Answers are still read" not in page
