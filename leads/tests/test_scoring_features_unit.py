"""Cells and columns: what is missing, what is a number, what never-seen values become."""

import json
from datetime import date
from typing import Any

import pytest

from leads.scoring import features, values
from leads.scoring.features import Encoder


@pytest.mark.parametrize(
    "cell", ["", "  ", "NA", "n/a", "Select", "UNKNOWN", "NaN", None, [], float("nan"), "null"]
)
def test_the_spellings_of_missing(cell: object) -> None:
    assert values.missing(cell)


@pytest.mark.parametrize("cell", [0, "0", False, "no", "Selected", "other", [""]])
def test_what_is_not_missing(cell: object) -> None:
    assert not values.missing(cell)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("3", 3.0),
        (" -2.5 ", -2.5),
        ("1,234.50 €", 1234.5),
        ("$1,200", 1200.0),
        ("12%", 12.0),
        ("3,5", 3.5),
        ("1e3", 1000.0),
        (True, 1.0),
        ("1\u00a0234,5", 1234.5),
        ("1.234,50", 1234.5),
        ("inf", None),
        ("1e308", None),
        (10**400, None),
        (float("nan"), None),
        ("1_000", None),
        ("12 people", None),
        ("12-05-2024", None),
        (None, None),
    ],
)
def test_numbers_as_people_write_them(cell: object, number: float | None) -> None:
    assert values.number(cell) == number


@pytest.mark.parametrize(
    ("cell", "order", "day"),
    [
        ("2024-02-29", "ymd", date(2024, 2, 29)),
        ("2024-02-29T10:00:00Z", "ymd", date(2024, 2, 29)),
        ("01-03-17", "dmy", date(2017, 3, 1)),
        ("3/1/2017", "mdy", date(2017, 3, 1)),
        (date(2020, 1, 1), "dmy", date(2020, 1, 1)),
        ("31-02-2017", "dmy", None),
        ("soon", "ymd", None),
    ],
)
def test_days(cell: object, order: str, day: date | None) -> None:
    assert values.day(cell, order) == (day.toordinal() if day else None)


def table(**columns: list[Any]) -> list[dict[str, Any]]:
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def only(name: str, cells: list[Any]) -> features.Column:
    return features.fit(table(**{name: cells})).columns[0]


def test_a_column_of_each_kind() -> None:
    assert only("size", [str(n % 37) for n in range(200)]).kind == "number"
    assert only("source", ["web", "fair"] * 100).kind == "category"
    assert only("flag", [True, False] * 100).kind == "category"
    assert only("since", [f"{n % 27 + 1:02d}-03-17" for n in range(200)]).kind == "day"
    assert only("tags", [["a", "b"], ["b"]] * 100).kind == "words"
    titles = [f"{a} {b} {n}" for n, a in enumerate(["sales", "head"] * 50) for b in ["of", "it"]]
    assert only("title", titles).kind == "words"


def test_what_says_nothing_is_dropped_and_told() -> None:
    rows = table(
        id=[f"x{n:04d}" for n in range(300)],
        number=[str(1000 + n) for n in range(300)],
        same=["No"] * 300,
        empty=["Select"] * 300,
        kept=["a", "b", "c"] * 100,
    )
    found = features.fit(rows)
    assert [column.name for column in found.columns] == ["kept"]
    assert dict(found.dropped) == {
        "id": "looks like an id",
        "number": "looks like an id",
        "same": "has always the same value",
        "empty": "is always missing",
    }


def test_an_amount_with_many_different_values_is_no_id() -> None:
    assert only("revenue", [str(round(n**1.7, 2)) for n in range(1, 300)]).kind == "number"


def test_amounts_with_words_between_them_and_damaged_ones() -> None:
    cells = [str(n / 7) if n % 5 else ["many", "12 people", "1e308"][n % 3] for n in range(500)]
    (column,) = features.fit([{"a": cell} for cell in cells]).columns
    assert (column.kind, column.missing) == ("number", True)
    few = [{"a": ["1", "2", "3", "none left", "unclear"][n % 5]} for n in range(500)]
    assert features.fit(few).columns[0].kind == "category"


def test_an_id_that_is_sometimes_missing_tells_that_much() -> None:
    column = only("email", [f"p{n}@x.example" if n % 3 else "" for n in range(300)])
    assert (column.kind, column.size) == ("presence", 1)


def test_rare_values_are_pooled_and_unseen_ones_are_safe() -> None:
    found = features.fit(table(c=["a"] * 500 + ["b"] * 494 + ["x", "y", "z", "v", "w", "u"]))
    assert found.columns[0].values == ("a", "b")
    other = found.encode({"c": "never seen"})
    assert other == found.encode({"c": "x"}) == [(2, 1.0)]
    assert found.encode({"c": ""}) == found.encode({}) == []


def test_skewed_numbers_take_the_logarithm_and_end_somewhere() -> None:
    column = only("visits", [str(n) for n in [0, 1, 2, 2, 3, 4] * 50 + [250, 900]])
    assert column.log
    assert features.standard(column, 1e12) == features.REACH


def test_a_common_number_is_a_state_of_its_own() -> None:
    found = features.fit(table(pdays=["999"] * 250 + [str(n) for n in range(50)]))
    at = dict(found.encode({"pdays": "999"}))
    assert at[found.size - 1] == 1.0
    assert found.size - 1 not in dict(found.encode({"pdays": "998"}))


def test_an_encoder_survives_json() -> None:
    rows = table(
        n=[str(n % 50) if n % 9 else "NA" for n in range(300)],
        c=["a", "b", ""] * 100,
        d=[f"2024-{n % 12 + 1:02d}-03" for n in range(300)],
    )
    found = features.fit(rows)
    again = Encoder.from_json(json.loads(json.dumps(found.to_json())))
    assert again == found
    assert [again.encode(row) for row in rows] == [found.encode(row) for row in rows]
    assert found.size == len(found.column_at())


def test_too_many_columns_are_cut() -> None:
    wide = [{f"c{k}": str((n * (k + 3)) % 23) for k in range(100)} for n in range(100)]
    found = features.fit(wide)
    assert found.size <= features.MAX_FEATURES
    assert any(why == "is one column too many" for _, why in found.dropped)


def test_no_rows() -> None:
    assert features.fit([]).encode({"a": 1}) == []
