"""The public form: strangers, machines, hostile input, and what becomes of an enquiry."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.models import ConsentRecord, Inquiry, Lead, ThreadEvent
from leads.services import inquiry, suppression
from salesagent.lib.models import Throttle

AsUser = Callable[[Any], Client]
URL = "/f/contact/"
DATA = {
    "name": "Marta Kowalczyk",
    "company": "Polna Bakeries",
    "email": "M.Kowalczyk@Polna.example",
    "phone": "61 555 01 27",
    "message": "We need two cold rooms in Odense. Ours fail at night. Budget 12.000 €, urgent.",
}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _workspace(workspace: Any) -> None:
    """There is one."""


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who takes a minute to fill the form in."""
    real = inquiry.time.time
    monkeypatch.setattr(inquiry.time, "time", lambda: real() + 60)


def send(client: Client | None = None, **changes: str) -> Any:
    return (client or Client()).post(URL, {**DATA, "token": inquiry.new_token(), **changes})


def words(response: Any) -> str:
    return str(response.content.decode())


def test_a_first_visit_shows_the_form_without_cookies() -> None:
    page = Client().get(URL)
    assert page.status_code == 200 and not page.cookies
    assert "Halden Climate Services" in words(page)
    assert 'style="' not in words(page) and 'class="visually-hidden"' in words(page)


def test_it_may_stand_in_a_frame_and_only_it(rep: Any, as_user: AsUser) -> None:
    page = Client().get(URL)
    assert "X-Frame-Options" not in page
    assert "frame-ancestors *" in page["Content-Security-Policy"]
    inside = as_user(rep).get("/leads/import/")
    assert inside["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in inside["Content-Security-Policy"]


def test_an_enquiry_becomes_a_lead(rep: Any, patient: None) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get(URL)
    found = re.search(r'name="token" value="([^"]+)"', words(page))
    assert found
    import salesagent.lib.signing as signing

    made = signing.read("form", found.group(1))
    fresh = signing.make("form", {**made, "at": made["at"] - 60})
    sent = client.post(URL, {**DATA, "token": fresh})
    assert (sent.status_code, sent.url) == (302, "/f/contact/thanks/")
    assert "Your message has arrived" in words(client.get(sent.url))
    lead = Lead.objects.get()
    assert (lead.first_name, lead.last_name) == ("Marta", "Kowalczyk")
    assert (lead.email, lead.owner) == ("m.kowalczyk@polna.example", rep)
    assert lead.lawful_basis == "enquiry" and lead.basis_source.startswith("Web form")
    assert lead.inquired_at and lead.last_sign == "Wrote by the web form"
    event = ThreadEvent.objects.get(kind="lead.inquired")
    assert (event.actor, event.direction, event.body) == ("lead", "in", DATA["message"])
    assert not ThreadEvent.objects.filter(kind="lead.created").exists()


def old() -> str:
    """A token from a minute ago."""
    import time

    from salesagent.lib import signing

    return signing.make("form", {"at": int(time.time()) - 60, "n": "x"})


def test_what_was_read_out_waits_for_review(rep: Any) -> None:
    send(token=old())
    kept = Inquiry.objects.get()
    assert kept.extracted["budget"] == "12,000 EUR" and kept.extracted["location"] == "Odense"
    assert kept.extracted["words"]["budget"] == "Budget 12.000 €, urgent."
    assert kept.payload["message"] == DATA["message"] and kept.reviewed_at is None
    pain = kept.lead.pains.get()
    assert (pain.text, pain.verified) == ("Ours fail at night.", False)


def test_owner_is_the_chosen_one_else_the_reps_in_turn(
    rep: Any, mate: Any, owner: Any, workspace: Any
) -> None:
    for number in range(3):
        send(token=old(), email=f"p{number}@x.example")
    owners = list(Lead.objects.order_by("pk").values_list("owner__email", flat=True))
    assert owners == [rep.email, mate.email, rep.email]
    workspace.form_owner = owner
    workspace.save()
    send(token=old(), email="last@x.example")
    assert Lead.objects.get(email="last@x.example").owner == owner


def test_tick_records_consent_with_its_words(rep: Any) -> None:
    send(token=old(), also="on")
    rows = ConsentRecord.objects.order_by("channel")
    assert [row.channel for row in rows] == ["sms", "whatsapp"]
    assert all(row.wording == inquiry.WORDING for row in rows)
    assert Inquiry.objects.get().payload["wording"] == inquiry.WORDING


def test_without_tick_there_is_no_consent(rep: Any) -> None:
    send(token=old())
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "Please tell us your name."),
        ({"name": " \u202e "}, "Please tell us your name."),
        ({"company": ""}, "Please tell us your company."),
        ({"email": ""}, "Please tell us where to write to."),
        ({"email": "foo"}, "This is not an email address we can write to."),
        ({"email": "a@b.example\r\nBcc: x@y.example"}, "not an email address we can write to."),
        ({"name": "x" * 151}, "This is too long."),
        ({"message": "x" * 5001}, "under 5,000 characters"),
        ({"message": "http://a " * 6}, "leave out some of the links"),
        ({"also": "on", "phone": ""}, "Write the number we may use"),
        ({"also": "on", "phone": "later"}, "Write the number we may use"),
    ],
)
def test_wrong_input_is_told_at_its_field_and_kept(
    rep: Any, changes: dict[str, str], message: str
) -> None:
    page = send(token=old(), **changes)
    assert page.status_code == 422
    assert message in words(page) and 'aria-invalid="true"' in words(page)
    if "company" not in changes:
        assert 'value="Polna Bakeries"' in words(page)
    assert not Lead.objects.exists() and not Inquiry.objects.exists()


