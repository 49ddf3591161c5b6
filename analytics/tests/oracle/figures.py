"""Each figure of the selectors, summed up from the oracle's facts."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from analytics.access import EVERYBODY, Scope
from analytics.selectors.period import Period
from analytics.tests.oracle.tables import day_of, number


def _ask(scope: Scope, period: Period, metrics: list[str], names: str, more: str = "") -> list[Any]:
    """Rows of (names.., count, value, seconds). `more`: a further condition."""
    where = ["f.day BETWEEN %s AND %s", f"f.metric IN ({', '.join(['%s'] * len(metrics))})"]
    values: list[Any] = [number(period.first), number(period.last), *metrics]
    if EVERYBODY not in scope.who:
        where.append(f"f.who IN ({', '.join(map(str, scope.who))})")
    kind, _, name = scope.segment.partition(":")
    if kind:
        where.append(f"l.{kind} = %s")
        values.append(name)
    sql = (
        f"SELECT {names}, SUM(n), SUM(cents), SUM(seconds) FROM oracle_fact f "  # noqa: S608
        f"JOIN oracle_lead l ON l.id = f.root WHERE {' AND '.join(where)} {more} GROUP BY {names}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [
            (*row[:-3], int(row[-3]), Decimal(int(row[-2])) / 100, int(row[-1]))
            for row in cursor.fetchall()
        ]


def totals(scope: Scope, period: Period, metrics: list[str]) -> dict[str, Any]:
    return {row[0]: row[1:] for row in _ask(scope, period, metrics, "metric")}


def money(scope: Scope, period: Period, metric: str) -> dict[str, Any]:
    return {row[0]: row[1:3] for row in _ask(scope, period, [metric], "channel")}


def channels(scope: Scope, period: Period, metrics: list[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for channel, metric, count, *_ in _ask(scope, period, metrics, "channel, metric"):
        found[channel][metric] = count
    return dict(found)


def answered(scope: Scope, period: Period) -> tuple[int, int]:
    """(messages with a human reply, messages that could have one)."""
    more = "AND f.channel NOT IN ('phone', 'post')"
    rows = _ask(scope, period, ["answered", "delivered"], "metric", more)
    found = {row[0]: row[1] for row in rows}
    return found.get("answered", 0), found.get("delivered", 0)


def daily(scope: Scope, period: Period, metrics: list[str]) -> dict[date, dict[str, int]]:
    found: dict[date, dict[str, int]] = defaultdict(dict)
    for day, metric, count, *_ in _ask(scope, period, metrics, "day, metric"):
        found[day_of(day)][metric] = count
    return dict(found)


def weekly(
    scope: Scope, period: Period, metrics: list[str], channel: str = ""
) -> dict[date, dict[str, int]]:
    """1 January 1970 was a Thursday."""
    more = f"AND f.channel = '{channel}'" if channel else ""
    found: dict[date, dict[str, int]] = defaultdict(dict)
    week = "(f.day + 3) / 7 * 7 - 3"
    for day, metric, count, *_ in _ask(scope, period, metrics, f"{week}, metric", more):
        found[day_of(day)][metric] = count
    return dict(found)


def heat(scope: Scope, period: Period) -> dict[int, int]:
    found = _ask(Scope(scope.who), period, ["slot.replies"], "slot")
    return {slot: count for slot, count, *_ in found}


def answer_times(scope: Scope, period: Period) -> dict[int, tuple[int, int]]:
    found = _ask(scope, period, ["answer.time"], "slot")
    return {slot: (count, seconds) for slot, count, _, seconds in found}


def steps(scope: Scope, period: Period, metrics: list[str]) -> dict[Any, dict[str, int]]:
    found: dict[Any, dict[str, int]] = defaultdict(dict)
    names = "sequence, step, variant, channel, metric"
    for *key, metric, count, _, waited in _ask(Scope(scope.who), period, metrics, names):
        found[tuple(key)][metric.removeprefix("step.")] = count
        if metric == "step.sent":
            found[tuple(key)]["waited"] = waited
    return dict(found)


def people(scope: Scope, period: Period, metrics: list[str]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for who, metric, *amounts in _ask(scope, period, metrics, "f.who, metric"):
        found[who][metric] = tuple(amounts)
    return dict(found)


def leads(scope: Scope, period: Period, metrics: list[str], channel: str | None = None) -> set[int]:
    more = "" if channel is None else f"AND f.channel = '{channel}'"
    return {row[0] for row in _ask(scope, period, metrics, "f.root", more)}


def segments(scope: Scope) -> list[str]:
    always = Period(date(1990, 1, 1), date(2090, 1, 1))
    found = set()
    for kind in ("trade", "source"):
        for name, *_ in _ask(Scope(scope.who), always, ["funnel.came"], f"l.{kind}"):
            if name:
                found.add(f"{kind}:{name}")
    return sorted(found)


def behind(scope: Scope, period: Period, asked: dict[str, str]) -> int:
    """What a link to the leads behind a number asks for: its metric, channel, hours, step."""
    metric = asked["metric"]
    if metric in ("worked", "replied"):
        return len(leads(scope, period, [{"worked": "sent", "replied": "replies"}[metric]]))
    more = ""
    for name in ("channel", "step", "variant"):
        if name in asked:
            assert "'" not in asked[name]
            more += f" AND f.{name} = '{asked[name]}'"
    if "slot" in asked:
        more += f" AND f.slot IN ({', '.join(str(int(one)) for one in asked['slot'].split(','))})"
    if "sequence" in asked:
        more += f" AND f.sequence = {int(asked['sequence'])}"
    return sum(row[1] for row in _ask(scope, period, [metric], "metric", more))
