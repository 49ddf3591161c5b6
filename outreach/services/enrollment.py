"""The only place that changes Enrollment.state. Each move is one UPDATE that must hit one row."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from leads import thread
from leads.models import Lead, ThreadEvent
from leads.services import summary
from outreach.models import Enrollment, Sequence, Touch
from outreach.services import approval, autonomy, planning, worklist
from outreach.services.entering import (
    REFUSED_WORDS,
    EnrollmentError,
    apply_rule,
    enroll,
    enroll_by_rules,
    enroll_many,
    matching,
    open_for,
    refusal,
    sender_for,
)
from outreach.services.isolation import isolated
from salesagent.accounts.models import Workspace

__all__ = [
    "REFUSED_WORDS",
    "EnrollmentError",
    "apply_rule",
    "enroll",
    "enroll_by_rules",
    "enroll_many",
    "finish",
    "matching",
    "open_for",
    "pause",
    "pause_company",
    "refusal",
    "repause",
    "resume",
    "resume_company",
    "resume_due",
    "sender_for",
    "stop",
    "stop_company",
    "stop_everybody",
    "stop_for_archive",
    "stop_for_stage",
    "stop_for_suppression",
]

State = Enrollment.State
Reason = Enrollment.Reason
OPEN = planning.OPEN
MOVES = {
    State.PAUSED: (State.ACTIVE,),
    State.ACTIVE: (State.PAUSED,),
    State.FINISHED: (State.ACTIVE,),
    State.STOPPED: OPEN,
}
KINDS = {
    State.PAUSED: "enrollment.paused",
    State.ACTIVE: "enrollment.resumed",
    State.FINISHED: "enrollment.finished",
    State.STOPPED: "enrollment.stopped",
}
CANCELLABLE = (Touch.State.DRAFT, Touch.State.APPROVED, Touch.State.TODO)
RESUME_BATCH = 100
POISON_PUSH = timedelta(hours=1)
MERGED = "Merged"  # note of an enrolment that ended as its lead went into another one
STOP_FOR = {
    "hard_bounce": Reason.HARD_BOUNCE,
    "complaint": Reason.COMPLAINT,
    "erased": Reason.ERASED,
    "manual": Reason.MANUAL,
}


def _move(
    enrollment: Enrollment,
    to: State,
    *,
    actor: str,
    reason: str = "",
    note: str = "",
    resume_at: datetime | None = None,
) -> bool:
    """Move if the row is still in a state that allows it, and say so in the thread."""
    now = timezone.now()
    rows = Enrollment.objects.filter(pk=enrollment.pk, state__in=MOVES[to])
    ended = now if to in (State.FINISHED, State.STOPPED) else None
    values = {"state": to, "reason": reason, "reason_note": note[:200], "resume_at": resume_at}
    if rows.update(ended_at=ended, **values) != 1:
        return False
    for name, value in values.items():
        setattr(enrollment, name, value)
    data: dict[str, object] = {"enrollment": enrollment.pk, "sequence": enrollment.sequence.name}
    if reason:
        data |= {"reason": reason, "note": note[:200]}
    if resume_at:
        data["until"] = resume_at.isoformat()
    thread.record(lead=enrollment.lead, kind=KINDS[to], actor=actor, data=data)
    autonomy.moved(enrollment, to, actor=actor, reason=reason, note=note)
    planning.tell_progress(enrollment)
    if to != State.ACTIVE:
        summary.note_next(enrollment.lead_id, "", None)
    return True


# --- on and off ----------------------------------------------------------------------------------


@transaction.atomic
def pause(
    enrollment: Enrollment,
    *,
    reason: str,
    actor: str,
    resume_at: datetime | None = None,
    note: str = "",
) -> bool:
    """Hold everything of this enrolment. Waiting touches stay; the policy refuses to send them."""
    return _move(
        enrollment, State.PAUSED, actor=actor, reason=reason, note=note, resume_at=resume_at
    )


@transaction.atomic
def repause(
    enrollment: Enrollment,
    *,
    reason: str,
    actor: str,
    resume_at: datetime | None = None,
    note: str = "",
) -> bool:
    """Another reason for a pause that is on: an answer ends a hold, an absence an answer."""
    values = {"reason": reason, "reason_note": note[:200], "resume_at": resume_at}
    rows = Enrollment.objects.filter(pk=enrollment.pk, state=State.PAUSED)
    if rows.exclude(reason=reason, resume_at=resume_at).update(**values) != 1:
        return False
    for name, value in values.items():
        setattr(enrollment, name, value)
    data = {"enrollment": enrollment.pk, "sequence": enrollment.sequence.name, "reason": reason}
    if resume_at:
        data["until"] = resume_at.isoformat()
    thread.record(lead=enrollment.lead, kind="enrollment.paused", actor=actor, data=data)
    autonomy.moved(enrollment, State.PAUSED, actor=actor, reason=reason, note=note)
    return True


@transaction.atomic
def resume(enrollment: Enrollment, *, actor: str) -> bool:
    """Go on: what fell due meanwhile moves to the next window instead of going out in a burst."""
    if not _move(enrollment, State.ACTIVE, actor=actor):
        return False
    now = timezone.now()
    if enrollment.touches.filter(state__in=planning.OPEN_TOUCH).exists():
        planning.shift_overdue(enrollment, now)
    elif enrollment.next_step_key is None or _made(enrollment):
        planning.plan_next(enrollment, after=now)
    else:
        planning.shift_overdue(enrollment, now)
    planning.tell_planned(enrollment)
    return True


def _made(enrollment: Enrollment) -> bool:
    return enrollment.touches.filter(step_key=enrollment.next_step_key).exists()


@transaction.atomic
def stop(enrollment: Enrollment, *, reason: str, actor: str, note: str = "") -> bool:
    """End it for good and cancel what waits; a touch that is being sent now is left alone."""
    if not _move(enrollment, State.STOPPED, actor=actor, reason=reason, note=note):
        return False
    Enrollment.objects.filter(pk=enrollment.pk).update(next_step_key=None, next_due_at=None)
    waiting = enrollment.touches.filter(state__in=CANCELLABLE).select_related("lead")
    approval.cancel(waiting, reason, actor=actor)
    return True


@transaction.atomic
def finish(enrollment: Enrollment) -> bool:
    """No step is left."""
    return _move(enrollment, State.FINISHED, actor="system")


def _at_company(
    lead: Lead, states: tuple[State, ...], among: QuerySet[Lead] | None
) -> QuerySet[Enrollment]:
    """Enrolments of everybody at the lead's company; `among`: only of these leads."""
    if lead.company_id is None:
        return Enrollment.objects.none()
    rows = Enrollment.objects.filter(lead__company=lead.company_id, state__in=states)
    if among is not None:
        rows = rows.filter(lead__in=among.values("pk"))
    return rows.select_related("lead", "sequence").order_by("pk")


