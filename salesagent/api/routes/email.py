"""Mails: words for one person, other subjects, the texts of a touch side by side, how they do."""

import uuid
from typing import Annotated, Any, Literal, Self

from ninja import Query, Router, Schema, Status
from pydantic import StringConstraints, model_validator

from analytics.selectors import numbers
from leads.access import lead_for
from outreach import experiment_page
from outreach.access_sequences import sequence_for, sequences_for
from outreach.access_work import touch_for
from outreach.models import Sequence, Step, Touch, Variant
from outreach.services import experiments, merge, model_drafts, writing
from outreach.services.writing import WritingError
from salesagent.accounts import ai
from salesagent.ai.base import AiError
from salesagent.api.auth import needs, outside
from salesagent.api.call import Call
from salesagent.api.problems import Problem, conflict, not_found
from salesagent.api.routes.drafts import DraftOut, get_draft
from salesagent.api.routes.reports import (
    CountsOut,
    PeriodOut,
    ReportAsked,
    counts_out,
    period_of,
    period_out,
    scope_of,
)
from salesagent.api.shapes import Body, Id, Text
from salesagent.lib.text import one_line
from salesagent.lib.throttle import allow

router = Router(tags=["Email"])
MOST = 3  # subjects


class PersonaliseIn(Body):
    """Either a touch of a sequence (`sequence_id`, `step_key`, and `variant` or its first text) or
    words of your own with merge fields such as {{first_name|there}}."""

    lead_id: Id
    sequence_id: Id | None = None
    step_key: uuid.UUID | None = None
    variant: Literal["", "A", "B", "C"] = ""
    subject: Annotated[Text, StringConstraints(max_length=200)] = ""
    body: Annotated[Text, StringConstraints(max_length=8000)] = ""

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        named = [one is not None for one in (self.sequence_id, self.step_key)]
        words = bool(self.body.strip())
        if words and any(named) or not words and not all(named):
            raise ValueError("Name a touch by sequence_id and step_key, or give a body.")
        return self


class SubjectsIn(Body):
    draft_id: Id


class SubjectsOut(Schema):
    """`source`: model, or texts (the touch's own, filled in). `note`: why not by the model."""

    draft_id: int
    subjects: list[str]
    source: str
    note: str


class VariantLine(Schema):
    """Numbers are of the running test; `chance`: per cent that it is the best one."""

    label: str
    subject: str
    body: str
    weight: int
    sent: int | None
    delivered: int | None
    answered: int | None
    rate: str
    span: str
    chance: int | None
    share: int | None


class VariantsOut(Schema):
    sequence_id: int
    step_key: uuid.UUID
    testing: bool
    outlook: str
    variants: list[VariantLine]


class StepLine(CountsOut):
    sequence_id: int
    step_key: str
    variant: str


class EmailPerformanceOut(Schema):
    """`steps`: of sequences you see; of all segments, whatever was asked."""

    period: PeriodOut
    totals: CountsOut
    steps: list[StepLine]


@router.post(
    "/email/personalise",
    response={201: DraftOut},
    auth=needs("email:write"),
    summary="Draft a mail for one person",
)
def personalise(request: Call, wanted: PersonaliseIn) -> Status[Any]:
    """Filled with what is known of the lead, checked, each statement with its receipt. It waits
    among the drafts until a person approves it; nothing is sent. In a thread the mail answers."""
    lead = lead_for(request.user, wanted.lead_id)
    if lead.archived_at is not None:
        raise conflict("This lead is archived. Restore it first.", "archived")
    subject, body = _frame(request, wanted)
    mail = writing.Mail(body=body, subject=subject, token=uuid.uuid4(), draft_only=True)
    try:
        touch = writing.write(lead, request.user, mail)
    except WritingError as error:
        raise conflict(str(error), "not_drafted") from error
    if touch is None:  # a token of ours is never used twice
        raise conflict("It was drafted a moment ago.")
    return Status(201, get_draft(request, touch.pk))


def _frame(request: Call, wanted: PersonaliseIn) -> tuple[str, str]:
    if wanted.sequence_id is None or wanted.step_key is None:
        return one_line(wanted.subject), wanted.body
    step = _step(sequence_for(request.user, wanted.sequence_id), wanted.step_key)
    texts = list(step.variants.all())
    chosen = [one for one in texts if one.label == (wanted.variant or texts[0].label)]
    if step.channel != "email" or not chosen:
        raise not_found()
    return chosen[0].subject, chosen[0].body


