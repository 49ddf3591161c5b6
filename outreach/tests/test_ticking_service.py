"""The tick end to end: drafts, sending after a sleep, poison rows, a reply in the middle of it."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import OperationalError, connection
from django.utils import timezone

from leads.models import Company, Lead, ThreadEvent
from leads.services.suppression import suppress
from outreach.channels.fake import Fake
from outreach.models import Enrollment, Task, Touch
from outreach.services import drafting, planning, policy, send_states, sending, ticking
from outreach.services import enrollment as enrollments

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # 11:00 in Warsaw
WARSAW = ZoneInfo("Europe/Warsaw")


@pytest.fixture(autouse=True)
def _fake_mail(settings: Any) -> None:
    Fake.reset()
    ticking._bad.clear()
    settings.CHANNELS = {**settings.CHANNELS, "email": "outreach.channels.fake.Fake"}


@pytest.fixture
def _ready(workspace: Any, mailbox: Any) -> None:
    """A workspace and a mailbox to send from."""


def person(rep: Any, number: int, **changes: Any) -> Lead:
    values = {
        "email": f"{number}@x.example",
        "first_name": f"Ann{number}",
        "owner": rep,
        "lawful_basis": "consent",
        "time_zone": "Europe/Warsaw",
    }
    return Lead.objects.create(**{**values, **changes})


def approve_all(due: datetime) -> int:
    """As if a person had approved every draft, `due` as their planned moment."""
    drafts = list(Touch.objects.filter(state="draft"))
    for touch in drafts:
        Touch.objects.filter(pk=touch.pk).update(
            state="approved", approved_hash=policy.text_hash(touch), due_at=due, approved_at=due
        )
    return len(drafts)


def enroll(people: list[Lead], sequence: Any, rep: Any, at: datetime = TUESDAY) -> list[Any]:
    return [enrollments.enroll(one, sequence, user=rep, now=at) for one in people]


# --- drafts ---


def test_a_tick_drafts_what_is_due_once(_ready, lead, sequence, rep):
    row = enroll([lead], sequence, rep)[0]
    assert ticking.tick(TUESDAY)["drafted"] == 1
    assert ticking.tick(TUESDAY)["drafted"] == 0
    touch = Touch.objects.get()
    assert (touch.state, touch.enrollment_id, touch.due_at) == ("draft", row.pk, TUESDAY)
    assert "Polna Bakeries" in touch.body


def test_a_bad_row_waits_an_hour_is_told_and_hinders_nobody(_ready, sequence, rep, monkeypatch):
    rows = enroll([person(rep, n) for n in range(3)], sequence, rep)
    real = drafting.draft_touch

    def picky(row: Any, now: datetime | None = None) -> Any:
        if row.pk == rows[0].pk:
            raise ValueError("a bad frame")
        return real(row, now)

    monkeypatch.setattr(drafting, "draft_touch", picky)
    assert ticking.draft_due(TUESDAY) == 2
    task = Task.objects.get()
    assert (task.kind, task.lead_id, task.owner) == ("attention", rows[0].lead_id, rep)
    assert rows[0].pk not in planning.due_to_draft(TUESDAY, without=ticking._bad)
    monkeypatch.undo()
    assert ticking.draft_due(TUESDAY + timedelta(minutes=59)) == 0
    assert ticking.draft_due(TUESDAY + timedelta(minutes=60)) == 1
    assert Task.objects.count() == 1


def test_a_busy_database_is_nobodys_fault(_ready, lead, sequence, rep, monkeypatch):
    enroll([lead], sequence, rep)

    def busy(row: Any, now: datetime | None = None) -> Any:
        raise OperationalError("database is locked")

    monkeypatch.setattr(drafting, "draft_touch", busy)
    assert ticking.draft_due(TUESDAY) == 0
    assert not Task.objects.exists() and not ticking._bad
    monkeypatch.undo()
    assert ticking.draft_due(TUESDAY) == 1, "the next tick tries again at once"


def test_one_part_that_fails_does_not_stop_the_others(_ready, lead, sequence, rep, monkeypatch):
    enroll([lead], sequence, rep)

    def broken(now: datetime) -> int:
        raise LookupError("no such thing")

    monkeypatch.setattr(enrollments, "resume_due", broken)
    done = ticking.tick(TUESDAY)
    assert (done["resumed"], done["drafted"]) == (None, 1)
    assert list(done) == ["resumed", "recovered", "planned", "drafted", "sent"]


def test_a_tick_stops_early_when_the_program_ends(_ready, lead, sequence, rep, monkeypatch):
    enroll([lead], sequence, rep)
    stop = threading.Event()
    stop.set()
    monkeypatch.setattr(ticking.shutdown, "requested", stop)
    assert ticking.tick(TUESDAY) == {}
    assert not Touch.objects.exists()


@pytest.mark.parametrize("state", ["sent", "cancelled"])
def test_where_a_process_died_the_plan_is_made_up_for(_ready, lead, sequence, rep, state):
    row = enroll([lead], sequence, rep)[0]
    ticking.tick(TUESDAY)
    Touch.objects.update(state=state, sent_at=TUESDAY)
    assert ticking.plan_left_behind(TUESDAY) == 1
    assert ticking.plan_left_behind(TUESDAY) == 0
    row.refresh_from_db()
    assert row.next_step_key == sequence.steps.get(position=2).key


def test_a_touch_no_channel_can_carry_is_skipped_with_a_word(_ready, lead, sequence, rep):
    row = enroll([lead], sequence, rep)[0]
    suppress(address=lead.email, channel="email", reason="manual", source="x", actor="system")
    ticking.tick(TUESDAY)
    touch = Touch.objects.get()
    assert (touch.state, touch.skip_reason) == ("skipped", "no_channel")
    assert ThreadEvent.objects.filter(kind="touch.skipped").count() == 1
    row.refresh_from_db()
    assert row.next_step_key == sequence.steps.get(position=2).key
    assert row.next_due_at > TUESDAY + timedelta(days=1), "the delay is kept"


def test_a_fallback_channel_takes_over(_ready, lead, sequence, rep):
    sequence.steps.filter(position=1).update(fallback_channel="linkedin")
    enroll([lead], sequence, rep)
    suppress(address=lead.email, channel="email", reason="manual", source="x", actor="system")
    ticking.tick(TUESDAY)
    assert (Touch.objects.get().channel, Touch.objects.get().state) == ("linkedin", "draft")


# --- asleep ---


def test_three_days_asleep_is_caught_up_spaced_within_hours_and_caps(
    _ready, workspace, mailbox, sequence, rep
):
    mailbox.daily_cap, mailbox.min_gap = 4, 1000
    mailbox.save()
    enroll([person(rep, n) for n in range(10)], sequence, rep)
    ticking.tick(TUESDAY)
    assert approve_all(TUESDAY) == 10
    woken = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)  # Friday 15:30 in Warsaw
    now = woken
    while now < woken + timedelta(days=5):
        with time_machine.travel(now, tick=False):
            ticking.tick()
        now += timedelta(minutes=10 if 6 <= now.hour < 17 and now.weekday() < 5 else 120)
    times = sorted(Touch.objects.filter(number=1, state="sent").values_list("sent_at", flat=True))
    local = [at.astimezone(WARSAW) for at in times]
    assert len(times) == 10, "none is lost"
    assert all(8 <= at.hour < 17 and at.weekday() < 5 for at in local)
    gaps = [b - a for a, b in zip(times, times[1:], strict=False)]
    assert min(gaps) >= timedelta(seconds=1000), "no burst"
    days = Counter(at.astimezone(rep.tz).date() for at in times)
    assert max(days.values()) <= 4
    assert len({message.to for message in Fake.sent}) == len(Fake.sent) == 10


def test_waking_up_at_night_sends_nothing(_ready, lead, sequence, rep):
    enroll([lead], sequence, rep)
    ticking.tick(TUESDAY)
    approve_all(TUESDAY)
    night = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
    with time_machine.travel(night, tick=False):
        ticking.tick()
        touch = Touch.objects.get()
        assert (touch.state, touch.held_code) == ("approved", "window")
        assert touch.not_before and touch.not_before.astimezone(WARSAW).date() == night.date()
    with time_machine.travel(touch.not_before, tick=False):
        ticking.tick()
    touch.refresh_from_db()
    assert touch.state == "sent"


def test_a_clock_that_is_set_back_sends_nothing_twice(_ready, lead, sequence, rep):
    enroll([lead], sequence, rep)
    ticking.tick(TUESDAY)
    approve_all(TUESDAY)
    for shift in (0, -1, 1, 0):
        with time_machine.travel(TUESDAY + timedelta(hours=shift), tick=False):
            ticking.tick()
    assert len(Fake.sent) == 1


# --- why nothing was sent ---


def whys(lead: Any, now: datetime = TUESDAY) -> list[tuple[str, str]]:
    return [(line.code, line.text) for line in policy.why_not(lead, now)]


def test_why_not_from_the_first_day_to_the_last(_ready, lead, sequence, rep):
    assert whys(lead)[0][0] == "no_sequence"
    row = enroll([lead], sequence, rep)[0]
    (planned,) = policy.why_not(lead, TUESDAY)
    assert planned.text == "Touch 1, Fake, “Touch 1”, is planned."
    assert planned.until == TUESDAY
    ticking.tick(TUESDAY)
    assert whys(lead)[0][0] == "draft"
    assert whys(lead)[0][1].startswith("Touch 1 waits for approval since ")
    approve_all(TUESDAY)
    assert whys(lead) == [("soon", "Touch 1 is approved and goes out within a minute.")]
    (night,) = policy.why_not(lead, datetime(2026, 11, 25, 3, tzinfo=UTC))
    assert (night.code, night.text) == ("window", "It is 04:00 where Marta Kowalczyk is.")
    enrollments.finish(row)
    Touch.objects.update(state="sent")
    assert whys(lead)[0][1].startswith("The sequence Cold-room uptime was finished on ")


def test_why_not_names_who_paused_and_since_when(_ready, lead, sequence, rep):
    row = enroll([lead], sequence, rep)[0]
    ticking.tick(TUESDAY)
    approve_all(TUESDAY)
    enrollments.pause(row, reason="manual", actor=rep.actor)
    since = timezone.localtime(ThreadEvent.objects.get(kind="enrollment.paused").occurred_at)
    text = f"The sequence is paused: by hand. Since {since:%-d %B %H:%M}, by Jonas Weber."
    assert whys(lead) == [("paused", text)], "said once, not for each touch"


@pytest.mark.parametrize(
    ("state", "code", "words"),
    [
        ("todo", "todo", "Touch 1 is a task in Today."),
        ("unknown", "unknown", "It is not known whether touch 1 arrived. You decide."),
        ("sending", "sending", "Touch 1 is being sent."),
    ],
)
def test_why_not_of_what_waits(_ready, lead, sequence, rep, state, code, words):
    enroll([lead], sequence, rep)
    ticking.tick(TUESDAY)
    Touch.objects.update(state=state)
    assert whys(lead) == [(code, words)]


def test_why_not_says_what_stands_against_a_draft(_ready, lead, sequence, rep, workspace):
    enroll([lead], sequence, rep)
    ticking.tick(TUESDAY)
    workspace.postal_address = ""
    workspace.save()
    assert whys(lead)[0][0] == "postal_address"
    type(sequence).objects.update(state="paused")
    assert whys(lead)[0] == ("sequence", "The sequence Cold-room uptime is not running.")


def test_why_not_of_people_we_may_not_write_to(_ready, lead, sequence, rep, run_queue):
    row = enroll([lead], sequence, rep)[0]
    suppress(address=lead.email, reason="opted_out", source="x", actor="lead")
    run_queue()
    row.refresh_from_db()
    assert (row.state, whys(lead)[0][0]) == ("stopped", "suppressed")
    other = person(rep, 1, lawful_basis="", archived_at=TUESDAY)
    assert whys(other)[0][0] == "archived"


def test_why_not_says_the_mailbox_is_full(_ready, lead, mailbox, sequence, rep):
    enroll([lead], sequence, rep)
    ticking.tick(TUESDAY)
    approve_all(TUESDAY)
    type(mailbox).objects.update(daily_cap=0)
    (line,) = policy.why_not(lead, TUESDAY)
    assert line.text == "The mailbox jonas@halden.example has sent its 0 messages today."
    assert line.until == datetime(2026, 11, 25, 7, tzinfo=UTC)


def test_why_not_needs_a_fixed_number_of_queries(
    _ready, lead, sequence, rep, django_assert_max_num_queries
):
    enroll([lead], sequence, rep)
    ticking.tick(TUESDAY)
    for _ in range(3):
        Touch.objects.create(lead=lead, channel="email", state="draft", due_at=TUESDAY)
    with django_assert_max_num_queries(7):
        assert policy.why_not(lead, TUESDAY)


# --- a reply in the middle of it ---

ROUNDS = 25
CROWD = 12


def at_once(*works: Callable[[], object]) -> None:
    barrier, faults = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            work()
        except BaseException as error:  # noqa: BLE001  shown by the assert below
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert faults == []


def approved(rows: list[Any], mailbox: Any) -> None:
    """The first touch of each, ready to go."""
    touches = [
        Touch(
            lead=row.lead,
            enrollment=row,
            step_key=row.next_step_key,
            number=1,
            channel="email",
            mailbox=mailbox,
            to_address=row.lead.email,
            subject="Hello",
            body="Hello",
            state="approved",
            due_at=TUESDAY,
            message_id=f"<{row.pk}@halden.example>",
        )
        for row in rows
    ]
    for touch in touches:
        touch.approved_hash = policy.text_hash(touch)
    Touch.objects.bulk_create(touches)


@pytest.mark.slow
def test_nothing_is_claimed_after_a_pause_was_committed(
    crowd, _ready, workspace, mailbox, sequence, rep, monkeypatch
):
    """300 claims against 300 pauses, in random order: whoever commits first wins."""
    mailbox.daily_cap, mailbox.min_gap = 1000, 0
    mailbox.save()
    company = Company.objects.create(name="Alone", name_key="alone")
    workspace.company_touches_per_week = 1000
    workspace.save()
    paused: set[int] = set()
    late: list[int] = []
    real = send_states.to_sending

    def claim(touch: Touch, now: datetime) -> bool:
        if touch.enrollment_id in paused:
            late.append(touch.pk)
        return real(touch, now)

    def pause(rows: list[Any]) -> None:
        for row in rows:
            if enrollments.pause(row, reason="replied", actor="lead"):
                paused.add(row.pk)  # after the commit

    monkeypatch.setattr(send_states, "to_sending", claim)
    order = random.Random(7)
    for number in range(ROUNDS):
        people = [person(rep, number * CROWD + n, company=company) for n in range(CROWD)]
        rows = enroll(people, sequence, rep)
        approved(rows, mailbox)
        order.shuffle(rows)
        at_once(lambda: sending.send_due(TUESDAY), lambda rows=rows: pause(rows))
        for row in rows:
            enrollments.stop(row, reason="manual", actor="system")
    assert late == []
    sent = Touch.objects.filter(number=1, state="sent").count()
    stopped = Touch.objects.filter(number=1, state="cancelled").count()
    assert sent == len(Fake.sent)
    assert sent + stopped == ROUNDS * CROWD
    assert sent and stopped, "both orders were seen"
    assert Enrollment.objects.filter(state="active").count() == 0
