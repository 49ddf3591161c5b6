"""What was known of a lead on a day it was scored, kept so that learning sees no later knowledge.

One row a lead and day, and only when something changed. Leads that nobody has touched yet and
closed leads get none: the first would all be alike, the second know how it ended. Rows of the past
two months stay; before that the last one of each month, for three years.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max
from django.utils import timezone

from leads.models import FeatureSnapshot, Lead
from leads.scoring.card import rule_points

Row = Mapping[str, object]
CLOSED = (Lead.Stage.WON, Lead.Stage.LOST)
ENOUGH = 1.0  # points of engagement that count as a change
FRESH, WINDOW = timedelta(days=60), timedelta(days=40)
FORGET = timedelta(days=3 * 365)


def row(values: Mapping[str, object], engagement: float) -> dict[str, object]:
    """What a model learns from and reads: no names, of an address only what follows the @."""
    known = {name: value for name, value in values.items() if value not in (None, "", [])}
    email = known.get("email")
    if isinstance(email, str):
        known["email"] = "@" + email.rpartition("@")[2]
    return known | {"engagement": round(engagement, 1)}


def note(scored: Sequence[tuple[Lead, Row]], card: Mapping[str, Any], now: datetime) -> int:
    """Keep today's rows of the leads that changed; returns how many. Two queries at most."""
    open_ones = [(lead, row) for lead, row in scored if lead.pk and _worth_keeping(lead, row)]
    if not open_ones:
        return 0
    before = latest([lead.pk for lead, _ in open_ones])
    day = timezone.localdate(now)
    made = [
        FeatureSnapshot(
            lead=lead, day=day, values=dict(row), points=_points(card, row), stage=lead.stage
        )
        for lead, row in open_ones
        if _changed(before.get(lead.pk), lead, row)
    ]
    FeatureSnapshot.objects.bulk_create(
        made,
        update_conflicts=True,
        unique_fields=["lead", "day"],
        update_fields=["values", "points", "stage"],
    )
    return len(made)


def latest(ids: Sequence[int]) -> dict[int, FeatureSnapshot]:
    """The newest row of each lead."""
    mine = FeatureSnapshot.objects.filter(lead__in=ids).order_by()
    newest = mine.values("lead").annotate(newest=Max("pk")).values("newest")
    return {one.lead_id: one for one in FeatureSnapshot.objects.filter(pk__in=newest)}


def thin(today: date | None = None) -> int:
    """Of rows older than two months the last of each month stays; returns how many went."""
    today = today or timezone.localdate()
    until = today - FRESH
    found = FeatureSnapshot.objects.filter(day__range=(until - WINDOW, until))
    last: dict[tuple[int, int, int], int] = {}
    gone: list[int] = []
    rows = found.order_by("lead_id", "day").values_list("pk", "lead_id", "day")
    for pk, lead_id, day in rows.iterator():
        older = last.get(key := (lead_id, day.year, day.month))
        gone += [older] if older else []
        last[key] = pk
    for start in range(0, len(gone), 500):
        FeatureSnapshot.objects.filter(pk__in=gone[start : start + 500]).delete()
    deleted, _ = FeatureSnapshot.objects.filter(day__lt=today - FORGET).delete()
    return len(gone) + deleted


def _worth_keeping(lead: Lead, row: Row) -> bool:
    if lead.stage in CLOSED or lead.erased_at is not None:
        return False
    return bool(lead.stage != Lead.Stage.NEW or lead.inquired_at or row["engagement"])


def _changed(before: FeatureSnapshot | None, lead: Lead, row: Row) -> bool:
    if before is None or before.stage != lead.stage:
        return True
    old = {**before.values}
    moved = abs(float(old.pop("engagement", 0.0)) - float(str(row["engagement"])))
    return moved >= ENOUGH or old != {k: v for k, v in row.items() if k != "engagement"}


def _points(card: Mapping[str, Any], row: Row) -> float:
    points = float(card["points_at_base"]) + sum(rule_points(rule, row) for rule in card["rules"])
    return round(points, 2)
