"""What a server's reply means: does the address not exist (hard), or is it anything else? Pure.

Sources: RFC 3463 and the IANA registry of enhanced status codes (RFC 5248), RFC 5321 section 4.2.3,
RFC 7505 (null MX), RFC 7372 (authentication), and what servers are known to answer. In doubt the
answer is soft: a wrong hard bounce loses a person for good, a wrong soft one costs a mail.
"""

import re
from dataclasses import dataclass

from outreach.mail.bounce_words import (
    HEDGED,
    LATER,
    MOVED,
    NO_HOST,
    NO_USER,
    OFF,
    POLICY,
    SENDER,
    SURE,
)

UNIT_LIMIT = 600  # characters of a reply that count
UNITS = 60
CODE = re.compile(r"(?<![\d./=@#])(?<!(?<!\d\d\d)-)([245]\.\d{1,2}\.\d{1,3})(?![\d.])")
_CODE_HASH = re.compile(r"#([245]\.\d{1,2}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(
    r"(?<![\w./=@\[#-])(?<![\d\]]:)([45]\d\d)(?:[\s:,]|-(?=[^\d\s])|-(?=[45]\.\d)|$)"
    r"(?!\d{1,3}\.\d{1,3}\.\d{1,3}\.\d)"
)
_HARD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.9", "5.1.10", "5.4.4"})
_HOST_CODES = frozenset({"5.1.2", "5.1.10", "5.4.310"})
# says nothing by itself: other or undefined, or a code programs put where they know no better
VAGUE = frozenset({"", "5.0.0", "5.1.0", "5.3.0", "5.4.0", "5.5.0", "5.0.1", "5.0.350", "5.0.351"})
_EDGE = re.compile(r"recipient address(?:es)? rejected ?: access denied")
_RCPT = re.compile(
    r"rcpt[ _]?to\b|rcpt (?:command|from)|rcpt:|does not like recipient|state 14\b|"
    r"recipient was rejected"
)
_MAIL = re.compile(
    r"(?:after|to) mail from|\[mail_from\]|mail from command|sender was rejected|>>> mail from|"
    r"mail from:<[^<>]{0,200}> size"
)
_DATA = re.compile(
    r"end of data|to (?:the )?data command|final data|\[data\]|\[eod\]|after i sent the message|"
    r">>> data\b|state 1[78]\b|after data\b"
)
_START = re.compile(
    r"initial connection|while connected|initial greeting|helo command|ehlo command"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`policy`: refused because of us or our message, RFC 3463 subject 7 or words to that effect;
    `doubt`: the words say that the address does not exist, but not so that it is certain."""

    hard: bool
    status: str = ""
    reason: str = ""
    policy: bool = False
    doubt: bool = False


def plain(text: str) -> str:
    """One line, lower case, straight quotes: what the phrase lists are written for."""
    text = text.replace("\u2019", "'").replace("`", "'")
    return " ".join(text.lower().split())


def codes_in(text: str) -> list[str]:
    return [*CODE.findall(text), *_CODE_HASH.findall(text)]


def phase_of(text: str) -> str:
    """The SMTP command that was answered: rcpt, data, mail, start, or empty when not said."""
    found = [
        (match.start(), name)
        for name, pattern in (("rcpt", _RCPT), ("data", _DATA), ("mail", _MAIL), ("start", _START))
        for match in pattern.finditer(text)
    ]
    return max(found)[1] if found else ""


def judge(reply: str, *, status: str = "", phase: str = "") -> Verdict:
    """The meaning of one reply; `status` is the report's own code, which a reply's code beats."""
    text = plain(reply)[:UNIT_LIMIT]
    reason = " ".join(reply.split())[:300]
    inner = [code for code in codes_in(text) if code not in VAGUE]
    code = inner[-1] if inner else ""
    shown = code or status
    if status.startswith("4.") or code.startswith("4."):
        return Verdict(False, shown, reason)
    about_us = code in ("5.1.7", "5.1.8") or SENDER.search(text)
    if phase in ("mail", "start") or about_us or set(inner) & {"5.1.7", "5.1.8"}:
        return Verdict(False, inner[0] if inner else status, reason, policy=True)
    if OFF.search(text) and not NO_HOST.search(text):
        return Verdict(False, shown, reason, policy=bool(POLICY.search(text)))
    if code:
        return _by_code(text, code, reason, phase)
    return _by_words(text, status, reason, phase)


def _by_code(text: str, code: str, reason: str, phase: str) -> Verdict:
    """The reply itself has an enhanced code."""
    named = bool(NO_USER.search(text) or NO_HOST.search(text))
    if code.startswith("5.7."):  # Yandex says "5.7.1 No such user!" to RCPT
        hard = phase == "rcpt" and bool(NO_USER.search(text)) and not POLICY.search(text)
        return Verdict(hard, code, reason, policy=not hard)
    if code in _HARD:
        barred = POLICY.search(text) or LATER.search(text)
        hard = named or bool(MOVED.search(text)) or not barred
        if code == "5.4.4" and LATER.search(text) and not NO_HOST.search(text):
            hard = False
        return Verdict(hard, code, reason, policy=bool(not hard and POLICY.search(text)))
    if code == "5.2.1":  # disabled, or unknown where the server says so to RCPT
        hard = phase == "rcpt" and bool(NO_USER.search(text)) and not LATER.search(text)
        return Verdict(hard, code, reason)
    if code == "5.4.1":  # Exchange Online, directory based edge blocking
        return Verdict(bool(_EDGE.search(text)), code, reason)
    if (
        code == "5.4.310"
        or code.startswith("5.5.")
        or code.startswith("5.4.")
        or code.startswith("5.1.")
    ):
        return Verdict(named and not LATER.search(text), code, reason)
    return Verdict(False, code, reason, policy=bool(POLICY.search(text)))


def _by_words(text: str, status: str, reason: str, phase: str) -> Verdict:
    """No code in the reply, or a vague one: words, then the report's own Status."""
    host, moved = NO_HOST.search(text), MOVED.search(text)
    named = NO_USER.search(text) or host or moved
    if not named and POLICY.search(text):
        return Verdict(False, status, reason, policy=True)
    if not named and LATER.search(text):
        return Verdict(False, status, reason)
    if named:
        if not host and phase == "data" and status not in _HARD:
            return Verdict(False, status, reason, doubt=True)  # taken at RCPT: a filter says it
        if status.startswith(("5.2.", "5.3.", "5.6.")) and status not in VAGUE:
            return Verdict(False, status, reason)
        if POLICY.search(text):
            return Verdict(False, status, reason, policy=True)
        # a bare 550 that does not tell which command it answers may be a filter's word
        told = phase == "rcpt" or host or moved or status not in VAGUE or SURE.search(text)
        sure = bool(told or not (_REPLY.match(text) or HEDGED.search(text)))
        return Verdict(sure, status, reason, doubt=not sure)
    hard = status in _HARD
    return Verdict(hard, status, reason, policy=status.startswith("5.7."))


_LOCAL_LINE = re.compile(r"^\s*5\d\d 5\.\d\.\d <[^<>]{1,250}>\.\.\. ")


def replies(words: str) -> list[tuple[str, str]]:
    """(reply, phase) for each server reply quoted in a report's words.

    sendmail repeats a server's answer in its own words on the next line, always as "User unknown"
    or "Service unavailable", which says less than what the server said; that line is left out.
    """
    lines: list[str] = []
    for line in words.splitlines():
        if _LOCAL_LINE.match(line) and lines and lines[-1].startswith("<<<"):
            continue
        if line.strip():
            lines.append(line.strip()[:1000])
    text = "\n".join(lines)
    return _units(text)


def _units(text: str) -> list[tuple[str, str]]:
    found = starts(text)
    units = []
    for n, at in enumerate(found[:UNITS]):
        end = found[n + 1] if n + 1 < len(found) else len(text)
        begin = found[n - 1] if n else 0
        before = plain(text[max(begin, at - 300) : at])
        reply = text[at : min(end, at + UNIT_LIMIT)]
        after = plain(reply)
        told = re.search(
            r"\(in reply to [^)]{1,40}\)?|\[(?:rcpt_to|mail_from|data|eod)\]|"
            r"\(state \d\d\)",
            after,
        )
        phase = phase_of(told.group()) if told else ""
        units.append((reply, phase or phase_of(before) or phase_of(after)))
    return units


def starts(text: str) -> list[int]:
    """Where replies begin; the further lines of one reply repeat its code."""
    found: list[int] = []
    last_code, last_end, dash = "", -1000, False
    marks = sorted(
        [(m.start(), m.end(), m.group(1)) for m in _REPLY.finditer(text)]
        + [(m.start(), m.end(), "") for m in CODE.finditer(text)]
        + [(m.start(), m.end(), "") for m in _CODE_HASH.finditer(text)]
    )
    for start, end, code in marks[: 10 * UNITS]:
        line_start = start == 0 or text[start - 1] in "\n#"
        if not code and start - last_end < 400 and (last_code or not line_start):
            continue  # the enhanced code of the reply before
        more = text[start + 3 : start + 4] == "-"
        if code and code == last_code and start - last_end < 200 and (dash or more):
            last_end, dash = end, more
            continue
        found.append(start if code else max(text.rfind("\n", 0, start), 0))
        last_code, last_end, dash = code, end, bool(code) and more
    return found
