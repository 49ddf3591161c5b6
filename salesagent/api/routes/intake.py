"""New people: one, or up to a hundred at once, through the same door as the form and files."""

from typing import Annotated, Any, Literal

from django.conf import settings
from ninja import Router, Schema, Status
from pydantic import Field, StringConstraints

from leads.intake.base import IntakeError
from leads.intake.rows import MAX_CUSTOM, MAX_CUSTOM_TEXT, LeadRow
from leads.selectors.listing import forget_counts
from leads.services.handed_in import Taken, bring, owner_of
from leads.services.intake import Brought
from leads.services.lifecycle import MAX_TAGS
from salesagent.accounts.models import User
from salesagent.api import limits
from salesagent.api.auth import needs
from salesagent.api.call import Call
from salesagent.api.problems import Problem, wrong_field
from salesagent.api.shapes import Body, BodyId, Text

router = Router(tags=["Intake"])
MOST = 100
SOURCE = "API"
NAMES = {"company": "company_name"}  # a row's name for what the API calls otherwise
Basis = Literal["consent", "enquiry", "customer", "legitimate_interest"]
Short = Annotated[Text, StringConstraints(max_length=100)]
Line = Annotated[Text, StringConstraints(max_length=200)]


class LeadIn(Body):
    """A person. At least one of email, phone and linkedin_url says how to know them again."""

    first_name: Short = ""
    last_name: Short = ""
    email: Annotated[Text, StringConstraints(max_length=254)] = ""
    phone: Annotated[Text, StringConstraints(max_length=60)] = ""
    title: Annotated[Text, StringConstraints(max_length=150)] = ""
    company_name: Line = ""
    website: Line = ""
    linkedin_url: Annotated[Text, StringConstraints(max_length=300)] = ""
    street: Line = ""
    postcode: Annotated[Text, StringConstraints(max_length=20)] = ""
    city: Annotated[Text, StringConstraints(max_length=120)] = ""
    country: Annotated[Text, StringConstraints(max_length=60)] = ""
    time_zone: Annotated[Text, StringConstraints(max_length=64)] = ""
    language: Annotated[Text, StringConstraints(max_length=30)] = ""
    trade: Annotated[Text, StringConstraints(max_length=60)] = ""
    tags: list[Annotated[Text, StringConstraints(max_length=40)]] = Field([], max_length=MAX_TAGS)
    pain: Line = Field("", description="One trouble of theirs")
    note: Annotated[Text, StringConstraints(max_length=5000)] = ""
    custom: dict[
        Annotated[Text, StringConstraints(min_length=1, max_length=60)],
        Annotated[Text, StringConstraints(max_length=MAX_CUSTOM_TEXT)],
    ] = Field({}, max_length=MAX_CUSTOM)
    lawful_basis: Basis = Field(..., description="On what ground you may write to them")
    basis_source: Line = ""
    source: Annotated[Text, StringConstraints(max_length=80)] = SOURCE
    owner_id: BodyId | None = Field(
        None, description="Whose lead. Without it yours, or a manager's by the assignment rules"
    )
    duplicates: Literal["skip", "fill", "update"] = Field(
        "fill", description="What happens to somebody who is here: nothing, gaps, all but the email"
    )

    def row(self) -> LeadRow:
        plain = self.dict(include=set(LeadRow.__dataclass_fields__) - {"custom", "tags"})
        return LeadRow(
            **plain,
            company=self.company_name,
            domain=self.website,
            tags=list(self.tags),
            custom=dict(self.custom),
        )


class Came(Schema):
    """What became of a person. `changed`: fields that were filled in on one who was here."""

    id: int
    created: bool
    changed: list[str]


class Outcome(Schema):
    """Of the row with the same place in the list."""

    status: Literal["created", "known", "refused"]
    id: int | None = None
    changed: list[str] = []
    code: str = ""
    detail: str = ""
    field: str = ""


class Many(Body):
    rows: list[LeadIn] = Field(..., min_length=1, max_length=MOST)


class ManyOut(Schema):
    created: int
    known: int
    refused: int
    results: list[Outcome]


def _bring(user: User, lead: LeadIn) -> Brought:
    return bring(
        lead.row(),
        user=user,
        owner=owner_of(user, lead.owner_id),
        source=lead.source.strip() or SOURCE,
        basis=lead.lawful_basis,
        basis_source=lead.basis_source,
        duplicates=lead.duplicates,
    )


@router.post(
    "/leads",
    response={201: Came, 200: Came},
    auth=needs("intake:write"),
    summary="Add a lead",
)
def add_lead(request: Call, lead: LeadIn) -> Status[Any]:
    """201 for somebody new. Who is here already is found again: 200, by `duplicates`."""
    try:
        brought = _bring(request.user, lead)
    except Taken as error:
        raise Problem(409, error.message, code="taken") from error
    except IntakeError as error:
        raise wrong_field(NAMES.get(error.field, error.field), error.message) from error
    forget_counts(request.user)
    return Status(201 if brought.created else 200, _came(brought))


def _came(brought: Brought) -> dict[str, Any]:
    changed = sorted(NAMES.get(name, name) for name in brought.changed)
    fields = list(dict.fromkeys(changed))
    return {"id": brought.lead.pk, "created": brought.created, "changed": fields}


@router.post(
    "/intake/leads", response=ManyOut, auth=needs("intake:write"), summary="Add up to 100 leads"
)
def add_leads(request: Call, many: Many) -> dict[str, Any]:
    """Each row by itself: one that cannot be taken hinders no other. Counts as one call a row."""
    limits.charge(request, min(len(many.rows), settings.API_CALLS_PER_MINUTE) - 1)
    results = [_outcome(request.user, lead) for lead in many.rows]
    forget_counts(request.user)
    counts = {
        status: sum(one.status == status for one in results)
        for status in ("created", "known", "refused")
    }
    return {**counts, "results": results}


def _outcome(user: User, lead: LeadIn) -> Outcome:
    try:
        brought = _bring(user, lead)
    except IntakeError as error:
        code = "taken" if isinstance(error, Taken) else "invalid"
        field = NAMES.get(error.field, error.field)
        return Outcome(status="refused", code=code, detail=error.message, field=field)
    came = _came(brought)
    status: Literal["created", "known"] = "created" if brought.created else "known"
    return Outcome(status=status, id=came["id"], changed=came["changed"])
