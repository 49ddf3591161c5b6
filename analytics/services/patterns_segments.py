"""Which leads convert better or worse than the rest: by trade, source, country, size, channel.

Everybody gets the same time: leads whose first message went out 30 days to 13 months ago, and
whether a meeting was booked (or a proposal made, or the deal won) within 30 days of it. Each
segment is compared with the rest by Fisher's exact test, and all looks are corrected together.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Min, OuterRef, Q, QuerySet, Subquery

from analytics.counts.chances import fisher, stand_out, wilson
from analytics.models import LeadFact, LeadPath
from analytics.selectors.pipeline import Scope

WITHIN = timedelta(days=30)
BACK = timedelta(days=365)
LEAST = 20  # leads in a segment
WRONG = 0.05  # share of those that stand out by chance, at most
LISTED = 40
KINDS = {
    "trade": "Trade",
    "source": "Source",
    "country": "Country",
    "size": "Company size",
    "channel": "First channel",
}
SIZES = ((10, "1 to 9"), (50, "10 to 49"), (250, "50 to 249"))
LARGE = "250 and more"
Counts = dict[tuple[int, str, str], list[int]]  # (owner, kind, value) -> [leads, converted]
WHOLE = ""  # kind of the counts of all leads


def count(today: date) -> Counts:
    """Read once for all scopes; holds a few thousand numbers however many leads there are."""
    found: Counts = defaultdict(lambda: [0, 0])
    channels = _first_channels(today)
    for pk, who, values, won in _leads(today):
        values["channel"] = channels.get(pk, "")
        for kind, value in (("", ""), *values.items()):
            if value or not kind:
                cell = found[(who, kind, value)]
                cell[0] += 1
                cell[1] += won
    return dict(found)


def _cohort(today: date) -> tuple[date, date]:
    return today - WITHIN - BACK, today - WITHIN


def _leads(today: date) -> Iterator[tuple[int, int, dict[str, str], bool]]:
    first, last = _cohort(today)
    rows = LeadPath.objects.filter(keeper=0, contacted_on__gte=first, contacted_on__lt=last)
    names = (
        *("lead_id", "who", "trade", "source", "lead__country", "lead__company__size"),
        *("contacted_on", "meeting_on", "proposal_on", "won_on"),
    )
    for pk, who, trade, source, country, size, begun, *steps in rows.values_list(*names).iterator():
        days = [day for day in steps if day is not None]
        won = bool(days) and min(days) - begun <= WITHIN
        values = {"trade": trade, "source": source, "country": country, "size": _size(size)}
        yield pk, who, values, won


def _size(size: int | None) -> str:
    if not size:
        return ""
    return next((name for below, name in SIZES if size < below), LARGE)


def _first_channels(today: date) -> dict[int, str]:
    """Lead -> channel of the first message; of several on that day the first by name."""
    first, last = _cohort(today)
    rows = LeadFact.objects.filter(metric="sent", day__gte=first, day__lt=last)
    rows = rows.filter(day=F("lead__stat_path__contacted_on")).order_by()
    return dict(rows.values_list("lead").annotate(c=Min("channel")).iterator())


def members(scope: Scope, kind: str, value: str, today: date) -> QuerySet[LeadPath]:
    """Who was counted for one value, as `count` does it on that day. Without an order."""
    first, last = _cohort(today)
    found = LeadPath.objects.filter(keeper=0, contacted_on__gte=first, contacted_on__lt=last)
    if scope.who is not None:
        found = found.filter(who__in=scope.who)
    if kind == "size":
        return found.filter(_size_is(value))
    if kind == "channel":
        sent = LeadFact.objects.filter(metric="sent", lead=OuterRef("lead"))
        first_sent = sent.filter(day=OuterRef("contacted_on")).order_by("channel")
        first_one = Subquery(first_sent.values("channel")[:1])
        return found.alias(first_channel=first_one).filter(first_channel=value)
    return found.filter(**{"lead__country" if kind == "country" else kind: value})


def _size_is(name: str) -> Q:
    low = 1
    for below, label in SIZES:
        if label == name:
            return Q(lead__company__size__gte=low, lead__company__size__lt=below)
        low = below
    return Q(lead__company__size__gte=low) if name == LARGE else Q(pk__in=())


def converted() -> Q:
    """Of LeadPath: got to a meeting, or further, in time."""
    steps = ("meeting_on", "proposal_on", "won_on")
    found = Q()
    for step in steps:
        found |= Q(**{f"{step}__lte": F("contacted_on") + WITHIN})
    return found


def facts(counts: Counts, scope: Scope) -> dict[str, Any]:
    """What stands out, for the people of a scope."""
    mine: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for (who, kind, value), (leads, won) in counts.items():
        if scope.holds(who):
            mine[(kind, value)].update(leads=leads, won=won)
    whole = mine.pop((WHOLE, ""), Counter())
    rows = [_row(key, cell, whole) for key, cell in mine.items()]
    looked = _once([row for row in rows if _enough(row)])
    for row, out in zip(looked, stand_out([row["p"] for row in looked], WRONG), strict=True):
        row["out"] = out
    looked.sort(key=lambda row: (not row["out"], row["p"], row["kind"], row["value"]))
    return {
        "leads": whole["leads"],
        "won": whole["won"],
        "looked": len(looked),
        "out": sum(row["out"] for row in looked),
        "small": len(rows) - len(looked),
        "rows": looked[:LISTED],
    }


def _once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of two values that are each other's rest only the better one: it is one look, not two."""
    kept: dict[tuple[object, ...], dict[str, Any]] = {}
    for row in rows:
        mine, rest = (row["leads"], row["won"]), (row["rest"], row["rest_won"])
        key = (row["kind"], *sorted([mine, rest]))
        other = kept.get(key)
        if other is None or row["won"] * other["leads"] > other["won"] * row["leads"]:
            kept[key] = row
    return list(kept.values())


def _enough(row: dict[str, Any]) -> bool:
    """Itself and the rest: all leads from one source tell nothing of it."""
    return bool(row["leads"] >= LEAST and row["rest"] >= LEAST)


def _row(key: tuple[str, str], cell: Counter[str], whole: Counter[str]) -> dict[str, Any]:
    leads, won = cell["leads"], cell["won"]
    rest, rest_won = whole["leads"] - leads, whole["won"] - won
    low, high = wilson(won, leads)
    enough = leads >= LEAST and rest >= LEAST
    return {
        "kind": key[0],
        "value": key[1],
        "leads": leads,
        "won": won,
        "low": round(low, 4),
        "high": round(high, 4),
        "rest": rest,
        "rest_won": rest_won,
        "p": fisher(won, leads, rest_won, rest) if enough else 1.0,
        "out": False,
    }
