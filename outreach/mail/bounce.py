"""Is this mail a report of a machine about a mail of ours, and what does it say? Pure, bounded.

Order: complaints (RFC 5965 and the older forms of large hosts), delivery reports (RFC 3464), then
reports in words (qmail QSBMF, Exim, Exchange, Domino and others); last, whether a machine answered
(RFC 3834). Half of all bounces carry Auto-Submitted, so automatic answers are told last.
"""

import re
from dataclasses import dataclass, replace

from outreach.mail.autoreply_rules import automatic
from outreach.mail.bounce_complaints import complaint
from outreach.mail.bounce_parts import Parts, field_groups, take_apart
from outreach.mail.bounce_rules import CODE, VAGUE, Verdict, judge, phase_of, plain, replies, starts
from outreach.mail.bounce_words import FAILED, LATER, NO_HOST, NO_USER, SUBJECTS
from outreach.mail.parse import Unreadable, parse

_ADDRESS = re.compile(r"[^\s<>@\"'(),:;\[\]|]{1,64}@[^\s<>@\"'(),:;\[\]|]{1,250}")
_ROBOT = re.compile(
    r"(?:mailer[-_.]?(?:daemon|deamon)|poo?st[-_]?master|mail[-_.]?daemon|bounces?|double-bounce|"
    r"mdaemon|microsoftexchange[0-9a-f]{10,}|mmdf|maildelivery|mail-?delivery[a-z-]{0,20}|"
    r"returned-?mail|undeliverable)(?:[+-][^@]{0,60})?(?:@|$)"
)
_LIST = re.compile(
    r"-(?:admin|owner|request|bounces)@"
)  # list programs refuse in their owner's name
_ROBOT_NAME = re.compile(
    r"mail delivery (?:sub)?system|mail delivery service|mailer[- ]daemon|mail[- ]daemon|"
    r"system administrator|mail administrator|postmaster|mail ?router|delivery (?:system|service)|"
    r"internet mail delivery|microsoft outlook|mail system"
)
_ANSWER = re.compile(
    r"^\s*(?:re|aw|sv|vs|antw|odp|rif|res|fwd?|wg|tr|vb|enc|rv|ref)\s*(?:\[\d+\])?:", re.I
)
_OFF = re.compile(r"account is (?:temporarily )?(?:disabled|suspended|inactive|limited)")
_CONCLUDES = re.compile(
    r"^<<< [^\n]{3,500}\n55\d 5\.1\.\d <[^<>\n]{1,250}>\.\.\. User unknown", re.M
)
_STILL_TRIED = re.compile(
    r"will be retried|has (?:not yet been delivered|been delayed)|"
    r"this is a warning (?:message )?only|"
    r"(?:warning|temporary failure) (?:report|message)? ?only|do not need to re-?send|"
    r"(?:keep|continue) trying",
    re.I,
)
_GAVE_UP = re.compile(
    r"returned mail|permanent(?:ly)?\b (?:fatal )?(?:error|fail)|failed permanently|"
    r"giving up|given up|"
    r"not (?:going to|continue to?) try",
    re.I,
)
_GONE_CATEGORIES = ("bad-mailbox", "bad-domain")  # PowerMTA's own field
_TELLING = 600  # characters of a report that has no reply in it
_DELAYED = re.compile(
    r"\bdelay(?:ed)?\b|warning: (?:could not|message)|still being retried|temporary|not yet been",
    re.I,
)


