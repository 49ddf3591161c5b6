"""The dry run: the same plan and policy on a virtual clock, and nothing is written."""

import time as clock
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from leads.models import Lead, ThreadEvent
from leads.services.suppression import suppress
from outreach.models import Enrollment, Mailbox, Touch
from outreach.services import enrollment as enrollments
from outreach.services import simulation
from salesagent.accounts.models import User

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ZONES = ["Europe/Warsaw", "America/New_York", "Asia/Tokyo", "Europe/London", "Australia/Sydney"]


@pytest.fixture(autouse=True)
def _ready(workspace: Any, mailbox: Any) -> None:
    """A workspace and a mailbox to send from."""


def person(rep: Any, number: int, **changes: Any) -> Lead:
    values = {
        "email": f"{number}@x{number}.example",
        "phone": f"+4861555{number:04}",
        "linkedin_url": f"https://www.linkedin.com/in/p{number}",
        "owner": rep,
        "lawful_basis": "consent",
        "time_zone": ZONES[number % 5],
    }
    return Lead(**{**values, **changes})


def crowd(rep: Any, count: int, **changes: Any) -> list[Lead]:
    Lead.objects.bulk_create([person(rep, number, **changes) for number in range(count)])
    return list(Lead.objects.select_related("owner").order_by("pk"))


def run(sequence: Any, leads: Any = (), user: Any = None, now: datetime = TUESDAY, **more: Any):
    return simulation.simulate(sequence, leads, user=user, now=now, **more)


def test_each_touch_in_order_at_a_local_working_hour(sequence, rep):
    found = run(sequence, crowd(rep, 20), rep)
    assert (found.people, found.touches, found.skipped, found.later) == (20, 100, 0, 0)
    assert found.per_channel == {"email": 60, "linkedin": 20, "phone": 20}
    assert all(8 <= row.local.hour < 17 and row.local.weekday() < 5 for row in found.rows)
    steps = {
        lead: [row.step.position for row in found.rows if row.lead == lead]
        for lead in {r.lead for r in found.rows}
    }
    assert all(order == [1, 2, 3, 4, 5] for order in steps.values())
    assert [row.at for row in found.rows] == sorted(row.at for row in found.rows)
    assert sum(found.per_hour.values()) == sum(found.per_day.values()) == 100
    assert found.last == found.rows[-1].at


def test_the_lead_of_tokyo_is_written_to_by_day_there(sequence, rep):
    (lead,) = crowd(rep, 1, time_zone="Asia/Tokyo")
    for row in run(sequence, [lead], rep).rows:
        assert row.local.tzinfo == ZoneInfo("Asia/Tokyo")
        assert row.local == row.at and 8 <= row.local.hour < 17


def test_nothing_is_written(sequence, rep, mailbox):
    leads = crowd(rep, 5)
    run(sequence, leads, rep)
    assert not Enrollment.objects.exists()
    assert not Touch.objects.exists()
    assert not ThreadEvent.objects.exists()
    mailbox.refresh_from_db()
    assert mailbox.next_free_at is None


def test_the_mailbox_keeps_its_cap_and_gap(sequence, rep, mailbox):
    mailbox.daily_cap, mailbox.min_gap = 5, 900
    mailbox.save()
    found = run(sequence, crowd(rep, 45, time_zone="Europe/Warsaw"), rep)
    mails = [row.at for row in found.rows if row.channel == "email"]
    days = Counter(at.date() for at in mails)
    assert max(days.values()) == 5
    gaps = [b - a for a, b in zip(mails, mails[1:], strict=False)]
    assert min(gaps) >= timedelta(seconds=900)
    assert found.later > 0, "135 mails do not fit into 22 working days of 5"
    assert found.touches + found.later == 225


def test_what_was_sent_today_counts(sequence, rep, mailbox):
    mailbox.daily_cap = 3
    mailbox.save()
    leads = crowd(rep, 3, time_zone="Europe/Warsaw")
    other = Lead.objects.create(email="o@other.example")
    for _ in range(2):
        Touch.objects.create(
            lead=other, mailbox=mailbox, channel="email", state="sent", due_at=TUESDAY,
            sent_at=TUESDAY - timedelta(hours=1),
        )  # fmt: skip
    found = run(sequence, leads, rep)
    first_day = [row for row in found.rows if row.at.date() == TUESDAY.date()]
    assert len(first_day) == 1


