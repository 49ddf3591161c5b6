"""Days begin and end with people's midnight, also when the clocks change."""

import zlib
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from analytics.access import Scope
from analytics.counts import bitmaps
from analytics.selectors import numbers
from analytics.selectors.period import Period
from analytics.services import days, rollup
from analytics.tests import world as w

SECOND = timedelta(seconds=1)
WARSAW, NEW_YORK = "Europe/Warsaw", "America/New_York"


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (WARSAW, date(2026, 3, 29), 23),
        (WARSAW, date(2026, 10, 25), 25),
        (WARSAW, date(2026, 7, 1), 24),
        (NEW_YORK, date(2026, 3, 8), 23),
        (NEW_YORK, date(2026, 11, 1), 25),
        ("Atlantic/Azores", date(2026, 3, 29), 23),  # midnight is skipped
        ("America/Havana", date(2026, 11, 1), 25),  # midnight comes twice
    ],
)
def test_a_day_has_as_many_hours_as_it_has(zone: str, day: date, hours: int) -> None:
    here = ZoneInfo(zone)
    begin, end = days.edges(day, here)
    assert end - begin == timedelta(hours=hours)
    for moment, expected in ((begin, day), (end - SECOND, day), (end, day + days.DAY)):
        assert moment.astimezone(here).date() == expected
    assert (begin - SECOND).astimezone(here).date() == day - days.DAY


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "day"),
    [
        (WARSAW, date(2026, 3, 29)),
        (WARSAW, date(2026, 10, 25)),
        (NEW_YORK, date(2026, 3, 8)),
        (NEW_YORK, date(2026, 11, 1)),
    ],
)
def test_each_hour_of_a_day_counts_for_it(zone: str, day: date, rep: Any) -> None:
    """One message each half hour of three days: 48 a day, two more or less when clocks change."""
    w.in_zone(zone)
    begin, _ = days.edges(day - days.DAY, ZoneInfo(zone))
    _, end = days.edges(day + days.DAY, ZoneInfo(zone))
    ada = w.lead("Ada", rep, at=begin)
    at = begin
    while at < end:
        w.event(ada, "call.logged", at, "phone")
        w.event(ada, "reply.received", at, "email")
        at += timedelta(minutes=30)
    rollup.rebuild()
    period = Period(day - days.DAY, day + days.DAY)
    found = numbers.daily(Scope((0,)), period, ["sent"])
    begin, end = days.edges(day, ZoneInfo(zone))
    longest = int((end - begin).total_seconds()) // 1800
    assert [one["sent"] for one in found.values()] == [48, longest, 48]
    heat = numbers.heat(Scope((0,)), Period(day, day))
    hours = heat[6]
    assert sum(hours) == longest
    assert sorted(set(hours)) in ([0, 2], [2, 4])  # an hour that is not, or that comes twice


@pytest.mark.django_db
def test_another_zone_moves_the_days(rep: Any) -> None:
    w.in_zone("UTC")
    ada = w.lead("Ada", rep)
    moment = datetime(2026, 11, 11, 23, 30, tzinfo=UTC)
    w.event(ada, "touch.sent", moment, "email", touch=1)
    with time_machine.travel(moment + days.DAY, tick=False):
        rollup.settle()
        for zone, day in (("UTC", 11), (WARSAW, 12), ("nowhere/at all", 11)):
            w.in_zone(zone)
            rollup.settle()
            found = numbers.daily(
                Scope((0,)), Period(date(2026, 11, 10), date(2026, 11, 13)), ["sent"]
            )
            assert [one.day for one, of in found.items() if of["sent"]] == [day]


def test_sets() -> None:
    assert bitmaps.union([]) == 0
    one, two = bitmaps.pack([1, 8, 300]), bitmaps.pack([8, 9, 100_000])
    both = bitmaps.union([one, two])
    assert list(bitmaps.members(both)) == [1, 8, 9, 300, 100_000]
    assert bitmaps.union([bitmaps.pack_bits(both)]) == both
    assert list(bitmaps.members(bitmaps.union([bitmaps.pack([])]))) == []
    assert len(bitmaps.pack([100_000])) < 100


def test_sets_of_few_and_of_many_are_one_kind_of_set() -> None:
    few, many = range(7, 90_000, 300), range(3, 90_000, 17)
    packed = [bitmaps.pack(few), bitmaps.pack(many), bitmaps.pack([2, 2])]
    assert packed[0][:1] == bitmaps.LIST != packed[1][:1]
    assert sorted({*few, *many, 2}) == list(bitmaps.members(bitmaps.union(packed)))
    bits = bitmaps.union(packed[:1])
    before = zlib.compress(bits.to_bytes(bits.bit_length() // 8 + 1, "little"), 1)
    assert bitmaps.union([before]) == bits  # as they were written before
    assert bitmaps.pack_bits(bits) == packed[0]


def test_periods() -> None:
    period = Period(date(2026, 10, 30), date(2027, 1, 2))
    months, single = period.parts()
    assert [str(day) for day in months] == ["2026-11-01", "2026-12-01"]
    assert [str(day) for day in single] == [
        "2026-10-30", "2026-10-31", "2027-01-01", "2027-01-02",
    ]  # fmt: skip
    assert period.before().last == date(2026, 10, 29)
    assert period.before().length == period.length == 65
    assert Period(date(2026, 11, 1), date(2026, 11, 30)).parts() == ([date(2026, 11, 1)], [])
    whole = Period(date(2026, 11, 4), date(2026, 11, 17))
    assert [day.day for day in whole.mondays()] == [2, 9, 16]
    assert Period.last_days(1, date(2026, 11, 4)).length == 1


@pytest.mark.django_db
def test_month_sets_are_the_days_together(rep: Any) -> None:
    """Three leads over three months, one of them in each: a month counts each lead once."""
    from analytics.selectors import people_reached

    w.in_zone(WARSAW)
    three = [w.lead(name, rep) for name in ("Ada", "Ben", "Cem")]
    for place, day in enumerate((date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31))):
        for one in (three[0], three[place]):
            begin, end = days.edges(day, ZoneInfo(WARSAW))
            w.event(one, "call.logged", begin if place else end - SECOND, "phone")
    rollup.rebuild()

    def distinct(first: date, last: date) -> int:
        return people_reached.distinct(Scope((0,)), Period(first, last))

    assert distinct(date(2026, 9, 1), date(2026, 9, 30)) == 1
    assert distinct(date(2026, 10, 1), date(2026, 10, 31)) == 3
    assert distinct(date(2026, 10, 2), date(2026, 10, 30)) == 0
    assert distinct(date(2026, 9, 30), date(2026, 10, 31)) == 3
    assert distinct(date(2026, 9, 30), date(2026, 10, 1)) == 2
