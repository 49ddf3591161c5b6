"""The page of the link and Calendly, each person's link, and "They booked" on a lead's page."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from leads.models import Lead
from leads.services import profile
from outreach.models import Booking, Touch
from outreach.services import bookings, enrollment, merge, quality_facts, scheduling
from outreach.tests.calendly import LINK, TOKEN, connect

pytestmark = pytest.mark.django_db
PAGE = "/settings/connections/calendly/"


def test_the_link_carries_a_token_of_theirs(lead: Lead, rep: Any, owner: Any) -> None:
    scheduling.save_link(owner, f"{LINK}?month=2026-12&utm_content=old#top")
    found = merge.fields_for(lead, rep, None)["calendar_link"]
    parts = urlsplit(found)
    query = parse_qs(parts.query)
    assert query["month"] == ["2026-12"] and parts.fragment == "top"
    (token,) = query["utm_content"]
    assert scheduling.lead_of(token) == lead
    assert str(lead.email).partition("@")[0] not in found
    assert merge.fields_for(lead, rep, None)["calendar_link"] == found, "the same each time"


def test_nobody_known_gets_the_plain_link(owner: Any, settings: Any) -> None:
    settings.CALENDAR_LINK = "https://halden.example/meet"
    assert scheduling.link_for(Lead()) == "https://halden.example/meet"
    scheduling.save_link(owner, LINK)
    assert scheduling.link_for(None) == LINK
    scheduling.save_link(owner, "")
    assert scheduling.link() == "https://halden.example/meet"


def test_the_longest_link_is_not_cut(lead: Lead, rep: Any, owner: Any) -> None:
    scheduling.save_link(owner, "https://calendly.com/" + "a" * (scheduling.MOST - 21))
    found = merge.fields_for(lead, rep, None)["calendar_link"]
    assert scheduling.lead_of(parse_qs(urlsplit(found).query)["utm_content"][0]) == lead


def test_a_message_may_link_to_it(workspace: Any, owner: Any) -> None:
    scheduling.save_link(owner, LINK)
    assert "calendly.com" in quality_facts.own_hosts(workspace, None, None, scheduling.link())


def test_save_a_link(owner: Any, as_user: Any) -> None:
    client = as_user(owner)
    assert client.post(f"{PAGE}link/", {"link": LINK}).status_code == 302
    assert scheduling.link() == LINK
    page = client.get(PAGE).content.decode()
    assert LINK in page and "utm_content=…" in page


@pytest.mark.parametrize(
    "bad", ["javascript:alert(1)", "http://calendly.com/x", "https://a b", "https://u:p@x.example/"]
)
def test_a_bad_link_is_refused(bad: str, owner: Any, as_user: Any) -> None:
    answer = as_user(owner).post(f"{PAGE}link/", {"link": bad})
    assert answer.status_code == 422
    assert "starts with https://" in answer.content.decode()


def test_the_token_is_never_shown(owner: Any, as_user: Any) -> None:
    connect()
    client = as_user(owner)
    answer = client.post(f"{PAGE}connect/", {"token": TOKEN})
    assert answer.status_code == 422 and "set SITE_URL first" in answer.content.decode()
    assert TOKEN not in answer.content.decode() + client.get(PAGE).content.decode()


def test_managers_look_only(manager: Any, as_user: Any) -> None:
    connect()
    page = as_user(manager).get(PAGE).content.decode()
    assert "Jonas Weber" in page and "calendly/off/" not in page and 'name="token"' not in page


def test_the_line_on_connections(owner: Any, as_user: Any) -> None:
    page = as_user(owner).get(reverse("settings:connections")).content.decode()
    assert "Calendly and any link" in page and PAGE in page


def test_they_booked_from_the_leads_page(lead: Lead, rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    url = reverse("leads:detail", args=[lead.pk])
    assert "They booked" in client.get(url).content.decode()
    at = timezone.localtime() + timedelta(days=400)  # in another year
    when = {"starts_at": f"{at:%Y-%m-%dT}14:00", "place": "Odense"}
    client.post(reverse("outreach:booked", args=[lead.pk]), when)
    row = Booking.objects.get()
    page = client.get(url).content.decode()
    assert f"{at:%A %-d %B %Y}, 14:00" in page and "Odense" in page and "They cancelled" in page
    assert f"Booked a meeting for {at:%a %-d %b %Y}, 14:00, noted by Jonas" in page
    client.post(reverse("outreach:booking_cancelled", args=[row.pk]))
    page = client.get(url).content.decode()
    assert "Meeting cancelled" in page and "They booked" in page


def test_a_day_that_is_over_is_refused(lead: Lead, rep: Any, as_user: Any) -> None:
    client, url = as_user(rep), reverse("outreach:booked", args=[lead.pk])
    late = timezone.localtime() - timedelta(days=2)
    page = client.post(url, {"starts_at": f"{late:%Y-%m-%dT%H:%M}"}, follow=True)
    assert "That day is over." in page.content.decode() and not Booking.objects.exists()
    today = timezone.localtime() - timedelta(hours=3)
    client.post(url, {"starts_at": f"{today:%Y-%m-%dT%H:%M}"})
    assert Booking.objects.count() == 1


def test_the_next_step_is_of_now(
    lead: Lead, rep: Any, as_user: Any, sequence: Any, mailbox: Any
) -> None:
    enrollment.enroll(lead, sequence, user=rep, mailbox=mailbox)
    profile.refresh([lead.pk])
    assert "go on" in profile.step_of(lead)["text"]
    as_user(rep).post(reverse("outreach:booked", args=[lead.pk]), {})
    assert "go on" not in profile.step_of(lead).get("text", "")  # no queued task has run


def test_a_link_without_https_is_completed(owner: Any, as_user: Any) -> None:
    client = as_user(owner)
    page = client.post(f"{PAGE}link/", {"link": "calendly.com/x/y"}, follow=True).content.decode()
    assert scheduling.link() == "https://calendly.com/x/y" and "New drafts use it." in page
    assert "<title>Calendly, settings" in page and "All connections" in page
    page = client.post(f"{PAGE}link/", {"link": ""}, follow=True).content.decode()
    assert "New drafts have no link." in page and "New drafts use it." not in page


def test_each_has_a_link_of_their_own(
    owner: Any, rep: Any, mate: Any, lead: Lead, as_user: Any
) -> None:
    scheduling.save_link(owner, LINK)
    client, profile_page = as_user(rep), reverse("accounts:profile")
    assert LINK in client.get(profile_page).content.decode()
    url = reverse("outreach:own_link")
    page = client.post(url, {"link": "cal.example/jonas"}, follow=True).content.decode()
    assert 'value="https://cal.example/jonas"' in page
    own = merge.fields_for(lead, rep, None)["calendar_link"]
    assert own.startswith("https://cal.example/jonas?utm_content=")
    assert merge.fields_for(lead, mate, None)["calendar_link"].startswith(LINK)
    assert scheduling.link() == LINK
    bad = client.post(url, {"link": "ftp://x"}, follow=True).content.decode()
    assert "starts with https://" in bad and scheduling.own_link(rep)
    client.post(url, {"link": ""})
    assert merge.fields_for(lead, rep, None)["calendar_link"].startswith(LINK)


def test_a_booking_by_an_own_link_knows_its_message(
    lead: Lead, rep: Any, mailbox: Any, owner: Any
) -> None:
    scheduling.save_link(owner, LINK)
    scheduling.save_own(rep, "https://cal.example/jonas")
    touch = Touch.objects.create(
        lead=lead, mailbox=mailbox, channel="email", state="sent", sent_at=timezone.now(),
        body=f"Pick: {scheduling.link_for(lead, rep)}", due_at=timezone.now(),
    )  # fmt: skip
    assert bookings.note(lead, rep).touch == touch


def test_no_time_is_no_booking(lead: Lead, rep: Any, as_user: Any) -> None:
    as_user(rep).post(reverse("outreach:booked", args=[lead.pk]), {"starts_at": "soon"})
    assert not Booking.objects.exists()
