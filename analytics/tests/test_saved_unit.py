"""Time saved: the formula by hand, and what happens while little is measured."""

import pytest

from analytics.counts.saved import ENOUGH, HAND, READ, saved
from analytics.selectors.saved import in_words


def of(**more: object) -> float:
    given = {"drafts": 0, "pauses": 0, "replies": 0, "read": (0, 0), "hand": {}, **more}
    return saved(**given).minutes  # type: ignore[arg-type]


def test_the_formula() -> None:
    read = (40, 40 * 90)  # a minute and a half each
    found = saved(drafts=10, pauses=3, replies=7, read=read, hand={"draft": 5.0, "pause": 2.0})
    assert found.read == 1.5 and found.measured == 40
    assert [part.minutes for part in found.parts] == [35.0, 6.0, 7 * HAND["reply"]]
    assert found.minutes == 41.0 + 7 * HAND["reply"]


def test_until_enough_is_measured_reading_is_assumed() -> None:
    few = saved(drafts=1, pauses=0, replies=0, read=(ENOUGH - 1, 9999), hand={})
    assert few.read == READ and few.measured == 0
    assert few.minutes == HAND["draft"] - READ


def test_checking_that_takes_longer_than_writing_saves_nothing_and_costs_nothing() -> None:
    assert of(drafts=9, read=(ENOUGH, ENOUGH * 900), hand={"draft": 2.0}) == 0
    assert of() == 0


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (89.4, "89 min"), (90, "1.5 hours"), (120, "2 hours")]
)
def test_hours(minutes: float, words: str) -> None:
    assert in_words(minutes) == words
