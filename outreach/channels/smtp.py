"""SMTP out, IMAP in: a mailbox at any provider.

What is known after a fault decides what happens next: everything before DATA is known unsent, an
answer of the server is an answer, and a connection that ends between DATA and its answer may or may
not have delivered (`unknown`); facts: RFC 5321 section 4.5.3.2 and our own probes.
"""

import base64
import re
import selectors
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from outreach.channels.base import (
    ChannelError,
    Cursor,
    InboundRaw,
    InventoryItem,
    MailboxConfig,
    SendResult,
)
from outreach.channels.hosts import check_host, is_this_machine
from outreach.channels.smtp_replies import error_for

if TYPE_CHECKING:
    from outreach.channels.imap import Box

CONNECT_TIMEOUT = 15.0  # seconds
REPLY_TIMEOUT = 30.0
_DOTS = re.compile(rb"(?m)^\.")


class SmtpTransport:
    def __init__(self, config: MailboxConfig) -> None:
        self.config = config

    @contextmanager
    def open(self) -> Iterator["SmtpSession"]:
        """One signed-in connection; raises ChannelError when there is none to be had."""
        session = SmtpSession(self.config)
        session.connect()
        try:
            yield session
        finally:
            session.close()

    def fetch(self, cursor: Cursor, limit: int) -> Iterator[InboundRaw]:
        with _inbox(self.config) as box:
            yield from box.fetch(cursor, limit)

    def inventory(self, since: datetime) -> Iterator[InventoryItem]:
        with _inbox(self.config) as box:
            yield from box.inventory(since)

    def pick(self, items: Sequence[InventoryItem]) -> Iterator[InboundRaw]:
        with _inbox(self.config) as box:
            yield from box.pick(items)

    def find(self, message_id: str) -> bool | None:
        """Not found proves something only where a Sent copy is always kept; the caller knows."""
        if not self.config.imap_host:
            return None
        with _inbox(self.config) as box:
            return box.find_message_id(message_id)

    def keep_copies(self, messages: list[bytes]) -> None:
        if not (messages and self.config.imap_host and self.config.sent_folder):
            return
        with _inbox(self.config) as box:
            for message in messages:
                box.append_sent(message)

    def test(self) -> list[str]:
        return [*self._test_sending(), *self._test_receiving()]

    def _test_sending(self) -> list[str]:
        host = f"{self.config.smtp_host}:{self.config.smtp_port}"
        try:
            with self.open():
                how = {"tls": "TLS", "starttls": "STARTTLS"}.get(self.config.smtp_security)
                return [f"ok: Sending works at {host}{f' with {how}' if how else ''}."]
        except ChannelError as error:
            return [f"error: Sending at {host}: {error.message}"]

    def _test_receiving(self) -> list[str]:
        if not self.config.imap_host:
            return ["error: No IMAP server is set. Answers would not be seen."]
        host = f"{self.config.imap_host}:{self.config.imap_port}"
        try:
            with _inbox(self.config) as box:
                for _ in box.fetch(Cursor(last_uid=2**32 - 2), 1):
                    break
                return [f"ok: Reading works at {host}, folder {self.config.inbox_folder}."]
        except ChannelError as error:
            return [f"error: Reading at {host}: {error.message}"]


