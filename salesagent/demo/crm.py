"""The demo's other CRM: most of the leads stand there too, and not everything is equal.

One sync was done, with questions left over; a dry run waits with what has happened there since.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from leads.crm import fake
from leads.crm.base import Kind
from leads.models import Company, Lead
from leads.services import crm_accounts, crm_connect, crm_sync, suppression
from salesagent.accounts.models import User
from salesagent.lib import tasks

PEOPLE = 34
OURS = ("first_name", "last_name", "email", "phone", "title", "company_name", "city", "country")
NEW_THERE = (
    ("Freja", "Lindholm", "Technical Manager", "Norrby Foods", "norrby-foods.example", "SE"),
    ("Marek", "Wolski", "Plant Director", "Chlodnia Wolski", "chlodnia-wolski.example", "PL"),
    ("Ines", "Duarte", "Owner", "Padaria Duarte", "padaria-duarte.example", "PT"),
    ("Owen", "Price", "Facilities Lead", "Price Logistics", "price-logistics.example", "IE"),
)


def world() -> str:
    """Where that system lives: a file, so that the pages and the worker see the same."""
    return str(Path(settings.DATA_DIR) / crm_connect.PRACTICE_FILE)


def write(users: dict[str, User]) -> None:
    there, now = fake.world(world()), timezone.now()
    there.clock = lambda: now - timedelta(days=6)
    leads = list(Lead.objects.filter(archived_at=None).order_by("pk")[:PEOPLE])
    ids = _people(there, leads)
    _differences(there, leads, ids)
    there.clock = lambda: now - timedelta(days=2)
    connection = crm_connect.practice(users["owner"], world())
    crm_accounts.set_options(
        connection,
        basis=Lead.Basis.INTEREST,
        basis_source="Customers and contacts in the practice CRM",
        owner=users["rep"].pk,
        push=crm_accounts.LINKED,
        schedule="off",
    )
    crm_sync.start(crm_connect.PRACTICE, users["owner"])
    tasks.run_waiting()
    _since(there, leads, ids, now)
    crm_sync.start(crm_connect.PRACTICE, users["owner"], preview=True)
    tasks.run_waiting()
    there.clock = timezone.now


def _people(there: fake.World, leads: list[Lead]) -> dict[int, str]:
    """Their ids of our leads, with a company each."""
    companies: dict[int, str] = {}
    for company in Company.objects.filter(leads__in=leads).distinct():
        values = {"name": company.name, "domain": company.domain or "", "city": company.city}
        companies[company.pk] = there.make("company", by="Elena Rossi", **values)
    found = {}
    for lead in leads:
        values = {code: str(getattr(lead, code) or "") for code in OURS}
        values["owner"] = lead.owner.email if lead.owner else ""
        values["stage"] = lead.stage
        links: dict[Kind, list[str]] = {}
        if lead.company_id in companies:
            links["company"] = [companies[lead.company_id]]
        found[lead.pk] = there.make("contact", by="Elena Rossi", links=links, **values)
    return found


def _differences(there: fake.World, leads: list[Lead], ids: dict[int, str]) -> None:
    """What the first sync finds: some to take over, two to ask about, an opt-out, a bad address."""
    off = suppression.channels_off(leads)
    free = [lead for lead in leads if lead.pk not in off]
    moved = [lead for lead in free if lead.stage not in ("new", "won", "lost")]
    for lead, stage in zip(moved[:2], ("lost", "meeting"), strict=True):
        there.edit("contact", ids[lead.pk], by="Import", stage=stage)
    there.edit("contact", ids[free[-1].pk], by="Their stop link", opt_out="yes")
    for number, lead in enumerate(leads[2:8]):
        there.edit("contact", ids[lead.pk], by="Tom Ashby", street=f"Havnegade {number + 3}")
    odd = next(lead for lead in free[8:] if lead.phone)
    there.edit("contact", ids[odd.pk], by="Elena Rossi", email=f"{odd.first_name} at the desk")


def _since(there: fake.World, leads: list[Lead], ids: dict[int, str], now: datetime) -> None:
    """What the dry run shows: new people, corrected values, one deleted."""
    there.clock = lambda: now - timedelta(hours=5)
    for first, last, title, company, domain, country in NEW_THERE:
        end = there.make("company", by="Tom Ashby", name=company, domain=domain)
        values: dict[str, Any] = {
            "first_name": first,
            "last_name": last,
            "title": title,
            "company_name": company,
            "email": f"{first}.{last}@{domain}".lower(),
            "country": country,
        }
        there.make("contact", by="Tom Ashby", links={"company": [end]}, **values)
    titles = ("Head of Operations", "Site Manager", "COO")
    for lead, title in zip(leads[10:13], titles, strict=True):
        there.edit("contact", ids[lead.pk], by="Tom Ashby", title=title)
    there.delete("contact", ids[leads[14].pk])
