"""Sums of DailyStat by any of its columns, in SQL of our own: a page asks for ten of them, and to
put the same query together anew costs more than to run it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any

from django.db import connection

from analytics.access import EVERYBODY, Scope
from analytics.selectors import kept
from analytics.selectors.period import Period

COLUMNS = frozenset(("who", "segment", "metric", "day", "channel", "slot", "sequence", "step",
                     "variant"))  # fmt: skip
EXACT = Context(prec=15)
SQL = (
    "SELECT {columns}{sums} FROM analytics_dailystat WHERE {who} AND segment = %s"
    " AND metric IN ({metrics}) AND day >= %s AND day <= %s{more}{group}"
)
SEGMENTS = """
WITH RECURSIVE one(who, segment) AS (
  SELECT column1, (SELECT MIN(segment) FROM analytics_dailystat
    WHERE who = column1 AND segment > %s) FROM (VALUES {who}) AS people
  UNION ALL SELECT who, (SELECT MIN(s.segment) FROM analytics_dailystat s
    WHERE s.who = one.who AND s.segment > one.segment) FROM one WHERE segment IS NOT NULL)
SELECT DISTINCT segment FROM one WHERE segment IS NOT NULL AND EXISTS (
  SELECT 1 FROM analytics_dailystat s
  WHERE s.who = one.who AND s.segment = one.segment AND s.metric = %s)
"""  # from one segment to the next in the index: to read all rows of a team takes ten times as long
SETS = (
    "SELECT leads FROM analytics_dayset"
    " WHERE who IN ({who}) AND segment = %s AND metric = %s AND ({tests})"
)
ROW = 400  # bytes of one, roughly, for what is kept
COUNT, EVERY = ("count",), ("count", "value", "seconds")


def read(
    scope: Scope,
    period: Period,
    metrics: Sequence[str],
    by: tuple[str, ...],
    sums: tuple[str, ...] = COUNT,
    *,
    apart: bool = False,
    **equal: str | int | None,
) -> list[tuple[Any, ...]]:
    """Rows of `by`'s columns and the sums; no rows where nothing was counted.

    `apart`: everybody's as the numbers of each one. `equal`: columns and what they hold; None: any.
    """
    named = {name: value for name, value in equal.items() if value is not None}
    key = (period, tuple(metrics), by, sums, apart, tuple(named.items()))
    found = kept.once(
        scope, key, lambda: _read(scope, period, metrics, by, sums, apart, named), _size
    )
    return list(found)


def _size(rows: list[Any]) -> int:
    return 200 + ROW * len(rows)


def _read(
    scope: Scope,
    period: Period,
    metrics: Sequence[str],
    by: tuple[str, ...],
    sums: tuple[str, ...],
    apart: bool,
    named: Mapping[str, str | int],
) -> list[tuple[Any, ...]]:
    each = apart and EVERYBODY in scope.who
    who = 0 if each else len(scope.who)
    sql = _sql(by, sums, who, len(metrics), tuple(named))
    params: list[Any] = [EVERYBODY] if each else list(scope.who)
    params += [scope.segment, *metrics, _day(period.first), _day(period.last), *named.values()]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    return _typed(rows, by, sums)


def segments(scope: Scope, metric: str) -> list[str]:
    """Those in which the metric was counted, whatever the scope's."""

    def read() -> list[str]:
        sql = SEGMENTS.format(who=", ".join(["(%s)"] * len(scope.who)))
        with connection.cursor() as cursor:
            cursor.execute(sql, ["", *scope.who, metric])
            return [name for (name,) in cursor.fetchall()]

    found: list[str] = kept.once(scope.whole, ("segments", metric), read, _size)
    return list(found)


def sets(scope: Scope, metric: str, spans: Mapping[str, Sequence[date]]) -> list[bytes]:
    """The sets of leads of these days and months (analytics.counts.bitmaps)."""
    wanted = {span: of for span, of in spans.items() if of}
    if not wanted:
        return []
    tests = " OR ".join(f"(span = %s AND day IN ({_marks(len(of))}))" for of in wanted.values())
    sql = SETS.format(who=_marks(len(scope.who)), tests=tests)
    params: list[Any] = [*scope.who, scope.segment, metric]
    for span, of in wanted.items():
        params += [str(span), *map(_day, of)]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [bytes(leads) for (leads,) in cursor.fetchall()]


@lru_cache(maxsize=256)
def _sql(
    by: tuple[str, ...], sums: tuple[str, ...], who: int, metrics: int, equal: tuple[str, ...]
) -> str:
    """`who` 0: all but everybody's."""
    if not COLUMNS.issuperset((*by, *equal)):
        raise ValueError(f"no such column: {by}, {equal}")
    return SQL.format(
        columns="".join(f'"{name}", ' for name in by),
        sums=", ".join(f'SUM("{name}")' for name in sums),
        who=f"who IN ({_marks(who)})" if who else "who <> %s",
        metrics=_marks(metrics),
        more="".join(f' AND "{name}" = %s' for name in equal),
        group=f" GROUP BY {', '.join(str(n + 1) for n in range(len(by)))}" if by else "",
    )


def _marks(many: int) -> str:
    return ", ".join(["%s"] * many)


def _day(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)


def _typed(
    rows: list[tuple[Any, ...]], by: tuple[str, ...], sums: tuple[str, ...]
) -> list[tuple[Any, ...]]:
    """As the models have them: one database knows no dates, the other makes sums decimal."""
    how: list[Any] = [_date if name == "day" else None for name in by]
    how += [_money if name == "value" else int for name in sums]
    return [
        tuple(make(cell) if make else cell for make, cell in zip(how, row, strict=True))
        for row in rows
        if row[-1] is not None
    ]


@lru_cache(maxsize=2048)
def _date(cell: date | str) -> date:
    return date.fromisoformat(cell) if isinstance(cell, str) else cell


def _money(cell: Any) -> Decimal:
    return cell if isinstance(cell, Decimal) else EXACT.create_decimal_from_float(cell)
