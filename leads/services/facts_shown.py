"""Facts as the lead page shows them: in order, with words for how sure and who differs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils import timezone

from leads.enrichment.base import FIELDS, agree
from leads.models import Fact, Lead
from leads.services.facts import State, own_value, source_of
from leads.services.facts_fit import Target
from salesagent.lib.countries import name_of
from salesagent.lib.text import one_line

LAST = ("email_kind", "email_role", "phone_kind", "country", "time_zone")
COUNTRIES = ("country", "company_country")
EMPTY: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True)
class Shown:
    """`rivals`: what others say, our own record among them; only where they disagree."""

    row: Fact
    label: str
    value: str
    source: str
    sure: str
    old: bool
    rivals: tuple[str, ...]
    ours: str = ""  # what our own record says otherwise
    whose: str = ""  # of a lead that was merged into this one


def shown(lead: Lead, rows: Iterable[Fact], whose: Mapping[int, str] = EMPTY) -> list[Shown]:
    """Those on which sources disagree first, what an address tells by itself last. No query."""
    now = timezone.now()
    found = [row for row in rows if row.field in FIELDS and row.state == State.CURRENT]
    codes = [code for code in FIELDS if code not in LAST]
    order = {code: place for place, code in enumerate((*codes, *LAST))}
    found.sort(key=lambda row: (not row.disputed, order[row.field], row.pk))
    return [
        Shown(
            row=row,
            label=FIELDS[row.field].label,
            value=_words(row.field, row.value),
            source=source_of(row),
            sure=sureness(row.confidence),
            old=bool(row.expires_at and row.expires_at < now),
            rivals=_rivals(lead, row, found) if row.disputed else (),
            ours=_ours(lead, row) if row.disputed else "",
            whose=one_line(whose.get(row.pk, ""), 80),
        )
        for row in found
    ]


def sureness(confidence: float) -> str:
    return "sure" if confidence >= 0.85 else "likely" if confidence >= 0.6 else "a guess"


def _words(code: str, value: str) -> str:
    """Countries by their name."""
    return name_of(value) if code in COUNTRIES else value


def _rivals(lead: Lead, row: Fact, rows: Iterable[Fact]) -> tuple[str, ...]:
    own = _own(lead, row)
    others = [(one.value, source_of(one)) for one in rows if _same_field(one, row)]
    others += [(own, "our record")] if own else []
    return tuple(
        f"{one_line(_words(row.field, value), 80)} ({who})"
        for value, who in others
        if not agree(row.field, row.value, value)
    )


def _same_field(one: Fact, row: Fact) -> bool:
    return one.field == row.field and one.pk != row.pk


def _own(lead: Lead, row: Fact) -> str:
    target: Target | None = lead if row.lead_id else lead.company
    return own_value(target, FIELDS[row.field]) if target is not None else ""


def _ours(lead: Lead, row: Fact) -> str:
    """What our own record says, where it says something else."""
    own = _own(lead, row)
    if not own or agree(row.field, own, row.value):
        return ""
    return one_line(_words(row.field, own), 80)
