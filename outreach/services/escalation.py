"""A hot answer that nobody gives in time goes to the manager. Deadlines count working minutes.

The deadline stands on the task since the answer was understood. Each minute those whose time has
come are judged anew, since meanwhile the score, the setting, the owner's days or the class may have
changed: passed on, or looked at again later. Nothing is sent to anybody but colleagues.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from leads import thread
from leads.access import seen_by
from leads.models import Lead, ThreadEvent
from leads.services import lifecycle
from outreach.models import Task, Touch
from outreach.selectors_work import HOT
from outreach.services import working, worklist
from salesagent.accounts import notices
from salesagent.accounts.models import Notification, User, Workspace
from salesagent.lib.text import plural

WANTED = ("interested", "meeting", "question")  # what is worth a manager's time
KINDS = (Task.Kind.ANSWER, Task.Kind.ENQUIRY)
LOOK_AGAIN = timedelta(hours=1)  # an answer that is not hot may become so
BATCH = 500


class EscalationError(Exception):
    """Why it could not be taken or given away, in words for the person who tried."""


@dataclass(frozen=True, slots=True)
class Class:
    """What an answer was understood as, the newest class of it."""

    label: str
    urgent: bool


# --- deadlines -----------------------------------------------------------------------------------


def watch(event: ThreadEvent) -> None:
    """React to reply.classified: the task that asks for this answer gets its deadline, or loses it
    when the newest class wants none."""
    rows = Task.objects.filter(
        kind=Task.Kind.ANSWER,
        state=Task.State.OPEN,
        event=event.data.get("event"),
        escalated_at=None,
    )
    task = rows.select_related("owner", "event").first()
    if task is None or task.event is None:
        return
    said = _classes([task.event_id]).get(task.event_id)
    workspace = Workspace.current()
    wanted = said is not None and said.label in WANTED and workspace.escalate_after
    at = _due(task, workspace, task.event.occurred_at) if wanted else None
    rows.filter(pk=task.pk).exclude(deadline_at=at).update(deadline_at=at)


def _due(task: Task, workspace: Workspace, now: datetime) -> datetime:
    """When it is passed on; what belongs to nobody, or to somebody away, waits for nobody."""
    since = task.event.occurred_at if task.event else task.due_at
    owner = task.owner
    if owner is None or not owner.is_active or working.away(owner, now):
        return since
    return working.after(owner, since, workspace.escalate_after, workspace)


def _classes(events: Iterable[int | None]) -> dict[int | None, Class]:
    """The newest class of each message; an unsure one is none."""
    ids = [pk for pk in events if pk]
    leads = ThreadEvent.objects.filter(pk__in=ids).values("lead")
    rows = ThreadEvent.objects.filter(lead__in=leads, kind="reply.classified").order_by("pk")
    found: dict[int | None, Class] = {}
    names = ("event", "disposition", "urgency", "abstained")
    for event, label, urgency, unsure in rows.values_list(*(f"data__{name}" for name in names)):
        found[event] = Class("" if unsure else str(label), urgency == "high")
    return found


def is_hot(lead: Lead, said: Class | None) -> bool:
    return said is not None and said.label in WANTED and (said.urgent or lead.score >= HOT)


# --- each minute ---------------------------------------------------------------------------------


def run(now: datetime | None = None) -> int:
    """Pass on what is late, and take back what was told of what has been answered. Count."""
    now, workspace = now or timezone.now(), Workspace.current()
    settle()
    if not workspace.escalate_after:
        return 0
    return sum(_look(task, said, workspace, now) for task, said in _late(now))


def _late(now: datetime) -> list[tuple[Task, Class | None]]:
    """Open lines whose time has come, or whose owner is away today, and what was said."""
    # a day early and late: which day it is depends on their zone, and `away` decides
    day = timedelta(days=1)
    gone = User.objects.filter(
        Q(away_from=None) | Q(away_from__lte=(now + day).date()),
        Q(away_until=None) | Q(away_until__gte=(now - day).date()),
    ).exclude(away_from=None, away_until=None)
    away = [user.pk for user in gone if working.away(user, now)]
    come = Q(deadline_at__lte=now) | Q(owner_id__in=away) if away else Q(deadline_at__lte=now)
    rows = Task.objects.filter(
        come, state=Task.State.OPEN, escalated_at=None, deadline_at__isnull=False, kind__in=KINDS
    )
    tasks = list(
        rows.select_related("lead", "event", "owner").order_by("kind", "deadline_at")[:BATCH]
    )
    said = _classes(task.event_id for task in tasks if task.kind == Task.Kind.ANSWER)
    return [(task, said.get(task.event_id)) for task in tasks]


def _look(task: Task, said: Class | None, workspace: Workspace, now: datetime) -> bool:
    lead = task.lead
    if lead is None or lead.erased_at or lead.archived_at:
        return _later(task, None)
    if task.kind == Task.Kind.ANSWER and not is_hot(lead, said):
        return _later(task, now + LOOK_AGAIN)
    due = _due(task, workspace, now)
    if due <= now:
        return pass_on(task, now, workspace)
    if task.kind == Task.Kind.ANSWER:
        return _later(task, due)
    _clock_ran_out(task, due)
    return False


def _later(task: Task, at: datetime | None) -> bool:
    _untouched(task).update(deadline_at=at)
    return False


def _untouched(task: Task) -> QuerySet[Task]:
    return Task.objects.filter(pk=task.pk, state=Task.State.OPEN, escalated_at=None)


def _clock_ran_out(task: Task, due: datetime) -> None:
    """The two minutes are over: their owner learns it, the manager later."""
    if task.owner is None or task.lead is None:
        return
    local = due.astimezone(task.owner.tz)
    notices.tell(
        task.owner,
        kind="reply",
        key=f"clock:{task.pk}",
        title=f"{task.lead.name} waits for an answer",
        text=f"Two minutes have passed. At {local:%H:%M} on {local:%A} it goes to the manager.",
        link=reverse("outreach:today_task", args=[task.pk]),
        lead_id=task.lead.pk,
        urgent=True,
    )


# --- passing on ----------------------------------------------------------------------------------


def heads_of(owner: User | None, now: datetime) -> list[User]:
    """Who answers for this person: the team's managers, those here first, else the owners."""
    people = User.objects.filter(is_active=True).order_by("pk")
    team = owner.team_id if owner else None
    managers = people.filter(role=User.Role.MANAGER, team=team) if team else people.none()
    owners = people.filter(role=User.Role.OWNER)
    mine = owner.pk if owner else None
    found = [one for one in managers if one.pk != mine]
    if not found or all(working.away(one, now) for one in found):
        found += [one for one in owners if one.pk != mine]
    return sorted(found, key=lambda one: working.away(one, now))


