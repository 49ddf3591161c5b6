"""What was passed on to a manager, as Today shows it: cards above the list, choices in the pane."""

from dataclasses import dataclass

from django.utils import timezone

from leads.access import assignable
from outreach.models import Task
from outreach.services import escalation, working
from salesagent.accounts.models import User
from salesagent.lib.text import one_line
from salesagent.templatetags.ui import ago, score

MOST = 20


@dataclass(frozen=True, slots=True)
class Card:
    """One answer that waits too long; `said` is the beginning of their message."""

    pk: int
    name: str
    owner: str
    said: str
    waits: str
    score: str


def cards(user: User) -> list[Card]:
    """For managers and the owner; one query. Nobody else has any."""
    if not user.is_manager:
        return []
    return [_card(task) for task in escalation.passed_on(user)[:MOST]]


def count(user: User, shown: list[Card]) -> int:
    """How many there are; a query only where not all are shown."""
    return len(shown) if len(shown) < MOST else escalation.passed_on(user).count()


def _card(task: Task) -> Card:
    lead = task.lead
    return Card(
        pk=task.pk,
        name=lead.name if lead else task.title,
        owner=task.owner.get_short_name() if task.owner else "Nobody",
        said=one_line(task.event.body if task.event else task.why, 120),
        waits=ago(task.event.occurred_at if task.event else task.due_at),
        score=score(lead.score) if lead else "",
    )


def choices(user: User, task: Task) -> list[tuple[int, str]]:
    """Who may get the lead: (id, name), those who are away say so."""
    now = timezone.now()
    people = assignable(user).exclude(pk=task.owner_id or 0).order_by("name")
    return [(one.pk, f"{one}, away" if working.away(one, now) else str(one)) for one in people]


def is_passed_on(user: User, task: Task) -> bool:
    """Whether this user is asked to settle it."""
    waits = task.state == Task.State.OPEN and task.escalated_to_id is not None
    return waits and user.is_manager and task.owner_id != user.pk
