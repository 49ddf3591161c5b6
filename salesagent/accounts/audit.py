"""The audit trail's one door."""

from django.contrib.auth.models import AnonymousUser

from salesagent.accounts.models import AuditEntry, User

ACTIONS = {
    "login": "Signed in",
    "password.reset": "Set a new password by mail",
    "user.registered": "Registered",
    "user.role_changed": "Changed role or team",
    "user.reactivated": "Let in again",
    "invitation.sent": "Invited",
    "invitation.revoked": "Took back an invitation",
    "coaching.habits_shared": "Showed own habits to the manager",
    "coaching.habits_private": "Made own habits private",
    "settings.changed": "Changed settings",
    "form.confirmation": "Changed the confirmation mail",
    "leads.exported": "Exported leads",
    "suppression.looked_up": "Looked up the do-not-contact list",
    "suppression.exported": "Exported the do-not-contact list",
    "suppression.lifted": "Took off the do-not-contact list",
}


def words(action: str) -> str:
    """What somebody did, in words: "team.made" -> "Team made" where nothing better is known."""
    return ACTIONS.get(action) or action.replace(".", " ").replace("_", " ").capitalize()


def note(user: User | AnonymousUser | None, action: str, target: str = "", **data: object) -> None:
    """Add a line: note(user, "leads.exported", rows=12). Ids and counts, nothing personal."""
    who = user if isinstance(user, User) else None
    AuditEntry.objects.create(user=who, action=action, target=target, data=data)
