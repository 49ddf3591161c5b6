"""After an enquiry: one line on Today, at most one mail a day, and only approved words."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads import thread
from leads.intake.rows import LeadRow
from leads.models import Lead, ThreadEvent
from leads.services import inquiry, suppression
from leads.services.inquiry_schema import Enquiry
from leads.services.intake import bring_in
from outreach.models import Mailbox, Task, Touch
from outreach.services import confirmation, letters
from outreach.services.confirmation import ConfirmationError
from salesagent.accounts.models import Workspace
from salesagent.lib import hands

AsUser = Callable[[Any], Client]
URL = "/settings/form/confirmation/"


@pytest.fixture
def asked(lead: Any, workspace: Any) -> ThreadEvent:
    Lead.objects.filter(pk=lead.pk).update(lawful_basis="enquiry", inquired_at=timezone.now())
    event = thread.record(lead=lead, kind="lead.inquired", actor="lead", body="Hello")
    assert event
    return event


@pytest.fixture
def approved(owner: Any, workspace: Any) -> Workspace:
    return confirmation.save(
        owner, "We have your message", "Hi {{first_name|there}}.\n\n{{sender_name}}", approve=True
    )


def test_an_enquiry_stands_on_today_with_its_clock(asked: ThreadEvent, rep: Any) -> None:
    for _ in range(2):
        confirmation.confirm(asked)
    task = Task.objects.get(kind="enquiry")
    assert (task.owner, task.lead, task.event) == (rep, asked.lead, asked)
    assert task.deadline_at == asked.occurred_at + timedelta(minutes=2)


def test_approved_words_go_out_in_the_approvers_name(
    asked: ThreadEvent, approved: Any, mailbox: Any, owner: Any
) -> None:
    for _ in range(2):
        confirmation.confirm(asked)
    touch = Touch.objects.get()
    assert (touch.kind, touch.state) == ("confirmation", "approved")
    assert (touch.approved_by, touch.mailbox) == (owner, mailbox)
    assert touch.to_address == "m.kowalczyk@polna.example"
    assert touch.body == "Hi Marta.\n\nJonas Weber"


def test_one_a_day_for_a_person(asked: ThreadEvent, approved: Any, mailbox: Any) -> None:
    confirmation.confirm(asked)
    again = thread.record(lead=asked.lead, kind="lead.inquired", actor="lead", body="More")
    assert again
    confirmation.confirm(again)
    assert Touch.objects.count() == 1 and Task.objects.filter(kind="enquiry").count() == 2
    Touch.objects.update(created_at=timezone.now() - timedelta(hours=25))
    third = thread.record(lead=asked.lead, kind="lead.inquired", actor="lead", body="Later")
    assert third
    confirmation.confirm(third)
    assert Touch.objects.count() == 2


def test_unapproved_words_are_not_sent(
    asked: ThreadEvent, approved: Any, mailbox: Any, owner: Any
) -> None:
    Workspace.objects.update(confirmation_body="Other words")
    confirmation.confirm(asked)
    assert not Touch.objects.exists()
    confirmation.save(owner, "We have your message", "Other words", approve=False)
    assert Workspace.current().confirmation_hash == ""


def test_who_approved_and_left_does_not_count(
    asked: ThreadEvent, approved: Any, mailbox: Any, owner: Any
) -> None:
    owner.is_active = False
    owner.save()
    confirmation.confirm(asked)
    assert not Touch.objects.exists()


def test_suppressed_people_get_no_mail(asked: ThreadEvent, approved: Any, mailbox: Any) -> None:
    suppression.suppress(address=asked.lead.email, reason="opted_out", source="link", actor="lead")
    confirmation.confirm(asked)
    assert not Touch.objects.exists()
    assert "Answer this by hand" in Task.objects.get().why


def test_without_a_mailbox_somebody_is_told_once_a_day(
    asked: ThreadEvent, approved: Any, rep: Any
) -> None:
    confirmation.confirm(asked)
    confirmation.confirm(asked)
    told = Task.objects.get(kind="attention")
    assert told.owner == rep and "no mailbox that works" in told.why
    assert not Touch.objects.exists()


def test_a_paused_mailbox_is_none(asked: ThreadEvent, approved: Any, mailbox: Any) -> None:
    Mailbox.objects.update(state="paused")
    confirmation.confirm(asked)
    assert not Touch.objects.exists() and Task.objects.filter(kind="attention").exists()


def test_the_form_owners_mailbox_is_used(
    asked: ThreadEvent, approved: Any, mailbox: Any, manager: Any
) -> None:
    theirs = Mailbox.objects.create(
        user=manager, address="elena@halden.example", from_name="Elena", transport="file"
    )
    Workspace.objects.update(form_owner=manager)
    confirmation.confirm(asked)
    assert Touch.objects.get().mailbox == theirs


def test_words_that_fail_a_check_are_cancelled_and_told(
    asked: ThreadEvent, owner: Any, mailbox: Any
) -> None:
    confirmation.save(owner, "Hi", "Hi {{first_name|there}}.", approve=True)
    Workspace.objects.update(postal_address="")
    confirmation.confirm(asked)
    touch = Touch.objects.first()
    assert touch is None or touch.state in ("approved", "cancelled")
    if touch and touch.state == "cancelled":
        assert Task.objects.filter(kind="attention").exists()


def test_an_erased_person_is_left_alone(asked: ThreadEvent, approved: Any, mailbox: Any) -> None:
    Lead.objects.update(erased_at=timezone.now(), email=None)
    confirmation.confirm(asked)
    assert not Task.objects.exists() and not Touch.objects.exists()


@pytest.mark.parametrize(
    ("subject", "body", "words"),
    [
        ("", "x", "Write a subject"),
        ("x", "  ", "Write a subject"),
        ("Hi {{last_name}}", "x", "{{last_name}}"),
        ("Hi", "{{password}}", "password"),
        ("Hi", "{% debug %}", "{% debug %}"),
    ],
)
def test_words_with_holes_are_refused(
    owner: Any, workspace: Any, subject: str, body: str, words: str
) -> None:
    with pytest.raises(ConfirmationError) as caught:
        confirmation.save(owner, subject, body, approve=True)
    assert words in str(caught.value)
    assert Workspace.current().confirmation_hash == ""


def test_subject_is_one_line(owner: Any, workspace: Any) -> None:
    made = confirmation.save(owner, "Hi\r\nBcc: x@y.example", "Text", approve=True)
    assert made.confirmation_subject == "Hi Bcc: x@y.example"


def test_page_is_the_owners(rep: Any, manager: Any, owner: Any, as_user: AsUser) -> None:
    for user in (rep, manager):
        assert as_user(user).get(URL).status_code == 404
    page = as_user(owner).get(URL).content.decode()
    assert "Not approved." in page and "Hello Marta" in page and "Hello there" in page


def test_approving_previewing_and_stopping(owner: Any, workspace: Any, as_user: AsUser) -> None:
    client = as_user(owner)
    words = {"subject": "Thanks {{first_name|and hello}}", "body": "We answer.\r\n{{sender_name}}"}
    page = client.post(URL, {**words, "do": "preview"}).content.decode()
    assert "Thanks Marta" in page and "Thanks and hello" in page
    assert Workspace.current().confirmation_hash == ""
    client.post(URL, {**words, "do": "approve"})
    assert confirmation.is_approved(Workspace.current())
    assert "Approved by Ingrid Halden" in client.get(URL).content.decode()
    client.post(URL, {"do": "stop"})
    assert not confirmation.is_approved(Workspace.current())
    page = client.post(URL, {"subject": "", "body": "kept", "do": "approve"})
    assert page.status_code == 422 and "kept" in page.content.decode()


# --- whose words are in it ---

WORDS = "Hi {{first_name|there}} {{last_name|you}},\n\nthank you, {{company|your company}}."


def confirmed(owner: Any, body: str = WORDS) -> str:
    """What the next enquiry is confirmed with."""
    confirmation.save(owner, "We have your message", body, approve=True)
    inquiry.take(ENQUIRY)
    event = ThreadEvent.objects.filter(kind="lead.inquired").latest("id")
    confirmation.confirm(event)
    return Touch.objects.get().body


ENQUIRY = Enquiry(
    name="Anna Berg", company="Claim your prize now, dear winner", email="v@bakers.example"
)


def test_a_strangers_company_is_not_printed(owner: Any, rep: Any, mailbox: Any) -> None:
    """Anybody can write anything into the form, with somebody else's address."""
    Workspace.objects.update(form_owner=rep)
    assert confirmed(owner) == "Hi Anna Berg,\n\nthank you, your company."


