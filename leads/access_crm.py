"""Who sees what of a sync: managers and the owner, and each only the leads that are theirs."""

from django.db.models import Q, QuerySet
from django.http import Http404

from leads.access import leads_for
from leads.models import SyncChange, SyncConflict, SyncRun
from leads.services import crm_conflicts
from salesagent.accounts.access import visible_user_ids
from salesagent.accounts.models import User


def run_for(user: User, provider: str, pk: int) -> SyncRun:
    """A run holds numbers only; its rows are another matter."""
    rows = SyncRun.objects.filter(provider=provider, pk=pk).select_related("user", "job")
    run = rows.first() if user.is_manager else None
    if run is None:
        raise Http404
    return run


def changes_for(user: User, run: SyncRun) -> QuerySet[SyncChange]:
    """The rows of a diff. What belongs to no lead yet, and companies, only the owner sees."""
    rows = SyncChange.objects.filter(run=run)
    if visible_user_ids(user) is None:
        return rows
    mine = leads_for(user).values("pk")
    return rows.filter(Q(lead__in=mine) | Q(deal__lead__in=mine))


def conflicts_for(user: User, provider: str) -> QuerySet[SyncConflict]:
    """Open ones, in the order in which they came up."""
    rows = crm_conflicts.open_ones(provider)
    rows = rows.select_related("link__lead", "link__company", "link__deal__lead")
    if visible_user_ids(user) is None:
        return rows.order_by("pk")
    mine = leads_for(user).values("pk")
    seen = Q(link__lead__in=mine) | Q(link__deal__lead__in=mine)
    return rows.filter(seen).order_by("pk")


def conflict_for(user: User, provider: str, pk: int) -> SyncConflict:
    """Settled ones too: an answer that came twice is told so."""
    if not user.is_owner:
        raise Http404
    rows = SyncConflict.objects.filter(link__provider=provider, pk=pk)
    found = rows.select_related("link__lead", "link__company", "link__deal__lead").first()
    if found is None:
        raise Http404
    return found
