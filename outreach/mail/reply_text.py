"""What a person wrote anew in a mail: without the quoted message below, its header and signatures.

Pure and linear: each line is looked at a bounded number of times and only its first characters are
matched, so 64 KB of anything take milliseconds. The rule for doubt: keep. A line is dropped only on
the evidence that mail programs leave (RFC 3676 quote marks and "-- ", attribution lines, header
blocks); quotes between a person's answers stay, marked by ">".
"""

import re
from dataclasses import dataclass

from outreach.mail.html_text import to_text
from outreach.mail.reply_attribution import MARK, attribution_at, introduces, may_open
from outreach.mail.reply_devices import is_device
from outreach.mail.reply_marks import DASHES, Marks, is_groupwise, without_armour

TEXT_LIMIT = 64 * 1024  # characters that are looked at
LINE_LIMIT = 3000  # lines that are looked at; nobody writes more
_ATTEMPTS = 100  # lines of a mail that may be tried as an attribution, and quotes looked above
_SIGNATURE_LINES = 15
_CARD_WIDTH = 200  # characters of its lines that are looked at
_CARD_LINES = 8  # of a signature under a rule that is not "--"
_QUESTION_LINES = 15  # a longer quote above the first answer is the old message, not a question

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069\x00]")
_SPACES = re.compile("[\u00a0\u2007\u202f\t]")
_TAIL = DASHES + "ᐧ"  # rules at the end of a mail, and the dot of a tracking extension
_RULE = re.compile(r"^[-_=*~—–]{1,60} *$")
_NAME = re.compile(r"^(?:[^\W\d_a-z][\w.'’-]{0,30} ?){2,4}$")
_REACH = re.compile(r"[+(]?\d[\d ()./-]{6,}|@|\bwww\.|https?:")
_POSTSCRIPT = re.compile(r"^ ?p\.? ?s\b", re.I)
_ANSWERED_BELOW = re.compile(r"t[te]*q[qe]*t")
_BLANKS = re.compile(r"\n[ \n]{2,}\n")


@dataclass(frozen=True)
class Extracted:
    """`whole`: nothing new was found around the quotes, so `text` is all of the mail."""

    text: str
    whole: bool = False


def extract(text: str | None, html: str | None) -> str:
    """The new words of a mail, from its plain part or else from its HTML part (as received)."""
    own = _own_words(text) if text else ""
    if own or not html:
        return own or _whole(text or "")
    made = to_text(html)
    return _own_words(made) or _whole(text or made)


def extract_detail(text: str | None, html_text: str | None) -> Extracted:
    """Like `extract`, for an HTML part that was already made text (html_text.to_text)."""
    for source in (text, html_text):
        own = _own_words(source) if source else ""
        if own:
            return Extracted(own)
    return Extracted(_whole(text or html_text or ""), whole=True)


def _whole(text: str) -> str:
    """All but the quotes: for a mail in which nothing new was found."""
    return "\n".join(line for line in _lines(text) if not MARK.match(line)).strip()


def _lines(text: str) -> list[str]:
    text = text[:TEXT_LIMIT].replace("\r\n", "\n").replace("\r", "\n")
    text = _SPACES.sub(" ", _INVISIBLE.sub("", text))
    return [line.rstrip() if line != "-- " else line for line in text.split("\n")[:LINE_LIMIT]]


def _own_words(text: str) -> str:
    lines = without_armour(_lines(text))
    kinds, end = _classify(lines)
    _drop_signatures(lines[:end], kinds)
    _drop_devices(lines[:end], kinds)
    if end == len(lines):
        _drop_below_device(lines, kinds)
    _drop_quotes(kinds)
    kept = [line for line, kind in zip(lines, kinds, strict=False) if kind in "tqe"]
    while kept and not kept[-1].strip(_TAIL):
        kept.pop()
    return _BLANKS.sub("\n\n\n", "\n".join(kept)).strip("\n").rstrip()


def _classify(lines: list[str]) -> tuple[list[str], int]:
    """A letter a line: t text, e empty, q quoted, b attribution, x dropped; and where it ends.

    It ends where a message begins that carries no quote marks: all below is somebody else's.
    """
    kinds: list[str] = []
    marks = Marks(lines)
    index = attempts = looks = 0
    while index < len(lines):
        line = lines[index]
        if not line or line.isspace():
            kinds.append("e")
        elif is_groupwise(line):
            return kinds, index
        elif MARK.match(line) or _wrapped_quote(lines, index, kinds):
            if kinds and kinds[-1] not in "qb" and looks < _ATTEMPTS:
                looks += 1
                _mark_introduction(lines, kinds, index)
            kinds.append("q")
        elif marks.ends_here(index):
            _drop_separator(lines, kinds)
            return kinds, index
        elif attempts < _ATTEMPTS and may_open(line):
            attempts += 1
            span = attribution_at(lines, index)
            if span and not _quote_follows(lines, index + span):
                return kinds, index
            kinds.extend("b" * span or "t")
            index += span - 1 if span else 0
        else:
            kinds.append("t")
        index += 1
    return kinds, len(lines)


