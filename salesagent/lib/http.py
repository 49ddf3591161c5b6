"""The one way out: every call of an adapter to a service goes through `call`.

Timeouts, few retries, a size cap, no redirects to elsewhere, verified TLS, a budget and a breaker
per account (lib.budget), and errors that name no secret. requests is imported with the first call.
"""

import json as jsonlib
import logging
import random
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import urljoin, urlsplit

from salesagent.lib import budget, http_faults
from salesagent.lib.http_faults import HttpFault, Kind
from salesagent.lib.http_rules import may_call, no_host, parse_retry_after
from salesagent.lib.scrub import scrub

if TYPE_CHECKING:
    import requests

__all__ = ["Answer", "HttpFault", "Kind", "call", "parse_retry_after", "scrub", "session"]
log = logging.getLogger("salesagent.http")

SIZE_CAP = 1_000_000  # bytes of a body, unpacked
TRIES = 3
LONGEST_SLEEP = 2.0  # seconds in this process; longer waits are the queue's
QUICK = 6.0  # seconds; a call that took longer is not tried again here
HOPS = 3
BUSY_WAIT = 30.0  # seconds, when a service says "too many" and not how long
AGAIN = {408, 425, 429, 500, 502, 503, 504}
Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

sleep: Callable[[float], None] = time.sleep  # tests put their own here
now: Callable[[], float] = time.time


def jitter(least: float, most: float) -> float:
    return random.uniform(least, most)  # noqa: S311  spreads tries, guards nothing


@dataclass(frozen=True)
class Answer:
    """What the service said, whatever its status. `headers` are found in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    service: str = ""
    retry_after: float | None = None  # seconds; above budget.LONGEST_PAUSE: reschedule the job
    cut: bool = False  # the body went on

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Raises HttpFault("not_json")."""
        try:
            return jsonlib.loads(self.body)
        except (ValueError, RecursionError):
            pass  # raised below, so that the text of the body is not in the error's context
        raise HttpFault(
            "not_json", f"{self.service} sent no readable answer.", status=self.status, sent=True
        )

    def check(self) -> Self:
        """Itself when 2xx, else raises HttpFault("status") with the wait the service asked for."""
        if self.ok:
            return self
        raise http_faults.of_status(self.service, self.status, self.retry_after)


def session() -> "requests.Session":
    """For many calls to one host over one connection; use it as a context manager.

    Not for calls that are not idempotent: a kept connection may die just when it is used.
    """
    from salesagent.lib import http_wire

    return http_wire.new_session()


def call(
    method: Method,
    url: str,
    *,
    service: str,
    account: str = "",
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, Any] | None = None,
    json: Any = None,
    data: Mapping[str, Any] | bytes | str | None = None,
    auth: tuple[str, str] | None = None,
    timeout: tuple[float, float] = (5, 15),
    total: float | None = None,
    idempotent: bool,
    size_cap: int = SIZE_CAP,
    cut: str = "",
    allow_hosts: Collection[str] | None,
    session: "requests.Session | None" = None,
    wait_hint: Callable[[Answer], float | None] | None = None,
) -> Answer:
    """Ask `service`; returns its answer with any status, raises HttpFault when there is none.

    idempotent: doing it twice is the same as once; only then a lost answer is asked for again.
    allow_hosts: "host" or "host:port" names that may be called, private ones too; None: any host of
    the public internet, for addresses that came from outside.
    cut: of this content type ("html") a longer body is cut at size_cap; others raise "too_big".
    timeout: seconds to connect, seconds between two bytes; total: seconds for one whole try.
    wait_hint: seconds to wait by an answer's own headers or body, before its Retry-After.
    Call it outside of transactions: a budget row stays locked until the end of one.
    """
    request = {"headers": dict(headers or {}), "params": params, "json": json, "data": data}
    plan = _Plan(
        method, url, service, account, {**request, "auth": auth}, timeout,
        total or 1.5 * sum(timeout), idempotent, size_cap, cut, allow_hosts, wait_hint,
    )  # fmt: skip
    may_call(url, service, allow_hosts, secret=bool(auth) or _has_secret(headers))
    if session is not None:
        return _with_retries(plan, session)
    with _session() as own:
        return _with_retries(plan, own)


_session = session  # the argument of the same name hides it


@dataclass(frozen=True)
class _Plan:
    method: str
    url: str
    service: str
    account: str
    request: dict[str, Any] = field(repr=False)
    timeout: tuple[float, float]
    total: float
    idempotent: bool
    size_cap: int
    cut: str
    allow_hosts: Collection[str] | None
    wait_hint: Callable[[Answer], float | None] | None


def _has_secret(headers: Mapping[str, str] | None) -> bool:
    words = ("authorization", "key", "token", "secret", "cookie")
    return any(word in name.lower() for name in headers or {} for word in words)


