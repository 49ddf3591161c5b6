"""The leads behind a number: which, for whom, and how many are not shown."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from analytics.models import DailyStat
from analytics.selectors import evidence
from analytics.selectors.evidence import Asked
from analytics.services import rollup
from analytics.tests import world
from coaching.models import Practice
from leads.models import Lead
from salesagent.accounts.models import Workspace

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
Look = Callable[..., str]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        world.in_zone("UTC")
        yield
    cache.clear()


@pytest.fixture
def look(client: Client) -> Look:
    def at(user: Any, query: str, status: int = 200) -> str:
        client.force_login(user)
        answer = client.get(f"/analytics/leads/{query}")
        assert answer.status_code == status
        return b"".join(answer).decode()

    return at


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def wrote(lead: Lead, day: int, channel: str = "email") -> None:
    """A message on one day, answered two hours later."""
    touch = lead.pk * 100 + day
    world.event(lead, "touch.sent", at(day), channel, touch=touch)
    world.event(lead, "reply.received", at(day, 11), channel)


@pytest.fixture
def counted(rep: Any, mate: Any) -> dict[str, Lead]:
    made = {
        "ada": world.lead("Ada", rep, trade="bakery"),
        "bob": world.lead("Bob", rep),
        "cid": world.lead("Cid", mate),
        "dot": world.lead("Dot", None),
    }
    for lead in made.values():
        wrote(lead, 10)
    wrote(made["ada"], 11)
    wrote(made["bob"], 12, "sms")
    rollup.rebuild()
    return made


def test_each_happening_newest_first(look: Look, counted: Any, rep: Any) -> None:
    page = look(rep, "?metric=answered")
    assert page.index("Thu 12 Nov") < page.index("Wed 11 Nov") < page.index("Tue 10 Nov")
    assert "4 messages answered" in page and page.count("1 message answered") == 4
    assert "Cid" not in page and "Dot" not in page


def test_each_lead_once(look: Look, counted: Any, rep: Any) -> None:
    page = look(rep, "?metric=worked")
    assert "2 leads" in page and page.count("2 messages and calls") == 2


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?metric=sent&channel=sms", {"Bob"}),
        ("?metric=sent&segment=trade:bakery", {"Ada"}),
        ("?metric=replies&period=own&from=2026-11-11&to=2026-11-11", {"Ada"}),
        ("?metric=slot.replies&slot=82,83", {"Bob"}),
        ("?metric=slot.replies&slot=35&segment=trade:bakery", {"Ada", "Bob"}),
        ("?metric=sent&sequence=3", set()),
        ("?metric=funnel.replied", {"Ada", "Bob"}),
    ],
)
def test_what_narrows_it(look: Look, counted: Any, rep: Any, query: str, names: set[str]) -> None:
    page = look(rep, query)
    assert {name for name in ("Ada", "Bob") if f">{name}</a>" in page} == names


def test_who_sees_whom(look: Look, counted: Any, rep: Any, manager: Any, owner: Any) -> None:
    for user in (manager, owner):
        page = look(user, "?metric=sent")
        assert all(f">{name}</a>" in page for name in ("Ada", "Bob", "Cid", "Dot"))
    assert ">Ada</a>" not in look(manager, "?metric=sent&owner=none")
    assert ">Dot</a>" in look(manager, "?metric=sent&owner=none")


def test_leads_out_of_sight_are_counted_not_named(
    look: Look, counted: Any, rep: Any, manager: Any, stranger: Any
) -> None:
    Lead.objects.filter(pk=counted["ada"].pk).update(owner=stranger)
    Lead.objects.filter(pk=counted["bob"].pk).update(erased_at=NOW, archived_at=NOW)
    page = look(manager, "?metric=sent")
    assert ">Ada</a>" not in page and ">Bob</a>" not in page and ">Cid</a>" in page
    assert "2 leads counted but not listed" in page
    assert "6 messages and calls" in page  # the number stays


def test_pages_by_key(look: Look, counted: Any, rep: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "PAGE", 1)
    for metric, count in (("sent", 4), ("worked", 2)):
        seen, query = [], f"?metric={metric}"
        while query:
            page = look(rep, query)
            seen += [n for n in ("Ada", "Bob") if f">{n}</a>" in page]
            query = _next(page)
        assert len(seen) == count and set(seen) == {"Ada", "Bob"}


def _next(page: str) -> str:
    before = page.split(">Next page<")[0] if ">Next page<" in page else ""
    return before.rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&") if before else ""


@pytest.mark.parametrize(
    "query",
    [
        *("?metric=nonsense", "?metric=sent&slot=x", "?metric=sent&sequence=-1"),
        *("?metric=sent&after=x", "?metric=worked&after=x", "?metric=sent&csv=other"),
        "?metric=sent&channel=fax",
        *("?metric=sent&owner=999", "?metric=sent&owner=team:999", "?metric=sent&owner=x"),
        f"?metric=sent&sequence={10**18}",
    ],
)
def test_what_nobody_links_to(look: Look, counted: Any, rep: Any, query: str) -> None:
    look(rep, query, status=404)


def test_as_a_file(look: Look, counted: Any, rep: Any) -> None:
    Lead.objects.filter(pk=counted["ada"].pk).update(first_name="=1+1")
    lines = look(rep, "?metric=sent&csv=leads").splitlines()
    assert len(lines) == 5 and lines[0].startswith("\ufeffLead,Company,Day")
    assert "'=1+1" in lines[2] and "2026-11-11" in lines[2]


def test_every_counted_metric_has_its_words(counted: Any) -> None:
    from analytics import evidence_page

    metrics = set(DailyStat.objects.values_list("metric", flat=True))
    assert {one for one in metrics if evidence_page.words_of(one) is None} == set()


def test_rows_add_up_to_the_number(counted: Any, rep: Any) -> None:
    from analytics.access import scope_for
    from analytics.selectors.period import Period

    period = Period(at(1).date(), at(18).date())
    for metric in ("sent", "delivered", "answered", "replies", "slot.replies", "funnel.came"):
        asked, scope = Asked(metric), scope_for(rep)
        rows = list(evidence.walk(asked, rep, scope, period))
        whole = evidence.total(asked, scope, period)
        assert sum(row.amount.count for row in rows) == whole.count > 0, metric


def test_queries(
    client: Client, counted: Any, rep: Any, django_assert_max_num_queries: Any
) -> None:
    client.force_login(rep)
    for metric in ("sent", "worked"):
        with django_assert_max_num_queries(20):
            client.get(f"/analytics/leads/?metric={metric}")


@pytest.mark.parametrize("metric", ["edited", "reviewed", "review.time"])
def test_how_a_person_works_is_their_own(
    look: Look, counted: dict[str, Lead], rep: Any, mate: Any, manager: Any, owner: Any, metric: str
) -> None:
    data: dict[str, Any] = {"machine": True, "seconds": 9, "edited": True}
    world.event(counted["ada"], "touch.approved", at(16), actor=rep.actor, touch=1, **data)
    world.event(counted["cid"], "touch.approved", at(16), actor=mate.actor, touch=2, **data)
    world.event(counted["ada"], "touch.sent", at(16), "email", touch=1, **data)
    world.event(counted["cid"], "touch.sent", at(16), "email", touch=2, **data)
    rollup.rebuild()
    days = f"?metric={metric}&period=own&from=2026-11-16&to=2026-11-16"
    for boss in (manager, owner):
        for query in (f"{days}&owner={rep.pk}", f"{days}&owner={rep.pk}&csv=leads"):
            look(boss, query, 404)
        for query in (days, f"{days}&csv=leads"):
            page = look(boss, query)
            assert "Ada" not in page and "Cid" not in page
        assert "is their own" in look(boss, days)
    assert "Ada" in look(rep, days) and "is their own" not in look(rep, days)
    Practice.objects.create(rep=rep, shared_at=NOW)
    page = look(manager, days)
    assert "Ada" in page and "Cid" not in page
    Workspace.objects.update(leaderboard=True)
    assert "Cid" in look(manager, f"{days}&owner={mate.pk}")


def test_pauses_and_waits_are_told_in_words(look: Look, counted: dict[str, Lead], rep: Any) -> None:
    world.event(counted["ada"], "enrollment.paused", at(16), reason="company_replied")
    world.event(counted["ada"], "reply.received", at(16), "email")
    world.event(counted["ada"], "touch.sent", at(18), "email", touch=9)
    rollup.rebuild()
    page = look(rep, "?metric=paused&channel=company_replied")
    assert "Sequences paused by themselves: a colleague replied" in page
    assert "1 pause: a colleague replied" in page and "by company" not in page
    assert "1 answer after 6.9 days" in look(rep, "?metric=answer.time")
    for slots, words in (
        ("0,1", "Answers of ours within 1 hour"), ("4", "Answers of ours after 1 day"),
        ("2", "Answers of ours after 1 hour and within 4 hours"),
        ("0", "Answers of ours within 5 min"), ("9", "Answers of ours after 1 day"),
    ):  # fmt: skip
        assert words in look(rep, f"?metric=answer.time&slot={slots}")
