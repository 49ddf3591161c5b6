"""Pace by interest, six slots, and what a plan says about them."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from leads import thread
from leads.models import Decision, Lead
from leads.services import decisions
from outreach.models import CadenceRule, Enrollment, SlotStat, Touch
from outreach.services import cadence, cadence_rules, calendars, planning, policy, slots, timing
from outreach.services import enrollment as enrollments

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
WARSAW = ZoneInfo("Europe/Warsaw")


@pytest.fixture(autouse=True)
def _ready(workspace: Any, mailbox: Any) -> None:
    """A workspace and a mailbox to send from."""


def rhythm(**off: bool) -> cadence.Rhythm:
    rules = cadence_rules.BY_CODE["adaptive_pace"].defaults
    return cadence.Rhythm(dict(rules), None)


def pace(lead: Lead, delay: int, unanswered: int = 0) -> tuple[str, int]:
    from outreach.models import Step

    found = cadence.pace_of(rhythm(), lead, Step(delay_days=delay), unanswered, TUESDAY)
    assert found is not None
    return found.code, found.days


@pytest.mark.parametrize(
    ("score", "delay", "expected"),
    [(90, 4, ("hot", 2)), (90, 1, ("hot", 1)), (50, 2, ("warm", 3)), (50, 4, ("warm", 4)),
     (50, 9, ("warm", 5)), (10, 3, ("cold", 7)), (10, 30, ("cold", 14))],
)  # fmt: skip
def test_the_wait_is_kept_inside_the_band(score, delay, expected):
    assert pace(Lead(score=score), delay) == expected


def test_a_fresh_sign_lifts_by_one_level_an_old_one_does_not():
    fresh = Lead(score=50, last_sign="Clicked", last_sign_at=TUESDAY - timedelta(days=3))
    assert pace(fresh, 4) == ("hot", 2)
    fresh.last_sign_at = TUESDAY - timedelta(days=30)
    assert pace(fresh, 4) == ("warm", 4)


def test_many_touches_without_a_sign_mean_once_a_month():
    assert pace(Lead(score=90), 3, unanswered=4) == ("silent", 20)


def test_who_was_never_scored_keeps_the_days_of_the_sequence(sequence, lead):
    step = planning.current_steps(sequence)[1]
    assert cadence.pace_of(rhythm(), Lead(), step, 0, TUESDAY) is None
    assert cadence.pace_of(rhythm(), Lead(), step, 4, TUESDAY) is not None


def test_a_touch_without_a_wait_goes_at_once(sequence, lead):
    step = planning.current_steps(sequence)[0]
    assert cadence.pace_of(rhythm(), lead, step, 9, TUESDAY) is None


def test_a_sequence_that_does_not_follow_interest_costs_no_query(
    sequence, lead, django_assert_num_queries
):
    with django_assert_num_queries(0):
        assert cadence.rhythm_for(sequence, [lead]) is None


def adaptive(sequence: Any, lead: Lead, rep: Any) -> Enrollment:
    sequence.adaptive = True
    sequence.save()
    Lead.objects.filter(pk=lead.pk).update(scored_at=TUESDAY)
    row = enrollments.enroll(lead, sequence, user=rep, now=TUESDAY)
    step = planning.current_steps(sequence)[0]
    touch = Touch.objects.create(
        lead=lead, enrollment=row, step=step, step_key=step.key, channel="email", state="sent",
        due_at=TUESDAY, sent_at=TUESDAY, number=1,
    )  # fmt: skip
    planning.touch_done(touch, TUESDAY)
    row.refresh_from_db()
    return row


def test_the_plan_is_logged_told_and_can_be_taken_back(sequence, lead, rep):
    row = adaptive(sequence, lead, rep)  # score 0: cold
    assert row.next_due_at.astimezone(WARSAW).date().isoformat() >= "2026-12-03"
    said = Decision.objects.get(rule="adaptive_pace")
    assert said.what == "Touch 2 waits 7 working days instead of 2"
    assert said.why == "Cold: score 0."
    (line,) = policy.why_not(lead, TUESDAY)
    assert "Touch 2 waits 7 working days instead of 2. Cold: score 0." in line.text
    assert decisions.undo(said, rep) == "Planned by the sequence's own days again."
    row.refresh_from_db()
    assert row.next_due_at.astimezone(WARSAW).date().isoformat() == "2026-11-26"
    assert "waits" not in policy.why_not(lead, TUESDAY)[0].text


def test_a_rule_that_is_off_moves_nothing(sequence, lead, rep):
    CadenceRule.objects.create(code="adaptive_pace", on=False)
    CadenceRule.objects.create(code="slots", on=False)
    row = adaptive(sequence, lead, rep)
    assert row.next_due_at.astimezone(WARSAW).date().isoformat() == "2026-11-26"
    assert not Decision.objects.filter(rule__in=cadence.TIMING).exists()


def test_planning_twice_logs_once(sequence, lead, rep):
    row = adaptive(sequence, lead, rep)
    planning.touch_done(row.touches.get(), TUESDAY)
    assert Decision.objects.filter(rule="adaptive_pace").count() == 1


# --- slots ---


@pytest.mark.parametrize(
    ("day", "hour", "code"),
    [(23, 8, "early_am"), (25, 11, "early_noon"), (24, 14, "early_pm"), (26, 10, "late_am"),
     (27, 16, "late_pm")],
)  # fmt: skip
def test_each_moment_has_a_slot(day, hour, code):
    assert slots.SLOTS[slots.slot_of(datetime(2026, 11, day, hour))].code == code  # noqa: DTZ001


def test_learning_counts_what_people_answered_in_their_own_time(lead, rep):
    for n in range(3):
        at = datetime(2026, 11, 17, 7 + n, 0, tzinfo=UTC)  # Tuesday 8, 9, 10 o'clock in Warsaw
        touch = Touch.objects.create(
            lead=lead, channel="email", state="sent", due_at=at, sent_at=at, kind="sequence"
        )
    thread.record(
        lead=lead, kind="reply.received", actor="lead", channel="email",
        data={"touch": touch.pk}, occurred_at=TUESDAY - timedelta(days=1),
    )  # fmt: skip
    assert slots.learn(TUESDAY) == 3
    rows = SlotStat.objects.filter(channel="email").order_by("slot")
    assert [(row.sent, row.answered) for row in rows] == [(3, 1)] + [(0, 0)] * 5
    Touch.objects.all().update(channel="sms")
    slots.learn(TUESDAY)
    assert set(SlotStat.objects.values_list("channel", flat=True)) == {"sms"}


def test_what_gets_answers_is_drawn_more_often_and_the_rest_still_tried(lead):
    for slot in range(6):
        answered = 60 if slot == 4 else 12
        SlotStat.objects.create(channel="email", slot=slot, sent=300, answered=answered)
    table = slots.table([])
    wanted = [
        max(range(6), key=table.scores(Lead(pk=n), "email", n).__getitem__) for n in range(200)
    ]
    assert wanted.count(4) > 180
    unknown = {
        max(range(6), key=table.scores(Lead(pk=n), "sms", n).__getitem__) for n in range(200)
    }
    assert unknown == set(range(6))
    assert slots.table([]).draws == table.draws, "the same counts always give the same plan"


def test_own_hours_need_two_own_answers_and_then_win(lead):
    Lead.objects.filter(pk=lead.pk).update(replied_at=TUESDAY)
    lead.refresh_from_db()
    for n, at in enumerate([TUESDAY, TUESDAY + timedelta(days=1)]):
        assert slots.best(lead) == ("", 0)
        thread.record(
            lead=lead, kind="reply.received", actor="lead", occurred_at=at, dedupe_key=f"a{n}"
        )
    assert slots.best(lead) == ("early_noon", 2)  # 11:00 in Warsaw
    table = slots.table([lead])
    assert max(range(6), key=table.scores(lead, "email", 5).__getitem__) == 1
    assert table.why(lead, "email", 1)[0] == "2 answers of theirs came at that time."


def test_the_moment_lies_in_the_slot_and_in_the_window(lead):
    days = calendars.Days(zone=WARSAW)
    monday = datetime(2026, 11, 23, 0, 0, tzinfo=WARSAW).astimezone(UTC)
    hours = {"start": time(9), "end": time(16), "days": days}
    window = next(calendars.windows(lead, monday, **hours))
    for slot in range(3):
        scores = tuple(float(n == slot) for n in range(6))
        at, chosen = slots.moment(lead, [window], scores, 77, days)
        assert chosen == slot == slots.slot_of(at.astimezone(WARSAW))
        assert window[0] <= at < window[1]
    short = (window[0], window[0] + timedelta(minutes=5))
    assert slots.moment(lead, [short], (1.0,) * 6, 77, days) is None


def test_a_slot_never_leaves_holidays_and_hours(sequence, lead, rep, workspace):
    table = slots.table([])
    found = cadence.Rhythm(cadence_rules.BY_CODE["adaptive_pace"].defaults, table)
    step = planning.current_steps(sequence)[2]
    christmas = datetime(2026, 12, 21, 9, 0, tzinfo=UTC)
    for n in range(60):
        lead.pk = 1000 + n
        lead.score = n * 2
        plan = timing.plan_of(lead, sequence, step, christmas, workspace, found, n % 6)
        local = plan.due.astimezone(WARSAW)
        assert calendars.is_open(
            lead, plan.due, start=time(8), end=time(17), days=calendars.days_of(workspace)
        )
        assert (local.month, local.day) not in {(12, 25), (12, 26), (1, 1), (1, 6)}
