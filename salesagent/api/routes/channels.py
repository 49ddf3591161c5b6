"""How a lead may be reached, and how the channels do."""

from typing import Annotated, Any, Literal

from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from analytics.selectors import numbers
from leads.access import lead_for
from leads.models import Lead, Profile
from leads.services import consent, profile, stopping, suppression
from leads.services.suppression import ALL, SuppressionError
from outreach.services import mailboxes, reach, text_accounts, texting
from outreach.services.mailboxes import MailboxError
from outreach.services.text_accounts import AccountError
from salesagent.api.auth import needs, outside
from salesagent.api.call import Call
from salesagent.api.problems import Problem, conflict
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
from salesagent.lib.text import clean, one_line
from salesagent.lib.throttle import allow

router = Router(tags=["Channels"])
Channel = Literal["email", "phone", "linkedin", "post", "sms", "whatsapp"]
NeedsYes = Literal["sms", "whatsapp", "opens"]


class WayOut(Schema):
    """`stopped`: on the do-not-contact list. `consent`: a yes is recorded. `usable`: a sequence
    can use it now; `why_not` says what is missing."""

    channel: str
    label: str
    address: str
    needs_consent: bool
    consent: bool
    stopped: bool
    usable: bool
    why_not: str


class ChannelsOut(Schema):
    """`preferred`: where they answer, from `answers_there` of `answers` answers; "" not known yet.
    `best_time`: in words, from what they did; "" not known yet."""

    lead_id: int
    preferred: str
    answers_there: int
    answers: int
    best_time: str
    stopped_everywhere: bool
    channels: list[WayOut]


class StopIn(Body):
    """Nothing is stopped by leaving a field out: what is to end, and why, is said."""

    channel: Channel | Literal["all", "talk"] = Field(
        ..., description="all: every channel, for good; talk: phone, SMS and WhatsApp"
    )
    why: Literal["asked", "wrong", "left", "customer", "other"] = Field(
        ..., description="asked: the person said so; the others are your word"
    )
    note: Annotated[Text, StringConstraints(max_length=100)] = ""


class ConsentIn(Body):
    """The proof of a yes: how they agreed, and their words or those of the form."""

    source: Annotated[Text, StringConstraints(min_length=1, max_length=200)]
    wording: Annotated[Text, StringConstraints(max_length=1000)] = ""


class TestIn(Body):
    channel: Literal["email", "sms", "whatsapp"]
    mailbox_id: Id | None = Field(None, description="For email; without it your first one")


class TestOut(Schema):
    to: str


class PerformanceLine(CountsOut):
    channel: str = Field(..., description="Empty: no message of ours came before")
    label: str


class PerformanceOut(Schema):
    period: PeriodOut
    channels: list[PerformanceLine]


def _channels_out(lead: Lead) -> dict[str, Any]:
    row = Profile.objects.filter(lead=lead).only("channel", "slot").first()
    preferred = row.channel if row else ""
    here, every = profile.answers_by(lead, preferred) if preferred else (0, 0)
    off = suppression.channels_off([lead]).get(lead.pk, set())
    agreed = {code for _, code in consent.consents_of([lead.pk])}
    return {
        "lead_id": lead.pk,
        "preferred": preferred,
        "answers_there": here,
        "answers": every,
        "best_time": profile.slot_words(row.slot) if row and row.slot else "",
        "stopped_everywhere": ALL in off,
        "channels": [_way(lead, code, off, agreed) for code in reach.codes()],
    }


def _way(lead: Lead, code: str, off: set[str], agreed: set[str]) -> dict[str, Any]:
    channel, address = reach.channel(code), reach.address(lead, code)
    stopped = bool(off & {ALL, code})
    why = _why_not(lead, code, address, stopped=stopped)
    return {
        "channel": code,
        "label": channel.label,
        "address": address,
        "needs_consent": channel.needs_consent,
        "consent": code in agreed,
        "stopped": stopped,
        "usable": not why,
        "why_not": why,
    }


def _why_not(lead: Lead, code: str, address: str, *, stopped: bool) -> str:
    if stopped:
        return f"{lead.name} is on the do-not-contact list."
    if not address:
        return f"{lead.name} has no {reach.missing(code)}."
    if texting.reaches(lead, code):
        return ""
    channel = reach.channel(code)
    return channel.problem(address, "") or f"{lead.name} has not agreed to {channel.label}."


