"""The served model: the card without outcomes, parity with the arrays, reasons that sum up."""

import json
import subprocess
import sys
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.scoring import calibrate, learn, metrics, words
from leads.scoring.card import DEFAULT_CARD, score_values
from leads.scoring.features import Row
from leads.scoring.model import Model, from_card
from leads.tests.scoring_twin import CARD, LABEL, rows


@cache
def world(count: int = 1500) -> tuple[list[Row], Any]:
    made = rows(count)
    won = np.array([row[LABEL] == "1" for row in made], dtype=float)
    return [{k: v for k, v in row.items() if k != LABEL} for row in made], won


@cache
def trained(size: int, with_trees: bool = False) -> tuple[learn.Design, learn.Fit, Model]:
    leads, won = world()
    design = learn.make_design(leads, CARD)
    found = learn.fit(design, np.arange(size), won[:size], with_trees=with_trees)
    return design, found, learn.to_model(found, design, won[:size])


def with_trees() -> tuple[learn.Design, learn.Fit, Model]:
    """Trees take part whatever they are worth."""
    leads, won = world()
    design = learn.make_design(leads, CARD)
    found = learn.fit(design, np.arange(300), won[:300])
    found.mix, found.grown = 0.5, learn.trees.grow(design.wide[:300], won[:300])
    return design, found, learn.to_model(found, design, won[:300])


def test_without_outcomes_the_score_is_exactly_the_card() -> None:
    model = from_card(CARD)
    for row in world()[0][:200]:
        reading, score = model.read(row), score_values(row, CARD)
        assert (reading.number, reading.reasons) == (score.number, score.reasons)
        assert reading.state == "rules" and model.interval(row) is None


def test_without_outcomes_the_order_is_the_cards_unclamped() -> None:
    model = from_card(DEFAULT_CARD)
    row = {"title": "Owner", "phone_known": "yes", "email": "a@b.example", "trade": "x"}
    wanted = 25 + 14 + 5
    assert model.points(model.logit(row)) == pytest.approx(wanted)


@pytest.mark.parametrize("size", [30, 300, 1200])
def test_pure_python_equals_the_arrays(size: int) -> None:
    design, found, model = trained(size)
    again = Model.from_json(json.loads(json.dumps(model.to_json())))
    chances = found.chances(design, slice(0, 60))
    mine = [again.chance(row) for row in world()[0][:60]]
    assert mine == pytest.approx(chances, abs=1e-9)


def test_trees_in_pure_python_equal_scikit_learn() -> None:
    design, found, model = with_trees()
    again = Model.from_json(json.loads(json.dumps(model.to_json())))
    wanted = found.chances(design, slice(0, 60))
    assert [again.chance(row) for row in world()[0][:60]] == pytest.approx(wanted, abs=1e-9)
    for row in world()[0][:60]:
        reading = again.read(row)
        assert sum(points for _, points in reading.reasons) == reading.number
        assert reading.chance == pytest.approx(again.chance(row))


@pytest.mark.parametrize("size", [30, 1200])
def test_reasons_sum_and_the_number_follows_the_chance(size: int) -> None:
    model = trained(size)[2]
    readings = [model.read(row) for row in world()[0][:150]]
    for row, reading in zip(world()[0], readings, strict=False):
        assert sum(points for _, points in reading.reasons) == reading.number
        assert reading.reasons[0][0] == "Every lead starts with"
        exact = max(0.0, min(100.0, model.points(model.logit(row))))
        assert reading.number == pytest.approx(exact, abs=0.51)
    ordered = sorted(readings, key=lambda reading: reading.chance)
    numbers = [reading.number for reading in ordered]
    assert numbers == sorted(numbers)


def test_the_interval_holds_the_number_and_narrows() -> None:
    row = world()[0][0]
    few, many = trained(30)[2], trained(1200)[2]
    wide, narrow = few.interval(row), many.interval(row)
    assert wide and narrow
    assert wide[0] <= few.read(row).number <= wide[1]
    assert narrow[0] <= many.read(row).number <= narrow[1]
    assert narrow[1] - narrow[0] < wide[1] - wide[0]


