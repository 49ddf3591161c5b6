"""When a colleague works: hours and days of their own, public holidays of our country, time away.

Counts working minutes, so that an answer that came in the evening is not late in the morning.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from outreach.services import calendars
from salesagent.accounts.models import WORK_DAYS, User, Workspace

LONGEST = 60  # days; nobody is waited for any longer
Hours = tuple[datetime, datetime]


def away(user: User, now: datetime) -> bool:
    """Whether this day of theirs lies in the time away that they have entered."""
    return user.away_on(now.astimezone(user.tz).date())


def works_on(user: User, now: datetime, workspace: Workspace) -> bool:
    """Whether this day of theirs is a working day and they are here."""
    day = now.astimezone(user.tz).date()
    return calendars.is_business_day(day, workspace.country, _days(user, workspace)) and not away(
        user, now
    )


def _days(user: User, workspace: Workspace) -> calendars.Days:
    week = [d for d in user.work_days if isinstance(d, int) and 0 <= d <= 6] or WORK_DAYS
    return calendars.Days(frozenset(week), workspace.skip_holidays)


def hours(user: User, since: datetime, workspace: Workspace) -> Iterator[Hours]:
    """Their working hours that end after `since`, day by day, in UTC."""
    days, first = _days(user, workspace), since.astimezone(user.tz).date()
    for ahead in range(-1, LONGEST):
        day = first + timedelta(days=ahead)
        if not calendars.is_business_day(day, workspace.country, days):
            continue
        found = calendars.open_hours(day, [user.tz], user.work_start, user.work_end)
        if found and found[1] > since:
            yield found


def after(user: User, since: datetime, minutes: int, workspace: Workspace) -> datetime:
    """The moment when `minutes` of their working time have passed since then."""
    left = timedelta(minutes=minutes)
    for begins, ends in hours(user, since, workspace):
        begins = max(begins, since)
        if begins + left <= ends:
            return begins + left
        left -= ends - begins
    return since + timedelta(days=LONGEST)


def minutes(user: User, since: datetime, until: datetime, workspace: Workspace) -> int:
    """Working minutes between two moments."""
    passed = timedelta()
    for begins, ends in hours(user, since, workspace):
        if begins >= until:
            break
        passed += min(ends, until) - max(begins, since)
    return int(passed.total_seconds() // 60)
