"""What is known about backups: the public recipient, the choices of the owner, each copy's file.

The choices lie in one Connection of its own, which every copy belongs to. A copy's `upload` holds
`token` (its name in Drive's marks), `key` (fingerprint of the recovery key that opens it) and how
it goes in Drive: `drive`, `account`, `session` (encrypted: who has it may write there), `next_at`.
"""

import hashlib
import logging
import os
import secrets
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from salesagent.accounts import connections
from salesagent.accounts.models import BackupCopy, Connection, User
from salesagent.lib.models import Job
from salesagent.lib.text import one_line

log = logging.getLogger(__name__)

SERVICE = "backups"
KIND, FETCH = "backup", "backup-fetch"
LIVING = [Job.State.QUEUED, Job.State.RUNNING]
STILL = timedelta(minutes=2)  # a file that was written since may not be whole
State = BackupCopy.State


@dataclass(frozen=True)
class Options:
    """`installation` tells our copies in a Drive from those of another one of the same owner."""

    recipient: str = ""
    key_at: str = ""
    installation: str = ""
    keep: int = 7
    nightly: bool = True

    @property
    def key(self) -> str:
        return fingerprint(self.recipient)

    @property
    def key_made(self) -> datetime | None:
        return datetime.fromisoformat(self.key_at) if self.key_at else None


def fingerprint(recipient: str) -> str:
    """Short enough to compare by eye: "4F2A 91C0"."""
    if not recipient:
        return ""
    found = hashlib.sha256(recipient.encode()).hexdigest()[:8].upper()
    return f"{found[:4]} {found[4:]}"


def own() -> Connection:
    """The row that holds the choices; made on first use."""
    found = Connection.objects.filter(service=SERVICE, user=None).first()
    if found is None:
        choices = {"installation": secrets.token_hex(8)}
        found = connections.save(SERVICE, account="", secret={}, settings=choices)
    return found


def options() -> Options:
    rows = Connection.objects.filter(service=SERVICE, user=None)
    found = rows.values_list("settings", flat=True).first() or {}
    keep = found.get("keep")
    return Options(
        recipient=str(found.get("recipient") or ""),
        key_at=str(found.get("key_at") or ""),
        installation=str(found.get("installation") or ""),
        keep=keep if isinstance(keep, int) and keep > 0 else settings.BACKUPS_KEPT,
        nightly=found.get("nightly", True) is not False,
    )


def choose(**changes: Any) -> None:
    row = own()
    connections.note(row.pk, settings={**row.settings, **changes}, ends_at=None)


def folder() -> Path:
    """Where copies lie on this server; nobody else on it may look."""
    found = Path(settings.DATA_DIR) / "backups"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def path(copy: BackupCopy) -> Path:
    return folder() / Path(copy.name).name


def is_here(copy: BackupCopy) -> bool:
    return copy.state == State.KEPT and path(copy).is_file()


def note(copy: BackupCopy, **changes: Any) -> None:
    """Changes of `upload`."""
    copy.upload = {**copy.upload, **changes}
    BackupCopy.objects.filter(pk=copy.pk).update(upload=copy.upload)


def told(copy: BackupCopy, error: str, **more: Any) -> None:
    """What went wrong with a copy that is kept, or that it is well again."""
    copy.error = one_line(error, 300)
    BackupCopy.objects.filter(pk=copy.pk).update(error=copy.error, **more)


def take_in() -> None:
    """Files that `manage.py backup`, or a person, put into the folder."""
    known = set(BackupCopy.objects.values_list("name", flat=True))
    for file in sorted(folder().glob("*.backup")):
        if file.name in known or is_odd(file):
            continue
        try:
            _take_in(file)
        except (OSError, OverflowError, ValueError) as error:  # times of any size, too
            log.warning("%s cannot be read: %s", file.name, getattr(error, "strerror", error))


def _take_in(file: Path) -> None:
    made = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    if timezone.now() - made < STILL:
        return
    md5, sha256, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
    with file.open("rb") as content:
        while part := content.read(1024 * 1024):
            md5.update(part)
            sha256.update(part)
            size += len(part)
    copy = BackupCopy.objects.create(
        connection=own(),
        state=State.KEPT,
        name=file.name,
        size=size,
        md5=md5.hexdigest(),
        sha256=sha256.hexdigest(),
        upload={"token": secrets.token_hex(16)},
    )
    BackupCopy.objects.filter(pk=copy.pk).update(created_at=made)


def is_odd(file: Path) -> bool:
    """Not a file that can be taken into the list: a folder, a link, one that may not be read, or
    with a name that no row holds."""
    try:
        plain = stat.S_ISREG(file.lstat().st_mode) and os.access(file, os.R_OK)
        file.name.encode()
    except (OSError, UnicodeEncodeError):
        return True
    return not plain or len(file.name) > 120


def odd_ones() -> list[str]:
    """Names in the folder that are passed over, for people."""
    found = [file.name for file in sorted(folder().glob("*.backup")) if is_odd(file)]
    return [os.fsencode(name).decode(errors="replace")[:120] for name in found]


def settle() -> None:
    """Copies that lie nowhere any more."""
    for copy in kept():
        if not copy.remote_id and not is_here(copy):
            BackupCopy.objects.filter(pk=copy.pk).update(state=State.GONE)


def fail(copy: BackupCopy, text: str) -> None:
    """No copy came of it."""
    copy.state, copy.error = State.FAILED, one_line(text, 300)
    rows = BackupCopy.objects.filter(pk=copy.pk, state=State.MAKING)
    rows.update(state=State.FAILED, error=copy.error, ended_at=timezone.now())


def kept() -> list[BackupCopy]:
    """The newest first."""
    return list(BackupCopy.objects.filter(state=State.KEPT).order_by("-created_at", "-pk"))


def working() -> Job | None:
    """The one job that makes, sends or fetches a copy now."""
    return Job.objects.filter(kind__in=[KIND, FETCH], state__in=LIVING).order_by("pk").first()


def starter() -> User | None:
    """In whose name the schedule works."""
    owners = User.objects.filter(is_active=True, role=User.Role.OWNER)
    return owners.order_by("pk").first()
