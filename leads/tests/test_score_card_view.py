"""The owner's score card page: edit, preview, save, go back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leads.models import Lead
from leads.scoring.card import DEFAULT_CARD, problems
from leads.services import score_card
from salesagent.accounts.models import AuditEntry, Workspace
from salesagent.lib.models import Job

CARD = reverse("leads:score_card")
PREVIEW = reverse("leads:score_preview")
RESET = reverse("leads:score_reset")
AsUser = Callable[[Any], Client]
EMPTY = {"column": "", "op": "", "value": "", "unit": "", "points": "", "max": "", "text": ""}


def payload(*rules: dict[str, Any], base: Any = 30, **more: Any) -> dict[str, Any]:
    data = {
        "points_at_base": base,
        "rules-TOTAL_FORMS": len(rules),
        "rules-INITIAL_FORMS": 0,
        **more,
    }
    for n, rule in enumerate(rules):
        data |= {f"rules-{n}-{key}": value for key, value in {**EMPTY, **rule}.items()}
    return data


BAKERY = {"column": "trade", "op": "equals", "value": "Bakery; Confectioner", "points": "12"}


def test_saving_keeps_the_card_and_scores_again(
    lead: Lead, owner: Any, as_user: AsUser, run_queue: Any
) -> None:
    rules = [
        {**BAKERY, "text": "Our trade"},
        {"column": "pains", "op": "per_unit", "unit": "2", "points": "3", "max": "9"},
        {"column": "company_size", "op": "at_least", "value": "50", "points": "4.5"},
        EMPTY,
    ]
    assert as_user(owner).post(CARD, payload(*rules)).url == CARD
    card = Workspace.current().points_card
    assert problems(card) == []
    assert card["rules"] == [
        {
            "column": "trade",
            "op": "equals",
            "value": ["Bakery", "Confectioner"],
            "points": 12,
            "text": "Our trade",
        },
        {"column": "pains", "op": "per_unit", "unit": 2, "points": 3, "max": 9},
        {"column": "company_size", "op": "at_least", "value": 50, "points": 4.5},
    ]
    assert (card["points_at_base"], card["base_rate"], card["points_per_logit"]) == (30, 0.2, 15)
    assert AuditEntry.objects.get(action="settings.changed").data == {"rules": 3}
    assert run_queue() == ["leads.tasks.rescore_all"]
    lead.refresh_from_db()
    assert lead.score_reasons == [["Every lead starts with", 30], ["Our trade", 12]]
    assert Job.objects.get(kind="rescore").state == "done"


def test_the_page_shows_the_card_in_use_and_it_saves_back_unchanged(
    owner: Any, as_user: AsUser
) -> None:
    client = as_user(owner)
    page = client.get(CARD)
    rules = page.context["form"].rules
    assert len(rules) == len(DEFAULT_CARD["rules"]) + 1
    data = payload(base=25)
    data["rules-TOTAL_FORMS"] = len(rules)
    for form in rules:
        for name in EMPTY:
            value = form[name].value()
            data[form.add_prefix(name)] = "" if value is None else value
    assert client.post(CARD, data).status_code == 302
    assert Workspace.current().points_card == DEFAULT_CARD


def test_a_removed_rule_is_gone(owner: Any, as_user: AsUser) -> None:
    data = payload(BAKERY, {"column": "email", "op": "missing", "points": "-5"})
    as_user(owner).post(CARD, {**data, "rules-0-DELETE": "on"})
    assert [rule["column"] for rule in Workspace.current().points_card["rules"]] == ["email"]


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ({"column": "trade", "op": "equals", "points": "5"}, "Give a value"),
        ({"column": "trade", "op": "", "points": "5"}, "Choose how"),
        ({"op": "missing", "points": "5"}, "Choose what"),
        ({"column": "trade", "op": "missing", "points": ""}, "Give points"),
        ({"column": "trade", "op": "at_least", "value": "x", "points": "5"}, "Give a number"),
        ({"column": "pains", "op": "per_unit", "unit": "0", "points": "5"}, "Give a unit"),
        ({"column": "trade", "op": "missing", "points": "500"}, "less than or equal to 100"),
        ({"column": "password", "op": "missing", "points": "5"}, "not one of the available"),
        ({"column": "trade", "op": "regex", "points": "5"}, "not one of the available"),
    ],
)
def test_a_broken_rule_is_told_in_its_row_and_kept(
    owner: Any, as_user: AsUser, rule: dict[str, str], word: str
) -> None:
    response = as_user(owner).post(CARD, payload(BAKERY, rule))
    assert response.status_code == 422
    assert word in response.content.decode()
    assert "Bakery; Confectioner" in response.content.decode()
    assert Workspace.current().points_card == {}


def test_the_start_is_a_number_from_0_to_100(owner: Any, as_user: AsUser) -> None:
    response = as_user(owner).post(CARD, payload(BAKERY, base=""))
    assert response.status_code == 422 and b"Give the starting points" in response.content
    assert as_user(owner).post(CARD, payload(BAKERY, base="200")).status_code == 422


def test_preview_shows_old_and_new_and_saves_nothing(
    lead: Lead, owner: Any, as_user: AsUser
) -> None:
    client = as_user(owner)
    before = score_card.preview(owner, DEFAULT_CARD).rows[0].after
    page = client.post(CARD, payload(BAKERY, base=70, preview="1"))
    row = page.context["preview"].rows[0]
    assert (row.before, row.after, row.lead) == (before, 82, lead)
    assert b"Marta Kowalczyk" in page.content
    part = client.post(PREVIEW, payload(BAKERY, base=70))
    assert part.context["preview"].rows[0].after == 82
    assert b"<html" not in part.content
    assert Workspace.current().points_card == {}
    assert not Job.objects.exists()


def test_an_unfinished_rule_has_no_preview_yet(lead: Lead, owner: Any, as_user: AsUser) -> None:
    part = as_user(owner).post(PREVIEW, payload({**BAKERY, "points": ""}))
    assert part.status_code == 200 and b"not complete yet" in part.content


def test_the_preview_counts_words_and_puts_big_moves_first(
    lead: Lead, make_lead: Any, rep: Any, owner: Any
) -> None:
    make_lead(rep, first_name="Clinic", trade="clinic")
    make_lead(rep, first_name="Gone", trade="bakery", archived_at="2026-01-01T00:00Z")
    rule = {"column": "trade", "op": "equals", "value": "bakery", "points": 60}
    shown = score_card.preview(owner, {"points_at_base": 20, "rules": [rule]})
    assert [row.lead.first_name for row in shown.rows] == ["Marta", "Clinic"]
    assert {word: after for word, _, after in shown.words} == {"Hot": 1, "Warm": 0, "Cold": 1}
    assert shown.size == 2


def test_own_fields_can_be_chosen(lead: Lead, owner: Any, as_user: AsUser) -> None:
    Lead.objects.filter(pk=lead.pk).update(custom={"Cold rooms": "4"})
    rule = {"column": "custom.Cold rooms", "op": "at_least", "value": "3", "points": "9"}
    client = as_user(owner)
    assert client.post(CARD, payload(rule)).status_code == 302
    Lead.objects.update(custom={})  # a rule on a field nobody has any more stays valid
    assert b"Cold rooms" in client.get(CARD).content


def test_going_back_to_the_built_in_card(owner: Any, as_user: AsUser, run_queue: Any) -> None:
    client = as_user(owner)
    client.post(CARD, payload(BAKERY))
    assert b"Go back to the built-in card" in client.get(CARD).content
    assert client.post(RESET).url == CARD
    assert Workspace.current().points_card == {}
    assert run_queue() == ["leads.tasks.rescore_all"] * 2


@pytest.mark.parametrize("who", ["rep", "mate", "stranger", "manager", "other_manager"])
def test_only_the_owner_has_this_page(request: Any, as_user: AsUser, who: str) -> None:
    client = as_user(request.getfixturevalue(who))
    assert client.get(CARD).status_code == 404
    assert [
        client.post(address, payload(BAKERY)).status_code for address in (CARD, PREVIEW, RESET)
    ] == [
        404,
        404,
        404,
    ]
    assert Workspace.current().points_card == {}
