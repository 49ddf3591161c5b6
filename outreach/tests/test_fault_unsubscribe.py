"""Somebody stops our messages between the approval and the send: nothing leaves, and the reason
stands where people look for it."""

from typing import Any

import pytest
from django.test import Client

from leads.models import Suppression, ThreadEvent
from outreach.channels.fake import Fake
from outreach.models import Enrollment, Mailbox, Touch
from outreach.services import letters, policy, receiving, sending
from outreach.tests.fault_world import TUESDAY, approve, person, sequence_touch, state
from outreach.tests.mails import mail, raw


@pytest.fixture(autouse=True)
def _fake_mail(settings: Any, workspace: Any) -> None:
    Fake.reset()
    settings.CHANNELS = {**settings.CHANNELS, "email": "outreach.channels.fake.Fake"}


@pytest.fixture
def touch(lead: Any, mailbox: Mailbox, sequence: Any) -> Touch:
    return sequence_touch(lead, mailbox, sequence)


def by_link(touch: Touch) -> None:
    """What a mail provider posts for its Unsubscribe button (RFC 8058)."""
    path = letters.unsubscribe_url(touch).partition("8000")[2]
    form = "application/x-www-form-urlencoded"
    assert Client().post(path, "List-Unsubscribe=One-Click", content_type=form).status_code == 200


def by_page(touch: Touch) -> None:
    """The button on the page that the link in the mail opens."""
    path = letters.unsubscribe_url(touch).partition("8000")[2]
    assert Client().post(path, {"action": "all"}).status_code == 200


def by_header_mail(touch: Touch) -> None:
    """A mail to the address of the List-Unsubscribe header, as Apple Mail sends it."""
    assert touch.mailbox
    content = mail("This message was sent by Mail.", sender=touch.to_address, subject="unsubscribe")
    receiving.receive(touch.mailbox, raw(content))


@pytest.mark.parametrize("way", [by_link, by_page])
def test_nothing_leaves_and_the_touch_is_refused_with_its_reason(
    way: Any, touch: Touch, run_queue: Any, as_user: Any, rep: Any
) -> None:
    way(touch)
    counts = sending.send_due(TUESDAY)  # before any queued reaction has run
    assert (counts.sent, counts.held, Fake.sent) == (0, 1, [])
    assert state(touch) == "cancelled"
    run_queue()
    row = Enrollment.objects.get()
    assert (row.state, row.reason) == ("stopped", "opted_out")
    cancelled = ThreadEvent.objects.get(kind="touch.cancelled")
    assert cancelled.data["touch"] == touch.pk and cancelled.data["reason"]
    page = as_user(rep).get(f"/leads/{touch.lead_id}/").content.decode()
    assert "do-not-contact list" in page
    assert policy.why_not(touch.lead, TUESDAY)[0].code == "suppressed"


def test_a_mail_to_the_stop_address_holds_at_once_and_stops(touch: Touch, run_queue: Any) -> None:
    by_header_mail(touch)
    assert sending.send_due(TUESDAY).sent == 0 and Fake.sent == []
    run_queue()
    assert sending.send_due(TUESDAY).sent == 0 and Fake.sent == []
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"opted_out"}
    assert Enrollment.objects.get().reason == "opted_out" and state(touch) == "cancelled"


def test_the_last_moment_counts(
    touch: Touch, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox
) -> None:
    """The touches of a run are read together; the stop comes while the first one is handed over."""
    first = approve(touch.lead, mailbox, 2, kind=Touch.Kind.REPLY)
    real = Fake.send

    def send(self: Fake, message: Any) -> Any:
        by_link(touch)
        return real(self, message)

    monkeypatch.setattr(Fake, "send", send)
    assert sending.send_due(TUESDAY).sent == 1
    assert (state(first), state(touch), len(Fake.sent)) == ("sent", "cancelled", 1)


def test_somebody_else_is_not_held(touch: Touch, rep: Any, mailbox: Mailbox) -> None:
    other = approve(person(rep, 7), mailbox, 7)
    mailbox.min_gap = 0
    mailbox.save()
    by_link(touch)
    assert sending.send_due(TUESDAY).sent == 1 and state(other) == "sent"
