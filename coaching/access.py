"""Feedback belongs to the rep; others reach it only when it was shared. A stranger gets 404."""

from django.db.models import Q, QuerySet
from django.http import Http404

from coaching.models import Feedback, Play
from salesagent.accounts.models import User

PARTS = ("lead", "event", "play", "rep")
HIGHEST = 2**31


def mine(user: User) -> QuerySet[Feedback]:
    rows = Feedback.objects.filter(rep=user, lead__erased_at=None)
    return rows.select_related(*PARTS)


def shared_with(user: User) -> QuerySet[Feedback]:
    """What reps shared: with managers of their team and with the owner. Nothing for reps."""
    rows = Feedback.objects.filter(shared_at__isnull=False, lead__erased_at=None)
    rows = rows.select_related(*PARTS)
    if user.is_owner:
        return rows
    if user.is_manager and user.team_id:
        return rows.filter(rep__team=user.team_id)
    return rows.none()


def own_feedback(user: User, pk: int) -> Feedback:
    """The rep's own card, or Http404: to mark, dismiss or share it."""
    return _one(mine(user), pk)


def seen_feedback(user: User, pk: int) -> Feedback:
    """An own card, or a shared one; Http404 else."""
    ids = shared_with(user).values("pk")
    both = Feedback.objects.filter(Q(rep=user) | Q(pk__in=ids), lead__erased_at=None)
    return _one(both.select_related(*PARTS), pk)


def _one(rows: QuerySet[Feedback], pk: int) -> Feedback:
    found = rows.filter(pk=pk).first() if pk < HIGHEST else None
    if found is None:
        raise Http404
    return found


def play_for(pk: int) -> Play:
    """The playbook belongs to everybody who works here."""
    found = Play.objects.select_related("root", "author").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
