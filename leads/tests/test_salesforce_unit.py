"""Queries, values and texts of the Salesforce adapter; and the scripted organisation itself."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.crm import salesforce_fields as fields
from leads.crm import salesforce_soql as soql
from leads.crm.salesforce_fields import Column, Unfit
from leads.tests import salesforce_soql as engine
from leads.tests.salesforce_org import suffix

TEXT = Column("X", "X", "string", True, True)


@given(st.text())
def test_a_quoted_text_is_that_text_and_nothing_else(text: str) -> None:
    query = engine.parse(soql.select(("Id",), "Contact", f"Email = {soql.quote(text)}"))
    assert query.test({"Email": text})
    assert not query.test({"Email": text + "x"})


@given(st.text(min_size=1), st.text(), st.text())
def test_like_finds_the_text_anywhere(text: str, before: str, after: str) -> None:
    query = engine.parse(soql.select(("Id",), "Account", f"Website LIKE {soql.like(text)}"))
    assert query.test({"Website": before + text + after})


@given(st.lists(st.text(max_size=400), max_size=60))
def test_parts_hold_every_value_once_and_fit_an_address(values: list[str]) -> None:
    found = list(soql.parts(values, 20))
    assert [one for part in found for one in part] == list(dict.fromkeys(values))
    for part in found:
        assert len(part) <= 20
        assert len(part) == 1 or len(quote(soql.one_of("X", part))) < soql.LONGEST + 200


@pytest.mark.parametrize("text", ["", "a b", "1a", "a'", "Ä", "x;y", "a" * 90, "Account.Name"])
def test_odd_names_are_no_names(text: str) -> None:
    assert not soql.is_name(text)


@pytest.mark.parametrize(
    ("text", "good"),
    [("0035g0000000001AAA", True), ("0035g0000000001", True), ("0035g0000000001AA", False),
     ("0035g000000000'", False), ("", False)],
)  # fmt: skip
def test_ids(text: str, good: bool) -> None:
    assert soql.is_id(text) is good


def test_times() -> None:
    at = datetime(2026, 11, 21, 10, 0, 5, 999, tzinfo=UTC)
    assert soql.moment(at) == "2026-11-21T10:00:05Z"
    read = soql.read_moment("2026-11-21T12:00:05.000+0200")
    assert read == datetime(2026, 11, 21, 10, 0, 5, tzinfo=UTC)
    assert soql.read_moment("yesterday") is None
    assert soql.read_moment(None) is None


@pytest.mark.parametrize(
    ("kind", "text", "sent"),
    [
        ("boolean", "yes", True),
        ("boolean", "", False),
        ("int", "12", 12),
        ("int", "12.0", 12),
        ("currency", "1500.50", 1500.5),
        ("double", "", None),
        ("date", "2026-11-21T10:00", "2026-11-21"),
        ("datetime", "2026-11-21", "2026-11-21T12:00:00Z"),
        ("string", "x", "x"),
        ("string", "", None),
    ],
)
def test_values_as_they_are_sent(kind: str, text: str, sent: object) -> None:
    assert fields.written("x", Column("X", "X", kind, True, True), text) == sent


@pytest.mark.parametrize(
    ("kind", "text"), [("int", "many"), ("currency", "NaN"), ("double", "1e999x"), ("date", "soon")]
)
def test_values_that_do_not_fit(kind: str, text: str) -> None:
    with pytest.raises(Unfit):
        fields.written("x", Column("X", "X", kind, True, True), text)


def test_values_of_lists() -> None:
    options = (("Hot", "Heiß"), ("Cold", "Kalt"))
    free = Column("X", "Mood", "picklist", True, True, options=options)
    assert fields.written("x", free, "heiß") == "Hot"
    assert fields.written("x", free, "warm") == "Warm"
    bound = Column("X", "Mood", "picklist", True, True, restricted=True, options=options)
    with pytest.raises(Unfit, match="list of Mood"):
        fields.written("x", bound, "warm")


@pytest.mark.parametrize(
    ("code", "raw", "ours"),
    [
        ("size", 12.0, "12"),
        ("size", 0, "0"),
        ("value", 1500, "1500.00"),
        ("value", None, ""),
        ("trade", None, None),
        ("x", 0.1, "0.1"),
        ("x", 1e15, "1000000000000000"),
        ("country", "Deutschland", "DE"),
        ("country", "Atlantis", None),
        ("language", "German", "de"),
        ("opt_out", False, ""),
        ("stage", "Engaged", "engaged"),
        ("stage", "Curious", None),
        ("expected_close", "2026-12-24", "2026-12-24"),
        ("title", " Head\u202e of x\x00 ", "Head of x"),
    ],
)
def test_values_as_they_come(code: str, raw: object, ours: str | None) -> None:
    assert fields.shown(code, TEXT, raw, {}) == ours


def test_a_country_column_with_codes_takes_a_code() -> None:
    coded = Column("MailingCountryCode", "Country", "picklist", True, True)
    assert fields.written("country", coded, "DE") == "DE"
    assert fields.written("country", TEXT, "DE") == "Germany"


def test_long_texts_of_tasks_are_cut() -> None:
    columns = dict.fromkeys(("Subject", "Description"), TEXT)
    found = fields.task("note", {"subject": "s" * 999, "text": "t" * 99_999}, columns)
    assert (len(found["Subject"]), len(found["Description"])) == (255, fields.LONGEST)
    assert "TaskSubtype" not in found


def test_letters_sixteen_to_eighteen_of_an_id() -> None:
    assert suffix("001A0000006Vm9r") == "IAC"
    assert suffix("003000000000001") == "AAA"
