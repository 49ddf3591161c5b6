"""The SMTP transport against servers on loopback that behave, and against ones that do not."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from bench.smtp_sink import Script, Sink
from outreach.channels import smtp as smtp_module
from outreach.channels.base import ChannelError, MailboxConfig
from outreach.channels.smtp import SmtpTransport
from outreach.channels.smtp_replies import error_for

MAIL = b"Subject: x\r\nMessage-ID: <1@halden.example>\r\n\r\nHello\r\n.\r\n..dots\r\n"
US, THEM = "jonas@halden.example", "marta@polna.example"


def config(port: int, **changes: Any) -> MailboxConfig:
    given = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"} | changes
    return MailboxConfig(address=US, **given)


def send(port: int, *recipients: str, **changes: Any) -> None:
    with SmtpTransport(config(port, **changes)).open() as session:
        for recipient in recipients or (THEM,):
            session.send(MAIL, US, recipient)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_module, "CONNECT_TIMEOUT", 1.0)
    monkeypatch.setattr(smtp_module, "REPLY_TIMEOUT", 0.3)


def fails(script: Script, **changes: Any) -> tuple[ChannelError, Sink]:
    with Sink(script) as sink, pytest.raises(ChannelError) as caught:
        send(sink.port, **changes)
    return caught.value, sink


def test_a_mail_arrives_byte_for_byte() -> None:
    with Sink() as sink:
        send(sink.port)
    assert sink.mails == [MAIL]
    assert sink.envelopes == [(US, THEM)]


def test_many_mails_use_one_connection() -> None:
    with Sink() as sink:
        send(sink.port, *[f"p{number}@polna.example" for number in range(20)])
    assert sink.connections == 1
    assert len(sink.mails) == 20
    assert "NOOP" not in sink.commands


def test_a_connection_the_server_closed_is_made_anew() -> None:
    with Sink() as sink, SmtpTransport(config(sink.port)).open() as session:
        session.send(MAIL, US, THEM)
        sink.hang_up()
        while session._alive(session._smtp):  # type: ignore[attr-defined]
            pass
        session.send(MAIL, US, THEM)
    assert sink.connections == 2
    assert len(sink.mails) == 2


@pytest.mark.parametrize(
    ("answers", "permanent", "scope", "code"),
    [
        ({"connect": "421 too busy"}, False, "provider", "busy"),
        ({"connect": "554 go away"}, True, "mailbox", "connect"),
        ({"mail": "451 4.3.0 later"}, False, "provider", "busy"),
        ({"mail": "550 5.7.1 not your address"}, True, "mailbox", "policy"),
        ({"mail": "553 sender not allowed"}, True, "mailbox", "sender"),
        ({"mail": "530 5.7.0 sign in first"}, True, "mailbox", "auth"),
        ({"rcpt": "450 4.2.0 greylisted"}, False, "recipient", "busy"),
        ({"rcpt": "421 4.7.0 too many"}, False, "provider", "busy"),
        ({"rcpt": "452 4.2.2 mailbox full"}, False, "recipient", "busy"),
        ({"rcpt": "550 5.1.1 no such user"}, True, "recipient", "no_such_address"),
        ({"rcpt": "550 5.7.1 blocked by policy"}, True, "mailbox", "policy"),
        ({"rcpt": "554 refused"}, True, "mailbox", "policy"),
        ({"rcpt": "552 5.2.2 over quota"}, True, "recipient", "rejected"),
        ({"data": "451 later"}, False, "recipient", "busy"),
        ({"data": "DROP"}, False, "provider", "connect"),
        ({"body": "451 4.7.1 later"}, False, "recipient", "busy"),
        ({"body": "550 5.1.1 unknown"}, True, "recipient", "no_such_address"),
        ({"body": "554 5.7.1 spam"}, True, "mailbox", "policy"),
        ({"body": "552 5.3.4 too big"}, True, "recipient", "too_big"),
    ],
)
def test_an_answer_is_an_answer(
    answers: dict[str, str], permanent: bool, scope: str, code: str
) -> None:
    error, sink = fails(Script(answers))
    found = (error.permanent, error.scope, error.code, error.unknown)
    assert found == (permanent, scope, code, False), error.message
    assert sink.mails == []


@pytest.mark.parametrize("answer", ["DROP", "ACCEPT+DROP", "ACCEPT+SILENCE"])
def test_no_answer_after_data_is_unknown(answer: str) -> None:
    """smtplib says the same for all three; two of them have delivered."""
    error, sink = fails(Script({"body": answer}))
    assert error.unknown and not error.permanent
    assert len(sink.mails) == (0 if answer == "DROP" else 1)


def test_a_silent_server_is_known_unsent() -> None:
    error, sink = fails(Script({"connect": "SILENCE"}))
    assert (error.unknown, error.permanent, error.code) == (False, False, "connect")


def test_nobody_listens() -> None:
    with Sink() as sink:
        port = sink.port
    with pytest.raises(ChannelError, match="could not be reached") as caught:
        send(port)
    assert not caught.value.permanent and caught.value.scope == "provider"


def test_a_refused_recipient_leaves_the_connection_for_the_next() -> None:
    script = Script({"rcpt": "550 5.1.1 no such user"}, times=1)
    with Sink(script) as sink, SmtpTransport(config(sink.port)).open() as session:
        with pytest.raises(ChannelError):
            session.send(MAIL, US, "nobody@polna.example")
        session.send(MAIL, US, THEM)
    assert sink.connections == 1
    assert sink.envelopes == [(US, THEM)]
    assert "RSET" in [command.upper() for command in sink.commands]


def test_after_an_unknown_end_a_new_connection_is_made() -> None:
    script = Script({"body": "ACCEPT+DROP"}, times=1)
    with Sink(script) as sink, SmtpTransport(config(sink.port)).open() as session:
        with pytest.raises(ChannelError):
            session.send(MAIL, US, THEM)
        session.send(MAIL, US, "other@polna.example")
    assert sink.connections == 2


@pytest.mark.parametrize("offer", ["AUTH PLAIN LOGIN", "AUTH LOGIN"])
@pytest.mark.parametrize("password", ["geheim", "pässwörd ✓"])
def test_signs_in_with_any_password(offer: str, password: str) -> None:
    script = Script(extensions=(offer,), password=password)
    with Sink(script) as sink:
        send(sink.port, username="jonas", password=password)
    assert len(sink.mails) == 1


@pytest.mark.parametrize("offer", ["AUTH PLAIN", "AUTH LOGIN"])
def test_wrong_password_is_the_mailboxs_fault(offer: str) -> None:
    script = Script(extensions=(offer,), password="right")
    error, sink = fails(script, username="jonas", password="wrong")
    assert (error.permanent, error.scope, error.code) == (True, "mailbox", "auth")
    assert "password" in error.message


def test_no_known_sign_in_is_said_plainly() -> None:
    error, _ = fails(Script(extensions=("AUTH CRAM-MD5",)), username="j", password="x")
    assert error.permanent and "PLAIN or LOGIN" in error.message


def test_without_smtputf8_an_international_address_is_refused_here() -> None:
    with Sink() as sink, SmtpTransport(config(sink.port)).open() as session:
        with pytest.raises(ChannelError, match="SMTPUTF8") as caught:
            session.send(MAIL, US, "józef@poczta.example")
        session.send(MAIL, US, THEM)
    assert caught.value.permanent and caught.value.scope == "recipient"
    assert sink.envelopes == [(US, THEM)]


def test_with_smtputf8_it_is_sent() -> None:
    with Sink(Script(extensions=("SMTPUTF8", "8BITMIME"))) as sink:
        send(sink.port, "józef@poczta.example")
    assert sink.envelopes == [(US, "józef@poczta.example")]
    assert any("SMTPUTF8" in command for command in sink.commands)


def test_no_tls_only_on_this_machine() -> None:
    with pytest.raises(ChannelError, match="Without TLS") as caught:
        send(25, smtp_host="mail.polna.example")
    assert caught.value.permanent


def test_private_hosts_can_be_forbidden() -> None:
    with pytest.raises(ChannelError, match="private network"):
        send(25, allow_private_hosts=False)


def test_starttls_is_never_skipped() -> None:
    error, sink = fails(Script(), smtp_security="starttls")
    assert (error.permanent, error.code) == (True, "tls")
    assert sink.mails == []


def test_steps_of_the_test_are_in_plain_words() -> None:
    with Sink(Script(extensions=("AUTH PLAIN",), password="right")) as sink:
        good = SmtpTransport(config(sink.port, username="j", password="right")).test()
        bad = SmtpTransport(config(sink.port, username="j", password="wrong")).test()
    assert good[0].startswith("ok: Sending works at 127.0.0.1:")
    assert good[1].startswith("error: No IMAP server")
    assert bad[0].startswith("error: Sending at") and "password" in bad[0]


def test_without_imap_nothing_can_be_looked_up() -> None:
    transport = SmtpTransport(config(1))
    assert transport.find("<1@x>") is None
    transport.keep_copies([MAIL])  # no Sent folder: nothing to do, nothing tried


@pytest.mark.parametrize(
    ("phase", "code", "reply", "expected"),
    [
        ("rcpt", 550, "5.1.1 The email account does not exist", "no_such_address"),
        ("rcpt", 550, "No such user here", "no_such_address"),
        ("rcpt", 550, "Recipient address rejected: User unknown", "no_such_address"),
        ("rcpt", 550, "5.1.10 null MX", "no_such_address"),
        ("rcpt", 550, "5.7.515 Access denied, sender not authenticated", "policy"),
        ("rcpt", 550, "Relaying denied", "policy"),
        ("rcpt", 550, "blocked using zen.spamhaus.org; user unknown", "policy"),
        ("rcpt", 550, "5.4.1 Recipient address rejected: Access denied", "no_such_address"),
        ("rcpt", 550, "5.2.1 mailbox disabled", "rejected"),
        ("rcpt", 551, "User not local; please try elsewhere", "no_such_address"),
        ("rcpt", 550, "Requested action not taken: mailbox unavailable", "no_such_address"),
        ("data", 554, "Message rejected", "policy"),
        ("auth", 534, "5.7.9 application-specific password required", "auth"),
    ],
)
def test_words_of_real_servers(phase: str, code: int, reply: str, expected: str) -> None:
    assert error_for(phase, code, reply).code == expected


def test_a_reply_cannot_forge_lines() -> None:
    error = error_for("rcpt", 550, b"5.1.1 no\r\nX: y\x00" + b"z" * 5000)
    assert "\n" not in error.message and len(error.message) < 300


# --- TLS against aiosmtpd ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost, signed by itself."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class Keep:
    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope.content)
        return "250 2.0.0 kept"


def _authenticate(server: Any, session: Any, envelope: Any, how: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password == b"right"
    return AuthResult(success=good, handled=good)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[tuple[Controller, Keep]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    kept = Keep()
    controller = Controller(
        kept,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=_authenticate,
        auth_required=True,
    )
    controller.start()
    yield controller, kept
    controller.stop()


def test_starttls_and_sign_in(
    tls_server: tuple[Controller, Keep], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr(smtp_module, "REPLY_TIMEOUT", 5.0)
    controller, kept = tls_server
    given = {"smtp_security": "starttls", "smtp_host": "localhost", "username": "j"}
    send(controller.port, THEM, "second@polna.example", password="right", **given)
    assert len(kept.mails) == 2
    with pytest.raises(ChannelError, match="password"):
        send(controller.port, password="wrong", **given)


def test_a_certificate_nobody_vouches_for_is_refused(
    tls_server: tuple[Controller, Keep],
) -> None:
    controller, kept = tls_server
    with pytest.raises(ChannelError, match="certificate") as caught:
        send(controller.port, smtp_security="starttls", smtp_host="localhost")
    assert (caught.value.permanent, caught.value.scope) == (True, "mailbox")
    assert kept.mails == []


def test_tls_on_a_plain_port_is_explained() -> None:
    with Sink() as sink, pytest.raises(ChannelError, match="no TLS on this port"):
        send(sink.port, smtp_security="tls", smtp_host="localhost")
