"""Whoever sees or holds a line sees its lead, whatever becomes of the lead or of the account."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from leads.models import Lead, Merge
from leads.services import lifecycle, merging, unmerging
from outreach import panels_nav, selectors_work
from outreach.models import Task
from outreach.services import digest, escalation, worklist
from outreach.tests.answering import came, classed
from salesagent.accounts import people
from salesagent.accounts.models import Notification, User

pytestmark = pytest.mark.django_db
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = TUESDAY + timedelta(hours=3)


@pytest.fixture
def line(lead: Any, rep: Any, manager: Any, mailbox: Any, workspace: Any) -> Task:
    """A hot answer of the rep's lead that was passed on to their manager."""
    Lead.objects.filter(pk=lead.pk).update(score=91)
    with time_machine.travel(TUESDAY, tick=False):
        event = came(Lead.objects.get(pk=lead.pk), "SECRETBODY what if it stops?")
        escalation.watch(classed(event, "question"))
    escalation.run(TUESDAY + timedelta(hours=2, minutes=1))
    found = Task.objects.get(kind="answer")
    assert found.escalated_to == manager
    return found


@pytest.fixture
def keeper(stranger: Any) -> Lead:
    values = {"first_name": "Keep", "email": "k@k.example", "phone": "+4512341234"}
    return Lead.objects.create(owner=stranger, lawful_basis="consent", **values)


def shut(user: Any, task: Task, as_user: Any) -> bool:
    """Nothing of the line is shown to this person, anywhere."""
    with time_machine.travel(LATER, tick=False):
        client = as_user(user)
        page = client.get("/today/").content.decode()
        said = str(digest.gather(user, LATER).parts)
        opened = client.get(reverse("outreach:today_task", args=[task.pk]))
        counts = selectors_work.due_counts(user, LATER)["all"], panels_nav.nav_counts(user)["today"]
        return (
            opened.status_code == 404
            and "SECRETBODY" not in page + said
            and counts == (0, 0)
            and not selectors_work.tasks_visible(user).filter(pk=task.pk).exists()
        )


def test_an_answer_taken_over_goes_with_the_lead(
    line: Task, lead: Any, manager: Any, stranger: Any, owner: Any, as_user: Any
) -> None:
    escalation.take(line, manager)
    with time_machine.travel(LATER, tick=False):
        lifecycle.assign(Lead.objects.get(pk=lead.pk), stranger, owner)
    line.refresh_from_db()
    assert line.owner == stranger and line.escalated_at is None
    assert line.deadline_at is not None and line.deadline_at > LATER
    assert shut(manager, line, as_user)
    told = Notification.objects.filter(key__startswith=f"line:{line.pk}:").get()
    assert told.user == stranger and told.kind == "reassigned"
    assert Notification.objects.filter(user=manager, key__startswith="line:gone:").exists()
    came(Lead.objects.get(pk=lead.pk), "SECRETBODY our budget is 40k", key="2")
    assert Task.objects.get(kind="answer", state="open").owner == stranger
    assert shut(manager, line, as_user)


def test_a_manager_who_helps_keeps_it_while_they_see_the_lead(
    line: Task, lead: Any, manager: Any, mate: Any, owner: Any
) -> None:
    escalation.take(line, manager)
    lifecycle.assign(Lead.objects.get(pk=lead.pk), mate, owner)
    line.refresh_from_db()
    assert line.owner == manager


def test_a_held_line_is_shown_to_nobody_who_lost_the_lead(
    line: Task, lead: Any, manager: Any, stranger: Any, as_user: Any
) -> None:
    """Whatever wrote the row: the rule does not wait for the line to move."""
    escalation.take(line, manager)
    Lead.objects.filter(pk=lead.pk).update(owner=stranger)
    assert shut(manager, line, as_user)
    with time_machine.travel(LATER, tick=False):
        assert selectors_work.next_up(manager, TUESDAY - timedelta(days=3)) is None


