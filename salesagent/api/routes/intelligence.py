"""Who is hot, why a score is what it is, how somebody acts, what deals may bring."""

from datetime import date, datetime
from typing import Annotated, Any

from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from analytics.selectors import hot, pipeline
from analytics.services import forecasts
from leads.access import lead_for
from leads.forms_thread import CURRENCIES
from leads.models import Deal, Profile
from leads.services import profile, score_history
from salesagent.accounts.models import Workspace
from salesagent.api.auth import needs
from salesagent.api.call import Call
from salesagent.api.problems import Problem
from salesagent.api.routes.reports import OwnerAsked, Segment, owner_id, scope_of
from salesagent.api.shapes import Id, Money

router = Router(tags=["Intelligence"])


class HotAsked(OwnerAsked):
    segment: Segment = ""
    limit: int = Field(20, ge=1, le=100)


class HotLead(Schema):
    """A lead with a score from 75 on that waits for a person. `task_id`: the line of Today."""

    lead_id: int
    name: str
    score: int
    task_id: int
    task_owner_id: int | None
    kind: str = Field(..., description="What waits, in words")
    waits_since: datetime


class HotOut(Schema):
    items: list[HotLead]


class ScoreReason(Schema):
    text: str
    points: int


class ScorePoint(Schema):
    day: date
    score: int


class ScoreOut(Schema):
    """The reasons add up to the score. `sure`: what it rests on, in words."""

    lead_id: int
    score: int
    state: str
    sure: str
    scored_at: datetime | None
    reasons: list[ScoreReason]
    history: list[ScorePoint]


class Signal(Schema):
    code: str
    text: str
    event_id: int | None


class NextStepOut(Schema):
    """`event_ids`: what it rests on; `similar`: what followed with others, counted."""

    code: str
    text: str
    reason: str
    confidence: float
    similar: str
    event_ids: list[int]


class ProfileOut(Schema):
    """Counted from the thread each night and after each sign. Empty: nothing known yet."""

    lead_id: int
    computed_at: datetime | None
    engagement: str
    sentiment: str
    trend: str
    channel: str
    best_time: str
    cooling: str
    cooling_reason: str
    signals: list[Signal]
    next_step: NextStepOut | None


class ForecastAsked(OwnerAsked):
    currency: Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")] = Field(
        "", description="One that deals are kept in; empty: the one with the most open value"
    )


class ForecastPeriod(Schema):
    """What may be won within a month or quarter, `booked` included: the open deals are played
    10,000 times, so that nine of ten plays bring `low` or more, half `middle`, one `high`."""

    key: str
    start: date
    end: date
    booked: Money = Field(..., description="Won already")
    low: Money = Field(..., description="P10: nine chances of ten that it is this or more")
    middle: Money = Field(..., description="P50: as likely more as less")
    high: Money = Field(..., description="P90: one chance of ten that it is more")
    weighted: Money = Field(..., description="Value by odds, summed: no play, no spread")


class OddsOut(Schema):
    stage: str
    p: float
    won: float
    lost: float
    closed: int
    assumed: bool = Field(..., description="Too few own deals ended: mostly an assumption")


class AccuracyOut(Schema):
    """How earlier forecasts turned out, by how many months ahead they were made."""

    months_ahead: int
    months: int
    inside: int = Field(..., description="Between P10 and P90; four of five should be")
    loss: Money = Field(..., description="Mean pinball loss of P10, P50, P90; less is better")
    naive_loss: Money = Field(..., description="Of just taking last month's sum")


class ForecastOut(Schema):
    day: date
    currency: str
    currencies: list[str]
    deals: int
    pipeline: Money = Field(..., description="The value of all open deals")
    weighted: Money = Field(..., description="The same by their odds, whenever they close")
    assumed: bool = Field(..., description="Too few own deals ended: the odds are mostly assumed")
    months: list[ForecastPeriod]
    quarters: list[ForecastPeriod]
    odds: list[OddsOut]
    accuracy: list[AccuracyOut]


@router.get(
    "/intelligence/hot", response=HotOut, auth=needs("intelligence:read"), summary="Hot leads"
)
def list_hot(request: Call, asked: Query[HotAsked]) -> dict[str, Any]:
    """The hottest first, then who waits longest; people who wrote or gave a sign."""
    scope = scope_of(request, asked, asked.segment)
    found = hot.waiting(scope, timezone.now(), limit=asked.limit)
    return {"items": [_hot(one) for one in found]}


