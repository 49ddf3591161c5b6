"""Bookings: whose they are, what they lead to, and the same end whatever the order."""

from itertools import permutations
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Lead, ThreadEvent
from outreach.models import Booking, Enrollment, InboundMessage, Task
from outreach.services import bookings, enrollment, inbound, scheduling
from outreach.tests.calendly import LINK, canceled, created, invitee, moved, read
from outreach.tests.work import another_lead, enroll

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(lead: Any, settings: Any) -> str:
    settings.CALENDAR_LINK = LINK
    return scheduling.token_for(lead)


def tell(*bodies: bytes) -> None:
    for body in bodies:
        bookings.receive(read(body))


def kinds(lead: Lead) -> list[str]:
    rows = ThreadEvent.objects.filter(lead=lead, kind__startswith="meeting.")
    return sorted(rows.values_list("kind", flat=True))


def states() -> dict[str, str]:
    return {row.remote_id[-1]: row.state for row in Booking.objects.all()}


def test_a_booking_pauses_and_stands_in_the_thread(
    lead: Any, sequence: Any, mailbox: Any, token: Any
) -> None:
    one = enroll(lead, sequence, mailbox)
    tell(created("A", token, email="private@else.example"))
    one.refresh_from_db()
    lead.refresh_from_db()
    assert (one.state, one.reason) == ("paused", "meeting")
    assert lead.stage == "meeting"
    assert lead.last_sign == "Booked a meeting"
    event = ThreadEvent.objects.get(lead=lead, kind="meeting.booked")
    assert event.data["title"] == "Intro call"
    assert event.data["who"] == "Marta Kowalczyk private@else.example"
    row = Booking.objects.get()
    assert (row.lead, row.state, row.place) == (lead, "booked", "https://zoom.example/j/1")


def test_a_lead_further_on_stays_there(lead: Any, token: Any) -> None:
    Lead.objects.filter(pk=lead.pk).update(stage="proposal")
    tell(created("A", token))
    lead.refresh_from_db()
    assert lead.stage == "proposal"


def test_repeats_change_nothing(lead: Any, sequence: Any, mailbox: Any, token: Any) -> None:
    one = enroll(lead, sequence, mailbox)
    tell(created("A", token))
    assert enrollment.resume(Enrollment.objects.get(pk=one.pk), actor="system")
    tell(created("A", token), created("A", token))
    one.refresh_from_db()
    assert one.state == "active", "a person let it go on; a repeat does not stop it again"
    assert kinds(lead) == ["meeting.booked"]


def test_an_absence_no_longer_ends_by_itself(
    lead: Any, sequence: Any, mailbox: Any, token: Any
) -> None:
    one = enroll(lead, sequence, mailbox)
    enrollment.pause(one, reason="out_of_office", actor="lead", resume_at=timezone.now())
    tell(created("A", token))
    one.refresh_from_db()
    assert (one.reason, one.resume_at) == ("meeting", None)


def test_colleagues_wait_as_after_an_answer(
    lead: Any, rep: Any, sequence: Any, mailbox: Any, token: Any
) -> None:
    mate = another_lead(rep, company=lead.company, company_name=lead.company_name)
    one = enroll(mate, sequence, mailbox)
    tell(created("A", token))
    one.refresh_from_db()
    assert (one.state, one.reason) == ("paused", "company_replied")


def test_a_cancellation_asks_for_another_time(
    lead: Any, sequence: Any, mailbox: Any, token: Any
) -> None:
    one = enroll(lead, sequence, mailbox)
    tell(created("A", token), canceled("A", token), canceled("A", token))
    one.refresh_from_db()
    assert one.state == "paused", "it goes on only when a person says so"
    assert kinds(lead) == ["meeting.booked", "meeting.cancelled"]
    task = Task.objects.get(state="open")
    assert task.title == "Ask Marta for another time"
    assert "A fair that day" in task.why and "They cancelled" in task.why
    assert task.owner == lead.owner


def test_we_cancelled(lead: Any, token: Any) -> None:
    tell(created("A", token), canceled("A", token, by="host"))
    assert "You cancelled" in Task.objects.get().why
    assert ThreadEvent.objects.get(kind="meeting.cancelled").actor == "system"


def test_a_new_booking_settles_the_question(lead: Any, token: Any) -> None:
    tell(created("A", token), canceled("A", token), created("B", token))
    assert Task.objects.get().state == "done"


def test_no_question_when_another_meeting_is_booked(lead: Any, token: Any) -> None:
    tell(created("A", token), created("B", token), canceled("A", token))
    assert not Task.objects.exists()


def test_a_move_asks_nothing(lead: Any, token: Any) -> None:
    tell(created("A", token), *moved("A", "B", token))
    assert states() == {"A": "moved", "B": "booked"}
    assert kinds(lead) == ["meeting.booked", "meeting.moved"]
    assert not Task.objects.exists()
    assert Booking.objects.get(moved_to__remote_id=invitee("B")).remote_id == invitee("A")


STORIES = {
    "cancelled": lambda t: [created("A", t), canceled("A", t)],
    "moved": lambda t: [created("A", t), *moved("A", "B", t)],
    "moved and cancelled": lambda t: [
        created("A", t),
        *moved("A", "B", t),
        canceled("B", t, old_invitee=invitee("A")),
    ],
}


