"""An automatic answer that says who left and whom to write to instead."""

from typing import Any

import pytest
from django.utils import timezone

from leads.models import Decision, Lead, ThreadEvent
from leads.services import suppression
from outreach.models import Enrollment, Mailbox, Task, Touch
from outreach.services import contacts, inbound
from outreach.tests.mails import mail, raw

MINE = "<0123456789abcdef0123456789abcdef@halden.example>"
LEFT = (
    "Marta Kowalczyk is no longer with Polna Bakeries. Please write to Sara Nowak, "
    "sara.nowak@polna.example. Thank you."
)
AUTO = {"Auto_Submitted": "auto-replied"}


@pytest.fixture
def enrolled(lead: Lead, sequence: Any, mailbox: Mailbox) -> Enrollment:
    row = Enrollment.objects.create(lead=lead, sequence=sequence, mailbox=mailbox)
    Touch.objects.create(
        lead=lead, enrollment=row, channel="email", mailbox=mailbox, state="sent",
        to_address=lead.email, subject="A question", message_id=MINE,
        due_at=timezone.now(), sent_at=timezone.now(),
    )  # fmt: skip
    return row


@pytest.fixture
def asked(mailbox: Mailbox, enrolled: Enrollment, run_queue: Any) -> Task:
    inbound.receive(mailbox, raw(mail(LEFT, In_Reply_To=MINE, **AUTO)))
    run_queue()
    return Task.objects.get(kind="contact")


def test_it_pauses_and_asks(asked: Task, enrolled: Enrollment, lead: Lead) -> None:
    enrolled.refresh_from_db()
    assert (enrolled.state, enrolled.reason) == ("paused", "left")
    assert enrolled.reason_note == ""  # the reason says it
    assert Decision.objects.get(rule="pause.left").why.startswith("They have left")
    assert asked.why == "Marta left. Write to Sara Nowak instead?"
    assert (asked.owner, asked.lead) == (lead.owner, lead)
    event = ThreadEvent.objects.get(kind="contact.proposed")
    assert asked.event == event
    assert event.data["name"] == "Sara Nowak"
    assert event.data["email"] == "sara.nowak@polna.example"
    assert event.data["words"].startswith("Please write to Sara Nowak")
    assert Lead.objects.count() == 1  # nothing is kept as a lead before somebody says so


def test_it_asks_once(asked: Task, run_queue: Any) -> None:
    from outreach import tasks

    tasks.apply_disposition(ThreadEvent.objects.get(kind="reply.classified").pk)
    assert Task.objects.filter(kind="contact").count() == 1
    assert ThreadEvent.objects.filter(kind="contact.proposed").count() == 1


def test_accepting_needs_a_basis_of_its_own(asked: Task, rep: Any, lead: Lead) -> None:
    for basis in ("", "nonsense"):
        with pytest.raises(contacts.ContactError):
            contacts.accept(asked, rep, basis)
    made = contacts.accept(asked, rep, "legitimate_interest")
    assert (made.name, made.email) == ("Sara Nowak", "sara.nowak@polna.example")
    assert (made.owner, made.company) == (lead.owner, lead.company)
    assert made.lawful_basis == "legitimate_interest"
    assert made.basis_source.startswith("Named by Marta Kowalczyk in an automatic answer on ")
    lead.refresh_from_db()
    assert lead.stage == "new"


def test_accepting_ends_the_old_sequence(asked: Task, rep: Any, enrolled: Enrollment) -> None:
    contacts.accept(asked, rep, "legitimate_interest")
    enrolled.refresh_from_db()
    asked.refresh_from_db()
    assert (enrolled.state, enrolled.reason_note) == ("stopped", "Left the company")
    assert (asked.state, asked.outcome) == ("done", "accepted")
    with pytest.raises(contacts.ContactError):
        contacts.accept(asked, rep, "legitimate_interest")
    assert Lead.objects.count() == 2


def test_declining_keeps_the_pause(asked: Task, rep: Any, enrolled: Enrollment) -> None:
    contacts.decline(asked, rep)
    enrolled.refresh_from_db()
    assert enrolled.state == "paused" and Lead.objects.count() == 1
    with pytest.raises(contacts.ContactError):
        contacts.decline(asked, rep)


def test_nobody_on_the_do_not_contact_list(asked: Task, rep: Any) -> None:
    suppression.suppress(
        address="sara.nowak@polna.example", reason="manual", source="x", actor=rep.actor
    )
    with pytest.raises(contacts.ContactError):
        contacts.accept(asked, rep, "consent")
    asked.refresh_from_db()
    assert asked.state == "open"


def test_without_anybody_named_a_line_says_so(
    mailbox: Mailbox, enrolled: Enrollment, run_queue: Any
) -> None:
    text = "Marta Kowalczyk no longer works for Polna Bakeries."
    inbound.receive(mailbox, raw(mail(text, In_Reply_To=MINE, **AUTO)))
    run_queue()
    enrolled.refresh_from_db()
    task = Task.objects.get(kind="attention")
    assert task.title == "Marta left the company" and enrolled.state == "paused"


def test_a_note_without_headers_asks_too_and_needs_no_answer(
    mailbox: Mailbox, enrolled: Enrollment, run_queue: Any
) -> None:
    inbound.receive(mailbox, raw(mail(LEFT, subject="I have left Polna", In_Reply_To=MINE)))
    run_queue()
    assert Task.objects.filter(kind="contact", state="open").exists()
    assert not Task.objects.filter(kind="answer", state="open").exists()


def _post(client: Any, task: Task, **data: str) -> Any:
    return client.post(f"/tasks/{task.pk}/contact/", data)


def test_the_card_and_its_buttons(asked: Task, rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    page = client.get(f"/today/{asked.pk}/").content.decode()
    assert "sara.nowak@polna.example" in page and "Why may you write to them?" in page
    assert "Add as a lead" in page
    assert _post(client, asked, choice="accept").status_code == 302
    assert Lead.objects.count() == 1  # no basis chosen
    answer = _post(client, asked, choice="accept", basis="legitimate_interest")
    assert answer["Location"] == f"/leads/{Lead.objects.latest('pk').pk}/"
    assert Lead.objects.count() == 2


def test_declining_by_the_button(asked: Task, rep: Any, as_user: Any) -> None:
    assert _post(as_user(rep), asked, choice="decline").status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.outcome) == ("done", "declined")


def test_others_get_404(asked: Task, mate: Any, stranger: Any, as_user: Any) -> None:
    for user in (mate, stranger):
        assert _post(as_user(user), asked, choice="decline").status_code == 404
    asked.refresh_from_db()
    assert asked.state == "open"


def test_a_colleagues_lead_is_not_taken(asked: Task, rep: Any, stranger: Any, as_user: Any) -> None:
    Lead.objects.create(owner=stranger, email="sara.nowak@polna.example")
    _post(as_user(rep), asked, choice="accept", basis="consent")
    asked.refresh_from_db()
    assert asked.state == "open"
