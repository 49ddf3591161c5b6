"""Who gets a new lead: rules in their order, skills, turns, room, absence; and the way back."""

import threading
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from leads.intake.rows import LeadRow
from leads.models import AssignmentRule, Decision, Lead, ThreadEvent
from leads.services import assignment, assignment_fit, assignment_rules, decisions, handed_in
from leads.services.assignment import Desk, Given, Passed
from leads.services.decisions import DecisionError
from outreach.models import Task
from salesagent.accounts.models import AuditEntry, Notification, User, Workspace

pytestmark = pytest.mark.django_db
TURN, ROOM = AssignmentRule.How.TURN, AssignmentRule.How.ROOM


def rule(name: str = "Denmark", *people: User, **more: Any) -> AssignmentRule:
    values = {"how": TURN, "position": AssignmentRule.objects.count() + 1, **more}
    made = AssignmentRule.objects.create(name=name, **values)
    made.people.set(people)
    return made


def new(**values: Any) -> Lead:
    number = Lead.objects.count()
    given = {"first_name": "Ada", "email": f"ada{number}@x.example", "country": "DK", **values}
    return Lead.objects.create(**given)


def to(lead: Lead) -> User | None:
    found = assignment.assign(lead)
    return found.to if found else None


@pytest.mark.parametrize(
    ("fits", "yes"),
    [
        ({}, True),
        ({"countries": ["dk", "de"]}, True),
        ({"countries": ["de"]}, False),
        ({"cities": ["københavn"]}, True),
        ({"postcodes": ["dk21", "21"]}, True),
        ({"postcodes": ["5"]}, False),
        ({"zones": ["europe/"]}, True),
        ({"zones": ["america/"]}, False),
        ({"trades": ["bakery"]}, True),
        ({"sources": ["form"]}, True),
        ({"sources": ["fair"]}, False),
        ({"languages": ["da"]}, True),
        ({"languages": ["de"], "countries": ["dk"]}, False),
    ],
)
def test_a_rule_is_about_some_leads(fits: dict[str, list[str]], yes: bool) -> None:
    lead = Lead(
        country="DK",
        city="København",
        postcode="21 00",
        time_zone="Europe/Copenhagen",
        trade="Bakery",
        source="Web form",
        language="da-DK",
    )
    assert (not assignment_fit.misses(AssignmentRule(fits=fits), lead)) is yes


@pytest.mark.parametrize(
    ("asked", "has", "yes"),
    [
        (["german"], ["Deutsch"], True),
        (["german"], ["French"], False),
        (["cold rooms"], ["Cold rooms"], True),
        (["@language"], ["german"], True),
        (["@language"], [], False),
        (["@trade"], ["Bakery"], True),
        (["@trade", "french"], ["bakery"], False),
    ],
)
def test_skills(asked: list[str], has: list[str], yes: bool) -> None:
    lead = Lead(language="de", trade="bakery")
    assert assignment_fit.able(AssignmentRule(skills=asked), lead, User(skills=has)) is yes
    if asked[0][0] == "@" and len(asked) == 1:  # what is not known cannot be asked for
        assert assignment_fit.able(AssignmentRule(skills=asked), Lead(), User(skills=[]))


def test_the_first_rule_that_fits_decides_and_says_so(rep: Any, mate: Any) -> None:
    rule("Germany", rep, fits={"countries": ["de"]})
    mine = rule("Denmark", mate, fits={"countries": ["dk"]})
    rule("All", rep)
    lead = new()
    assert to(lead) == mate == Lead.objects.get(pk=lead.pk).owner
    event = ThreadEvent.objects.get(lead=lead, kind="lead.assigned")
    assert event.data == {"from": None, "to": mate.pk, "why": "Rule Denmark, in turn."}
    mine.refresh_from_db()
    assert (mine.used, mine.last_person) == (1, mate)
    assert assignment.assign(lead) is None  # it has an owner
    assert Notification.objects.filter(user=mate, kind="reassigned").count() == 1


def test_it_is_given_back(rep: Any, manager: Any) -> None:
    rule("All", rep)
    lead = new()
    assignment.assign(lead)
    decision = Decision.objects.get(lead=lead, rule="assign")
    with pytest.raises(DecisionError):
        decisions.undo(decision, rep)
    decision.refresh_from_db()
    decisions.undo(decision, manager)
    assert Lead.objects.get(pk=lead.pk).owner is None


def test_turns_go_round_and_skip_who_is_away(rep: Any, mate: Any) -> None:
    rule("All")
    assert [to(new()) for _ in range(3)] == [rep, mate, rep]
    User.objects.filter(pk=mate.pk).update(away_from=date(2020, 1, 1))
    assert [to(new()) for _ in range(2)] == [rep, rep]
    User.objects.filter(pk=rep.pk).update(is_active=False)
    assert to(new()) is None  # nobody is here: nobody's, and managers hear of it


def test_nobody_fits_tells_managers_once(rep: Any, manager: Any) -> None:
    rule("Germany", rep, fits={"countries": ["de"]})
    assert to(new()) is None
    assert to(new()) is None
    assert Notification.objects.filter(user=manager, kind="rebalance").count() == 1
    assert not Notification.objects.filter(user=rep).exists()


def test_without_rules_other_leads_are_left_alone(rep: Any, manager: Any) -> None:
    assert to(new()) is None
    assert not Notification.objects.exists()


