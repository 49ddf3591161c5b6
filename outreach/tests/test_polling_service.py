"""Polling: the cursor follows the ledger, poison does not stop the next, faults wait longer."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from leads.models import Lead
from outreach.channels.base import ChannelError, Cursor, InboundRaw
from outreach.models import InboundMessage, Mailbox, Task
from outreach.services import polling
from outreach.tests.mails import mail, raw


class Fake:
    """A transport that gives what a test puts there and notes the cursor it was asked with."""

    def __init__(self) -> None:
        self.mails: list[InboundRaw] = []
        self.error: Exception | None = None
        self.asked: list[Cursor] = []

    def fetch(self, cursor: Cursor, limit: int) -> Iterator[InboundRaw]:
        self.asked.append(cursor)
        new = [m for m in self.mails if m.uid > cursor.last_uid]
        yield from new[:limit]
        if self.error:
            raise self.error


@pytest.fixture
def fake(monkeypatch: Any) -> Fake:
    found = Fake()
    monkeypatch.setattr(polling.transports, "transport_for", lambda mailbox: found)
    return found


def _due(**values: Any) -> None:
    Mailbox.objects.update(next_poll_at=None, **values)


def test_new_mail_is_read_once_and_the_cursor_moves(
    mailbox: Mailbox, lead: Lead, fake: Fake
) -> None:
    fake.mails = [raw(mail(f"m{n}"), uid=n, uidvalidity=5) for n in (3, 4)]
    assert polling.poll_all() == 2
    mailbox.refresh_from_db()
    assert (mailbox.uidvalidity, mailbox.last_uid) == (5, 4)
    assert mailbox.last_poll_at and mailbox.next_poll_at
    assert polling.poll_all() == 0 and len(fake.asked) == 1  # not due yet
    _due()
    assert polling.poll_all() == 0
    assert (fake.asked[-1].uidvalidity, fake.asked[-1].last_uid) == (5, 4)


def test_a_poison_mail_is_locked_away_and_the_rest_goes_on(
    mailbox: Mailbox, lead: Lead, fake: Fake, monkeypatch: Any, settings: Any
) -> None:
    real = polling.receiving.receive

    def picky(box: Mailbox, item: InboundRaw) -> InboundMessage:
        if item.uid == 2:
            raise ValueError("poison")
        return real(box, item)

    monkeypatch.setattr(polling.receiving, "receive", picky)
    fake.mails = [raw(mail(f"m{n}"), uid=n, uidvalidity=5) for n in (1, 2, 3)]
    assert polling.poll_all() == 3
    bad = InboundMessage.objects.get(state="quarantined")
    assert bad.uid == 2 and "ValueError" in bad.reason
    assert (settings.DATA_DIR / "mail" / bad.raw_path).read_bytes() == fake.mails[1].raw
    assert InboundMessage.objects.filter(state="threaded").count() == 2
    mailbox.refresh_from_db()
    assert mailbox.last_uid == 3


def test_a_busy_database_loses_nothing(
    mailbox: Mailbox, lead: Lead, fake: Fake, monkeypatch: Any
) -> None:
    def locked(*_: Any) -> None:
        raise OperationalError("database is locked")

    fake.mails = [raw(mail(), uid=1, uidvalidity=5)]
    monkeypatch.setattr(polling.receiving, "receive", locked)
    with pytest.raises(OperationalError):
        polling.poll_all()
    mailbox.refresh_from_db()
    assert mailbox.last_uid == 0 and mailbox.next_poll_at is None
    monkeypatch.undo()


def test_one_broken_mailbox_does_not_stop_the_others(
    mailbox: Mailbox, rep: Any, lead: Lead, monkeypatch: Any
) -> None:
    other = Mailbox.objects.create(user=rep, address="b@halden.example", from_name="B")
    Mailbox.objects.filter(pk=other.pk).update(imap_host="x")
    good, bad = Fake(), Fake()
    good.mails = [raw(mail(), uid=1)]
    bad.error = ChannelError("x did not answer in time.", permanent=False, scope="provider")
    monkeypatch.setattr(
        polling.transports, "transport_for", lambda box: good if box.pk == mailbox.pk else bad
    )
    assert polling.poll_all() == 1
    other.refresh_from_db()
    assert other.poll_error == "x did not answer in time." and other.state == "active"


def test_faults_wait_longer_each_time_and_a_success_forgets_them(
    mailbox: Mailbox, fake: Fake
) -> None:
    fake.error = ChannelError("Down.", permanent=False, scope="provider", code="connect")
    waits = []
    for _ in range(7):
        _due()
        polling.poll_all()
        mailbox.refresh_from_db()
        assert mailbox.next_poll_at
        waits.append(round((mailbox.next_poll_at - timezone.now()).total_seconds() / 60))
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert mailbox.state == "active"
    fake.error = None
    _due()
    polling.poll_all()
    mailbox.refresh_from_db()
    assert (mailbox.poll_error, mailbox.poll_failures) == ("", 0)


def test_a_refused_password_pauses_after_three_and_tells_the_user(
    mailbox: Mailbox, fake: Fake, rep: Any
) -> None:
    fake.error = ChannelError("No.", permanent=True, scope="mailbox", code="auth")
    for number in range(1, 4):
        _due()
        polling.poll_all()
        mailbox.refresh_from_db()
        assert (mailbox.state == "paused") == (number == 3)
    assert mailbox.paused_reason == "Sign-in does not work. No."
    assert Task.objects.get().owner == rep


def test_paused_mailboxes_are_still_read_and_switched_off_ones_not(
    mailbox: Mailbox, lead: Lead, fake: Fake
) -> None:
    fake.mails = [raw(mail(), uid=1)]
    _due(state="off")
    assert polling.poll_all() == 0
    _due(state="paused")
    assert polling.poll_all() == 1


def test_two_polls_do_not_meet(mailbox: Mailbox, fake: Fake) -> None:
    now = timezone.now()
    Mailbox.objects.update(next_poll_at=now + timedelta(minutes=5))
    assert polling._poll_one(mailbox.pk, now) == 0 and not fake.asked


def test_a_password_that_cannot_be_read_is_told(
    mailbox: Mailbox, settings: Any, fake: Fake
) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(password="secret")
    settings.SECRET_KEY = "another " * 8
    polling.poll_all()
    row = Mailbox.objects.defer("password").get()
    assert "Enter it again" in row.poll_error


def test_a_mailbox_without_a_reading_server_is_left_alone(rep: Any, db: None, fake: Fake) -> None:
    Mailbox.objects.create(user=rep, address="s@own.example", from_name="S", smtp_host="x")
    assert polling.poll_all() == 0 and not fake.asked


def test_a_new_uidvalidity_starts_anew_without_doubles(
    mailbox: Mailbox, lead: Lead, fake: Fake
) -> None:
    contents = [mail(f"m{n}") for n in range(3)]
    fake.mails = [raw(c, uid=n + 10, uidvalidity=1) for n, c in enumerate(contents)]
    polling.poll_all()
    fake.mails = [raw(c, uid=n + 1, uidvalidity=2) for n, c in enumerate(contents)]
    _due(last_uid=0)  # what the transport does when the number differs
    assert polling.poll_all() == 3
    mailbox.refresh_from_db()
    assert (mailbox.uidvalidity, mailbox.last_uid) == (2, 3)
    assert InboundMessage.objects.count() == 3


def test_reading_from_the_demo_folder(mailbox: Mailbox, lead: Lead) -> None:
    from outreach.services.transports import transport_for

    transport_for(mailbox).deliver(mail("Hello"))  # type: ignore[attr-defined]
    assert polling.poll_all() == 1
    assert InboundMessage.objects.get().lead == lead
