"""The overview: its numbers and words, small samples, empty workspaces, files."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from analytics import overview_page
from analytics.models import Alert, ForecastSnapshot, StatRun
from analytics.selectors.people_reached import Reached
from analytics.services import rollup
from analytics.tests import world
from leads import thread
from leads.models import Lead
from outreach.models import Task
from salesagent.accounts.models import AuditEntry, User

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday
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
    def at(user: Any, query: str = "", status: int = 200) -> str:
        client.force_login(user)
        answer = client.get(f"/analytics/{query}")
        assert answer.status_code == status
        return b"".join(answer).decode()

    return at


def at(day: int, hour: int = 9, month: int = 11, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def sent(lead: Lead, number: int, when: datetime, channel: str = "email") -> None:
    for n in range(number):
        moment = when + timedelta(minutes=n)
        touch = int(moment.timestamp()) * 10
        world.event(lead, "touch.sent", moment, channel, touch=touch)


def kpi(page: str, label: str) -> str:
    found = re.search(
        rf'<div class="k">{label}</div>(.*?)(?=<div class="kpi">|</section>)', page, re.S
    )
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def test_numbers_with_their_change(look: Look, rep: User) -> None:
    for n in range(3):
        lead = world.lead(f"Lead{n}", rep, at=at(1))
        sent(lead, 10, at(2))
        world.event(lead, "reply.received", at(10), "email")
    old = world.lead("Old", rep, at=at(1, month=9))
    sent(old, 40, at(1, month=10))
    world.event(old, "reply.received", at(2, month=10), "email")
    won = {"deal": 1, "value": "8400.00", "currency": "EUR"}
    world.event(old, "deal.opened", at(1), **won)
    world.event(old, "deal.won", at(5), **won)
    world.event(old, "meeting.booked", at(3), "email", booking=1)
    rollup.rebuild()
    page = look(rep)
    assert kpi(page, "Leads worked") == "3 2 more"
    assert kpi(page, "Reply rate") == "10.0% 7.5 points more 3 of 30 messages"
    assert kpi(page, "Meetings booked") == "1 1 more"
    assert kpi(page, "Won") == "8,400 EUR 8,400 EUR more 1 deal"
    assert "20 Sep to 19 Oct" in page and "human replies by delivered messages" in page


def test_never_a_percent_of_three(look: Look, rep: User) -> None:
    lead = world.lead("Ada", rep, at=at(1))
    sent(lead, 3, at(2))
    world.event(lead, "reply.received", at(3), "email")
    rollup.rebuild()
    page = look(rep)
    assert kpi(page, "Reply rate") == "1 of 3 messages; few, so no rate"
    assert "%" not in re.sub(r"<[^>]+>", "", page.split('<section class="card kpis"')[1])


def test_an_empty_workspace_says_what_fills_it(look: Look, rep: User) -> None:
    page = look(rep)
    assert "Nothing to count here yet." in page and "/leads/import/" in page
    assert kpi(page, "Leads worked") == "0"
    assert kpi(page, "Reply rate") == "n/a nothing delivered yet"
    assert "Nothing was sent in these days." in page and "being counted for the first time" in page
    assert "No hot lead waits" in page and "Nothing passed its threshold." in page


def test_old_numbers_say_what_to_do(look: Look, rep: User) -> None:
    StatRun.objects.update_or_create(pk=1, defaults={"ran_at": NOW - timedelta(hours=2)})
    assert "These numbers are old." in look(rep)


def test_each_number_leads_to_its_leads(client: Client, look: Look, rep: User) -> None:
    lead = world.lead("Ada", rep, at=at(1), trade="bakery")
    sent(lead, 2, at(2))
    world.event(lead, "reply.received", at(3), "email")
    world.event(lead, "meeting.booked", at(4), "email", booking=1)
    rollup.rebuild()
    links = set(re.findall(r'href="(/analytics/leads/[^"]+)"', look(rep, "?period=90")))
    assert len(links) >= 15
    empty = ("won", "optouts", "proposal", "lost")
    for link in links:
        shown = client.get(link.replace("&amp;", "&")).content.decode()
        assert (">Ada</a>" in shown) != any(word in link for word in empty), link


def test_each_sees_the_own(
    look: Look, rep: User, mate: User, manager: User, stranger: User
) -> None:
    sent(world.lead("Ada", rep, at=at(1)), 2, at(2))
    sent(world.lead("Bob", mate, at=at(1)), 3, at(2))
    sent(world.lead("Noo", None, at=at(1)), 4, at(2))
    rollup.rebuild()
    said = {
        user.name: kpi(look(user), "Leads worked")[0] for user in (rep, mate, manager, stranger)
    }
    assert list(said.values()) == ["1", "1", "3", "0"]
    assert kpi(look(manager, f"?owner={mate.pk}"), "Leads worked")[0] == "1"
    look(rep, f"?owner={mate.pk}", status=404)


def test_calls_are_not_in_the_reply_rate_and_have_none(look: Look, rep: User) -> None:
    lead = world.lead("Ada", rep, at=at(1))
    sent(lead, 25, at(2))
    for n in range(30):
        world.event(lead, "call.logged", at(4, minute=n), "phone", outcome="nobody")
    for day in (3, 4, 5):
        world.event(lead, "reply.received", at(day), "email")
    rollup.rebuild()
    page = look(rep)
    assert kpi(page, "Reply rate") == "4.0% 1 of 25 messages"
    assert "All 3 human replies" in page and "more than the 1 of the reply rate" in page
    rows = {row[0]: row for row in csv.reader(io.StringIO(look(rep, "?csv=channels")))}
    assert rows["Phone"][11] == "" and rows["Email"][11] == "0.04"


def test_won_compares_the_money_and_tells_the_deals(look: Look, rep: User) -> None:
    lead = world.lead("Ada", rep, at=at(1))
    for deal, (value, month) in enumerate([("3000", 10), ("1000", 10), ("6000", 11)]):
        terms = {"deal": deal, "value": value, "currency": "EUR"}
        world.event(lead, "deal.opened", at(1, month=month), **terms)
        world.event(lead, "deal.won", at(5, month=month), **terms)
    rollup.rebuild()
    assert kpi(look(rep), "Won") == "6,000 EUR 50% more 1 deal, 1 fewer"


def test_the_funnel_says_that_later_steps_are_in_it(look: Look, rep: User) -> None:
    for name, kind in (("Met", "meeting.booked"), ("Won", "lead.stage_changed")):
        world.event(world.lead(name, rep, at=at(1)), kind, at(2), to="won")
    rollup.rebuild()
    page = " ".join(re.sub(r"<[^>]+>", "", look(rep)).split())
    assert "Meetingor later2" in page
    assert "Of the 2 at Meeting or later, 1 had a meeting booked." in page


def test_bad_choices_are_said(look: Look, rep: User) -> None:
    page = look(rep, "?period=century")
    assert "There is no period “century”. These are the last 30 days." in page
    assert look(rep, "?period=century&csv=channels", status=400).startswith("There is no period")
    page = look(rep, "?segment=%00zz")
    assert "There is no segment “zz”. These are all segments." in page
    assert "no segment" in look(rep, "?segment=zz&csv=funnel", status=400)


def test_own_dates_can_be_given_at_once_and_numbers_are_open_without_scripts(
    look: Look, rep: User
) -> None:
    page = look(rep)
    assert 'name="from" value="2026-10-20"' in page and 'name="to"' in page
    assert page.count('data-numbers="shut" open') >= 1


@pytest.mark.parametrize("key", ["channels", "funnel", "trend", "heat"])
def test_tables_as_files(look: Look, rep: User, key: str) -> None:
    sent(world.lead("Ada", rep, at=at(1)), 2, at(2))
    rollup.rebuild()
    rows = list(csv.reader(io.StringIO(look(rep, f"?csv={key}"))))
    assert len(rows) == {"channels": 2, "funnel": 9, "trend": 6, "heat": 8}[key]
    assert len({len(row) for row in rows}) == 1
    entry = AuditEntry.objects.get(action="report.exported")
    assert entry.user == rep and entry.target.startswith("report:")


def test_an_unknown_file_is_not_there(look: Look, rep: User) -> None:
    look(rep, "?csv=everything", status=404)


def test_the_trend_is_by_day_for_a_short_period(look: Look, rep: User) -> None:
    lead = world.lead("Ada", rep, at=at(1))
    world.event(lead, "reply.received", at(17), "email")
    rollup.rebuild()

    def drawn(query: str) -> Any:
        found = re.search(r'id="trend-data" type="application/json">(.*?)<', look(rep, query))
        assert found
        return json.loads(found[1])

    week, month = drawn("?period=7"), drawn("")
    assert week["labels"][-2:] == ["17 Nov", "18 Nov"] and len(week["labels"]) == 7
    assert month["labels"] == ["19 Oct", "26 Oct", "2 Nov", "9 Nov", "16 Nov"]
    assert month["series"][0] == {"name": "Replies", "values": [0, 0, 0, 0, 1], "look": "line"}


def test_the_best_hours_only_when_they_stand_out(look: Look, rep: User) -> None:
    lead = world.lead("Ada", rep, at=at(1))
    for n in range(19):
        world.event(lead, "reply.received", at(17, 9) + timedelta(minutes=n), "email")
    rollup.rebuild()
    assert "19 replies so far: too few" in look(rep)
    world.event(lead, "reply.received", at(16, 20), "email")
    rollup.rebuild()
    assert "Tuesday 08:00 to 10:00 brings most: 19 of 20." in look(rep)
    for n in range(19):
        world.event(lead, "reply.received", at(16, 9) + timedelta(minutes=n), "email")
    rollup.rebuild()
    assert "No two hours stand out among 39 replies." in look(rep)


def test_hot_leads_that_wait(look: Look, rep: User, mate: User) -> None:
    for name, score, owner, values in [
        ("Hotone", 90, rep, {}),
        ("Warmone", 70, rep, {}),
        ("Snoozed", 95, rep, {"snoozed_until": NOW + timedelta(days=1)}),
        ("Matesone", 99, mate, {}),
    ]:
        lead = Lead.objects.create(first_name=name, owner=owner, score=score)
        Task.objects.create(
            kind="answer",
            lead=lead,
            owner=owner,
            title="x",
            due_at=NOW - timedelta(hours=1),
            **values,
        )
    page = look(rep)
    assert "Hotone" in page
    assert not any(name in page for name in ("Warmone", "Snoozed", "Matesone"))


def test_hot_leads_wait_since_they_wrote(look: Look, rep: User) -> None:
    lead = Lead.objects.create(first_name="Longago", owner=rep, score=95)
    said = thread.record(
        lead=lead, kind="reply.received", actor="lead", occurred_at=NOW - timedelta(days=5)
    )
    Task.objects.create(
        kind="answer", lead=lead, owner=rep, event=said, title="x",
        due_at=NOW - timedelta(minutes=2),
    )  # fmt: skip
    page = look(rep)
    assert "Longago" in page and ">5 d</time>" in page


def test_last_nights_forecast(look: Look, rep: User, owner: User) -> None:
    numbers = {"deals": 1, "weighted": 20, "naive": 0, "high": 40}
    for month, low, middle in ((11, 10, 15), (12, 20, 35)):
        for scope in (f"user:{rep.pk}", "all"):
            ForecastSnapshot.objects.create(
                day=date(2026, 11, 17), month=date(2026, month, 1), scope=scope,
                currency="EUR", low=low, middle=middle, **numbers,
            )  # fmt: skip
    page = look(rep)
    assert "November at least 10, likely 15; December at least 20, likely 35." in page
    assert "the forecast of now" in look(owner, f"?owner={owner.pk}")


def test_alerts_of_the_own_scope(look: Look, rep: User, owner: User) -> None:
    Alert.objects.create(
        kind="drop", key="drop:replies", scope="all", level="bad", number=1, threshold=2,
        text="Replies fell", link="/analytics/", first_at=NOW, last_at=NOW,
    )  # fmt: skip
    assert "Replies fell" in look(owner) and "Replies fell" not in look(rep)


def test_words_of_the_biggest_loss() -> None:
    steps = [
        Reached("came", 100, None),
        Reached("contacted", 80, 0.8),
        Reached("replied", 10, 0.125),
    ]
    assert overview_page.loss_words(steps) == "contacted to replied"
    few = [Reached("came", 10, None), Reached("contacted", 8, 0.8)]
    assert overview_page.loss_words(few) == ""


def test_queries(
    client: Client, owner: User, rep: User, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        lead = world.lead(f"Lead{n}", rep, at=at(1), trade=f"trade{n}")
        sent(lead, 2, at(2 + n), ("email", "sms", "whatsapp")[n % 3])
        Task.objects.create(kind="answer", lead=lead, owner=rep, title="x", due_at=NOW)
    Lead.objects.update(score=90)
    rollup.rebuild()
    client.force_login(owner)
    client.get("/analytics/")
    with django_assert_max_num_queries(24):
        client.get("/analytics/?period=90")


def test_alerts_are_of_those_whom_the_page_is_about(
    look: Look, rep: User, mate: User, owner: User, manager: User
) -> None:
    row = {"kind": "unanswered", "number": 4, "threshold": 1, "first_at": NOW, "last_at": NOW}
    link = "/leads/?look=unanswered&view=all"
    texts = {"all": "Four", f"team:{manager.team_id}": "Three", f"user:{rep.pk}": "Two"}
    for scope, text in texts.items():
        Alert.objects.create(key="unanswered", scope=scope, text=text, link=link, **row)
    for user, owned, text in (
        *((owner, "", "Four"), (owner, f"owner={rep.pk}", "Two"), (manager, "", "Three")),
        *((owner, f"owner=team:{manager.team_id}", "Three"), (manager, f"owner={rep.pk}", "Two")),
    ):
        page = look(user, f"?{owned}")
        card = page.split('id="al"')[1].split("</section>")[0]
        assert [one for one in texts.values() if f">{one}<" in card] == [text], owned
        assert (f"&amp;owner={rep.pk}" in card.split("rowlist")[1]) == (owned == f"owner={rep.pk}")
    assert "Nothing passed its threshold for Priya Nair." in look(owner, f"?owner={mate.pk}")
    for odd in ("none", str(owner.pk)):
        assert "Alerts are kept for everybody" in look(owner, f"?owner={odd}")
    assert "Of nobody's leads there is" in look(owner, "?owner=none")
    assert "As of now, of all segments." in look(owner, "?segment=trade:bakery")


def test_nobody_with_this_number(look: Look, owner: User) -> None:
    look(owner, "?owner=99999", status=404)
    look(owner, "?owner=99999&csv=funnel", status=404)
