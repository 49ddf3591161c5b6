"""What is known about the demo's people: local facts of all, a homepage and a provider of some."""

from leads.enrichment.base import Found
from leads.models import Lead
from leads.services import enrichment, facts
from salesagent.accounts.models import User

WITH_PAGES = 12


def write(user: User) -> None:
    """Called at the end: of the first of this person's leads sources say two titles."""
    doubted = False
    leads = Lead.objects.filter(archived_at=None, erased_at=None).select_related("company")
    for place, lead in enumerate(leads.order_by("-score", "-id")):
        enrichment.note_local(lead)
        if place < WITH_PAGES and lead.company is not None and lead.company.domain:
            _page(lead)
        if lead.owner_id == user.pk and lead.title and not doubted:
            doubted = True
            told = [Found("title", "Head of Operations", 0.8), Found("founded", "1994", 0.8)]
            facts.note(told, source="pdl", lead=lead, company=lead.company)


def _page(lead: Lead) -> None:
    company = lead.company
    if company is None or enrichment.why_not(lead):
        return
    url = f"https://{company.domain}/"
    told = [
        Found("website_title", company.name, 0.7, url),
        Found("website_text", f"{company.name}: fresh every day, delivered cold.", 0.7, url),
    ]
    facts.note(told, source="website", company=company)
    facts.note([Found("mail_host", "Google", 0.9)], source="offline", company=company)
