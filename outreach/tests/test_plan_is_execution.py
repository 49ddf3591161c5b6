"""The dry run against the real thing: the same world, the same plan, moment for moment.

The world is frozen: everybody approves at once, nobody answers. The clock is moved from one moment
at which anything can happen to the next, as the database says it; the ticks do the rest.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from leads.models import Company, Lead
from outreach.models import Enrollment, Mailbox, SlotStat, Touch
from outreach.services import calendars, policy, simulation, ticking, worklist
from outreach.services import enrollment as enrollments
from outreach.services.limits import Facts

START = datetime(2027, 3, 11, 7, 30, tzinfo=UTC)  # clocks: USA 14, Europe 28 March; Easter between
DAYS = 20
PLACES = [
    ("Europe/Copenhagen", "DK"), ("America/New_York", "US"), ("Europe/London", "GB"),
    ("Asia/Tokyo", "JP"), ("America/Los_Angeles", "US"), ("Europe/Warsaw", "PL"),
]  # fmt: skip


def world(rep: Any, sequence: Any, mailbox: Any, people: int, *, adaptive: bool) -> list[Lead]:
    sequence.adaptive = adaptive
    sequence.save()
    sequence.steps.filter(position=2).update(fallback_channel="email")
    sequence.steps.filter(position=4).update(condition="has_phone")
    Mailbox.objects.filter(pk=mailbox.pk).update(daily_cap=max(people // 4, 1), min_gap=700)
    company = Company.objects.create(name="Two", name_key="two")
    for slot in range(6):
        SlotStat.objects.create(channel="email", slot=slot, sent=90, answered=2 + 3 * slot)
    for n in range(people):
        zone, country = PLACES[n % len(PLACES)]
        Lead.objects.create(
            owner=rep, email=f"p{n}@x{n}.example", first_name=f"P{n}", lawful_basis="consent",
            time_zone=zone, country=country, score=(n * 37) % 100,
            company=company if n % 5 == 0 else None, company_name="Two" if n % 5 == 0 else "",
            phone="+4561555012" if n % 3 else "",
            linkedin_url="https://www.linkedin.com/in/p" if n % 2 else "",
        )  # fmt: skip
    return list(Lead.objects.order_by("pk"))


class World:
    """The real thing with a person who never sleeps: approves and does what is due at once."""

    def __init__(self, now: datetime, rep: Any) -> None:
        self.now, self.rep, self.waits = now, rep, {}

    def run(self, end: datetime) -> None:
        while self.now < end:
            with time_machine.travel(self.now, tick=False):
                ticking.tick()
                self.approve()
                ticking.tick()
                self.carry_out()
            self.now = self.next_moment()

    def approve(self) -> None:
        """As if every check were passed: the words are another test's matter."""
        for touch in Touch.objects.filter(state="draft").order_by("pk"):
            Touch.objects.filter(pk=touch.pk).update(checks=[], checks_passed=True)
            manual = touch.channel in ("phone", "linkedin")
            state = Touch.State.TODO if manual else Touch.State.APPROVED
            Touch.objects.filter(pk=touch.pk).update(
                state=state, approved_hash=policy.text_hash(touch), approved_by=self.rep
            )

    def carry_out(self) -> None:
        due = Touch.objects.filter(state="todo", due_at__lte=self.now).order_by("due_at", "pk")
        for touch in due.select_related("lead", "enrollment__sequence"):
            if self.waits.get(touch.pk, self.now) > self.now:
                continue
            verdicts = [
                rule(touch, self.now, Facts.load()) for rule in (policy.window, policy.frequency)
            ]
            bad = next((verdict for verdict in verdicts if not verdict.ok), None)
            if bad:
                self.waits[touch.pk] = bad.until
            else:
                worklist.finish_touch(touch, outcome="done")

    def next_moment(self) -> datetime:
        """The earliest thing that can happen after now, by the rows alone."""
        rows = Enrollment.objects.filter(state="active")
        times = set(rows.values_list("next_due_at", flat=True))
        waiting = Touch.objects.filter(state__in=["approved", "todo", "draft"])
        for due, later in waiting.values_list("due_at", "not_before"):
            times |= {due, later}
        times |= set(self.waits.values())
        for box in Mailbox.objects.select_related("user"):
            times |= {box.next_free_at, calendars.next_midnight(self.now, box.user.tz)}
        times |= self.closings()
        return min(at for at in times if at and at > self.now)

    def closings(self) -> set[datetime]:
        """When the window of each message that waits for its mailbox ends."""
        found = set()
        rows = Touch.objects.filter(state="approved", due_at__lte=self.now)
        for touch in rows.select_related("lead", "enrollment__sequence"):
            found.add(policy.closes(touch, self.now, Facts.load()))
        return found


def executed() -> list[tuple[datetime, int, int, str]]:
    rows = Touch.objects.filter(state__in=["sent", "done"])
    found = rows.values_list("sent_at", "lead_id", "number", "channel")
    return sorted(found)


def planned(found: list[simulation.Planned]) -> list[tuple[datetime, int, int, str]]:
    return sorted((row.at, row.lead.pk, row.step.position, row.channel) for row in found)


def compare(rep: Any, sequence: Any, leads: list[Lead]) -> list[Any]:
    rows: list[simulation.Planned] = []
    with time_machine.travel(START, tick=False):
        simulation.simulate(sequence, leads, user=rep, now=START, days=DAYS, each=rows.append)
        for lead in leads:
            enrollments.enroll(lead, sequence, user=rep, now=START)
    World(START, rep).run(START + timedelta(days=DAYS))
    plan = planned(rows)
    assert executed() == plan
    return plan


@pytest.fixture(autouse=True)
def _ready(workspace: Any, mailbox: Any, tmp_path: Any, settings: Any) -> None:
    workspace.lead_touches_per_week = 2
    workspace.company_touches_per_week = 3
    workspace.save()


def test_a_few_people(rep, sequence, mailbox):
    plan = compare(rep, sequence, world(rep, sequence, mailbox, 3, adaptive=True))
    assert plan


@pytest.mark.slow
@pytest.mark.parametrize("adaptive", [False, True])
def test_a_month_over_easter_and_two_changes_of_the_clock(rep, sequence, mailbox, adaptive):
    leads = world(rep, sequence, mailbox, 9, adaptive=adaptive)
    plan = compare(rep, sequence, leads)
    assert len(plan) > 20
    country = {lead.pk: lead.country for lead in leads}
    friday = {country[lead] for at, lead, *_ in plan if at.date() == date(2027, 3, 26)}
    assert not friday & {"DK", "GB"}, "Good Friday"
    per_day: dict[Any, int] = {}
    for at, _, _, channel in plan:
        if channel == "email":
            day = at.astimezone(rep.tz).date()
            per_day[day] = per_day.get(day, 0) + 1
    assert max(per_day.values()) == 2, "the mailbox's limit binds"
