"""The lines of Today: adding, snoozing, closing. The one place that changes Task.state.

A closed phone or LinkedIn task closes its touch and lets the sequence go on. Every change is one
conditional UPDATE: whoever comes second is told so by WorklistError.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from leads import thread
from leads.family import keeper
from leads.models import Lead, ThreadEvent
from leads.services import summary
from outreach.models import InboundMessage, Task, Touch
from outreach.open_lines import GONE
from outreach.services import reach
from salesagent.accounts.models import User
from salesagent.lib.text import clean, one_line

FURTHEST = timedelta(days=366)
NOTE_LIMIT = 5000
SKIP_REASONS = {
    "wrong_person": "Wrong person",
    "bad_timing": "Bad timing",
    "bad_text": "Bad text",
    "other": "Other",
}


class WorklistError(Exception):
    """Why the task could not be changed, in words for the person who tried."""


def add(
    kind: str,
    *,
    owner: User | None,
    title: str,
    lead: Lead | None = None,
    touch: Touch | None = None,
    event: ThreadEvent | None = None,
    inbound: InboundMessage | None = None,
    channel: str = "",
    why: str = "",
    due_at: datetime | None = None,
    deadline_at: datetime | None = None,
    dedupe_key: str | None = None,
) -> Task | None:
    """Add a line; None when `dedupe_key` was used before, whatever became of that line.

    Of a lead that was merged away it is the keeper's; `owner` gets it if they see the lead.
    """
    if lead is not None and (kept := keeper(lead)) is not lead:
        lead, owner = kept, kept.owner
    task = Task(
        kind=kind,
        owner=_fit(owner, lead),
        title=one_line(title, 160),
        lead=lead,
        touch=touch,
        event=event,
        inbound=inbound,
        channel=channel,
        why=one_line(why, 300),
        due_at=due_at or timezone.now(),
        deadline_at=deadline_at,
        dedupe_key=dedupe_key,
    )
    if dedupe_key and Task.objects.filter(dedupe_key=dedupe_key).exists():
        return None
    try:
        with transaction.atomic():
            task.save(force_insert=True)
    except IntegrityError:
        if dedupe_key and Task.objects.filter(dedupe_key=dedupe_key).exists():
            return None  # a second writer was faster
        raise
    return task


def _fit(owner: User | None, lead: Lead | None) -> User | None:
    from outreach.services import holders  # it looks at who is here, and asks this module

    return holders.fit(owner, lead)


def add_for_touch(touch: Touch, *, attempt: int = 1, due_at: datetime | None = None) -> Task | None:
    """The line for a touch that a person carries out and whose text is approved."""
    step = f", touch {touch.number}" if touch.number else ""
    title = f"{reach.task_title(touch.channel)}{step}"
    key = f"touch:{touch.pk}" + (f"#{attempt}" if attempt > 1 else "")
    why = "" if attempt == 1 else f"Nobody answered last time. Attempt {attempt} of 3."
    return add(
        Task.Kind.TOUCH,
        owner=touch.lead.owner,
        lead=touch.lead,
        touch=touch,
        channel=touch.channel,
        title=title,
        why=why,
        due_at=due_at or max(touch.due_at, timezone.now()),
        dedupe_key=key,
    )


def _close(task: Task, state: str, user: User | None, *, outcome: str = "", note: str = "") -> None:
    """open -> `state` in one statement, or WorklistError naming who was faster."""
    now = timezone.now()
    hit = Task.objects.filter(pk=task.pk, state=Task.State.OPEN).update(
        state=state, outcome=outcome, note=note, closed_at=now, closed_by=user
    )
    if not hit:
        raise WorklistError(_who_closed(task))
    task.refresh_from_db()
    if task.kind == Task.Kind.ANSWER and task.lead_id:
        summary.answered(task.lead_id)


def _who_closed(task: Task) -> str:
    now_task = Task.objects.select_related("closed_by").filter(pk=task.pk).first()
    if now_task is None:
        return "This task is gone."
    who = now_task.closed_by or "the system"
    return f"Already {now_task.state} by {who}."


@transaction.atomic
def done(
    task: Task,
    *,
    user: User,
    outcome: str = "",
    note: str = "",
    minutes: int | None = None,
    call_back_at: datetime | None = None,
    answer: str = "",
) -> Task:
    """Close a task as done. What a person carries out ends with an `outcome` of its channel.

    `answer`: what they wrote back on a channel we cannot read; it counts as their reply. Raises
    WorklistError when somebody else closed it, or the outcome is missing or unknown.
    """
    from outreach.services import handwork  # it adds tasks itself

    note, by_hand = clean(note)[:NOTE_LIMIT].strip(), handwork.is_ours(task)
    if by_hand:
        outcome = handwork.check(task, outcome, call_back_at, answer)
    _close(task, Task.State.DONE, user, outcome=outcome, note=note)
    if by_hand:
        handwork.finish(task, user=user, minutes=minutes, call_back_at=call_back_at)
    elif task.lead:
        say(task, "task.done", user.actor, note=note)
    if answer.strip() and task.lead:
        _note_answer(task, user, clean(answer).strip())
    return task


def _note_answer(task: Task, user: User, text: str) -> None:
    from outreach.services import inbound  # it adds tasks through this module

    if task.lead is None:
        return
    inbound.note_reply(
        task.lead,
        channel=task.channel,
        text=text,
        actor=user.actor,
        occurred_at=timezone.now(),
        dedupe_key=f"pasted:{task.pk}",
        touch=task.touch,
    )


def say(task: Task, kind: str, actor: str, **data: Any) -> None:
    if task.lead is None:
        return
    thread.record(
        lead=task.lead,
        kind=kind,
        actor=actor,
        channel=task.channel,
        data={"task": task.pk, "kind": task.kind, "title": task.title, **data},
    )


def finish_touch(touch: Touch, *, outcome: str, state: str = Touch.State.DONE) -> bool:
    """todo -> done or skipped, and plan what follows. False when it was no longer to do."""
    from outreach.services import planning

    now = timezone.now()
    sent_at = now if state == Touch.State.DONE else None
    hit = Touch.objects.filter(pk=touch.pk, state=Touch.State.TODO).update(
        state=state, outcome=outcome, sent_at=sent_at, updated_at=now
    )
    if not hit:
        return False
    touch.refresh_from_db()
    planning.touch_done(touch, now)
    return True


@transaction.atomic
def snooze(task: Task, until: datetime, user: User) -> Task:
    """Hide an open task until a moment to come, at most a year ahead."""
    now = timezone.now()
    if not now < until <= now + FURTHEST:
        raise WorklistError("Choose a moment between now and a year from now.")
    hit = Task.objects.filter(pk=task.pk, state=Task.State.OPEN).update(snoozed_until=until)
    if not hit:
        raise WorklistError(_who_closed(task))
    task.refresh_from_db()
    return task


@transaction.atomic
def skip(task: Task, user: User, reason: str) -> Task:
    """Close a task as not to be done; its touch counts as skipped and the sequence goes on."""
    if reason not in SKIP_REASONS:
        raise WorklistError("Choose a reason.")
    _close(task, Task.State.SKIPPED, user, outcome=reason)
    if task.touch and task.kind == Task.Kind.TOUCH:
        Touch.objects.filter(pk=task.touch.pk).update(skip_reason=reason)
        finish_touch(task.touch, outcome=reason, state=Touch.State.SKIPPED)
    say(task, "task.skipped", user.actor, reason=reason)
    return task


@transaction.atomic
def undo(task: Task, user: User) -> Task:
    """Take back done, skip or snooze. Refused once the sequence has gone on from there."""
    if task.state == Task.State.OPEN:
        Task.objects.filter(pk=task.pk, state=Task.State.OPEN).update(snoozed_until=None)
        task.refresh_from_db()
        return task
    _drop_followers(task)
    if task.touch and task.kind == Task.Kind.TOUCH:
        _reopen_touch(task.touch)
    hit = Task.objects.filter(pk=task.pk, state=task.state).update(
        state=Task.State.OPEN, outcome="", note="", closed_at=None, closed_by=None
    )
    if not hit:
        raise WorklistError("Somebody else changed this task meanwhile.")
    if task.kind == Task.Kind.ANSWER and task.lead_id:
        summary.note_answer(task.lead_id, task.due_at)
    say(task, "task.reopened", user.actor)
    task.refresh_from_db()
    return task


def _drop_followers(task: Task) -> None:
    """The retry or call-back that closing this task has made; refused if that is closed already."""
    from outreach.services import handwork

    if handwork.is_final(task):
        raise WorklistError("This cannot be taken back here: it is on the do-not-contact list.")
    followers = Task.objects.filter(dedupe_key__in=handwork.follower_keys(task))
    if followers.exclude(state=Task.State.OPEN).exists():
        raise WorklistError("The next attempt is already closed. Undo that one first.")
    followers.delete()


def _reopen_touch(touch: Touch) -> None:
    from outreach.services import planning

    if touch.state == Touch.State.TODO:
        return
    hit = Touch.objects.filter(
        pk=touch.pk, state__in=[Touch.State.DONE, Touch.State.SKIPPED]
    ).update(state=Touch.State.TODO, outcome="", skip_reason="", sent_at=None)
    if not hit or not planning.take_back(touch):
        raise WorklistError("The sequence has gone on. This can no longer be taken back.")


def close_for(lead: Lead, kinds: Iterable[str], *, user: User | None = None) -> int:
    """Close the open tasks of these kinds as done, e.g. when the answer went out. Count."""
    kinds = list(kinds)
    if Task.Kind.ANSWER in kinds:
        summary.answered(lead.pk)
    return Task.objects.filter(lead=lead, kind__in=kinds, state=Task.State.OPEN).update(
        state=Task.State.DONE, outcome="settled", closed_at=timezone.now(), closed_by=user
    )


def close_archived(lead: Lead | None = None) -> int:
    """Close what was to do about archived leads, this one or all. Count.

    Of answers only those asked for before; what they write afterwards is still to be read.
    """
    asked = Q(
        kind__in=(Task.Kind.ANSWER, Task.Kind.ENQUIRY), created_at__lte=F("lead__archived_at")
    )
    rows = Task.objects.filter(GONE | asked, state=Task.State.OPEN, lead__archived_at__isnull=False)
    ids = list((rows.filter(lead=lead) if lead else rows).values_list("pk", flat=True)[:5000])
    if lead and ids:
        summary.answered(lead.pk)
    return Task.objects.filter(pk__in=ids, state=Task.State.OPEN).update(
        state=Task.State.SKIPPED, outcome="archived", closed_at=timezone.now()
    )


def settle(prefix: str) -> int:
    """Close the open tasks whose keys begin so: what they ask for has happened. Count."""
    return Task.objects.filter(dedupe_key__startswith=prefix, state=Task.State.OPEN).update(
        state=Task.State.DONE, outcome="settled", closed_at=timezone.now()
    )


def answered(
    touch: Touch, user: User, kinds: Iterable[str] = (Task.Kind.ANSWER, Task.Kind.ENQUIRY)
) -> int:
    """A hand-written answer was approved: what asked for it is settled. The key of one, or 0."""
    summary.answered(touch.lead_id)
    rows = Task.objects.filter(lead=touch.lead_id, kind__in=list(kinds), state=Task.State.OPEN)
    first = rows.order_by("pk").values_list("pk", flat=True).first() or 0
    rows.update(
        state=Task.State.DONE,
        outcome=f"touch:{touch.pk}",
        closed_at=timezone.now(),
        closed_by=user,
    )
    return first


def unanswered(touch: Touch) -> int:
    """That approval was taken back: the same tasks are open again."""
    rows = Task.objects.filter(
        lead=touch.lead_id, state=Task.State.DONE, outcome=f"touch:{touch.pk}"
    )
    asked = rows.filter(kind=Task.Kind.ANSWER).first()
    if asked:
        summary.note_answer(touch.lead_id, asked.due_at)
    for task in rows.filter(kind__in=[Task.Kind.MOMENT, Task.Kind.FOLLOW_UP]).select_related(
        "lead"
    ):
        say(task, "task.reopened", "system")
    return rows.update(state=Task.State.OPEN, outcome="", closed_at=None, closed_by=None)


def ask_again(lead: Lead, event: ThreadEvent) -> None:
    """An open line while an answer to `event` waits as a draft; what a person closed stays so."""
    mine = Task.objects.filter(lead=lead, kind=Task.Kind.ANSWER)
    if mine.filter(state=Task.State.OPEN).exists() or closed_by_hand(event):
        return
    summary.note_answer(lead.pk, event.occurred_at)
    closed = mine.filter(event=event, state=Task.State.DONE).order_by("-pk")[:1]
    values = {"state": Task.State.OPEN, "outcome": "", "closed_at": None, "closed_by": None}
    if Task.objects.filter(pk__in=list(closed.values_list("pk", flat=True))).update(**values):
        return
    add(
        Task.Kind.ANSWER,
        owner=lead.owner,
        lead=lead,
        event=event,
        channel=event.channel,
        title=f"Answer {lead.first_name or lead.name}",
        why=event.body,
        dedupe_key=f"answer:{event.pk}#draft",
    )


def closed_by_hand(event: ThreadEvent) -> bool:
    """Whether a person closed the line that asked for an answer to this message."""
    rows = Task.objects.filter(lead=event.lead_id, kind=Task.Kind.ANSWER, event=event)
    return rows.exclude(state=Task.State.OPEN).exclude(closed_by=None).exists()


def withdraw(touch: Touch) -> int:
    """Remove the open tasks of a touch that is no longer to do (undone, edited, cancelled)."""
    return Task.objects.filter(touch=touch, state=Task.State.OPEN).delete()[0]
