"""Backups: the owner's recovery key, a copy each night and on demand, the last few kept.

A copy is kept as soon as its file lies whole on this server; then it goes to Google Drive, when
that is connected (accounts.backup_drive). What makes and opens the file is lib.backup.
"""

import errno
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from salesagent.accounts import audit, backup_drive
from salesagent.accounts.backup_rows import (
    FETCH,
    KIND,
    LIVING,
    State,
    choose,
    fail,
    fingerprint,
    is_here,
    kept,
    note,
    options,
    own,
    path,
    settle,
    starter,
    take_in,
    told,
    working,
)
from salesagent.accounts.drive import DriveError
from salesagent.accounts.models import BackupCopy, Connection, User, Workspace
from salesagent.lib import backup, hold, jobs
from salesagent.lib.backup import BackupError
from salesagent.lib.jobs import Reporter
from salesagent.lib.models import Job

MAKE_TASK = "salesagent.accounts.tasks.make_backup"
FETCH_TASK = "salesagent.accounts.tasks.fetch_backup"
NIGHT = range(1, 5)  # hours of the workspace's own time
EVERY = timedelta(hours=20)  # at night
LATEST = timedelta(hours=26)  # where the server sleeps at night
AGAIN = timedelta(hours=3)  # after one that failed
OVERDUE = timedelta(hours=48)
STALLED = timedelta(minutes=5)  # a living job writes more often
LOST = timedelta(hours=2)  # a job that nobody takes any more
REMEMBERED = timedelta(days=30)
TRIES = 3
HERE = 40  # per cent of the work when the copy goes to Drive as well


# --- the recovery key ----------------------------------------------------------------------------


def recipient() -> str:
    """Whom backups are encrypted for; empty as long as the owner has no recovery key."""
    return options().recipient


def keep_key(public: str, user: User) -> None:
    """The owner has put the recovery key away: from now on copies are made for it."""
    if not backup.is_recipient(public):
        raise BackupError("This is no recovery key. Make a new one.")
    choose(recipient=public, key_at=timezone.now().isoformat())
    audit.note(user, "backup.key_changed", key=fingerprint(public))


def set_options(user: User, *, keep: int, nightly: bool) -> None:
    choose(keep=keep, nightly=nightly)
    audit.note(user, "backup.options_changed", keep=keep, nightly=nightly)


# --- jobs ----------------------------------------------------------------------------------------


def start(user: User | None) -> Job:
    """Queue a backup; the job that works already, when there is one. Raises BackupError."""
    own()
    with transaction.atomic():
        row = Connection.objects.select_for_update().get(pk=own().pk)
        if job := working():
            return job
        chosen = options()
        if not chosen.recipient:
            raise BackupError("Make a recovery key first: without one nobody could open a backup.")
        token = secrets.token_hex(16)
        copy = BackupCopy.objects.create(
            connection=row, name=_name(chosen.key, token), upload={"token": token}
        )
        job = _queue(copy, "Backing up", user)
    audit.note(user, "backup.started", f"backup:{copy.pk}")
    return job


def start_send(copy: BackupCopy, user: User | None) -> Job:
    """Queue its way to Google Drive alone."""
    note(copy, drive="", next_at="")
    with transaction.atomic():
        Connection.objects.select_for_update().get(pk=own().pk)
        return working() or _queue(copy, "Sending a backup to Google Drive", user)


def start_fetch(copy: BackupCopy, user: User | None) -> Job:
    """Queue its way back from Google Drive."""
    with transaction.atomic():
        Connection.objects.select_for_update().get(pk=own().pk)
        title = "Fetching a backup from Google Drive"
        return working() or _queue(copy, title, user, FETCH, FETCH_TASK)


def _name(key: str, token: str) -> str:
    """With the fingerprint of its key, so that a file elsewhere says which one opens it."""
    stem, _, ending = backup.file_name(timezone.now()).rpartition(".")
    name = f"{stem}-{key.replace(' ', '').lower()}"
    taken = BackupCopy.objects.filter(name=f"{name}.{ending}").exists()
    return f"{name}-{token[:6]}.{ending}" if taken else f"{name}.{ending}"


def _queue(
    copy: BackupCopy, title: str, user: User | None, kind: str = KIND, task: str = MAKE_TASK
) -> Job:
    job = jobs.start(kind=kind, title=title, task=task, owner=user, total=100, data={"unit": "%"})
    job.result_url = reverse("settings:backups")
    job.save(update_fields=["result_url"])
    BackupCopy.objects.filter(pk=copy.pk).update(job=job)
    copy.job = job
    return job


def run(job_id: int) -> None:
    """The job: make what is not made yet, send it, let old ones go. What went wrong stands at the
    copy and at the job, in words."""
    with suppress(BackupError, DriveError), Reporter(job_id) as report:
        copy = BackupCopy.objects.filter(job_id=job_id).first()
        if not report.mine or copy is None:
            return
        drive = None if hold.is_on() else backup_drive.usable()
        if copy.state == State.MAKING:
            _make(copy, report, HERE if drive else 100)
        forget_old(options().keep)
        if drive and copy.state == State.KEPT and is_here(copy):
            backup_drive.send(copy, drive, _say(report, HERE, 100))
        report.job.done = 100


