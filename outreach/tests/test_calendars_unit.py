"""Working days and windows: tables, clock changes, and what holds for every zone and moment."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.models import Lead
from outreach.services import calendars
from outreach.services.calendars import Days

EIGHT, FIVE = time(8), time(17)
DAYS = Days(zone=ZoneInfo("Europe/Copenhagen"))
ZONES = sorted(
    name for name in available_timezones() if "/" in name and not name.startswith(("Etc", "posix"))
)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def slot(lead: Lead, earliest: datetime, start=EIGHT, end=FIVE, seed=0, days=DAYS) -> datetime:
    return calendars.next_slot(lead, earliest, start=start, end=end, spread_seed=seed, days=days)


@pytest.mark.parametrize(
    ("day", "country", "expected"),
    [
        ("2025-11-24", "PL", True),  # Monday
        ("2025-11-22", "PL", False),  # Saturday
        ("2025-11-11", "PL", False),  # Independence Day
        ("2025-11-11", "DE", True),
        ("2025-05-01", "DE", False),  # Labour Day
        ("2025-05-01", "DK", True),  # no public holiday there
        ("2025-04-17", "DK", False),  # Maundy Thursday
        ("2025-04-21", "GB", False),  # Easter Monday
        ("2025-04-21", "US", True),
        ("2025-07-04", "US", False),
        ("2025-11-27", "US", False),  # Thanksgiving
        ("2024-02-29", "SE", True),  # leap day
        ("2025-11-28", "SA", False),  # Friday rests there
        ("2025-11-28", "AE", True),
        ("2025-12-25", "XX", True),  # unknown country: weekends only
        ("2025-12-25", "", True),
        ("2025-12-27", "", False),
        ("2026-12-25", "FR", False),
    ],
)
def test_business_days(day, country, expected):
    assert calendars.is_business_day(date.fromisoformat(day), country) is expected


def test_holidays_may_be_ignored_and_days_chosen():
    every_day = Days(week=frozenset(range(7)), holidays=False)
    assert calendars.is_business_day(date(2025, 12, 25), "PL", every_day)
    assert calendars.is_business_day(date(2025, 11, 22), "PL", every_day)


@pytest.mark.parametrize(
    ("day", "n", "country", "expected"),
    [
        ("2025-11-24", 0, "PL", "2025-11-24"),
        ("2025-11-22", 0, "PL", "2025-11-24"),
        ("2025-11-21", 1, "PL", "2025-11-24"),
        ("2025-11-10", 1, "PL", "2025-11-12"),  # over Independence Day
        ("2025-12-23", 2, "PL", "2025-12-30"),  # 24 to 26 December are holidays there
        ("2025-12-23", 2, "US", "2025-12-26"),
        ("2024-02-28", 1, "DE", "2024-02-29"),
        ("2024-02-28", 2, "DE", "2024-03-01"),
        ("2025-04-16", 1, "DK", "2025-04-22"),  # Easter
        ("2025-11-24", 10, "", "2025-12-08"),
    ],
)
def test_adding_business_days(day, n, country, expected):
    found = calendars.add_business_days(date.fromisoformat(day), n, country)
    assert found == date.fromisoformat(expected)


@given(st.dates(date(2020, 1, 1), date(2030, 12, 1)), st.integers(1, 15), st.integers(1, 15))
@settings(max_examples=60)
def test_business_days_add_up(day, a, b):
    first = calendars.add_business_days(day, a, "DE")
    assert calendars.add_business_days(first, b, "DE") == calendars.add_business_days(
        day, a + b, "DE"
    )


def test_no_working_day_at_all_is_an_error():
    with pytest.raises(ValueError, match="no business day"):
        calendars.add_business_days(date(2025, 1, 1), 1, "PL", Days(week=frozenset()))
    with pytest.raises(ValueError, match="no open hours"):
        slot(Lead(time_zone="UTC"), at("2025-01-01"), days=Days(week=frozenset(), zone=None))


@pytest.mark.parametrize(
    ("zone", "earliest", "expected"),
    [
        # before, inside, at the end (half-open), after
        ("Europe/Warsaw", "2025-11-24T05:00", "2025-11-24T07:00"),
        ("Europe/Warsaw", "2025-11-24T09:30", "2025-11-24T09:30"),
        ("Europe/Warsaw", "2025-11-24T15:59", "2025-11-24T15:59"),
        ("Europe/Warsaw", "2025-11-24T16:00", "2025-11-25T07:00"),
        ("Europe/Warsaw", "2025-11-28T18:00", "2025-12-01T07:00"),  # over the weekend
        # summer time begins 30 March, ends 26 October 2025
        ("Europe/Warsaw", "2025-03-28T16:00", "2025-03-31T06:00"),
        ("Europe/Warsaw", "2025-10-24T15:00", "2025-10-27T07:00"),
        ("America/New_York", "2025-03-07T22:00", "2025-03-10T12:00"),
        ("America/New_York", "2025-10-31T21:00", "2025-11-03T13:00"),
        # the other half of the world changes the other way
        ("Australia/Sydney", "2025-10-03T08:00", "2025-10-05T21:00"),
        # UTC+14 is a day ahead, UTC-11 a day behind
        ("Pacific/Kiritimati", "2025-11-23T17:00", "2025-11-23T18:00"),
        ("Pacific/Kiritimati", "2025-11-21T04:00", "2025-11-23T18:00"),
        ("Pacific/Pago_Pago", "2025-11-24T00:00", "2025-11-24T19:00"),
        ("Asia/Kathmandu", "2025-11-24T00:00", "2025-11-24T02:15"),
        ("Asia/Tokyo", "2025-11-24T09:00", "2025-11-24T23:00"),
        ("Europe/Berlin", "2024-02-28T17:00", "2024-02-29T07:00"),
    ],
)
def test_next_slot(zone, earliest, expected):
    assert slot(Lead(time_zone=zone), at(earliest)) == at(expected)


@pytest.mark.parametrize(
    ("start", "end", "opens", "closes"),
    [
        # 30 March 2025, Warsaw: 02:00 to 03:00 does not exist
        (time(2, 30), time(6), "2025-03-30T01:30", "2025-03-30T04:00"),
        (time(1), time(2, 30), "2025-03-30T00:00", "2025-03-30T00:30"),
    ],
)
def test_a_window_that_begins_or_ends_in_the_missing_hour(start, end, opens, closes):
    found = calendars.open_hours(date(2025, 3, 30), [ZoneInfo("Europe/Warsaw")], start, end)
    assert found == (at(opens), at(closes))


def test_a_window_that_begins_in_the_doubled_hour_opens_at_the_second():
    found = calendars.open_hours(
        date(2025, 10, 26), [ZoneInfo("Europe/Warsaw")], time(2, 30), time(9)
    )
    assert found == (at("2025-10-26T01:30"), at("2025-10-26T08:00"))


def test_a_window_to_midnight():
    found = calendars.open_hours(date(2025, 11, 24), [ZoneInfo("UTC")], time(20), time(0))
    assert found == (at("2025-11-24T20:00"), at("2025-11-25T00:00"))


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.tuples(st.integers(0, 22), st.integers(1, 23)).filter(lambda pair: pair[0] < pair[1]),
    st.integers(0, 10_000),
)
@settings(max_examples=300, deadline=None)
def test_a_slot_is_always_inside_the_local_window(zone, earliest, hours, seed):
    lead = Lead(time_zone=zone)
    start, end = time(hours[0]), time(hours[1])
    try:
        found = slot(lead, earliest, start, end, seed)
    except ValueError:
        pytest.fail("every window opens some day")
    local = found.astimezone(ZoneInfo(zone))
    assert found >= earliest
    assert start <= local.time() < end
    assert local.weekday() < 5
    assert found - earliest < timedelta(days=20)
    assert found == slot(lead, earliest, start, end, seed), "the same seed, the same moment"
    assert calendars.is_open(lead, found, start=start, end=end, days=DAYS)


def test_seeds_spread_over_the_window_and_0_does_not():
    lead = Lead(time_zone="Europe/Warsaw")
    slots = [slot(lead, at("2025-11-24T00:00"), seed=seed) for seed in range(1, 301)]
    hours = [sum(1 for s in slots if s.hour == hour) for hour in range(7, 16)]
    assert min(slots) >= at("2025-11-24T07:00")
    assert max(slots) < at("2025-11-24T16:00")
    assert all(count > 10 for count in hours[:8]), hours
    assert len(set(slots)) > 280
    assert slot(lead, at("2025-11-24T00:00")) == at("2025-11-24T07:00")


def test_several_possible_zones_share_a_window():
    lead = Lead(country="US")
    found = slot(lead, at("2025-11-24T00:00"))
    for name in ("America/New_York", "America/Chicago", "America/Los_Angeles", "Pacific/Honolulu"):
        assert EIGHT <= found.astimezone(ZoneInfo(name)).time() < FIVE, name


def test_zones_too_far_apart_fall_back_to_where_most_people_live():
    found = slot(Lead(country="RU"), at("2025-11-23T22:00"))
    assert found == at("2025-11-24T08:00", "Europe/Moscow")


def test_holidays_of_the_leads_country_are_kept():
    lead = Lead(country="PL", time_zone="Europe/Warsaw")
    assert slot(lead, at("2025-11-11T07:00")) == at("2025-11-12T07:00")
    own = Days(holidays=False, zone=None)
    assert slot(lead, at("2025-11-11T07:00"), days=own) == at("2025-11-11T07:00")


def test_the_workspace_stands_in_for_what_is_unknown(workspace):
    assert calendars.next_slot(Lead(), at("2025-11-24T00:00"), start=EIGHT, end=FIVE) == at(
        "2025-11-24T07:00"
    )


def test_midnight_is_local():
    assert calendars.midnight(at("2025-11-24T12:00"), ZoneInfo("America/New_York")) == at(
        "2025-11-24T05:00"
    )


def test_days_of_a_workspace_with_nonsense_are_still_days(workspace):
    workspace.send_days = [9, "x"]
    workspace.time_zone = "No/Where"
    days = calendars.days_of(workspace)
    assert days.week == frozenset(range(5))
    assert days.zone == ZoneInfo("UTC")
