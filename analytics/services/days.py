"""Days as people of the workspace live them: their own zone's, of 23, 24 or 25 hours."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from salesagent.accounts.models import Workspace

DAY = timedelta(days=1)


def zone_name() -> str:
    return Workspace.current().time_zone


def zone_of(name: str) -> tzinfo:
    """UTC for a name that nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def edges(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """The first moment of the day, and the first that is not of it any more; both in UTC."""
    begin = datetime(day.year, day.month, day.day, tzinfo=zone)
    after = day + DAY
    end = datetime(after.year, after.month, after.day, tzinfo=zone)
    return begin.astimezone(UTC), end.astimezone(UTC)


def today(zone: tzinfo | None = None, now: datetime | None = None) -> date:
    zone = zone or zone_of(zone_name())
    return (now or datetime.now(UTC)).astimezone(zone).date()


def month(day: date) -> date:
    return day.replace(day=1)
