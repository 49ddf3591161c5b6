"""The daily proof: each mail on the server is in the ledger, and what was missed comes in."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from leads.models import Lead, ThreadEvent
from outreach.channels.base import ChannelError, InboundRaw, InventoryItem
from outreach.channels.maildir import FileTransport
from outreach.models import InboundMessage, LedgerCheck, Mailbox, Task, Touch
from outreach.services import ledger_check, polling, transports
from outreach.tests.mails import mail, raw

YESTERDAY = timedelta(days=1)
Deliver = Callable[..., int]


@pytest.fixture
def box(mailbox: Mailbox) -> Mailbox:
    mailbox.poll_from = timezone.now() - timedelta(days=30)
    mailbox.save()
    return mailbox


@pytest.fixture
def deliver(box: Mailbox) -> Deliver:
    """A mail into the folder, `ago` before now."""

    def put(content: bytes, ago: timedelta = YESTERDAY) -> int:
        transport = FileTransport(transports.config_for(box))
        uid = transport.deliver(content)
        moment = (datetime.now(UTC) - ago).timestamp()
        os.utime(transport.folder() / "new" / f"{uid:010d}.eml", (moment, moment))
        return uid

    return put


def _numbers(row: LedgerCheck) -> tuple[int, ...]:
    return (row.on_server, row.threaded, row.ignored, row.waiting, row.missing, row.fetched)


def test_every_mail_is_accounted_for(box: Mailbox, lead: Lead, deliver: Deliver) -> None:
    deliver(mail("Yes."))
    deliver(mail("Sale!", sender="shop@else.example", subject="Sale"))
    deliver(mail("Who is in charge?", sender="Jan Nowak <jan@polna.example>", subject="Hello"))
    polling.poll(box)
    row = ledger_check.check(box)
    assert _numbers(row) == (3, 1, 1, 1, 0, 0)
    assert ledger_check.sentence(row) == (
        "All 3 messages of the last 7 days are accounted for: 1 in threads, 1 not from leads, "
        "1 waits for you."
    )


def test_what_a_poll_has_passed_by_comes_in_now(box: Mailbox, lead: Lead, deliver: Deliver) -> None:
    deliver(mail("Yes, Thursday."))
    Mailbox.objects.filter(pk=box.pk).update(last_uid=50, uidvalidity=1)  # a cursor gone wrong
    box.refresh_from_db()
    assert polling.poll(box) == 0
    row = ledger_check.check(box)
    assert _numbers(row) == (1, 1, 0, 0, 0, 1)
    assert ThreadEvent.objects.filter(lead=lead, kind="reply.received").count() == 1
    assert "1 had been missed" in ledger_check.sentence(row)
    again = ledger_check.check(box)
    assert _numbers(again) == (1, 1, 0, 0, 0, 0)
    assert not Task.objects.filter(dedupe_key__startswith="ledger:").exists()
    box.refresh_from_db()
    assert box.last_uid == 50  # the check does not touch the poll's cursor


def test_mail_of_this_minute_waits_for_the_poll(box: Mailbox, lead: Lead, deliver: Deliver) -> None:
    deliver(mail("Just now."), timedelta(minutes=2))
    assert _numbers(ledger_check.check(box)) == (1, 0, 0, 1, 0, 0)
    assert not InboundMessage.objects.exists()


def test_mail_from_before_the_mailbox_was_connected_is_not_ours(
    box: Mailbox, deliver: Deliver
) -> None:
    deliver(mail("Old"), timedelta(days=3))
    box.poll_from = timezone.now() - timedelta(days=2)
    row = ledger_check.check(box)
    assert _numbers(row) == (0, 0, 0, 0, 0, 0)
    assert ledger_check.sentence(row) == "Nothing came in the last 2 days."


def test_new_numbers_of_the_server_are_no_gap(box: Mailbox, lead: Lead, deliver: Deliver) -> None:
    """By Message-ID, and a mail without one by its digest."""
    deliver(mail("One"))
    deliver(mail("Two").replace(b"Message-ID", b"X-Nothing"))
    polling.poll(box)
    InboundMessage.objects.update(uidvalidity=77)
    assert _numbers(ledger_check.check(box)) == (2, 2, 0, 0, 0, 0)
    assert InboundMessage.objects.count() == 2


def test_a_second_delivery_is_the_same_mail(box: Mailbox, lead: Lead, deliver: Deliver) -> None:
    content = mail("Yes.", message_id="<twice@polna.example>")
    deliver(b"Received: by a; Mon, 1 Jan 2026 00:00:00 +0000\r\n" + content)
    deliver(b"Received: by b; Mon, 1 Jan 2026 00:00:01 +0000\r\n" + content)
    polling.poll(box)
    assert _numbers(ledger_check.check(box)) == (2, 2, 0, 0, 0, 0)
    assert ThreadEvent.objects.filter(kind="reply.received").count() == 1


class Fake:
    """A server with an inventory; `whole` has the mails that can be had from it."""

    def __init__(self, items: Sequence[InventoryItem], whole: Sequence[InboundRaw] = ()) -> None:
        self.items, self.whole, self.asked = list(items), list(whole), 0
        self.error: ChannelError | None = None

    def inventory(self, since: datetime) -> Iterator[InventoryItem]:
        self.asked += 1
        if self.error:
            raise self.error
        yield from [item for item in self.items if item.received_at >= since]

    def pick(self, items: Sequence[InventoryItem]) -> Iterator[InboundRaw]:
        wanted = {item.uid for item in items}
        yield from [one for one in self.whole if one.uid in wanted]


@pytest.fixture
def server(monkeypatch: Any) -> Callable[..., Fake]:
    def make(*items: InventoryItem, whole: Sequence[InboundRaw] = ()) -> Fake:
        found = Fake(items, whole)
        monkeypatch.setattr(ledger_check.transports, "transport_for", lambda mailbox: found)
        return found

    return make


def _item(uid: int, ago: timedelta = YESTERDAY, **values: Any) -> InventoryItem:
    moment = timezone.now() - ago
    return InventoryItem(uid, values.pop("message_id", f"<{uid}@x>"), moment, 1, **values)


def test_a_gap_is_told_once_a_day_to_the_user_and_the_owner(
    box: Mailbox, owner: Any, server: Any
) -> None:
    server(_item(1), _item(2))
    row = ledger_check.check(box)
    assert (row.on_server, row.missing, row.fetched) == (2, 2, 0)
    assert row.details == ["<1@x>", "<2@x>"]
    ledger_check.check(box)
    tasks = Task.objects.filter(kind="attention")
    assert {task.owner_id for task in tasks} == {box.user_id, owner.pk} and len(tasks) == 2
    task = tasks.get(owner=owner)
    assert task.title == "2 mails of jonas@halden.example not taken in"
    assert "2 of 2 messages of the last 7 days could not be taken in" in task.why


def test_deleted_on_the_server_meanwhile_is_no_gap(box: Mailbox, server: Any) -> None:
    found = server(_item(1), _item(2))

    def gone(items: Sequence[InventoryItem]) -> Iterator[InboundRaw]:
        found.items.clear()
        yield from ()

    found.pick = gone
    assert _numbers(ledger_check.check(box)) == (0, 0, 0, 0, 0, 0)


def test_a_server_that_does_not_answer_is_no_proof(box: Mailbox, server: Any) -> None:
    server().error = ChannelError(
        "mx did not answer in time.", permanent=False, scope="provider", code="connect"
    )
    row = ledger_check.check(box)
    assert row.error and row.missing == 0
    assert "Could not be compared" in ledger_check.sentence(row)


def test_a_poison_mail_is_locked_away_and_accounted_for(
    box: Mailbox, server: Any, monkeypatch: Any
) -> None:
    def refuse(*args: Any) -> None:
        raise ValueError("poison")

    monkeypatch.setattr(ledger_check.receiving, "receive", refuse)
    server(_item(1), whole=[raw(mail("x"), uid=1)])
    assert _numbers(ledger_check.check(box)) == (1, 0, 0, 1, 0, 1)
    assert InboundMessage.objects.get().state == "quarantined"


def test_an_answer_in_spam_comes_into_its_thread(box: Mailbox, lead: Lead, server: Any) -> None:
    """Only what names a message of ours; the rest of Spam is neither counted nor read."""
    Touch.objects.create(
        lead=lead, channel="email", mailbox=box, state="sent", message_id="<ours@halden.example>",
        due_at=timezone.now(), sent_at=timezone.now() - timedelta(days=2),
    )  # fmt: skip
    content = mail("Yes!", message_id="<a@x>", In_Reply_To="<ours@halden.example>")
    answer = InventoryItem(
        5, "<a@x>", timezone.now() - timedelta(hours=1), -1, True, ("<ours@halden.example>",)
    )
    spam = InventoryItem(6, "<s@x>", answer.received_at, -1, True, ("<no@x>",))
    found = server(
        answer, spam, whole=[raw(content, uid=5, uidvalidity=-1, junk=True), raw(mail(), uid=6)]
    )
    assert ledger_check.look_into_spam(box, timezone.now()) == 1
    assert InboundMessage.objects.get().lead == lead
    assert ledger_check.look_into_spam(box, timezone.now()) == 0
    assert _numbers(ledger_check.check(box)) == (1, 1, 0, 0, 0, 0)
    assert found.asked == 3


def test_all_is_compared_once_a_day_and_spam_each_time(
    box: Mailbox, server: Any, django_assert_max_num_queries: Any
) -> None:
    found = server()
    now = timezone.now()
    ledger_check.check_all()
    ledger_check.check_all()
    assert LedgerCheck.objects.count() == 1 and found.asked == 2
    with time_machine.travel(now + timedelta(hours=21), tick=False):
        ledger_check.check_all()
    assert LedgerCheck.objects.count() == 2


def test_the_comparison_of_thousands_takes_a_few_queries(
    box: Mailbox, server: Any, django_assert_max_num_queries: Any
) -> None:
    now = timezone.now()
    InboundMessage.objects.bulk_create(
        InboundMessage(
            mailbox=box, uid=n, uidvalidity=1, digest=str(n), message_id=f"<{n}@x>",
            state="ignored", reason="Mass mail", received_at=now - YESTERDAY,
        )
        for n in range(2000)
    )  # fmt: skip
    server(*(_item(n) for n in range(2000)))
    with django_assert_max_num_queries(12):
        assert _numbers(ledger_check.check(box)) == (2000, 0, 2000, 0, 0, 0)


def _run(*args: str) -> tuple[str, int]:
    from io import StringIO

    out = StringIO()
    try:
        call_command("inbound_ledger", *args, stdout=out, stderr=out)
    except SystemExit as end:
        return out.getvalue(), int(end.code or 0)
    return out.getvalue(), 0


def test_the_command_prints_a_line_for_each_mailbox(
    box: Mailbox, lead: Lead, deliver: Deliver
) -> None:
    deliver(mail("Yes."))
    deliver(mail("Sale!", sender="shop@else.example", subject="Sale", List_Id="<shop>"))
    polling.poll(box)
    InboundMessage.objects.create(
        channel="sms", digest="x", state="threaded", received_at=timezone.now()
    )
    text, code = _run()
    assert code == 0
    assert "jonas@halden.example: 2 on server, 1 threaded, 1 ignored, 0 waiting" in text
    assert "1 ignored: Mass mail" in text and "sms: 1 threaded" in text


def test_the_command_ends_with_one_on_a_gap(box: Mailbox, server: Any) -> None:
    server(_item(1))
    text, code = _run("--json", "--mailbox", "Jonas@halden.example", "--days", "3")
    assert code == 1
    found = json.loads(text)
    assert found["mailboxes"][0]["missing"] == 1
    with pytest.raises(CommandError):
        call_command("inbound_ledger", "--mailbox", "nobody@x.example")
