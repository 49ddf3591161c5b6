"""Deals that run, of the people and the segment of a scope."""

from django.db.models import Q, QuerySet

from analytics.access import EVERYBODY, NOBODY, Scope
from leads.access import seen_by
from leads.models import Deal
from leads.models.deal import RUNNING
from salesagent.accounts.models import User


def open_deals(user: User, scope: Scope) -> QuerySet[Deal]:
    """Those of them that the user sees."""
    rows = Deal.objects.filter(stage__in=RUNNING, lead__archived_at=None, lead__erased_at=None)
    if EVERYBODY not in scope.who:
        whose = Q(lead__owner__in=[who for who in scope.who if who > 0])
        rows = rows.filter(whose | Q(lead__owner=None) if NOBODY in scope.who else whose)
    kind, _, name = scope.segment.partition(":")
    if kind:
        rows = rows.filter(**{f"lead__stat_path__{kind}": name})
    return seen_by(rows, user)
