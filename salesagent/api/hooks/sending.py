"""One delivery goes out: claimed, sent, settled. At least once, with the same id each time.

    waiting -> (claim: one UPDATE that must hit one row, with a lease) -> sent | waiting | failed

A worker that dies leaves its lease; afterwards the same delivery goes out again with its id, so
that the receiver can tell. The body is made at the very moment.
"""

import hashlib
import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from salesagent.api.hooks import signing
from salesagent.api.hooks.body import Withheld, body_of
from salesagent.api.hooks.kinds import PING
from salesagent.api.models import Hook, HookDelivery
from salesagent.lib import budget, http
from salesagent.lib.crypto import SecretUnreadable
from salesagent.lib.http_faults import HttpFault

SERVICE = "webhook"
LEASE = timedelta(minutes=2)  # longer than one call can take
BACKOFF = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 1440))
GIVE_UP = timedelta(days=3)  # an address that failed that long is switched off
TIMEOUT = (4, 8)
ANSWER_CAP = 16_000  # bytes; a longer answer is cut, nobody reads it
State = HookDelivery.State

budget.register(SERVICE, 20, 100)  # its breaker and pauses hold for all workers


@dataclass(frozen=True)
class Result:
    """How one try went. `down`: the address itself has a problem, others need not be tried now."""

    ok: bool = False
    status: int | None = None
    error: str = ""
    retry_after: float | None = None
    down: bool = False
    gone: bool = False
    untried: bool = False  # it did not leave, by our own pause: the try does not count


def account(hook: Hook) -> str:
    return f"hook:{hook.pk}"


def allowed_hosts(url: str) -> list[str] | None:
    """The host if whoever runs the server lists it in WEBHOOK_HOSTS; None: public ones only."""
    try:
        parts = urlsplit(url)
        names = {parts.hostname or "", parts.netloc}
    except ValueError:
        return None
    listed = {name.lower() for name in settings.WEBHOOK_HOSTS}
    return [parts.netloc] if {name.lower() for name in names} & listed else None


def send(row: HookDelivery) -> Result | None:
    """Claim and send it; None when another worker has it or had it."""
    now = timezone.now()
    if not _claim(row, now):
        return None
    try:
        body = json.dumps(body_of(row), separators=(",", ":"), ensure_ascii=False).encode()
    except Withheld as why:
        _settle(row, state=State.FAILED, error=str(why)[:300], done_at=now)
        return Result(error=str(why))
    result = _post(row, body)
    _note(row, result)
    return result


def _claim(row: HookDelivery, now: datetime) -> bool:
    rows = HookDelivery.objects.filter(pk=row.pk, state=State.WAITING, attempts=row.attempts)
    values = {"attempts": F("attempts") + 1, "next_at": now + LEASE, "error": "", "status": None}
    if rows.filter(next_at__lte=now).update(**values) != 1:
        return False
    row.attempts += 1
    return True


def delivery_id(row: HookDelivery) -> str:
    """The same for each try; another for a replay, and after a restore for another event."""
    mark = f"{row.pk}:{row.hook_id}:{row.event_id}:{row.replay}:{row.created_at.isoformat()}"
    return hashlib.sha256(mark.encode()).hexdigest()[:32]


def _post(row: HookDelivery, body: bytes) -> Result:
    hook, fault = row.hook, None
    try:
        answer = http.call(
            "POST", hook.url, service=SERVICE, account=account(hook), data=body,
            headers=_headers(row, body), timeout=TIMEOUT, total=sum(TIMEOUT), idempotent=False,
            size_cap=ANSWER_CAP, cut="/", allow_hosts=allowed_hosts(hook.url),
        )  # fmt: skip
    except SecretUnreadable:
        return Result(error="Its secret cannot be read any more. Make a new one.", down=True)
    except HttpFault as error:
        fault = error
    if fault is not None:
        return _of_fault(fault)
    status, wait = answer.status, answer.retry_after
    if answer.ok:
        return Result(ok=True, status=status)
    down = status in (408, 429) or status >= 500
    return Result(
        status=status, error=_words(status), retry_after=wait, down=down, gone=status == 410
    )


