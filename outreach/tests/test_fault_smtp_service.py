"""Mail servers that say "later", refuse or fall silent: what becomes of the touch, the person, the
mailbox. Through sending.send_due and our SMTP transport, against servers on loopback."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bench.smtp_sink import Script, Sink
from leads.models import Suppression, ThreadEvent
from outreach.channels import smtp
from outreach.models import Enrollment, Mailbox, Task, Touch
from outreach.services import send_states, sending
from outreach.tests.fault_world import (
    STAGES,
    TUESDAY,
    approve,
    at_server,
    person,
    sequence_touch,
    stalling,
    state,
)

TWO_DAYS = timedelta(hours=48)
REAL_WAITS = (smtp.CONNECT_TIMEOUT, smtp.REPLY_TIMEOUT)


@pytest.fixture(autouse=True)
def _no_gap_and_short_waits(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.mailbox_min_gap = 0
    workspace.save()
    monkeypatch.setattr(smtp, "CONNECT_TIMEOUT", 0.5)
    monkeypatch.setattr(smtp, "REPLY_TIMEOUT", 0.3)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def server(script: Script, mailbox: Mailbox) -> Iterator[Sink]:
    with Sink(script) as sink:
        at_server(mailbox, sink.port)
        yield sink


def next_try(touch: Touch, mailbox: Mailbox) -> Any:
    touch.refresh_from_db()
    mailbox.refresh_from_db()
    return max(at for at in (touch.not_before, mailbox.next_free_at, TUESDAY) if at)


def ids(sink: Sink) -> list[bytes]:
    return [line for mail in sink.mails for line in mail.splitlines() if b"Message-ID" in line]


# --- 3: later ---

LATER = [
    {"connect": "421 4.3.2 too busy"},
    {"mail": "451 4.3.0 later"},
    {"rcpt": "421 4.7.0 too many connections"},
    {"rcpt": "450 4.2.0 greylisted"},
    {"rcpt": "451 4.7.1 greylisted"},
    {"rcpt": "452 4.2.2 mailbox full"},
    {"data": "451 4.3.0 later"},
    {"body": "452 4.3.1 no room"},
]


@pytest.mark.parametrize("answers", LATER)
def test_later_is_tried_again_with_the_same_message_id(
    answers: dict[str, str], script: Script, server: Sink, lead: Any, mailbox: Mailbox
) -> None:
    script.answers, script.times = answers, 1
    touch = approve(lead, mailbox)
    assert sending.send_due(TUESDAY).sent == 0
    assert state(touch) == "approved" and not server.mails
    again = next_try(touch, mailbox)
    assert TUESDAY + timedelta(minutes=5) <= again <= TUESDAY + timedelta(minutes=6)
    assert sending.send_due(again - timedelta(seconds=1)).sent == 0
    assert sending.send_due(again).sent == 1
    assert state(touch) == "sent" and ids(server) == [b"Message-ID: <1@halden.example>"]
    assert not Suppression.objects.exists() and mailbox.state == "active"


def test_the_waits_grow_spread_and_end_before_two_days_with_a_task(
    script: Script, server: Sink, lead: Any, mailbox: Mailbox
) -> None:
    script.answers = {"rcpt": "450 4.2.0 greylisted"}
    touch = approve(lead, mailbox)
    now, waits = TUESDAY, []
    while state(touch) == "approved":
        sending.send_due(now)
        later = next_try(touch, mailbox)
        waits.append(later - now)
        now = later
    tries = [command for command in server.commands if command.upper().startswith("RCPT")]
    assert len(tries) == len(send_states.BACKOFF) + 1 and len(set(tries)) == 1
    steps = zip(send_states.BACKOFF, waits, strict=False)
    assert all(base <= wait / timedelta(minutes=1) <= base * 1.05 for base, wait in steps)
    assert timedelta(hours=40) < now - TUESDAY < TWO_DAYS
    assert (touch.state, touch.message_id) == ("failed", "<1@halden.example>")
    task = Task.objects.get()
    assert task.lead == lead and "greylisted" in task.why
    assert not Suppression.objects.exists() and mailbox.state == "active"
    assert sending.send_due(now + timedelta(days=30)).sent == 0


def test_many_that_were_put_off_do_not_come_back_at_once(
    script: Script, server: Sink, rep: Any, mailbox: Mailbox
) -> None:
    script.answers = {"rcpt": "451 4.7.1 later"}
    for number in range(8):
        approve(person(rep, number), mailbox, number)
    assert sending.send_due(TUESDAY).retried == 8
    assert len(set(Touch.objects.values_list("not_before", flat=True))) == 8


def test_a_server_that_stays_busy_is_told_after_an_hour_and_loses_nothing(
    script: Script, server: Sink, lead: Any, mailbox: Mailbox
) -> None:
    script.answers = {"connect": "421 4.3.2 shutting down"}
    Mailbox.objects.update(last_sent_at=TUESDAY - timedelta(minutes=10))
    touch = approve(lead, mailbox)
    for minutes in range(0, 120, 6):
        assert Task.objects.exists() == (minutes > 54)
        sending.send_due(TUESDAY + timedelta(minutes=minutes))
    assert Task.objects.get().title == "Mail from jonas@halden.example does not go out"
    assert state(touch) == "approved" and touch.attempts == 0
    script.answers = {}
    assert sending.send_due(TUESDAY + TWO_DAYS).sent == 1


# --- 4: no ---


@pytest.mark.parametrize("phase", ["rcpt", "body"])
def test_no_such_address_suppresses_it_and_stops_everything_to_it(
    phase: str, script: Script, server: Sink, lead: Any, mailbox: Mailbox, sequence: Any,
    run_queue: Any,
) -> None:  # fmt: skip
    script.answers, script.times = {phase: "550 5.1.1 no such user"}, 1
    touch = sequence_touch(lead, mailbox, sequence)
    by_hand = approve(lead, mailbox, 2, due_at=TUESDAY + timedelta(hours=1))
    assert sending.send_due(TUESDAY).failed == 1
    run_queue()
    found = Suppression.objects.get()
    assert (found.reason, found.channel) == ("hard_bounce", "email")
    row = Enrollment.objects.get()
    assert (row.state, row.reason) == ("stopped", "hard_bounce")
    assert (state(touch), state(by_hand)) == ("failed", "cancelled")
    sending.send_due(TUESDAY + timedelta(days=1))
    assert not server.mails
    mailbox.refresh_from_db()
    assert mailbox.state == "active"


def test_a_message_by_hand_that_finds_no_address_stops_the_sequence_too(
    script: Script, server: Sink, lead: Any, mailbox: Mailbox, sequence: Any, run_queue: Any
) -> None:
    script.answers, script.times = {"rcpt": "550 5.1.1 no such user"}, 1
    waiting = sequence_touch(lead, mailbox, sequence, due_at=TUESDAY + timedelta(hours=1))
    approve(lead, mailbox, 2)
    assert sending.send_due(TUESDAY).failed == 1
    run_queue()
    assert Enrollment.objects.get().state == "stopped" and state(waiting) == "cancelled"


REFUSED = [
    {"rcpt": "550 5.7.1 blocked by policy"},
    {"rcpt": "554 5.7.1 rejected as spam"},
    {"rcpt": "554 refused"},
    {"body": "550 5.7.26 unauthenticated sender"},
    {"body": "554 5.7.1 content rejected"},
]


@pytest.mark.parametrize("answers", REFUSED)
def test_refused_because_of_us_pauses_after_three_and_blames_nobody(
    answers: dict[str, str], script: Script, server: Sink, rep: Any, mailbox: Mailbox, sequence: Any
) -> None:
    script.answers = answers
    touches = [
        sequence_touch(person(rep, n), mailbox, sequence, message_id=f"<{n}@halden.example>")
        for n in range(4)
    ]
    for number in (1, 2, 3):
        mailbox.refresh_from_db()
        assert (mailbox.state, mailbox.policy_errors) == ("active", number - 1)
        sending.send_due(TUESDAY)
    mailbox.refresh_from_db()
    assert (mailbox.state, mailbox.paused_code) == ("paused", "policy")
    assert "Three mails in a row were rejected" in mailbox.paused_reason
    assert Task.objects.get().title == "jonas@halden.example is paused"
    assert {state(touch) for touch in touches} == {"approved"}
    assert not Suppression.objects.exists()
    assert set(Enrollment.objects.values_list("state", flat=True)) == {"active"}
    assert sending.send_due(TUESDAY + timedelta(hours=2)) == sending.Sent()


# --- 5: silence ---


def test_the_waits_are_bounded() -> None:
    """The real values, which the other tests cut short."""
    assert all(0 < seconds <= 30 for seconds in REAL_WAITS)


@pytest.mark.parametrize("end", ["silence", "reset"])
@pytest.mark.parametrize("stage", STAGES[:-1])
def test_before_the_content_nothing_has_left_and_it_goes_again(
    stage: str, end: str, lead: Any, mailbox: Mailbox
) -> None:
    touch = approve(lead, mailbox)
    with stalling(stage, end) as server:
        at_server(mailbox, server.port)
        counts = sending.send_due(TUESDAY)
    assert (counts.sent, counts.unknown, server.bodies) == (0, 0, 0)
    assert state(touch) == "approved" and not Task.objects.exists()
    mailbox.refresh_from_db()
    assert mailbox.state == "active" and mailbox.last_error
    with Sink() as sink:
        at_server(mailbox, sink.port)
        assert sending.send_due(next_try(touch, mailbox)).sent == 1
        assert ids(sink) == [b"Message-ID: <1@halden.example>"]


@pytest.mark.parametrize(("end", "arrived"), [("silence", 1), ("reset", 0)])
def test_from_the_content_on_a_person_decides_and_nothing_goes_twice(
    end: str, arrived: int, lead: Any, mailbox: Mailbox, rep: Any
) -> None:
    """Taken and then silence, or a reset in the middle: both look the same from here."""
    touch = approve(lead, mailbox)
    with stalling("body", end) as server:
        at_server(mailbox, server.port)
        assert sending.send_due(TUESDAY).unknown == 1
        assert (server.tries, server.bodies) == (1, arrived)
        assert state(touch) == "unknown"
        for hours in (1, 5, 50, 500):
            sending.send_due(TUESDAY + timedelta(hours=hours))
            sending.recover(TUESDAY + timedelta(hours=hours))
        assert server.tries == 1 and state(touch) == "unknown"
    task = Task.objects.get(state="open")
    assert (task.kind, task.title) == ("unknown", "Did this arrive?")
    assert ThreadEvent.objects.filter(kind="touch.unknown").count() == 1
    assert sending.resolve(touch, True, rep) and state(touch) == "sent"