class SmtpSession:
    """One connection for the messages of one mailbox; connects anew when the server hung up."""

    def __init__(self, config: MailboxConfig) -> None:
        self.config = config
        self._smtp: smtplib.SMTP | None = None
        self._used = False

    def connect(self) -> None:
        config = self.config
        check_host(config.smtp_host, config.smtp_port, allow_private=config.allow_private_hosts)
        if config.smtp_security == "none" and not is_this_machine(config.smtp_host):
            raise ChannelError(
                "Without TLS only a server on this machine can be used. Choose TLS or STARTTLS.",
                permanent=True,
                scope="mailbox",
                code="tls",
            )
        try:
            with _faults(config.smtp_host):
                smtp = self._connection()
                self._hello(smtp)
                self._sign_in(smtp)
        except ChannelError:
            self._drop()
            raise

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        with suppress(smtplib.SMTPException, OSError):
            if smtp.sock is not None:
                smtp.sock.settimeout(2)
            smtp.quit()
        smtp.close()

    def send(self, message: bytes, sender: str, recipient: str) -> SendResult:
        """MAIL, RCPT, DATA; raises ChannelError. Nothing has left unless the error says unknown."""
        smtp = self._ready()
        extra = self._mail_options(smtp, sender, recipient, len(message))
        try:
            with _faults(self.config.smtp_host):
                self._expect(smtp, "mail", {250}, *smtp.mail(sender, extra))
                self._expect(smtp, "rcpt", {250, 251}, *smtp.rcpt(recipient))
                self._expect(smtp, "data", {354}, *smtp.docmd("DATA"))
        except ChannelError as error:
            if error.code == "connect":
                self._drop()
            raise
        reply = self._hand_over(smtp, message)
        self._used = True
        return SendResult(provider_id=reply[:200], accepted_at=datetime.now(UTC))

    def _hand_over(self, smtp: smtplib.SMTP, message: bytes) -> str:
        """The content and its answer: the only moment when we may end not knowing."""
        data = _DOTS.sub(b"..", message)
        try:
            smtp.send(data + (b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"))
            code, reply = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise ChannelError(
                "The connection ended before the server said whether it took the message.",
                permanent=False,
                scope="provider",
                unknown=True,
                code="dropped",
            ) from error
        if code != 250:
            self._drop_or_reset(smtp, code)
            raise error_for("data", code, reply)
        return reply.decode("utf-8", "replace")

    def _ready(self) -> smtplib.SMTP:
        """The open connection; a new one when it was lost between two messages."""
        if self._smtp is None:
            self.connect()
        elif self._used and not self._alive(self._smtp):
            self._drop()
            self.connect()
        if self._smtp is None:  # connect() raises or sets it
            raise AssertionError
        return self._smtp

    def _alive(self, smtp: smtplib.SMTP) -> bool:
        """Whether the server is still there. Only when it said something meanwhile (421, or the end
        of the connection) is it worth a round trip."""
        if smtp.sock is None:
            return False
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(smtp.sock, selectors.EVENT_READ)
                if not selector.select(0):
                    return True
            return smtp.noop()[0] == 250
        except (OSError, ValueError, smtplib.SMTPException):
            return False

    def _expect(
        self, smtp: smtplib.SMTP, phase: str, wanted: set[int], code: int, reply: bytes
    ) -> None:
        if code in wanted:
            return
        self._drop_or_reset(smtp, code)
        raise error_for(phase, code, reply)

    def _drop_or_reset(self, smtp: smtplib.SMTP, code: int) -> None:
        """After a refusal the connection is good for the next message, unless it was 421."""
        if code == 421:
            self._drop()
            return
        try:
            if smtp.rset()[0] != 250:
                self._drop()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        self._used = False
        if smtp is not None:
            smtp.close()

    def _mail_options(
        self, smtp: smtplib.SMTP, sender: str, recipient: str, size: int
    ) -> list[str]:
        options = [f"SIZE={size}"] if smtp.has_extn("size") else []
        if (sender + recipient).isascii():
            return options
        if not smtp.has_extn("smtputf8"):
            raise ChannelError(
                f"{recipient} has letters that this mail server cannot deliver to (no SMTPUTF8).",
                permanent=True,
                scope="recipient",
                code="utf8",
            )
        smtp.command_encoding = "utf-8"
        return [*options, "SMTPUTF8", "BODY=8BITMIME"]

    def _connection(self) -> smtplib.SMTP:
        config = self.config
        if config.smtp_security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                config.smtp_host,
                config.smtp_port,
                local_hostname=_own_name(),
                timeout=CONNECT_TIMEOUT,
                context=ssl.create_default_context(),
            )
        else:
            smtp = smtplib.SMTP(
                config.smtp_host,
                config.smtp_port,
                local_hostname=_own_name(),
                timeout=CONNECT_TIMEOUT,
            )
        self._smtp = smtp
        return smtp

    def _hello(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self.config.smtp_security == "starttls":
            if not smtp.has_extn("starttls"):
                raise ChannelError(
                    "The mail server does not offer STARTTLS. Choose TLS and its port (often 465).",
                    permanent=True,
                    scope="mailbox",
                    code="tls",
                )
            code, reply = smtp.starttls(context=ssl.create_default_context())
            if code != 220:
                raise error_for("tls", code, reply)
            smtp.ehlo_or_helo_if_needed()
        if smtp.sock is not None:
            smtp.sock.settimeout(REPLY_TIMEOUT)

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        """AUTH PLAIN or LOGIN in UTF-8 (smtplib's own takes ASCII passwords only)."""
        config = self.config
        if not config.username:
            return
        offered = str(smtp.esmtp_features.get("auth", "")).upper().split()
        if "PLAIN" in offered:
            code, reply = smtp.docmd(
                "AUTH", "PLAIN " + _b64(f"\0{config.username}\0{config.password}")
            )
        elif "LOGIN" in offered:
            code, reply = self._login_steps(smtp)
        else:
            raise ChannelError(
                "The mail server offers no sign-in with a password (PLAIN or LOGIN) on this port.",
                permanent=True,
                scope="mailbox",
                code="auth",
            )
        if code not in (235, 503):  # 503: already signed in
            raise error_for("auth", code, reply)

    def _login_steps(self, smtp: smtplib.SMTP) -> tuple[int, bytes]:
        code, reply = smtp.docmd("AUTH", "LOGIN")
        for answer in (self.config.username, self.config.password):
            if code != 334:
                break
            code, reply = smtp.docmd(_b64(answer))
        return code, reply


def _inbox(config: MailboxConfig) -> "AbstractContextManager[Box]":
    from outreach.channels import imap  # 5 MB: with the first mailbox that is read

    return imap.open(config)


def _own_name() -> str:
    """For EHLO, without the DNS look-up that smtplib would do."""
    name = socket.gethostname()
    return name if "." in name else "[127.0.0.1]"


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@contextmanager
def _faults(host: str) -> Iterator[None]:
    """Before DATA: every fault of the connection is known unsent, and worth another try."""
    try:
        yield
    except ChannelError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise ChannelError(
            f"The certificate of {host} cannot be trusted: {error.verify_message}.",
            permanent=True,
            scope="mailbox",
            code="tls",
        ) from error
    except smtplib.SMTPResponseException as error:
        raise error_for("connect", error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise ChannelError(str(error), permanent=True, scope="mailbox", code="tls") from error
    except (OSError, smtplib.SMTPException) as error:
        raise ChannelError(
            f"{host} could not be reached: {_cause(error)}.",
            permanent=False,
            scope="provider",
            code="connect",
        ) from error


def _cause(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "the server name was not found"
    if isinstance(error, ConnectionRefusedError):
        return "nothing answers on this port"
    if isinstance(error, ssl.SSLError):
        return "no TLS on this port"
    return "the connection was lost"
