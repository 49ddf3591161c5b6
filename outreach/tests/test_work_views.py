"""The pages Today and Approvals: who may, what they show, what each button does."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from leads.models import ThreadEvent
from outreach.models import Enrollment, Mailbox, Task, Touch
from outreach.services import approval, policy
from outreach.tests.work import BODY, another_lead, draft, task

pytestmark = pytest.mark.django_db
EVIL = "<script>alert(1)</script><b>x</b>"


@pytest.fixture
def touch(lead: Any, sequence: Any, mailbox: Any, workspace: Any) -> Touch:
    return draft(lead, sequence, mailbox)


@pytest.fixture
def answer(lead: Any, rep: Any, mailbox: Any, workspace: Any) -> Task:
    event = lead.events.create(
        kind="reply.received", actor="lead", occurred_at=timezone.now(), channel="email",
        direction="in", body="Who comes on a Sunday?",
    )  # fmt: skip
    return task(rep, "answer", lead=lead, event=event, channel="email", title="Asks who comes")


@pytest.fixture
def call(lead: Any, sequence: Any, mailbox: Any, workspace: Any, rep: Any) -> Task:
    made = draft(lead, sequence, mailbox, number=4)
    approval.approve(made, user=rep, seen_hash=policy.text_hash(made))
    return Task.objects.get(touch=made)


def go(name: str, *args: Any) -> str:
    return reverse(f"outreach:{name}", args=args)


def said(response: Any) -> str:
    """The toasts of the page that the answer leads to."""
    return " ".join(str(message) for message in response.context["messages"])


TOUCH_PAGES = ["approval"]
TOUCH_ACTIONS = [
    "approve",
    "approval_edit",
    "approval_redraft",
    "approval_skip",
    "approval_undo",
    "touch_resolve",
]
TASK_ACTIONS = ["task_done", "task_snooze", "task_skip", "task_undo", "task_answer"]


@pytest.mark.parametrize("name", TOUCH_PAGES + TOUCH_ACTIONS)
def test_a_draft_belongs_to_its_owner_and_their_manager(
    name: str, touch: Touch, as_user: Any, rep: Any, mate: Any, manager: Any, owner: Any,
    stranger: Any, other_manager: Any, client: Any,
) -> None:  # fmt: skip
    url = go(name, touch.pk)
    for user in (mate, stranger, other_manager):
        for method in ("get", "post"):
            status = getattr(as_user(user), method)(url).status_code
            allowed = (404,) if (method == "get") == (name in TOUCH_PAGES) else (404, 405)
            assert status in allowed
    assert Touch.objects.get(pk=touch.pk).state == "draft"
    for user in (rep, manager, owner):
        answer = as_user(user).get(url) if name in TOUCH_PAGES else as_user(user).post(url)
        assert answer.status_code in (200, 302, 422)
    assert client.post(url).status_code == 302, "to the login"


@pytest.mark.parametrize("name", ["today_task", *TASK_ACTIONS])
def test_a_task_belongs_to_its_owner_and_their_manager(
    name: str, answer: Task, as_user: Any, rep: Any, mate: Any, manager: Any, owner: Any,
    stranger: Any, other_manager: Any,
) -> None:  # fmt: skip
    url = go(name, answer.pk)
    for user in (mate, stranger, other_manager):
        assert as_user(user).post(url).status_code in (404, 405)
        assert as_user(user).get(url).status_code in (404, 405)
    answer.refresh_from_db()
    assert answer.state == "open" and answer.snoozed_until is None
    for user in (rep, manager, owner):
        response = as_user(user).get(url) if name == "today_task" else as_user(user).post(url)
        assert response.status_code in (200, 302, 422)


def test_lists_hold_only_what_is_mine(
    touch: Touch, answer: Task, as_user: Any, mate: Any, stranger: Any
) -> None:
    for user in (mate, stranger):
        for name in ("today", "approvals"):
            page = as_user(user).get(go(name) + "?show=team").content.decode()
            assert "Kowalczyk" not in page


def test_a_manager_sees_the_teams_drafts_under_team(
    touch: Touch, as_user: Any, manager: Any
) -> None:
    client = as_user(manager)
    assert "Kowalczyk" not in client.get(go("approvals")).content.decode()
    page = client.get(go("approvals") + "?show=team").content.decode()
    assert "Kowalczyk" in page and "Team" in page


# --- Approvals ---


def test_the_open_draft_with_all_that_matters(touch: Touch, as_user: Any, rep: Any) -> None:
    page = as_user(rep).get(go("approvals")).content.decode()
    for text in (
        "Marta Kowalczyk", "Who is called at night", "m.kowalczyk@polna.example",
        "jonas@halden.example", "Kanalgade 4", "Stop these messages", "All fields filled",
        policy.text_hash(touch), "1 of 1", "Cold-room uptime, touch 1",
    ):  # fmt: skip
        assert text in page, text
    assert page.count("<h1") == 1
    assert 'data-key="a"' in page and 'aria-current="true"' in page


def test_approve_goes_on_with_the_next_draft(
    touch: Touch, as_user: Any, rep: Any, sequence: Any, mailbox: Any
) -> None:
    second = draft(another_lead(rep), sequence, mailbox, due_at=timezone.now() + timedelta(hours=1))
    client = as_user(rep)
    data = {"seen_hash": policy.text_hash(touch)}
    response = client.post(go("approve", touch.pk), data, follow=True)
    assert response.redirect_chain[-1][0] == go("approval", second.pk)
    assert said(response).startswith("Approved.")
    assert go("approval_undo", touch.pk) in response.content.decode()
    assert Touch.objects.get(pk=touch.pk).state == "approved"
    response = client.post(go("approval_undo", touch.pk), follow=True)
    assert "a draft again" in said(response)
    assert Touch.objects.get(pk=touch.pk).state == "draft"


def test_a_double_click_has_one_effect(touch: Touch, as_user: Any, rep: Any) -> None:
    client, data = as_user(rep), {"seen_hash": policy.text_hash(touch)}
    client.post(go("approve", touch.pk), data)
    response = client.post(go("approve", touch.pk), data, follow=True)
    assert "Already approved by Jonas Weber" in said(response)
    assert ThreadEvent.objects.filter(lead=touch.lead, kind="touch.approved").count() == 1


def test_a_page_that_is_out_of_date_approves_nothing(touch: Touch, as_user: Any, rep: Any) -> None:
    seen = policy.text_hash(touch)
    Touch.objects.filter(pk=touch.pk).update(subject="Changed by a colleague")
    response = as_user(rep).post(go("approve", touch.pk), {"seen_hash": seen}, follow=True)
    assert "The text changed meanwhile. Read it again." in said(response)
    assert "Changed by a colleague" in response.content.decode()
    assert Touch.objects.get(pk=touch.pk).state == "draft"


def test_editing_works_without_scripts(touch: Touch, as_user: Any, rep: Any) -> None:
    client = as_user(rep)
    page = client.get(go("approval", touch.pk) + "?edit=1").content.decode()
    assert '<textarea class="form-control" id="e-body"' in page
    data = {"subject": "New subject", "body": f"{BODY} And more.", "action": "save"}
    data["seen_hash"] = policy.text_hash(touch)
    response = client.post(go("approval_edit", touch.pk), data, follow=True)
    assert "not approved yet" in said(response)
    assert Touch.objects.get(pk=touch.pk).subject == "New subject"


def test_save_and_approve_in_one_go(touch: Touch, as_user: Any, rep: Any) -> None:
    data = {"subject": "New", "body": f"{BODY} And more.", "action": "approve"}
    data["seen_hash"] = policy.text_hash(touch)
    as_user(rep).post(go("approval_edit", touch.pk), data)
    now = Touch.objects.get(pk=touch.pk)
    assert (now.state, now.subject) == ("approved", "New")
    assert now.approved_hash == policy.text_hash(now)


def test_what_was_typed_is_never_lost(touch: Touch, as_user: Any, rep: Any) -> None:
    client, seen = as_user(rep), policy.text_hash(touch)
    typed = {"subject": "My own subject", "body": "My own words", "seen_hash": seen}
    Touch.objects.filter(pk=touch.pk).update(body=f"{BODY} Edited in another tab.")
    response = client.post(go("approval_edit", touch.pk), typed)
    page = response.content.decode()
    assert response.status_code == 422
    assert "My own subject" in page and "My own words" in page
    assert "The text changed meanwhile" in page and "Edited in another tab." in page
    empty = client.post(go("approval_edit", touch.pk), {**typed, "body": " "})
    assert empty.status_code == 422
    assert "Write something first." in empty.content.decode()
    assert "My own subject" in empty.content.decode()


def test_a_blocked_text_is_kept_but_not_approved(touch: Touch, as_user: Any, rep: Any) -> None:
    data = {"subject": "New", "body": "Hi {{first_name}}, short.", "action": "approve"}
    data["seen_hash"] = policy.text_hash(touch)
    response = as_user(rep).post(go("approval_edit", touch.pk), data, follow=True)
    assert "Your text is kept. Not yet" in said(response)
    now = Touch.objects.get(pk=touch.pk)
    assert (now.state, now.body) == ("draft", data["body"])


def test_skip_asks_for_a_reason_with_and_without_scripts(
    touch: Touch, as_user: Any, rep: Any
) -> None:
    client = as_user(rep)
    page = client.get(go("approval", touch.pk) + "?ask=skip").content.decode()
    assert 'id="skip" aria-labelledby="skip-h" open' in page
    response = client.post(go("approval_skip", touch.pk), {})
    assert response.status_code == 422 and "Choose a reason." in response.content.decode()
    client.post(go("approval_skip", touch.pk), {"reason": "bad_text"})
    assert Touch.objects.get(pk=touch.pk).state == "skipped"


def test_a_variant_is_a_new_draft_with_that_variant(
    touch: Touch, as_user: Any, rep: Any, sequence: Any
) -> None:
    step = sequence.steps.get(position=1)
    step.variants.create(label="B", subject="Other", body="Hi {{first_name|there}}, the B text.")
    client = as_user(rep)
    page = client.get(go("approval", touch.pk)).content.decode()
    assert "Variant A" in page and "Variant B" in page
    client.post(go("approval_redraft", touch.pk), {"variant": "B"})
    now = Touch.objects.select_related("variant").get(pk=touch.pk)
    assert now.variant and now.variant.label == "B" and "the B text" in now.body
    client.post(go("approval_redraft", touch.pk))
    assert "the B text" not in Touch.objects.get(pk=touch.pk).body


def test_bulk_takes_only_checked_unchanged_own_drafts(
    touch: Touch, as_user: Any, rep: Any, stranger: Any, sequence: Any, mailbox: Any
) -> None:
    client = as_user(rep)
    worse = draft(another_lead(rep, 1), sequence, mailbox, body="Too short.")
    foreign = draft(another_lead(stranger, 2), sequence, mailbox)
    page = client.get(go("approvals") + "?ask=bulk").content.decode()
    assert f'value="{touch.pk}:{policy.text_hash(touch)}"' in page
    assert f'value="{worse.pk}:' not in page and f'value="{foreign.pk}:' not in page
    pairs = [f"{one.pk}:{policy.text_hash(one)}" for one in (touch, worse, foreign)]
    pairs += ["x:y", "99999999999999999999:z", ":", "-1:a"]
    response = client.post(go("approve_bulk"), {"draft": pairs}, follow=True)
    assert "Approved 1 draft." in said(response) and "Needs a look" in said(response)
    states = {one.pk: one.state for one in Touch.objects.all()}
    assert (states[touch.pk], states[worse.pk], states[foreign.pk]) == (
        "approved",
        "draft",
        "draft",
    )


def test_a_decided_touch_offers_to_take_it_back(touch: Touch, as_user: Any, rep: Any) -> None:
    approval.approve(touch, user=rep, seen_hash=policy.text_hash(touch))
    page = as_user(rep).get(go("approval", touch.pk)).content.decode()
    assert "Take the approval back" in page and 'data-key="a"' not in page


def test_no_draft_says_what_is_next(as_user: Any, rep: Any, workspace: Any) -> None:
    page = as_user(rep).get(go("approvals")).content.decode()
    assert "No drafts wait." in page and go("today") in page


def test_a_paused_mailbox_is_said_and_approving_goes_on(
    touch: Touch, as_user: Any, rep: Any
) -> None:
    Mailbox.objects.update(state="paused", paused_reason="The password was refused.")
    page = as_user(rep).get(go("approvals")).content.decode()
    assert "is paused." in page and "The password was refused." in page
    assert "none is lost" in page and 'data-key="a"' in page


def test_the_pane_alone_for_a_row(touch: Touch, as_user: Any, rep: Any) -> None:
    headers = {"HX-Request": "true", "HX-Target": "pane"}
    page = as_user(rep).get(go("approval", touch.pk), headers=headers).content.decode()
    assert "<html" not in page and "Marta Kowalczyk" in page and "<title>" in page


@pytest.mark.parametrize("name", ["approvals", "today"])
def test_polling_answers_204_until_something_changed(
    name: str, touch: Touch, answer: Task, as_user: Any, rep: Any, sequence: Any, mailbox: Any
) -> None:
    client = as_user(rep)
    page = client.get(go(name)).content.decode()
    sig = page.partition("&amp;sig=")[2].partition('"')[0]
    url = f"{go(name)}?part=list&sig={sig}"
    assert client.get(url).status_code == 204
    new = another_lead(rep, 5)
    draft(new, sequence, mailbox)
    task(rep, lead=new)
    changed = client.get(url)
    assert changed.status_code == 200
    assert "Lead5" in changed.content.decode() and "hx-swap-oob" in changed.content.decode()


def test_everything_from_outside_is_escaped(
    touch: Touch, answer: Task, lead: Any, as_user: Any, rep: Any
) -> None:
    type(lead).objects.filter(pk=lead.pk).update(
        first_name=EVIL, company_name=EVIL, title=EVIL, phone='"><b>', score_reasons=[[EVIL, 5]]
    )
    Touch.objects.update(subject=EVIL, body=EVIL, checks=[{"level": "warn", "text": EVIL}])
    Task.objects.update(title=EVIL, why=EVIL)
    for url in (
        go("approvals"),
        go("approval", touch.pk) + "?edit=1",
        go("today"),
        go("today_task", answer.pk),
    ):
        page = as_user(rep).get(url).content.decode()
        assert "<script>alert" not in page and "<b>x</b>" not in page
        assert "&lt;script&gt;" in page


@pytest.mark.parametrize("after", ["x", "2026-01-01,1", ",", "2026-01-01T00:00:00+00:00,٣", "a,b"])
def test_a_broken_page_key_shows_the_first_page(
    after: str, touch: Touch, as_user: Any, rep: Any
) -> None:
    page = as_user(rep).get(go("approvals"), {"after": after, "show": "zzz"})
    assert page.status_code == 200 and "Kowalczyk" in page.content.decode()


def test_approvals_cost_the_same_for_one_and_for_fifty(
    touch: Touch, as_user: Any, rep: Any, sequence: Any, mailbox: Any,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    client = as_user(rep)
    client.get(go("approvals"))
    with django_assert_max_num_queries(18) as few:
        client.get(go("approvals"))
    for number in range(20):
        draft(another_lead(rep, number), sequence, mailbox)
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get(go("approvals"))


# --- Today ---


def test_today_shows_the_first_task_and_its_lead(answer: Task, as_user: Any, rep: Any) -> None:
    page = as_user(rep).get(go("today")).content.decode()
    for text in ("Answer first", "Who comes on a Sunday?", "Why now", "Replied", "1</b> to go"):
        assert text in page, text
    assert page.count("<h1") == 1 and "First steps" in page


def test_today_costs_the_same_for_one_and_for_many(
    answer: Task, as_user: Any, rep: Any, lead: Any, django_assert_max_num_queries: Any
) -> None:
    client = as_user(rep)
    client.get(go("today"))
    with django_assert_max_num_queries(30) as few:
        client.get(go("today"))
    for number in range(20):
        task(rep, "answer", lead=lead, title=f"More {number}")
    with django_assert_max_num_queries(len(few.captured_queries) + 1):
        client.get(go("today"))


def test_nothing_to_do_says_clear_and_what_is_next(
    as_user: Any, rep: Any, lead: Any, workspace: Any
) -> None:
    task(rep, lead=lead, title="Call back", due=timezone.now() + timedelta(days=3))
    page = as_user(rep).get(go("today")).content.decode()
    assert "Clear." in page and "Next: Call back, Marta Kowalczyk" in page


def test_answering_approves_sends_later_and_closes_the_task(
    answer: Task, as_user: Any, rep: Any
) -> None:
    body = "Hi Marta, on a Sunday a technician is called by the alarm itself. " * 5
    data = {"mail-body": body, "mail-subject": "Sundays", "mail-token": str(uuid.uuid4())}
    client = as_user(rep)
    response = client.post(go("task_answer", answer.pk), data, follow=True)
    assert said(response).startswith("Approved"), said(response)
    made = Touch.objects.get(lead=answer.lead)
    assert (made.state, made.author, made.approved_by) == ("approved", rep, rep)
    answer.refresh_from_db()
    assert answer.state == "done"
    client.post(go("task_answer", answer.pk), data)
    assert Touch.objects.filter(lead=answer.lead).count() == 1, "the same form twice is one mail"


def test_an_empty_answer_stays_with_a_message(answer: Task, as_user: Any, rep: Any) -> None:
    data = {"mail-body": " ", "mail-subject": "Kept", "mail-token": str(uuid.uuid4())}
    response = as_user(rep).post(go("task_answer", answer.pk), data)
    page = response.content.decode()
    assert response.status_code == 422 and "Write something first." in page and "Kept" in page


def test_an_answer_with_a_warning_can_be_insisted_on(answer: Task, as_user: Any, rep: Any) -> None:
    body = "Hi Marta, this is FREE MONEY, ACT NOW, 100% guaranteed, click here. " * 4
    data = {"mail-body": body, "mail-subject": "Sundays", "mail-token": str(uuid.uuid4())}
    client = as_user(rep)
    response = client.post(go("task_answer", answer.pk), data)
    page = response.content.decode()
    assert response.status_code == 422 and "FREE MONEY" in page
    accepted = response.context["accepted"]
    if accepted:
        assert "Send anyway" in page
        again = {**data, "mail-accepted": accepted, "mail-token": str(uuid.uuid4())}
        assert client.post(go("task_answer", answer.pk), again).status_code == 302
    assert Touch.objects.filter(lead=answer.lead).count() <= 1


def test_a_call_is_logged_with_its_outcome(call: Task, as_user: Any, rep: Any) -> None:
    client = as_user(rep)
    page = client.get(go("today_task", call.pk)).content.decode()
    assert "tel:+48615550127" in page and "What to say" in page and "No answer" in page
    missing = client.post(go("task_done", call.pk), {"note": "kept note"})
    assert missing.status_code == 422
    assert "Choose how the call ended." in missing.content.decode()
    assert "kept note" in missing.content.decode()
    response = client.post(go("task_done", call.pk), {"outcome": "no_answer"}, follow=True)
    assert "Next try" in said(response)
    assert go("task_undo", call.pk) in response.content.decode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"outcome": "call_back"}, "Choose a moment to come."),
        ({"outcome": "call_back", "call_back_at": "2020-01-01T10:00"}, "Choose a moment to come."),
        ({"outcome": "call_back", "call_back_at": "soon"}, "Write a date and a time."),
        ({"outcome": "reached", "minutes": "-5"}, "greater than or equal to 0"),
        ({"outcome": "reached", "note": "x" * 5001}, "At most 5,000 characters."),
        ({"outcome": "<b>"}, "Choose how it went."),
    ],
)
def test_bad_call_input_is_said_at_its_field(
    data: dict[str, str], message: str, call: Task, as_user: Any, rep: Any
) -> None:
    response = as_user(rep).post(go("task_done", call.pk), data)
    assert response.status_code == 422 and message in response.content.decode()
    call.refresh_from_db()
    assert call.state == "open"


def test_a_linkedin_task_has_text_length_link_and_answer_box(
    lead: Any, sequence: Any, mailbox: Any, workspace: Any, as_user: Any, rep: Any
) -> None:
    made = draft(lead, sequence, mailbox, number=2)
    approval.approve(made, user=rep, seen_hash=policy.text_hash(made))
    line, client = Task.objects.get(touch=made), as_user(rep)
    page = client.get(go("today_task", line.pk)).content.decode()
    assert 'href="https://www.linkedin.com/in/marta-kowalczyk-example/"' in page
    assert 'rel="noopener noreferrer"' in page
    assert f"{len(made.body)} of 200 characters, fits a connection note" in page
    client.post(go("task_done", line.pk), {"answer": "Gladly, on Thursday."})
    assert Touch.objects.get(pk=made.pk).state == "done"
    assert ThreadEvent.objects.get(kind="reply.received").body == "Gladly, on Thursday."
    assert Enrollment.objects.get(lead=lead).state == "paused"


@pytest.mark.parametrize(
    ("data", "hours"),
    [({"when": "hour"}, (0.9, 1.1)), ({"when": "tomorrow"}, (1, 48)), ({"when": "week"}, (1, 192))],
)
def test_snooze_choices(
    data: dict[str, str], hours: tuple[float, float], answer: Task, as_user: Any, rep: Any
) -> None:
    response = as_user(rep).post(go("task_snooze", answer.pk), data, follow=True)
    assert "Snoozed until" in said(response)
    answer.refresh_from_db()
    assert answer.snoozed_until is not None
    away = (answer.snoozed_until - timezone.now()).total_seconds() / 3600
    assert hours[0] < away < hours[1]
    if data["when"] != "hour":
        assert answer.snoozed_until.astimezone(rep.tz).strftime("%H:%M") == "09:00"


@pytest.mark.parametrize(
    "data", [{}, {"when": "x"}, {"when": "date"}, {"when": "date", "date": "2020-01-01"}]
)
def test_a_bad_snooze_is_said_in_its_dialog(
    data: dict[str, str], answer: Task, as_user: Any, rep: Any
) -> None:
    response = as_user(rep).post(go("task_snooze", answer.pk), data)
    page = response.content.decode()
    assert response.status_code == 422 and 'class="ferr"' in page
    assert 'id="snooze" aria-labelledby="snooze-h" open' in page


def test_skip_and_its_undo(answer: Task, as_user: Any, rep: Any) -> None:
    client = as_user(rep)
    response = client.post(go("task_skip", answer.pk), {"reason": "other"}, follow=True)
    assert "Skipped." in said(response)
    client.post(go("task_undo", answer.pk))
    answer.refresh_from_db()
    assert answer.state == "open"


def test_done_goes_on_with_the_next_task(answer: Task, as_user: Any, rep: Any, lead: Any) -> None:
    second = task(rep, lead=lead, title="Second")
    response = as_user(rep).post(go("task_done", answer.pk))
    assert response["Location"] == go("today_task", second.pk)
    response = as_user(rep).post(go("task_done", second.pk))
    assert response["Location"] == go("today")


def test_did_this_arrive(as_user: Any, rep: Any, touch: Touch) -> None:
    approval.approve(touch, user=rep, seen_hash=policy.text_hash(touch))
    Touch.objects.filter(pk=touch.pk).update(state="unknown")
    line = task(rep, "unknown", lead=touch.lead, touch=touch, title="Did it arrive?")
    client = as_user(rep)
    page = client.get(go("today_task", line.pk)).content.decode()
    assert "Yes, it arrived" in page and "Did this arrive?" in page
    bad = {"arrived": "yes", "next": "https://evil.example/"}
    assert client.post(go("touch_resolve", touch.pk), bad)["Location"].startswith("/leads/")
    assert Touch.objects.get(pk=touch.pk).state == "sent"
    response = client.post(
        go("touch_resolve", touch.pk), {"arrived": "no", "next": go("today")}, follow=True
    )
    assert "settled this already" in said(response)


def test_the_first_steps_can_be_hidden(as_user: Any, rep: Any, workspace: Any) -> None:
    client = as_user(rep)
    client.post(go("hide_checklist"))
    rep.refresh_from_db()
    assert rep.checklist_hidden
    assert "First steps" not in client.get(go("today")).content.decode()


def test_the_two_minute_clock_is_in_the_page(
    as_user: Any, rep: Any, lead: Any, workspace: Any, mailbox: Any
) -> None:
    task(
        rep, "enquiry", lead=lead, title="Asks", deadline_at=timezone.now() + timedelta(seconds=90)
    )
    page = as_user(rep).get(go("today")).content.decode()
    assert "data-deadline=" in page and "New enquiry" in page
