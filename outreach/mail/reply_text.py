"""What a person wrote anew in a mail: without the quoted message below, its header and signatures.

Pure and linear: each line is looked at a bounded number of times and only its first characters are
matched, so 64 KB of anything take milliseconds. The rule for doubt: keep. A line is dropped only on
the evidence that mail programs leave (RFC 3676 quote marks and "-- ", attribution lines, header
blocks); quotes between a person's answers stay, marked by ">".
"""

import re
from dataclasses import dataclass

from outreach.mail.reply_words import (
    DEVICE_ENDS,
    DEVICE_STARTS,
    HEADER_LABELS,
    OPENERS,
    ORIGINAL,
    REPLY_ABOVE,
    WROTE,
)

TEXT_LIMIT = 64 * 1024  # characters that are looked at
LINE_LIMIT = 3000  # lines that are looked at; nobody writes more
_LOOK = 400  # characters of a line that are matched
_SPAN = 6  # lines that an attribution may wrap over
_ATTEMPTS = 100  # lines of a mail that may be tried as the beginning of an attribution
_SIGNATURE_LINES = 15

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069\x00]")
_SPACES = re.compile("[\u00a0\u2007\u202f\t]")
_MARK = re.compile(r"^ {0,4}>")
_BLANKS = re.compile(r"\n[ \n]{2,}\n")
_DATE = re.compile(r"\b\d{4}\b|\b\d{1,2}[:.h]\d{2}\b|\d{1,2}[./-]\d{1,2}[./-]\d{2}|\d年|\d월")
_ADDRESS = re.compile(r"[^\s<>@]@[^\s<>@]")
_DATE_START = re.compile(r"^[\W_]{0,3}(?:[^\W\d]{1,14}[.,]{0,2} {1,3})?\d{1,4}[ .,/년年-]")
_GMAIL_OLD = re.compile(r"^\d{4}-\d\d-\d\d \d{1,2}:\d\d (?:GMT|UTC)[+-]\d{1,2}:\d\d \S")
_ISO_DATED = re.compile(r"^\W?\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? (?:at )?\d{1,2}:\d\d")
_NAME_ADDRESS = re.compile(r"^[^<>:]{0,80}<(?:mailto:)?[^\s<>]{1,90}@[^\s<>]{1,150}>")
_VERB_PHRASES = tuple(verb for verb in WROTE if " " in verb or verb[0] > "\u2e80")
_VERB_WORDS = frozenset(WROTE).difference(_VERB_PHRASES)
_DIGIT = re.compile(r"\d")
_SPEECH = re.compile(r"[^\W\d_]: [^\W\d_]")
_SENTENCE = re.compile(r"[^\W\d_]{5}[.!?](?: |$)")
_WORD = re.compile(r"[^\s:：,<>\"]+")
_WRAPPERS = " *_\t"
_DASHES = "-_=*—–―~# \t"


@dataclass(frozen=True)
class Extracted:
    """`whole`: nothing new was found around the quotes, so `text` is all of the mail."""

    text: str
    whole: bool = False


def extract(text: str, html_text: str = "") -> str:
    """The new words of a mail, from its plain part or else from its HTML part made text."""
    return extract_detail(text, html_text).text


def extract_detail(text: str, html_text: str = "") -> Extracted:
    for source in (text, html_text):
        own = _own_words(source)
        if own:
            return Extracted(own)
    full = "\n".join(line for line in _lines(text or html_text) if not _MARK.match(line)).strip()
    return Extracted(full, whole=True)


def _lines(text: str) -> list[str]:
    text = text[:TEXT_LIMIT].replace("\r\n", "\n").replace("\r", "\n")
    text = _SPACES.sub(" ", _INVISIBLE.sub("", text))
    return [line.rstrip() if line != "-- " else line for line in text.split("\n")[:LINE_LIMIT]]


def _own_words(text: str) -> str:
    lines = _lines(text)
    kinds, end = _classify(lines)
    _drop_signatures(lines[:end], kinds)
    _drop_devices(lines[:end], kinds)
    _drop_quotes(kinds)
    kept = [line for line, kind in zip(lines, kinds, strict=False) if kind in "tqe"]
    return _BLANKS.sub("\n\n\n", "\n".join(kept)).strip("\n").rstrip()


