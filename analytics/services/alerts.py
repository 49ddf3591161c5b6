"""Alerts: a number that passed its threshold, told once, muted by whom it concerns, over by itself.

A look (`surprises`, `risks`, `patterns`) says what it finds now, and `settle` makes the rows so:
new ones are opened and told, those still there are brought up to date, the others have ended. So a
look may run as often as it likes.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from analytics.models import Alert
from analytics.selectors import pipeline
from analytics.services.alert_rules import KINDS
from salesagent.accounts import audit, notices
from salesagent.accounts.models import User
from salesagent.lib.sql import Rows

MUTES = {
    "day": ("1 day", timedelta(days=1)),
    "week": ("1 week", timedelta(days=7)),
    "month": ("30 days", timedelta(days=30)),
    "good": ("For good", None),
}
SHOWN_OVER = timedelta(days=30)
KEPT = timedelta(days=365)
SAME = timedelta(hours=12)  # back within that, it is the same trouble and not told again
BY_OWNER = ("unanswered", "cooling", "late-deals")  # whose lists can show one person's
Open = Alert.State.OPEN


@dataclass(frozen=True)
class Found:
    """What a look found. `key` is the same for the same trouble, whenever it is looked at."""

    kind: str
    key: str
    scope: str
    number: float
    threshold: float
    text: str
    usual: float | None = None
    sample: int = 0
    link: str = ""
    level: str = "warn"
    facts: dict[str, Any] = field(default_factory=dict)


WHAT = ("kind", "level", "number", "threshold", "usual", "sample", "text", "link", "facts")


@transaction.atomic
def settle(kinds: Collection[str], found: Iterable[Found], now: datetime) -> None:
    """Make the alerts of these kinds what was found: `found` holds all there are."""
    rows = {
        (row.scope, row.key): row
        for row in Alert.objects.select_for_update().filter(kind__in=kinds)
    }
    for one in found:
        row = rows.pop((one.scope, one.key), None)
        if row is None:
            _open(Alert(scope=one.scope, key=one.key, first_at=now), one, now)
        else:
            _again(row, one, now)
    for row in rows.values():
        _over(row, now)


def _open(row: Alert, one: Found, now: datetime) -> None:
    """A new trouble, or one that comes back: told once for each time."""
    row.state, row.first_at, row.ended_at, row.muted_until = Open, now, None, None
    row.last_at = now
    _take(row, one)
    row.save()
    for user in _whom(row.scope):
        notices.tell(
            user,
            kind="alert",
            key=_told(row),
            title=KINDS[row.kind].label,
            text=row.text,
            link="/analytics/alerts/",
            urgent=row.level == "bad",
        )


def _told(row: Alert) -> str:
    """Key of the notice of this opening."""
    return f"alert:{row.pk}:{int(row.first_at.timestamp())}"


def _take(row: Alert, one: Found) -> None:
    for name in WHAT:
        setattr(row, name, getattr(one, name))


def _again(row: Alert, one: Found, now: datetime) -> None:
    lapsed = row.state == Alert.State.MUTED and row.muted_until and row.muted_until <= now
    ended = row.state == Alert.State.ENDED
    if ended and row.ended_at and now - row.ended_at < SAME:
        row.state, ended = Open, False
    if lapsed or ended:
        _open(row, one, now)
        return
    before = [getattr(row, name) for name in WHAT]
    _take(row, one)
    if row.ended_at is not None or before != [getattr(row, name) for name in WHAT]:
        row.ended_at, row.last_at = None, now
        row.save()
        notices.retell(_told(row), row.text)


def _over(row: Alert, now: datetime) -> None:
    """It is no more. A muted one stays silent for its time, should it come back."""
    if row.state == Alert.State.ENDED:
        return
    lapsed = row.muted_until is not None and row.muted_until <= now
    if row.state == Open or lapsed:
        row.state, row.muted_until = Alert.State.ENDED, None
    elif row.ended_at is not None:
        return
    row.ended_at = now
    row.save(update_fields=["state", "muted_until", "ended_at"])
    notices.over(_told(row))


def _whom(scope: str) -> QuerySet[User]:
    """Owners for everything, a team's managers for it, a rep for the own risks."""
    people, name = User.objects.filter(is_active=True), scope.partition(":")[2]
    if scope == "all":
        return people.filter(role=User.Role.OWNER)
    if scope.startswith("team:"):
        return people.filter(role=User.Role.MANAGER, team_id=int(name))
    return people.filter(pk=int(name))


