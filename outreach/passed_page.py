"""What was passed on to a manager, as Today shows it: cards above the list, choices in the pane."""

import textwrap
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from leads.access import assignable
from outreach.models import Task
from outreach.services import escalation, working, workload
from outreach.services.workload import Load
from salesagent.accounts.models import User
from salesagent.lib.text import one_line
from salesagent.templatetags.ui import ago, score

MOST = 20
SAID = 120  # letters of their message, cut at a word


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
    return [card(task) for task in escalation.passed_on(user)[:MOST]]


def count(user: User, shown: list[Card]) -> int:
    """How many there are; a query only where not all are shown."""
    return len(shown) if len(shown) < MOST else escalation.passed_on(user).count()


def card(task: Task) -> Card:
    lead, words = task.lead, task.event.body if task.event else task.why
    return Card(
        pk=task.pk,
        name=lead.name if lead else task.title,
        owner=task.owner.get_short_name() if task.owner else "Nobody",
        said=textwrap.shorten(one_line(words, 2000), SAID, placeholder="…"),
        waits=ago(task.event.occurred_at if task.event else task.due_at),
        score=score(lead.score) if lead else "",
    )


def choices(user: User, task: Task) -> list[tuple[int, str]]:
    """Who may get the lead: (id, name and how much room), most room first, who is away last."""
    now = timezone.now()
    people = list(assignable(user).exclude(pk=task.owner_id or 0).order_by("name"))
    loads = workload.loads(people, now)
    people.sort(key=lambda one: (loads[one.pk].away, -loads[one.pk].room))
    return [(one.pk, f"{one}: {_room(one, loads[one.pk])}") for one in people]


def _room(user: User, load: Load) -> str:
    if load.away:
        return f"away until {user.away_until:%-d %b}" if user.away_until else "away"
    if load.room > 0:
        return f"room for {load.room} today"
    return f"full today, {load.today} of {load.capacity}"


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away: `to` is who gets what is hot."""

    to: User | None


def absence(user: User, now: datetime) -> Absence | None:
    """For the page of somebody who is away today, else None and no query."""
    if not working.away(user, now):
        return None
    heads = escalation.heads_of(user, now)
    return Absence(heads[0] if heads else None)


def is_passed_on(user: User, task: Task) -> bool:
    """Whether this user is asked to settle it."""
    waits = task.state == Task.State.OPEN and task.escalated_to_id is not None
    return waits and user.is_manager and task.owner_id != user.pk
