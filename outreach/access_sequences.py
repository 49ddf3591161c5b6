"""Whose sequences a user sees and may change. A stranger gets 404."""

from django.db.models import Q, QuerySet
from django.http import Http404

from leads.access import sees
from leads.family import keeper
from outreach.models import Enrollment, Sequence, Template
from salesagent.accounts.models import User


def sequences_for(user: User) -> QuerySet[Sequence]:
    """Own ones, the team's, and those the owner shares with everybody (no team)."""
    if user.is_owner:
        return Sequence.objects.all()
    seen = Q(owner=user) | Q(team=None, owner__role=User.Role.OWNER)
    if user.team_id:
        seen |= Q(team=user.team_id)
    return Sequence.objects.filter(seen)


def sequence_for(user: User, pk: int) -> Sequence:
    """The sequence, or Http404 when it does not exist for this user."""
    found = sequences_for(user).select_related("owner", "team").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def may_edit(user: User, sequence: Sequence) -> bool:
    """Reps change their own, managers their team's, the owner all."""
    if user.is_owner or sequence.owner_id == user.pk:
        return True
    return user.is_manager and bool(user.team_id) and sequence.team_id == user.team_id


def editable_for(user: User, pk: int) -> Sequence:
    """The sequence if `user` may change it, else Http404."""
    sequence = sequence_for(user, pk)
    if not may_edit(user, sequence):
        raise Http404
    return sequence


def template_for(pk: int) -> Template:
    """Templates are everybody's to read. Raises Http404."""
    template = Template.objects.filter(pk=pk).select_related("owner").first()
    if template is None:
        raise Http404
    return template


def enrollment_for(user: User, pk: int) -> Enrollment:
    """The enrolment of a lead this user may see, else Http404. A merged one is the keeper's."""
    found = Enrollment.objects.select_related("lead", "sequence").filter(pk=pk).first()
    if found is None or found.lead.erased_at or not sees(user, keeper(found.lead)):
        raise Http404
    return found
