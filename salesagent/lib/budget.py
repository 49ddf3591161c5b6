"""How often a service may be called, and whether it is worth calling: shared by all processes.

One row for each account of a service: a token bucket, the pause the service asked for and a circuit
breaker. Every move is one conditional UPDATE, so two processes never spend the same token and never
probe at once. Only services that were registered have a row.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.db.models import Case, F, FloatField, Q, QuerySet, Value, When
from django.db.models.functions import Greatest, Least

from salesagent.lib.models import ProviderState
from salesagent.lib.scrub import scrub

FAILURES = 5  # in a row open the breaker
OPEN_SECONDS = (60, 120, 240, 480, 900)  # with the 5th failure, the 6th, ...
PROBE_LEASE = 120  # seconds after which a probe that never came back may be repeated
LONGEST_PAUSE = 900.0  # seconds; a service that asks for more gets one call each 15 minutes
OK_EVERY = timedelta(seconds=30)  # how exact `last_ok_at` is: a success mostly writes nothing

clock: Callable[[], float] = time.time  # tests put their own here


@dataclass(frozen=True)
class Limit:
    """rate: calls a second in the long run; burst: calls at once."""

    rate: float
    burst: float


@dataclass(frozen=True)
class Leave:
    """0.0 seconds: go. Else who says no: our rate, the service's pause, or the breaker."""

    seconds: float
    why: Literal["", "rate", "pause", "breaker"] = ""


_limits: dict[str, Limit] = {}


def register(service: str, rate_per_second: float, burst: float) -> None:
    """Say once, at import, how often `service` may be called by each of its accounts."""
    if rate_per_second <= 0 or burst < 1:
        raise ValueError("rate must be above 0 and burst at least 1")
    _limits[service] = Limit(rate_per_second, burst)


def take(service: str, account: str, cost: float = 1.0) -> float:
    """Take `cost` calls out of the budget: 0.0 = go, else seconds to wait (nothing was taken).

    After the breaker's time one caller gets 0.0 and is the probe: it reports by note_ok, note_busy
    or note_fault, which `http.call` does.
    """
    return ask(service, account, cost).seconds


def ask(service: str, account: str, cost: float = 1.0) -> Leave:
    """As `take`, and who says no."""
    limit = _limits.get(service)
    if limit is None:
        return Leave(0.0)
    cost = min(cost, limit.burst)  # more than the bucket holds would never go
    now = clock()
    if not _taken(service, account, limit, cost, now):
        row = _row(service, account, limit, now)
        if not _taken(service, account, limit, cost, now):
            row.refresh_from_db()
            return _refusal(row, limit, cost, now)
    return Leave(0.0)


def _taken(service: str, account: str, limit: Limit, cost: float, now: float) -> bool:
    """A clock that goes back, or another host's that is behind, refills nothing."""
    at = _moment(now)
    lease = at + timedelta(seconds=PROBE_LEASE)
    gone = Greatest(now - F("refilled_at"), 0.0)
    full = Least(F("tokens") + gone * limit.rate, limit.burst, output_field=FloatField())
    ready = (
        _rows(service, account)
        .alias(full=full)
        .filter(
            Q(not_before=None) | Q(not_before__lte=at),
            Q(opened_until=None) | Q(opened_until__lte=at),
            full__gte=cost - 1e-9,
        )
    )
    return bool(
        ready.update(
            tokens=full - cost,
            refilled_at=Greatest(F("refilled_at"), now),
            probing=Case(When(opened_until=None, then=Value(False)), default=Value(True)),
            opened_until=Case(When(opened_until=None, then=None), default=Value(lease)),
        )
    )


def _refusal(row: ProviderState, limit: Limit, cost: float, now: float) -> Leave:
    at = _moment(now)
    if row.opened_until and row.opened_until > at:
        return Leave((row.opened_until - at).total_seconds(), "breaker")
    if row.not_before and row.not_before > at:
        return Leave((row.not_before - at).total_seconds(), "pause")
    full = min(row.tokens + max(now - row.refilled_at, 0) * limit.rate, limit.burst)
    return Leave(max((cost - full) / limit.rate, 0.01), "rate")  # somebody else was quicker


