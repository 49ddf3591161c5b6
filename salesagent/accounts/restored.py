"""After a restore nobody is let in who was not before it (lib.since): sessions end, and accounts
that were switched off since the backup was made are switched off again."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils.module_loading import import_string

from salesagent.accounts import audit
from salesagent.accounts.models import User


def present(database: bool) -> Iterator[dict[str, Any]]:
    if database:
        yield from User.objects.order_by("pk").values("id", "email", "role", "is_active")


def again(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = ["Everybody signs in again"] if Session.objects.all().delete()[0] else []
    for row in rows:
        user = User.objects.filter(pk=row["id"], email__iexact=row["email"], is_active=True).first()
        if user is None:
            continue
        if not row["is_active"]:
            lines.append(_switch_off(user))
        elif row["role"] != user.role:
            was = User.Role(row["role"]).label if row["role"] in User.Role.values else row["role"]
            lines.append(f"{user.email} is {user.get_role_display()} again, and was {was} since")
    return lines


def _switch_off(user: User) -> str:
    """Somebody has to be left who can start again."""
    owners = User.objects.filter(role=User.Role.OWNER, is_active=True)
    if user.role == User.Role.OWNER and not owners.exclude(pk=user.pk).exists():
        return f"{user.email} was switched off since, and is let in as the only owner. Look at that"
    User.objects.filter(pk=user.pk).update(is_active=False)
    for path in settings.HANDOVERS:
        import_string(path)(user, None)
    audit.note(None, "user.deactivated", f"user:{user.pk}")
    return f"{user.email} is switched off again, and their leads have no owner"
