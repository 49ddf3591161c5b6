"""Whose corrections and decisions a user sees."""

from django.db.models import Q, QuerySet
from django.http import Http404

from leads.access import seen_by
from leads.models import Correction, Decision
from salesagent.accounts.access import visible_user_ids
from salesagent.accounts.models import User


def corrections_for(user: User) -> QuerySet[Correction]:
    """Of the people whose work the user sees; a rep's own without a team view.

    What somebody says of private feedback is theirs alone: it would tell what stood in it.
    """
    ids = visible_user_ids(user)
    private = Q(kind=Correction.Kind.HINT, subject__startswith="feedback ") & ~Q(by=user)
    rows = Correction.objects.exclude(private)
    return rows if ids is None else rows.filter(by__in=ids if user.is_manager else [user.pk])


def correction_for(user: User, pk: int) -> Correction:
    found = corrections_for(user).filter(pk=pk).select_related("lead").first()
    if found is None:
        raise Http404
    return found


def decisions_for(user: User) -> QuerySet[Decision]:
    """About leads that the user sees; those about no lead belong to managers and the owner."""
    about_leads = seen_by(Decision.objects.all(), user)
    if not user.is_manager and not user.is_owner:
        return about_leads
    return Decision.objects.filter(Q(pk__in=about_leads.values("pk")) | Q(lead=None))


def decision_for(user: User, pk: int) -> Decision:
    found = decisions_for(user).filter(pk=pk).select_related("lead").first()
    if found is None:
        raise Http404
    return found
