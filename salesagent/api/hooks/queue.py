"""Which events are due for which address: found in the thread, behind each hook's cursor.

Nothing is done in the request that records an event.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from leads.access import seen_by
from leads.models import ThreadEvent
from salesagent.api.hooks import kinds
from salesagent.api.models import Hook, HookDelivery

BATCH = 500
# On PostgreSQL an event may become visible after a later one. So the cursor stays behind events
# this young, and what was queued of them is told by the unique key.
LATE = timedelta(minutes=15)
OLDEST = timedelta(days=7)  # what happened while an address was switched off


def queue_events(hook: Hook, now: datetime) -> int:
    """Add what happened since as deliveries; returns how many. Safe to run twice, and at once."""
    top = newest_event()
    if top <= hook.cursor:
        return 0
    waiting = _new_events(hook, now).filter(pk__lte=top).order_by("pk")
    found = list(waiting.values_list("pk", "kind")[:BATCH])
    rows = [HookDelivery(hook=hook, event_id=pk, kind=kind, next_at=now) for pk, kind in found]
    HookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
    last = found[-1][0] if len(found) == BATCH else top
    _move(hook, min(last, _settled(hook, now, top)))
    return len(found)


def newest_event() -> int:
    return ThreadEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _new_events(hook: Hook, now: datetime) -> QuerySet[ThreadEvent]:
    queued = HookDelivery.objects.filter(hook=hook, event_id=OuterRef("pk"), replay=0)
    fitting = ThreadEvent.objects.filter(
        pk__gt=hook.cursor, kind__in=kinds.wanted(hook.kinds), recorded_at__gte=now - OLDEST
    )
    return seen_by(fitting, hook.user).exclude(Exists(queued))


def _settled(hook: Hook, now: datetime, top: int) -> int:
    """The last event before which none can appear any more."""
    if connection.vendor == "sqlite":  # one writer at a time: ids are in the order of commits
        return top
    young = ThreadEvent.objects.filter(pk__gt=hook.cursor, recorded_at__gte=now - LATE)
    first = young.order_by("pk").values_list("pk", flat=True).first()
    return top if first is None else first - 1


def _move(hook: Hook, to: int) -> None:
    Hook.objects.filter(pk=hook.pk, cursor__lt=to).update(cursor=to)
    hook.cursor = max(hook.cursor, to)
