"""The audit trail's one door."""

from collections.abc import Mapping

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


MOST = 4
# what stands beside a line of the log -> the word before it
TOLD = {
    **{"channel": "", "currency": "", "kind": "", "time": "for", "first_day": "from"},
    **{"forgotten": "removed, number", "rows": "rows", "rules": "rules", "version": "version"},
}


def words(action: str) -> str:
    """What somebody did, in words: "team.made" -> "Team made" where nothing better is known."""
    return ACTIONS.get(action) or action.replace(".", " ").replace("_", " ").capitalize()


def about(target: str, data: Mapping[str, object], names: Mapping[str, str]) -> str:
    """What it was done to, with what of it is known: "Leaderboard, on". `names`: of people."""
    shown = names.get(target) or target.replace(":", " ").replace("_", " ").capitalize()
    return ", ".join([shown, *_facts(data)] if shown else _facts(data))


def _facts(data: Mapping[str, object]) -> list[str]:
    """In a few words; without what only a program reads."""
    found = []
    for name, value in list(data.items())[:MOST]:
        if isinstance(value, bool):
            found.append(("on" if value else "off") if name == "on" else "")
        elif isinstance(value, list) and name == "fields":
            found.append(" ".join(str(one) for one in value[:MOST]))
        elif isinstance(value, str | int | float) and name in TOLD:
            found.append(f"{TOLD[name]} {value}".strip())
    return [one.replace("_", " ")[:80] for one in found if one]


def note(user: User | AnonymousUser | None, action: str, target: str = "", **data: object) -> None:
    """Add a line: note(user, "leads.exported", rows=12). Ids and counts, nothing personal."""
    who = user if isinstance(user, User) else None
    AuditEntry.objects.create(user=who, action=action, target=target, data=data)
