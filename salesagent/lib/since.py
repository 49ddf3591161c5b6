"""What people decided after a backup was made holds after it is restored as well.

Modules of wiring.CARRIED: `present(database)` yields what has to be carried from the data that is
there, as JSON can hold it; `again(rows)` puts it into the restored data and returns lines for
people. In between it lies in the staged data, for minutes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from salesagent.lib.backup_base import private
from salesagent.lib.backup_sqlite import is_memory

FILE = "since.jsonl"
UNREAD = (
    "The database that was there could not be read: what was decided since the backup and stands "
    "nowhere else is lost. Look at the do-not-contact list and at Settings, People"
)
Row = Mapping[str, Any]


def carry_over(staged: Path) -> None:
    """Called while the present data is still in place, by a process that sees it as its data."""
    try:
        gather(staged)
    finally:
        connection.close()


def gather(staged: Path) -> None:
    """Write down what the present data knows. A database that is hurt is told of, not stumbled
    over: it may be the reason for the restore."""
    (staged / FILE).unlink(missing_ok=True)
    with private(staged / FILE) as file:

        def write(path: str, row: Row | None) -> None:
            file.write(json.dumps([path, row]).encode() + b"\n")

        try:
            database = _is_there()
        except DatabaseError:
            database = False
            write("", None)
        for path in settings.CARRIED:
            try:
                for row in import_module(path).present(database):
                    write(path, row)
            except DatabaseError:
                write("", None)


def _is_there() -> bool:
    """Is there a database with tables? Opening a file that is none would make it."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and not is_memory(name) and not Path(name).is_file():
        return False
    return "django_migrations" in connection.introspection.table_names()


def again() -> list[str]:
    """Put it into the restored data, lines for people; nothing when this is no restore."""
    path = Path(settings.DATA_DIR) / FILE
    if not path.exists():
        return []
    lines = [UNREAD] if any(name == "" for name, _ in _rows(path)) else []
    for name in settings.CARRIED:
        rows = [row for found, row in _rows(path) if found == name and row is not None]
        lines += _again(name, rows)
    path.unlink()
    return lines


def _again(name: str, rows: Sequence[Row]) -> list[str]:
    found: list[str] = import_module(name).again(rows)
    return found


def _rows(path: Path) -> Iterator[tuple[str, Row | None]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            name, row = json.loads(line)
            yield name, row
