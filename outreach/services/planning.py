"""Which touch comes next for an enrolment, and when. Writes the plan, never a state."""

from datetime import datetime, time, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from leads.services import summary, zones
from outreach.models import Enrollment, Sequence, Step, Touch
from outreach.services import calendars
from salesagent.accounts.models import Workspace

HORIZON = timedelta(hours=36)  # drafts are made that long before they are due, to be read in peace
OPEN_TOUCH = (
    Touch.State.DRAFT,
    Touch.State.APPROVED,
    Touch.State.SENDING,
    Touch.State.TODO,
    Touch.State.UNKNOWN,
)
PAST = (Touch.State.SENT, Touch.State.DONE, Touch.State.SKIPPED, Touch.State.FAILED)
WORDS = {"email": "Email", "phone": "Call", "linkedin": "LinkedIn"}


def current_steps(sequence: Sequence) -> list[Step]:
    """The steps as they stand now, in order."""
    return list(sequence.steps.filter(until_version=None).order_by("position", "id"))


def step_after(enrollment: Enrollment) -> Step | None:
    """The first current step that has no touch of this enrolment yet.

    Steps are known by key, so an edited, moved or removed step never comes twice.
    """
    made = Touch.objects.filter(enrollment=enrollment).values("step_key")
    steps = Step.objects.filter(sequence=enrollment.sequence_id, until_version=None)
    return steps.exclude(key__in=made).order_by("position", "id").first()


def _slot(enrollment: Enrollment, earliest: datetime, workspace: Workspace, seed: int) -> datetime:
    sequence = enrollment.sequence
    return calendars.next_slot(
        enrollment.lead,
        earliest,
        start=sequence.window_start or workspace.window_start,
        end=sequence.window_end or workspace.window_end,
        spread_seed=seed,
        days=calendars.days_of(workspace),
    )


def due_of(enrollment: Enrollment, step: Step, after: datetime, workspace: Workspace) -> datetime:
    """`step.delay_days` business days after `after`, in the lead's own days and hours, in UTC."""
    if step.delay_days == 0:
        return _slot(enrollment, after, workspace, 0)
    days = calendars.days_of(workspace)
    zone = zones.zone_for(enrollment.lead, fallback=days.zone)
    day = calendars.add_business_days(
        after.astimezone(zone).date(),
        step.delay_days,
        zones.country_for(enrollment.lead),
        days,
    )
    return _slot(
        enrollment, datetime.combine(day, time(0), zone), workspace, enrollment.pk * 31 + step.pk
    )


def plan_next(enrollment: Enrollment, *, after: datetime) -> None:
    """Set the next touch and its moment, or finish the enrolment when no step is left."""
    enrollment = Enrollment.objects.select_related("lead__company", "sequence").get(
        pk=enrollment.pk
    )
    if enrollment.state not in (Enrollment.State.ACTIVE, Enrollment.State.PAUSED):
        return
    step = step_after(enrollment)
    if step is None:
        _finish(enrollment)
        return
    due = due_of(enrollment, step, after, Workspace.current())
    Enrollment.objects.filter(pk=enrollment.pk).update(next_step_key=step.key, next_due_at=due)
    what = f"{WORDS.get(step.channel, step.channel)}, {step.name}"
    summary.note_next(enrollment.lead_id, what, due)
    tell_progress(enrollment)


def _finish(enrollment: Enrollment) -> None:
    from outreach.services import enrollment as enrollments  # it plans through this module

    Enrollment.objects.filter(pk=enrollment.pk).update(next_step_key=None, next_due_at=None)
    enrollments.finish(enrollment)


def shift_overdue(enrollment: Enrollment, now: datetime) -> None:
    """After a pause: a moment that passed meanwhile moves to the next window from now on."""
    enrollment = Enrollment.objects.select_related("lead__company", "sequence").get(
        pk=enrollment.pk
    )
    if enrollment.next_due_at is None or enrollment.next_due_at >= now:
        return
    due = _slot(enrollment, now, Workspace.current(), enrollment.pk)
    Enrollment.objects.filter(pk=enrollment.pk).update(next_due_at=due)
    waiting = enrollment.touches.filter(state__in=[Touch.State.DRAFT, Touch.State.APPROVED])
    waiting.filter(due_at__lt=due).update(due_at=due)


def touch_done(touch: Touch, at: datetime) -> None:
    """A touch was sent, done, skipped or has failed: plan the one after it. May be called twice."""
    if touch.enrollment_id is None:
        return
    others = Touch.objects.filter(enrollment=touch.enrollment_id, state__in=OPEN_TOUCH)
    if others.exclude(pk=touch.pk).exists():
        return  # a later touch is on its way already
    enrollment = Enrollment.objects.get(pk=touch.enrollment_id)
    plan_next(enrollment, after=at)


def take_back(touch: Touch) -> bool:
    """A touch counts as open again: plan it instead of what came after it.

    False when the sequence has gone on from there: another touch was made, or it has ended.
    """
    enrollment = touch.enrollment
    if enrollment is None:
        return True
    later = Touch.objects.filter(enrollment=enrollment, pk__gt=touch.pk).exists()
    open_now = Enrollment.objects.filter(pk=enrollment.pk, state__in=["active", "paused"])
    if later or not open_now.update(next_step_key=touch.step_key, next_due_at=touch.due_at):
        return False
    tell_progress(enrollment)
    return True


def tell_progress(enrollment: Enrollment) -> None:
    """How far the lead is, for the list."""
    counts = enrollment.touches.aggregate(done=Count("pk", filter=Q(state__in=PAST)))
    steps = enrollment.sequence.steps.filter(until_version=None)
    gone = enrollment.touches.filter(state__in=PAST).exclude(step_key__in=steps.values("key"))
    total = steps.count() + gone.count()
    state = Enrollment.objects.values_list("state", flat=True).get(pk=enrollment.pk)
    summary.note_sequence(
        enrollment.lead_id, enrollment.sequence.name, state, counts["done"], total
    )


def due_to_draft(now: datetime | None = None, horizon: timedelta = HORIZON) -> list[int]:
    """Ids of enrolments whose next touch is due within `horizon` and has no draft, oldest first."""
    now = now or timezone.now()
    made = Touch.objects.filter(enrollment=OuterRef("pk"), step_key=OuterRef("next_step_key"))
    rows = Enrollment.objects.filter(
        ~Exists(made),
        state=Enrollment.State.ACTIVE,
        next_due_at__lte=now + horizon,
        next_step_key__isnull=False,
        sequence__state=Sequence.State.RUNNING,
    )
    return list(rows.order_by("next_due_at", "id").values_list("pk", flat=True)[:200])