@transaction.atomic
def pass_on(task: Task, now: datetime, workspace: Workspace) -> bool:
    """Tell who answers for it, with a line in the thread; False when somebody was faster."""
    heads, lead = heads_of(task.owner, now), task.lead
    first = heads[0] if heads else None
    if lead is None or not _untouched(task).update(escalated_at=now, escalated_to=first):
        return False
    why = _why(task, now, workspace)
    thread.record(
        lead=lead,
        kind="task.escalated",
        actor="system",
        channel=task.channel,
        data={"task": task.pk, "to": first and first.pk, "why": why},
        dedupe_key=f"{_key(task)}:{now:%Y%m%d%H%M}",
    )
    title = f"{lead.name} waits for an answer"
    _tell(heads, task, lead, "escalated", title, why)
    own = _why(task, now, workspace, to_owner=True)
    _tell([task.owner] if task.owner else [], task, lead, "reply", _told(title, first), own)
    return True


def _tell(people: Iterable[User], task: Task, lead: Lead, kind: str, title: str, why: str) -> None:
    notices.tell_all(
        people,
        kind=kind,
        key=_key(task),
        title=title,
        text=why,
        link=reverse("outreach:today_task", args=[task.pk]),
        lead_id=lead.pk,
        urgent=True,
    )


def _key(task: Task) -> str:
    """One passing on: again for the next owner, or for the next message."""
    return f"late:{task.pk}:{task.owner_id or 0}:{task.event_id or 0}"


def _told(title: str, first: User | None) -> str:
    return f"{title}; {first.get_short_name()} was told" if first else title


def _why(task: Task, now: datetime, workspace: Workspace, *, to_owner: bool = False) -> str:
    since = task.event.occurred_at if task.event else task.due_at
    if task.owner is None:
        return "Nobody owns this lead."
    name = task.owner.get_short_name()
    if working.away(task.owner, now):
        return "You are away." if to_owner else f"{name} is away."
    passed = working.minutes(task.owner, since, now, workspace)
    who = "You have" if to_owner else f"{name} has"
    return f"{who} not answered for {_working(passed)}."


