"""From deals and their threads to a forecast, its nightly copy and what came of it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.cache import cache

from analytics import forecast_tasks
from analytics.counts import accuracy
from analytics.counts.accuracy import Settled, judge, pinball
from analytics.models import ForecastSnapshot
from analytics.selectors.pipeline import EVERYBODY, Pipeline, Scope, pipeline, scope_of
from analytics.services import forecasts
from leads import thread
from leads.models import Deal, Lead
from leads.services import deals
from leads.services.deals import DealTerms

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def at() -> Any:
    """at(day): the clock stands at noon of that day of November 2026, or of a date."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield lambda day: clock.move_to(
            datetime(2026, 11, day, 12, tzinfo=UTC) if isinstance(day, int) else day
        )


def won(lead: Lead, value: int, created: datetime, closed: datetime, **more: Any) -> Deal:
    deal = Deal.objects.create(
        lead=lead, title="x", value=value, stage="won", closed_at=closed, **more
    )
    Deal.objects.filter(pk=deal.pk).update(created_at=created)
    return deal


def day(month: int, number: int, year: int = 2026) -> datetime:
    return datetime(year, month, number, 12, tzinfo=UTC)


def test_a_story_of_one_deal(at: Callable[..., None], lead: Lead, rep: Any) -> None:
    at(1)
    terms = DealTerms("Rooms", Decimal(900), expected_close=date(2026, 11, 15))
    deal = deals.open_deal(lead, terms, rep)
    at(5)
    deals.move_deal(deal, "proposal", rep)
    at(9)
    later = DealTerms("Rooms", Decimal(900), expected_close=date(2026, 11, 20))
    deals.edit_deal(deal, later, rep)
    (running,) = pipeline(NOW).deals(EVERYBODY, "EUR")
    assert (running.stage, running.value) == ("proposal", 900.0)
    assert (running.since, running.expected) == (date(2026, 11, 5), date(2026, 11, 20))
    at(18)
    deals.close_deal(deal, won=True, reason="Price", user=rep)
    book = pipeline(NOW)
    assert book.running == []
    (closed,) = book.history
    assert closed.entered == {"open": date(2026, 11, 1), "proposal": date(2026, 11, 5)}
    assert (closed.won, closed.closed) == (True, date(2026, 11, 18))
    assert closed.expected == date(2026, 11, 15)  # what was promised first
    assert book.booked(EVERYBODY, "EUR") == {"2026-11": 900.0}


def test_a_deal_that_came_in_closed_says_nothing_about_days(lead: Lead) -> None:
    deal = won(lead, 5, NOW, NOW)
    data = {"deal": deal.pk, "run": 1, "stage": "won"}
    thread.record(lead=lead, kind="deal.opened", actor="crm:x", data=data)
    (closed,) = pipeline(NOW).history
    assert not closed.timed and set(closed.entered) == {"open"}


def test_the_workspace_decides_the_day(lead: Lead, workspace: Any) -> None:
    """23:30 UTC on 31 October is November in Copenhagen."""
    won(lead, 7, day(10, 1), datetime(2026, 10, 31, 23, 30, tzinfo=UTC))
    assert pipeline(NOW).booked(EVERYBODY, "EUR") == {"2026-11": 7.0}


def test_archived_and_erased_leads(lead: Lead) -> None:
    Deal.objects.create(lead=lead, title="x", value=1)
    won(lead, 1, NOW, NOW)
    Lead.objects.update(archived_at=NOW)
    assert (len(pipeline(NOW).running), len(pipeline(NOW).wins)) == (0, 1)
    Lead.objects.update(erased_at=NOW, archived_at=None)
    assert (len(pipeline(NOW).running), len(pipeline(NOW).wins)) == (0, 1)


def test_whose(
    lead: Lead, rep: Any, mate: Any, manager: Any, owner: Any, other_manager: Any
) -> None:
    Deal.objects.create(lead=lead, title="x", value=1)
    Deal.objects.create(lead=Lead.objects.create(), title="nobody's", value=10)
    book = pipeline(NOW)
    sums = [
        sum(deal.value for deal in book.deals(scope_of(user), "EUR"))
        for user in (rep, mate, manager, owner, other_manager)
    ]
    assert sums == [1.0, 0.0, 11.0, 11.0, 10.0]
    assert scope_of(manager).key == f"team:{rep.team_id}" and scope_of(owner).key == "all"
    assert scope_of(manager, rep.pk) == Scope(f"user:{rep.pk}", frozenset([rep.pk]))


