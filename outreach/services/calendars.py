"""Working days, public holidays and the hours in which a lead may be written to.

All windows are half-open, [start, end), in the lead's local time; results are in UTC. Nothing here
knows about limits or states: that is services.policy.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from leads.models import Lead
from leads.services import zones
from salesagent.accounts.models import WORK_DAYS, Workspace
from salesagent.lib import public_holidays

SEARCH_DAYS = 400  # a window is found within days, or the work days are empty
USED_SHARE = 0.9  # of what is left of a window, so that a late one still gets its turn
SATURDAY_SUNDAY = frozenset({5, 6})
MAIN_PART = {"GB": "ENG"}  # Easter Monday is no holiday of all the United Kingdom


@dataclass(frozen=True)
class Days:
    """Which days count: the workspace's sending days and whether holidays are kept."""

    week: frozenset[int] = field(default_factory=lambda: frozenset(WORK_DAYS))
    holidays: bool = True
    zone: ZoneInfo | None = None  # for leads of whom nothing is known


def days_of(workspace: Workspace) -> Days:
    chosen = [d for d in workspace.send_days if isinstance(d, int) and 0 <= d <= 6]
    return _days(tuple(chosen or WORK_DAYS), workspace.skip_holidays, workspace.time_zone)


@lru_cache(maxsize=64)
def _days(week: tuple[int, ...], holidays: bool, zone: str) -> Days:
    return Days(frozenset(week), holidays, zones.zone(zone) or ZoneInfo("UTC"))


@lru_cache(maxsize=512)
def holidays_of(country: str, year: int) -> frozenset[date]:
    """Public holidays of a whole country; none for one that is not known."""
    try:
        part = MAIN_PART.get(country)
        return frozenset(public_holidays.load().country_holidays(country, subdiv=part, years=year))
    except NotImplementedError:
        return frozenset()


@lru_cache(maxsize=512)
def weekend_of(country: str) -> frozenset[int]:
    """The days of rest where they are not Saturday and Sunday, else none (0 is Monday)."""
    try:
        rest = frozenset(public_holidays.load().country_holidays(country).weekend)
    except NotImplementedError:
        return frozenset()
    return rest - SATURDAY_SUNDAY


def is_business_day(day: date, country: str, days: Days | None = None) -> bool:
    """Whether messages go out on `day` (local) to people in `country` ("" is unknown)."""
    days = days or Days()
    if day.weekday() not in days.week:
        return False
    if not country:
        return True
    if day.weekday() in weekend_of(country):
        return False
    return not (days.holidays and day in holidays_of(country, day.year))


def add_business_days(day: date, n: int, country: str, days: Days | None = None) -> date:
    """The n-th business day after `day`; 0 is `day` itself, or the next one if it is none."""
    if n == 0:
        n, day = 1, day - timedelta(days=1)
    for _ in range(SEARCH_DAYS + 7 * n):
        day += timedelta(days=1)
        if is_business_day(day, country, days):
            n -= 1
            if n == 0:
                return day
    raise ValueError(f"no business day within {SEARCH_DAYS} days")


def open_hours(
    day: date, zone_list: Iterable[ZoneInfo], start: time, end: time
) -> tuple[datetime, datetime] | None:
    """[open, close) in UTC when it is within the window in every zone; None if that never is."""
    return _open_hours(day, tuple(zone_list), start, end)


@lru_cache(maxsize=8192)
def _open_hours(
    day: date, places: tuple[ZoneInfo, ...], start: time, end: time
) -> tuple[datetime, datetime] | None:
    opens = max(_moment(day, start, place, last=True) for place in places)
    last_day = day if end > start else day + timedelta(days=1)
    closing = end if end > start else time.min  # to midnight
    closes = min(_moment(last_day, closing, place, last=False) for place in places)
    return (opens, closes) if opens < closes else None


def _moment(day: date, at: time, place: ZoneInfo, *, last: bool) -> datetime:
    """A wall-clock time in UTC. When clocks are set, the reading that makes a window smaller."""
    local = datetime.combine(day, at, tzinfo=place)
    both = [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    return max(both) if last else min(both)


def windows(
    lead: Lead, earliest: datetime, *, start: time, end: time, days: Days | None = None
) -> Iterator[tuple[datetime, datetime]]:
    """The open hours that end after `earliest`, one for each working day, first to last."""
    days = days or days_of(Workspace.current())
    places = zones.zones_for(lead, fallback=days.zone)
    country = zones.country_for(lead)
    first = earliest.astimezone(places[0]).date()
    if len(places) > 1 or end <= start:  # yesterday's window may be open still
        first -= timedelta(days=1)
    for ahead in range(SEARCH_DAYS):
        day = first + timedelta(days=ahead)
        if not is_business_day(day, country, days):
            continue
        hours = open_hours(day, places, start, end) or open_hours(day, places[:1], start, end)
        if hours and hours[1] > earliest:
            yield hours


def is_open(lead: Lead, now: datetime, *, start: time, end: time, days: Days | None = None) -> bool:
    """Whether `now` lies inside the lead's window on a working day of theirs."""
    opening = next(windows(lead, now, start=start, end=end, days=days), None)
    return opening is not None and opening[0] <= now


def next_slot(
    lead: Lead,
    earliest: datetime,
    *,
    start: time,
    end: time,
    spread_seed: int = 0,
    days: Days | None = None,
) -> datetime:
    """The first moment (UTC) not before `earliest` inside the lead's window on a working day.

    A seed other than 0 spreads over what is left of that window, always the same for a seed, so
    that not everybody is written to at 08:00 sharp.
    """
    opening = next(windows(lead, earliest, start=start, end=end, days=days), None)
    if opening is None:
        raise ValueError(f"no open hours within {SEARCH_DAYS} days")
    low = max(opening[0], earliest.astimezone(UTC))
    if not spread_seed:
        return low
    room = (opening[1] - low).total_seconds() * USED_SHARE
    return low + timedelta(seconds=int(room * share(spread_seed)))


def share(seed: int) -> float:
    """A number in [0, 1) that looks random and is always the same for a seed."""
    digest = hashlib.blake2b(str(seed).encode(), digest_size=4).digest()
    return int.from_bytes(digest) / 2**32


@lru_cache(maxsize=8192)
def at_hour(day: date, hour: int, place: ZoneInfo) -> datetime:
    """A full hour of a local day, in UTC."""
    return _moment(day, time(hour), place, last=True)


def midnight(now: datetime, place: ZoneInfo) -> datetime:
    """When the local day of `now` began, in UTC."""
    day = now.astimezone(place).date()
    return _moment(day, time.min, place, last=False)


def next_midnight(now: datetime, place: ZoneInfo) -> datetime:
    """When the local day after that of `now` begins, in UTC."""
    day = now.astimezone(place).date() + timedelta(days=1)
    return _moment(day, time.min, place, last=True)
