"""What a manager sees of a team: rows that follow the thread, sums that name nobody."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coaching import access
from coaching.models import Practice, Talk
from coaching.services import examples, leaderboard, sharing, talks
from coaching.services import team as service
from coaching.services.shares import Share
from coaching.tests import world
from leads.models import Lead, Pain, ThreadEvent
from leads.services import corrections
from outreach.models import Touch
from salesagent.accounts.models import AuditEntry, User, Workspace
from salesagent.lib import privacy

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def lead_of(owner, number: int = 0) -> Lead:
    return Lead.objects.create(
        owner=owner, first_name="Ada", last_name="Novak", email=f"a{number}.{owner.pk}@x.example"
    )


def talk(rep, *, ago=10 * DAY, text=world.GOOD, label: str = "interested", lead=None) -> Lead:
    """An objection, an answer after half an hour, and what they wrote the day after."""
    lead = lead or lead_of(rep, Lead.objects.count())
    world.said(lead, ago=ago)
    Lead.objects.filter(pk=lead.pk).update(replied_at=timezone.now() - ago)
    world.answered(lead, rep, text, ago=ago - timedelta(minutes=30))
    if label:
        world.said(lead, "Let us talk.", label, ago=ago - DAY)
    return lead


def team_of(user) -> service.Team:
    return service.team(user, list(access.people(user)), 30)


def row(team, kind: str = "price"):
    return next(one for one in team.objections if one.kind == kind)


def test_talks_say_how_an_answer_was(lead, rep) -> None:
    Pain.objects.create(lead=lead, text="Failures cost", source="x", noted_at=timezone.now())
    talk(rep, lead=lead)
    [made] = talks.read(rep, timezone.now() - 30 * DAY)
    assert (made.about, made.objection, made.kept, made.worked) == ("answer", "price", True, True)
    assert (made.quick, made.pain, made.question) == (True, True, True)
    assert (made.acknowledged, made.discount_first) == (True, False)
    other = lead_of(rep)
    talk(rep, text=world.BAD, label="", lead=other)
    bad = next(one for one in talks.read(rep, timezone.now() - 30 * DAY) if one.lead_id == other.pk)
    assert (bad.kept, bad.worked, bad.discount_first, bad.question) == (False, None, True, False)


def test_an_answer_of_this_week_is_not_lost_yet(lead, rep) -> None:
    talk(rep, ago=2 * DAY, label="", lead=lead)
    [made] = talks.read(rep, timezone.now() - 30 * DAY)
    assert made.kept is None


def test_an_objection_that_waits_is_seen(lead, rep, manager) -> None:
    world.said(lead)
    Lead.objects.filter(pk=lead.pk).update(replied_at=timezone.now())
    talks.recount(rep)
    assert Talk.objects.get().about == "waiting"
    found = row(team_of(manager))
    assert (found.seen.share, found.kept.share) == (None, None)  # one private person's
    world.answered(lead, rep, ago=timedelta(minutes=5))
    talks.recount(rep)
    assert Talk.objects.get().about == "answer"


def test_calls_leave_a_step_or_not(lead, rep) -> None:
    world.called(lead, rep, "They are too expensive, they say. Call again next week.")
    world.called(lead, rep, "Nice talk.")
    found = talks.read(rep, timezone.now() - 30 * DAY)
    assert [(one.objection, one.next_step) for one in found] == [("price", True), ("", False)]


def test_recounting_follows_the_thread(lead, rep) -> None:
    talk(rep, lead=lead)
    assert talks.recount(rep) == 1
    assert talks.recount(rep) == 0
    theirs = ThreadEvent.objects.filter(kind="reply.received").order_by("occurred_at").first()
    assert theirs is not None
    corrections.correct(
        kind="hint", lead=lead, subject="objection", before="price", after="timing", user=rep,
        event=theirs,
    )  # fmt: skip
    assert talks.recount(rep) == 1
    assert Talk.objects.get().objection == "timing"
    Talk.objects.update(objection="trust", quick=None)
    assert talks.recount(rep) == 1
    assert Talk.objects.get().objection == "timing"
    User.objects.filter(pk=rep.pk).update(is_active=False)
    talks.recount_everybody()
    assert not Talk.objects.exists()


def test_drafts_that_were_changed(lead, rep, manager) -> None:
    now = timezone.now()
    for body in ("as it was", "changed"):
        Touch.objects.create(
            lead=lead, channel="email", state="sent", approved_by=rep, sent_at=now, due_at=now,
            body=body, machine_body="as it was",
        )  # fmt: skip
    talks.recount(rep)
    assert Practice.objects.get().drafts == {"30": [2, 1], "90": [2, 1]}


def test_one_private_person_is_never_told(rep, manager) -> None:
    talk(rep)
    talks.recount_everybody()
    team = team_of(manager)
    assert (team.met, row(team).seen.share, row(team).kept.share) == (0, None, None)
    assert all(habit.shown.share is None for habit in team.habits)
    assert service.person(manager, rep, 30) is None


def test_two_people_make_a_total_and_no_habit(rep, mate, manager) -> None:
    talk(rep)
    talk(mate, label="")
    talks.recount_everybody()
    team = team_of(manager)
    assert row(team).kept.share == Share(1, 2)
    assert all(habit.shown.share is None for habit in team.habits)
    assert (team.threads, team.people, team.sharing) == (2, 2, 0)


def test_who_shares_is_counted_and_seen(rep, mate, manager, owner, other_manager) -> None:
    talk(rep)
    talk(mate, label="")
    talks.recount_everybody()
    assert sharing.show_habits(rep, show=True)
    assert not sharing.show_habits(rep, show=True)
    assert AuditEntry.objects.filter(user=rep, action="coaching.habits_shared").count() == 1
    team = team_of(manager)
    # the sum of both minus what is open would be the other one's, and one who shares is no team
    assert (team.met, row(team).seen.share, row(team).kept.share) == (0, None, None)
    assert all(habit.shown.share is None for habit in team.habits)
    assert team.hidden
    assert service.person(manager, rep, 30) is not None
    assert service.person(owner, rep, 30) is not None
    assert service.person(manager, mate, 30) is None
    assert team_of(other_manager).threads == 0
    sharing.show_habits(rep, show=False)
    assert service.person(manager, rep, 30) is None
    assert row(team_of(manager)).kept.share == Share(1, 2)


def test_two_who_share_make_a_team(rep, mate, manager, team) -> None:
    third = User.objects.create_user("n@own.example", "x", name="N", team=team)
    for one in (rep, mate, third):
        talk(one)
        sharing.show_habits(one, show=one != third)
    talks.recount_everybody()
    found = team_of(manager)
    assert (row(found).seen.share, row(found).seen.partial) == (Share(2, 2), True)
    assert (row(found).kept.share, found.met) == (Share(2, 2), 2)
    quick = next(habit for habit in found.habits if habit.code == "quick")
    assert (quick.shown.share, quick.shown.people, quick.shown.whole) == (Share(2, 2), 2, 3)


def test_the_longer_time_less_the_shorter_is_nobody_s(rep, mate, manager, team) -> None:
    """Four worked lately only: what 90 days have more than 30 would be the fifth's."""
    others = [
        User.objects.create_user(f"n{n}@own.example", "x", name=f"N{n}", team=team)
        for n in range(4)
    ]
    for one in (rep, *others):
        talk(one)
    talk(rep, ago=50 * DAY)
    talks.recount_everybody()
    people = list(access.people(manager))
    short, long = (service.team(manager, people, days) for days in (30, 90))
    quick = [next(h.shown for h in found.habits if h.code == "quick") for found in (short, long)]
    assert (quick[0].share, quick[1].share) == (Share(5, 5), None)
    assert (row(short).seen.share, row(long).seen.share) == (Share(5, 5), None)
    assert row(long).kept.share is None


