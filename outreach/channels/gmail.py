"""Gmail with a sign-in of the person: sends and reads over Google's API, needs no password.

Gmail keeps its own copy of what was sent, and may put its own Message-ID in place of ours (it then
keeps ours as X-Google-Original-Message-ID). So the id is read back after sending: the recipient's
answer will name Gmail's.
"""

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from outreach.channels.base import (
    ChannelError,
    Cursor,
    InboundRaw,
    InventoryItem,
    MailboxConfig,
    SendResult,
)
from outreach.channels.gmail_api import READ, SEND, Api, Refused
from outreach.channels.gmail_read import Reader, header_of, labels_of
from outreach.mail.message import thread_mark

SCOPES = (SEND, READ)
ORIGINAL_ID = "X-Google-Original-Message-ID"
LOOK_BACK = 50  # of the newest sent mails are looked at, when the search does not know one
SIZE_LIMIT = 25 * 1024 * 1024  # bytes of a whole mail


class GmailTransport:
    def __init__(self, config: MailboxConfig) -> None:
        self.config = config
        self.reached = ""

    @contextmanager
    def open(self) -> Iterator["GmailSession"]:
        session = GmailSession(self.config)
        session.api.token()  # raises here, before a message is claimed, when the sign-in has ended
        yield session

    def fetch(self, cursor: Cursor, limit: int) -> Iterator[InboundRaw]:
        reader = Reader(self.config)
        yield from reader.fetch(cursor, limit)
        self.reached = reader.reached

    def inventory(self, since: datetime) -> Iterator[InventoryItem]:
        """Every message received since then: all but our own copies, drafts and chats."""
        yield from Reader(self.config).inventory(since)

    def pick(self, items: Sequence[InventoryItem]) -> Iterator[InboundRaw]:
        yield from Reader(self.config).pick(items)

    def find(self, message_id: str) -> bool | None:
        """Whether Gmail took the message. "No" may change within a minute of a send."""
        reader = Reader(self.config)
        return _search(reader, message_id) or _among_newest(reader, message_id, LOOK_BACK)

    def keep_copies(self, messages: list[bytes]) -> None:
        return None  # Gmail does it

    def test(self) -> list[str]:
        try:
            api = Api(self.config)
            steps = [_signed_in(api, self.config.address)]
            api.get("messages", {"maxResults": 1})
        except ChannelError as error:
            return [f"error: {error.message}"]
        return [*steps, "ok: Reading works.", _may_send(api)]


class GmailSession:
    def __init__(self, config: MailboxConfig) -> None:
        self.reader = Reader(config)
        self.api = self.reader.api

    def send(self, message: bytes, sender: str, recipient: str, thread_id: str = "") -> SendResult:
        """One messages.send. When its answer is lost the mail is looked for; only if it is not
        found is the outcome unknown."""
        if len(message) > SIZE_LIMIT:
            raise ChannelError(
                "The mail is larger than the 25 MB that Gmail takes.",
                permanent=True,
                scope="recipient",
                code="too_big",
            )
        ours = _message_id(message)
        try:
            answer = self._send(base64.urlsafe_b64encode(message).decode(), thread_id)
        except ChannelError as error:
            if not error.unknown or not self._arrived(ours):
                raise
            answer = {}
        gmail_id, thread = str(answer.get("id") or ""), str(answer.get("threadId") or thread_id)
        return SendResult(
            provider_id=thread_mark(gmail_id, thread),
            accepted_at=datetime.now(UTC),
            message_id=self._final_id(gmail_id, ours) if gmail_id else "",
        )

    def _send(self, raw: str, thread_id: str) -> dict[str, object]:
        """A thread that is gone (404: not processed) is no reason not to send."""
        try:
            return self.api.send(raw, thread_id)
        except Refused as error:
            if error.status != 404 or not thread_id:
                raise
        return self.api.send(raw, "")

    def _arrived(self, message_id: str) -> bool:
        """Right after a lost answer: only the newest few are worth a look."""
        try:
            return _among_newest(self.reader, message_id, 3) or _search(self.reader, message_id)
        except ChannelError:
            return False

    def _final_id(self, gmail_id: str, ours: str) -> str:
        """The Message-ID as it went out; "" when it is ours or cannot be read now."""
        try:
            answer = self.reader.there(gmail_id, ("Message-ID",)) or {}
        except ChannelError:
            return ""
        found = header_of(answer, "Message-ID")
        return found if found and found != ours and len(found) <= 200 else ""


def _search(reader: Reader, message_id: str) -> bool:
    """A draft is none that went out; a copy in the inbox has come through, as one in Sent."""
    found = [reader.there(one, ("Message-ID",)) for one in reader.with_id(message_id)]
    return any(each is not None and "DRAFT" not in labels_of(each) for each in found)


def _among_newest(reader: Reader, message_id: str, count: int) -> bool:
    """Sent mails by their header: the search may lag behind, and knows no id that was replaced."""
    for gmail_id in reader.sent(count):
        found = reader.there(gmail_id, ("Message-ID", ORIGINAL_ID)) or {}
        if message_id in (header_of(found, "Message-ID"), header_of(found, ORIGINAL_ID)):
            return True
    return False


def _message_id(message: bytes) -> str:
    """From the bytes: the session is not told the id."""
    head = message.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"message-id":
            return value.strip().decode("ascii", "replace")
    return ""


def _signed_in(api: Api, address: str) -> str:
    try:
        account = str(api.get("profile").get("emailAddress") or address).lower()
    except Refused:  # a proxy or a stand-in without this call
        account = address.lower()
    if account != address.lower():
        raise ChannelError(
            f"The sign-in is of {account}, the mailbox is {address}. Connect it again.",
            permanent=True,
            scope="mailbox",
            code="auth",
        )
    return f"ok: Google accepts the sign-in of {account}."


def _may_send(api: Api) -> str:
    """Nothing but a send would prove it; Google's own word at the sign-in has to do."""
    granted = api.account.settings.get("scopes") or []
    if SEND in granted:
        return "ok: Sending is allowed. Gmail keeps the Sent copies itself."
    return "error: Sending is not allowed. Connect again and tick the box for sending."
