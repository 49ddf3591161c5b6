"""A sign-in with Google that runs out, is withdrawn or is renewed by several at once: approved
messages go out once, or wait until somebody has connected again. Through sending and polling."""

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from outreach.models import Mailbox, Task, Touch
from outreach.services import polling, sending, sign_ins
from outreach.tests.fault_world import TUESDAY, approve, at_once, person, state
from outreach.tests.gmail import ACCESS, ADDRESS, ME, connect, error, point_to
from salesagent.accounts import oauth
from salesagent.lib import budget, http
from salesagent.tests.peers.faults import FaultServer, ok, refuse

pytestmark = pytest.mark.django_db
SEND = f"{ME}/messages/send"
ENDED = refuse(400, {"error": "invalid_grant", "error_description": "Token revoked"})
FRESH = "ya29.fresh"


@pytest.fixture(autouse=True)
def google(settings: Any, workspace: Any, faults_server: FaultServer, monkeypatch: Any) -> None:
    """A Gmail that takes everything, and a fresh token for who asks."""
    workspace.mailbox_min_gap = 0
    workspace.save()
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    monkeypatch.setattr(oauth, "wait", lambda seconds: None)
    point_to(settings, faults_server.base)
    fresh = {"access_token": FRESH, "expires_in": 3599, "token_type": "Bearer"}
    faults_server.script("/token", ok(fresh))
    faults_server.script(SEND, ok({"id": "18c2a", "threadId": "18c2a"}))
    faults_server.script(f"{ME}/messages", ok({}))
    faults_server.script(f"{ME}/profile", ok({"historyId": "5", "emailAddress": ADDRESS}))


def asked(server: FaultServer, path: str) -> int:
    return server.paths().count(f"POST {path}")


def letters(server: FaultServer) -> list[str]:
    """The Message-IDs of what Gmail was given."""
    found = []
    for request in server.requests:
        if request.path == SEND:
            raw = base64.urlsafe_b64decode(json.loads(request.body)["raw"] + "==").decode()
            found += [line for line in raw.splitlines() if line.lower().startswith("message-id")]
    return found


def test_a_token_that_has_run_out_is_renewed_and_the_mail_goes_once(
    rep: Any, lead: Any, faults_server: FaultServer
) -> None:
    box = connect(rep, expires_in=-10)
    touch = approve(lead, box)
    assert sending.send_due(TUESDAY).sent == 1 and state(touch) == "sent"
    assert asked(faults_server, "/token") == asked(faults_server, SEND) == 1
    used = [request.header("Authorization") for request in faults_server.requests]
    assert f"Bearer {ACCESS}" not in used


def test_a_token_refused_in_the_middle_is_renewed_and_each_mail_goes_once(
    rep: Any, faults_server: FaultServer
) -> None:
    """401 says for certain that nothing was done: the same mail again, with another token."""
    box = connect(rep)
    for number in range(3):
        approve(person(rep, number), box, number)
    taken = ok({"id": "18c2a", "threadId": "18c2a"})
    faults_server.script(SEND, taken, refuse(401, error(401, "authError")), taken)
    assert sending.send_due(TUESDAY).sent == 3
    ids = letters(faults_server)
    assert len(ids) == 4 and len(set(ids)) == 3 and asked(faults_server, "/token") == 1


def test_withdrawn_it_pauses_tells_and_everything_goes_out_after_connecting_again(
    rep: Any, faults_server: FaultServer
) -> None:
    faults_server.script("/token", ENDED)
    box = connect(rep, expires_in=-10)
    touches = [approve(person(rep, number), box, number) for number in range(4)]
    for hours in (0, 1, 24, 48):
        assert sending.send_due(TUESDAY + timedelta(hours=hours)).sent == 0
    polling.poll_all()
    box.refresh_from_db()
    assert (box.state, box.paused_code) == ("paused", "auth")
    assert asked(faults_server, "/token") == 1, "what was withdrawn is not asked for again"
    assert Task.objects.filter(owner=rep, title=f"{ADDRESS} is paused").count() == 1
    assert {state(touch) for touch in touches} == {"approved"}
    assert {touch.attempts for touch in touches} == {0} and not letters(faults_server)

    fresh = {"access_token": FRESH, "expires_in": 3599, "token_type": "Bearer"}
    faults_server.script("/token", ok(fresh))
    given = sign_ins.SignIn("gmail", ADDRESS, scopes=[], secret={"refresh_token": "new"})
    assert sign_ins.connect(given, user=rep).pk == box.pk
    later = TUESDAY + timedelta(hours=49)
    assert sending.send_due(later).sent == 4 and sending.send_due(later).sent == 0
    assert len(set(letters(faults_server))) == len(letters(faults_server)) == 4
    tokens = [parse_qs(r.body.decode()) for r in faults_server.requests if r.path == "/token"]
    assert tokens[-1]["refresh_token"] == ["new"]


def test_withdrawn_between_two_mails_keeps_the_second(rep: Any, faults_server: FaultServer) -> None:
    """Google ends all tokens at once: the one in use is refused and no other is given."""
    faults_server.script("/token", ENDED)
    box = connect(rep)
    first, second = (approve(person(rep, number), box, number) for number in (1, 2))
    taken = ok({"id": "18c2a", "threadId": "18c2a"})
    faults_server.script(SEND, taken, refuse(401, error(401, "authError")))
    assert sending.send_due(TUESDAY).sent == 1
    assert (state(first), state(second), second.attempts) == ("sent", "approved", 0)
    box.refresh_from_db()
    assert (box.state, box.paused_code) == ("paused", "auth")


def test_sending_and_reading_at_once_renew_once(
    crowd: None, rep: Any, faults_server: FaultServer
) -> None:
    box = connect(rep, expires_in=-10)
    for number in range(3):
        approve(person(rep, number), box, number)
    at_once(
        lambda: sending.send_due(TUESDAY),
        lambda: sending.send_due(TUESDAY),
        lambda: polling.poll(Mailbox.objects.select_related("user").get(pk=box.pk)),
        lambda: polling.poll(Mailbox.objects.select_related("user").get(pk=box.pk)),
    )
    sending.send_due(TUESDAY)
    assert asked(faults_server, "/token") == 1
    assert Touch.objects.filter(state="sent").count() == 3
    assert len(set(letters(faults_server))) == len(letters(faults_server)) == 3


def test_gmail_that_is_busy_rests_the_mailbox_as_long_as_it_says(
    rep: Any, faults_server: FaultServer, monkeypatch: Any
) -> None:
    """Neither the mail that was put off nor the next one of the mailbox goes before."""
    box = connect(rep)
    for number in (1, 2):
        approve(person(rep, number), box, number)
    busy = refuse(429, error(429, "rateLimitExceeded"), **{"Retry-After": "7200"})
    faults_server.script(SEND, busy, ok({"id": "18c2a", "threadId": "18c2a"}))
    assert sending.send_due(TUESDAY).retried == 1
    assert sending.send_due(TUESDAY + timedelta(minutes=119)).sent == 0
    assert asked(faults_server, SEND) == 1
    real = budget.clock()
    monkeypatch.setattr(budget, "clock", lambda: real + 7500)
    assert sending.send_due(TUESDAY + timedelta(minutes=130)).sent == 2
    assert len(set(letters(faults_server))) == 2
