"""What every page knows: the user's choices, the counts beside the navigation, demo or not."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from salesagent.accounts import nav
from salesagent.accounts.models import User


def page(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"demo": settings.DEMO, "theme": "auto"}
    return {
        "demo": settings.DEMO,
        "theme": user.theme,
        "nav": SimpleLazyObject(lambda: nav.counts(user)),
        "is_htmx": request.headers.get("HX-Request") == "true",
    }
