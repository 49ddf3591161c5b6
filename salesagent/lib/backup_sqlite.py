"""The SQLite database: copied while others write, checked, counted.

VACUUM INTO, not the backup API: it reads one moment of the file as any reader does, so writers go
on (the log grows meanwhile), while the API begins anew with each write of another process. And the
copy has no free pages, so text that was deleted before does not travel.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from salesagent.lib.backup_base import FULL, BackupError, Damaged, InUse

IN_USE = (
    "SalesAgent runs on this data (or another program has the database open). Stop it first, then "
    "restore."
)
HURT = "The database in this backup is damaged: {}. Take another backup."
BUSY = 60.0  # seconds


def is_memory(name: str) -> bool:
    return ":memory:" in name or "mode=memory" in name


@contextmanager
def faults() -> Iterator[None]:
    """SQLite's errors in words. A full disk has several names there."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        if "full" in text or "disk I/O error" in text:
            raise BackupError(FULL) from error
        if "malformed" in text or "not a database" in text:
            raise Damaged(HURT.format(text)) from error
        raise BackupError(f"The database cannot be copied: {text}.") from error


def copy(name: str, target: Path) -> None:
    """One moment of the database `name` as a new file without free pages."""
    if is_memory(name):
        return _serialize(target)
    if not Path(name).is_file():
        raise BackupError(f"There is no database yet: {name}.")
    with faults(), closing(_connect(name)) as source:
        source.execute("PRAGMA cache_size=-2048")
        source.execute("PRAGMA temp_store=FILE")
        source.execute("VACUUM INTO ?", [str(target)])
    target.chmod(0o600)


def _connect(name: str | Path) -> sqlite3.Connection:
    return sqlite3.connect(name, timeout=BUSY, isolation_level=None)


def _serialize(target: Path) -> None:
    """A database in memory, as tests have it, is seen by its own connection only."""
    from django.db import connection

    connection.ensure_connection()
    raw: Any = connection.connection
    target.write_bytes(raw.serialize())
    target.chmod(0o600)


def tables(connection: sqlite3.Connection) -> list[str]:
    """The tables that hold rows of ours: no index of the full-text search."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    virtual = tuple(f"{name}_" for name, sql in rows if "VIRTUAL TABLE" in (sql or "").upper()[:40])
    return sorted(
        name
        for name, sql in rows
        if not name.startswith("sqlite_")
        and "VIRTUAL TABLE" not in (sql or "").upper()[:40]
        and not (virtual and name.startswith(virtual))
    )


def describe(path: Path) -> tuple[dict[str, str], dict[str, int]]:
    """(newest migration of each app, rows of each table) of a copy."""
    with faults(), closing(_connect(path)) as copied:
        names = tables(copied)
        counts = {
            name: copied.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
            for name in names
        }
        done = []
        if "django_migrations" in names:
            done = copied.execute("SELECT app, name FROM django_migrations").fetchall()
    return newest(done), counts


def newest(rows: list[tuple[str, str]]) -> dict[str, str]:
    """The highest name of each app: names begin with their number."""
    found: dict[str, str] = {}
    for app, name in rows:
        found[app] = max(found.get(app, ""), name)
    return found


def check(path: Path, rows: Mapping[str, int]) -> None:
    """Whole, and with the rows that the manifest names. Raises Damaged."""
    with faults(), closing(_connect(path)) as copied:
        found = copied.execute("PRAGMA integrity_check(3)").fetchall()
        if found != [("ok",)]:
            raise Damaged(HURT.format(found[0][0]))
    if describe(path)[1] != dict(rows):
        raise Damaged(HURT.format("the number of rows is not what was written down"))


def refuse_in_use(path: Path) -> None:
    """Raises InUse when anybody else has the database open; writes nothing."""
    if not path.exists():
        return
    with closing(sqlite3.connect(path, timeout=1.0, isolation_level=None)) as own:
        try:
            own.execute("PRAGMA locking_mode=EXCLUSIVE")
            own.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise InUse(IN_USE) from error
            raise BackupError(f"The database {path} cannot be opened: {error}.") from error
        except sqlite3.DatabaseError:
            return  # hurt: reason enough to restore


def settle(path: Path) -> None:
    """Fold the write-ahead log into the file and leave no other beside it. Raises InUse when any
    other connection is open: none can be while the journal mode changes."""
    if not path.exists():
        return
    with closing(sqlite3.connect(path, timeout=1.0, isolation_level=None)) as own:
        try:
            mode = own.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise InUse(IN_USE) from error
            raise BackupError(f"The database {path} cannot be opened: {error}.") from error
        except sqlite3.DatabaseError:
            return  # hurt: reason enough to restore; it is kept as it is
    if mode != "delete":
        raise InUse(IN_USE)


def shrink(path: Path) -> None:
    """Write it anew, so that nothing of what was erased stays between the rows."""
    with faults(), closing(_connect(path)) as own:
        own.execute("PRAGMA journal_mode=DELETE")
        for name, sql in own.execute("SELECT name, sql FROM sqlite_master").fetchall():
            if "USING FTS5" in (sql or "").upper():  # it keeps words that were deleted
                own.execute(f'INSERT INTO "{name}" ("{name}") VALUES (\'rebuild\')')  # noqa: S608
        own.execute("VACUUM")
