"""The page of the link and Calendly, each person's link, and "They booked" on a lead's page."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from leads.models import Lead
from outreach.models import Booking
from outreach.services import merge, quality_facts, scheduling
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
    when = {"starts_at": "2027-03-09T14:00", "place": "Odense"}
    client.post(reverse("outreach:booked", args=[lead.pk]), when)
    row = Booking.objects.get()
    page = client.get(url).content.decode()
    assert "Tuesday 9 March, 14:00" in page and "Odense" in page and "They cancelled" in page
    assert "Booked a meeting for Tue 9 Mar, 14:00, noted by Jonas" in page
    client.post(reverse("outreach:booking_cancelled", args=[row.pk]))
    page = client.get(url).content.decode()
    assert "Meeting cancelled" in page and "They booked" in page


def test_no_time_is_no_booking(lead: Lead, rep: Any, as_user: Any) -> None:
    as_user(rep).post(reverse("outreach:booked", args=[lead.pk]), {"starts_at": "soon"})
    assert not Booking.objects.exists()