def test_five_make_the_habits_of_a_team(team, manager) -> None:
    for number in range(5):
        one = User.objects.create_user(f"n{number}@own.example", "x", name=f"N{number}", team=team)
        talk(one)
    talks.recount_everybody()
    found = team_of(manager)
    quick = next(habit for habit in found.habits if habit.code == "quick")
    assert (quick.shown.share, quick.shown.people) == (Share(5, 5), 5)


def test_the_leaderboard_is_not_computable_while_it_is_off(rep, mate, manager, owner) -> None:
    talk(rep)
    talk(mate)
    talks.recount_everybody()
    for user in (rep, manager, owner):
        with pytest.raises(leaderboard.LeaderboardOff):
            leaderboard.table(user, 30)
    assert leaderboard.switch(owner, to=True)
    assert not leaderboard.switch(owner, to=True)
    assert AuditEntry.objects.get(action="settings.changed").target == "leaderboard"
    assert {one.person for one in leaderboard.table(rep, 30)} == {rep, mate}
    assert leaderboard.table(rep, 30)[0].kept == Share(1, 1)
    assert service.person(manager, rep, 30) is not None
    leaderboard.switch(owner, to=False)
    assert not Workspace.current().leaderboard
    assert service.person(manager, rep, 30) is None


def test_side_by_side_says_nothing_weak_of_a_private_answer(rep, mate, manager) -> None:
    talk(mate, ago=12 * DAY)
    talk(rep, text=world.BAD, label="")
    talks.recount_everybody()
    pair = examples.pair(manager, "price")
    assert pair.last is not None and pair.won is not None
    assert (pair.last.who, pair.last.good, pair.last.weak) == ("", [], [])
    assert pair.won.who == "Priya"
    assert pair.won.good and not pair.won.weak
    sharing.show_habits(rep, show=True)
    pair = examples.pair(manager, "price")
    assert pair.last is not None
    assert "Gives a discount before asking" in pair.last.weak


def test_an_erased_lead_vanishes(lead, rep, manager) -> None:
    talk(rep, lead=lead)
    talks.recount(rep)
    assert access.evidence(manager).count() == 1
    Lead.objects.filter(pk=lead.pk).update(erased_at=timezone.now())
    assert access.evidence(manager).count() == 0
    for holder in privacy.HOLDERS.values():
        holder.erase(lead.pk)
    assert not Talk.objects.exists()


def test_a_copy_of_a_person_s_data_holds_no_private_feedback(lead, rep) -> None:
    from coaching.services import review

    world.said(lead)
    made = review.review_answer(world.answered(lead, rep))
    assert made is not None
    told = str(privacy.HOLDERS["coaching"].export(lead.pk))
    assert made.strengths[0]["text"] not in told
    assert made.handling not in told


def test_what_a_team_costs(team, rep, manager, django_assert_max_num_queries) -> None:
    for number in range(6):
        talk(User.objects.create_user(f"n{number}@own.example", "x", name=f"N{number}", team=team))
    talks.recount_everybody()
    Workspace.current()
    with django_assert_max_num_queries(9):
        team_of(manager)
    talk(rep)
    with django_assert_max_num_queries(8):
        talks.read(rep, timezone.now() - 90 * DAY)
