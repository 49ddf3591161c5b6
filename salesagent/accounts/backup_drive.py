"""Backups in the owner's Google Drive: the account, what waits to be sent, what comes back.

Never two copies of one backup: each carries its token as a mark, which is looked for before an
upload is begun; an upload that was broken off goes on where Drive says it is.
"""

import hashlib
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from salesagent.accounts import audit, connections, google_files, oauth
from salesagent.accounts.backup_rows import (
    State,
    folder,
    is_here,
    kept,
    note,
    options,
    own,
    path,
    settle,
    told,
)
from salesagent.accounts.drive import PART, SERVICE, Drive, DriveError, Remote
from salesagent.accounts.models import BackupCopy, Connection, User
from salesagent.accounts.oauth_google import Grant
from salesagent.lib import budget, jobs
from salesagent.lib.crypto import SecretUnreadable

WHAT = {"salesagent": "backup"}  # the mark that all our files in a Drive carry
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=10), timedelta(hours=2)
TRIES = 5
EARLIEST = 2000  # year; no file in Drive is older
PATIENCE = 60.0  # seconds inside a job; what takes longer is left to the next one
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
WAITING, SENT, FAILED = "waiting", "sent", "failed"
Say = Callable[[float, str], None]
Found = TypeVar("Found")

wait: Callable[[float], None] = time.sleep  # tests put their own here


# --- the account ---------------------------------------------------------------------------------


def active() -> Connection | None:
    return connections.active(SERVICE)


def usable() -> Connection | None:
    """The account, unless a person has to mend it first."""
    row = active()
    return row if row and row.state != Connection.State.BROKEN else None


def connect(grant: Grant, user: User) -> Connection:
    """Store the sign-in; one account at a time. Raises DriveError when the right was not given."""
    try:
        row = google_files.keep(SERVICE, grant)
    except google_files.Unticked as error:
        raise DriveError(str(error), stop=True) from None
    budget.forget(SERVICE, row.account)
    if copy := _newest():
        note(copy, drive="", next_at="", waits=0)
    audit.note(user, "backup.drive_connected", f"connection:{row.pk}")
    return row


def disconnect(row: Connection, user: User) -> bool:
    """Give the sign-in back; what lies in Drive stays there. False: Google was not told."""
    try:
        told = oauth.sign_out(row.pk)
    except SecretUnreadable:
        told = False
    connections.switch_off(row)
    audit.note(user, "backup.drive_disconnected", f"connection:{row.pk}")
    return told


def client(row: Connection) -> Drive:
    def token(refused: str) -> str:
        try:
            return oauth.access_token(row.pk, refused)
        except oauth.OAuthError as error:
            raise DriveError(
                error.message, stop=error.permanent, revoked=error.revoked, retry_after=20.0
            ) from None
        except SecretUnreadable:
            text = "The stored sign-in cannot be read any more. Connect the account again."
            raise DriveError(text, stop=True, revoked=True) from None

    return Drive(settings.SERVICE_URLS[SERVICE], row.account, token)


def tell(row: Connection, error: DriveError) -> None:
    """A revoked sign-in is asked for nothing more until a person connects it again."""
    connections.failed(row.pk, error.message, broken=error.revoked)


def check() -> bool:
    """Does the account answer? How it went stands at the connection."""
    row = usable()
    if row is None:
        return False
    try:
        client(row).listed({**WHAT, "installation": options().installation})
    except DriveError as error:
        tell(row, error)
        return False
    connections.worked(row.pk)
    return True


def patient(call: Callable[[], Found], alive: Callable[[], object] = lambda: None) -> Found:
    """Patient with a busy Google, for as long as a job may wait."""
    for left in range(TRIES - 1, -1, -1):
        try:
            return call()
        except DriveError as error:
            if error.stop or not left or not 0 < error.retry_after <= PATIENCE:
                raise
            alive()
            wait(error.retry_after)
    raise AssertionError("unreachable")


# --- there ---------------------------------------------------------------------------------------


def is_there(copy: BackupCopy, row: Connection | None) -> bool:
    """In the Drive that is connected now."""
    return bool(row and copy.remote_id and copy.upload.get("account") == row.account)


def _newest() -> BackupCopy | None:
    return next((copy for copy in kept() if is_here(copy)), None)


def waiting(row: Connection) -> BackupCopy | None:
    """The newest copy, when it has to be sent and its time has come."""
    copy = _newest()
    if copy is None or is_there(copy, row) or copy.upload.get("drive") == FAILED:
        return None
    next_at = parse_datetime(str(copy.upload.get("next_at") or ""))
    return None if next_at and next_at > timezone.now() else copy


