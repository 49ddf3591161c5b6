""" "Not right?" and the two logs, as people use them."""

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import thread
from leads.models import Correction, Decision, Lead
from leads.services import corrections, decisions, profile


@pytest.fixture
def asked(lead):
    """Marta asked for the price; the profile is counted."""
    Lead.objects.filter(pk=lead.pk).update(score_reasons=[["Where all start", 20], ["Title", 12]])
    event = thread.record(
        lead=lead, kind="reply.received", actor="lead", channel="email",
        body="What does it cost?", occurred_at=timezone.now(),
    )  # fmt: skip
    thread.record(
        lead=lead, kind="reply.classified", actor="ai:rules",
        data={"event": event.pk, "disposition": "question"},
    )  # fmt: skip
    profile.refresh([lead.pk])
    return event


def post(client, name, lead, **data):
    return client.post(reverse(f"leads:{name}", args=[lead.pk]), data, follow=True)


def test_the_lead_page_shows_profile_and_signal(lead, rep, asked, as_user):
    page = as_user(rep).get(reverse("leads:detail", args=[lead.pk])).content.decode()
    assert "Asked about the price" in page and f'href="#e{asked.pk}"' in page
    assert "1 of 1 answer" in page
    assert "What the system did here" in page


def test_a_reason_of_the_score_is_wrong(lead, rep, asked, as_user):
    post(as_user(rep), "score_wrong", lead, subject="Title", note="She is an intern")
    row = Correction.objects.get()
    assert (row.kind, row.subject, row.before, row.note) == (
        "score",
        "Title",
        "12",
        "She is an intern",
    )
    answer = post(as_user(rep), "score_wrong", lead, subject="Made up")
    assert "not there any more" in answer.content.decode()
    assert Correction.objects.count() == 1


def test_a_signal_is_none(lead, rep, asked, as_user):
    post(as_user(rep), "signal_wrong", lead, subject=f"asked_price:{asked.pk}")
    row = Correction.objects.get()
    assert (row.kind, row.event_id) == ("signal", asked.pk)
    lead.profile.refresh_from_db()
    assert lead.profile.signals == []


@pytest.mark.parametrize("subject", ["asked_price:999999", "asked_price:x", "made_up:1", "", ":"])
def test_a_signal_that_is_not_there(lead, rep, asked, as_user, subject):
    answer = post(as_user(rep), "signal_wrong", lead, subject=subject)
    assert answer.status_code == 200 and not Correction.objects.exists()


def test_an_event_of_another_lead_is_refused(lead, rep, asked, as_user):
    other = Lead.objects.create(email="x@other.example", first_name="X", owner=rep)
    post(as_user(rep), "signal_wrong", other, subject=f"asked_price:{asked.pk}")
    assert not Correction.objects.exists()


def test_the_next_step_is_not_right(lead, rep, asked, as_user):
    code = profile.step_of(lead)["code"]
    answer = post(as_user(rep), "step_wrong", lead, subject=code, after="not_now")
    assert "two weeks" in answer.content.decode()
    assert profile.step_of(lead).get("code") != code
    row = Correction.objects.get()
    post(as_user(rep), "correction_take_back", row)
    assert profile.step_of(lead)["code"] == code


@pytest.mark.parametrize(
    "data", [{}, {"subject": "call", "after": "not_now"}, {"subject": "answer", "after": "drop"}]
)
def test_a_step_that_changed_or_no_choice(lead, rep, asked, as_user, data):
    assert post(as_user(rep), "step_wrong", lead, **data).status_code == 200
    assert not Correction.objects.exists()


def test_corrections_a_rep_sees_own_a_manager_the_team(lead, rep, mate, manager, stranger, as_user):
    for user in (rep, mate, stranger):
        corrections.correct(
            kind="score", lead=lead, subject=f"by {user}", before="", after="", user=user
        )
    corrections.mark_used([Correction.objects.get(by=mate).pk], "model 3, 20 Nov")
    url = reverse("leads:corrections")
    own = as_user(rep).get(url).content.decode()
    assert "by Jonas Weber" in own and "by Priya Nair" not in own
    team = as_user(manager).get(url, {"kind": "score"}).content.decode()
    assert "2 corrections" in team and "1 used in training" in team and "by Tom" not in team
    assert "model 3, 20 Nov" in team


def test_pages_say_so_when_there_is_nothing(owner, as_user):
    for name in ("corrections", "decisions"):
        assert "Nothing yet" in as_user(owner).get(reverse(f"leads:{name}")).content.decode()


