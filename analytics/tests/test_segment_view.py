"""The leads behind a segment of Patterns: those that were counted, for whom, in pages and as a
file."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from analytics import segment_page
from analytics.models import Finding, LeadPath
from analytics.services import days, patterns
from analytics.tests import world as w
from leads.models import Lead

pytestmark = pytest.mark.django_db
AT = "/analytics/patterns/segment/"
CLINIC = f"{AT}?kind=trade&value=clinic"


def begun(name: str, owner: Any, ago: int, met: int | None = None, **more: Any) -> Lead:
    lead = w.lead(name, owner, **{"trade": "clinic", **more})
    path = LeadPath.objects.get_or_create(lead=lead)[0]
    first = days.today() - timedelta(days=ago)
    path.keeper, path.who = 0, owner.pk if owner else -1
    path.trade, path.source, path.contacted_on = lead.trade, lead.source, first
    path.meeting_on = None if met is None else first + timedelta(days=met)
    path.save()
    return lead


@pytest.fixture
def found(rep: Any, mate: Any, stranger: Any, workspace: Any) -> dict[str, Lead]:
    made: dict[str, Lead] = {}
    for number in range(22):
        made[f"A{number}"] = begun(f"A{number}", rep, 40 + number, met=number if number < 3 else 31)
        begun(f"H{number}", mate, 40 + number, trade="hotel")
    made["Mate"] = begun("Mate", mate, 50, met=0)
    made["Nobody"] = begun("Nobody", None, 51)
    made["Foreign"] = begun("Foreign", stranger, 52)
    begun("Young", rep, 29)
    begun("Old", rep, 400)
    Lead.objects.filter(pk=made["A5"].pk).update(archived_at=timezone.now())
    patterns.look(timezone.now())
    return made


def page(client: Any, user: Any, address: str = CLINIC, status: int = 200) -> Any:
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == status
    return answer


def test_the_list_holds_those_counted(
    client: Any, found: Any, rep: Any, manager: Any, owner: Any
) -> None:
    for user, leads, won in ((rep, 22, 3), (manager, 24, 4), (owner, 25, 4)):
        patterns_of = page(client, user, "/analytics/patterns/")
        rows = [row for row in patterns_of.context["segments"] if row.value == "clinic"]
        if user is rep:  # alone there is no rest to compare with
            link, met = CLINIC, f"{CLINIC}&met=yes"
        else:
            assert (rows[0].leads, rows[0].won) == (leads, won)
            link, met = rows[0].link, rows[0].met
        text = page(client, user, link).content.decode()
        assert f"{leads} leads had their 30 days" in text and text.count('class="b2') == leads
        assert "Young" not in text and "Old" not in text
        assert text.count(">Archived<") == 1
        text = page(client, user, met).content.decode()
        assert f"{won} leads got to a meeting" in text and text.count('class="b2') == won


def test_of_one_person_and_of_nobody_elses(
    client: Any, found: Any, rep: Any, mate: Any, manager: Any, stranger: Any
) -> None:
    text = page(client, manager, f"{CLINIC}&owner={mate.pk}").content.decode()
    assert "1 lead had" in text and "Mate" in text and ">A1<" not in text
    page(client, manager, f"{CLINIC}&owner={stranger.pk}", 404)
    page(client, rep, f"{CLINIC}&owner={mate.pk}", 404)
    assert "Foreign" not in page(client, manager).content.decode()


def test_who_is_out_of_sight_is_counted_not_named(
    client: Any, found: dict[str, Lead], manager: Any, stranger: Any
) -> None:
    Lead.objects.filter(pk=found["A1"].pk).update(owner=stranger)
    Lead.objects.filter(pk=found["A2"].pk).update(erased_at=timezone.now())
    answer = page(client, manager)
    text = answer.content.decode()
    assert "24 leads had" in text and "2 leads counted but not listed" in text
    assert ">A1<" not in text and ">A2<" not in text
    lines = b"".join(page(client, manager, f"{CLINIC}&csv=leads")).decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + 22 and lines[0].startswith("Lead,Company,First message,What,Conv")


def test_pages_by_key(
    client: Any, found: Any, manager: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_page, "PAGE", 7)
    monkeypatch.setattr(segment_page, "SLICE", 5)
    seen: list[str] = []
    address = CLINIC
    while address:
        answer = page(client, manager, address)
        seen += answer.context["lines"]
        address = f"{AT}{answer.context['next']}" if answer.context["next"] else ""
    assert len(seen) == len(set(seen)) == 24
    rows = b"".join(page(client, manager, f"{CLINIC}&csv=leads")).decode().splitlines()
    assert len(set(rows)) == 25 and sum(",yes," in row for row in rows) == 4


def test_the_day_is_the_nights(client: Any, found: Any, owner: Any) -> None:
    """The number stands as of the night; so do the days that its list is about."""
    Finding.objects.update(counted_at=timezone.now() - timedelta(days=13))
    assert "22 leads had" in page(client, owner).content.decode()


@pytest.mark.parametrize(
    "query",
    [
        *("", "?kind=trade", "?kind=x&value=clinic", "?kind=trade&value=%00"),
        *("?kind=trade&value=clinic&after=x", "?kind=trade&value=clinic&after=2026-01-01.x"),
        f"?kind=trade&value=clinic&after=2026-01-01.{10**18}",
        *("?kind=trade&value=clinic&csv=other", "?kind=trade&value=clinic&owner=999"),
    ],
)
def test_what_nobody_links_to(client: Any, found: Any, owner: Any, query: str) -> None:
    page(client, owner, f"{AT}{query}", 404)


def test_a_value_that_nobody_has(client: Any, found: Any, owner: Any) -> None:
    text = page(client, owner, f"{AT}?kind=size&value=huge").content.decode()
    assert "0 leads had" in text and "Nothing to list" in text


def test_queries(client: Any, found: Any, manager: Any, django_assert_max_num_queries: Any) -> None:
    page(client, manager)
    with django_assert_max_num_queries(20):
        client.get(CLINIC)
