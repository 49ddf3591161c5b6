"""The round that is made each minute: what happened is queued, what is due goes out."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from salesagent.api.hooks.queue import queue_events
from salesagent.api.hooks.sending import BACKOFF, State, send
from salesagent.api.models import Hook, HookDelivery

WHOLE = 40.0  # seconds of one round, so that a worker is free again for others
EACH = 12.0  # seconds for one address
KEEP = timedelta(days=30)

clock: Callable[[], float] = time.monotonic  # tests put their own here


def round_of_all() -> None:
    """Queue for every address, then send. The one that waited longest is first."""
    end = clock() + WHOLE
    hooks = list(active())
    for hook in hooks:
        queue_events(hook, timezone.now())
    for hook in hooks:
        if clock() < end:
            send_due(hook, min(end, clock() + EACH))


def active() -> QuerySet[Hook]:
    """Without their secrets: one that cannot be read must not stop the others."""
    rows = Hook.objects.filter(active=True, user__is_active=True).select_related("user__team")
    return rows.defer("secret", "next_secret").order_by(F("last_ok_at").asc(nulls_first=True), "pk")


def send_due(hook: Hook, end: float) -> int:
    """What is due for one address, in the order of events; returns how many went.

    Ends when its time is over, or the address has a problem: the others would fail as well.
    """
    count = 0
    while clock() < end and _is_on(hook) and (row := _next(hook)):
        result = send(row)
        if result is None:
            continue
        count += result.ok
        if result.down:
            break
    return count


def _is_on(hook: Hook) -> bool:
    """Looked at before each delivery: the owner may have paused it a moment ago."""
    return Hook.objects.filter(pk=hook.pk, active=True).exists()


def _next(hook: Hook) -> HookDelivery | None:
    due = HookDelivery.objects.filter(hook=hook, state=State.WAITING, next_at__lte=timezone.now())
    row = due.order_by("event_id", "pk").first()
    if row is not None:
        row.hook = hook
    if row is not None and row.attempts > len(BACKOFF):  # each try ended with its worker
        due.filter(pk=row.pk).update(
            state=State.FAILED, error="Sending broke off each time.", done_at=timezone.now()
        )
        return _next(hook)
    return row


def forget_old() -> int:
    """Delete deliveries that are over and older than 30 days; returns how many."""
    old = HookDelivery.objects.filter(created_at__lt=timezone.now() - KEEP)
    return old.delete()[0]
