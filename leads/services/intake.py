"""The one door for new people: form, manual add and import find, fill in or make a lead here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from leads import thread
from leads.intake.base import IntakeError
from leads.intake.clean import normalise
from leads.intake.rows import LeadRow
from leads.models import Company, Lead, Pain
from leads.search import text_for
from leads.services import anew, suppression_carry
from leads.services.intake_match import Known
from salesagent.accounts.models import User, Workspace
from salesagent.lib import hands

__all__ = ["Brought", "IntakeError", "LeadRow", "Origin", "apply", "bring_in", "build", "normalise"]

SKIP, FILL, UPDATE = "skip", "fill", "update"
PLAIN = (
    *("first_name", "last_name", "title", "email", "phone", "linkedin_url", "street"),
    *("postcode", "city", "country"),
    *("time_zone", "language", "trade"),
)
WRITTEN = [*PLAIN, "company", "company_name", "tags", "custom", "search_text", "updated_at"]


@dataclass(frozen=True)
class Origin:
    """Where rows come from and on what ground we keep them."""

    source: str
    basis: str
    basis_source: str
    tag: str = ""


@dataclass
class Brought:
    """The lead, whether it is new, and what changed on one that was there: field -> [old, new]."""

    lead: Lead
    created: bool
    changed: dict[str, list[object]] = field(default_factory=dict)


def bring_in(
    row: LeadRow,
    *,
    source: str,
    actor: str,
    owner: User | None,
    basis: str,
    basis_source: str,
    duplicates: str = FILL,
    event_kind: str = "lead.created",
    told: Mapping[str, Any] | None = None,
) -> Brought:
    """Find the person of `row` or make a lead; record what happened.

    `duplicates`: skip, fill (only what is empty) or update. An empty `event_kind` records no event
    for a new lead: the caller has one of its own, and `taken_over` to say in it. `told`: what the
    events say beside. Raises IntakeError(field=).
    """
    row = normalise(row, country_hint=Workspace.current().country)
    origin = Origin(source=source[:80], basis=basis, basis_source=basis_source[:200])
    for last in (False, True):
        try:
            with transaction.atomic():
                return _bring(row, origin, (actor, dict(told or {})), owner, duplicates, event_kind)
        except IntegrityError:  # the same address came in at the same moment: look again
            if last:
                raise
    raise AssertionError("unreachable")


def _bring(
    row: LeadRow,
    origin: Origin,
    by: tuple[str, dict[str, Any]],
    owner: User | None,
    rule: str,
    event_kind: str,
) -> Brought:
    actor, told = by
    known = Known([row])
    lead = known.lead_for(row)
    if lead is not None and not known.withdrawn(lead):
        return _change(lead, known, row, rule, actor, told)
    company = known.company_for(row)
    former, back = lead.owner_id if lead else None, lead is not None
    lead = build(row, company, origin, owner, lead)
    lead.save()
    if back:
        anew.begin(lead, former)
    add_pain(lead, row, origin.basis_source or origin.source)
    if event_kind:
        data = {"source": origin.source, **told, **taken_over(lead, row)}
        thread.record(lead=lead, kind=event_kind, actor=actor, data=data)
    if row.note:
        thread.record(lead=lead, kind="note.added", actor=actor, body=row.note, channel="note")
    return Brought(lead, created=True)


def taken_over(lead: Lead, row: LeadRow) -> dict[str, bool]:
    """What an event says of a company's name that `row` did not bring."""
    company = lead.company
    if row.company or company is None or company.name.casefold() == company.domain:
        return {}
    return {hands.COPIED: True}


def _change(
    lead: Lead, known: Known, row: LeadRow, rule: str, actor: str, told: dict[str, Any]
) -> Brought:
    changed = apply(lead, row, known, rule)
    if changed:
        lead.save(update_fields=[f for f in WRITTEN if f != "company" or "company" in changed])
    if row.pain and rule != SKIP and add_pain(lead, row, "Told us"):
        changed["pain"] = ["", row.pain]
    if changed:
        shown = {f: v for f, v in changed.items() if f != "company"}
        data = {"changes": shown, **told}
        thread.record(lead=lead, kind="lead.changed", actor=actor, data=data)
        suppression_carry.carry(lead, {f: v[0] for f, v in changed.items()}, actor)
    return Brought(lead, created=False, changed=changed)


def build(
    row: LeadRow,
    company: Company | None,
    origin: Origin,
    owner: User | None,
    lead: Lead | None = None,
) -> Lead:
    """A lead for `row`, not saved. `lead`: one that an undone import withdrew; it starts anew."""
    lead = lead or Lead()
    for name in PLAIN:
        setattr(lead, name, getattr(row, name))
    lead.email = row.email or None
    lead.company = company
    lead.company_name = row.company or (company.name if company else "")
    lead.tags = list(dict.fromkeys([*row.tags, *([origin.tag] if origin.tag else [])]))
    lead.custom = dict(row.custom)
    lead.owner = owner
    lead.source = origin.source
    lead.lawful_basis, lead.basis_source = origin.basis, origin.basis_source
    lead.stage = Lead.Stage.NEW
    lead.archived_at = lead.import_batch = None
    lead.search_text = text_for(lead)
    return lead


def apply(
    lead: Lead, row: LeadRow, known: Known, rule: str, tags: Sequence[str] = ()
) -> dict[str, list[object]]:
    """Change `lead` in memory by the duplicates rule; the changed fields with old and new value.

    An e-mail address is only ever filled in, never replaced: it is who the person is.
    """
    if rule == SKIP:
        return {}
    changed: dict[str, list[object]] = {}
    for name in PLAIN:
        old, new = getattr(lead, name) or "", getattr(row, name)
        if new and new != old and (not old or (rule == UPDATE and name != "email")):
            changed[name] = [old, new]
            setattr(lead, name, new)
    _apply_company(lead, row, known, rule, changed)
    _apply_lists(lead, row, rule, tags, changed)
    if changed:
        lead.search_text = text_for(lead)
        lead.updated_at = timezone.now()
    return changed


def _apply_company(
    lead: Lead, row: LeadRow, known: Known, rule: str, changed: dict[str, list[object]]
) -> None:
    if not row.company or (lead.company_name and rule != UPDATE):
        return
    company = known.company_for(row)
    if company and company.pk != lead.company_id:
        changed["company"] = [lead.company_id, company.pk]
        lead.company = company
    if row.company != lead.company_name:
        changed["company_name"] = [lead.company_name, row.company]
        lead.company_name = row.company


def _apply_lists(
    lead: Lead,
    row: LeadRow,
    rule: str,
    tags: Sequence[str],
    changed: dict[str, list[object]],
) -> None:
    union = list(dict.fromkeys([*lead.tags, *row.tags, *tags]))
    if union != lead.tags:
        changed["tags"] = [lead.tags, union]
        lead.tags = union
    own = {**lead.custom, **row.custom} if rule == UPDATE else {**row.custom, **lead.custom}
    if own != lead.custom:
        changed["custom"] = [lead.custom, own]
        lead.custom = own


def add_pain(lead: Lead, row: LeadRow, source: str) -> bool:
    """Note the row's pain unless the lead has it; True when it was new."""
    if not row.pain or lead.pains.filter(text__iexact=row.pain).exists():
        return False
    Pain.objects.create(
        lead=lead, text=row.pain, source=source[:200] or "Unknown", noted_at=timezone.localdate()
    )
    return True
