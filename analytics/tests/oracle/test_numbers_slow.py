"""Every figure that pages show, against the same rules written a second time in SQL."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from analytics.access import EVERYBODY, NOBODY, Scope
from analytics.selectors import numbers, people_reached
from analytics.selectors.period import Period
from analytics.services import rollup
from analytics.tests import world as w
from analytics.tests.oracle import figures, tables
from analytics.tests.oracle.world import World

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.timeout(300)]

METRICS = [
    *("sent", "delivered", "bounced", "seen", "clicked", "answered", "edited", "replies"),
    *("optouts", "complaints", "meetings", "meetings.cancelled", "enquiries", "answer.time"),
    *("drafted", "paused", "approved", "skipped", "tasks"),
    *("funnel.came", "funnel.contacted", "funnel.replied", "funnel.meeting", "funnel.proposal"),
    *("funnel.won", "funnel.lost", "funnel.booked", "opened", "won", "lost"),
]
STEP = [f"step.{name}" for name in numbers.STEP]
PERIODS = {
    "all": (date(2025, 1, 1), date(2027, 12, 31)),
    "last 30 days": (date(2026, 10, 22), date(2026, 11, 20)),
    "quarter": (date(2026, 7, 1), date(2026, 9, 30)),
    "cut months": (date(2026, 2, 27), date(2026, 5, 3)),
    "Warsaw, 23 hours": (date(2026, 3, 29), date(2026, 3, 29)),
    "Warsaw, 25 hours": (date(2026, 10, 25), date(2026, 10, 25)),
    "New York, 23 hours": (date(2026, 3, 8), date(2026, 3, 8)),
    "New York, 25 hours": (date(2026, 11, 1), date(2026, 11, 1)),
    "an edge": (date(2026, 9, 30), date(2026, 10, 1)),
    "nothing": (date(2024, 1, 1), date(2024, 2, 1)),
}
SCOPES: dict[str, Callable[[World], Scope]] = {
    "everybody": lambda world: Scope((EVERYBODY,)),
    "a team": lambda world: Scope(
        (*(world.users[name].pk for name in ("ada", "ben", "mara")), NOBODY)
    ),
    "one": lambda world: Scope((world.users["cleo"].pk,)),
    "nobody": lambda world: Scope((NOBODY,)),
    "a trade": lambda world: Scope((EVERYBODY,), "trade:Zażółć"),
    "a trade with a colon": lambda world: Scope((EVERYBODY,), "trade:dentist: all"),
    "one's source": lambda world: Scope((world.users["ada"].pk,), "source:Web form"),
}
CASES = [pytest.param(Period(*PERIODS[name]), id=name) for name in PERIODS]


def _plain(found: dict[Any, numbers.Counts]) -> dict[Any, dict[str, int]]:
    return {key: one.of for key, one in found.items() if any(one.of.values())}


def _amount(one: numbers.Amount) -> tuple[Any, ...]:
    return one.count, one.value, one.seconds


def _sums(scope: Scope, period: Period) -> None:
    found = numbers.totals(scope, period, METRICS)
    want = figures.totals(scope, period, METRICS)
    assert {name: _amount(one) for name, one in found.items() if one.count} == want
    rate = numbers.answered(scope, period)
    assert (rate.hits, rate.whole) == figures.answered(scope, period)
    listed = _plain(numbers.channels(scope, period))
    assert listed == figures.channels(scope, period, [*numbers.CHANNEL])
    for metric in ("opened", "won", "lost"):
        cash = numbers.money(scope, period, metric)
        want = figures.money(scope, period, metric)
        assert {unit: (one.count, one.value) for unit, one in cash.items()} == want


def _by_time(scope: Scope, period: Period) -> None:
    assert _plain(numbers.daily(scope, period, METRICS)) == figures.daily(scope, period, METRICS)
    weeks = _plain(numbers.weekly(scope, period, METRICS))
    assert weeks == figures.weekly(scope, period, METRICS)
    warm = {
        day * 24 + hour: count
        for day, row in enumerate(numbers.heat(scope, period))
        for hour, count in enumerate(row)
        if count
    }
    assert warm == figures.heat(scope, period)
    whole, bands = numbers.answer_times(scope, period)
    want = figures.answer_times(scope, period)
    assert bands == [want.get(slot, (0, 0))[0] for slot in range(5)]
    assert whole.count == sum(bands)
    assert whole.seconds == sum(seconds for _, seconds in want.values())


def _by_thing(scope: Scope, period: Period) -> None:
    found = {
        (one.sequence, one.step, one.variant, one.channel): one.counts.of
        | ({"waited": one.waited} if one.counts["sent"] else {})
        for one in numbers.steps(scope, period)
    }
    assert found == figures.steps(scope, period, STEP)
    each = {
        who: {name: _amount(one) for name, one in of.items()}
        for who, of in numbers.people(scope, period, METRICS).items()
    }
    assert each == figures.people(scope, period, METRICS)
    assert numbers.segments(scope) == figures.segments(scope)


def _by_lead(scope: Scope, period: Period) -> None:
    for name, metric in (("worked", "sent"), ("replied", "replies")):
        want = figures.leads(scope, period, [metric])
        assert people_reached.distinct(scope, period, name) == len(want)
        assert set(people_reached.lead_ids(scope, period, name)) == want
    for metrics in (["answered"], ["won", "lost"], ["funnel.lost"], ["optouts", "complaints"]):
        behind = set(numbers.leads_behind(scope, period, metrics))
        assert behind == figures.leads(scope, period, metrics)
    behind = set(numbers.leads_behind(scope, period, ["meetings"], "email"))
    assert behind == figures.leads(scope, period, ["meetings"], "email")
    steps, lost = people_reached.funnel(scope, period)
    want = figures.totals(scope, period, METRICS)
    counts = [want.get(f"funnel.{one.step}", (0,))[0] for one in steps]
    assert [one.count for one in steps] == counts
    assert counts == sorted(counts, reverse=True)
    assert lost == want.get("funnel.lost", (0,))[0]


def _all(scope: Scope, period: Period) -> None:
    for check in (_sums, _by_time, _by_thing, _by_lead):
        check(scope, period)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("period", CASES)
def test_each_figure_is_what_the_rules_say(people: World, scope: str, period: Period) -> None:
    _all(SCOPES[scope](people), period)


def test_the_world_has_everything(people: World) -> None:
    """Else an equal zero would prove nothing."""
    always = Period(*PERIODS["all"])
    for name, make in SCOPES.items():
        found = figures.totals(make(people), always, METRICS)
        least = 10 if name in ("everybody", "a team") else 1
        done = {"approved", "skipped", "tasks"} if name == "nobody" else set()  # nobody works
        few = {metric for metric in METRICS if found.get(metric, (0,))[0] < least}
        assert few == done
    for name in [one for one in PERIODS if one != "nothing"]:
        assert len(figures.totals(Scope((EVERYBODY,)), Period(*PERIODS[name]), METRICS)) > 12
    assert set(figures.money(Scope((EVERYBODY,)), always, "won")) == {"EUR", "PLN"}
    assert len(figures.steps(Scope((EVERYBODY,)), always, STEP)) > 50


@pytest.mark.parametrize("zone", ["America/New_York", "UTC"])
def test_a_new_zone_moves_everything(people: World, zone: str) -> None:
    w.in_zone(zone)
    while not rollup.settle(limit=1000.0):
        pass
    tables.make(zone)
    for make in SCOPES.values():
        for period in PERIODS.values():
            _all(make(people), Period(*period))


def test_counting_anew_changes_nothing(people: World) -> None:
    before = w.everything()
    assert w.from_nothing() == before
