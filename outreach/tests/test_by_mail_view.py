"""Approving from the daily mail: sign in, one page, the same checks, never by opening it."""

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from leads.models import Lead
from outreach.models import Enrollment, Touch
from outreach.services import approval, digest, policy
from outreach.tests.work import draft
from salesagent.accounts.models import User


@pytest.fixture
def drafts(lead: Lead, mailbox: Any, workspace: Any) -> list[Touch]:
    made = [
        Touch.objects.create(
            lead=lead,
            mailbox=mailbox,
            channel="email",
            kind="manual",
            state="draft",
            due_at=timezone.now(),
            to_address=lead.email or "",
            subject=f"Night alarms {number}",
            body=f"Hi Marta,\n\nhow do you handle night alarms {number}?\n\nJonas Weber",
        )
        for number in (1, 2)
    ]
    for touch in made:
        approval.recheck(touch)
    return made


@pytest.fixture
def link(rep: User, drafts: list[Touch]) -> str:
    return digest.approve_link(rep, drafts)


def mark(touch: Touch) -> str:
    return f"{touch.pk}:{policy.text_hash(touch)}"


def test_it_asks_to_sign_in_and_comes_back(link: str) -> None:
    answer: Any = Client().get(link)
    assert answer.status_code == 302 and unquote(answer.url) == f"/account/login/?next={link}"


def test_opening_it_shows_and_changes_nothing(
    link: str, rep: User, drafts: list[Touch], as_user: Any
) -> None:
    client = as_user(rep)
    for _ in range(3):
        page = client.get(link).content.decode()
        client.head(link)
    assert "how do you handle night alarms 1?" in page and "night alarms 2?" in page
    assert "Checks" in page and "Where it comes from" in page
    assert set(Touch.objects.values_list("state", flat=True)) == {"draft"}


def test_approving_one(link: str, rep: User, drafts: list[Touch], as_user: Any) -> None:
    client = as_user(rep)
    page = client.post(link, {"draft": mark(drafts[0])}, follow=True).content.decode()
    drafts[0].refresh_from_db()
    drafts[1].refresh_from_db()
    assert (drafts[0].state, drafts[0].approved_by) == ("approved", rep)
    assert drafts[1].state == "draft"
    assert "Approved for Marta Kowalczyk." in page and "by Jonas Weber" in page


def test_approving_what_passed_every_check(
    link: str, rep: User, drafts: list[Touch], as_user: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(approval, "recheck", lambda touch: [])
    Touch.objects.filter(pk=drafts[1].pk).update(kind="reply")
    data = {"all": "1", "draft": [mark(touch) for touch in drafts]}
    page = as_user(rep).post(link, data, follow=True).content.decode()
    for touch in drafts:
        touch.refresh_from_db()
    assert [touch.state for touch in drafts] == ["approved", "draft"]
    assert "read and approved one by one" in page


def test_changed_words_are_said_and_not_approved(
    link: str, rep: User, drafts: list[Touch], as_user: Any
) -> None:
    Touch.objects.filter(pk=drafts[0].pk).update(body="Other words")
    drafts[0].refresh_from_db()
    client = as_user(rep)
    page = client.get(link).content.decode()
    assert "Its text changed since the mail was sent." in page and "Other words" not in page
    for value in (mark(drafts[0]), f"{drafts[0].pk}:", "x:y", f"{drafts[0].pk + 999}:ab"):
        client.post(link, {"draft": value})
    drafts[0].refresh_from_db()
    assert drafts[0].state == "draft"


def test_what_is_decided_already_is_said(
    link: str, rep: User, drafts: list[Touch], as_user: Any
) -> None:
    approval.skip(drafts[0], user=rep, reason="bad_timing")
    assert "Skipped." in as_user(rep).get(link).content.decode()


def test_a_lead_that_is_somebody_elses_now(
    link: str, rep: User, mate: User, lead: Lead, as_user: Any
) -> None:
    Lead.objects.filter(pk=lead.pk).update(owner=mate)
    page = as_user(rep).get(link).content.decode()
    assert "2 drafts of the mail are no longer here for you" in page
    assert "night alarms" not in page


def test_it_is_nobody_elses(link: str, manager: User, owner: User, as_user: Any) -> None:
    for user in (manager, owner):
        assert as_user(user).get(link).status_code == 404
        assert as_user(user).post(link).status_code == 404


def test_a_forged_link_does_not_exist(link: str, rep: User, as_user: Any) -> None:
    assert as_user(rep).get("/approvals/mail/abc:def:ghi/").status_code == 404


def test_after_three_days_it_says_so(
    link: str, rep: User, drafts: list[Touch], as_user: Any
) -> None:
    client = as_user(rep)
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1)):
        client = as_user(rep)
        answer = client.get(link)
        assert answer.status_code == 410 and "too old" in answer.content.decode()
        client.post(link, {"draft": mark(drafts[0])})
    drafts[0].refresh_from_db()
    assert drafts[0].state == "draft"


