"""Counted links and the open pixel: what is made, what counts, and what never does."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leads.models import ThreadEvent
from leads.services import consent, scoring
from outreach.mail.compose import compose, plain_text
from outreach.models import Touch, TrackedLink
from outreach.services import letters, tracking
from outreach.tests.work import draft
from salesagent.accounts.models import Workspace
from salesagent.lib import signing

pytestmark = pytest.mark.django_db
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
PERSON = {
    "User-Agent": CHROME,
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Accept-Language": "pl,en;q=0.8",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}
TEXT = (
    "Hi Marta,\n\nthe prices are on https://halden.example/prices?a=1&b=2. How it works: "
    "https://halden.example/how (two minutes).\n\nJonas"
)


@pytest.fixture
def touch(lead: Any, sequence: Any, mailbox: Any, settings: Any) -> Touch:
    settings.SITE_URL = "https://sales.example"
    sequence.track_clicks = True
    sequence.save()
    made = draft(lead, sequence, mailbox, body=TEXT)
    Touch.objects.filter(pk=made.pk).update(
        state="sent", sent_at=timezone.now() - timedelta(hours=1)
    )
    return again(made)


def again(touch: Touch) -> Touch:
    rows = Touch.objects.select_related("lead", "mailbox", "enrollment__sequence")
    return rows.get(pk=touch.pk)


def letter(touch: Touch) -> Any:
    return letters.message_for(again(touch), Workspace.current(), timezone.now(), ())


def links(touch: Touch) -> list[TrackedLink]:
    letter(touch)
    return list(TrackedLink.objects.filter(touch=touch).order_by("number"))


def address(link: TrackedLink) -> str:
    token = signing.make(tracking.CLICK, [link.touch_id, link.number])
    return reverse("outreach:track_click", args=[token])


def follow(link: TrackedLink, **headers: str) -> Any:
    return Client().get(address(link), headers={**PERSON, **headers})


def later(link: TrackedLink) -> TrackedLink:
    """A while later; what is sure is counted."""
    rows = TrackedLink.objects.filter(touch=link.touch_id, clicked_at__isnull=False)
    for row in rows:
        TrackedLink.objects.filter(pk=row.pk).update(
            clicked_at=row.clicked_at - timedelta(seconds=30)
        )
    tracking.settle()
    link.refresh_from_db()
    return link


def clicked() -> int:
    return ThreadEvent.objects.filter(kind="link.clicked").count()


# --- making ---


def test_links_are_counted_only_in_the_html_and_read_as_they_are(touch: Touch) -> None:
    raw = message_from_bytes(compose(letter(touch)), policy=default)
    html = raw.get_body(("html",)).get_content()  # type: ignore[union-attr, attr-defined]
    assert "https://halden.example/prices?a=1&b=2." in plain_text(letter(touch))
    assert 'href="https://sales.example/c/' in html
    assert ">https://halden.example/prices?a=1&amp;b=2</a>" in html
    assert 'href="https://halden.example' not in html
    assert [link.url for link in links(touch)] == [
        "https://halden.example/prices?a=1&b=2",
        "https://halden.example/how",
    ]


def test_a_second_try_keeps_the_numbers(touch: Touch) -> None:
    links(touch), links(touch)
    assert TrackedLink.objects.count() == 2


def test_without_the_switch_nothing_is_changed(touch: Touch) -> None:
    sequence = touch.enrollment.sequence  # type: ignore[union-attr]
    sequence.track_clicks = False
    sequence.save()
    assert letter(touch).html == "" and not TrackedLink.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "https://sales.example/u/abc/",
        "http://user:secret@halden.example/",
        "https://halden.example\\@evil.example/",
        "https:///evil.example",
        "http://[::1",
    ],
)
def test_these_are_left_alone(touch: Touch, url: str) -> None:
    Touch.objects.filter(pk=touch.pk).update(body=f"Look at {url} please")
    assert links(touch) == []


def test_other_kinds_of_mail_are_never_counted(touch: Touch) -> None:
    for kind in ("reply", "manual", "confirmation"):
        Touch.objects.filter(pk=touch.pk).update(kind=kind)
        assert letter(touch).html == ""


# --- following ---


def test_a_person_gets_on_at_once_and_counts_after_a_moment(touch: Touch) -> None:
    link = links(touch)[0]
    answer = follow(link)
    assert (answer.status_code, answer["Location"]) == (302, link.url)
    assert answer["Referrer-Policy"] == "no-referrer" and "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    assert clicked() == 0
    assert later(link).clicks == 1 and clicked() == 1
    event = ThreadEvent.objects.get(kind="link.clicked")
    assert event.data["url"] == link.url and event.lead_id == touch.lead_id
    touch.lead.refresh_from_db()
    assert touch.lead.last_sign == "Clicked" and touch.lead.replied_at is None
    assert scoring.engagement_of([touch.lead_id])[touch.lead_id] > 0
    follow(link)
    assert later(link).clicks == 2 and clicked() == 1
    assert not any("127.0.0.1" in str(row.data) for row in ThreadEvent.objects.all())


def test_tampered_links_are_not_there(touch: Touch) -> None:
    good = address(links(touch)[0])
    token = good.split("/")[2]
    bad = [token[:-1], token + "x", "x", signing.make("open", [touch.pk, 1]), "%0d%0aX: y"]
    bad += [signing.make("click", value) for value in ([touch.pk, 99], "x", [1], [None, None], {})]
    for one in bad:
        assert Client().get(f"/c/{one}/", headers=PERSON).status_code == 404, one
    assert Client().get(f"{good}?url=//evil.example", headers=PERSON)["Location"] == (
        "https://halden.example/prices?a=1&b=2"
    )


@pytest.mark.parametrize(
    "url",
    [
        "//evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "data:text/html,x",
        "https://ok.example/\r\nSet-Cookie: a=b",
        "https://ok.example\\@evil.example",
        "http://",
        "/local",
        "https://a@evil.example/",
    ],
)
def test_no_stored_address_leads_anywhere_else(touch: Touch, url: str) -> None:
    """Even one that came into the table some other way."""
    row = TrackedLink.objects.create(touch=touch, number=9, url=url)
    for method in ("get", "head", "post"):
        assert getattr(Client(), method)(address(row), headers=PERSON).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "curl/8.5.0"},
        {"User-Agent": ""},
        {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
        {"User-Agent": f"{CHROME} BingPreview/1.0b"},
        {"User-Agent": "Mozilla/5.0 (compatible; Barracuda Sentinel)"},
        {"User-Agent": "Mozilla/5.0 (Windows NT) HeadlessChrome/120.0"},
        {"User-Agent": "Microsoft Office/16.0 (Microsoft Outlook 16.0; Pro)"},
        {"User-Agent": "python-requests/2.32"},
    ],
)
def test_known_machines_never_count(touch: Touch, headers: dict[str, str]) -> None:
    link = links(touch)[0]
    assert follow(link, **headers).status_code == 302
    assert Client().post(address(link), headers={**PERSON, **headers}).status_code == 303
    assert later(link).clicks == 0 and link.hits == 1 and clicked() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Language": ""},
        {"Accept": "image/avif,image/webp,*/*"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Dest": "image"},
    ],
)
def test_in_doubt_a_button_asks(touch: Touch, headers: dict[str, str]) -> None:
    link = links(touch)[0]
    answer = follow(link, **headers)
    assert answer.status_code == 200 and "halden.example" in answer.content.decode()
    assert "form-action 'self' https: http:" in answer["Content-Security-Policy"]
    assert later(link).clicks == 0
    answer = Client().post(address(link), headers={**PERSON, **headers})
    assert (answer.status_code, answer["Location"]) == (303, link.url)
    link.refresh_from_db()
    assert link.clicks == 1 and clicked() == 1


def test_the_moment_after_sending_belongs_to_scanners(touch: Touch) -> None:
    Touch.objects.filter(pk=touch.pk).update(sent_at=timezone.now() - timedelta(seconds=20))
    link = links(touch)[0]
    assert follow(link).status_code == 200
    assert later(link).clicks == 0


def test_all_links_at_once_are_a_machine_even_with_a_browsers_headers(touch: Touch) -> None:
    first, second = links(touch)
    assert follow(first).status_code == 302
    assert follow(second).status_code == 200, "the second of a burst is asked"
    assert later(first).clicks == 0 and later(second).clicks == 0 and clicked() == 0


def test_two_links_one_after_the_other_are_a_person(touch: Touch) -> None:
    first, second = links(touch)
    follow(first)
    assert later(first).clicks == 1
    follow(second)
    assert later(second).clicks == 1 and clicked() == 2


def test_head_never_counts(touch: Touch) -> None:
    link = links(touch)[0]
    assert Client().head(address(link), headers=PERSON).status_code == 302
    assert later(link).clicks == 0


def test_counting_twice_is_once(touch: Touch) -> None:
    link = links(touch)[0]
    follow(link)
    later(link)
    assert tracking.settle() == 0 and clicked() == 1


# --- the pixel ---


@pytest.fixture
def agreed(touch: Touch) -> Touch:
    sequence = touch.enrollment.sequence  # type: ignore[union-attr]
    sequence.track_clicks, sequence.track_opens = False, True
    sequence.save()
    consent.record_consent(touch.lead, tracking.CONSENT, "order form", "", "user:1")
    return touch


def see(touch: Touch, agent: str = CHROME, method: str = "get") -> Any:
    path = reverse("outreach:track_open", args=[signing.make("open", [touch.pk])])
    return getattr(Client(), method)(path, headers={"User-Agent": agent})


def opens() -> list[dict[str, Any]]:
    return [event.data for event in ThreadEvent.objects.filter(kind="mail.opened")]


def test_only_who_agreed_gets_the_picture(touch: Touch, agreed: Touch) -> None:
    assert "<img" in letter(agreed).html
    consent.withdraw(agreed.lead, tracking.CONSENT, "lead")
    assert "<img" not in letter(agreed).html


def test_an_open_is_a_quiet_line_and_nothing_else(agreed: Touch) -> None:
    before = scoring.engagement_of([agreed.lead_id])
    answer = see(agreed)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/gif")
    assert "no-store" in answer["Cache-Control"] and not answer.cookies
    see(agreed)
    assert [data["machine"] for data in opens()] == [False]
    assert scoring.engagement_of([agreed.lead_id]) == before
    agreed.lead.refresh_from_db()
    assert agreed.lead.last_sign != "Opened"


def test_withdrawal_stops_pictures_that_are_out_already(agreed: Touch) -> None:
    consent.withdraw(agreed.lead, tracking.CONSENT, "lead")
    assert see(agreed).status_code == 200
    assert opens() == []


def test_the_owner_switching_it_off_stops_them_too(agreed: Touch) -> None:
    sequence = agreed.enrollment.sequence  # type: ignore[union-attr]
    sequence.track_opens = False
    sequence.save()
    see(agreed)
    assert opens() == []


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0",
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
        "",
    ],
)
def test_proxies_are_marked_as_machines(agreed: Touch, agent: str) -> None:
    see(agreed, agent)
    assert [data["machine"] for data in opens()] == [True]


def test_bad_tokens_and_head_note_nothing(agreed: Touch) -> None:
    see(agreed, method="head")
    for token in ("x", signing.make("open", "x"), signing.make("open", [None])):
        assert Client().get(f"/o/{token}.gif").status_code == 200
    assert opens() == []
