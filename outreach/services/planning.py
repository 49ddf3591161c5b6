"""Which touch comes next for an enrolment, and when. Writes the plan, never a state."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, Min, OuterRef, QuerySet
from django.utils import timezone

from leads.models import Lead
from leads.services import summary
from outreach.models import Enrollment, Sequence, Step, Task, Touch
from outreach.services import cadence, reach
from outreach.services.timing import Plan, draft_until, due_of, now_or_spread, plan_of
from salesagent.accounts.models import Workspace

DRAFT_BATCH = 100  # drafts in one tick
REPAIR_BATCH = 100
OPEN_TOUCH = (
    Touch.State.DRAFT,
    Touch.State.APPROVED,
    Touch.State.SENDING,
    Touch.State.TODO,
    Touch.State.UNKNOWN,
)
PAST = (Touch.State.SENT, Touch.State.DONE, Touch.State.SKIPPED, Touch.State.FAILED)
OPEN = (Enrollment.State.ACTIVE, Enrollment.State.PAUSED)


@dataclass(frozen=True)
class Made:
    """A touch of an enrolment that exists. `version`: of the step row that it was made from."""

    pk: int
    key: uuid.UUID | None
    state: str
    version: int
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Way:
    """A sequence's steps as they stand now, and what one lead got of them. Two queries."""

    enrollment: Enrollment
    steps: list[Step]
    made: list[Made]

    @property
    def done(self) -> int:
        return sum(touch.state in PAST for touch in self.made)

    @property
    def unanswered(self) -> int:
        """Touches that reached the lead since their last sign."""
        return unanswered((touch.sent_at for touch in self.made), self.enrollment.lead)

    @property
    def total(self) -> int:
        """Steps of now, and those that were done and then removed."""
        now = {step.key for step in self.steps}
        gone = [touch for touch in self.made if touch.state in PAST and touch.key not in now]
        return len(self.steps) + len(gone)

    def waits(self, without: int | None = None) -> bool:
        """Whether a touch is on its way, other than the one with the id `without`."""
        return any(touch.state in OPEN_TOUCH and touch.pk != without for touch in self.made)

    def next_step(self) -> Step | None:
        """The first step that has no touch yet and that the lead did not pass."""
        had = {touch.key for touch in self.made}
        left = [step for step in self.steps if step.key not in had]
        passed = self._passed(left) if had else set()
        return next((step for step in left if step.key not in passed), None)

    def _passed(self, left: Iterable[Step]) -> set[uuid.UUID]:
        """Steps that were added in front of a touch that the lead had already.

        A step that only stands there since somebody moved it was never passed: it comes next.
        """
        version = {touch.key: touch.version for touch in self.made}
        before: dict[uuid.UUID, int] = {}
        for step in left:
            after = [version[s.key] for s in self.steps if s.key in version and _later(s, step)]
            if after:
                before[step.key] = min(after)
        born = self._born(before)
        return {key for key, seen in before.items() if born[key] > seen}

    def _born(self, keys: Iterable[uuid.UUID]) -> dict[uuid.UUID, int]:
        """The version in which each step appeared first."""
        wanted = list(keys)
        if not wanted:
            return {}
        rows = Step.objects.filter(sequence=self.enrollment.sequence_id, key__in=wanted)
        return dict(rows.order_by().values_list("key").annotate(Min("since_version")))


def _later(one: Step, other: Step) -> bool:
    return (one.position, one.pk) > (other.position, other.pk)


def unanswered(sent: Iterable[datetime | None], lead: Lead) -> int:
    """How many of these touches came after the lead's last sign."""
    sign = lead.last_sign_at
    return sum(at is not None and (sign is None or at > sign) for at in sent)


def current_steps(sequence: Sequence) -> list[Step]:
    """The steps as they stand now, in order."""
    return _steps(sequence.pk)


def _steps(sequence_id: int) -> list[Step]:
    rows = Step.objects.filter(sequence=sequence_id, until_version=None)
    return list(rows.order_by("position", "id"))


def way(enrollment: Enrollment) -> Way:
    rows = Touch.objects.filter(enrollment=enrollment).order_by("pk")
    found = rows.values_list("pk", "step_key", "state", "step__since_version", "sent_at")
    made = [Made(pk, key, state, version or 0, at) for pk, key, state, version, at in found]
    return Way(enrollment, _steps(enrollment.sequence_id), made)


