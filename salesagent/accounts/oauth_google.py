"""Sign-in with Google: the address to send people to, the exchange of their code, new tokens.

RFC 6749 with PKCE (RFC 7636, S256), as developers.google.com/identity/protocols/oauth2/web-server
describes it. The question is google-auth-oauthlib's; the exchange goes through lib.http, which has
its own timeouts, follows no redirect and puts no secret into an error, and which needs no
environment switches for the whole process.
"""

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from salesagent.accounts.oauth import TESTING_DAYS, OAuthError, Provider
from salesagent.lib import http

IDENTITY = ("openid", "email")
AUTHORIZE = "https://accounts.google.com/o/oauth2/v2/auth"
ISSUERS = ("accounts.google.com", "https://accounts.google.com")
REAL_TOKEN_HOST = "oauth2.googleapis.com"  # noqa: S105  a host

now: Callable[[], float] = time.time  # tests put their own here


@dataclass(frozen=True)
class Start:
    """Where to send the person, and what must be remembered until they come back."""

    url: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class Grant:
    """What they gave. `ends_in`: seconds until the sign-in itself runs out, where Google says."""

    account: str
    scopes: list[str]
    secret: dict[str, str] = field(repr=False)
    ends_in: float | None = None


@dataclass(frozen=True)
class Fresh:
    secret: dict[str, str] = field(repr=False)


def configured() -> bool:
    return bool(settings.GOOGLE_CLIENT_ID and settings.GOOGLE_CLIENT_SECRET)


def start(redirect_uri: str, scopes: Sequence[str], account: str = "") -> Start:
    """`account`: the address to offer on Google's page. `consent` is always asked for, since
    Google gives a refresh token only then. State and PKCE verifier are google-auth-oauthlib's."""
    from google_auth_oauthlib.flow import Flow  # 12 MB: only where somebody connects

    client = {
        "client_id": settings.GOOGLE_CLIENT_ID,
        "client_secret": settings.GOOGLE_CLIENT_SECRET,
        "auth_uri": AUTHORIZE,
        "token_uri": settings.SERVICE_URLS["google_token"],
    }
    asked = [*IDENTITY, *scopes]
    flow = Flow.from_client_config({"web": client}, scopes=asked, redirect_uri=redirect_uri)
    hint = {"login_hint": account} if account else {}
    url, state = flow.authorization_url(access_type="offline", prompt="consent", **hint)
    query = str(url).partition("?")[2]  # the page itself is a setting: another one in tests
    return Start(f"{settings.SERVICE_URLS['google_auth']}?{query}", state, flow.code_verifier)


def finish(code: str, verifier: str, redirect_uri: str) -> Grant:
    """The code for tokens. Raises OAuthError with what to do."""
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect_uri,
    }
    try:
        found = _token_call(body, "", again=False)
    except OAuthError as error:
        if not error.revoked:
            raise
        text = "Google's answer was used already or is too old. Connect again."
        raise OAuthError(text, permanent=True) from None
    if not found.get("refresh_token"):
        raise OAuthError(
            "Google gave no lasting sign-in. Remove SalesAgent at "
            "myaccount.google.com/connections and connect again.",
            permanent=True,
        )
    ends = found.get("refresh_token_expires_in")
    return Grant(
        account=_account(str(found.get("id_token") or "")),
        scopes=str(found.get("scope") or "").split(),
        secret={**_secret(found), "refresh_token": str(found["refresh_token"])},
        ends_in=float(ends) if isinstance(ends, int | float) and ends > 0 else None,
    )


def refresh(refresh_token: str, account: str) -> Fresh:
    """A new access token; `revoked` when this refresh token will never work again."""
    found = _token_call(
        {"grant_type": "refresh_token", "refresh_token": refresh_token}, account, again=True
    )
    secret = _secret(found)
    if found.get("refresh_token"):
        secret["refresh_token"] = str(found["refresh_token"])
    return Fresh(secret)


def revoke(token: str) -> bool:
    """Tell Google that we no longer use it; False when it could not be told."""
    url = settings.SERVICE_URLS["google_revoke"]
    try:
        answer = http.call(
            "POST", url, service="google", data={"token": token}, idempotent=True,
            allow_hosts={urlsplit(url).netloc},
        )  # fmt: skip
    except http.HttpFault:
        return False
    return answer.ok


def _token_call(body: Mapping[str, str], account: str, *, again: bool) -> dict[str, Any]:
    url = settings.SERVICE_URLS["google_token"]
    client = {
        "client_id": settings.GOOGLE_CLIENT_ID,
        "client_secret": settings.GOOGLE_CLIENT_SECRET,
    }
    try:
        answer = http.call(
            "POST", url, service="Google sign-in", account=account, data={**body, **client},
            idempotent=again, allow_hosts={urlsplit(url).netloc},
        )  # fmt: skip
        found = answer.json()
    except http.HttpFault as fault:
        raise OAuthError(f"{fault} Try again in a minute.", permanent=False) from None
    if answer.ok and isinstance(found, dict) and found.get("access_token"):
        return found
    raise _refusal(answer.status, found)


def _refusal(status: int, found: Any) -> OAuthError:
    """RFC 6749, section 5.2. Google's own description is not repeated: it may name tokens."""
    code = str(found.get("error") or "") if isinstance(found, dict) else ""
    if code == "invalid_grant":
        return OAuthError(
            "Google has ended this sign-in (access was withdrawn, the password changed, or it ran "
            "out).",
            permanent=True,
            revoked=True,
        )
    if code in ("invalid_client", "unauthorized_client", "deleted_client", "org_internal"):
        return OAuthError(
            "Google does not accept this installation's client ID and secret. Whoever runs it "
            "checks GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.",
            permanent=True,
        )
    if code == "redirect_uri_mismatch":
        return OAuthError(
            "The redirect address is not entered in the Google app (docs/gmail.md, step 4).",
            permanent=True,
        )
    return OAuthError(
        f"Google gave no access just now (HTTP {status}). Try again in a minute.", permanent=False
    )


def _secret(found: Mapping[str, Any]) -> dict[str, str]:
    life = found.get("expires_in")
    seconds = float(life) if isinstance(life, int | float) and life > 0 else 3600.0
    return {"access_token": str(found["access_token"]), "expires_at": f"{now() + seconds:.0f}"}


def _account(id_token: str) -> str:
    """The signed-in address. The token comes straight from Google over TLS, which stands in for
    its signature (OpenID Connect Core, 3.1.3.7, point 6); audience, issuer and time are checked."""
    claims = _claims(id_token)
    host = urlsplit(settings.SERVICE_URLS["google_token"]).netloc
    issuer = str(claims.get("iss") or "")
    known = issuer in ISSUERS if host == REAL_TOKEN_HOST else urlsplit(issuer).netloc == host
    audience = claims.get("aud")
    ours = settings.GOOGLE_CLIENT_ID
    fits = audience == ours or (isinstance(audience, list) and audience == [ours])
    expires = claims.get("exp")
    alive = isinstance(expires, int | float) and expires > now() - 300
    address = str(claims.get("email") or "").strip().lower()
    if not (known and fits and alive and "@" in address) or claims.get("email_verified") is False:
        raise OAuthError("Google did not say clearly whose account this is.", permanent=True)
    return address


def _claims(id_token: str) -> dict[str, Any]:
    part = (id_token.split(".") + ["", ""])[1]
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


PROVIDER = Provider(
    "Google", lambda token, account: refresh(token, account).secret, revoke, TESTING_DAYS
)
