"""The slow start of a mailbox: few messages on the first day, some more on each working day.

A new or long silent address that suddenly sends its full number is what mail providers take for
abuse. Days without sending days do not count, so a start over Christmas stays slow.
"""

from datetime import date, timedelta

from outreach.models import Mailbox
from outreach.services import calendars
from salesagent.accounts.models import Workspace

LONGEST = 366  # days that are counted


def cap(mailbox: Mailbox, full: int, today: date, days: calendars.Days) -> int:
    """Messages on `today` (the owner's day); never more than `full`."""
    if mailbox.ramp_first is None:
        return full
    steps = working_days(mailbox.ramp_started_on or today, today, days)
    return min(full, mailbox.ramp_first + mailbox.ramp_step * steps)


def working_days(start: date, today: date, days: calendars.Days) -> int:
    """Sending days from `start`, not counted itself, to `today`."""
    span = min(max((today - start).days, 0), LONGEST)
    weeks, rest = divmod(span, 7)
    odd = sum((start + timedelta(days=n + 1)).weekday() in days.week for n in range(rest))
    return weeks * len(days.week) + odd


def is_on(mailbox: Mailbox, todays: int, workspace: Workspace) -> bool:
    """Whether `todays` messages are fewer than the mailbox may send later on."""
    own = mailbox.daily_cap
    return todays < (workspace.mailbox_daily_cap if own is None else own)


def full_on(mailbox: Mailbox, full: int, today: date, days: calendars.Days) -> date | None:
    """The day on which the slow start reaches the full number; None when there is none."""
    if mailbox.ramp_first is None or mailbox.ramp_step == 0 and mailbox.ramp_first < full:
        return None
    day = max(mailbox.ramp_started_on or today, today)
    for _ in range(LONGEST):
        if cap(mailbox, full, day, days) >= full:
            return day
        day += timedelta(days=1)
    return None
