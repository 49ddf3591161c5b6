"""The whole way over real servers: sent by SMTP, answered into a Maildir, read by IMAP, paused."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Lead, ThreadEvent
from outreach.channels import imap
from outreach.channels.base import ChannelError, Cursor
from outreach.models import Enrollment, InboundMessage, Mailbox, Touch
from outreach.services import inbound, mailboxes, polling, transports
from outreach.tests import peers
from outreach.tests.mails import mail, nested

pytestmark = pytest.mark.peer
MINE = "<0123456789abcdef0123456789abcdef@halden.example>"


@pytest.fixture(scope="module")
def _server() -> Iterator[peers.Dovecot]:
    with peers.dovecot() as found:
        yield found


@pytest.fixture
def server(_server: peers.Dovecot) -> peers.Dovecot:
    """The module's server with an empty inbox."""
    for path in _server.maildir.glob("*/*"):
        if path.is_file():
            path.unlink()
    return _server


@pytest.fixture
def smtp() -> Iterator[peers.Smtp]:
    with peers.smtp_server() as found:
        yield found


@pytest.fixture
def box(rep: Any, server: peers.Dovecot, smtp: peers.Smtp, workspace: Any) -> Mailbox:
    return Mailbox.objects.create(
        user=rep,
        address=peers.USER,
        from_name="Jonas Weber",
        username=peers.USER,
        password=peers.PASSWORD,
        smtp_host="127.0.0.1",
        smtp_port=smtp.port,
        smtp_security="none",
        imap_host="127.0.0.1",
        imap_port=server.port,
        imap_security="none",
        sent_folder="Sent",
        poll_from=timezone.now() - timedelta(hours=1),
    )


@pytest.fixture
def enrolled(lead: Lead, sequence: Any, box: Mailbox) -> Enrollment:
    return Enrollment.objects.create(lead=lead, sequence=sequence, mailbox=box)


@pytest.fixture
def sent(lead: Lead, box: Mailbox, enrolled: Enrollment) -> Touch:
    return Touch.objects.create(
        lead=lead, enrollment=enrolled, channel="email", mailbox=box, state="sent",
        to_address=lead.email, subject="A question", message_id=MINE, due_at=timezone.now(),
        sent_at=timezone.now(),
    )  # fmt: skip


def _poll(box: Mailbox) -> int:
    box.refresh_from_db()
    return polling.poll(box)


def test_sent_answered_read_and_paused(
    box: Mailbox,
    server: peers.Dovecot,
    smtp: peers.Smtp,
    lead: Lead,
    enrolled: Enrollment,
    sent: Touch,
) -> None:
    assert mailboxes.send_test(box, user=box.user) == "rep@own.example"
    assert [message[1] for message in smtp.messages] == [["rep@own.example"]]
    server.deliver(mail("Tuesday works.", In_Reply_To=MINE))
    assert _poll(box) == 1
    enrolled.refresh_from_db()
    assert (enrolled.state, enrolled.reason) == ("paused", "replied")
    assert ThreadEvent.objects.get(kind="reply.received").body == "Tuesday works."
    assert server.flags() == [""]  # still unread for the person
    assert _poll(box) == 0
    box.refresh_from_db()
    assert box.last_uid > 0 and box.last_poll_at and not box.poll_error


def test_a_new_uidvalidity_brings_everything_again_and_nothing_twice(
    box: Mailbox, server: peers.Dovecot, lead: Lead, sent: Touch
) -> None:
    for number in range(5):
        server.deliver(mail(f"Mail {number}", In_Reply_To=MINE))
    assert _poll(box) == 5
    box.refresh_from_db()
    before = box.uidvalidity
    server.new_uidvalidity()
    server.deliver(mail("After", In_Reply_To=MINE))
    assert _poll(box) == 6
    box.refresh_from_db()
    assert box.uidvalidity != before
    assert InboundMessage.objects.count() == 6
    assert ThreadEvent.objects.filter(kind="reply.received").count() == 6
    assert _poll(box) == 0


def test_odd_mails_do_not_stop_the_next_one(
    box: Mailbox, server: peers.Dovecot, lead: Lead, enrolled: Enrollment, settings: Any
) -> None:
    settings.MAIL_SIZE_LIMIT = 5 * 1024 * 1024
    big = mail("x\r\n" * 3_500_000, sender="Big <big@unknown.example>")
    odd = [
        big,
        nested(2000).replace(b"polna", b"unknown"),
        mail("Gr\u00fc\u00dfe", sender="c@unknown.example").replace(b"utf-8", b"x-unknown-99"),
        b"no header at all\r\n",
        b"From: \xff\xfe\r\n\r\n\x00\x01",
        b"".join(b"X-%d: y\r\n" % n for n in range(20_000)) + b"From: h@unknown.example\r\n\r\nhi",
        mail("Copy", sender=f"Jonas <{peers.USER}>"),
    ]
    for content in odd:
        server.deliver(content)
    server.deliver(mail("I am fine."))
    assert _poll(box) == len(odd) + 1
    assert InboundMessage.objects.count() == len(odd) + 1
    assert ThreadEvent.objects.get(kind="reply.received").body == "I am fine."
    large = InboundMessage.objects.get(from_address="big@unknown.example")
    assert large.state == "quarantined" and large.size > 10_000_000 and not large.full_text
    assert InboundMessage.objects.get(reason="Sent from here").from_address == peers.USER


