"""Received mail that lies: reports made up by somebody who knows only an address."""

from typing import Any

import pytest
from django.utils import timezone

from leads.models import Lead, Suppression, ThreadEvent
from outreach.channels.base import InboundRaw
from outreach.models import Enrollment, InboundMessage, Mailbox, Task, Touch
from outreach.services import enrollment, inbound
from outreach.services.receiving import ASK_LIMIT, LOOP_LIMIT

COMPLAINT = "Feedback-Type: abuse\r\nVersion: 1\r\nOriginal-Rcpt-To: <{to}>\r\n"
BOUNCE = (
    "Reporting-MTA: dns; evil.example\r\n\r\nFinal-Recipient: rfc822; {to}\r\n"
    "Action: failed\r\nStatus: 5.1.1\r\n"
)


def _forged(kind: str, fields: str, to: str) -> InboundRaw:
    content = (
        "From: somebody@evil.example\r\nTo: jonas@halden.example\r\nSubject: Report\r\n"
        f'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={kind}; boundary="b"\r\n'
        "\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        f"--b\r\nContent-Type: message/{kind}\r\n\r\n{fields.format(to=to)}\r\n--b--\r\n"
    ).encode()
    return InboundRaw(
        uid=1,
        uidvalidity=1,
        raw=content,
        size=len(content),
        internal_date=timezone.now(),
        envelope={},
    )


@pytest.fixture
def enrolled(lead: Lead, mailbox: Mailbox, sequence: Any, rep: Any, workspace: Any) -> Enrollment:
    now = timezone.now()
    Touch.objects.create(
        lead=lead,
        mailbox=mailbox,
        kind=Touch.Kind.MANUAL,
        channel="email",
        to_address=str(lead.email),
        subject="s",
        body="b",
        state=Touch.State.SENT,
        sent_at=now,
        due_at=now,
        message_id="<secret@halden.example>",
    )
    return enrollment.enroll(lead, sequence, user=rep, mailbox=mailbox)


@pytest.mark.parametrize(
    ("kind", "fields"), [("feedback-report", COMPLAINT), ("delivery-status", BOUNCE)]
)
def test_a_report_that_only_knows_the_address_holds_and_asks(
    kind: str, fields: str, lead: Lead, mailbox: Mailbox, enrolled: Enrollment
) -> None:
    row = inbound.receive(mailbox, _forged(kind, fields, str(lead.email)))
    enrolled.refresh_from_db()
    assert row.lead == lead
    assert not Suppression.objects.exists()
    assert enrolled.state == Enrollment.State.PAUSED
    assert Task.objects.get(kind=Task.Kind.ATTENTION).owner == lead.owner


def _written(number: int, sender: str, header: str = "") -> InboundRaw:
    content = (
        f"From: {sender}\r\nMessage-ID: <n{number}@x.example>\r\nSubject: Hello\r\n{header}"
        f"\r\nWords {number}"
    ).encode()
    return InboundRaw(number, 1, content, len(content), timezone.now(), {})


def test_a_storm_of_machines_does_not_hide_the_person(
    lead: Lead, mailbox: Mailbox, enrolled: Enrollment
) -> None:
    machine = "Auto-Submitted: auto-replied\r\n"
    for number in range(1, 16):
        inbound.receive(mailbox, _written(number, str(lead.email), machine))
    events = ThreadEvent.objects.filter(lead=lead)
    assert events.filter(kind="autoreply.received").count() == LOOP_LIMIT
    inbound.receive(mailbox, _written(99, str(lead.email)))
    enrolled.refresh_from_db()
    assert events.filter(kind="reply.received").count() == 1
    assert enrolled.state == Enrollment.State.PAUSED


def test_a_person_beyond_the_limit_still_pauses(
    lead: Lead, mailbox: Mailbox, enrolled: Enrollment, rep: Any
) -> None:
    for number in range(1, LOOP_LIMIT + 1):
        inbound.receive(mailbox, _written(number, str(lead.email)))
    enrolled.refresh_from_db()
    assert enrollment.resume(enrolled, actor=rep.actor)
    row = inbound.receive(mailbox, _written(99, str(lead.email)))
    enrolled.refresh_from_db()
    assert row.state == "ignored" and enrolled.state == Enrollment.State.PAUSED


