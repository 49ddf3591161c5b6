"""Draft at once what is due in one sequence, as the tick would do it. Nothing is approved here."""

from dataclasses import dataclass

from django.utils import timezone

from leads.access import seen_by
from outreach.models import Enrollment, Sequence, Touch
from outreach.services import drafting, planning
from outreach.services.isolation import isolated
from outreach.services.sequences import SequenceError
from salesagent.accounts.models import User


@dataclass
class Ran:
    """`drafted`: drafts that were made; `skipped`: steps that did not apply; `failed`: faults."""

    drafted: int = 0
    skipped: int = 0
    failed: int = 0
    draft_ids: tuple[int, ...] = ()


def run(sequence: Sequence, user: User) -> Ran:
    """For the people of the sequence whom `user` sees, at most planning.DRAFT_BATCH of them.

    Raises SequenceError when the sequence is not running.
    """
    if sequence.state != Sequence.State.RUNNING:
        raise SequenceError(f"It is {sequence.get_state_display().lower()}. Start it first.")
    now = timezone.now()
    ran, made = Ran(), []
    mine = seen_by(Enrollment.objects.filter(sequence=sequence), user)
    for pk in planning.due_to_draft(now, among=mine):
        with isolated("draft", pk) as result:
            result.value = drafting.draft_touch(Enrollment(pk=pk), now)
        ran.failed += result.failed
        if isinstance(result.value, Touch):
            made.append(result.value.pk)
        elif not result.failed:
            ran.skipped += 1
    ran.drafted, ran.draft_ids = len(made), tuple(made)
    return ran
