"""Fill a frame: {{field}}, {{field|fallback}}, {{snippet:code}}. Nothing is ever evaluated.

[[a part with {{field}}]] is left out where nothing is known for a field of it, rather than leave a
hole or a fallback; of [[one||another]] one is taken, always the same for a lead (`seed`), among
those whose fields are known. Brackets without a field or || are plain text.

A template engine on text that users edit leaks attributes, calls methods and eats memory (a Django
template deleted a row and made 802 MB from one filter); so this is one bounded regular expression
over a closed list of names. Values are inserted, never read again: a company that is called
{{sender_phone}} stays that. Time is linear in the length of the frame, sizes are capped.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from salesagent.lib.text import clean, one_line

GONE = "\x00"  # where a part was left out; no frame holds one
_GAPS = re.compile(r"[ \t\n]{0,8}\x00(?:[ \t\n]{0,8}\x00){0,20}[ \t\n]{0,8}")
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
PART = re.compile(r"\[\[((?:[^\[\]]|\[(?!\[)|\](?!\])){1,2000})\]\]")
CHOICES = 6  # wordings of one part
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


def needed(frame: str) -> list[str]:
    """The fields outside of parts that can be left out: who lacks one gets a fallback or a hole."""
    return names(PART.sub(" ", frame[:FRAME_LIMIT]))


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
    seed: int = 0,
) -> Rendered:
    """Fill `frame`. Order: value, fallback in the frame, fallback of the field, else a hole.

    Snippets may hold fields but no snippets. `seed` chooses among wordings. Never raises.
    """
    missing: dict[str, None] = {}
    known = fallbacks or {}
    frame = settle(frame, fields, snippets or {}, known, seed)
    text = _fill(frame, fields, snippets or {}, known, missing)
    return Rendered(text[:RESULT_LIMIT], list(missing))


def settle(
    frame: str,
    fields: Mapping[str, str],
    snippets: Mapping[str, str],
    fallbacks: Mapping[str, str],
    seed: int,
) -> str:
    """The frame with each part decided: one wording of it, or none. Holds fields, no values.

    A name that nobody knows keeps its part, so that a typing error is seen.
    """

    def known(match: re.Match[str]) -> bool:
        name, own = match[1], (match[2] or "").strip()
        if name.startswith(SNIPPET) and name.removeprefix(SNIPPET) in snippets:
            return True
        unknown = name not in fields and name not in fallbacks
        return bool(unknown or own or safe_value(name, fields.get(name, "")))

    def chosen(match: re.Match[str]) -> str:
        if "||" not in match[1] and not FIELD.search(match[1]):
            return match[0]
        wordings = match[1].split("||")[:CHOICES]
        fit = [one for one in wordings if all(known(found) for found in FIELD.finditer(one))]
        turn = seed >> (match.start() % 16)  # parts of one frame do not all turn together
        return fit[turn % len(fit)].strip() if fit else GONE

    frame = PART.sub(chosen, frame[:FRAME_LIMIT].replace(GONE, ""))
    return _GAPS.sub(_closed, frame) if GONE in frame else frame


def _closed(match: re.Match[str]) -> str:
    """What stays between the words around a part that was left out: the wider of its gaps."""
    lines = max(run.count("\n") for run in match[0].split(GONE))
    rest = match.string[match.end() : match.end() + 1]
    if not match.start() or not rest or (not lines and rest in ".,;:!?)"):
        return ""
    return "\n" * min(lines, 2) or " "


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
