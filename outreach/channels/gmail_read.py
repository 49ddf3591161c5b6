"""Reading a Gmail account: what is new by history.list, everything by messages.list.

What counts as received: every message except our own copies (SENT without INBOX), drafts and
chats. Archived by a filter counts; spam and the bin come marked as junk. The mark (cursor token) is
a historyId, or "historyId@seconds" while a full look through the mailbox is under way: everything
up to that moment was taken in, and history goes on from that id afterwards.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.header import Header
from typing import Any

from outreach.channels.base import Cursor, InboundRaw, InventoryItem, MailboxConfig
from outreach.channels.gmail_api import Api, Refused, TooBig

UIDVALIDITY = 1
PAGE = 500
SLACK = timedelta(days=1)  # an account that was read until then has nothing older that is new
HEADERS = ("From", "To", "Subject", "Message-ID", "In-Reply-To", "References", "Date")
MORE_HEADERS = (
    "Auto-Submitted", "Precedence", "List-Id", "List-Unsubscribe", "Content-Type", "Return-Path",
    "X-Failed-Recipients", "X-Auto-Response-Suppress", "X-Autoreply",
)  # fmt: skip
JUNK = frozenset({"SPAM", "TRASH"})


@dataclass(frozen=True)
class _Added:
    """One message of a history record; `last`: the record's id, if it is the record's last."""

    gmail_id: str
    labels: frozenset[str] | None  # None: not said
    last: str = ""


class Reader:
    def __init__(self, config: MailboxConfig) -> None:
        self.api = Api(config)
        self.size_limit = config.size_limit
        self.reached = ""

    def fetch(self, cursor: Cursor, limit: int) -> Iterator[InboundRaw]:
        """What is new since the mark. History is kept for a week or less ("404"): then, as at the
        first time, the whole time since the mailbox was last read is looked through."""
        mark, _, upto = cursor.token.partition("@")
        if mark and not upto:
            try:
                yield from self._history(mark, cursor.since, limit)
                return
            except _HistoryGone:
                mark = ""
        done = _number(upto)
        start = datetime.fromtimestamp(done, UTC) if done else _start(cursor)
        yield from self._everything(mark or self.current_mark(), start, cursor.since, done, limit)

    # --- history ---

    def _history(self, mark: str, since: datetime | None, limit: int) -> Iterator[InboundRaw]:
        """Record by record. The mark moves to a record when all its messages are taken in."""
        count = 0
        for added in self._added(mark):
            found = None if _skip(added.labels) else self.message(added.gmail_id)
            if found is not None and not (since and found.internal_date < since):
                count += 1
                yield replace(found, token=added.last)
            if added.last:
                self.reached = added.last
                if count >= limit:
                    return
        self.reached = self._end or self.reached

    def _added(self, mark: str) -> Iterator[_Added]:
        self._end = ""
        params = {"startHistoryId": mark, "historyTypes": "messageAdded", "maxResults": PAGE}
        try:
            for page in self.api.pages("history", params):
                for record in _rows(page.get("history")):
                    yield from _of_record(record)
                self._end = str(page.get("historyId") or "")
        except Refused as error:
            if error.status != 404:
                raise
            raise _HistoryGone from None

    # --- everything since a moment ---

    def current_mark(self) -> str:
        """The account's historyId now, asked for before the list, so that nothing falls between."""
        try:
            return str(self.api.get("profile").get("historyId") or "") or self._newest_mark()
        except Refused:
            return self._newest_mark()

    def _newest_mark(self) -> str:
        """Of the newest message; "" in an empty account, which is looked through again."""
        page = self.api.get("messages", {"maxResults": 1, "includeSpamTrash": "true"})
        for row in _rows(page.get("messages")):
            found = self.api.get(f"messages/{row.get('id')}", {"format": "minimal"})
            return str(found.get("historyId") or "")
        return ""

    def _everything(
        self, mark: str, start: datetime | None, since: datetime | None, done: int, limit: int
    ) -> Iterator[InboundRaw]:
        """Oldest first. At the limit the mark says how far it came, to the second; `done` is the
        second that an earlier turn came to, whose messages may come again."""
        count, last = 0, done
        for gmail_id in reversed(list(self._ids(start))):
            found = self.message(gmail_id)
            if found is None:
                continue
            second = int(found.internal_date.timestamp())
            if count >= limit and second > last:
                self.reached = f"{mark}@{last}" if mark else ""
                return
            if since is None or found.internal_date >= since:
                count += second > done
                last = max(second, last)
                yield found
        self.reached = mark

    def _ids(self, start: datetime | None) -> Iterator[str]:
        """Gmail lists the newest first. A second earlier: whether `after` includes is not said."""
        params: dict[str, Any] = {"maxResults": PAGE, "includeSpamTrash": "true"}
        if start:
            params["q"] = f"after:{int(start.timestamp()) - 1}"
        seen = set()
        for page in self.api.pages("messages", params):
            for row in _rows(page.get("messages")):
                gmail_id = str(row.get("id") or "")
                if gmail_id and gmail_id not in seen:
                    seen.add(gmail_id)
                    yield gmail_id

    # --- one message ---

    def message(self, gmail_id: str) -> InboundRaw | None:
        """None when it is not a received one, or no longer there."""
        cap = self.size_limit * 4 // 3 + 100_000  # as base64, and what is around it
        try:
            found = self.api.get(f"messages/{gmail_id}", {"format": "raw"}, size_cap=cap)
        except TooBig:
            return self._envelope(gmail_id)
        except Refused as error:
            if error.status == 404:
                return None
            raise
        if _skip(labels_of(found)):
            return None
        raw = _unpacked(found.get("raw"))
        if not raw or len(raw) > self.size_limit:
            return self._envelope(gmail_id)
        return InboundRaw(
            uid=uid_of(gmail_id),
            uidvalidity=UIDVALIDITY,
            raw=raw,
            size=len(raw),
            internal_date=_date(found),
            thread=str(found.get("threadId") or ""),
            junk=bool(labels_of(found) & JUNK),
        )

    def _envelope(self, gmail_id: str) -> InboundRaw | None:
        found = self.there(gmail_id, (*HEADERS, *MORE_HEADERS))
        if found is None or _skip(labels_of(found)):
            return None
        return InboundRaw(
            uid=uid_of(gmail_id),
            uidvalidity=UIDVALIDITY,
            raw=None,
            size=_number(found.get("sizeEstimate")),
            internal_date=_date(found),
            envelope={"header": _header_bytes(found)},
            thread=str(found.get("threadId") or ""),
            junk=bool(labels_of(found) & JUNK),
        )

    def there(self, gmail_id: str, names: tuple[str, ...]) -> dict[str, Any] | None:
        """Labels, date, size and these headers; None when it is gone."""
        params = {"format": "metadata", "metadataHeaders": list(names)}
        try:
            return self.api.get(f"messages/{gmail_id}", params)
        except Refused as error:
            if error.status == 404:
                return None
            raise

    # --- for the ledger ---

    def inventory(self, since: datetime) -> Iterator[InventoryItem]:
        """Every received message that came after `since`, newest first, by the rule above."""
        for gmail_id in self._ids(since):
            found = self.there(gmail_id, ("Message-ID", "In-Reply-To", "References"))
            if found is None or _skip(labels_of(found)) or _date(found) < since:
                continue
            named = f"{header_of(found, 'In-Reply-To')} {header_of(found, 'References')}"
            yield InventoryItem(
                uid_of(gmail_id),
                header_of(found, "Message-ID"),
                _date(found),
                uidvalidity=UIDVALIDITY,
                junk=bool(labels_of(found) & JUNK),
                answers=tuple(dict.fromkeys(named.split())),
            )

    def pick(self, items: Sequence[InventoryItem]) -> Iterator[InboundRaw]:
        for item in items:
            found = self.message(f"{item.uid:x}")
            for gmail_id in () if found else self.with_id(item.message_id):
                found = self.message(gmail_id) if uid_of(gmail_id) == item.uid else found
            if found is not None:
                yield found

    def with_id(self, message_id: str) -> list[str]:
        """Gmail's ids of the messages with that Message-ID, as it stands in their header."""
        plain = message_id.strip().strip("<>")
        if not plain:
            return []
        params = {"q": f"rfc822msgid:{plain}", "includeSpamTrash": "true", "maxResults": 10}
        rows = _rows(self.api.get("messages", params).get("messages"))
        return [str(row["id"]) for row in rows if row.get("id")]

    def sent(self, newest: int) -> list[str]:
        params = {"labelIds": "SENT", "maxResults": newest}
        rows = _rows(self.api.get("messages", params).get("messages"))
        return [str(row["id"]) for row in rows if row.get("id")]


