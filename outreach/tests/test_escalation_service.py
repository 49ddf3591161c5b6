"""Hot answers that nobody gives in time: AP3."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from leads import thread
from leads.models import Lead, ThreadEvent
from leads.services import handover as leads_handover
from leads.services import lifecycle
from outreach.models import Task
from outreach.selectors_work import why_now
from outreach.services import escalation, handover, worklist
from outreach.tests.answering import came, classed
from salesagent.accounts.models import Notification, User, Workspace

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # 10:00 in Copenhagen
LATE = TUESDAY + timedelta(minutes=60)


@pytest.fixture(autouse=True)
def _ready(workspace: Workspace, mailbox: Any, manager: User) -> None:
    User.objects.update(time_zone="Europe/Copenhagen")


@pytest.fixture
def hot(lead: Lead) -> Lead:
    Lead.objects.filter(pk=lead.pk).update(score=91)
    return Lead.objects.get(pk=lead.pk)


def replied(lead: Lead, label: str = "question", at: datetime = TUESDAY, **more: Any) -> Task:
    """An answer came in and was understood."""
    with time_machine.travel(at, tick=False):
        event = came(lead, "What happens if a unit stops at 3 in the morning?")
        escalation.watch(classed(event, label, **more))
    return Task.objects.get(lead=lead, kind="answer", state="open")


def told(user: User) -> list[tuple[str, bool]]:
    rows = Notification.objects.filter(user=user).order_by("pk")
    return list(rows.values_list("kind", "urgent"))


def test_it_goes_to_the_manager_after_working_minutes(hot: Lead, rep: User, manager: User) -> None:
    task = replied(hot)
    assert task.deadline_at == LATE
    assert escalation.run(LATE - timedelta(seconds=1)) == 0
    assert escalation.run(LATE) == 1
    task.refresh_from_db()
    assert (task.escalated_at, task.escalated_to, task.owner) == (LATE, manager, rep)
    assert told(manager) == [("escalated", True)] and told(rep) == [("reply", True)]
    event = ThreadEvent.objects.get(kind="task.escalated")
    assert event.data["why"] == "Jonas has not answered for 60 working minutes."
    assert list(escalation.passed_on(manager)) == [task]


def test_today_says_when_it_goes_on(hot: Lead, rep: User) -> None:
    task = replied(hot)
    assert why_now(task, TUESDAY).endswith("It goes to the manager at 10:00.")
    assert "on Tuesday at 10:00" in why_now(task, TUESDAY - timedelta(days=3))
    escalation.run(LATE)
    task.refresh_from_db()
    assert "goes to" not in why_now(task, TUESDAY)


def test_it_is_passed_on_once(hot: Lead, manager: User) -> None:
    replied(hot)
    assert [escalation.run(LATE + timedelta(minutes=n)) for n in range(3)] == [1, 0, 0]
    assert ThreadEvent.objects.filter(kind="task.escalated").count() == 1
    assert len(told(manager)) == 1


def test_the_evening_does_not_count(hot: Lead) -> None:
    task = replied(hot, at=datetime(2026, 11, 24, 15, 30, tzinfo=UTC))
    assert task.deadline_at == datetime(2026, 11, 25, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize("label", ["objection", "not_interested", "other"])
def test_other_answers_have_no_deadline(hot: Lead, label: str) -> None:
    assert replied(hot, label).deadline_at is None


def test_a_corrected_class_takes_the_deadline_away(hot: Lead) -> None:
    task = replied(hot)
    assert task.event is not None
    escalation.watch(classed(task.event, "objection"))
    task.refresh_from_db()
    assert task.deadline_at is None


def test_what_is_not_hot_is_looked_at_again(lead: Lead, rep: User) -> None:
    task = replied(lead)
    assert escalation.run(LATE) == 0
    task.refresh_from_db()
    assert task.deadline_at == LATE + escalation.LOOK_AGAIN
    Lead.objects.filter(pk=lead.pk).update(score=80)
    assert escalation.run(LATE + escalation.LOOK_AGAIN) == 1


def test_an_urgent_answer_is_hot_whatever_the_score(lead: Lead) -> None:
    replied(lead, urgency="high")
    assert escalation.run(LATE) == 1


def test_an_unsure_class_is_none(hot: Lead) -> None:
    assert replied(hot, abstained=True).deadline_at is None


def test_who_is_away_is_not_waited_for(hot: Lead, rep: User) -> None:
    replied(hot)
    User.objects.filter(pk=rep.pk).update(away_from=date(2026, 11, 24), away_until=None)
    assert escalation.run(TUESDAY + timedelta(minutes=1)) == 1
    assert ThreadEvent.objects.get(kind="task.escalated").data["why"] == "Jonas is away."


def test_a_longer_patience_holds_for_what_waits_already(hot: Lead) -> None:
    task = replied(hot)
    Workspace.objects.update(escalate_after=120)
    assert escalation.run(LATE) == 0
    task.refresh_from_db()
    assert task.deadline_at == TUESDAY + timedelta(minutes=120)


def test_nought_tells_nobody(hot: Lead) -> None:
    Workspace.objects.update(escalate_after=0)
    assert replied(hot).deadline_at is None
    Task.objects.update(deadline_at=TUESDAY)
    assert escalation.run(LATE) == 0


def test_what_was_answered_is_not_passed_on(hot: Lead, rep: User) -> None:
    worklist.done(replied(hot), user=rep)
    assert escalation.run(LATE) == 0


def test_notices_end_with_the_wait(hot: Lead, rep: User, manager: User) -> None:
    task = replied(hot)
    escalation.run(LATE)
    task.refresh_from_db()
    worklist.done(task, user=rep)
    assert list(escalation.passed_on(manager)) == []
    escalation.run(LATE + timedelta(minutes=1))
    assert not Notification.objects.filter(read_at=None).exists()


def test_nobodys_lead_goes_at_once_to_the_owner_of_the_workspace(
    hot: Lead, owner: User, manager: User
) -> None:
    Lead.objects.filter(pk=hot.pk).update(owner=None)
    task = replied(Lead.objects.get(pk=hot.pk))
    Task.objects.filter(pk=task.pk).update(owner=None, deadline_at=TUESDAY)
    assert escalation.run(TUESDAY) == 1
    assert told(owner) == [("escalated", True)] and told(manager) == []


def test_a_manager_who_is_away_has_the_owner_beside(hot: Lead, manager: User, owner: User) -> None:
    User.objects.filter(pk=manager.pk).update(away_from=date(2026, 11, 1))
    task = replied(hot)
    escalation.run(LATE)
    task.refresh_from_db()
    assert task.escalated_to == owner
    assert len(told(owner)) == 1 and len(told(manager)) == 1


def test_without_anybody_above_the_person_learns_it(hot: Lead, manager: User, rep: User) -> None:
    manager.delete()
    task = replied(hot)
    assert escalation.run(LATE) == 1
    task.refresh_from_db()
    assert task.escalated_to is None and told(rep) == [("reply", True)]


def test_an_enquiry_has_two_minutes_and_then_the_same_patience(
    lead: Lead, rep: User, manager: User
) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        event = thread.record(lead=lead, kind="lead.inquired", actor="lead", body="Two cold rooms")
        worklist.add(
            "enquiry",
            owner=User.objects.get(pk=rep.pk),
            lead=lead,
            event=event,
            title="Answer Marta",
            due_at=TUESDAY,
            deadline_at=TUESDAY + timedelta(minutes=2),
        )
    for minute in (2, 3, 4):
        assert escalation.run(TUESDAY + timedelta(minutes=minute)) == 0
    assert told(rep) == [("reply", True)] and told(manager) == []
    assert escalation.run(LATE) == 1
    assert told(manager) == [("escalated", True)]


def test_other_teams_see_nothing(hot: Lead, other_manager: User, owner: User) -> None:
    replied(hot)
    escalation.run(LATE)
    assert not escalation.passed_on(other_manager).exists()
    assert not escalation.passed_on(owner).exists()


def test_ill_answer_moves_the_line_and_not_the_lead(hot: Lead, rep: User, manager: User) -> None:
    task = replied(hot)
    escalation.run(LATE)
    task.refresh_from_db()
    escalation.take(task, manager)
    hot.refresh_from_db()
    assert (task.owner, hot.owner) == (manager, rep)
    assert not escalation.passed_on(manager).exists()
    assert told(rep)[-1] == ("moved", False)
    with pytest.raises(escalation.EscalationError, match="settled"):
        escalation.take(task, manager)


def test_reassigning_moves_lead_and_line_and_the_clock_begins_anew(
    hot: Lead, rep: User, mate: User, manager: User
) -> None:
    User.objects.update(time_zone="Europe/Copenhagen")
    mate.refresh_from_db()
    task = replied(hot)
    other = worklist.add("follow_up", owner=rep, lead=hot, title="Call")
    assert other is not None
    escalation.run(LATE)
    task.refresh_from_db()
    with time_machine.travel(LATE, tick=False):
        escalation.give(task, mate, manager)
    for row in (hot, other):
        row.refresh_from_db()
    assert (task.owner, hot.owner, other.owner) == (mate, mate, mate)
    assert told(mate) == [("reassigned", False)]
    assert escalation.run(LATE + timedelta(minutes=59)) == 0
    assert escalation.run(LATE + timedelta(minutes=60)) == 1
    assert len(told(manager)) == 2


def test_erased_and_archived_people_are_left_alone(hot: Lead) -> None:
    task = replied(hot)
    Lead.objects.filter(pk=hot.pk).update(archived_at=LATE)
    assert escalation.run(LATE) == 0
    task.refresh_from_db()
    assert task.deadline_at is None


def test_many_open_lines_cost_the_same(
    hot: Lead, rep: User, django_assert_max_num_queries: Any
) -> None:
    Task.objects.bulk_create(
        [
            Task(kind="answer", lead=hot, owner=rep, title="Answer", due_at=TUESDAY)
            for _ in range(500)
        ]
    )
    with django_assert_max_num_queries(4):
        assert escalation.run(LATE) == 0


def test_a_lead_that_went_to_another_team_is_no_longer_shown_here(
    hot: Lead, manager: User, other_manager: User, stranger: User, owner: User
) -> None:
    task = replied(hot)
    escalation.run(LATE)
    assert list(escalation.passed_on(manager)) == [task]
    Lead.objects.filter(pk=hot.pk).update(owner=stranger)  # before the lines follow
    assert list(escalation.passed_on(manager)) == []
    Lead.objects.filter(pk=hot.pk).update(owner=task.owner)
    with time_machine.travel(LATE, tick=False):
        lifecycle.assign(hot, stranger, owner)
    assert list(escalation.passed_on(manager)) == []
    assert escalation.run(LATE + timedelta(minutes=60)) == 1
    assert list(escalation.passed_on(manager)) == []
    assert list(escalation.passed_on(other_manager)) == [task]


def test_the_next_owner_has_time_of_their_own(
    hot: Lead, mate: User, manager: User, owner: User
) -> None:
    """However the lead comes to them, and again when they do not answer either."""
    task = replied(hot)
    escalation.run(LATE)
    with time_machine.travel(LATE, tick=False):
        lifecycle.assign(hot, mate, manager)
    task.refresh_from_db()
    assert (task.owner, task.escalated_at, task.escalated_to) == (mate, None, None)
    assert task.deadline_at == LATE + timedelta(minutes=60)
    assert not escalation.passed_on(manager).exists()
    assert Notification.objects.filter(user=manager, kind="escalated", read_at=None).count() == 0
    assert [escalation.run(LATE + timedelta(minutes=n)) for n in (59, 60, 61)] == [0, 1, 0]
    assert list(escalation.passed_on(manager)) == [task]
    assert Notification.objects.filter(user=manager, kind="escalated", read_at=None).count() == 1


def test_what_becomes_nobodys_is_passed_on_at_once(hot: Lead, owner: User) -> None:
    task = replied(hot)
    escalation.run(LATE)
    with time_machine.travel(LATE + timedelta(minutes=1), tick=False):
        lifecycle.assign(hot, None, owner)
    assert escalation.run(LATE + timedelta(minutes=2)) == 1
    task.refresh_from_db()
    assert task.escalated_to == owner


def test_the_heir_has_time_of_their_own(hot: Lead, rep: User, mate: User) -> None:
    task = replied(hot)
    escalation.run(LATE)
    with time_machine.travel(LATE, tick=False):
        leads_handover.hand_over(rep, mate)
        handover.hand_over(rep, mate)
    task.refresh_from_db()
    assert (task.owner, task.deadline_at) == (mate, LATE + timedelta(minutes=60))
