"""May this touch go out now, and if not: why, and when to ask again?

One function decides, explains to people and plans. Each send asks it again inside the transaction
that claims the touch.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone

from leads.models import Lead
from leads.services import zones
from outreach.channels.base import Channel
from outreach.models import Enrollment, Mailbox, Sequence, Touch
from outreach.services import calendars, ramp, reach, texting
from outreach.services.limits import ASKED_FOR, WEEK, Facts
from salesagent.accounts.models import Connection, Workspace

__all__ = ["Facts", "Verdict", "may_send", "text_hash", "why_not", "window_of"]

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Verdict:
    """`code` is stable, `text` for people, `until` when to ask again (None: a person must act)."""

    ok: bool
    code: str = ""
    text: str = ""
    until: datetime | None = None


YES = Verdict(True, "ok")


def no(code: str, text: str, until: datetime | None = None) -> Verdict:
    return Verdict(False, code, text, until)


def text_hash(touch: Touch) -> str:
    """SHA-256 (hex) of what an approval stands for: channel, address, subject, body and, where the
    provider's own template goes out, which one and what is filled in."""
    parts = [touch.channel, touch.to_address, touch.subject, touch.body]
    if touch.content_sid:
        parts += [touch.content_sid, json.dumps(touch.content_variables, sort_keys=True)]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def may_send(touch: Touch, now: datetime | None = None, *, facts: Facts | None = None) -> Verdict:
    """The verdict on one touch. Wants lead, enrollment.sequence and mailbox.user selected.

    At most three queries more; none with `Facts.for_touches`. What never passes by itself comes
    before what passes with time, so the first reason is the one a person should know.
    """
    now = now or timezone.now()
    facts = facts or Facts.load()
    for rule in RULES:
        verdict = rule(touch, now, facts)
        if not verdict.ok:
            return verdict
    return YES


# --- what a person must settle -------------------------------------------------------------------


def approved(touch: Touch, now: datetime, facts: Facts) -> Verdict:
    if touch.state == Touch.State.DRAFT:
        return no("draft", "The draft waits for approval.")
    if touch.state != Touch.State.APPROVED:
        return no("state", f"This touch is {touch.get_state_display().lower()}.")
    if touch.approved_hash != text_hash(touch):
        return no("changed", "The text is not the one that was approved. Approve it again.")
    return YES


def person(touch: Touch, now: datetime, facts: Facts) -> Verdict:
    lead = touch.lead
    if lead.erased_at or facts.is_suppressed(touch):
        return no("suppressed", f"{lead.name} is on the do-not-contact list.")
    if lead.archived_at:
        return no("archived", f"{lead.name} is archived. Restore the lead first.")
    if not touch.to_address:
        return no("address", f"There is no address of {lead.name} for this channel.")
    return YES


def run(touch: Touch, now: datetime, facts: Facts) -> Verdict:
    """An answer to the lead goes out although the sequence is paused: that is what paused it."""
    enrollment = touch.enrollment
    if enrollment is None or touch.kind in ASKED_FOR:
        return YES
    if enrollment.state != Enrollment.State.ACTIVE:
        return held(enrollment)
    if enrollment.sequence.state != Sequence.State.RUNNING:
        return no("sequence", f"The sequence {enrollment.sequence.name} is not running.")
    if touch.lead.stage in (Lead.Stage.WON, Lead.Stage.LOST):
        return no("stopped", f"{touch.lead.name} is {touch.lead.get_stage_display().lower()}.")
    return YES


def held(enrollment: Enrollment) -> Verdict:
    """Why an enrolment that is not active does nothing."""
    why = enrollment.why if enrollment.reason else ""
    why = f": {why[:1].lower()}{why[1:]}" if why else ""
    if enrollment.state == Enrollment.State.PAUSED:
        note = f" {enrollment.reason_note.rstrip('.')}." if enrollment.reason_note else ""
        return no("paused", f"The sequence is paused{why}.{note}", enrollment.resume_at)
    return no("stopped", f"The sequence has ended{why}.")


