"""The numbers beside the navigation, and a word that changes when one of them does."""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from salesagent.accounts.models import User

LIVE = ("today", "approvals", "notices")  # what open pages follow


def counts(user: User) -> dict[str, Any]:
    """What each app counts (NAV_COUNTS in wiring); `sig` is for the pages that follow them."""
    found: dict[str, Any] = {}
    for path in settings.NAV_COUNTS:
        found.update(import_string(path)(user))
    return found | {"sig": "-".join(str(found.get(name, 0)) for name in LIVE)}