def test_a_mail_of_ten_megabytes_from_a_lead_pauses_without_being_fetched(
    box: Mailbox, server: peers.Dovecot, enrolled: Enrollment, sent: Touch
) -> None:
    server.deliver(mail("x\r\n" * 3_500_000, In_Reply_To=MINE))
    _poll(box)
    enrolled.refresh_from_db()
    assert enrolled.state == "paused"
    assert "Too large to read" in ThreadEvent.objects.get(kind="reply.received").body


def test_mail_from_before_the_connection_is_not_ours(
    box: Mailbox, server: peers.Dovecot, lead: Lead
) -> None:
    server.deliver(mail("Old news"))
    Mailbox.objects.update(poll_from=timezone.now() + timedelta(minutes=1))
    assert _poll(box) == 0 and not InboundMessage.objects.exists()


def test_a_wrong_password_is_told_and_pauses_after_three(
    box: Mailbox, server: peers.Dovecot
) -> None:
    Mailbox.objects.filter(pk=box.pk).update(password="wrong")
    for _ in range(3):
        Mailbox.objects.update(next_poll_at=None)
        polling.poll_all()
    box.refresh_from_db()
    assert "did not accept the user name and password" in box.poll_error
    assert (box.state, box.poll_failures) == ("paused", 3)
    assert box.next_poll_at and box.next_poll_at > timezone.now() + timedelta(minutes=3)


def test_check_tells_that_everything_works(box: Mailbox) -> None:
    steps = mailboxes.test(box)
    assert [step.ok for step in steps] == [True] * len(steps), steps
    assert steps[-1].text == "Copies go into Sent."
    assert "Sent" in mailboxes.folders(box)


def test_check_names_the_folders_when_sent_is_not_there(box: Mailbox) -> None:
    Mailbox.objects.update(sent_folder="Gesendet")
    last = mailboxes.test(box)[-1]
    assert not last.ok and "There are: " in last.text and "INBOX" in last.text


def test_sent_copies_are_kept_and_found(box: Mailbox, server: peers.Dovecot) -> None:
    transport = transports.transport_for(box)
    transport.keep_copies([mail("Ours", message_id=MINE)])
    assert any(MINE.encode() in content for content in server.sent())
    assert transport.find(MINE) is True
    assert transport.find("<nobody@knows.example>") is False


def test_tls_is_checked_against_the_certificate(monkeypatch: Any, box: Mailbox) -> None:
    with peers.dovecot(tls=True) as secure:
        Mailbox.objects.update(imap_security="tls", imap_port=secure.port)
        box.refresh_from_db()
        config = transports.config_for(box)
        with pytest.raises(ChannelError) as refused, imap.open(config):
            pass
        assert refused.value.code == "tls"
        monkeypatch.setenv("SSL_CERT_FILE", str(secure.certificate))
        secure.deliver(mail("Over TLS"))
        with imap.open(config) as opened:
            found = list(opened.fetch(Cursor(), 10))
        assert len(found) == 1 and b"Over TLS" in (found[0].raw or b"")


def test_no_encryption_is_for_this_machine_only(box: Mailbox) -> None:
    Mailbox.objects.update(imap_host="mail.example.com")
    box.refresh_from_db()
    with pytest.raises(ChannelError, match="Without TLS"), imap.open(transports.config_for(box)):
        pass


def test_receiving_stays_right_when_the_poll_dies_half_way(
    box: Mailbox, server: peers.Dovecot, lead: Lead, sent: Touch, monkeypatch: Any
) -> None:
    for number in range(4):
        server.deliver(mail(f"Mail {number}", In_Reply_To=MINE))
    real, calls = inbound.receive, []

    def dies(*args: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        return real(*args)

    monkeypatch.setattr(polling.receiving, "receive", dies)
    assert _poll(box) == 2
    box.refresh_from_db()
    assert "cannot be stored" in box.poll_error
    monkeypatch.undo()
    assert _poll(box) == 2
    assert ThreadEvent.objects.filter(kind="reply.received").count() == 4
