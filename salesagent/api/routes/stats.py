"""Numbers of Analytics: counted every five minutes, the same that the pages show."""

from datetime import date, datetime
from typing import Any

from ninja import Query, Router, Schema
from pydantic import Field

from analytics.selectors import numbers, people_reached
from analytics.selectors.freshness import counted_at
from salesagent.api.auth import needs
from salesagent.api.call import Call
from salesagent.api.routes.reports import (
    PeriodOut,
    ReportAsked,
    period_of,
    period_out,
    scope_of,
)
from salesagent.api.shapes import Money

router = Router(tags=["Numbers"])
TOTALS = (
    *("sent", "delivered", "bounced", "seen", "clicked", "answered", "replies", "meetings"),
    *("optouts", "complaints", "drafted", "approved", "skipped"),
)
BY_WEEK = ("sent", "delivered", "answered", "replies", "meetings")


class Sum(Schema):
    currency: str
    deals: int
    value: Money


class TotalsOut(Schema):
    """`metrics`: name and count; `messages`: delivered, without calls and letters, which bring no
    replies. `replies`: all that came in. `leads_worked`, `leads_replied`: each lead once."""

    period: PeriodOut
    counted_at: datetime | None
    metrics: dict[str, int]
    reply_rate: float | None = Field(..., description="Messages with a human reply, of `messages`")
    leads_worked: int
    leads_replied: int
    won: list[Sum]
    lost: list[Sum]


class WeekOut(Schema):
    monday: date
    metrics: dict[str, int]


class WeeksOut(Schema):
    period: PeriodOut
    counted_at: datetime | None
    weeks: list[WeekOut]


class FunnelStep(Schema):
    step: str
    leads: int
    share: float | None = Field(..., description="Of the step before")


class FunnelOut(Schema):
    """Of the leads that came in within the period: how far until now."""

    period: PeriodOut
    counted_at: datetime | None
    steps: list[FunnelStep]
    lost: int


@router.get("/totals", response=TotalsOut, auth=needs("intelligence:read"), summary="Totals")
def get_totals(request: Call, asked: Query[ReportAsked]) -> dict[str, Any]:
    """Messages, replies, meetings and deals of a period."""
    scope, period = scope_of(request, asked, asked.segment), period_of(asked)
    found = numbers.totals(scope, period, TOTALS)
    rate = numbers.answered(scope, period)
    return {
        "period": period_out(period),
        "counted_at": counted_at().at,
        "metrics": {"messages": rate.whole, **{name: one.count for name, one in found.items()}},
        "reply_rate": rate.p,
        "leads_worked": people_reached.distinct(scope, period),
        "leads_replied": people_reached.distinct(scope, period, people_reached.REPLIED),
        **{kind: _money(numbers.money(scope, period, kind)) for kind in ("won", "lost")},
    }


def _money(found: dict[str, numbers.Amount]) -> list[dict[str, Any]]:
    return [
        {"currency": unit, "deals": amount.count, "value": amount.value}
        for unit, amount in found.items()
    ]


@router.get("/weeks", response=WeeksOut, auth=needs("intelligence:read"), summary="Week by week")
def get_weeks(request: Call, asked: Query[ReportAsked]) -> dict[str, Any]:
    """The first and the last week may be cut by the period."""
    scope, period = scope_of(request, asked, asked.segment), period_of(asked)
    found = numbers.weekly(scope, period, BY_WEEK)
    return {
        "period": period_out(period),
        "counted_at": counted_at().at,
        "weeks": [
            {"monday": monday, "metrics": {name: counts[name] for name in BY_WEEK}}
            for monday, counts in found.items()
        ],
    }


@router.get("/funnel", response=FunnelOut, auth=needs("intelligence:read"), summary="The funnel")
def get_funnel(request: Call, asked: Query[ReportAsked]) -> dict[str, Any]:
    scope, period = scope_of(request, asked, asked.segment), period_of(asked)
    steps, lost = people_reached.funnel(scope, period)
    return {
        "period": period_out(period),
        "counted_at": counted_at().at,
        "steps": [{"step": one.step, "leads": one.count, "share": one.share} for one in steps],
        "lost": lost,
    }
