"""A person's own changes to a lead's data, and companies found or made by name."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from leads import search, thread
from leads.intake.clean import company_domain
from leads.intake.rows import LeadRow
from leads.models import Company, Lead
from leads.services import scoring, suppression_carry
from leads.services.intake_match import Known
from leads.services.lifecycle import ChangeError
from salesagent.accounts.models import User

FIELDS = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "title",
    "company_name",
    "linkedin_url",
    "street",
    "postcode",
    "city",
    "country",
    "time_zone",
    "language",
    "trade",
    "tags",
    "custom",
    "lawful_basis",
    "basis_source",
    "basis_expires_at",
)


def company_for(name: str, email: str) -> Company | None:
    """The company found by the address's domain or by its name, else a new one."""
    row = LeadRow(company=name, domain=company_domain(email))
    return Known([row]).company_for(row)


def edit_lead(lead: Lead, values: Mapping[str, Any], user: User) -> bool:
    """What a person changed; see `write`."""
    return write(lead, values, actor=user.actor)


@transaction.atomic
def write(lead: Lead, values: Mapping[str, Any], *, actor: str) -> bool:
    """Write the fields that differ; one thread line says which. False when nothing differs.

    Raises ChangeError when the address belongs to another lead.
    """
    changes = {
        name: value
        for name, value in values.items()
        if name in FIELDS and _differs(lead, name, value)
    }
    if not changes:
        return False
    before = {name: getattr(lead, name) for name in changes}
    for name, value in changes.items():
        setattr(lead, name, value)
    if "company_name" in changes:
        lead.company = company_for(lead.company_name, lead.email or "")
    lead.search_text = search.text_for(lead)
    lead.updated_at = timezone.now()
    _write(lead, [*changes, "company", "search_text", "updated_at"])
    thread.record(
        lead=lead,
        kind="lead.changed",
        actor=actor,
        data={"changes": {name: [_plain(before[name]), _plain(changes[name])] for name in changes}},
    )
    suppression_carry.carry(lead, before, actor)
    scoring.score_lead(lead, actor=actor)
    return True


def _differs(lead: Lead, name: str, value: Any) -> bool:
    return bool((getattr(lead, name) or None) != (value or None))


def _plain(value: Any) -> Any:
    """Fit for JSON."""
    return value if isinstance(value, str | int | list | dict | None) else str(value)


def _write(lead: Lead, fields: list[str]) -> None:
    try:
        with transaction.atomic():
            Lead.objects.filter(pk=lead.pk, erased_at=None).update(
                **{name: getattr(lead, name) for name in fields}
            )
    except IntegrityError as error:
        raise ChangeError("Another lead has this address.", "email") from error
