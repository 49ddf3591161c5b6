"""An answer comes in while the next touch is being sent, on each channel that sends by itself.

What decides is the order of the two transactions. The one that records the answer looks at the
touch before it commits: one that is still approved then must never go out.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from leads.models import Lead, ThreadEvent
from leads.services import consent
from outreach.channels.base import ChannelEvent, OutboundMessage, SendResult
from outreach.channels.gmail import GmailTransport
from outreach.channels.sms import Sms
from outreach.channels.smtp import SmtpTransport
from outreach.models import Mailbox, Touch
from outreach.services import receiving, send_states, sending, texts_inbound
from outreach.services.send_batch import Batch
from outreach.tests.fault_world import TUESDAY, at_once, person, sequence_touch, state
from outreach.tests.mails import mail, raw
from salesagent.accounts import connections

CHANNELS = ("smtp", "gmail", "sms")
SID = "SM" + "0" * 32
_numbers = iter(range(1, 10**6))


class Wire:
    """What left, on any channel. `during` runs while a message is being handed over."""

    def __init__(self) -> None:
        self.left: list[str] = []
        self.during: Callable[[], object] = lambda: None

    @contextmanager
    def open(self, *_: Any) -> Iterator["Wire"]:
        yield self

    def send(self, message: Any, sender: str = "", recipient: str = "", **_: Any) -> SendResult:
        self.during()
        self.left.append(message.to if isinstance(message, OutboundMessage) else recipient)
        return SendResult(f"{len(self.left)}", datetime.now(UTC))


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    found = Wire()
    for kind in (SmtpTransport, GmailTransport, Sms):
        monkeypatch.setattr(kind, "open", lambda *_: found.open())
    monkeypatch.setattr(SmtpTransport, "keep_copies", lambda *_: None)
    return found


@pytest.fixture
def box(workspace: Any, mailbox: Mailbox) -> Mailbox:
    """No gap and no cap: they are not what holds a touch here."""
    Mailbox.objects.update(daily_cap=30_000, min_gap=0, transport="smtp")
    connections.save("twilio", account="AC" + "0" * 32, secret={}, settings={"sms_from": "+4915"})
    mailbox.refresh_from_db()
    return mailbox


def ready(rep: Any, box: Mailbox, sequence: Any, channel: str) -> Touch:
    """Somebody new whose next touch is approved and due."""
    number = next(_numbers)
    one = person(rep, number, phone=f"+4850{number:07d}")
    changes: dict[str, Any] = {"message_id": f"<{number}@halden.example>"}
    if channel == "sms":
        consent.record_consent(one, "sms", "form", "yes", "lead")
        changes |= {"channel": "sms", "to_address": one.phone, "subject": ""}
    return sequence_touch(one, box, sequence, **changes)


def answer(touch: Touch) -> None:
    """As the poll and the webhook take it in."""
    if touch.channel == "sms":
        text = ChannelEvent(
            kind="inbound",
            provider_id=SID[:-8] + f"{touch.pk:08d}",
            at=timezone.now(),
            text="Tuesday works.",
            sender=touch.to_address,
            data={"channel": "sms"},
        )
        texts_inbound.receive(text)
        return
    written = mail("Tuesday works.", sender=touch.to_address, In_Reply_To=str(touch.message_id))
    receiving.receive(Mailbox.objects.get(), raw(written))


def use(channel: str) -> None:
    if channel != "sms":
        Mailbox.objects.update(transport=channel)


# --- at each moment ---


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_answer_between_reading_and_claiming_holds_the_touch(
    channel: str, wire: Wire, box: Mailbox, rep: Any, sequence: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    use(channel)
    touch = ready(rep, box, sequence, channel)
    real = Batch.read

    def read(self: Batch, mailbox: Any) -> None:
        real(self, mailbox)
        answer(touch)

    monkeypatch.setattr(Batch, "read", read)
    assert sending.send_due(TUESDAY).held == 1
    assert (state(touch), touch.held_code) == ("approved", "paused") and wire.left == []
    assert sending.send_due(TUESDAY + timedelta(hours=1)).sent == 0 and wire.left == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_answer_while_it_is_handed_over_holds_all_that_follows(
    channel: str, wire: Wire, box: Mailbox, rep: Any, sequence: Any
) -> None:
    use(channel)
    touch = ready(rep, box, sequence, channel)
    wire.during = lambda: answer(touch)
    assert sending.send_due(TUESDAY).sent == 1
    assert state(touch) == "sent" and wire.left == [touch.to_address]
    assert ThreadEvent.objects.filter(lead=touch.lead, kind="touch.sent").count() == 1
    touch.enrollment.refresh_from_db()
    assert (touch.enrollment.state, touch.enrollment.reason) == ("paused", "replied")
    for days in range(1, 30):
        sending.send_due(TUESDAY + timedelta(days=days))
    assert len(wire.left) == 1 and Touch.objects.count() == 1


# --- at any moment ---


def race(touches: list[Touch], order: random.Random) -> dict[int, str]:
    """Send while they answer; the state of each touch as the answer's transaction saw it."""
    seen: dict[int, str] = {}

    def reply() -> None:
        for touch in order.sample(touches, len(touches)):
            with transaction.atomic():
                answer(touch)
                seen[touch.pk] = Touch.objects.values_list("state", flat=True).get(pk=touch.pk)

    at_once(lambda: sending.send_due(TUESDAY), reply)
    return seen


def rounds(count: int, wire: Wire, box: Mailbox, rep: Any, sequence: Any) -> tuple[int, int]:
    """(held, sent) of `count` rounds over all channels, two people in each."""
    order, held, sent = random.Random(9), 0, 0  # noqa: S311  an order, no secret
    for number in range(count):
        channel = CHANNELS[number % len(CHANNELS)]
        use(channel)
        touches = [ready(rep, box, sequence, channel) for _ in range(2)]
        seen = race(touches, order)
        sending.send_due(TUESDAY)  # once more, after all pauses
        for touch in touches:
            left = wire.left.count(touch.to_address)
            if seen[touch.pk] == "approved":
                assert (left, state(touch)) == (0, "approved"), f"round {number}: sent after"
                held += 1
            else:
                assert (left, state(touch)) == (1, "sent"), f"round {number}: {seen}"
                sent += 1
    return held, sent


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Claims that were tried: a race in which nobody claims would show nothing."""
    claims: list[int] = []
    real = send_states.to_sending

    def claim(touch: Touch, now: datetime) -> bool:
        claims.append(touch.pk)
        return real(touch, now)

    monkeypatch.setattr(send_states, "to_sending", claim)
    return claims


def test_answers_and_claims_at_the_same_moment(
    crowd: None, wire: Wire, box: Mailbox, rep: Any, sequence: Any, counted: list[int]
) -> None:
    held, sent = rounds(12, wire, box, rep, sequence)
    assert held + sent == 24 and sent == len(counted) == len(wire.left)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_thousand_rounds_send_nothing_after_a_pause(
    crowd: None, wire: Wire, box: Mailbox, rep: Any, sequence: Any, counted: list[int]
) -> None:
    held, sent = rounds(1000, wire, box, rep, sequence)
    assert held + sent == 2000 and sent == len(counted) == len(wire.left)
    assert min(held, sent) > 20, "both orders were seen"
    assert Lead.objects.count() == 2000
