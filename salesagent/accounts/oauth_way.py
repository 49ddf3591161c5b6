"""The way to Google and back, for every page that connects a Google account.

What must be remembered until the person is back lies in the session under the page's own `key`; it
serves once, for ten minutes, in that session only.
"""

import re
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from salesagent.accounts import oauth_google
from salesagent.accounts.access import current
from salesagent.accounts.oauth import OAuthError

LIFE = 600.0  # seconds from leaving to coming back
EXPIRED = "This way back from Google is not valid any more. It serves once, for ten minutes."


class NotOurs(OAuthError):
    """Whoever comes back did not leave from here, or too long ago."""

    def __init__(self) -> None:
        super().__init__(EXPIRED, permanent=True)


def leave(
    request: HttpRequest,
    key: str,
    redirect_uri: str,
    scopes: list[str],
    *,
    account: str,
    now: float,
    **more: Any,
) -> str:
    """Google's address with a state that only this session knows. `more` comes back by `kept`."""
    begin = oauth_google.start(redirect_uri, scopes, account)
    request.session[key] = {
        "state": begin.state,
        "verifier": begin.verifier,
        "user": current(request).pk,
        "at": now,
        **more,
    }
    return begin.url


def kept(request: HttpRequest, key: str, now: float) -> dict[str, Any]:
    """What was remembered, used up by this. Raises NotOurs."""
    found = request.session.pop(key, None)
    if not isinstance(found, dict) or found.get("user") != current(request).pk:
        raise NotOurs
    if not 0 <= now - found["at"] <= LIFE:
        raise NotOurs
    if not constant_time_compare(found["state"], request.GET.get("state", "")):
        raise NotOurs
    return found


def grant(request: HttpRequest, found: dict[str, Any], redirect_uri: str) -> oauth_google.Grant:
    """What the person gave. Raises OAuthError with what to do."""
    if error := request.GET.get("error", ""):
        raise OAuthError(declined(error), permanent=True)
    code = request.GET.get("code", "")[:2000]
    return oauth_google.finish(code, found["verifier"], redirect_uri)


def declined(error: str) -> str:
    """Error codes of RFC 6749, section 4.1.2.1, and Google's own."""
    if error == "access_denied":
        return "You did not give access. Nothing was changed."
    if error in ("admin_policy_enforced", "org_internal"):
        return "The administrator of your Google Workspace has to allow this app first."
    code = error if re.fullmatch(r"[a-z_]{1,40}", error) else "unknown"
    return f"Google did not let you through ({code}). Try again in a minute."
