"""Hot leads that wait for a person: they wrote or gave a sign, and the line of Today is open."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from analytics.access import EVERYBODY, NOBODY, Scope
from leads.models import Lead
from outreach.models import Task
from salesagent.lib.sql import Cells

HOT = 75  # as the score's word has it
COLUMNS = (
    *("pk", "kind", "since", "lead_id", "lead__first_name", "lead__last_name", "lead__email"),
    *("lead__phone", "lead__score", "owner_id", "owner__name"),
)
# from their word on, as Today says it: the line may have been made or opened again later
SINCE = Coalesce("event__occurred_at", "due_at")
# not by the column: the few open lines come first, never all hot leads of a team
OF_OWNER = Coalesce(F("lead__owner_id"), Value(0))
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
    whole, kind, name = EVERYBODY in scope.who, *scope.segment.partition(":")[::2]
    kind = kind if kind in ("trade", "source") else ""
    owners = [] if whole else [one for one in scope.who if one != NOBODY]
    rows = _rows(limit, kind, whole=whole, nobodys=NOBODY in scope.who)
    return [_row(row) for row in rows.all(now, *([name] if kind else []), *owners)]


@lru_cache(maxsize=32)
def _rows(limit: int, kind: str, *, whole: bool, nobodys: bool) -> Cells:
    """Takes the moment, the segment's name where there is a `kind`, and the owners."""

    def build(now: datetime, *given: Any) -> QuerySet[Any]:
        seen = Task.objects.filter(
            Q(snoozed_until=None) | Q(snoozed_until__lte=now),
            state=Task.State.OPEN,
            kind__in=KINDS,
            due_at__lte=now,
            lead__score__gte=HOT,
            lead__archived_at=None,
            lead__erased_at=None,
        )
        if not whole:
            people = [*(given[1:] if kind else given), *([0] if nobodys else [])]
            seen = seen.alias(of_owner=OF_OWNER).filter(of_owner__in=people)
        if kind:
            seen = seen.filter(**{f"lead__{kind}": given[0]})
        found = seen.annotate(since=SINCE).order_by("-lead__score", "since", "pk")
        return found.values_list(*COLUMNS)[:limit]

    return Cells(build)


def _row(row: Any) -> Waiting:
    task, kind, since, lead, first, last, email, phone, score, owner, owner_name = row
    name = Lead(pk=lead, first_name=first, last_name=last, email=email, phone=phone).name
    label = str(Task.Kind(kind).label)
    return Waiting(task, label, since, lead, name, score, owner, owner_name or "")
