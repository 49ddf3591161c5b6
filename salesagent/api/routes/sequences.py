"""Sequences: list, read, make, change, start and pause, put away, draft what is due now."""

from datetime import datetime, time
from typing import Annotated, Any, Literal

from django.db import transaction
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from leads.selectors.paging import Key
from outreach import selectors_sequences as read
from outreach.access_sequences import editable_for, may_edit, sequence_for, sequences_for
from outreach.models import Sequence
from outreach.services import executing, sequence_life
from outreach.services.sequences import SequenceError, current_steps
from salesagent.accounts.models import User
from salesagent.api.auth import needs
from salesagent.api.call import Call
from salesagent.api.paging import Paged, page
from salesagent.api.problems import Problem, conflict, wrong_field
from salesagent.api.routes.steps import StepIn, StepOut, add, step_out
from salesagent.api.shapes import Body, Clock, Id, Items, Text, YesNo

router = Router(tags=["Sequences"])
ORDER = (Key("name", str, False), Key("pk", int, False))
State = Literal["draft", "running", "paused", "archived"]
Name = Annotated[Text, StringConstraints(max_length=100)]
SETTINGS = ("name", "description", "track_clicks", "track_opens", "adaptive")
# pointers of what a service blames by another name
FIELDS = {"start": "window_start", "end": "window_end"}


class SequenceLine(Schema):
    id: int
    name: str
    description: str
    state: str
    owner_id: int | None
    team_id: int | None
    version: int
    updated_at: datetime


class SequenceOut(SequenceLine):
    """A sequence with its touches as they stand now. `may_edit`: you may change it."""

    window_start: Clock | None
    window_end: Clock | None
    track_clicks: bool
    track_opens: bool
    adaptive: bool
    may_edit: bool
    people_inside: int
    people_total: int
    people_replied: int
    steps: list[StepOut]


class SequencesAsked(Paged):
    state: State | None = None


class SequenceIn(Body):
    """A draft. Starting it is a word of its own: `resume`."""

    name: Annotated[Text, StringConstraints(min_length=1, max_length=100)]
    description: Annotated[Text, StringConstraints(max_length=300)] = ""
    steps: list[StepIn] = Field([], max_length=10)


class SequencePatch(Body):
    """Only what is named changes. The window is in the lead's time; null: the workspace's."""

    name: Name | None = None
    description: Annotated[Text, StringConstraints(max_length=300)] | None = None
    window_start: Clock | None = None
    window_end: Clock | None = None
    track_clicks: YesNo | None = None
    track_opens: YesNo | None = None
    adaptive: YesNo | None = None


class RanOut(Schema):
    """`drafted` wait for a person's approval; `skipped` did not apply to their person."""

    drafted: int
    skipped: int
    failed: int
    draft_ids: list[int]


def blamed(error: SequenceError) -> Problem:
    """A named field is a wrong value; anything else is the state it is in."""
    if error.field:
        return wrong_field(FIELDS.get(error.field, error.field), str(error))
    return conflict(str(error))


def _clock(at: time | None) -> str | None:
    return at.isoformat() if at else None


def sequence_out(user: User, sequence: Sequence) -> dict[str, Any]:
    counts = read.counts_for(sequence)
    names = (*SequenceLine.model_fields, *SETTINGS)
    return {
        **{name: getattr(sequence, name) for name in names},
        "window_start": _clock(sequence.window_start),
        "window_end": _clock(sequence.window_end),
        "may_edit": may_edit(user, sequence),
        "people_inside": counts.inside,
        "people_total": counts.total,
        "people_replied": counts.replied,
        "steps": [step_out(step) for step in current_steps(sequence)],
    }


def _fresh(user: User, pk: int) -> dict[str, Any]:
    return sequence_out(user, sequence_for(user, pk))


@router.get(
    "", response=Items[SequenceLine], auth=needs("sequences:read"), summary="List sequences"
)
def list_sequences(request: Call, asked: Query[SequencesAsked]) -> dict[str, Any]:
    """Yours, your team's and those shared with everybody."""
    rows = sequences_for(request.user)
    if asked.state:
        rows = rows.filter(state=asked.state)
    found = page(request, rows, asked, ORDER, "name")
    return {"items": found, "next": request.next_cursor}


