"""Closing an account hands the work over: AC2."""

from typing import Any

from django.utils import timezone

from leads.models import ThreadEvent
from outreach.models import Enrollment, Task
from outreach.services import enrollment
from salesagent.accounts import people


def test_leads_tasks_and_sequences_of_a_leaver(
    rep: Any, mate: Any, owner: Any, lead: Any, mailbox: Any, sequence: Any, workspace: Any
) -> None:
    running = enrollment.enroll(lead, sequence, user=rep)
    task = Task.objects.create(
        kind="answer", lead=lead, owner=rep, title="Answer", due_at=timezone.now()
    )
    assert people.deactivate(rep, heir=mate, by=owner) == 1
    for row in (lead, task, running, mailbox):
        row.refresh_from_db()
    assert (lead.owner, task.owner) == (mate, mate)
    assert (running.state, running.reason) == (Enrollment.State.PAUSED, "mailbox")
    assert mailbox.state == "paused" and "left" in mailbox.paused_reason
    event = ThreadEvent.objects.get(kind="lead.assigned")
    assert event.data == {"from": rep.pk, "to": mate.pk}


def test_without_an_heir_the_leads_belong_to_nobody(
    rep: Any, owner: Any, manager: Any, lead: Any
) -> None:
    from leads.access import leads_for

    people.deactivate(rep, heir=None, by=owner)
    lead.refresh_from_db()
    assert lead.owner is None
    assert lead in leads_for(manager)
