"""People and threads to count."""

from datetime import datetime
from typing import Any

from analytics.counts import bitmaps
from analytics.models import DailyStat, DaySet, LeadFact, LeadPath, StatRun
from analytics.services import rollup
from leads.models import Lead, ThreadEvent
from salesagent.accounts.models import Workspace


def in_zone(name: str) -> None:
    Workspace.current()
    Workspace.objects.update(time_zone=name)


def lead(name: str, owner: Any = None, **values: Any) -> Lead:
    made = values.pop("at", None)
    row = Lead.objects.create(
        first_name=name, email=f"{name.lower()}@{name.lower()}.example", owner=owner, **values
    )
    if made:
        Lead.objects.filter(pk=row.pk).update(created_at=made)
    return row


def event(
    of: Lead,
    kind: str,
    at: datetime,
    channel: str = "",
    /,
    *,
    actor: str = "system",
    **data: Any,
) -> ThreadEvent:
    row: ThreadEvent = ThreadEvent.objects.create(
        lead=of, kind=kind, occurred_at=at, actor=actor, channel=channel, data=data
    )
    return row


def classify(reply: ThreadEvent, disposition: str, at: datetime, **more: Any) -> ThreadEvent:
    actor = more.pop("actor", "system")
    return event(
        reply.lead,
        "reply.classified",
        at,
        reply.channel,
        actor=actor,
        event=reply.pk,
        disposition=disposition,
        **more,
    )


def everything() -> dict[str, Any]:
    """All numbers without their keys: equal when the same was counted."""
    found: dict[str, Any] = {}
    for model in (DailyStat, LeadFact, LeadPath):
        names = [f.attname for f in model._meta.concrete_fields if f.attname != "id"]
        found[model.__name__] = sorted(map(repr, model.objects.values_list(*names)))
    sets = DaySet.objects.values_list("span", "day", "metric", "who", "segment", "leads")
    found["DaySet"] = sorted(
        (*map(str, row[:5]), *bitmaps.members(bitmaps.union([bytes(row[5])]))) for row in sets
    )
    return found


def from_nothing() -> dict[str, Any]:
    """The same after everything was thrown away and counted from the threads."""
    for model in (DailyStat, LeadFact, LeadPath, DaySet, StatRun):
        model.objects.all().delete()
    rollup.rebuild()
    return everything()
