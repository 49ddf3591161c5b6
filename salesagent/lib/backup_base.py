"""What the parts of lib.backup share: errors, what is inside a backup, private folders."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from salesagent.lib import filelock

Say = Callable[[float, str], None]  # (share done 0..1, what is done now, for people)

FORMAT = 1
CHUNK = 256 * 1024
SUFFIX = ".backup"
WORK = ".backup-work"  # under DATA_DIR, 0700: plain text lies here for minutes
RUNNING = "running.lock"  # in DATA_DIR; `manage.py run` shares it while it lives
OLDEST, LATEST = 2000, 2200  # years
LATER = "This backup was made by a newer version of SalesAgent. Update the program and try again."
NO_LIST = "The list of contents in this backup cannot be read."
FULL = "The disk is full. Make room and try again; the data that was there is untouched."


class BackupError(Exception):
    """Why it did not work and what to do, in plain words."""


class WrongKey(BackupError):
    """The recovery key does not fit this backup, or is none."""


class Damaged(BackupError):
    """Not a backup, cut short, or changed on its way."""


class TooNew(BackupError):
    """Made by a newer version of the program than this one."""


class InUse(BackupError):
    """The product runs on the data that would be replaced."""


@dataclass(frozen=True)
class Part:
    """One file inside: its name in the tar, bytes, SHA-256 (hex)."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What is inside a backup."""

    made_at: datetime
    product: str  # version of the program
    database: str  # sqlite, postgresql
    migrations: Mapping[str, str]  # app -> newest migration applied
    rows: Mapping[str, int]  # table -> rows
    parts: tuple[Part, ...]

    def to_json(self) -> bytes:
        data = {"format": FORMAT, **asdict(self), "made_at": self.made_at.isoformat()}
        return json.dumps(data, ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "Manifest":
        """Raises Damaged, or TooNew for a format that this program does not know."""
        data = parsed(content)
        refuse_later(data)
        data.pop("format")
        try:
            parts = tuple(Part(**part) for part in data.pop("parts"))
            at = datetime.fromisoformat(data.pop("made_at"))
            found = cls(made_at=at, parts=parts, **data)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Damaged(NO_LIST) from error
        if not found.is_sound():
            raise Damaged(NO_LIST)
        return found

    def is_sound(self) -> bool:
        """Are these values of the right kinds? Anybody could have written them."""
        lists = isinstance(self.migrations, dict) and isinstance(self.rows, dict)
        return (
            lists
            and self.made_at.tzinfo is not None
            and OLDEST < self.made_at.year < LATEST
            and all(_short(one) for one in (self.product, self.database, *self.rows))
            and all(_short(one) for pair in self.migrations.items() for one in pair)
            and all(type(one) is int for one in self.rows.values())
            and all(type(one.name) is type(one.sha256) is str for one in self.parts)
            and all(type(one.size) is int for one in self.parts)
        )


def parsed(content: bytes) -> dict[str, Any]:
    """An object in JSON. Raises Damaged."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Damaged(NO_LIST) from error
    if not isinstance(data, dict):
        raise Damaged(NO_LIST)
    return data


def refuse_later(data: Mapping[str, Any]) -> None:
    """Raises TooNew for a format that this program does not know, Damaged without one."""
    if type(data.get("format")) is not int:
        raise Damaged(NO_LIST)
    if data["format"] > FORMAT:
        raise TooNew(LATER)


def _short(text: object) -> bool:
    return isinstance(text, str) and len(text) <= 300 and text.isprintable()


@dataclass(frozen=True)
class Made:
    """A backup that lies at `path`; size and sums are of the encrypted file. `odd`: files that are
    not in it, since their names are no text."""

    path: Path
    size: int
    sha256: str
    md5: str
    made_at: datetime
    manifest: Manifest
    odd: tuple[str, ...] = ()


@dataclass(frozen=True)
class Restored:
    """What is in place now. `former` is where the data lies that was there before, None when there
    was none; `held` says what stands still until the owner starts it again."""

    manifest: Manifest
    former: Path | None
    erased: int  # people erased after the backup was made, erased again
    held: tuple[str, ...]
    former_database: str = ""  # on PostgreSQL: what the database before is called now


def file_name(made_at: datetime) -> str:
    """What a backup of this moment is called: salesagent-20261121-140200.backup (UTC)."""
    return f"salesagent-{made_at.astimezone(UTC):%Y%m%d-%H%M%S}{SUFFIX}"


def quiet(share: float, what: str) -> None:
    """The `say` of somebody who does not listen."""


def data_dir() -> Path:
    from django.conf import settings

    return Path(settings.DATA_DIR)


@contextmanager
def work_folder(root: Path) -> Iterator[Path]:
    """A private folder under `root`, gone afterwards whatever happens; what a killed process left
    there is swept first. Raises BackupError when another process is at it."""
    folder = root / WORK
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    with filelock.held(folder / "lock") as mine:
        if not mine:
            raise BackupError("Another backup or restore is at work. Try again when it has ended.")
        sweep(folder)
        try:
            yield folder
        finally:
            sweep(folder)


def sweep(folder: Path) -> None:
    """Remove everything in a work folder but its lock."""
    for path in folder.iterdir():
        if path.name == "lock":
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def disk_faults() -> Iterator[None]:
    """Errors of the disk in words; others pass."""
    try:
        yield
    except OSError as error:
        raise BackupError(disk_words(error)) from error


def disk_words(error: OSError) -> str:
    import errno

    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        return FULL
    name = f" {error.filename}" if error.filename else ""
    return f"The file{name} cannot be read or written: {error.strerror or error}."


def private(path: Path) -> Any:
    """Open a new file that only this user may read, for writing."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def sync_folder(path: Path) -> None:
    """Make renames in `path` last over a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