@pytest.mark.parametrize("name", STORIES)
def test_any_order_ends_the_same(
    name: Any, lead: Any, sequence: Any, mailbox: Any, token: Any
) -> None:
    """Every order, each message told twice; only the last of all is compared with the first."""
    from django.db import transaction

    ends = set()
    messages = STORIES[name](token)
    enroll(lead, sequence, mailbox)
    for order in permutations(messages):
        with transaction.atomic():
            tell(*order, *order)
            one = Enrollment.objects.get(lead=lead)
            tasks = tuple(Task.objects.values_list("title", "state"))
            rows = tuple(sorted(states().items()))
            held = (one.state, one.reason, Lead.objects.get(pk=lead.pk).stage)
            links = Booking.objects.filter(state="moved", moved_to=None).count()
            starts = Booking.objects.filter(starts_at=None).count()
            ends.add((rows, tuple(kinds(lead)), tasks, held, links, starts))
            transaction.set_rollback(True)
    assert len(ends) == 1, ends
    rows, events, tasks, held, links, starts = ends.pop()
    assert held == ("paused", "meeting", "meeting")
    assert (links, starts) == (0, 0)
    assert len(tasks) == ("cancelled" in name)


# --- whose ---


def test_by_address_when_the_token_is_not_ours(lead: Any) -> None:
    tell(created("A", "someone-elses-campaign"))
    assert Booking.objects.get().lead == lead


def test_a_forged_or_changed_token_names_nobody(lead: Any, token: Any) -> None:
    assert scheduling.lead_of(token) == lead
    number, _, rest = token.partition(".")
    for bad in (f"{number}f.{rest}", f"{number}.{rest[:-1]}A", number, "", ".", "9" * 400):
        assert scheduling.lead_of(bad) is None or bad == token


def test_an_erased_person_is_not_named(lead: Any, token: Any) -> None:
    Lead.objects.filter(pk=lead.pk).update(erased_at=timezone.now(), email="")
    tell(created("A", token))
    assert not Booking.objects.exists()
    assert InboundMessage.objects.get().state == "unmatched"


def test_the_colleague_who_books_by_their_link_waits_too(
    lead: Any, rep: Any, sequence: Any, mailbox: Any, token: Any
) -> None:
    other = another_lead(rep)
    one = enroll(other, sequence, mailbox)
    tell(created("A", token, email=other.email))
    one.refresh_from_db()
    assert Booking.objects.get().lead == lead
    assert (one.state, one.reason) == ("paused", "meeting")


def test_nobody_known_is_a_question(lead: Any, owner: Any, sequence: Any, mailbox: Any) -> None:
    one = enroll(lead, sequence, mailbox)
    tell(created("A", email="x@else.example"), created("A", email="x@else.example"))
    row = InboundMessage.objects.get()
    task = Task.objects.get()
    assert (row.state, row.channel, task.kind) == ("unmatched", "meeting", "unmatched")
    assert row.candidates == [lead.pk], "of the same name"
    assert "Intro call" in row.text
    tell(canceled("A", email="x@else.example"))
    row.refresh_from_db()
    inbound.assign(row, lead, owner)
    assert states() == {"A": "cancelled"}
    assert kinds(lead) == ["meeting.booked", "meeting.cancelled"]
    one.refresh_from_db()
    assert one.reason == "meeting"
    task.refresh_from_db()
    assert task.state == "done"
    assert not ThreadEvent.objects.filter(kind="reply.received").exists()
    tell(created("B", email="x@else.example"))
    assert Booking.objects.get(remote_id=invitee("B")).lead == lead, "their address is known now"


def test_a_move_of_an_unknown_booking_stays_one_question(lead: Any, owner: Any) -> None:
    x: Any = {"email": "x@else.example"}
    tell(created("A", **x), created("B", old_invitee=invitee("A"), **x))
    tell(canceled("A", rescheduled=True, new_invitee=invitee("B"), **x))
    inbound.assign(InboundMessage.objects.get(), lead, owner)
    assert states() == {"A": "moved", "B": "booked"}


def test_what_was_ignored_stays_so(owner: Any) -> None:
    tell(created("A", email="x@else.example"))
    inbound.ignore(InboundMessage.objects.get(), owner, "private")
    tell(canceled("A", email="x@else.example"))
    assert InboundMessage.objects.get().state == "ignored"
    assert not Task.objects.filter(state="open").exists()


# --- by hand ---


def test_they_booked(lead: Any, rep: Any, sequence: Any, mailbox: Any) -> None:
    one = enroll(lead, sequence, mailbox)
    first = bookings.note(lead, rep)
    assert bookings.note(lead, rep) == first, "pressed twice"
    one.refresh_from_db()
    lead.refresh_from_db()
    assert (one.reason, lead.stage) == ("meeting", "meeting")
    assert bookings.open_for(lead) == first
    bookings.cancel(first, rep)
    with pytest.raises(bookings.BookingError):
        bookings.cancel(first, rep)
    assert kinds(lead) == ["meeting.booked", "meeting.cancelled"]
    assert Task.objects.get().title == "Ask Marta for another time"


def test_what_calendly_reports_is_cancelled_there(lead: Any, rep: Any, token: Any) -> None:
    tell(created("A", token))
    row = Booking.objects.get()
    assert not bookings.cancellable(row)
    with pytest.raises(bookings.BookingError):
        bookings.cancel(row, rep)
