"""What Settings, Backups and the line in Connections show."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.timesince import timesince

from salesagent.accounts import backup_drive, backups
from salesagent.accounts.backup_rows import FETCH, KIND, LIVING, Options, State, is_here, options
from salesagent.accounts.cards import Card
from salesagent.accounts.cards import State as CardState
from salesagent.accounts.models import BackupCopy, Connection, User
from salesagent.lib.models import Job

TITLE = "Backups and Google Drive"
GAIN = "No backup yet. An encrypted copy each night, here and in Google Drive."
ROWS = 20
Level = Literal["ok", "warn", "bad", "info", ""]


@dataclass(frozen=True)
class Line:
    """One copy. `level` and `word` for its chip, `error` with what to do."""

    copy: BackupCopy
    here: bool
    there: bool
    level: Level
    word: str
    where: str
    key: str
    old_key: bool
    error: str = ""
    next_at: datetime | None = None
    can_send: bool = False
    can_fetch: bool = False


@dataclass(frozen=True)
class Health:
    """The newest copy and what is wrong with the whole: `trouble` in words, with what to do."""

    last: Line | None
    trouble: str = ""
    waits: str = ""


def lines() -> list[Line]:
    """The newest copies, failed ones too."""
    rows: QuerySet[BackupCopy] = BackupCopy.objects.exclude(state=State.GONE).select_related("job")
    row, chosen = backup_drive.active(), options()
    shown = list(rows.order_by("-created_at", "-pk")[:ROWS])
    newest = next((copy for copy in shown if copy.state == State.KEPT), None)
    return [_line(copy, row, chosen, newest=copy is newest) for copy in shown]


def _line(copy: BackupCopy, row: Connection | None, chosen: Options, *, newest: bool) -> Line:
    here, there = is_here(copy), backup_drive.is_there(copy, row)
    busy = bool(copy.job and copy.job.state in LIVING)
    level, word = _chip(copy, row, here=here, there=there, busy=busy)
    if level == "warn" and not newest:  # only the newest one is sent by itself
        level, word = "", "Kept here"
    key = str(copy.upload.get("key") or "")
    broken = row is not None and row.state == Connection.State.BROKEN
    waits = word == "Waits for Drive"
    return Line(
        copy=copy,
        here=here,
        there=there,
        level=level,
        word=word,
        where=_where(copy, here=here, there=there),
        key=key,
        old_key=bool(key and key != chosen.key),
        error="" if busy else copy.error or _left_out(copy),
        next_at=parse_datetime(str(copy.upload.get("next_at") or "")) if waits else None,
        can_send=here and not there and row is not None and not broken and not busy,
        can_fetch=there and not here and not broken and not busy,
    )


def _chip(
    copy: BackupCopy, row: Connection | None, *, here: bool, there: bool, busy: bool
) -> tuple[Level, str]:
    if copy.state == State.MAKING:
        return "info", "Being made"
    if copy.state == State.FAILED:
        return "bad", "Failed"
    if busy and not there:
        return "info", "Being sent"
    if there:
        return "ok", "Kept"
    if not here:
        elsewhere = "In another Drive" if row else "In Drive"
        return ("", elsewhere) if copy.remote_id else ("bad", "Not there any more")
    if row is None:
        return "ok", "Kept here"
    if copy.upload.get("drive") == backup_drive.FAILED:
        return "bad", "Not in Drive"
    return "warn", "Waits for Drive"


def _left_out(copy: BackupCopy) -> str:
    names = ", ".join(copy.upload.get("odd") or [])
    return f"Not in it, as the name is no UTF-8: {names}."[:300] if names else ""


def _where(copy: BackupCopy, *, here: bool, there: bool) -> str:
    places = ["on this server"] if here else []
    if there:
        places.append("in Google Drive")
    elif copy.remote_id:
        places.append(f"in the Drive of {copy.upload.get('account') or 'another account'}")
    return " and ".join(places)


def health(found: list[Line]) -> Health:
    """Of the lines of the page."""
    chosen, row = options(), backup_drive.active()
    last = next((one for one in found if one.where), None)
    if not chosen.recipient:
        return Health(last)
    if backups.overdue():
        newest = f"The newest is of {_age(last)}." if last else "There is none yet."
        why = next((f" {one.error}" for one in found if one.error), "")
        return Health(last, f"No backup for more than two days. {newest}{why}")
    if row is not None and row.state == Connection.State.BROKEN:
        return Health(last, f"{row.error} Copies stay on this server until then.")
    if found and found[0].level == "bad":
        whole = " The copy on this server is whole." if found[0].here else ""
        return Health(last, f"{found[0].error}{whole}")
    if row is not None and last is not None and last.level == "warn":
        return Health(last, waits=last.error or "One copy waits to be sent to Google Drive.")
    return Health(last)


def _age(line: Line) -> str:
    """ "3 hours ago" """
    at = line.copy.created_at
    new = timezone.now() - at < timedelta(minutes=1)
    return "just now" if new else f"{timesince(at, depth=1)} ago"


def shown_job() -> Job | None:
    """What works now."""
    jobs = Job.objects.filter(kind__in=[KIND, FETCH])
    return jobs.filter(state__in=LIVING).order_by("pk").first()


# --- Settings, Connections -----------------------------------------------------------------------


def cards(user: User) -> list[Card]:
    """Whoever is not the owner sees how it goes, and nothing of keys."""
    url = reverse("settings:backups") if user.is_owner else ""
    row, found = backup_drive.active(), lines()
    if not backups.recipient() and not found:
        return [Card(TITLE, GAIN, "off", url, icon="shield-check")]
    now = health(found)
    return [
        Card(
            title=TITLE,
            text=now.trouble or now.waits or _how_it_goes(now.last, row),
            state=_state(now),
            url=url,
            icon="shield-check",
            checked_at=_checked(row, now.last),
            alert="Backups need you." if now.trouble else "",
            detail=now.trouble,
        )
    ]


def _state(now: Health) -> CardState:
    if now.trouble:
        return "stopped"
    if now.waits:
        return "waiting"
    return "works" if now.last else "new"


def _how_it_goes(last: Line | None, row: Connection | None) -> str:
    if last is None:
        return "The recovery key is kept. The first backup comes within minutes."
    more = "" if row else ". Connect Google Drive, so that one lies elsewhere too"
    return f"Newest copy {_age(last)}, {last.where}{more}"


def _checked(row: Connection | None, last: Line | None) -> datetime | None:
    times = [row.last_ok_at if row else None, last.copy.created_at if last else None]
    return max((at for at in times if at and at <= timezone.now()), default=None)
