"""An absence holds until the day back plus one working day; a person's words never do."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from leads.models import Lead, ThreadEvent
from outreach.models import Enrollment, Mailbox, Task, Touch
from outreach.services import inbound, replies
from outreach.tests.mails import mail, raw

MINE = "<0123456789abcdef0123456789abcdef@halden.example>"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday
AUTO = {"Auto_Submitted": "auto-replied"}


@pytest.fixture
def enrolled(lead: Lead, sequence: Any, mailbox: Mailbox) -> Any:
    with time_machine.travel(NOW, tick=False):
        row = Enrollment.objects.create(lead=lead, sequence=sequence, mailbox=mailbox)
        Touch.objects.create(
            lead=lead, enrollment=row, channel="email", mailbox=mailbox, state="sent",
            to_address=lead.email, subject="A question", message_id=MINE,
            due_at=timezone.now(), sent_at=timezone.now(),
        )  # fmt: skip
        yield row


def _receive(mailbox: Mailbox, row: Enrollment, run_queue: Any, text: str, **extra: str) -> None:
    inbound.receive(mailbox, raw(mail(text, In_Reply_To=MINE, **extra), internal_date=NOW))
    run_queue()
    row.refresh_from_db()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Jestem na urlopie do 4 grudnia włącznie.", "2026-12-08"),  # back Monday 7
        ("Wracam we wtorek 22 grudnia.", "2026-12-23"),
        ("I am away and back on 24 December.", "2026-12-28"),  # Christmas does not count
        ("I am on leave until further notice.", "2026-12-01"),  # a week and a day
    ],
)
def test_held_to_the_day(
    mailbox: Mailbox, enrolled: Enrollment, run_queue: Any, text: str, day: str
) -> None:
    _receive(mailbox, enrolled, run_queue, text, **AUTO)
    assert (enrolled.state, enrolled.reason) == ("paused", "out_of_office")
    assert enrolled.resume_at is not None
    assert (
        enrolled.resume_at.astimezone(replies.zones.zone_for(enrolled.lead)).date().isoformat()
        == day
    )


def test_the_marks_are_kept(mailbox: Mailbox, enrolled: Enrollment, run_queue: Any) -> None:
    _receive(mailbox, enrolled, run_queue, "I am out of the office.", **AUTO)
    event = ThreadEvent.objects.get(kind="autoreply.received")
    assert event.data["marks"] == {"auto-submitted": "auto-replied"} and event.data["why"]


@pytest.mark.parametrize("extra", [{}, {"X_Auto_Response_Suppress": "All"}])
def test_a_person_who_speaks_of_a_holiday_is_not_held(
    mailbox: Mailbox, enrolled: Enrollment, run_queue: Any, extra: dict[str, str]
) -> None:
    text = "I am on holiday next week, call me on the 15th. Could you send a price list?"
    _receive(mailbox, enrolled, run_queue, text, **extra)
    assert (enrolled.state, enrolled.reason, enrolled.resume_at) == ("paused", "replied", None)
    assert Task.objects.filter(kind="answer", state="open").exists()


def test_a_note_without_headers_is_held(
    mailbox: Mailbox, enrolled: Enrollment, run_queue: Any
) -> None:
    text = (
        "Vielen Dank für Ihre Nachricht. Ich bin bis einschließlich 04.12.2026 nicht im Haus. "
        "In dringenden Fällen wenden Sie sich an Sara Nowak, sara.nowak@polna.example."
    )
    _receive(mailbox, enrolled, run_queue, text, subject="Abwesend bis 4.12.")
    assert enrolled.reason == "out_of_office"
    assert not Task.objects.filter(kind="answer", state="open").exists()


@pytest.mark.parametrize(
    ("language", "country", "locale"),
    [("de", "AT", "de-AT"), ("", "US", "-US"), ("pt-BR", "BR", "pt-BR")],
)
def test_locale_of_a_lead(
    lead: Lead, workspace: Any, language: str, country: str, locale: str
) -> None:
    lead.language, lead.country = language, country
    assert replies.locale_of(lead) == locale
