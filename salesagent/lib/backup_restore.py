"""Opening a backup and putting it in the place of the present data.

Everything is prepared beside the present data: unpacked, proven, brought up to date, people erased
since then erased again, everything that sends held. One swap at the end (lib.swap) makes it the
present data; whatever fails before leaves that untouched.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from salesagent.lib import (
    backup_age,
    backup_keys,
    backup_postgres,
    backup_sqlite,
    erasures,
    filelock,
    since,
    swap,
)
from salesagent.lib.backup_base import (
    RUNNING,
    BackupError,
    Damaged,
    InUse,
    Manifest,
    Restored,
    Say,
    TooNew,
    data_dir,
    disk_faults,
    quiet,
    work_folder,
)
from salesagent.lib.backup_make import present as present_database
from salesagent.lib.backup_members import ODD
from salesagent.lib.backup_sqlite import IN_USE
from salesagent.lib.backup_tar import DATABASE, FILES, Reader
from salesagent.lib.data_names import stays

STAGED = "_restored_"  # between a database's name and the time, while it is prepared
OTHER_KIND = (
    "This backup is of a {} database and this installation has {}. Set DATABASE_URL to a database "
    "of the same kind, or leave it out for SQLite, and try again."
)
NEWER = (
    "This backup was made by SalesAgent {}, whose tables are newer than this program knows ({}). "
    "Update the program to that version or a later one, then restore."
)
FAILED = "The backup could not be brought up to date: {} Nothing was changed."


def open_backup(path: Path, key: str) -> Manifest:
    """See salesagent.lib.backup."""
    with backup_age.decrypted(path, key) as stream:
        return Reader(stream, lambda name: None).read()


def restore(path: Path, key: str, say: Say | None = None) -> Restored:
    """See salesagent.lib.backup."""
    root = data_dir()
    with disk_faults(), filelock.held(root / RUNNING) as alone:
        if not alone:
            raise InUse(IN_USE)
        with work_folder(root):
            return _Restore(root, say or quiet).run(path, key)


class _Restore:
    def __init__(self, root: Path, say: Say) -> None:
        self.root, self.say = root, say
        self.stage = root / swap.STAGE
        self.new = self.stage / swap.NEW
        self.vendor, self.name = present_database()
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        self.former = root / f"former-{stamp}"
        self.staged_name = f"{self.name}{STAGED}{stamp.replace('-', '')}"
        self.loaded = False

    def run(self, path: Path, key: str) -> Restored:
        self._refuse_in_use()
        self._sweep()
        self.new.mkdir(mode=0o700, parents=True)
        self.stage.chmod(0o700)
        committed = False
        try:
            manifest = self._unpack(path, key)
            self._database(manifest)
            self.say(0.6, "Bringing it up to date")
            told = self._settle(manifest)
            self._release()
            self.say(0.95, "Putting it in place")
            moves = self._moves()
            refuse_mounts(moves)
            swap.commit(self.root, moves, self._databases(), self.name)
            committed = True
        finally:
            if not committed:
                self._undo()
        former = self.former if self.former.exists() else None
        names = self._databases()
        old = names.old if names else ""
        return Restored(manifest, former, int(told["erased"]), tuple(told["held"]), old)

    def _sweep(self) -> None:
        """What a restore left that was killed before its swap."""
        swap.forget(self.root)
        if self.vendor == "postgresql":
            backup_postgres.drop_staged(f"{self.name}{STAGED}")
        else:
            self._staged_database().unlink(missing_ok=True)

    def _refuse_in_use(self) -> None:
        """Close our own connection, and make sure that there is no other."""
        from django.db import connections

        connections.close_all()
        if self.vendor == "postgresql":
            backup_postgres.refuse_in_use()
        else:
            backup_sqlite.refuse_in_use(Path(self.name))

    def _release(self) -> None:
        """The last look before the swap; then the present database is one file."""
        self._refuse_in_use()
        if self.vendor == "sqlite":
            backup_sqlite.settle(Path(self.name))

    def _unpack(self, path: Path, key: str) -> Manifest:
        self.say(0.0, "Checking and unpacking")
        with backup_age.decrypted(path, key) as stream:
            reader = Reader(stream, self._place)
            manifest = reader.read()
        if manifest.database != self.vendor:
            raise BackupError(OTHER_KIND.format(manifest.database, self.vendor))
        refuse_newer(manifest)
        keys = reader.keys
        if (self.root / backup_keys.FILE).exists() or not backup_keys.is_known(keys):
            backup_keys.leave(keys, self.new)
        return manifest

    def _place(self, name: str) -> Path | None:
        if name == DATABASE:
            return self._staged_database()
        if not name.startswith(FILES):
            return None
        path = self.new / name.removeprefix(FILES)
        if not path.resolve().is_relative_to(self.new.resolve()):
            raise Damaged(ODD)
        return None if self._is_of_the_database(path) else path

    def _is_of_the_database(self, path: Path) -> bool:
        """The database comes by its own name, whole: no log of a stranger's beside it."""
        staged = self._staged_database()
        name, own = path.name.casefold(), staged.name.casefold()
        return path.parent == staged.parent and (name == own or name.startswith(f"{own}-"))

    def _staged_database(self) -> Path:
        """Where renaming it will do: in its place among the files, else beside the present one."""
        if self.vendor == "postgresql":
            return self.stage / "dump"
        own, root = Path(self.name), self.root.resolve()
        place = own.parent.resolve() / own.name
        if place.is_relative_to(root) and not stays(place.relative_to(root).parts[0]):
            return self.new / place.relative_to(root)
        return swap.staged_beside(own)

    def _database(self, manifest: Manifest) -> None:
        self.say(0.4, "Checking the database")
        staged = self._staged_database()
        if self.vendor == "postgresql":
            backup_postgres.load(staged, self.staged_name, manifest.rows)
            self.loaded = True
            staged.unlink()
        else:
            backup_sqlite.check(staged, manifest.rows)

    def _settle(self, manifest: Manifest) -> dict[str, Any]:
        """In a process of its own, which sees the staged data as its data."""
        erasures.carry_over(self.root, self.new)
        since.carry_over(self.new)
        told = in_new_process(self.new, self._url(), manifest)
        if self.vendor == "sqlite":
            backup_sqlite.shrink(self._staged_database())
        return told

    def _url(self) -> str:
        if self.vendor == "sqlite":
            return f"sqlite:///{self._staged_database()}"
        return postgres_url(self.staged_name)

    def _moves(self) -> list[swap.Move]:
        moves = swap.moves_of(self.root, self.former)
        staged, own = self._staged_database(), Path(self.name)
        if self.vendor == "sqlite" and not staged.is_relative_to(self.new):
            old = own.with_name(f"{own.name}.{self.former.name}")
            moves.append(swap.Move(staged, own, old))
        return moves

    def _databases(self) -> swap.Databases | None:
        if self.vendor != "postgresql":
            return None
        old = f"{self.name}_{self.former.name.replace('-', '_')}"
        return swap.Databases(self.staged_name, self.name, old)

    def _undo(self) -> None:
        """Nothing of it stays; a plan that was written is carried out by whoever comes next."""
        if (self.stage / swap.PLAN).exists():
            if self.vendor != "postgresql":
                return
            (self.stage / swap.PLAN).unlink()  # the databases were not swapped: nothing was
        if self.loaded:
            backup_postgres.drop(self.staged_name)
        if self.vendor == "sqlite":
            self._staged_database().unlink(missing_ok=True)
        swap.forget(self.root)