class _HistoryGone(Exception):
    """The mark is older than the history that Gmail keeps."""


def uid_of(gmail_id: str) -> int:
    """Gmail's ids are 64-bit numbers in hex; anything else is hashed. 63 bits, above 0."""
    try:
        number = int(gmail_id, 16) if len(gmail_id) <= 16 else -1
    except ValueError:
        number = -1
    if 0 < number < 2**63:
        return number
    return int.from_bytes(hashlib.sha256(gmail_id.encode()).digest()[:8]) >> 1 or 1


def labels_of(message: Mapping[str, Any]) -> frozenset[str]:
    labels = message.get("labelIds")
    return frozenset(map(str, labels)) if isinstance(labels, list) else frozenset()


def header_of(message: Mapping[str, Any], name: str) -> str:
    payload = message.get("payload")
    for row in _rows(payload.get("headers") if isinstance(payload, dict) else None):
        if str(row.get("name") or "").lower() == name.lower():
            return str(row.get("value") or "").strip()
    return ""


def _skip(labels: frozenset[str] | None) -> bool:
    """Our own copies, drafts and chats. A mail to oneself has both SENT and INBOX."""
    if labels is None:
        return False
    return bool(labels & {"DRAFT", "CHAT"}) or ("SENT" in labels and "INBOX" not in labels)


