"""Feedback belongs to the rep; others reach it only when it was shared. A stranger gets 404."""

from django.db.models import Q, QuerySet
from django.http import Http404

from coaching.models import Advice, Feedback, Play, Practice, Talk
from leads.access import seen_by
from salesagent.accounts.models import User, Workspace

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


# --- a team ---


def people(user: User) -> QuerySet[User]:
    """Whose work the user coaches: the own team's active people, everybody's for the owner."""
    rows = User.objects.filter(is_active=True).order_by("name", "pk")
    if user.is_owner:
        return rows
    if user.is_manager and user.team_id:
        return rows.filter(team=user.team_id).exclude(role=User.Role.OWNER)
    return rows.none()


def rep_for(user: User, pk: int) -> User:
    """Somebody whom the user coaches, or the user; Http404 for a stranger."""
    if pk == user.pk:
        return user
    found = people(user).filter(pk=pk).first() if pk < HIGHEST else None
    if found is None:
        raise Http404
    return found


def open_habits(user: User, ids: list[int]) -> set[int]:
    """Of these people: whose habits the user may see by name.

    The own ones; those who share them; everybody's while the owner has the leaderboard on.
    """
    if Workspace.current().leaderboard:
        return set(ids)
    shared = Practice.objects.filter(rep__in=ids, shared_at__isnull=False)
    return {*shared.values_list("pk", flat=True), user.pk} & set(ids)


def evidence(user: User) -> QuerySet[Talk]:
    """Talks of the user's people in threads that the user may open anyway, erased ones never."""
    rows = Talk.objects.filter(rep__in=people(user).values("pk"), event__redacted_at=None)
    return seen_by(rows, user)


def advice_for(user: User, pk: int) -> Advice:
    """Its author's, or the rep's once it was sent. Nobody else's, the owner included."""
    own = Q(author=user) & ~Q(state=Advice.State.DROPPED)
    mine = Q(rep=user, state=Advice.State.SENT)
    rows = Advice.objects.select_related("author", "rep").filter(own | mine)
    found = rows.filter(pk=pk).first() if pk < HIGHEST else None
    if found is None:
        raise Http404
    return found


def advice_to(rep: User, reader: User) -> QuerySet[Advice]:
    """Newest first: what the rep got, or what this author wrote to the rep."""
    rows = Advice.objects.select_related("author", "rep").filter(rep=rep)
    if reader.pk == rep.pk:
        return rows.filter(state=Advice.State.SENT)
    return rows.filter(author=reader).exclude(state=Advice.State.DROPPED)
