"""When what comes next, and why nothing goes out; a dry run of a sequence."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from leads.access import lead_for, leads_for
from leads.models import Lead
from outreach.access_sequences import sequence_for
from outreach.models import Enrollment, Step, Touch
from outreach.services import enrollment as enrollments
from outreach.services import explaining, policy, simulation
from salesagent.accounts.models import User
from salesagent.api.auth import needs
from salesagent.api.call import Call
from salesagent.api.problems import wrong_field
from salesagent.api.routes.enrollments import EnrollmentOut
from salesagent.api.shapes import Body, Id

router = Router(tags=["Cadence"])
MOST = 500
LONGEST = 90


class NextTouch(Schema):
    """`state`: planned (no draft yet), draft, approved, sending, todo (a person does it)."""

    touch_id: int | None
    step_key: str
    number: int
    name: str
    channel: str
    state: str
    due_at: datetime | None


class Reason(Schema):
    """Why nothing goes out now. `until`: when that ends; null: a person must act, or it is open."""

    code: str
    text: str
    until: datetime | None


class CadenceOut(Schema):
    lead_id: int
    enrollment: EnrollmentOut | None
    next: NextTouch | None
    why_not: list[Reason] = Field(..., description="What matters most is first")


class SimulateIn(Body):
    """`lead_ids`: as if they were added now, beside those who are in the sequence."""

    lead_ids: list[Id] = Field([], max_length=MOST)
    days: int = Field(simulation.DAYS, ge=1, le=LONGEST)


class PlannedOut(Schema):
    """`lead_id` is null for a colleague's lead that you do not see."""

    at: datetime
    local: str = Field(..., description="The same moment on the lead's clock, with its offset")
    lead_id: int | None
    number: int
    name: str
    channel: str


class DayOut(Schema):
    day: date
    touches: int


class LeftOut(Schema):
    code: str
    why: str
    people: int


class SimulationOut(Schema):
    """Nobody is written to. It assumes that each draft is approved in time and nobody answers."""

    start: date
    days: int
    people: int
    touches: int
    skipped: int
    later: int = Field(..., description="Touches that do not fit into the days")
    per_channel: dict[str, int]
    per_day: list[DayOut]
    held: dict[str, int] = Field(..., description="Touches that each limit made wait")
    left_out: list[LeftOut] = Field(..., description="Of `lead_ids`, who cannot be added")
    last_at: datetime | None
    rows: list[PlannedOut] = Field(..., description="The first touches, in order")


@router.get(
    "/leads/{lead_id}/cadence",
    response=CadenceOut,
    auth=needs("sequences:read"),
    summary="What comes next for a lead, and why not now",
)
def get_cadence(request: Call, lead_id: Id) -> dict[str, Any]:
    """By the policy that decides each send."""
    lead = lead_for(request.user, lead_id)
    row = _open_enrollment(lead)
    return {
        "lead_id": lead.pk,
        "enrollment": row,
        "next": _waiting(lead) or _planned(row),
        "why_not": policy.why_not(lead, timezone.now()),
    }


def _open_enrollment(lead: Lead) -> Enrollment | None:
    rows = Enrollment.objects.filter(lead=lead, state__in=["active", "paused"])
    return rows.select_related("sequence").order_by("-pk").first()


def _waiting(lead: Lead) -> dict[str, Any] | None:
    """The touch that is made already and goes out first."""
    rows = Touch.objects.filter(lead=lead, state__in=explaining.WAITING).select_related("step")
    touch = rows.order_by("due_at", "pk").first()
    if touch is None:
        return None
    return {
        "touch_id": touch.pk,
        "step_key": str(touch.step_key or ""),
        "number": touch.number,
        "name": touch.step.name if touch.step else "",
        "channel": touch.channel,
        "state": touch.state,
        "due_at": touch.due_at,
    }


def _planned(row: Enrollment | None) -> dict[str, Any] | None:
    """The touch that has no draft yet."""
    if row is None or row.next_step_key is None:
        return None
    rows = Step.objects.filter(sequence=row.sequence_id, until_version=None)
    step = rows.filter(key=row.next_step_key).first()
    if step is None:
        return None
    return {
        "touch_id": None,
        "step_key": str(step.key),
        "number": step.position,
        "name": step.name,
        "channel": step.channel,
        "state": "planned",
        "due_at": row.next_due_at,
    }


@router.post(
    "/sequences/{sequence_id}/simulate",
    response=SimulationOut,
    auth=needs("sequences:read"),
    summary="Dry run of a sequence",
)
def simulate_sequence(request: Call, sequence_id: Id, asked: SimulateIn) -> dict[str, Any]:
    """Who would get what and when, by the same plan and limits. Nothing is stored."""
    user = request.user
    sequence = sequence_for(user, sequence_id)
    leads = _leads(user, asked.lead_ids)
    now = timezone.now()
    found = simulation.simulate(sequence, leads, user=user, now=now, days=asked.days)
    return {
        **{name: getattr(found, name) for name in ("start", "days", "people", "touches")},
        "skipped": found.skipped,
        "later": found.later,
        "per_channel": dict(found.per_channel),
        "per_day": [{"day": day, "touches": n} for day, n in sorted(found.per_day.items())],
        "held": dict(found.held),
        "left_out": [_left_out(code, number) for code, number in found.left_out.most_common()],
        "last_at": found.last,
        "rows": _rows(user, found),
    }


def _leads(user: User, ids: list[int]) -> list[Lead]:
    """404 tells nothing of which; here the caller named them: who is not seen is said."""
    rows = simulation.narrowed(leads_for(user).filter(pk__in=ids, archived_at=None))
    known = {lead.pk: lead for lead in rows}
    for place, pk in enumerate(ids):
        if pk not in known:
            raise wrong_field(f"lead_ids/{place}", "You see no such lead.")
    return [known[pk] for pk in dict.fromkeys(ids)]


def _left_out(code: str, number: int) -> dict[str, Any]:
    return {"code": code, "why": enrollments.REFUSED_WORDS.get(code, code), "people": number}


def _rows(user: User, found: simulation.Simulation) -> list[dict[str, Any]]:
    ids = {row.lead.pk for row in found.rows}
    seen = set(leads_for(user).filter(pk__in=ids).values_list("pk", flat=True))
    return [
        {
            "at": row.at,
            "local": row.local.isoformat(),
            "lead_id": row.lead.pk if row.lead.pk in seen else None,
            "number": row.step.position,
            "name": row.step.name,
            "channel": row.channel,
        }
        for row in found.rows
    ]
