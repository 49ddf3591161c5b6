"""How what the rules did is taken back, and how their proposals are settled."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from leads.models import Decision, Lead
from leads.services import decisions
from leads.services.decisions import DecisionError, undoes
from outreach.models import Enrollment, Task
from outreach.services import cadence, planning, worklist
from salesagent.accounts.models import User


@undoes("cadence.task")
def drop_task(decision: Decision, user: User) -> str:
    """The line in Today goes, unless somebody closed it before."""
    rows = Task.objects.filter(pk=decision.undo.get("task"), lead=decision.lead_id)
    task = rows.select_related("lead").first()
    if task is None:
        raise DecisionError("The line in Today is gone.")
    try:
        worklist.skip(task, user, "other")
    except worklist.WorklistError as error:
        raise DecisionError(str(error)) from error
    return "The line is gone from Today."


@undoes("cadence.plain")
def plain_timing(decision: Decision, user: User) -> str:
    """The touch goes by the days and hours of its sequence, if it is still to come."""
    rows = Enrollment.objects.filter(pk=decision.undo.get("enrollment"), lead=decision.lead_id)
    row = rows.first()
    step = decision.evidence.get("step")
    if row is None or str(row.next_step_key) != step:
        raise DecisionError("The sequence has gone on from there.")
    after = datetime.fromisoformat(str(decision.undo["after"]))
    if not planning.plan_plain(row, after):
        raise DecisionError("The draft is made already. Change it there.")
    return "Planned by the sequence's own days again."


@undoes("cadence.channel")
def mails_again(decision: Decision, user: User) -> str:
    return "Mails go by mail again. A draft that was made stays."


def waiting(leads: QuerySet[Lead]) -> list[Decision]:
    """Proposals of these leads for another channel, the newest first."""
    rows = Decision.objects.filter(
        rule__in=cadence.CHANNEL_RULES, state=Decision.State.PROPOSED, lead__in=leads.values("pk")
    )
    return list(rows.select_related("lead").order_by("-pk")[:50])


@transaction.atomic
def settle(decision: Decision, *, accept: bool, user: User) -> bool:
    """Accepted or dismissed; False when somebody was faster."""
    state = Decision.State.ACCEPTED if accept else Decision.State.DISMISSED
    return decisions.settle(decision, state, user)