def _mark_introduction(lines: list[str], kinds: list[str], index: int) -> None:
    """Where a quote begins: the lines above that only say whose words it is."""
    count = introduces(lines, index)
    if count and "q" not in kinds[index - count :]:
        kinds[index - count :] = "b" * count


def _wrapped_quote(lines: list[str], index: int, kinds: list[str]) -> bool:
    """The rest of a quoted line that a mail program broke without a mark of its own."""
    if not kinds or kinds[-1] != "q" or index + 1 >= len(lines) or not MARK.match(lines[index + 1]):
        return False
    before = lines[index - 1]
    return len(before) >= 60 and before[-1] not in ".?!:>" and lines[index][:1].islower()


def _drop_separator(lines: list[str], kinds: list[str]) -> None:
    """The rule that Outlook draws above a header block."""
    for index in range(len(kinds) - 1, -1, -1):
        if kinds[index] == "e":
            continue
        bare = lines[index].strip()
        if len(bare) >= 3 and not bare.strip(DASHES):
            kinds[index] = "x"
        return


def _quote_follows(lines: list[str], index: int) -> bool:
    for line in lines[index : index + 4]:
        if line.strip():
            return bool(MARK.match(line))
    return False


def _drop_signatures(lines: list[str], kinds: list[str]) -> None:
    """ "-- " (RFC 3676 section 4.3) and all below it up to a quote or the end."""
    for run in re.finditer(r"[te]+", "".join(kinds)):
        texts = [i for i in range(*run.span()) if kinds[i] == "t"]
        for at, index in enumerate(texts):
            below = texts[at + 1 :] if at + 1 + _SIGNATURE_LINES >= len(texts) else None
            if lines[index] == "-- " or (below is not None and _is_signature(lines, index, below)):
                kinds[index : run.end()] = "x" * (run.end() - index)
                break


def _is_signature(lines: list[str], start: int, below: list[int]) -> bool:
    """Whether `below`, the last lines, belong under the rule at `start`. Under another rule than
    "--" a name must follow at once, and under one not of underscores a number or an address too."""
    if not _RULE.match(lines[start]):
        return False
    rule = lines[start].strip()
    if rule in ("--", "—"):
        return True
    if not 1 <= len(below) <= _CARD_LINES or below[0] != start + 1:
        return False
    card = [lines[index][:_CARD_WIDTH].strip() for index in below]
    if not _NAME.match(card[0]) or any(len(x) > 70 or x[-1] in ".!?:" for x in card):
        return False
    return rule[0] == "_" or any(_REACH.search(line) for line in card[1:])


def _drop_below_device(lines: list[str], kinds: list[str]) -> None:
    """A device line between two paragraphs of a mail that marks no quotes: a phone puts it below
    the answer, so what stands further down is the older message. A short postscript stays."""
    if "q" in kinds or "b" in kinds or "t" not in kinds:
        return
    top = kinds.index("t")
    for index in range(top + 2, len(kinds) - 3):
        if kinds[index] != "t" or kinds[index - 1] != "e" or kinds[index + 1] != "e":
            continue
        if not is_device(lines[index]):
            continue
        first = next((lines[i] for i in range(index + 1, len(kinds)) if kinds[i] == "t"), "")
        if kinds[index + 1 :].count("t") >= 2 and not _POSTSCRIPT.match(first):
            kinds[index:] = "x" * (len(kinds) - index)
        return


def _drop_devices(lines: list[str], kinds: list[str]) -> None:
    """Device lines at the end of what was written: below them only quotes or nothing."""
    below = True
    for index in range(len(kinds) - 1, -1, -1):
        if kinds[index] == "t" and below and is_device(lines[index]):
            kinds[index] = "x"
        elif kinds[index] == "t":
            below = False
        elif kinds[index] in "qb":
            below = True


def _drop_quotes(kinds: list[str]) -> None:
    """The quote right under an attribution, and quotes with no answer below them. Where a person
    answers question by question, the first one stays with its answer like the others."""
    joined = "".join(kinds)
    for match in re.finditer(r"b[be]*(q[qe]*)?", joined):
        short = (match.group(1) or "").count("q") <= _QUESTION_LINES
        if match.group(1) and not (short and _ANSWERED_BELOW.match(joined, match.end())):
            kinds[match.start() : match.end()] = "x" * len(match.group())
    last = max((i for i, kind in enumerate(kinds) if kind == "t"), default=-1)
    for index, kind in enumerate(kinds):
        if kind == "b" or (index > last and kind == "q"):
            kinds[index] = "x"
