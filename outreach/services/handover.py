"""What somebody who leaves had in hand: tasks go to the heir, their sending stops. What they held
of others' leads goes back to those.

Sequences that write from the leaver's mailbox pause: another sender in the middle of a conversation
is for a person to decide. The mailbox is still read, so that no answer is lost.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from outreach.models import Enrollment, Mailbox, Task
from outreach.services import enrollment, escalation, holders
from salesagent.accounts.models import User


@transaction.atomic
def hand_over(leaver: User, heir: User | None) -> int:
    """Returns 0: the leads were counted where they are kept."""
    held = Task.objects.filter(owner=leaver, state=Task.State.OPEN)
    escalation.follow(held.filter(Q(lead=None) | Q(lead__owner=heir)), heir)
    holders.settle(held)  # of others' leads
    if heir is not None:  # what others hold of the leads that are the heir's now
        holders.settle(Task.objects.filter(lead__owner=heir))
    holders.again(leaver)
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
    somebody else, as of a manager who helps, stay theirs while they see the lead.
    """
    leads = defaultdict(list)
    for lead, former in before.items():
        leads[former].append(lead)
    for former, ids in leads.items():
        theirs = Task.objects.filter(lead__in=ids, owner=former, state=Task.State.OPEN)
        escalation.follow(theirs, owner)
    holders.settle(Task.objects.filter(lead__in=list(before)))


def tasks_merged(leads: Collection[int]) -> None:
    """These leads became one, or two again: their lines are their owners'."""
    holders.settle(Task.objects.filter(lead__in=leads), merged=True)
