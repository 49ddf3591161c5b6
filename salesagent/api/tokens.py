"""Keys to the API: made, found, taken back. Only a keyed hash is stored; the words are shown once.

A token acts for its user and sees what that user sees. A machine token never carries `approve`.
"""

import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from salesagent.accounts import audit
from salesagent.accounts.models import User
from salesagent.api.models import ApiToken
from salesagent.api.scopes import PERSONAL, SCOPES
from salesagent.lib.crypto import keyed_hash
from salesagent.lib.text import one_line

MARK = "sa_"
SHAPE = re.compile(r"sa_[0-9a-f]{48}", re.ASCII)
SHOWN = 10  # first letters that stay readable
USED_EVERY = timedelta(minutes=1)  # how exact `last_used_at` is
MOST = 50  # of one person


class TokenError(Exception):
    """Why there is no token, in plain words; `field` says where."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def _hash(words: str) -> str:
    return keyed_hash(words, purpose="api.token")


def active(now: datetime) -> Q:
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))


@transaction.atomic
def make(
    user: User,
    *,
    name: str,
    scopes: Iterable[str],
    machine: bool = True,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """The token and its words, which nobody can read again. Raises TokenError."""
    name = one_line(name, 80)
    chosen = [code for code in SCOPES if code in set(scopes)]
    if not name:
        raise TokenError("Give it a name, such as the program that uses it.", "name")
    if not chosen:
        raise TokenError("Choose at least one thing that it may do.", "scopes")
    if machine and PERSONAL & set(chosen):
        raise TokenError("A program never approves. Make a token of your own for that.", "scopes")
    if user.api_tokens.filter(active(timezone.now())).count() >= MOST:
        raise TokenError(f"There are {MOST} tokens already. Take one back first.")
    words = MARK + secrets.token_hex(24)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=words[:SHOWN],
        hash=_hash(words),
        scopes=chosen,
        machine=machine,
        expires_at=expires_at,
    )
    audit.note(user, "api.token_made", str(token.pk), scopes=chosen, machine=machine)
    return token, words


def find(words: str) -> ApiToken | None:
    """The token with its user, if both may still be used. One query."""
    if not SHAPE.fullmatch(words):
        return None
    rows = ApiToken.objects.filter(active(timezone.now()), hash=_hash(words))
    return rows.filter(user__is_active=True).select_related("user__team").first()


def note_use(token: ApiToken) -> None:
    """Keep when it was used last; most calls write nothing."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def tokens_for(user: User) -> QuerySet[ApiToken]:
    """One's own; the owner sees everybody's."""
    rows = ApiToken.objects.select_related("user")
    return rows if user.is_owner else rows.filter(user=user)


def revoke_all(user: User, by: User | None) -> int:
    """All of one person's; how many opened something until now."""
    rows = user.api_tokens.filter(active(timezone.now()))
    ended = list(rows.values_list("pk", flat=True))
    for pk in ended:
        audit.note(by, "api.token_revoked", str(pk))
    return ApiToken.objects.filter(pk__in=ended).update(revoked_at=timezone.now())


@transaction.atomic
def hand_over(leaver: User, _heir: User | None) -> int:
    """An account is closed: its tokens end, also for the day when it is opened again. Returns 0:
    no lead moved."""
    revoke_all(leaver, None)
    return 0


def beside_password(user: User) -> tuple[str, dict[str, object]]:
    """A new password ends no token: how many there are, and the way to take them back."""
    count = user.api_tokens.filter(active(timezone.now())).count()
    return "settings/_password_tokens.html", {"tokens": count}


def revoke(token: ApiToken, user: User) -> bool:
    """From now on it opens nothing. False when that was so already."""
    rows = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
    if not rows.update(revoked_at=timezone.now()):
        return False
    audit.note(user, "api.token_revoked", str(token.pk))
    return True
