"""Mail of a stranger that names a lead as the one to answer to."""

from typing import Any

import pytest
from django.utils import timezone

from leads.models import Lead, Suppression, ThreadEvent
from outreach.models import Enrollment, Mailbox, Task, Touch
from outreach.services import inbound, replies
from outreach.tests.mails import mail, raw

pytestmark = pytest.mark.django_db
MINE = "<0123456789abcdef0123456789abcdef@halden.example>"


@pytest.fixture
def enrolled(lead: Lead, sequence: Any, mailbox: Mailbox) -> Enrollment:
    row = Enrollment.objects.create(lead=lead, sequence=sequence, mailbox=mailbox)
    Touch.objects.create(
        lead=lead, enrollment=row, channel="email", mailbox=mailbox, state="sent",
        to_address=lead.email, subject="A question", message_id=MINE,
        due_at=timezone.now(), sent_at=timezone.now(),
    )  # fmt: skip
    return row


def _send(mailbox: Mailbox, text: str, run_queue: Any, **headers: str) -> ThreadEvent:
    row = inbound.receive(mailbox, raw(mail(text, **headers)))
    run_queue()
    return ThreadEvent.objects.get(pk=row.event_id)


def test_a_stranger_cannot_opt_a_lead_out(
    lead: Lead, mailbox: Mailbox, enrolled: Enrollment, rep: Any, run_queue: Any
) -> None:
    evil = {"sender": "Evil <evil@evil.example>", "Reply_To": str(lead.email)}
    event = _send(mailbox, "STOP", run_queue, **evil)
    enrolled.refresh_from_db()
    assert not Suppression.objects.exists()
    assert (enrolled.state, enrolled.reason) == ("paused", "replied")
    asked = Task.objects.get(kind=Task.Kind.ATTENTION)
    assert asked.owner == lead.owner and "evil@evil.example" in asked.why
    replies.correct(event, "opt_out", rep)  # a person says so
    run_queue()
    assert Suppression.objects.exists()


def test_a_stranger_cannot_hold_a_lead_for_a_year(
    lead: Lead, mailbox: Mailbox, enrolled: Enrollment, run_queue: Any
) -> None:
    evil = {"sender": "Evil <evil@evil.example>", "Reply_To": str(lead.email)}
    text = "I am out of office until 20 November 2027."
    _send(mailbox, text, run_queue, Auto_Submitted="auto-replied", **evil)
    enrolled.refresh_from_db()
    assert enrolled.state == "active"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Reply_To": "elsewhere@evil.example"},
        {"sender": "Marta <m.kowalczyk+news@polna.example>"},
        {"sender": "Team <team@polna.example>", "In_Reply_To": MINE},
    ],
)
def test_their_own_stop_counts_at_once(
    headers: dict[str, str], lead: Lead, mailbox: Mailbox, enrolled: Enrollment, run_queue: Any
) -> None:
    _send(mailbox, "STOP", run_queue, **headers)
    assert Suppression.objects.exists()
