"""What may be wrong with how a lead is worked on: filters of the list (leads.services.looks)."""

from datetime import timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from leads.models import Lead
from leads.selectors.look_filter import Look
from outreach.models import Task
from outreach.services.limits import WEEK, reached
from salesagent.accounts.models import Workspace

WAITS = timedelta(days=1)
ANSWERS = (Task.Kind.ANSWER, Task.Kind.ENQUIRY)


def unanswered(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """They wrote more than a day ago, and the task to answer is still open."""
    waiting = Task.objects.filter(kind__in=ANSWERS, state=Task.State.OPEN)
    written = Coalesce("event__occurred_at", "created_at")  # the line may be younger than the word
    old = waiting.alias(written=written).filter(written__lt=timezone.now() - WAITS)
    return leads.filter(pk__in=old.order_by().values("lead"))


def saturated_companies() -> list[int]:
    """Companies with as many touches in the last seven days as the limit allows, or more."""
    limit = Workspace.current().company_touches_per_week
    rows = reached(timezone.now() - WEEK).filter(lead__company__isnull=False)
    found = rows.order_by().values_list("lead__company").annotate(n=Count("pk"))
    return list(found.filter(n__gte=max(limit, 1)).values_list("lead__company", flat=True))


def saturated(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    return leads.filter(company__in=saturated_companies())


LOOKS = [
    Look("unanswered", "Wrote over a day ago, no answer", unanswered),
    Look("saturated", "Company at its weekly limit", saturated),
]
