"""Changes to users that need care: role, team, leaving.

Upper layers hand a leaver's work over: functions named in wiring.HANDOVERS, called with the leaver
and the heir (or None) inside the transaction; each returns how many leads moved. What follows from
another role or team is in wiring.MEMBERS_CHANGED.
"""

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from salesagent.accounts import audit
from salesagent.accounts.models import Team, User


class PeopleError(Exception):
    """Why a change was refused, in words for the person who asked."""


@transaction.atomic
def change_role(user: User, *, role: str, team: Team | None, by: User) -> None:
    """Raises PeopleError when the workspace would be left without an active owner."""
    if user.is_owner and role != User.Role.OWNER and _last_owner(user):
        raise PeopleError("Somebody has to be the owner. Make another person owner first.")
    former = User.objects.values_list("team_id", flat=True).get(pk=user.pk)
    User.objects.filter(pk=user.pk).update(role=role, team=team)
    audit.note(by, "user.role_changed", f"user:{user.pk}", role=role, team=team and team.pk)
    for path in settings.MEMBERS_CHANGED:
        import_string(path)(User.objects.get(pk=user.pk), former)


@transaction.atomic
def deactivate(user: User, *, heir: User | None, by: User) -> int:
    """Close the account, end its sessions, hand its work to `heir`. Returns how much moved."""
    if user.pk == by.pk:
        raise PeopleError("You cannot close your own account.")
    if user.is_owner and _last_owner(user):
        raise PeopleError("Somebody has to be the owner. Make another person owner first.")
    if heir is not None and (not heir.is_active or heir.pk == user.pk):
        raise PeopleError("Choose an active person to take over the leads.")
    User.objects.filter(pk=user.pk).update(is_active=False)
    moved: int = sum(import_string(path)(user, heir) for path in settings.HANDOVERS)
    _end_sessions(user)
    audit.note(
        by, "user.deactivated", f"user:{user.pk}", heir=heir.pk if heir else None, moved=moved
    )
    return moved


def reactivate(user: User, *, by: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=True)
    audit.note(by, "user.reactivated", f"user:{user.pk}")


def _last_owner(user: User) -> bool:
    owners = User.objects.filter(role=User.Role.OWNER, is_active=True)
    return not owners.exclude(pk=user.pk).exists()


def _end_sessions(user: User) -> None:
    """Django checks is_active on each request; the rows go too: nothing is left to replay."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