def test_a_merge_gives_the_line_to_the_keepers_owner(
    line: Task, lead: Any, keeper: Lead, rep: Any, mate: Any, manager: Any, stranger: Any,
    owner: Any, as_user: Any,
) -> None:  # fmt: skip
    with time_machine.travel(LATER, tick=False):
        row = merging.merge(keeper, Lead.objects.get(pk=lead.pk), {}, owner)
    line.refresh_from_db()
    assert (line.lead_id, line.owner, line.escalated_to) == (keeper.pk, stranger, None)
    assert line.deadline_at is not None and line.deadline_at > LATER
    for user in (rep, manager):
        assert shut(user, line, as_user)
    for name, data in (
        ("task_give", {"to": mate.pk}),
        ("task_take", {}),
        ("task_answer", {"body": "x"}),
    ):
        for user in (rep, manager):
            answer = as_user(user).post(reverse(f"outreach:{name}", args=[line.pk]), data)
            assert answer.status_code in (403, 404), name
    keeper.refresh_from_db()
    assert keeper.owner == stranger
    unmerging.undo(Merge.objects.get(pk=row.pk), owner)
    line.refresh_from_db()
    assert (line.lead_id, line.owner) == (lead.pk, rep)
    assert shut(stranger, line, as_user)


def test_nobodys_line_is_the_keepers_owners(
    line: Task, lead: Any, keeper: Lead, manager: Any, stranger: Any, owner: Any, as_user: Any
) -> None:
    Lead.objects.filter(pk=lead.pk).update(owner=None)
    Task.objects.update(owner=None, escalated_to=None)
    merging.merge(keeper, Lead.objects.get(pk=lead.pk), {}, owner)
    line.refresh_from_db()
    assert line.owner == stranger
    assert shut(manager, line, as_user)


def test_a_line_of_a_merged_lead_is_the_keepers(
    lead: Any, keeper: Lead, rep: Any, stranger: Any, owner: Any
) -> None:
    merging.merge(keeper, lead, {}, owner)
    gone = Lead.objects.get(pk=lead.pk)
    made = worklist.add(Task.Kind.ATTENTION, owner=rep, lead=gone, title="It bounced")
    assert made is not None and (made.lead, made.owner) == (keeper, stranger)


def test_a_new_line_is_of_somebody_who_sees_the_lead(
    lead: Any, rep: Any, stranger: Any, manager: Any
) -> None:
    made = worklist.add(Task.Kind.ATTENTION, owner=stranger, lead=lead, title="Look")
    assert made is not None and made.owner == rep
    Lead.objects.filter(pk=lead.pk).update(owner=None)
    nobodys = Lead.objects.get(pk=lead.pk)
    made = worklist.add(Task.Kind.ATTENTION, owner=rep, lead=nobodys, title="Look again")
    assert made is not None and made.owner == manager


def test_who_leaves_gives_back_what_they_answered_for_others(
    line: Task, lead: Any, rep: Any, manager: Any, stranger: Any, owner: Any, as_user: Any
) -> None:
    escalation.take(line, manager)
    with time_machine.travel(LATER, tick=False):
        people.deactivate(manager, heir=stranger, by=owner)
    line.refresh_from_db()
    assert line.owner == rep and line.deadline_at is not None and line.deadline_at > LATER
    assert shut(stranger, line, as_user)


def test_an_heir_of_another_team_gets_what_a_manager_held(
    line: Task, rep: Any, manager: Any, stranger: Any, owner: Any, as_user: Any
) -> None:
    escalation.take(line, manager)
    people.deactivate(rep, heir=stranger, by=owner)
    line.refresh_from_db()
    assert line.owner == stranger
    assert shut(manager, line, as_user)


@pytest.mark.parametrize("change", ["rep's team", "manager's team", "manager's role"])
def test_another_team_or_role_gives_the_line_back(
    line: Task, rep: Any, manager: Any, other_team: Any, owner: Any, as_user: Any, change: str
) -> None:
    escalation.take(line, manager)
    who = rep if change.startswith("rep") else manager
    role = "rep" if change.endswith("role") else who.role
    team = who.team if change.endswith("role") else other_team
    people.change_role(who, role=role, team=team, by=owner)
    line.refresh_from_db()
    assert line.owner == rep
    assert shut(User.objects.get(pk=manager.pk), line, as_user)


def test_what_was_passed_on_to_somebody_who_leaves_is_passed_on_anew(
    line: Task, manager: Any, owner: Any
) -> None:
    people.deactivate(manager, heir=None, by=owner)
    line.refresh_from_db()
    assert line.escalated_at is None and line.escalated_to is None
    escalation.run(timezone.now() + timedelta(days=4))
    line.refresh_from_db()
    assert line.escalated_to == owner