def scope_of(user: User) -> str:
    """Which alerts are this user's: all, the team's of a manager, else the own."""
    if user.is_owner:
        return "all"
    return f"team:{user.team_id}" if user.is_manager and user.team_id else f"user:{user.pk}"


def alerts_for(user: User) -> QuerySet[Alert]:
    return Alert.objects.filter(scope=scope_of(user))


def open_alerts(user: User, kinds: Collection[str] | None = None) -> list[Alert]:
    """What is wrong now, the worst first; those whose mute is over as well. One query."""
    rows = _OPEN.all(timezone.now(), scope_of(user)) if kinds is None else ()
    if kinds:
        rows = _OPEN_OF.all(timezone.now(), scope_of(user), *kinds)
    return _sorted(rows)


def _sorted(rows: Iterable[Alert]) -> list[Alert]:
    order = {"bad": 0, "warn": 1, "info": 2}
    return sorted(_shown(rows), key=lambda row: order.get(row.level, 1))


def open_in(reader: User, scope: str) -> list[Alert] | None:
    """What is wrong for those whose numbers a report shows; None where no alerts are kept for them,
    or not for this reader. `scope`: under the name that their forecast has.

    Of others only links that open exactly their leads or deals.
    """
    if scope in (scope_of(reader), pipeline.scope_of(reader).key):
        return open_alerts(reader)
    kind, _, name = scope.partition(":")
    if not reader.is_manager or kind not in ("team", "user"):
        return None
    found = _sorted(_OPEN.all(timezone.now(), scope))
    if kind == "user" and not found:
        rep = User.objects.filter(pk=int(name), role=User.Role.REP)
        return [] if rep.exists() else None
    for row in found:
        narrowed = kind == "user" and row.kind in BY_OWNER
        row.link = f"{row.link}&owner={name}" if narrowed and row.link else ""
    return found


def _wrong(now: datetime, scope: str) -> QuerySet[Alert]:
    lapsed = Q(state=Alert.State.MUTED, muted_until__lte=now, ended_at=None)
    rows = Alert.objects.filter(Q(state=Open) | lapsed, scope=scope)
    return rows.order_by("-first_at", "-pk")


_OPEN = Rows(lambda now, scope: _wrong(now, scope)[:100])
_OPEN_OF = Rows(lambda now, scope, *kinds: _wrong(now, scope).filter(kind__in=kinds)[:100])


def _shown(rows: Iterable[Alert]) -> list[Alert]:
    found = list(rows)
    for row in found:
        row.chip = KINDS[row.kind].label if row.kind in KINDS else row.kind
    return found


def muted(user: User) -> list[Alert]:
    rows = alerts_for(user).filter(state=Alert.State.MUTED).select_related("muted_by")
    rows = rows.filter(Q(muted_until=None) | Q(muted_until__gt=timezone.now()))
    return _shown(rows.order_by("-last_at")[:100])


def over(user: User) -> list[Alert]:
    """What ended in the last thirty days."""
    rows = alerts_for(user).filter(state=Alert.State.ENDED)
    since = timezone.now() - SHOWN_OVER
    return _shown(rows.filter(ended_at__gte=since).order_by("-ended_at")[:50])


def alert_for(user: User, pk: int) -> Alert:
    """Http404 for somebody else's."""
    row = alerts_for(user).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@transaction.atomic
def mute(row: Alert, how: str, user: User) -> bool:
    """Be silent about it for a time of MUTES; False when it is over already."""
    lasts = MUTES[how][1]
    until = timezone.now() + lasts if lasts else None
    rows = Alert.objects.filter(pk=row.pk).exclude(state=Alert.State.ENDED)
    if not rows.update(state=Alert.State.MUTED, muted_until=until, muted_by=user):
        return False
    audit.note(user, "alert.muted", f"alert:{row.pk}", kind=row.kind, time=how)
    notices.over(_told(row))
    return True


@transaction.atomic
def unmute(row: Alert, user: User) -> bool:
    """Speak of it again; what ended meanwhile is over."""
    state = Open if row.ended_at is None else Alert.State.ENDED
    rows = Alert.objects.filter(pk=row.pk, state=Alert.State.MUTED)
    if not rows.update(state=state, muted_until=None, muted_by=None):
        return False
    audit.note(user, "alert.unmuted", f"alert:{row.pk}", kind=row.kind)
    return True


def forget_old(now: datetime) -> None:
    Alert.objects.filter(state=Alert.State.ENDED, ended_at__lt=now - KEPT).delete()
