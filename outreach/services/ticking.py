"""The tick: what is due is resumed, drafted and sent. Short; one bad row stops no other."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from outreach.models import Enrollment, Task
from outreach.services import drafting, enrollment, planning, sending, worklist
from outreach.services.isolation import isolated
from salesagent.lib import shutdown

POISON_PUSH = timedelta(hours=1)
_bad: dict[int, datetime] = {}  # enrolment -> when its draft is tried again; per process


def tick(now: datetime | None = None) -> dict[str, object]:
    """One round; `now` fixes the clock for tests. Returns what each part did."""
    at = now or timezone.now()
    parts: dict[str, Callable[[], object]] = {
        "resumed": lambda: enrollment.resume_due(at),
        "recovered": lambda: sending.recover(at),
        "planned": lambda: plan_left_behind(at),
        "drafted": lambda: draft_due(at),
        "sent": lambda: sending.send_due(now),
    }
    done: dict[str, object] = {}
    for name, part in parts.items():
        if shutdown.requested.is_set():
            break
        with isolated("tick", name) as result:
            result.value = part()
        done[name] = result.value
    return done


def plan_left_behind(now: datetime) -> int:
    """Plan on where a process died, or a person took the draft out."""
    return sum(_plan(pk, now) for pk in planning.left_behind(now))


def _plan(pk: int, now: datetime) -> bool:
    with isolated("plan", pk) as result:
        planning.plan_next(Enrollment.objects.get(pk=pk), after=now)
    if result.failed:  # behind the others
        Enrollment.objects.filter(pk=pk).update(next_due_at=now + POISON_PUSH)
    return result.error is None


def draft_due(now: datetime) -> int:
    """Make the drafts that are due. A row that fails waits an hour, the others go on."""
    for pk in [pk for pk, until in _bad.items() if until <= now]:
        del _bad[pk]
    made = 0
    for pk in planning.due_to_draft(now, without=_bad):
        if shutdown.requested.is_set():
            break
        made += _draft(pk, now)
    return made


def _draft(pk: int, now: datetime) -> bool:
    row = Enrollment.objects.select_related("lead__owner").get(pk=pk)
    with isolated("draft", pk) as result:
        result.value = drafting.draft_touch(row, now)
    if result.failed:
        _bad[pk] = now + POISON_PUSH
        _tell(row)
    return result.value is not None


def _tell(row: Enrollment) -> None:
    worklist.add(
        Task.Kind.ATTENTION,
        owner=row.lead.owner,
        lead=row.lead,
        title="A draft could not be made",
        why="Something in the template or the lead's fields stops it. It is tried again each hour.",
        dedupe_key=f"draft-failed:{row.pk}:{row.next_step_key}",
    )