def lawful(touch: Touch, now: datetime, facts: Facts) -> Verdict:
    lead = touch.lead
    if touch.kind not in ASKED_FOR:
        if not lead.lawful_basis:
            return no("basis", f"No lawful basis is recorded for {lead.name}.")
        today = now.astimezone(facts.days.zone).date()
        if lead.basis_expires_at and lead.basis_expires_at < today:
            return no("basis", f"The lawful basis for {lead.name} has expired.")
    if touch.channel == "email" and not facts.workspace.postal_address.strip():
        return no("postal_address", "Mails need a postal address: Settings, Company and sending.")
    return YES


def consent(touch: Touch, now: datetime, facts: Facts) -> Verdict:
    """Texts need a recorded yes (TCPA; WhatsApp Business policy). An answer to the person's own
    message on that channel does not."""
    channel = reach.channel(touch.channel)
    if not channel.needs_consent or touch.kind == Touch.Kind.REPLY:
        return YES
    if facts.agreed(touch):
        return YES
    text = (
        f"{touch.lead.name} has not agreed to {channel.label}. Record the yes on the lead's page."
    )
    return no("consent", text)


def template_needed(touch: Touch, now: datetime, facts: Facts) -> Verdict:
    """Free text only so many hours after the person's last message (WhatsApp: 24)."""
    channel = reach.channel(touch.channel)
    if not channel.reply_hours or touch.content_sid:
        return YES
    last = facts.last_inbound(touch)
    if last is not None and now - last <= timedelta(hours=channel.reply_hours):
        return YES
    when = "has not written yet" if last is None else "wrote last more than a day ago"
    text = f"{touch.lead.name} {when}: {channel.label} takes only an approved template now."
    return no("template", text)


def sender(touch: Touch, now: datetime, facts: Facts) -> Verdict:
    channel = reach.channel(touch.channel)
    if channel.sender == "service":
        return _service(channel, facts.connection(channel.service))
    if channel.sender != "mailbox":
        return YES
    mailbox = touch.mailbox
    if mailbox is None:
        return no("mailbox", "No mailbox is connected for this lead's owner.")
    if mailbox.state != Mailbox.State.ACTIVE:
        word = "off" if mailbox.state == Mailbox.State.OFF else "paused"
        why = f": {mailbox.paused_reason.rstrip('.')}" if mailbox.paused_reason else ""
        return no(f"mailbox_{word}", f"The mailbox {mailbox.address} is {word}{why}.")
    if not mailbox.user.is_active:
        return no("mailbox_off", f"The account of {mailbox.user}, who owns the mailbox, is closed.")
    return YES


def _service(channel: Channel, connection: Connection | None) -> Verdict:
    label = channel.label
    if connection is None:
        return no(
            "service", f"{label} is not connected. The owner does that in Settings, Connections."
        )
    if missing := texting.no_sender(channel, connection):
        return no("service", missing)
    if connection.state == Connection.State.BROKEN:
        why = connection.error.rstrip(".")
        return no("service", f"{label} needs you: {why}." if why else f"{label} needs you.")
    return YES


# --- what passes with time -----------------------------------------------------------------------


def moment(touch: Touch, now: datetime, facts: Facts) -> Verdict:
    earliest = max(touch.due_at, touch.not_before or touch.due_at)
    if earliest > now:
        return no("later", "It is planned for later.", earliest)
    return YES


def window_of(touch: Touch, workspace: Workspace) -> tuple[time, time]:
    """The sending hours that hold for this touch: the sequence's own, else the workspace's. Texts
    and calls keep to their quiet hours as well."""
    sequence = touch.enrollment.sequence if touch.enrollment else None
    if touch.kind != Touch.Kind.SEQUENCE:
        return workspace.text_window_start, workspace.text_window_end
    start, end = hours(sequence, workspace)
    if not reach.channel(touch.channel).quiet_hours:
        return start, end
    late, early = max(start, workspace.text_window_start), min(end, workspace.text_window_end)
    if late < early:
        return late, early
    return workspace.text_window_start, workspace.text_window_end


def hours(sequence: Sequence | None, workspace: Workspace) -> tuple[time, time]:
    if sequence and sequence.window_start and sequence.window_end:
        return sequence.window_start, sequence.window_end
    return workspace.window_start, workspace.window_end