def test_a_form_of_another_site_is_refused(link: str, rep: User, drafts: list[Touch]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(rep, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(link, {"draft": mark(drafts[0])}).status_code == 403


def test_queries_do_not_grow_with_drafts(
    link: str, rep: User, drafts: list[Touch], as_user: Any, django_assert_max_num_queries: Any
) -> None:
    client = as_user(rep)
    with django_assert_max_num_queries(12):
        client.get(link)


@pytest.mark.parametrize("everything", [{}, {"all": "1"}])
def test_what_waits_with_its_sequence_is_not_approved(
    lead: Lead, sequence: Any, mailbox: Any, workspace: Any, rep: User, as_user: Any,
    everything: dict[str, str],
) -> None:  # fmt: skip
    touch = draft(lead, sequence, mailbox)
    client, link = as_user(rep), digest.approve_link(rep, [touch])
    Enrollment.objects.update(state="paused", reason="replied")
    client.post(link, {"draft": mark(touch), **everything})
    touch.refresh_from_db()
    assert touch.state == "draft"
    Enrollment.objects.update(state="active")
    client.post(link, {"draft": mark(touch), **everything})
    touch.refresh_from_db()
    assert touch.state == "approved"


def test_a_number_that_is_none_is_dropped(link: str, rep: User, as_user: Any) -> None:
    assert as_user(rep).post(link, {"draft": "9" * 5000 + ":ab"}).status_code == 302


def undo_of(page: str) -> str:
    """Where the Undo of the line at the top posts to."""
    found = re.search(r'action="(/approvals/undo/[^"]+)"', page)
    assert found
    return html.unescape(found[1])


def test_all_at_once_below_the_drafts_and_taken_back(
    link: str, rep: User, mate: User, drafts: list[Touch], as_user: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(approval, "recheck", lambda touch: [])
    Touch.objects.update(checks_passed=True)
    client, data = as_user(rep), {"all": "1", "draft": [mark(touch) for touch in drafts]}
    page = client.get(link).content.decode()
    assert page.index("night alarms 2?") < page.index("Approve 2 checked drafts…")
    undo = undo_of(client.post(link, data, follow=True).content.decode())
    assert set(Touch.objects.values_list("state", flat=True)) == {"approved"}
    as_user(mate).post(undo)
    assert set(Touch.objects.values_list("state", flat=True)) == {"approved"}
    Touch.objects.filter(pk=drafts[1].pk).update(state="sending")
    client = as_user(rep)
    answer = client.post(undo, follow=True)
    assert answer.redirect_chain == [(link, 302)]
    page = answer.content.decode()
    assert "Took 1 approval back. 1 message is on the way already." in page
    assert "Nothing could be taken back." in client.post(undo, follow=True).content.decode()


def test_undo_of_one_stays_on_the_page(
    link: str, rep: User, drafts: list[Touch], as_user: Any
) -> None:
    client = as_user(rep)
    undo = undo_of(client.post(link, {"draft": mark(drafts[0])}, follow=True).content.decode())
    answer = client.post(undo, follow=True)
    assert answer.redirect_chain == [(link, 302)]
    drafts[0].refresh_from_db()
    assert drafts[0].state == "draft"
    odd = client.post("/approvals/undo/?ids=1-x-" + "9" * 40 + "&mail=abc", follow=True)
    assert odd.redirect_chain == [("/approvals/", 302)]


def test_undo_of_many_in_approvals(
    rep: User, drafts: list[Touch], as_user: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(approval, "recheck", lambda touch: [])
    client, data = as_user(rep), {"draft": [mark(touch) for touch in drafts]}
    undo = undo_of(client.post("/approvals/bulk/", data, follow=True).content.decode())
    assert client.post(undo, follow=True).redirect_chain == [("/approvals/", 302)]
    assert set(Touch.objects.values_list("state", flat=True)) == {"draft"}


def test_it_comes_from_the_same_places_as_in_approvals(
    link: str, rep: User, lead: Lead, drafts: list[Touch], as_user: Any
) -> None:
    Lead.objects.filter(pk=lead.pk).update(lawful_basis="legitimate_interest", basis_source="Fair")
    Touch.objects.update(writer_note="They object. From the playbook: Night alarms.")
    client = as_user(rep)
    by_mail = client.get(link).content.decode()
    approvals = client.get(f"/approvals/{drafts[0].pk}/").content.decode()
    for words in ("From the playbook: Night alarms.", "Basis: Legitimate interest", "Fair"):
        assert words in by_mail and words in approvals
