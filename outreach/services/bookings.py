"""Meetings that people book: into the thread, and the sequence waits. The only writer of Booking.

Messages come in any order and more than once; what stands at the end is the same. Each invitee of
Calendly's is one row: booked, then moved or cancelled for good. Whoever is named by the token of
their link, else by their address, is meant; for anybody else a person is asked ("Is this theirs?").
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from leads import family, thread
from leads.access import seen_by
from leads.models import Lead, ThreadEvent
from leads.services import profile, summary
from outreach.calendly import Message
from outreach.models import Booking, Enrollment, InboundMessage, Task, Touch
from outreach.services import (
    booking_privacy,
    enrollment,
    matching,
    scheduling,
    texts_inbound,
    worklist,
)
from salesagent.accounts.models import User
from salesagent.lib.text import one_line

CALENDLY, HAND = "calendly", "hand"
CHANNEL = "meeting"  # of InboundMessage, of events, of the last sign
SIGN = "Booked a meeting"
TWICE = timedelta(minutes=1)  # a second press of the button within this is the same meeting
MOST = 20  # messages kept of one booking that nobody is named for
State = Booking.State


class BookingError(Exception):
    """Why it could not be noted, in plain words."""


# --- what Calendly tells ---


def receive(message: Message) -> Booking | None:
    """Act on a message, once, in one transaction. None: a person is asked whose booking it is, or
    it is of somebody who was erased since."""
    try:
        return _receive(message)
    except IntegrityError:  # another message about the same booking was faster
        return _receive(message)


@transaction.atomic
def _receive(message: Message) -> Booking | None:
    if booking_privacy.is_about_erased(message):
        return None
    if (waiting := _waiting(message)) and waiting.lead_id is None:
        _keep(waiting, message)
        return None
    lead = _lead_of(message)
    if lead is None:
        _ask_whose(message)
        return None
    return _apply(message, lead)


def _lead_of(message: Message) -> Lead | None:
    """Whose booking was known stays so; then the token, then the address."""
    known = Booking.objects.filter(
        provider=CALENDLY, remote_id__in=_uris(message), lead__erased_at=None
    )
    if row := known.select_related("lead").first():
        return family.keeper(row.lead)
    if found := scheduling.lead_of(message.token):
        return found
    address = message.email
    return matching.lead_by_address(address) or matching.placed_before(address)


def _uris(message: Message) -> list[str]:
    return [uri for uri in (message.uri, message.old, message.new) if uri]


def _apply(message: Message, lead: Lead) -> Booking:
    """The lead's row is locked, so that two messages at one moment come one after the other."""
    Lead.objects.select_for_update().get(pk=lead.pk)
    row, new = _row(message, lead)
    if not row.starts_at:
        _fill(row, message)
    before = _row_before(message, lead)
    if not _told(row):
        _tell_booked(row, message, before)
    if message.cancelled:
        _end(row, message)
    if new:
        _effects(row, message)
    return row


def _row(message: Message, lead: Lead) -> tuple[Booking, bool]:
    """The row of this invitee; new ones have had no effect yet."""
    row = Booking.objects.filter(provider=CALENDLY, remote_id=message.uri).first()
    if row is not None:
        row.lead = lead
        return row, False
    row = Booking(
        lead=lead,
        touch=_touch(lead, message.booked_at),
        provider=CALENDLY,
        remote_id=message.uri,
        remote_at=message.at,
    )
    row.save(force_insert=True)
    return row, True


def _touch(lead: Lead, before: datetime) -> Touch | None:
    """The last of our messages with a link in it that went out before they booked."""
    sent = Touch.objects.filter(lead=lead, sent_at__lte=before, state=Touch.State.SENT)
    return sent.filter(scheduling.in_body()).order_by("-sent_at").first()


def _fill(row: Booking, message: Message) -> None:
    row.title, row.place = message.title, message.place
    row.starts_at, row.ends_at = message.starts_at, message.ends_at
    row.touch = row.touch or _touch(row.lead, message.booked_at)
    row.save(update_fields=["lead", "touch", "title", "place", "starts_at", "ends_at"])


def _row_before(message: Message, lead: Lead) -> Booking | None:
    """After a reschedule: the booking that this one takes the place of, moved."""
    if not message.old:
        return None
    before, _ = Booking.objects.get_or_create(
        provider=CALENDLY,
        remote_id=message.old,
        defaults={"lead": lead, "state": State.MOVED, "remote_at": message.at},
    )
    return before


def _end(row: Booking, message: Message) -> None:
    """Cancelled or moved, for good."""
    Booking.objects.filter(pk=row.pk).update(remote_at=message.at, reason=message.reason)
    row.remote_at, row.reason = message.at, message.reason
    if message.rescheduled:
        _moved(row, Booking.objects.filter(provider=CALENDLY, remote_id=message.new).first())
    elif row.state == State.BOOKED:
        _cancelled(row, "system" if message.by_host else "lead", by_us=message.by_host)


