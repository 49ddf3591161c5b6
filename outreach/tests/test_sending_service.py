"""Each approved touch leaves once, or not at all with a reason, or ends in front of a person."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from leads.models import Company, Lead, Suppression, ThreadEvent
from leads.services.suppression import suppress
from outreach.channels.base import ChannelError
from outreach.channels.fake import Fake
from outreach.models import Enrollment, Mailbox, Task, Touch
from outreach.services import enrollment as enrollments
from outreach.services import planning, policy, send_states, sending

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # 11:00 in Warsaw
BUSY = ChannelError("later", permanent=False, scope="recipient", code="busy")
DROPPED = ChannelError("gone", permanent=False, scope="provider", unknown=True, code="dropped")
NO_SUCH = ChannelError("no such", permanent=True, scope="recipient", code="no_such_address")
REJECTED = ChannelError("too big", permanent=True, scope="recipient", code="too_big")
POLICY = ChannelError("spam", permanent=True, scope="mailbox", code="policy")
AUTH = ChannelError("bad password", permanent=True, scope="mailbox", code="auth")
DOWN = ChannelError("no answer", permanent=False, scope="provider", code="connect")


@pytest.fixture(autouse=True)
def _fake_mail(settings: Any) -> None:
    Fake.reset()
    settings.CHANNELS = {**settings.CHANNELS, "email": "outreach.channels.fake.Fake"}


@pytest.fixture
def workspace(workspace: Any) -> Any:
    """No gap between messages."""
    workspace.mailbox_min_gap = 0
    workspace.save()
    return workspace


@pytest.fixture
def mailbox(workspace: Any, mailbox: Any) -> Any:
    return mailbox


def approve(lead: Any, mailbox: Any, number: int = 1, **changes: Any) -> Touch:
    values = {
        "lead": lead,
        "mailbox": mailbox,
        "kind": Touch.Kind.MANUAL,
        "channel": "email",
        "to_address": lead.email,
        "subject": f"Question {number}",
        "body": f"Text {number}",
        "state": Touch.State.APPROVED,
        "due_at": TUESDAY - timedelta(hours=1),
        "message_id": f"<{number}@halden.example>",
        "approved_by": lead.owner,
    } | changes
    touch = Touch(**values)
    touch.approved_hash = changes.get("approved_hash", policy.text_hash(touch))
    touch.save()
    return touch


def sequence_touch(lead: Any, mailbox: Any, sequence: Any, **changes: Any) -> Touch:
    row = enrollments.enroll(lead, sequence, user=lead.owner, mailbox=mailbox, now=TUESDAY)
    step = planning.step_after(row)
    assert step is not None
    given = {"kind": Touch.Kind.SEQUENCE, "enrollment": row, "step": step, "step_key": step.key}
    return approve(lead, mailbox, **given | changes)


def state(touch: Touch) -> str:
    touch.refresh_from_db()
    return touch.state


def kinds(lead: Any) -> list[str]:
    return list(ThreadEvent.objects.filter(lead=lead).order_by("id").values_list("kind", flat=True))


def test_an_approved_touch_goes_out_once(lead: Any, mailbox: Any) -> None:
    touch = approve(lead, mailbox, machine_body="Text 0", number=1)
    assert sending.send_due(TUESDAY).sent == 1
    assert sending.send_due(TUESDAY).sent == 0
    assert [message.message_id for message in Fake.sent] == ["<1@halden.example>"]
    assert state(touch) == "sent" and touch.provider_id == "fake-1" and touch.sent_at


def test_the_thread_tells_what_was_sent(lead: Any, mailbox: Any) -> None:
    touch = approve(lead, mailbox, machine_body="Text 0")
    sending.send_due(TUESDAY)
    event = ThreadEvent.objects.get(kind="touch.sent")
    assert (event.body, event.channel, event.direction) == ("Text 1", "email", "out")
    assert event.actor == f"user:{lead.owner_id}"
    assert event.data == {
        "touch": touch.pk,
        "number": 0,
        "kind": "manual",
        "subject": "Question 1",
        "to": lead.email,
        "message_id": "<1@halden.example>",
        "approved_by": lead.owner_id,
        "edited": True,
    }
    lead.refresh_from_db()
    assert lead.stage == "contacted"
    assert lead.last_sign == ""  # what we do is no sign of theirs


def test_the_message_carries_sender_footer_and_the_way_to_stop(lead: Any, mailbox: Any) -> None:
    approve(lead, mailbox, in_reply_to="<0@x>", references="<0@x>")
    sending.send_due(TUESDAY)
    message = Fake.sent[0]
    assert (message.sender, message.sender_name) == ("jonas@halden.example", "Jonas Weber")
    assert message.postal_address == "Kanalgade 4, 5000 Odense, Denmark"
    assert "Polna Bakeries" in message.reason and "Trade fair list" in message.reason
    assert "/u/" in message.unsubscribe_url
    assert message.unsubscribe_mailto == "jonas@halden.example"
    assert (message.in_reply_to, message.references) == ("<0@x>", "<0@x>")


def test_one_connection_for_many_messages(lead: Any, mailbox: Any) -> None:
    for number in range(1, 6):
        approve(lead, mailbox, number)
    assert sending.send_due(TUESDAY).sent == 5
    assert Fake.opened == 1


def test_the_limit_of_a_tick_holds(lead: Any, mailbox: Any) -> None:
    for number in range(1, 6):
        approve(lead, mailbox, number)
    assert sending.send_due(TUESDAY, limit=3).sent == 3
    assert sending.send_due(TUESDAY, limit=3).sent == 2


def test_nothing_due_opens_no_connection(lead: Any, mailbox: Any) -> None:
    approve(lead, mailbox, not_before=TUESDAY + timedelta(seconds=1))
    approve(lead, mailbox, 2, due_at=TUESDAY + timedelta(hours=1))
    approve(lead, mailbox, 3, state=Touch.State.DRAFT)
    assert sending.send_due(TUESDAY) == sending.Sent()
    assert Fake.opened == 0


def test_answers_go_before_the_sequence(lead: Any, mailbox: Any) -> None:
    approve(lead, mailbox, 1)
    approve(lead, mailbox, 2, kind=Touch.Kind.REPLY, due_at=TUESDAY)
    sending.send_due(TUESDAY)
    assert [message.subject for message in Fake.sent] == ["Question 2", "Question 1"]
    assert Fake.sent[0].reason == ""  # an answer to a person explains itself


def test_the_gap_lets_one_message_out(lead: Any, mailbox: Any, workspace: Any) -> None:
    workspace.mailbox_min_gap = 120
    workspace.save()
    first, second = approve(lead, mailbox, 1), approve(lead, mailbox, 2)
    counts = sending.send_due(TUESDAY)
    assert (counts.sent, counts.held) == (1, 1)
    assert state(first) == "sent" and state(second) == "approved"
    assert second.held_code == "mailbox_gap" and second.not_before is None
    mailbox.refresh_from_db()
    assert timedelta(seconds=120) <= mailbox.next_free_at - TUESDAY <= timedelta(seconds=144)
    assert sending.send_due(TUESDAY + timedelta(seconds=119)).sent == 0
    assert sending.send_due(mailbox.next_free_at).sent == 1


def test_a_full_day_waits_for_the_next(lead: Any, mailbox: Any) -> None:
    mailbox.daily_cap = 2
    mailbox.save()
    now = timezone.now()
    for number in range(1, 5):
        approve(lead, mailbox, number, due_at=now)
    counts = sending.send_due(now)
    assert (counts.sent, counts.held) == (2, 1)
    assert sending.send_due(now).sent == 0


def test_text_that_changed_after_approval_stays(lead: Any, mailbox: Any) -> None:
    touch = approve(lead, mailbox)
    Touch.objects.filter(pk=touch.pk).update(body="Other words")
    assert sending.send_due(TUESDAY).held == 1
    assert Fake.sent == [] and state(touch) == "approved" and touch.held_code == "changed"


def test_no_postal_address_no_mail(lead: Any, mailbox: Any, workspace: Any) -> None:
    workspace.postal_address = ""
    workspace.save()
    touch = approve(lead, mailbox)
    sending.send_due(TUESDAY)
    assert Fake.sent == [] and state(touch) == "approved" and "postal" in touch.held_text


def test_unsubscribed_between_approval_and_sending(
    lead: Any, mailbox: Any, sequence: Any, run_queue: Any
) -> None:
    touch = sequence_touch(lead, mailbox, sequence)
    suppress(
        address=lead.email,
        reason=Suppression.Reason.OPTED_OUT,
        source="link",
        actor="lead",
        lead=lead,
    )
    assert sending.send_due(TUESDAY).sent == 0  # before any reaction has run
    assert Fake.sent == [] and state(touch) == "cancelled"
    run_queue()
    assert Enrollment.objects.get().state == "stopped"


def test_replied_between_approval_and_sending(lead: Any, mailbox: Any, sequence: Any) -> None:
    touch = sequence_touch(lead, mailbox, sequence)
    enrollments.pause(touch.enrollment, reason="replied", actor="lead")
    assert sending.send_due(TUESDAY).sent == 0
    assert Fake.sent == [] and state(touch) == "approved" and touch.held_code == "paused"


def test_outside_the_leads_hours_it_waits(lead: Any, mailbox: Any, sequence: Any) -> None:
    touch = sequence_touch(lead, mailbox, sequence)
    night = TUESDAY.replace(hour=22)
    sending.send_due(night)
    assert Fake.sent == [] and state(touch) == "approved" and touch.held_code == "window"
    assert touch.not_before and touch.not_before > night + timedelta(hours=8)


def test_the_next_touch_is_planned(lead: Any, mailbox: Any, sequence: Any) -> None:
    touch = sequence_touch(lead, mailbox, sequence)
    before = touch.enrollment.next_step_key
    assert sending.send_due(TUESDAY).sent == 1
    after = Enrollment.objects.get()
    assert after.next_step_key != before
    assert after.next_due_at and after.next_due_at > TUESDAY - timedelta(days=7)
    assert sending.plan_sent() == 0  # once


def test_a_plan_that_fails_hinders_nothing(
    lead: Any, mailbox: Any, sequence: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(touch: Touch, at: datetime) -> None:
        raise ValueError("no")

    touch = sequence_touch(lead, mailbox, sequence)
    monkeypatch.setattr(planning, "touch_done", broken)
    assert sending.send_due(TUESDAY).sent == 1
    assert state(touch) == "sent"
    monkeypatch.undo()
    assert sending.plan_sent() == 1  # made up for later


# --- faults ---


def test_later_means_the_same_mail_later(lead: Any, mailbox: Any) -> None:
    touch = approve(lead, mailbox)
    Fake.errors = [BUSY]
    assert sending.send_due(TUESDAY).retried == 1
    assert state(touch) == "approved" and touch.attempts == 1 and touch.last_error == "later"
    assert touch.not_before
    wait = touch.not_before - TUESDAY
    assert timedelta(minutes=5) <= wait <= timedelta(minutes=5.25)
    assert sending.send_due(TUESDAY).sent == 0
    assert sending.send_due(touch.not_before).sent == 1
    assert Fake.sent[0].message_id == "<1@halden.example>"


def test_after_two_days_a_person_is_asked(lead: Any, mailbox: Any) -> None:
    touch = approve(lead, mailbox, kind=Touch.Kind.REPLY)
    now = TUESDAY
    for _ in range(len(send_states.BACKOFF) + 1):
        Fake.errors = [BUSY]
        sending.send_due(now)
        touch.refresh_from_db()
        now = touch.not_before or now
    assert state(touch) == "failed"
    assert timedelta(hours=40) < now - TUESDAY < timedelta(hours=48)
    assert Task.objects.get().kind == "attention"
    assert not Suppression.objects.exists()


def test_an_address_that_does_not_exist(lead: Any, mailbox: Any, sequence: Any) -> None:
    touch = sequence_touch(lead, mailbox, sequence)
    Fake.errors = [NO_SUCH]
    assert sending.send_due(TUESDAY).failed == 1
    assert state(touch) == "failed"
    found = Suppression.objects.get()
    assert (found.reason, found.channel) == ("hard_bounce", "email")
    row = Enrollment.objects.get()
    assert (row.state, row.reason) == ("stopped", "hard_bounce")
    assert {"touch.failed", "lead.suppressed"} <= set(kinds(lead))


def test_any_other_refusal_suppresses_nobody(lead: Any, mailbox: Any, sequence: Any) -> None:
    touch = sequence_touch(lead, mailbox, sequence)
    Fake.errors = [REJECTED]
    sending.send_due(TUESDAY)
    assert state(touch) == "failed"
    assert not Suppression.objects.exists()
    row = Enrollment.objects.get()
    assert (row.state, row.reason) == ("paused", "task")
    assert Task.objects.get().title == "A message could not be delivered"


def test_a_refusal_does_not_hinder_the_next(lead: Any, mailbox: Any) -> None:
    approve(lead, mailbox, 1)
    approve(lead, mailbox, 2)
    Fake.errors = [REJECTED]
    counts = sending.send_due(TUESDAY)
    assert (counts.failed, counts.sent) == (1, 1)


def test_three_rejections_in_a_row_pause_the_mailbox(lead: Any, mailbox: Any) -> None:
    touches = [approve(lead, mailbox, number) for number in range(1, 5)]
    for number in range(1, 4):
        Fake.errors = [POLICY]
        sending.send_due(TUESDAY)
        mailbox.refresh_from_db()
        assert mailbox.policy_errors == number
    assert mailbox.state == "paused" and "Three mails" in mailbox.paused_reason
    assert {state(touch) for touch in touches} == {"approved"}
    assert sending.send_due(TUESDAY + timedelta(days=1)) == sending.Sent()
    assert not Suppression.objects.exists()


def test_a_mail_that_goes_out_clears_the_count(lead: Any, mailbox: Any) -> None:
    for number in range(1, 5):
        approve(lead, mailbox, number)
    Fake.errors = [POLICY]
    sending.send_due(TUESDAY)
    sending.send_due(TUESDAY)
    mailbox.refresh_from_db()
    assert (mailbox.policy_errors, mailbox.state) == (0, "active")


@pytest.mark.parametrize("where", ["open", "send"])
def test_a_wrong_password_pauses_the_mailbox_and_keeps_the_touches(
    where: str, lead: Any, mailbox: Any
) -> None:
    touch = approve(lead, mailbox)
    if where == "open":
        Fake.open_error = AUTH
    else:
        Fake.errors = [AUTH]
    sending.send_due(TUESDAY)
    mailbox.refresh_from_db()
    assert (mailbox.state, mailbox.paused_reason) == ("paused", "bad password")
    assert state(touch) == "approved" and touch.attempts == 0
    assert "is paused" in Task.objects.get().title


def test_a_server_that_is_down_rests_the_mailbox(lead: Any, mailbox: Any) -> None:
    touch = approve(lead, mailbox)
    Fake.open_error = DOWN
    sending.send_due(TUESDAY)
    mailbox.refresh_from_db()
    assert mailbox.state == "active" and mailbox.last_error == "no answer"
    assert mailbox.next_free_at == TUESDAY + timedelta(minutes=5)
    assert state(touch) == "approved" and touch.attempts == 0
    Fake.open_error = None
    assert sending.send_due(TUESDAY + timedelta(minutes=6)).sent == 1
    mailbox.refresh_from_db()
    assert mailbox.last_error == ""


def test_not_knowing_is_a_persons_matter(lead: Any, mailbox: Any) -> None:
    first, second = approve(lead, mailbox, 1), approve(lead, mailbox, 2)
    Fake.errors = [DROPPED]
    counts = sending.send_due(TUESDAY)
    assert (counts.unknown, counts.sent) == (1, 0)
    assert state(first) == "unknown" and state(second) == "approved"
    task = Task.objects.get()
    assert (task.kind, task.title, task.touch_id) == ("unknown", "Did this arrive?", first.pk)
    sending.send_due(TUESDAY + timedelta(minutes=6))
    assert [message.message_id for message in Fake.sent] == ["<2@halden.example>"]


def test_an_unreadable_password_pauses_the_mailbox(lead: Any, mailbox: Any, settings: Any) -> None:
    mailbox.password = "secret"
    mailbox.save()
    touch = approve(lead, mailbox)
    settings.SECRET_KEY = "another-key-" + "y" * 40
    sending.send_due(TUESDAY)
    row = Mailbox.objects.defer("password").get()
    assert row.state == "paused" and "password cannot be read" in row.paused_reason
    assert state(touch) == "approved"


def test_a_poison_row_waits_an_hour_and_hinders_nobody(
    lead: Any, mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, bad, last = (approve(lead, mailbox, number) for number in (1, 2, 3))
    real = policy.may_send

    def picky(touch: Touch, *args: Any, **kwargs: Any) -> Any:
        if touch.pk == bad.pk:
            raise ZeroDivisionError
        return real(touch, *args, **kwargs)

    monkeypatch.setattr(policy, "may_send", picky)
    with pytest.raises(ZeroDivisionError):
        sending.send_due(TUESDAY)
    assert state(first) == "sent"  # stored although the next one was poison
    assert bad.pk and state(bad) == "approved" and bad.held_code == "error"
    assert sending.send_due(TUESDAY).sent == 1
    assert state(last) == "sent"


def test_a_stop_between_two_messages_loses_nothing(
    lead: Any, mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = approve(lead, mailbox, 1), approve(lead, mailbox, 2)
    real = Fake.send

    def stop_after(self: Fake, message: Any) -> Any:
        sending.stop_requested.set()
        return real(self, message)

    monkeypatch.setattr(Fake, "send", stop_after)
    try:
        assert sending.send_due(TUESDAY).sent == 1
    finally:
        sending.stop_requested.clear()
    assert state(first) == "sent" and state(second) == "approved"


def test_a_missing_file_holds_the_message(lead: Any, mailbox: Any) -> None:
    touch = approve(lead, mailbox)
    touch.attachments.create(name="offer.pdf", content_type="application/pdf", size=3, path="gone")
    sending.send_due(TUESDAY)
    assert Fake.sent == [] and state(touch) == "approved"
    assert touch.held_text == "The file offer.pdf is no longer there."


# --- after a crash ---


def left_sending(lead: Any, mailbox: Any, **changes: Any) -> Touch:
    import uuid

    return approve(
        lead,
        mailbox,
        state=Touch.State.SENDING,
        claim_token=uuid.uuid4(),
        lease_until=TUESDAY - timedelta(seconds=1),
        attempts=1,
        **changes,
    )


def test_found_in_the_sent_folder_is_sent(lead: Any, mailbox: Any) -> None:
    touch = left_sending(lead, mailbox)
    Fake.known = {"<1@halden.example>": True}
    assert sending.recover(TUESDAY).sent == 1
    assert state(touch) == "sent"
    assert touch.sent_at == TUESDAY - timedelta(seconds=301)
    event = ThreadEvent.objects.get(kind="touch.sent")
    assert event.data["found"] is True
    assert not Task.objects.exists()


@pytest.mark.parametrize("answer", [False, None])
def test_not_found_proves_nothing(answer: bool | None, lead: Any, mailbox: Any) -> None:
    touch = left_sending(lead, mailbox)
    Fake.known = {"<1@halden.example>": answer}
    assert sending.recover(TUESDAY).unknown == 1
    assert state(touch) == "unknown"
    assert sending.send_due(TUESDAY) == sending.Sent()
    assert sending.recover(TUESDAY) == sending.Sent()
    assert Fake.sent == []
    assert Task.objects.get().kind == "unknown"


def test_a_lease_that_runs_is_left_alone(lead: Any, mailbox: Any) -> None:
    touch = left_sending(lead, mailbox)
    assert sending.recover(TUESDAY - timedelta(seconds=2)) == sending.Sent()
    assert state(touch) == "sending"


def test_a_slow_sender_still_tells_that_it_arrived(lead: Any, mailbox: Any) -> None:
    """The lease ran out while the server took its time: the late answer is knowledge."""
    from outreach.channels.base import SendResult

    touch = left_sending(lead, mailbox)
    sending.recover(TUESDAY)
    send_states.to_sent(touch, SendResult("id", TUESDAY))
    assert state(touch) == "sent"
    assert not Task.objects.filter(state="open").exists()


def test_a_person_says_it_arrived(lead: Any, mailbox: Any, rep: Any) -> None:
    touch = left_sending(lead, mailbox)
    sending.recover(TUESDAY)
    assert sending.resolve(touch, True, rep) is True
    assert sending.resolve(touch, False, rep) is False
    assert state(touch) == "sent"
    assert kinds(lead).count("touch.sent") == 1
    assert Task.objects.get().state == "done"


def test_a_person_says_it_did_not(lead: Any, mailbox: Any, rep: Any) -> None:
    touch = left_sending(lead, mailbox, kind=Touch.Kind.REPLY)
    sending.recover(TUESDAY)
    assert sending.resolve(touch, False, rep) is True
    assert state(touch) == "approved"
    assert sending.send_due(timezone.now() + timedelta(days=4)).sent == 1
    assert Fake.sent[0].message_id == "<1@halden.example>"
    assert Task.objects.get().state == "done"


# --- many at once ---


def in_threads(*works: Callable[[], object]) -> None:
    barrier = threading.Barrier(len(works))
    faults: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            work()
        except BaseException as error:  # noqa: BLE001  shown by the assert below
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []


def test_four_workers_send_each_once(crowd: None, workspace: Any, lead: Any, mailbox: Any) -> None:
    for number in range(40):
        approve(lead, mailbox, number)

    def work() -> None:
        for _ in range(4):
            sending.send_due(TUESDAY, limit=10)

    in_threads(*[work] * 4)
    work()  # what each left to the others
    ids = [message.message_id for message in Fake.sent]
    assert sorted(ids) == sorted(f"<{number}@halden.example>" for number in range(40))
    assert Touch.objects.filter(state="sent").count() == 40
    assert ThreadEvent.objects.filter(kind="touch.sent").count() == 40


def test_a_reply_and_a_claim_at_the_same_moment(
    crowd: None,
    workspace: Any,
    rep: Any,
    mailbox: Any,
    sequence: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever commits first wins: no touch is claimed whose pause was committed before."""
    touches = [
        sequence_touch(_person(rep, number), mailbox, sequence, number=number)
        for number in range(12)
    ]
    paused: set[int] = set()
    late: list[int] = []
    real = send_states.to_sending

    def claim(touch: Touch, now: datetime) -> bool:
        if touch.pk in paused:  # committed before, and still claimed
            late.append(touch.pk)
        return real(touch, now)

    def reply() -> None:
        for touch in reversed(touches):
            if enrollments.pause(touch.enrollment, reason="replied", actor="lead"):
                paused.add(touch.pk)

    monkeypatch.setattr(send_states, "to_sending", claim)
    in_threads(lambda: sending.send_due(TUESDAY), reply)
    assert late == []
    assert sending.send_due(TUESDAY).sent == 0  # everybody has answered by now
    sent = Touch.objects.filter(state="sent").count()
    assert sent == len(Fake.sent)
    assert sent + Touch.objects.filter(state="approved", held_code="paused").count() == 12


def _person(rep: Any, number: int) -> Lead:
    company = Company.objects.create(name=f"C{number}", name_key=f"c{number}")
    return Lead.objects.create(
        owner=rep,
        company=company,
        first_name=f"P{number}",
        email=f"p{number}@one{number}.example",
        country="PL",
        time_zone="Europe/Warsaw",
        lawful_basis="consent",
    )