def step_after(enrollment: Enrollment) -> Step | None:
    """The step that comes next; None when nothing is left.

    Steps are known by key, so an edited, moved or removed step never comes twice.
    """
    return way(enrollment).next_step()


# --- plan ----------------------------------------------------------------------------------------


def plan_first(
    enrollment: Enrollment, steps: list[Step], workspace: Workspace, now: datetime
) -> None:
    """Put the first of `steps` into an enrolment that is not saved yet."""
    lead, sequence = enrollment.lead, enrollment.sequence
    enrollment.next_step_key = steps[0].key
    enrollment.next_due_at = due_of(lead, sequence, steps[0], now, workspace)


def plan_next(enrollment: Enrollment, *, after: datetime) -> None:
    """Set the next touch and its moment, or finish the enrolment when no step is left."""
    fresh = _fresh(enrollment.pk)
    if fresh.state in OPEN:
        _plan(way(fresh), after)


def _fresh(pk: int) -> Enrollment:
    rows = Enrollment.objects.select_related("lead__company", "sequence")
    return rows.defer("lead__search_text", "lead__score_reasons").get(pk=pk)


def _plan(found: Way, after: datetime) -> None:
    enrollment, step = found.enrollment, found.next_step()
    rows = Enrollment.objects.filter(pk=enrollment.pk, state__in=OPEN)
    if step is None:
        rows.update(next_step_key=None, next_due_at=None)
        _finish(enrollment)
        return
    plan = _planned(found, step, after)
    rows.update(next_step_key=step.key, next_due_at=plan.due)
    cadence.log(enrollment, step, plan.notes, after)
    tell_next(enrollment, step, plan.due)
    _tell(found)


def _planned(found: Way, step: Step, after: datetime) -> Plan:
    lead, sequence = found.enrollment.lead, found.enrollment.sequence
    rhythm = cadence.rhythm_for(sequence, [lead])
    missed = found.unanswered
    return plan_of(lead, sequence, step, after, Workspace.current(), rhythm, missed)


def plan_plain(enrollment: Enrollment, after: datetime) -> bool:
    """Plan the next touch by its own days and hours after all; False when it is not waiting."""
    row = _fresh(enrollment.pk)
    steps = [step for step in current_steps(row.sequence) if step.key == row.next_step_key]
    made = row.touches.filter(step_key=row.next_step_key).exists()
    if row.state not in OPEN or made or not steps:
        return False
    due = due_of(row.lead, row.sequence, steps[0], after, Workspace.current())
    Enrollment.objects.filter(pk=row.pk).update(next_due_at=due)
    tell_next(row, steps[0], due)
    return True


def _finish(enrollment: Enrollment) -> None:
    """A paused enrolment ends when somebody resumes it."""
    from outreach.services import enrollment as enrollments  # it plans through this module

    if enrollment.state == Enrollment.State.ACTIVE:
        enrollments.finish(enrollment)


def tell_next(enrollment: Enrollment, step: Step, due: datetime) -> None:
    summary.note_next(enrollment.lead_id, step_words(step), due)


def tell_planned(enrollment: Enrollment) -> None:
    """After a pause: what the list forgot meanwhile."""
    row = _fresh(enrollment.pk)
    steps = [step for step in current_steps(row.sequence) if step.key == row.next_step_key]
    if row.state == Enrollment.State.ACTIVE and steps and row.next_due_at:
        tell_next(row, steps[0], row.next_due_at)


def step_words(step: Step) -> str:
    """ "Email, Show how we work"; "Call" and not "Call, Call"."""
    channel = reach.plan_word(step.channel)
    return channel if step.name == channel else f"{channel}, {step.name}"


def tell_progress(enrollment: Enrollment) -> None:
    """How far the lead is, for the list."""
    _tell(way(_fresh(enrollment.pk)))


def _tell(found: Way) -> None:
    row = found.enrollment
    summary.note_sequence(row.lead_id, row.sequence.name, row.state, found.done, found.total)


