"""Encrypted copies of everything the product keeps, and the way back.

One file, encrypted with age for a public recipient: a tar of the database, the files of DATA_DIR,
the keys without which stored secrets stay unreadable, and a manifest. The server keeps only the
recipient; the recovery key that opens a backup is with the owner. docs/backup.md has the format.
"""

from pathlib import Path

from salesagent.lib import backup_age
from salesagent.lib.backup_base import (
    SUFFIX,
    BackupError,
    Damaged,
    InUse,
    Made,
    Manifest,
    Part,
    Restored,
    Say,
    TooNew,
    WrongKey,
    file_name,
)

__all__ = [
    "SUFFIX",
    "BackupError",
    "Damaged",
    "InUse",
    "Made",
    "Manifest",
    "Part",
    "Restored",
    "Say",
    "TooNew",
    "WrongKey",
    "file_name",
    "is_key",
    "is_recipient",
    "make",
    "new_key",
    "open_backup",
    "recipient_of",
    "restore",
]


def new_key() -> tuple[str, str]:
    """(recovery key for the owner, public recipient for the server). The key is shown once."""
    return backup_age.new_key()


def is_key(text: str) -> bool:
    """Is this a recovery key, as `new_key` makes them? Spaces and line ends around do not count."""
    return backup_age.is_key(text)


def is_recipient(text: str) -> bool:
    """Is this a public recipient?"""
    return backup_age.is_recipient(text)


def recipient_of(key: str) -> str:
    """The recipient that belongs to a recovery key. Raises WrongKey for what is no key."""
    return backup_age.recipient_of(key)


def make(target: Path, recipient: str, say: Say | None = None) -> Made:
    """Write a backup to `target`, whole or not at all: it appears with a rename.

    Raises BackupError. The product may run meanwhile. A `target` that exists is replaced; its
    folder is made (0700). What `say` raises ends the work and leaves nothing behind, so it may
    stop a job; it is called often (each 256 KiB).
    """
    from salesagent.lib import backup_make

    return backup_make.make(target, recipient, say)


def open_backup(path: Path, key: str) -> Manifest:
    """Read the whole file, check every byte of it, and say what is inside. Raises BackupError."""
    from salesagent.lib import backup_restore

    return backup_restore.open_backup(path, key)


def restore(path: Path, key: str, say: Say | None = None) -> Restored:
    """Put a backup in the place of this installation's data. Raises BackupError: then nothing has
    changed. Only for a process of its own (`manage.py restore`): the product must not run.

    Afterwards everything that sends stands still: lib.hold.reason() says why, and
    lib.hold.release(user) starts it again.
    """
    from salesagent.lib import backup_restore

    return backup_restore.restore(path, key, say)
