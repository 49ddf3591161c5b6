"""The page of the rules: read by all, changed by the owner; proposals by whoever sees the lead."""

from typing import Any

import pytest
from django.urls import reverse

from leads.models import Decision, Lead
from outreach.models import CadenceRule
from outreach.services import cadence_rules


@pytest.fixture(autouse=True)
def _ready(workspace: Any) -> None:
    """A workspace."""


def save(client: Any, code: str, **data: Any) -> Any:
    return client.post(reverse("outreach:rule_save", args=[code]), data)


def test_each_rule_says_when_what_and_why(as_user, rep):
    text = as_user(rep).get(reverse("outreach:rules")).text
    for rule in cadence_rules.RULES:
        assert f'id="{rule.code}"' in text
    assert "Switch off" not in text and "Has not fired yet." in text


def test_it_counts_what_a_rule_did(as_user, owner, lead):
    for n, state in enumerate(["done", "undone", "proposed"]):
        Decision.objects.create(
            rule="slots", lead=lead, what="x", why="y", state=state, dedupe_key=str(n)
        )
    text = as_user(owner).get(reverse("outreach:rules")).text
    assert "Fired 3 times" in text and "1 waits for an answer" in text and "1 undone" in text
    assert "/settings/decisions/?rule=slots" in text


def test_the_switch_keeps_the_numbers(as_user, owner):
    client = as_user(owner)
    good = {"silent_21-days": "30", "do": "save"}
    assert save(client, "silent_21", **good).status_code == 302
    assert save(client, "silent_21", do="off").status_code == 302
    row = CadenceRule.objects.get()
    assert (row.on, row.params, row.changed_by) == (False, {"days": 30}, owner)
    assert "Switch on" in client.get(reverse("outreach:rules")).text


@pytest.mark.parametrize(
    ("code", "data", "said"),
    [
        ("silent_21", {"silent_21-days": "3"}, "From 7 to 90."),
        ("silent_21", {"silent_21-days": "many"}, "From 7 to 90."),
        ("silent_21", {}, "From 7 to 90."),
    ],
)
def test_a_wrong_number_is_told_at_its_field(as_user, owner, code, data, said):
    response = save(as_user(owner), code, do="save", **data)
    assert response.status_code == 422 and said in response.text
    assert 'aria-invalid="true"' in response.text
    assert not CadenceRule.objects.exists()


def test_bands_must_not_be_turned_round(as_user, owner):
    numbers = {
        f"adaptive_pace-{k}": v for k, v in cadence_rules.BY_CODE["adaptive_pace"].defaults.items()
    }
    numbers["adaptive_pace-hot_low"] = 9
    response = save(as_user(owner), "adaptive_pace", do="save", **numbers)
    assert response.status_code == 422
    assert "The first number must not be above the second." in response.text


def test_only_the_owner_changes_rules(as_user, rep, manager):
    for user in (rep, manager):
        assert save(as_user(user), "slots", do="off").status_code == 404
    assert not CadenceRule.objects.exists()


def test_an_unknown_rule_is_not_there(as_user, owner):
    assert save(as_user(owner), "nothing", do="off").status_code == 404


def proposal(lead: Lead, rule: str = "channel_change") -> Decision:
    return Decision.objects.create(
        rule=rule, lead=lead, what="Call in place of mails", why="2 mails", state="proposed",
        evidence={"enrollment": 1, "channel": "phone"},
    )  # fmt: skip


def test_a_proposal_is_settled_by_who_sees_the_lead(as_user, rep, stranger, lead):
    row = proposal(lead)
    url = reverse("outreach:rule_settle", args=[row.pk])
    assert as_user(stranger).post(url, {"do": "accept"}).status_code == 404
    assert "Call in place" not in as_user(stranger).get(reverse("outreach:rules")).text
    client = as_user(rep)
    assert "Call in place" in client.get(reverse("outreach:rules")).text
    assert client.post(url, {"do": "accept"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.settled_by) == ("accepted", rep)
    client.post(url, {"do": "dismiss"})
    row.refresh_from_db()
    assert row.state == "accepted"


def test_other_decisions_are_not_settled_here(as_user, rep, lead):
    url = reverse("outreach:rule_settle", args=[proposal(lead, "hot_reply").pk])
    assert as_user(rep).post(url, {"do": "accept"}).status_code == 404


def test_the_page_takes_few_queries(as_user, rep, lead, django_assert_max_num_queries):
    client = as_user(rep)
    for _ in range(5):
        proposal(lead)
    client.get(reverse("outreach:rules"))
    with django_assert_max_num_queries(14):
        client.get(reverse("outreach:rules"))
