"""The points card: reasons sum to the number, each op does what it says, broken cards are told."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leads import thread
from leads.models import Lead, Pain, ThreadEvent
from leads.scoring import card as cards
from leads.scoring.card import DEFAULT_CARD, score_values
from leads.services import scoring


def card(*rules: dict[str, Any], base: int = 30) -> dict[str, Any]:
    return {"points_at_base": base, "rules": list(rules)}


def points(values: dict[str, object], **rule: Any) -> int:
    return score_values(values, card({"column": "x", **rule}, base=50)).number - 50


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ({"op": "equals", "value": "Web", "points": 7}, "web", 7),
        ({"op": "equals", "value": "Web", "points": 7}, "web form", 0),
        ({"op": "equals", "value": ["a", "b"], "points": 7}, "B", 7),
        ({"op": "equals", "value": "3", "points": 7}, 3.0, 7),
        ({"op": "equals", "value": "", "points": 7}, "", 0),
        ({"op": "contains", "value": "director", "points": 9}, "Managing DIRECTOR", 9),
        ({"op": "contains", "value": ["fair", "expo"], "points": 9}, ["trade fair", "b"], 9),
        ({"op": "contains", "value": "fair", "points": 9}, None, 0),
        ({"op": "at_least", "value": 10, "points": 4}, 10, 4),
        ({"op": "at_least", "value": 10, "points": 4}, "9.99", 0),
        ({"op": "at_least", "value": 10, "points": 4}, "many", 0),
        ({"op": "at_least", "value": 10, "points": 4}, float("nan"), 0),
        ({"op": "missing", "points": -3}, " ", -3),
        ({"op": "missing", "points": -3}, [], -3),
        ({"op": "missing", "points": -3}, 0, 0),
        ({"op": "per_unit", "unit": 60, "points": 5, "max": 20}, 120, 10),
        ({"op": "per_unit", "unit": 60, "points": 5, "max": 20}, 90, 8),
        ({"op": "per_unit", "unit": 60, "points": 5, "max": 20}, 6000, 20),
        ({"op": "per_unit", "unit": 1, "points": -5, "max": 12}, 9, -12),
        ({"op": "per_unit", "unit": 1, "points": 5}, None, 0),
        ({"op": "per_unit", "unit": 1e-320, "points": 100}, 9, 0),
    ],
)
def test_each_op_gives_its_points(rule: dict[str, Any], value: object, expected: int) -> None:
    assert points({"x": value}, **rule) == expected


def test_a_column_that_is_not_there_is_missing() -> None:
    assert points({}, op="missing", points=-4) == -4


@pytest.mark.parametrize(
    ("base", "shown", "last"),
    [(95, 100, ("A score ends at 100", -15)), (-30, 0, ("A score does not go below 0", 10))],
)
def test_the_end_of_the_scale_is_a_reason_of_its_own(
    base: int, shown: int, last: tuple[str, int]
) -> None:
    rule = {"column": "x", "op": "equals", "value": "y", "points": 20, "text": "Is y"}
    score = score_values({"x": "y"}, card(rule, base=base))
    assert (score.number, score.reasons[-1]) == (shown, last)
    assert ("Is y", 20) in score.reasons


def test_a_reason_without_words_is_made_from_the_rule() -> None:
    rules = [
        {"column": "company_size", "op": "at_least", "value": 10},
        {"column": "title", "op": "contains", "value": ["a", "b"]},
        {"column": "trade", "op": "missing"},
        {"column": "pains", "op": "per_unit", "unit": 2, "points": 3},
    ]
    assert [cards.rule_text(rule) for rule in rules] == [
        "Company size is at least 10",
        "Title contains a, b",
        "Trade is missing",
        "Pains, 3 for each 2",
    ]


cells = st.one_of(st.none(), st.text(max_size=8), st.integers(-999, 999), st.lists(st.text()))


@given(
    st.dictionaries(st.sampled_from(["title", "trade", "email", "pains", "company_size"]), cells),
    st.floats(0, 500),
    st.integers(-50, 150),
)
def test_reasons_always_sum_to_the_number(
    values: dict[str, object], engagement: float, base: int
) -> None:
    score = score_values(values, {**DEFAULT_CARD, "points_at_base": base}, engagement)
    assert 0 <= score.number <= 100
    assert sum(points for _, points in score.reasons) == score.number
    assert all(isinstance(points, int) for _, points in score.reasons)


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ({"column": "x", "op": "guess", "points": 1}, "choose how"),
        ({"column": "", "op": "missing", "points": 1}, "choose what"),
        ({"column": "x", "op": "missing", "points": "many"}, "points"),
        ({"column": "x", "op": "equals", "value": " ", "points": 1}, "a value"),
        ({"column": "x", "op": "at_least", "value": "ten", "points": 1}, "a number"),
        ({"column": "x", "op": "per_unit", "unit": 0, "points": 1}, "unit above"),
        ({"column": "x", "op": "per_unit", "unit": 1e-320, "points": 100}, "unit above"),
        ({"column": ["x"], "op": "missing", "points": 1}, "choose what"),
        ({"column": "x", "op": {}, "points": 1}, "choose how"),
        ({"column": "x", "op": "per_unit", "unit": 1, "points": 1, "max": "ten"}, "the most"),
    ],
)
def test_a_broken_rule_is_told(rule: dict[str, Any], word: str) -> None:
    assert word in cards.problems(card(rule))[0]


def test_a_card_needs_a_number_and_a_list() -> None:
    assert cards.problems(DEFAULT_CARD) == []
    assert len(cards.problems({"points_at_base": "x", "rules": "y"})) == 2
    assert cards.problems(card(*[{"column": "x", "op": "missing", "points": 1}] * 61))


def reply(lead: Lead, days: int) -> None:
    thread.record(
        lead=lead,
        kind="reply.received",
        actor="lead",
        occurred_at=timezone.now() - timedelta(days=days),
    )


def test_engagement_halves_in_thirty_days_and_is_forgotten_after_a_year(lead: Lead) -> None:
    weight = thread.KINDS["reply.received"].engagement * scoring.UNREAD
    assert scoring.engagement_of([lead.pk]) == {}
    reply(lead, 30)
    assert scoring.engagement_of([lead.pk])[lead.pk] == pytest.approx(weight / 2, rel=0.01)
    reply(lead, 400)
    assert scoring.engagement_of([lead.pk])[lead.pk] == pytest.approx(weight / 2, rel=0.01)


def test_an_answer_counts_as_its_class_promises_and_a_no_ends_what_was(lead: Lead) -> None:
    weight = thread.KINDS["reply.received"].engagement

    def said(label: str, **more: object) -> None:
        reply(lead, 0)
        event = ThreadEvent.objects.filter(lead=lead, kind="reply.received").latest("pk")
        data = {"event": event.pk, "disposition": label, **more}
        thread.record(lead=lead, kind="reply.classified", actor="ai:local", data=data)

    def points() -> float:
        return scoring.engagement_of([lead.pk])[lead.pk] / weight

    said("interested")
    assert points() == pytest.approx(1, rel=0.01)
    said("other")
    assert points() == pytest.approx(1.2, rel=0.01)
    said("interested", abstained=True)
    assert points() == pytest.approx(1.6, rel=0.01)
    said("not_interested")
    assert points() == 0
    said("question")
    assert points() == pytest.approx(1, rel=0.01)


def test_scoring_writes_reasons_and_one_line_only_when_the_number_moves(lead: Lead) -> None:
    scoring.score_lead(lead)
    lead.refresh_from_db()
    assert lead.score == sum(points for _, points in lead.score_reasons) > 0
    assert ["Can decide", 14] in lead.score_reasons
    assert (lead.score_state, lead.scored_at is not None) == ("rules", True)
    scoring.score_lead(lead)
    events = ThreadEvent.objects.filter(lead=lead, kind="lead.scored")
    assert list(events.values_list("data__to", flat=True)) == [lead.score]
    before = lead.score
    Pain.objects.create(lead=lead, text="Alarms", source="call", noted_at=timezone.localdate())
    scoring.score_lead(lead)
    assert lead.score == before + 6
    assert events.count() == 2


def test_only_pains_that_somebody_looked_at_count(lead: Lead) -> None:
    day = timezone.localdate()
    Pain.objects.create(lead=lead, text="A", source="form", noted_at=day, verified=False)
    assert not [text for text, _ in scoring.compute([lead])[0].reasons if text == "Known pains"]


def test_wins_in_the_trade_count_for_the_others_not_for_the_won_one(lead: Lead) -> None:
    won = Lead.objects.create(first_name="W", trade="Bakery", stage="won")
    first, second = scoring.compute([lead, won])
    assert ("Won before in this trade", 4) in first.reasons
    assert "Won before in this trade" not in dict(second.reasons)


def test_the_owners_card_is_used_and_a_broken_one_is_not(lead: Lead, workspace: Any) -> None:
    workspace.points_card = card(base=61)
    workspace.save()
    assert scoring.compute([lead])[0].reasons == (("Every lead starts with", 61),)
    workspace.points_card = {"rules": "broken"}
    workspace.save()
    assert scoring.card_in_use() is DEFAULT_CARD


def test_own_fields_are_columns(lead: Lead) -> None:
    lead.custom = {"Cold rooms": "4"}
    rule = {"column": "custom.Cold rooms", "op": "at_least", "value": 3, "points": 9}
    assert scoring.compute([lead], card(rule))[0].number == 39


def test_a_batch_fills_new_leads_and_writes_no_events(lead: Lead) -> None:
    fresh = Lead(first_name="New", email="n@x.example")
    assert scoring.score_batch([lead, fresh]) == 1
    assert fresh.pk is None
    assert fresh.score == sum(points for _, points in fresh.score_reasons)
    assert not ThreadEvent.objects.exists()
    assert Lead.objects.get(pk=lead.pk).score == lead.score > 0


def test_a_batch_costs_few_queries(rep: Any, django_assert_max_num_queries: Any) -> None:
    Lead.objects.bulk_create(Lead(first_name=f"L{n}", owner=rep) for n in range(150))
    leads = list(Lead.objects.select_related("company"))
    with django_assert_max_num_queries(11):
        assert scoring.score_batch(leads) == 150


def test_stale_scores_are_done_again_oldest_first(lead: Lead, rep: Any) -> None:
    old = timezone.now() - timedelta(hours=30)
    other = Lead.objects.create(first_name="Fresh", owner=rep, scored_at=timezone.now())
    archived = Lead.objects.create(first_name="Gone", owner=rep, archived_at=old)
    Lead.objects.filter(pk=lead.pk).update(scored_at=old)
    assert scoring.rescore_stale() == 1
    assert Lead.objects.get(pk=lead.pk).scored_at > old
    assert [Lead.objects.get(pk=x.pk).score for x in (other, archived)] == [0, 0]
    assert scoring.rescore_stale() == 0


def test_rescoring_all_reports_each_batch(lead: Lead, monkeypatch: Any) -> None:
    monkeypatch.setattr(scoring, "BATCH", 2)
    Lead.objects.bulk_create(Lead(first_name=f"L{n}") for n in range(4))
    said: list[tuple[int, int]] = []
    assert scoring.rescore_all(lambda done, total: said.append((done, total))) == 5
    assert said == [(2, 5), (4, 5), (5, 5)]


@pytest.mark.parametrize(
    ("said", "counts"),
    [("question", True), ("other", True), ("opt_out", False), ("not_interested", False)],
)
def test_an_answer_that_says_no_is_no_engagement(lead: Lead, said: str, counts: bool) -> None:
    reply(lead, 0)
    event = ThreadEvent.objects.get(lead=lead, kind="reply.received")
    thread.record(
        lead=lead,
        kind="reply.classified",
        actor="ai:rules",
        data={"event": event.pk, "disposition": said},
    )
    assert bool(scoring.engagement_of([lead.pk]).get(lead.pk)) is counts


def test_the_class_that_a_person_corrected_counts(lead: Lead) -> None:
    reply(lead, 0)
    event = ThreadEvent.objects.get(lead=lead, kind="reply.received")
    for said in ("opt_out", "question"):
        data = {"event": event.pk, "disposition": said}
        thread.record(lead=lead, kind="reply.classified", actor="user:1", data=data)
    assert scoring.engagement_of([lead.pk])[lead.pk] > 0
