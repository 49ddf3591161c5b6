"""Whose an open line is when its lead, or an account, goes to somebody else.

Whoever holds a line sees its lead. A manager who answers in somebody's place keeps the line while
they see the lead; after that it is the lead's owner's, or nobody's, with a clock that begins anew.
Both learn it.
"""

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from leads.access import sees
from leads.family import keeper
from leads.models import Lead
from outreach.models import Task
from outreach.services import escalation
from salesagent.accounts import notices
from salesagent.accounts.models import User


def fit(owner: User | None, lead: Lead | None) -> User | None:
    """Who gets a new line about this lead: `owner` if they see it, else the lead's owner, else who
    answers for them."""
    if owner is None or lead is None or owner.pk == lead.owner_id or sees(owner, lead):
        return owner
    if lead.owner is not None:
        return lead.owner
    heads = escalation.heads_of(owner, timezone.now())
    return heads[0] if heads else None


def settle(rows: QuerySet[Task], *, merged: bool = False) -> int:
    """Open lines among `rows` whose holder no longer sees the lead go to its owner. Count.

    `merged`: their lead is one with another now, so that its former owner has nothing to do with
    it; only who answers in somebody's place keeps a line.
    """
    away = rows.filter(state=Task.State.OPEN, lead__isnull=False)
    away = away.exclude(owner__isnull=False, owner=F("lead__owner"))
    count = 0
    for task in away.select_related("owner__team", "lead__owner").order_by("pk"):
        lead = keeper(task.lead) if task.lead else None
        if lead is not None and not _stays(task, lead, merged):
            _move(task, lead)
            count += 1
    return count


def _stays(task: Task, lead: Lead, merged: bool) -> bool:
    holder = task.owner
    if holder is None:
        return lead.owner is None
    if merged and not (task.escalated_at and task.escalated_to_id is None):
        return holder.pk == lead.owner_id
    return holder.is_active and sees(holder, lead)


def _move(task: Task, lead: Lead) -> None:
    holder, owner = task.owner, lead.owner
    escalation.follow(Task.objects.filter(pk=task.pk, state=Task.State.OPEN), owner)
    at = f"{timezone.now():%Y%m%d%H%M%S%f}"
    if owner is not None:
        notices.tell(
            owner,
            kind="reassigned",
            key=f"line:{task.pk}:{at}",
            title=f"{lead.name}: {task.title} is yours to do",
            text=_why(holder),
            link=reverse("outreach:today_task", args=[task.pk]),
            lead_id=lead.pk,
        )
    if holder is not None:
        whose = f"{owner.get_short_name()}'s" if owner else "nobody's"
        notices.tell(
            holder,
            kind="moved",
            key=f"line:gone:{task.pk}:{at}",
            title=f"{lead.name} is {whose} now",
            text="What you had in hand went along. Nothing for you to do.",
            lead_id=lead.pk,
        )


def _why(holder: User | None) -> str:
    if holder is None:
        return "Nobody had it in hand."
    name = holder.get_short_name()
    return f"{name} had it in hand, and " + (
        "no longer sees the lead." if holder.is_active else "left."
    )


def member_changed(user: User, _former: int | None) -> None:
    """Their role or team is another one: what they hold of others' leads, what others hold of
    theirs, and what was passed on to them."""
    settle(Task.objects.filter(Q(owner=user) | Q(lead__owner=user)))
    again(user)


def again(user: User) -> int:
    """What was passed on to somebody who does not answer for it any more is passed on anew."""
    rows = Task.objects.filter(
        escalated_to=user, state=Task.State.OPEN, escalated_at__isnull=False
    ).select_related("lead")
    user = User.objects.select_related("team").get(pk=user.pk)
    answers = user.is_active and user.is_manager
    ids = [one.pk for one in rows if not (answers and one.lead and sees(user, keeper(one.lead)))]
    found = Task.objects.filter(pk__in=ids, state=Task.State.OPEN, escalated_to=user)
    return found.update(escalated_to=None, escalated_at=None, deadline_at=timezone.now())
