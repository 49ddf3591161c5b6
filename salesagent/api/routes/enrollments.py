"""People in sequences: add them, see them, pause, resume and stop them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from ninja import Query, Router, Schema
from pydantic import Field

from leads.access import leads_for, seen_by
from leads.models import Lead
from outreach.access_sequences import enrollment_for, sequence_for
from outreach.models import Enrollment, Sequence
from outreach.services import enrollment as enrollments
from outreach.services.entering import EnrollmentError, enroll
from salesagent.accounts.models import User
from salesagent.api.auth import needs
from salesagent.api.call import Call
from salesagent.api.paging import Paged, page
from salesagent.api.problems import conflict
from salesagent.api.shapes import Body, BodyId, Id, Items

router = Router(tags=["Sequences"])
MOST = 100


class EnrollmentOut(Schema):
    """`reason`: why it is paused or has stopped; `why` says it in words."""

    id: int
    lead_id: int
    sequence_id: int
    state: str
    reason: str
    why: str
    next_due_at: datetime | None
    resume_at: datetime | None
    started_at: datetime
    ended_at: datetime | None


class PeopleAsked(Paged):
    state: Literal["active", "paused", "finished", "stopped"] | None = None


class Enrol(Body):
    lead_ids: list[BodyId] = Field(..., min_length=1, max_length=MOST)


class Entered(Schema):
    """Of one lead. `code`: enrolled, suppressed, basis, address, mailbox, archived, stage, …"""

    lead_id: int
    enrollment_id: int | None = None
    code: str = ""
    detail: str = ""


class EnrolOut(Schema):
    enrolled: int
    refused: int
    results: list[Entered]


@router.get(
    "/sequences/{sequence_id}/people",
    response=Items[EnrollmentOut],
    auth=needs("sequences:read"),
    summary="List who is in it",
)
def list_people(request: Call, sequence_id: Id, asked: Query[PeopleAsked]) -> dict[str, Any]:
    """Those whom you see; newest first."""
    sequence = sequence_for(request.user, sequence_id)
    rows = seen_by(Enrollment.objects.filter(sequence=sequence), request.user)
    if asked.state:
        rows = rows.filter(state=asked.state)
    return {"items": page(request, rows, asked), "next": request.next_cursor}


@router.post(
    "/sequences/{sequence_id}/enrol",
    response=EnrolOut,
    auth=needs("sequences:write"),
    summary="Add people",
)
def enrol_people(request: Call, sequence_id: Id, who: Enrol) -> dict[str, Any]:
    """Each lead by itself; who cannot be added is told with the reason. For those whom a machine
    token adds, a touch that goes out unchanged waits for a person's approval too."""
    sequence = sequence_for(request.user, sequence_id)
    known = leads_for(request.user).select_related("owner", "company").in_bulk(who.lead_ids)
    ids = dict.fromkeys(who.lead_ids)
    results = [_enter(pk, known.get(pk), sequence, request.user) for pk in ids]
    enrolled = sum(one.enrollment_id is not None for one in results)
    return {"enrolled": enrolled, "refused": len(results) - enrolled, "results": results}


def _enter(pk: int, lead: Lead | None, sequence: Sequence, user: User) -> Entered:
    if lead is None:
        return Entered(lead_id=pk, code="not_found", detail="You see no such lead.")
    try:
        return Entered(lead_id=pk, enrollment_id=enroll(lead, sequence, user=user).pk)
    except EnrollmentError as error:
        return Entered(lead_id=pk, code=error.code, detail=str(error))


@router.get(
    "/enrollments/{enrollment_id}",
    response=EnrollmentOut,
    auth=needs("sequences:read"),
    summary="Read one person's way",
)
def get_enrollment(request: Call, enrollment_id: Id) -> Enrollment:
    return enrollment_for(request.user, enrollment_id)


def _move(user: User, pk: int, act: Callable[[Enrollment], bool], refusal: str) -> Enrollment:
    if not act(enrollment_for(user, pk)):
        raise conflict(refusal)
    return enrollment_for(user, pk)


@router.post(
    "/enrollments/{enrollment_id}/pause",
    response=EnrollmentOut,
    auth=needs("sequences:write"),
    summary="Pause for one person",
)
def pause_enrollment(request: Call, enrollment_id: Id) -> Enrollment:
    """Nothing is sent to this person until it is resumed."""
    user, reason = request.user, Enrollment.Reason.MANUAL

    def act(row: Enrollment) -> bool:
        return enrollments.pause(row, reason=reason, actor=user.actor)

    return _move(user, enrollment_id, act, "It is not active any more.")


@router.post(
    "/enrollments/{enrollment_id}/resume",
    response=EnrollmentOut,
    auth=needs("sequences:write"),
    summary="Resume for one person",
)
def resume_enrollment(request: Call, enrollment_id: Id) -> Enrollment:
    """It goes on with the next touch; nothing that fell due meanwhile goes out in a burst."""
    user = request.user

    def act(row: Enrollment) -> bool:
        return enrollments.resume(row, actor=user.actor)

    return _move(user, enrollment_id, act, "It is not paused any more.")


@router.post(
    "/enrollments/{enrollment_id}/stop",
    response=EnrollmentOut,
    auth=needs("sequences:write"),
    summary="Stop for one person",
)
def stop_enrollment(request: Call, enrollment_id: Id) -> Enrollment:
    """For good: what waited is cancelled."""
    user, reason = request.user, Enrollment.Reason.MANUAL

    def act(row: Enrollment) -> bool:
        return enrollments.stop(row, reason=reason, actor=user.actor)

    return _move(user, enrollment_id, act, "It had ended already.")