@pytest.mark.parametrize("name", ["You won 500 EUR. Call +4599887766", "Free iPhone waits for you"])
def test_a_strangers_name_is_a_name(owner: Any, rep: Any, mailbox: Any, name: str) -> None:
    Workspace.objects.update(form_owner=rep)
    inquiry.take(ENQUIRY.model_copy(update={"name": name}))
    Lead.objects.update(first_name=name)
    assert confirmed(owner).startswith("Hi there ")


def test_a_programs_words_are_not_in_it(owner: Any, rep: Any, mailbox: Any) -> None:
    """A program brings the address first; then that person, or anybody, uses the form."""
    Workspace.objects.update(form_owner=rep)
    row = LeadRow(email=ENQUIRY.email, first_name="Crook", company="The crooks who never paid")
    with hands.of_program():
        bring_in(row, source="API", actor=rep.actor, owner=rep, basis="enquiry", basis_source="x")
    assert confirmed(owner) == "Hi there Berg,\n\nthank you, your company."


def test_what_people_here_brought_is_in_it(
    owner: Any, rep: Any, mailbox: Any, workspace: Any
) -> None:
    row = LeadRow(email=ENQUIRY.email, first_name="Anna", last_name="Berg", company="Bakers")
    bring_in(row, source="By hand", actor=rep.actor, owner=rep, basis="enquiry", basis_source="x")
    assert confirmed(owner) == "Hi Anna Berg,\n\nthank you, Bakers."
    assert Touch.objects.get().state == "approved"


def test_what_is_odd_all_the_same_is_not_sent(owner: Any, rep: Any, mailbox: Any) -> None:
    """An odd name in the approved words themselves."""
    Workspace.objects.update(form_owner=rep)
    inquiry.take(ENQUIRY)
    Lead.objects.update(company_name="Call 99 88 77 66 now")
    confirmed(owner, "Hi {{first_name}}, call 99 88 77 66 now.")
    assert Touch.objects.get().state == "cancelled"
    assert (
        "The company “Call 99 88 77 66 now” holds a number"
        in Task.objects.get(kind="attention").why
    )


def test_what_is_around_it_is_ours(owner: Any, rep: Any, mailbox: Any, workspace: Any) -> None:
    """Neither the name of the addressee nor the reason below is from a form or a program."""
    row = LeadRow(email=ENQUIRY.email, first_name="You won", company="Crooks")
    with hands.of_program():
        bring_in(
            row, source="API", actor=rep.actor, owner=rep,
            basis="legitimate_interest", basis_source="the crooks who never paid",
        )  # fmt: skip
    confirmed(owner)
    touch = Touch.objects.select_related("lead", "mailbox").get()
    mail = letters.message_for(touch, workspace, timezone.now(), ())
    assert (mail.to_name, mail.reason) == ("", "You get this because you asked us.")
