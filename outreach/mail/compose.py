"""From an OutboundMessage to the bytes of a mail. Pure: no clock, no network, no tables.

Put together by Django's EmailMultiAlternatives, which refuses line breaks in headers. The newer
EmailMessage of the standard library encodes long tokens of a header as words, which breaks the
address in List-Unsubscribe (seen on Python 3.11.7). The tests read every mail back.
"""

import re
from collections.abc import Iterable, Mapping
from email.headerregistry import Address
from email.utils import format_datetime
from zlib import crc32

from django.core.mail import EmailMultiAlternatives

from outreach.mail.html import html_part
from outreach.mail.message import Attachment, OutboundMessage
from salesagent.lib.text import clean, one_line

REFERENCES = 12  # the first and the last ones; threads are found by these
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")


class ComposeError(ValueError):
    """The message cannot become a mail: an address that is none, in words for a person."""


def compose(message: OutboundMessage) -> bytes:
    """The whole mail, text first, then minimal HTML, then attachments. Raises ComposeError."""
    mail = EmailMultiAlternatives(
        subject=_words(message.subject, 300),
        body=plain_text(message),
        from_email=_mailbox(message.sender_name, message.sender),
        to=[_mailbox(message.to_name, message.to)],
        headers=dict(_headers(message)),
    )
    mail.attach_alternative(html_part(message), "text/html")
    for attachment in message.attachments:
        mail.attach(_file_name(attachment.name), attachment.content, _content_type(attachment))
    raw: bytes = mail.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
    for address in (message.sender, message.to):
        if not _local(address).isascii():  # RFC 6532: as it is, and only over SMTPUTF8
            raw = raw.replace(_stand_in(address).encode(), _local(address).encode(), 1)
    return raw


def _local(address: str) -> str:
    return address.strip().rpartition("@")[0]


def _stand_in(address: str) -> str:
    """An ASCII name in the place of one that Django would encode as a word."""
    return f"eai{crc32(address.encode()):08x}"


def _words(value: str, limit: int) -> str:
    """One line that no reader takes for an encoded word (RFC 2047)."""
    return one_line(value, limit).replace("=?", "= ?")


def plain_text(message: OutboundMessage) -> str:
    """The text and, below the signature mark, who we are and how to stop it."""
    lines = [one_line(line, 300) for line in footer_lines(message)]
    if message.unsubscribe_url:
        lines.append(f"Do not want these mails? {message.unsubscribe_url}")
    text = clean(message.text).strip()
    return f"{text}\n\n-- \n" + "\n".join(lines) + "\n" if lines else f"{text}\n"


def footer_lines(message: OutboundMessage) -> list[str]:
    given = (message.company, message.postal_address, message.reason)
    return [line for line in given if line.strip()]


def ascii_address(address: str) -> str:
    """The address with its domain as A-labels (IDNA 2008); the part before @ stays as it is.

    Raises ComposeError for anything that is not one plain address.
    """
    address = address.strip()
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or re.search(r"[\s<>,;:\"\\()\[\]\x00-\x1f\x7f]", address):
        raise ComposeError(f"{one_line(address, 80)} is not an e-mail address.")
    if domain.isascii():
        return f"{local}@{domain}"
    import idna

    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise ComposeError(f"{one_line(domain, 80)} is not a domain name.") from error


def _mailbox(name: str, address: str) -> str:
    """A name and an address, as one header value; Django encodes what is not ASCII."""
    local, _, domain = ascii_address(address).rpartition("@")
    local = local if local.isascii() else _stand_in(address)
    try:
        return str(Address(_words(name, 100), username=local, domain=domain))
    except ValueError as error:
        raise ComposeError(f"{one_line(address, 80)} is not an e-mail address.") from error


def _headers(message: OutboundMessage) -> Iterable[tuple[str, str]]:
    if message.sent_at:
        yield "Date", format_datetime(message.sent_at)
    if _MESSAGE_ID.fullmatch(message.message_id):
        yield "Message-ID", message.message_id
    for header, value, limit in (
        ("In-Reply-To", message.in_reply_to, 1),
        ("References", message.references, REFERENCES),
    ):
        if ids := _ids(value, limit):
            yield header, " ".join(ids)
    if message.automatic:
        yield "Auto-Submitted", "auto-generated"
    yield from _unsubscribe(message).items()


def _unsubscribe(message: OutboundMessage) -> Mapping[str, str]:
    """Both headers of RFC 8058; the provider's DKIM signature has to cover them (docs/mail.md)."""
    ways, headers = [], {}
    if message.unsubscribe_url:
        ways.append(f"<{one_line(message.unsubscribe_url, 900)}>")
    if message.unsubscribe_mailto:
        words = "subject=unsubscribe&body=unsubscribe"
        ways.append(f"<mailto:{ascii_address(message.unsubscribe_mailto)}?{words}>")
    if ways:
        headers["List-Unsubscribe"] = ", ".join(ways)
    if message.unsubscribe_url.startswith("https://"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if headers:
        headers["List-Id"] = _list_id(message)
    return headers


def _list_id(message: OutboundMessage) -> str:
    """RFC 2919: whose mails one leaves by the stop link. Filters mistrust half a set of headers
    (SpamAssassin's LIST_PARTIAL_SHORT_MSG)."""
    domain = ascii_address(message.sender).rpartition("@")[2].lower()
    return f"<outreach.{domain}>"


def _ids(value: str, limit: int) -> list[str]:
    """Only well-formed message ids get into a header; of many the first and the last ones."""
    found: list[str] = _MESSAGE_ID.findall(value)
    if len(found) <= limit:
        return found
    return found[:1] + found[-(limit - 1) :] if limit > 1 else found[-1:]


def _content_type(attachment: Attachment) -> str:
    kind = attachment.content_type.lower()
    # RFC 2046 section 5.2: message/ and multipart/ may not be base64; a file is a file
    plain = _TYPE.fullmatch(kind) and not kind.startswith(("message/", "multipart/", "text/"))
    return kind if plain else "application/octet-stream"


def _file_name(name: str) -> str:
    return one_line(name.replace("/", "_").replace("\\", "_"), 100) or "file"
