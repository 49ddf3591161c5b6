"""What waits in the demo today, made by the product itself: drafts, calls, LinkedIn messages."""

from django.utils import timezone

from leads.models import Lead
from outreach.models import Enrollment, Sequence, Touch
from outreach.services import approval, drafting, enrollment, planning, policy
from salesagent.accounts.models import User

NEW = 14  # leads whose first touch waits for approval
DRAFTS = 14
TASKS = 4
BY_HAND = 2  # more calls and LinkedIn messages whose words still wait for approval


def write(users: dict[str, User], sequences: list[Sequence]) -> None:
    rep = users["rep"]
    _due_tasks(rep)
    fresh = Lead.objects.filter(owner=rep, stage=Lead.Stage.NEW, enrollments=None)
    for number, lead in enumerate(fresh.select_related("owner", "company").order_by("pk")[:NEW]):
        enrollment.enroll(lead, sequences[number % 3], user=rep)
    for pk in planning.due_to_draft(timezone.now()):
        if _waiting(rep) >= DRAFTS:
            break
        drafting.draft_touch(Enrollment.objects.get(pk=pk))


def _waiting(rep: User) -> int:
    return Touch.objects.filter(lead__owner=rep, state=Touch.State.DRAFT).count()


def _due_tasks(rep: User) -> None:
    """The rep's next calls and LinkedIn messages: drafted, approved, so they stand in Today.

    Two more stay drafts."""
    now = timezone.now()
    rows = Enrollment.objects.filter(lead__owner=rep, state=Enrollment.State.ACTIVE)
    done = 0
    for row in rows.select_related("lead", "sequence").order_by("pk"):
        step = planning.step_after(row)
        if step is None or step.channel == "email" or done >= TASKS + BY_HAND:
            continue
        Enrollment.objects.filter(pk=row.pk).update(next_due_at=now)
        touch = drafting.draft_touch(row)
        if touch is None or touch.state != Touch.State.DRAFT:
            continue
        if done < TASKS:
            approval.approve(touch, user=rep, seen_hash=policy.text_hash(touch))
        done += 1
