"""Global search: leads and messages, only those the user sees, with the match marked."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leads import thread
from leads.models import Lead
from leads.selectors import searching
from leads.selectors.searching import snippet

SEARCH = reverse("leads:search")
Make = Callable[..., Lead]
AsUser = Callable[[Any], Client]


def say(lead: Lead, body: str) -> None:
    thread.record(lead=lead, kind="note.added", actor="user:1", body=body, channel="note")


def look(client: Client, query: str, **more: Any) -> Any:
    response = client.get(SEARCH, {"q": query, **more})
    assert response.status_code == 200
    return response


def people(response: Any) -> list[str]:
    return [lead.first_name for lead in response.context["found"].leads]


def said(response: Any) -> list[str]:
    return [hit.event.body for hit in response.context["found"].messages]


def test_leads_and_messages_are_found_by_beginnings(lead: Lead, rep: Any, as_user: AsUser) -> None:
    say(lead, "The COMPRESSOR fails at night.")
    client = as_user(rep)
    assert people(look(client, "kowal pol")) == ["Marta"]
    assert said(look(client, "compress night")) == ["The COMPRESSOR fails at night."]
    assert people(look(client, "poznan")) == []
    assert b"Nothing found for" in look(client, "zzz").content


def test_the_match_is_marked_and_escaped(lead: Lead, rep: Any, as_user: AsUser) -> None:
    say(lead, "<script>alert(1)</script> compressor & more")
    page = look(as_user(rep), "compr").content
    assert b"<mark>compressor</mark>" in page
    assert b"&lt;script&gt;alert(1)" in page and b"<script>alert" not in page


@pytest.mark.parametrize(
    ("who", "finds"),
    [
        ("rep", True),
        ("mate", False),
        ("stranger", False),
        ("manager", True),
        ("other_manager", False),
        ("owner", True),
    ],
)
def test_who_finds_what(lead: Lead, request: Any, as_user: AsUser, who: str, finds: bool) -> None:
    say(lead, "Secret compressor")
    client = as_user(request.getfixturevalue(who))
    assert bool(people(look(client, "marta"))) is finds
    response = look(client, "compressor")
    assert bool(said(response)) is finds
    assert (b"Secret" in response.content) is finds


def test_erased_people_are_not_found(lead: Lead, owner: Any, as_user: AsUser) -> None:
    say(lead, "compressor")
    Lead.objects.filter(pk=lead.pk).update(erased_at="2026-01-01T00:00Z")
    client = as_user(owner)
    assert people(look(client, "marta")) == said(look(client, "compressor")) == []


def test_best_leads_first_archived_ones_last(
    make_lead: Make, rep: Any, as_user: AsUser, monkeypatch: Any
) -> None:
    make_lead(rep, first_name="Adam", score=10)
    make_lead(rep, first_name="Ada", score=90)
    make_lead(rep, first_name="Adele", score=99, archived_at="2026-01-01T00:00Z")
    client = as_user(rep)
    assert people(look(client, "ad")) == ["Ada", "Adam", "Adele"]
    monkeypatch.setattr(searching, "LEADS_SHOWN", 2)
    response = look(client, "ad")
    assert people(response) == ["Ada", "Adam"]
    assert b"/leads/?view=all&amp;q=ad" in response.content


def test_older_messages_follow_by_key_without_loss(
    lead: Lead, make_lead: Make, stranger: Any, rep: Any, as_user: AsUser, monkeypatch: Any
) -> None:
    monkeypatch.setattr(searching, "WINDOW", 3)
    monkeypatch.setattr(searching, "WINDOWS", 2)
    monkeypatch.setattr(searching, "MESSAGES_SHOWN", 4)
    foreign = make_lead(stranger, first_name="Far")
    for n in range(25):
        say(lead if n % 5 == 0 else foreign, f"compressor {n}")
    client, seen, older = as_user(rep), [], ""
    for _ in range(12):
        response = look(client, "compressor", before=older, whole="1" if older else "")
        seen += said(response)
        older = response.context["found"].older or ""
        if not older:
            break
        assert f"before={older}&amp;whole=1".encode() in response.content
    assert seen == [f"compressor {n}" for n in (20, 15, 10, 5, 0)]


def test_whole_words_come_before_beginnings(
    lead: Lead, rep: Any, as_user: AsUser, monkeypatch: Any
) -> None:
    monkeypatch.setattr(searching, "MESSAGES_SHOWN", 2)
    for text in ("alarm 1", "alarm 2", "alarm 3", "alarms 4"):
        say(lead, text)
    client = as_user(rep)
    first = look(client, "alarm")
    assert said(first) == ["alarm 3", "alarm 2"]
    assert b"whole=0" in first.content
    assert said(look(client, "alarm", whole="0")) == ["alarms 4", "alarm 3"]
    assert said(look(client, "alar")) == ["alarms 4", "alarm 3"]
    assert said(look(client, "alarms")) == ["alarms 4"]


def test_the_search_is_cheap_whatever_it_finds(
    lead: Lead, rep: Any, as_user: AsUser, django_assert_max_num_queries: Any
) -> None:
    for n in range(30):
        say(lead, f"compressor {n}")
    client = as_user(rep)
    with django_assert_max_num_queries(14):
        assert len(said(look(client, "compressor"))) == 20


@pytest.mark.parametrize("query", ["", "   ", '"', "* OR 1", "a" * 500, "'; DROP TABLE x", "(("])
def test_odd_queries_do_no_harm(lead: Lead, rep: Any, as_user: AsUser, query: str) -> None:
    response = look(as_user(rep), query, before="abc")
    assert response.context["found"].messages == []


def test_an_empty_search_explains_itself(rep: Any, as_user: AsUser) -> None:
    assert b"Find a person or what was said" in as_user(rep).get(SEARCH).content


def test_search_needs_a_login(client: Client, db: None) -> None:
    assert client.get(SEARCH + "?q=x").status_code == 302


def test_a_snippet_shows_the_place_of_the_match() -> None:
    text = "start " + "filler " * 40 + "the Compressor broke\n\n again " + "tail " * 60
    parts = snippet(text, ["compr"])
    assert [piece for piece, marked in parts if marked] == ["Compressor"]
    assert (parts[0][0], parts[-1][0]) == ("… ", " …")
    assert "start" not in "".join(piece for piece, _ in parts)
    assert len("".join(piece for piece, _ in parts)) < 200


def test_a_snippet_without_a_match_is_the_beginning() -> None:
    assert snippet("Only  this\n", ["zzz"]) == [("Only this", False)]
