"""What a person carried out, by the outcomes of its channel: the thread, the touch, the next try.

Which outcomes there are and what each leads to is said by the channel (outreach.channels.base).
"""

from datetime import datetime, time

from django.utils import timezone

from leads import thread
from leads.models import Lead, ThreadEvent
from leads.services import summary, suppression, zones
from outreach.models import Enrollment, Task, Touch
from outreach.services import calendars, calls, enrollment, entering, reach, worklist
from salesagent.accounts.models import User, Workspace

ATTEMPTS = 3


def is_ours(task: Task) -> bool:
    """A touch that a person carries out, or somebody to ring."""
    if task.kind == Task.Kind.TOUCH:
        return reach.is_manual(task.channel)
    return calls.is_call(task)


def outcomes(task: Task) -> dict[str, str]:
    """Code -> label, in the order of their keys; empty for other tasks."""
    return dict(reach.outcomes(task.channel)) if is_ours(task) else {}


def effect(task: Task, outcome: str) -> str:
    """What an outcome leads to, in the words of Channel.effects."""
    return reach.effects(task.channel).get(outcome, "done")


def check(task: Task, outcome: str, again_at: datetime | None, answer: str = "") -> str:
    """The outcome, or WorklistError. Without one it counts as done; a call must say how it went."""
    known = reach.outcomes(task.channel)
    if not outcome and not calls.is_call(task):
        outcome = _by_default(task, answer)
    if known and outcome not in known:
        ended = "how the call ended" if calls.is_call(task) else "how it went"
        raise worklist.WorklistError(f"Choose {ended}.")
    leads_to = effect(task, outcome)
    if leads_to == "date" and (again_at is None or again_at <= timezone.now()):
        raise worklist.WorklistError("Choose when to call back, a moment to come.")
    if leads_to == "answer" and not answer.strip():
        raise worklist.WorklistError("Paste what they answered.")
    return outcome


def _by_default(task: Task, answer: str) -> str:
    """The first outcome of the channel; the one for an answer when one was pasted."""
    known = reach.outcomes(task.channel)
    answered = [code for code in known if effect(task, code) == "answer"]
    if answer.strip() and answered:
        return answered[0]
    return next(iter(known), "done")


def finish(task: Task, *, user: User, minutes: int | None, call_back_at: datetime | None) -> None:
    """The thread says it; then another try, another date, or the touch is closed."""
    if task.lead is None:
        return
    leads_to = effect(task, task.outcome)
    if calls.is_call(task):
        calls.log(task.lead, user, task.outcome, task.note, minutes, touch=task.touch, task=task)
        _bridged_is_logged(task.lead, user)
    elif leads_to in ("done", "answer"):
        _say_sent(task, user)
    else:
        worklist.say(task, "task.done", user.actor, outcome=task.outcome, note=task.note)
    if leads_to == "again" and attempt_of(task) < ATTEMPTS:
        _retry(task)
        return
    if leads_to == "date" and call_back_at:
        call_back(task.lead, task.owner, call_back_at, key=f"callback:{task.pk}")
    _close_touch(task, leads_to)
    if leads_to in ENDINGS:
        ENDINGS[leads_to](task.lead, task.channel, user)


def _bridged_is_logged(lead: Lead, user: User) -> None:
    from outreach.services import bridge  # it asks this module for good hours

    bridge.note_logged(lead, user)


def _say_sent(task: Task, user: User) -> None:
    """The text as it went out by hand, in the thread."""
    touch = task.touch
    if touch is None or task.lead is None:
        return
    thread.record(
        lead=task.lead,
        kind=reach.done_kind(task.channel),
        actor=user.actor,
        body=touch.body,
        channel=touch.channel,
        direction=ThreadEvent.Direction.OUT,
        data={"touch": touch.pk, "task": task.pk, "number": touch.number, "note": task.note},
    )


def _close_touch(task: Task, leads_to: str) -> None:
    """todo -> done; skipped when nothing reached the person."""
    if task.touch is None:
        return
    given_up = leads_to == "again"
    missed = leads_to == "skip" or (given_up and not calls.is_call(task))
    worklist.finish_touch(
        task.touch,
        outcome="not_reached" if given_up else task.outcome or "done",
        state=Touch.State.SKIPPED if missed else Touch.State.DONE,
    )