def test_the_state_says_from_how_many() -> None:
    assert trained(30)[2].state == "blended from 30 outcomes"
    assert trained(1200)[2].state.endswith("from 1200 outcomes")
    assert 0 < trained(30)[2].learned_share < trained(1200)[2].learned_share < 1


def test_words_of_the_reasons() -> None:
    row = dict(world()[0][0])
    row |= {"Lead Source": "Olark Chat", "City": "Select", "Total Time Spent on Website": "1900"}
    model, labels = trained(1200)[2], {"Lead Source": "Source"}
    told = dict(model._parts(row, labels))
    assert "Source is Olark Chat" in told
    assert "City is not known" in told
    assert "Total Time Spent on Website above usual" in told


def test_strange_rows_are_scored() -> None:
    model = trained(300)[2]
    for row in ({}, {"City": object()}, {"TotalVisits": "many"}, {"City": ["a"]}, {"x": 1}):
        assert 0 <= model.read(row).number <= 100


@given(st.lists(st.floats(-60, 90), min_size=1, max_size=30))
def test_whole_points_always_sum(points: list[float]) -> None:
    number, reasons = words.whole([(f"r{n}", value) for n, value in enumerate(points)])
    assert 0 <= number <= 100
    assert sum(part for _, part in reasons) == number


@given(st.lists(st.tuples(st.floats(-6, 6), st.booleans()), min_size=2, max_size=60))
def test_a_calibration_rises_strictly(pairs: list[tuple[float, bool]]) -> None:
    z = np.array([one for one, _ in pairs])
    won = np.array([float(w) for _, w in pairs])
    line = calibrate.fit_platt(z, won)
    for made in (line, calibrate.fit_isotonic(z, won, line)):
        after = [calibrate.apply(made, at / 4) for at in range(-40, 41)]
        assert all(low < high for low, high in zip(after, after[1:], strict=False))


def test_isotonic_from_a_thousand_on() -> None:
    random = np.random.default_rng(1)
    z = random.normal(size=4000) * 2
    won = (random.random(4000) < 1 / (1 + np.exp(-(z + np.where(z > 1, 2, 0))))).astype(float)
    assert calibrate.fit(z[:999], won[:999])["kind"] == "platt"
    found = calibrate.fit(z, won)
    assert found["kind"] == "isotonic" and len(json.dumps(found)) < 8000
    before = metrics.ece(won, 1 / (1 + np.exp(-z)))
    assert metrics.ece(won, calibrate.apply_all(found, z)) < before / 2


def test_metrics_against_scikit_learn() -> None:
    from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

    random = np.random.default_rng(2)
    won = (random.random(500) < 0.3).astype(float)
    chances = np.round(random.random(500) * 0.5 + won * 0.3, 2)
    found = metrics.all_of(won, chances)
    assert found["auc"] == pytest.approx(roc_auc_score(won, chances))
    assert found["ap"] == pytest.approx(average_precision_score(won, chances))
    assert found["brier"] == pytest.approx(brier_score_loss(won, chances))
    assert metrics.psi(chances, chances) == pytest.approx(0)
    assert metrics.psi(chances, chances + 0.4) > 0.25


def test_serving_loads_neither_numpy_nor_scikit_learn() -> None:
    code = (
        "import sys, json; from leads.scoring.model import Model, from_card;"
        "from leads.scoring import artefact, card, learn, gate, bench;"
        "m = from_card(card.DEFAULT_CARD); m.read({'title': 'owner'});"
        "assert not {'numpy', 'scipy', 'sklearn', 'joblib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603


@pytest.mark.parametrize("broken", [{}, {"format": 2}, {"format": 1}, {"format": 1, "card": {}}])
def test_what_is_no_model_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="score model"):
        Model.from_json(broken)