def test_strangers_cannot_fill_the_day_with_questions(lead: Lead, mailbox: Mailbox) -> None:
    for number in range(1, ASK_LIMIT + 6):
        sender = f"p{number}@mail.polna.example"
        row = inbound.receive(mailbox, _written(number, sender))
        assert row.state == "unmatched"
    assert Task.objects.filter(kind=Task.Kind.UNMATCHED).count() == ASK_LIMIT
    assert Task.objects.filter(kind=Task.Kind.ATTENTION).count() == 1


@pytest.mark.parametrize("host", ["smtp_host", "imap_host"])
def test_the_stored_password_does_not_go_to_another_server(
    host: str, mailbox: Mailbox, manager: Any, as_user: Any
) -> None:
    box = mailbox
    box.transport, box.username, box.password = "smtp", box.address, "hush-hush-77"
    box.smtp_host, box.imap_host = "smtp.halden.example", "imap.halden.example"
    box.save()
    form = {
        "address": box.address,
        "from_name": "Jonas Weber",
        "username": box.username,
        "password": "",
        "smtp_host": box.smtp_host,
        "smtp_port": "465",
        "smtp_security": "tls",
        "imap_host": box.imap_host,
        "imap_port": "993",
        "imap_security": "tls",
    }
    url = f"/settings/mailboxes/{box.pk}/"
    page = as_user(manager).post(url, form | {host: "evil.example"})
    assert "Enter the password again" in page.content.decode()
    box.refresh_from_db()
    assert getattr(box, host) != "evil.example" and box.password == "hush-hush-77"
    assert as_user(manager).post(url, form).status_code == 302
    given = form | {host: "new.example", "password": "theirs"}
    assert as_user(manager).post(url, given).status_code == 302


def test_a_rule_reaches_no_lead_that_its_setter_does_not_see(
    owner: Any, manager: Any, stranger: Any, lead: Lead, sequence: Any, as_user: Any
) -> None:
    """The sequence is the owner's, who sees all; a manager of its team may edit it."""
    from outreach.services import entering

    sequence.owner = owner
    sequence.save()
    foreign = Lead.objects.create(
        owner=stranger, first_name="F", email="f@f.example", lawful_basis="legitimate_interest"
    )
    rule = {"live": "on", "query": "stage=new"}
    as_user(manager).post(f"/sequences/{sequence.pk}/rule/", rule)
    sequence.refresh_from_db()
    assert list(entering.matching(sequence, owner)) == [lead]
    as_user(owner).post(f"/sequences/{sequence.pk}/rule/", rule)
    sequence.refresh_from_db()
    assert foreign in entering.matching(sequence, owner)
    manager.is_active = owner.is_active = False
    owner.save()
    assert not entering.matching(sequence, owner).exists()


def test_nobody_plants_words_in_the_thread_of_a_lead_they_do_not_see(
    lead: Lead, enrolled: Enrollment, stranger: Any, rep: Any, as_user: Any
) -> None:
    box = Mailbox.objects.create(user=stranger, address="tom@own.example", transport="file")
    row = InboundMessage.objects.create(
        mailbox=box,
        uidvalidity=1,
        uid=1,
        digest="d",
        from_address="x@x.example",
        text="Planted",
        received_at=timezone.now(),
        state=InboundMessage.State.UNMATCHED,
    )
    url = f"/inbound/{row.pk}/new/"
    page = as_user(stranger).post(url, {"new-email": str(lead.email).upper()})
    enrolled.refresh_from_db()
    assert "a colleague&#x27;s lead" in page.content.decode()
    assert enrolled.state == Enrollment.State.ACTIVE
    assert not ThreadEvent.objects.filter(kind="reply.received").exists()
    assert as_user(stranger).post(url, {"new-email": "new@x.example"}).status_code == 302
    assert ThreadEvent.objects.get(kind="reply.received").lead.owner == stranger
