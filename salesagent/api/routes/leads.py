"""Leads: the list with its filters, one lead, and what a person may do to it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import QueryDict
from ninja import Query, Router, Schema
from pydantic import Field

from leads.access import lead_for
from leads.models import Lead
from leads.selectors import filters as filtering
from leads.selectors.counting import COUNT_CAP, leads_in_list
from leads.selectors.listing import OWN_INDEX
from leads.selectors.paging import SORTS, keyed
from salesagent.api.auth import needs
from salesagent.api.call import Call
from salesagent.api.paging import Paged, page
from salesagent.api.problems import Problem
from salesagent.api.shapes import Id, Items, Text

router = Router(tags=["Leads"])
LISTED = (
    *("owner_id", "company_id", "company_name", "first_name", "last_name", "title", "email"),
    *("phone", "city", "country", "language", "trade", "stage", "tags", "source", "score"),
    *("score_state", "replied_at", "last_sign", "last_sign_at", "next_step", "next_at"),
    *("follow_up_at", "sequence_name", "sequence_state", "created_at", "updated_at"),
    "archived_at",
)


class LeadLine(Schema):
    """A lead as a list shows it."""

    id: int
    name: str
    first_name: str
    last_name: str
    email: str | None
    phone: str
    title: str
    company_id: int | None
    company_name: str
    city: str
    country: str
    language: str
    trade: str
    stage: str
    tags: list[str]
    source: str
    owner_id: int | None
    score: int
    score_state: str
    replied_at: datetime | None
    last_sign: str
    last_sign_at: datetime | None
    next_step: str
    next_at: datetime | None
    follow_up_at: date | None
    sequence_name: str
    sequence_state: str
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class LeadOut(LeadLine):
    """A lead with all that is kept about the person."""

    linkedin_url: str
    street: str
    postcode: str
    time_zone: str
    custom: dict[str, Any]
    lawful_basis: str
    basis_source: str
    basis_expires_at: date | None
    inquired_at: datetime | None
    score_reasons: list[Any]
    pains: list[str] = Field(..., description="Those that somebody confirmed")

    @staticmethod
    def resolve_pains(lead: Lead) -> list[str]:
        return [pain.text for pain in lead.pains.all() if pain.verified]


Words = Annotated[list[Text], Field(max_length=filtering.MAX_VALUES)]


class LeadFilters(Paged):
    """The filters of the Leads page. Several values of one filter are alternatives."""

    q: Text = Field("", max_length=filtering.MAX_TEXT, description="Name, company, address, note")
    view: Literal["open", "hot", "new", "replied", "stalled", "all", "archived"] = "all"
    sort: Literal["score", "newest", "sign", "replied", "name"] = "newest"
    score: int | None = Field(None, ge=0, le=100, description="At least")
    stage: list[Literal["new", "contacted", "engaged", "meeting", "proposal", "won", "lost"]] = []
    owner: Words = Field([], description="me, none or an id")
    tag: Words = []
    trade: Words = []
    source: Words = []
    country: Words = []


@router.get("", response=Items[LeadLine], auth=needs("leads:read"), summary="List leads")
def list_leads(request: Call, asked: Query[LeadFilters]) -> dict[str, Any]:
    """Leads that the token's user sees. An owner nobody knows finds nobody."""
    filters = filtering.read(_query(asked))
    if filters.errors:
        said = [{"detail": text, "parameter": "owner"} for text in filters.errors]
        raise Problem(422, filters.errors[0], code="invalid", errors=said)
    rows = keyed(_found(request, filters), asked.sort).only(*LISTED)
    found = page(request, rows, asked, SORTS[asked.sort], asked.sort)
    return {"items": found, "next": request.next_cursor}


def _found(request: Call, filters: filtering.Filters) -> QuerySet[Lead]:
    """As the Leads page does: for a user who sees many, the sort's index is walked."""
    owner_index = filters.sort in OWN_INDEX and not filters.view.few and not request.user.is_manager
    walk = not owner_index and leads_in_list(request.user) > COUNT_CAP
    return filtering.narrow(request.user, filters, walk=walk)


def _query(asked: LeadFilters) -> QueryDict:
    query = QueryDict(mutable=True)
    for name in ("q", "view", "sort"):
        query[name] = getattr(asked, name)
    if asked.score is not None:
        query["score"] = str(asked.score)
    for name in ("stage", "owner", "tag", "trade", "source", "country"):
        query.setlist(name, getattr(asked, name))
    return query


@router.get("/{lead_id}", response=LeadOut, auth=needs("leads:read"), summary="Read a lead")
def get_lead(request: Call, lead_id: Id) -> Lead:
    """A lead that was merged into another one is answered with the one that was kept."""
    return lead_for(request.user, lead_id)