def refuse_mounts(moves: Sequence[swap.Move]) -> None:
    """Raises BackupError for what cannot be renamed: then the swap would stop in the middle."""
    for move in moves:
        if move.at.is_dir() and os.path.ismount(move.at):
            raise BackupError(
                f"{move.at} is a disk of its own, and a restore swaps whole folders. Unmount it, "
                "restore, and move its files."
            )


def refuse_newer(manifest: Manifest) -> None:
    """Raises TooNew when a migration of the backup is none of ours."""
    from django.db.migrations.loader import MigrationLoader

    known = MigrationLoader(None).disk_migrations
    apps = {app for app, _ in known}
    for app, name in sorted(manifest.migrations.items()):
        if app in apps and (app, name) not in known:
            raise TooNew(NEWER.format(manifest.product, f"{app} {name}"))


def postgres_url(name: str) -> str:
    from urllib.parse import quote

    given = backup_postgres.config()
    user, password = quote(given.get("USER") or "", safe=""), given.get("PASSWORD") or ""
    login = f"{user}:{quote(password, safe='')}" if password else user
    place = f"{given.get('HOST') or 'localhost'}:{given.get('PORT') or 5432}"
    mode = (given.get("OPTIONS") or {}).get("sslmode")
    return f"postgres://{login}@{place}/{name}" + (f"?sslmode={mode}" if mode else "")


def in_new_process(folder: Path, url: str, manifest: Manifest) -> dict[str, Any]:
    """Run `settle` on the staged data: {"erased": .., "held": [..]}. Raises BackupError."""
    from django.conf import settings

    given = {
        "DATA_DIR": str(folder),
        "DATABASE_URL": url,
        "SECRET_KEY": settings.SECRET_KEY,
        "SECRET_KEY_FALLBACKS": ",".join(settings.SECRET_KEY_FALLBACKS),
        "DATA_KEYS": ",".join(settings.DATA_KEYS),
        "HASH_KEY": settings.HASH_KEY,
        "DJANGO_SETTINGS_MODULE": "salesagent.settings",
        "DEBUG": "0",
        "LOG_LEVEL": "WARNING",
    }
    manage = str(Path(settings.BASE_DIR) / "manage.py")
    done = subprocess.run(  # noqa: S603  our own program
        [sys.executable, manage, "restore", "--settle", manifest.made_at.isoformat()],
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        words = [line for line in done.stderr.splitlines() if line.strip()]
        raise BackupError(FAILED.format(words[-1][:300] if words else "it ended without a word."))
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def settle(made_at: datetime, zone: Callable[[], tzinfo]) -> Mapping[str, Any]:
    """What staged data needs before anybody uses it; runs in the process of `in_new_process`.

    `zone` is asked once the tables are up to date.
    """
    from django.core.management import call_command

    from salesagent.lib import hold

    call_command("migrate", interactive=False, verbosity=0)
    erased = erasures.again()
    return {"erased": erased, "held": hold.begin(made_at, zone())}