KINDS = frozenset({"hard", "soft", "complaint", "autoreply", "delivered", "none"})


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a mail says about one of ours.

    `kind`: hard (the address or its domain does not exist, or has moved), soft (every other
    failure or delay), complaint, autoreply, delivered, or none (a person wrote, or other mail).
    `status` is an enhanced code (RFC 3463) or empty; `recipient` the failed address if named;
    `policy`: the refusal is about us or our message, never about the recipient; `delayed`: it is
    still being tried, so nothing has failed yet;
    `message_ids`: of the message that came back.
    """

    kind: str
    recipient: str = ""
    status: str = ""
    reason: str = ""
    policy: bool = False
    delayed: bool = False
    message_ids: tuple[str, ...] = ()


def classify(raw: bytes) -> Bounce:
    """Never raises; looks at the first 256 KB only."""
    parts = take_apart(raw)
    found = complaint(parts)
    if found is not None:
        who, reason = found
        return Bounce("complaint", who, "", reason, message_ids=parts.ids)
    if parts.feedback:
        return Bounce("none", reason="Feedback that is no complaint")
    report = _from_blocks(parts) or _from_notification(parts) or _from_words(parts)
    if report is not None:
        return replace(report, message_ids=parts.ids)
    return _no_report(raw)


def _no_report(raw: bytes) -> Bounce:
    try:
        machine = automatic(parse(raw))
    except (Unreadable, RecursionError):
        return Bounce("none")
    if machine and machine != "Mass mail":
        return Bounce("autoreply", reason=machine)
    return Bounce("none", reason=machine)


# ---- RFC 3464


def _from_blocks(parts: Parts) -> Bounce | None:
    blocks = [block for block in parts.blocks if _is_recipient(block)]
    if not blocks and parts.words and _machine_like(parts):
        blocks = [one for one in _loose_blocks(parts.words) if _is_recipient(one)]
    if not blocks and _machine_like(parts):
        blocks = [block for block in parts.inner_blocks if _is_recipient(block)]
    if not blocks:
        return None
    found = [_from_block(block, parts) for block in blocks]
    order = ("hard", "soft", "delivered")
    return min(found, key=lambda one: order.index(one.kind))


def _is_recipient(block: dict[str, str]) -> bool:
    return (
        "final-recipient" in block
        or "action" in block
        and "status" in block
        or ("original-recipient" in block and "status" in block)
    )


def _loose_blocks(words: str) -> list[dict[str, str]]:
    """Report fields that a program put into its text."""
    at = re.search(r"^(?:reporting-mta|final-recipient|action):", words, re.I | re.M)
    return field_groups(words[at.start() :]) if at else []


def _from_block(block: dict[str, str], parts: Parts) -> Bounce:
    action = block.get("action", "").split()[:1]
    who = bare(block.get("final-recipient", "")) or bare(block.get("original-recipient", ""))
    code = CODE.search(f" {block.get('status', '')}")
    status = code.group(1) if code else ""
    said = block.get("diagnostic-code", "")
    if action and action[0].lower().strip(";,.") in ("delivered", "relayed", "expanded"):
        return Bounce("delivered", who, status, said[:300])
    if action and action[0].lower() == "delayed":
        return Bounce("soft", who, status, said[:300], delayed=True)
    verdict = _of_block(block, status, said, parts)
    return Bounce("hard" if verdict.hard else "soft", who, *_shown(verdict))


def _shown(verdict: Verdict) -> tuple[str, str, bool]:
    return verdict.status, verdict.reason, verdict.policy


def _of_block(block: dict[str, str], status: str, said: str, parts: Parts) -> Verdict:
    comment = block.get("status", "").partition("(")[2]
    reply = re.sub(r"^\s*[\w.+-]{1,30}\s*;", "", said).strip()
    phase = phase_of(plain(reply)) or _phase_in(parts.words, reply)
    if len(re.sub(r"[\d\s.]", "", reply)) >= 4:
        verdict = confirmed(judge(reply, status=status, phase=phase), parts.words)
        named = block.get("x-powermta-bouncecategory", "").lower() in _GONE_CATEGORIES
        unclear = verdict.doubt or verdict.status in VAGUE and not verdict.policy
        return replace(verdict, hard=True) if named and unclear else verdict
    own = [judge(text, status=status, phase=how) for text, how in replies(parts.words)]
    if status and not status.endswith(".0.0") or not own:
        return judge(f"{comment} {_telling(parts.words)}", status=status, phase=phase)
    verdict = next((one for one in own if one.hard), own[0])
    if verdict.hard and _OFF.search(parts.words.lower()):
        return replace(verdict, hard=False)
    return verdict


def confirmed(verdict: Verdict, words: str) -> Verdict:
    """A vague reply counts as hard when the report says in its own words that nobody is there."""
    if verdict.hard or verdict.policy or verdict.status not in VAGUE:
        return verdict
    found = starts(words)
    own = plain(words[: found[0]] if found else words)[:1500]
    gone = NO_USER.search(own) or NO_HOST.search(own)
    if not gone or LATER.search(own) or LATER.search(verdict.reason.lower()):
        return verdict
    return replace(verdict, hard=True, doubt=False)


def _phase_in(words: str, reply: str) -> str:
    """The phase as the report's text tells it beside the same reply.

    sendmail sends commands ahead, so what stands above the answer may be a later command; what it
    concludes ("User unknown", or "Service unavailable" for the message) tells the right one; of a
    refusal by policy it concludes the same, which tells nothing.
    """
    if _CONCLUDES.search(words) and " 5.7." not in reply:
        return "rcpt"
    start = plain(reply)[:40]
    text = plain(words[:20_000])
    at = text.find(start) if start else -1
    if at < 0:
        at = text.find(start[:16]) if start else -1
    if at < 0:
        return ""
    told = re.search(r"\(in reply to [^)]{1,40}", text[at : at + 700])
    if told:
        return phase_of(told.group())
    return phase_of(text[max(0, at - 200) : at])


# ---- notices of Amazon SES, as JSON


def _from_notification(parts: Parts) -> Bounce | None:
    from outreach.mail.bounce_ses import read

    found = read(parts.words)
    if found is None:
        return None
    kind, who, status, reply = found
    if kind != "bounce":
        return Bounce(kind, who, status, reply)
    verdict = judge(reply, status=status)
    return Bounce("hard" if verdict.hard else "soft", who, *_shown(verdict))


# ---- reports in words


def _from_words(parts: Parts) -> Bounce | None:
    if not _is_report(parts):
        return None
    words = parts.words
    who = _recipient(parts)
    told = _worst(words)
    if _is_delayed(parts):
        code, reason, policy = _shown(told) if told else ("", "", False)
        return Bounce("soft", who, code, reason or _line(words), policy, delayed=True)
    verdict = confirmed(told, words) if told else judge(_telling(words))
    if told and not _says_something(verdict):
        whole = judge(_telling(words))
        verdict = whole if whole.hard else verdict
    reason = verdict.reason or _line(words)
    return Bounce("hard" if verdict.hard else "soft", who, verdict.status, reason, verdict.policy)


def _worst(words: str) -> Verdict | None:
    """Of several recipients the one that is gone decides."""
    found = [judge(text, phase=phase) for text, phase in replies(words)]
    hard = [one for one in found if one.hard]
    told = [one for one in found if _says_something(one)]
    return next(iter(hard or told or found), None)


def _is_delayed(parts: Parts) -> bool:
    """A warning; Gmail's and sendmail's subjects say so, and reports do near their beginning."""
    subject, begin = parts.headers.get("subject", ""), parts.words[:1500]
    if _GAVE_UP.search(begin):
        return False
    return bool(_DELAYED.search(subject) or _STILL_TRIED.search(begin))


def _says_something(verdict: Verdict) -> bool:
    return bool(verdict.hard or verdict.status or verdict.policy or verdict.doubt)


def _telling(words: str) -> str:
    """The lines that say why, without the greeting."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return " ".join(lines)[:_TELLING]


