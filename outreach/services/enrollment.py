"""The only place that changes Enrollment.state. Each move is one UPDATE that must hit one row."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from leads import thread
from leads.models import Lead, ThreadEvent
from leads.services import suppression
from outreach.models import Enrollment, Mailbox, Sequence, Touch
from outreach.services import approval, planning
from salesagent.accounts.models import User, Workspace

State = Enrollment.State
Reason = Enrollment.Reason
OPEN = (State.ACTIVE, State.PAUSED)
MOVES = {
    State.PAUSED: (State.ACTIVE,),
    State.ACTIVE: (State.PAUSED,),
    State.FINISHED: OPEN,
    State.STOPPED: OPEN,
}
KINDS = {
    State.PAUSED: "enrollment.paused",
    State.ACTIVE: "enrollment.resumed",
    State.FINISHED: "enrollment.finished",
    State.STOPPED: "enrollment.stopped",
}
CANCELLABLE = (Touch.State.DRAFT, Touch.State.APPROVED, Touch.State.TODO)
RULE_BATCH = 200  # leads a live rule enrols in one run
STOP_FOR = {
    "hard_bounce": Reason.HARD_BOUNCE,
    "complaint": Reason.COMPLAINT,
    "erased": Reason.ERASED,
}


class EnrollmentError(Exception):
    """Why somebody was not enrolled, in plain words. `code` groups the same reasons."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def open_for(lead: Lead) -> Enrollment | None:
    """The lead's active or paused enrolment."""
    rows = Enrollment.objects.filter(lead=lead, state__in=OPEN).select_related("sequence", "lead")
    return rows.first()


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
    planning.tell_progress(enrollment)
    return True


# --- in ------------------------------------------------------------------------------------------


def refusal(lead: Lead, sequence: Sequence) -> EnrollmentError | None:
    """Why this lead cannot be enrolled now; None when nothing stands against it."""
    if lead.erased_at or lead.archived_at:
        return EnrollmentError(f"{lead.name} is archived.", "archived")
    if sequence.state not in (Sequence.State.RUNNING, Sequence.State.PAUSED):
        return EnrollmentError(f"{sequence.name} is not running. Start it first.", "sequence")
    if lead.stage in (Lead.Stage.WON, Lead.Stage.LOST):
        return EnrollmentError(f"{lead.name} is {lead.get_stage_display().lower()}.", "stage")
    if not lead.lawful_basis:
        return EnrollmentError(f"No lawful basis is recorded for {lead.name}.", "basis")
    if lead.basis_expires_at and lead.basis_expires_at < timezone.localdate():
        return EnrollmentError(f"The lawful basis for {lead.name} has expired.", "basis")
    if not (lead.email or lead.phone or lead.linkedin_url):
        return EnrollmentError(f"{lead.name} has no address.", "address")
    if any(suppression.is_suppressed(lead, channel) for channel in ("email", "all")):
        return EnrollmentError(f"{lead.name} is on the do-not-contact list.", "suppressed")
    return None


def sender_for(lead: Lead, user: User | None) -> Mailbox | None:
    """The lead owner's mailbox, else the enrolling person's: the same for the whole sequence."""
    for person in (lead.owner, user):
        if person is not None:
            boxes = Mailbox.objects.filter(user=person).exclude(state=Mailbox.State.OFF)
            if box := boxes.order_by("state", "id").first():  # active before paused
                return box
    return None


def enroll(
    lead: Lead,
    sequence: Sequence,
    *,
    user: User | None,
    mailbox: Mailbox | None = None,
    now: datetime | None = None,
) -> Enrollment:
    """Put a lead into a sequence and plan the first touch. Raises EnrollmentError."""
    if error := refusal(lead, sequence):
        raise error
    mailbox = mailbox or sender_for(lead, user)
    mails = any(step.channel == "email" for step in planning.current_steps(sequence))
    if mails and mailbox is None:
        raise EnrollmentError(f"{lead.name}'s owner has no mailbox to send from.", "mailbox")
    return _enroll(lead, sequence, user, mailbox, now or timezone.now())


def _enroll(
    lead: Lead, sequence: Sequence, user: User | None, mailbox: Mailbox | None, now: datetime
) -> Enrollment:
    try:
        with transaction.atomic():
            enrollment = Enrollment.objects.create(
                lead=lead,
                sequence=sequence,
                mailbox=mailbox,
                enrolled_by=user,
                variant_seed=lead.pk,
            )
            data = {"enrollment": enrollment.pk, "sequence": sequence.name}
            actor = user.actor if user else "system"
            thread.record(lead=lead, kind="enrollment.started", actor=actor, data=data)
            planning.plan_next(enrollment, after=now)
    except IntegrityError as error:  # at most one open enrolment for each lead
        raise EnrollmentError(f"{lead.name} is in a sequence already.", "enrolled") from error
    enrollment.refresh_from_db()
    return enrollment


def enroll_many(
    leads: Iterable[Lead], sequence: Sequence, user: User | None
) -> tuple[int, dict[str, int]]:
    """Enrol each lead that can be; returns the count and how many were refused, by reason."""
    done, refused = 0, Counter[str]()
    for lead in leads:
        try:
            enroll(lead, sequence, user=user)
            done += 1
        except EnrollmentError as error:
            refused[error.code] += 1
    return done, dict(refused)