def _step(sequence: Sequence, key: uuid.UUID) -> Step:
    rows = Step.objects.filter(sequence=sequence, key=key, until_version=None)
    step = rows.prefetch_related("variants").first()
    if step is None or not step.variants.all():
        raise not_found()
    return step


@router.post(
    "/email/subjects",
    response=SubjectsOut,
    auth=needs("email:write"),
    summary="Other subject lines",
)
@outside
def suggest_subjects(request: Call, wanted: SubjectsIn) -> dict[str, Any]:
    """Up to three for a draft as it stands: by the language model if one is connected, else the
    other texts of its touch. The draft does not change; take one with PATCH /drafts/{id}."""
    touch = touch_for(request.user, wanted.draft_id)
    if touch.state != Touch.State.DRAFT or touch.channel != "email":
        raise conflict("Only a mail that waits for approval gets other subjects.")
    if not allow("subjects", str(request.user.pk), limit=20, seconds=300):
        raise Problem(
            429, "Asked often. Wait a little.", code="rate", headers={"Retry-After": "60"}
        )
    note = "No language model is connected."
    if ai.may_send("subject"):
        try:
            lines = model_drafts.subjects(touch, touch.subject, touch.body)
            return _subjects(touch, lines, "model")
        except AiError as error:
            note = str(error)
    return _subjects(touch, _of_texts(touch), "texts", note)


def _subjects(touch: Touch, lines: list[str], source: str, note: str = "") -> dict[str, Any]:
    return {"draft_id": touch.pk, "subjects": lines, "source": source, "note": note}


def _of_texts(touch: Touch) -> list[str]:
    if touch.step is None:
        return []
    fields = merge.fields_for(touch.lead, touch.lead.owner, touch.mailbox)
    texts = Variant.objects.filter(step=touch.step).exclude(subject="").order_by("label")
    filled = [one_line(merge.render(one.subject, fields).text) for one in texts]
    return [line for line in dict.fromkeys(filled) if line != touch.subject][:MOST]


@router.get(
    "/sequences/{sequence_id}/steps/{step_key}/variants",
    response=VariantsOut,
    auth=needs("sequences:read"),
    summary="The texts of a touch",
)
def list_variants(request: Call, sequence_id: Id, step_key: uuid.UUID) -> dict[str, Any]:
    """Side by side, with the numbers of the test that runs between them."""
    sequence = sequence_for(request.user, sequence_id)
    step = _step(sequence, step_key)
    test = experiments.running(step)
    rows = {row.label: row for row in experiment_page.rows_of(test)} if test else {}
    return {
        "sequence_id": sequence.pk,
        "step_key": step.key,
        "testing": test is not None,
        "outlook": experiment_page.panel(sequence, step).outlook,
        "variants": [_variant(one, rows.get(one.label)) for one in step.variants.all()],
    }


def _variant(one: Variant, row: experiment_page.ArmRow | None) -> dict[str, Any]:
    names = ("sent", "delivered", "answered", "chance", "share")
    return {
        **{name: getattr(one, name) for name in ("label", "subject", "body", "weight")},
        **{name: getattr(row, name) if row else None for name in names},
        "rate": row.rate if row else "",
        "span": row.span if row else "",
    }


@router.get(
    "/email/performance",
    response=EmailPerformanceOut,
    auth=needs("intelligence:read"),
    summary="How mails do",
)
def get_email_performance(request: Call, asked: Query[ReportAsked]) -> dict[str, Any]:
    """Reply rate is human replies by delivered mails. Opens are counted only with a yes."""
    scope, period = scope_of(request, asked, asked.segment), period_of(asked)
    mine = set(sequences_for(request.user).values_list("pk", flat=True))
    steps = [
        {
            "sequence_id": one.sequence,
            "step_key": one.step,
            "variant": one.variant,
            **counts_out(one.counts),
        }
        for one in numbers.steps(scope, period)
        if one.channel == "email" and one.sequence in mine
    ]
    mails = numbers.channels(scope, period).get("email", numbers.Counts())
    return {"period": period_out(period), "totals": counts_out(mails), "steps": steps}
