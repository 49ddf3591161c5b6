"""The period that a report's address asks for, and the one it is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.selectors.period import DAY, Period

USUAL = "30"
OWN = "own"
LONGEST = 1830  # days, about five years
CHOICES = {
    "7": "Last 7 days",
    "30": "Last 30 days",
    "90": "Last 90 days",
    "365": "Last 365 days",
    "month": "This month",
    "last-month": "Last month",
    OWN: "Own dates",
}


@dataclass(frozen=True)
class Chosen:
    """`before`: what it is compared with. `error`: why the asked one is not shown, or ""."""

    key: str
    period: Period
    before: Period
    error: str = ""


def read(given: Mapping[str, str], today: date) -> Chosen:
    """`period` is one of CHOICES; own dates are in `from` and `to`, both included."""
    key = str(given.get("period", "")) or USUAL
    if key == OWN:
        return _own(str(given.get("from", "")), str(given.get("to", "")), today)
    if key not in CHOICES:
        return _usual(today, f"There is no period “{key[:20]}”.")
    if key == "month":
        return this_month(today)
    if key == "last-month":
        end = today.replace(day=1) - DAY
        return Chosen(key, _month(end), _month(end.replace(day=1) - DAY))
    period = Period.last_days(int(key), today)
    return Chosen(key, period, period.before())


def this_month(today: date) -> Chosen:
    """Until today; compared with as many days of the month before, as far as it has them."""
    last = today.replace(day=1) - DAY
    first = last.replace(day=1)
    before = Period(first, min(last, first + timedelta(days=today.day - 1)))
    return Chosen("month", Period(today.replace(day=1), today), before)


def _month(day: date) -> Period:
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - DAY)


def _usual(today: date, why: str) -> Chosen:
    period = Period.last_days(int(USUAL), today)
    return Chosen(USUAL, period, period.before(), f"{why} These are the last {USUAL} days.")


def _own(first: str, last: str, today: date) -> Chosen:
    """From a day until a day; without the second one until today, never beyond. Without both the
    usual days, to be changed."""
    if not first and not last:
        period = Period.last_days(int(USUAL), today)
        return Chosen(OWN, period, period.before())
    try:
        begin = date.fromisoformat(first[:10])
        end = min(date.fromisoformat(last[:10]), today) if last else today
    except ValueError:
        return _usual(today, "Give both days of your own dates, like 2026-03-31.")
    if begin > end:
        return _usual(today, "The first day is after the last, or still to come.")
    if (end - begin).days >= LONGEST or begin.year < 2000:
        return _usual(today, f"Own dates are at most {LONGEST:,} days apart.")
    period = Period(begin, end)
    return Chosen(OWN, period, period.before())
