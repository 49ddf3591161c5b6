"""What a channel and a mail transport are: dataclasses in, dataclasses out, one error.

Adapters get everything as arguments and know no tables. `salesagent.wiring` names them.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from outreach.mail.message import Attachment, OutboundMessage

__all__ = [
    "Attachment",
    "Channel",
    "ChannelError",
    "ChannelSession",
    "Cursor",
    "InboundRaw",
    "MailSession",
    "MailTransport",
    "MailboxConfig",
    "OutboundMessage",
    "Scope",
    "SendResult",
]

Scope = Literal["recipient", "mailbox", "provider"]


class ChannelError(Exception):
    """A message did not go out, or nobody can tell.

    `permanent`: trying the same again does not help. `scope`: what is broken, this recipient, our
    mailbox (its password, its reputation) or the provider (down, busy). `unknown`: the other side
    may have accepted it; it must not be sent again without asking. `code`: our word for the cause:
    no_such_address, policy, auth, tls, connect, dropped, busy, rejected, too_big, utf8 or
    unsupported.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool,
        scope: Scope,
        unknown: bool = False,
        code: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.scope = scope
        self.unknown = unknown
        self.code = code


@dataclass(frozen=True, slots=True)
class SendResult:
    """`provider_id`: the other side's word for the message, such as its queue id."""

    provider_id: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class MailboxConfig:
    """A mailbox as its transport sees it. `root`: its folder, for the file transport."""

    address: str
    transport: str = "smtp"
    from_name: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"  # tls, starttls, none
    imap_host: str = ""
    imap_port: int = 993
    imap_security: str = "tls"
    username: str = ""
    password: str = field(default="", repr=False)
    sent_folder: str = ""
    inbox_folder: str = "INBOX"
    root: Path | None = None
    size_limit: int = 5 * 1024 * 1024  # bytes; larger mail comes as envelope only
    allow_private_hosts: bool = True


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a mailbox was read. `since`: mail that came before is not ours."""

    uidvalidity: int | None = None
    last_uid: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class InboundRaw:
    """One received mail. `raw` is None when it is larger than the size limit; then `envelope` tells
    who wrote it: keys from, subject, message_id, in_reply_to, references, date (texts)."""

    uid: int
    uidvalidity: int
    raw: bytes | None
    size: int
    internal_date: datetime
    envelope: dict[str, Any] = field(default_factory=dict)


class MailSession(Protocol):
    def send(self, message: bytes, sender: str, recipient: str) -> SendResult:
        """Hand over one mail; raises ChannelError. The session stays usable unless it says so."""


class MailTransport(Protocol):
    """How one mailbox's mail leaves and comes in. Made with a MailboxConfig, opens nothing yet."""

    def open(self) -> AbstractContextManager[MailSession]:
        """One connection for many messages; raises ChannelError when it cannot be made."""

    def fetch(self, cursor: Cursor, limit: int) -> Iterator[InboundRaw]:
        """Mail after the cursor, oldest first; raises ChannelError."""

    def find(self, message_id: str) -> bool | None:
        """Whether the Sent folder holds the message; None when that cannot be looked up."""

    def keep_copies(self, messages: list[bytes]) -> None:
        """Put sent mail into the Sent folder, where the provider does not do it itself."""

    def test(self) -> list[str]:
        """Try everything but sending; each step in plain words, "ok: ..." or "error: ..."."""


class ChannelSession(Protocol):
    def send(self, message: OutboundMessage) -> SendResult: ...


class Channel(Protocol):
    """One way to reach a person. `manual`: a person carries it out, the product prepares it."""

    code: str
    label: str
    manual: bool
    text_limit: int
    subject_limit: int  # 0: has no subject

    def problem(self, to: str, text: str, subject: str = "") -> str:
        """Why this cannot go to `to`, in plain words; empty when it can."""

    def link(self, to: str) -> str:
        """What a person opens to do it (tel:, profile page); empty when there is none."""

    def open(self, config: MailboxConfig | None) -> AbstractContextManager[ChannelSession]:
        """A session for several messages; raises ChannelError, always for a manual channel."""

    def find(self, config: MailboxConfig | None, message_id: str) -> bool | None:
        """Whether a message left, looked up at the provider; None when that cannot be known."""

    def keep_copies(self, config: MailboxConfig | None, session: ChannelSession) -> None:
        """After the outcome is stored: copies of what the session sent, where they are wanted."""
