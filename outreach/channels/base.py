"""What a channel and a mail transport are: dataclasses in, dataclasses out, one error.

Adapters get everything as arguments and know no tables. `salesagent.wiring` names them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from outreach.mail.message import Attachment, OutboundMessage

__all__ = [
    "AccountConfig",
    "Attachment",
    "Channel",
    "ChannelError",
    "ChannelEvent",
    "ChannelSession",
    "Config",
    "Cursor",
    "InboundRaw",
    "InventoryItem",
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
    unsupported. `retry_after`: seconds the other side asked us to wait.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool,
        scope: Scope,
        unknown: bool = False,
        code: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.scope = scope
        self.unknown = unknown
        self.code = code
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class SendResult:
    """`provider_id`: the other side's word for the message, such as its queue id. `message_id`: the
    Message-ID that the recipient sees, where the other side put its own in place of ours."""

    provider_id: str
    accepted_at: datetime
    message_id: str = ""


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
    account: "AccountConfig | None" = None  # for transports that sign in with tokens


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """A connected service as its adapter sees it. Nothing in `secret` may be shown or logged.

    `token`: returns a fresh access token, for services with OAuth; raises ChannelError (auth).
    Given a token that the service has just refused, it returns another one.
    `callback_url`: where the service reports what became of a message; empty: it need not.
    """

    service: str
    account: str = ""
    secret: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict)
    base_url: str = ""
    callback_url: str = ""
    token: Callable[..., str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a mailbox was read. `since`: mail that came before is not ours. `token`: the
    provider's own mark (Gmail's history id), for transports that count by no UID. `read_at`: when
    reading last worked, so that whoever has to start anew need not look further back."""

    uidvalidity: int | None = None
    last_uid: int = 0
    since: datetime | None = None
    token: str = ""
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InboundRaw:
    """One received mail. `raw` is None when it is larger than the size limit; then `envelope` tells
    who wrote it: keys from, subject, message_id, in_reply_to, references, date (texts).

    `thread`: the provider's word for the conversation. `junk`: the provider put it into spam or the
    bin, so that it counts only if it is certainly somebody's answer."""

    uid: int
    uidvalidity: int
    raw: bytes | None
    size: int
    internal_date: datetime
    envelope: dict[str, Any] = field(default_factory=dict)
    token: str = ""  # the cursor's mark once this message is taken in; empty: it does not move
    thread: str = ""
    junk: bool = False


@dataclass(frozen=True, slots=True)
class InventoryItem:
    """A message that the server holds, for the comparison with the ledger. `uid` as in InboundRaw;
    `message_id` may be empty.

    `junk`: it lies in the Spam folder; `answers` are then the ids it names (In-Reply-To,
    References), and `uidvalidity` is negative, so that numbers of two folders never meet. 0: the
    transport counts by no UIDVALIDITY.
    """

    uid: int
    message_id: str
    received_at: datetime
    uidvalidity: int = 0
    junk: bool = False
    answers: tuple[str, ...] = ()


class MailSession(Protocol):
    def send(self, message: bytes, sender: str, recipient: str, thread_id: str = "") -> SendResult:
        """Hand over one mail; raises ChannelError. The session stays usable unless it says so.

        `thread_id` comes only for transports whose results name a thread (`thread_of`).
        """


class MailTransport(Protocol):
    """How one mailbox's mail leaves and comes in. Made with a MailboxConfig, opens nothing yet."""

    def open(self) -> AbstractContextManager[MailSession]:
        """One connection for many messages; raises ChannelError when it cannot be made."""

    def fetch(self, cursor: Cursor, limit: int) -> Iterator[InboundRaw]:
        """Mail after the cursor, oldest first; raises ChannelError.

        A transport that counts by a mark has `reached`, the mark after everything was given.
        """

    def inventory(self, since: datetime) -> Iterator[InventoryItem]:
        """What lies in the inbox and in Spam and came at or after `since`; leaves no trace."""

    def pick(self, items: Sequence[InventoryItem]) -> Iterator[InboundRaw]:
        """These mails whole, as `fetch` gives them; those that are gone by now are left out."""

    def find(self, message_id: str) -> bool | None:
        """Whether the Sent folder holds the message; None when that cannot be looked up."""

    def keep_copies(self, messages: list[bytes]) -> None:
        """Put sent mail into the Sent folder, where the provider does not do it itself."""

    def test(self) -> list[str]:
        """Try everything but sending; each step in plain words, "ok: ..." or "error: ..."."""


class ChannelSession(Protocol):
    def send(self, message: OutboundMessage) -> SendResult: ...


Config = MailboxConfig | AccountConfig