def _with_retries(plan: _Plan, wire: "requests.Session") -> Answer:
    began = time.monotonic()
    for left in range(TRIES - 1, -1, -1):
        _ask_budget(plan)
        result = _once(plan, wire)
        wait = _wait_before_next(plan, result, TRIES - 1 - left)
        late = time.monotonic() - began > QUICK
        if wait is None or wait > LONGEST_SLEEP or late or not left:
            break
        sleep(wait)
    if isinstance(result, HttpFault):
        log.warning("%s [%s]", result, plan.account or "-")
        raise result
    return result


def _ask_budget(plan: _Plan) -> None:
    """Wait for a short moment, or raise HttpFault("budget" | "breaker_open")."""
    for _ in range(2):
        leave = budget.ask(plan.service, plan.account)
        if not leave.seconds:
            return
        if leave.why == "rate" and leave.seconds <= LONGEST_SLEEP:
            sleep(leave.seconds)
            continue
        break
    raise http_faults.no_leave(plan.service, leave.seconds, leave.why == "breaker")


def _once(plan: _Plan, wire: "requests.Session") -> Answer | HttpFault:
    """One try with its redirects inside the host; tells the budget how it went."""
    url = plan.url
    for _ in range(HOPS + 1):
        result = _exchange(plan, wire, url)
        if isinstance(result, HttpFault) or not 300 <= result.status < 400:
            break
        if result.status == 304 or _goes_nowhere(result):
            break
        target = urljoin(url, result.headers.get("Location", ""))
        if plan.method not in ("GET", "HEAD") or not _same_place(url, target):
            result = http_faults.redirect(plan.service, result.status, target)
            break
        url = target
    else:
        result = http_faults.redirect(plan.service, 310, url)
    _tell_budget(plan, result)
    return result


def _goes_nowhere(answer: Answer) -> bool:
    """308 without an address is no redirect: an upload in parts goes on (Google)."""
    return answer.status == 308 and not answer.headers.get("Location")


def _same_place(one: str, other: str) -> bool:
    try:
        a, b = urlsplit(one), urlsplit(other)
        return (a.scheme, a.hostname, a.port) == (b.scheme, b.hostname, b.port) and not b.username
    except ValueError:
        return False


def _exchange(plan: _Plan, wire: "requests.Session", url: str) -> Answer | HttpFault:
    from salesagent.lib import http_wire

    attempt = http_wire.Attempt(public_only=plan.allow_hosts is None)
    request = dict(plan.request)
    if url != plan.url:
        request["params"] = None  # the new place has its own query
    problem: BaseException | None = None
    try:
        raw = http_wire.exchange(
            wire, attempt, plan.method, url,
            timeout=plan.timeout, total=plan.total,
            size_cap=plan.size_cap, cut=plan.cut, **request,
        )  # fmt: skip
    except http_faults.wire_errors() as error:
        problem = error
    if problem is not None:  # outside of `except`: the original names the URL and its query
        return http_faults.of_wire(problem, attempt, plan.service, no_host(url))
    return _answer(plan, Answer(raw.status, raw.headers, raw.body, plan.service, cut=raw.cut))


def _answer(plan: _Plan, plain: Answer) -> Answer:
    if plain.ok:
        return plain
    asked = plan.wait_hint(plain) if plan.wait_hint else None
    if asked is None:
        asked = parse_retry_after(plain.headers.get("Retry-After"), now())
    return replace(plain, retry_after=asked)


def _tell_budget(plan: _Plan, result: Answer | HttpFault) -> None:
    """4xx count as working: the service is there and answers."""
    who = (plan.service, plan.account)
    if isinstance(result, HttpFault):
        if result.kind in ("timeout", "connect", "reset", "tls"):
            budget.note_fault(*who, message=str(result))
    elif result.status == 429:
        budget.note_busy(*who, retry_after=result.retry_after or BUSY_WAIT)
    elif result.status >= 500:
        fault = http_faults.of_status(plan.service, result.status, None)
        budget.note_fault(*who, message=str(fault), retry_after=result.retry_after)
    else:
        budget.note_ok(*who)


def _wait_before_next(plan: _Plan, result: Answer | HttpFault, tried: int) -> float | None:
    """Seconds until another try makes sense; None when it does not."""
    if isinstance(result, HttpFault):
        again = result.kind in ("timeout", "connect", "reset")
        again = again and (plan.idempotent or result.sent is False)
        asked = None
    else:
        again = result.status == 429 or (plan.idempotent and result.status in AGAIN)
        asked = result.retry_after
    if not again:
        return None
    if asked is not None:
        return asked + jitter(0, 0.25)
    return float(0.25 * 2**tried) * jitter(0.75, 1.25)
