"""What was said by mistake and taken back, or said twice."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from analytics.access import EVERYBODY, Scope
from analytics.selectors import numbers, people_reached
from analytics.selectors.period import Period
from analytics.services import rollup
from analytics.tests import world as w

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALL, DAYS = Scope((EVERYBODY,)), Period(date(2026, 11, 1), date(2026, 11, 30))


def _counts(*metrics: str) -> list[int]:
    rollup.settle()
    found = numbers.totals(ALL, DAYS, metrics)
    return [found[name].count for name in metrics]


def test_what_was_done_by_hand_counts_once_and_not_when_it_was_taken_back(rep: Any) -> None:
    w.in_zone("Europe/Warsaw")
    person, actor = w.lead("Ada", rep, at=AT - HOUR), f"user:{rep.pk}"
    for number, kind in enumerate(("linkedin.done", "task.done")):
        w.event(person, kind, AT, "linkedin", actor=actor, task=5, touch=[9, None][number])
    assert _counts("sent", "tasks") == [1, 1]
    w.event(person, "task.reopened", AT + HOUR, "linkedin", actor=actor, task=5)
    assert _counts("sent", "tasks") == [0, 0]
    w.event(person, "linkedin.done", AT + 2 * HOUR, "linkedin", actor=actor, task=5, touch=9)
    w.event(person, "task.done", AT + 2 * HOUR, "linkedin", actor=actor, task=5)
    assert _counts("sent", "tasks") == [1, 1]
    w.event(person, "touch.done", AT + 3 * HOUR, "linkedin", actor=actor, touch=9)
    assert _counts("sent") == [1]  # the same touch


def test_tasks_done_are_lines_of_today_however_they_were_closed(rep: Any) -> None:
    w.in_zone("Europe/Warsaw")
    person, actor = w.lead("Ada", rep, at=AT - HOUR), f"user:{rep.pk}"
    by_hand: Any = {"actor": actor}
    w.event(person, "task.done", AT, **by_hand, task=1)
    w.event(person, "call.logged", AT, "phone", **by_hand, task=2, outcome="reached")
    w.event(person, "linkedin.done", AT, "linkedin", **by_hand, task=3, touch=9)
    w.event(person, "task.done", AT + HOUR, "linkedin", **by_hand, task=3)  # the same line
    w.event(person, "touch.approved", AT, "email", **by_hand, task=4, touch=10)
    w.event(person, "touch.approved", AT, "email", **by_hand, touch=11)  # no line asked for it
    w.event(person, "call.logged", AT, "phone", **by_hand, outcome="reached")  # nor for this
    w.event(person, "task.done", AT, actor="system", task=5)
    assert _counts("tasks", "approved") == [4, 2]
    w.event(person, "touch.unapproved", AT + HOUR, "email", **by_hand, touch=10)
    assert _counts("tasks", "approved") == [3, 1]
    w.event(person, "touch.approved", AT + 2 * HOUR, "email", **by_hand, task=4, touch=10)
    assert _counts("tasks", "approved") == [4, 2]


def test_an_approval_counts_while_it_stands(rep: Any) -> None:
    """However often it was given and taken back; so do skips, and the time it was read for."""
    w.in_zone("Europe/Warsaw")
    person, by_hand = w.lead("Ada", rep, at=AT - HOUR), {"actor": f"user:{rep.pk}"}
    made: Any = {**by_hand, "touch": 10, "machine": True, "seconds": 30}
    w.event(person, "touch.approved", AT, "email", **made)
    w.event(person, "touch.skipped", AT, "email", touch=11, **by_hand)
    four = ("approved", "reviewed", "review.time", "skipped")
    assert _counts(*four) == [1, 1, 1, 1]
    for touch in (10, 11):
        w.event(person, "touch.unapproved", AT + HOUR, "email", touch=touch, **by_hand)
    assert _counts(*four) == [0, 0, 0, 0]
    w.event(person, "touch.approved", AT + 2 * HOUR, "email", **made)
    assert _counts(*four) == [1, 1, 1, 0]


def test_each_call_of_a_touch_counts(rep: Any) -> None:
    w.in_zone("Europe/Warsaw")
    person = w.lead("Ben", rep, at=AT - HOUR)
    for number, outcome in enumerate(("no_answer", "reached")):
        at = AT + number * HOUR
        w.event(person, "call.logged", at, "phone", touch=9, task=number + 1, outcome=outcome)
    assert _counts("sent", "seen") == [2, 1]


def test_a_won_deal_counts_in_the_currency_that_was_told_last(rep: Any) -> None:
    w.in_zone("Europe/Warsaw")
    person = w.lead("Cleo", rep, at=AT - HOUR)
    deal = {"deal": 3, "stage": "open"}
    w.event(person, "deal.opened", AT, value="100.00", currency="EUR", **deal)
    w.event(person, "deal.won", AT + HOUR, value="100.00", currency="EUR", deal=3)
    w.event(person, "deal.changed", AT + 2 * HOUR, value="430.00", currency="PLN", deal=3)
    rollup.settle()
    assert numbers.money(ALL, DAYS, "won")["PLN"].value == Decimal("430.00")
    assert list(numbers.money(ALL, DAYS, "won")) == ["PLN"]
    assert list(numbers.money(ALL, DAYS, "opened")) == ["EUR"]


@pytest.mark.parametrize(("to", "there"), [("open", 0), ("negotiation", 1)])
def test_a_deal_opened_again_is_where_it_was_put(rep: Any, to: str, there: int) -> None:
    w.in_zone("Europe/Warsaw")
    person = w.lead("Dov", rep, at=AT - HOUR)
    about = {"deal": 3, "value": "1.00", "currency": "EUR"}
    w.event(person, "deal.opened", AT, stage="proposal" if to == "open" else "open", **about)
    w.event(person, "deal.won", AT + HOUR, **about)
    w.event(person, "deal.reopened", AT + 2 * HOUR, to=to, stage=to, **about)
    rollup.settle()
    steps, _ = people_reached.funnel(ALL, DAYS)
    assert {one.step: one.count for one in steps}["proposal"] == there
