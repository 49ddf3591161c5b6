"""After a merge: answers, numbers, sequences, drafts and tasks of both leads."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from leads.models import Decision, Lead, ThreadEvent
from leads.services import merging, suppression, unmerging
from leads.thread_lines import say
from leads.thread_names import names_for
from outreach import panels
from outreach.models import Enrollment, InboundMessage, Task, Touch
from outreach.services import enrollment, inbound, matching, policy, replies
from outreach.services.texts_inbound import _people
from outreach.services.unsubscribe import Link, stop
from outreach.tests.mails import mail, raw

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(lead: Lead, rep: Any) -> Lead:
    """`lead` of the other fixtures is the one that goes."""
    return Lead.objects.create(
        owner=rep,
        first_name="Marta",
        last_name="Kowalska",
        email="marta@home.example",
        lawful_basis="legitimate_interest",
        basis_source="Fair",
    )


def enrolled(lead: Lead, sequence: Any, rep: Any, mailbox: Any) -> Enrollment:
    return enrollment.enroll(lead, sequence, user=rep, mailbox=mailbox)


def test_mail_from_either_address_is_the_keepers(
    keeper: Any, lead: Any, rep: Any, mailbox: Any
) -> None:
    address = lead.email
    merging.merge(keeper, lead, {"email": "keeper"}, rep)
    for one in (address, "marta@home.example"):
        found = matching.lead_by_address(one)
        assert found is not None
        assert found.pk == keeper.pk


def test_an_answer_from_the_old_address_pauses_the_keepers_sequence(
    keeper: Any, lead: Any, rep: Any, mailbox: Any, sequence: Any
) -> None:
    row = enrolled(keeper, sequence, rep, mailbox)
    merging.merge(keeper, lead, {"email": "keeper"}, rep)
    found = inbound.receive(mailbox, raw(mail("Tuesday works.", sender=lead.email)))
    assert found.lead_id == keeper.pk
    assert ThreadEvent.objects.get(kind="reply.received").lead_id == keeper.pk
    row.refresh_from_db()
    assert row.state == "paused"
    keeper.refresh_from_db()
    assert keeper.last_sign == "Replied"


def test_a_stop_from_the_old_address_holds_for_both(
    keeper: Any, lead: Any, rep: Any, mailbox: Any, run_queue: Any
) -> None:
    merging.merge(keeper, lead, {"email": "keeper"}, rep)
    found = inbound.receive(mailbox, raw(mail("Unsubscribe", sender=lead.email)))
    reply = ThreadEvent.objects.get(pk=found.event_id)
    assert reply.lead_id == keeper.pk
    replies.correct(reply, "opt_out", rep)
    run_queue()
    for one in (keeper, lead):
        one.refresh_from_db()
        assert one.email and suppression.is_suppressed(one, "email")


def test_a_text_from_either_number_is_the_keepers(keeper: Any, lead: Any, rep: Any) -> None:
    Lead.objects.filter(pk=keeper.pk).update(phone="+48600700800")
    Lead.objects.filter(pk=lead.pk).update(phone="+48600700801")
    merging.merge(keeper, lead, {"phone": "keeper"}, rep)
    for number in ("+48600700800", "+48600700801"):
        row = InboundMessage(channel="sms", from_address=number)
        assert [one.pk for one in _people(row)] == [keeper.pk]


def test_the_sequence_of_the_lead_that_goes_stops_and_its_drafts_too(
    keeper: Any, lead: Any, rep: Any, mailbox: Any, sequence: Any, run_queue: Any
) -> None:
    row = enrolled(lead, sequence, rep, mailbox)
    touch = Touch.objects.create(
        lead=lead,
        enrollment=row,
        channel="email",
        state="draft",
        mailbox=mailbox,
        to_address=lead.email,
        subject="Hello",
        body="Hi",
        due_at=timezone.now(),
    )
    done = merging.merge(keeper, lead, {}, rep)
    assert not policy.may_send(Touch.objects.select_related("lead").get(pk=touch.pk)).ok
    run_queue()
    row.refresh_from_db()
    touch.refresh_from_db()
    assert (row.state, row.reason, row.why) == ("stopped", "archived", "Merged")
    assert touch.state in ("cancelled", "skipped")
    event = ThreadEvent.objects.get(kind="enrollment.stopped")
    assert event.lead_id == lead.pk
    assert say(event, names_for([event], lead)).detail == "Merged"
    log = Decision.objects.get(rule="stop.archived")
    assert log.why == "The lead went into another one."
    stayed = unmerging.undo(done, rep)
    template, context = panels.sequence(Lead.objects.get(pk=lead.pk), rep)
    text = render_to_string(template, {"p": context})
    assert text.count("Merged") == 1 and "Archived" not in text
    assert stayed == [f"The sequence of {lead.name}: it stopped with the merge and stays stopped."]


def test_tasks_go_along_and_come_back(keeper: Any, lead: Any, rep: Any) -> None:
    task = Task.objects.create(
        kind="answer", lead=lead, owner=rep, title="Answer", due_at=timezone.now()
    )
    row = merging.merge(keeper, lead, {}, rep)
    task.refresh_from_db()
    assert task.lead_id == keeper.pk
    unmerging.undo(row, rep)
    task.refresh_from_db()
    assert task.lead_id == lead.pk


def test_the_stop_link_of_an_old_mail_stops_the_keeper(
    keeper: Any, lead: Any, rep: Any, mailbox: Any, sequence: Any, run_queue: Any
) -> None:
    address = lead.email
    merging.merge(keeper, lead, {"email": "keeper"}, rep)
    row = enrolled(keeper, sequence, rep, mailbox)
    stop(Link(Lead.objects.get(pk=lead.pk), mailbox, address))
    run_queue()
    row.refresh_from_db()
    assert row.state == "stopped"
