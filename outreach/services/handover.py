"""What somebody who leaves had in hand: tasks go to the heir, their sending stops.

Sequences that write from the leaver's mailbox pause: another sender in the middle of a conversation
is for a person to decide. The mailbox is still read, so that no answer is lost.
"""

from collections import defaultdict
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from outreach.models import Enrollment, Mailbox, Task
from outreach.services import enrollment, escalation
from salesagent.accounts.models import User


@transaction.atomic
def hand_over(leaver: User, heir: User | None) -> int:
    """Returns 0: the leads were counted where they are kept."""
    escalation.follow(Task.objects.filter(owner=leaver, state=Task.State.OPEN), heir)
    why = f"{leaver.name} left"
    Mailbox.objects.filter(user=leaver, state=Mailbox.State.ACTIVE).update(
        state=Mailbox.State.PAUSED, paused_reason=why, paused_at=timezone.now()
    )
    running = Enrollment.objects.filter(mailbox__user=leaver, state=Enrollment.State.ACTIVE)
    for one in running.select_related("lead", "sequence"):
        enrollment.pause(one, reason=Enrollment.Reason.MAILBOX, actor="system", note=why)
    return 0


def tasks_follow(before: Mapping[int, int | None], owner: User | None) -> None:
    """Leads got another owner: what their former one had to do for them moves along.

    `before`: lead -> former owner. An answer that was late gets the next one's own time. Lines of
    somebody else, as of a manager who helps, stay theirs.
    """
    leads = defaultdict(list)
    for lead, former in before.items():
        leads[former].append(lead)
    for former, ids in leads.items():
        theirs = Task.objects.filter(lead__in=ids, owner=former, state=Task.State.OPEN)
        escalation.follow(theirs, owner)
