"""Which open lines nobody has to do now: held by a paused sequence, or of an archived lead."""

from django.db.models import Q

from outreach.models import Enrollment, Task

# a mailbox that rests does not concern what a person carries out
HELD = Q(kind=Task.Kind.TOUCH, touch__enrollment__state=Enrollment.State.PAUSED) & ~Q(
    touch__enrollment__reason=Enrollment.Reason.MAILBOX
)

# work that nobody has to do once the lead is archived; what came in from them stays
GONE = Q(
    kind__in=(Task.Kind.MOMENT, Task.Kind.FOLLOW_UP, Task.Kind.TOUCH),
    lead__archived_at__isnull=False,
)


def held(task: Task) -> str:
    """Why a call or letter of a sequence waits; "" when it does not."""
    run = task.touch.enrollment if task.touch and task.kind == Task.Kind.TOUCH else None
    if run is None or task.state != Task.State.OPEN or run.state != Enrollment.State.PAUSED:
        return ""
    if run.reason == Enrollment.Reason.MAILBOX:
        return ""
    why = run.get_reason_display() or "by hand"
    return f"Held while the sequence is paused: {why[:1].lower()}{why[1:]}. Resume it on the lead."
