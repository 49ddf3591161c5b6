"""Twilio that is busy, breaks or takes a message and says nothing: no text leaves twice, none is
lost, and its own word on when to come back is kept. Through sending.send_due and reconciling."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Lead
from leads.services import consent
from outreach.models import Task, Touch
from outreach.services import reconciling, send_states, sending
from outreach.tests.fault_world import TUESDAY, state
from outreach.tests.texts import SID, connect, mobile, sid, text
from salesagent.lib import budget, http
from salesagent.tests.peers import faults

pytestmark = pytest.mark.django_db
MESSAGES = f"/2010-04-01/Accounts/{SID}/Messages.json"
TAKEN = faults.ok({"sid": sid(1), "status": "queued"}, 201)
BUSY = {"code": 20429, "message": "Too Many Requests", "status": 429}


@pytest.fixture(autouse=True)
def twilio(
    settings: Any, workspace: Any, faults_server: faults.FaultServer, monkeypatch: Any
) -> faults.FaultServer:
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "twilio": faults_server.base}
    settings.SITE_URL = "https://sales.example"
    connect()
    faults_server.script(MESSAGES, TAKEN)
    return faults_server


@pytest.fixture
def marta(lead: Lead) -> Lead:
    consent.record_consent(lead, "sms", "Web form", "Yes", "lead")
    return mobile(lead)


def posts(server: faults.FaultServer) -> list[dict[str, str]]:
    return [request.form() for request in server.requests if request.method == "POST"]


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The pause that the budget keeps runs by the real clock."""
    real = budget.clock()
    monkeypatch.setattr(budget, "clock", lambda: real + seconds)


FORMS = [(None, 0), ("3", 3), ("600", 600), ("3600", 3600), ("7200.5", 7200), ("soon", 0)]


@pytest.mark.parametrize(("given", "asked"), [*FORMS, ("date", 5300)])
def test_too_many_waits_as_long_as_it_says(
    given: str | None, asked: int, marta: Lead, twilio: faults.FaultServer, monkeypatch: Any
) -> None:
    given = faults.http_date(5400) if given == "date" else given
    touch = text(marta, due_at=TUESDAY)
    twilio.script(MESSAGES, faults.too_many(given, data=BUSY), TAKEN)
    assert sending.send_due(TUESDAY).retried == 1
    assert state(touch) == "approved" and touch.not_before
    wait = touch.not_before - TUESDAY
    assert wait >= timedelta(seconds=max(asked, 300)) and wait < timedelta(hours=3)
    assert sending.send_due(touch.not_before - timedelta(seconds=1)).sent == 0
    assert len(posts(twilio)) == 1
    later(monkeypatch, wait.total_seconds())
    assert sending.send_due(touch.not_before).sent == 1 and state(touch) == "sent"
    first, second = posts(twilio)
    assert first == second, "the same message, with the same key for the report"


def test_a_service_that_always_asks_for_hours_ends_within_two_days(
    marta: Lead, twilio: faults.FaultServer, monkeypatch: Any
) -> None:
    touch = text(marta, due_at=TUESDAY, kind=Touch.Kind.REPLY)
    twilio.script(MESSAGES, faults.too_many("14400", data=BUSY))
    now, tries, real = TUESDAY, 0, budget.clock()
    while state(touch) == "approved":
        monkeypatch.setattr(budget, "clock", lambda at=now: real + (at - TUESDAY).total_seconds())
        sending.send_due(now)
        tries += 1
        touch.refresh_from_db()
        now = max(touch.not_before or now, now)
    assert touch.state == "failed" and tries < len(send_states.BACKOFF)
    assert now - TUESDAY < timedelta(hours=48)
    assert Task.objects.get().title == "A message could not be delivered"


LOST = [faults.server_error(500), faults.server_error(503), faults.reset(), faults.hang_up()]


@pytest.mark.parametrize("step", [*LOST, faults.truncated(), faults.cut_off()])
def test_a_lost_answer_is_looked_up_and_never_sent_again(
    step: faults.Step, marta: Lead, twilio: faults.FaultServer
) -> None:
    """Taken and not answered: our message is found by number, text and time."""
    now = timezone.now()
    touch = text(marta, due_at=now - timedelta(minutes=5), kind=Touch.Kind.REPLY)
    row = {
        "sid": sid(1), "direction": "outbound-api", "body": touch.body, "to": touch.to_address,
        "date_created": now.isoformat(),
    }  # fmt: skip
    twilio.script(MESSAGES, step, faults.ok({"messages": [row]}))
    assert sending.send_due(now).unknown == 1 and state(touch) == "unknown"
    task = Task.objects.get()
    assert task.title == "Did this arrive?" and "Sent folder" not in task.why
    for minutes in (1, 10, 100):
        sending.send_due(now + timedelta(minutes=minutes))
    assert reconciling.reconcile(now + timedelta(minutes=5)) == 1 and state(touch) == "sent"
    assert not Task.objects.filter(state="open").exists()
    sending.send_due(now + timedelta(days=1))
    assert len(posts(twilio)) == 1


def test_a_timeout_after_it_was_taken_is_unknown(
    marta: Lead, twilio: faults.FaultServer, monkeypatch: Any
) -> None:
    real = http.call
    monkeypatch.setattr(
        "outreach.channels.twilio_api.http.call",
        lambda *args, **more: real(*args, **{**more, "timeout": (1, 0.3)}),
    )
    touch = text(marta, due_at=TUESDAY)
    twilio.script(MESSAGES, faults.silence())
    assert sending.send_due(TUESDAY).unknown == 1 and state(touch) == "unknown"
    assert len(posts(twilio)) == 1


def test_a_dead_process_is_looked_up_before_anybody_is_asked(
    marta: Lead, twilio: faults.FaultServer
) -> None:
    now = timezone.now()
    touch = text(marta, state=Touch.State.SENDING, due_at=now, lease_until=now)
    row = {
        "sid": sid(1), "direction": "outbound-api", "body": touch.body, "to": touch.to_address,
        "date_created": (now - timedelta(minutes=4)).isoformat(),
    }  # fmt: skip
    twilio.script(MESSAGES, faults.ok({"messages": [row]}))
    assert sending.recover(now + timedelta(minutes=1)).sent == 1
    assert state(touch) == "sent" and posts(twilio) == [] and not Task.objects.exists()


def test_what_is_not_found_is_a_persons_matter(marta: Lead, twilio: faults.FaultServer) -> None:
    now = timezone.now()
    touch = text(marta, state=Touch.State.SENDING, due_at=now, lease_until=now)
    twilio.script(MESSAGES, faults.ok({"messages": []}))
    assert sending.recover(now + timedelta(minutes=1)).unknown == 1
    assert reconciling.reconcile(now + timedelta(minutes=5)) == 0
    assert state(touch) == "unknown" and posts(twilio) == []
    assert Task.objects.get().kind == "unknown"
