"""Learning: the card holds with few outcomes, a wrong card is dropped, noise is not learned."""

import hashlib
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leads.scoring import artefact, bench, gate, learn, metrics
from leads.scoring import model as model_of
from leads.scoring.features import Row
from leads.scoring.gate import Leak
from leads.tests.scoring_twin import CARD, LABEL, rows

KEY = b"a key of the tests"


def world(count: int, seed: int = 1) -> tuple[list[Row], Any]:
    made = rows(count, seed)
    won = np.array([row[LABEL] == "1" for row in made], dtype=float)
    return [{k: v for k, v in row.items() if k != LABEL} for row in made], won


def inverted() -> dict[str, Any]:
    return {**CARD, "rules": [{**rule, "points": -rule["points"]} for rule in CARD["rules"]]}


def auc_after(size: int, card: dict[str, Any], draws: int = 3) -> float:
    leads, won = world(1400)
    design = learn.make_design(leads, card)
    found = []
    for draw in range(draws):
        order = np.random.default_rng(draw).permutation(len(won))
        test, chosen = order[:700], order[700 : 700 + size]
        z = learn.fit(design, chosen, won[chosen]).logits(design, test) if size else None
        found.append(metrics.auc(won[test], design.x[test, 1] if z is None else z))
    return sum(found) / draws


def test_few_outcomes_do_not_hurt_a_card_and_more_help() -> None:
    card, few, more = auc_after(0, CARD), auc_after(20, CARD), auc_after(300, CARD)
    assert few > card - 0.01
    assert more > card + 0.03


def test_an_inverted_card_is_dropped() -> None:
    assert auc_after(0, inverted()) < 0.3
    assert auc_after(100, inverted()) > auc_after(100, CARD) - 0.02


def test_a_card_with_points_far_too_small_keeps_its_order() -> None:
    flat = {**CARD, "points_per_logit": 60}
    assert auc_after(20, flat, draws=10) > auc_after(0, flat, draws=10) - 0.01
    seldom = {**CARD, "rules": [{**CARD["rules"][0], "value": "Lead Import", "points": 15}]}
    design = learn.make_design(world(1400)[0], seldom)
    assert 1 <= learn.priors(design)[0].mean[1] < 2.1


def test_the_same_outcomes_give_the_same_model() -> None:
    leads, won = world(200)
    first, twin = learn.train(leads, [bool(w) for w in won[:80]] + [None] * 120, CARD)
    again, _ = learn.train(leads, [bool(w) for w in won[:80]] + [None] * 120, CARD)
    assert first == again
    assert first.outcomes == 80 and first.wins == int(won[:80].sum())
    assert twin["line"].coef_.shape == (1, len(first.rules) + len(first.weights))


def test_the_twin_gives_the_same_logits() -> None:
    leads, won = world(200)
    model, twin = learn.train(leads, [bool(w) for w in won], CARD)
    x = np.zeros((1, len(model.rules) + model.encoder.size))
    x[0, : len(model.rules)] = model_of.rule_logits(CARD, leads[0])
    for at, value in model.encoder.encode(leads[0]):
        x[0, len(model.rules) + at] = value
    assert twin["line"].decision_function(x)[0] == pytest.approx(model._raw(leads[0]))


def test_one_kind_of_outcome_or_none_is_no_error() -> None:
    leads, _ = world(60)
    assert learn.train(leads, [None] * 60, CARD)[0].outcomes == 0
    assert learn.train(leads, [True] * 9 + [None] * 51, CARD)[0].outcomes == 9


def closed(count: int, seed: int = 1) -> list[tuple[Row, bool]]:
    leads, won = world(count, seed)
    return [(row, bool(w)) for row, w in zip(leads, won, strict=True)]


def test_the_gate_counts_first() -> None:
    found = gate.train(closed(12), [], CARD)
    assert not found.decision.publish and found.model is None
    assert found.decision.reason.startswith("Learning starts at 10 won and 10 lost leads")


def test_the_gate_publishes_what_is_better() -> None:
    found = gate.train(closed(400), world(300, 2)[0], CARD)
    assert found.decision.publish, found.decision.reason
    assert found.model and found.model.outcomes == 400
    assert found.decision.metrics["held out"] == 80
    assert set(found.decision.metrics["intervals"]) == {"auc", "auc gain", "brier gain"}


def test_the_gate_says_when_nothing_can_be_learned() -> None:
    chance = random.Random(5)
    noise = [(row, chance.random() < 0.4) for row, _ in closed(500)]
    found = gate.train(noise, [], CARD)
    assert not found.decision.publish
    assert found.decision.reason.startswith("Nothing can be learned")


def test_the_gate_names_a_column_that_leaks() -> None:
    leaky = [
        ({**row, "Tags": "will revert" if won else "ringing"}, won) for row, won in closed(120)
    ]
    found = gate.train(leaky, [], CARD)
    assert not found.decision.publish
    assert found.decision.leaks == (Leak("Tags", 1.0),)
    assert "Leak alarm: Tags" in found.decision.reason


