"""What outreach shows on the lead page and beside the navigation."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import thread
from leads.models import Decision
from outreach import panels, panels_nav
from outreach.models import Attachment, Enrollment, Mailbox, Sequence, Step, Task, Touch
from outreach.services import enrollment as enrollments

pytestmark = pytest.mark.usefixtures("workspace")


def _touch(lead, **values):
    now = timezone.now()
    base = {
        "lead": lead,
        "channel": "email",
        "body": "Hello there",
        "due_at": now,
        "kind": "manual",
    }
    return Touch.objects.create(**{**base, **values})


def _page(as_user, user, lead):
    return as_user(user).get(reverse("leads:detail", args=[lead.pk])).content.decode()


# --- navigation ----------------------------------------------------------------------------------


def test_nav_counts_in_one_statement(rep, lead, mailbox, django_assert_num_queries):
    now = timezone.now()
    Task.objects.create(kind="answer", owner=rep, title="a", due_at=now)
    Task.objects.create(kind="answer", owner=rep, title="b", due_at=now + timedelta(days=2))
    Task.objects.create(
        kind="answer", owner=rep, title="c", due_at=now, snoozed_until=now + timedelta(hours=1)
    )
    Task.objects.create(kind="answer", owner=rep, title="d", due_at=now, state="done")
    _touch(lead, state="draft")
    _touch(lead, state="sent", mailbox=mailbox, sent_at=now)
    _touch(lead, state="sent", mailbox=mailbox, sent_at=now - timedelta(days=2))
    with django_assert_num_queries(1):
        counts = panels_nav.nav_counts(rep)
    expected = {"today": 1, "approvals": 1, "attention": False, "sent_today": 1, "cap": 40}
    assert counts == expected | {"notices": 0}


def test_drafts_of_a_paused_sequence_do_not_count(rep, lead, sequence):
    run = Enrollment.objects.create(lead=lead, sequence=sequence, state="paused")
    _touch(lead, state="draft", enrollment=run)
    assert panels_nav.nav_counts(rep)["approvals"] == 0
    Enrollment.objects.update(state="active")
    assert panels_nav.nav_counts(rep)["approvals"] == 1


def test_caps_add_up_and_the_workspace_fills_in(rep, mailbox, workspace):
    Mailbox.objects.create(user=rep, address="b@own.example", from_name="J", daily_cap=7)
    Mailbox.objects.create(user=rep, address="c@own.example", from_name="J", state="off")
    workspace.mailbox_daily_cap = 30
    workspace.save()
    assert panels_nav.nav_counts(rep)["cap"] == 37


def test_a_paused_mailbox_is_seen_by_its_user_the_manager_and_the_owner(
    rep, mate, manager, other_manager, owner, mailbox
):
    Mailbox.objects.update(state="paused")
    seen = [
        panels_nav.nav_counts(u)["attention"] for u in (rep, manager, owner, mate, other_manager)
    ]
    assert seen == [True, True, True, False, False]


# --- thread --------------------------------------------------------------------------------------


def test_a_bubble_says_who_approved_and_how_much_was_edited(as_user, rep, lead, mailbox):
    touch = _touch(
        lead,
        kind="sequence",
        number=2,
        state="sent",
        mailbox=mailbox,
        approved_by=rep,
        machine_body="Hello dear there",
        body="Hello there friend",
    )
    Attachment.objects.create(touch=touch, name="offer.pdf", content_type="x/y", size=1, path="p")
    thread.record(
        lead=lead,
        kind="touch.sent",
        actor=rep.actor,
        body=touch.body,
        channel="email",
        direction="out",
        data={"touch": touch.pk, "subject": "Night alarms"},
    )
    html = _page(as_user, rep, lead)
    assert "Approved by Jonas, edited 1 word" in html and "Touch 2, email" in html
    assert "Night alarms" in html and "offer.pdf" in html


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [
        ("a b c", "a b c", 0),
        ("a b c", "a x c", 1),
        ("a b", "a b c d", 2),
        ("a b", "", 2),
        ("a  b", "a b", 1),
    ],
)
def test_changed_words(before, after, count):
    assert panels.changed_words(before, after) == count


def test_facts_cost_the_same_for_one_touch_and_for_many(
    rep, lead, mailbox, django_assert_num_queries
):
    ids = {_touch(lead, mailbox=mailbox, approved_by=rep).pk for _ in range(12)}
    for some in ({min(ids)}, ids):
        fresh = type(lead).objects.get(pk=lead.pk)
        with django_assert_num_queries(4):  # paused runs, merged leads, touches, files
            assert len(panels.thread_facts(fresh, some).touches) == len(some)
    with django_assert_num_queries(1):
        panels.thread_facts(lead, set())


def test_facts_of_another_lead_are_not_given(rep, lead):
    from leads.models import Lead

    other = Lead.objects.create(owner=rep, first_name="Other")
    assert panels.thread_facts(other, {_touch(lead).pk}).touches == {}


def test_the_pause_can_be_resumed_from_the_thread(as_user, rep, lead, sequence, mailbox):
    run = enrollments.enroll(lead, sequence, user=rep)
    enrollments.pause(run, reason="replied", actor="system")
    html = _page(as_user, rep, lead)
    assert "Sequence paused, Marta replied." in html
    url = reverse("outreach:enrollment_resume", args=[run.pk])
    assert html.count(f'action="{url}"') == 2  # in the thread and in the box
    enrollments.resume(run, actor=rep.actor)
    assert url not in _page(as_user, rep, lead)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("draft", "Draft, not sent"),
        ("approved", "Cancel send"),
        ("sending", "Being sent"),
        ("unknown", "It did not"),
        ("todo", "Open in Today"),
    ],
)
def test_what_waits_stands_below_the_thread(as_user, rep, lead, mailbox, state, words):
    touch = _touch(lead, state=state, mailbox=mailbox, subject="<b>Hi</b>")
    html = _page(as_user, rep, lead)
    assert words in html and "&lt;b&gt;Hi" in html
    Touch.objects.filter(pk=touch.pk).update(state="sent")
    assert words not in _page(as_user, rep, lead)


def test_violet_means_written_by_a_machine_and_not_approved(rep, lead):
    machine, own = (
        _touch(lead, state="draft"),
        _touch(lead, state="draft", author=rep, writer="user"),
    )
    approved = _touch(lead, state="approved")
    rows = panels.waiting(lead, rep)[1]["touches"]
    assert {row["touch"].pk: row["violet"] for row in rows} == {
        machine.pk: True,
        own.pk: False,
        approved.pk: False,
    }


def test_a_wrong_class_is_corrected_with_one_form(as_user, rep, mate, stranger, lead, mailbox):
    reply = thread.record(
        lead=lead,
        kind="reply.received",
        actor="lead",
        channel="email",
        direction="in",
        body="When?",
    )
    thread.record(
        lead=lead,
        kind="reply.classified",
        actor="ai:rules",
        data={"event": reply.pk, "disposition": "opt_out", "confidence": 0.6},
    )
    assert "Asked to stop, 60% sure" in _page(as_user, rep, lead)
    url = reverse("outreach:reply_correct", args=[reply.pk])
    for user in (mate, stranger):
        assert as_user(user).post(url, {"label": "question"}).status_code == 404
    wrong = as_user(rep).post(url, {"label": "nonsense"}, follow=True)
    assert "Choose what the answer means." in wrong.content.decode()
    assert as_user(rep).post(url, {"label": "question"}).status_code == 302
    html = _page(as_user, rep, lead)
    assert "Question, corrected" in html and "60% sure" not in html


def test_a_draft_is_told_once_while_it_waits(as_user, rep, lead, mailbox):
    touch = _touch(lead, state="draft", mailbox=mailbox)
    thread.record(lead=lead, kind="touch.drafted", actor="system", data={"touch": touch.pk})
    html = _page(as_user, rep, lead)
    assert "Draft, not sent" in html and "drafted" not in html
    Touch.objects.update(state="cancelled")
    assert "drafted" in _page(as_user, rep, lead)


# --- boxes ---------------------------------------------------------------------------------------


def test_the_sequence_box_tells_each_touch(lead, rep, sequence, mailbox):
    run = enrollments.enroll(lead, sequence, user=rep)
    first = sequence.steps.order_by("position").first()
    _touch(lead, enrollment=run, step=first, step_key=first.key, number=1, state="sent",
           kind="sequence", sent_at=timezone.now())  # fmt: skip
    box = panels.sequence(lead, rep)[1]
    assert (
        box["done"] == 1 and box["open"] and [s["place"] for s in box["steps"]] == [1, 2, 3, 4, 5]
    )
    assert box["steps"][0]["word"] == "Sent" and box["steps"][0]["done"]
    enrollments.pause(run, reason="manual", actor=rep.actor)
    assert [s["word"] for s in panels.sequence(lead, rep)[1]["steps"]] == ["Sent"] + ["Held"] * 4
    enrollments.stop(run, reason="manual", actor=rep.actor)
    box = panels.sequence(lead, rep)[1]
    assert not box["open"] and box["steps"][1]["word"] == "Not sent"


def test_an_open_run_is_shown_before_a_newer_closed_one(lead, rep, sequence):
    open_run = Enrollment.objects.create(lead=lead, sequence=sequence)
    Enrollment.objects.create(lead=lead, sequence=sequence, state="stopped")
    assert panels.sequence(lead, rep)[1]["enrollment"] == open_run


def test_the_next_step_is_the_task_then_the_plan(as_user, rep, lead, mailbox):
    assert "Nothing is planned." in _page(as_user, rep, lead)
    lead.next_step = "Email 3"
    lead.save()
    assert "Email 3" in _page(as_user, rep, lead)
    task = Task.objects.create(
        kind="answer", lead=lead, owner=rep, title="Answer her", due_at=timezone.now()
    )
    html = _page(as_user, rep, lead)
    assert "Answer her" in html and reverse("outreach:today_task", args=[task.pk]) in html


def test_why_nothing_goes_out_comes_from_the_policy(as_user, rep, lead, sequence, mailbox):
    run = enrollments.enroll(lead, sequence, user=rep)
    enrollments.pause(run, reason="replied", actor="system")
    assert "Why nothing goes out now" in _page(as_user, rep, lead)


# --- moving to a sequence ------------------------------------------------------------------------


def _other(user):
    other = Sequence.objects.create(name="Energy", state="running", owner=user)
    Step.objects.create(sequence=other, position=1, name="First", channel="email")
    return other


def _move(as_user, user, lead, **data):
    return as_user(user).post(reverse("outreach:move", args=[lead.pk]), data)


def test_a_lead_is_added_and_moved(as_user, rep, lead, sequence, mailbox):
    assert _move(as_user, rep, lead, sequence=sequence.pk).status_code == 302
    first = Enrollment.objects.get()
    other = _other(rep)
    html = as_user(rep).get(reverse("outreach:move", args=[lead.pk])).content.decode()
    assert "Now in Cold-room uptime." in html and "Energy" in html
    assert _move(as_user, rep, lead, sequence=other.pk).status_code == 302
    first.refresh_from_db()
    assert first.state == "stopped"
    assert enrollments.open_for(lead).sequence == other


def test_a_move_that_fails_leaves_the_old_sequence_running(as_user, rep, lead, sequence, mailbox):
    run = enrollments.enroll(lead, sequence, user=rep)
    other = _other(rep)
    lead.lawful_basis = ""
    lead.save()
    answer = _move(as_user, rep, lead, sequence=other.pk)
    assert answer.status_code == 422 and "No lawful basis" in answer.content.decode()
    run.refresh_from_db()
    assert run.state == "active"


@pytest.mark.parametrize("chosen", ["", "x", "999999"])
def test_a_sequence_has_to_be_chosen(as_user, rep, lead, chosen):
    answer = _move(as_user, rep, lead, sequence=chosen)
    assert answer.status_code == 422 and "Choose a sequence." in answer.content.decode()


def test_the_same_sequence_again_is_refused(as_user, rep, lead, sequence, mailbox):
    enrollments.enroll(lead, sequence, user=rep)
    answer = _move(as_user, rep, lead, sequence=sequence.pk)
    assert "is in this sequence already" in answer.content.decode()
    assert Enrollment.objects.get().state == "active"


def test_a_sequence_of_another_team_cannot_be_chosen(as_user, rep, stranger, lead, mailbox):
    theirs = _other(stranger)
    assert _move(as_user, rep, lead, sequence=theirs.pk).status_code == 422
    assert not Enrollment.objects.exists()


def test_strangers_cannot_move(as_user, mate, stranger, lead, sequence):
    for user in (mate, stranger):
        assert _move(as_user, user, lead, sequence=sequence.pk).status_code == 404
        assert as_user(user).get(reverse("outreach:move", args=[lead.pk])).status_code == 404
    assert not Enrollment.objects.exists()


def test_a_text_that_waits_is_named_by_its_channel(rep, lead):
    _touch(lead, channel="sms", state="approved", author=rep)
    assert [row["name"] for row in panels.waiting(lead, rep)[1]["touches"]] == ["SMS"]


def test_an_accepted_call_in_place_of_mails_stands_in_the_list_at_once(
    as_user, lead, rep, sequence, mailbox
):
    Sequence.objects.update(adaptive=True)
    sequence.refresh_from_db()
    lead.phone = "+48612345678"
    lead.save()
    run = enrollments.enroll(lead, sequence, user=rep)
    before = [s["channel"] for s in panels.sequence(lead, rep)[1]["steps"]]
    asked = Decision.objects.create(rule="channel_change", lead=lead, what="Call in place of mails",
                                    evidence={"enrollment": run.pk, "channel": "phone"},
                                    state="proposed")  # fmt: skip
    assert [s["channel"] for s in panels.sequence(lead, rep)[1]["steps"]] == before
    Decision.objects.filter(pk=asked.pk).update(state="accepted")
    _touch(lead, enrollment=run, step_key=sequence.steps.get(position=1).key, number=1,
           state="sent", kind="sequence", sent_at=timezone.now())  # fmt: skip
    shown = [s["channel"] for s in panels.sequence(lead, rep)[1]["steps"]]
    call = "Phone, in place of the mail"
    assert shown == [before[0], *(call if one == "Email" else one for one in before[1:])]
    assert call in shown and call in _page(as_user, rep, lead)
    type(lead).objects.filter(pk=lead.pk).update(phone="")
    lead.refresh_from_db()
    assert call not in [s["channel"] for s in panels.sequence(lead, rep)[1]["steps"]]
