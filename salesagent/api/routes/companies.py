"""Companies of the leads that one sees."""

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema
from pydantic import Field

from leads.access import leads_for
from leads.intake.clean import domain_name, name_key
from leads.models import Company
from leads.selectors.companies import companies_for, company_for
from salesagent.api.auth import needs
from salesagent.api.call import Call
from salesagent.api.paging import Paged, page
from salesagent.api.shapes import Id, Items, Text

router = Router(tags=["Companies"])


class CompanyLine(Schema):
    id: int
    name: str
    domain: str | None
    trade: str
    city: str
    country: str
    size: int | None
    phone: str
    address: str
    created_at: datetime


class CompanyOut(CompanyLine):
    lead_ids: list[int] = Field(..., description="Leads there that you see, the best 100")


class CompanyAsked(Paged):
    q: Text = Field("", max_length=100, description="Part of the name")
    domain: Text = Field("", max_length=200)


@router.get("", response=Items[CompanyLine], auth=needs("leads:read"), summary="List companies")
def list_companies(request: Call, asked: Query[CompanyAsked]) -> dict[str, Any]:
    rows = companies_for(request.user)
    if asked.q:
        rows = rows.filter(name_key__contains=name_key(asked.q))
    if asked.domain:
        rows = rows.filter(domain=domain_name(asked.domain) or asked.domain.lower())
    return {"items": page(request, rows, asked), "next": request.next_cursor}


@router.get(
    "/{company_id}", response=CompanyOut, auth=needs("leads:read"), summary="Read a company"
)
def get_company(request: Call, company_id: Id) -> Company:
    company = company_for(request.user, company_id)
    known = leads_for(request.user).filter(company=company, archived_at=None)
    ids = known.order_by("-score", "-pk").values_list("pk", flat=True)[:100]
    company.__dict__["lead_ids"] = list(ids)
    return company