def test_companies_are_not_flooded(sequence, rep, workspace):
    workspace.company_touches_per_week = 2
    workspace.save()
    from leads.models import Company

    company = Company.objects.create(name="Big", name_key="big")
    leads = crowd(rep, 6, company=company, time_zone="Europe/Warsaw")
    rows = run(sequence, leads, rep).rows
    for row in rows:
        week = [r for r in rows if row.at - timedelta(days=7) < r.at <= row.at]
        assert len(week) <= 2


def test_who_cannot_be_added_is_counted_by_reason(sequence, rep):
    leads = crowd(rep, 4)
    leads[0].lawful_basis = ""
    suppress(address=leads[1].email, reason="opted_out", source="x", actor="system")
    enrollments.enroll(leads[2], sequence, user=rep, now=TUESDAY)
    found = run(sequence, leads, rep)
    assert found.left_out == {"basis": 1, "suppressed": 1, "enrolled": 1}
    assert found.people == 2, "the new one and the one who is in it"


def test_those_inside_go_on_from_where_they_are(sequence, rep):
    (lead,) = crowd(rep, 1, time_zone="Europe/Warsaw")
    row = enrollments.enroll(lead, sequence, user=rep, now=TUESDAY)
    steps = list(sequence.steps.order_by("position"))
    for step in steps[:2]:
        Touch.objects.create(
            lead=lead, enrollment=row, step=step, step_key=step.key, channel=step.channel,
            state="sent", due_at=TUESDAY, sent_at=TUESDAY - timedelta(days=9),
        )  # fmt: skip
    due = TUESDAY + timedelta(days=1)
    Enrollment.objects.filter(pk=row.pk).update(next_step_key=steps[2].key, next_due_at=due)
    found = run(sequence)
    assert [row.step.position for row in found.rows] == [3, 4, 5]
    assert found.rows[0].at == due
    Enrollment.objects.filter(pk=row.pk).update(state="paused")
    assert run(sequence).people == 0


def test_a_channel_that_does_not_reach_is_left_out(sequence, rep):
    leads = crowd(rep, 1, phone="")
    found = run(sequence, leads, rep)
    assert (found.touches, found.skipped) == (4, 1)
    assert "phone" not in found.per_channel


def test_a_draft_sequence_can_be_tried(sequence, rep):
    sequence.state = "draft"
    assert run(sequence, crowd(rep, 2), rep).touches == 10


def test_a_sequence_without_touches_takes_nobody(sequence, rep):
    sequence.steps.all().delete()
    found = run(sequence, crowd(rep, 2), rep)
    assert (found.people, found.left_out) == (0, {"sequence": 2})


def test_it_ends_after_its_days(sequence, rep):
    found = run(sequence, crowd(rep, 3), rep, days=3)
    assert found.rows[-1].at < TUESDAY + timedelta(days=3)
    assert found.touches + found.later == 15


@pytest.mark.slow
def test_ten_thousand_people_take_seconds_and_few_queries(
    sequence, rep, mailbox, team, django_assert_max_num_queries
):
    reps = [
        User.objects.create_user(f"r{n}@own.example", name=f"R{n}", team=team) for n in range(20)
    ]
    for one in reps:
        Mailbox.objects.create(
            user=one, address=f"{one.pk}@halden.example", daily_cap=100, min_gap=60
        )
    Lead.objects.bulk_create([person(reps[n % 20], n) for n in range(10_000)])
    leads = list(Lead.objects.select_related("owner"))
    run(sequence, leads[:10], rep)  # imports and caches
    began = clock.process_time()
    with django_assert_max_num_queries(180):
        found = run(sequence, leads, rep)
    took = clock.process_time() - began
    assert found.people == 10_000
    assert found.touches > 20_000
    assert took < 15, f"{took:.1f} s of CPU"
