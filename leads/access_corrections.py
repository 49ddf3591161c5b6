"""Whose corrections and decisions a user sees."""

from django.db.models import Q, QuerySet
from django.http import Http404

from leads.access import seen_by
from leads.models import Correction, Decision
from salesagent.accounts.access import visible_user_ids
from salesagent.accounts.models import User


def corrections_for(user: User) -> QuerySet[Correction]:
    """Of the people whose work the user sees; a rep's own without a team view."""
    ids = visible_user_ids(user)
    if ids is None:
        return Correction.objects.all()
    return Correction.objects.filter(by__in=ids if user.is_manager else [user.pk])


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
