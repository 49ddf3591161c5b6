"""Who waits where, what the next days bring, who had enough."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Company, Lead
from outreach.models import Enrollment, Mailbox, Sequence, Touch
from outreach.services import cadence_now
from salesagent.accounts.models import Workspace

NOW = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
EDGES = [NOW + timedelta(days=n) for n in range(-1, 3)]  # three days, the first one began
ALL = (0,)


def person(owner: Any = None, **values: Any) -> Lead:
    return Lead.objects.create(owner=owner, first_name="Ada", **values)


def inside(sequence: Sequence, owner: Any, state: str = "active", **values: Any) -> Enrollment:
    return Enrollment.objects.create(lead=person(owner), sequence=sequence, state=state, **values)


def reached(lead: Lead, many: int, at: datetime = NOW, **values: Any) -> None:
    for n in range(many):
        Touch.objects.create(
            lead=lead, channel="email", state="sent", due_at=at, **values,
            sent_at=at - timedelta(hours=n + 1),
        )  # fmt: skip


def test_people_stand_before_their_next_step(sequence: Sequence, rep: Any, mate: Any) -> None:
    first, second = sequence.steps.all()[:2]
    inside(sequence, rep, next_step_key=first.key, next_due_at=EDGES[1])
    inside(sequence, rep, next_step_key=first.key, next_due_at=EDGES[2])
    inside(sequence, mate, next_step_key=first.key, next_due_at=EDGES[2] - timedelta(minutes=1))
    inside(sequence, rep, next_step_key=second.key, next_due_at=EDGES[0] - timedelta(days=3))
    inside(sequence, rep, "paused", reason="replied", next_step_key=second.key, next_due_at=NOW)
    inside(sequence, rep, "stopped", reason="opted_out")
    inside(sequence, rep, "finished")
    found = {(one.step, one.state): one for one in cadence_now.standing(ALL, EDGES)}
    active = found[first.key, "active"]
    assert (active.people, active.late, active.days) == (3, 0, (0, 2, 1))
    late = found[second.key, "active"]
    assert (late.people, late.late, late.days) == (1, 1, (0, 0, 0))
    paused = found[second.key, "paused"]
    assert (paused.people, paused.reason, paused.late, sum(paused.days)) == (1, "replied", 0, 0)
    assert found[None, "stopped"].people == 1 and len(found) == 4
    mine = cadence_now.standing((mate.pk, -1), EDGES)
    assert [(one.people, one.days) for one in mine] == [(1, (0, 1, 0))]


def test_a_paused_sequence_plans_nothing(sequence: Sequence, rep: Any) -> None:
    inside(sequence, rep, next_step_key=sequence.steps.all()[0].key, next_due_at=NOW)
    Sequence.objects.update(state="paused")
    assert [(one.people, sum(one.days)) for one in cadence_now.standing(ALL, EDGES)] == [(1, 0)]
    Sequence.objects.update(state="archived")
    assert cadence_now.standing(ALL, EDGES) == []


def test_people_who_had_enough(workspace: Workspace, rep: Any, mate: Any) -> None:
    Workspace.objects.update(lead_touches_per_week=3)
    five, three, two = (person(one) for one in (rep, mate, None))
    reached(five, 5)
    reached(three, 3)
    reached(two, 2)
    reached(two, 1, at=NOW - timedelta(days=8))
    found = cadence_now.pressed_people(ALL, NOW)
    assert (found.limit, found.over, found.full) == (3, 1, 1)
    assert [(one.pk, one.touches) for one in found.named] == [(five.pk, 5), (three.pk, 3)]
    assert cadence_now.pressed_people((mate.pk,), NOW).over == 0
    assert cadence_now.pressed_people((-1,), NOW).full == 0


def test_answers_and_confirmations_do_not_press(workspace: Workspace, rep: Any) -> None:
    lead = person(rep)
    reached(lead, 9, kind="reply")
    assert cadence_now.pressed_people(ALL, NOW).named == ()


def test_companies_who_had_enough(workspace: Workspace, rep: Any) -> None:
    Workspace.objects.update(company_touches_per_week=4)
    company = Company.objects.create(name="Polna", name_key="polna")
    for _ in range(2):
        reached(person(rep, company=company), 3)
    reached(person(rep), 9)  # of no company
    found = cadence_now.pressed_companies(ALL, NOW)
    assert (found.over, found.full) == (1, 0)
    assert [(one.name, one.touches) for one in found.named] == [("Polna", 6)]


def test_drafts_that_wait(sequence: Sequence, rep: Any, mate: Any) -> None:
    held = inside(sequence, rep, "paused")
    for lead, enrollment in ((person(rep), None), (person(mate), None), (held.lead, held)):
        Touch.objects.create(
            lead=lead,
            enrollment=enrollment,
            channel="email",
            state="draft",
            due_at=NOW + timedelta(hours=1),
        )
    Touch.objects.filter(lead__owner=mate).update(due_at=NOW - timedelta(minutes=1))
    assert cadence_now.drafts(ALL, NOW) == cadence_now.Drafts(2, 1)
    assert cadence_now.drafts((rep.pk,), NOW) == cadence_now.Drafts(1, 0)


def test_what_mailboxes_send_a_day(workspace: Workspace, mailbox: Mailbox, mate: Any) -> None:
    Mailbox.objects.create(user=mate, address="m@own.example", daily_cap=7)
    Mailbox.objects.create(user=mate, address="off@own.example", state="paused")
    assert cadence_now.mails_a_day(ALL, NOW) == (workspace.mailbox_daily_cap + 7, 2)
    assert cadence_now.mails_a_day((mate.pk,), NOW) == (7, 1)


@pytest.mark.django_db
def test_few_queries(sequence: Sequence, rep: Any, django_assert_max_num_queries: Any) -> None:
    for _ in range(3):
        inside(sequence, rep, next_due_at=NOW)
    Workspace.current()
    with django_assert_max_num_queries(1):
        cadence_now.standing(ALL, EDGES)
    with django_assert_max_num_queries(3):
        cadence_now.pressed_people(ALL, NOW)
