"""The way to HubSpot's sign-in and back. Only the owner goes it; an answer serves once."""

import re
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leads.services import crm_connect, hubspot_oauth
from leads.services.hubspot_oauth import SERVICE
from salesagent.accounts.access import current, role_required
from salesagent.accounts.models import User
from salesagent.accounts.oauth import OAuthError
from salesagent.lib import toast

KEY = "hubspot_sign_in"
LIFE = 600.0  # seconds from leaving to coming back
owner_only = role_required(User.Role.OWNER)
now: Callable[[], float] = time.time  # tests put their own here


@never_cache
@require_safe
@owner_only
def go(request: HttpRequest) -> HttpResponse:
    """To HubSpot, with a state that only this session knows."""
    if not hubspot_oauth.configured():
        toast.warn(request, "Sign-in with HubSpot is not set up here. Use a private app's token.")
        return redirect("leads:crm_connect", SERVICE)
    begin = hubspot_oauth.start(_redirect_uri())
    request.session[KEY] = {"state": begin.state, "user": current(request).pk, "at": now()}
    return redirect(begin.url)


@never_cache
@require_safe
@owner_only
def callback(request: HttpRequest) -> HttpResponse:
    kept = request.session.pop(KEY, None)
    problem = _problem(request, kept)
    if not problem:
        try:
            grant = hubspot_oauth.finish(request.GET.get("code", "")[:2000], _redirect_uri())
            row = crm_connect.hubspot_grant(current(request), grant)
        except (OAuthError, crm_connect.ConnectError) as error:
            problem = str(error)
    if problem:
        toast.warn(request, problem)
        return redirect("leads:crm_connect", SERVICE)
    toast.show(request, f"HubSpot account {row.account} is connected. Nothing was synced yet.")
    missing = "basis" not in row.settings
    return redirect("leads:crm_choices" if missing else "leads:crm", SERVICE)


def _problem(request: HttpRequest, kept: Any) -> str:
    if not _ours(request, kept):
        return "This way back from HubSpot is not valid any more. It serves once, for ten minutes."
    error = request.GET.get("error", "")
    if error == "access_denied":
        return "You did not give access. Nothing was changed."
    if error:
        code = error if re.fullmatch(r"[a-z_]{1,40}", error) else "unknown"
        return f"HubSpot did not let you through ({code}). Try again in a minute."
    return ""


def _ours(request: HttpRequest, kept: Any) -> bool:
    if not isinstance(kept, dict) or kept.get("user") != current(request).pk:
        return False
    if not 0 <= now() - kept["at"] <= LIFE:
        return False
    return constant_time_compare(kept["state"], request.GET.get("state", ""))


def _redirect_uri() -> str:
    return str(settings.SITE_URL) + reverse("leads:hubspot_callback")