@transaction.atomic
def pause_company(
    lead: Lead,
    *,
    actor: str,
    reason: str = Reason.COMPANY_REPLIED,
    note: str = "",
    asked: bool = False,
    among: QuerySet[Lead] | None = None,
) -> int:
    """Pause the colleagues of a lead; returns how many.

    After a reply only if the workspace says so. `asked`: a person pressed the button, which means
    the lead as well.
    """
    if not (asked or Workspace.current().pause_company_on_reply):
        return 0
    rows = _at_company(lead, OPEN, among)
    rows = rows if asked else rows.exclude(lead=lead)
    note = note or ("" if asked else f"{lead.name} answered")
    return sum(_hold(one, reason=reason, actor=actor, note=note) for one in rows)


def _hold(enrollment: Enrollment, *, reason: str, actor: str, note: str) -> bool:
    """Pause; a pause that would end by itself, such as an absence, no longer does."""
    if pause(enrollment, reason=reason, actor=actor, note=note):
        return True
    if enrollment.resume_at is None:
        return False
    return repause(enrollment, reason=reason, actor=actor, note=note)


@transaction.atomic
def resume_company(lead: Lead, *, actor: str, among: QuerySet[Lead] | None = None) -> int:
    """Let the paused colleagues and the lead go on."""
    rows = _at_company(lead, (State.PAUSED,), among)
    return sum(resume(one, actor=actor) for one in rows)


