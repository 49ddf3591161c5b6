"""Encrypted copies of everything the product keeps, and the way back.

One file, encrypted with age for a public recipient: a tar of the database, the files of DATA_DIR,
the keys without which stored secrets stay unreadable, and a manifest. The server keeps only the
recipient; the recovery key that opens a backup is with the owner. docs/backup.md has the format.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

Say = Callable[[float, str], None]  # (share done 0..1, what is done now, for people)


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


@dataclass(frozen=True)
class Made:
    """A backup that lies at `path`; size and sums are of the encrypted file."""

    path: Path
    size: int
    sha256: str
    md5: str
    made_at: datetime
    manifest: Manifest


@dataclass(frozen=True)
class Restored:
    """What is in place now. `former` is where the data lies that was there before, None when there
    was none; `held` says what stands still until the owner starts it again."""

    manifest: Manifest
    former: Path | None
    erased: int  # people erased after the backup was made, erased again
    held: tuple[str, ...]


def new_key() -> tuple[str, str]:
    """(recovery key for the owner, public recipient for the server). The key is shown once."""
    raise NotImplementedError


def is_key(text: str) -> bool:
    """Is this a recovery key, as `new_key` makes them? Spaces and line ends around do not count."""
    raise NotImplementedError


def is_recipient(text: str) -> bool:
    """Is this a public recipient?"""
    raise NotImplementedError


def recipient_of(key: str) -> str:
    """The recipient that belongs to a recovery key. Raises WrongKey for what is no key."""
    raise NotImplementedError


def file_name(made_at: datetime) -> str:
    """What a backup of this moment is called: salesagent-20261121-140200.backup (UTC)."""
    raise NotImplementedError


def make(target: Path, recipient: str, say: Say | None = None) -> Made:
    """Write a backup to `target`, whole or not at all (it appears with a rename). Raises BackupError.

    The product may run meanwhile. A `target` that exists is replaced; its folder is made (0700).
    What `say` raises ends the work and leaves nothing behind, so it may stop a job.
    """
    raise NotImplementedError


def open_backup(path: Path, key: str) -> Manifest:
    """Read the whole file, check every byte of it, and say what is inside. Raises BackupError."""
    raise NotImplementedError


def restore(path: Path, key: str, say: Say | None = None) -> Restored:
    """Put a backup in the place of this installation's data. Raises BackupError: then nothing has
    changed. Only for a process of its own (`manage.py restore`): the product must not run."""
    raise NotImplementedError
