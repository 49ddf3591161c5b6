"""Gmail's API as it misbehaves: what was sent is never sent twice, what came is never lost."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from outreach.channels.base import ChannelError, Cursor, InboundRaw
from outreach.channels.gmail import GmailTransport
from outreach.channels.gmail_read import uid_of
from outreach.mail.message import thread_of
from outreach.tests.gmail import ACCESS, MAIL, ME, config, error, message, record
from salesagent.lib import http
from salesagent.tests.adapter_case import OutgoingCase
from salesagent.tests.peers import faults
from salesagent.tests.peers.faults import FaultServer, ok, refuse

pytestmark = pytest.mark.django_db
SEND_PATH = f"{ME}/messages/send"
LIST = f"{ME}/messages"
HISTORY = f"{ME}/history"
GOOD = ok({"id": "18c2a", "threadId": "18c2a"})
SINCE = datetime(2026, 11, 1, tzinfo=UTC)


class TestGmailSend(OutgoingCase):
    """The shared attacks; a look-up that follows a lost answer finds nothing."""

    secrets: ClassVar[tuple[str, ...]] = (ACCESS,)
    errors: ClassVar[tuple[type[Exception], ...]] = (ChannelError,)
    good: ClassVar[faults.Step | list[faults.Step]] = GOOD

    def act(self, base: str) -> Any:
        return send(base)

    def unknown(self, error: Exception) -> bool:
        return isinstance(error, ChannelError) and error.unknown

    def failed(self, *steps: faults.Step) -> Exception | None:
        self.server.script(LIST, ok({}))
        return super().failed(*steps)

    def test_a_lost_answer_is_not_asked_for_twice(self, step: Any = None) -> None:
        for one in (faults.reset(), faults.hang_up()):
            self.server.clear()
            found = self.failed(one)
            assert found is not None and self.unknown(found)
            assert self.server.paths().count(f"POST {SEND_PATH}") == 1


def send(base: str, thread: str = "", mail: bytes = MAIL) -> Any:
    with GmailTransport(config(base)).open() as session:
        return session.send(mail, "jonas@halden.example", "m.kowalczyk@polna.example", thread)


def failure(server: FaultServer, *steps: faults.Step) -> ChannelError:
    server.script(SEND_PATH, *steps)
    with pytest.raises(ChannelError) as caught:
        send(server.base)
    return caught.value


@pytest.fixture(autouse=True)
def _no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "sleep", lambda seconds: None)


def test_the_mail_goes_as_it_is_with_its_thread(faults_server: FaultServer) -> None:
    faults_server.script(SEND_PATH, ok({"id": "18c2b", "threadId": "18c2a"}))
    faults_server.script(f"{ME}/messages/18c2b", ok(message("18c2b")))
    result = send(faults_server.base, "18c2a")
    body = json.loads(faults_server.requests[0].body)
    assert body["threadId"] == "18c2a"
    assert base64.urlsafe_b64decode(body["raw"]) == MAIL
    assert thread_of(result.provider_id) == "18c2a"
    assert result.message_id == "", "it kept ours"


def test_an_id_that_gmail_replaced_is_read_back(faults_server: FaultServer) -> None:
    theirs = MAIL.replace(b"<one@halden.example>", b"<CAxyz@mail.gmail.com>")
    faults_server.script(SEND_PATH, GOOD)
    faults_server.script(f"{ME}/messages/18c2a", ok(message("18c2a", theirs, ["SENT"])))
    assert send(faults_server.base).message_id == "<CAxyz@mail.gmail.com>"


def test_a_replaced_id_that_cannot_be_read_back_hinders_nothing(faults_server: FaultServer) -> None:
    faults_server.script(SEND_PATH, GOOD)
    faults_server.script(f"{ME}/messages/18c2a", refuse(500))
    assert send(faults_server.base).message_id == ""


def test_a_thread_that_is_gone_does_not_hold_the_mail(faults_server: FaultServer) -> None:
    faults_server.script(SEND_PATH, refuse(404, error(404, "notFound")), GOOD)
    faults_server.script(f"{ME}/messages/18c2a", ok(message("18c2a")))
    assert send(faults_server.base, "gone").provider_id.startswith("18c2a")


@pytest.mark.parametrize("step", [faults.reset(), faults.server_error(503), faults.truncated()])
def test_a_lost_answer_is_looked_up_by_our_id(
    faults_server: FaultServer, step: faults.Step
) -> None:
    """The mail is there: sent. It was handed over once."""
    faults_server.script(SEND_PATH, step)
    faults_server.script(LIST, ok({"messages": [{"id": "18c2a"}]}))
    faults_server.script(f"{ME}/messages/18c2a", ok(message("18c2a", labels=["SENT"])))
    send(faults_server.base)
    assert faults_server.paths().count(f"POST {SEND_PATH}") == 1


def test_the_search_finds_what_is_not_among_the_newest(faults_server: FaultServer) -> None:
    faults_server.script(LIST, ok({"messages": [{"id": "18c2a"}]}))
    faults_server.script(f"{ME}/messages/18c2a", ok(message("18c2a", labels=["SENT"])))
    assert GmailTransport(config(faults_server.base)).find("<one@halden.example>") is True
    assert any("rfc822msgid%3Aone%40halden.example" in path for path in faults_server.paths())


@pytest.mark.parametrize("step", [faults.reset(), faults.server_error(500), faults.cut_off()])
def test_a_lost_answer_that_is_not_found_is_unknown(
    faults_server: FaultServer, step: faults.Step
) -> None:
    faults_server.script(LIST, ok({}))
    assert failure(faults_server, step).unknown
    assert faults_server.paths().count(f"POST {SEND_PATH}") == 1


def test_busy_in_all_its_forms_waits_and_pauses_nothing(faults_server: FaultServer) -> None:
    found = failure(faults_server, faults.too_many("3600"))
    assert (found.code, found.permanent, found.unknown) == ("busy", False, False)
    assert found.retry_after == 3600
    http.budget.forget("gmail", "jonas@halden.example")
    for reason in ("rateLimitExceeded", "userRateLimitExceeded"):
        found = failure(faults_server, refuse(403, error(403, reason)))
        assert (found.code, found.permanent) == ("busy", False)


def test_the_moment_that_gmail_names_counts(
    faults_server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    monkeypatch.setattr(http, "now", lambda: (moment - timedelta(minutes=20)).timestamp())
    text = "User-rate limit exceeded.  Retry after 2026-11-21T09:30:00.000Z"
    found = failure(faults_server, refuse(429, error(429, "rateLimitExceeded", text)))
    assert found.retry_after == pytest.approx(1200)


@pytest.mark.parametrize(
    ("status", "body", "scope", "code"),
    [
        (400, error(400, "invalidArgument", "Invalid To header"), "recipient", "rejected"),
        (400, error(400, "invalidArgument", "Recipient address required"), "recipient", "rejected"),
        (413, {}, "recipient", "too_big"),
        (403, error(403, "insufficientPermissions"), "mailbox", "auth"),
        (403, error(403, "domainPolicy"), "mailbox", "auth"),
        (403, error(403, "accessNotConfigured"), "mailbox", "auth"),
        (400, error(400, "failedPrecondition", "Mail service not enabled", "FAILED_PRECONDITION"),
         "mailbox", "rejected"),
        (401, error(401, "authError"), "mailbox", "auth"),
    ],
)  # fmt: skip
def test_a_refusal_says_whose_matter_it_is(
    faults_server: FaultServer, status: int, body: Any, scope: str, code: str
) -> None:
    found = failure(faults_server, refuse(status, body))
    assert (found.scope, found.code, found.permanent, found.unknown) == (scope, code, True, False)


def test_a_token_that_ran_out_is_renewed_once(faults_server: FaultServer) -> None:
    faults_server.script(SEND_PATH, *faults.expired_then({"id": "18c2a", "threadId": "t"}))
    faults_server.script(f"{ME}/messages/18c2a", ok(message("18c2a")))
    send(faults_server.base)
    tokens = [each.header("Authorization") for each in faults_server.requests[:2]]
    assert tokens == [f"Bearer {ACCESS}", f"Bearer another-{ACCESS}"]
    faults_server.clear()
    assert failure(faults_server, refuse(401, error(401, "authError"))).code == "auth"
    assert len(faults_server.requests) == 2, "not asked for ever"


# --- reading ---


def fetch(server: FaultServer, limit: int = 200, **cursor: Any) -> tuple[list[InboundRaw], str]:
    transport = GmailTransport(config(server.base, size_limit=20_000))
    found = list(transport.fetch(Cursor(since=SINCE, **cursor), limit))
    return found, transport.reached


def script_messages(server: FaultServer, *rows: dict[str, Any]) -> None:
    for row in rows:
        server.script(f"{ME}/messages/{row['id']}", ok(row))


def test_history_gives_what_is_new_and_moves_record_by_record(faults_server: FaultServer) -> None:
    big = "9007199254740993111"
    first = {"history": [record("101", "a1", "a2")], "nextPageToken": "2", "historyId": big}
    second = {"history": [record("102", "a3", labels=["SENT"])], "historyId": big}
    faults_server.script(HISTORY, ok(first), ok(second))
    script_messages(faults_server, message("a1"), message("a2"))
    found, reached = fetch(faults_server, token="100")
    assert [(one.uid, one.token) for one in found] == [(0xA1, ""), (0xA2, "101")]
    assert reached == big, "an id beyond 2^53 stays exact"
    assert not any("/a3" in path for path in faults_server.paths()), "our own copy is not read"


def test_a_quiet_account_moves_on_too(faults_server: FaultServer) -> None:
    faults_server.script(HISTORY, ok({"historyId": "205"}))
    assert fetch(faults_server, token="100") == ([], "205")


def test_what_breaks_off_moves_no_further_than_what_was_taken(faults_server: FaultServer) -> None:
    page = {"history": [record("101", "a1"), record("102", "a2")], "historyId": "300"}
    faults_server.script(HISTORY, ok(page))
    faults_server.script(f"{ME}/messages/a2", refuse(403, error(403, "domainPolicy")))
    script_messages(faults_server, message("a1"))
    transport = GmailTransport(config(faults_server.base))
    seen = []
    with pytest.raises(ChannelError):
        seen.extend(transport.fetch(Cursor(since=SINCE, token="100"), 200))
        pytest.fail("the fault was swallowed")
    assert transport.reached == ""
    iterator = GmailTransport(config(faults_server.base)).fetch(Cursor(token="100"), 200)
    assert next(iterator).token == "101"


def test_the_limit_never_splits_a_record(faults_server: FaultServer) -> None:
    page = {"history": [record("101", "a1", "a2"), record("102", "a3")], "historyId": "300"}
    faults_server.script(HISTORY, ok(page))
    script_messages(faults_server, message("a1"), message("a2"), message("a3"))
    found, reached = fetch(faults_server, limit=1, token="100")
    assert ([one.uid for one in found], reached) == ([0xA1, 0xA2], "101")


def test_history_that_is_gone_starts_anew_from_the_last_read(faults_server: FaultServer) -> None:
    faults_server.script(HISTORY, refuse(404, error(404, "notFound")))
    faults_server.script(f"{ME}/profile", ok({"historyId": "500"}))
    faults_server.script(LIST, ok({"messages": [{"id": "b2"}, {"id": "b1"}]}))
    script_messages(faults_server, message("b1"), message("b2"))
    read_at = SINCE + timedelta(days=10)
    found, reached = fetch(faults_server, token="100", read_at=read_at)
    assert ([one.uid for one in found], reached) == ([0xB1, 0xB2], "500")
    start = int((read_at - timedelta(days=1)).timestamp()) - 1
    assert any(f"q=after%3A{start}" in path for path in faults_server.paths())


def test_a_full_look_goes_on_where_it_stopped(faults_server: FaultServer) -> None:
    base = int((SINCE + timedelta(days=1)).timestamp())
    rows = [message(f"c{n}", at=base + n) for n in range(1, 6)]
    script_messages(faults_server, *rows)
    listed = {"messages": [{"id": row["id"]} for row in reversed(rows)]}
    faults_server.script(LIST, ok(listed))
    faults_server.script(f"{ME}/profile", ok({"historyId": "500"}))
    found, reached = fetch(faults_server, limit=2)
    assert ([one.uid for one in found], reached) == ([0xC1, 0xC2], f"500@{base + 2}")
    faults_server.script(LIST, ok({"messages": listed["messages"][:4]}))  # what `after` gives
    found, reached = fetch(faults_server, limit=2, token=reached)
    assert [one.uid for one in found] == [0xC2, 0xC3, 0xC4]
    assert reached == f"500@{base + 4}"
    faults_server.script(LIST, ok({"messages": listed["messages"][:2]}))
    found, reached = fetch(faults_server, limit=2, token=reached)
    assert reached == "500"


def test_junk_is_marked_and_drafts_are_left(faults_server: FaultServer) -> None:
    page = {"history": [record("101", "d1", "d2", "d3", "d4", labels=[])], "historyId": "300"}
    page["history"][0]["messagesAdded"] = [{"message": {"id": f"d{n}"}} for n in range(1, 5)]
    faults_server.script(HISTORY, ok(page))
    script_messages(
        faults_server,
        message("d1", labels=["SPAM"]),
        message("d2", labels=["DRAFT"]),
        message("d3", labels=["SENT", "INBOX"]),
        message("d4", labels=["Label_7"]),
    )
    found, _ = fetch(faults_server, token="100")
    assert [(one.uid, one.junk) for one in found] == [(0xD1, True), (0xD3, False), (0xD4, False)]


def test_a_large_mail_comes_as_its_header(faults_server: FaultServer) -> None:
    large = message("e1", MAIL + b"x" * 200_000)
    small = {**large, "raw": ""}
    faults_server.script(HISTORY, ok({"history": [record("101", "e1")], "historyId": "300"}))
    faults_server.script(f"{ME}/messages/e1", ok(large), ok(small))
    found, _ = fetch(faults_server, token="100")
    assert found[0].raw is None and found[0].size > 200_000
    assert b"Message-ID: <one@halden.example>" in found[0].envelope["header"]


def test_a_mail_that_was_deleted_meanwhile_is_skipped(faults_server: FaultServer) -> None:
    faults_server.script(HISTORY, ok({"history": [record("101", "f1")], "historyId": "300"}))
    assert fetch(faults_server, token="100") == ([], "300")


@pytest.mark.parametrize("body", [b"[]", b"null", b"{", b'{"history": 5}', b'{"history":[null]}'])
def test_nonsense_is_a_fault_or_nothing(faults_server: FaultServer, body: bytes) -> None:
    faults_server.script(HISTORY, faults.raw(body))
    try:
        found, _ = fetch(faults_server, token="100")
    except ChannelError:
        return
    assert found == []


def test_the_inventory_is_what_reading_counts(faults_server: FaultServer) -> None:
    reply = MAIL.replace(b"\r\n\r\n", b"\r\nIn-Reply-To: <x@y.example>\r\n\r\n", 1)
    rows = [message("a1"), message("a2", labels=["SENT"]), message("a3", reply, ["SPAM"])]
    script_messages(faults_server, *rows)
    faults_server.script(LIST, ok({"messages": [{"id": row["id"]} for row in rows]}))
    transport = GmailTransport(config(faults_server.base))
    items = list(transport.inventory(SINCE))
    assert [(one.uid, one.junk) for one in items] == [(0xA1, False), (0xA3, True)]
    assert items[0].message_id == "<one@halden.example>"
    assert items[1].answers == ("<x@y.example>",)
    assert [one.uid for one in transport.pick(items)] == [0xA1, 0xA3]


def test_a_mail_whose_id_was_replaced_is_found_by_the_one_it_had(
    faults_server: FaultServer,
) -> None:
    ours = b"X-Google-Original-Message-ID: <one@halden.example>"
    named = b"Message-ID: <CA@mail.gmail.com>\r\n" + ours
    theirs = MAIL.replace(b"Message-ID: <one@halden.example>", named)
    faults_server.script(LIST, ok({}), ok({"messages": [{"id": "a9"}]}))
    script_messages(faults_server, message("a9", theirs, ["SENT"]))
    assert GmailTransport(config(faults_server.base)).find("<one@halden.example>") is True


def test_a_draft_is_no_proof(faults_server: FaultServer) -> None:
    faults_server.script(LIST, ok({"messages": [{"id": "a1"}]}), ok({}))
    script_messages(faults_server, message("a1", labels=["DRAFT"]))
    assert GmailTransport(config(faults_server.base)).find("<one@halden.example>") is False


def test_ids_become_numbers() -> None:
    assert uid_of("18c2a5f3e0b1d2c4") == 0x18C2A5F3E0B1D2C4
    assert 0 < uid_of("f" * 16) < 2**63
    assert 0 < uid_of("msg_abc") < 2**63 and uid_of("msg_abc") != uid_of("msg_abd")


def test_a_check_says_what_works(faults_server: FaultServer) -> None:
    faults_server.script(f"{ME}/profile", ok({"emailAddress": "jonas@halden.example"}))
    faults_server.script(LIST, ok({}))
    steps = GmailTransport(config(faults_server.base)).test()
    assert [step[:3] for step in steps] == ["ok:"] * 3
    faults_server.script(f"{ME}/profile", ok({"emailAddress": "other@halden.example"}))
    assert "other@halden.example" in GmailTransport(config(faults_server.base)).test()[0]
