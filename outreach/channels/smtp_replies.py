"""What a mail server's answer means for us: RFC 5321 codes, RFC 3463 enhanced codes. Pure.

4xx: try again later. 5xx to RCPT that says the address does not exist: this recipient, for good.
5.7.x and 554: the server does not like us or the content, which is never the recipient's fault.
"""

import re

from outreach.channels.base import ChannelError, Scope
from salesagent.lib.text import one_line

_ENHANCED = re.compile(r"(?:^|[\s(:])([245]\.\d{1,3}\.\d{1,3})\b")
NO_SUCH = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
_POLICY_WORDS = re.compile(
    r"spam|block|black ?list|listed|policy|reputation|relay|denied|refused|dmarc|\bspf\b|dkim",
    re.I,
)
_NO_SUCH_WORDS = re.compile(
    r"(user|mailbox|recipient|address|account)[^.]{0,60}"
    r"(unknown|not found|no such|n't exist|not exist|invalid|not listed)"
    r"|(unknown|no such|invalid) (local )?(user|mailbox|recipient|address|account)",
    re.I,
)
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
    if _is_policy(code, enhanced, text):
        return _error("The mail server rejects what we send", words, "mailbox", "policy")
    if phase == "mail":
        return _error("The mail server does not let us send", words, "mailbox", "sender")
    if _is_no_such(code, enhanced, text):
        return _error("This address does not exist", words, "recipient", "no_such_address")
    return _error("The message was refused", words, "recipient", "rejected")


def _is_policy(code: int, enhanced: str, text: str) -> bool:
    if enhanced:
        return enhanced.startswith("5.7.")
    return code == 554 or bool(_POLICY_WORDS.search(text))


def _is_no_such(code: int, enhanced: str, text: str) -> bool:
    if enhanced and enhanced not in ("5.0.0", "5.1.0"):
        return enhanced in NO_SUCH
    return code in (550, 551, 553) and bool(_NO_SUCH_WORDS.search(text))


def _error(what: str, words: str, scope: Scope, code: str) -> ChannelError:
    return ChannelError(f"{what}: {words}", permanent=True, scope=scope, code=code)