def _classify(lines: list[str]) -> tuple[list[str], int]:
    """A letter a line: t text, e empty, q quoted, b attribution, x dropped; and where it ends.

    It ends where a message begins that carries no quote marks: all below is somebody else's.
    """
    kinds: list[str] = []
    index = attempts = 0
    while index < len(lines):
        line = lines[index]
        if not line or line.isspace():
            kinds.append("e")
        elif _MARK.match(line) or _wrapped_quote(lines, index, kinds):
            kinds.append("q")
        elif _ends_here(lines, index):
            _drop_separator(lines, kinds)
            return kinds, index
        elif attempts < _ATTEMPTS and _may_open(line):
            attempts += 1
            span = _attribution(lines, index)
            if span and not _quote_follows(lines, index + span):
                return kinds, index
            kinds.extend("b" * span or "t")
            index += span - 1 if span else 0
        else:
            kinds.append("t")
        index += 1
    return kinds, len(lines)


def _ends_here(lines: list[str], index: int) -> bool:
    line = lines[index][:_LOOK]
    return _is_original(line) or _is_header_block(lines, index) or _is_reply_above(line)


def _wrapped_quote(lines: list[str], index: int, kinds: list[str]) -> bool:
    """The rest of a quoted line that a mail program broke without a mark of its own."""
    if (
        not kinds
        or kinds[-1] != "q"
        or index + 1 >= len(lines)
        or not _MARK.match(lines[index + 1])
    ):
        return False
    before = lines[index - 1]
    return len(before) >= 60 and before[-1] not in ".?!:>" and lines[index][:1].islower()


def _is_original(line: str) -> bool:
    """ "-----Original Message-----", "Begin forwarded message:" in many languages."""
    if len(line) > 100 or not line.strip(_DASHES):
        return False
    bare = line.strip(_DASHES).rstrip(":： ").rstrip(_DASHES).casefold().replace("’", "'")
    if bare not in ORIGINAL:
        return False
    stripped = line.strip()
    return stripped[:2].strip(_DASHES) == "" or stripped.endswith((":", "："))


def _is_reply_above(line: str) -> bool:
    if len(line) > 160 or "line" not in line and "zeile" not in line and "ligne" not in line:
        return False
    return any(words in line.casefold() for words in REPLY_ABOVE)


def _label(line: str) -> str:
    """The kind of mail header that a line looks like ("from", "to", ...), else ""."""
    head, colon, _ = line[:60].lstrip(" *_>|").replace("：", ":").partition(":")
    if not colon or len(head) > 24:
        return ""
    return HEADER_LABELS.get(head.strip(_WRAPPERS).casefold(), "")


def _is_header_block(lines: list[str], index: int) -> bool:
    """Three different mail headers close to each other, the sender among them."""
    first = _label(lines[index])
    if first not in ("from", "date", "subject"):
        return False
    seen = {first}
    loose = 0
    for line in lines[index + 1 : index + 12]:
        kind = _label(line)
        loose = 0 if kind else loose + 1
        if loose > 2:
            break
        seen.add(kind or "")
    seen.discard("")
    return len(seen) >= 3 and "from" in seen


def _drop_separator(lines: list[str], kinds: list[str]) -> None:
    """The rule that Outlook draws above a header block."""
    for index in range(len(kinds) - 1, -1, -1):
        if kinds[index] == "e":
            continue
        bare = lines[index].strip()
        if len(bare) >= 3 and not bare.strip(_DASHES):
            kinds[index] = "x"
        return


def _attribution(lines: list[str], index: int) -> int:
    """How many lines "On ... wrote:" takes here; 0 when there is none."""
    first = lines[index][:_LOOK].strip(_WRAPPERS)
    if _GMAIL_OLD.match(first) and not _ADDRESS.search(first) and not first.endswith("<"):
        return 1
    opened = _opens(first)
    joined = ""
    blank = False
    for count, line in enumerate(lines[index : index + _SPAN], start=1):
        if _MARK.match(line) and joined.count("<") <= joined.count(">"):
            return 0  # a quote mark, not the end of a wrapped <address
        if blank and line.strip() and not line.lstrip().startswith("<"):
            return 0  # a new paragraph
        blank = not line.strip()
        joined = f"{joined} {line[:_LOOK].strip(_WRAPPERS)}".strip()
        if len(joined) > 2 * _LOOK:
            return 0
        if _closes(joined):
            wrapped = count == 1 or bool(_ADDRESS.search(joined)) or _ends_in_verb(joined)
            whole = wrapped and not _has_sentence(joined) and _is_attribution(joined, opened)
            return count if whole else 0
    return 0


