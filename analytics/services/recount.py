"""From facts to sums: a day is always summed as a whole, and only what differs is written."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any
from uuid import uuid4

from django.db.models import F, QuerySet

from analytics.counts import bitmaps
from analytics.counts.counting import Key, Sum
from analytics.models import DailyStat, DaySet, LeadFact, StatRun
from analytics.services import days
from salesagent.lib import bulk

EVERYBODY = 0
SETS = {"sent": "worked", "replies": "replied"}  # metric -> name of the set of its leads
PLAIN = ("slot.", "step.")  # metrics without segments: nobody asks for them by trade
NAMES = (*Key._fields, "count", "value", "seconds")
STAT = (*Key._fields, "segment")
Sums = dict[tuple[Any, ...], Sum]
SetKey = tuple[str, int, str]  # metric, who, segment


def recount(day: date, metrics: Collection[str] | None = None) -> bool:
    """Make sums and sets of the day anew, of all metrics or these; True when sets may differ.

    Call it inside a transaction.
    """
    wanted = {"day": day} if metrics is None else {"day": day, "metric__in": list(metrics)}
    sums, sets = _sum(LeadFact.objects.filter(**wanted))
    _write_sums(DailyStat.objects.filter(**wanted), sums)
    names = [name for metric, name in SETS.items() if metrics is None or metric in metrics]
    bits = {key: _bits(ids) for key, ids in sets.items()}
    _write_sets(DaySet.Span.DAY, day, bits, None if metrics is None else names)
    _stamp()
    return bool(names)


def recount_month(first: date) -> None:
    """The sets of a month out of those of its days."""
    end = (first.replace(day=28) + 4 * days.DAY).replace(day=1)
    rows = DaySet.objects.filter(span=DaySet.Span.DAY, day__gte=first, day__lt=end)
    parts: dict[SetKey, int] = defaultdict(int)
    names = ("metric", "who", "segment", "leads")
    for metric, who, segment, leads in rows.values_list(*names).iterator():
        parts[metric, who, segment] |= bitmaps.union([bytes(leads)])
    _write_sets(DaySet.Span.MONTH, first, dict(parts))
    _stamp()


def _stamp() -> None:
    """What was read before is no longer used. By chance, not by number: a restored copy must not
    come to a stamp that the process has seen with other sums."""
    StatRun.objects.filter(pk=1).update(stamp=uuid4().hex)


def segments(trade: str, source: str) -> list[str]:
    """The segments that a lead counts in."""
    named = (("trade", trade), ("source", source))
    return ["", *(f"{kind}:{name}" for kind, name in named if name)]


def _sum(facts: QuerySet[LeadFact]) -> tuple[Sums, dict[SetKey, set[int]]]:
    sums: Sums = {}
    sets: dict[SetKey, set[int]] = defaultdict(set)
    for lead, trade, source, fact, amount in _facts(facts):
        plain = fact.metric.startswith(PLAIN)
        for who in (EVERYBODY, fact.who):
            for segment in ("",) if plain else segments(trade, source):
                entry = sums.setdefault((*fact._replace(who=who), segment), Sum())
                entry.count += amount.count
                entry.value += amount.value
                entry.seconds += amount.seconds
                if name := SETS.get(fact.metric):
                    sets[name, who, segment].add(lead)
    return sums, sets


def _facts(facts: QuerySet[LeadFact]) -> Iterator[tuple[int, str, str, Key, Sum]]:
    """Each with the trade and source that its lead is counted as."""
    rows = facts.order_by()
    path = {"trade": F("lead__stat_path__trade"), "source": F("lead__stat_path__source")}
    for row in rows.annotate(**path).values_list("lead_id", "trade", "source", *NAMES).iterator():
        yield row[0], row[1] or "", row[2] or "", Key(*row[3:11]), Sum(*row[11:])


def _write_sums(before: QuerySet[DailyStat], sums: Sums) -> None:
    gone, kept = [], set()
    for pk, *row in before.values_list("pk", *STAT, "count", "value", "seconds"):
        key = tuple(row[: len(STAT)])
        if sums.get(key) == Sum(*row[len(STAT) :]):
            kept.add(key)
        else:
            gone.append(pk)
    _delete(DailyStat, gone)
    bulk.insert_many(
        [
            DailyStat(**dict(zip(STAT, key, strict=True)), **vars(amount))
            for key, amount in sums.items()
            if key not in kept
        ]
    )


def _bits(ids: set[int]) -> int:
    return bitmaps.union([bitmaps.pack(ids)])


def _write_sets(
    span: str, day: date, sets: dict[SetKey, int], names: Collection[str] | None = None
) -> None:
    gone, kept = [], set()
    packed = {key: bitmaps.pack_bits(bits) for key, bits in sets.items()}
    rows = DaySet.objects.filter(span=span, day=day)
    rows = rows if names is None else rows.filter(metric__in=list(names))
    for pk, metric, who, segment, leads in rows.values_list(
        "pk", "metric", "who", "segment", "leads"
    ):
        key = (metric, who, segment)
        if packed.get(key) == bytes(leads):
            kept.add(key)
        else:
            gone.append(pk)
    _delete(DaySet, gone)
    bulk.insert_many(
        [
            DaySet(
                span=span,
                day=day,
                metric=key[0],
                who=key[1],
                segment=key[2],
                leads=leads,
            )
            for key, leads in packed.items()
            if key not in kept
        ]
    )


def _delete(model: type[DailyStat] | type[DaySet], keys: list[int]) -> None:
    for start in range(0, len(keys), bulk.ROWS):
        model.objects.filter(pk__in=keys[start : start + bulk.ROWS]).delete()
