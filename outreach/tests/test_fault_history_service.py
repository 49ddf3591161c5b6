"""Gmail keeps its history for about a week: where ours is older (404), everything since the last
read is looked through, and what was here before is not taken in again. Through polling.poll."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import ThreadEvent
from outreach.models import Enrollment, InboundMessage, Mailbox
from outreach.services import polling
from outreach.tests.gmail import ME, connect, error, message, point_to, record
from outreach.tests.mails import bounce, mail
from salesagent.lib import http
from salesagent.tests.peers.faults import FaultServer, ok, refuse

pytestmark = pytest.mark.django_db
GONE = refuse(404, error(404, "notFound"))


@pytest.fixture
def box(rep: Any, settings: Any, faults_server: FaultServer, monkeypatch: Any) -> Mailbox:
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    point_to(settings, faults_server.base)
    return connect(rep, poll_from=timezone.now() - timedelta(days=30))


class Account:
    """What lies in the Gmail account, as messages.list and messages.get show it."""

    def __init__(self, server: FaultServer) -> None:
        self.server, self.rows = server, list[dict[str, Any]]()
        self.mark = 100

    def arrives(self, content: bytes) -> str:
        number = len(self.rows) + 1
        self.mark += 10
        at = time.time() - 1000 + number
        row = message(f"a{number}", content, at=at, history=str(self.mark))
        self.rows.append(row)
        self.server.script(f"{ME}/messages/a{number}", ok(row))
        listed = [{"id": one["id"]} for one in reversed(self.rows)]
        self.server.script(f"{ME}/messages", ok({"messages": listed}))
        self.server.script(f"{ME}/profile", ok({"historyId": str(self.mark)}))
        return str(row["id"])

    def history(self, *ids: str) -> None:
        rows = [record(str(self.mark), *ids)] if ids else []
        self.server.script(f"{ME}/history", ok({"history": rows, "historyId": str(self.mark)}))


@pytest.fixture
def account(faults_server: FaultServer) -> Account:
    return Account(faults_server)


def poll(box: Mailbox) -> int:
    box.refresh_from_db()
    count = polling.poll(box)
    box.refresh_from_db()
    assert box.poll_error == ""
    return count


def test_history_that_is_gone_brings_everything_again_and_nothing_twice(
    box: Mailbox, account: Account, faults_server: FaultServer, lead: Any, sequence: Any
) -> None:
    row = Enrollment.objects.create(lead=lead, sequence=sequence, mailbox=box)
    for number in range(5):
        account.arrives(mail(f"Mail {number}"))
    assert poll(box) == 5 and box.history_id == "150"
    account.history(account.arrives(mail("Mail 5")))
    assert poll(box) == 1 and box.history_id == "160"
    missed = [account.arrives(mail(f"While nobody looked {number}")) for number in range(3)]
    faults_server.script(f"{ME}/history", GONE)
    assert poll(box) == 9, "all of them, old and new"
    assert box.history_id == "190" and len(missed) == 3
    assert InboundMessage.objects.count() == 9
    assert ThreadEvent.objects.filter(kind="reply.received").count() == 9
    account.history()
    assert poll(box) == 0 and InboundMessage.objects.count() == 9
    row.refresh_from_db()
    assert (row.state, row.reason) == ("paused", "replied")


def test_a_mark_that_is_none_is_one_that_is_gone(
    box: Mailbox, account: Account, faults_server: FaultServer, lead: Any
) -> None:
    """Another account behind the same address, or a mark that was damaged."""
    account.arrives(mail("Hello"))
    faults_server.script(f"{ME}/history", GONE)
    Mailbox.objects.update(history_id="999999999999999999")
    assert poll(box) == 1 and box.history_id == "110"
    assert InboundMessage.objects.get().lead == lead


def test_what_a_person_answered_is_not_paused_again(
    box: Mailbox, account: Account, faults_server: FaultServer, lead: Any, sequence: Any, rep: Any
) -> None:
    """A full look finds the old answer; it must not undo what was decided since."""
    from outreach.services import enrollment as enrollments

    row = Enrollment.objects.create(lead=lead, sequence=sequence, mailbox=box)
    account.arrives(mail("Yes?"))
    poll(box)
    row.refresh_from_db()
    assert enrollments.resume(row, actor=rep.actor)
    faults_server.script(f"{ME}/history", GONE)
    poll(box)
    row.refresh_from_db()
    assert row.state == "active" and InboundMessage.objects.count() == 1


def test_a_report_counts_once(
    box: Mailbox, account: Account, faults_server: FaultServer, lead: Any
) -> None:
    from outreach.tests.fault_world import approve

    touch = approve(lead, box, state="sent", sent_at=timezone.now())
    account.arrives(bounce(str(touch.message_id)))
    faults_server.script(f"{ME}/history", GONE)
    for _ in range(3):
        poll(box)
    assert ThreadEvent.objects.filter(kind="touch.bounced").count() == 1
