"""Leads that are one person since a merge: the keeper, and those merged into it.

A merge is one step deep: leads.services.merging puts everybody of a family under one keeper.
"""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from leads.models import Lead, ThreadEvent


def keeper(lead: Lead) -> Lead:
    """The lead that stands for this one; itself unless it was merged away. No query then.

    A lead whose column was not read counts as itself.
    """
    found = lead.__dict__.get("merged_into_id")
    if not found:
        return lead
    return Lead.objects.filter(pk=found).select_related("company").first() or lead


def keepers(leads: Iterable[Lead]) -> list[Lead]:
    """Each keeper once, in the order of `leads`."""
    return list({one.pk: one for one in map(keeper, leads)}.values())


def ids(lead: Lead) -> list[int]:
    """The lead's id and those of the leads merged into it, whose events its thread shows too.

    One query, none for a lead that access.lead_for has found to stand alone.
    """
    if lead.__dict__.get("has_merged") is False:
        return [lead.pk]
    found = [lead.pk, *merged_into([lead.pk])]
    if len(found) == 1:
        lead.__dict__["has_merged"] = False  # one page asks several times
    return found


def alone(lead: Lead) -> bool:
    """Whether nobody was merged into it."""
    return len(ids(lead)) == 1


def members(lead: Lead) -> list[Lead]:
    """The keeper of this lead's family first, then everybody merged into it."""
    first = keeper(lead)
    return [first, *Lead.objects.filter(merged_into=first).order_by("pk")]


def with_others(leads: Iterable[Lead]) -> list[Lead]:
    """The keepers of those leads that are one person with another one. One query."""
    found = {lead.__dict__.get("merged_into_id") or lead.pk for lead in leads}
    return list(Lead.objects.filter(pk__in=found, merged__isnull=False).distinct())


def events(lead: Lead) -> QuerySet[ThreadEvent]:
    """The events of the lead's thread, of all its family."""
    found = ids(lead)
    rows = ThreadEvent.objects.all()
    return rows.filter(lead__in=found) if len(found) > 1 else rows.filter(lead=lead)


def merged_into(keepers: Sequence[int]) -> dict[int, int]:
    """The id of each lead that was merged into one of `keepers` -> the keeper's id."""
    rows = Lead.objects.filter(merged_into__in=keepers).order_by("pk")
    return dict(rows.values_list("pk", "merged_into_id"))
