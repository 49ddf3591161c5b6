"""Phone calls as they stand in the thread. What follows from one: services.handwork."""

from django.utils import timezone

from leads import thread
from leads.models import Lead, ThreadEvent
from leads.services import summary
from outreach.models import Task, Touch
from outreach.services import reach, worklist
from salesagent.accounts.models import User
from salesagent.lib.text import clean

CHANNEL = "phone"  # on which calls are logged
LONGEST_MINUTES = 600
SPOKE = ("reached", "call_back", "meeting")  # a sign of life


def is_call(task: Task) -> bool:
    """Whether closing this task means that somebody rang."""
    return reach.spoken(task.channel) and task.kind in (Task.Kind.TOUCH, Task.Kind.FOLLOW_UP)


def outcomes() -> dict[str, str]:
    """How a call may end: code -> label, in the order of their keys."""
    return dict(reach.outcomes(CHANNEL))


def log(
    lead: Lead,
    user: User,
    outcome: str,
    notes: str = "",
    minutes: int | None = None,
    *,
    touch: Touch | None = None,
    task: Task | None = None,
) -> ThreadEvent | None:
    """Write a call into the thread; a conversation is also a sign of life and moves the stage."""
    if outcome not in outcomes():
        raise worklist.WorklistError("Choose how the call ended.")
    now = timezone.now()
    event = thread.record(
        lead=lead,
        kind="call.logged",
        actor=user.actor,
        body=clean(notes)[: worklist.NOTE_LIMIT].strip(),
        channel=CHANNEL,
        direction=ThreadEvent.Direction.OUT,
        data={
            "outcome": outcome,
            "minutes": min(max(minutes or 0, 0), LONGEST_MINUTES),
            "number": lead.phone,
            "touch": touch.pk if touch else None,
            "task": task.pk if task else None,
        },
        occurred_at=now,
    )
    if outcome in SPOKE:
        summary.note_sign(lead.pk, "Spoke on the phone", CHANNEL, now)
    return event
