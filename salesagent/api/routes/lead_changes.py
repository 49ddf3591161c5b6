"""What a person may do to a lead: its data, owner, stage, reminder, notes; put it away."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.db import transaction
from django.utils.html import strip_tags
from ninja import Router, Schema, Status
from pydantic import Field, StringConstraints

from leads.access import assignable, lead_for
from leads.forms import EditLeadForm
from leads.models import Lead
from leads.selectors.listing import forget_counts
from leads.services import editing, lifecycle, notes
from leads.services.lifecycle import MAX_TAGS, ChangeError
from salesagent.accounts.models import User
from salesagent.api.auth import needs
from salesagent.api.call import Call
from salesagent.api.problems import Problem, conflict, wrong_field
from salesagent.api.routes.leads import LeadOut
from salesagent.api.shapes import Body, BodyId, Day, Id, Text

router = Router(tags=["Leads"])
Stage = Literal["new", "contacted", "engaged", "meeting", "proposal", "won", "lost"]
Line = Annotated[Text, StringConstraints(max_length=300)]


class LeadPatch(Body):
    """Only what is named changes. `custom`: fields of their own that the lead has."""

    first_name: Line | None = None
    last_name: Line | None = None
    email: Line | None = None
    phone: Line | None = None
    title: Line | None = None
    company_name: Line | None = None
    linkedin_url: Line | None = None
    street: Line | None = None
    postcode: Line | None = None
    city: Line | None = None
    country: Line | None = None
    time_zone: Line | None = None
    language: Line | None = None
    trade: Line | None = None
    tags: list[Annotated[Text, StringConstraints(max_length=40)]] | None = Field(
        None, max_length=MAX_TAGS
    )
    custom: dict[Line, Annotated[Text, StringConstraints(max_length=500)]] | None = Field(
        None, max_length=40
    )
    lawful_basis: Literal["consent", "enquiry", "customer", "legitimate_interest"] | None = None
    basis_source: Line | None = None
    basis_expires_at: Day | None = None
    follow_up_at: Day | None = Field(None, description="Your own reminder; null clears it")
    owner_id: BodyId | None = Field(None, description="null: nobody's, for managers")


class StageIn(Body):
    stage: Stage


class NoteIn(Body):
    text: Annotated[Text, StringConstraints(min_length=1, max_length=notes.NOTE_LIMIT)]


class NoteOut(Schema):
    """The line of the thread that was written."""

    id: int
    occurred_at: datetime
    body: str


def _open(user: User, pk: int) -> Lead:
    lead = lead_for(user, pk)
    if lead.archived_at is not None:
        raise conflict("This lead is archived. Restore it first.", "archived")
    return lead


@router.patch("/{lead_id}", response=LeadOut, auth=needs("leads:write"), summary="Change a lead")
@transaction.atomic
def change_lead(request: Call, lead_id: Id, change: LeadPatch) -> Lead:
    """The rules are those of the lead's form; what it would mark comes back with its place."""
    user, named = request.user, change.dict(exclude_unset=True)
    lead = _open(user, lead_id)
    try:
        if "owner_id" in named:
            lifecycle.assign(lead, _owner(user, named.pop("owner_id")), user)
        if "follow_up_at" in named:
            lifecycle.follow_up(lead, named.pop("follow_up_at"), user)
        if named:
            editing.edit_lead(lead, _values(lead, user, named), user)
    except ChangeError as error:
        raise wrong_field(error.field, error.message) from error
    forget_counts(user)
    return _read(lead)


def _read(lead: Lead) -> Lead:
    """As it stands now, also when it is no longer one's own."""
    return Lead.objects.get(pk=lead.pk)


def _owner(user: User, owner_id: int | None) -> User | None:
    if owner_id is None:
        if user.is_manager:
            return None
        raise wrong_field("owner_id", "Only a manager makes a lead nobody's.")
    found = assignable(user).filter(pk=owner_id).first()
    if found is None:
        raise wrong_field("owner_id", "You cannot give a lead to this person.")
    return found


def _values(lead: Lead, user: User, named: dict[str, Any]) -> dict[str, Any]:
    """What the form makes of the lead's data with the change in it. Raises Problem."""
    blank = EditLeadForm(user=user, lead=lead)
    data = {name: "" if value is None else value for name, value in blank.initial.items()}
    own = {name: field for field, name in blank.own.items()}
    for name, value in (named.pop("custom", None) or {}).items():
        if name not in own:
            raise wrong_field(f"custom/{name}", "This lead has no such field of its own.")
        data[own[name]] = value
    if "tags" in named:
        named["tags"] = ", ".join(named["tags"] or [])
    data |= {name: "" if value is None else value for name, value in named.items()}
    form = EditLeadForm(data, user=user, lead=lead)
    if not form.is_valid():
        raise _marked(form)
    return form.values()


def _marked(form: EditLeadForm) -> Problem:
    places = {field: f"/custom/{name}" for field, name in form.own.items()}
    said = [
        {"detail": strip_tags(str(text)), "pointer": places.get(name, f"/{name}")}
        for name, texts in form.errors.items()
        for text in texts
    ]
    return Problem(422, said[0]["detail"], code="invalid", errors=said)


@router.post(
    "/{lead_id}/stage", response=LeadOut, auth=needs("leads:write"), summary="Move to a stage"
)
def move_lead(request: Call, lead_id: Id, to: StageIn) -> Lead:
    """Won and lost end a running sequence."""
    lead = _open(request.user, lead_id)
    lifecycle.change_stage(lead, to.stage, request.user)
    forget_counts(request.user)
    return _read(lead)


@router.post(
    "/{lead_id}/notes", response={201: NoteOut}, auth=needs("leads:write"), summary="Add a note"
)
def add_note(request: Call, lead_id: Id, note: NoteIn) -> Status[Any]:
    lead = lead_for(request.user, lead_id)
    try:
        event = notes.add_note(lead, request.user, note.text)
    except notes.NoteError as error:
        raise wrong_field("text", str(error)) from error
    return Status(201, event)


@router.post(
    "/{lead_id}/archive", response=LeadOut, auth=needs("leads:write"), summary="Archive a lead"
)
def archive_lead(request: Call, lead_id: Id) -> Lead:
    """Out of the lists, its sequence stops, its thread stays. Twice is once."""
    lead = lead_for(request.user, lead_id)
    lifecycle.archive(lead, request.user)
    forget_counts(request.user)
    return _read(lead)


@router.post(
    "/{lead_id}/restore", response=LeadOut, auth=needs("leads:write"), summary="Restore a lead"
)
def restore_lead(request: Call, lead_id: Id) -> Lead:
    lead = lead_for(request.user, lead_id)
    lifecycle.restore(lead, request.user)
    forget_counts(request.user)
    return _read(lead)