def _hot(one: hot.Waiting) -> dict[str, Any]:
    return {
        "lead_id": one.lead,
        "name": one.name,
        "score": one.score,
        "task_id": one.task,
        "task_owner_id": one.owner,
        "kind": one.kind,
        "waits_since": one.since,
    }


@router.get(
    "/leads/{lead_id}/score",
    response=ScoreOut,
    auth=needs("intelligence:read"),
    summary="A score with its reasons",
)
def get_score(request: Call, lead_id: Id) -> dict[str, Any]:
    lead = lead_for(request.user, lead_id)
    moved = score_history.history(lead)
    return {
        "lead_id": lead.pk,
        "score": lead.score,
        "state": lead.score_state,
        "sure": score_history.sure(lead),
        "scored_at": lead.scored_at,
        "reasons": [{"text": str(text), "points": int(n)} for text, n in lead.score_reasons],
        "history": [{"day": day, "score": n} for day, n in (moved.steps if moved else [])],
    }


@router.get(
    "/leads/{lead_id}/profile",
    response=ProfileOut,
    auth=needs("intelligence:read"),
    summary="How a lead acts, and the next step",
)
def get_profile(request: Call, lead_id: Id) -> dict[str, Any]:
    lead = lead_for(request.user, lead_id)
    row = Profile.objects.filter(lead=lead).first() or Profile(lead=lead)
    names = ("computed_at", "engagement", "sentiment", "trend", "channel")
    return {
        "lead_id": lead.pk,
        **{name: getattr(row, name) for name in names},
        "best_time": profile.slot_words(row.slot) if row.slot else "",
        "cooling": row.cooling,
        "cooling_reason": row.cooling_reason,
        "signals": [_signal(one) for one in row.signals if isinstance(one, dict)],
        "next_step": _step(row.next_step) if row.next_step.get("code") else None,
    }


def _signal(one: dict[str, Any]) -> dict[str, Any]:
    event = one.get("event")
    return {
        "code": str(one.get("code", "")),
        "text": str(one.get("text", "")),
        "event_id": event if isinstance(event, int) else None,
    }


def _step(step: dict[str, Any]) -> dict[str, Any]:
    texts = {name: str(step.get(name) or "") for name in ("code", "text", "reason", "similar")}
    events = [pk for pk in step.get("events") or [] if isinstance(pk, int)]
    return {**texts, "confidence": float(step.get("confidence") or 0), "event_ids": events}


@router.get(
    "/intelligence/forecast",
    response=ForecastOut,
    auth=needs("intelligence:read"),
    summary="Forecast",
)
def get_forecast(request: Call, asked: Query[ForecastAsked]) -> dict[str, Any]:
    """Deals you see, by month and quarter, in one currency; `currencies` names those there are.
    Nothing is changed into another one: a currency without deals gets zeros, one that no deal can
    be kept in is 422."""
    _known(asked.currency)
    scope_of(request, asked)  # 404 for somebody out of sight
    scope = pipeline.scope_of(request.user, owner_id(request.user, asked.owner))
    view = forecasts.view(scope, asked.currency, only=True)
    found = view.forecast
    return {
        "day": view.day,
        "currency": view.currency,
        "currencies": view.currencies,
        "deals": found.deals,
        "pipeline": found.pipeline,
        "weighted": found.weighted,
        "assumed": found.by_prior,
        "months": found.months,
        "quarters": found.quarters,
        "odds": [_odds(one) for one in found.odds.values()],
        "accuracy": [_accuracy(ahead, one) for ahead, one in view.accuracy.items()],
    }


def _known(currency: str) -> None:
    """Raises Problem for a code that no deal can have."""
    if not currency or currency in CURRENCIES or currency == Workspace.current().currency:
        return
    if Deal.objects.filter(currency=currency).exists():
        return  # it came from a CRM
    detail = f"No deal can be kept in {currency}. Known: {', '.join(CURRENCIES)}."
    said = [{"detail": detail, "parameter": "currency"}]
    raise Problem(422, detail, code="invalid", errors=said)


def _odds(one: Any) -> dict[str, Any]:
    names = ("stage", "p", "won", "lost", "closed")
    return {**{name: getattr(one, name) for name in names}, "assumed": one.by_prior}


def _accuracy(ahead: int, one: Any) -> dict[str, Any]:
    return {
        "months_ahead": ahead,
        "months": one.months,
        "inside": one.inside,
        "loss": one.loss,
        "naive_loss": one.naive,
    }