REFUSED_WORDS = {
    "enrolled": "in a sequence already",
    "suppressed": "on the do-not-contact list",
    "basis": "without a lawful basis",
    "address": "without an address",
    "mailbox": "whose owner has no mailbox",
    "archived": "archived",
    "stage": "won or lost",
    "sequence": "because the sequence is not running",
}


def enroll_by_rules() -> int:
    """Live rules: each matching lead once, never again who had been in that sequence."""
    return sum(
        apply_rule(sequence)
        for sequence in Sequence.objects.filter(state=Sequence.State.RUNNING)
        if sequence.rule.get("live") and sequence.owner_id
    )


def apply_rule(sequence: Sequence) -> int:
    """Enrol the leads that the sequence's filter finds now, on behalf of its owner."""
    owner = sequence.owner
    if owner is None or not owner.is_active:
        return 0
    done, _ = enroll_many(matching(sequence, owner)[:RULE_BATCH], sequence, owner)
    return done


def matching(sequence: Sequence, user: User) -> QuerySet[Lead]:
    """Leads of the rule's filter that `user` sees and that were never in this sequence."""
    from django.http import QueryDict

    from leads.selectors import filters

    found = filters.narrow(user, filters.read(QueryDict(str(sequence.rule.get("query", "")))))
    return (
        found.filter(archived_at=None)
        .exclude(lawful_basis="")
        .exclude(enrollments__sequence=sequence)
        .exclude(enrollments__state__in=OPEN)
        .select_related("owner", "company")
        .order_by("pk")
    )


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
    return True


def _made(enrollment: Enrollment) -> bool:
    return enrollment.touches.filter(step_key=enrollment.next_step_key).exists()


@transaction.atomic
def stop(enrollment: Enrollment, *, reason: str, actor: str) -> bool:
    """End it for good and cancel what waits; a touch that is being sent now is left alone."""
    if not _move(enrollment, State.STOPPED, actor=actor, reason=reason):
        return False
    Enrollment.objects.filter(pk=enrollment.pk).update(next_step_key=None, next_due_at=None)
    waiting = enrollment.touches.filter(state__in=CANCELLABLE).select_related("lead")
    approval.cancel(waiting, reason, actor=actor)
    return True


@transaction.atomic
def finish(enrollment: Enrollment) -> bool:
    """No step is left."""
    return _move(enrollment, State.FINISHED, actor="system")


@transaction.atomic
def pause_company(
    lead: Lead,
    *,
    actor: str,
    reason: str = Reason.COMPANY_REPLIED,
    note: str = "",
    asked: bool = False,
) -> int:
    """Pause the colleagues of a lead; returns how many.

    After a reply only if the workspace says so; `asked`: a person pressed the button.
    """
    if lead.company_id is None or not (asked or Workspace.current().pause_company_on_reply):
        return 0
    rows = Enrollment.objects.filter(lead__company=lead.company_id, state=State.ACTIVE)
    colleagues = rows.exclude(lead=lead).select_related("lead", "sequence")
    note = note or f"{lead.name} answered"
    return sum(pause(one, reason=reason, actor=actor, note=note) for one in colleagues)


def resume_company(lead: Lead, *, actor: str) -> int:
    """Let the paused colleagues and the lead go on."""
    if lead.company_id is None:
        return 0
    rows = Enrollment.objects.filter(lead__company=lead.company_id, state=State.PAUSED)
    return sum(resume(one, actor=actor) for one in rows.select_related("lead", "sequence"))


def stop_company(lead: Lead, *, actor: str) -> int:
    """Stop everybody of the lead's company."""
    if lead.company_id is None:
        return 0
    rows = Enrollment.objects.filter(lead__company=lead.company_id, state__in=OPEN)
    found = rows.select_related("lead", "sequence")
    return sum(stop(one, reason=Reason.MANUAL, actor=actor) for one in found)


def resume_due(now: datetime | None = None) -> int:
    """Out-of-office and other holds whose day has come."""
    now = now or timezone.now()
    rows = Enrollment.objects.filter(state=State.PAUSED, resume_at__lte=now)
    found = rows.select_related("lead", "sequence").order_by("resume_at")[:100]
    return sum(resume(one, actor="system") for one in found)


# --- reactions -----------------------------------------------------------------------------------


def _stop_open(lead: Lead, reason: str, actor: str) -> None:
    """Stop the open enrolment; cancel hand-written messages that wait as well."""
    if enrollment := open_for(lead):
        stop(enrollment, reason=reason, actor=actor)
    loose = Touch.objects.filter(lead=lead, state__in=CANCELLABLE).select_related("lead")
    approval.cancel(loose, reason, actor=actor)


def stop_for_suppression(event: ThreadEvent) -> None:
    """Somebody is not to be contacted: whatever the channel, the sequence ends."""
    reason = STOP_FOR.get(str(event.data.get("reason", "")), Reason.OPTED_OUT)
    _stop_open(event.lead, reason, "system")


def stop_for_archive(event: ThreadEvent) -> None:
    _stop_open(event.lead, Reason.ARCHIVED, "system")


def stop_for_stage(event: ThreadEvent) -> None:
    """Won or lost ends the sequence; other stages do not."""
    ends = {Lead.Stage.WON: Reason.CONVERTED, Lead.Stage.LOST: Reason.NOT_INTERESTED}
    reason = ends.get(Lead.Stage(str(event.data.get("to", "new"))))
    enrollment = open_for(event.lead) if reason and event.lead.stage == event.data["to"] else None
    if enrollment and reason:
        stop(enrollment, reason=reason, actor="system")
