"""The lead page: what it shows, to whom, and that it costs the same for a long thread."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import thread, thread_page
from leads.models import ThreadEvent

pytestmark = pytest.mark.usefixtures("workspace", "mailbox")


def _note(lead, text, *, minutes=0, actor="user:1"):
    return thread.record(
        lead=lead,
        kind="note.added",
        actor=actor,
        body=text,
        channel="note",
        occurred_at=timezone.now() - timedelta(minutes=minutes),
    )


def _fill(lead, rep, count):
    for number in range(count):
        _note(lead, f"Note number {number:03d}.", minutes=count - number, actor=rep.actor)


def _get(client, lead, name="detail", **query):
    return client.get(reverse(f"leads:{name}", args=[lead.pk]), query)


def test_the_page_names_the_person_and_shows_the_thread(as_user, rep, lead):
    _note(lead, "Met at the fair.", actor=rep.actor)
    page = _get(as_user(rep), lead)
    html = page.content.decode()
    assert page.status_code == 200
    assert html.count("<h1") == 1
    assert "Marta Kowalczyk" in html and "Operations Director, Polna Bakeries, Poznań" in html
    assert "<b>Jonas</b>" in html and "Met at the fair." in html


@pytest.mark.parametrize("name", ["detail", "earlier", "live"])
def test_a_stranger_gets_404_and_the_manager_the_page(
    as_user, lead, manager, mate, stranger, other_manager, owner, name
):
    _note(lead, "x")
    query = {"before": 10**6, "after": 0}
    assert _get(as_user(manager), lead, name, **query).status_code == 200
    assert _get(as_user(owner), lead, name, **query).status_code == 200
    for user in (mate, stranger, other_manager):
        assert _get(as_user(user), lead, name, **query).status_code == 404


def test_what_was_passed_on_is_a_line_with_its_reason_not_an_empty_card(as_user, rep, lead):
    thread.record(
        lead=lead, kind="task.escalated", actor="system", channel="email",
        data={"task": 1, "why": "Jonas has not answered for 32 working hours."},
    )  # fmt: skip
    html = _get(as_user(rep), lead).content.decode()
    assert "has not answered for 32 working hours." in html and "ncard" not in html


def test_a_mate_sees_it_when_the_team_shares(as_user, lead, mate, team):
    team.team_view = True
    team.save()
    mate.refresh_from_db()
    assert _get(as_user(mate), lead).status_code == 200


@pytest.mark.parametrize("name", ["note", "pain_add", "deal_open"])
def test_a_stranger_cannot_write(as_user, lead, stranger, name):
    answer = as_user(stranger).post(
        reverse(f"leads:{name}", args=[lead.pk]), {"note-text": "x", "text": "x", "title": "x"}
    )
    assert answer.status_code == 404
    assert not ThreadEvent.objects.filter(lead=lead).exists()


def test_hostile_text_is_shown_as_text(as_user, rep, lead):
    lead.first_name = "<script>alert(1)</script>"
    lead.score_reasons = [["<b>bold</b>", 5]]
    lead.custom = {"<i>k</i>": "<img src=x onerror=alert(2)>"}
    lead.save()
    _note(lead, "<script>alert(3)</script> \u202egnp.exe", actor=rep.actor)
    thread.record(
        lead=lead,
        kind="reply.received",
        actor="lead",
        channel="email",
        direction="in",
        body="<svg onload=alert(4)>",
        data={"subject": "</title><script>alert(5)</script>"},
    )
    thread.record(
        lead=lead,
        kind="lead.inquired",
        actor="lead",
        channel="web",
        data={"message": "<iframe src=//evil.example>"},
    )
    html = _get(as_user(rep), lead).content.decode()
    for bad in ("<script>alert", "<svg onload", "<img src=x", "<b>bold", "<iframe", "\u202e"):
        assert bad not in html
    assert "&lt;script&gt;alert(3)" in html and "&lt;iframe" in html


def test_nothing_is_lost_and_nothing_comes_twice_from_page_to_page(as_user, rep, lead):
    """130 notes, many at the very same moment: three pages hold each exactly once."""
    moment = timezone.now() - timedelta(days=3)
    ThreadEvent.objects.bulk_create(
        ThreadEvent(
            lead=lead,
            kind="note.added",
            actor=rep.actor,
            body=f"N{number:03d}.",
            occurred_at=moment + timedelta(hours=number // 40),
        )
        for number in range(130)
    )
    client, seen, url = as_user(rep), [], reverse("leads:detail", args=[lead.pk])
    pages = 0
    while url and pages < 6:
        html = client.get(url).content.decode()
        seen = re.findall(r"N\d{3}\.", html) + seen
        found = re.search(r'href="([^"]+)" hx-get="[^"]+earlier/', html)
        url = found.group(1).replace("&amp;", "&") if found else ""
        pages += 1
    assert pages == 3
    assert seen == [f"N{number:03d}." for number in range(130)]


def test_earlier_answers_rows_only(as_user, rep, lead):
    _fill(lead, rep, 55)
    mark = lead.events.order_by("occurred_at", "id")[5]
    html = _get(as_user(rep), lead, "earlier", before=mark.pk).content.decode()
    assert "<html" not in html and "Note number 004." in html and "Note number 005." not in html
    for odd in ("", "x", "9" * 30, "-1"):
        assert (
            "Note number 054." in _get(as_user(rep), lead, "earlier", before=odd).content.decode()
        )


def test_chips_count_and_filter(as_user, rep, lead):
    _note(lead, "A note.", actor=rep.actor)
    thread.record(
        lead=lead,
        kind="call.logged",
        actor=rep.actor,
        body="Spoke about alarms.",
        channel="phone",
        direction="out",
        data={"outcome": "reached", "minutes": 12},
    )
    thread.record(lead=lead, kind="lead.scored", actor="system", data={"to": 58})
    page = _get(as_user(rep), lead)
    assert [(c[1], c[2]) for c in page.context["chips"]] == [
        ("Everything", 3),
        ("Messages", 0),
        ("Calls", 1),
        ("Notes", 1),
        ("Signals", 1),
    ]
    calls = _get(as_user(rep), lead, show="calls").content.decode()
    assert "Spoke about alarms." in calls and "A note." not in calls
    assert "Reached" in calls and "12 min" in calls
    assert "Nothing of this kind yet." in _get(as_user(rep), lead, show="messages").content.decode()
    assert "A note." in _get(as_user(rep), lead, show="nonsense").content.decode()


def test_search_within_the_thread(as_user, rep, lead):
    _note(lead, "They fear night failures.", actor=rep.actor)
    _note(lead, "Budget comes in spring.", actor=rep.actor)
    html = _get(as_user(rep), lead, q="fail").content.decode()
    assert "night failures" in html and "Budget comes" not in html and "1 event with" in html
    assert "0 events with" in _get(as_user(rep), lead, q='"; drop table').content.decode()


def test_live_answers_204_until_something_happens(as_user, rep, lead):
    _note(lead, "Old.", actor=rep.actor)
    client, newest = as_user(rep), lead.events.latest("id").pk
    assert _get(client, lead, "live", after=newest).status_code == 204
    fresh = _note(lead, "Just now.", actor=rep.actor)
    answer = _get(client, lead, "live", after=newest)
    html = answer.content.decode()
    assert answer.headers["X-Newest"] == str(fresh.pk)
    assert "Just now." in html and "Old." not in html
    assert 'id="waiting" hx-swap-oob' in html and 'id="lead-side" hx-swap-oob' in html
    assert "textarea" not in html  # what somebody types is never touched
    assert _get(client, lead, "live", after=fresh.pk).status_code == 204
    for odd in ("", "x", "9" * 30):
        assert _get(client, lead, "live", after=odd).status_code == 204


def test_a_quiet_poll_costs_five_small_queries(as_user, rep, lead, django_assert_num_queries):
    event = _note(lead, "x")
    client = as_user(rep)
    with django_assert_num_queries(5):  # session, user, team, lead, newest id
        assert _get(client, lead, "live", after=event.pk).status_code == 204


def test_live_gives_a_new_day_its_heading_once(lead, rep):
    old = _note(lead, "Old.", minutes=60 * 24 * 3, actor=rep.actor)
    _note(lead, "New.", actor=rep.actor)
    rows = thread_page.read_new(lead, old.pk).rows
    assert [row.shape for row in rows] == ["day", "card"]
    last = lead.events.latest("id").pk
    _note(lead, "Newer.", actor=rep.actor)
    assert [row.shape for row in thread_page.read_new(lead, last).rows] == ["card"]
    assert thread_page.read_new(lead, 10**9) is None


def test_a_long_thread_costs_as_many_queries_as_a_short_one(
    as_user, rep, lead, django_assert_num_queries, django_assert_max_num_queries
):
    _fill(lead, rep, 10)
    client = as_user(rep)
    with django_assert_max_num_queries(36) as few:
        assert _get(client, lead).status_code == 200
    _fill(lead, rep, 190)
    with django_assert_num_queries(len(few)):
        assert _get(client, lead).status_code == 200


def test_a_note_is_kept_once_and_a_bad_one_comes_back(as_user, rep, lead):
    client, url = as_user(rep), reverse("leads:note", args=[lead.pk])
    token = "0b7c8f0e-8f4c-4a57-9a54-6f5f1d2f9c11"
    data = {"note-text": "Likes  cakes.\nReally.", "note-token": token}
    assert client.post(url, data).status_code == 302
    assert client.post(url, data).status_code == 302
    event = ThreadEvent.objects.get(lead=lead, kind="note.added")
    assert event.body == "Likes  cakes.\nReally." and event.actor == rep.actor
    empty = client.post(url, {"note-text": "   ", "note-token": token})
    assert empty.status_code == 422 and "Write something first." in empty.content.decode()
    long = client.post(url, {"note-text": "y" * 10_001, "note-token": token})
    assert long.status_code == 422 and "y" * 10_001 in long.content.decode()
    assert lead.events.count() == 1
