"""The lead list: who sees what, views, filters, chips, counts, saved views."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads import thread
from leads.models import ImportBatch, Lead, SavedView
from leads.selectors import nav_counts
from leads.selectors.counting import Count
from salesagent.lib.models import Job

LIST = reverse("leads:list")
Make = Callable[..., Lead]
AsUser = Callable[[Any], Client]


def names(client: Client, query: str = "") -> list[str]:
    response = client.get(LIST + query)
    assert response.status_code == 200
    return [lead.first_name for lead in response.context["list"].page.rows]


@pytest.fixture
def people(make_lead: Make, rep: Any, mate: Any, stranger: Any, owner: Any) -> dict[str, Lead]:
    """One lead for each sort of owner."""
    owners = {"Mine": rep, "Mates": mate, "Strangers": stranger, "Nobodys": None, "Owners": owner}
    return {name: make_lead(user, first_name=name) for name, user in owners.items()}


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("rep", {"Mine"}),
        ("mate", {"Mates"}),
        ("stranger", {"Strangers"}),
        ("manager", {"Mine", "Mates", "Nobodys"}),
        ("other_manager", {"Strangers", "Nobodys"}),
        ("owner", {"Mine", "Mates", "Strangers", "Nobodys", "Owners"}),
    ],
)
def test_everybody_sees_their_own_part(
    people: dict[str, Lead], request: Any, as_user: AsUser, who: str, seen: set[str]
) -> None:
    client = as_user(request.getfixturevalue(who))
    assert set(names(client)) == seen
    lines = b"".join(client.get(reverse("leads:export"))).decode()
    assert {name for name in people if name in lines} == seen


def test_team_view_opens_the_teams_leads_to_its_reps(
    people: dict[str, Lead], team: Any, rep: Any, stranger: Any, as_user: AsUser
) -> None:
    team.team_view = True
    team.save()
    assert set(names(as_user(rep))) == {"Mine", "Mates"}
    assert set(names(as_user(stranger))) == {"Strangers"}


def test_many_leads_are_walked_with_the_same_result(
    people: dict[str, Lead], request: Any, as_user: AsUser, monkeypatch: Any
) -> None:
    monkeypatch.setattr("leads.selectors.listing.COUNT_CAP", 0)
    for who, sort in (("manager", "score"), ("rep", "sign"), ("owner", "name")):
        client = as_user(request.getfixturevalue(who))
        few = set(names(client, f"?sort={sort}"))
        assert few == {lead.first_name for lead in people.values()} & few
        assert len(few) == {"manager": 3, "rep": 1, "owner": 5}[who]


def test_nobody_else_gets_in(client: Client, db: None) -> None:
    assert client.get(LIST).status_code == 302


@pytest.fixture
def states(make_lead: Make, rep: Any) -> dict[str, Lead]:
    old = timezone.now() - timedelta(days=40)
    made = {
        "hot": make_lead(rep, first_name="hot", score=80),
        "touched": make_lead(rep, first_name="touched", score=90),
        "replied": make_lead(rep, first_name="replied", score=20, replied_at=timezone.now()),
        "stalled": make_lead(rep, first_name="stalled", score=10, stage="contacted"),
        "planned": make_lead(
            rep, first_name="planned", score=9, stage="contacted", next_at=timezone.now()
        ),
        "won": make_lead(rep, first_name="won", score=99, stage="won", replied_at=old),
        "gone": make_lead(rep, first_name="gone", score=98, archived_at=old),
        "erased": make_lead(rep, first_name="erased", erased_at=old, score=97),
    }
    Lead.objects.exclude(first_name="replied").update(created_at=old)
    thread.record(lead=made["touched"], kind="touch.sent", actor="system", direction="out")
    return made


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["touched", "hot", "replied", "stalled", "planned"]),
        ("?view=hot", ["hot"]),
        ("?view=new", ["replied"]),
        ("?view=replied", ["replied"]),
        ("?view=stalled", ["stalled"]),
        ("?view=all", ["won", "touched", "hot", "replied", "stalled", "planned"]),
        ("?view=archived", ["gone"]),
        ("?view=nonsense", ["touched", "hot", "replied", "stalled", "planned"]),
    ],
)
def test_the_built_in_views(
    states: dict[str, Lead], rep: Any, as_user: AsUser, query: str, expected: list[str]
) -> None:
    assert names(as_user(rep), query) == expected


def test_tabs_count_their_views(states: dict[str, Lead], rep: Any, as_user: AsUser) -> None:
    tabs = as_user(rep).get(LIST).context["list"].tabs
    counts = {tab.name: str(tab.count) for tab in tabs if tab.count is not None}
    assert list(counts.values()) == ["5", "1", "1", "1", "1"]
    assert [tab.name for tab in tabs if tab.current] == ["Open leads"]


@pytest.fixture
def mixed(make_lead: Make, rep: Any, mate: Any, team: Any) -> dict[str, Lead]:
    team.team_view = True
    team.save()
    batch = ImportBatch.objects.create(user=rep, file_name="fair.csv", path="x", kind="csv")
    one = make_lead(
        rep,
        first_name="one",
        score=70,
        stage="engaged",
        trade="bakery",
        tags=["fair", "größe 2"],
        source="Fair",
        country="DE",
        import_batch=batch,
        lawful_basis="consent",
        sequence_state="paused",
        company_name="Łódź Bakers",
    )
    two = make_lead(mate, first_name="two", score=30, trade="clinic", tags=["fairly"], country="PL")
    return {"one": one, "two": two, "batch": batch}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("score=31", ["one"]),
        ("score=30", ["one", "two"]),
        ("stage=engaged", ["one"]),
        ("stage=engaged&stage=new", ["one", "two"]),
        ("owner=me", ["one"]),
        ("owner=none", []),
        ("owner=me&owner=none", ["one"]),
        ("trade=clinic", ["two"]),
        ("tag=fair", ["one"]),
        ("tag=FAIR", ["one"]),
        ("tag=gr%C3%B6%C3%9Fe+2", ["one"]),
        ("tag=fair&tag=fairly", []),
        ("source=Fair", ["one"]),
        ("country=PL&country=DE", ["one", "two"]),
        ("basis=consent", ["one"]),
        ("basis=none", ["two"]),
        ("seq=paused", ["one"]),
        ("seq=none", ["two"]),
        ("q=lodz", []),
        ("q=%C5%82%C3%B3d", ["one"]),
        ("q=TWO", ["two"]),
        ("q=%22%27%29*", ["one", "two"]),
        ("trade=bakery&country=PL", []),
    ],
)
def test_each_filter(
    mixed: dict[str, Any], rep: Any, as_user: AsUser, query: str, expected: list[str]
) -> None:
    assert names(as_user(rep), f"?{query}") == expected


def test_filter_by_import_and_by_a_mate(
    mixed: dict[str, Any], rep: Any, mate: Any, as_user: AsUser
) -> None:
    client = as_user(rep)
    assert names(client, f"?batch={mixed['batch'].pk}") == ["one"]
    assert names(client, f"?owner={mate.pk}") == ["two"]


def test_each_chip_takes_off_one_value(mixed: dict[str, Any], rep: Any, as_user: AsUser) -> None:
    query = f"?view=all&score=20&stage=new&stage=engaged&owner={rep.pk}&tag=a%26b&q=x&after=zz"
    shown = as_user(rep).get(LIST + query).context["list"]
    chips = {f"{chip.label}: {chip.value}": chip.remove for chip in shown.chips}
    assert list(chips) == [
        "Search: x",
        "Score: 20 and more",
        "Stage: New",
        "Stage: Engaged",
        "Owner: Jonas Weber",
        "Tag: a&b",
    ]
    assert "after" not in chips["Search: x"] and "q=" not in chips["Search: x"]
    assert "stage=engaged" in chips["Stage: New"] and "stage=new" not in chips["Stage: New"]
    assert "tag=a%26b" in chips["Stage: New"] and "view=all" in chips["Stage: New"]
    assert "tag=" not in chips["Tag: a&b"]


def test_strange_filters_are_left_out_and_told(
    mixed: dict[str, Any], rep: Any, as_user: AsUser
) -> None:
    response = as_user(rep).get(LIST + "?score=lots&stage=open&owner=1%20OR%201&batch=-1&seq=x")
    shown = response.context["list"]
    assert len(shown.page.rows) == 2
    assert len(shown.filters.errors) == 5
    assert b"must be a number from 0 to 100" in response.content


def test_a_name_of_somebody_out_of_sight_is_not_told(
    mixed: dict[str, Any], rep: Any, stranger: Any, as_user: AsUser
) -> None:
    other = ImportBatch.objects.create(user=stranger, file_name="secret.csv", path="y", kind="csv")
    page = as_user(rep).get(f"{LIST}?owner={stranger.pk}&batch={other.pk}")
    assert b"Tom Ashby" not in page.content
    assert b"secret.csv" not in page.content


def test_text_from_outside_is_escaped(make_lead: Make, rep: Any, as_user: AsUser) -> None:
    make_lead(rep, first_name="<script>alert(1)</script>", company_name='"><img src=x>')
    page = as_user(rep).get(LIST + "?q=%3Cb%3Escript").content
    assert b"<script>alert" not in page
    assert b"<img src=x>" not in page
    assert b"<b>script" not in page


def test_empty_states_say_what_to_do(
    rep: Any, owner: Any, as_user: AsUser, make_lead: Make
) -> None:
    assert b"No leads yet" in as_user(rep).get(LIST).content
    assert b"Copy the form link" in as_user(owner).get(LIST).content
    make_lead(rep, first_name="A")
    assert b"No lead passes these filters" in as_user(rep).get(LIST + "?q=zzz").content
    assert b"No open lead has answered yet" in as_user(rep).get(LIST + "?view=replied").content


def test_next_and_back_links_keep_the_filters(make_lead: Make, rep: Any, as_user: AsUser) -> None:
    Lead.objects.bulk_create(Lead(owner=rep, first_name=f"L{n}", score=50) for n in range(30))
    client = as_user(rep)
    first = client.get(LIST + "?score=40")
    page = first.context["list"].page
    assert (len(page.rows), str(first.context["list"].found)) == (25, "30")
    assert f"?score=40&amp;after={page.next}" in first.content.decode()
    second = client.get(f"{LIST}?score=40&after={page.next}")
    assert "26 to 30 of 30" in second.content.decode()
    back = second.context["list"].page.back
    assert f"?score=40&amp;before={back}" in second.content.decode()
    again = client.get(f"{LIST}?score=40&before={back}").context["list"].page
    assert [lead.pk for lead in again.rows] == [lead.pk for lead in page.rows]


def test_the_page_costs_the_same_queries_for_any_number_of_rows(
    make_lead: Make, rep: Any, mate: Any, team: Any, as_user: AsUser
) -> None:
    team.team_view = True
    team.save()
    client = as_user(rep)
    used = []
    for wanted in (1, 20):
        while Lead.objects.count() < wanted:
            make_lead(mate, first_name="More", last_sign="Replied", next_step="Call")
        client.get(LIST)  # fills the tabs' counts
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        used.append(len(queries))
    assert used[0] == used[1] <= 18


def test_counts_stop_at_a_cap() -> None:
    assert (str(Count(1001)), str(Count(1000)), str(Count(7))) == ("1,000+", "1,000", "7")


def test_the_navigation_count_is_one_capped_query(
    make_lead: Make, owner: Any, monkeypatch: Any, django_assert_num_queries: Any
) -> None:
    for n in range(3):
        make_lead(None, first_name=f"L{n}")
    with django_assert_num_queries(1):
        assert nav_counts(owner) == {"leads": 3}
    monkeypatch.setattr("leads.selectors.COUNT_CAP", 2)
    assert nav_counts(owner) == {"leads": "2+"}


def test_own_running_work_is_shown_and_others_is_not(rep: Any, mate: Any, as_user: AsUser) -> None:
    Job.objects.create(kind="import", title="Importing mine.csv", owner=rep, state="running")
    Job.objects.create(kind="import", title="Importing his.csv", owner=mate, state="running")
    Job.objects.create(kind="import", title="Importing old.csv", owner=rep, state="done")
    page = as_user(rep).get(LIST).content
    assert b"mine.csv" in page
    assert b"his.csv" not in page and b"old.csv" not in page


def test_the_filter_form_offers_what_is_in_use(
    mixed: dict[str, Any], rep: Any, stranger: Any, as_user: AsUser
) -> None:
    page = as_user(rep).get(reverse("leads:filters") + "?trade=bakery")
    offered = {code: [v for v, _ in found] for code, _, found, _ in page.context["choices"]}
    assert offered["tag"] == ["fair", "fairly", "größe 2"]
    assert (offered["trade"], offered["country"]) == (["bakery", "clinic"], ["DE", "PL"])
    named = {code: dict(found) for code, _, found, _ in page.context["choices"]}
    assert named["country"] == {"DE": "Germany", "PL": "Poland"}
    text = page.content.decode()
    assert '<input type="hidden" name="trade" value="bakery">' in text
    assert '<option value="clinic">' in text and '<option value="bakery">' not in text
    part = as_user(rep).get(reverse("leads:filters"), headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    other = as_user(stranger).get(reverse("leads:filters"))
    assert b"bakery" not in other.content and b"fair" not in other.content


def test_saving_using_and_deleting_a_view(
    mixed: dict[str, Any], rep: Any, mate: Any, as_user: AsUser
) -> None:
    client, save = as_user(rep), reverse("leads:save_view")
    assert b"trade=bakery" in client.get(save + "?trade=bakery").content
    data = {"name": "Bakeries", "query": "?view=all&trade=bakery&after=zz&evil=1"}
    done = client.post(save, data)
    view = SavedView.objects.get()
    assert (view.user, view.query) == (rep, "view=all&trade=bakery")
    assert done.url == f"{LIST}?view=all&trade=bakery&saved={view.pk}"
    page = client.get(done.url)
    assert [tab.name for tab in page.context["list"].tabs if tab.current] == ["Bakeries"]
    again = client.post(save, data)
    assert again.status_code == 422 and b"You have a view of this name" in again.content
    gone = reverse("leads:delete_view", args=[view.pk])
    assert as_user(mate).post(gone).status_code == 404
    assert client.get(gone).status_code == 405
    assert client.post(gone).status_code == 302
    assert not SavedView.objects.exists()


def test_a_view_needs_a_name_and_has_limits(rep: Any, as_user: AsUser, monkeypatch: Any) -> None:
    client, save = as_user(rep), reverse("leads:save_view")
    assert b"Give the view a name" in client.post(save, {"name": ""}).content
    long = "&".join(f"tag={'x' * 99}{n}" for n in range(10)) + "&source=" + "y" * 99
    assert b"too many filters" in client.post(save, {"name": "Long", "query": long}).content
    monkeypatch.setattr("leads.forms_list.MAX_VIEWS", 0)
    assert b"Delete one first" in client.post(save, {"name": "One more"}).content
