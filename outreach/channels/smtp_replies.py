"""What a mail server's answer means for us: RFC 5321 codes, RFC 3463 enhanced codes. Pure.

4xx: try again later. 5xx that says the address does not exist: this recipient, for good, by the
same rules as for reports that come later (outreach.mail.bounce_rules). 5.7.x, a bare 554 and words
to that end: the server does not like us or the content, which is never the recipient's fault.
"""

import re

from outreach.channels.base import ChannelError, Scope
from outreach.mail.bounce_rules import Verdict, judge
from salesagent.lib.text import one_line

_ENHANCED = re.compile(r"(?:^|[\s(:])([245]\.\d{1,3}\.\d{1,3})\b")
_LISTED = re.compile(r"spam|block|black ?list|listed|reputation|dmarc|\bspf\b|dkim|policy", re.I)
AUTH_CODES = frozenset({530, 534, 535, 538})


def enhanced_code(reply: str) -> str:
    """ "5.1.1" or empty."""
    match = _ENHANCED.search(reply)
    return match.group(1) if match else ""


def error_for(phase: str, code: int, reply: bytes | str) -> ChannelError:
    """The error for a refusal; `phase` is connect, hello, tls, auth, mail, rcpt or data."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    words = one_line(text, 200) or "no reason given"
    if 400 <= code < 500:
        return _later(phase, code, words)
    if code in AUTH_CODES or phase == "auth":
        return _error("The mail server does not accept the password", words, "mailbox", "auth")
    if phase in ("connect", "hello", "tls"):
        return _error("The mail server refused the connection", words, "mailbox", "connect")
    return _refused(phase, code, enhanced_code(text), text, words)


def _later(phase: str, code: int, words: str) -> ChannelError:
    scope: Scope = "recipient" if phase in ("rcpt", "data") and code != 421 else "provider"
    return ChannelError(
        f"The mail server asks to try again later: {words}",
        permanent=False,
        scope=scope,
        code="busy",
    )


def _refused(phase: str, code: int, enhanced: str, text: str, words: str) -> ChannelError:
    """A 5xx answer to MAIL, RCPT or DATA."""
    if enhanced in ("5.3.4", "5.2.3") or code == 552 and not enhanced.startswith("5.2"):
        return _error("The message is too large for the server", words, "recipient", "too_big")
    verdict = judge(f"{code} {text}", phase="data" if phase == "data" else "rcpt")
    if phase == "mail" and not (_by_code(code, enhanced) or _LISTED.search(text)):
        return _error("The mail server does not let us send", words, "mailbox", "sender")
    if phase == "mail" or _is_policy(code, enhanced, verdict):
        return _error("The mail server rejects what we send", words, "mailbox", "policy")
    if verdict.hard:
        return _error("This address does not exist", words, "recipient", "no_such_address")
    return _error("The message was refused", words, "recipient", "rejected")


def _is_policy(code: int, enhanced: str, verdict: Verdict) -> bool:
    """Refused because of us: 5.7.x, a bare 554 (RFC 5321: no more than failed), or such words."""
    return verdict.policy or _by_code(code, enhanced)


def _by_code(code: int, enhanced: str) -> bool:
    return enhanced.startswith("5.7.") or (code == 554 and not enhanced)


def _error(what: str, words: str, scope: Scope, code: str) -> ChannelError:
    return ChannelError(f"{what}: {words}", permanent=True, scope=scope, code=code)
