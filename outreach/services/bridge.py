"""Bridged calls: the person's own phone rings, and after a key the lead's. The one writer of Call.

A call only moves forward: reports may come twice, late or in any order. What was said is never
recorded; how it went is logged by the person, with the minutes filled in.
"""

import math
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from leads.intake.clean import phone_number
from leads.models import Lead
from leads.services import suppression, zones
from outreach.channels import twilio_voice
from outreach.channels.base import AccountConfig, ChannelError
from outreach.channels.texts import number_problem
from outreach.models import Call, Task
from outreach.services import calls, handwork, held, transports, writing
from salesagent.accounts import connections
from salesagent.accounts.models import User, Workspace
from salesagent.lib.crypto import SecretUnreadable
from salesagent.lib.text import one_line

QUEUED, RINGING, ANSWERED, DIALING = "queued", "ringing", "answered", "dialing"
COMPLETED, BUSY, NO_ANSWER, FAILED, MISSED = "completed", "busy", "no_answer", "failed", "missed"
OPEN = (QUEUED, RINGING, ANSWERED, DIALING)
STALE = timedelta(hours=5)  # after this no call is open any more, whatever was reported
JUST_NOW = timedelta(hours=12)  # how long the form offers to log it
WORDS = {
    QUEUED: "Your phone will ring.",
    RINGING: "Your phone rings. Take it and press any key.",
    ANSWERED: "Press any key on your phone.",
    DIALING: "Their phone rings, or you are talking.",
    COMPLETED: "The call has ended.",
    BUSY: "Their line was busy.",
    NO_ANSWER: "Nobody answered.",
    FAILED: "The call did not come about.",
    MISSED: "You did not take it, so nobody was called.",
}
OUTCOME = {NO_ANSWER: "no_answer", BUSY: "no_answer"}  # what the form starts with


class BridgeError(Exception):
    """Why nobody is called, in plain words."""


@dataclass(frozen=True)
class Outlook:
    """What the button needs. `offered`: Twilio is connected; `off`: why it cannot be used now."""

    offered: bool
    off: str = ""
    fix: str = ""  # address of the page where it is put right
    number: str = ""
    call: Call | None = None


# --- may it be ---


def outlook(lead: Lead, user: User) -> Outlook:
    """One query while Twilio is off."""
    connection = connections.active(twilio_voice.SERVICE)
    if connection is None or not connection.settings.get("voice_from"):
        return Outlook(offered=False)
    off, fix = _against(lead, user)
    return Outlook(True, off, fix, own_number(user), last_of(lead, user))


def own_number(user: User) -> str:
    """The person's phone in E.164; "" when it cannot be read."""
    number = phone_number(user.phone, Workspace.current().country) if user.phone.strip() else ""
    return number if number and not number_problem(number, landlines=True) else ""


def _against(lead: Lead, user: User) -> tuple[str, str]:
    """(why not, where to put it right)."""
    if waits := held.why():
        return waits, ""
    if not own_number(user):
        what = "is not a number we can ring" if user.phone.strip() else "is missing"
        return f"Your own phone number {what}.", reverse("accounts:profile")
    if lead.archived_at or lead.erased_at:
        return "This lead is archived. Bring it back first.", ""
    if number_problem(lead.phone, landlines=True):
        return "There is no phone number that can be called.", reverse("leads:edit", args=[lead.pk])
    if suppression.is_suppressed(lead, calls.CHANNEL):
        return f"{lead.name} asked not to be called.", ""
    return _too_late(lead), ""


def _too_late(lead: Lead) -> str:
    now, at = timezone.now(), handwork.good_time(lead, calls.CHANNEL, timezone.now())
    if at is None:
        return ""
    place = zones.zone_for(lead)
    here, then = now.astimezone(place), at.astimezone(place)
    day = "" if then.date() == here.date() else f"{then:%A} "
    name = lead.first_name or lead.name
    return f"It is {here:%H:%M} where {name} is. Next good time: {day}{then:%H:%M} there."


# --- a call ---


def start(lead: Lead, user: User, *, token: uuid.UUID, task: Task | None = None) -> Call | None:
    """Ring the person's own phone. None for a second click. Raises BridgeError.

    The row comes before the request; a request whose answer is lost leaves the call open, and the
    reports of the service, which name the row, say what became of it.
    """
    config = _config()
    why, _ = _against(lead, user)
    if why:
        raise BridgeError(why)
    call = _queue(lead, user, token, task)
    if call is None:
        return None
    pages = twilio_voice.Pages(_page("call_whisper", call.pk), _page("call_status", call.pk))
    if not twilio_voice.reachable(config, pages.whisper):
        return _not_rung(call, "Twilio cannot reach this installation: SITE_URL is not public.")
    try:
        found = twilio_voice.ring(config, call.rep_number, pages)
    except ChannelError as error:
        if error.unknown:
            _move(call.pk, (QUEUED,), problem=error.message[:300])
            call.refresh_from_db()
            return call
        return _not_rung(call, error.message)
    _move(call.pk, (QUEUED,), state=RINGING)
    Call.objects.filter(pk=call.pk, provider_id="").update(provider_id=found)
    call.refresh_from_db()
    return call


