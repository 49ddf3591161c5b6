"""Into, out of and through a sequence: each legal move, each refused one, and what follows."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from leads import thread
from leads.models import Lead, ThreadEvent
from leads.services.suppression import suppress
from outreach.models import Enrollment, Mailbox, Task, Touch
from outreach.services import enrollment as enrollments
from outreach.services import planning, policy, worklist
from outreach.services.answers import note_reply
from outreach.services.enrollment import EnrollmentError

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def _ready(workspace: Any, mailbox: Any) -> None:
    """A workspace and a mailbox to send from."""


pytestmark = pytest.mark.usefixtures("_ready")


def kinds(lead: Any) -> list[str]:
    return list(ThreadEvent.objects.filter(lead=lead).order_by("id").values_list("kind", flat=True))


def person(rep: Any, number: int, **changes: Any) -> Lead:
    values = {"email": f"{number}@x.example", "owner": rep, "lawful_basis": "consent"}
    return Lead.objects.create(**{**values, **changes})


# --- in ---


def test_enrolling_plans_the_first_touch_and_tells(lead, sequence, rep, mailbox):
    row = enrollments.enroll(lead, sequence, user=rep, now=MONDAY)
    row.refresh_from_db()
    assert (row.state, row.mailbox, row.enrolled_by) == ("active", mailbox, rep)
    assert row.next_step_key == sequence.steps.get(position=1).key
    assert row.next_due_at == MONDAY  # the window is open and the first touch has no delay
    assert kinds(lead) == ["enrollment.started"]
    lead.refresh_from_db()
    assert (lead.sequence_name, lead.sequence_state) == ("Cold-room uptime", "active")
    assert (lead.sequence_done, lead.sequence_total) == (0, 5)
    assert (lead.next_step, lead.next_at) == ("Email, Touch 1", MONDAY)


REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("archived", {"archived_at": MONDAY}, "is archived"),
    ("archived", {"erased_at": MONDAY}, "is archived"),
    ("stage", {"stage": "won"}, "is won"),
    ("stage", {"stage": "lost"}, "is lost"),
    ("basis", {"lawful_basis": ""}, "No lawful basis"),
    ("basis", {"basis_expires_at": date(2026, 11, 22)}, "has expired"),
    ("address", {"email": None, "phone": "", "linkedin_url": ""}, "has no address"),
]


@pytest.mark.parametrize(("code", "values", "words"), REFUSALS)
def test_who_is_not_enrolled(lead, sequence, rep, code, values, words):
    Lead.objects.filter(pk=lead.pk).update(**values)
    lead.refresh_from_db()
    with pytest.raises(EnrollmentError, match=words) as caught:
        enrollments.enroll(lead, sequence, user=rep, now=MONDAY)
    assert caught.value.code == code
    assert not Enrollment.objects.exists()
    assert kinds(lead) == []


def test_one_reachable_channel_is_enough(lead, sequence, rep):
    Lead.objects.filter(pk=lead.pk).update(email=None, phone="")
    lead.refresh_from_db()
    assert enrollments.enroll(lead, sequence, user=rep).state == "active"


def test_an_address_that_no_touch_uses_is_no_help(lead, sequence, rep):
    sequence.steps.exclude(channel="phone").delete()
    Lead.objects.filter(pk=lead.pk).update(phone="")
    lead.refresh_from_db()
    with pytest.raises(EnrollmentError, match="no address for Cold-room uptime"):
        enrollments.enroll(lead, sequence, user=rep)


def test_suppressed_on_one_channel_leaves_the_others(lead, sequence, rep):
    suppress(address=lead.email, channel="email", reason="manual", source="x", actor="system")
    assert enrollments.refusal(lead, sequence) is None
    suppress(address=lead.email, reason="opted_out", source="x", actor="system")
    refused = enrollments.refusal(lead, sequence)
    assert refused is not None and refused.code == "suppressed"


@pytest.mark.parametrize("state", ["draft", "archived"])
def test_a_sequence_that_does_not_run_takes_nobody(lead, sequence, rep, state):
    sequence.state = state
    with pytest.raises(EnrollmentError, match="is not running"):
        enrollments.enroll(lead, sequence, user=rep)


def test_a_paused_sequence_takes_people_and_an_empty_one_does_not(lead, sequence, rep):
    sequence.state = "paused"
    assert enrollments.refusal(lead, sequence) is None
    sequence.steps.update(until_version=2)
    with pytest.raises(EnrollmentError, match="has no touches"):
        enrollments.enroll(lead, sequence, user=rep)


def test_without_a_mailbox_only_sequences_without_mail(lead, sequence, rep, mailbox):
    mailbox.delete()
    with pytest.raises(EnrollmentError, match="no mailbox"):
        enrollments.enroll(lead, sequence, user=rep)
    sequence.steps.filter(channel="email").delete()
    assert enrollments.enroll(lead, sequence, user=rep).mailbox is None


def test_whose_mailbox_sends(lead, sequence, mate, mailbox):
    other = Mailbox.objects.create(user=mate, address="priya@halden.example")
    assert enrollments.sender_for(lead, mate) == mailbox  # the owner's
    Mailbox.objects.filter(pk=mailbox.pk).update(state="paused")
    assert enrollments.sender_for(lead, mate) == other  # one that works
    Mailbox.objects.filter(pk=other.pk).update(state="off")
    assert enrollments.sender_for(lead, mate) == mailbox
    Mailbox.objects.update(state="off")
    assert enrollments.sender_for(lead, mate) is None


def test_twice_is_refused_and_again_after_the_end_is_a_new_row(lead, sequence, rep):
    first = enrollments.enroll(lead, sequence, user=rep)
    with pytest.raises(EnrollmentError, match="in a sequence already"):
        enrollments.enroll(lead, sequence, user=rep)
    enrollments.stop(first, reason="manual", actor=rep.actor)
    assert enrollments.enroll(lead, sequence, user=rep).pk != first.pk


def test_the_database_refuses_a_second_open_enrolment(lead, sequence):
    Enrollment.objects.create(lead=lead, sequence=sequence)
    Enrollment.objects.create(lead=lead, sequence=sequence, state="finished")
    with pytest.raises(IntegrityError), transaction.atomic():
        Enrollment.objects.create(lead=lead, sequence=sequence, state="paused")


def test_many_at_once_says_how_many_and_why_not(lead, sequence, rep):
    people = [
        lead,
        person(rep, 1),
        person(rep, 2, lawful_basis=""),
        person(rep, 3, email=None),
        person(rep, 4, archived_at=timezone.now()),
    ]
    enrollments.enroll(lead, sequence, user=rep)
    assert enrollments.enroll_many(people, sequence, rep) == (
        1,
        {"enrolled": 1, "basis": 1, "address": 1, "archived": 1},
    )
    assert set(enrollments.REFUSED_WORDS) >= {"enrolled", "basis", "address", "archived"}


def test_many_need_few_queries_each(sequence, rep, django_assert_max_num_queries):
    people = [person(rep, number) for number in range(20)]
    with django_assert_max_num_queries(10 + 20 * 8):  # two savepoints, row, event, two summaries
        assert enrollments.enroll_many(people, sequence, rep)[0] == 20


# --- live rules ---


def live(sequence: Any, query: str = "country=PL") -> None:
    sequence.rule = {"query": query, "live": True}
    sequence.save()


def test_a_live_rule_enrols_each_match_once(lead, sequence, rep):
    live(sequence)
    person(rep, 1, country="DE")
    assert enrollments.enroll_by_rules() == 1
    row = Enrollment.objects.get()
    assert (row.lead, row.enrolled_by) == (lead, rep)
    assert enrollments.enroll_by_rules() == 0
    enrollments.stop(row, reason="manual", actor="system")
    assert enrollments.enroll_by_rules() == 0, "who had been in it never comes again"


@pytest.mark.parametrize(
    "change",
    [{"state": "paused"}, {"rule": {"query": "country=PL", "live": False}}, {"owner": None}],
)
def test_a_rule_that_is_off_enrols_nobody(lead, sequence, change):
    live(sequence)
    type(sequence).objects.filter(pk=sequence.pk).update(**change)
    assert enrollments.enroll_by_rules() == 0


def test_a_rule_of_somebody_who_left_enrols_nobody(lead, sequence, rep):
    live(sequence)
    type(rep).objects.filter(pk=rep.pk).update(is_active=False)
    assert enrollments.enroll_by_rules() == 0


def test_a_rule_sees_only_what_its_owner_sees(lead, sequence, stranger):
    live(sequence)
    type(sequence).objects.filter(pk=sequence.pk).update(owner=stranger)
    assert enrollments.enroll_by_rules() == 0


def test_those_a_rule_cannot_enrol_do_not_hide_the_others(sequence, rep, monkeypatch):
    from outreach.services import entering

    monkeypatch.setattr(entering, "RULE_BATCH", 2)
    live(sequence)
    for number in range(5):
        blocked = person(rep, number, country="PL")
        suppress(address=blocked.email, reason="manual", source="x", actor="system")
    good = [person(rep, 10 + number, country="PL") for number in range(3)]
    assert enrollments.enroll_by_rules() == 2, "at most so many in one run"
    assert enrollments.enroll_by_rules() == 1
    assert set(Enrollment.objects.values_list("lead", flat=True)) == {one.pk for one in good}


# --- moves ---

MOVES: dict[str, Callable[[Any], bool]] = {
    "pause": lambda row: enrollments.pause(row, reason="manual", actor="user:1"),
    "resume": lambda row: enrollments.resume(row, actor="user:1"),
    "stop": lambda row: enrollments.stop(row, reason="manual", actor="user:1"),
    "finish": lambda row: enrollments.finish(row),
}
LEGAL = {
    ("active", "pause"): "paused",
    ("active", "stop"): "stopped",
    ("active", "finish"): "finished",
    ("paused", "resume"): "active",
    ("paused", "stop"): "stopped",
}
EVENT = {
    "paused": "enrollment.paused",
    "active": "enrollment.resumed",
    "stopped": "enrollment.stopped",
    "finished": "enrollment.finished",
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("state", ["active", "paused", "finished", "stopped"])
def test_every_move_from_every_state(lead, sequence, rep, state, move):
    row = enrollments.enroll(lead, sequence, user=rep)
    Enrollment.objects.filter(pk=row.pk).update(state=state)
    before = len(kinds(lead))
    expected = LEGAL.get((state, move))
    assert MOVES[move](row) is (expected is not None)
    row.refresh_from_db()
    assert row.state == (expected or state)
    assert kinds(lead)[before:] == ([EVENT[expected]] if expected else [])
    assert (row.ended_at is not None) == (expected in ("stopped", "finished"))


def test_a_pause_keeps_reason_note_and_end(lead, sequence, rep):
    row = enrollments.enroll(lead, sequence, user=rep)
    back = timezone.now() + timedelta(days=4)
    enrollments.pause(row, reason="out_of_office", actor="lead", resume_at=back, note="n" * 300)
    row.refresh_from_db()
    assert (row.reason, row.resume_at, len(row.reason_note)) == ("out_of_office", back, 200)
    data = ThreadEvent.objects.get(kind="enrollment.paused").data
    assert (data["reason"], data["until"]) == ("out_of_office", back.isoformat())
    enrollments.resume(row, actor="system")
    row.refresh_from_db()
    assert (row.reason, row.resume_at, row.reason_note) == ("", None, "")
    lead.refresh_from_db()
    assert lead.sequence_state == "active"


def waiting(row: Any, number: int, state: str, due: datetime | None = None) -> Touch:
    step = row.sequence.steps.get(position=number)
    touch = Touch(
        lead=row.lead,
        enrollment=row,
        step=step,
        step_key=step.key,
        number=number,
        channel=step.channel,
        mailbox=row.mailbox,
        to_address="a@x.example",
        body="Hello",
        state=state,
        due_at=due or timezone.now(),
    )
    touch.approved_hash = policy.text_hash(touch)
    touch.save()
    return touch


def test_a_stop_cancels_what_waits_and_leaves_what_is_being_sent(lead, sequence, rep):
    row = enrollments.enroll(lead, sequence, user=rep)
    touches = {
        state: waiting(row, number, state)
        for number, state in enumerate(["sent", "sending", "draft", "approved", "todo"], 1)
    }
    enrollments.stop(row, reason="opted_out", actor="lead")
    for touch in touches.values():
        touch.refresh_from_db()
    assert {state: touch.state for state, touch in touches.items()} == {
        "sent": "sent",
        "sending": "sending",
        "draft": "cancelled",
        "approved": "cancelled",
        "todo": "cancelled",
    }
    row.refresh_from_db()
    assert (row.next_step_key, row.next_due_at) == (None, None)


def test_a_pause_keeps_what_waits_and_the_policy_holds_it(lead, sequence, rep):
    row = enrollments.enroll(lead, sequence, user=rep)
    touch = waiting(row, 1, "approved")
    enrollments.pause(row, reason="replied", actor="lead")
    touch.refresh_from_db()
    assert touch.state == "approved"
    assert policy.may_send(touch).code == "paused"


def test_resuming_moves_what_fell_due_meanwhile(lead, sequence, rep):
    row = enrollments.enroll(lead, sequence, user=rep)
    long_ago = timezone.now() - timedelta(days=20)
    touch = waiting(row, 1, "approved", long_ago)
    Enrollment.objects.filter(pk=row.pk).update(next_due_at=long_ago)
    enrollments.pause(row, reason="manual", actor=rep.actor)
    enrollments.resume(row, actor=rep.actor)
    row.refresh_from_db()
    touch.refresh_from_db()
    assert row.next_due_at > timezone.now() - timedelta(minutes=1)
    assert touch.due_at == row.next_due_at
    assert touch.state == "approved"


def test_resuming_after_the_last_touch_finishes(lead, sequence, rep):
    row = enrollments.enroll(lead, sequence, user=rep)
    enrollments.pause(row, reason="manual", actor=rep.actor)
    for number in range(1, 6):
        last = waiting(row, number, "sent")
    planning.touch_done(last, timezone.now())
    row.refresh_from_db()
    assert row.state == "paused", "what is paused does not end by itself"
    enrollments.resume(row, actor=rep.actor)
    row.refresh_from_db()
    assert row.state == "finished"
    lead.refresh_from_db()
    assert (lead.sequence_state, lead.sequence_done) == ("finished", 5)


def test_holds_end_when_their_day_has_come(lead, sequence, rep):
    row = enrollments.enroll(lead, sequence, user=rep)
    now = timezone.now()
    enrollments.pause(row, reason="out_of_office", actor="lead", resume_at=now)
    assert enrollments.resume_due(now - timedelta(seconds=1)) == 0
    assert enrollments.resume_due(now) == 1
    assert enrollments.resume_due(now) == 0
    row.refresh_from_db()
    assert row.state == "active"


def test_a_pause_without_an_end_lasts(lead, sequence, rep):
    row = enrollments.enroll(lead, sequence, user=rep)
    enrollments.pause(row, reason="replied", actor="lead")
    assert enrollments.resume_due(timezone.now() + timedelta(days=900)) == 0


def test_one_that_cannot_be_resumed_hinders_nobody(sequence, rep, monkeypatch):
    now = timezone.now()
    rows = [enrollments.enroll(person(rep, n), sequence, user=rep) for n in range(3)]
    for row in rows:
        enrollments.pause(row, reason="out_of_office", actor="lead", resume_at=now)
    real = planning.shift_overdue

    def picky(row: Any, at: datetime) -> None:
        if row.pk == rows[0].pk:
            raise ValueError("a bad row")
        real(row, at)

    monkeypatch.setattr(planning, "shift_overdue", picky)
    assert enrollments.resume_due(now) == 2
    rows[0].refresh_from_db()
    assert (rows[0].state, rows[0].resume_at) == ("paused", now + timedelta(hours=1))


# --- companies ---


def company_of(rep: Any, lead: Any, sequence: Any, count: int = 2) -> list[Any]:
    people = [person(rep, number, company=lead.company) for number in range(count)]
    return [enrollments.enroll(one, sequence, user=rep) for one in people]


def test_an_answer_pauses_the_colleagues(lead, sequence, rep):
    rows = company_of(rep, lead, sequence)
    own = enrollments.enroll(lead, sequence, user=rep)
    other = enrollments.enroll(person(rep, 9), sequence, user=rep)
    assert enrollments.pause_company(lead, actor="lead") == 2
    for row in (*rows, own, other):
        row.refresh_from_db()
    assert [row.state for row in (*rows, own, other)] == ["paused", "paused", "active", "active"]
    assert (rows[0].reason, rows[0].reason_note) == ("company_replied", "Marta Kowalczyk answered")


def test_a_colleagues_absence_does_not_end_the_pause(lead, sequence, rep):
    row = company_of(rep, lead, sequence, 1)[0]
    soon = timezone.now() + timedelta(days=2)
    enrollments.pause(row, reason="out_of_office", actor="lead", resume_at=soon)
    assert enrollments.pause_company(lead, actor="lead") == 1
    row.refresh_from_db()
    assert (row.reason, row.resume_at) == ("company_replied", None)
    assert enrollments.pause_company(lead, actor="lead") == 0


def test_the_workspace_may_leave_colleagues_alone(lead, sequence, rep, workspace):
    company_of(rep, lead, sequence)
    workspace.pause_company_on_reply = False
    workspace.save()
    assert enrollments.pause_company(lead, actor="lead") == 0
    assert enrollments.pause_company(lead, actor=rep.actor, reason="manual", asked=True) == 2


def test_a_lead_without_a_company_has_no_colleagues(lead, sequence, rep):
    company_of(rep, lead, sequence)
    lead.company = None
    assert enrollments.pause_company(lead, actor="lead") == 0
    assert enrollments.resume_company(lead, actor="lead") == 0
    assert enrollments.stop_company(lead, actor="lead") == 0


def test_a_whole_company_goes_on_or_stops(lead, sequence, rep):
    company_of(rep, lead, sequence)
    enrollments.pause_company(lead, actor="lead")
    assert enrollments.resume_company(lead, actor=rep.actor) == 2
    assert enrollments.stop_company(lead, actor=rep.actor) == 2
    assert enrollments.stop_company(lead, actor=rep.actor) == 0


# --- reactions ---


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("opted_out", "opted_out"),
        ("hard_bounce", "hard_bounce"),
        ("complaint", "complaint"),
        ("manual", "manual"),
    ],
)
def test_a_suppression_stops_the_sequence(lead, sequence, rep, run_queue, reason, expected):
    row = enrollments.enroll(lead, sequence, user=rep)
    touch = waiting(row, 1, "approved")
    suppress(address=lead.email, reason=reason, source="x", actor="lead")
    assert "outreach.tasks.stop_for_suppression" in run_queue()
    row.refresh_from_db()
    touch.refresh_from_db()
    assert (row.state, row.reason, touch.state) == ("stopped", expected, "cancelled")


def test_what_waits_outside_of_the_sequence_is_cancelled_on_that_channel(lead, rep, run_queue):
    rows = [
        Touch.objects.create(lead=lead, channel=channel, state="draft", due_at=timezone.now())
        for channel in ("email", "phone")
    ]
    suppress(address=lead.email, channel="email", reason="manual", source="x", actor="system")
    run_queue()
    for row in rows:
        row.refresh_from_db()
    assert [row.state for row in rows] == ["cancelled", "draft"]


def archive(lead: Any) -> ThreadEvent:
    Lead.objects.filter(pk=lead.pk).update(archived_at=timezone.now())
    event = thread.record(lead=lead, kind="lead.archived", actor="user:1")
    assert event is not None
    return event


def test_an_archived_lead_leaves_the_sequence(lead, sequence, rep, run_queue):
    row = enrollments.enroll(lead, sequence, user=rep)
    archive(lead)
    run_queue()
    row.refresh_from_db()
    assert (row.state, row.reason) == ("stopped", "archived")


def test_a_lead_that_is_back_already_stays_in_it(lead, sequence, rep, run_queue):
    row = enrollments.enroll(lead, sequence, user=rep)
    archive(lead)
    Lead.objects.filter(pk=lead.pk).update(archived_at=None)
    run_queue()
    row.refresh_from_db()
    assert row.state == "active"


@pytest.mark.parametrize(
    ("stage", "state", "reason"),
    [
        ("won", "stopped", "converted"),
        ("lost", "stopped", "not_interested"),
        ("meeting", "active", ""),
    ],
)
def test_won_or_lost_ends_the_sequence(lead, sequence, rep, run_queue, stage, state, reason):
    row = enrollments.enroll(lead, sequence, user=rep)
    Lead.objects.filter(pk=lead.pk).update(stage=stage)
    thread.record(lead=lead, kind="lead.stage_changed", actor="user:1", data={"to": stage})
    run_queue()
    row.refresh_from_db()
    assert (row.state, row.reason) == (state, reason)


def test_reactions_may_run_twice(lead, sequence, rep):
    row = enrollments.enroll(lead, sequence, user=rep)
    event = archive(lead)
    event.lead.refresh_from_db()
    enrollments.stop_for_archive(event)
    enrollments.stop_for_archive(event)
    assert kinds(lead).count("enrollment.stopped") == 1
    row.refresh_from_db()
    assert row.state == "stopped"


# --- many at once ---


def at_once(*works: Callable[[], object]) -> list[object]:
    """Run each in a thread of its own, all starting together; what they returned or raised."""
    barrier = threading.Barrier(len(works))
    results: list[object] = [None] * len(works)

    def run(number: int, work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            results[number] = work()
        except EnrollmentError as error:
            results[number] = error.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    return results


def test_one_of_two_concurrent_enrolments_wins(crowd, _ready, rep, lead, sequence):
    for _ in range(10):
        results = at_once(*[lambda: enrollments.enroll(lead, sequence, user=rep)] * 3)
        assert results.count("enrolled") == 2
        row = Enrollment.objects.get(state="active")
        enrollments.stop(row, reason="manual", actor="system")


def _copy() -> Enrollment:
    return Enrollment.objects.select_related("lead", "sequence").get()


def test_one_of_two_concurrent_moves_wins(crowd, _ready, rep, lead, sequence):
    for _ in range(10):
        row = enrollments.enroll(lead, sequence, user=rep)
        works = [
            partial(enrollments.pause, _copy(), reason=reason, actor="lead")
            for reason in ("replied", "manual", "task")
        ]
        results = at_once(*works)
        assert sorted(map(bool, results)) == [False, False, True]
        assert (
            ThreadEvent.objects.filter(kind="enrollment.paused", data__enrollment=row.pk).count()
            == 1
        )
        enrollments.stop(row, reason="manual", actor="system")
        Enrollment.objects.filter(pk=row.pk).delete()


# --- what the lead list says comes next ---


def next_of(lead: Lead) -> tuple[str, bool]:
    lead.refresh_from_db()
    return lead.next_step, lead.next_at is not None


def test_a_stopped_sequence_promises_nothing(lead, sequence, rep):
    row = enrollments.enroll(lead, sequence, user=rep, now=MONDAY)
    assert next_of(lead) == ("Email, Touch 1", True)
    assert enrollments.stop(row, reason="manual", actor=rep.actor)
    assert next_of(lead) == ("", False)


def test_a_pause_holds_the_promise_and_going_on_brings_it_back(lead, sequence, rep):
    row = enrollments.enroll(lead, sequence, user=rep, now=MONDAY)
    assert enrollments.pause(row, reason="manual", actor=rep.actor)
    assert next_of(lead) == ("", False)
    assert enrollments.resume(row, actor=rep.actor)
    assert next_of(lead) == ("Email, Touch 1", True)


def test_to_answer_comes_first_until_somebody_did(lead, sequence, rep):
    enrollments.enroll(lead, sequence, user=rep, now=MONDAY)
    at = timezone.now()
    note_reply(lead, channel="email", text="Tell me", actor="lead", occurred_at=at, dedupe_key="r1")
    assert next_of(lead) == ("Answer", True)
    task = Task.objects.get(lead=lead, kind="answer")
    worklist.done(task, user=rep)
    assert next_of(lead) == ("", False)
    worklist.undo(Task.objects.get(pk=task.pk), rep)
    assert next_of(lead) == ("Answer", True)
