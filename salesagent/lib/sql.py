"""Statements put together once, for the few loops where building them is most of the time.

The values go through the model's fields, so the same statement works on SQLite and PostgreSQL.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)


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


Given = int | str | date | datetime


class _Prepared:
    """A SELECT that the ORM puts into words once for each number of values it is given.

    `build` gets as many values as `all` will (whole numbers, text, days, moments; lists come last,
    one by one) and returns a queryset that uses each of them as a value. Writing the statement is
    most of what a small query costs; from then on it is only run.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Any, Any]]) -> None:
        self.build = build
        self._made: dict[tuple[type, ...], tuple[str, list[Any], Any]] = {}

    def _run(self, values: Sequence[Given]) -> tuple[Any, list[tuple[Any, ...]]]:
        """(compiler, rows); no rows where a list is empty, and for keys that nobody has."""
        if any(isinstance(one, int) and abs(one) >= _TOO_HIGH for one in values):
            return None, []  # from a URL; no database has such a key
        shape = tuple(map(_kind, values))
        try:
            sql, params, compiler = self._made.get(shape) or self._make(shape)
        except EmptyResultSet:
            return None, []
        given = [_adapted(value) for value in values]
        filled = [given[p.place] if isinstance(p, _Mark) else p for p in params]
        with connection.cursor() as cursor:
            cursor.execute(sql, filled)
            return compiler, cursor.fetchall()

    def _make(self, shape: tuple[type, ...]) -> tuple[str, list[Any], Any]:
        given = [_mark(kind, at) for at, kind in enumerate(shape)]
        marks = {_adapted(value): _Mark(at) for at, value in enumerate(given)}
        compiler = self.build(*given).query.get_compiler(connection.alias)
        sql, params = compiler.as_sql()
        found = [marks.get(p, p) if type(p) in _KINDS else p for p in params]
        if {p for p in found if isinstance(p, _Mark)} != set(marks.values()):
            raise ValueError("each value must become a parameter of the statement")
        if len(self._made) >= _MOST:
            self._made.clear()
        self._made[shape] = sql, found, compiler
        return self._made[shape]


class Rows(_Prepared, Generic[M]):
    """Whole objects, `select_related` and `only` included (`prefetch_related` is not followed)."""

    def __init__(self, build: Callable[..., models.QuerySet[M]]) -> None:
        super().__init__(build)

    def all(self, *values: Given) -> list[M]:
        compiler, rows = self._run(values)
        return list(_objects(compiler, rows)) if rows else []

    def first(self, *values: Given) -> M | None:
        """The first row; `build` should limit to one."""
        return next(iter(self.all(*values)), None)


class Cells(_Prepared):
    """Rows of a `values_list`."""

    def all(self, *values: Given) -> list[Any]:
        compiler, rows = self._run(values)
        return [tuple(row) for row in compiler.results_iter([rows])] if rows else []


@dataclass(frozen=True)
class _Mark:
    """A parameter that is given with each run."""

    place: int


_KINDS = (int, str, datetime, date)  # a moment is a day, too
_TOO_HIGH = 2**63
_MARK = 8_765_432_109_876_543_000  # no id is as high, and it still fits into 64 bits
_LATE = datetime(7654, 3, 2, 1, tzinfo=UTC)
_MOST = 64  # statements kept


def _kind(value: Given) -> type:
    return next(kind for kind in _KINDS if isinstance(value, kind))


def _mark(kind: type, place: int) -> Given:
    """A value of this kind that no statement has by itself."""
    if kind is datetime:
        return _LATE + timedelta(microseconds=place)
    if kind is date:
        return _LATE.date() + timedelta(days=place)
    return f"\x02given {place}\x03" if kind is str else _MARK + place


def _adapted(value: Given) -> Any:
    """As a parameter: one database has days and moments as text."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value


def _objects(compiler: Any, rows: list[tuple[Any, ...]]) -> Iterator[Any]:
    """Rows to objects as django.db.models.query.ModelIterable does it (5.2)."""
    select, info, extra = compiler.select, compiler.klass_info, compiler.annotation_col_map
    fields = info["select_fields"]
    begin, end = fields[0], fields[-1] + 1
    names = [column[0].target.attname for column in select[begin:end]]
    related = get_related_populators(info, select, connection.alias)  # type: ignore[call-arg]  # 6.1
    for row in compiler.results_iter([rows]):
        item = info["model"].from_db(connection.alias, names, row[begin:end])
        for populator in related:
            populator.populate(row, item)
        for name, place in extra.items():
            setattr(item, name, row[place])
        yield item
