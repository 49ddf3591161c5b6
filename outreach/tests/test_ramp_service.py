"""A slow start: how many messages a mailbox may send on which day."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from outreach.models import Mailbox
from outreach.services import calendars, limits, ramp

DAYS = calendars.Days()
MONDAY = date(2026, 11, 2)


def box(**values: Any) -> Mailbox:
    return Mailbox(ramp_started_on=MONDAY, **{"ramp_first": 5, "ramp_step": 3, **values})


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 2), 5),
        (date(2026, 11, 3), 8),
        (date(2026, 11, 6), 17),
        (date(2026, 11, 7), 17),  # Saturday and Sunday are no steps
        (date(2026, 11, 8), 17),
        (date(2026, 11, 9), 20),
        (date(2026, 11, 16), 35),
        (date(2026, 11, 18), 40),
        (date(2027, 11, 18), 40),
        (date(2026, 10, 30), 5),  # a clock that was set back
    ],
)
def test_each_working_day_takes_some_more(day: date, expected: int) -> None:
    assert ramp.cap(box(), 40, day, DAYS) == expected


def test_without_a_slow_start_the_full_number_holds() -> None:
    assert ramp.cap(box(ramp_first=None), 40, MONDAY, DAYS) == 40


def test_it_never_passes_the_full_number() -> None:
    assert ramp.cap(box(ramp_first=60), 40, MONDAY, DAYS) == 40


def test_the_day_of_the_full_number_is_told() -> None:
    assert ramp.full_on(box(), 40, MONDAY, DAYS) == date(2026, 11, 18)
    assert ramp.full_on(box(ramp_step=0), 40, MONDAY, DAYS) is None
    assert ramp.full_on(box(ramp_first=None), 40, MONDAY, DAYS) is None


def test_the_policy_takes_the_slow_start(mailbox: Mailbox, workspace: Any) -> None:
    mailbox.ramp_first, mailbox.ramp_step = 4, 2
    mailbox.ramp_started_on = MONDAY
    noon = datetime(2026, 11, 3, 12, tzinfo=UTC)
    assert limits.Facts.load().cap(mailbox, noon) == 6