def shift_overdue(enrollment: Enrollment, now: datetime) -> None:
    """After a pause: a moment that passed meanwhile moves to the next window from now on."""
    enrollment = _fresh(enrollment.pk)
    seed = enrollment.lead_id * 31
    _bring_back(enrollment, now, seed)
    due = enrollment.next_due_at
    if due is None or due >= now:
        return
    due = now_or_spread(enrollment.lead, enrollment.sequence, now, Workspace.current(), seed)
    Enrollment.objects.filter(pk=enrollment.pk).update(next_due_at=due)
    waiting = enrollment.touches.filter(state__in=[Touch.State.DRAFT, Touch.State.APPROVED])
    waiting.filter(due_at__lt=due).update(due_at=due)


def _bring_back(enrollment: Enrollment, now: datetime, seed: int) -> None:
    """Calls and letters that waited with the sequence are due from now on, not late."""
    late = {"due_at__lt": now}
    tasks = Task.objects.filter(kind=Task.Kind.TOUCH, state=Task.State.OPEN, **late)
    tasks = tasks.filter(touch__enrollment=enrollment)
    if not tasks.exists():
        return
    due = now_or_spread(enrollment.lead, enrollment.sequence, now, Workspace.current(), seed)
    tasks.update(due_at=due)
    enrollment.touches.filter(state=Touch.State.TODO, **late).update(due_at=due)


def touch_done(touch: Touch, at: datetime) -> None:
    """A touch was sent, done or skipped at `at`: plan the one after it. May be called twice.

    A touch that was skipped before its time keeps that time: the delay after it counts from there.
    """
    if touch.enrollment_id is None:
        return
    fresh = _fresh(touch.enrollment_id)
    if fresh.state not in OPEN:
        return
    found = way(fresh)
    if found.waits(without=touch.pk):
        _tell(found)  # a later touch is on its way already
        return
    skipped = touch.state == Touch.State.SKIPPED
    _plan(found, max(at, touch.due_at) if skipped else at)


def take_back(touch: Touch) -> bool:
    """A touch counts as open again: plan it instead of what came after it.

    False when the sequence has gone on from there: another touch was made, or it has ended.
    """
    enrollment = touch.enrollment
    if enrollment is None:
        return True
    later = Touch.objects.filter(enrollment=enrollment, pk__gt=touch.pk).exists()
    open_now = Enrollment.objects.filter(pk=enrollment.pk, state__in=OPEN)
    if later or not open_now.update(next_step_key=touch.step_key, next_due_at=touch.due_at):
        return False
    tell_progress(enrollment)
    return True


# --- what the tick asks for ----------------------------------------------------------------------


def due_to_draft(
    now: datetime | None = None,
    horizon: timedelta | None = None,
    *,
    without: Iterable[int] = (),
    among: QuerySet[Enrollment] | None = None,
) -> list[int]:
    """Ids of enrolments whose next touch falls due soon and has no draft yet; oldest first.

    Soon is up to `draft_until`, or within `horizon`; `without` leaves some out for now.
    """
    now = now or timezone.now()
    made = Touch.objects.filter(enrollment=OuterRef("pk"), step_key=OuterRef("next_step_key"))
    everybody = Enrollment.objects.all() if among is None else among
    rows = everybody.filter(
        ~Exists(made),
        state=Enrollment.State.ACTIVE,
        next_due_at__lte=draft_until(now) if horizon is None else now + horizon,
        next_step_key__isnull=False,
        sequence__state=Sequence.State.RUNNING,
        lead__archived_at=None,
    ).exclude(pk__in=list(without))
    return list(rows.order_by("next_due_at", "id").values_list("pk", flat=True)[:DRAFT_BATCH])


def left_behind(now: datetime) -> list[int]:
    """Ids of active enrolments whose touch has come to an end while nothing was planned after it.

    That is a process that died between the two, or a draft that somebody took out by hand.
    """
    ended = (*PAST, Touch.State.CANCELLED)
    own = Touch.objects.filter(enrollment=OuterRef("pk"))
    rows = Enrollment.objects.filter(
        Exists(own.filter(step_key=OuterRef("next_step_key"), state__in=ended)),
        ~Exists(own.filter(state__in=OPEN_TOUCH)),
        state=Enrollment.State.ACTIVE,
        next_due_at__lte=now,
    )
    return list(rows.order_by("next_due_at", "id").values_list("pk", flat=True)[:REPAIR_BATCH])
