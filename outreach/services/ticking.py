"""The tick: what is due is resumed, drafted and sent. Short; one bad row stops nothing."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.utils import timezone

from leads import thread
from outreach.models import Enrollment
from outreach.services import drafting, enrollment, planning, sending
from salesagent.lib import shutdown

log = logging.getLogger("salesagent.tick")

POISON_PUSH = timedelta(hours=1)


def tick(now: datetime | None = None) -> dict[str, object]:
    """One round. Returns what each part did, for the log and the tests."""
    now = now or timezone.now()
    parts: dict[str, Callable[[], object]] = {
        "resumed": lambda: enrollment.resume_due(now),
        "recovered": lambda: sending.recover(now),
        "drafted": lambda: draft_due(now),
        "sent": lambda: sending.send_due(),
    }
    done: dict[str, object] = {}
    for name, part in parts.items():
        if shutdown.requested.is_set():
            break
        try:
            done[name] = part()
        except DatabaseError:
            log.exception("tick: %s failed, the next tick tries again", name)
    return done


def draft_due(now: datetime) -> int:
    """Make the drafts that are due. A row that fails is pushed an hour ahead, the others go on."""
    made = 0
    for pk in planning.due_to_draft(now):
        if shutdown.requested.is_set():
            break
        made += _draft(pk, now)
    return made


def _draft(pk: int, now: datetime) -> bool:
    row = Enrollment.objects.select_related("lead").get(pk=pk)
    try:
        return drafting.draft_touch(row, now) is not None
    except (ValueError, LookupError, TypeError, AttributeError, DatabaseError) as error:
        log.exception("enrolment %s could not be drafted", pk)
        Enrollment.objects.filter(pk=pk).update(next_due_at=now + planning.HORIZON + POISON_PUSH)
        thread.record(
            lead=row.lead,
            kind="touch.failed",
            actor="system",
            data={"error": f"The draft could not be made ({type(error).__name__})."},
            dedupe_key=f"draft-failed:{pk}:{row.next_step_key}",
        )
        return False
