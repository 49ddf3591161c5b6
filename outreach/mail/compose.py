"""From an OutboundMessage to the bytes of a mail. Pure: no clock, no network, no tables.

Written by hand instead of with EmailMessage: half of the time of a send was spent there, and its
folding of address headers is not safe on every Python 3.11 (gh-121650, gh-100884). The tests read
every mail back with the standard parser.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from email.header import Header
from email.utils import format_datetime, quote
from urllib.parse import quote as percent

from outreach.mail.html import html_part
from outreach.mail.message import Attachment, OutboundMessage
from salesagent.lib.text import clean, one_line

CRLF = "\r\n"
LINE = 76  # RFC 5322 section 2.1.1: no line should pass 78 characters
HARD_LINE = 998
REFERENCES = 12  # the first and the last ones; threads are found by these
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")


class ComposeError(ValueError):
    """The message cannot become a mail: an address that is none, in words for a person."""


def compose(message: OutboundMessage) -> bytes:
    """The whole mail, text first, then minimal HTML, then attachments. Raises ComposeError."""
    boundary = "=_" + binascii.crc32(message.message_id.encode()).to_bytes(4, "big").hex()
    alternative = [_part("plain", plain_text(message)), _part("html", html_part(message))]
    content = _multipart("alternative", f"{boundary}a", alternative)
    if message.attachments:
        parts = [content, *(_file(attachment) for attachment in message.attachments)]
        content = _multipart("mixed", f"{boundary}m", parts)
    head = CRLF.join(_headers(message))
    return f"{head}{CRLF}MIME-Version: 1.0{CRLF}{content}".encode("utf-8", "replace")


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


def _headers(message: OutboundMessage) -> Iterable[str]:
    if message.sent_at:
        yield f"Date: {format_datetime(message.sent_at)}"
    yield _mailbox("From", message.sender_name, message.sender)
    yield _mailbox("To", message.to_name, message.to)
    if _MESSAGE_ID.fullmatch(message.message_id):
        yield f"Message-ID: {message.message_id}"
    yield _text("Subject", one_line(message.subject, 300))
    yield from _ids("In-Reply-To", message.in_reply_to, 1)
    yield from _ids("References", message.references, REFERENCES)
    if message.automatic:
        yield "Auto-Submitted: auto-generated"
    yield from _unsubscribe(message)


def _unsubscribe(message: OutboundMessage) -> Iterable[str]:
    """Both headers of RFC 8058; the provider's DKIM signature has to cover them (docs/mail.md)."""
    ways = []
    if message.unsubscribe_url:
        ways.append(f"<{one_line(message.unsubscribe_url, 900)}>")
    if message.unsubscribe_mailto:
        ways.append(f"<mailto:{ascii_address(message.unsubscribe_mailto)}?subject=unsubscribe>")
    if ways:
        yield f"List-Unsubscribe: {f',{CRLF} '.join(ways)}"
    if message.unsubscribe_url.startswith("https://"):
        yield "List-Unsubscribe-Post: List-Unsubscribe=One-Click"


def _mailbox(header: str, name: str, address: str) -> str:
    """A From or To line. A non-ASCII name is encoded, one with special characters quoted."""
    name = one_line(name, 100)
    phrase = name
    if not name.isascii() or "=?" in name:
        phrase = _encoded(header, name)
    elif not _ATOM.fullmatch(name):
        phrase = f'"{quote(name)}"'
    spec = f"<{ascii_address(address)}>" if phrase else ascii_address(address)
    fits = len(header) + len(phrase) + len(spec) + 3 <= LINE
    return (
        f"{header}: {phrase}{' ' if fits else CRLF + ' '}{spec}" if phrase else f"{header}: {spec}"
    )


def _text(header: str, value: str) -> str:
    if not value.isascii() or "=?" in value:
        return f"{header}: {_encoded(header, value)}"
    lines, line = [], f"{header}:"
    for word in value.split(" "):
        if len(line) + len(word) + 1 > LINE and line != f"{header}:":
            lines.append(line)
            line = ""
        line += f" {word}"
    return CRLF.join([*lines, line])


def _encoded(header: str, value: str) -> str:
    """RFC 2047, folded; base64 when most of it is not ASCII."""
    return Header(value, "utf-8", header_name=header).encode(linesep=CRLF)


def _ids(header: str, value: str, limit: int) -> Iterable[str]:
    """Only well-formed message ids get into a header; of many the first and the last ones."""
    found = _MESSAGE_ID.findall(value)
    if len(found) > limit:
        found = found[:1] + found[-(limit - 1) :] if limit > 1 else found[-1:]
    if found:
        yield f"{header}: {f'{CRLF} '.join(found)}"


def _part(kind: str, text: str) -> str:
    data = text.replace("\r\n", "\n").replace("\r", "\n")
    head = f"Content-Type: text/{kind}; charset=utf-8{CRLF}Content-Transfer-Encoding: "
    if data.isascii() and max(map(len, data.split("\n"))) <= HARD_LINE - 20:
        return f"{head}7bit{CRLF}{CRLF}{data.replace(chr(10), CRLF)}"
    raw = data.replace("\n", CRLF).encode("utf-8", "replace")
    if sum(byte > 127 for byte in raw) * 3 > len(raw):
        return f"{head}base64{CRLF}{CRLF}{_base64(raw)}"
    return f"{head}quoted-printable{CRLF}{CRLF}{binascii.b2a_qp(raw, istext=True).decode()}"


def _file(attachment: Attachment) -> str:
    """One attachment. Its name goes in twice for names beyond ASCII (RFC 2231)."""
    kind = attachment.content_type.lower()
    kind = kind if _TYPE.fullmatch(kind) else "application/octet-stream"
    if kind.startswith(("message/", "multipart/")):
        kind = "application/octet-stream"  # RFC 2046 section 5.2: those may not be base64
    return (
        f"Content-Type: {kind}{CRLF}Content-Transfer-Encoding: base64{CRLF}"
        f"Content-Disposition: attachment;{CRLF} {_file_name(attachment.name)}{CRLF}{CRLF}"
        f"{_base64(attachment.content)}"
    )


def _file_name(name: str) -> str:
    name = one_line(name.replace("/", "_").replace("\\", "_"), 100) or "file"
    if name.isascii():
        return f'filename="{quote(name)}"'
    # long names would pass the line limit percent-encoded in one piece, but not the hard one
    return f"filename*=utf-8''{percent(name, safe='')[:900]}"


def _base64(data: bytes) -> str:
    return base64.encodebytes(data).decode().replace("\n", CRLF)


def _multipart(kind: str, boundary: str, parts: Iterable[str]) -> str:
    body = "".join(f"--{boundary}{CRLF}{part}{CRLF}" for part in parts)
    return (
        f'Content-Type: multipart/{kind}; boundary="{boundary}"{CRLF}{CRLF}'
        f"{body}--{boundary}--{CRLF}"
    )
