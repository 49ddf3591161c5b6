"""A mailbox that does harm stops by itself, says why with numbers, and starts anew by hand."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads import thread
from leads.models import Lead, Suppression, ThreadEvent
from leads.services import suppression
from outreach.channels.base import ChannelError
from outreach.models import Mailbox, Task, Touch
from outreach.services import guards, inbound, mailboxes, send_faults
from outreach.tests.mails import bounce, mail, raw

NOW = timezone.now()


@pytest.fixture
def send(lead: Lead, mailbox: Mailbox) -> Any:
    """Send `count` messages; their touches."""

    def go(count: int, days_ago: float = 1) -> list[Touch]:
        at = NOW - timedelta(days=days_ago)
        have = Touch.objects.count()
        return Touch.objects.bulk_create(
            Touch(
                lead=lead,
                channel="email",
                mailbox=mailbox,
                state="sent",
                to_address=lead.email,
                message_id=f"<{number}@halden.example>",
                due_at=at,
                sent_at=at,
            )
            for number in range(have, have + count)
        )

    return go


def _back(touch: Touch, kind: str = "soft", **data: Any) -> None:
    thread.record(
        lead=touch.lead,
        kind="touch.bounced",
        actor="system",
        data={"touch": touch.pk, "mailbox": touch.mailbox_id, "kind": kind, **data},
        occurred_at=NOW,
    )


def _checked(mailbox: Mailbox) -> guards.Health:
    mailbox.refresh_from_db()
    found = guards.check(mailbox, timezone.now())
    mailbox.refresh_from_db()
    return found


@pytest.mark.parametrize(
    ("sent", "bounces", "complaints", "state"),
    [
        (0, 0, 0, "few"),
        (19, 2, 0, "few"),
        (19, 3, 0, "bad"),  # a storm needs no hundred messages
        (20, 0, 0, "good"),
        (20, 1, 0, "good"),
        (40, 2, 0, "bad"),
        (41, 2, 0, "warn"),
        (100, 2, 0, "warn"),
        (101, 2, 0, "good"),
        (100, 5, 0, "bad"),
        (500, 0, 1, "warn"),
        (5, 0, 1, "warn"),
        (1000, 0, 1, "warn"),
        (1001, 0, 1, "good"),
        (50, 0, 2, "bad"),
        (999, 0, 2, "bad"),
        (1000, 0, 2, "warn"),
        (1000, 0, 3, "bad"),
    ],
)
def test_limits(sent: int, bounces: int, complaints: int, state: str) -> None:
    found = guards._judge(sent, bounces, complaints)
    assert found.state == state
    assert 0 <= found.bounce_rate <= 1


def test_a_bounce_storm_pauses_with_the_numbers(mailbox: Mailbox, send: Any) -> None:
    touches = send(60)
    for touch in touches[:2]:
        _back(touch)
    assert _checked(mailbox).state == "warn" and mailbox.state == "active"
    _back(touches[2], "hard")
    found = _checked(mailbox)
    assert (found.sent, found.bounces, found.bounce_rate) == (60, 3, 0.05)
    assert (mailbox.state, mailbox.paused_code) == ("paused", "bounces")
    assert "Of 60 messages in 7 days 3 came back (5 %)" in mailbox.paused_reason
    assert Task.objects.filter(title=f"{mailbox.address} is paused").count() == 1
    _checked(mailbox)
    assert Task.objects.filter(title=f"{mailbox.address} is paused").count() == 1


def test_what_does_not_count(mailbox: Mailbox, send: Any) -> None:
    touches = send(30)
    old = send(10, days_ago=8)
    for touch in touches[:6]:
        _back(touch, delayed=True)
        _back(touch, unproven=True)
    for touch in old:
        _back(touch)
    _back(touches[0])
    _back(touches[0], "hard")  # the same message
    found = _checked(mailbox)
    assert (found.sent, found.bounces, found.state) == (30, 1, "good")


def test_two_complaints_pause(mailbox: Mailbox, send: Any, lead: Lead) -> None:
    touches = send(200)
    inbound.receive(mailbox, raw(bounce(touches[0].message_id, kind="feedback-report")))
    mailbox.refresh_from_db()
    assert mailbox.state == "active"
    warning = Task.objects.get(title__startswith=f"Mail from {mailbox.address}")
    assert warning.kind == "attention" and "1 person complained (0.5 %)" in warning.why
    inbound.receive(mailbox, raw(bounce(touches[1].message_id, kind="feedback-report")))
    mailbox.refresh_from_db()
    assert (mailbox.state, mailbox.paused_code) == ("paused", "complaints")
    assert "2 people complained (1 %)" in mailbox.paused_reason


def test_a_complaint_is_for_good(mailbox: Mailbox, send: Any, lead: Lead) -> None:
    [touch] = send(1)
    inbound.receive(mailbox, raw(bounce(touch.message_id, kind="feedback-report")))
    assert all(suppression.is_suppressed(lead, channel) for channel in ("email", "sms", "phone"))
    with pytest.raises(suppression.SuppressionError):
        suppression.lift(address=lead.email, channel="all", actor="user:1")
    with pytest.raises(suppression.SuppressionError):
        suppression.lift_row(Suppression.objects.get(), actor="user:1", reason="x")


def test_a_failed_signature_is_no_complaint(mailbox: Mailbox, send: Any) -> None:
    [touch] = send(1)
    report = bounce(touch.message_id, kind="feedback-report")
    inbound.receive(mailbox, raw(report.replace(b"Type: abuse", b"Type: auth-failure")))
    assert not Suppression.objects.exists()
    assert ThreadEvent.objects.get(kind="touch.bounced").data["policy"] is True


def test_resuming_starts_the_count_anew(mailbox: Mailbox, send: Any, rep: Any) -> None:
    touches = send(20)
    for touch in touches[:4]:
        _back(touch)
    _checked(mailbox)
    assert mailbox.state == "paused"
    assert mailboxes.resume(mailbox, user=rep)
    for touch in touches[4:8]:  # late reports on what went out before
        _back(touch)
    found = _checked(mailbox)
    assert (mailbox.state, mailbox.paused_code, found.state) == ("active", "", "few")
    assert found.text == "Nothing was sent in the last 7 days."


def test_a_warning_comes_once_a_day(mailbox: Mailbox, send: Any) -> None:
    for touch in send(100)[:2]:
        _back(touch)
    for _ in range(3):
        assert guards.check_all() == 1
    assert Task.objects.count() == 1
    assert guards.check_all(NOW + timedelta(days=1, hours=1)) == 1
    assert Task.objects.count() == 2


def test_three_policy_reports_in_a_row_pause_and_suppress_nobody(
    mailbox: Mailbox, send: Any, lead: Lead
) -> None:
    touches = send(200)
    for number, touch in enumerate(touches[:3]):
        assert mailbox.state == "active", number
        inbound.receive(mailbox, raw(bounce(touch.message_id, status="5.7.515")))
        mailbox.refresh_from_db()
    assert (mailbox.state, mailbox.paused_code) == ("paused", "policy")
    assert "rejected by policy" in mailbox.paused_reason
    assert not Suppression.objects.exists()
    assert not suppression.is_suppressed(lead, "email")


def test_another_report_between_them_breaks_the_row(mailbox: Mailbox, send: Any) -> None:
    touches = send(300)
    for touch, status in zip(touches, ["5.7.1", "5.7.1", "5.2.2", "5.7.1"], strict=False):
        inbound.receive(mailbox, raw(bounce(touch.message_id, status=status)))
    mailbox.refresh_from_db()
    assert mailbox.state == "active"


def test_refusals_while_sending_count(mailbox: Mailbox, send: Any, lead: Lead) -> None:
    send(30)
    error = ChannelError("No such user", permanent=True, scope="recipient", code="no_such_address")
    for number in range(2):
        touch = Touch.objects.create(
            lead=lead,
            channel="email",
            mailbox=mailbox,
            state="failed",
            to_address=f"x{number}@polna.example",
            due_at=NOW,
        )
        send_faults.recipient_trouble(touch, error)
        send_faults.recipient_trouble(touch, error)
    mailbox.refresh_from_db()
    assert (mailbox.state, mailbox.paused_code) == ("paused", "bounces")
    found = guards.health(mailbox, timezone.now())
    assert (found.sent, found.bounces) == (32, 2)


def test_an_automatic_answer_neither_counts_nor_suppresses(
    mailbox: Mailbox, send: Any, lead: Lead
) -> None:
    [touch] = send(1)
    away = mail("I am away.", In_Reply_To=touch.message_id, Auto_Submitted="auto-replied")
    inbound.receive(mailbox, raw(away))
    assert not ThreadEvent.objects.filter(kind__in=("touch.bounced", "reply.received")).exists()
    assert not Suppression.objects.exists()


def test_reports_on_a_broken_message_still_name_it(mailbox: Mailbox, send: Any) -> None:
    [touch] = send(1)
    words = (
        "Sorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the "
        f"message.\n\nReceived: (qmail 1)\nMessage-ID:\n {touch.message_id}\nSubject: x\n"
    )
    sender = "MAILER-DAEMON@mx.polna.example"
    inbound.receive(mailbox, raw(mail(words, sender=sender, subject="failure notice")))
    assert Suppression.objects.get().reason == "hard_bounce"


def test_the_queries_do_not_grow(
    mailbox: Mailbox, send: Any, django_assert_num_queries: Any
) -> None:
    for touch in send(200)[:3]:
        _back(touch)
    with django_assert_num_queries(3):
        guards.health(mailbox, timezone.now())


@pytest.mark.parametrize("said", [{}, {"policy": True}, {"kind": "complaint"}])
def test_strangers_who_fill_in_the_form_cannot_pause_a_mailbox(
    mailbox: Mailbox, send: Any, said: dict[str, Any]
) -> None:
    """Confirmations go wherever the form says; what comes back of them does not count."""
    touches = send(3)
    Touch.objects.update(kind="confirmation")
    for touch in touches:
        _back(touch, **{"kind": "hard", **said})
    assert _checked(mailbox).sent == 0
    assert mailbox.state == "active"


def test_all_at_once_is_the_same(
    send: Any, lead: Lead, mailbox: Mailbox, mate: Any, django_assert_num_queries: Any
) -> None:
    other = Mailbox.objects.create(user=mate, address="mate@own.example", guards_since=NOW)
    touches = send(30)
    _back(touches[0])
    _back(touches[1], "complaint")
    _back(touches[2], delayed=True)
    send(2, days_ago=9)
    Touch.objects.filter(pk=touches[0].pk).update(state="failed", sent_at=None)
    Touch.objects.filter(pk=touches[5].pk).update(mailbox=other)  # before its count began anew
    now = timezone.now()
    with django_assert_num_queries(3):
        found = guards.healths([mailbox, other], now)
    assert found == {box.pk: guards.health(box, now) for box in (mailbox, other)}
    assert (found[mailbox.pk].bounces, found[mailbox.pk].complaints) == (1, 1)
    assert found[other.pk].state == "few" and guards.healths([], now) == {}
