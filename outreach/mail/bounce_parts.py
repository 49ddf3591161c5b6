"""A returned mail taken apart: its own words, its report fields, what came back with it. Pure.

Bounded: 256 KB of the mail are read, multiparts to a depth and count. Mail programs write broken
MIME into reports more than elsewhere, so whatever is no readable part is taken as plain text.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import Message

from outreach.mail.bounce_words import FAILED
from outreach.mail.html_text import to_text
from outreach.mail.parse import header_text, sender
from salesagent.lib.text import clean, one_line

READ_LIMIT = 256 * 1024  # bytes of a mail; the report stands before the returned message
WORDS_LIMIT = 64 * 1024  # characters of the report's own words
_HTML_READ = 96 * 1024
_PARTS = 60
_DEPTH = 20
_BLOCKS = 50
_ID = re.compile(r"^message-id:[ \t]*\r?\n?[ \t]*(<[^<>\s]{1,450}>)", re.I | re.M)
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,40})[ \t]*:[ \t]*(.*)")
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global")
_HEADER_LINE = re.compile(
    r"^(?:received|return-path|from|to|subject|date|message-id|mime-version|content-type|reply-to|"
    r"content-transfer-encoding|x-mailer|user-agent|delivered-to|dkim-signature|sender|cc|"
    r"x-[a-z-]{2,40}|importance|references|in-reply-to|errors-to|precedence):",
    re.I,
)
_TRACE_LINE = re.compile(
    r"^(?:received: (?:from|by|\(|with)|return-path: ?<|dkim-signature: )", re.I
)
_FRAME = re.compile(r"[-_=*]{2,}")
_COPY = re.compile(
    r"(?:^|\b)(?:this is a copy of the message|below this line is a copy|a copy of (?:the|your) "
    r"(?:original )?(?:message|mail|e-mail)|included is a copy|below is (?:a copy of )?"
    r"(?:the|your) (?:original )?message|message headers? follow|original message (?:follows|head)|"
    r"(?:start of )?(?:the )?(?:header|body) of (?:the|your) (?:original|returned) message|"
    r"^-{2,} ?(?:original message|unsent message|returned message|ursprüngliche nachricht|"
    r"message d'origine|mensaje original|messaggio originale)|the (?:original )?message was:|"
    r"(?:text|beginning|header) of your message|returned message follows|"
    r"es folgt (?:der|die|eine) (?:kopf|kopie|header)|kopie der nachricht|"
    r"the header of the original message is following)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Parts:
    """`words` is what the report says to people, without the returned message; `blocks` the field
    groups of RFC 3464, `feedback` those of RFC 5965, lower-case names; `headers` the first of each
    name, decoded; `ids` are Message-IDs of the returned message; `inner_blocks` stand in a report
    that came back inside this one (a mail filter that wraps reports)."""

    headers: dict[str, str]
    from_address: str
    from_name: str
    words: str = ""
    blocks: tuple[dict[str, str], ...] = ()
    feedback: tuple[dict[str, str], ...] = ()
    returned: str = ""
    report_type: str = ""
    inner_blocks: tuple[dict[str, str], ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_ID.findall(self.returned)))[:5]


@dataclass(slots=True)
class _Found:
    words: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    blocks: list[dict[str, str]] = field(default_factory=list)
    feedback: list[dict[str, str]] = field(default_factory=list)
    inner: list[dict[str, str]] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)


def take_apart(raw: bytes) -> Parts:
    """Never raises: what the standard parser cannot read is taken as one text."""
    raw = raw[:READ_LIMIT]
    try:
        message = message_from_bytes(raw, policy=policy.compat32)
        return _parts(_with_its_parts(message, raw))
    except (RecursionError, MessageError, LookupError, ValueError, TypeError, AttributeError):
        return Parts({}, "", "", words=clean(raw[:WORDS_LIMIT].decode("utf-8", "replace")))


def _with_its_parts(message: Message, raw: bytes) -> Message:
    """The same message; where a gateway changed the boundary in the header, read with the one that
    the body really uses."""
    body = message.get_payload()
    if message.get_content_maintype() != "multipart" or not isinstance(body, str):
        return message
    lines = re.findall(r"^--(\S[^\r\n]{0,98}\S)[ \t]*\r?$", body, re.M)
    used = next((one for one in lines if lines.count(one) > 1 and '"' not in one), "")
    if not used:
        return message
    again = message_from_bytes(raw, policy=policy.compat32)
    again.set_param("boundary", used)
    return message_from_bytes(again.as_bytes()[:READ_LIMIT], policy=policy.compat32)


def _parts(message: Message) -> Parts:
    found = _Found()
    for part in _leaves(message):
        _add(found, part)
    words = "\n".join(found.words)
    if len(words.strip()) < 20 and found.html or not words.strip():
        words = "\n".join([words, *found.html])
    head, tail = cut_returned(words[:WORDS_LIMIT])
    headers = _headers(message)
    name, address = sender(headers.get("from", ""))
    return Parts(
        headers,
        address,
        name,
        words=head,
        blocks=tuple(found.blocks[:_BLOCKS]),
        feedback=tuple(found.feedback[:_BLOCKS]),
        returned="\n".join([*found.returned, tail])[:WORDS_LIMIT],
        report_type=one_line(str(message.get_param("report-type") or ""), 60).lower(),
        inner_blocks=tuple(found.inner[:_BLOCKS]),
        kinds=tuple(found.kinds),
    )


def _headers(message: Message) -> dict[str, str]:
    """The first header of each name, one line each, RFC 2047 words decoded."""
    found: dict[str, str] = {}
    for name, value in list(message.raw_items())[:200]:
        key = name.lower()
        if key not in found:
            data = str(value)[:2000].encode("utf-8", "surrogateescape")
            found[key] = header_text(data.decode("utf-8", "replace"))[:1000]
    return found


def _leaves(message: Message) -> Iterator[Message]:
    stack = [(message, 0)]
    count = 0
    while stack and count < _PARTS:
        part, depth = stack.pop()
        children = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(children, list):
            inner = [child for child in children[:_PARTS] if isinstance(child, Message)]
            if depth < _DEPTH:
                stack.extend((child, depth + 1) for child in reversed(inner))
            continue
        count += 1
        yield part


def _add(found: _Found, part: Message) -> None:
    kind = part.get_content_type()
    found.kinds.append(kind)
    if kind.startswith("message/delivery-status") or kind == "message/global-delivery-status":
        found.blocks += _field_groups(part)
    elif kind in ("message/feedback-report", "text/feedback-report"):
        found.feedback += _field_groups(part)
    elif kind in _RETURNED:
        found.returned.append(_whole(part)[:WORDS_LIMIT])
        found.inner += _inner_groups(part)
    elif kind == "text/html" and not found.returned:
        found.html.append(clean(to_text(_text(part)[:_HTML_READ])))
    elif (kind.startswith("text/") or kind.startswith("multipart/")) and not found.returned:
        found.words.append(_plain(part))


def _inner_groups(part: Message) -> list[dict[str, str]]:
    inner = part.get_payload()
    one = inner[0] if isinstance(inner, list) and inner else None
    if not isinstance(one, Message) or one.get_content_type() != "multipart/report":
        return []
    found: list[dict[str, str]] = []
    for leaf in _leaves(one):
        if leaf.get_content_type() == "message/delivery-status":
            found += _field_groups(leaf)
    return found


def _plain(part: Message) -> str:
    """A text part; one that holds HTML under the name of text is read as HTML."""
    text = clean(_text(part))[:WORDS_LIMIT]
    start = text[:500].lstrip().lower()
    return clean(to_text(text)) if start.startswith(("<html", "<!doctype html")) else text


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload[:READ_LIMIT] if isinstance(payload, bytes) else b""
    for charset in (_charset(part), "utf-8"):
        try:
            return data.decode(charset)
        except (UnicodeError, LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace")


_CHARSETS = re.compile(
    r"(?:us-ascii|utf-?(?:7|8|16)|iso-?8859-?\d{1,2}|windows-?125\d|cp\d{3,4}|koi8-?[ru]|big5|gbk|"
    r"gb2312|gb18030|hz|euc-?(?:jp|kr)|shift_?jis|ks_c_5601-1987|iso-?2022-?(?:jp|kr)(?:-\d)?)"
)


def _charset(part: Message) -> str:
    """The declared charset if mail is written in it; else utf-8."""
    declared = (part.get_content_charset() or "").lower()[:40]
    if declared in ("unicode-1-1-utf-7", "unicode-1-1-utf-8"):  # Hotmail's own names
        return declared[-5:]
    return declared if _CHARSETS.fullmatch(declared) else "utf-8"


def _whole(part: Message) -> str:
    """A returned message as text: headers, and body for what stands in it in plain."""
    inner = part.get_payload()
    if isinstance(inner, list):
        lines = [_lines_of(one) for one in inner[:3] if isinstance(one, Message)]
        return "\n\n".join(lines)
    return _text(part)


def _lines_of(message: Message) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in list(message.raw_items())[:100])
    body = message.get_payload()
    return clean(f"{headers}\n\n{body if isinstance(body, str) else ''}"[:WORDS_LIMIT])


def _field_groups(part: Message) -> list[dict[str, str]]:
    """The groups of a report part, whether the parser made messages of them or not."""
    inner = part.get_payload()
    if not isinstance(inner, list):
        return field_groups(_text(part))
    groups = [_lines_of(one) for one in inner[:_BLOCKS] if isinstance(one, Message)]
    found = field_groups("\n\n".join(groups))
    return found or field_groups(_from_base64(" ".join(groups)))


def _from_base64(text: str) -> str:
    try:
        data = base64.b64decode("".join(text.split())[:WORDS_LIMIT], validate=True)
    except (binascii.Error, ValueError):
        return ""
    return data.decode("utf-8", "replace")


def field_groups(text: str) -> list[dict[str, str]]:
    """`Name: value` groups apart by blank lines, folded lines joined, values of 2,000 at most."""
    groups: list[dict[str, str]] = [{}]
    name = ""
    for line in text.splitlines()[:2000]:
        if not line.strip():
            groups, name = (groups + [{}] if groups[-1] else groups), ""
        elif line[0] in " \t" and name:
            groups[-1][name] = f"{groups[-1][name]} {line.strip()}"[:2000]
        elif match := _FIELD.match(line):
            name = match.group(1).lower()
            if name in groups[-1]:
                if name == "final-recipient":  # a program that forgets the blank line
                    groups.append({})
                else:
                    name = f"{name}*"
            groups[-1][name] = match.group(2).strip()[:2000]
    return [group for group in groups[:_BLOCKS] if group]


def cut_returned(text: str) -> tuple[str, str]:
    """(the report's words, the returned message) of a text that holds both."""
    lines = text.splitlines()
    at, told = len(lines), False
    for n, line in enumerate(lines):
        told = told or bool(FAILED.search(line.lower()[:500]))
        if _starts_copy(lines, n, told=told):
            at = n
            break
    return "\n".join(lines[:at]), "\n".join(lines[at:])


def _starts_copy(lines: list[str], n: int, *, told: bool) -> bool:
    """`told`: a failure stands above. Before that, a run of header lines is part of the report."""
    line = lines[n]
    if not line or len(line) > 300:
        return False
    if _TRACE_LINE.match(line):
        return True
    if n and _COPY.search(line[:120]):
        # "Below this line is a copy" ends the report, "a copy was kept in the queue" does not
        rest = [
            one for one in lines[n + 1 : n + 8] if one.strip() and not _FRAME.match(one.strip())
        ]
        return not rest or any(_HEADER_LINE.match(one.strip()) for one in rest[:5])
    if _HEADER_LINE.match(line):
        run = [one for one in lines[n : n + 4] if _HEADER_LINE.match(one) or one[:1] in (" ", "\t")]
        return len(run) >= 3 and told
    return False
