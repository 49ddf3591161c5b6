"""Which lead and which company a row belongs to, for many rows with a few queries."""

from collections.abc import Sequence

from django.db.models import Q

from leads.intake.clean import name_key
from leads.intake.places import fold
from leads.intake.rows import LeadRow
from leads.models import Company, Lead
from salesagent.lib import bulk


class Known:
    """The leads and companies that `rows` may belong to. `add` makes later rows see new ones.

    A person is known by e-mail address. Without one in the row, by LinkedIn address, then by phone
    together with the name: a switchboard's number alone does not make two people one.
    """

    def __init__(self, rows: Sequence[LeadRow]) -> None:
        self._emails: dict[str, Lead] = {}
        self._links: dict[str, Lead] = {}
        self._phones: dict[str, list[Lead]] = {}
        self._domains: dict[str, Company] = {}
        self._names: dict[str, list[Company]] = {}
        for lead in self._find_leads(rows):
            self.add(lead)
        for company in self._find_companies(rows):
            self.add_company(company)

    def lead_for(self, row: LeadRow) -> Lead | None:
        if row.email and row.email in self._emails:
            return self._emails[row.email]
        lead = self._links.get(row.linkedin_url)
        if lead is not None and not (row.email and lead.email):
            return lead
        for lead in self._phones.get(row.phone, ()):
            if not (row.email and lead.email) and _same_name(lead, row):
                return lead
        return None

    def company_for(self, row: LeadRow) -> Company | None:
        """The company of `row`, made when new; None when the row names none."""
        found = self.find_company(row)
        if found is None and (row.company or row.domain):
            found = new_company(row)
            found.save()
            self.add_company(found)
        return found

    def find_company(self, row: LeadRow) -> Company | None:
        if row.domain and row.domain in self._domains:
            return self._domains[row.domain]
        for company in self._names.get(name_key(row.company), ()) if row.company else ():
            if not (company.domain and row.domain):
                return company
        return None

    def make_companies(self, rows: Sequence[LeadRow]) -> None:
        """Make the companies that `rows` need and nobody has yet, in one go."""
        new: list[Company] = []
        for row in rows:
            if (row.company or row.domain) and self.find_company(row) is None:
                new.append(new_company(row))
                self.add_company(new[-1])
        bulk.insert_many(new)

    def add(self, lead: Lead) -> None:
        """Under the addresses of a lead that was merged its keeper is known."""
        person = lead.merged_into or lead
        if lead.email:
            self._emails[lead.email] = person
        if lead.linkedin_url:
            self._links.setdefault(lead.linkedin_url, person)
        if lead.phone:
            self._phones.setdefault(lead.phone, []).append(person)

    @staticmethod
    def withdrawn(lead: Lead) -> bool:
        """True when the undo of its import took the lead back: it may come in as if new."""
        batch = lead.import_batch
        return bool(batch and batch.undone_at and lead.archived_at == batch.undone_at)

    def add_company(self, company: Company) -> None:
        if company.domain:
            self._domains[company.domain] = company
        self._names.setdefault(company.name_key, []).append(company)

    @staticmethod
    def _find_leads(rows: Sequence[LeadRow]) -> list[Lead]:
        emails = {r.email for r in rows if r.email}
        links = {r.linkedin_url for r in rows if r.linkedin_url}
        phones = {r.phone for r in rows if r.phone}
        wanted = [
            Q(**{f"{name}__in": values})
            for name, values in (("email", emails), ("linkedin_url", links), ("phone", phones))
            if values
        ]
        leads = Lead.objects.filter(erased_at=None).select_related(
            "import_batch", "merged_into__import_batch"
        )
        found = {lead.pk: lead for condition in wanted for lead in leads.filter(condition)}
        return [found[pk] for pk in sorted(found)]

    @staticmethod
    def _find_companies(rows: Sequence[LeadRow]) -> list[Company]:
        domains = {r.domain for r in rows if r.domain}
        keys = {name_key(r.company) for r in rows if r.company}
        found: dict[int, Company] = {}
        if domains:
            found |= {c.pk: c for c in Company.objects.filter(domain__in=domains)}
        if keys:
            found |= {c.pk: c for c in Company.objects.filter(name_key__in=keys)}
        return [found[pk] for pk in sorted(found)]


def new_company(row: LeadRow) -> Company:
    return Company(
        name=row.company or row.domain,
        name_key=name_key(row.company or row.domain),
        domain=row.domain or None,
        trade=row.trade,
        city=row.city,
        country=row.country,
    )


def _same_name(lead: Lead, row: LeadRow) -> bool:
    theirs = fold(f"{lead.first_name} {lead.last_name}")
    ours = fold(f"{row.first_name} {row.last_name}")
    return not theirs or not ours or theirs == ours
