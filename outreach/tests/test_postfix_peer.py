"""Delivery reports as Debian's postfix writes them: sent by our SMTP transport, bounced by the far
side, read from dovecot by our IMAP poll. Nothing in between is ours."""

import smtplib
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Suppression, ThreadEvent
from outreach.models import Enrollment, InboundMessage, Mailbox, Task, Touch
from outreach.services import polling, sending
from outreach.tests.fault_world import at_server, person, sequence_touch, state
from outreach.tests.peers import PASSWORD, USER
from salesagent.tests.peers.postfix import Postfix

pytestmark = [pytest.mark.peer, pytest.mark.django_db]


@pytest.fixture
def box(workspace: Any, mailbox: Mailbox, postfix_relay: Postfix) -> Mailbox:
    """Sends through postfix, reads from dovecot."""
    at_server(mailbox, postfix_relay.port)
    Mailbox.objects.update(
        address=USER, username="", min_gap=0, daily_cap=1000, imap_host="127.0.0.1",
        imap_port=postfix_relay.dovecot.port, imap_security="none",
        poll_from=timezone.now() - timedelta(hours=1),
    )  # fmt: skip
    mailbox.refresh_from_db()
    return mailbox


def send_to(address: str, box: Mailbox, sequence: Any, number: int = 1) -> Touch:
    """The first touch of a new person of a sequence goes out; `kind` manual goes at any hour."""
    now = timezone.now()
    one = person(box.user, number, email=address)
    touch = sequence_touch(
        one, box, sequence, now, kind=Touch.Kind.MANUAL, due_at=now - timedelta(minutes=1),
        message_id=f"<{number}.{now:%f}@halden.example>",
    )  # fmt: skip
    assert sending.send_due(now).sent == 1 and state(touch) == "sent"
    return touch


def read(box: Mailbox) -> int:
    """What the poll gives; the connection has a name and a password."""
    Mailbox.objects.filter(pk=box.pk).update(username=USER, password=PASSWORD)
    box.refresh_from_db()
    count = polling.poll(box)
    Mailbox.objects.filter(pk=box.pk).update(username="")  # postfix here takes mail without
    box.refresh_from_db()
    assert box.poll_error == ""
    return count


def report_on(touch: Touch) -> dict[str, Any]:
    event = ThreadEvent.objects.get(lead=touch.lead, kind="touch.bounced")
    assert event.data["touch"] == touch.pk and "unproven" not in event.data
    return dict(event.data)


def nobody_answered(touch: Touch) -> None:
    """A report is no answer: no reply, no line to answer, nothing that looks like a sign."""
    kinds = set(ThreadEvent.objects.filter(lead=touch.lead).values_list("kind", flat=True))
    assert not kinds & {"reply.received", "autoreply.received"}
    assert not Task.objects.filter(kind=Task.Kind.ANSWER).exists()
    touch.lead.refresh_from_db()
    assert touch.lead.stage != "engaged" and touch.lead.last_sign == ""
    assert set(InboundMessage.objects.values_list("state", flat=True)) == {"threaded"}


def enrollment_of(touch: Touch) -> tuple[str, str]:
    row = Enrollment.objects.get(pk=touch.enrollment_id)
    return row.state, row.reason


@pytest.mark.parametrize("who", ["unknown", "old", "nodomain"])
def test_no_such_address_is_suppressed_and_the_sequence_stops(
    who: str, box: Mailbox, sequence: Any, postfix_relay: Postfix, run_queue: Any
) -> None:
    touch = send_to(f"{who}@polna.example", box, sequence)
    postfix_relay.bounces()
    assert read(box) == 1
    assert report_on(touch)["kind"] == "hard"
    run_queue()
    found = Suppression.objects.get()
    assert (found.reason, found.channel) == ("hard_bounce", "email")
    assert enrollment_of(touch) == ("stopped", "hard_bounce")
    box.refresh_from_db()
    assert box.state == "active"
    nobody_answered(touch)


def test_a_full_mailbox_is_noted_and_nothing_else(
    box: Mailbox, sequence: Any, postfix_relay: Postfix, run_queue: Any
) -> None:
    touch = send_to("full@polna.example", box, sequence)
    postfix_relay.bounces()
    assert read(box) == 1
    run_queue()
    assert report_on(touch)["kind"] == "soft" and report_on(touch)["status"] == "5.2.2"
    assert not Suppression.objects.exists()
    assert enrollment_of(touch)[0] == "active"
    nobody_answered(touch)


def test_three_refusals_because_of_us_pause_the_mailbox_and_suppress_nobody(
    box: Mailbox, sequence: Any, postfix_relay: Postfix, run_queue: Any
) -> None:
    touches = []
    for number in (1, 2, 3):
        box.refresh_from_db()
        assert box.state == "active"
        touches.append(send_to(f"policy+{number}@polna.example", box, sequence, number))
        postfix_relay.bounces(number)
        assert read(box) == 1
    run_queue()
    assert all(report_on(touch)["policy"] for touch in touches)
    assert (box.state, box.paused_code) == ("paused", "policy")
    assert not Suppression.objects.exists()
    assert {enrollment_of(touch)[0] for touch in touches} == {"active"}
    nobody_answered(touches[0])


def test_given_up_after_later_is_soft(
    box: Mailbox, sequence: Any, postfix_relay: Postfix, run_queue: Any
) -> None:
    touch = send_to("greylist@polna.example", box, sequence)
    postfix_relay.wait(lambda: len(postfix_relay.far.refused) >= 1)
    postfix_relay.flush()
    assert read(box) == 0  # it still tries: nothing to report
    postfix_relay.expire()
    postfix_relay.bounces()
    assert read(box) == 1
    run_queue()
    report = report_on(touch)
    assert report["kind"] == "soft" and report["status"].startswith("4.")
    assert not Suppression.objects.exists() and enrollment_of(touch)[0] == "active"
    nobody_answered(touch)


def test_an_answer_that_comes_the_same_way_is_one(
    box: Mailbox, sequence: Any, postfix_relay: Postfix
) -> None:
    """A person who writes after a report on somebody else: told apart in one poll."""
    bounced = send_to("unknown@polna.example", box, sequence)
    reached = send_to("marta@polna.example", box, sequence, 2)
    arrived = postfix_relay.arrived()[0]
    assert arrived[1] == ["marta@polna.example"] and b"List-Unsubscribe" in arrived[2]
    reply = EmailMessage()
    reply["From"], reply["To"], reply["Subject"] = "marta@polna.example", USER, "Re: Question"
    reply["Message-ID"], reply["In-Reply-To"] = "<answer@polna.example>", str(reached.message_id)
    reply.set_content("Tuesday works.")
    with smtplib.SMTP("127.0.0.1", postfix_relay.port) as server:
        server.send_message(reply)
    postfix_relay.bounces(2)
    assert read(box) == 2
    answered = ThreadEvent.objects.get(kind="reply.received")
    assert (answered.lead, answered.body) == (reached.lead, "Tuesday works.")
    assert enrollment_of(reached) == ("paused", "replied")
    assert enrollment_of(bounced) == ("stopped", "hard_bounce")


def test_seen_twice_it_counts_once(box: Mailbox, sequence: Any, postfix_relay: Postfix) -> None:
    """The poll dies after reading, or the server starts its numbers anew."""
    touch = send_to("unknown@polna.example", box, sequence)
    postfix_relay.bounces()
    assert read(box) == 1
    Mailbox.objects.update(last_uid=0, uidvalidity=0)
    assert read(box) == 1
    assert InboundMessage.objects.count() == 1 and report_on(touch)["kind"] == "hard"
    assert Suppression.objects.count() == 1
