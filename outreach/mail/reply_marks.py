"""Lines below which a whole older message stands without quote marks.

Header blocks of Outlook and its kin, "-----Original Message-----", markers of help desks, the
footer of mailing lists. Pure; each question looks at a bounded number of short lines.
"""

import re
from itertools import takewhile

from outreach.mail.reply_words import HEADER_LABELS, ORIGINAL, REPLY_ABOVE

DASHES = "-_=*—–―‐‑‒−~# \t"
_LOOK = 400  # characters of a line that are matched
_WRAPPERS = " *_\t"
_BLOCK_LINES = 12  # a header block with long, wrapped lists of names
_TITLED_RULE = re.compile(r"^-{4,40} ?[^\W_][^-\n]{2,40}[^\W_] ?-{4,40}$")
_PLAIN_RULE = re.compile(r"^_{20,}$")  # Outlook draws 32 of them
_ANY_HEADER = re.compile(r"^[*_ ]{0,4}[^\W\d_][^:：\n]{0,30}[:：]")
_SENDER = re.compile(
    r"^[*_ ]{0,4}[^\W\d_][^:：@\n]{0,30}[:：]\*? ?[^<>:@]{0,80}[<\[][^\s<>]{1,90}@\S{1,150}$"
)
_MOMENT = re.compile(r"\d.{0,40}\b\d{1,2}[:.]\d\d\b")
_GROUPWISE = re.compile(r"^>>> ?[^>\n]{1,150}<?[^<>\s]{1,90}@[^<>\s]{1,150}>?[^<>\n]{0,60}>>>$")
_LIST_FOOTER = ("mailing list", "/listinfo/", "mailman", "/mailman3/")


class Marks:
    """The lines of one mail, and what is asked of them more than once.

    `labels`: for each line the mail header that it looks like ("from", "to", ...), else "".
    """

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.labels = [_label(line) for line in lines]
        self.desk = _has_reply_above("\n".join(lines))

    def ends_here(self, index: int) -> bool:
        """Whether all from this line on is somebody else's."""
        line = self.lines[index][:_LOOK]
        if self.labels[index] and _is_header_block(self.labels, index):
            return True
        if self.desk and len(line) <= 160 and _has_reply_above(line):
            return True
        if not line[:2].strip(DASHES) or line[-1:] in ":：":
            return _is_rule(self.lines, self.labels, index)
        return "@" in line and _is_unknown_block(self.lines, self.labels, index)


def is_groupwise(line: str) -> bool:
    """ ">>> Jonas Weber <jonas@...> 23.11.2026 09:00 >>>", with the old message below unmarked."""
    return line.startswith(">>>") and bool(_GROUPWISE.match(line[:_LOOK]))


def _is_rule(lines: list[str], labels: list[str], index: int) -> bool:
    bare = lines[index].strip()
    if _is_original(bare):
        return bare[:1] in DASHES or bare[-1:] in ":：" or _next_label(lines, labels, index)
    if _PLAIN_RULE.match(bare):
        return _is_list_footer(lines, index) or _headers_below(lines, index) >= 3
    return bool(_TITLED_RULE.match(bare)) and _headers_below(lines, index) >= 3


def _is_original(line: str) -> bool:
    """ "-----Original Message-----", "Begin forwarded message:" in many languages."""
    if len(line) > 100 or not line.strip(DASHES):
        return False
    bare = line.strip(DASHES).rstrip(":： ").rstrip(DASHES).casefold().replace("’", "'")
    return bare in ORIGINAL


def _next_label(lines: list[str], labels: list[str], index: int) -> bool:
    below = range(index + 1, min(index + 4, len(lines)))
    return next((bool(labels[i]) for i in below if lines[i].strip()), False)


def _headers_below(lines: list[str], index: int) -> int:
    """How many lines "Name: value" follow each other under a rule, in whatever language."""
    count = 0
    for line in lines[index + 1 : index + 8]:
        if line.strip() and not _ANY_HEADER.match(line):
            break
        count += bool(line.strip())
    return count


def _is_list_footer(lines: list[str], index: int) -> bool:
    below = "\n".join(line[:200] for line in lines[index + 1 : index + 5]).casefold()
    return "mailing list\n" in below or any(words in below for words in _LIST_FOOTER[1:])


def _has_reply_above(text: str) -> bool:
    folded = text.casefold()
    return any(words in folded for words in REPLY_ABOVE)


def _is_unknown_block(lines: list[str], labels: list[str], index: int) -> bool:
    """ "X: Jonas <jonas@...>" and two more such lines below a gap, one with a date and time of day,
    one with a second address or a known label: a header block with some words that we do not know.
    A person who lists "Name: ..., Termin: ..., Ort: ..." keeps them."""
    if index and lines[index - 1].strip() or not _SENDER.match(lines[index][:_LOOK]):
        return False
    block = [line[:_LOOK] for line in lines[index + 1 : index + 6]]
    rest = list(takewhile(_ANY_HEADER.match, block))
    known = any("@" in line for line in rest) or any(labels[index : index + 1 + len(rest)])
    return known and len(rest) >= 2 and any(_MOMENT.search(line) for line in rest)


def _label(line: str) -> str:
    head, colon, _ = line[:60].lstrip(" *_>|").replace("：", ":").partition(":")
    if not colon or len(head) > 24:
        return ""
    return HEADER_LABELS.get(head.strip(_WRAPPERS).casefold(), "")


def _is_header_block(labels: list[str], index: int) -> bool:
    """Three different mail headers close to each other, the sender among them.

    When such a block begins below a gap, it is that one: "Date: open" above is the person's.
    """
    if labels[index] not in ("from", "date", "subject"):
        return False
    window = labels[index : index + _BLOCK_LINES]
    seen: set[str] = set()
    loose = 0
    for at, kind in enumerate(window):
        if loose and kind and not _complete(seen) and _complete(_run(window[at:])):
            return False
        loose = 0 if kind else loose + 1
        if loose > 2:
            break
        seen.add(kind)
    return _complete(seen)


def _complete(kinds: set[str]) -> bool:
    return "from" in kinds and len(kinds - {""}) >= 3


def _run(window: list[str]) -> set[str]:
    return set(window[: window.index("")] if "" in window else window)


def without_armour(lines: list[str]) -> list[str]:
    """Without the frame of an OpenPGP signed message (RFC 4880 section 7): the words stay."""
    if not any(line.startswith("-----BEGIN PGP S") for line in lines):
        return lines
    kept: list[str] = []
    ends = {i for i, line in enumerate(lines) if line == "-----END PGP SIGNATURE-----"}
    last = max(ends, default=-1)
    inside = False
    for index, line in enumerate(lines):
        if line == "-----BEGIN PGP SIGNATURE-----" and index < last:
            inside = True
        elif line == "-----BEGIN PGP SIGNED MESSAGE-----" or (
            line.startswith("Hash: ") and index and lines[index - 1].startswith("-----BEGIN PGP")
        ):
            continue
        elif index in ends:
            inside = False
        elif not inside:
            kept.append(line)
    return kept