def _of_fault(fault: HttpFault) -> Result:
    untried = fault.kind in ("budget", "breaker_open")
    text = fault.message.replace(SERVICE, "The address", 1)[:300]
    return Result(
        status=fault.status, error=text, retry_after=fault.retry_after, down=True, untried=untried
    )


def _words(status: int) -> str:
    known = {
        400: "did not understand it",
        401: "asked for a sign-in",
        403: "refused it",
        404: "knows no such page",
        405: "takes no POST",
        408: "did not wait for it",
        410: "says it is gone for good",
        413: "found it too big",
        429: "asked us to slow down",
    }
    said = "has a problem of its own" if status >= 500 else "did not accept it"
    return f"The address {known.get(status, said)} (HTTP {status})."


def _headers(row: HookDelivery, body: bytes) -> dict[str, str]:
    keys = Hook.objects.values_list("secret", "next_secret").get(pk=row.hook_id)
    return {
        "Content-Type": "application/json",
        "SalesAgent-Event": row.kind,
        "SalesAgent-Delivery": delivery_id(row),
        signing.HEADER: signing.signature(body, keys, int(time.time())),
    }


def _note(row: HookDelivery, result: Result) -> None:
    now = timezone.now()
    if result.ok:
        _settle(row, state=State.SENT, status=result.status, done_at=now)
        _worked(row.hook, now)
    elif result.untried:
        wait = timedelta(seconds=result.retry_after or 60)
        _settle(row, attempts=row.attempts - 1, error=result.error, next_at=now + wait)
    elif result.gone and row.kind != PING:  # it waits with the others for a start
        _settle(row, status=result.status, error=result.error, next_at=now)
    elif row.kind == PING or row.attempts > len(BACKOFF):
        _settle(row, state=State.FAILED, status=result.status, error=result.error, done_at=now)
    else:
        asked = timedelta(seconds=result.retry_after or 0)
        next_at = now + max(BACKOFF[row.attempts - 1], asked)
        _settle(row, status=result.status, error=result.error, next_at=next_at)
    if not (result.ok or result.untried or row.kind == PING):
        _failed(row.hook, result, now)


def _settle(row: HookDelivery, **values: object) -> None:
    """Only while the try is still ours: after the lease another worker may have it."""
    HookDelivery.objects.filter(pk=row.pk, state=State.WAITING, attempts=row.attempts).update(
        **values
    )


def _worked(hook: Hook, now: datetime) -> None:
    """It is there again: what waits for another try goes at once, in the order of events."""
    Hook.objects.filter(pk=hook.pk).update(last_ok_at=now, failing_since=None)
    if hook.failing_since is not None:
        failed = HookDelivery.objects.filter(hook=hook, state=State.WAITING).exclude(error="")
        failed.filter(next_at__gt=now).update(next_at=now)
        hook.failing_since = None


def _failed(hook: Hook, result: Result, now: datetime) -> None:
    Hook.objects.filter(pk=hook.pk, failing_since=None).update(failing_since=now)
    hook.failing_since = hook.failing_since or now
    if result.gone:
        stop(hook, "The address says that it is gone for good (HTTP 410).")
    elif now - hook.failing_since >= GIVE_UP:
        stop(hook, f"It failed for three days. {result.error}"[:200])


def stop(hook: Hook, why: str) -> bool:
    """Switch the address off and tell its owner, once. What waits stays and goes after a start."""
    from salesagent.accounts import notices

    rows = Hook.objects.filter(pk=hook.pk, active=True)
    if not rows.update(active=False, stopped_why=why):
        return False
    hook.active, hook.stopped_why = False, why
    since = hook.failing_since.isoformat() if hook.failing_since else ""
    notices.tell(
        hook.user,
        kind="webhook",
        key=f"webhook:{hook.pk}:{since}",
        title=f"{hook.name} is not told of events any more",
        text=f"{why} What waits goes when you start it again. What was given up is sent again "
        "from its page.",
        link=f"/settings/webhooks/{hook.pk}/",
    )
    return True
