"""Erasing a person: meetings, files and clicks are forgotten, and nothing new comes back."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leads.models import Lead, Suppression, ThreadEvent
from leads.services.suppression import suppress
from outreach.models import Attachment, Booking, InboundMessage, Task, Touch, TrackedLink
from outreach.services import attachments, bookings, inbound, letters, scheduling, tracking
from outreach.tests.calendly import LINK, canceled, created, moved, read
from outreach.tests.work import draft
from salesagent.lib import privacy, signing

pytestmark = pytest.mark.django_db
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x64) Chrome/142.0 Safari/537.36",
    "Accept": "text/html",
    "Accept-Language": "pl",
}
NOTHING = {"title": "", "place": "", "reason": ""}


def tell(*bodies: bytes) -> None:
    for body in bodies:
        bookings.receive(read(body))


def erase(lead: Lead) -> None:
    """As erasure does: every holder, the row itself, the keyed hash."""
    suppress(address=lead.email, reason="erased", source="Erased", actor="system")
    for holder in list(privacy.HOLDERS.values()):
        holder.erase(lead.pk)
    Lead.objects.filter(pk=lead.pk).update(erased_at=timezone.now(), email=None)


def rows() -> tuple[int, ...]:
    tables = (ThreadEvent, Suppression, InboundMessage, Task, Booking)
    return tuple(table.objects.count() for table in tables)


@pytest.fixture
def token(lead: Any, settings: Any) -> str:
    settings.CALENDAR_LINK = LINK
    return scheduling.token_for(lead)


@pytest.fixture
def touch(lead: Any, sequence: Any, mailbox: Any, workspace: Any) -> Touch:
    made = draft(lead, sequence, mailbox, body="Prices: https://halden.example/prices")
    sent_at = timezone.now() - timedelta(hours=1)
    Touch.objects.filter(pk=made.pk).update(
        state="sent", sent_at=sent_at, to_address="m.kowalczyk@polna.example"
    )
    return Touch.objects.get(pk=made.pk)


@pytest.fixture
def link(touch: Touch) -> TrackedLink:
    return TrackedLink.objects.create(touch=touch, number=1, url="https://halden.example/prices")


def page(link: TrackedLink) -> str:
    token = signing.make(tracking.CLICK, [link.touch_id, link.number])
    return reverse("outreach:track_click", args=[token])


def test_meetings_lose_their_words_and_who_booked(lead: Any, token: Any) -> None:
    tell(created("A", token, email="private@else.example"), canceled("A", token))
    erase(lead)
    assert Booking.objects.values("title", "place", "reason").get() == NOTHING
    task = Task.objects.get(dedupe_key__startswith="meeting:ask:")
    assert (task.title, task.why, task.state) == ("Erased", "", "done")


def test_a_booking_placed_by_hand_is_forgotten_with_its_invitee(lead: Any, rep: Any) -> None:
    tell(created("A", "", email="private@else.example"))
    inbound.assign(InboundMessage.objects.get(), lead, rep)
    erase(lead)
    row = InboundMessage.objects.get()
    assert (row.from_address, row.from_name, row.text, row.headers) == ("", "", "", {})


@pytest.mark.parametrize("later", ["cancelled", "moved"])
def test_later_reports_on_an_erased_persons_meeting_bring_nothing_back(
    later: str, lead: Any, token: Any
) -> None:
    tell(created("A", token))
    erase(lead)
    before = rows()
    tell(*([canceled("A", token)] if later == "cancelled" else moved("A", "B", token)))
    assert rows() == before
    assert Booking.objects.values("title", "place", "reason").get() == NOTHING


def test_files_go_with_their_rows(touch: Touch, lead: Any, settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    offer = SimpleUploadedFile("offer for Marta.txt", b"Dear Marta")
    (made,) = attachments.store(touch, [offer])
    path = attachments.path_of(made)
    assert "offer for Marta.txt" in str(privacy.HOLDERS["outreach"].export(lead.pk))
    erase(lead)
    assert not path.exists() and not Attachment.objects.exists()
    privacy.HOLDERS["outreach"].erase(lead.pk)


def test_the_export_tells_of_meetings(lead: Any, token: Any) -> None:
    tell(created("A", token))
    shown = privacy.HOLDERS["outreach"].export(lead.pk)
    assert "Intro call" in str(shown) and "zoom.example" in str(shown)


def test_clicks_of_the_erased_lead_on_and_are_not_noted(link: TrackedLink, lead: Any) -> None:
    erase(lead)
    before = rows()
    for _ in range(2):
        answer = Client(headers=BROWSER).get(page(link))
        assert answer.status_code == 302 and answer.url == link.url
    assert Client(headers=BROWSER).post(page(link)).status_code == 303
    tracking.settle(timezone.now() + timedelta(hours=1))
    link.refresh_from_db()
    assert (link.hits, link.clicks, link.clicked_at) == (0, 0, None)
    assert rows() == before


def test_a_click_that_waits_to_count_is_forgotten(link: TrackedLink, lead: Any) -> None:
    Client(headers=BROWSER).get(page(link))
    link.refresh_from_db()
    assert link.clicked_at
    erase(lead)
    tracking.settle(timezone.now() + timedelta(hours=1))
    link.refresh_from_db()
    assert link.clicked_at is None
    assert not ThreadEvent.objects.filter(kind="link.clicked").exists()


@pytest.mark.parametrize("action", ["all", "email", "undo"])
def test_the_stop_page_of_the_erased_writes_nothing(
    action: str, touch: Touch, lead: Any, settings: Any
) -> None:
    url = letters.unsubscribe_url(touch).removeprefix(settings.SITE_URL)
    erase(lead)
    before = rows()
    answer = Client().post(url, {"action": action})
    assert answer.status_code == 200 and b"polna" not in answer.content
    assert rows() == before


def test_a_stop_for_an_address_that_others_have_counts_without_the_erased(
    touch: Touch, lead: Any, settings: Any
) -> None:
    url = letters.unsubscribe_url(touch).removeprefix(settings.SITE_URL)
    Lead.objects.filter(pk=lead.pk).update(erased_at=timezone.now(), email=None)
    Client().post(url, {"action": "all"})
    assert Suppression.objects.count() == 1
    assert not ThreadEvent.objects.exists()
