"""What goes wrong at a mail service: whose fault it is and whether it may be repeated.

A clear no before or without acceptance is known unsent. A 5xx or a lost answer after the request
was handed over is unknown: such a mail is never sent again by itself.
"""

import re
from typing import Any

from outreach.channels.base import AccountConfig, ChannelError
from outreach.channels.esp_providers import EspProvider
from salesagent.lib import http
from salesagent.lib.scrub import scrub
from salesagent.lib.text import one_line

# "Invalid 'To' address", "'to' parameter is not a valid address", "email is not valid in to"
_TO_WORDS = re.compile(
    r"['\"`]to['\"`]|\bto (?:address|parameter|field|email)|\bin to\b|\brecipients?\b|\brcpt\b",
    re.I,
)
_BAD_WORDS = re.compile(
    r"not (?:a )?valid|invalid|malformed|inactive|suppress|block|reject|does not exist|"
    r"error parsing|illegal|at least one valid",
    re.I,
)
_SENDER_WORDS = re.compile(
    r"\b(?:from|sender|signature|domain|account|api[ _-]?key|token|permission|credit|plan|quota|"
    r"limit|suspended|verified|unauthori[sz]ed|billing|stream)\b",
    re.I,
)


def refused(
    answer: http.Answer, provider: EspProvider, account: AccountConfig
) -> ChannelError | None:
    """What the status alone says; answers that anymail reads better are left to it."""
    name = provider.label
    if answer.status in (401, 402, 403):
        return ChannelError(
            f"{name} does not accept our access: {said(answer, account)}",
            permanent=True,
            scope="mailbox",
            code="auth",
        )
    if answer.status in (420, 429):
        return ChannelError(
            f"{name} asks us to slow down.",
            permanent=False,
            scope="provider",
            code="busy",
            retry_after=answer.retry_after,
        )
    if answer.status == 408 or (answer.status >= 500 and not _explicit(answer)):
        return ChannelError(
            f"{name} had a problem of its own (HTTP {answer.status}). "
            "Nobody knows whether it took the message.",
            permanent=False,
            scope="provider",
            unknown=True,
            code="dropped",
        )
    return None


def said(answer: http.Answer, account: AccountConfig) -> str:
    """The service's own words, short and without our keys."""
    found = _words(answer) or f"HTTP {answer.status}"
    return one_line(scrub(found, *account.secret.values()), 200)


def _explicit(answer: http.Answer) -> bool:
    """Mandrill says every refusal with HTTP 500 and a JSON object that names it."""
    data = _json(answer)
    return isinstance(data, dict) and data.get("status") == "error" and bool(data.get("name"))


def _json(answer: http.Answer) -> Any:
    try:
        return answer.json()
    except http.HttpFault:
        return None


def _words(answer: http.Answer) -> str:
    """The first texts under names that services use for their reasons."""
    found: list[str] = []
    waiting = [_json(answer)]
    while waiting and len(found) < 3:
        one = waiting.pop(0)
        if isinstance(one, dict):
            for key, value in one.items():
                if isinstance(value, str) and key.lower() in REASONS:
                    found.append(value)
                elif isinstance(value, (dict, list)):
                    waiting.append(value)
        elif isinstance(one, list):
            waiting += one[:5]
    return ". ".join(found)


REASONS = frozenset({"message", "errormessage", "error", "reason", "description", "name", "field"})


def of_fault(fault: http.HttpFault, provider: EspProvider) -> ChannelError:
    """Known unsent: again later. Otherwise nobody knows, and it is never repeated by itself."""
    if fault.sent is False:
        return ChannelError(
            str(fault).replace("esp", provider.label, 1),
            permanent=fault.kind == "refused",
            scope="mailbox" if fault.kind == "refused" else "provider",
            code="connect",
            retry_after=fault.retry_after,
        )
    return ChannelError(
        f"The connection to {provider.label} ended before it said whether it took the message.",
        permanent=False,
        scope="provider",
        unknown=True,
        code="dropped",
    )


def unclear(
    answer: http.Answer | None, provider: EspProvider, account: AccountConfig
) -> ChannelError:
    """anymail could not put the request together, or did not understand the answer."""
    if answer is None:
        text = f"This mail cannot be handed to {provider.label}."
        return ChannelError(text, permanent=True, scope="recipient", code="rejected")
    if answer.status >= 300:
        return refusal(answer, provider, account, recipient=False)
    return ChannelError(
        f"{provider.label} answered with something unreadable. "
        "Nobody knows whether it took the message.",
        permanent=False,
        scope="provider",
        unknown=True,
        code="dropped",
    )


def refusal(
    answer: http.Answer, provider: EspProvider, account: AccountConfig, *, recipient: bool
) -> ChannelError:
    """A clear no. Whose fault it is decides what follows: the recipient's address, our account, or
    in doubt neither, then the mail waits and the mailbox says why."""
    words, name = said(answer, account), provider.label
    if answer.status == 413:
        text = f"The mail is larger than {name} takes."
        return ChannelError(text, permanent=True, scope="recipient", code="too_big")
    if recipient or (_TO_WORDS.search(words) and _BAD_WORDS.search(words)):
        text = f"{name} does not send to this address: {words}"
        return ChannelError(text, permanent=True, scope="recipient", code="rejected")
    ours = answer.status in (404, 405) or bool(_SENDER_WORDS.search(words))
    return ChannelError(
        f"{name} refused the mail: {words}",
        permanent=ours,
        scope="mailbox" if ours else "provider",
        code="auth" if "key" in words.lower() and ours else "rejected",
    )