def send(copy: BackupCopy, row: Connection, say: Say) -> None:
    """Raises DriveError, which also stands at the copy; and what `say` raises."""
    from salesagent.accounts.backup_sending import Sending

    note(copy, drive=WAITING, next_at="")
    try:
        remote = Sending(copy, row, say).work()
    except DriveError as error:
        tell(row, error)
        _put_off(copy, error)
        raise
    except jobs.Stopped:
        _put_off(copy, DriveError("Stopped. Press Send to Drive to go on.", stop=True))
        raise
    except Exception:
        text = "An error in the program, which is in its log. It is tried again."
        _put_off(copy, DriveError(text))
        raise
    note(copy, drive=SENT, account=row.account, session="", waits=0)
    copy.remote_id = remote.file_id[:120]
    told(copy, "", remote_id=copy.remote_id)
    connections.worked(row.pk)
    note(copy, left=forget_old(row, options().keep))


def _put_off(copy: BackupCopy, error: DriveError) -> None:
    """Tried again by itself, later each time; or only by a person."""
    waits = int(copy.upload.get("waits") or 0) + 1
    later = timedelta(seconds=error.retry_after)
    again = max(later, min(FIRST_WAIT * 2 ** min(waits - 1, 5), LONGEST_WAIT))
    stop = error.stop and not error.revoked
    note(
        copy,
        drive=FAILED if stop else WAITING,
        waits=waits,
        next_at="" if stop else (timezone.now() + again).isoformat(),
    )
    told(copy, error.message)


def forget_old(row: Connection, keep: int) -> int:
    """Remove our own files beyond the last few; how many could not be removed."""
    drive, left = client(row), 0
    try:
        ours = patient(lambda: drive.listed({**WHAT, "installation": options().installation}))
    except DriveError:
        return 0  # the next backup looks again
    for remote in ours[keep:]:
        try:
            patient(lambda one=remote: drive.remove(one.file_id))  # type: ignore[misc]
        except DriveError:
            left += 1
            continue
        BackupCopy.objects.filter(remote_id=remote.file_id).update(remote_id="")
    settle()
    return left


# --- and back ------------------------------------------------------------------------------------


def fetch(copy: BackupCopy, say: Say) -> Path:
    """Bring a copy back to this server, compared byte for byte by its sums. Raises DriveError."""
    row = usable()
    if row is None or not is_there(copy, row):
        owner = copy.upload.get("account") or "it"
        raise DriveError(f"Connect the Google Drive of {owner} first.", stop=True)
    try:
        return _fetch(copy, client(row), say)
    except DriveError as error:
        tell(row, error)
        told(copy, f"Not fetched. {error.message}")
        raise


def _fetch(copy: BackupCopy, drive: Drive, say: Say) -> Path:
    target = path(copy)
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as file:
            part.chmod(0o600)
            md5, sha256 = read(drive, copy.remote_id, copy.size, say, file.write)
        if md5 != copy.md5 or (copy.sha256 and sha256 != copy.sha256):
            text = "What came from Google Drive is not what was sent there. Take another copy."
            raise DriveError(text, stop=True)
        part.replace(target)
        told(copy, "")
    finally:
        part.unlink(missing_ok=True)
    return target


def read(
    drive: Drive, file_id: str, size: int, say: Say, keep: Callable[[bytes], object]
) -> tuple[str, str]:
    """MD5 and SHA-256 of what Drive holds, in parts. Raises DriveError."""
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    at = 0
    while at < size:
        say(at / size, "Reading from Google Drive")
        data = patient(lambda: drive.part(file_id, at, min(PART, size - at)))  # noqa: B023
        if not data:
            raise DriveError("Google Drive holds less than was sent.", stop=True)
        md5.update(data)
        sha256.update(data)
        keep(data)
        at += len(data)
    return md5.hexdigest(), sha256.hexdigest()


def adopt(row: Connection, user: User) -> int:
    """Copies in Drive that are not in the list: of this installation before it was set up anew, or
    of another one of the same owner. How many came into the list. Raises DriveError."""
    known = set(BackupCopy.objects.exclude(remote_id="").values_list("remote_id", flat=True))
    try:
        found = [one for one in client(row).listed(WHAT) if one.file_id not in known]
    except DriveError as error:
        tell(row, error)
        raise
    for remote in found:
        _adopt(remote, row)
    connections.worked(row.pk)
    audit.note(user, "backup.looked_in_drive", f"connection:{row.pk}", found=len(found))
    return len(found)


def _adopt(remote: Remote, row: Connection) -> None:
    name = remote.name if NAME.fullmatch(remote.name) else f"{remote.file_id[:40]}.backup"
    if (folder() / name).exists() or BackupCopy.objects.filter(name=name).exists():
        name = f"{remote.file_id[:40]}-{name}"[:120]
    marks = remote.marks
    copy = BackupCopy.objects.create(
        connection=own(),
        state=State.KEPT,
        name=name,
        remote_id=remote.file_id[:120],
        size=max(remote.size, 0),
        md5=remote.md5[:32],
        sha256=marks.get("sha256", "")[:64],
        upload={
            "token": marks.get("copy", ""),
            "key": marks.get("key", ""),
            "drive": SENT,
            "account": row.account,
        },
    )
    made = _moment(marks.get("made_at") or remote.made_at)
    BackupCopy.objects.filter(pk=copy.pk).update(created_at=made or copy.created_at)


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None or not found.tzinfo or found.year < EARLIEST:
        return None
    return found if found <= timezone.now() else None