@router.post(
    "", response={201: SequenceOut}, auth=needs("sequences:write"), summary="Make a sequence"
)
def make_sequence(request: Call, wanted: SequenceIn) -> Status[Any]:
    """A draft of yours, with up to ten touches and at most three mails."""
    try:
        with transaction.atomic():
            sequence = sequence_life.create(request.user, wanted.name)
            _settle(sequence, {"description": wanted.description})
            for step in wanted.steps:
                add(sequence, step, request.user)
    except SequenceError as error:
        raise blamed(error) from error
    return Status(201, _fresh(request.user, sequence.pk))


@router.get(
    "/{sequence_id}",
    response=SequenceOut,
    auth=needs("sequences:read"),
    summary="Read a sequence",
)
def get_sequence(request: Call, sequence_id: Id) -> dict[str, Any]:
    return _fresh(request.user, sequence_id)


@router.patch(
    "/{sequence_id}",
    response=SequenceOut,
    auth=needs("sequences:write"),
    summary="Change a sequence",
)
def change_sequence(request: Call, sequence_id: Id, change: SequencePatch) -> dict[str, Any]:
    sequence = editable_for(request.user, sequence_id)
    try:
        _settle(sequence, change.dict(exclude_unset=True))
    except SequenceError as error:
        raise blamed(error) from error
    return _fresh(request.user, sequence_id)


def _settle(sequence: Sequence, named: dict[str, Any]) -> None:
    """The settings with what is named in place of what stands there. Null means empty."""
    empty: dict[str, Any] = {"name": "", "description": ""}
    plain = {name: named.get(name, getattr(sequence, name)) for name in SETTINGS}
    values: dict[str, Any] = {
        name: empty.get(name, False) if v is None else v for name, v in plain.items()
    }
    start = named.get("window_start", sequence.window_start)
    end = named.get("window_end", sequence.window_end)
    sequence_life.save_settings(sequence, **values, start=start, end=end)


def _moved(user: User, pk: int, state: str) -> dict[str, Any]:
    try:
        sequence_life.set_state(editable_for(user, pk), state)
    except SequenceError as error:
        raise conflict(str(error)) from error
    return _fresh(user, pk)


@router.delete(
    "/{sequence_id}",
    response={204: None},
    auth=needs("sequences:write"),
    summary="Put a sequence away",
)
def delete_sequence(request: Call, sequence_id: Id) -> Status[Any]:
    """Archived: what was sent by it stays readable. 409 while people are in it."""
    sequence = editable_for(request.user, sequence_id)
    if sequence.state == Sequence.State.RUNNING:
        _moved(request.user, sequence_id, Sequence.State.PAUSED)
    _moved(request.user, sequence_id, Sequence.State.ARCHIVED)
    return Status(204, None)


@router.post(
    "/{sequence_id}/resume",
    response=SequenceOut,
    auth=needs("sequences:write"),
    summary="Start or resume",
)
def resume_sequence(request: Call, sequence_id: Id) -> dict[str, Any]:
    """From draft or paused to running. Drafts are made; each waits for approval as ever. With a
    touch that goes out unchanged only a person's own token starts it: 409."""
    return _moved(request.user, sequence_id, Sequence.State.RUNNING)


@router.post(
    "/{sequence_id}/pause", response=SequenceOut, auth=needs("sequences:write"), summary="Pause"
)
def pause_sequence(request: Call, sequence_id: Id) -> dict[str, Any]:
    """Nothing of it is sent, approved or not, until it is resumed."""
    sequence = editable_for(request.user, sequence_id)
    if sequence.state not in (Sequence.State.RUNNING, Sequence.State.PAUSED):
        raise conflict(f"It is {sequence.get_state_display().lower()} now.")
    return _moved(request.user, sequence_id, Sequence.State.PAUSED)


@router.post(
    "/{sequence_id}/execute",
    response=RanOut,
    auth=needs("sequences:write"),
    summary="Draft what is due",
)
def execute_sequence(request: Call, sequence_id: Id) -> executing.Ran:
    """At once what the next round would draft. Nothing is sent: a person approves each draft, also
    those of a touch that goes out unchanged, if a machine token asked."""
    sequence = editable_for(request.user, sequence_id)
    try:
        return executing.run(sequence, request.user)
    except SequenceError as error:
        raise conflict(str(error)) from error
