"""What a page keeps of the sums it read: never other people's, never older than the tables."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.access import EVERYBODY, Scope
from analytics.models import DailyStat, StatRun
from analytics.selectors import freshness, kept, numbers, people_reached
from analytics.selectors.kept import KEPT, Kept
from analytics.selectors.period import Period
from analytics.services import rollup
from analytics.tests import world as w
from leads.models import Lead
from salesagent.accounts.models import User
from salesagent.lib import privacy

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MONTH = Period(date(2026, 11, 1), date(2026, 11, 30))
Worked = Callable[[User, str], int]


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    KEPT.clear()
    w.in_zone("UTC")
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def worked(client: Client) -> Worked:
    """The number on the overview, through the page."""

    def at(user: User, query: str = "") -> int:
        client.force_login(user)
        shown = client.get(f"/analytics/{query}")
        assert shown.status_code == 200
        return next(int(k.value) for k in shown.context["kpis"] if k.label == "Leads worked")

    return at


def send(name: str, owner: User | None) -> Lead:
    lead = w.lead(name, owner, at=NOW)
    w.event(
        lead, "touch.sent", NOW, "email", touch=lead.pk, actor=f"user:{owner.pk if owner else 0}"
    )
    return lead


def now() -> str:
    return freshness.counted_at().stamp


def of(*who: int) -> Scope:
    return Scope(who or (EVERYBODY,), stamp=now())


def sums_read(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as made:
        work()
    tables = ("analytics_dailystat", "analytics_dayset")
    return sum(any(name in one["sql"] for name in tables) for one in made)


def test_the_same_is_read_once_and_equal(rep: User) -> None:
    send("Ada", rep)
    rollup.settle()
    scope = of()

    def every() -> Any:
        return (
            numbers.totals(scope, MONTH, ["sent"]),
            numbers.daily(scope, MONTH, ["sent"]),
            numbers.people(scope, MONTH, ["sent"]),
            numbers.heat(scope, MONTH),
            numbers.segments(scope),
            people_reached.distinct(scope, MONTH),
        )

    plain, first = replace(scope, stamp=""), every()
    assert sums_read(every) == 0
    assert every() == first
    scope = plain
    assert every() == first
    assert sums_read(every) == 6


def test_what_is_given_can_be_changed(rep: User) -> None:
    send("Ada", rep)
    rollup.settle()
    for _ in range(2):
        found = numbers.segments(of())
        found.append("trade:mine")
    assert numbers.segments(of()) == [one for one in found if one != "trade:mine"]


def test_everything_asked_for_is_in_the_key(rep: User, stranger: User) -> None:
    """Same stamp, one after the other: each gets the own."""
    send("Ada", rep)
    send("Bo", rep)
    send("Cy", stranger)
    rollup.settle()
    asked = [
        (of(), MONTH, "sent", 3),
        (of(rep.pk), MONTH, "sent", 2),
        (of(stranger.pk), MONTH, "sent", 1),
        (of(rep.pk), MONTH.before(), "sent", 0),
        (of(rep.pk), MONTH, "replies", 0),
        (replace(of(rep.pk), segment="trade:bakery"), MONTH, "sent", 0),
    ]
    for scope, period, metric, count in (*asked, *asked):
        assert numbers.totals(scope, period, [metric])[metric].count == count
        assert (
            people_reached.distinct(scope, period, {"sent": "worked"}.get(metric, "replied"))
            == count
        )
    assert not numbers.daily(of(), MONTH, ["sent"], "sms")[NOW.date()]["sent"]
    assert numbers.daily(of(), MONTH, ["sent"], "email")[NOW.date()]["sent"] == 3


def test_a_new_count_is_seen_at_once(worked: Worked, rep: User) -> None:
    send("Ada", rep)
    rollup.settle()
    assert worked(rep, "") == worked(rep, "") == 1
    send("Bo", rep)
    assert worked(rep, "") == 1
    rollup.settle()
    assert worked(rep, "") == 2


def test_a_count_that_has_no_time_for_the_end_is_seen(worked: Worked, rep: User) -> None:
    """`ran_at` stays as it is, and the days that were to be summed up are none again."""
    send("Ada", rep)
    rollup.settle()
    before = StatRun.current()
    assert worked(rep, "") == 1
    send("Bo", rep)
    rollup.settle()
    StatRun.objects.update(cursor=before.cursor, days=before.days, ran_at=before.ran_at)
    assert worked(rep, "") == 2


def test_a_rebuild_is_seen(worked: Worked, rep: User) -> None:
    send("Ada", rep)
    rollup.settle()
    DailyStat.objects.filter(metric="sent").update(count=99)
    assert numbers.totals(of(), MONTH, ["sent"])["sent"].count == 99
    rollup.rebuild()
    assert numbers.totals(of(), MONTH, ["sent"])["sent"].count == 1


def test_an_erasure_is_seen_as_without_keeping(worked: Worked, rep: User) -> None:
    lead = send("Ada", rep)
    send("Bo", rep)
    rollup.settle()
    assert worked(rep, "") == 2
    for holder in privacy.HOLDERS.values():
        holder.erase(lead.pk)
    Lead.objects.filter(pk=lead.pk).update(erased_at=NOW, archived_at=NOW, owner=None)
    rollup.sweep()
    rollup.settle()
    plain = people_reached.distinct(Scope((rep.pk,)), MONTH)
    assert worked(rep, "") == plain
    assert people_reached.lead_ids(of(), MONTH) == people_reached.lead_ids(
        Scope((EVERYBODY,)), MONTH
    )


def test_a_restored_copy_brings_its_own_stamp(rep: User) -> None:
    """Row 1 as it was, with the sums as they were: cursor and time may come again, a stamp with
    other sums never does."""
    send("Ada", rep)
    rollup.settle()
    copy = list(DailyStat.objects.values()), StatRun.objects.values().get()
    assert numbers.totals(of(), MONTH, ["sent"])["sent"].count == 1
    send("Bo", rep)
    rollup.settle()
    assert numbers.totals(of(), MONTH, ["sent"])["sent"].count == 2
    DailyStat.objects.all().delete()
    DailyStat.objects.bulk_create(DailyStat(**row) for row in copy[0])
    StatRun.objects.filter(pk=1).update(**copy[1])
    assert numbers.totals(of(), MONTH, ["sent"])["sent"].count == 1
    rollup.rebuild()
    assert numbers.totals(of(), MONTH, ["sent"])["sent"].count == 2


def test_each_sees_the_own_after_a_change_of_team_or_role(
    worked: Worked, rep: User, stranger: User, manager: User, owner: User
) -> None:
    send("Ada", rep)
    send("Cy", stranger)
    rollup.settle()
    team = manager.team

    def each() -> list[int]:
        people = (rep, stranger, manager, owner)
        return [worked(User.objects.get(pk=one.pk), "") for one in people]

    assert each() == [1, 1, 1, 2]
    User.objects.filter(pk=stranger.pk).update(team=team)
    assert each() == [1, 1, 2, 2]
    User.objects.filter(pk=rep.pk).update(team=None)
    assert each() == [1, 1, 1, 2]
    User.objects.filter(pk=manager.pk).update(role=User.Role.REP)
    assert each() == [1, 1, 0, 2]


def test_without_a_stamp_nothing_is_kept() -> None:
    read: list[int] = []
    for _ in range(2):
        kept.once(Scope((1,)), "one", read.copy, len)
        read.append(1)
    assert kept.once(Scope((1,)), "one", read.copy, len) == [1, 1]


def test_it_stays_small_and_forgets_the_oldest() -> None:
    box = Kept(100)
    box.find("a", 0)
    for number in range(6):
        box.keep("a", number, str(number), 25)
        box.find("a", 2)
    assert box.size == 100
    assert [box.find("a", n) for n in range(6)] == [None, None, "2", "3", "4", "5"]
    box.keep("a", "large", "x", 26)
    assert box.find("a", "large") is None


def test_of_another_count_nothing_is_left_and_nothing_comes_late() -> None:
    box = Kept(100)
    box.find("a", "key")
    box.keep("a", "key", 1, 10)
    assert box.find("b", "key") is None
    box.keep("a", "key", 1, 10)
    assert box.find("b", "key") is None
    assert box.size == 0