def _working(minutes: int) -> str:
    if minutes < 180:
        return plural(minutes, "working minute")
    return plural(minutes // 60, "working hour")


def settle() -> int:
    """Notices about a wait that is over count as read."""
    rows = Notification.objects.filter(read_at=None, key__regex=r"^(late|clock):")
    keys = set(rows.filter(kind__in=["escalated", "reply"]).values_list("key", flat=True))
    tasks = {key: int(key.split(":")[1]) for key in keys}
    waits = Task.objects.filter(pk__in=tasks.values(), state=Task.State.OPEN)
    open_ones = set(waits.values_list("pk", flat=True))
    return sum(notices.over(key) for key, pk in tasks.items() if pk not in open_ones)


# --- what a manager does -------------------------------------------------------------------------


def passed_on(user: User) -> QuerySet[Task]:
    """What waits for this manager: named to them, or to a colleague who leads the same team. Of a
    lead that went to another team meanwhile nothing is shown any more.
    """
    mine = Q(escalated_to=user)
    if user.role == User.Role.MANAGER and user.team_id:
        mine |= Q(escalated_to__isnull=False, owner__team=user.team_id)
    rows = Task.objects.filter(mine, state=Task.State.OPEN, escalated_at__isnull=False)
    rows = seen_by(rows.exclude(owner=user), user)
    return rows.select_related("lead", "owner", "event").order_by("escalated_at", "pk")


@transaction.atomic
def take(task: Task, user: User) -> Task:
    """The manager answers: the line moves to them, the lead stays whose it is."""
    before = task.owner
    _claim(task, owner=user, escalated_to=None)
    worklist.say(task, "task.taken", user.actor)
    if before is not None and before.pk != user.pk and task.lead:
        notices.tell(
            before,
            kind="moved",
            key=f"{_taken(task, user)}:{timezone.now():%Y%m%d%H%M%S}",
            title=f"{user.get_short_name()} answers {task.lead.name}",
            text="Nothing for you to do. The lead stays yours.",
            link=reverse("leads:detail", args=[task.lead.pk]),
            lead_id=task.lead.pk,
        )
    return task


def _taken(task: Task, user: User) -> str:
    return f"taken:{task.pk}:{user.pk}:{task.event_id or 0}"


def taken(user: User, task: Task) -> bool:
    """Whether this manager answers in somebody's place."""
    theirs = task.lead is not None and task.lead.owner_id != user.pk
    return theirs and task.state == Task.State.OPEN and task.owner_id == user.pk and _was_late(task)


def _was_late(task: Task) -> bool:
    return task.escalated_at is not None and task.escalated_to_id is None and task.kind in KINDS


def answered_by(lead: Lead) -> User | None:
    """Who answers what this lead wrote in the owner's place, if somebody does."""
    rows = Task.objects.filter(lead=lead, state=Task.State.OPEN, kind__in=KINDS)
    rows = rows.filter(escalated_at__isnull=False, escalated_to=None).exclude(owner=None)
    task = rows.exclude(owner=lead.owner_id).select_related("owner").order_by("pk").first()
    return task.owner if task else None


def somebody_else(touch: Touch, user: User) -> User | None:
    """The colleague who answers what this draft would answer; None when it is the reader's."""
    if touch.kind != Touch.Kind.REPLY or touch.state != Touch.State.DRAFT:
        return None
    return colleague(touch.lead, user)


def colleague(lead: Lead, user: User) -> User | None:
    """Who answers this lead in the owner's place, where it is not the reader. No query for a lead
    that never gave a sign."""
    wrote = lead.replied_at or lead.inquired_at or lead.last_sign_at
    found = answered_by(lead) if wrote else None
    return found if found and found.pk != user.pk else None


@transaction.atomic
def give_back(task: Task, user: User) -> Task:
    """As before "I'll answer": the owner's line again, and passed on to whoever took it."""
    if not taken(user, task) or task.lead is None:
        raise EscalationError("This one is not yours to give back.")
    owner = task.lead.owner
    rows = Task.objects.filter(pk=task.pk, state=Task.State.OPEN, owner=user, escalated_to=None)
    if not rows.update(owner=owner, escalated_to=user):
        raise EscalationError("Somebody else has settled this already.")
    worklist.say(task, "task.given_back", user.actor)
    Notification.objects.filter(key__startswith=f"{_taken(task, user)}:", read_at=None).update(
        read_at=timezone.now()
    )
    task.refresh_from_db()
    if owner is not None:
        notices.tell(
            owner,
            kind="reply",
            key=f"{_key(task)}:back:{timezone.now():%Y%m%d%H%M%S}",
            title=f"{task.lead.name} waits for you again",
            text=f"{user.get_short_name()} does not answer after all.",
            link=reverse("outreach:today_task", args=[task.pk]),
            lead_id=task.lead.pk,
            urgent=True,
        )
    return task


@transaction.atomic
def give(task: Task, to: User, user: User) -> Task:
    """The lead and its open work go to somebody else, whose own time begins to count."""
    lead = task.lead
    if lead is None:
        raise EscalationError("This line has no lead to give away.")
    _claim(task, **_anew(to, timezone.now(), Workspace.current()))
    lifecycle.assign(lead, to, user)
    return task


def _anew(owner: User | None, now: datetime, workspace: Workspace) -> dict[str, object]:
    """The task's columns with the owner's own time from now on; nobody has none to wait for."""
    at = working.after(owner, now, workspace.escalate_after, workspace) if owner else now
    deadline = at if workspace.escalate_after else None
    return {"owner": owner, "escalated_to": None, "escalated_at": None, "deadline_at": deadline}


def follow(tasks: QuerySet[Task], owner: User | None) -> None:
    """Open lines get another owner. What was passed on is no longer; their own time begins."""
    passed = list(tasks.filter(escalated_at__isnull=False, kind__in=KINDS))
    whose = User.objects.filter(pk=owner.pk).first() if owner and passed else None
    for task in passed:
        values = _anew(whose, timezone.now(), Workspace.current())
        if Task.objects.filter(pk=task.pk, state=Task.State.OPEN).update(**values):
            notices.over(_key(task))
    tasks.update(owner=owner)


def _claim(task: Task, **values: object) -> None:
    """Whoever comes second is told so."""
    rows = Task.objects.filter(pk=task.pk, state=Task.State.OPEN, escalated_to__isnull=False)
    if not rows.update(**values):
        raise EscalationError("Somebody else has settled this already.")
    notices.over(_key(task))
    task.refresh_from_db()
