"""Spans of days that a page is about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """From `first` to `last`, both included, in the workspace's days."""

    first: date
    last: date

    @classmethod
    def last_days(cls, count: int, today: date) -> "Period":
        return cls(today - (count - 1) * DAY, today)

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    def before(self) -> "Period":
        """As many days, right before."""
        return Period(self.first - self.length * DAY, self.first - DAY)

    def days(self) -> Iterator[date]:
        return (self.first + n * DAY for n in range(self.length))

    def mondays(self) -> list[date]:
        """The Monday of each week that the period touches."""
        first = self.first - self.first.weekday() * DAY
        return [first + 7 * n * DAY for n in range(((self.last - first).days) // 7 + 1)]

    def parts(self) -> tuple[list[date], list[date]]:
        """(firsts of the whole months in it, the days outside of them)."""
        months: list[date] = []
        days: list[date] = []
        day = self.first
        while day <= self.last:
            end = (day.replace(day=1) + 31 * DAY).replace(day=1) - DAY
            if day.day == 1 and end <= self.last:
                months.append(day)
            else:
                days += Period(day, min(end, self.last)).days()
            day = end + DAY
        return months, days
