"""What could move, who gets it, that nothing else moves, and the way back."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from leads.models import AssignmentRule, Decision, Lead
from leads.services import decisions
from leads.services.decisions import DecisionError
from outreach.models import Booking, Enrollment, Task, Touch
from outreach.services import balance, balancing
from salesagent.accounts.models import AuditEntry, Notification, User

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def busy(owner: Any, name: str, times: int = 1, **more: Any) -> Lead:
    """A lead that asks for work `times` times this week."""
    lead = Lead.objects.create(owner=owner, first_name=name, email=f"{name}@x.example", **more)
    for _ in range(times):
        Task.objects.create(kind="follow_up", owner=owner, lead=lead, title="Call", due_at=NOW)
    return lead


def capacity(user: Any, week: int) -> None:
    """So many things a week."""
    days = [(NOW + timedelta(days=number)).weekday() for number in range(week)]
    User.objects.filter(pk=user.pk).update(daily_capacity=1, work_days=days)
    user.refresh_from_db()


def moves(*users: Any) -> list[tuple[str, Any]]:
    for user in users:
        user.refresh_from_db()
    return [(move.lead.first_name, move.to) for move in balance.propose(users).moves]


def test_the_fewest_leads_that_are_enough_move(rep: Any, mate: Any) -> None:
    capacity(rep, 3)
    for name, times in (("ada", 1), ("ben", 2), ("eva", 4)):
        busy(rep, name, times)
    found = balance.propose([rep, mate])  # 7 of 3: four too many
    assert [(one.lead.first_name, one.to) for one in found.moves] == [("eva", mate)]
    assert found.moves[0].why == "4 things to do within the week"
    assert found.after == {rep.pk: 3, mate.pk: 4}
    Task.objects.filter(lead__first_name="ben").first().delete()  # type: ignore[union-attr]
    assert moves(rep, mate) == [("eva", mate)]  # three: eva alone, not ben and ada


def test_a_week_that_fits_is_left_alone(rep: Any, mate: Any) -> None:
    capacity(rep, 3)
    busy(rep, "ada", 3)
    assert moves(rep, mate) == []


def test_live_talks_stay(rep: Any, mate: Any, lead: Lead) -> None:
    capacity(rep, 1)
    busy(rep, "answered", 2, replied_at=NOW - timedelta(days=13))
    busy(rep, "meets", 2, stage="meeting")
    hot = busy(rep, "hot")
    Task.objects.create(kind="answer", owner=rep, lead=hot, title="Answer", due_at=NOW)
    booked = busy(rep, "booked")
    at = NOW + timedelta(days=5)
    Booking.objects.create(lead=booked, remote_id="1", starts_at=at, remote_at=NOW)
    busy(rep, "old", 1, replied_at=NOW - timedelta(days=15))
    found = balance.propose([rep, mate])
    assert [move.lead.first_name for move in found.moves] == ["old"]
    assert found.left[rep.pk] == 6


def test_whom_a_manager_answers_stays(rep: Any, mate: Any, manager: Any) -> None:
    User.objects.filter(pk=rep.pk).update(away_from=NOW.date(), away_until=date(2026, 12, 24))
    for name, owner, at in (("hers", manager, NOW), ("late", rep, NOW), ("open", rep, None)):
        lead = busy(rep, name)
        to = rep if name == "late" else None
        Task.objects.create(
            kind="answer", owner=owner, lead=lead, title="Answer", due_at=NOW,
            escalated_at=at, escalated_to=manager if to else None,
        )  # fmt: skip
    assert sorted(name for name, _ in moves(rep, mate)) == ["late", "open"]
    kept = Lead.objects.get(first_name="hers")
    done = balancing.apply(manager, [(kept.pk, rep.pk, mate.pk)])
    assert done.moved == 0


def test_of_somebody_away_all_moves_and_live_talks_first(rep: Any, mate: Any) -> None:
    busy(rep, "ada", 3)
    busy(rep, "talks", 1, replied_at=NOW)
    Lead.objects.create(owner=rep, first_name="rests", email="rests@x.example")
    User.objects.filter(pk=rep.pk).update(away_from=date(2026, 11, 25))  # tomorrow
    rep.refresh_from_db()
    found = balance.propose([rep, mate])
    assert [move.lead.first_name for move in found.moves] == ["talks", "ada"]
    assert found.moves[0].why.startswith("In a live talk, 1 thing")
    User.objects.filter(pk=mate.pk).update(away_from=date(2026, 11, 24))
    assert moves(rep, mate) == []  # nobody is here


def test_rules_and_teams_say_who_may_get_it(rep: Any, mate: Any, stranger: Any) -> None:
    capacity(rep, 0)
    busy(rep, "ada", country="DK", language="de")
    assert moves(rep, stranger) == []  # another team
    rule = AssignmentRule.objects.create(name="Denmark", fits={"countries": ["dk"]})
    rule.people.set([stranger])
    assert moves(rep, mate, stranger) == []
    rule.people.set([mate])
    assert moves(rep, mate) == [("ada", mate)]
    AssignmentRule.objects.update(skills=["@language"])
    assert moves(rep, mate) == []
    User.objects.filter(pk=mate.pk).update(skills=["German"])
    assert moves(rep, mate) == [("ada", mate)]


def test_nobody_is_brought_over(rep: Any, mate: Any) -> None:
    capacity(rep, 0)
    capacity(mate, 2)
    busy(rep, "ada", 2)
    busy(rep, "ben", 2)
    found = balance.propose([rep, mate])
    assert len(found.moves) == 1
    assert found.left[rep.pk] == 2


def test_queries_do_not_grow(rep: Any, mate: Any, django_assert_num_queries: Any) -> None:
    capacity(rep, 2)
    for number in range(3):
        busy(rep, f"n{number}", 3)
    with django_assert_num_queries(12):
        balance.propose([rep, mate])
    for number in range(30):
        busy(rep, f"m{number}", 3)
    with django_assert_num_queries(12):
        balance.propose([rep, mate])


def applied(manager: Any, *users: Any) -> balancing.Applied:
    keys = [move.key for move in balance.propose(users).moves]
    return balancing.apply(manager, balancing.read(keys))


def test_applied_moves_take_tasks_along_and_go_back(
    rep: Any, mate: Any, manager: Any, sequence: Any
) -> None:
    capacity(rep, 0)
    lead = busy(rep, "ada")
    step = sequence.steps.first()
    row = Enrollment.objects.create(
        lead=lead, sequence=sequence, next_step_key=step.key, next_due_at=NOW
    )
    touch = Touch.objects.create(
        lead=lead, enrollment=row, step=step, step_key=step.key, channel="email", due_at=NOW
    )
    done = applied(manager, rep, mate)
    assert (done.moved, done.stayed) == (1, 0)
    lead.refresh_from_db()
    assert lead.owner == mate
    assert Task.objects.get().owner == mate
    row.refresh_from_db()
    assert (row.state, Touch.objects.get(pk=touch.pk).state) == ("active", "draft")
    titles = dict(Notification.objects.values_list("user", "title"))
    assert titles == {mate.pk: "Elena gave you 1 lead", rep.pk: "Elena moved 1 lead of yours"}
    assert AuditEntry.objects.get(action="leads.balanced").data["rows"] == 1
    (batch,) = balancing.batches(manager)
    assert (batch.leads, batch.by) == (1, "Elena Rossi")
    assert balancing.take_back(manager, batch.code) == 1
    lead.refresh_from_db()
    assert (lead.owner, Task.objects.get().owner) == (rep, rep)
    assert balancing.batches(manager) == []
    assert balancing.take_back(manager, batch.code) == 0
    titles = dict(Notification.objects.values_list("user", "title"))
    assert titles == {mate.pk: "1 lead went back", rep.pk: "1 lead came back to you"}
    assert not Notification.objects.filter(read_at=None).exists()


def test_who_has_read_of_the_move_is_told_that_it_came_back(
    rep: Any, mate: Any, manager: Any
) -> None:
    capacity(rep, 0)
    busy(rep, "ada")
    done = applied(manager, rep, mate)
    Notification.objects.update(read_at=NOW)
    balancing.take_back(manager, done.batch)
    told = Notification.objects.filter(read_at=None).values_list("user", "title", "kind")
    assert set(told) == {
        (rep.pk, "1 lead came back to you", "reassigned"),
        (mate.pk, "1 lead went back", "moved"),
    }


def test_what_changed_meanwhile_stays(rep: Any, mate: Any, manager: Any, stranger: Any) -> None:
    capacity(rep, 0)
    lead, talks = busy(rep, "ada"), busy(rep, "ben")
    keys = [f"{one.pk}:{rep.pk}:{mate.pk}" for one in (lead, talks)]
    Lead.objects.filter(pk=talks.pk).update(replied_at=NOW)
    wanted = balancing.read([*keys, "x:1:2", "1:2", f"{lead.pk}:{rep.pk}:{stranger.pk}"])
    assert len(wanted) == 3
    done = balancing.apply(manager, wanted)
    assert (done.moved, done.stayed) == (1, 2)
    assert Lead.objects.get(pk=talks.pk).owner == rep


def test_nobody_moves_leads_of_another_team(
    rep: Any, mate: Any, other_manager: Any, manager: Any
) -> None:
    lead = busy(rep, "ada")
    wanted = balancing.read([f"{lead.pk}:{rep.pk}:{mate.pk}"])
    assert balancing.apply(other_manager, wanted).moved == 0
    done = balancing.apply(manager, wanted)
    assert balancing.batches(other_manager) == []
    assert balancing.take_back(other_manager, done.batch) == 0


def test_one_move_is_undone_for_seven_days(rep: Any, mate: Any, manager: Any) -> None:
    capacity(rep, 0)
    lead = busy(rep, "ada")
    applied(manager, rep, mate)
    decision = Decision.objects.get(rule="balance")
    with pytest.raises(DecisionError):
        decisions.undo(decision, mate)
    decision.refresh_from_db()
    Decision.objects.update(at=NOW - timedelta(days=8))
    with pytest.raises(DecisionError):
        decisions.undo(Decision.objects.get(), manager)
    Decision.objects.update(at=NOW - timedelta(days=6))
    assert decisions.undo(Decision.objects.get(), manager) == "Back with Jonas."
    assert Lead.objects.get(pk=lead.pk).owner == rep


def test_managers_hear_of_it_after_three_days_once_a_day(
    rep: Any, mate: Any, manager: Any, other_manager: Any
) -> None:
    capacity(rep, 0)
    lead = busy(rep, "ada")
    assert balancing.watch() == 0  # the first day
    rep.refresh_from_db()
    assert rep.over_since == date(2026, 11, 24)
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        assert balancing.watch() == 1
        assert balancing.watch() == 0
    notice = Notification.objects.get(kind="rebalance")
    assert notice.user == manager
    assert notice.title == "Jonas has too much to do, or will be away"
    assert Lead.objects.get(pk=lead.pk).owner == rep  # nothing moved
    Task.objects.all().delete()
    balancing.watch()
    rep.refresh_from_db()
    assert rep.over_since is None


def test_managers_hear_the_day_before_somebody_leaves(rep: Any, mate: Any, manager: Any) -> None:
    busy(rep, "ada")
    User.objects.filter(pk=rep.pk).update(away_from=date(2026, 11, 25))
    assert balancing.watch() == 1


def test_nothing_goes_back_to_who_changed_the_team(
    lead: Lead, rep: Any, mate: Any, manager: Any, other_team: Any
) -> None:
    """It would leave the sight of the manager who takes the move back."""
    got = balancing.apply(manager, [(lead.pk, rep.pk, mate.pk)])
    User.objects.filter(pk=rep.pk).update(team=other_team)
    assert balancing.take_back(manager, got.batch) == 0
    with pytest.raises(DecisionError, match="has left the team"):
        decisions.undo(Decision.objects.get(), manager)
    lead.refresh_from_db()
    assert lead.owner == mate
