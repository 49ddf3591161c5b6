"""Calls to the Gmail API, and what its refusals mean.

Facts: developers.google.com/gmail/api/reference and /guides/handle-errors. 6,000 quota units a
minute and user: a send costs 100, reading one message or a list 5, history 2.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from outreach.channels.base import AccountConfig, ChannelError, MailboxConfig, Scope
from salesagent.lib import budget, http
from salesagent.lib.text import one_line

SERVICE = "gmail"
SEND = "https://www.googleapis.com/auth/gmail.send"
READ = "https://www.googleapis.com/auth/gmail.readonly"
BUSY_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded"})
_RETRY_AT = re.compile(r"[Rr]etry after (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)")
_TO = re.compile(r"(?i)\b(?:invalid to|invalid cc|invalid bcc|recipient)\b")

budget.register(SERVICE, 15, 60)


class Refused(ChannelError):
    """An answer of Gmail that is no success. `status` is HTTP's."""

    status = 0


class TooBig(ChannelError):
    """The answer is larger than the caller wants to read."""


class Api:
    """One account's calls. The token is asked for each time; whoever gives it keeps it."""

    def __init__(self, config: MailboxConfig) -> None:
        account = config.account
        if account is None or account.token is None:
            raise ChannelError(
                f"{config.address} is not connected to Google. Connect it again.",
                permanent=True,
                scope="mailbox",
                code="auth",
            )
        self.account: AccountConfig = account
        self.token = account.token
        self.address = config.address
        self.base = account.base_url.rstrip("/")

    def get(
        self, path: str, params: Mapping[str, Any] | None = None, *, size_cap: int = http.SIZE_CAP
    ) -> dict[str, Any]:
        """A read; it is repeated where that may help. Raises ChannelError, TooBig."""
        try:
            return _object(self._call("GET", path, params=params, size_cap=size_cap))
        except http.HttpFault as fault:
            kind = TooBig if fault.kind == "too_big" else ChannelError
            error = kind(str(fault), permanent=False, scope="provider", code="connect")
        raise error

    def send(self, raw: str, thread_id: str) -> dict[str, Any]:
        """One try of messages.send: it has no key that would make a second one harmless.

        Behind a lost answer, a 5xx or an unreadable 2xx nobody knows: ChannelError(unknown).
        """
        body = {"raw": raw, **({"threadId": thread_id} if thread_id else {})}
        try:
            answer = self._call("POST", "messages/send", json=body)
            return _object(answer)
        except http.HttpFault as fault:  # unreadable, too big or a redirect: it may have been taken
            raise _lost(str(fault)) from None

    def pages(self, path: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Every page of a list, in the order the service gives them."""
        token, seen = "", set()
        while True:
            page = self.get(path, {**params, **({"pageToken": token} if token else {})})
            yield page
            token = str(page.get("nextPageToken") or "")
            if not token or token in seen:
                return
            seen.add(token)

    def _call(self, method: http.Method, path: str, **more: Any) -> http.Answer:
        """A 401 was certainly not carried out: once more with another token, also for a send."""
        token = str(self.token())
        answer = self._once(method, path, token, **more)
        if answer.status == 401:
            answer = self._once(method, path, str(self.token(token)), **more)
        if not answer.ok:
            raise refusal(answer, read=method == "GET")
        return answer

    def _once(self, method: http.Method, path: str, token: str, **more: Any) -> http.Answer:
        read = method == "GET"
        try:
            return http.call(
                method,
                f"{self.base}/gmail/v1/users/me/{path}",
                service=SERVICE,
                account=self.address,
                headers={"Authorization": f"Bearer {token}"},
                timeout=(5, 20 if read else 60),
                idempotent=read,
                allow_hosts={urlsplit(self.base).netloc},
                wait_hint=_retry_at,
                **more,
            )
        except http.HttpFault as fault:
            if fault.kind == "too_big" and read:
                raise
            raise _fault(fault, read) from None


def _object(answer: http.Answer) -> dict[str, Any]:
    found = answer.json()
    if not isinstance(found, dict):
        raise http.HttpFault("not_json", "Gmail sent no readable answer.", sent=True)
    return found


def _lost(text: str) -> ChannelError:
    return ChannelError(
        f"{text.rstrip('.')}. Nobody knows whether Gmail took the message.",
        permanent=False,
        scope="provider",
        unknown=True,
        code="dropped",
    )


def _fault(fault: http.HttpFault, read: bool) -> ChannelError:
    """No whole answer. Known not to be processed: it is tried again later."""
    if not read and fault.sent is not False:
        return _lost(str(fault))
    code = "busy" if fault.kind in ("budget", "breaker_open") else "connect"
    return ChannelError(
        str(fault), permanent=False, scope="provider", code=code, retry_after=fault.retry_after
    )


def refusal(answer: http.Answer, *, read: bool = False) -> ChannelError:
    """What a 4xx or 5xx means for the message, the mailbox or the next hour."""
    reasons, status, text = _error_of(answer)
    if answer.status == 401:
        return _refused("Google no longer accepts our access. Connect Gmail again.", code="auth")
    if answer.status == 429 or (answer.status == 403 and reasons & BUSY_REASONS):
        return ChannelError(
            "Gmail's limit is reached for now. It goes on later.",
            permanent=False,
            scope="mailbox",
            code="busy",
            retry_after=answer.retry_after,
        )
    if answer.status == 403:
        return _refused(_forbidden(reasons, status, text), code="auth")
    if answer.status in (400, 413) and status != "FAILED_PRECONDITION":
        return _bad_request(answer.status, text)
    if answer.status == 404:
        error = Refused("Gmail does not know this.", permanent=True, scope="recipient")
        error.status = 404
        return error
    if answer.status >= 500 or answer.status == 408:
        words = f"Gmail has a problem of its own (HTTP {answer.status})."
        if not read:
            return _lost(words)
        return ChannelError(words, permanent=False, scope="provider", code="connect")
    return _refused(f"Gmail does not allow this for the account: {text}", code="rejected")


def _bad_request(http_status: int, text: str) -> ChannelError:
    if http_status == 413 or "too large" in text.lower():
        return _refused("The mail is too large for Gmail.", scope="recipient", code="too_big")
    about_them = bool(_TO.search(text))
    words = "Gmail does not accept this recipient" if about_them else "Gmail refused the mail"
    return _refused(f"{words}: {text}", scope="recipient", code="rejected")


def _forbidden(reasons: set[str], status: str, text: str) -> str:
    if reasons & {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}:
        return (
            "Google did not give the right for this: a box was left unticked. "
            "Connect Gmail again and tick both."
        )
    if reasons & {"accessNotConfigured", "SERVICE_DISABLED"}:
        return "The Gmail API is switched off in the Google project. Switch it on there."
    if "domainPolicy" in reasons:
        return "The administrator of this Google Workspace has switched Gmail access off for apps."
    return f"Google does not allow this: {text}"


def _refused(text: str, *, code: str, scope: Scope = "mailbox") -> ChannelError:
    return ChannelError(one_line(text, 250), permanent=True, scope=scope, code=code)


def _error_of(answer: http.Answer) -> tuple[set[str], str, str]:
    """(reasons, status word, message) of {"error": {...}}, whatever of it is there."""
    try:
        found = answer.json()
    except http.HttpFault:
        found = None
    error = found.get("error") if isinstance(found, dict) else None
    if not isinstance(error, dict):
        return set(), "", f"HTTP {answer.status}"
    rows = [*_dicts(error.get("errors")), *_dicts(error.get("details"))]
    reasons = {str(row["reason"]) for row in rows if row.get("reason")}
    text = http.scrub(one_line(str(error.get("message") or f"HTTP {answer.status}"), 160))
    return reasons, str(error.get("status") or ""), text


def _dicts(rows: object) -> list[dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _retry_at(answer: http.Answer) -> float | None:
    """Gmail writes the moment into its message: "Retry after 2026-11-21T09:30:00.000Z"."""
    found = _RETRY_AT.search(answer.text[:2000])
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(found.group(1))
    except ValueError:
        return None
    return min(max(moment.astimezone(UTC).timestamp() - http.now(), 1.0), 86_400.0)
