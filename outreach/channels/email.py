"""E-mail: composes the mail, hands it to the mailbox's transport."""

from collections.abc import Iterator
from contextlib import contextmanager

from outreach.channels.base import (
    Channel,
    ChannelError,
    ChannelSession,
    Config,
    MailboxConfig,
    MailSession,
    MailTransport,
    OutboundMessage,
    SendResult,
)
from outreach.mail.compose import ComposeError, ascii_address, compose
from salesagent.lib.registry import adapter


class EmailSession:
    """Keeps what went out, for the Sent folder, until the outcome is stored."""

    def __init__(self, session: MailSession) -> None:
        self._session = session
        self.sent: list[bytes] = []

    def send(self, message: OutboundMessage) -> SendResult:
        try:
            sender, recipient = ascii_address(message.sender), ascii_address(message.to)
            mail = compose(message)
        except ComposeError as error:
            raise ChannelError(
                str(error), permanent=True, scope="recipient", code="rejected"
            ) from error
        extra = {"thread_id": message.thread_id} if message.thread_id else {}
        result = self._session.send(mail, sender, recipient, **extra)
        self.sent.append(mail)
        return result


class Email(Channel):
    code = "email"
    label = "Email"
    icon = "mail"
    reach_word = "e-mail address"
    sender = "mailbox"
    manual = False
    subject_limit = 300

    def problem(self, to: str, text: str, subject: str = "") -> str:
        try:
            ascii_address(to)
        except ComposeError as error:
            return str(error)
        if len(text) > self.text_limit:
            return f"The text is longer than {self.text_limit:,} characters."
        return ""

    def link(self, to: str) -> str:
        return f"mailto:{to}" if not self.problem(to, "") else ""

    @contextmanager
    def open(self, config: Config | None) -> Iterator[EmailSession]:
        with _transport(config).open() as session:
            yield EmailSession(session)

    def find(self, config: Config | None, message_id: str) -> bool | None:
        return _transport(config).find(message_id)

    def keep_copies(self, config: Config | None, session: ChannelSession) -> None:
        if isinstance(session, EmailSession) and session.sent:
            mails, session.sent = session.sent, []
            _transport(config).keep_copies(mails)


def _transport(config: Config | None) -> MailTransport:
    if not isinstance(config, MailboxConfig):
        raise ChannelError(
            "There is no mailbox to send from.", permanent=True, scope="mailbox", code="unsupported"
        )
    transport: MailTransport = adapter("TRANSPORTS", config.transport)(config)
    return transport
