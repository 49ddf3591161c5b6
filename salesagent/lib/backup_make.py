"""Making a backup: copy the database, then stream everything through gzip and age into one file."""

import glob
import hashlib
import logging
import math
import os
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import salesagent
from salesagent.lib import backup_age, backup_keys, backup_postgres, backup_sqlite, backup_tar
from salesagent.lib.backup_base import (
    SUFFIX,
    BackupError,
    Made,
    Manifest,
    Say,
    data_dir,
    disk_faults,
    quiet,
    work_folder,
)
from salesagent.lib.backup_tar import DATABASE, FILES, KEYS, Entry, Writer

log = logging.getLogger(__name__)

COPIED = 0.2  # share of the work that the copy of the database is
NO_ROOM = "There is not enough room on the disk: the backup needs about {} MB while it is made."


def make(target: Path, recipient: str, say: Say | None = None) -> Made:
    """See salesagent.lib.backup."""
    if not backup_age.is_recipient(recipient):
        raise BackupError("There is no recovery key yet. Make one in Settings, Backups.")
    root, target = data_dir(), Path(target).resolve()
    with disk_faults():
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with work_folder(root) as work:
            return _Making(root, work, say or quiet).run(target, recipient)


class _Making:
    def __init__(self, root: Path, work: Path, say: Say) -> None:
        self.root, self.work, self.say = root, work, say
        self.at = datetime.now(UTC).replace(microsecond=0)
        self.vendor, self.database = present()
        self.copy = work / "database"
        self.done = self.total = 0

    def run(self, target: Path, recipient: str) -> Made:
        self.say(0.0, "Copying the database")
        self._check_room(target.parent)
        migrations, rows = self._copy()
        entries, odd = named(self._entries())
        self.total = backup_tar.total(entries)
        self.say(COPIED, "Encrypting")
        writer = Writer(self.at.timestamp(), self._seen)
        manifest = Manifest(self.at, salesagent.__version__, self.vendor, migrations, rows, ())

        def listed() -> bytes:
            return _with_parts(manifest, writer).to_json()

        draft = target.with_name(f".{target.name}.{installation(self.work)}.{os.getpid()}")
        sums = self._encrypt(writer.stream(entries, listed), draft, target, recipient)
        self.say(1.0, "Done")
        return Made(target, *sums, self.at, _with_parts(manifest, writer), odd)

    def _encrypt(
        self, stream: Iterator[bytes], draft: Path, target: Path, recipient: str
    ) -> tuple[int, str, str]:
        """Beside the target first: it appears whole, by a rename."""
        begin, own = glob.escape(target.stem.partition("-")[0]), draft.suffixes[-2]
        for left in draft.parent.glob(f".{begin}-*{SUFFIX}{own}.*"):
            left.unlink(missing_ok=True)  # of a process that was killed: no other one works now
        draft.unlink(missing_ok=True)
        try:
            sums = backup_age.encrypt(stream, draft, recipient)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        return sums

    def _copy(self) -> tuple[dict[str, str], dict[str, int]]:
        if self.vendor == "postgresql":
            return backup_postgres.copy(self.copy)
        backup_sqlite.copy(self.database, self.copy)
        return backup_sqlite.describe(self.copy)

    def _entries(self) -> list[Entry]:
        """The database first: a file that one of its rows names is there when files are read."""
        return [
            Entry(DATABASE, self.copy),
            Entry(KEYS, backup_keys.to_json(backup_keys.present())),
            *self._files(),
        ]

    def _files(self) -> Iterator[Entry]:
        own = Path(self.database)
        beside = [own, *(own.with_name(own.name + end) for end in ("-wal", "-shm", "-journal"))]
        return backup_tar.data_files(self.root, beside if self.vendor == "sqlite" else [])

    def _seen(self, count: int) -> None:
        self.done += count
        share = min(1.0, self.done / max(1, self.total))
        self.say(COPIED + (0.99 - COPIED) * share, "Encrypting")

    def _check_room(self, to: Path) -> None:
        """The copy of the database, and a backup: half of it and the files, which may not become
        smaller at all."""
        own = Path(self.database)
        size = own.stat().st_size if self.vendor == "sqlite" and own.is_file() else 0
        if self.vendor == "postgresql":
            size = backup_postgres.size()
        backup = size // 2 + backup_tar.total(self._files())
        if os.stat(self.work).st_dev == os.stat(to).st_dev:
            _refuse_full(to, size + backup)
        else:
            _refuse_full(self.work, size)
            _refuse_full(to, backup)


def _refuse_full(folder: Path, needed: int) -> None:
    free = os.statvfs(folder)
    if free.f_bavail * free.f_frsize < needed:
        raise BackupError(NO_ROOM.format(math.ceil(needed / 2**20)))


def named(entries: Iterable[Entry]) -> tuple[list[Entry], tuple[str, ...]]:
    """Those whose names are text, and the names of the others: a list of contents cannot hold
    them, and nothing of ours is called so."""
    kept, odd = [], []
    for entry in entries:
        if entry.name.isascii() or _is_text(entry.name):
            kept.append(entry)
        else:
            odd.append(os.fsencode(entry.name.removeprefix(FILES)).decode(errors="replace"))
    if odd:
        log.warning("left out of the backup, as their names are no UTF-8: %s", ", ".join(odd[:20]))
    return kept, tuple(odd)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def installation(work: Path) -> str:
    """What tells this work folder from every other one, a copy of it as well. Only for whoever
    holds its lock."""
    lock = work / "lock"
    if not (found := lock.read_text()):
        lock.write_text(found := secrets.token_hex(8))
    return hashlib.sha256(f"{found}:{lock.stat().st_ino}".encode()).hexdigest()[:12]


def present() -> tuple[str, str]:
    """(sqlite or postgresql, file or name) of the database of this process."""
    from django.db import connection

    return connection.vendor, str(connection.settings_dict["NAME"])


def _with_parts(manifest: Manifest, writer: Writer) -> Manifest:
    fields: dict[str, Any] = dict(vars(manifest))
    return Manifest(**{**fields, "parts": tuple(writer.parts)})
