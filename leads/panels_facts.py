"""The box beside a thread that says what is known about a lead, from where and how surely."""

from typing import Any

from django.db.models import Q

from leads.models import Fact, Lead
from leads.services import facts, facts_merged, facts_shown, lookups_shown
from salesagent.accounts.models import User
from salesagent.lib.sql import Rows

SHOWN = 6  # the others fold away
_PERSON = Rows(lambda lead: _current(Q(lead=lead)))
_BOTH = Rows(lambda lead, company: _current(Q(lead=lead) | Q(company=company)))


def _current(of: Q) -> Any:
    return Fact.objects.filter(of, state="current").order_by("id")[:60]


def known(lead: Lead, user: User) -> tuple[str, dict[str, Any]]:
    """Two queries; four for a lead that others were merged into."""
    if lead.__dict__.get("has_merged"):
        rows = facts_merged.without_doubles(lead, facts.for_lead(lead)[:60])
        found = facts_shown.shown(lead, rows, facts_merged.whose(lead, rows))
    else:
        rows = _BOTH.all(lead.pk, lead.company_id) if lead.company_id else _PERSON.all(lead.pk)
        found = facts_shown.shown(lead, rows)
    return "leads/panels/facts.html", {
        "lead": lead,
        "looked": lookups_shown.said(lead),
        "facts": found[:SHOWN],
        "more": found[SHOWN:],
        "disputed": sum(one.row.disputed for one in found),
    }
