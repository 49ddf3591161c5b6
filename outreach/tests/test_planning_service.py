"""Which touch comes next and when: delays, edits of a running sequence, skips, repair."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from leads.models import Lead
from outreach.models import Enrollment, Step, Touch, Variant
from outreach.services import enrollment as enrollments
from outreach.services import planning, sequences

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # 11:00 in Warsaw
WARSAW = ZoneInfo("Europe/Warsaw")


@pytest.fixture
def row(workspace: Any, mailbox: Any, lead: Any, sequence: Any, rep: Any) -> Enrollment:
    return enrollments.enroll(lead, sequence, user=rep, now=MONDAY)


def step(sequence: Any, position: int) -> Step:
    return sequence.steps.get(position=position, until_version=None)


def touch(row: Enrollment, key: Any, state: str = "sent", at: datetime = MONDAY) -> Touch:
    made = row.sequence.steps.filter(key=key, until_version=None).first()
    return Touch.objects.create(
        lead=row.lead,
        enrollment=row,
        step=made,
        step_key=key,
        number=made.position,
        channel=made.channel,
        state=state,
        due_at=at,
        sent_at=at if state in ("sent", "done") else None,
    )


def done(row: Enrollment, position: int, at: datetime = MONDAY, state: str = "sent") -> Touch:
    """The touch of the step at `position` now has gone out, and the next is planned."""
    made = touch(row, step(row.sequence, position).key, state, at)
    planning.touch_done(made, at)
    row.refresh_from_db()
    return made


def names(row: Enrollment) -> list[str]:
    """Everything that comes from now on, in order."""
    found = []
    while (left := planning.step_after(row)) is not None:
        touch(row, left.key)
        found.append(left.name)
    return found


def local(row: Enrollment) -> datetime:
    row.refresh_from_db()
    assert row.next_due_at
    return row.next_due_at.astimezone(WARSAW)


# --- when ---


def test_the_delay_counts_working_days_of_the_lead(row):
    done(row, 1)
    assert row.next_step_key == step(row.sequence, 2).key
    assert local(row).date().isoformat() == "2026-11-25"
    assert 8 <= local(row).hour < 17


def test_a_delay_over_weekend_and_holiday(row):
    # Friday 6 November; Wednesday 11 November is a holiday in Poland
    done(row, 1, datetime(2026, 11, 6, 10, tzinfo=UTC))
    done(row, 2, datetime(2026, 11, 10, 10, tzinfo=UTC))  # a Tuesday, then 3 working days
    assert local(row).date().isoformat() == "2026-11-16"


def test_an_evening_here_may_be_tomorrow_there(row, lead):
    Lead.objects.filter(pk=lead.pk).update(time_zone="Pacific/Kiritimati", country="")
    done(row, 1, datetime(2026, 11, 23, 11, tzinfo=UTC))  # Tuesday 01:00 there
    place = ZoneInfo("Pacific/Kiritimati")
    assert row.next_due_at.astimezone(place).date().isoformat() == "2026-11-26"


def test_a_delay_keeps_the_local_hour_range_over_a_clock_change(row):
    done(row, 1, datetime(2027, 3, 26, 12, tzinfo=UTC))  # Friday before summer time
    assert 8 <= local(row).hour < 17
    assert local(row).date().isoformat() == "2027-03-31"  # Easter Monday is the 29th


def test_without_a_delay_it_is_now_or_spread_over_the_next_window(
    workspace, mailbox, sequence, rep
):
    night = datetime(2026, 11, 23, 2, tzinfo=UTC)
    people = [
        Lead.objects.create(
            email=f"{n}@x.example", owner=rep, lawful_basis="consent", time_zone="Europe/Warsaw"
        )
        for n in range(20)
    ]
    at_night = [enrollments.enroll(one, sequence, user=rep, now=night) for one in people[:10]]
    hours = {one.next_due_at.astimezone(WARSAW).hour for one in at_night if one.next_due_at}
    assert len(hours) >= 4 and min(hours) >= 8 and max(hours) < 17
    by_day = [enrollments.enroll(one, sequence, user=rep, now=MONDAY) for one in people[10:]]
    assert {one.next_due_at for one in by_day} == {MONDAY}


def test_the_sequences_own_window(row, sequence):
    type(sequence).objects.filter(pk=sequence.pk).update(window_start="14:00", window_end="15:00")
    done(row, 1)
    assert local(row).hour == 14


def test_friday_is_time_to_read_mondays_drafts(workspace):
    friday = datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert planning.draft_until(friday) == datetime(2026, 11, 23, 23, tzinfo=UTC)
    assert planning.draft_until(MONDAY) == datetime(2026, 11, 24, 23, tzinfo=UTC)


# --- what ---


def test_all_steps_once_in_order_then_the_end(row, lead):
    assert names(row) == [f"Touch {n}" for n in range(1, 6)]
    planning.plan_next(row, after=MONDAY)
    row.refresh_from_db()
    assert (row.state, row.next_step_key, row.next_due_at) == ("finished", None, None)
    lead.refresh_from_db()
    assert (lead.sequence_state, lead.sequence_done, lead.sequence_total) == ("finished", 5, 5)


def test_an_edited_step_never_comes_twice(row, sequence, rep):
    done(row, 1)
    first = step(sequence, 1)
    change = sequences.input_of(first)
    sequences.edit_step(sequence, first.key, change, user=rep, base_version=99)
    assert names(row) == ["Touch 2", "Touch 3", "Touch 4", "Touch 5"]


def test_a_moved_step_never_comes_twice_and_hides_none(row, sequence):
    done(row, 1)
    first = step(sequence, 1)
    for _ in range(4):
        sequences.move_step(sequence, first.key, up=False)
    assert step(sequence, 5).name == "Touch 1"
    assert names(row) == ["Touch 2", "Touch 3", "Touch 4", "Touch 5"]


def test_a_step_that_was_moved_forward_comes_next(row, sequence):
    done(row, 1)
    done(row, 2)
    last = step(sequence, 5)
    for _ in range(4):
        sequences.move_step(sequence, last.key, up=True)
    assert [s.name for s in planning.current_steps(sequence)][0] == "Touch 5"
    assert names(row) == ["Touch 5", "Touch 3", "Touch 4"]


def add(sequence: Any, position: int, name: str) -> Step:
    """A new step in front of the one at `position`, in a version of its own."""
    sequence.version += 1
    sequence.save()
    for other in sequence.steps.filter(until_version=None, position__gte=position):
        Step.objects.filter(pk=other.pk).update(position=other.position + 1)
    made = Step.objects.create(
        sequence=sequence,
        position=position,
        name=name,
        channel="email",
        since_version=sequence.version,
    )
    Variant.objects.create(step=made, body="Hello")
    return made


def test_a_step_that_was_added_behind_the_lead_does_not_come(row, sequence):
    done(row, 1)
    done(row, 2)
    add(sequence, 1, "New first")
    add(sequence, 3, "New between")
    add(sequence, 6, "New ahead")
    assert names(row) == ["Touch 3", "New ahead", "Touch 4", "Touch 5"]


def test_a_new_lead_gets_the_added_steps(row, sequence):
    add(sequence, 1, "New first")
    assert names(row)[:2] == ["New first", "Touch 1"]


def test_a_removed_step_is_left_out(row, sequence):
    done(row, 1)
    sequences.remove_step(sequence, step(sequence, 3).key)
    assert names(row) == ["Touch 2", "Touch 4", "Touch 5"]


def test_removing_the_last_steps_finishes(row, sequence):
    done(row, 1)
    for position in (5, 4, 3, 2):
        sequences.remove_step(sequence, step(sequence, position).key)
    row.refresh_from_db()
    assert row.state == "finished"


# --- on the way ---


def test_a_skipped_touch_keeps_its_delay(row):
    planned = MONDAY + timedelta(days=1)
    made = touch(row, step(row.sequence, 1).key, "skipped", planned)
    planning.touch_done(made, MONDAY)
    assert local(row).date().isoformat() == "2026-11-26"  # two working days after Tuesday


def test_done_twice_plans_once(row):
    first = done(row, 1)
    before = row.next_due_at
    planning.touch_done(first, MONDAY)
    row.refresh_from_db()
    assert row.next_due_at == before


def test_a_late_word_about_an_old_touch_does_not_plan_over_a_waiting_one(row):
    first = done(row, 1)
    touch(row, step(row.sequence, 2).key, "draft")
    planning.touch_done(first, MONDAY)
    row.refresh_from_db()
    assert row.next_step_key == step(row.sequence, 2).key


@pytest.mark.parametrize("state", ["stopped", "finished"])
def test_nothing_is_planned_after_the_end(row, state):
    Enrollment.objects.filter(pk=row.pk).update(state=state, next_step_key=None, next_due_at=None)
    done(row, 1)
    assert (row.next_step_key, row.next_due_at) == (None, None)


def test_a_touch_outside_of_a_sequence_plans_nothing(lead):
    loose = Touch.objects.create(lead=lead, channel="email", state="sent", due_at=MONDAY)
    planning.touch_done(loose, MONDAY)
    assert not Enrollment.objects.exists()


def test_the_list_is_told_what_comes_next_and_how_far(row, lead):
    done(row, 1)
    lead.refresh_from_db()
    assert (lead.next_step, lead.next_at) == ("LinkedIn, Touch 2", row.next_due_at)
    assert (lead.sequence_done, lead.sequence_total) == (1, 5)


def test_a_removed_step_that_was_done_still_counts(row, sequence, lead):
    first = done(row, 1)
    sequences.remove_step(sequence, first.step_key)
    planning.tell_progress(row)
    lead.refresh_from_db()
    assert (lead.sequence_done, lead.sequence_total) == (1, 5)


def test_planning_needs_few_queries(row, django_assert_num_queries):
    made = touch(row, step(row.sequence, 1).key)
    with django_assert_num_queries(7):  # enrolment, steps, touches, workspace, plan, two summaries
        planning.touch_done(made, MONDAY)


# --- what the tick asks for ---


def test_due_to_draft(row):
    due = row.next_due_at
    assert planning.due_to_draft(MONDAY) == [row.pk]
    assert planning.due_to_draft(due - timedelta(days=4)) == []
    assert planning.due_to_draft(due - timedelta(hours=2), timedelta(hours=1)) == []
    assert planning.due_to_draft(due - timedelta(hours=2), timedelta(hours=2)) == [row.pk]
    assert planning.due_to_draft(MONDAY, without=[row.pk]) == []


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("row", {"state": "paused"}),
        ("row", {"state": "stopped"}),
        ("row", {"next_step_key": None}),
        ("sequence", {"state": "paused"}),
        ("lead", {"archived_at": MONDAY}),
    ],
)
def test_not_due_to_draft(request, row, what, change):
    thing = request.getfixturevalue(what)
    type(thing).objects.filter(pk=thing.pk).update(**change)
    assert planning.due_to_draft(MONDAY) == []


def test_what_has_a_draft_is_not_drafted_again(row):
    touch(row, row.next_step_key, "draft")
    assert planning.due_to_draft(MONDAY) == []


@pytest.mark.parametrize(
    ("state", "found"),
    [("sent", 1), ("done", 1), ("cancelled", 1), ("draft", 0), ("approved", 0), ("unknown", 0)],
)
def test_what_was_left_behind(row, state, found):
    touch(row, row.next_step_key, state)
    assert len(planning.left_behind(MONDAY)) == found
    assert planning.left_behind(row.next_due_at - timedelta(minutes=1)) == []


def test_a_plan_is_taken_back_until_something_followed(row):
    first = done(row, 1)
    assert planning.take_back(first)
    row.refresh_from_db()
    assert row.next_step_key == first.step_key
    done(row, 2)
    assert not planning.take_back(first)