@transaction.atomic
def stop_company(lead: Lead, *, actor: str, among: QuerySet[Lead] | None = None) -> int:
    """Stop everybody of the lead's company."""
    rows = _at_company(lead, OPEN, among)
    return sum(stop(one, reason=Reason.MANUAL, actor=actor) for one in rows)


def stop_everybody(sequence: Sequence, *, actor: str) -> int:
    """Stop all who are in a sequence, each in a transaction of its own; may run twice."""
    rows = Enrollment.objects.filter(sequence=sequence, state__in=OPEN)
    count = 0
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
        one = Enrollment.objects.select_related("lead", "sequence").get(pk=pk)
        count += stop(one, reason=Reason.MANUAL, actor=actor)
    return count


def resume_due(now: datetime | None = None) -> int:
    """Out-of-office and other holds whose day has come."""
    now = now or timezone.now()
    rows = Enrollment.objects.filter(state=State.PAUSED, resume_at__lte=now)
    found = rows.select_related("lead", "sequence").order_by("resume_at", "pk")[:RESUME_BATCH]
    return sum(_resume_one(one, now) for one in found)


def _resume_one(enrollment: Enrollment, now: datetime) -> bool:
    """One that cannot be resumed is tried again in an hour, so that it hinders no other."""
    with isolated("resume", enrollment.pk) as result:
        result.value = resume(enrollment, actor="system")
    if result.failed:
        rows = Enrollment.objects.filter(pk=enrollment.pk, state=State.PAUSED)
        rows.update(resume_at=now + POISON_PUSH)
    return bool(result.value)


# --- reactions -----------------------------------------------------------------------------------


def _stop_open(
    lead: Lead, reason: str, *, channel: str = "all", actor: str = "system", note: str = ""
) -> None:
    """Stop the open enrolment; cancel messages that wait outside of it as well."""
    if enrollment := open_for(lead):
        stop(enrollment, reason=reason, actor=actor, note=note)
    loose = Touch.objects.filter(lead=lead, state__in=CANCELLABLE).select_related("lead")
    if channel != "all":
        loose = loose.filter(channel=channel)
    approval.cancel(loose, reason, actor=actor)


def stop_for_suppression(event: ThreadEvent) -> None:
    """Somebody is not to be contacted: whatever the channel, the sequence ends."""
    reason = STOP_FOR.get(str(event.data.get("reason", "")), Reason.OPTED_OUT)
    channel = str(event.data.get("channel", "all"))
    autonomy.suppressed(event)
    if reason == Reason.HARD_BOUNCE and channel not in ("all", "email"):
        _leave_out(event.lead, channel, reason)
        return
    _stop_open(event.lead, reason, channel=channel)


def _leave_out(lead: Lead, channel: str, reason: str) -> None:
    """A number that gets no texts says nothing about the other ways to the person."""
    waiting = Touch.objects.filter(lead=lead, state__in=CANCELLABLE, channel=channel)
    for touch in waiting.select_related("lead"):
        approval.cancel([touch], reason, actor="system")
        planning.touch_done(touch, timezone.now())


def stop_for_archive(event: ThreadEvent) -> None:
    """Unless somebody brought the lead back meanwhile."""
    if event.lead.archived_at or event.lead.erased_at:
        reason = Reason.ERASED if event.lead.erased_at else Reason.ARCHIVED
        note = MERGED if event.lead.merged_into_id and not event.lead.erased_at else ""
        _stop_open(event.lead, reason, note=note)
        worklist.close_archived(event.lead)


def stop_for_stage(event: ThreadEvent) -> None:
    """Won or lost ends the sequence; other stages do not."""
    ends = {Lead.Stage.WON: Reason.CONVERTED, Lead.Stage.LOST: Reason.NOT_INTERESTED}
    reason = ends.get(Lead.Stage(str(event.data.get("to", "new"))))
    enrollment = open_for(event.lead) if reason and event.lead.stage == event.data["to"] else None
    if enrollment and reason:
        stop(enrollment, reason=reason, actor="system")
