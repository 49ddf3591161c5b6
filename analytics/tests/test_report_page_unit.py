"""What a report's address asks for: days, whose, which segment; and what it is compared with."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.http import Http404
from hypothesis import given
from hypothesis import strategies as st

from analytics import report_page, report_period
from analytics.models import StatRun
from analytics.report_charts import Chart, Series
from analytics.report_csv import _lines
from salesagent.accounts.models import Team, User

TODAY = date(2026, 11, 18)
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def spans(**given: str) -> tuple[str, str, str, str]:
    found = report_period.read(given, TODAY)
    four = found.period.first, found.period.last, found.before.first, found.before.last
    first, last, begun, ended = (f"{day:%m-%d}" for day in four)
    return first, last, begun, ended


def test_periods_and_the_ones_before() -> None:
    assert spans() == ("10-20", "11-18", "09-20", "10-19")
    assert spans(period="7") == ("11-12", "11-18", "11-05", "11-11")
    assert spans(period="month") == ("11-01", "11-18", "10-01", "10-18")
    assert spans(period="last-month") == ("10-01", "10-31", "09-01", "09-30")
    own = {"period": "own", "from": "2026-03-01", "to": "2026-03-10"}
    assert spans(**own) == ("03-01", "03-10", "02-19", "02-28")
    assert spans(period="own", **{"from": "2026-11-17"}) == ("11-17", "11-18", "11-15", "11-16")


def test_a_long_month_is_compared_with_the_whole_of_a_short_one() -> None:
    found = report_period.this_month(date(2026, 3, 31))
    assert (found.before.first, found.before.last) == (date(2026, 2, 1), date(2026, 2, 28))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"period": "forever"}, "There is no period “forever”."),
        ({"period": "own", "from": "x"}, "Give both days"),
        ({"period": "own", "from": "2026-11-01", "to": "1 Dec"}, "Give both days"),
        ({"period": "own", "from": "2026-11-02", "to": "2026-11-01"}, "first day is after"),
        ({"period": "own", "from": "2027-01-01"}, "first day is after"),
        ({"period": "own", "from": "2010-01-01"}, "at most 1,830 days"),
        ({"period": "own", "from": "0001-01-01", "to": "0001-01-02"}, "at most"),
    ],
)
def test_bad_days_are_said_and_not_guessed(given: dict[str, str], why: str) -> None:
    found = report_period.read(given, TODAY)
    assert why in found.error and found.error.endswith("These are the last 30 days.")
    assert found.period.length == 30


@given(st.dictionaries(st.sampled_from(["period", "from", "to"]), st.text(max_size=12)))
def test_any_words_give_a_period(asked: dict[str, str]) -> None:
    found = report_period.read(asked, TODAY)
    assert found.before.last < found.period.first <= found.period.last <= TODAY


def frame(rf: Any, user: User, query: str = "", tab: str = "overview") -> report_page.Frame:
    request = rf.get(f"/analytics/?{query}")
    request.user = user
    return report_page.frame(request, tab)


@pytest.mark.django_db
def test_choices_are_kept_over_the_tabs(rf: Any, owner: User, rep: User) -> None:
    found = frame(rf, owner, f"period=90&owner={rep.pk}&segment=trade:bakery&csv=x&nonsense=1")
    assert found.query == f"period=90&owner={rep.pk}&segment=trade%3Abakery"
    assert all(tab.url.endswith(f"?{found.query}") for tab in found.tabs)
    assert [chip.value for chip in found.filters] == ["Last 90 days", rep.name, "Trade: bakery"]
    assert found.filters[1].remove == "?period=90&segment=trade%3Abakery"
    assert (found.scope.who, found.scope.segment) == ((rep.pk,), "trade:bakery")
    assert found.behind("sent", channel="sms").endswith(f"{found.query}&metric=sent&channel=sms")


@pytest.mark.django_db
def test_the_usual_has_no_query_and_no_chips(rf: Any, manager: User) -> None:
    found = frame(rf, manager, "period=30&owner=&segment=nonsense")
    assert (found.query, found.start, found.filters) == ("", "?", [])
    assert (found.whose, found.span) == ("whole team", "20 Oct to 18 Nov")


@pytest.mark.django_db
def test_whose(rf: Any, rep: User, mate: User, manager: User, stranger: User, owner: User) -> None:
    team = f"owner=team:{rep.team_id}"
    assert set(frame(rf, manager, team).scope.who) == {rep.pk, mate.pk, manager.pk, -1}
    assert frame(rf, owner, team).scope == frame(rf, manager, team).scope
    assert frame(rf, owner).whose == "everybody" and frame(rf, rep).whose == "your own"
    assert frame(rf, rep).people == [] and frame(rf, manager, "owner=none").scope.who == (-1,)
    refused = [
        *((rep, f"owner={mate.pk}"), (rep, team), (rep, "owner=none"), (rep, "owner=0")),
        *((manager, f"owner={stranger.pk}"), (manager, f"owner=team:{stranger.team_id or 999}")),
        *(
            (owner, "owner=team:999"),
            (owner, "owner=x"),
            (owner, "owner=team:"),
            (owner, "owner=-1"),
        ),
    ]
    for user, asked in refused:
        with pytest.raises(Http404):
            frame(rf, user, asked)


@pytest.mark.django_db
def test_a_team_of_nobody_is_none(rf: Any, owner: User) -> None:
    empty = Team.objects.create(name="Empty")
    with pytest.raises(Http404):
        frame(rf, owner, f"owner=team:{empty.pk}")
    assert "Team Empty" not in [label for _, label, _ in frame(rf, owner).people]


@pytest.mark.django_db
def test_how_fresh(rf: Any, rep: User) -> None:
    assert frame(rf, rep).counted_words == "being counted for the first time"
    run = StatRun.current()
    for age, words, old in [
        (timedelta(seconds=20), "counted 20 seconds ago", False),
        (timedelta(minutes=4), "counted 4 minutes ago", False),
        (timedelta(hours=3, minutes=50), "counted 3 hours ago", True),
        (timedelta(days=2), "counted 2 days ago", True),
    ]:
        StatRun.objects.filter(pk=run.pk).update(ran_at=NOW - age)
        found = frame(rf, rep)
        assert (found.counted_words, found.old) == (words, old)
    StatRun.objects.filter(pk=run.pk).update(ran_at=NOW, sweep=5)
    assert frame(rf, rep).counted_words == "counted 1 second ago, a count runs"


def test_files_are_safe_and_numbers_stay_numbers() -> None:
    rows = [("=1+1", -3, 0.5123456789, None, date(2026, 1, 2))]
    assert list(_lines(("@a", "b"), rows)) == [
        "\ufeff",
        "'@a,b\r\n",
        "'=1+1,-3,0.512346,,2026-01-02\r\n",
    ]


def test_a_chart_and_its_table_have_the_same_numbers() -> None:
    series = [Series("A", [1, None], "line", ["/a", "/b"]), Series("B", [2.5, 0], "dash")]
    chart = Chart("x", "said", "Week", ["w1", "w2"], series, unit="%", places=1)
    assert [one["values"] for one in chart.data["series"]] == [[1.0, None], [2.5, 0.0]]
    assert list(chart.rows()) == [
        ("w1", [(1, "/a"), (2.5, "")]),
        ("w2", [(None, "/b"), (0, "")]),
    ]
