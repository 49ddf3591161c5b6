"""A Gmail mailbox is read by its history: the mark follows the ledger, nothing comes twice."""

from typing import Any

import pytest

from outreach.channels.base import OutboundMessage
from outreach.models import InboundMessage, Mailbox, Touch
from outreach.services import letters, polling
from outreach.tests.gmail import ME, connect, error, message, point_to, record
from salesagent.accounts.models import Workspace
from salesagent.lib import http
from salesagent.tests.peers import faults
from salesagent.tests.peers.faults import FaultServer, ok, refuse

HISTORY = f"{ME}/history"


@pytest.fixture
def box(
    rep: Any, settings: Any, faults_server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> Mailbox:
    point_to(settings, faults_server.base)
    monkeypatch.setattr(http, "sleep", lambda seconds: None)
    return connect(rep, history_id="100")


def answer(number: int, sender: str = "m.kowalczyk@polna.example", more: str = "") -> bytes:
    return (
        f"From: Marta <{sender}>\r\nTo: jonas@halden.example\r\nSubject: Re: Cold rooms\r\n"
        f"Message-ID: <{number}@polna.example>\r\n{more}\r\nAnswer {number}\r\n"
    ).encode()


def put(server: FaultServer, *rows: dict[str, Any]) -> None:
    for row in rows:
        server.script(f"{ME}/messages/{row['id']}", ok(row))


def poll(box: Mailbox) -> str:
    """The mark afterwards."""
    Mailbox.objects.update(next_poll_at=None)
    polling.poll(Mailbox.objects.select_related("user").get(pk=box.pk))
    box.refresh_from_db()
    return box.history_id


def test_the_mark_moves_with_what_is_taken_in(
    box: Mailbox, lead: Any, faults_server: FaultServer
) -> None:
    page = {"history": [record("101", "a1"), record("102", "a2")], "historyId": "110"}
    faults_server.script(HISTORY, ok(page))
    put(faults_server, message("a1", answer(1)), message("a2", answer(2)))
    assert poll(box) == "110"
    assert InboundMessage.objects.filter(state="threaded", lead=lead).count() == 2
    assert poll(box) == "110" and InboundMessage.objects.count() == 2


def test_what_breaks_off_is_read_again_from_there(
    box: Mailbox, lead: Any, faults_server: FaultServer
) -> None:
    page = {"history": [record("101", "a1"), record("102", "a2")], "historyId": "110"}
    faults_server.script(HISTORY, ok(page))
    put(faults_server, message("a1", answer(1)))
    faults_server.script(f"{ME}/messages/a2", faults.server_error(503))
    assert poll(box) == "101"
    assert box.poll_error and box.state == "active"
    faults_server.script(HISTORY, ok({"history": [record("102", "a2")], "historyId": "110"}))
    put(faults_server, message("a2", answer(2)))
    assert poll(box) == "110" and box.poll_error == ""
    assert InboundMessage.objects.count() == 2


def test_a_history_that_is_gone_gives_nothing_twice(
    box: Mailbox, lead: Any, faults_server: FaultServer
) -> None:
    page = {"history": [record("101", "a1")], "historyId": "110"}
    faults_server.script(HISTORY, ok(page))
    put(faults_server, message("a1", answer(1)), message("a2", answer(2)))
    assert poll(box) == "110"
    faults_server.script(HISTORY, refuse(404, error(404, "notFound")))
    faults_server.script(f"{ME}/profile", ok({"historyId": "900"}))
    faults_server.script(f"{ME}/messages", ok({"messages": [{"id": "a2"}, {"id": "a1"}]}))
    assert poll(box) == "900"
    assert InboundMessage.objects.count() == 2


def test_spam_counts_only_from_a_lead(box: Mailbox, lead: Any, faults_server: FaultServer) -> None:
    page = {"history": [record("101", "a1", "a2", labels=["SPAM"])], "historyId": "110"}
    faults_server.script(HISTORY, ok(page))
    put(
        faults_server,
        message("a1", answer(1), ["SPAM"]),
        message("a2", answer(2, "kowalczyk@polna.example"), ["SPAM"]),
    )
    poll(box)
    assert sorted(InboundMessage.objects.values_list("state", "lead")) == [
        ("ignored", None),
        ("threaded", lead.pk),
    ]


def sent(lead: Any, box: Mailbox, number: int, thread: str) -> Touch:
    return Touch.objects.create(
        lead=lead, mailbox=box, kind="manual", channel="email", to_address=lead.email,
        subject="Cold rooms", body="Text", state="sent", message_id=f"<{number}@halden.example>",
        due_at=box.created_at, sent_at=box.created_at, provider_id=f"18c{number} thread:{thread}",
    )  # fmt: skip


def test_the_conversation_finds_an_answer_to_a_replaced_id(
    box: Mailbox, lead: Any, faults_server: FaultServer
) -> None:
    sent(lead, box, 1, "18c1")
    sent(lead, box, 2, "9918c1")
    mail = answer(1, "assistant@other.example", "In-Reply-To: <CA@mail.gmail.com>\r\n")
    faults_server.script(HISTORY, ok({"history": [record("101", "a1")], "historyId": "110"}))
    put(faults_server, message("a1", mail, threadId="18c1"))
    poll(box)
    row = InboundMessage.objects.get()
    assert (row.state, row.matched_by, row.lead) == ("threaded", "thread", lead)


def letter(touch: Touch, box: Mailbox) -> OutboundMessage:
    return letters.message_for(touch, Workspace.current(), box.created_at, [])


def test_a_follow_up_goes_into_the_conversation(box: Mailbox, lead: Any, workspace: Any) -> None:
    first = sent(lead, box, 1, "18c1")
    sent(lead, box, 2, "18c2")
    follow = Touch(lead=lead, mailbox=box, channel="email", to_address=lead.email, body="Again")
    assert letter(follow, box).thread_id == "", "a new subject is a new conversation"
    follow.in_reply_to = first.message_id or ""
    assert letter(follow, box).thread_id == "18c1"
    follow.in_reply_to = "<their-answer@polna.example>"
    assert letter(follow, box).thread_id in ("18c1", "18c2")