def window(touch: Touch, now: datetime, facts: Facts) -> Verdict:
    """A sequence keeps to the lead's hours and days; what a person wrote and sent does not, but
    for the quiet hours of texts. An answer to a person may go at any time."""
    if touch.kind in ASKED_FOR:
        return YES
    if touch.kind != Touch.Kind.SEQUENCE and not reach.channel(touch.channel).quiet_hours:
        return YES
    opening = _opens(touch, now, facts)
    if opening <= now:
        return YES
    place = zones.zone_for(touch.lead, fallback=facts.days.zone)
    local, country = now.astimezone(place), zones.country_for(touch.lead)
    working = calendars.is_business_day(local.date(), country, facts.days)
    why = f"It is {local:%H:%M}" if working else f"{local:%A} is a day off"
    text = f"{why} where {touch.lead.name} is."
    return no("window", text, _opens(touch, opening, facts, spread=True))


def _opens(touch: Touch, now: datetime, facts: Facts, *, spread: bool = False) -> datetime:
    start, end = window_of(touch, facts.workspace)
    seed = touch.lead_id * 31 + touch.number if spread else 0
    return calendars.next_slot(
        touch.lead, now, start=start, end=end, spread_seed=seed, days=facts.days
    )


def closes(touch: Touch, now: datetime, facts: Facts) -> datetime:
    """When the window ends that is open at `now`, else the next one."""
    start, end = window_of(touch, facts.workspace)
    return next(calendars.windows(touch.lead, now, start=start, end=end, days=facts.days))[1]


def frequency(touch: Touch, now: datetime, facts: Facts) -> Verdict:
    """Caps for each person and company over all channels. They hold back sequences; what a person
    decides to write counts, but is not held back."""
    if touch.kind != Touch.Kind.SEQUENCE:
        return YES
    of_lead, of_company = facts.times(touch, now)
    cap, name = facts.workspace.lead_touches_per_week, touch.lead.name
    if until := _room_at(of_lead, cap, now):
        text = f"{name} had {_touches(cap)} in seven days."
        return no("lead_cap", text, _opens(touch, until, facts))
    cap, name = facts.workspace.company_touches_per_week, touch.lead.company_name
    if touch.lead.company_id and (until := _room_at(of_company, cap, now)):
        text = f"{name or 'The company'} had {_touches(cap)} in seven days."
        return no("company_cap", text, _opens(touch, until, facts))
    return YES


def _touches(cap: int) -> str:
    return f"{cap} touch" if cap == 1 else f"{cap} touches"


def _room_at(moments: list[datetime], cap: int, now: datetime) -> datetime | None:
    """When a cap over seven days has room again; None when it has now. A cap of 0 never has."""
    recent = sorted(at for at in moments if at > now - WEEK)
    if len(recent) < cap:
        return None
    return recent[-cap] + WEEK + MINUTE if cap else now + WEEK


def mailbox_limits(touch: Touch, now: datetime, facts: Facts) -> Verdict:
    """The mailbox's day ends at its owner's midnight; an answer to a person never waits for it."""
    mailbox = touch.mailbox
    if mailbox is None or touch.kind in ASKED_FOR:
        return YES
    cap = facts.cap(mailbox, now)
    if facts.mailbox_sent(mailbox, now) >= cap:
        until = _opens(touch, calendars.next_midnight(now, mailbox.user.tz), facts)
        slow = " (slow start)" if ramp.is_on(mailbox, cap, facts.workspace) else ""
        text = f"The mailbox {mailbox.address} has sent its {cap} messages today{slow}."
        return no("mailbox_cap", text, until)
    if mailbox.next_free_at and mailbox.next_free_at > now:
        text = f"The mailbox {mailbox.address} keeps a gap between two messages."
        return no("mailbox_gap", text, mailbox.next_free_at)
    return YES


RULES: tuple[Callable[[Touch, datetime, Facts], Verdict], ...] = (
    *(approved, person, run, lawful, consent, template_needed, sender),
    *(moment, window, frequency, mailbox_limits),
)
SETTLED_BY_PEOPLE = (person, run, lawful, consent, template_needed, sender)
PASSING_WITH_TIME = (moment, window, frequency, mailbox_limits)


def why_not(lead: Lead, now: datetime | None = None) -> list[Verdict]:
    """Why nothing goes out to this lead now, and what comes next: lines in plain words."""
    from outreach.services import explaining  # it asks this module

    return explaining.lines(lead, now or timezone.now())
