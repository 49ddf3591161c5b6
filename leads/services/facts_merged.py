"""Facts of leads that became one person: told together, with whose they were, and apart again.

A merge moves the facts of the lead that goes (leads.merges). What the keeper has of the same source
already stays with the hidden lead, and is read as the keeper's too (facts.known).
"""

from collections.abc import Collection, Iterable

from leads.enrichment.base import FIELDS
from leads.models import Fact, Lead, Merge
from leads.services import enrichment, facts

State = Fact.State
CODE = Fact._meta.label_lower


def current(lead: Lead) -> list[int]:
    """What holds about a lead itself, by id: kept with the merge, so that it can hold again."""
    return list(facts.of(lead).filter(state=State.CURRENT).values_list("pk", flat=True))


def join(keeper: Lead) -> None:
    """After a merge: the address may be another one, and sources may now differ."""
    keeper.__dict__.pop("has_merged", None)
    enrichment.know_local(keeper)
    facts.flag(keeper, FIELDS)


def part(keeper: Lead, gone: Lead, held: Collection[int]) -> None:
    """After it was taken back. `held`: what held about `gone` when the two were merged; what a
    later look at the keeper replaced holds about `gone` again."""
    now = set(facts.of(gone).filter(state=State.CURRENT).values_list("field", "source"))
    rows = facts.of(gone).filter(pk__in=held, state=State.PAST, settled_by="")
    for row in rows.order_by("-pk"):
        if (row.field, row.source) not in now:
            now.add((row.field, row.source))
            Fact.objects.filter(pk=row.pk).update(state=State.CURRENT)
    for lead in (keeper, gone):
        lead.__dict__.pop("has_merged", None)
        enrichment.know_local(lead)
        facts.flag(lead, FIELDS)


def whose(lead: Lead, rows: Iterable[Fact]) -> dict[int, str]:
    """Fact -> the name of the lead it was known of before the merge. Two queries."""
    names = {one.pk: one.name for one in Lead.objects.filter(merged_into=lead)}
    found = {row.pk: names[row.lead_id] for row in rows if row.lead_id in names}
    merges = Merge.objects.filter(keeper=lead, undone_at=None).select_related("gone")
    for merge in merges.order_by("-pk"):
        for pk in merge.before.get("moved", {}).get(CODE, ()):
            found[pk] = merge.gone.name
    return found


def without_doubles(lead: Lead, rows: Iterable[Fact]) -> list[Fact]:
    """A hidden lead's fact that says what the keeper's says, of the same source, is left out."""
    rows = list(rows)
    told = {(row.field, row.source, row.value) for row in rows if row.lead_id == lead.pk}
    return [
        row
        for row in rows
        if row.lead_id in (None, lead.pk) or (row.field, row.source, row.value) not in told
    ]