def _line(words: str) -> str:
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    said = next((one for one in lines if LATER.search(one.lower())), "")
    said = said or next((one for one in lines if FAILED.search(one.lower())), "")
    return said[:300]


def _is_report(parts: Parts) -> bool:
    if parts.headers.get("x-failed-recipients"):
        return True
    subject = parts.headers.get("subject", "")
    robot = _is_robot(parts)
    back = parts.headers.get("return-path", "").replace(" ", "")
    null = back in ("<>", "<MAILER-DAEMON>")
    answers = "in-reply-to" in parts.headers or bool(_ANSWER.match(subject))
    if answers and (not robot or back and not null and not _ROBOT.match(back.strip("<>").lower())):
        return False
    named = bool(SUBJECTS.search(subject.lower()))
    text = plain(parts.words[:8000])
    told = bool(FAILED.search(text)) or bool(replies(parts.words[:8000]))
    report = parts.report_type == "delivery-status"
    strength = 2 * robot + 2 * named + told + null + 2 * report
    listed = bool(_LIST.search(parts.from_address))
    return strength >= 3 and (robot or report or named and (null or listed))


def _machine_like(parts: Parts) -> bool:
    return not _ANSWER.match(parts.headers.get("subject", "")) and (
        _is_robot(parts) or bool(SUBJECTS.search(parts.headers.get("subject", "").lower()))
    )


def _is_robot(parts: Parts) -> bool:
    sender = parts.from_address or parts.headers.get("from", "").lower().strip(" <>\"'")
    return (
        bool(_ROBOT.match(sender))
        or not sender
        or bool(_ROBOT_NAME.search(parts.from_name.lower()))
    )


def _recipient(parts: Parts) -> str:
    failed = parts.headers.get("x-failed-recipients", "").partition(",")[0]
    if bare(failed):
        return bare(failed)
    skip = {parts.from_address, bare(parts.headers.get("to", ""))}
    found = [one.lower().rstrip(".") for one in _ADDRESS.findall(parts.words[:8000])]
    return next((one for one in found if one not in skip), "")[:254]


def bare(value: str) -> str:
    """The address of "rfc822; name@host" or "<name@host>", lower case; empty when there is none."""
    found = _ADDRESS.search(value.rpartition(";")[2])
    return found.group().lower()[:254] if found else ""
