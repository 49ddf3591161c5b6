"""What our own side knows: who changed a field when, who has a value, and what must not leave."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from leads.crm.base import Kind
from leads.crm.names import label_of
from leads.models import Company, Lead, RemoteLink, SyncConflict, ThreadEvent
from leads.services import crm_eligible
from leads.services.crm_accounts import CUSTOM
from leads.services.crm_values import People, Row

When = tuple[datetime | None, str]
CHANGES = ("lead.changed", "lead.stage_changed", "lead.assigned")
# what no two rows may share
UNIQUE: dict[str, tuple[str, type[Lead] | type[Company]]] = {
    "contact": ("email", Lead),
    "company": ("domain", Company),
}


def changes(kind: Kind, rows: Sequence[Any], people: People) -> dict[tuple[int, str], When]:
    """(row, field) -> when it was last changed here and by whom. Only leads keep a history."""
    if kind != "contact":
        return {}
    events = ThreadEvent.objects.filter(lead__in=[row.pk for row in rows], kind__in=CHANGES)
    found: dict[tuple[int, str], When] = {}
    for event in events.order_by("occurred_at", "pk"):
        for code in _fields(event):
            found[event.lead_id, code] = (event.occurred_at, who(event, people))
    return found


def _fields(event: ThreadEvent) -> list[str]:
    if event.kind == "lead.stage_changed":
        return ["stage"]
    if event.kind == "lead.assigned":
        return ["owner"]
    told = event.data.get("changes")
    if not isinstance(told, dict):
        return []
    found = [code for code in told if code != "custom"]
    pair = told.get("custom")
    if isinstance(pair, list) and len(pair) == 2 and all(isinstance(one, dict) for one in pair):
        names = {*pair[0], *pair[1]}
        found += [f"{CUSTOM}{name}" for name in names if pair[0].get(name) != pair[1].get(name)]
    return found


def who(event: ThreadEvent, people: People) -> str:
    kind, _, rest = event.actor.partition(":")
    if kind == "user":
        user = people.by_id.get(int(rest)) if rest.isdigit() else None
        return user.get_short_name() if user else "Somebody who has left"
    if kind == "crm":
        return label_of(rest)
    return "The lead" if kind == "lead" else "SalesAgent"


def since_made(row: Row) -> When:
    """A row that nobody changed has its values since it was made."""
    source = row.source if isinstance(row, Lead) else ""
    return row.created_at, source


def stays(kind: Kind, rows: Sequence[Any]) -> dict[int, str]:
    """Why nothing of a row may leave, by id."""
    if kind == "contact":
        return crm_eligible.why_not(rows)
    if kind == "deal":
        leads = {deal.lead_id: deal.lead for deal in rows}
        why = crm_eligible.why_not(list(leads.values()))
        return {deal.pk: why[deal.lead_id] for deal in rows if deal.lead_id in why}
    return company_stays(rows)


def company_stays(rows: Sequence[Company]) -> dict[int, str]:
    """A company leaves with one of its people."""
    leads = Lead.objects.filter(company__in=[row.pk for row in rows], erased_at=None)
    found = list(leads.select_related(None))
    why = crm_eligible.why_not(found)
    free = {lead.company_id for lead in found if lead.pk not in why}
    return {row.pk: "None of its people may leave" for row in rows if row.pk not in free}


def undecided(links: Iterable[RemoteLink]) -> dict[int, set[str]]:
    """Link -> its fields that a person was asked about and has not decided."""
    ids = [link.pk for link in links]
    rows = SyncConflict.objects.filter(link__in=ids, state=SyncConflict.State.OPEN)
    found: dict[int, set[str]] = defaultdict(set)
    for link_id, code in rows.values_list("link_id", "field"):
        found[link_id].add(code)
    return dict(found)


def holders(kind: str, values: Iterable[str]) -> dict[str, Lead | Company]:
    """Who has these addresses (of companies: websites), by address. One query, none for nothing."""
    column, model = UNIQUE.get(kind, ("", Lead))
    wanted = {value for value in values if value}
    if not (column and wanted):
        return {}
    rows = model._base_manager.filter(**{f"{column}__in": wanted})
    return {getattr(row, column): row for row in rows}


def rivals(open_ones: Sequence[SyncConflict]) -> dict[int, Lead | Company]:
    """Conflict -> the other row that has the value of the other side: it cannot be taken."""
    wanted: dict[str, list[SyncConflict]] = defaultdict(list)
    for one in open_ones:
        if one.there and UNIQUE.get(one.link.kind, ("",))[0] == one.field:
            wanted[one.link.kind].append(one)
    found = {}
    for kind, mine in wanted.items():
        rows = holders(kind, (one.there for one in mine))
        for one in mine:
            row = rows.get(one.there)
            if row is not None and row.pk not in (one.link.lead_id, one.link.company_id):
                found[one.pk] = row
    return found
