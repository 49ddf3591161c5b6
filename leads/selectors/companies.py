"""Companies that a user knows of: those of the leads that the user sees."""

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404

from leads.access import leads_for
from leads.models import Company
from salesagent.accounts.models import User


def companies_for(user: User) -> QuerySet[Company]:
    return Company.objects.filter(Exists(leads_for(user).filter(company=OuterRef("pk"))))


def company_for(user: User, pk: int) -> Company:
    """The company, or Http404 when no lead of it is this user's to see."""
    company = companies_for(user).filter(pk=pk).first()
    if company is None:
        raise Http404
    return company