def _of_record(record: Mapping[str, Any]) -> Iterator[_Added]:
    messages = [row.get("message") for row in _rows(record.get("messagesAdded"))]
    found = [row for row in messages if isinstance(row, dict) and row.get("id")]
    mark = str(record.get("id") or "")
    for index, row in enumerate(found, start=1):
        labels = labels_of(row) if isinstance(row.get("labelIds"), list) else None
        yield _Added(str(row["id"]), labels, mark if index == len(found) else "")


def _start(cursor: Cursor) -> datetime | None:
    """From when everything is looked through: since reading last worked, less a day."""
    if cursor.read_at is None:
        return cursor.since
    moment = cursor.read_at - SLACK
    return max(moment, cursor.since) if cursor.since else moment


def _rows(found: object) -> list[dict[str, Any]]:
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _number(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _date(message: Mapping[str, Any]) -> datetime:
    """internalDate: epoch milliseconds as text."""
    milliseconds = _number(message.get("internalDate"))
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else _now()
    except (OverflowError, ValueError, OSError):
        return _now()


def _now() -> datetime:
    return datetime.now(UTC)


def _unpacked(raw: object) -> bytes:
    text = str(raw or "").rstrip("=")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _header_bytes(message: Mapping[str, Any]) -> bytes:
    """A header block from Gmail's list of names and values, so that it is read like any other."""
    payload = message.get("payload")
    lines = []
    for row in _rows(payload.get("headers") if isinstance(payload, dict) else None):
        name, value = str(row.get("name") or ""), " ".join(str(row.get("value") or "").split())
        if name.isascii() and name.replace("-", "").isalnum():
            coded = value if value.isascii() else Header(value, "utf-8", maxlinelen=10_000).encode()
            lines.append(f"{name}: {coded}".encode("ascii", "replace"))
    return b"\r\n".join([*lines, b"", b""])
