"""A bounce storm, or two complaints, as they come in by mail: the mailbox stops by itself and says
why, what was approved waits, and nothing more leaves."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Suppression
from outreach.channels.fake import Fake
from outreach.models import Mailbox, Task, Touch
from outreach.services import guards, polling, sending
from outreach.services.transports import transport_for
from outreach.tests.fault_world import approve, person, state
from outreach.tests.mails import bounce


@pytest.fixture(autouse=True)
def _fake_mail(settings: Any, workspace: Any) -> None:
    Fake.reset()
    settings.CHANNELS = {**settings.CHANNELS, "email": "outreach.channels.fake.Fake"}


@pytest.fixture
def box(mailbox: Mailbox) -> Mailbox:
    before = timezone.now() - timedelta(hours=1)
    Mailbox.objects.update(min_gap=0, daily_cap=1000, poll_from=before)
    mailbox.refresh_from_db()
    return mailbox


def sent(box: Mailbox, count: int) -> list[Touch]:
    """So many messages that have gone out, each to somebody else."""
    now = timezone.now()
    people = [person(box.user, number) for number in range(count)]
    touches = [
        approve(one, box, number, due_at=now, message_id=f"<{number}@halden.example>")
        for number, one in enumerate(people)
    ]
    assert sending.send_due(now, limit=count).sent == count
    return touches


def report(box: Mailbox, touch: Touch, **changes: Any) -> Mailbox:
    transport: Any = transport_for(box)
    transport.deliver(bounce(str(touch.message_id), recipient=touch.to_address, **changes))
    box.refresh_from_db()
    assert polling.poll(box) == 1
    box.refresh_from_db()
    return box


def waits(box: Mailbox, lead: Any) -> None:
    """What was approved stays so; neither this tick nor tomorrow's sends it."""
    now, before = timezone.now(), len(Fake.sent)
    touch = approve(lead, box, 999, due_at=now)
    for days in (0, 1, 2):
        assert sending.send_due(now + timedelta(days=days)).sent == 0
    assert state(touch) == "approved" and len(Fake.sent) == before


@pytest.mark.parametrize(("count", "storm"), [(10, 3), (40, 2), (60, 3)])
def test_five_percent_bounces_pause_with_the_numbers(
    count: int, storm: int, box: Mailbox, lead: Any, run_queue: Any
) -> None:
    touches = sent(box, count)
    for touch in touches[: storm - 1]:
        assert report(box, touch).state == "active"
    report(box, touches[storm - 1])
    assert (box.state, box.paused_code) == ("paused", "bounces")
    assert f"Of {count} messages in 7 days {storm} came back" in box.paused_reason
    run_queue()
    assert Suppression.objects.filter(reason="hard_bounce").count() == storm
    assert Task.objects.filter(title="jonas@halden.example is paused").count() == 1
    waits(box, lead)


def test_two_complaints_pause_and_stop_those_people_for_good(
    box: Mailbox, lead: Any, run_queue: Any, rep: Any, as_user: Any
) -> None:
    touches = sent(box, 30)
    assert report(box, touches[0], kind="feedback-report").state == "active"
    assert Task.objects.filter(title__contains="does harm").exists()  # told at the first one
    report(box, touches[1], kind="feedback-report")
    assert (box.state, box.paused_code) == ("paused", "complaints")
    assert "reported this mail as spam" in box.paused_reason
    run_queue()
    rows = Suppression.objects.filter(reason="complaint", channel="all")
    assert rows.count() == 2
    waits(box, lead)
    page = as_user(rep).get(f"/settings/mailboxes/{box.pk}/").content.decode()
    assert "reported this mail as spam" in page


def test_the_daily_look_finds_what_came_meanwhile(box: Mailbox, monkeypatch: Any) -> None:
    """Where a report was taken in and the process died before it was counted."""
    touches = sent(box, 40)
    monkeypatch.setattr(guards, "check", lambda mailbox, now: None)
    for touch in touches[:2]:
        assert report(box, touch).state == "active"
    monkeypatch.undo()
    assert guards.check_all(timezone.now()) == 1
    box.refresh_from_db()
    assert (box.state, box.paused_code) == ("paused", "bounces")


def test_reports_that_were_made_up_or_are_mere_delays_pause_nothing(
    box: Mailbox, rep: Any, lead: Any
) -> None:
    touches = sent(box, 40)
    for touch in touches[:10]:
        report(box, touch, status="4.4.1", action="delayed")
    for number, touch in enumerate(touches[10:20]):
        touch.message_id = f"<forged{number}@evil.example>"
        report(box, touch)
    assert box.state == "active" and not Suppression.objects.exists()


def test_a_person_switches_it_on_again_and_the_count_starts_anew(
    box: Mailbox, rep: Any, as_user: Any
) -> None:
    touches = sent(box, 40)
    for touch in touches[:2]:
        report(box, touch)
    assert box.state == "paused"
    as_user(rep).post(f"/settings/mailboxes/{box.pk}/resume/")
    assert report(box, touches[2]).state == "active"
