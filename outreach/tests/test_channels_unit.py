"""The file mailbox, the manual channels and what every channel has in common."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from outreach.channels import maildir
from outreach.channels.base import ChannelError, Cursor, MailboxConfig, OutboundMessage
from outreach.channels.email import Email
from outreach.channels.fake import Fake
from outreach.channels.linkedin import LinkedIn
from outreach.channels.maildir import FileTransport, folder_name
from outreach.channels.phone import Phone
from outreach.services.transports import channel_for

MAIL = b"Message-ID: <1@halden.example>\r\nFrom: a@b.example\r\nSubject: Hi\r\n\r\nText\r\n"


@pytest.fixture
def config(tmp_path: Path) -> MailboxConfig:
    return MailboxConfig(address="jonas@halden.example", transport="file", root=tmp_path)


@pytest.fixture
def transport(config: MailboxConfig) -> FileTransport:
    return FileTransport(config)


def message(**changes: Any) -> OutboundMessage:
    given = {
        "channel": "email",
        "to": "marta@polna.example",
        "text": "Hello",
        "sender": "jonas@halden.example",
        "message_id": "<1@halden.example>",
        "sent_at": datetime(2026, 11, 20, tzinfo=UTC),
    }
    return OutboundMessage(**given | changes)


def test_sent_mail_is_a_file_that_can_be_found(transport: FileTransport) -> None:
    with transport.open() as session:
        result = session.send(MAIL, "jonas@halden.example", "marta@polna.example")
    path = transport.folder() / "sent" / result.provider_id
    assert path.read_bytes() == MAIL
    assert transport.find("<1@halden.example>") is True
    assert transport.find("<2@halden.example>") is False
    assert list((transport.folder() / "tmp").iterdir()) == []


def test_the_same_mail_twice_is_one_file(transport: FileTransport) -> None:
    with transport.open() as session:
        for _ in range(2):
            session.send(MAIL, "a@b.example", "c@d.example")
    assert len(list((transport.folder() / "sent").iterdir())) == 1


def test_received_mail_has_growing_uids(transport: FileTransport) -> None:
    assert [transport.deliver(MAIL) for _ in range(3)] == [1, 2, 3]
    first = list(transport.fetch(Cursor(), 2))
    assert [raw.uid for raw in first] == [1, 2] and first[0].raw == MAIL
    assert transport.deliver(MAIL) == 4
    assert [raw.uid for raw in transport.fetch(Cursor(1, 2), 10)] == [3, 4]
    assert list(transport.fetch(Cursor(1, 4), 10)) == []
    assert len(list((transport.folder() / "cur").iterdir())) == 4


def test_unread_mail_is_read_again_from_the_cursor(transport: FileTransport) -> None:
    """The cursor decides, not the folder: a reader that died loses nothing."""
    transport.deliver(MAIL)
    assert len(list(transport.fetch(Cursor(), 10))) == 1
    assert len(list(transport.fetch(Cursor(1, 0), 10))) == 1


def test_a_large_mail_comes_as_envelope(config: MailboxConfig) -> None:
    from dataclasses import replace

    transport = FileTransport(replace(config, size_limit=100))
    transport.deliver(MAIL + b"x" * 200)
    raw = next(transport.fetch(Cursor(), 1))
    assert raw.raw is None and raw.size == len(MAIL) + 200
    assert raw.envelope["subject"] == "Hi" and raw.envelope["message_id"] == "<1@halden.example>"


@pytest.mark.parametrize(
    "address", ["../../etc/passwd", "a/b@x.example", "..@x", "a@..", "", "ü@x.example", "a@x\x00"]
)
def test_no_address_leads_out_of_the_folder(address: str, tmp_path: Path) -> None:
    name = folder_name(address)
    assert (tmp_path / name).resolve().parent == tmp_path.resolve()
    assert len(name) == 32


def test_a_folder_that_cannot_be_written_is_a_fault_of_the_mailbox(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    transport = FileTransport(MailboxConfig(address="a@b.example", root=tmp_path / "file"))
    with pytest.raises(ChannelError) as caught, transport.open():
        pass
    assert caught.value.scope == "mailbox" and caught.value.permanent
    assert transport.test()[0].startswith("error: ")


def test_a_full_disk_is_known_unsent(
    transport: FileTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path, content: bytes) -> Path:
        raise OSError(28, "No space left on device")

    with transport.open() as session:
        monkeypatch.setattr(maildir, "_write", full)
        with pytest.raises(ChannelError, match="No space") as caught:
            session.send(MAIL, "a@b.example", "c@d.example")
    assert not caught.value.unknown and not caught.value.permanent
    assert transport.find("<1@halden.example>") is False


def test_the_test_says_where_mail_lies(transport: FileTransport) -> None:
    assert transport.test() == [
        f"ok: Mail is written to {transport.folder()} and answers are read from there."
    ]


def test_email_composes_and_hands_over(config: MailboxConfig) -> None:
    channel = Email()
    with channel.open(config) as session:
        session.send(message())
        channel.keep_copies(config, session)
    assert channel.find(config, "<1@halden.example>") is True


def test_email_refuses_what_is_no_address(config: MailboxConfig) -> None:
    with Email().open(config) as session, pytest.raises(ChannelError) as caught:
        session.send(message(to="nobody"))
    assert (caught.value.permanent, caught.value.scope) == (True, "recipient")
    assert "not an e-mail address" in Email().problem("nobody", "")
    assert "longer" in Email().problem("a@b.example", "x" * 9000)
    assert Email().problem("a@b.example", "x") == ""


def test_email_needs_a_mailbox() -> None:
    with pytest.raises(ChannelError, match="no mailbox"), Email().open(None):
        pass


@pytest.mark.parametrize("code", ["email", "phone", "linkedin", "fake"])
def test_every_channel_keeps_the_protocol(code: str) -> None:
    channel = channel_for(code)
    assert channel.code == code and channel.label and channel.text_limit > 0
    assert channel.problem("", "text") != "" and channel.link("") == ""
    if channel.manual:
        assert channel.find(None, "<1@x>") is None
        with pytest.raises(ChannelError), channel.open(None):
            pass


def test_fake_fails_as_told() -> None:
    Fake.reset()
    Fake.errors = [ChannelError("x", permanent=True, scope="recipient")]
    with Fake().open(None) as session:
        with pytest.raises(ChannelError):
            session.send(message())
        session.send(message())
    assert len(Fake.sent) == 1


@pytest.mark.parametrize(
    ("given", "link"),
    [
        ("+48 61 555 01 27", "tel:+48615550127"),
        ("(061) 555-0127", "tel:0615550127"),
        ("javascript:alert(1)", ""),
        ("+48615550127;ext=1", ""),
        ("12", ""),
    ],
)
def test_phone_links_hold_digits_only(given: str, link: str) -> None:
    assert Phone().link(given) == link
    assert bool(Phone().problem(given, "")) is not bool(link)


@pytest.mark.parametrize(
    ("given", "link"),
    [
        ("https://www.linkedin.com/in/marta-k/", "https://www.linkedin.com/in/marta-k/"),
        ("linkedin.com/in/marta-k?trk=x#y", "https://www.linkedin.com/in/marta-k/"),
        ("http://pl.linkedin.com/in/żółw", "https://www.linkedin.com/in/%C5%BC%C3%B3%C5%82w/"),
        ("https://www.linkedin.com/company/polna/", "https://www.linkedin.com/company/polna/"),
        ("https://www.linkedin.com.evil.example/in/x", ""),
        ("https://evil.example/linkedin.com/in/x", ""),
        ("https://linkedin.com@evil.example/in/x", ""),
        ("https://www.linkedin.com:8443/in/x", ""),
        ("javascript://www.linkedin.com/in/x%0aalert(1)", ""),
        ("https://www.linkedin.com/redirect?url=//evil.example", ""),
        ("https://www.linkedin.com/in/x/../../redir/y", ""),
        ("https://www.linkedin.com:x/in/y", ""),
        ("", ""),
    ],
)
def test_linkedin_links_are_rebuilt_from_checked_parts(given: str, link: str) -> None:
    assert LinkedIn().link(given) == link


def test_linkedin_texts_have_a_limit() -> None:
    good = "https://www.linkedin.com/in/x/"
    assert LinkedIn().problem(good, "x") == ""
    assert "under" in LinkedIn().problem(good, "x" * 2000)