def _has_sentence(joined: str) -> bool:
    """A full stop that ends a sentence, not an abbreviated month ("23. marrask. 2026"), or a colon
    with words after it: an attribution has neither."""
    if _SPEECH.search(joined):
        return True
    for found in _SENTENCE.finditer(joined):
        after = joined[found.end() : found.end() + 1]
        if after.isupper() or (not after and not _DIGIT.search(joined[-25:])):
            return True
    return False


def _may_open(line: str) -> bool:
    first = line[:_LOOK].strip(_WRAPPERS)
    return _opens(first) or bool(_NAME_ADDRESS.match(first)) or _ends_with_verb(first)


def _closes(joined: str) -> bool:
    tail = joined[-24:].rstrip(" *_>")
    return tail.endswith((":", "：")) or tail.casefold().endswith(WROTE)


def _ends_in_verb(joined: str) -> bool:
    return joined.casefold().rstrip(" :：*_>").endswith(WROTE)


def _has_verb(folded: str) -> bool:
    if not _VERB_WORDS.isdisjoint(_WORD.findall(folded)):
        return True
    return any(phrase in folded for phrase in _VERB_PHRASES)


def _opens(line: str) -> bool:
    """Begins as an attribution does: an opening word and soon a date, or the date itself."""
    if _DATE_START.match(line):
        return bool(_DATE.search(line[:80]))
    words = line[:60].casefold().split(" ", 3)
    opener = words[0] in OPENERS or " ".join(words[:2]) in OPENERS
    return opener and any(letter.isdigit() for letter in line[:60])


def _ends_with_verb(line: str) -> bool:
    bare = line.rstrip(" :：*_").casefold()
    return bare.endswith(WROTE) and line.endswith((":", "：")) and bool(_DATE.search(line))


def _is_attribution(joined: str, opened: bool) -> bool:
    """All of it: "On DATE, X wrote:", "X <address> schrieb am DATE:", "DATE, X <address>:"."""
    folded = joined.casefold()
    bare = folded.rstrip(" :：*_>")
    colon = folded.rstrip(" >*_").endswith((":", "："))
    dated = bool(_DATE.search(folded))
    addressed = bool(_ADDRESS.search(folded))
    if not _has_verb(folded):
        leads = bool(_DATE.search(joined[:60]))
        return opened and colon and leads and addressed and bool(_ADDRESS.search(bare[-80:]))
    if opened:
        return (dated or addressed) and (colon or (dated and addressed and bare.endswith(WROTE)))
    if named := _NAME_ADDRESS.match(joined):
        rest = folded[named.end() :].lstrip(" ,")
        return colon and (rest.startswith(WROTE) or dated)
    return colon and dated and bare.endswith(WROTE)


def _quote_follows(lines: list[str], index: int) -> bool:
    for line in lines[index : index + 4]:
        if line.strip():
            return bool(_MARK.match(line))
    return False


def _drop_signatures(lines: list[str], kinds: list[str]) -> None:
    """ "-- " (RFC 3676 section 4.3) and all below it up to a quote or the end."""
    index = 0
    while index < len(kinds):
        if kinds[index] == "t" and lines[index].strip() in ("--", "—") and lines[index][:1] != " ":
            end = index
            while end < len(kinds) and kinds[end] in "te":
                end += 1
            size = kinds[index:end].count("t") - 1
            if lines[index] == "-- " or size <= _SIGNATURE_LINES:
                kinds[index:end] = "x" * (end - index)
            index = end
        index += 1


def _is_device(line: str) -> bool:
    """ "Sent from my iPhone" and the like."""
    if len(line) > 110:
        return False
    bare = line.strip(" ()[]*_<>.").casefold()
    return bare.startswith(DEVICE_STARTS) or bare.endswith(DEVICE_ENDS)


def _drop_devices(lines: list[str], kinds: list[str]) -> None:
    """Device lines at the end of what was written: below them only quotes or nothing."""
    below = True
    for index in range(len(kinds) - 1, -1, -1):
        if kinds[index] == "t" and below and _is_device(lines[index]):
            kinds[index] = "x"
        elif kinds[index] == "t":
            below = False
        elif kinds[index] in "qb":
            below = True


def _drop_quotes(kinds: list[str]) -> None:
    """The quote right under an attribution, and quotes with no answer below them."""
    joined = "".join(kinds)
    for match in re.finditer(r"b[be]*q[qe]*", joined):
        kinds[match.start() : match.end()] = "x" * len(match.group())
    last = max((i for i, kind in enumerate(kinds) if kind == "t"), default=-1)
    for index, kind in enumerate(kinds):
        if kind == "b" or (index > last and kind == "q"):
            kinds[index] = "x"
