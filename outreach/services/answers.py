"""What a person answered, on any channel: into the thread, and everything to them pauses.

The pause stands in the transaction that records the answer, before anything tries to understand it.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from leads import thread
from leads.models import Lead, ThreadEvent
from leads.services import summary
from outreach.models import Enrollment, Task, Touch
from outreach.services import enrollment, worklist
from salesagent.lib.text import clean, one_line

TEXT_LIMIT = 64 * 1024


@transaction.atomic
def note_reply(
    lead: Lead,
    *,
    channel: str,
    text: str,
    actor: str,
    occurred_at: datetime,
    dedupe_key: str,
    touch: Touch | None = None,
    data: Mapping[str, object] | None = None,
) -> ThreadEvent | None:
    """Record what a person answered and pause everything to them; None when it was recorded before.

    The one place where reply.received is made. `touch`: what they answered, possibly a colleague's.
    """
    event = thread.record(
        lead=lead,
        kind="reply.received",
        actor=actor,
        body=clean(text)[:TEXT_LIMIT].strip(),
        channel=channel,
        direction=ThreadEvent.Direction.IN,
        data={"touch": touch.pk if touch else None, **(data or {})},
        occurred_at=occurred_at,
        dedupe_key=dedupe_key,
    )
    if event is None:
        return None
    pause(lead, touch)
    summary.note_sign(lead.pk, "Replied", channel, occurred_at)
    summary.note_answer(lead.pk, occurred_at)
    _ask_to_answer(lead, event, touch)
    _say_at_tasks(lead)
    return event


def _say_at_tasks(lead: Lead) -> None:
    """A call or letter that is due still stands there; whoever opens it reads the answer first."""
    due = Task.objects.filter(lead=lead, kind=Task.Kind.TOUCH, state=Task.State.OPEN)
    due.update(why="They have answered meanwhile. Read it before you do this.")


def pause(lead: Lead, touch: Touch | None) -> None:
    """Everything to a person who wrote, and to the colleagues, waits for a decision."""
    current = enrollment.open_for(lead)
    if current is not None:
        _hold(current)
    if touch is not None and touch.lead_id != lead.pk:
        answered = enrollment.open_for(touch.lead)  # a colleague answered in their place
        if answered is not None:
            enrollment.pause(answered, reason=Enrollment.Reason.COMPANY_REPLIED, actor="lead")
    enrollment.pause_company(lead, actor="lead")


def _hold(current: Enrollment) -> None:
    """Paused until a person decides; an absence, which would end by itself, becomes that too."""
    reason = Enrollment.Reason.REPLIED
    if enrollment.pause(current, reason=reason, actor="lead"):
        return
    waits = (Enrollment.Reason.MANUAL, Enrollment.Reason.LEFT)  # for a person already
    by_hand = current.reason in waits and current.resume_at is None
    if current.state == Enrollment.State.PAUSED and not by_hand:
        enrollment.repause(current, reason=reason, actor="lead")


def _ask_to_answer(lead: Lead, event: ThreadEvent, touch: Touch | None) -> None:
    """One open line a person: the newest words stand in it."""
    why = one_line(event.body, 300)
    waiting = Task.objects.filter(lead=lead, kind=Task.Kind.ANSWER, state=Task.State.OPEN)
    if waiting.update(event=event, why=why, channel=event.channel, snoozed_until=None):
        return
    owner = lead.owner or (touch.mailbox.user if touch and touch.mailbox else None)
    worklist.add(
        Task.Kind.ANSWER,
        owner=owner,
        lead=lead,
        event=event,
        channel=event.channel,
        title=f"Answer {lead.first_name or lead.name}",
        why=why,
        dedupe_key=f"answer:{event.pk}",
    )
