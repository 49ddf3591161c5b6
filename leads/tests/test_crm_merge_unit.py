"""The merge of one field and of a record: every rule, with and without a base."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from leads.crm.merge import (
    RULES,
    THEIRS,
    Field,
    Rule,
    Times,
    as_last_seen,
    default_rule,
    merge_field,
    merge_record,
    spell,
    written,
)

EARLY = datetime(2026, 11, 1, tzinfo=UTC)
LATE = EARLY + timedelta(hours=1)


def field(here: str, there: str | None, base: str | None = None, code: str = "city") -> Field:
    return Field("contact", code, here, there, base)


@pytest.mark.parametrize(
    ("here", "there", "base", "rule", "outcome"),
    [
        ("a", "a", "a", "newest", "same"),
        ("b", "b", "a", "newest", "same"),  # both made the same change
        ("b", "a", "a", "newest", "take_here"),
        ("a", "b", "a", "newest", "take_there"),
        ("a", "b", "a", "ask", "take_there"),  # one side changed: nothing to ask
        ("b", "a", "a", "ask", "take_here"),
        ("b", "c", "a", "ask", "conflict"),
        ("b", "c", "a", "here", "take_here"),
        ("b", "c", "a", "there", "take_there"),
        ("a", "c", "a", "here", "take_here"),  # ours wins over a change of theirs
        ("b", "a", "a", "there", "take_there"),
        ("b", "c", "a", "off", "same"),
        ("b", "c", "a", "newest", "conflict"),  # no times
        ("", "a", "a", "newest", "take_here"),  # emptied here
        ("a", "", "a", "newest", "take_there"),
        ("a", "a", None, "ask", "same"),
        ("", "a", None, "here", "take_there"),  # an empty side is filled
        ("a", "", None, "there", "take_here"),
        ("a", "b", None, "ask", "conflict"),
        ("a", "b", None, "here", "take_here"),
        ("a", "b", None, "there", "take_there"),
        ("a", None, "a", "newest", "same"),
        ("b", None, "a", "newest", "take_here"),
        ("b", None, "a", "there", "same"),
        ("b", None, None, "newest", "same"),
        ("b", None, None, "here", "take_here"),
    ],
)
def test_a_field(here: str, there: str | None, base: str | None, rule: Rule, outcome: str) -> None:
    assert merge_field(field(here, there, base), rule) == outcome


@pytest.mark.parametrize(
    ("times", "outcome"),
    [
        (Times(EARLY, LATE), "take_there"),
        (Times(LATE, EARLY), "take_here"),
        (Times(EARLY, EARLY), "conflict"),
        (Times(None, LATE), "conflict"),
        (Times(LATE, None), "conflict"),
        (Times(LATE, None, EARLY), "take_here"),  # theirs is certainly older
        (Times(EARLY, None, LATE), "conflict"),  # it may have been another field
    ],
)
@pytest.mark.parametrize("base", [None, "x"])
def test_newest_needs_two_times(times: Times, outcome: str, base: str | None) -> None:
    assert merge_field(field("a", "b", base), "newest", times) == outcome


@pytest.mark.parametrize("rule", RULES)
def test_an_opt_out_wins_whatever_the_rule(rule: Rule) -> None:
    for base in (None, "", "yes"):
        assert merge_field(field("yes", "", base, "opt_out"), rule) == "take_here"
        assert merge_field(field("", "yes", base, "opt_out"), rule) == "take_there"
        assert merge_field(field("yes", "yes", base, "opt_out"), rule) == "same"


@pytest.mark.parametrize("rule", RULES)
def test_an_address_is_never_emptied(rule: Rule) -> None:
    for base, value in product((None, "", "a@x.example", "b@x.example"), ("a@x.example",)):
        assert merge_field(field(value, "", base, "email"), rule) != "take_there"
        assert merge_field(field("", value, base, "email"), rule) != "take_here"


def test_an_untouched_first_stage_says_nothing() -> None:
    assert merge_field(field("new", "meeting", None, "stage"), "ask") == "take_there"
    assert merge_field(field("engaged", "meeting", None, "stage"), "ask") == "conflict"
    assert merge_field(field("new", "", None, "stage"), "ask") == "same"
    assert default_rule("stage") == default_rule("owner") == "ask"


def test_whatever_is_decided_both_sides_agree_afterwards() -> None:
    """Apply the outcome, merge again: nothing more to do, for every rule and combination."""
    values = ("", "a", "b", "c")
    for rule, code, here, there, base in product(
        RULES, ("city", "email", "stage", "opt_out"), values, values, (None, *values)
    ):
        bases = {} if base is None else {code: base}
        times = {code: Times(EARLY, LATE)}
        rules: dict[str, Rule] = {code: rule}
        first = merge_record("contact", rules, bases, {code: here}, {code: there}, times=times)
        if first.conflicts:
            assert rule == "ask"
            continue
        ours = first.here.get(code, ("", here))[1]
        theirs = first.there.get(code, ("", there))[1]
        after = dict(first.base)
        for name, (old, new) in first.there.items():
            written(after, name, old, new)
        again = merge_record("contact", rules, after, {code: ours}, {code: theirs}, times=times)
        assert again.quiet, (rule, code, here, there, base, first, again)


def test_a_question_stays_until_both_sides_are_equal() -> None:
    base = {"stage": "new"}
    kept = merge_record(
        "contact", {}, base, {"stage": "new"}, {"stage": "won"}, undecided={"stage"}
    )
    assert kept.conflicts == {"stage": ("new", "won")}
    equal = merge_record(
        "contact", {}, base, {"stage": "won"}, {"stage": "won"}, undecided={"stage"}
    )
    assert (equal.conflicts, equal.settled, equal.base) == ({}, ["stage"], {"stage": "won"})


def test_what_they_make_of_our_value_is_sent_back_once() -> None:
    base = {"city": "Łódź"}
    rules: dict[str, Rule] = {"city": "here"}
    first = merge_record("contact", rules, base, {"city": "Łódź"}, {"city": "Lodz"})
    assert first.there == {"city": ("Lodz", "Łódź")}
    after = dict(first.base)
    written(after, "city", "Lodz", "Łódź")
    assert merge_record("contact", rules, after, {"city": "Łódź"}, {"city": "Lodz"}).quiet
    moved = merge_record("contact", rules, after, {"city": "Łódź"}, {"city": "Kraków"})
    assert moved.there == {"city": ("Kraków", "Łódź")}


def test_another_spelling_is_no_change() -> None:
    base = {"trade": "roofing"}
    spell(base, "trade", "CONSTRUCTION")
    assert as_last_seen(base, ["trade"]) == {"trade": "CONSTRUCTION"}
    seen = {"trade": "CONSTRUCTION"}
    assert merge_record("company", {}, base, {"trade": "roofing"}, seen).quiet
    ours = merge_record("company", {}, base, {"trade": "bakery"}, seen)
    assert ours.there == {"trade": ("CONSTRUCTION", "bakery")}
    theirs = merge_record("company", {}, base, {"trade": "roofing"}, {"trade": "RETAIL"})
    assert theirs.here == {"trade": ("roofing", "RETAIL")}
    assert THEIRS not in theirs.base or not theirs.base[THEIRS]
