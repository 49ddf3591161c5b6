"""Sign-in with HubSpot: the address to send people to, the exchange of their code, new tokens.

As developers.hubspot.com/docs/api-reference, "Manage OAuth access tokens", describes it: everything
that is secret goes in the body. Tokens live for half an hour; accounts.oauth renews them.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from leads.crm.hubspot_api import VERSION
from salesagent.accounts import connections
from salesagent.accounts.models import Connection
from salesagent.accounts.oauth import OAuthError, Provider
from salesagent.lib import http

SERVICE = "hubspot"
OBJECTS = ("contacts", "companies", "deals")
SCOPES = (
    "oauth",
    "crm.objects.owners.read",
    *(f"crm.objects.{name}.{right}" for name in OBJECTS for right in ("read", "write")),
    *(f"crm.schemas.{name}.{right}" for name in OBJECTS for right in ("read", "write")),
)
OPTIONAL = ("subscriptions-status-write", "sales-email-read")  # opt-outs; e-mails in the timeline
now: Callable[[], float] = time.time  # tests put their own here


@dataclass(frozen=True)
class Start:
    """Where to send the person, and what must be remembered until they come back."""

    url: str
    state: str = field(repr=False)


@dataclass(frozen=True)
class Grant:
    account: str
    scopes: list[str]
    secret: dict[str, str] = field(repr=False)


def configured() -> bool:
    return bool(settings.HUBSPOT_CLIENT_ID and settings.HUBSPOT_CLIENT_SECRET)


def start(redirect_uri: str) -> Start:
    state = secrets.token_urlsafe(32)
    query = {
        "client_id": settings.HUBSPOT_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "scope": " ".join(SCOPES),
        "optional_scope": " ".join(OPTIONAL),
        "state": state,
    }
    return Start(f"{settings.SERVICE_URLS['hubspot_auth']}?{urlencode(query)}", state)


def finish(code: str, redirect_uri: str) -> Grant:
    """The code for tokens. Raises OAuthError with what to do."""
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    try:
        found = _token_call(body, "", again=False)
    except OAuthError as error:
        if not error.revoked:
            raise
        text = "HubSpot's answer was used already or is too old. Connect again."
        raise OAuthError(text, permanent=True) from None
    account = str(found.get("hub_id") or "")
    if not (account.isdecimal() and len(account) < 20 and found.get("refresh_token")):
        text = "HubSpot did not say clearly whose account this is. Connect again."
        raise OAuthError(text, permanent=True)
    scopes = found.get("scopes")
    return Grant(
        account=account,
        scopes=[str(one) for one in scopes] if isinstance(scopes, list) else [],
        secret={**_secret(found), "refresh_token": str(found["refresh_token"])},
    )


def connect(grant: Grant) -> Connection:
    """Store the sign-in; what the owner had set for this account stays."""
    old = Connection.objects.filter(service=SERVICE, account=grant.account, user=None).first()
    kept = {**(old.settings if old else {}), "signed_in_at": f"{now():.0f}"}
    for other in connections.of_service(SERVICE).filter(user=None).exclude(account=grant.account):
        connections.switch_off(other)  # one account at a time
    return connections.save(
        SERVICE, account=grant.account, secret=grant.secret, settings=kept, scopes=grant.scopes
    )


def refresh(refresh_token: str, account: str) -> Mapping[str, str]:
    """A new access token; `revoked` when this refresh token will never work again."""
    body = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    found = _token_call(body, account, again=True)
    secret = _secret(found)
    if found.get("refresh_token"):
        secret["refresh_token"] = str(found["refresh_token"])
    return secret


def revoke(token: str) -> bool:
    """Tell HubSpot that we no longer use it; False when it could not be told."""
    hint = {"token": token, "token_type_hint": "refresh_token"}
    try:
        return _post("/revoke", {**hint, **_client()}, "", again=True).ok
    except http.HttpFault:
        return False


def _token_call(body: Mapping[str, str], account: str, *, again: bool) -> dict[str, Any]:
    try:
        answer = _post("", {**body, **_client()}, account, again=again)
        found = answer.json()
    except http.HttpFault as fault:
        raise OAuthError(f"{fault} Try again in a minute.", permanent=False) from None
    if answer.ok and isinstance(found, dict) and found.get("access_token"):
        return found
    raise _refusal(answer.status, found)


def _post(path: str, body: Mapping[str, str], account: str, *, again: bool) -> http.Answer:
    base = settings.SERVICE_URLS["hubspot"].rstrip("/")
    return http.call(
        "POST",
        f"{base}/oauth/{VERSION}/token{path}",
        service="HubSpot sign-in",
        account=account,
        data=body,
        idempotent=again,
        allow_hosts={urlsplit(base).netloc},
    )


def _client() -> dict[str, str]:
    return {
        "client_id": settings.HUBSPOT_CLIENT_ID,
        "client_secret": settings.HUBSPOT_CLIENT_SECRET,
    }


def _refusal(status: int, found: Any) -> OAuthError:
    """Both RFC 6749's codes and HubSpot's own. Its text is not repeated: it may name tokens."""
    body = found if isinstance(found, dict) else {}
    codes = {str(body.get(name) or "").lower() for name in ("error", "status", "category")}
    if codes & {"invalid_grant", "bad_refresh_token", "bad_auth_code"}:
        text = "HubSpot has ended this sign-in: the app was removed there, or access withdrawn."
        return OAuthError(text, permanent=True, revoked=True)
    if codes & {"invalid_client", "bad_client", "bad_client_id", "bad_client_secret"}:
        text = (
            "HubSpot does not accept this installation's client ID and secret. Whoever runs it "
            "checks HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET."
        )
        return OAuthError(text, permanent=True)
    if codes & {"redirect_uri_mismatch", "bad_redirect_uri"}:
        text = "The redirect address is not entered in the HubSpot app (docs/hubspot.md)."
        return OAuthError(text, permanent=True)
    text = f"HubSpot gave no access just now (HTTP {status}). Try again in a minute."
    return OAuthError(text, permanent=False)


def _secret(found: Mapping[str, Any]) -> dict[str, str]:
    life = found.get("expires_in")
    seconds = float(life) if isinstance(life, int | float) and life > 0 else 1800.0
    return {"access_token": str(found["access_token"]), "expires_at": f"{now() + seconds:.0f}"}


PROVIDER = Provider("HubSpot", lambda token, account: refresh(token, account), revoke)
