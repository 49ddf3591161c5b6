"""IMAP in: what a mailbox received, read without a trace, and copies into its Sent folder.

The folder is opened with EXAMINE and bodies are fetched with PEEK, so nothing is ever marked read
(RFC 3501 sections 6.3.2 and 6.4.5). The size is asked for first; the body of a larger mail than
the limit never crosses the wire, only its header does.
"""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import imapclient
from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError
from imapclient.imapclient import JUNK, SENT

from outreach.channels.base import (
    ChannelError,
    Cursor,
    InboundRaw,
    InventoryItem,
    MailboxConfig,
)
from outreach.channels.hosts import check_host, is_this_machine
from outreach.mail.parse import Unreadable, parse

TIMEOUTS = SocketTimeout(connect=15, read=30)  # seconds
BATCH = 50
_HEADER = b"BODY.PEEK[HEADER]<0.65536>"
_IDS = b"BODY.PEEK[HEADER.FIELDS (MESSAGE-ID IN-REPLY-TO REFERENCES)]"
INVENTORY_BATCH = 500
SPAM_LIMIT = 2000  # newest mails of the Spam folder that are looked at
_SPAM_NAMES = ("junk", "spam", "junk e-mail", "junk email", "bulk mail", "inbox.junk", "inbox.spam")


@contextmanager
def open(config: MailboxConfig) -> Iterator["Box"]:  # noqa: A001  read as imap.open
    """A signed-in connection; every fault inside comes out as ChannelError."""
    check_host(config.imap_host, config.imap_port, allow_private=config.allow_private_hosts)
    if config.imap_security == "none" and not is_this_machine(config.imap_host):
        raise ChannelError(
            "Without TLS only a server on this machine can be used. Choose TLS or STARTTLS.",
            permanent=True,
            scope="mailbox",
            code="tls",
        )
    with faults(config.imap_host):
        client = _connect(config)
        try:
            _sign_in(client, config)
            yield Box(client, config)
        finally:
            with suppress(IMAPClientError, OSError):
                client.logout()


def _connect(config: MailboxConfig) -> IMAPClient:
    context = ssl.create_default_context()
    client = IMAPClient(
        config.imap_host,
        port=config.imap_port,
        ssl=config.imap_security == "tls",
        ssl_context=context,
        timeout=TIMEOUTS,
    )
    client.normalise_times = False  # aware times, as the server says them
    if config.imap_security == "starttls":
        client.starttls(context)
    return client


def _sign_in(client: IMAPClient, config: MailboxConfig) -> None:
    if client.has_capability("AUTH=PLAIN"):
        client.plain_login(config.username, config.password)  # UTF-8, unlike LOGIN
    else:
        client.login(config.username, config.password)


