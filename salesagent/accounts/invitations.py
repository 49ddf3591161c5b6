"""Registration is by invitation: a one-time link of which only the hash is stored."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from salesagent.accounts import audit
from salesagent.accounts.models import Invitation, Team, User, Workspace


class InvitationError(Exception):
    """Why a link does not work, in words for the person who holds it."""


@dataclass(frozen=True)
class Invited:
    invitation: Invitation
    token: str


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def link(token: str) -> str:
    return f"{settings.SITE_URL}{reverse('accounts:register', args=[token])}"


@transaction.atomic
def invite(*, email: str, role: str, team: Team | None, by: User | None) -> Invited:
    """A new link, valid for INVITATION_DAYS.

    An older open one for the same address ends; a manager's new one ends only the manager's own.
    """
    now = timezone.now()
    open_ones = Invitation.objects.filter(email__iexact=email, accepted_at=None, revoked_at=None)
    if by is not None and not by.is_owner:
        open_ones = open_ones.filter(invited_by=by)
    open_ones.update(revoked_at=now)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email.lower(),
        role=role,
        team=team,
        token_hash=_hash(token),
        invited_by=by,
        expires_at=now + timedelta(days=settings.INVITATION_DAYS),
    )
    if by is not None:
        audit.note(by, "invitation.sent", f"invitation:{invitation.pk}", role=role)
    return Invited(invitation, token)


def find(token: str) -> Invitation:
    """The open invitation of a link; raises InvitationError with the reason."""
    invitation = Invitation.objects.filter(token_hash=_hash(token)).select_related("team").first()
    if invitation is None or invitation.revoked_at:
        raise InvitationError(
            "This link is not valid. Ask the person who invited you for a new one."
        )
    if invitation.accepted_at:
        raise InvitationError("This link was used already. Sign in instead.")
    if invitation.expires_at < timezone.now():
        raise InvitationError("This link is too old. Ask the person who invited you for a new one.")
    if not invitation.email and User.objects.filter(role=User.Role.OWNER, is_active=True).exists():
        raise InvitationError("This workspace has an owner. Sign in instead.")
    return invitation


@transaction.atomic
def accept(invitation: Invitation, *, name: str, email: str, password: str, time_zone: str) -> User:
    """Make the user; the link works once even when two requests race for it."""
    rows = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    if rows.update(accepted_at=timezone.now()) != 1:
        raise InvitationError("This link was used already. Sign in instead.")
    user = User.objects.create_user(
        invitation.email or email,
        password,
        name=name,
        role=invitation.role,
        team=invitation.team,
        time_zone=time_zone,
    )
    Invitation.objects.filter(pk=invitation.pk).update(accepted_by=user)
    if invitation.role == User.Role.OWNER and not Workspace.objects.exists():
        Workspace.objects.create(pk=1, time_zone=time_zone)
    audit.note(user, "user.registered", f"user:{user.pk}", role=user.role)
    return user


def revoke(invitation: Invitation, *, by: User) -> bool:
    rows = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    ended = rows.update(revoked_at=timezone.now()) == 1
    if ended:
        audit.note(by, "invitation.revoked", f"invitation:{invitation.pk}")
    return ended
