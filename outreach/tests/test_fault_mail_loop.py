"""A machine at the other end that answers everything we send: what it answers is bounded in the
thread, what we send is bounded by the sequence, and no answer of ours is made by itself."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from leads import thread
from leads.models import ThreadEvent
from outreach.channels.base import OutboundMessage
from outreach.channels.fake import Fake
from outreach.models import InboundMessage, Mailbox, Task, Touch
from outreach.services import confirmation, policy, polling, texts_inbound, ticking
from outreach.services import enrollment as enrollments
from outreach.services.receiving import LOOP_LIMIT
from outreach.services.transports import transport_for
from outreach.tests.fault_world import TUESDAY
from outreach.tests.mails import mail
from outreach.tests.texts import came, mobile

AUTO = {"Auto_Submitted": "auto-replied"}
NOTE = "Thank you for your message. I am out of the office and will answer when I am back."
TICKET = "Your request has been received and a ticket was created: [#4711]. Do not reply."


@pytest.fixture(autouse=True)
def _fake_mail(settings: Any, workspace: Any) -> None:
    Fake.reset()
    ticking._bad.clear()
    settings.CHANNELS = {**settings.CHANNELS, "email": "outreach.channels.fake.Fake"}


@pytest.fixture
def box(mailbox: Mailbox) -> Mailbox:
    Mailbox.objects.update(poll_from=TUESDAY - timedelta(days=1), min_gap=0)
    mailbox.refresh_from_db()
    return mailbox


def bot(box: Mailbox, sender: str, text: str, **headers: str) -> Callable[[OutboundMessage], None]:
    """Answers each mail at once, naming it."""

    def answer(message: OutboundMessage) -> None:
        transport: Any = transport_for(box)
        subject = f"Re: {message.subject}"
        content = mail(
            f"{text} {len(Fake.sent)}", sender=sender, subject=subject,
            In_Reply_To=message.message_id, **headers,
        )  # fmt: skip
        transport.deliver(content)

    return answer


def weeks(box: Mailbox, answer: Callable[[OutboundMessage], None], count: int = 4) -> None:
    """Ticks and polls twice a day; a person approves every draft at once."""
    now, answered = datetime(2026, 11, 24, 10, 0, tzinfo=UTC), 0
    end = now + timedelta(weeks=count)
    while now < end:
        with time_machine.travel(now, tick=False):
            ticking.tick()
            for touch in Touch.objects.filter(state="draft"):
                Touch.objects.filter(pk=touch.pk).update(
                    state="approved", approved_hash=policy.text_hash(touch), approved_at=now
                )
            ticking.tick()
            for message in Fake.sent[answered:]:
                answer(message)
            answered = len(Fake.sent)
            box.refresh_from_db()
            polling.poll(box)
        now += timedelta(hours=12)


@pytest.mark.parametrize(
    ("text", "headers", "most"),
    [
        (NOTE, AUTO, 3),  # marked: the sequence of three mails goes its way
        (TICKET, AUTO, 3),
        (TICKET, {}, 3),
        (NOTE, {"Precedence": "bulk"}, 3),
        ("Thanks, noted.", {}, 1),  # looks like a person: held after the first one
        ("", {}, 1),
    ],
)
def test_a_machine_that_answers_everything_gets_the_sequence_at_most(
    text: str, headers: dict[str, str], most: int, box: Mailbox, lead: Any, sequence: Any,
    run_queue: Any,
) -> None:  # fmt: skip
    sequence.steps.exclude(channel="email").delete()
    enrollments.enroll(lead, sequence, user=lead.owner, mailbox=box, now=TUESDAY)
    answer = bot(box, str(lead.email), text, **headers)

    def answer_and_react(message: OutboundMessage) -> None:
        answer(message)
        box.refresh_from_db()
        polling.poll(box)
        run_queue()

    weeks(box, answer_and_react)
    assert 1 <= len(Fake.sent) <= most
    assert len({message.message_id for message in Fake.sent}) == len(Fake.sent)
    assert InboundMessage.objects.count() == len(Fake.sent)
    assert not Touch.objects.exclude(kind=Touch.Kind.SEQUENCE).exists(), "nothing answered it"


@pytest.mark.parametrize(("headers", "kind"), [(AUTO, "autoreply"), ({}, "reply")])
def test_a_machine_gone_wild_is_cut_off_and_told_of_once(
    headers: dict[str, str], kind: str, box: Mailbox, lead: Any, run_queue: Any
) -> None:
    transport: Any = transport_for(box)
    for number in range(120):
        transport.deliver(mail(f"Ping {number}", sender=str(lead.email), **headers))
    Mailbox.objects.update(poll_from=timezone.now() - timedelta(hours=1))
    box.refresh_from_db()
    assert polling.poll(box) == 120
    run_queue()
    assert InboundMessage.objects.count() == 120, "each is kept"
    assert ThreadEvent.objects.filter(kind=f"{kind}.received").count() == LOOP_LIMIT
    assert Task.objects.filter(title="Many messages in a day, perhaps a machine").count() == 1
    assert Task.objects.count() <= 2 and not Touch.objects.exists() and Fake.sent == []


def test_a_bot_at_the_web_form_gets_one_confirmation_a_day_and_it_is_marked(
    box: Mailbox, lead: Any, owner: Any, rep: Any
) -> None:
    """Our only mail that goes out by itself says so, which other machines do not answer."""
    from outreach.services import sending

    confirmation.save(owner, "We have your enquiry", "Hello, we answer within a day.", approve=True)
    for number in range(20):
        event = thread.record(
            lead=lead, kind="lead.inquired", actor="lead", body=f"Enquiry {number}", data={}
        )
        assert event is not None
        confirmation.confirm(event)
        sending.send_due(timezone.now() + timedelta(minutes=1))
    assert Touch.objects.count() == 1 and len(Fake.sent) <= 1
    assert all(message.automatic for message in Fake.sent)


def test_a_machine_that_texts_gets_no_text_back(lead: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(texts_inbound, "FLOOD", 20)
    for number in range(40):
        texts_inbound.receive(came(f"Beep {number}", number + 1, sender=mobile(lead).phone))
    assert ThreadEvent.objects.filter(kind="reply.received").count() <= 20
    assert InboundMessage.objects.count() == 40
    assert not Touch.objects.exists() and Task.objects.filter(kind="answer").count() == 1