def _config() -> AccountConfig:
    connection = connections.active(twilio_voice.SERVICE)
    if connection is None or not connection.settings.get("voice_from"):
        raise BridgeError("Calls through Twilio are not set up: Settings, Twilio.")
    try:
        return transports.account_config(connection)
    except SecretUnreadable as error:
        raise BridgeError(str(error)) from error


@transaction.atomic
def _queue(lead: Lead, user: User, token: uuid.UUID, task: Task | None) -> Call | None:
    User.objects.select_for_update().get(pk=user.pk)  # one call of a person at a time
    if not writing.claim(token, user):
        return None
    recent = timezone.now() - timedelta(minutes=2)
    still = Q(state__in=(QUEUED, RINGING, ANSWERED), created_at__gte=recent)
    still |= Q(state=DIALING, created_at__gte=timezone.now() - STALE)
    if Call.objects.filter(still, user=user).exists():
        raise BridgeError("A call of yours is on its way already.")
    return Call.objects.create(
        lead=lead, user=user, task=task, rep_number=own_number(user), lead_number=lead.phone
    )


def _page(name: str, pk: int) -> str:
    return str(settings.SITE_URL) + reverse(f"outreach:{name}", args=[pk])


def _not_rung(call: Call, why: str) -> Call:
    _move(call.pk, (QUEUED,), state=FAILED, problem=why[:300], ended_at=timezone.now())
    call.refresh_from_db()
    raise BridgeError(why)


def _move(pk: int, states: tuple[str, ...], **values: object) -> bool:
    return Call.objects.filter(pk=pk, state__in=states).update(**values) == 1


# --- what the service asks and reports ---


def _known(pk: int, provider_id: str) -> Call | None:
    """The call, if this report is about it; a first report teaches the service's id."""
    call = Call.objects.select_related("lead", "user").filter(pk=pk).first()
    if call is None or not provider_id:
        return None
    if not call.provider_id:
        Call.objects.filter(pk=pk, provider_id="").update(provider_id=provider_id)
        call.refresh_from_db(fields=["provider_id"])
    return call if call.provider_id == provider_id else None


def whisper(pk: int, provider_id: str) -> str:
    """Our person took the phone: say who will be called."""
    call = _known(pk, provider_id)
    if call is None or call.state not in OPEN:
        return twilio_voice.goodbye()
    _move(pk, (QUEUED, RINGING), state=ANSWERED, answered_at=timezone.now())
    words = f"Call to {one_line(call.lead.name, 80)}. Press any key."
    return twilio_voice.whisper(words, _page("call_key", pk))


def pressed(pk: int, provider_id: str) -> str:
    """A key was pressed: dial the lead, unless somebody has meanwhile said not to."""
    call = _known(pk, provider_id)
    if call is None or call.state not in OPEN:
        return twilio_voice.goodbye()
    lead = call.lead
    if waits := held.why():
        return twilio_voice.goodbye(waits)
    if lead.erased_at or suppression.is_suppressed(lead, calls.CHANNEL):
        return twilio_voice.goodbye("This person asked not to be called.")
    _move(pk, (QUEUED, RINGING, ANSWERED), state=DIALING)
    caller = twilio_voice.number_of(_config())
    return twilio_voice.connect(call.lead_number, caller, _page("call_ended", pk))


def theirs_ended(pk: int, provider_id: str, end: str, seconds: int) -> str:
    """The line to the lead is closed; the first such report counts."""
    call = _known(pk, provider_id)
    if call is None:
        return twilio_voice.goodbye()
    open_or_short = Q(state__in=OPEN) | Q(state=COMPLETED, seconds=0)
    Call.objects.filter(open_or_short, pk=pk).update(
        state=end, seconds=seconds, ended_at=timezone.now()
    )
    return twilio_voice.goodbye()


def ours_ended(pk: int, provider_id: str, end: str) -> None:
    """Our person's line is closed. Without a key nobody was called."""
    if _known(pk, provider_id) is None:
        return
    now = timezone.now()
    missed = FAILED if end == "failed" else MISSED
    if not _move(pk, (QUEUED, RINGING, ANSWERED), state=missed, ended_at=now):
        _move(pk, (DIALING,), state=COMPLETED, ended_at=now)


# --- afterwards ---


def last_of(lead: Lead, user: User) -> Call | None:
    """The person's newest call to this lead that is open or not logged yet."""
    since = timezone.now() - JUST_NOW
    rows = Call.objects.filter(lead=lead, user=user, logged_at=None, created_at__gte=since)
    call = rows.order_by("-pk").first()
    return None if call and is_stale(call, timezone.now()) else call


def is_stale(call: Call, now: datetime) -> bool:
    return call.state in OPEN and call.created_at < now - STALE


def minutes(call: Call | None) -> int:
    """Minutes talked, begun ones counted; 0 for none."""
    return math.ceil(call.seconds / 60) if call else 0


def outcome(call: Call | None) -> str:
    """What the form starts with: what we know of how it ended."""
    return OUTCOME.get(call.state, "") if call else ""


def note_logged(lead: Lead, user: User) -> int:
    """The outcome of the person's calls to this lead is in the thread."""
    rows = Call.objects.filter(lead=lead, user=user, logged_at=None).exclude(state__in=OPEN)
    return rows.update(logged_at=timezone.now())
