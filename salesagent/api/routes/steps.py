"""The touches of a sequence. Each change makes a new version; who reached a touch keeps theirs."""

import uuid
from typing import Annotated, Any, Literal

from django.db import transaction
from ninja import Router, Schema, Status
from pydantic import Field, StringConstraints

from outreach.access_sequences import editable_for
from outreach.models import Sequence, Step
from outreach.services import sequences
from outreach.services.sequences import LABELS, MAX_WAIT, SequenceError, StaleStep, Words
from salesagent.accounts.models import User
from salesagent.api.auth import needs
from salesagent.api.call import Call
from salesagent.api.problems import Problem, conflict, not_found, wrong_field
from salesagent.api.shapes import Body, Id, Text, Whole

router = Router(tags=["Sequences"])
Channel = Literal["email", "phone", "linkedin", "post", "sms", "whatsapp"]
Condition = Literal["", "no_click", "score_warm", "has_phone"]


class VariantIn(Body):
    subject: Annotated[Text, StringConstraints(max_length=200)] = ""
    body: Annotated[Text, StringConstraints(min_length=1, max_length=8000)]
    weight: Whole = Field(1, ge=0, le=100)


class StepIn(Body):
    """A touch. `delay_days`: working days after the one before."""

    name: Annotated[Text, StringConstraints(min_length=1, max_length=80)]
    channel: Channel
    delay_days: Whole = Field(0, ge=0, le=MAX_WAIT)
    condition: Condition = ""
    fallback_channel: Channel | Literal[""] = ""
    variants: list[VariantIn] = Field(..., min_length=1, max_length=len(LABELS))


class VariantOut(Schema):
    label: str
    subject: str
    body: str
    weight: int


class StepOut(Schema):
    """`unchanged`: a person approved exactly these words once, for everybody."""

    key: uuid.UUID
    position: int
    name: str
    channel: str
    delay_days: int
    condition: str
    fallback_channel: str
    unchanged: bool
    variants: list[VariantOut]


def step_out(step: Step) -> dict[str, Any]:
    plain = {name: getattr(step, name) for name in StepOut.model_fields if name != "variants"}
    return {**plain, "variants": list(step.variants.all())}


def add(sequence: Sequence, wanted: StepIn, user: User) -> Step:
    """One touch more at the end. Raises SequenceError."""
    step = sequences.add_step(sequence, wanted.channel)
    return _put(sequence, step, wanted, user)


def _put(sequence: Sequence, step: Step, wanted: StepIn, user: User) -> Step:
    """These words: never ones that go out without being asked, whatever stood there before."""
    words = tuple(
        Words(label, one.subject, one.body, one.weight)
        for label, one in zip(LABELS, wanted.variants, strict=False)
    )
    change = sequences.StepInput(
        name=wanted.name,
        channel=wanted.channel,
        delay_days=wanted.delay_days,
        condition=wanted.condition,
        fallback_channel=wanted.fallback_channel,
        words=words,
    )
    base = step.since_version
    return sequences.edit_step(sequence, step.key, change, user=user, base_version=base)


def _blamed(error: SequenceError) -> Problem:
    if isinstance(error, StaleStep) or not error.field:
        return conflict(str(error))
    return wrong_field(error.field, str(error))


def _step(sequence: Sequence, key: uuid.UUID) -> Step:
    step = Step.objects.filter(sequence=sequence, key=key, until_version=None).first()
    if step is None:
        raise not_found()
    return step


@router.post(
    "/{sequence_id}/steps",
    response={201: StepOut},
    auth=needs("sequences:write"),
    summary="Add a touch",
)
def add_step(request: Call, sequence_id: Id, wanted: StepIn) -> Status[Any]:
    """At the end, for everybody who has not finished."""
    sequence = editable_for(request.user, sequence_id)
    try:
        with transaction.atomic():
            step = add(sequence, wanted, request.user)
    except SequenceError as error:
        raise _blamed(error) from error
    return Status(201, step_out(step))


@router.put(
    "/{sequence_id}/steps/{step_key}",
    response=StepOut,
    auth=needs("sequences:write"),
    summary="Replace a touch",
)
def replace_step(
    request: Call, sequence_id: Id, step_key: uuid.UUID, wanted: StepIn
) -> dict[str, Any]:
    """For people who have not reached it. One that went out unchanged asks each time again."""
    sequence = editable_for(request.user, sequence_id)
    try:
        return step_out(_put(sequence, _step(sequence, step_key), wanted, request.user))
    except SequenceError as error:
        raise _blamed(error) from error


@router.delete(
    "/{sequence_id}/steps/{step_key}",
    response={204: None},
    auth=needs("sequences:write"),
    summary="Remove a touch",
)
def remove_step(request: Call, sequence_id: Id, step_key: uuid.UUID) -> Status[Any]:
    """Who waited for it gets the next one. Drafts of it stay."""
    sequence = editable_for(request.user, sequence_id)
    _step(sequence, step_key)
    try:
        sequences.remove_step(sequence, step_key)
    except SequenceError as error:
        raise conflict(str(error)) from error
    return Status(204, None)