@pytest.mark.parametrize(
    "query", ["before=x", "before=²", "before=99999999999999999999", "lead=-1"]
)
def test_odd_numbers_are_not_found(owner, as_user, query):
    assert as_user(owner).get(f"{reverse('leads:decisions')}?{query}").status_code == 404


def many(lead, number):
    for place in range(number):
        decisions.log(
            rule="pause.replied" if place % 2 else "next_step", lead=lead, what=f"Thing {place}",
            why="Because", evidence={"events": [1, 2], "cases": 14},
        )  # fmt: skip


def test_the_log_pages_by_key_and_filters(lead, rep, as_user):
    many(lead, 60)
    client, url = as_user(rep), reverse("leads:decisions")
    first = client.get(url).content.decode()
    assert "Thing 59" in first and "Thing 9<" not in first and "cases: 14" in first
    mark = Decision.objects.order_by("-pk")[49].pk
    second = client.get(url, {"before": mark}).content.decode()
    assert "Thing 9<" in second and "Thing 59" not in second
    some = client.get(url, {"rule": "next_step", "lead": lead.pk}).content.decode()
    assert "Thing 58" in some and "Thing 59" not in some


def test_the_log_costs_the_same_for_many(lead, rep, as_user, django_assert_max_num_queries):
    many(lead, 40)
    client = as_user(rep)
    with django_assert_max_num_queries(9):
        client.get(reverse("leads:decisions"))


def test_decisions_about_no_lead_are_for_managers(rep, manager, as_user):
    decisions.log(rule="guard.mailbox", lead=None, what="Paused a mailbox", why="Bounces")
    url = reverse("leads:decisions")
    assert "Paused a mailbox" not in as_user(rep).get(url).content.decode()
    assert "Paused a mailbox" in as_user(manager).get(url).content.decode()


def test_undo_on_the_page(lead, rep, sequence, mailbox, as_user):
    from outreach.services import enrollment

    current = enrollment.enroll(lead, sequence, user=rep, mailbox=mailbox)
    enrollment.pause(current, reason="replied", actor="lead")
    row = Decision.objects.get()
    client = as_user(rep)
    assert "Undo" in client.get(reverse("leads:decisions"), {"lead": lead.pk}).content.decode()
    url = reverse("leads:decision_undo", args=[row.pk])
    assert "goes on" in client.post(url, {"lead": lead.pk}, follow=True).content.decode()
    assert "cannot be taken back" in client.post(url, follow=True).content.decode()


@pytest.mark.parametrize(("do", "state"), [("accept", "accepted"), ("dismiss", "dismissed")])
def test_a_proposal_is_settled_on_the_page(lead, rep, stranger, as_user, do, state):
    row = decisions.log(
        rule="channel_change", lead=lead, what="Call in place of mails", why="2 mails",
        state="proposed", undo={"call": "cadence.channel"},
    )  # fmt: skip
    url, client = reverse("leads:decision_settle", args=[row.pk]), as_user(rep)
    back = reverse("leads:decision_undo", args=[row.pk])
    assert as_user(stranger).post(url, {"do": do}).status_code == 404
    page = client.get(reverse("leads:decisions"), {"lead": lead.pk}).content.decode()
    assert url in page and "Accept<" in page and back not in page
    answer = client.post(url, {"do": do, "lead": lead.pk})
    assert answer["Location"].endswith(f"?lead={lead.pk}")
    row.refresh_from_db()
    assert (row.state, row.settled_by) == (state, rep)
    page = client.get(reverse("leads:decisions")).content.decode()
    assert url not in page and (back in page) is (do == "accept")
    assert "does not wait" in client.post(url, {"do": "accept"}, follow=True).content.decode()


def test_a_next_step_is_settled_by_acting_not_by_a_button(lead, rep, as_user):
    row = decisions.log(rule="next_step", lead=lead, what="Call", why="Asked", state="proposed")
    page = as_user(rep).get(reverse("leads:decisions")).content.decode()
    assert "Accept<" not in page
    url = reverse("leads:decision_settle", args=[row.pk])
    as_user(rep).post(url, {"do": "accept"})
    row.refresh_from_db()
    assert row.state == "proposed"


def test_today_tells_the_next_step(lead, rep, asked, as_user):
    from outreach.models import Task

    Task.objects.create(
        kind="moment", lead=lead, owner=rep, title="Look", why="Hot.", due_at=timezone.now()
    )
    page = as_user(rep).get(reverse("outreach:today")).content.decode()
    assert "Hot. Next step: Answer Marta about the price." in page
