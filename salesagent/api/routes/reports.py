"""What routes with numbers share: whose, of when, of which segment."""

from datetime import date, timedelta
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field, StringConstraints

from analytics.access import EVERYBODY, NOBODY, Scope, scope_for
from analytics.counts.counting import UNANSWERED
from analytics.report_period import LONGEST
from analytics.selectors.numbers import Counts
from analytics.selectors.period import Period
from analytics.services import days
from salesagent.accounts.models import User
from salesagent.api.call import Call
from salesagent.api.paging import known
from salesagent.api.problems import Problem, not_found
from salesagent.api.shapes import Text

USUAL = 30
FIRST = date(2000, 1, 1)
Segment = Annotated[Text, StringConstraints(max_length=90, pattern=r"^(|(trade|source):[^\r\n]+)$")]
Owner = Annotated[str, StringConstraints(pattern=r"^(|me|none|[1-9][0-9]{0,17})$")]


class OwnerAsked(Schema):
    owner: Owner = Field("", description="me, none (nobody's) or an id; empty: all that you see")


class ReportAsked(OwnerAsked):
    """Query parameters of each report. Days are the workspace's, both included."""

    first: date | None = Field(None, description="Without it, the 30 days up to `last`")
    last: date | None = Field(None, description="Without it, today")
    segment: Segment = Field("", description="trade:bakery or source:Fair; empty: all")


class PeriodOut(Schema):
    first: date
    last: date


class CountsOut(Schema):
    """Rates are of what was delivered; null where nothing was. Calls and letters get none."""

    sent: int
    delivered: int
    bounced: int
    seen: int
    clicked: int
    answered: int
    meetings: int
    optouts: int
    reply_rate: float | None
    bounce_rate: float | None = Field(..., description="Of what was sent")


def owner_id(user: User, owner: str) -> int | None:
    """Who is meant; None: everybody that the user sees."""
    known = {"": None, "me": user.pk, "none": NOBODY}
    return known[owner] if owner in known else int(owner)


def scope_of(call: Call, asked: OwnerAsked, segment: str = "") -> Scope:
    """404 for somebody whose leads the user does not see, and for whom there is not; 422 for a
    parameter that no report knows."""
    known(call, asked, "This report")
    user = call.user
    owner = owner_id(user, asked.owner)
    scope = scope_for(user, owner, segment)
    if owner not in (None, NOBODY, EVERYBODY) and not User.objects.filter(pk=owner).exists():
        raise not_found()
    return scope


def period_of(asked: ReportAsked) -> Period:
    """Raises Problem for days that make no period."""
    today = days.today()
    last = min(asked.last or today, today)
    if asked.first and asked.first > last:
        raise _wrong("first", "The first day is after the last, or still to come.")
    if last < FIRST or (asked.first and asked.first < FIRST):
        raise _wrong("first" if asked.first else "last", "Ask for days from the year 2000 on.")
    first = asked.first or max(last - timedelta(days=USUAL - 1), FIRST)
    if (last - first).days >= LONGEST:
        raise _wrong("first", f"A period has up to {LONGEST:,} days.")
    return Period(first, last)


def _wrong(name: str, detail: str) -> Problem:
    said = [{"detail": detail, "parameter": name}]
    return Problem(422, detail, code="invalid", errors=said)


def period_out(period: Period) -> dict[str, date]:
    return {"first": period.first, "last": period.last}


def counts_out(counts: Counts, channel: str = "email") -> dict[str, Any]:
    names = ("sent", "delivered", "bounced", "seen", "clicked", "answered", "meetings", "optouts")
    return {
        **{name: counts[name] for name in names},
        "reply_rate": None if channel in UNANSWERED else counts.rate("answered"),
        "bounce_rate": counts.rate("bounced", by="sent"),
    }
