"""Answers that come from another address of the person, or from a colleague: both pause."""

from typing import Any

import pytest
from django.utils import timezone

from leads.models import Lead, ThreadEvent
from outreach.models import Enrollment, InboundMessage, Mailbox, Touch
from outreach.services import inbound
from outreach.tests.mails import mail, raw

MINE = "<0123456789abcdef0123456789abcdef@halden.example>"
OTHER = "<ffff456789abcdef0123456789abcdef@halden.example>"


def _sent(lead: Lead, sequence: Any, mailbox: Mailbox, message_id: str) -> Enrollment:
    row = Enrollment.objects.create(lead=lead, sequence=sequence, mailbox=mailbox)
    Touch.objects.create(
        lead=lead, enrollment=row, channel="email", mailbox=mailbox, state="sent",
        to_address=lead.email, subject="A question for Polna Bakeries", message_id=message_id,
        due_at=timezone.now(), sent_at=timezone.now(),
    )  # fmt: skip
    return row


@pytest.fixture
def enrolled(lead: Lead, sequence: Any, mailbox: Mailbox) -> Enrollment:
    return _sent(lead, sequence, mailbox, MINE)


@pytest.fixture
def colleague(lead: Lead, rep: Any, sequence: Any, mailbox: Mailbox) -> Enrollment:
    other = Lead.objects.create(
        owner=rep, company=lead.company, email="jan@polna.example", first_name="Jan"
    )
    return _sent(other, sequence, mailbox, OTHER)


@pytest.mark.parametrize(
    "sender",
    [
        "Marta Kowalczyk <m.kowalczyk+sales@polna.example>",
        "Marta Kowalczyk <marta@polna-group.example>",
        "Marta Kowalczyk <mk77@mail.example>",
        "<sales@polna.example>",
    ],
)
def test_an_alias_that_answers_our_message_pauses(
    mailbox: Mailbox, enrolled: Enrollment, lead: Lead, sender: str
) -> None:
    row = inbound.receive(mailbox, raw(mail(sender=sender, In_Reply_To=MINE)))
    enrolled.refresh_from_db()
    assert (enrolled.state, enrolled.reason) == ("paused", "replied")
    assert (row.state, row.lead) == ("threaded", lead)


@pytest.mark.parametrize(
    "sender",
    [
        "Marta Kowalczyk <marta@polna-group.example>",
        "Somebody Else <reception@polna.example>",
    ],
)
def test_without_ids_an_unknown_address_is_never_lost(
    mailbox: Mailbox, enrolled: Enrollment, lead: Lead, sender: str
) -> None:
    """Threaded to the lead, or a question to a person who is offered the lead."""
    row = inbound.receive(mailbox, raw(mail(sender=sender)))
    if row.state == InboundMessage.State.THREADED:
        assert row.lead == lead
    else:
        assert row.state == InboundMessage.State.UNMATCHED and lead.pk in row.candidates


def test_a_colleague_who_answers_pauses_both(
    mailbox: Mailbox, enrolled: Enrollment, colleague: Enrollment
) -> None:
    sender = "Jan <jan@polna.example>"
    row = inbound.receive(mailbox, raw(mail(sender=sender, In_Reply_To=MINE)))
    enrolled.refresh_from_db()
    colleague.refresh_from_db()
    assert row.lead == colleague.lead
    assert (colleague.state, colleague.reason) == ("paused", "replied")
    assert (enrolled.state, enrolled.reason) == ("paused", "company_replied")


def test_the_colleagues_of_who_answers_pause_unless_switched_off(
    mailbox: Mailbox, enrolled: Enrollment, colleague: Enrollment, workspace: Any
) -> None:
    workspace.pause_company_on_reply = False
    workspace.save()
    inbound.receive(mailbox, raw(mail(In_Reply_To=MINE)))
    enrolled.refresh_from_db()
    colleague.refresh_from_db()
    assert (enrolled.state, colleague.state) == ("paused", "active")


def test_a_colleagues_absence_holds_nobody_else(
    mailbox: Mailbox, enrolled: Enrollment, colleague: Enrollment, run_queue: Any
) -> None:
    text = "I am out of the office until further notice with limited access to e-mail."
    headers = {"Auto_Submitted": "auto-replied", "In_Reply_To": OTHER}
    inbound.receive(mailbox, raw(mail(text, sender="Jan <jan@polna.example>", **headers)))
    run_queue()
    enrolled.refresh_from_db()
    colleague.refresh_from_db()
    assert (enrolled.state, colleague.reason) == ("active", "out_of_office")
    assert ThreadEvent.objects.filter(kind="autoreply.received").count() == 1
