"""When a figure about people may be shown, and what a share of few cases is worth."""

import itertools
from typing import Any

import pytest

from coaching.services.leaderboard import Row, _placed
from coaching.services.shares import FEW, PEOPLE, Share, habit, number, total


def parts(*rows: tuple[int, int]) -> dict[int, Share]:
    return {number: Share(*row) for number, row in enumerate(rows, start=1)}


def test_a_share_carries_its_interval() -> None:
    share = Share(4, 5)
    assert (share.percent, share.low, share.high, share.enough) == (80, 38, 96, False)
    assert (Share(0, 0).low, Share(0, 0).high) == (0, 100)
    assert Share(40, 50).apart(Share(2, 50))
    assert not Share(4, 5).apart(Share(2, 5))
    assert Share(10, FEW).enough


def test_five_private_people_make_a_habit_of_a_team() -> None:
    rows = parts(*[(1, 2)] * PEOPLE)
    assert habit(rows, set()).share == Share(5, 10)
    few = parts(*[(1, 2)] * (PEOPLE - 1))
    assert habit(few, set()).share is None
    assert habit(few, set()).whole == 4


def test_with_fewer_only_who_shares_is_counted() -> None:
    shown = habit(parts((3, 4), (0, 9), (1, 1)), {1, 3})
    assert (shown.share, shown.people, shown.whole, shown.partial) == (Share(4, 5), 2, 3, True)
    everybody = habit(parts((3, 4), (0, 9)), {1, 2})
    assert everybody.share == Share(3, 13)
    assert not everybody.partial


def test_people_without_a_case_hide_nobody() -> None:
    assert habit(parts((3, 4), (0, 0), (0, 0), (0, 0), (0, 0)), set()).share is None
    assert habit({}, set()).whole == 0


@pytest.mark.parametrize("count", range(1, 8))
def test_no_private_person_is_found_by_taking_the_open_ones_away(count: int) -> None:
    """Whoever shares: what is left of a shown sum is of nobody or of several."""
    rows = parts(*[(n, 2 * n) for n in range(1, count + 1)])
    for size in range(count + 1):
        for chosen in itertools.combinations(rows, size):
            private = rows.keys() - set(chosen)
            for rule, fewest in ((habit, PEOPLE), (total, 2)):
                shown = rule(rows, set(chosen)).share
                known = sum((rows[one] for one in chosen), Share())
                if shown is not None and shown != known:
                    assert len(private) >= fewest


def test_a_total_is_of_two_and_nobody_is_nearly_all_of_it() -> None:
    assert total(parts((2, 5), (1, 4)), set()).share == Share(3, 9)
    assert total(parts((2, 5)), set()).share is None
    assert total(parts((2, 17), (1, 1)), set()).share is None
    assert total(parts((2, 17), (1, 1)), {1}).share is None
    assert total(parts((2, 17), (1, 1)), {1}, fewest=1).share == Share(2, 17)


def test_one_who_shares_is_not_a_team() -> None:
    rows = parts((3, 4), (0, 9), (1, 1))
    assert habit(rows, {1}).share is None
    assert habit(rows, {1}, fewest=1).share == Share(3, 4)
    assert habit(parts((3, 4)), {1}).share is None
    assert number({1: 7, 2: 6}, {1}).share is None
    assert number({1: 7, 2: 6, 3: 1}, {1}).share is None  # nearly all of the rest is one's
    assert number({1: 7, 2: 6, 3: 5}, {1}).share == Share(18, 18)


@pytest.mark.parametrize("rule, fewest", [(habit, PEOPLE), (total, 2)])
def test_the_difference_of_two_times_is_nobody_s(rule: Any, fewest: int) -> None:
    """Whoever shares and whoever worked before: 90 days less 30 less the open ones."""
    people = range(1, 7)
    recent = {who: Share(who % 3, 4) for who in people}
    for size in range(len(people) + 1):
        for old in itertools.combinations(people, size):
            whole = {who: recent[who] + Share(1, 2 if who in old else 0) for who in people}
            whole = {who: whole[who] if who in old else recent[who] for who in people}
            for opened in ((), (1,), (1, 2), (1, 2, 3, 4), tuple(people)):
                _holds(rule, fewest, whole, recent, set(opened), set(old))


def _holds(rule: Any, fewest: int, whole: Any, recent: Any, opened: set[int], old: set[int]):
    long, short = rule(whole, opened, recent), rule(recent, opened)
    for shown in (long, short):
        assert shown.share is None or shown.people >= 2
    everybody = [one.share is not None and not one.partial for one in (long, short)]
    private = old - opened
    if all(everybody) and private:
        assert len(private) >= fewest


def test_a_place_only_where_intervals_do_not_touch() -> None:
    class Person:
        name = "x"

    def rows(*shares: Share) -> list[Row]:
        return [Row(Person(), 1, share) for share in shares]  # type: ignore[arg-type]

    assert [row.place for row in _placed(rows(Share(4, 5), Share(3, 5)))] == [None, None]
    apart = _placed(rows(Share(48, 50), Share(25, 50), Share(22, 50)))
    assert [row.place for row in apart] == [1, None, None]
    assert [row.place for row in _placed(rows(Share(5, 5)))] == [None]