def hint(task: Task) -> str:
    """What a person may put right after this outcome; "" for most."""
    return reach.hints(task.channel).get(task.outcome, "") if is_ours(task) else ""


def good_time(lead: Lead, code: str, now: datetime) -> datetime | None:
    """The next moment inside the quiet hours' window where the lead is; None while it is open."""
    if code not in reach.codes() or not reach.channel(code).quiet_hours:
        return None
    workspace = Workspace.current()
    try:
        opening = calendars.next_slot(
            lead,
            now,
            start=workspace.text_window_start,
            end=workspace.text_window_end,
            days=calendars.days_of(workspace),
        )
    except ValueError:  # no open hour is left in the year
        return None
    return opening if opening > now else None


# --- another try ---------------------------------------------------------------------------------


def attempt_of(task: Task) -> int:
    """1 for the first try; the number stands behind '#' in the task's key."""
    number = (task.dedupe_key or "").partition("#")[2]
    return int(number) if number.isdigit() else 1


def _base_key(task: Task) -> str:
    return (task.dedupe_key or f"call:{task.pk}").partition("#")[0]


def follower_keys(task: Task) -> list[str]:
    """Keys of the tasks that closing this one may have made."""
    return [f"{_base_key(task)}#{attempt_of(task) + 1}", f"callback:{task.pk}"]


def _retry(task: Task) -> None:
    """Again on the lead's next working day, at another hour than last time."""
    lead, attempt = task.lead, attempt_of(task) + 1
    if lead is None:
        return
    label = reach.outcomes(task.channel).get(task.outcome, "")
    before = "Nobody answered" if calls.is_call(task) else label
    worklist.add(
        task.kind,
        owner=task.owner,
        lead=lead,
        touch=task.touch,
        channel=task.channel,
        title=task.title,
        why=f"{before} last time. Attempt {attempt} of {ATTEMPTS}.",
        due_at=_next_attempt(lead, attempt),
        dedupe_key=follower_keys(task)[0],
    )


def _next_attempt(lead: Lead, attempt: int) -> datetime:
    zone = zones.zone_for(lead)
    today = timezone.now().astimezone(zone).date()
    day = calendars.add_business_days(today, 1, zones.country_for(lead))
    hour = 14 if attempt == 2 else 10
    return datetime.combine(day, time(hour), tzinfo=zone)


def call_back(lead: Lead, owner: User | None, at: datetime, *, key: str | None = None) -> None:
    """A line of Today for the moment that they asked for."""
    worklist.add(
        Task.Kind.FOLLOW_UP,
        owner=owner,
        lead=lead,
        channel=calls.CHANNEL,
        title="Call back",
        why="Asked to be called back at this time.",
        due_at=at,
        dedupe_key=key,
    )


# --- what ends or changes more than the touch ----------------------------------------------------


def _meeting(lead: Lead, channel: str, user: User) -> None:
    """The aim is reached: the stage moves and the sequence waits for a person."""
    summary.advance_stage(lead, Lead.Stage.MEETING, user.actor)
    current = entering.open_for(lead)
    if current is not None:
        enrollment.pause(
            current, reason=Enrollment.Reason.MANUAL, actor=user.actor, note="Meeting agreed"
        )


def _declined(lead: Lead, channel: str, user: User) -> None:
    current = entering.open_for(lead)
    if current is not None:
        enrollment.stop(current, reason=Enrollment.Reason.NOT_INTERESTED, actor=user.actor)


def _stop(lead: Lead, channel: str, user: User) -> None:
    """Never again on this channel; the list is kept by leads.services.suppression."""
    address = reach.address(lead, channel)
    if suppression.normalise(address) is None:
        return
    suppression.suppress(
        address=address,
        channel=channel,
        reason="opted_out",
        source="Said on the phone" if reach.spoken(channel) else "Said to us",
        actor=user.actor,
        lead=lead,
    )


ENDINGS = {"meeting": _meeting, "declined": _declined, "stop": _stop}


def ended(lead: Lead, channel: str, outcome: str, user: User) -> None:
    """The same for what was logged without a task."""
    _bridged_is_logged(lead, user)
    leads_to = reach.effects(channel).get(outcome, "")
    if leads_to in ENDINGS:
        ENDINGS[leads_to](lead, channel, user)


def is_final(task: Task) -> bool:
    """Whether closing it put the person on the do-not-contact list."""
    return is_ours(task) and bool(task.outcome) and effect(task, task.outcome) == "stop"
