"""Tokens of a sign-in: renewed once, lost only with a reason, never shown."""

import threading
import time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from outreach.models import Mailbox, Task, Touch
from outreach.services import policy, polling, reconciling, sending, sign_ins
from outreach.services.mailboxes import MailboxError
from outreach.tests.gmail import ACCESS, ADDRESS, ME, REFRESH, connect, message, point_to
from salesagent.accounts import connections, oauth
from salesagent.accounts.models import Connection
from salesagent.lib import http
from salesagent.tests.peers import faults
from salesagent.tests.peers.faults import FaultServer, ok, refuse

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # 11:00 in Warsaw
FRESH = "ya29.fresh-token-never-shown"
RENEWED = ok({"access_token": FRESH, "expires_in": 3599, "token_type": "Bearer"})
ENDED = refuse(400, {"error": "invalid_grant", "error_description": "Token has been revoked."})


@pytest.fixture(autouse=True)
def _google(
    settings: Any, faults_server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> FaultServer:
    point_to(settings, faults_server.base)
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    faults_server.script("/token", RENEWED)
    return faults_server


def secret(box: Mailbox) -> dict[str, str]:
    return connections.secret_of(Connection.objects.get(pk=box.connection_id))


def token(box: Mailbox, refused: str = "") -> str:
    assert box.connection_id
    return oauth.access_token(box.connection_id, refused)


def asked(server: FaultServer) -> int:
    return server.paths().count("POST /token")


def test_a_good_token_is_used_as_it_is(rep: Any, faults_server: FaultServer) -> None:
    assert token(connect(rep)) == ACCESS
    assert faults_server.requests == []


def test_a_token_near_its_end_is_renewed_and_kept(rep: Any, faults_server: FaultServer) -> None:
    box = connect(rep, expires_in=60)
    assert token(box) == FRESH and token(box) == FRESH
    assert asked(faults_server) == 1
    form = faults_server.requests[0].form()
    assert form["grant_type"] == "refresh_token" and form["refresh_token"] == REFRESH
    assert secret(box)["refresh_token"] == REFRESH and secret(box)["refreshing"] == ""


def test_a_refused_token_is_replaced_although_it_looks_good(
    rep: Any, faults_server: FaultServer
) -> None:
    box = connect(rep)
    assert token(box, ACCESS) == FRESH
    assert token(box, ACCESS) == FRESH, "somebody has replaced it already"
    assert asked(faults_server) == 1


def test_while_one_renews_the_others_use_what_is_still_good(
    rep: Any, faults_server: FaultServer
) -> None:
    box = connect(rep, expires_in=120)
    row = Connection.objects.get(pk=box.connection_id)
    connections.renew(row, {**secret(box), "refreshing": str(time.time() + 60)})
    assert token(box) == ACCESS
    assert faults_server.requests == []


def test_a_process_that_died_while_renewing_is_not_waited_for_for_ever(
    rep: Any, faults_server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = connect(rep, expires_in=-10)
    row = Connection.objects.get(pk=box.connection_id)
    connections.renew(row, {**secret(box), "refreshing": str(time.time() + 60)})
    monkeypatch.setattr(oauth, "wait", lambda seconds: None)
    with pytest.raises(oauth.OAuthError) as caught:
        token(box)
    assert not caught.value.permanent
    monkeypatch.setattr(oauth, "now", lambda: time.time() + 61)
    assert token(box) == FRESH


def test_a_new_sign_in_is_not_overwritten_by_an_old_renewal(
    rep: Any, faults_server: FaultServer
) -> None:
    box = connect(rep, expires_in=-10)
    old = Connection.objects.get(pk=box.connection_id)
    connections.save("gmail", account=ADDRESS, user=rep, secret={"refresh_token": "new"})
    assert not connections.renew(old, {"refresh_token": REFRESH})
    assert secret(box)["refresh_token"] == "new"


def ask_at_once(box: Mailbox, count: int) -> list[str]:
    found: list[str] = []
    start = threading.Barrier(count)

    def ask() -> None:
        try:
            start.wait()
            found.append(token(box))
        finally:
            database.close()

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_many_threads_at_once_ask_once(crowd: None, rep: Any, faults_server: FaultServer) -> None:
    assert ask_at_once(connect(rep, expires_in=-10), 12) == [FRESH] * 12
    assert asked(faults_server) == 1


def test_several_processes_at_once_ask_once(
    crowd: None, rep: Any, faults_server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lock inside a process, the lease in the row has to do it."""
    monkeypatch.setattr(oauth, "_lock", lambda pk: nullcontext())
    assert ask_at_once(connect(rep, expires_in=-10), 6) == [FRESH] * 6
    assert asked(faults_server) == 1


@pytest.mark.parametrize(
    "step",
    [faults.server_error(503), faults.reset(), faults.raw(b"<html>"), faults.too_many("120")],
)
def test_what_passes_does_not_end_the_sign_in(
    rep: Any, faults_server: FaultServer, step: faults.Step
) -> None:
    faults_server.script("/token", step)
    box = connect(rep, expires_in=-10)
    with pytest.raises(oauth.OAuthError) as caught:
        token(box)
    assert not caught.value.permanent
    assert Connection.objects.get(pk=box.connection_id).state == "waiting"
    faults_server.script("/token", RENEWED)
    assert token(box) == FRESH
    assert Connection.objects.get(pk=box.connection_id).state == "on"


def test_a_wrong_client_secret_is_no_fault_of_the_sign_in(
    rep: Any, faults_server: FaultServer
) -> None:
    faults_server.script("/token", refuse(401, {"error": "invalid_client"}))
    box = connect(rep, expires_in=-10)
    with pytest.raises(oauth.OAuthError, match="GOOGLE_CLIENT_SECRET"):
        token(box)
    faults_server.script("/token", RENEWED)
    assert token(box) == FRESH, "nobody has to connect again"


def approved(lead: Any, box: Mailbox) -> Touch:
    touch = Touch(
        lead=lead, mailbox=box, kind="manual", channel="email", to_address=lead.email,
        subject="Question", body="Text", state="approved", message_id="<9@halden.example>",
        due_at=TUESDAY - timedelta(hours=1), approved_by=box.user,
    )  # fmt: skip
    touch.approved_hash = policy.text_hash(touch)
    touch.save()
    return touch


def test_a_withdrawn_sign_in_pauses_the_mailbox_and_keeps_its_touches(
    rep: Any, lead: Any, workspace: Any, faults_server: FaultServer
) -> None:
    faults_server.script("/token", ENDED)
    box = connect(rep, expires_in=-10)
    touch = approved(lead, box)
    sending.send_due(TUESDAY)
    box.refresh_from_db()
    touch.refresh_from_db()
    assert (box.state, box.paused_code) == ("paused", "auth")
    assert "Connect it again" in box.paused_reason
    assert touch.state == "approved"
    assert Task.objects.filter(kind="attention", owner=rep).count() == 1
    polling.poll_all()
    polling.poll_all()
    assert asked(faults_server) == 1, "invalid_grant is never asked again"
    give(rep)
    box.refresh_from_db()
    assert (box.state, box.paused_code, box.paused_reason) == ("active", "", "")


def test_reading_notices_a_withdrawn_sign_in_at_once(rep: Any, faults_server: FaultServer) -> None:
    faults_server.script("/token", ENDED)
    box = connect(rep, expires_in=-10)
    polling.poll_all()
    box.refresh_from_db()
    assert (box.state, box.paused_code) == ("paused", "auth")


def give(user: Any, **values: Any) -> Mailbox:
    given = {"service": "gmail", "account": ADDRESS, "scopes": [], "secret": {"refresh_token": "n"}}
    return sign_ins.connect(sign_ins.SignIn(**(given | values)), user=user)


def test_after_seven_days_the_reason_is_named(rep: Any, faults_server: FaultServer) -> None:
    faults_server.script("/token", ENDED)
    box = connect(rep, expires_in=-10)
    week = timezone.now() - timedelta(days=7, hours=1)
    Connection.objects.update(settings={"signed_in_at": str(week.timestamp())})
    with pytest.raises(oauth.OAuthError, match="publish the app"):
        token(box)
    assert box.connection_id


def test_a_testing_app_is_warned_of_two_days_before_once(rep: Any) -> None:
    box = give(rep, testing=True)
    now = timezone.now()
    assert sign_ins.warn(now) == 0
    later = now + timedelta(days=5, minutes=1)
    assert sign_ins.warn(later) == 1 and sign_ins.warn(later) == 0
    task = Task.objects.get(kind="attention")
    assert task.owner == rep and ADDRESS in task.title
    sign_ins.set_testing(box, False, user=rep)
    assert Connection.objects.get(pk=box.connection_id).ends_at is None
    sign_ins.set_testing(box, True, user=rep)
    assert sign_ins.warn(later) == 0, "the same end, warned of already"


def test_google_may_say_itself_when_it_ends(rep: Any) -> None:
    box = give(rep, ends_in=604_799)
    ends = Connection.objects.get(pk=box.connection_id).ends_at
    assert ends and abs(ends - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)


def test_a_mailbox_with_a_password_is_taken_over(rep: Any) -> None:
    old = Mailbox.objects.create(
        user=rep, address=ADDRESS.upper(), from_name="J", password="app-password", last_uid=7
    )
    box = give(rep)
    assert box.pk == old.pk
    box = Mailbox.objects.get(pk=old.pk)
    assert (box.transport, box.password, box.last_uid) == ("gmail", "", 0)


def test_a_mailbox_of_somebody_else_is_not_taken(rep: Any, mate: Any) -> None:
    connect(mate)
    with pytest.raises(MailboxError, match="somebody else"):
        give(rep)
    assert Connection.objects.count() == 1


def test_a_pause_for_another_reason_stays(rep: Any) -> None:
    box = connect(rep, state="paused", paused_code="bounces", paused_reason="Too many bounces")
    give(rep)
    box.refresh_from_db()
    assert box.state == "paused"


def test_disconnecting_gives_the_sign_in_back(rep: Any, faults_server: FaultServer) -> None:
    faults_server.script("/revoke", ok({}))
    box = connect(rep)
    assert sign_ins.disconnect(box, user=rep)
    box.refresh_from_db()
    assert box.state == "off"
    assert Connection.objects.get(pk=box.connection_id).secret == ""
    assert faults_server.requests[-1].form() == {"token": REFRESH}
    with pytest.raises(oauth.OAuthError):
        token(box)
    give(rep)
    box.refresh_from_db()
    assert box.state == "active"


def test_disconnecting_leaves_another_service_of_the_account_alone(
    rep: Any, faults_server: FaultServer
) -> None:
    box = connect(rep)
    connections.save("drive", account=ADDRESS, user=None, secret={"refresh_token": "d"})
    assert sign_ins.disconnect(box, user=rep)
    assert faults_server.requests == []
    assert Connection.objects.get(service="drive").secret


def test_an_unknown_send_is_settled_when_it_turns_up(
    rep: Any, lead: Any, workspace: Any, faults_server: FaultServer
) -> None:
    box = connect(rep)
    touch = approved(lead, box)
    faults_server.script(f"{ME}/messages/send", faults.reset())
    faults_server.script(f"{ME}/messages", ok({}))
    sending.send_due(TUESDAY)
    touch.refresh_from_db()
    assert touch.state == "unknown" and Task.objects.filter(kind="unknown").exists()
    assert reconciling.reconcile() == 0
    faults_server.script(f"{ME}/messages", ok({"messages": [{"id": "a1"}]}))
    faults_server.script(f"{ME}/messages/a1", ok(message("a1", labels=["SENT"])))
    assert reconciling.reconcile() == 1 and reconciling.reconcile() == 0
    touch.refresh_from_db()
    assert touch.state == "sent"
    assert not Task.objects.filter(kind="unknown", state="open").exists()
    assert faults_server.paths().count(f"POST {ME}/messages/send") == 1


def test_tokens_stand_nowhere_in_clear(
    crowd: None, rep: Any, faults_server: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the file, the log, the error texts; a column that is not encrypted would show."""
    box = connect(rep, expires_in=-10)
    token(box)
    said = {"error": "invalid_grant", "error_description": f"bad {REFRESH} {FRESH}"}
    faults_server.script("/token", refuse(400, said))
    with pytest.raises(oauth.OAuthError) as caught:
        token(box, FRESH)
    row = Connection.objects.defer("secret").get(pk=box.connection_id)
    texts = [caplog.text, repr(caught.value), row.error]
    if database.vendor == "sqlite":
        with database.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        path = Path(str(database.settings_dict["NAME"]))
        texts += [one.read_bytes().decode("latin-1") for one in path.parent.glob(f"{path.name}*")]
        assert "invalid_grant" not in row.error and ADDRESS in texts[-1] + texts[3]
    for hidden in (REFRESH, FRESH, "client-secret-never-shown"):
        assert not any(hidden in text for text in texts)


def test_a_sign_in_that_cannot_be_decrypted_pauses_and_says_so(
    rep: Any, lead: Any, workspace: Any, settings: Any, faults_server: FaultServer
) -> None:
    box = connect(rep)
    touch = approved(lead, box)
    settings.SECRET_KEY = "another-key-0123456789-0123456789-0123456789"
    settings.DATA_KEYS = []
    sending.send_due(TUESDAY)
    box = Mailbox.objects.defer("password").get(pk=box.pk)
    touch.refresh_from_db()
    assert (box.state, touch.state) == ("paused", "approved")
    assert faults_server.requests == []