def test_a_champion_waits_for_new_outcomes_and_is_only_replaced_by_better() -> None:
    rows_ = closed(420)
    champion = gate.train(rows_[:400], [], CARD).model
    assert champion
    early = gate.train(rows_[:410], [], CARD, champion)
    assert early.decision.reason.startswith("Only 10 outcomes are new")
    later = gate.train(rows_, [], CARD, champion)
    assert later.decision.publish is (later.model is not None)
    assert "the model in use" in later.decision.reason


def test_together_too_good_to_be_true_is_an_alarm_too() -> None:
    chance = random.Random(3)
    leaky = [
        ({**row, **{f"t{k}": won if chance.random() < 0.85 else not won for k in range(5)}}, won)
        for row, won in closed(500)
    ]
    found = gate.train(leaky, [], CARD)
    assert not found.decision.publish
    assert "too good to be true" in found.decision.reason
    assert {leak.column for leak in found.decision.leaks} <= {f"t{k}" for k in range(5)}


def test_how_many_are_held_out() -> None:
    assert gate.held_out(1000) == [(800, 1000)]
    assert gate.held_out(40) == [(13, 18), (18, 23), (23, 29), (29, 34), (34, 40)]
    for n in (20, 31, 299):
        parts = gate.held_out(n)
        assert parts[-1][1] == n
        assert all(end == start for (_, end), (start, _) in zip(parts, parts[1:], strict=False))


def test_few_outcomes_are_judged_part_by_part() -> None:
    found = gate.train(closed(120), [], CARD)
    measured = found.decision.metrics
    assert measured["rolling"] and measured["held out"] == 80
    assert found.decision.publish, found.decision.reason
    assert found.model and found.model.state.endswith("from 120 outcomes")
    assert sum(rows for _, _, rows in measured["bins"]) == 80
    assert sum(n for n, _ in measured["called"]["challenger"].values()) == 80


@pytest.mark.slow
def test_shuffled_outcomes_are_seldom_learned() -> None:
    published = 0
    for n in range(40):
        rows_ = closed(40 + n, seed=n)
        won = [w for _, w in rows_]
        random.Random(n).shuffle(won)
        fake = [(row, w) for (row, _), w in zip(rows_, won, strict=True)]
        published += gate.train(fake, [], CARD).decision.publish
    assert published <= 4


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Path, str]:
    leads, won = world(60)
    model, twin = learn.train(leads, [bool(w) for w in won], CARD)
    return tmp_path, artefact.save(tmp_path, model, twin, KEY).version


def test_a_stored_model_comes_back(stored: tuple[Path, str]) -> None:
    folder, version = stored
    model = artefact.load(folder, version, KEY)
    assert model.outcomes == 60
    assert version == hashlib.sha256((folder / f"{version}.json").read_bytes()).hexdigest()
    assert artefact.load_twin(folder, version, KEY)["line"].intercept_[0] == model.intercept
    assert artefact.save(folder, model, None, KEY).version == version
    assert artefact.versions(folder) == [version]


@pytest.mark.parametrize("ending", ["json", "joblib", "sig"])
def test_an_altered_file_is_refused(stored: tuple[Path, str], ending: str) -> None:
    folder, version = stored
    path = folder / f"{version}.{ending}"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(artefact.ArtefactError):
        artefact.load(folder, version, KEY)
        artefact.load_twin(folder, version, KEY)


def test_another_key_a_missing_file_and_a_wrong_name(stored: tuple[Path, str]) -> None:
    folder, version = stored
    with pytest.raises(artefact.ArtefactError, match="another key"):
        artefact.load(folder, version, b"another")
    with pytest.raises(artefact.ArtefactError, match="no version"):
        artefact.load(folder, "../secret", KEY)
    with pytest.raises(artefact.ArtefactError, match="key"):
        artefact.save(folder, artefact.load(folder, version, KEY), None, b"")
    (folder / f"{version}.joblib").unlink()
    with pytest.raises(artefact.ArtefactError, match="cannot be read"):
        artefact.load_twin(folder, version, KEY)


def test_prune_keeps_the_newest_and_the_one_in_use(stored: tuple[Path, str]) -> None:
    folder, version = stored
    leads, won = world(60)
    for n in range(20, 26):
        model, _ = learn.train(leads, [bool(w) for w in won[:n]] + [None] * (60 - n), CARD)
        artefact.save(folder, model, None, KEY)
    gone = artefact.prune(folder, version, keep=3)
    assert len(gone) == 3 and version not in gone
    assert len(artefact.versions(folder)) == 4
    assert len([path for path in folder.iterdir() if path.is_file()]) == 3 * 2 + 3


@pytest.mark.slow
def test_the_learning_curve_reaches_its_goals() -> None:
    leads, won = world(9240)
    table = bench.Table(leads, won, CARD)
    found = bench.measure(table, (0, 20, 100, 500, 3000))["sizes"]
    assert found["20"]["auc"] >= found["0"]["auc"] - 0.01
    assert found["100"]["auc"] >= 0.83
    assert found["500"]["auc"] >= 0.855
    assert found["3000"]["auc"] >= 0.863
    assert found["3000"]["brier"] < found["100"]["brier"] < found["0"]["brier"]
