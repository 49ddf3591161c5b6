"""Mail that is too large, too deep, in no known charset, of nobody or all header: each is kept or
put aside with a reason, and the next one is read as if nothing had been."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import ThreadEvent
from outreach.models import Enrollment, InboundMessage, Mailbox
from outreach.services import polling
from outreach.services.transports import transport_for
from outreach.tests.mails import mail, nested

STRANGER = "Somebody <somebody@unknown.example>"


def big() -> bytes:
    return mail("x\r\n" * 3_500_000, sender=STRANGER)


def deep() -> bytes:
    return nested(2000).replace(b"polna", b"unknown")


def no_charset() -> bytes:
    return mail("Grüße", sender=STRANGER).replace(b"utf-8", b"x-unknown-99")


def no_sender() -> bytes:
    return b"Subject: hi\r\nMessage-ID: <n@unknown.example>\r\n\r\nWho am I?\r\n"


def nothing_but_header() -> bytes:
    lines = b"".join(b"X-Header-%d: y\r\n" % number for number in range(50_000))
    return lines + b"From: h@unknown.example\r\n\r\nhi"


def long_header() -> bytes:
    return mail("hi", sender=STRANGER, X_Long="z" * 2_000_000)


def broken_words() -> bytes:
    return mail("hi", sender="=?x-none?B?////?= <a@unknown.example>", subject="=?utf-8?Q?=FF=FE?=")


def broken_base64() -> bytes:
    return mail("!!!not base64!!!", sender=STRANGER, Content_Transfer_Encoding="base64")


def no_header() -> bytes:
    return b"just some words\r\n"


def zeros() -> bytes:
    return b"From: \xff\xfe\x00\r\n\r\n" + b"\x00" * 100_000


def empty() -> bytes:
    return b""


def endless_boundary() -> bytes:
    head = mail("", sender=STRANGER).replace(b"text/plain", b'multipart/mixed; boundary="b"')
    return head + b"\r\n--b\r\n\r\n" * 20_000


KINDS = (
    big, deep, no_charset, no_sender, nothing_but_header, long_header, broken_words, broken_base64,
    no_header, zeros, empty, endless_boundary,
)  # fmt: skip


@pytest.fixture
def box(mailbox: Mailbox, workspace: Any, settings: Any) -> Mailbox:
    settings.MAIL_SIZE_LIMIT = 5 * 1024 * 1024
    Mailbox.objects.update(poll_from=timezone.now() - timedelta(hours=1))
    mailbox.refresh_from_db()
    return mailbox


def deliver(box: Mailbox, *contents: bytes) -> int:
    """Put them into the mailbox; returns the uid of the last one."""
    transport: Any = transport_for(box)
    return max(transport.deliver(content) for content in contents)


def poll(box: Mailbox) -> int:
    box.refresh_from_db()
    return polling.poll(box)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_kept_and_the_cursor_moves_on(
    kind: Any, box: Mailbox, lead: Any, sequence: Any
) -> None:
    row = Enrollment.objects.create(lead=lead, sequence=sequence, mailbox=box)
    last = deliver(box, kind(), mail("I am fine."))
    assert poll(box) == 2
    box.refresh_from_db()
    assert (box.last_uid, box.poll_error, box.state) == (last, "", "active")
    hostile, good = InboundMessage.objects.order_by("uid")
    assert hostile.state in ("quarantined", "ignored") and hostile.reason
    assert (good.state, good.text) == ("threaded", "I am fine.")
    assert ThreadEvent.objects.filter(kind="reply.received").count() == 1
    row.refresh_from_db()
    assert (row.state, row.reason) == ("paused", "replied")
    assert poll(box) == 0 and InboundMessage.objects.count() == 2


@pytest.mark.parametrize("kind", [big, deep])
def test_what_cannot_be_read_waits_in_quarantine(kind: Any, box: Mailbox, lead: Any) -> None:
    deliver(box, kind())
    poll(box)
    row = InboundMessage.objects.get()
    assert row.state == "quarantined" and row.reason and not row.full_text


@pytest.mark.parametrize("kind", [deep, no_charset, broken_base64, long_header])
def test_of_a_lead_it_pauses_all_the_same(
    kind: Any, box: Mailbox, lead: Any, sequence: Any
) -> None:
    row = Enrollment.objects.create(lead=lead, sequence=sequence, mailbox=box)
    theirs = kind().replace(b"somebody@unknown.example", str(lead.email).encode())
    deliver(box, theirs.replace(b"kowalczyk@unknown.example", b"kowalczyk@polna.example"))
    poll(box)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("paused", "replied")


def test_all_at_once(box: Mailbox, lead: Any) -> None:
    contents = [kind() for kind in KINDS]
    last = deliver(box, *contents, mail("I am fine."))
    assert poll(box) == len(contents) + 1
    box.refresh_from_db()
    assert box.last_uid == last and InboundMessage.objects.count() == len(contents) + 1
    assert InboundMessage.objects.get(state="threaded").text == "I am fine."
