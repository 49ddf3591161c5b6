"""The PostgreSQL database: by its own programs pg_dump and pg_restore, which must be installed.

A restore goes into a new database beside the present one; renaming the two makes it the present one
(lib.swap). The role needs CREATEDB for that.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from salesagent.lib.backup_base import BackupError, Damaged, InUse
from salesagent.lib.backup_sqlite import IN_USE, newest

MISSING = (
    "The program {} is not installed here, and a PostgreSQL database is copied with it. Install "
    "postgresql-client of the server's version or newer."
)
NO_RIGHT = (
    "A new database cannot be made ({}). A restore puts the backup into a new database and then "
    "swaps the two: give the role the right with ALTER ROLE .. CREATEDB, and try again."
)
_SECRET = re.compile(r"password=\S+|://[^@\s]+@")


def config() -> dict[str, Any]:
    from django.conf import settings

    return dict(settings.DATABASES["default"])


def environment(given: Mapping[str, Any]) -> dict[str, str]:
    """What the programs need, in variables: a password on a command line is seen by everybody."""
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    values = {name: str(given.get(key) or "") for name, key in names.items()}
    values["PGSSLMODE"] = str((given.get("OPTIONS") or {}).get("sslmode") or "")
    return {**os.environ, **{name: value for name, value in values.items() if value}}


def program(name: str) -> str:
    """The newest one of this machine: an older pg_dump refuses a newer server."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_version)
    path = str(found[-1]) if found else shutil.which(name)
    if not path:
        raise BackupError(MISSING.format(name))
    return path


def _version(path: Path) -> float:
    text = path.parent.parent.name
    return float(text) if text.replace(".", "", 1).isdigit() else 0.0


def run(command: Sequence[str]) -> None:
    """Raises BackupError with the program's own last line."""
    done = subprocess.run(  # noqa: S603  our own arguments
        command, env=environment(config()), capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        last = _SECRET.sub("[hidden]", lines[-1])[:300] if lines else f"it ended {done.returncode}"
        raise BackupError(f"{Path(command[0]).name} could not do its work: {last}")


def connect(name: str) -> Any:
    """A connection of its own with autocommit, as CREATE DATABASE wants it."""
    import psycopg

    given = config()
    options = {"host": given.get("HOST"), "port": given.get("PORT"), "user": given.get("USER")}
    options |= {"password": given.get("PASSWORD"), **(given.get("OPTIONS") or {})}
    try:
        return psycopg.connect(
            dbname=name, autocommit=True, **{key: one for key, one in options.items() if one}
        )
    except psycopg.OperationalError as error:
        text = _SECRET.sub("[hidden]", str(error).strip())
        raise BackupError(f"The database server cannot be reached: {text[:300]}") from error


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def copy(target: Path) -> tuple[dict[str, str], dict[str, int]]:
    """Dump one moment of the database; what `describe` says is of the same moment."""
    dump, name = program("pg_dump"), str(config()["NAME"])
    with closing(connect(name)) as own, own.transaction():
        own.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot = own.execute("SELECT pg_export_snapshot()").fetchone()[0]
        found = _describe(own)
        run(
            [dump, "--format=custom", "--compress=0", "--no-owner", "--no-privileges"]
            + [f"--snapshot={snapshot}", f"--file={target}", "--dbname", name]
        )
    target.chmod(0o600)
    return found


def _describe(own: Any) -> tuple[dict[str, str], dict[str, int]]:
    rows = own.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    ).fetchall()
    counts = {
        name: own.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0]  # noqa: S608
        for (name,) in rows
    }
    done = []
    if "django_migrations" in counts:
        done = own.execute("SELECT app, name FROM django_migrations").fetchall()
    return newest(done), counts


def size() -> int:
    """Bytes of the present database; its dump is smaller."""
    name = str(config()["NAME"])
    with closing(connect(name)) as own:
        return int(own.execute("SELECT pg_database_size(current_database())").fetchone()[0])


def describe(name: str) -> tuple[dict[str, str], dict[str, int]]:
    with closing(connect(name)) as own, own.transaction():
        return _describe(own)


def load(dump: Path, name: str, rows: Mapping[str, int]) -> None:
    """Put a dump into the new database `name`. Raises BackupError; then it is gone again."""
    import psycopg

    restore = program("pg_restore")
    with closing(connect(str(config()["NAME"]))) as own:
        try:
            own.execute(f"CREATE DATABASE {quoted(name)}")
        except psycopg.Error as error:
            raise BackupError(NO_RIGHT.format(str(error).strip().splitlines()[0])) from error
    try:
        run(
            [restore, "--no-owner", "--no-privileges", "--exit-on-error", "--dbname", name]
            + [str(dump)]
        )
        if describe(name)[1] != dict(rows):
            raise Damaged("The database in this backup does not have the rows it should have.")
    except BaseException:
        drop(name)
        raise


def drop(name: str) -> None:
    with closing(connect(str(config()["NAME"]))) as own:
        own.execute(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")


def drop_staged(prefix: str) -> None:
    """Databases that killed restores left."""
    with closing(connect(str(config()["NAME"]))) as own:
        names = [row[0] for row in own.execute("SELECT datname FROM pg_database").fetchall()]
    for name in names:
        if name.startswith(prefix):
            drop(name)


def refuse_in_use() -> None:
    """Raises InUse while anybody else is connected to the present database."""
    name = str(config()["NAME"])
    with closing(connect(name)) as own:
        others = own.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'",
            [name],
        ).fetchone()[0]
    if others:
        raise InUse(IN_USE)
