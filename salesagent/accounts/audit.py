"""The audit trail's one door."""

from django.contrib.auth.models import AnonymousUser

from salesagent.accounts.models import AuditEntry, User


def note(user: User | AnonymousUser | None, action: str, target: str = "", **data: object) -> None:
    """Add a line: note(user, "leads.exported", rows=12). Ids and counts, nothing personal."""
    who = user if isinstance(user, User) else None
    AuditEntry.objects.create(user=who, action=action, target=target, data=data)