def test_hostile_input_is_text(rep: Any) -> None:
    evil = '"><script>alert(1)</script>{{7*7}}{% load x %}'
    page = send(token=old(), name=evil, email="nope")
    assert "<script>alert" not in words(page) and "&lt;script&gt;" in words(page)
    send(token=old(), name="Ann\r\nBcc: all\0", company="=cmd()|'!A0", message=evil)
    lead = Lead.objects.get()
    assert "\n" not in lead.name and lead.company_name.startswith("=cmd")
    assert ThreadEvent.objects.get(kind="lead.inquired").body == evil


def test_machines_get_the_same_answer_and_leave_nothing(rep: Any) -> None:
    sent = send(token=old(), **{inquiry.HONEYPOT: "+1 555"})
    assert sent.url == "/f/contact/thanks/"
    assert not Lead.objects.exists() and not Throttle.objects.exists()


def test_too_fast_asks_to_press_again_and_the_second_time_works(
    rep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = send()
    assert page.status_code == 422 and "press Send once more" in words(page)
    found = re.search(r'name="token" value="([^"]+)"', words(page))
    assert found and not Lead.objects.exists()
    real = inquiry.time.time
    monkeypatch.setattr(inquiry.time, "time", lambda: real() + 4)
    assert send(token=found.group(1)).status_code == 302


@pytest.mark.parametrize("bad", ["", "x", "a:b:c"])
def test_a_post_without_our_token_is_shown_once_more(rep: Any, bad: str) -> None:
    """A form on the owner's own site may post here; a person presses Send again."""
    page = send(token=bad)
    assert page.status_code == 422 and "look it over" in words(page)
    assert 'value="Polna Bakeries"' in words(page) and not Lead.objects.exists()


def test_limits_by_network_and_by_address(rep: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inquiry, "PER_IP", (3, 3600))
    codes = [send(token=old(), email=f"p{i}@x.example").status_code for i in range(5)]
    assert codes == [302, 302, 302, 429, 429]
    page = send(token=old())
    assert "try again in an hour" in words(page) and 'value="Polna Bakeries"' in words(page)
    monkeypatch.setattr(inquiry, "PER_IP", (99, 3600))
    monkeypatch.setattr(inquiry, "PER_ADDRESS", (1, 3600))
    Throttle.objects.all().delete()
    codes = [send(token=old(), message=f"m{i}").status_code for i in range(2)]
    assert codes == [302, 429]


def test_a_forged_header_does_not_reset_the_limit(
    rep: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(inquiry, "PER_IP", (1, 3600))
    settings.BEHIND_PROXY = False
    codes = [
        Client(HTTP_X_FORWARDED_FOR=f"10.0.0.{i}")
        .post(URL, {**DATA, "email": f"p{i}@x.example", "token": old()})
        .status_code
        for i in range(2)
    ]
    assert codes == [302, 429]
    meta = {"REMOTE_ADDR": "10.9.9.9", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 8.8.8.8"}
    assert inquiry.address_of(meta, behind_proxy=True) == "8.8.8.8"
    assert inquiry.address_of(meta, behind_proxy=False) == "10.9.9.9"


def test_two_same_posts_are_one_enquiry(rep: Any) -> None:
    assert {send(token=old()).status_code for _ in range(2)} == {302}
    assert Lead.objects.count() == Inquiry.objects.count() == 1
    assert ThreadEvent.objects.filter(kind="lead.inquired").count() == 1
    send(token=old(), message="One more thing.")
    assert Inquiry.objects.count() == 2 and Lead.objects.count() == 1


def test_two_posts_at_one_moment(rep: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other post commits between our look and our insert."""
    from leads.services import intake
    from leads.services.intake_match import Known

    real, seen = Known.lead_for, []

    def blind_at_first(self: Any, row: Any) -> Any:
        seen.append(1)
        return None if len(seen) == 2 else real(self, row)

    monkeypatch.setattr(intake.Known, "lead_for", blind_at_first)
    send(token=old())
    send(token=old())
    assert len(seen) == 3  # the second post was blind, hit the unique address, looked again
    assert Lead.objects.count() == Inquiry.objects.count() == 1


def test_a_known_person_gets_the_same_answer(rep: Any, lead: Any) -> None:
    unknown = send(token=old(), email="new@polna.example")
    known = send(token=old())
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    lead.refresh_from_db()
    assert lead.title == "Operations Director" and lead.phone == "+48615550127"
    assert lead.lawful_basis == "legitimate_interest"  # what was recorded stays
    assert lead.inquired_at and lead.inquiries.count() == 1


def test_an_archived_person_comes_back(rep: Any, lead: Any) -> None:
    Lead.objects.update(archived_at=timezone.now() - timedelta(days=9), lawful_basis="")
    send(token=old())
    lead.refresh_from_db()
    assert lead.archived_at is None and lead.lawful_basis == "enquiry"
    assert lead.events.filter(kind="lead.restored").exists()


def test_who_asked_to_stop_may_still_enquire(rep: Any, lead: Any, run_queue: Any) -> None:
    from outreach.models import Task, Touch

    suppression.suppress(
        address=lead.email, reason="opted_out", source="link", actor="lead", lead=lead
    )
    assert send(token=old()).status_code == 302
    run_queue()
    task = Task.objects.get(kind="enquiry")
    assert "Answer this by hand" in task.why
    assert not Touch.objects.exists() and suppression.is_suppressed(lead, "email")


@pytest.mark.parametrize("url", ["/f/other/", "/f/other/thanks/"])
def test_another_address_is_no_form(url: str) -> None:
    assert Client().get(url).status_code == 404


def test_a_form_that_is_off_is_gone(workspace: Any) -> None:
    workspace.form_enabled = False
    workspace.save()
    assert Client().get(URL).status_code == 404
    assert send(token=old()).status_code == 404


# --- settings ----------------------------------------------------------------------------------


def test_only_the_owner_sets_the_form(rep: Any, manager: Any, owner: Any, as_user: AsUser) -> None:
    for user in (rep, manager):
        assert as_user(user).get("/settings/form/").status_code == 404
    page = as_user(owner).get("/settings/form/")
    assert "/f/contact/" in words(page) and "Not approved" in words(page)


def test_settings_are_saved(owner: Any, rep: Any, as_user: AsUser, workspace: Any) -> None:
    values = {
        "form_title": "Ask us",
        "form_intro": "We answer.",
        "form_slug": "Ask-Us",
        "form_owner": rep.pk,
        "form_enabled": "on",
    }
    assert as_user(owner).post("/settings/form/", values).status_code == 302
    workspace.refresh_from_db()
    assert (workspace.form_slug, workspace.form_owner) == ("ask-us", rep)
    assert "Ask us" in words(Client().get("/f/ask-us/"))
    page = as_user(owner).post(
        "/settings/form/", {**values, "form_slug": "no good", "form_title": ""}
    )
    assert page.status_code == 422 and 'value="no good"' in words(page)
    page = as_user(owner).post("/settings/form/", {})
    assert page.status_code == 422
