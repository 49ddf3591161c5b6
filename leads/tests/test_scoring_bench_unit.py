"""`score_bench`: any CSV, clear errors, one line of JSON, an honest verdict."""

import csv
import io
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from leads.scoring.bench import Point, Table, _judged
from leads.tests.scoring_twin import CARD, LABEL, rows

SMALL = ["--sizes", "0,40", "--draws", "2"]


def bench(path: Path, *options: str, label: str = LABEL, positive: str = "1") -> dict[str, Any]:
    out = io.StringIO()
    call_command(
        "score_bench", str(path), "--label", label, "--positive", positive, *options, stdout=out
    )
    (line,) = out.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def write(
    path: Path, table: list[dict[str, Any]], delimiter: str = ",", encoding: str = "utf-8"
) -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, list(table[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(table)
    return path


@pytest.fixture
def leads(tmp_path: Path) -> Path:
    return write(tmp_path / "leads.csv", rows(300))


@pytest.fixture
def card(tmp_path: Path) -> Path:
    path = tmp_path / "card.json"
    path.write_text(json.dumps(CARD))
    return path


def test_one_line_with_a_number_for_each_size(leads: Path, card: Path) -> None:
    found = bench(leads, "--card", str(card), *SMALL)
    assert list(found["sizes"]) == ["0", "40"]
    assert {"auc", "ap", "brier", "ece"} <= set(found["sizes"]["0"])
    assert 0.7 < found["sizes"]["0"]["auc"] < 0.9
    assert found["verdict"]
    assert found["test_rows"] == 100


def test_without_a_card_the_start_is_the_base_rate(leads: Path) -> None:
    assert bench(leads, *SMALL)["sizes"]["0"]["auc"] == 0.5


def test_a_size_beyond_the_pool_is_capped_and_told(leads: Path) -> None:
    found = bench(leads, "--sizes", "5000", "--draws", "1")
    assert found["sizes"]["5000"]["outcomes"] == 200
    assert "Size 5000 is more than there is; 200 outcomes were used." in found["notes"]


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [(";", "cp1252"), ("\t", "utf-16"), (",", "utf-8-sig"), ("|", "utf-8")],
)
def test_any_way_of_writing_it(tmp_path: Path, delimiter: str, encoding: str) -> None:
    table = [{**row, "Größe, ca.": "groß" if n % 3 else "klein"} for n, row in enumerate(rows(90))]
    found = bench(write(tmp_path / "a.csv", table, delimiter, encoding), *SMALL)
    assert found["rows"] == 90


def test_ragged_rows_blank_lines_and_huge_cells(tmp_path: Path) -> None:
    lines = ["a,b,won,a", *(f"{n % 4},{n % 3},{n % 2}" for n in range(60)), "", ",,,,"]
    lines += [f"1,{'x' * 300_000},1,2,3,4", "1"]
    path = tmp_path / "ragged.csv"
    path.write_text("\r\n".join(lines))
    found = bench(path, *SMALL, label="WON")
    assert found["rows"] == 61
    assert "of 62 rows have no outcome" in " ".join(found["notes"])


def test_a_label_is_the_same_without_case_and_as_a_number(tmp_path: Path) -> None:
    table = [{"x": n % 5, "y": n % 7, "won": ["1.0", "0", ""][n % 3]} for n in range(120)]
    found = bench(write(tmp_path / "a.csv", table), *SMALL, label="Won")
    assert (found["rows"], found["won"]) == (80, 40)


def test_open_deals_and_closing_days_are_left_out(tmp_path: Path) -> None:
    chance = random.Random(1)
    stages = chance.choices(["Won", "Lost", "Engaging"], k=400)
    table = [
        {"stage": s, "close_date": "2024-01-02" if s != "Engaging" else "", "x": chance.random()}
        for s in stages
    ]
    path = write(tmp_path / "deals.csv", table)
    found = bench(path, "--sizes", "0,200", "--draws", "2", label="stage", positive="won")
    assert found["rows"] == 400 - stages.count("Engaging")
    assert found["verdict"].startswith("Nothing can be learned")
    assert "close_date" in " ".join(found["notes"])


def test_a_leak_is_named_and_what_is_left_is_judged(tmp_path: Path) -> None:
    chance = random.Random(2)
    table = [
        {"won": w, "value": chance.random() * 900 if w == "yes" else 0, "x": chance.random()}
        for w in chance.choices(["yes", "no"], k=400)
    ]
    path = write(tmp_path / "a.csv", table)
    found = bench(path, "--sizes", "200", "--draws", "2", label="won", positive="yes")
    assert found["verdict"].startswith("Leak alarm: value (AUC 1.00)")
    assert "Without: Nothing can be learned" in found["verdict"]
    assert found["sizes"]["200"]["auc"] > 0.95 and found["without_leaks"]["200"]["auc"] < 0.65
    clean = bench(path, *SMALL, "--exclude", "value", label="won", positive="yes")
    assert clean["leaks"] == []


def test_a_verdict_knows_luck_and_rare_wins() -> None:
    point = Point(500, 500, {"auc": 0.65, "ap": 0.0, "brier": 0.2, "ece": 0.0}, 0.0, 0.0)
    small, large = (_table(60, 20), _table(6000, 2000))
    assert _judged(small, [point]).startswith("Too few outcomes to tell")
    assert _judged(large, [point]).startswith("The outcome can be learned")
    assert _judged(_table(6000, 40), [point]).startswith("The order of leads can be learned")
    weak = replace(point, means={**point.means, "auc": 0.55})
    assert _judged(large, [weak]).startswith("Nothing can be learned")
    assert _judged(_table(60_000, 400), [weak]).startswith("Too few outcomes to tell")


def _table(size: int, wins: int) -> Table:
    return Table([{}] * size, np.array([1.0] * wins + [0.0] * (size - wins)))


def test_a_card_that_looks_at_what_is_not_there_is_told(leads: Path, card: Path) -> None:
    found = bench(leads, "--card", str(card), *SMALL, "--exclude", "TotalVisits")
    assert found["notes"][0] == "The card looks at TotalVisits, which is not there."
    assert found["sizes"]["0"]["auc"] > 0.7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"label": "nope"}, "no column 'nope'"),
        ({"positive": "maybe"}, "No row has 'maybe'"),
        ({"sizes": "a"}, "whole numbers"),
        ({"sizes": "-1"}, "from 0 on"),
        ({"exclude": "nope"}, "'nope' to exclude"),
        ({"draws": 0}, "at least 1"),
        ({"card": "nope.json"}, "cannot be read"),
    ],
)
def test_clear_errors(leads: Path, options: dict[str, Any], message: str) -> None:
    given = {"label": LABEL, "positive": "1", **options}
    with pytest.raises(CommandError, match=message):
        call_command("score_bench", str(leads), **given)


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    few = write(tmp_path / "few.csv", rows(12))
    for path, message in [
        (tmp_path / "gone.csv", "cannot be read: No such file"),
        (tmp_path, "cannot be read"),
        (empty, "holds no rows"),
        (few, "12 rows have an outcome"),
    ]:
        with pytest.raises(CommandError, match=message):
            bench(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "not an object"),
        ('{"rules": [1]}', "no object"),
        ('{"rules": [{"column": "a", "op": "like", "points": 1}]}', "how to compare"),
        ('{"rules": [], "base_rate": 2}', "base_rate"),
        ('{"rules": [], "points_per_logit": 0}', "points_per_logit"),
    ],
)
def test_cards_that_cannot_be_used(leads: Path, tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(CommandError, match=message):
        bench(leads, "--card", str(path))


def test_a_card_finds_its_columns_without_case_and_reads_select_as_missing(tmp_path: Path) -> None:
    kinds = [("Fair", "Select"), ("web", "Bonn"), ("fair", "Bonn"), ("web", "")]
    table = [{"Kind": k, "City": c, "won": int(k.lower() == "fair")} for k, c in kinds * 30]
    rules = [{"column": "KIND", "op": "equals", "value": "FAIR", "points": 30}]
    path, file = tmp_path / "own.json", write(tmp_path / "a.csv", table)
    for more in ([], [{"column": "city ", "op": "missing", "points": -60}]):
        path.write_text(json.dumps({"rules": rules + more}))
        found = bench(file, "--card", str(path), "--sizes", "0", "--draws", "3", label="won")
        assert (found["sizes"]["0"]["auc"] == 1.0) is (not more)
