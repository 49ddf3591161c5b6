"""Hot leads that wait for a person: they wrote or gave a sign, and the line of Today is open."""

from datetime import datetime
from typing import Any, cast

from django.db.models import Q, QuerySet

from analytics.access import EVERYBODY, NOBODY, Scope
from leads.access import seen_by
from outreach.models import Task
from salesagent.accounts.models import User

HOT = 75  # as the score's word has it
KINDS = (Task.Kind.ANSWER, Task.Kind.ENQUIRY, Task.Kind.MOMENT)


def waiting(user: User, scope: Scope, now: datetime, limit: int = 5) -> list[Task]:
    """The hottest first, then who waits longest. What is snoozed does not wait."""
    found = Task.objects.filter(state=Task.State.OPEN, kind__in=KINDS, lead__score__gte=HOT)
    found = found.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now), due_at__lte=now)
    seen = cast(QuerySet[Any], seen_by(found, user)).filter(lead__archived_at=None)
    if EVERYBODY not in scope.who:
        mine = Q(lead__owner_id__in=[one for one in scope.who if one != NOBODY])
        seen = seen.filter(mine | Q(lead__owner=None) if NOBODY in scope.who else mine)
    kind, _, name = scope.segment.partition(":")
    if kind in ("trade", "source"):
        seen = seen.filter(**{f"lead__{kind}": name})
    order = ("-lead__score", "due_at", "pk")
    return list(seen.select_related("lead", "owner").order_by(*order)[:limit])
