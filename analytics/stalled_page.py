"""Who is in a stage for longer than nine of ten that moved on: the list behind the number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from analytics.patterns_page import who
from analytics.report_page import Frame
from analytics.selectors.pipeline import NOBODY
from analytics.services import patterns, patterns_stalled
from leads.access import leads_for, seen_by
from leads.models import Deal, Lead
from leads.models.deal import RUNNING
from leads.selectors.views import WORKED_ON


@dataclass(frozen=True)
class Stage:
    what: str  # lead or deal
    code: str
    name: str


@dataclass(frozen=True)
class Row:
    """`days`: in the stage, last night."""

    name: str
    link: str
    owner: str
    days: int
    lead: Lead
    deal: Deal | None = None


def read(asked: str) -> Stage | None:
    what, _, code = asked.partition("-")
    stages = {"lead": WORKED_ON, "deal": RUNNING}.get(what, ())
    if code not in [str(stage) for stage in stages]:
        return None
    return Stage(what, code, patterns_stalled.name_of(what, code))


def rows(frame: Frame, stage: Stage) -> list[tuple[int, int]]:
    """(id, days), the longest first, of those that the user sees and that are still there."""
    row = patterns.findings("all").get("stalled")
    stages = row.facts["stages"] if row else []
    of_stage = (
        one["ids"] for one in stages if (one["what"], one["stage"]) == (stage.what, stage.code)
    )
    ids: dict[int, int] = dict(map(tuple, next(of_stage, [])))
    seen = _seen(frame, stage, list(ids))
    return [(pk, days) for pk, days in ids.items() if pk in seen]


def _seen(frame: Frame, stage: Stage, ids: list[int]) -> set[int]:
    mine = who(frame)
    path = "owner" if stage.what == "lead" else "lead__owner"
    if stage.what == "lead":
        found: Any = leads_for(frame.user).filter(archived_at=None, stage=stage.code)
    else:
        found = seen_by(Deal.objects.filter(stage=stage.code, lead__archived_at=None), frame.user)
    pairs = found.filter(pk__in=ids).values_list("pk", path)
    return {pk for pk, owner in pairs if mine is None or (owner or NOBODY) in mine}


def shown(frame: Frame, stage: Stage, page: Sequence[tuple[int, int]]) -> list[Row]:
    ids = [pk for pk, _ in page]
    pairs: list[tuple[Lead, Deal | None, int]]
    if stage.what == "lead":
        leads = leads_for(frame.user).select_related("owner").in_bulk(ids)
        pairs = [(leads[pk], None, days) for pk, days in page if pk in leads]
    else:
        deals = Deal.objects.select_related("lead", "lead__owner").in_bulk(ids)
        pairs = [(deals[pk].lead, deals[pk], days) for pk, days in page if pk in deals]
    return [_row(lead, deal, days) for lead, deal, days in pairs]


def _row(lead: Lead, deal: Deal | None, days: int) -> Row:
    name = f"{deal.title}, {lead.name}" if deal else lead.name
    link = (
        reverse("leads:deal", args=[deal.pk]) if deal else reverse("leads:detail", args=[lead.pk])
    )
    return Row(name, link, lead.owner.name if lead.owner else "nobody", days, lead, deal)
