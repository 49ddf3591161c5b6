"""How often a token may call: so many calls in a minute, over all processes together.

A process takes calls out of the shared count a handful at a time, so that reading does not cost a
write each time. What it took and did not use is lost at the end of the minute: never too many.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from salesagent.api.problems import Problem
from salesagent.lib.throttle import take

SECONDS = 60
HANDFUL = 20
KEPT = 500  # tokens that are remembered in a process

clock: Callable[[], float] = time.monotonic


@dataclass
class Purse:
    left: int
    shared: int  # what others may still take
    until: float


@dataclass(frozen=True)
class Spent:
    ok: bool
    limit: int
    left: int
    reset: int  # seconds

    @property
    def headers(self) -> dict[str, str]:
        """The fields of draft-ietf-httpapi-ratelimit-headers."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.left),
            "RateLimit-Reset": str(self.reset),
        }


_purses: dict[int, Purse] = {}
_lock = threading.Lock()


def spend(token: int, calls: int = 1) -> Spent:
    """Count one call of the token, or what is as much work as several; all of them or none."""
    limit: int = settings.API_CALLS_PER_MINUTE
    with _lock:
        now = clock()
        purse = _purses.get(token)
        if purse is None or purse.until <= now:
            purse = _filled(token, limit, now, calls)
        elif purse.left < calls and purse.shared:
            purse = _filled(token, limit, now, calls, purse.left)
        ok = purse.left >= calls
        purse.left -= calls if ok else 0
        reset = max(int(purse.until - now + 0.999), 1)
        return Spent(ok, limit, purse.left + purse.shared, reset)


def _filled(token: int, limit: int, now: float, calls: int, left: int = 0) -> Purse:
    most = max(HANDFUL, calls - left)
    got = take("api", str(token), most=most, limit=limit, seconds=SECONDS)
    if len(_purses) >= KEPT:
        _purses.clear()
    _purses[token] = purse = Purse(left + got.granted, got.left, now + got.seconds)
    return purse


def charge(request: HttpRequest, calls: int = 1) -> None:
    """Counts this call, or what it is as much work as. Raises Problem when the minute is spent."""
    call: Any = request
    call.spent = spent = spend(call.token.pk, calls)
    if not spent.ok:
        wait = {"Retry-After": str(spent.reset)}
        raise Problem(429, "Too many calls. Wait a little.", code="rate", headers=wait)


def forget() -> None:
    """For tests: this process has taken nothing."""
    _purses.clear()
