"""Statements put together once, for the few loops where building them is most of the time.

The values go through the model's fields, so the same statement works on SQLite and PostgreSQL.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def _fields(model: type[models.Model], names: Sequence[str]) -> list[Any]:
    return [model._meta.get_field(name) for name in names]


def _columns(fields: Sequence[Any]) -> list[str]:
    return [connection.ops.quote_name(field.column) for field in fields]


def _run(sql: str, fields: Sequence[Any], values: Sequence[object], *, key: bool) -> int:
    """The number of rows hit, or the new row's key."""
    pairs = list(zip(fields, values, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(one, connection) for field, one in pairs])
        return int(cursor.fetchone()[0] if key else cursor.rowcount)


class Update:
    """UPDATE .. SET some columns WHERE others equal; `run` returns the number of rows hit."""

    def __init__(
        self, model: type[models.Model], change: Sequence[str], where: Sequence[str]
    ) -> None:
        self.model = model
        self.change = tuple(change)
        self.where = tuple(where)
        self._made: tuple[str, list[Any]] | None = None

    def run(self, change: Sequence[object], where: Sequence[object]) -> int:
        """Values in the order of the names given to the constructor; `where` takes no None."""
        sql, fields = self._made or self._make()
        return _run(sql, fields, (*change, *where), key=False)

    def _make(self) -> tuple[str, list[Any]]:
        change, where = _fields(self.model, self.change), _fields(self.model, self.where)
        table = connection.ops.quote_name(self.model._meta.db_table)
        sets = ", ".join(f"{name} = %s" for name in _columns(change))
        tests = " AND ".join(f"{name} = %s" for name in _columns(where))
        # every name is one of the model's own columns
        self._made = f"UPDATE {table} SET {sets} WHERE {tests}", [*change, *where]  # noqa: S608
        return self._made


class Insert:
    """INSERT of one row with the given columns; `run` returns its primary key."""

    def __init__(self, model: type[models.Model], columns: Sequence[str]) -> None:
        self.model = model
        self.columns = tuple(columns)
        self._made: tuple[str, list[Any]] | None = None

    def run(self, values: Sequence[object]) -> int:
        """Values in the order of the names given to the constructor."""
        sql, fields = self._made or self._make()
        return _run(sql, fields, values, key=True)

    def _make(self) -> tuple[str, list[Any]]:
        fields, quote = _fields(self.model, self.columns), connection.ops.quote_name
        meta = self.model._meta
        key = _columns([meta.pk])[0]
        names, marks = ", ".join(_columns(fields)), ", ".join(["%s"] * len(fields))
        # every name is one of the model's own columns
        into = f"INSERT INTO {quote(meta.db_table)} ({names})"
        self._made = f"{into} VALUES ({marks}) RETURNING {key}", fields
        return self._made