@dataclass(frozen=True, slots=True)
class ChannelEvent:
    """What a service reports about a message, or a message that came in over it.

    `kind`: status (of a message of ours), inbound or opt_out. `status` is our word: queued, sent,
    delivered, read, undelivered or failed. `code`: our word for what went wrong, as in
    ChannelError. Times are aware.
    """

    kind: Literal["status", "inbound", "opt_out", "opt_in"]
    provider_id: str
    at: datetime
    status: str = ""
    code: str = ""
    text: str = ""
    sender: str = ""
    to: str = ""
    name: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


class Channel:
    """One way to reach a person, with what everything else needs to know about it.

    To add one: a class like this in a folder of its own and its line in `salesagent.wiring`
    (docs/add-a-channel.md). `manual`: a person carries it out, the product prepares it.
    """

    code = ""
    label = ""
    task_label = ""  # in the list of steps; empty: the label
    icon = "activity"  # of static/icons
    manual = False
    text_limit = 8000  # characters
    subject_limit = 0  # 0: has no subject
    # how the person is reached: a field of Lead (email, phone, linkedin_url) or "post"
    reach = "email"
    reach_word = "address"  # "Marta has no phone number."
    # who sends: "mailbox" of a rep, a connected "service", or "" for a person
    sender: Literal["mailbox", "service", ""] = ""
    service = ""  # of accounts.Connection, where sender is "service"
    senders: tuple[str, ...] = ()  # settings of that connection, one of which has to be filled in
    needs_consent = False  # a recorded yes of the lead for this channel
    quiet_hours = False  # keeps to the workspace's hours for texts and calls
    reply_hours = 0  # free text only so long after the lead's last message; 0: always
    # --- what a person carries out ---
    task_title = ""  # the line in Today; empty: the label
    how = ""  # one sentence below the text: what to do with it
    open_word = ""  # what its link opens, with {name}: "Open {name}'s profile"
    spoken = False  # a call: the text is a script, the end is logged with its minutes
    pastes = False  # answers come where we cannot read them: a person pastes them in
    prints = False  # the text and an address label are printed
    outcomes: Mapping[str, str] = {}  # code -> label, in the order of their keys; first: it is done
    # what an outcome leads to, where that is not "done": again (on a later day, three times at
    # most), date (again at a chosen moment), skip (not done), answer (they replied: pasted in),
    # meeting, declined (the sequence ends), stop (never again on this channel)
    effects: Mapping[str, str] = {}
    hints: Mapping[str, str] = {}  # outcome -> what a person may put right then
    done_kind = "touch.done"  # the thread's event (outreach.event_kinds)
    # --- how its text is written ---
    text_word = "Message frame"  # what the editor calls it
    first_text = "Hi {{first_name|there}},\n\n\n\n{{sender_signature}}"  # of a new step
    counter: Literal["characters", "segments"] = "characters"  # segments: of SMS (3GPP TS 23.038)
    short_limit = 0  # characters that fit its short form, such as a connection note; 0: has none
    short_word = ""  # "fits a connection note"

    def problem(self, to: str, text: str, subject: str = "") -> str:
        """Why this cannot go to `to`, in plain words; empty when it can."""
        if not to:
            return f"There is no {self.reach_word}."
        if len(text) > self.text_limit:
            return f"The text is longer than {self.text_limit:,} characters."
        return ""

    def advice(self, text: str) -> str:
        """What a person should know about the text's length; empty when it is fine."""
        return ""

    def link(self, to: str) -> str:
        """What a person opens to do it (tel:, profile page); empty when there is none."""
        return ""

    def search(self, words: str) -> str:
        """Where a person looks for somebody whose address is not known; empty when nowhere."""
        return ""

    def open(self, config: Config | None) -> AbstractContextManager[ChannelSession]:
        """A session for several messages; raises ChannelError, always for a manual channel."""
        raise ChannelError(
            "A person does this.", permanent=True, scope="provider", code="unsupported"
        )

    def find(self, config: Config | None, message_id: str) -> bool | None:
        """Whether a message left, looked up at the provider; None when that cannot be known.

        `message_id`: the touch's, which the channel has put into the message or its own records.
        """
        return None

    def find_sent(
        self, config: Config | None, message: OutboundMessage, since: datetime
    ) -> bool | None:
        """As `find`, for services that keep no id of ours: `since` is when it was handed over."""
        return self.find(config, message.message_id)

    def test(self, config: Config | None) -> None:
        """Sign in at the service; raises ChannelError. Mailboxes are tested by their transport."""

    def keep_copies(self, config: Config | None, session: ChannelSession) -> None:
        """After the outcome is stored: copies of what the session sent, where they are wanted."""
