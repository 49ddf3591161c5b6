"""Phone calls: how they end, what that means for the touch, and the next attempt."""

from datetime import datetime, time

from django.utils import timezone

from leads import thread
from leads.models import Lead, ThreadEvent
from leads.services import summary, zones
from outreach.models import Task, Touch
from outreach.services import calendars, worklist
from salesagent.accounts.models import User
from salesagent.lib.text import clean

OUTCOMES = {
    "reached": "Reached",
    "no_answer": "No answer",
    "voicemail": "Left a voicemail",
    "wrong_number": "Wrong number",
    "call_back": "Asked to call back",
}
ATTEMPTS = 3
LONGEST_MINUTES = 600


def is_call(task: Task) -> bool:
    """Whether closing this task means that somebody rang."""
    return task.channel == "phone" and task.kind in (Task.Kind.TOUCH, Task.Kind.FOLLOW_UP)


def check(outcome: str, call_back_at: datetime | None) -> None:
    if outcome not in OUTCOMES:
        raise worklist.WorklistError("Choose how the call ended.")
    if outcome == "call_back" and (call_back_at is None or call_back_at <= timezone.now()):
        raise worklist.WorklistError("Choose when to call back, a moment to come.")


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
    if outcome not in OUTCOMES:
        raise worklist.WorklistError("Choose how the call ended.")
    now = timezone.now()
    event = thread.record(
        lead=lead,
        kind="call.logged",
        actor=user.actor,
        body=clean(notes)[: worklist.NOTE_LIMIT].strip(),
        channel="phone",
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
    if outcome == "reached":
        summary.note_sign(lead.pk, "Spoke on the phone", "phone", now)
    return event


def attempt_of(task: Task) -> int:
    """1 for the first call; the number stands behind '#' in the task's key."""
    number = (task.dedupe_key or "").partition("#")[2]
    return int(number) if number.isdigit() else 1


def _base_key(task: Task) -> str:
    return (task.dedupe_key or f"call:{task.pk}").partition("#")[0]


def follower_keys(task: Task) -> list[str]:
    """Keys of the tasks that closing this one may have made."""
    return [f"{_base_key(task)}#{attempt_of(task) + 1}", f"callback:{task.pk}"]


def finish(task: Task, *, user: User, minutes: int | None, call_back_at: datetime | None) -> None:
    """What a closed call leads to: a log line, then a retry, a call-back, or the touch is done."""
    if task.lead is None:
        return
    log(task.lead, user, task.outcome, task.note, minutes, touch=task.touch, task=task)
    if task.outcome == "no_answer" and attempt_of(task) < ATTEMPTS:
        _retry(task, user)
        return
    if task.outcome == "call_back" and call_back_at:
        _call_back(task, call_back_at)
    if task.touch:
        outcome = "not_reached" if task.outcome == "no_answer" else task.outcome
        worklist.finish_touch(task.touch, outcome=outcome)


def _retry(task: Task, user: User) -> None:
    """Again on the lead's next working day, at another hour than last time."""
    lead, attempt = task.lead, attempt_of(task) + 1
    if lead is None:
        return
    worklist.add(
        task.kind,
        owner=task.owner,
        lead=lead,
        touch=task.touch,
        channel="phone",
        title=task.title,
        why=f"Nobody answered last time. Attempt {attempt} of {ATTEMPTS}.",
        due_at=_next_attempt(lead, attempt),
        dedupe_key=follower_keys(task)[0],
    )


def _next_attempt(lead: Lead, attempt: int) -> datetime:
    zone = zones.zone_for(lead)
    today = timezone.now().astimezone(zone).date()
    day = calendars.add_business_days(today, 1, zones.country_for(lead))
    hour = 14 if attempt == 2 else 10
    return datetime.combine(day, time(hour), tzinfo=zone)


def _call_back(task: Task, at: datetime) -> None:
    worklist.add(
        Task.Kind.FOLLOW_UP,
        owner=task.owner,
        lead=task.lead,
        channel="phone",
        title="Call back",
        why="Asked to be called back at this time.",
        due_at=at,
        dedupe_key=f"callback:{task.pk}",
    )
