"""Calls to the HubSpot API: one account, its limits, and what its refusals mean for a sync.

Facts: developers.hubspot.com/docs/api-reference, its usage guidelines and error handling.
Every call here may be repeated: reads, writes by id, by a unique property, or "make it so".
"""

import time
import zoneinfo
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from leads.crm import hubspot_errors
from leads.crm.base import CrmError, Settings
from salesagent.lib import budget, http

if TYPE_CHECKING:
    import requests

VERSION = "2026-09"
SERVICE = "hubspot"
SEARCH = "hubspot_search"
SIZE_CAP = 8_000_000  # 200 records with long texts
LOCKED_WAIT = 2.0  # seconds, as HubSpot asks for behind a 423
LOCKED_TRIES = 3
MIGRATION_WAIT = 3600.0  # behind a 477 that does not say how long
TEN_SECONDS = 10.0

# 100 calls in ten seconds are allowed, and 4 searches a second: at most 60 + 31 of ours are made
budget.register(SERVICE, 5, 10)
budget.register(SEARCH, 3, 1)

now: Callable[[], float] = time.time  # tests put their own here


class Secret(Protocol):
    """Gives the token to use. `refused`: one that HubSpot has just turned down; another, if any."""

    def __call__(self, refused: str = "") -> str: ...


class Refused(CrmError):
    """HubSpot answered, and said no. `answer` is its body, read as far as it could be."""

    def __init__(self, error: CrmError, status: int, answer: Mapping[str, Any]) -> None:
        super().__init__(error.message, permanent=error.permanent, wait=error.wait)
        self.status = status
        self.answer = answer


class Api:
    """One account's calls. `requests` counts them."""

    def __init__(self, secret: Secret, settings: Settings) -> None:
        self.secret = secret
        self.base = (settings.base_url or "https://api.hubapi.com").rstrip("/")
        self.account = str(settings.extra.get("account", ""))
        self.time_zone = str(settings.extra.get("time_zone", ""))
        self.requests = 0
        self._tokens: tuple[str, ...] = ()
        self._wire: requests.Session | None = None

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self._object("GET", path, params=params)

    def post(self, path: str, body: object, *, service: str = SERVICE, **more: Any) -> Any:
        return self._object("POST", path, json=body, service=service, **more)

    def _object(self, method: http.Method, path: str, **more: Any) -> dict[str, Any]:
        """The body of a 2xx. Raises Refused for another answer, CrmError when there is none."""
        answer = self._call(method, path, **more)
        if not answer.ok:
            raise self._refusal(answer)
        if not answer.body:
            return {}
        if answer.status == 207:  # texts of refusals are in it
            return hubspot_errors.body_of(answer, *self._tokens)
        try:
            found = answer.json()
        except http.HttpFault:
            found = None
        if not isinstance(found, dict):
            raise CrmError("HubSpot sent no readable answer. We try again.", permanent=False)
        return found

    def _call(self, method: http.Method, path: str, **more: Any) -> http.Answer:
        """Once more with another token behind a 401, a few times behind a lock."""
        token = self.secret()
        self._tokens = (token,)
        answer = self._patiently(method, path, token, **more)
        if answer.status != 401:
            return answer
        other = self.secret(token)
        self._tokens = (token, other)
        return answer if other == token else self._patiently(method, path, other, **more)

    def _patiently(self, method: http.Method, path: str, token: str, **more: Any) -> http.Answer:
        for _ in range(LOCKED_TRIES):
            answer = self._once(method, path, token, **more)
            if answer.status != 423:
                break
            http.sleep(LOCKED_WAIT)
        return answer

    def _once(self, method: http.Method, path: str, token: str, **more: Any) -> http.Answer:
        self.requests += 1
        self._wire = self._wire or http.session()
        try:
            return http.call(
                method,
                f"{self.base}{path}",
                service=more.pop("service", SERVICE),
                account=self.account,
                headers={"Authorization": f"Bearer {token}"},
                timeout=(5, 30),
                idempotent=True,
                size_cap=SIZE_CAP,
                allow_hosts={urlsplit(self.base).netloc},
                session=self._wire,
                wait_hint=partial(wait_of, time_zone=self.time_zone),
                **more,
            )
        except http.HttpFault as fault:
            error = CrmError(_words(fault), permanent=fault.kind == "refused")
            error.wait = fault.retry_after
        raise error

    def _refusal(self, answer: http.Answer) -> Refused:
        body = hubspot_errors.body_of(answer, *self._tokens)
        error = hubspot_errors.of_answer(answer.status, body, answer.retry_after)
        return Refused(error, answer.status, body)


def wait_of(answer: http.Answer, time_zone: str = "") -> float | None:
    """How long HubSpot wants us to wait; None where it does not say, or says by Retry-After."""
    if answer.status == 423:
        return LOCKED_WAIT
    if answer.status == 477:
        return http.parse_retry_after(answer.headers.get("Retry-After"), now()) or MIGRATION_WAIT
    if answer.status != 429 or answer.headers.get("Retry-After"):
        return None
    policy = str(hubspot_errors.body_of(answer).get("policyName") or "").upper()
    if "DAILY" in policy:
        return _until_midnight(time_zone)
    if "TEN_SECONDLY" in policy:
        return _interval(answer) or TEN_SECONDS
    return 1.0


def _interval(answer: http.Answer) -> float | None:
    text = answer.headers.get("X-HubSpot-RateLimit-Interval-Milliseconds") or ""
    return int(text) / 1000 if text.isdecimal() and 0 < int(text) <= 60_000 else None


def _until_midnight(time_zone: str) -> float:
    """Seconds until the account's next midnight, when a day's calls are given anew."""
    try:
        zone = zoneinfo.ZoneInfo(time_zone)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        zone = zoneinfo.ZoneInfo("UTC")
    here = datetime.fromtimestamp(now(), UTC).astimezone(zone)
    day = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(60.0, day.timestamp() - now())


def _words(fault: http.HttpFault) -> str:
    return str(fault).replace(SEARCH, "HubSpot").replace(SERVICE, "HubSpot", 1)
