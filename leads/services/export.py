"""The current view of the list as CSV: safe to open in a spreadsheet, and fit to come in again."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from leads.models import Lead, Pain
from leads.selectors.paging import SORTS, beyond, keyed, ordered
from salesagent.accounts import audit
from salesagent.accounts.models import User
from salesagent.lib.text import formula_safe

BATCH = 500
CUSTOM_LOOK = 2000  # newest leads whose own fields become columns
MAX_CUSTOM = 40

# header -> what stands in the cell; the first ones are what the import wizard knows by name
COLUMNS: dict[str, Any] = {
    "First name": lambda lead: lead.first_name,
    "Last name": lambda lead: lead.last_name,
    "Email": lambda lead: lead.email,
    "Phone": lambda lead: lead.phone,
    "Job title": lambda lead: lead.title,
    "Company": lambda lead: lead.company_name,
    "Website": lambda lead: lead.company.domain if lead.company else "",
    "LinkedIn address": lambda lead: lead.linkedin_url,
    "City": lambda lead: lead.city,
    "Country": lambda lead: lead.country,
    "Time zone": lambda lead: lead.time_zone,
    "Language": lambda lead: lead.language,
    "Trade or industry": lambda lead: lead.trade,
    "Tags": lambda lead: ", ".join(map(str, lead.tags)),
    "Pain or need": lambda lead: lead.top_pain,
    "Stage": lambda lead: lead.get_stage_display(),
    "Score": lambda lead: lead.score,
    "Owner": lambda lead: lead.owner.name if lead.owner else "",
    "Source": lambda lead: lead.source,
    "Lawful basis": lambda lead: lead.get_lawful_basis_display(),
    "Source of the basis": lambda lead: lead.basis_source,
    "Added": lambda lead: lead.created_at.isoformat(timespec="seconds"),
    "Last sign": lambda lead: lead.last_sign,
    "Last sign at": lambda lead: (
        lead.last_sign_at.isoformat(timespec="seconds") if lead.last_sign_at else ""
    ),
}


class _Echo:
    """What csv.writer writes to: it hands the line straight back."""

    def write(self, line: str) -> str:
        return line


def export_rows(leads: QuerySet[Lead], sort: str, user: User) -> Iterator[str]:
    """CSV lines, header first. The export is noted when it is asked for, before the first line."""
    audit.note(user, "leads.exported", rows=leads.count())
    return _lines(leads, sort, own_columns(leads))


def own_columns(leads: QuerySet[Lead]) -> list[str]:
    """Names of the leads' own fields, as many as fit, in order of the alphabet."""
    names: set[str] = set()
    newest = leads.exclude(custom={}).order_by("-pk").values_list("custom", flat=True)
    for custom in newest[:CUSTOM_LOOK]:
        names.update(custom)
    return sorted(names - set(COLUMNS))[:MAX_CUSTOM]


def _lines(leads: QuerySet[Lead], sort: str, own: list[str]) -> Iterator[str]:
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield "\ufeff"  # spreadsheets read UTF-8 only with it
    yield writer.writerow([formula_safe(name) for name in (*COLUMNS, *own)])
    for lead in _walk(leads, sort):
        cells = [get(lead) for get in COLUMNS.values()]
        cells += [lead.custom.get(name, "") for name in own]
        yield writer.writerow([formula_safe(cell) for cell in cells])


def _walk(leads: QuerySet[Lead], sort: str) -> Iterator[Lead]:
    """All rows in the list's order, a batch at a time by key, so that no transaction stays open."""
    keys, rows = SORTS[sort], keyed(leads, sort)
    pain = Pain.objects.filter(lead=OuterRef("pk")).order_by("id").values("text")[:1]
    while True:
        ids = ordered(rows, sort).values("pk")[:BATCH]
        part = Lead.objects.filter(pk__in=ids).select_related("company", "owner")
        found = list(ordered(part, sort).annotate(top_pain=Subquery(pain)))
        yield from found
        if len(found) < BATCH:
            return
        last = [getattr(found[-1], key.name) for key in keys]
        rows = keyed(leads, sort).filter(beyond(keys, last, forward=True))
