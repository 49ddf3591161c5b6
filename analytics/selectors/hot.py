"""Hot leads that wait for a person: they wrote or gave a sign, and the line of Today is open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce

from analytics.access import EVERYBODY, NOBODY, Scope
from leads.models import Lead
from outreach.models import Task

HOT = 75  # as the score's word has it
COLUMNS = (
    *("pk", "kind", "since", "lead_id", "lead__first_name", "lead__last_name", "lead__email"),
    *("lead__phone", "lead__score", "owner_id", "owner__name"),
)
# from their word on, as Today says it: the line may have been made or opened again later
SINCE = Coalesce("event__occurred_at", "due_at")
KINDS = (Task.Kind.ANSWER, Task.Kind.ENQUIRY, Task.Kind.MOMENT)


@dataclass(frozen=True)
class Waiting:
    """`since`: when they wrote or gave the sign."""

    task: int
    kind: str
    since: datetime
    lead: int
    name: str
    score: int
    owner: int | None
    owner_name: str


def waiting(scope: Scope, now: datetime, limit: int = 5) -> list[Waiting]:
    """The hottest first, then who waits longest. What is snoozed does not wait.

    Whoever may ask for a scope (analytics.access) sees the leads of its people.
    """
    seen = Task.objects.filter(
        Q(snoozed_until=None) | Q(snoozed_until__lte=now),
        state=Task.State.OPEN,
        kind__in=KINDS,
        due_at__lte=now,
        lead__score__gte=HOT,
        lead__archived_at=None,
        lead__erased_at=None,
    )
    if EVERYBODY not in scope.who:
        mine = Q(lead__owner_id__in=[one for one in scope.who if one != NOBODY])
        seen = seen.filter(mine | Q(lead__owner=None) if NOBODY in scope.who else mine)
    kind, _, name = scope.segment.partition(":")
    if kind in ("trade", "source"):
        seen = seen.filter(**{f"lead__{kind}": name})
    rows = seen.annotate(since=SINCE).order_by("-lead__score", "since", "pk").values_list(*COLUMNS)
    return [_row(row) for row in rows[:limit]]


def _row(row: Any) -> Waiting:
    task, kind, since, lead, first, last, email, phone, score, owner, owner_name = row
    name = Lead(pk=lead, first_name=first, last_name=last, email=email, phone=phone).name
    label = str(Task.Kind(kind).label)
    return Waiting(task, label, since, lead, name, score, owner, owner_name or "")
