"""Access tokens of connected accounts, refreshed by one thread of one process at a time.

The secret of such a connection holds `refresh_token`, `access_token`, `expires_at` (epoch seconds)
and, while somebody refreshes, `refreshing` (epoch seconds until when). Who refreshes first takes
that lease by a conditional UPDATE (connections.renew); everybody else goes on with the token that
is still good, or waits for the row to change. So one token is asked for once.

Who gives the tokens of a service stands in wiring.OAUTH.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from django.conf import settings
from django.utils import timezone

from salesagent.accounts import connections
from salesagent.accounts.models import Connection
from salesagent.lib.registry import adapter

EARLY = 300.0  # seconds before its end a token is replaced
MARGIN = 30.0  # with less than this left it is not used any more
LEASE = 60.0  # longer than a refresh takes with its retries
STEP = 0.2
LONGEST_WAIT = 25.0
TESTING_DAYS = 7  # how long Google lets a sign-in live while an app is in testing

wait: Callable[[float], None] = time.sleep  # tests put their own here
now: Callable[[], float] = time.time

_locks: dict[int, threading.Lock] = {}
_locks_guard = threading.Lock()


class OAuthError(Exception):
    """No token. `permanent`: only a person can help. `revoked`: by connecting the account anew."""

    def __init__(self, message: str, *, permanent: bool, revoked: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.revoked = revoked


@dataclass(frozen=True)
class Provider:
    """Who gives tokens. `refresh`: (refresh token, account) -> the new parts of the secret; raises
    OAuthError. `revoke`: False when it could not be told. `testing_days`: how long a sign-in lives
    while the provider's app is in testing; 0 where there is no such thing."""

    name: str
    refresh: Callable[[str, str], Mapping[str, str]]
    revoke: Callable[[str], bool]
    testing_days: int = 0


def provider_of(service: str) -> Provider:
    """A service that wiring does not name signs in with Google."""
    name = service if service in settings.OAUTH else "google"
    return cast(Provider, adapter("OAUTH", name))


def access_token(connection_id: int, refused: str = "") -> str:
    """A token that is good for some minutes at least. Raises OAuthError, SecretUnreadable.

    `refused`: a token that the service has just turned down although it has not run out; another
    one is fetched. Not to be called inside a transaction: others could not see who refreshes.
    """
    with _lock(connection_id):
        waited = 0.0
        while True:
            row = _row(connection_id)
            secret = connections.secret_of(row)
            left = _left(secret) if secret.get("access_token") != refused else 0.0
            if left > EARLY:
                return secret["access_token"]
            if _number(secret, "refreshing") <= now():
                if token := _take_turn(row, secret):
                    return token
                continue  # somebody was faster
            if left > MARGIN:
                return secret["access_token"]  # somebody fetches the next one
            if waited >= LONGEST_WAIT:
                raise OAuthError("The sign-in is being renewed. Try again.", permanent=False)
            wait(STEP)
            waited += STEP


def _lock(connection_id: int) -> threading.Lock:
    with _locks_guard:
        return _locks.setdefault(connection_id, threading.Lock())


def _row(connection_id: int) -> Connection:
    row = Connection.objects.filter(pk=connection_id).first()
    if row is None or row.state == Connection.State.OFF:
        raise OAuthError("The account is not connected. Connect it again.", permanent=True)
    if row.state == Connection.State.BROKEN:  # asking again would change nothing
        text = row.error or "The sign-in has ended. Connect the account again."
        raise OAuthError(text, permanent=True, revoked=True)
    return row


def _left(secret: Mapping[str, str]) -> float:
    return _number(secret, "expires_at") - now() if secret.get("access_token") else 0.0


def _number(secret: Mapping[str, str], name: str) -> float:
    try:
        return float(secret.get(name) or 0)
    except ValueError:
        return 0.0


def _take_turn(row: Connection, secret: dict[str, str]) -> str:
    """Refresh under the lease; "" when somebody else has it. The lease ends with the outcome."""
    if not connections.renew(row, {**secret, "refreshing": str(now() + LEASE)}):
        return ""
    row.version += 1
    try:
        return _refresh(row, secret)
    except OAuthError as error:
        if error.revoked:
            error = OAuthError(_why(row, error.message), permanent=True, revoked=True)
        if not connections.renew(row, {**secret, "refreshing": ""}):
            # somebody signed in anew meanwhile: what was refused is no longer what counts
            text = "The account was just connected anew. Try again."
            raise OAuthError(text, permanent=False) from None
        connections.failed(row.pk, error.message, broken=error.revoked)
        raise error from None


def _refresh(row: Connection, secret: dict[str, str]) -> str:
    provider = provider_of(row.service)
    if not secret.get("refresh_token"):
        text = f"{provider.name} gave no lasting sign-in. Connect the account again."
        raise OAuthError(text, permanent=True, revoked=True)
    fresh = provider.refresh(secret["refresh_token"], row.account)
    renewed = {**secret, **fresh, "refreshing": ""}
    if connections.renew(row, renewed):
        connections.worked(row.pk)
    return renewed["access_token"]


def _why(row: Connection, text: str) -> str:
    """So many days after the sign-in it is most likely the app's publishing status."""
    provider = provider_of(row.service)
    days, age = provider.testing_days, timezone.now() - signed_in_at(row)
    if days and timedelta(days=days - 1) < age < timedelta(days=days + 1):
        return (
            f"{text} It ended {days} days after you connected, as it does while the "
            f"{provider.name} app is in Testing: publish the app, then connect again."
        )
    return f"{text} Connect it again."


def signed_in_at(row: Connection) -> datetime:
    """When a person last gave access."""
    try:
        return datetime.fromtimestamp(float(row.settings["signed_in_at"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return row.created_at


def sign_out(connection_id: int) -> bool:
    """Tell the provider that we no longer use this sign-in; False when it could not be told.

    It ends all its services at once, so it is not told while another one of the same account is
    connected here. Raises SecretUnreadable.
    """
    row = Connection.objects.filter(pk=connection_id).first()
    token = connections.secret_of(row).get("refresh_token", "") if row else ""
    if row is None or not token:
        return True
    provider = provider_of(row.service)
    others = Connection.objects.filter(account=row.account).exclude(pk=row.pk)
    alive = others.exclude(state=Connection.State.OFF).values_list("service", flat=True)
    if any(provider_of(service) is provider for service in alive):
        return True
    return provider.revoke(token)
