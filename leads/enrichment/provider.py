"""What the paid providers have in common: one GET, and the answer's status in plain words."""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from leads.enrichment.base import EnrichmentError
from salesagent.lib import http
from salesagent.lib.http import Answer, HttpFault

KEY_REFUSED = "{0} does not take the key. Copy it again from your account there."
USED_UP = "{0} says that your credits are used up. Buy more there, or wait for the next month."
BUSY = "{0} asks us to slow down. It is tried again by itself."
TROUBLE = "{0} has a problem of its own. It is tried again by itself."
NOTHING_ASKED = (400, 404, 422)  # a question about nobody: the key was taken, nothing is counted
ODD = "{0} sent an answer that we cannot read."
MINUTE = 60.0


def ask(
    label: str,
    service: str,
    url: str,
    *,
    account: str,
    params: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    also: Collection[int] = (404,),
) -> Answer:
    """2xx and the statuses of `also` as they come; everything else raises EnrichmentError.

    Never tried again after the question left: it may have been counted.
    """
    try:
        answer = http.call(
            "GET", url, service=service, account=account, headers=headers, params=params,
            auth=auth, idempotent=False, allow_hosts=[urlsplit(url).netloc],
            wait_hint=_hint,
        )  # fmt: skip
    except HttpFault as fault:
        charged = fault.sent is not False
        words = label + str(fault).removeprefix(service)  # the name that people know
        raise EnrichmentError(
            words, permanent=False, wait=fault.retry_after or MINUTE, charged=charged
        ) from None
    if answer.ok or answer.status in also:
        return answer
    raise _error(label, answer)


def _hint(answer: Answer) -> float | None:
    """Their 429 does not always say how long."""
    return MINUTE if answer.status == 429 and not answer.headers.get("Retry-After") else None


def _error(label: str, answer: Answer) -> EnrichmentError:
    if answer.status in (401, 403):
        return EnrichmentError(KEY_REFUSED.format(label), permanent=True)
    if answer.status == 402:
        return EnrichmentError(USED_UP.format(label), permanent=True)
    if answer.status == 429:
        return EnrichmentError(BUSY.format(label), permanent=False, wait=answer.retry_after)
    if answer.status >= 500:
        return EnrichmentError(TROUBLE.format(label), permanent=False, wait=answer.retry_after)
    text = f"{label} did not accept the question (HTTP {answer.status})."
    return EnrichmentError(text, permanent=False)


def record(label: str, answer: Answer) -> dict[str, Any]:
    """The answer's object. Raises EnrichmentError for anything else."""
    try:
        found = answer.json()
    except HttpFault:
        found = None
    if not isinstance(found, dict):
        raise EnrichmentError(ODD.format(label), permanent=False, charged=True)
    return found


def part(record: Mapping[str, Any], *names: str) -> Any:
    """A value inside of nested objects; None where one is missing."""
    value: Any = record
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
