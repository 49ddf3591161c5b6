"""Why nothing was sent to a lead, and what comes next. The reasons are those of `policy`."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from leads.models import Lead, ThreadEvent
from leads.services import suppression
from outreach.models import Enrollment, Sequence, Step, Touch
from outreach.services import cadence, policy, reach
from outreach.services.limits import Facts
from outreach.services.policy import Verdict, no
from salesagent.accounts.models import User
from salesagent.lib.sql import Rows

WAITING = (
    Touch.State.DRAFT,
    Touch.State.APPROVED,
    Touch.State.SENDING,
    Touch.State.TODO,
    Touch.State.UNKNOWN,
)
MOST = 5


_ENROLLMENTS = Rows(
    lambda lead: (
        Enrollment.objects.filter(lead=lead).select_related("sequence").order_by("-pk")[:20]
    )
)
_TOUCHES = Rows(
    lambda lead: (
        Touch.objects.filter(lead=lead, state__in=WAITING)
        .select_related("enrollment__sequence", "mailbox__user")
        .defer("machine_body", "references", "mailbox__password")
        .order_by("due_at", "pk")[:MOST]
    )
)


def lines(lead: Lead, now: datetime) -> list[Verdict]:
    """At least one line; the first is the reason that matters most."""
    enrollment = _last_enrollment(lead)
    found = [*_person(lead), *_held(lead, enrollment)]
    stands = {line.code for line in found}
    touches = _waiting(lead)
    approved = [touch for touch in touches if touch.state == Touch.State.APPROVED]
    facts = Facts.for_touches(touches, now, limited=approved)
    found += [line for t in touches if (line := _line(t, now, facts)).code not in stands]
    if not touches and not found:
        found += list(_plan(lead, enrollment))
    return list({(line.code, line.text): line for line in found}.values())


def _last_enrollment(lead: Lead) -> Enrollment | None:
    """The open one, else the newest."""
    found = _ENROLLMENTS.all(lead.pk)
    opened = [row for row in found if row.state in ("active", "paused")]
    return next(iter(opened or found), None)


def _person(lead: Lead) -> Iterator[Verdict]:
    if lead.erased_at or suppression.is_suppressed(lead, "email"):
        yield no("suppressed", f"{lead.name} is on the do-not-contact list.")
    if lead.archived_at:
        yield no("archived", f"{lead.name} is archived. Restore the lead first.")


def _held(lead: Lead, enrollment: Enrollment | None) -> Iterator[Verdict]:
    """A pause: since when, by whom and why. A sequence that stands still for everybody."""
    if enrollment is None:
        return
    if enrollment.state == Enrollment.State.PAUSED:
        verdict = policy.held(enrollment)
        yield no("paused", f"{verdict.text}{_since(lead)}", verdict.until)
    running = enrollment.sequence.state == Sequence.State.RUNNING
    if enrollment.state == Enrollment.State.ACTIVE and not running:
        yield no("sequence", f"The sequence {enrollment.sequence.name} is not running.")


def _since(lead: Lead) -> str:
    """ " Since 3 November 14:02, by Elena Rossi."; from the thread."""
    events = ThreadEvent.objects.filter(lead=lead, kind="enrollment.paused")
    event = events.order_by("-occurred_at", "-pk").first()
    if event is None:
        return ""
    by = _name(event.actor)
    return f" Since {_day_time(event.occurred_at)}{f', by {by}' if by else ''}."


def _name(actor: str) -> str:
    kind, _, pk = actor.partition(":")
    if kind != "user" or not pk.isdigit():
        return ""
    user = User.objects.filter(pk=int(pk)).first()
    return str(user) if user else ""


def _day_time(at: datetime) -> str:
    return timezone.localtime(at).strftime("%-d %B %H:%M")


def _waiting(lead: Lead) -> list[Touch]:
    touches = _TOUCHES.all(lead.pk)
    for touch in touches:
        touch.lead = lead
    return touches


def _what(touch: Touch) -> str:
    return f"Touch {touch.number}" if touch.number else "The message"


def _line(touch: Touch, now: datetime, facts: Facts) -> Verdict:
    what = _what(touch)
    match touch.state:
        case Touch.State.SENDING:
            return no("sending", f"{what} is being sent.")
        case Touch.State.UNKNOWN:
            return no("unknown", f"It is not known whether {what.lower()} arrived. You decide.")
        case Touch.State.TODO:
            return _settled(touch, now, facts) or no(
                "todo", f"{what} is a task in Today.", touch.due_at
            )
        case Touch.State.DRAFT:
            since = _day_time(touch.created_at)
            text = f"{what} waits for approval since {since}."
            return _settled(touch, now, facts) or no("draft", text)
    return _approved(touch, now, facts)


def _settled(touch: Touch, now: datetime, facts: Facts) -> Verdict | None:
    """What stands against it whoever approves it."""
    for rule in policy.SETTLED_BY_PEOPLE:
        verdict = rule(touch, now, facts)
        if not verdict.ok:
            return verdict
    return None


def _approved(touch: Touch, now: datetime, facts: Facts) -> Verdict:
    verdict = policy.may_send(touch, now, facts=facts)
    if verdict.ok:
        return no("soon", f"{_what(touch)} is approved and goes out within a minute.")
    if verdict.code == "later":
        return no("later", f"{_what(touch)} is approved and planned.", verdict.until)
    return verdict


def _plan(lead: Lead, enrollment: Enrollment | None) -> Iterator[Verdict]:
    """Nothing waits: what is planned, how the last sequence ended, or why there is none."""
    if enrollment is None:
        if not lead.lawful_basis:
            yield no("basis", f"No lawful basis is recorded for {lead.name}.")
        yield no("no_sequence", f"{lead.name} is in no sequence and nothing is written.")
    elif enrollment.state != Enrollment.State.ACTIVE:
        yield _ended(enrollment)
    else:
        yield _planned(enrollment)


def _planned(enrollment: Enrollment) -> Verdict:
    rows = Step.objects.filter(sequence=enrollment.sequence_id, until_version=None)
    key = enrollment.next_step_key
    step = rows.filter(key=key).first() if key else None
    if step is None:
        return no("planned", f"The next touch of {enrollment.sequence.name} is being planned.")
    channel = reach.plan_word(step.channel)
    why = cadence.planned_by(enrollment)
    text = " ".join([f"Touch {step.position}, {channel}, “{step.name}”, is planned.", *why])
    return no("planned", text, enrollment.next_due_at)


def _ended(enrollment: Enrollment) -> Verdict:
    when = f" on {timezone.localtime(enrollment.ended_at):%-d %B}" if enrollment.ended_at else ""
    if enrollment.state == Enrollment.State.FINISHED:
        text = f"The sequence {enrollment.sequence.name} was finished{when}."
        return no("finished", text)
    why = enrollment.why if enrollment.reason else ""
    tail = f": {why[:1].lower()}{why[1:]}." if why else "."
    return no("stopped", f"The sequence {enrollment.sequence.name} was stopped{when}{tail}")