def _moved(row: Booking, to: Booking | None) -> None:
    row.state, row.moved_to = State.MOVED, to or row.moved_to
    row.save(update_fields=["state", "moved_to"])


def _key(row: Booking, what: str) -> str:
    digest = hashlib.sha256(row.remote_id.encode()).hexdigest()[:40]
    return f"meeting:{row.provider}:{what}:{digest}"


def _told(row: Booking) -> bool:
    kinds = ("meeting.booked", "meeting.moved")
    return ThreadEvent.objects.filter(
        kind__in=kinds, dedupe_key__in=[_key(row, kind) for kind in kinds]
    ).exists()


def _tell_booked(row: Booking, message: Message, before: Booking | None) -> None:
    kind = "meeting.moved" if message.old else "meeting.booked"
    data = _facts(row, who=_who(message, row.lead))
    if before is not None:
        _moved(before, row)
        data["before"] = _iso(before.starts_at)
    _record(row, kind, "lead", message.booked_at, data)


def _who(message: Message, lead: Lead) -> str:
    """Who booked, where it was somebody else by the lead's link."""
    if not message.email or message.email == (lead.email or "").lower():
        return ""
    return one_line(f"{message.name} {message.email}", 200)


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _facts(row: Booking, **more: str) -> dict[str, Any]:
    found = {
        "booking": row.pk,
        "provider": row.provider,
        "title": row.title,
        "starts_at": _iso(row.starts_at),
        "ends_at": _iso(row.ends_at),
        "place": row.place,
        **more,
    }
    return {key: value for key, value in found.items() if value}


def _record(row: Booking, kind: str, actor: str, at: datetime, data: dict[str, Any]) -> None:
    thread.record(
        lead=row.lead,
        kind=kind,
        actor=actor,
        channel=CHANNEL,
        occurred_at=min(at, timezone.now()),
        data=data,
        dedupe_key=_key(row, kind),
    )


# --- what a booking leads to ---


def _effects(row: Booking, message: Message) -> None:
    """Once for each booking, whatever became of it: in the end they meant to talk."""
    _hold(row.lead, "lead")
    other = matching.lead_by_address(message.email)
    if other is not None and other.pk != row.lead_id:
        _pause(other, "lead", note=f"Booked by the link of {row.lead.name}")
    summary.note_sign(row.lead_id, SIGN, CHANNEL, min(message.booked_at, timezone.now()))
    if row.state == State.BOOKED:
        worklist.settle(f"meeting:ask:{row.lead_id}:")


def _hold(lead: Lead, actor: str) -> None:
    """The sequence waits, the colleagues' as after an answer, and the stage moves."""
    _pause(lead, actor)
    enrollment.pause_company(lead, actor=actor, note=f"{lead.name} booked a meeting")
    by = "system" if actor == "lead" else actor  # they booked, they know of no stages
    summary.advance_stage(lead, Lead.Stage.MEETING, by)


def _pause(lead: Lead, actor: str, note: str = "") -> None:
    """Also a pause that would end by itself, such as an absence; not one that a person set."""
    current = enrollment.open_for(lead)
    if current is None:
        return
    reason = Enrollment.Reason.MEETING
    if enrollment.pause(current, reason=reason, actor=actor, note=note):
        return
    if current.reason not in (reason, Enrollment.Reason.MANUAL):
        enrollment.repause(current, reason=reason, actor=actor, note=note)


def _cancelled(row: Booking, actor: str, *, by_us: bool) -> None:
    """In the thread, and a line of Today: the sequence stays paused until a person decides."""
    row.state = State.CANCELLED
    row.save(update_fields=["state", "reason"])
    _record(row, "meeting.cancelled", actor, row.remote_at, _facts(row, reason=row.reason))
    later = row.lead.bookings.filter(state=State.BOOKED, starts_at__gt=timezone.now())
    if row.lead.erased_at or later.exists():
        return
    who = "You" if by_us else "They"
    why = f"{who} cancelled the meeting{_on(row)}." + (f" “{row.reason}”" if row.reason else "")
    worklist.add(
        Task.Kind.FOLLOW_UP,
        owner=row.lead.owner,
        lead=row.lead,
        touch=None,
        channel="email",
        title=f"Ask {row.lead.first_name or row.lead.name} for another time",
        why=f"{why} The sequence is paused until you decide.",
        dedupe_key=f"meeting:ask:{row.lead_id}:{row.pk}",
    )


def _on(row: Booking) -> str:
    """ " of Tue 24 Nov", in the zone of who is asked."""
    if row.starts_at is None:
        return ""
    zone = row.lead.owner.tz if row.lead.owner else timezone.get_current_timezone()
    return f" of {row.starts_at.astimezone(zone):%a %-d %b, %H:%M}"