def run_fetch(job_id: int) -> None:
    with suppress(DriveError), Reporter(job_id) as report:
        copy = BackupCopy.objects.filter(job_id=job_id).first()
        if not report.mine or copy is None or copy.state != State.KEPT:
            return
        try:
            backup_drive.fetch(copy, _say(report, 0, 100))
        except OSError as error:
            text = _of_disk(error)
            told(copy, f"Not fetched. {text}")
            raise DriveError(text, stop=True) from None


def _say(report: Reporter, first: int, last: int) -> backup.Say:
    """Shares of one part of the work as per cent of the whole. Raises jobs.Stopped."""

    def say(share: float, what: str) -> None:
        share = min(max(share, 0.0), 1.0)
        report(done=first + round(share * (last - first)), total=100, step=what[:120])

    return say


def _make(copy: BackupCopy, report: Reporter, last: int) -> None:
    public = recipient()
    try:
        made = backup.make(path(copy), public, _say(report, 0, last))
    except jobs.Stopped:
        fail(copy, "Stopped. Nothing was kept of it.")
        raise
    except BackupError as error:
        fail(copy, str(error))
        raise
    except OSError as error:
        text = _of_disk(error)
        fail(copy, text)
        raise BackupError(text) from None
    except Exception:
        fail(copy, "An error in the program, which is in its log. It is tried again in 3 hours.")
        raise
    copy.upload = {**copy.upload, "key": fingerprint(public), "odd": list(made.odd[:20])}
    copy.state, copy.size, copy.md5, copy.sha256 = State.KEPT, made.size, made.md5, made.sha256
    copy.error, copy.ended_at = "", timezone.now()
    copy.save(update_fields=["upload", "state", "size", "md5", "sha256", "error", "ended_at"])


def _of_disk(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk of this server is full. Make room, or keep fewer copies."
    return f"The backup could not be written ({error.strerror or 'disk error'}). Look at the disk."


def forget_old(keep: int) -> None:
    """Files of this server beyond the last few, and rows that nobody needs."""
    for copy in [one for one in kept() if is_here(one)][keep:]:
        path(copy).unlink(missing_ok=True)
    settle()
    old = BackupCopy.objects.filter(created_at__lt=timezone.now() - REMEMBERED)
    old.filter(state__in=[State.FAILED, State.GONE]).delete()


# --- the schedule --------------------------------------------------------------------------------


def look_after() -> None:
    """Every few minutes: take up what a killed process left, make what is due, send what waits.

    After a restore nothing is made or sent before the owner starts again: this may be a trial on
    another machine, and the Drive is that of the real one."""
    held = hold.is_on()
    _take_up(held=held)
    if working():
        return
    take_in()
    settle()
    if held:
        return
    if _due(timezone.now()):
        start(starter())
    elif (drive := backup_drive.usable()) and (copy := backup_drive.waiting(drive)):
        start_send(copy, starter())


def _take_up(*, held: bool) -> None:
    now = timezone.now()
    rows = Job.objects.filter(kind__in=[KIND, FETCH])
    dead = rows.filter(state=Job.State.RUNNING, updated_at__lt=now - STALLED)
    lost = rows.filter(state=Job.State.QUEUED, updated_at__lt=now - LOST)
    for job in dead | lost:
        ended = {"state": Job.State.FAILED, "error": "The server stopped in the middle."}
        if rows.filter(pk=job.pk, state__in=LIVING).update(**ended, finished_at=now):
            for copy in BackupCopy.objects.filter(job=job, state=State.MAKING):
                if held:  # the very one that these tables came from
                    copy.delete()
                else:
                    _again(copy)


def _again(copy: BackupCopy) -> None:
    """Begin anew under another token: what is in Drive under the old one was made by somebody who
    holds an older state of these tables (this one was restored from it)."""
    tries = int(copy.upload.get("tries") or 0) + 1
    if tries >= TRIES or not recipient():
        fail(copy, "The server stopped in the middle, several times. Look at its log and memory.")
        return
    note(copy, tries=tries, token=secrets.token_hex(16))
    _queue(copy, "Backing up", starter())


def _due(now: datetime) -> bool:
    chosen = options()
    if not chosen.recipient or not chosen.nightly:
        return False
    last = BackupCopy.objects.order_by("-created_at").first()
    if last is None:
        return True
    age = now - last.created_at
    if last.state == State.FAILED:
        return age > AGAIN
    hour = now.astimezone(ZoneInfo(Workspace.current().time_zone)).hour
    return age > LATEST or (age > EVERY and hour in NIGHT)


def last_kept() -> datetime | None:
    newest = BackupCopy.objects.filter(state=State.KEPT).order_by("-created_at").first()
    return newest.created_at if newest else None


def overdue() -> bool:
    """No copy came for two days although one should every night."""
    chosen, last = options(), last_kept()
    if not chosen.recipient or not chosen.nightly:
        return False
    since = last or chosen.key_made or timezone.now()
    return timezone.now() - since > OVERDUE


def health() -> dict[str, object]:
    """For /readyz, in one query: the age of the newest copy; an overdue one is not well."""
    rows = BackupCopy.objects.filter(state=State.KEPT).select_related("connection")
    newest = rows.order_by("-created_at").first()
    if newest is None:
        return {"ok": True, "age_hours": None}
    age = timezone.now() - newest.created_at
    nightly = newest.connection.settings.get("nightly", True) is not False
    return {"ok": age < OVERDUE or not nightly, "age_hours": round(age.total_seconds() / 3600, 1)}
