"""Who stays longer in a stage than those who moved on: leads by their stage, deals by theirs."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from analytics.counts.chances import quantile
from analytics.counts.forecast import STAGES as DEAL_STAGES
from analytics.counts.forecast import Closed
from analytics.selectors import pipeline
from analytics.selectors.pipeline import NOBODY
from leads.models import Deal, Lead, ThreadEvent
from leads.selectors.views import WORKED_ON

LEAST = 20  # stays that are needed to say what is usual
SHARE = 0.9
BACK = timedelta(days=365)
LISTED = 1000  # ids kept for the page, the longest first
ORDER = [str(stage) for stage in (*WORKED_ON, Lead.Stage.WON)]


@dataclass
class Stage:
    """`stays`: days of those who moved on. `now`: (id, owner, days) of those who are in it."""

    what: str
    code: str
    stays: list[float] = field(default_factory=list)
    now: list[tuple[int, int, int]] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        limit = quantile(self.stays, SHARE) if len(self.stays) >= LEAST else None
        long = sorted(
            (one for one in self.now if limit is not None and one[2] > limit),
            key=lambda one: (-one[2], one[0]),
        )
        return {
            "what": self.what,
            "stage": self.code,
            "cases": len(self.stays),
            "limit": None if limit is None else round(limit, 1),
            "half": round(quantile(self.stays, 0.5), 1) if self.stays else None,
            "now": _by_owner(self.now),
            "long": _by_owner(long),
            "ids": [[pk, days] for pk, _, days in long[:LISTED]],
        }


def _by_owner(rows: list[tuple[int, int, int]]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for _, owner, _ in rows:
        found[str(owner)] += 1
    return dict(found)


def facts(now: datetime) -> dict[str, Any]:
    stages = [*_leads(now).values(), *_deals(now).values()]
    return {"least": LEAST, "stages": [stage.facts() for stage in stages]}


def _leads(now: datetime) -> dict[str, Stage]:
    """A stay ends well when a later stage follows; Lost or a step back says nothing of the time."""
    found = {stage: Stage("lead", stage) for stage in ORDER[:-1]}
    since: dict[int, tuple[str, datetime]] = {}
    for pk, at, data, born in _moves():
        before, to = str(data.get("from", "")), str(data.get("to", ""))
        begun = since[pk][1] if pk in since else born
        on = before in found and to in ORDER and ORDER.index(to) > ORDER.index(before)
        if on and at >= now - BACK:
            found[before].stays.append(max((at - begun).total_seconds(), 0) / 86400)
        since[pk] = (to, at)
    rows = Lead.objects.filter(archived_at=None, erased_at=None, stage__in=found).order_by()
    for pk, owner, stage, born in rows.values_list("pk", "owner", "stage", "created_at").iterator():
        known = since.get(pk)
        at = known[1] if known and known[0] == stage else born
        found[stage].now.append((pk, NOBODY if owner is None else owner, (now - at).days))
    return found


def _moves() -> Iterator[tuple[int, datetime, dict[str, Any], datetime]]:
    rows = ThreadEvent.objects.filter(kind="lead.stage_changed").order_by("occurred_at", "pk")
    return rows.values_list("lead", "occurred_at", "data", "lead__created_at").iterator()


def _deals(now: datetime) -> dict[str, Stage]:
    """Whole days, as the forecast reads them; what came in closed from elsewhere says nothing."""
    found = {stage: Stage("deal", stage) for stage in DEAL_STAGES}
    pipe = pipeline.pipeline(now)
    for deal in pipe.history:
        if deal.timed and deal.closed >= (now - BACK).date():
            for stage, lasted in _stays(deal):
                found[stage].stays.append(lasted)
    for owner, _, running in pipe.running:
        lasts = (pipe.today - running.since).days
        found[running.stage].now.append((running.pk, owner, lasts))
    return found


def _stays(deal: Closed) -> Iterator[tuple[str, int]]:
    """(stage, days until it moved to a later one, or was won)."""
    steps = [(day, DEAL_STAGES.index(stage)) for stage, day in deal.entered.items()]
    steps = sorted(steps) + ([(deal.closed, len(DEAL_STAGES))] if deal.won else [])
    for (begun, n), (end, after) in pairwise(steps):
        if after > n:
            yield DEAL_STAGES[n], max((end - begun).days, 0)


def name_of(what: str, code: str) -> str:
    return str((Lead.Stage if what == "lead" else Deal.Stage)(code).label)
