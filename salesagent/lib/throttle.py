"""A limit on how often somebody does a thing, counted in the database: it holds over processes."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from salesagent.lib.crypto import keyed_hash
from salesagent.lib.models import Throttle

KEEP = timedelta(days=2)


def allow(purpose: str, who: str, *, limit: int, seconds: int) -> bool:
    """Count one try of `who`; False when `limit` tries were made in the running window.

    `who` (an address, an IP) is stored as a keyed hash only.
    """
    key = keyed_hash(who, purpose=f"throttle.{purpose}")
    now = timezone.now()
    rows = Throttle.objects.filter(key=key)
    start = now - timedelta(seconds=seconds)
    if rows.filter(since__gt=start, count__lt=limit).update(count=F("count") + 1):
        return True
    if rows.filter(since__lte=start).update(since=now, count=1):
        return True
    try:
        with transaction.atomic():
            if rows.exists():
                return False
            Throttle.objects.create(key=key, count=1, since=now)
    except IntegrityError:  # another process counted the first try: count this one on top
        return bool(rows.filter(count__lt=limit).update(count=F("count") + 1))
    Throttle.objects.filter(since__lt=now - KEEP).delete()
    return True


@dataclass(frozen=True)
class Grant:
    """How many of the tries that were asked for; how many are left; seconds until all are again."""

    granted: int
    left: int
    seconds: float


def take(purpose: str, who: str, *, most: int, limit: int, seconds: int) -> Grant:
    """Count up to `most` tries at once: for a caller that keeps them and spends them one by one."""
    key = keyed_hash(who, purpose=f"throttle.{purpose}")
    window = timedelta(seconds=seconds)
    for _ in range(5):  # others take at the same moment
        now = timezone.now()
        row = Throttle.objects.get_or_create(key=key, defaults={"count": 0, "since": now})[0]
        seen = Throttle.objects.filter(pk=row.pk, count=row.count, since=row.since)
        fresh = row.since <= now - window
        count, since = (0, now) if fresh else (row.count, row.since)
        granted = max(min(most, limit - count), 0)
        wait = (since + window - now).total_seconds()
        if not granted or seen.update(count=count + granted, since=since):
            return Grant(granted, max(limit - count - granted, 0), wait)
    return Grant(0, 0, 1.0)
