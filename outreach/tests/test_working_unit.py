"""Working minutes: hours, days, holidays and time away of one person."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from outreach.services import working
from salesagent.accounts.models import User, Workspace

FRIDAY = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # 16:30 in Copenhagen
DANE = User(
    time_zone="Europe/Copenhagen", work_start=time(9), work_end=time(17), work_days=[0, 1, 2, 3, 4]
)
DENMARK = Workspace(country="DK", skip_holidays=True)


def user(**more: Any) -> User:
    keep = ("time_zone", "work_start", "work_end", "work_days")
    return User(**{name: getattr(DANE, name) for name in keep} | more)


def test_the_clock_stops_at_night_and_over_the_weekend() -> None:
    assert working.after(DANE, FRIDAY, 60, DENMARK) == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert working.minutes(DANE, FRIDAY, datetime(2026, 11, 23, 8, 30, tzinfo=UTC), DENMARK) == 60


def test_a_message_at_night_begins_to_wait_in_the_morning() -> None:
    night = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    assert working.after(DANE, night, 60, DENMARK) == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert working.minutes(DANE, night, night + timedelta(hours=7), DENMARK) == 0


def test_public_holidays_of_our_country_do_not_count() -> None:
    before = datetime(2026, 12, 24, 15, 30, tzinfo=UTC)
    assert working.after(DANE, before, 60, DENMARK).date() == date(2026, 12, 28)
    open_too = Workspace(country="DK", skip_holidays=False)
    assert working.after(DANE, before, 60, open_too).date() == date(2026, 12, 25)


def test_a_day_that_clocks_change_has_its_hours() -> None:
    sunday = user(work_days=[6], work_start=time(0), work_end=time(6))
    spring = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    assert working.minutes(sunday, spring, spring + timedelta(days=1), DENMARK) == 300


def test_no_days_chosen_means_the_usual_ones() -> None:
    assert working.after(user(work_days=[]), FRIDAY, 1, DENMARK) == FRIDAY + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("begins", "ends", "is_away"),
    [
        (None, None, False),
        (date(2026, 11, 20), date(2026, 11, 20), True),
        (date(2026, 11, 21), None, False),
        (date(2026, 11, 1), None, True),
        (None, date(2026, 11, 19), False),
        (None, date(2026, 11, 20), True),
    ],
)
def test_away_by_their_own_calendar(begins: Any, ends: Any, is_away: bool) -> None:
    assert working.away(user(away_from=begins, away_until=ends), FRIDAY) is is_away


def test_the_day_is_theirs_not_ours() -> None:
    kiwi = user(time_zone="Pacific/Auckland", away_from=date(2026, 11, 21))
    assert working.away(kiwi, FRIDAY)


def test_works_on() -> None:
    assert working.works_on(DANE, FRIDAY, DENMARK)
    assert not working.works_on(DANE, FRIDAY + timedelta(days=1), DENMARK)
    assert not working.works_on(user(away_from=date(2026, 11, 1)), FRIDAY, DENMARK)
