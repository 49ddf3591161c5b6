"""Who may leave: which leads are told to another system, and why the others are not.

People who are suppressed, erased, archived or merged away never leave. Of one that is known there
already only the opt-out (or the erasure) is told.
"""

from collections.abc import Sequence

from django.db.models import QuerySet

from leads.models import Lead
from leads.services import suppression
from leads.services.crm_accounts import ALL, LINKED
from leads.services.crm_values import OFF

STAGES = [stage.value for stage in Lead.Stage if stage != Lead.Stage.LOST]
CHOICES = {
    ALL: "All leads",
    **{stage: f"Leads from {Lead.Stage(stage).label} on" for stage in STAGES[1:]},
    LINKED: "Only those that are there already",
}
OPTED_OUT = "Does not want to be written to"
ERASED = "Erased"


def why_not(leads: Sequence[Lead]) -> dict[int, str]:
    """Why a lead stays here, by id; those that may leave are not in it. A few queries."""
    off = suppression.channels_off(leads)
    found = {}
    for lead in leads:
        reason = _reason(lead, bool(OFF & off.get(lead.pk, set())))
        if reason:
            found[lead.pk] = reason
    return found


def _reason(lead: Lead, off: bool) -> str:
    if lead.erased_at is not None:
        return ERASED
    if lead.merged_into_id is not None:
        return "Merged into another lead"
    if lead.archived_at is not None:
        return "Archived"
    if off:
        return OPTED_OUT
    if not (lead.email or lead.phone):
        return "No email and no phone number"
    return "" if lead.lawful_basis else "No lawful basis is recorded"


def new_ones(leads: QuerySet[Lead], choice: str) -> QuerySet[Lead]:
    """Of `leads` those that the owner's choice lets out for the first time."""
    if choice == LINKED:
        return leads.none()
    leads = leads.filter(erased_at=None, archived_at=None, merged_into=None)
    leads = leads.exclude(lawful_basis="").exclude(email=None, phone="")
    if choice in STAGES:
        return leads.filter(stage__in=STAGES[STAGES.index(choice) :])
    return leads if choice == ALL else leads.none()