def test_most_room_counts_work_and_what_was_just_given(rep: Any, mate: Any) -> None:
    User.objects.update(daily_capacity=2, work_days=[0, 1, 2, 3, 4, 5, 6])
    rule("All", how=ROOM)
    for _ in range(4):
        Task.objects.create(kind="follow_up", owner=rep, title="Call", due_at=timezone.now())
    assert [to(new()) for _ in range(4)] == [mate] * 4  # 14 of 14, then 11 of 14
    found = assignment.assign(new())
    assert found is not None
    assert found.to == rep  # 10 of 14 each: the first of them
    assert found.why == "Rule All, most room: 10 of 14 this week"


def test_when_nobody_has_room_the_least_pressed_gets_it(rep: Any, mate: Any) -> None:
    User.objects.update(daily_capacity=0)
    rule("All", rep, how=ROOM)
    found = Desk(trying=True).give(new())
    assert found is not None
    assert found.why == "Rule All, nobody has room, least over: 0 of 0 this week"


def test_many_leads_are_given_with_few_queries(
    rep: Any, mate: Any, django_assert_max_num_queries: Any
) -> None:
    rule("All", how=ROOM)
    leads = [Lead(first_name=str(number), country="DK") for number in range(300)]
    with django_assert_max_num_queries(12):
        given = assignment.give_new(leads)
    assert Counter(one.to for one in given.values()) == {rep: 150, mate: 150}
    assert AssignmentRule.objects.get().used == 300


def test_an_enquiry_no_rule_fits_goes_to_the_person_of_the_form(rep: Any, mate: Any) -> None:
    Workspace.current()
    Workspace.objects.update(form_owner=mate)
    rule("Germany", rep, fits={"countries": ["de"]})
    found = assignment.assign(new(), enquiry=True)
    assert found is not None
    assert (found.to, found.why) == (mate, "No rule fits, and enquiries go there")
    User.objects.filter(pk=mate.pk).update(away_from=date(2020, 1, 1))
    assert assignment.assign(new(), enquiry=True).to == rep  # type: ignore[union-attr]


def test_what_a_program_hands_in_goes_by_the_rules(rep: Any, manager: Any) -> None:
    assert handed_in.owner_of(manager, None) == manager
    rule("All", rep)
    assert handed_in.owner_of(rep, None) == rep  # a rep's own stay with the rep
    assert handed_in.owner_of(manager, None) is None
    row = LeadRow(first_name="Ada", email="ada@y.example")
    brought = handed_in.bring(
        row, user=manager, owner=None, source="API", basis="consent", basis_source="Fair"
    )
    assert Lead.objects.get(pk=brought.lead.pk).owner == rep


def test_trying_out_keeps_nothing(rep: Any, mate: Any) -> None:
    german = rule("Germany", mate, fits={"countries": ["de"]})
    skilled = rule("Speaks it", skills=["@language"])
    rule("All", rep)
    tried = assignment_rules.try_out(Lead(country="DK", language="da"))
    assert tried.given
    assert tried.given.to == rep
    assert tried.passed == [
        Passed(german, "another country"),
        Passed(skilled, "nobody of it has the skills"),
    ]
    assert not AssignmentRule.objects.filter(used__gt=0).exists()


def test_rules_are_kept_moved_and_removed_with_a_trail(rep: Any, owner: Any) -> None:
    values = {"name": "A", "fits": {"countries": ["dk"]}, "skills": ["@language"], "how": "turn"}
    first = assignment_rules.save(None, values, [rep], owner)
    second = assignment_rules.save(None, {**values, "name": "B", "fits": {}}, [], owner)
    assert [line.rule for line in assignment_rules.lines()] == [first, second]
    says = [line.sentence for line in assignment_rules.lines()]
    assert says == [
        "Leads from Denmark go to Jonas who knows their language, in turn.",
        "All leads go to any rep who knows their language, in turn.",
    ]
    assert assignment_rules.move(second, True, owner)
    assert not assignment_rules.move(second, True, owner)
    assert [line.rule for line in assignment_rules.lines()] == [second, first]
    assignment_rules.switch(first, False, owner)
    assert Desk(trying=True).rules == [second]
    User.objects.filter(pk=rep.pk).update(is_active=False)
    assert "works here" in assignment_rules.lines()[1].trouble
    assignment_rules.remove(first, owner)
    actions = AuditEntry.objects.values_list("action", flat=True).order_by("pk")
    assert [one.partition("_")[2] for one in actions] == ["made", "made", "moved", "off", "removed"]


@pytest.mark.parametrize("how", [TURN, ROOM])
def test_two_at_once_do_not_take_the_same_turn(crowd: None, rep: Any, mate: Any, how: str) -> None:
    rule("All", how=how)
    leads = [new() for _ in range(8)]
    faults: list[BaseException] = []
    start = threading.Barrier(len(leads))

    def give(lead: Lead) -> None:
        try:
            start.wait(10)
            assignment.assign(lead)
        except BaseException as error:  # noqa: BLE001  told below
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=give, args=(lead,)) for lead in leads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not faults
    owners = Counter(Lead.objects.values_list("owner", flat=True))
    assert owners == {rep.pk: 4, mate.pk: 4}


def test_a_given_lead_says_why() -> None:
    given = Given(User(name="Priya Nair"), "Rule Denmark, most room: 12 of 30 this week")
    assert given.words == "Given to Priya: rule Denmark, most room: 12 of 30 this week."


def test_leads_of_the_last_day_take_room(rep: Any, mate: Any) -> None:
    rule("All", how=ROOM)
    lead = new(owner=rep)
    assert to(new()) == mate
    Lead.objects.update(created_at=timezone.now() - timedelta(days=2))
    Lead.objects.filter(pk=lead.pk).update(sequence_state="active")
    assert to(new()) == rep
