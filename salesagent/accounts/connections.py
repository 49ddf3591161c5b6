"""Connected services: the one place that writes Connection and reads its secret.

A row is one service and account. `secret` is JSON, encrypted; what went wrong is kept in plain
words with what to do. A caller that refreshes a secret states the version it read, so that of two
refreshers one wins.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from salesagent.accounts.models import Connection, User
from salesagent.lib import hold
from salesagent.lib.text import one_line

State = Connection.State


def of_service(service: str) -> QuerySet[Connection]:
    """Newest first; those that were switched off left out."""
    return Connection.objects.filter(service=service).exclude(state=State.OFF).order_by("-id")


def active(service: str) -> Connection | None:
    """The workspace's own connection of a service (no rep's), whatever its health."""
    return of_service(service).filter(user=None).first()


def secret_of(connection: Connection) -> dict[str, str]:
    """Raises SecretUnreadable when the keys of this installation were changed."""
    if not connection.secret:
        return {}
    found = json.loads(connection.secret)
    return {str(key): str(value) for key, value in found.items()}


def save(
    service: str,
    *,
    account: str = "",
    user: User | None = None,
    secret: Mapping[str, str],
    settings: Mapping[str, Any] | None = None,
    scopes: list[str] | None = None,
    ends_at: datetime | None = None,
) -> Connection:
    """Connect, or connect anew: one row for each service, account and user; it counts as well."""
    rows = Connection.objects.filter(service=service, account=account, user=user)
    row = rows.defer("secret").first()  # which may not be readable any more
    row = row or Connection(service=service, account=account, user=user)
    row.secret = json.dumps(dict(secret))
    row.settings = dict(settings or {})
    row.scopes = list(scopes or [])
    if not _held(row):
        row.state, row.error, row.error_at = State.ON, "", None
    row.ends_at = ends_at
    row.version += 1
    row.save()
    return row


def renew(connection: Connection, secret: Mapping[str, str]) -> bool:
    """Store a refreshed secret unless somebody was faster (then False: read the row again)."""
    return bool(
        Connection.objects.filter(pk=connection.pk, version=connection.version).update(
            secret=json.dumps(dict(secret)), version=F("version") + 1
        )
    )


def note(pk: int, *, settings: Mapping[str, Any], ends_at: datetime | None) -> None:
    """Change what is not secret of a connection."""
    Connection.objects.filter(pk=pk).update(settings=dict(settings), ends_at=ends_at)


def _held(row: Connection) -> bool:
    """Whether it stands still with everything else: only the owner's start lifts that."""
    return row.state == State.BROKEN and bool(row.error) and row.error == hold.reason()


def worked(pk: int) -> None:
    """A call succeeded: the service is well again, unless it is held after a restore."""
    rows = Connection.objects.filter(pk=pk).exclude(state=State.OFF)
    well = {"state": State.ON, "error": "", "error_at": None, "last_ok_at": timezone.now()}
    if rows.exclude(state=State.BROKEN).update(**well):
        return
    row = rows.defer("secret").first()
    if row is not None and not _held(row):
        rows.update(**well)


def untested(pk: int) -> None:
    """It is another one by now: whether it works is to be seen."""
    Connection.objects.filter(pk=pk).update(last_ok_at=None)


def failed(pk: int, error: str, *, broken: bool) -> None:
    """A call failed. `broken`: only a person can put it right; else it is tried again."""
    now = timezone.now()
    rows = Connection.objects.filter(pk=pk).exclude(state=State.OFF)
    if any(_held(row) for row in rows.filter(state=State.BROKEN).defer("secret")):
        return
    state = State.BROKEN if broken else State.WAITING
    rows.exclude(state=State.BROKEN).update(state=state)
    rows.update(error=one_line(error, 300), error_at=now)


def switch_off(connection: Connection) -> None:
    """Forget the secret; the row stays, with what it was."""
    Connection.objects.filter(pk=connection.pk).update(
        state=State.OFF, secret="", error="", error_at=None, ends_at=None, version=F("version") + 1
    )