def note_ok(service: str, account: str) -> None:
    """A call worked: close the breaker."""
    if service not in _limits:
        return
    at = _moment(clock())
    stale = Q(last_ok_at=None) | Q(last_ok_at__lte=at - OK_EVERY)
    unwell = Q(failures__gt=0) | ~Q(opened_until=None) | Q(probing=True)
    _rows(service, account).filter(stale | unwell).update(
        failures=0, opened_until=None, probing=False, last_ok_at=at
    )


def note_busy(service: str, account: str, *, retry_after: float, message: str = "") -> None:
    """The service asked for a pause (429): nobody calls it for this account until then."""
    if service not in _limits:
        return
    at = _moment(clock())
    until = at + timedelta(seconds=min(max(retry_after, 1.0), LONGEST_PAUSE))
    rows = _ensured(service, account)
    rows.filter(Q(not_before=None) | Q(not_before__lt=until)).update(not_before=until)
    rows.filter(probing=True).update(failures=0, opened_until=None, probing=False)
    text = message or f"{service} asks us to slow down."
    rows.update(last_error=_error(text), last_error_at=at)


def note_fault(
    service: str, account: str, *, message: str, retry_after: float | None = None
) -> None:
    """A call failed by the service's fault (no connection, 5xx); 5 in a row open the breaker.

    Calls that were on their way when it opened do not make it wait longer; a failed probe does.
    """
    if service not in _limits:
        return
    at = _moment(clock())
    rows = _ensured(service, account)
    rows.update(last_error=_error(message), last_error_at=at)
    counts = Q(opened_until=None) | Q(opened_until__lte=at) | Q(probing=True)
    opened = [
        When(failures=FAILURES - 1 + place, then=Value(at + timedelta(seconds=seconds)))
        for place, seconds in enumerate(OPEN_SECONDS)
    ]
    last = Value(at + timedelta(seconds=OPEN_SECONDS[-1]))
    still = When(failures__lt=FAILURES - 1, then=F("opened_until"))
    rows.filter(counts).update(
        failures=F("failures") + 1,
        opened_until=Case(still, *opened, default=last),
        probing=False,
    )
    if retry_after:
        until = at + timedelta(seconds=min(max(retry_after, 1.0), LONGEST_PAUSE))
        rows.filter(Q(not_before=None) | Q(not_before__lt=until)).update(not_before=until)


def states() -> list[ProviderState]:
    """Every account that was ever called, for the connections page, by name."""
    return list(ProviderState.objects.order_by("key"))


def state(service: str, account: str) -> ProviderState | None:
    return _rows(service, account).first()


def forget(service: str, account: str) -> None:
    """An account was connected again or removed: what was known about it no longer holds."""
    _rows(service, account).delete()


def _key(service: str, account: str) -> str:
    """Long account names are cut in the middle, not mixed up with each other."""
    key = f"{service}:{account}"
    if len(key) <= 200:
        return key
    from hashlib import sha256

    return f"{key[:160]}~{sha256(key.encode()).hexdigest()[:32]}"


def _rows(service: str, account: str) -> QuerySet[ProviderState]:
    return ProviderState.objects.filter(key=_key(service, account))


def _row(service: str, account: str, limit: Limit, now: float) -> ProviderState:
    start: dict[str, Any] = {"tokens": limit.burst, "refilled_at": now}
    key = _key(service, account)
    if row := ProviderState.objects.filter(key=key).first():
        return row
    try:
        with transaction.atomic():
            return ProviderState.objects.create(key=key, **start)
    except IntegrityError:  # another process was first
        return ProviderState.objects.get(key=key)


def _ensured(service: str, account: str) -> QuerySet[ProviderState]:
    rows = _rows(service, account)
    if not rows.exists():
        _row(service, account, _limits[service], clock())
    return rows


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _error(text: str) -> str:
    return scrub(text)[:300]
