"""The one door to the queue. The ORM broker's row joins the caller's transaction.

A task is a dotted path to a plain function that takes ids; it may run twice and must not mind.
"""

from collections.abc import Collection

from django.utils import timezone


def enqueue(path: str, *args: object) -> None:
    """Queue `path(*args)`; it runs once the caller's transaction commits, else never."""
    from django_q.tasks import async_task

    async_task(path, *args)


def schedule(name: str, path: str, *, minutes: int) -> None:
    """Make sure that `path()` runs every `minutes`; idempotent by `name`."""
    from django_q.models import Schedule

    Schedule.objects.update_or_create(
        name=name,
        defaults={
            "func": path,
            "schedule_type": Schedule.MINUTES,
            "minutes": minutes,
            "repeats": -1,
        },
        create_defaults={
            "func": path,
            "schedule_type": Schedule.MINUTES,
            "minutes": minutes,
            "repeats": -1,
            "next_run": timezone.now(),
        },
    )


def oldest_queued_seconds() -> float:
    """Age in seconds of the oldest row nobody has taken; 0.0 when the queue is empty.

    The ORM broker stores the moment of enqueueing in `lock`.
    """
    from django_q.models import OrmQ

    lock = OrmQ.objects.order_by("id").values_list("lock", flat=True).first()
    return max(0.0, (timezone.now() - lock).total_seconds()) if lock else 0.0


def forget_schedules(keep: set[str]) -> None:
    """Delete schedules of ours that wiring no longer names."""
    from django_q.models import Schedule

    Schedule.objects.exclude(name__in=keep).delete()


def drop(paths: Collection[str]) -> list[tuple[object, ...]]:
    """Take queued tasks of these paths out of the queue; returns their arguments. A row that this
    installation did not sign is taken out as well: no worker would run it."""
    from django.core import signing
    from django_q.models import OrmQ
    from django_q.signing import SignedPackage

    dropped: list[tuple[object, ...]] = []
    for row in OrmQ.objects.order_by("id").iterator():
        try:
            task = SignedPackage.loads(row.payload)
        except signing.BadSignature:
            row.delete()
            continue
        if task["func"] in paths:
            row.delete()
            dropped.append(tuple(task["args"]))
    return dropped


def run_waiting(limit: int = 10_000) -> int:
    """Run what is queued now, in this process, until nothing is left; for the demo's set-up."""
    from django.utils.module_loading import import_string
    from django_q.models import OrmQ
    from django_q.signing import SignedPackage

    count = 0
    while count < limit and (row := OrmQ.objects.order_by("id").first()):
        task = SignedPackage.loads(row.payload)
        row.delete()
        import_string(task["func"])(*task["args"])
        count += 1
    return count