# --- nobody is named ---


def _waiting(message: Message) -> InboundMessage | None:
    """The question about this booking, or about the one that it takes the place of."""
    rows = InboundMessage.objects.filter(mailbox=None, channel=CHANNEL)
    return rows.filter(message_id__in=_uris(message)).order_by("pk").first()


def _keep(row: InboundMessage, message: Message) -> None:
    kept = [*row.headers.get("meetings", []), message.as_data()]
    row.headers = {**row.headers, "meetings": kept[-MOST:]}
    row.text = _words(message)
    row.save(update_fields=["headers", "text"])


def _words(message: Message) -> str:
    done = "cancelled" if message.cancelled else "moved" if message.old else "booked"
    if message.cancelled and message.rescheduled:
        done = "moved"
    when = timezone.localtime(message.starts_at) if message.starts_at else None
    what = f"{message.title or 'A meeting'}{f', {when:%a %-d %b, %H:%M %Z}' if when else ''}"
    return "\n".join(filter(None, [f"{what}: {done}.", message.place, message.reason]))


def _ask_whose(message: Message) -> None:
    row = InboundMessage.objects.create(
        channel=CHANNEL,
        message_id=message.uri,
        digest=hashlib.sha256(f"{CHANNEL}:{message.uri}".encode()).hexdigest(),
        from_address=message.email,
        from_name=message.name,
        subject=message.title,
        text=_words(message),
        received_at=message.at,
        state=InboundMessage.State.UNMATCHED,
        candidates=list(texts_inbound.by_name(message.name)),
        headers={"meetings": [message.as_data()]},
    )
    worklist.add(
        Task.Kind.UNMATCHED,
        owner=texts_inbound.asked(),
        inbound=row,
        channel=CHANNEL,
        title=f"Is this theirs? {message.name or message.email}",
        why=f"Somebody booked by your link: {one_line(row.text, 200)}",
        dedupe_key=f"inbound:{row.pk}",
    )


def place(row: InboundMessage, lead: Lead) -> None:
    """A person has said whose it is: everything that was told of it counts now, for that lead."""
    for data in row.headers.get("meetings", []):
        _apply(Message.of_data(data), lead)


# --- by hand ---


@transaction.atomic
def note(lead: Lead, user: User, starts_at: datetime | None = None, place: str = "") -> Booking:
    """ "They booked": for a link whose service tells us nothing. Pressed twice it is one."""
    Lead.objects.select_for_update().get(pk=lead.pk)
    now = timezone.now()
    same = lead.bookings.filter(provider=HAND, state=State.BOOKED, created_at__gt=now - TWICE)
    if row := same.filter(starts_at=starts_at).first():
        return row
    row = Booking.objects.create(
        lead=lead,
        touch=_touch(lead, now),
        provider=HAND,
        remote_id=f"{lead.pk}:{now.isoformat()}",
        title="Meeting",
        starts_at=starts_at,
        place=one_line(place, 300),
        remote_at=now,
    )
    _record(row, "meeting.booked", user.actor, now, _facts(row))
    _hold(lead, user.actor)
    summary.note_sign(lead.pk, SIGN, CHANNEL, now)
    worklist.settle(f"meeting:ask:{lead.pk}:")
    profile.refresh([lead.pk])  # the page that comes next gives no advice of before
    return row


@transaction.atomic
def cancel(row: Booking, user: User) -> None:
    """A person says that a meeting they noted will not take place. Raises BookingError."""
    hit = Booking.objects.filter(pk=row.pk, state=State.BOOKED, provider=HAND)
    if not hit.update(state=State.CANCELLED, remote_at=timezone.now()):
        raise BookingError("This meeting is not open any more.")
    row.refresh_from_db()
    _cancelled(row, user.actor, by_us=False)
    profile.refresh([row.lead_id])


def cancellable(row: Booking) -> bool:
    """What a service reports is cancelled there."""
    return row.provider == HAND and row.state == State.BOOKED


def open_for(lead: Lead) -> Booking | None:
    """The meeting to come, else one without a time, else the last."""
    rows = list(lead.bookings.exclude(state=State.MOVED, moved_to__isnull=False)[:20])
    now = timezone.now()
    booked = [row for row in rows if row.state == State.BOOKED]
    ahead = [row for row in booked if row.starts_at and row.starts_at > now]
    undated = [row for row in booked if row.starts_at is None]
    first = min(ahead, key=lambda row: row.starts_at or now, default=None)
    return first or next(iter(undated), None) or next(iter(rows), None)


def recent(user: User, limit: int = 10) -> list[Booking]:
    """The newest bookings of leads that the user may see."""
    rows = seen_by(Booking.objects.exclude(state=State.MOVED), user).select_related("lead")
    return list(rows.order_by("-remote_at", "-pk")[:limit])
