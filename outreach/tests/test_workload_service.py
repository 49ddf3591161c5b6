"""Load and room of each person, against a count by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from leads.models import Lead
from outreach.models import Enrollment, Task, Touch
from outreach.services import workload

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def task(owner: Any, days: float = 0, **more: Any) -> Task:
    due = NOW + timedelta(days=days)
    return Task.objects.create(kind="follow_up", owner=owner, title="Call", due_at=due, **more)


def run(lead: Lead, sequence: Any, days: float, **more: Any) -> Enrollment:
    step = sequence.steps.first()
    due = NOW + timedelta(days=days)
    return Enrollment.objects.create(
        lead=lead, sequence=sequence, next_step_key=step.key, next_due_at=due, **more
    )


def draft(row: Enrollment, days: float) -> Touch:
    step = row.sequence.steps.first()
    due = NOW + timedelta(days=days)
    return Touch.objects.create(
        lead=row.lead, enrollment=row, step=step, step_key=step.key, channel="email", due_at=due
    )


def another(owner: Any, name: str, **more: Any) -> Lead:
    return Lead.objects.create(owner=owner, first_name=name, email=f"{name}@x.example", **more)


def test_everything_that_asks_for_a_person_counts_once(
    rep: Any, mate: Any, lead: Lead, sequence: Any, django_assert_num_queries: Any
) -> None:
    task(rep)
    task(rep, -3)
    task(rep, 2)  # not today
    task(rep, snoozed_until=NOW + timedelta(days=1))
    task(rep, state="done")
    draft(run(lead, sequence, 0.5), 0.5)  # its touch is made: the draft counts, not the plan
    ben, eva, ada = (another(rep, name) for name in ("ben", "eva", "ada"))
    draft(run(ben, sequence, 3), 3)
    run(eva, sequence, 4)
    run(ada, sequence, 9)  # beyond the week
    another(rep, "old", archived_at=NOW)
    another(rep, "won", stage=Lead.Stage.WON)
    run(another(rep, "off"), sequence, 2, state="paused")
    with django_assert_num_queries(4):
        found = workload.loads([rep, mate], NOW)
    load = found[rep.pk]
    assert (load.leads, load.running) == (5, 4)
    assert (load.tasks, load.drafts, load.near, load.planned) == (2, 2, 1, 1)
    assert (load.today, load.week, load.room) == (3, 5, rep.daily_capacity - 3)
    assert (load.work_days, load.week_capacity) == (5, 5 * rep.daily_capacity)
    assert found[mate.pk].week == 0 and not found[mate.pk].over


def test_who_is_away_has_no_room(rep: Any) -> None:
    rep.away_from, rep.away_until = date(2026, 11, 23), date(2026, 11, 26)
    load = workload.loads([rep], NOW)[rep.pk]
    assert load.away and load.room == 0
    assert load.work_days == 2  # Friday and Monday
    rep.away_until = None
    load = workload.loads([rep], NOW)[rep.pk]
    assert load.work_days == 0 and load.share == 0
    task(rep)
    load = workload.loads([rep], NOW)[rep.pk]
    assert load.over and load.share == 1


@pytest.mark.parametrize(("day", "away"), [(22, False), (23, True), (26, True), (27, False)])
def test_the_days_away_have_both_ends(rep: Any, day: int, away: bool) -> None:
    rep.away_from, rep.away_until = date(2026, 11, 23), date(2026, 11, 26)
    assert rep.away_on(date(2026, 11, day)) is away


def test_more_than_the_week_holds_is_over(rep: Any) -> None:
    rep.daily_capacity = 1
    for _ in range(6):
        task(rep)
    load = workload.loads([rep], NOW)[rep.pk]
    assert load.over and load.room == -5 and load.share == 1.2
