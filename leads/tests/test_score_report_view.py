"""What was learned on the score card page, proposals from corrections, and the lead's score box."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leads import connections
from leads.models import Correction, Lead, ScoreModel
from leads.scoring.card import DEFAULT_CARD
from leads.services import (
    corrections,
    score_hints,
    score_history,
    score_models,
    score_report,
    score_training,
    scoring,
)
from leads.tests.scored import ended
from leads.tests.test_score_training_service import own_folder as own_folder
from salesagent.accounts.models import Workspace
from salesagent.lib.models import Job

PAGE = reverse("leads:score_card")
AsUser = Callable[[Any], Client]


@pytest.fixture
def learned(rep: Any) -> ScoreModel:
    ended(rep, 40, 40)
    return score_training.train()


def page(client: Client) -> str:
    return client.get(PAGE).content.decode()


def test_the_page_says_there_is_nothing_learned_yet(owner: Any, as_user: AsUser) -> None:
    text = page(as_user(owner))
    assert "By your rules" in text and "Not tried yet." in text
    assert "The outcomes say" not in text


def test_the_button_learns_as_a_job(owner: Any, as_user: AsUser) -> None:
    assert as_user(owner).post(reverse("leads:score_learn"))["Location"] == PAGE
    assert Job.objects.get().kind == "train_score"
    assert "Learning from your outcomes" in page(as_user(owner))


def test_what_was_learned_is_told_in_plain_words(
    owner: Any, as_user: AsUser, learned: ScoreModel
) -> None:
    text = page(as_user(owner))
    assert "The outcomes say" in text and "Does it come true?" in text
    assert "called Cold" in text or "called Warm" in text
    start = score_report.report().rules[0]
    assert (start.text, start.yours) == ("Every lead starts with", "25")
    lead = Lead.objects.get(first_name="E0")
    words, points = scoring.compute([lead])[0].reasons[0]
    assert words == start.text
    assert abs(points - int(start.learned.replace("−", "-"))) <= 1
    assert "80 outcomes" in text and "Version 1" in text and "Back to the rules" in text


def test_back_to_the_rules_and_to_the_version_again(
    owner: Any, as_user: AsUser, learned: ScoreModel
) -> None:
    client = as_user(owner)
    client.post(reverse("leads:score_rules"))
    assert score_models.champion() is None
    assert Job.objects.filter(kind="rescore").count() == 1
    assert "Use this version" in page(client)
    client.post(reverse("leads:score_version", args=[1]))
    assert score_models.champion() == learned
    assert client.post(reverse("leads:score_version", args=[9]))["Location"] == PAGE


def test_an_altered_pickle_is_an_error_on_the_page_and_in_settings(
    owner: Any, rep: Any, as_user: AsUser, learned: ScoreModel
) -> None:
    def of_the_score(user: Any) -> list[Any]:
        return [card for card in connections.cards(user) if card.title == "Learned score"]

    assert of_the_score(owner) == []
    (score_models.folder() / learned.pickle).write_bytes(b"other")
    assert "was altered" in page(as_user(owner))
    assert of_the_score(owner)[0].state == "stopped"
    assert of_the_score(rep) == []


def test_the_leak_alarm_stands_on_the_page(owner: Any, rep: Any, as_user: AsUser) -> None:
    for lead in ended(rep, 30, 30):
        lead.refresh_from_db()
        snapshot = lead.snapshots.get()
        snapshot.values["custom.last_note"] = "signed" if lead.stage == "won" else "gone"
        snapshot.save()
    score_training.train()
    text = page(as_user(owner))
    assert "Too good to be true: Last note. Known perhaps only when a lead has ended" in text


def test_the_verdict_is_told_without_measures(learned: ScoreModel) -> None:
    words = score_report.verdict_words(learned)
    assert words.startswith("The learned score is better. Of a won and a lost lead it put")
    assert "AUC" not in words and "Brier" not in words
    learned.verdict = "Nothing can be learned: hardly better than the base rate (AUC 0.5 against"
    assert score_report.verdict_words(learned).startswith(
        "Nothing can be learned: hardly better than the base rate. Of a won"
    )
    learned.verdict = "Only 3 outcomes are new since; the next try is at 20."
    assert score_report.verdict_words(learned) == learned.verdict


def wrong(lead: Lead, user: Any, subject: str = "Can decide") -> Correction:
    return corrections.correct(
        kind="score", lead=lead, subject=subject, before="14", after="", user=user
    )


def test_one_person_on_one_lead_is_no_proposal(lead: Lead, rep: Any) -> None:
    wrong(lead, rep)
    assert score_hints.proposals(DEFAULT_CARD) == []


def test_two_people_make_a_proposal_that_the_owner_applies(
    lead: Lead, rep: Any, mate: Any, owner: Any, as_user: AsUser
) -> None:
    said = [wrong(lead, rep), wrong(lead, mate)]
    client = as_user(owner)
    assert "7 points in place of 14" in page(client)
    assert not Workspace.current().points_card  # never silently
    client.post(reverse("leads:score_hint"), {"text": "Can decide", "do": "apply"})
    assert Workspace.current().points_card["rules"][0]["points"] == 7
    for one in said:
        one.refresh_from_db()
        assert one.used_in.startswith("Score card, ")
    assert "Your people call" not in page(client)


def test_a_proposal_can_be_declined_and_four_people_take_a_rule_out(
    lead: Lead, rep: Any, mate: Any, manager: Any, owner: Any, as_user: AsUser
) -> None:
    for user in (rep, mate, manager, owner):
        wrong(lead, user)
    assert score_hints.proposals(DEFAULT_CARD)[0].becomes is None
    as_user(owner).post(reverse("leads:score_hint"), {"text": "Can decide", "do": "keep"})
    assert not Workspace.current().points_card and not score_hints.proposals(DEFAULT_CARD)
    assert as_user(owner).post(reverse("leads:score_hint"), {"text": "x"})["Location"] == PAGE


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("rules", "By your rules"),
        ("blended from 34 outcomes", "By your rules and 34 outcomes"),
        ("learned from 1234 outcomes", "Learned from 1,234 outcomes"),
    ],
)
def test_how_sure_in_words(state: str, words: str) -> None:
    assert score_report.sure_words(state) == words


def test_the_lead_page_says_how_sure_and_how_it_moved(
    lead: Lead, rep: Any, as_user: AsUser, learned: ScoreModel
) -> None:
    Lead.objects.filter(pk=lead.pk).update(stage="contacted")
    for title in ("Clerk", "Owner"):
        Lead.objects.filter(pk=lead.pk).update(title=title)
        scoring.score_lead(Lead.objects.get(pk=lead.pk))
    lead.refresh_from_db()
    low, high = score_history.interval(lead) or (0, 0)
    assert low <= lead.score <= high
    text = as_user(rep).get(reverse("leads:detail", args=[lead.pk])).content.decode()
    assert f"Two times in three between {low} and {high}." in text
    assert '<polyline points="3.0,' in text
    assert "80 outcomes" in as_user(rep).get(reverse("leads:list")).content.decode()
