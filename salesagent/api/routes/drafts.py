"""Drafts and what a person decides about them. Only a person's own token approves."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from leads.selectors.paging import Key
from outreach.access_work import touch_for
from outreach.forms_work import EditForm
from outreach.models import Touch
from outreach.selectors_drafts import drafts, narrow
from outreach.services import approval, escalation, policy
from outreach.services.approval import ApprovalError
from salesagent.accounts.models import User
from salesagent.api.auth import needs, outside
from salesagent.api.call import Call
from salesagent.api.paging import Paged, page
from salesagent.api.problems import Problem, conflict
from salesagent.api.shapes import Body, Id, Items, Text, YesNo

router = Router(tags=["Drafts"])
ORDER = (Key("due_at", datetime, False), Key("pk", int, False))
Hash = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Words = Annotated[Text, StringConstraints(min_length=1, max_length=approval.BODY_LIMIT)]


class Check(Schema):
    code: str
    level: str
    text: str


class DraftLine(Schema):
    id: int
    lead_id: int
    lead_name: str
    sequence_id: int | None
    kind: str
    number: int
    channel: str
    subject: str
    checks_passed: bool
    state: str
    due_at: datetime


class DraftOut(DraftLine):
    """`text_hash` stands for exactly this text: give it back to edit or approve it."""

    to_address: str
    body: str
    writer: str
    writer_note: str
    checks: list[Check]
    receipts: list[dict[str, Any]]
    text_hash: str
    answered_by_id: int | None = Field(
        ..., description="A colleague who took this answer over: approving it asks for `anyway`"
    )
    approved_by_id: int | None
    approved_at: datetime | None
    sent_at: datetime | None


class DraftsAsked(Paged):
    show: Literal["mine", "team", "look", "team-look", "late", "team-late"] = Field(
        "mine",
        description="As in Approvals. look: did not pass every check; late: past their time; "
        "team-: your team's, else only yours",
    )


class Edit(Body):
    text_hash: Hash = Field(..., description="Of the text that you read")
    subject: Annotated[Text, StringConstraints(max_length=300)] = ""
    body: Words


class Approve(Body):
    text_hash: Hash = Field(..., description="Of the text that you read")
    anyway: YesNo = Field(
        False, description="Also where a colleague took the answer over (409 `answered_by`)"
    )


class Reject(Body):
    reason: Literal["wrong_person", "bad_timing", "bad_text", "other"]


def _line(touch: Touch) -> dict[str, Any]:
    enrollment = touch.enrollment
    return {
        "id": touch.pk,
        "lead_id": touch.lead_id,
        "lead_name": touch.lead.name,
        "sequence_id": enrollment.sequence_id if enrollment else None,
        "kind": touch.kind,
        "number": touch.number,
        "channel": touch.channel,
        "subject": touch.subject,
        "checks_passed": touch.checks_passed,
        "state": touch.state,
        "due_at": touch.due_at,
    }


def _whole(touch: Touch, user: User) -> dict[str, Any]:
    theirs = escalation.somebody_else(touch, user)
    names = ("to_address", "body", "writer", "writer_note", "receipts")
    return {
        **_line(touch),
        **{name: getattr(touch, name) for name in names},
        "checks": [{k: str(c.get(k, "")) for k in ("code", "level", "text")} for c in touch.checks],
        "text_hash": policy.text_hash(touch),
        "answered_by_id": theirs.pk if theirs else None,
        "approved_by_id": touch.approved_by_id,
        "approved_at": touch.approved_at,
        "sent_at": touch.sent_at,
    }


def _refused(error: ApprovalError) -> Problem:
    return conflict(str(error), error.code)


@router.get("", response=Items[DraftLine], auth=needs("drafts:read"), summary="List drafts")
def list_drafts(request: Call, asked: Query[DraftsAsked]) -> dict[str, Any]:
    """What waits for approval, in the order it would go out."""
    rows = narrow(drafts(request.user), request.user, asked.show)
    found = page(request, rows.select_related("lead", "enrollment"), asked, ORDER, "due")
    return {"items": [_line(touch) for touch in found], "next": request.next_cursor}


@router.get("/{draft_id}", response=DraftOut, auth=needs("drafts:read"), summary="Read a draft")
def get_draft(request: Call, draft_id: Id) -> dict[str, Any]:
    """With its checks and, for each statement, the stored fact behind it. Also once it is sent."""
    return _whole(touch_for(request.user, draft_id), request.user)


@router.patch(
    "/{draft_id}", response=DraftOut, auth=needs("drafts:write"), summary="Change the words"
)
@outside
def edit_draft(request: Call, draft_id: Id, edit: Edit) -> dict[str, Any]:
    """An approval falls with a changed text, and the checks run again. Words of a machine token
    are a machine's: what they state needs a source."""
    touch = touch_for(request.user, draft_id)
    data = {"subject": edit.subject, "body": edit.body, "seen_hash": edit.text_hash}
    form = EditForm(data, with_subject=touch.channel == "email")
    if not form.is_valid():
        said = [{"detail": str(v[0]), "pointer": f"/{k}"} for k, v in form.errors.items()]
        raise Problem(422, said[0]["detail"], code="invalid", errors=said)
    try:
        approval.edit(touch, user=request.user, **form.cleaned_data)
    except ApprovalError as error:
        raise _refused(error) from error
    return _whole(touch_for(request.user, draft_id), request.user)


@router.post(
    "/{draft_id}/approve",
    response=DraftOut,
    auth=needs("approve", personal=True),
    summary="Approve a draft",
)
def approve_draft(request: Call, draft_id: Id, seen: Approve) -> dict[str, Any]:
    """Exactly the text of `text_hash`, if it passes the checks that block. Never by a machine.
    Where a colleague took the answer over: 409 `answered_by`, until `anyway` is true."""
    touch = touch_for(request.user, draft_id)
    if not seen.anyway:
        _ask_first(touch, request.user)
    try:
        approval.approve(touch, user=request.user, seen_hash=seen.text_hash)
    except ApprovalError as error:
        raise _refused(error) from error
    return _whole(touch_for(request.user, draft_id), request.user)


def _ask_first(touch: Touch, user: User) -> None:
    """As the page asks: two would answer."""
    if theirs := escalation.somebody_else(touch, user):
        name = theirs.get_short_name()
        detail = f'{name} answers this. To approve it all the same, send "anyway": true.'
        said = [{"detail": f"true, after a word with {name}", "pointer": "/anyway"}]
        raise Problem(409, detail, code="answered_by", errors=said)


@router.post(
    "/{draft_id}/reject", response=DraftOut, auth=needs("drafts:write"), summary="Turn a draft down"
)
def reject_draft(request: Call, draft_id: Id, why: Reject) -> dict[str, Any]:
    """It is not sent; the sequence goes on with the next touch. wrong_person pauses it."""
    touch = touch_for(request.user, draft_id)
    try:
        approval.skip(touch, user=request.user, reason=why.reason)
    except ApprovalError as error:
        raise _refused(error) from error
    return _whole(touch_for(request.user, draft_id), request.user)


@router.post(
    "/{draft_id}/undo", response=DraftOut, auth=needs("drafts:write"), summary="Take a word back"
)
def undo_draft(request: Call, draft_id: Id) -> dict[str, Any]:
    """An approval or a rejection, as long as nothing has followed from it."""
    touch = touch_for(request.user, draft_id)
    if not approval.undo(touch, user=request.user):
        raise conflict(*approval.no_undo(touch))
    return _whole(touch_for(request.user, draft_id), request.user)
