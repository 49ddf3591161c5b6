"""The forecast's page: whose numbers, in which words, and what it admits."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from analytics import forecast_page
from analytics.counts.accuracy import Accuracy
from analytics.counts.forecast import Period
from analytics.models import ForecastSnapshot
from leads.models import Deal, Lead

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
Look = Callable[..., str]


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield
    cache.clear()


@pytest.fixture
def look(client: Client) -> Look:
    def at(user: Any, query: str = "") -> str:
        client.force_login(user)
        return client.get(f"/analytics/forecast/{query}").content.decode()

    return at


def ended(lead: Lead, number: int) -> None:
    Deal.objects.bulk_create(
        Deal(lead=lead, title="x", value=10, stage="won" if n % 2 else "lost", closed_at=NOW)
        for n in range(number)
    )


def test_a_few_deals_rest_on_the_prior_and_the_page_says_so(
    look: Look, lead: Lead, rep: Any
) -> None:
    Deal.objects.create(lead=lead, title="x", value=5000)
    ended(lead, 19)
    assert "19 deals ended so far." in look(rep)
    ended(lead, 1)
    assert "ended so far." not in look(rep)


def test_nothing_yet(look: Look, rep: Any) -> None:
    page = look(rep)
    assert "No deal is open." in page and "Each night's forecast is kept." in page
    assert "0 deals ended so far." in page


def test_each_sees_the_own_pipeline(
    look: Look, lead: Lead, rep: Any, mate: Any, manager: Any, owner: Any
) -> None:
    Deal.objects.create(lead=lead, title="x", value=4321)
    said = [f"of {4321:,} EUR" in look(user) for user in (rep, mate, manager, owner)]
    assert said == [True, False, True, True]
    assert f"of {4321:,} EUR" in look(manager, f"?owner={rep.pk}")
    assert f"of {4321:,} EUR" not in look(manager, f"?owner={mate.pk}")


def test_months_that_are_over_stand_beside_what_was_foreseen(
    client: Client, look: Look, owner: Any
) -> None:
    page = look(owner)
    assert "Months that are over" not in page
    money = {"low": 100, "middle": 200, "high": 300, "weighted": 0, "naive": 50, "later": 7}
    for month, came in ((8, 250), (9, 400), (10, 20)):
        first = date(2026, month, 1)
        ForecastSnapshot.objects.create(
            day=first, month=first, scope="all", currency="EUR", deals=3, actual=came, **money
        )
        ForecastSnapshot.objects.create(  # a later night of the month is not judged
            day=first + timedelta(days=9), month=first, scope="all", currency="EUR", deals=3,
            actual=came, **(money | {"low": 1, "high": 999}),
        )  # fmt: skip
    page = look(owner).partition("Months that are over")[2]
    assert page.index("October 2026") < page.index("September 2026") < page.index("August 2026")
    assert page.count("chip ok") == page.count("More came") == page.count("Less came") == 1
    assert "1 of 3" in look(owner)
    answer = client.get("/analytics/forecast/?csv=past")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "August 2026,100.00,200.00,300.00,250.00,7.00,yes,50.00,EUR" in text


def test_nobody_out_of_sight(
    client: Client, rep: Any, mate: Any, manager: Any, stranger: Any
) -> None:
    for user, asked in ((rep, mate), (manager, stranger), (stranger, rep)):
        client.force_login(user)
        assert client.get(f"/analytics/forecast/?owner={asked.pk}").status_code == 404
    assert client.get("/analytics/forecast/?owner=x").status_code == 404
    assert client.get("/analytics/forecast/?currency=%00").status_code == 200


def test_currencies_stand_apart(look: Look, lead: Lead, rep: Any) -> None:
    Deal.objects.create(lead=lead, title="x", value=100)
    Deal.objects.create(lead=lead, title="x", value=900, currency="DKK")
    assert "of 900 DKK" in look(rep) and "of 100 EUR" in look(rep, "?currency=EUR")


def test_the_record_stands_beside_it(look: Look, rep: Any) -> None:
    Deal.objects.create(lead=Lead.objects.create(owner=rep), title="x", value=100)
    numbers = {"low": 10, "middle": 20, "high": 30, "weighted": 20, "naive": 90}
    for month, actual in [(8, 20), (9, 25), (10, 50)]:
        ForecastSnapshot.objects.create(
            day=date(2026, month, 1),
            month=date(2026, month, 1),
            scope=f"user:{rep.pk}",
            currency="EUR",
            deals=1,
            actual=actual,
            **numbers,
        )
    page = look(rep)
    assert "2 of 3" in page and "less than last month" in page and "Too early to judge." in page


def test_the_queries_do_not_grow(
    client: Client, lead: Lead, owner: Any, workspace: Any, django_assert_max_num_queries: Any
) -> None:
    Deal.objects.bulk_create(
        Deal(lead=lead, title="x", value=Decimal(n), expected_close=NOW.date() + timedelta(n))
        for n in range(50)
    )
    client.force_login(owner)
    client.get("/analytics/forecast/")
    with django_assert_max_num_queries(14):
        client.get("/analytics/forecast/")


def test_bars_share_one_scale() -> None:
    first = Period("2026-11", date(2026, 11, 1), date(2026, 11, 30), 10, 20, 30, 50, 25)
    second = Period("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), 0, 20, 60, 100, 60)
    one, two = forecast_page.bars((first, second))
    assert (one.label, one.booked, one.low, one.band, one.middle) == (
        "November 2026",
        10,
        20,
        30,
        30,
    )
    assert (two.label, two.low + two.band) == ("Q4 2026", 100)
    empty = Period("2026-11", date(2026, 11, 1), date(2026, 11, 30), 0, 0, 0, 0, 0)
    assert forecast_page.bars((empty,))[0].band == 0


def test_words_against_last_month() -> None:
    def said(loss: float, naive: float, months: int = 9) -> str:
        return forecast_page.words(Accuracy(months, loss, loss, loss, naive, 1))

    assert said(5, 10) == "Off by 50% less than last month's sum."
    assert said(15, 10) == "Off by 50% more than last month's sum."
    assert said(15, 0) == "Last month's sum was never off."
    assert said(5, 10, 2).endswith("Too early to judge.")
    assert said(0, 0, 0) == "No month is over yet."


def test_a_team_and_nobody_of_the_owner(look: Look, lead: Lead, rep: Any, owner: Any) -> None:
    Deal.objects.create(lead=lead, title="x", value=4321)
    Deal.objects.create(lead=Lead.objects.create(first_name="N"), title="y", value=1000)
    assert f"of {5321:,} EUR" in look(owner, f"?owner=team:{rep.team_id}")
    assert f"of {1000:,} EUR" in look(owner, "?owner=none")


def test_its_tables_as_files(client: Client, lead: Lead, rep: Any) -> None:
    Deal.objects.create(lead=lead, title="x", value=4321)
    client.force_login(rep)
    for key, rows in (("months", 6), ("quarters", 2), ("odds", 3)):
        answer: Any = client.get(f"/analytics/forecast/?csv={key}")
        assert f"forecast-{key}-{NOW:%Y-%m-%d}.csv" in answer["Content-Disposition"]
        text = b"".join(answer).decode()
        assert len(text.splitlines()) == rows + 1, key
