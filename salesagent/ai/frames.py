"""Fill a frame: {{field}}, {{field|fallback}}, {{snippet:code}}. Nothing is ever evaluated.

A template engine on text that users edit leaks attributes, calls methods and eats memory (a Django
template deleted a row and made 802 MB from one filter); so this is one bounded regular expression
over a closed list of names. Values are inserted, never read again: a company that is called
{{sender_phone}} stays that. Time is linear in the length of the frame, sizes are capped.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from salesagent.lib.text import clean, one_line

FRAME_LIMIT = 8_000  # characters of a frame; Variant.body holds as many
RESULT_LIMIT = 20_000  # characters after filling
VALUE_LIMIT = 300  # characters of a value on one line
TEXT_LIMIT = 1_000  # characters of a value that may have lines
MULTILINE = frozenset({"sender_signature"})
SNIPPET = "snippet:"

# {{ name }} or {{ name | fallback }}; every repetition is bounded, so no input makes it slow
FIELD = re.compile(
    r"\{\{[ \t]{0,3}(snippet:[a-z0-9_-]{1,40}|[a-z][a-z_]{0,39})[ \t]{0,3}"
    r"(?:\|([^{}|\n]{0,120}))?\}\}"
)
# what looks like code or a field of some template language; stays as it is and is reported
CODE = re.compile(
    r"\{\{[^{}\n]{0,120}\}{0,2}|\{%[^%\n]{0,120}(?:%\})?|\{#[^#\n]{0,120}(?:#\})?"
    r"|\$\{[^{}\n]{0,120}\}?|%\([^()\n]{0,60}\)[sdr]|<%[^%\n]{0,120}(?:%>)?|\{[^{}\n]{0,120}\}"
)


@dataclass(frozen=True)
class Rendered:
    """The filled text; `missing` names each hole once, in order. Holes stay visible in the text."""

    text: str
    missing: list[str]


def names(frame: str) -> list[str]:
    """The fields a frame asks for, each once, in order; snippets as "snippet:code"."""
    return list(dict.fromkeys(match[1] for match in FIELD.finditer(frame[:FRAME_LIMIT])))


def own_fallbacks(frame: str) -> dict[str, str]:
    """Fallbacks written in the frame itself, of the first use of each field."""
    found: dict[str, str] = {}
    for match in FIELD.finditer(frame[:FRAME_LIMIT]):
        if match[2] and match[2].strip():
            found.setdefault(match[1], match[2].strip())
    return found


def strange(text: str) -> list[str]:
    """Pieces that look like a field or code but are none of ours, shortened for a message."""
    rest = FIELD.sub(" ", text)
    return list(dict.fromkeys(one_line(match[0], 60) for match in CODE.finditer(rest)))


def safe_value(name: str, value: str) -> str:
    """Without control characters, capped, on one line unless the field may have lines."""
    if name in MULTILINE:
        return clean(value.replace("\r\n", "\n").replace("\r", "\n"))[:TEXT_LIMIT].strip()
    return one_line(value, VALUE_LIMIT)


def fill(
    frame: str,
    fields: Mapping[str, str],
    snippets: Mapping[str, str] | None = None,
    fallbacks: Mapping[str, str] | None = None,
) -> Rendered:
    """Fill `frame`. Order: value, fallback in the frame, fallback of the field, else a hole.

    Snippets may hold fields but no snippets. Never raises.
    """
    missing: dict[str, None] = {}
    text = _fill(frame, fields, snippets or {}, fallbacks or {}, missing)
    return Rendered(text[:RESULT_LIMIT], list(missing))


def _fill(
    frame: str,
    fields: Mapping[str, str],
    snippets: Mapping[str, str],
    fallbacks: Mapping[str, str],
    missing: dict[str, None],
) -> str:
    frame = clean(frame[:FRAME_LIMIT])
    parts: list[str] = []
    size = position = 0
    for match in FIELD.finditer(frame):
        plain = frame[position : match.start()]
        _note_strange(plain, missing)
        value = _value(match, fields, snippets, fallbacks, missing)
        parts += [plain, value]
        size += len(plain) + len(value)
        position = match.end()
        if size > RESULT_LIMIT:
            return "".join(parts)
    _note_strange(frame[position:], missing)
    return "".join([*parts, frame[position:]])


def _note_strange(plain: str, missing: dict[str, None]) -> None:
    for match in CODE.finditer(plain):
        missing.setdefault(one_line(match[0], 60))


def _value(
    match: re.Match[str],
    fields: Mapping[str, str],
    snippets: Mapping[str, str],
    fallbacks: Mapping[str, str],
    missing: dict[str, None],
) -> str:
    name, own = match[1], (match[2] or "").strip()
    if name.startswith(SNIPPET):
        text = snippets.get(name.removeprefix(SNIPPET))
        if text is not None:
            return _fill(text, fields, {}, fallbacks, missing)
    value = safe_value(name, fields.get(name, "")) or own or fallbacks.get(name, "")
    if not value or (name not in fields and name not in fallbacks):
        # an unknown name is a hole even with a fallback: a typing error must not pass unseen
        missing.setdefault(name)
        return match[0]
    return value
