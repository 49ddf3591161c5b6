"""Is this theirs? Whose mail may be seen, how it is placed, and what an answer means."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import thread
from leads.models import Lead, ThreadEvent
from outreach.models import InboundMessage, Mailbox, Task
from outreach.services import inbound
from outreach.tests.mails import mail, nested, raw

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def row(mailbox: Mailbox, lead: Lead) -> InboundMessage:
    return inbound.receive(
        mailbox, raw(mail(f"Who are you? {EVIL}", sender="Piotr Nowak <piotr@polna.example>"))
    )


def _url(name: str, row: InboundMessage) -> str:
    return reverse(f"outreach:{name}", args=[row.pk])


def test_who_sees_which_mail(
    row: InboundMessage, rep: Any, mate: Any, manager: Any, owner: Any, stranger: Any,
    other_manager: Any, as_user: Any, lead: Lead,
) -> None:  # fmt: skip
    seen = {rep: 200, manager: 200, owner: 200, mate: 404, stranger: 404, other_manager: 404}
    for person, status in seen.items():
        client = as_user(person)
        assert client.get(_url("inbound", row)).status_code == status, person
        page = client.get(reverse("outreach:inbound_list")).content.decode()
        assert ("Piotr Nowak" in page) == (status == 200)
        if status == 404:
            for name in ("inbound_assign", "inbound_new_lead", "inbound_ignore"):
                assert client.post(_url(name, row), {"lead": lead.pk}).status_code == 404


def test_ignored_mail_is_seen_by_nobody_but_the_mailboxes_own_user(
    mailbox: Mailbox, lead: Lead, rep: Any, manager: Any, owner: Any, as_user: Any
) -> None:
    private = inbound.receive(mailbox, raw(mail("Dinner?", sender="mum@family.example")))
    assert private.state == "ignored"
    assert as_user(rep).get(_url("inbound", private)).status_code == 200
    for person in (manager, owner):
        assert as_user(person).get(_url("inbound", private)).status_code == 404


def test_the_page_shows_the_words_escaped_and_the_candidates(
    row: InboundMessage, rep: Any, as_user: Any
) -> None:
    page = as_user(rep).get(_url("inbound", row)).content.decode()
    assert EVIL not in page and "&lt;script&gt;" in page
    assert "Marta Kowalczyk" in page and "Perhaps one of these" in page


def test_candidates_of_others_are_not_told(
    row: InboundMessage, rep: Any, stranger: Any, as_user: Any
) -> None:
    Lead.objects.update(owner=stranger)
    page = as_user(rep).get(_url("inbound", row)).content.decode()
    assert "Marta" not in page


def test_a_lead_is_searched_and_chosen(row: InboundMessage, rep: Any, as_user: Any) -> None:
    other = Lead.objects.create(
        owner=rep,
        first_name="Zofia",
        last_name="Lis",
        email="z@lis.example",
        search_text="Zofia Lis",
    )
    client = as_user(rep)
    assert "Zofia Lis" in client.get(_url("inbound", row), {"q": "zof"}).content.decode()
    assert "Nobody found" in client.get(_url("inbound", row), {"q": "qqq"}).content.decode()
    response = client.post(_url("inbound_assign", row), {"lead": other.pk})
    assert response.url == reverse("leads:detail", args=[other.pk])
    row.refresh_from_db()
    assert (row.state, row.lead, row.matched_by) == ("threaded", other, "hand")
    assert ThreadEvent.objects.filter(kind="reply.received", lead=other).count() == 1
    page = client.post(_url("inbound_assign", row), {"lead": other.pk}, follow=True)
    assert "placed this message already" in page.content.decode()


@pytest.mark.parametrize("value", ["", "x", "9" * 40])
def test_no_lead_chosen(row: InboundMessage, rep: Any, as_user: Any, value: str) -> None:
    assert as_user(rep).post(_url("inbound_assign", row), {"lead": value}).status_code in (400, 404)
    row.refresh_from_db()
    assert row.state == "unmatched"


def test_a_lead_of_others_cannot_be_chosen(
    row: InboundMessage, rep: Any, stranger: Any, as_user: Any
) -> None:
    theirs = Lead.objects.create(owner=stranger, email="s@s.example")
    assert as_user(rep).post(_url("inbound_assign", row), {"lead": theirs.pk}).status_code == 404


def test_a_new_lead_is_made_from_the_mail(row: InboundMessage, rep: Any, as_user: Any) -> None:
    data = {"new-first_name": "Piotr", "new-last_name": "Nowak", "new-email": row.from_address}
    response = as_user(rep).post(_url("inbound_new_lead", row), {**data, "new-company": "Polna"})
    made = Lead.objects.get(email="piotr@polna.example")
    assert response.url == reverse("leads:detail", args=[made.pk])
    assert (made.owner, made.lawful_basis) == (rep, "enquiry")
    row.refresh_from_db()
    assert row.lead == made


def test_a_new_lead_wants_an_address(row: InboundMessage, rep: Any, as_user: Any) -> None:
    page = as_user(rep).post(_url("inbound_new_lead", row), {"new-email": "nobody"})
    assert page.status_code == 200 and "valid email" in page.content.decode()
    assert Lead.objects.count() == 1


def test_ignoring_wants_a_reason(row: InboundMessage, rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    assert "Choose a reason." in client.post(_url("inbound_ignore", row), {}).content.decode()
    response = client.post(_url("inbound_ignore", row), {"reason": "advertising"})
    assert response.url == reverse("outreach:inbound_list")
    row.refresh_from_db()
    assert row.state == "ignored" and not Task.objects.filter(state="open").exists()
    page = client.get(_url("inbound", row)).content.decode()
    assert "You can still place it" in page


def test_an_unreadable_mail_has_a_page(
    mailbox: Mailbox, lead: Lead, rep: Any, as_user: Any
) -> None:
    bad = inbound.receive(mailbox, raw(nested(2000).replace(b"polna", b"unknown")))
    client = as_user(rep)
    assert "kept as it came" in client.get(_url("inbound", bad)).content.decode()
    listed = client.get(reverse("outreach:inbound_list") + "?tab=unreadable").content.decode()
    assert _url("inbound", bad) in listed


def test_the_list_pages_by_key(
    mailbox: Mailbox, rep: Any, as_user: Any, django_assert_max_num_queries: Any
) -> None:
    InboundMessage.objects.bulk_create(
        InboundMessage(
            mailbox=mailbox, digest=str(n), state="unmatched", from_name=f"Person {n}.",
            received_at=timezone.now(),
        )
        for n in range(45)
    )  # fmt: skip
    client = as_user(rep)
    with django_assert_max_num_queries(16):
        first = client.get(reverse("outreach:inbound_list"))
    assert "Person 44." in first.content.decode() and "Person 4." not in first.content.decode()
    older = first.context["older"]
    second = client.get(reverse("outreach:inbound_list"), {"before": older}).content.decode()
    assert "Person 4." in second and "Person 44." not in second
    assert client.get(reverse("outreach:inbound_list") + "?tab=x").status_code == 404
    assert client.get(reverse("outreach:inbound_list") + "?before=x").status_code == 200


@pytest.fixture
def reply(lead: Lead) -> ThreadEvent:
    event = inbound.note_reply(
        lead, channel="email", text="Hm, who knows.", actor="lead", occurred_at=timezone.now(),
        dedupe_key="r1",
    )  # fmt: skip
    assert event is not None
    return event


def test_a_class_is_corrected_with_one_click(
    reply: ThreadEvent, rep: Any, as_user: Any, run_queue: Any, lead: Lead
) -> None:
    run_queue()
    guess = ThreadEvent.objects.get(kind="reply.classified")
    client = as_user(rep)
    url = reverse("outreach:reply_correct", args=[reply.pk])
    assert "Hm, who knows." in client.get(url).content.decode()
    response = client.post(url, {"label": "interested"})
    assert response.url == reverse("leads:detail", args=[lead.pk])
    newest = ThreadEvent.objects.filter(kind="reply.classified").order_by("-pk")[0]
    assert (newest.actor, newest.data["disposition"]) == (rep.actor, "interested")
    assert newest.data["corrects"] == guess.data["disposition"]
    assert client.post(url, {"label": "nonsense"}).status_code == 200
    assert client.post(url, {"label": "question", "next": "https://evil.example/"}).url == (
        reverse("leads:detail", args=[lead.pk])
    )
    assert client.post(url, {"label": "meeting", "next": "/today/"}).url == "/today/"


def test_strangers_cannot_correct(
    reply: ThreadEvent, stranger: Any, mate: Any, as_user: Any
) -> None:
    url = reverse("outreach:reply_correct", args=[reply.pk])
    for person in (stranger, mate):
        assert as_user(person).get(url).status_code == 404
        assert as_user(person).post(url, {"label": "other"}).status_code == 404


def test_only_answers_have_a_class(lead: Lead, rep: Any, as_user: Any, reply: ThreadEvent) -> None:
    other = thread.record(lead=lead, kind="note.added", actor=rep.actor, body="Called twice")
    assert other is not None
    url = reverse("outreach:reply_correct", args=[other.pk])
    assert as_user(rep).get(url).status_code == 404
