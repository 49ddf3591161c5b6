"""Attribution lines: "On DATE, NAME wrote:" in the languages and wrappings of mail programs.

Pure; each question looks at no more than a few lines and the first characters of each.
"""

import re

from outreach.mail.reply_words import OPENERS, QUOTERS, WROTE

LOOK = 400  # characters of a line that are matched
SPAN = 6  # lines that an attribution may wrap over
_ABOVE = 4  # lines right above a quote that may introduce it
WRAPPERS = " *_\t"

MARK = re.compile(r"^ {0,4}>")
_DATE = re.compile(r"\b\d{4}\b|\b\d{1,2}[:.h]\d{2}\b|\d{1,2}[./-]\d{1,2}[./-]\d{2}|\d年|\d월")
_ADDRESS = re.compile(r"[^\s<>@]@[^\s<>@]")
_DATE_START = re.compile(r"^[\W_]{0,3}(?:[^\W\d]{1,14}[.,]{0,2} {1,3})?\d{1,4}[ .,/년年-]")
_GMAIL_OLD = re.compile(r"^\d{4}-\d\d-\d\d \d{1,2}:\d\d (?:GMT|UTC)[+-]\d{1,2}:\d\d \S")
_NAME_ADDRESS = re.compile(r"^[^<>:]{0,80}<(?:mailto:)?[^\s<>]{1,90}@[^\s<>]{1,150}>")
_VERB_PHRASES = tuple(verb for verb in WROTE if " " in verb or verb[0] > "\u2e80")
_VERB_WORDS = frozenset(WROTE).difference(_VERB_PHRASES)
_DIGIT = re.compile(r"\d")
_SPEECH = re.compile(r":(?<=[^\W\d_]:) [^\W\d_]")
_SENTENCE = re.compile(r"[.!?](?<=[^\W\d_]{5}.)(?: |$)")
_CALENDAR = re.compile(
    r"\d{1,4}[./-] ?\d{1,2}[./-] ?\d{1,4}|\b\d{1,2}\b.{0,25}\b(?:20|25)\d\d\b"
    r"|\b(?:20|25)\d\d\b.{0,25}\b\d{1,2}\b"
)
_CLOCK = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
_NAMES = re.compile(r"^(?:[^\W\d_a-z][\w.'’-]{0,30} ){2,4}$|^[^\s@<>]{1,90}@[^\s@<>]{1,150} $")
_ANY_CLUE = re.compile(r"[\d@]")
_ANGLE = re.compile(r"[<(](?:mailto:)?[^\s<>@()]{1,90}@[^\s<>@()]{1,150}[>)]")
_WORD = re.compile(r"[^\s:：,<>\"]+")


def attribution_at(lines: list[str], index: int) -> int:
    """How many lines "On ... wrote:" takes here; 0 when there is none."""
    first = _bare(lines[index])
    if _GMAIL_OLD.match(first) and not _ADDRESS.search(first) and not first.endswith("<"):
        return 1
    opened = _opens(first)
    joined = ""
    blank = False
    for count, line in enumerate(lines[index : index + SPAN], start=1):
        if MARK.match(line) and joined.count("<") <= joined.count(">"):
            return 0  # a quote mark, not the end of a wrapped <address
        if blank and line.strip() and not _goes_on(joined, line):
            return 0  # a new paragraph
        blank = not line.strip()
        joined = f"{joined} {_bare(line)}".strip()
        if len(joined) > 2 * LOOK:
            return 0
        if _closes(joined):
            wrapped = count == 1 or bool(_ADDRESS.search(joined)) or _ends_in_verb(joined)
            whole = wrapped and not _has_sentence(joined) and _is_attribution(joined, opened)
            return count if whole or _stands_alone(lines, index, count, joined) else 0
    return 0


def _goes_on(joined: str, line: str) -> bool:
    """Below a gap: the address of the name above, or "Jonas <jonas@...> wrote:" below its date."""
    if line.lstrip().startswith("<"):
        return True
    dated = _CALENDAR.search(joined) and _CLOCK.search(joined) and not _ADDRESS.search(joined)
    return bool(dated) and bool(_NAME_ADDRESS.match(line)) and _ends_in_verb(line[:LOOK])


def _stands_alone(lines: list[str], index: int, count: int, joined: str) -> bool:
    """A paragraph of its own with a date, a time of day, "<an@address>" and a colon at its end: an
    attribution in whatever language, since people do not type addresses so."""
    if (index and lines[index - 1].strip()) or not joined.rstrip(" *_").endswith((":", "：")):
        return False
    below = lines[index + count] if index + count < len(lines) else ""
    if (below.strip() and not MARK.match(below)) or _has_sentence(joined):
        return False
    stamped = _CALENDAR.search(joined) and _CLOCK.search(joined)
    return bool(stamped) and bool(_ANGLE.search(joined))


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


def may_open(line: str) -> bool:
    if not _ANY_CLUE.search(line[:LOOK]):
        return False
    first = _bare(line)
    if _opens(first) or _NAME_ADDRESS.match(first) or _ends_with_verb(first):
        return True
    return bool(_CALENDAR.search(first)) and ("<" in first or bool(_CLOCK.search(first)))


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


def _bare(line: str) -> str:
    """Without bold marks, and without the dashes that Zoho puts around its attribution."""
    bare = line[:LOOK].strip(WRAPPERS)
    return bare.strip("- ") if bare.startswith("---") else bare


def introduces(lines: list[str], index: int) -> int:
    """How many lines right above the quote at `index` say whose words follow, in any language.

    The evidence: a colon at the end, and a date with an address or a date with the time of day.
    """
    at = index - 1
    while at >= 0 and index - at <= 2 and not lines[at].strip():
        at -= 1
    last = lines[at][:LOOK].rstrip(" *_") if at >= 0 else ""
    if not last.endswith((":", "：")) or MARK.match(last):
        return 0
    joined = ""
    for count in range(1, min(_ABOVE, at + 1) + 1):
        line = lines[at - count + 1]
        if not line.strip() or MARK.match(line):
            return 0
        joined = f"{_bare(line)} {joined}".strip()
        if len(joined) > LOOK + 100:
            return 0
        if _tells_whose(joined):
            return index - at - 1 + count
    return 0


def _tells_whose(joined: str) -> bool:
    if _has_sentence(joined):
        return False
    if joined.casefold().startswith(QUOTERS) and _ADDRESS.search(joined):
        return True
    if _ANGLE.search(joined) and _ends_in_verb(joined):
        return True
    if _CALENDAR.search(joined):
        timed = len(joined) < 120 and (_CLOCK.search(joined) or _opens(joined))
        return bool(_ADDRESS.search(joined) or timed)
    return _is_name_and_verb(joined)


def _is_name_and_verb(joined: str) -> bool:
    """ "Jonas Weber wrote:", as older programs put it."""
    bare = joined.rstrip(" :：")
    if not bare.endswith(WROTE):
        return False
    for verb in WROTE:
        if bare.endswith(verb):
            return bool(_NAMES.match(bare.removesuffix(verb).rstrip() + " "))
    return False
