"""Two leads side by side, as the page shows them."""

from dataclasses import dataclass
from typing import Any

from django.utils import formats

from leads.models import DuplicatePair, Lead
from leads.services import duplicates, merging
from salesagent.lib import countries

FIRST, SECOND = "first", "second"


@dataclass(frozen=True)
class Row:
    """One unit: its values on both sides, and which one is proposed."""

    code: str
    label: str
    first: str
    second: str
    chosen: str
    with_first: str = FIRST  # the side that is proposed when the first lead stays
    with_second: str = SECOND

    @property
    def same(self) -> bool:
        return self.first == self.second


def line(pair: DuplicatePair) -> dict[str, Any]:
    return {"pair": pair, "level": duplicates.level(pair.score), "told": pair.score == 0}


def rows(pair: DuplicatePair, keeper: Lead) -> list[Row]:
    """What one of the two has at least, with the side that stands unless somebody chooses."""
    first, second = pair.first, pair.second
    staying = {FIRST: merging.proposal(first, second), SECOND: merging.proposal(second, first)}
    side = FIRST if keeper.pk == first.pk else SECOND
    found = []
    for unit in merging.UNITS:
        texts = [_shown(unit, lead) for lead in (first, second)]
        if any(texts):
            better = {one: _side(one, staying[one][unit.code]) for one in staying}
            words = (texts[0], texts[1], better[side], better[FIRST], better[SECOND])
            found.append(Row(unit.code, unit.label, *words))
    return found


def _side(keeper: str, whose: str) -> str:
    """The side of the page that "keeper" or "gone" stands for."""
    if whose == merging.KEEPER:
        return keeper
    return SECOND if keeper == FIRST else FIRST


def by_lead(chosen: dict[str, str], pair: DuplicatePair, keeper: Lead) -> dict[str, str]:
    """Sides of the page as merging wants them."""
    of_keeper = FIRST if keeper.pk == pair.first_id else SECOND
    return {
        code: merging.KEEPER if side == of_keeper else merging.GONE
        for code, side in chosen.items()
        if side in (FIRST, SECOND)
    }


def _shown(unit: merging.Unit, lead: Lead) -> str:
    if unit.code == "owner":
        return lead.owner.get_short_name() if lead.owner else ""
    if unit.code == "company":
        return lead.company_name
    if unit.code == "address":
        town = f"{lead.postcode} {lead.city}".strip()
        country = countries.name_of(lead.country) if lead.country else ""
        return ", ".join(part for part in (lead.street, town, country) if part)
    if unit.code == "stage":
        return str(lead.get_stage_display())
    if unit.code == "basis":
        label = lead.get_lawful_basis_display() if lead.lawful_basis else ""
        return ", ".join(part for part in (label, lead.basis_source) if part)
    value = getattr(lead, unit.fields[0])
    return formats.date_format(value) if unit.code == "follow_up_at" and value else str(value or "")


def counts(lead: Lead) -> dict[str, int]:
    """How much there is of a lead, to tell which one to keep."""
    return {"events": lead.events.count(), "deals": lead.deals.count()}