class Box:
    """An open mailbox account."""

    def __init__(self, client: IMAPClient, config: MailboxConfig) -> None:
        self.client = client
        self.config = config

    def fetch(self, cursor: Cursor, limit: int) -> Iterator[InboundRaw]:
        """Mail after the cursor, oldest first, at most `limit`.

        When the server's UIDVALIDITY is not the cursor's, its UIDs mean nothing any more:
        everything since `cursor.since` comes again, and the caller knows what it has.
        """
        with faults(self.config.imap_host):
            folder = self.client.select_folder(self.config.inbox_folder or "INBOX", readonly=True)
            validity = int(folder[b"UIDVALIDITY"])
            last = cursor.last_uid if cursor.uidvalidity in (None, validity) else 0
            uids = self._new_uids(last, cursor.since)[:limit]
        for start in range(0, len(uids), BATCH):
            yield from self._batch(uids[start : start + BATCH], validity, cursor.since)

    def _new_uids(self, last: int, since: datetime | None) -> list[int]:
        """SINCE knows days only, in the server's zone, so a day more is asked for."""
        criteria: list[Any] = ["UID", f"{last + 1}:*"]
        if since:
            criteria += ["SINCE", (since - timedelta(days=1)).date()]
        return sorted(uid for uid in self.client.search(criteria) if uid > last)

    def _batch(
        self, uids: list[int], validity: int, since: datetime | None
    ) -> Iterator[InboundRaw]:
        with faults(self.config.imap_host):
            facts = self.client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        for uid in uids:
            fact = facts.get(uid)
            if fact is None:  # deleted meanwhile
                continue
            arrived = _aware(fact.get(b"INTERNALDATE"))
            if since and arrived < since:
                continue
            found = self._one(uid, validity, int(fact.get(b"RFC822.SIZE", 0)), arrived)
            if found is not None:
                yield found

    def _one(self, uid: int, validity: int, size: int, arrived: datetime) -> InboundRaw | None:
        whole = size <= self.config.size_limit
        with faults(self.config.imap_host):
            answer = self.client.fetch([uid], [b"BODY.PEEK[]" if whole else _HEADER])
        body = next(
            (value for key, value in answer.get(uid, {}).items() if key.startswith(b"BODY[")), None
        )
        if body is None:
            return None
        if whole:
            return InboundRaw(uid, validity, bytes(body), size, arrived, junk=validity < 0)
        header = envelope_of(bytes(body))
        return InboundRaw(uid, validity, None, size, arrived, header, junk=validity < 0)

    def inventory(self, since: datetime) -> Iterator[InventoryItem]:
        """Mail of the inbox, then of Spam, that came at or after `since`. EXAMINE and PEEK only."""
        yield from self._listed(self.config.inbox_folder or "INBOX", since, junk=False)
        if folder := self.spam_folder():
            yield from self._listed(folder, since, junk=True)

    def _listed(self, folder: str, since: datetime, *, junk: bool) -> Iterator[InventoryItem]:
        day = (since - timedelta(days=1)).date()  # SINCE knows days only, in the server's zone
        with faults(self.config.imap_host):
            facts = self.client.select_folder(folder, readonly=True)
            validity = int(facts[b"UIDVALIDITY"])
            uids = sorted(self.client.search(["SINCE", day]))
        if junk:
            uids, validity = uids[-SPAM_LIMIT:], -validity
        for start in range(0, len(uids), INVENTORY_BATCH):
            with faults(self.config.imap_host):
                found = self.client.fetch(
                    uids[start : start + INVENTORY_BATCH], ["INTERNALDATE", _IDS]
                )
            for uid, fact in sorted(found.items()):
                item = _item(int(uid), validity, fact, junk=junk)
                if item.received_at >= since:
                    yield item

    def pick(self, items: Sequence[InventoryItem]) -> Iterator[InboundRaw]:
        """These mails whole; what was deleted meanwhile, or numbered anew, is left out."""
        for junk in (False, True):
            wanted = [item for item in items if item.junk == junk]
            folder = self.spam_folder() if junk else self.config.inbox_folder or "INBOX"
            if not wanted or not folder:
                continue
            with faults(self.config.imap_host):
                facts = self.client.select_folder(folder, readonly=True)
            validity = int(facts[b"UIDVALIDITY"]) * (-1 if junk else 1)
            uids = sorted(item.uid for item in wanted if item.uidvalidity == validity)
            for start in range(0, len(uids), BATCH):
                yield from self._batch(uids[start : start + BATCH], validity, None)

    def append_sent(self, message: bytes) -> None:
        """A copy into the Sent folder, marked as read."""
        with faults(self.config.imap_host):
            self.client.append(self.config.sent_folder, message, flags=[imapclient.SEEN])

    def find_message_id(self, message_id: str) -> bool | None:
        """Whether Sent holds the message; None when there is no such folder to look in."""
        with faults(self.config.imap_host):
            folder = self.config.sent_folder or self.sent_folder()
            if not folder or not self.client.folder_exists(folder):
                return None
            self.client.select_folder(folder, readonly=True)
            return bool(self.client.search(["HEADER", "Message-ID", message_id]))

    def folders(self) -> list[str]:
        """Names of the folders that can hold mail."""
        with faults(self.config.imap_host):
            found = self.client.list_folders()
        return [str(name) for flags, _, name in found if b"\\Noselect" not in flags][:200]

    def sent_folder(self) -> str:
        r"""The folder marked \Sent (RFC 6154), else one with a usual name, else empty."""
        with faults(self.config.imap_host):
            return str(self.client.find_special_folder(SENT) or "")

    def spam_folder(self) -> str:
        r"""The folder marked \Junk (RFC 6154), else one with a usual name, else empty."""
        with faults(self.config.imap_host):
            if marked := self.client.find_special_folder(JUNK):
                return str(marked)
        return next((name for name in self.folders() if name.lower() in _SPAM_NAMES), "")


def _item(uid: int, validity: int, fact: Any, *, junk: bool) -> InventoryItem:
    body = next((value for key, value in fact.items() if key.startswith(b"BODY[")), b"")
    try:
        mail = parse(bytes(body or b""))
        message_id, answers = mail.message_id, mail.answers
    except Unreadable:
        message_id, answers = "", ()
    arrived = _aware(fact.get(b"INTERNALDATE"))
    return InventoryItem(uid, message_id, arrived, validity, junk, answers if junk else ())


def envelope_of(header: bytes) -> dict[str, Any]:
    """What InboundRaw.envelope holds, from a message header alone."""
    try:
        mail = parse(header)
    except Unreadable:
        return {}
    return {
        "from": f"{mail.from_name} <{mail.from_address}>",
        "subject": mail.subject,
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": " ".join(mail.references),
        "date": mail.date.isoformat() if mail.date else "",
        "header": header,
    }


def _aware(moment: object) -> datetime:
    if not isinstance(moment, datetime):
        return datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def faults(host: str) -> Iterator[None]:
    """Faults of the connection and the server's refusals as ChannelError in plain words."""
    try:
        yield
    except LoginError as error:
        raise ChannelError(
            f"{host} did not accept the user name and password.",
            permanent=True,
            scope="mailbox",
            code="auth",
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise ChannelError(
            f"The certificate of {host} cannot be trusted: {error.verify_message}.",
            permanent=True,
            scope="mailbox",
            code="tls",
        ) from error
    except IMAPClientError as error:
        raise ChannelError(
            f"{host} said: {_plain(error)}.", permanent=False, scope="provider", code="rejected"
        ) from error
    except TimeoutError as error:
        raise ChannelError(
            f"{host} did not answer in time.", permanent=False, scope="provider", code="connect"
        ) from error
    except OSError as error:
        raise ChannelError(
            f"{host} could not be reached: {error.strerror or _plain(error)}.",
            permanent=False,
            scope="provider",
            code="connect",
        ) from error


def _plain(error: Exception) -> str:
    text = " ".join(str(error).removeprefix("b").strip("'\"").split())
    return (text[:160] or type(error).__name__).rstrip(".")