@router.get(
    "/leads/{lead_id}/channels",
    response=ChannelsOut,
    auth=needs("channels:read"),
    summary="How a lead may be reached",
)
def get_channels(request: Call, lead_id: Id) -> dict[str, Any]:
    """Where they answer, and for each channel address, yes, stop and what is missing."""
    return _channels_out(lead_for(request.user, lead_id))


@router.post(
    "/leads/{lead_id}/stop",
    response=ChannelsOut,
    auth=needs("channels:write"),
    summary="Do not contact",
)
def stop_lead(request: Call, lead_id: Id, wanted: StopIn) -> dict[str, Any]:
    """Their addresses go on the do-not-contact list, at once and without an end: what waits to be
    sent there is not sent. `channel` says how much, and has no default. Only a manager takes an
    address off again, on the page."""
    lead = lead_for(request.user, lead_id)
    try:
        stopping.stop(
            lead, request.user, what=wanted.channel, why=wanted.why, note=one_line(wanted.note, 100)
        )
    except SuppressionError as error:
        raise conflict(str(error), "address") from error
    return _channels_out(lead_for(request.user, lead_id))


@router.put(
    "/leads/{lead_id}/consent/{channel}",
    response=ChannelsOut,
    auth=needs("channels:write"),
    summary="Record a yes",
)
def record_consent(
    request: Call, lead_id: Id, channel: NeedsYes, given: ConsentIn
) -> dict[str, Any]:
    """That the person agreed to SMS, WhatsApp or to opens being counted, with the proof."""
    lead = lead_for(request.user, lead_id)
    source = one_line(given.source, 200)
    if not source:
        raise Problem(422, "Say how they agreed. It is the proof.", code="invalid")
    words = clean(given.wording).strip()
    if not consent.has_consent(lead, channel):
        consent.record_consent(lead, channel, source, words, request.user.actor)
    return _channels_out(lead)


@router.delete(
    "/leads/{lead_id}/consent/{channel}",
    response=ChannelsOut,
    auth=needs("channels:write"),
    summary="Take a yes back",
)
def withdraw_consent(request: Call, lead_id: Id, channel: NeedsYes) -> dict[str, Any]:
    lead = lead_for(request.user, lead_id)
    consent.withdraw(lead, channel, request.user.actor)
    return _channels_out(lead)


@router.post(
    "/channels/test",
    response=TestOut,
    auth=needs("channels:write"),
    summary="Send a test to yourself",
)
@outside
def send_test(request: Call, wanted: TestIn) -> dict[str, str]:
    """To your own address or phone, never to a lead. Texts: the owner only, as on the page."""
    user = request.user
    if wanted.channel != "email" and not user.is_owner:
        raise Problem(403, "Only the owner sends test texts.", code="owner")
    if not allow("api-test", str(user.pk), limit=6, seconds=60):
        raise Problem(429, "Tested a moment ago.", code="rate", headers={"Retry-After": "60"})
    try:
        if wanted.channel == "email":
            return {"to": mailboxes.send_test(_mailbox(request, wanted.mailbox_id), user=user)}
        return {"to": text_accounts.send_test(user, wanted.channel)}
    except (MailboxError, AccountError) as error:
        raise conflict(str(error), "not_sent") from error


def _mailbox(request: Call, pk: int | None) -> Any:
    from outreach.access_mail import mailbox_for
    from outreach.services.preview import own_mailbox

    box = mailbox_for(request.user, pk) if pk else own_mailbox(request.user)
    if box is None:
        raise conflict("Connect a mailbox first: Settings, Mailboxes.", "mailbox")
    return box


@router.get(
    "/channels/performance",
    response=PerformanceOut,
    auth=needs("intelligence:read"),
    summary="How the channels do",
)
def get_channel_performance(request: Call, asked: Query[ReportAsked]) -> dict[str, Any]:
    """Replies are human ones, and stand with the message they answer."""
    scope, period = scope_of(request, asked, asked.segment), period_of(asked)
    found = numbers.channels(scope, period)
    lines = [
        {"channel": code, "label": reach.label(code) if code else "", **counts_out(counts, code)}
        for code, counts in sorted(found.items())
    ]
    return {"period": period_out(period), "channels": lines}