def test_currencies_are_not_added_up(lead: Lead) -> None:
    Deal.objects.create(lead=lead, title="x", value=1)
    Deal.objects.create(lead=lead, title="y", value=10, currency="DKK")
    seen = forecasts.view(EVERYBODY, now=NOW)
    assert (seen.currency, seen.currencies) == ("DKK", ["DKK", "EUR"])
    assert seen.forecast.pipeline == 10.0
    assert forecasts.view(EVERYBODY, "EUR", now=NOW).forecast.pipeline == 1.0
    assert forecasts.view(EVERYBODY, "XXX", now=NOW).currency == "DKK"


def test_an_empty_workspace_has_a_forecast_of_nothing() -> None:
    seen = forecasts.view(EVERYBODY, now=NOW)
    assert (seen.currency, seen.forecast.deals) == ("EUR", 0)
    assert seen.forecast.by_prior and seen.accuracy[0].months == 0
    assert forecasts.snapshot(NOW) == 0


def test_the_view_takes_few_queries(
    lead: Lead, rep: Any, workspace: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        deals.open_deal(lead, DealTerms("x", Decimal(5)), rep)
    with django_assert_max_num_queries(9):  # what ended deals tell is learnt first
        forecasts.view(EVERYBODY, now=NOW)
    with django_assert_max_num_queries(6):
        forecasts.view(EVERYBODY, now=NOW)


def test_a_page_and_the_night_foresee_the_same(
    at: Callable[..., None], lead: Lead, rep: Any
) -> None:
    for number in range(6):
        at(day(9 + number % 3, 1 + number))
        deal = deals.open_deal(lead, DealTerms("x", Decimal(100 + number)), rep)
        deals.move_deal(deal, "proposal", rep)
        if number % 2:
            at(day(9 + number % 3, 10))
            deals.close_deal(deal, won=number > 1, reason="x", user=rep)
    at(21)
    book = pipeline(NOW)
    night = forecasts.foresee(book, forecasts.learn(book.history, book.today), EVERYBODY, "EUR")
    cache.clear()
    assert forecasts.view(EVERYBODY, now=NOW).forecast == night
    before = night.odds["open"].p
    won(lead, 5, NOW, NOW)  # told by nobody: it counts at once all the same
    assert forecasts.view(EVERYBODY, now=NOW).forecast.odds["open"].p > before


def test_it_is_played_once_a_day(lead: Lead, monkeypatch: Any) -> None:
    Deal.objects.create(lead=lead, title="x", value=1)
    first = forecasts.view(EVERYBODY, now=NOW).forecast
    monkeypatch.setattr(forecasts, "simulate", None)
    assert forecasts.view(EVERYBODY, now=NOW).forecast == first
    Deal.objects.update(value=2)
    with pytest.raises(TypeError):  # other deals are another forecast
        forecasts.view(EVERYBODY, now=NOW)


def test_each_night_is_kept_once(at: Callable[..., None], lead: Lead, rep: Any) -> None:
    deals.open_deal(lead, DealTerms("x", Decimal(500), expected_close=date(2026, 11, 25)), rep)
    forecast_tasks.keep()
    kept = list(ForecastSnapshot.objects.order_by("pk").values_list())
    assert len(kept) == 3 * 6  # everybody, the team, the rep
    forecast_tasks.keep()
    assert list(ForecastSnapshot.objects.order_by("pk").values_list()) == kept
    deals.open_deal(lead, DealTerms("y", Decimal(100)), rep)
    forecast_tasks.keep()
    assert ForecastSnapshot.objects.count() == 18
    one = ForecastSnapshot.objects.get(scope="all", month=date(2026, 11, 1))
    assert one.deals == 2 and one.low <= one.middle <= one.high and one.weighted > 0


def test_what_came_is_written_when_the_month_is_over(at: Callable[..., None], lead: Lead) -> None:
    won(lead, 300, day(11, 1), day(11, 10))
    forecast_tasks.keep()
    won(lead, 50, day(11, 20), day(11, 25))  # there on the day of the forecast
    won(lead, 9, day(11, 24), day(11, 26))  # came after it
    forecast_tasks.keep()
    assert not ForecastSnapshot.objects.exclude(actual=None).exists()
    at(day(12, 2))
    forecast_tasks.keep()
    row = ForecastSnapshot.objects.get(scope="all", month=date(2026, 11, 1))
    assert (row.booked, row.actual, row.later) == (300, 350, 9)
    won(lead, 1, day(11, 2), day(11, 30))  # told late
    at(day(12, 5))
    forecast_tasks.keep()
    row.refresh_from_db()
    assert row.actual == 351
    won(lead, 1, day(11, 2), day(11, 30))
    at(day(12, 15))
    forecast_tasks.keep()
    row.refresh_from_db()
    assert row.actual == 351


def test_the_naive_number_knows_only_deals_of_the_same_age(lead: Lead) -> None:
    won(lead, 1, day(9, 5), day(10, 30))
    won(lead, 10, day(10, 21), day(10, 30))
    won(lead, 100, day(10, 22), day(10, 30))
    won(lead, 1000, day(9, 1), day(9, 30))
    book = pipeline(NOW)
    assert [forecasts.naive(book, EVERYBODY, "EUR", ahead) for ahead in (0, 1, 2)] == [11, 1, 0]


def test_old_nights_go_but_each_months_first(at: Callable[..., None], lead: Lead) -> None:
    Deal.objects.create(lead=lead, title="x", value=1)
    for month, number in [(8, 3), (8, 20), (9, 1), (10, 30), (11, 21)]:
        at(day(month, number))
        forecast_tasks.keep()
    days = set(ForecastSnapshot.objects.values_list("day", flat=True))
    assert [f"{one:%m-%d}" for one in sorted(days)] == ["08-03", "09-01", "10-30", "11-21"]


def test_pinball_known_by_hand() -> None:
    assert [pinball(10, 20, q) for q in (0.1, 0.5, 0.9)] == pytest.approx([1, 5, 9])
    assert [pinball(20, 10, q) for q in (0.1, 0.5, 0.9)] == pytest.approx([9, 5, 1])


def test_judged_by_hand() -> None:
    rows = [Settled(10, 20, 30, 40, 20), Settled(10, 20, 30, 0, 40)]
    found = judge(rows)
    assert (found.months, found.inside, found.coverage) == (2, 1, 0.5)
    # low: 10 x .1, 30 x .1; middle: 0, 20 x .5; high: 10 x .1, 10 x .9; halved
    assert (found.low, found.middle, found.high) == pytest.approx((2, 5, 5))
    # naive 40 for 20: 20 x (.9 + .5 + .1); naive 0 for 40: 40 x (.1 + .5 + .9); six losses
    assert found.naive == pytest.approx((30 + 60) / 6)
    assert found.gain == pytest.approx(1 - 4 / 15)
    assert found.early and judge([]).coverage is None and judge([]).gain is None
    assert not judge(rows * (accuracy.ENOUGH // 2)).early


def test_the_record_reads_each_months_first_night() -> None:
    def night(on: date, month: date, actual: int | None) -> None:
        numbers = dict.fromkeys(("low", "middle", "high", "weighted", "naive"), 10)
        ForecastSnapshot.objects.create(
            day=on, month=month, scope="all", currency="EUR", deals=1, actual=actual, **numbers
        )

    october, november = date(2026, 10, 1), date(2026, 11, 1)
    night(date(2026, 10, 2), october, 10)
    night(date(2026, 10, 3), october, 99)  # a later night of the same month
    night(date(2026, 9, 5), october, 30)  # a month ahead
    night(date(2026, 11, 1), november, None)  # not over
    now, ahead = (forecasts.records(EVERYBODY, "EUR")[n] for n in (0, 1))
    assert (now.months, now.inside) == (1, 1)
    assert (ahead.months, ahead.inside) == (1, 0)
    assert forecasts.records(EVERYBODY, "DKK")[0].months == 0


def test_booked_begins_with_the_quarter(lead: Lead) -> None:
    won(lead, 1, day(9, 1), day(9, 30))
    won(lead, 10, day(9, 1), day(10, 1))
    book: Pipeline = pipeline(NOW)
    assert book.booked(EVERYBODY, "EUR") == {"2026-10": 10.0}
    seen = forecasts.view(EVERYBODY, now=NOW).forecast
    assert (seen.months[0].booked, seen.quarters[0].booked) == (0.0, 10.0)
