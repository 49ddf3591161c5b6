"""What sequences do by themselves stands in the autonomy log and can be taken back there."""

import pytest

from leads.models import Decision
from leads.services import decisions
from outreach.models import Enrollment
from outreach.services import enrollment


@pytest.fixture
def running(lead, sequence, rep, mailbox):
    return enrollment.enroll(lead, sequence, user=rep, mailbox=mailbox)


def test_an_automatic_pause_is_logged_and_undone(running, rep):
    enrollment.pause(running, reason="replied", actor="lead")
    row = Decision.objects.get()
    assert (row.rule, row.lead, row.state) == ("pause.replied", running.lead, "done")
    assert "They answered" in row.why
    assert decisions.undo(row, rep) == f"{running.sequence.name} goes on."
    assert Enrollment.objects.get(pk=running.pk).state == "active"
    assert Decision.objects.count() == 1  # what a person does is no decision of the system


def test_what_a_person_does_is_not_logged(running, rep):
    enrollment.pause(running, reason="manual", actor=rep.actor)
    enrollment.resume(running, actor=rep.actor)
    assert not Decision.objects.exists()


def test_undo_of_what_ended_meanwhile_says_so(running, rep):
    enrollment.pause(running, reason="replied", actor="lead")
    enrollment.stop(running, reason="manual", actor=rep.actor)
    row = Decision.objects.get(rule="pause.replied")
    with pytest.raises(decisions.DecisionError, match="not paused"):
        decisions.undo(row, rep)
    assert Decision.objects.get(pk=row.pk).state == "done"


def test_a_stop_cannot_be_undone(running):
    enrollment.stop(running, reason="opted_out", actor="system")
    assert not decisions.can_undo(Decision.objects.get())


def test_an_undo_never_reaches_another_lead(running, rep):
    row = decisions.log(
        rule="x", lead=None, what="x", why="x",
        undo={"call": "enrollment.stop", "enrollment": running.pk},
    )  # fmt: skip
    with pytest.raises(decisions.DecisionError, match="gone"):
        decisions.undo(row, rep)


def test_a_live_rule_logs_whom_it_took(lead, sequence, rep, mailbox):
    assert enrollment.enroll_many([lead], sequence, rep)[0] == 1
    assert not Decision.objects.exists()
    Enrollment.objects.update(state="finished")
    from outreach.services import entering

    assert entering.enroll_many([lead], sequence, rep, by_rule=True)[0] == 1
    row = Decision.objects.get()
    assert row.rule == "enroll.rule"
    decisions.undo(row, rep)
    assert Enrollment.objects.latest("pk").state == "stopped"


def test_a_guard_logs_the_mailbox(mailbox):
    from django.utils import timezone

    from outreach.services import guards

    assert guards.pause(mailbox, "Too many messages came back.", timezone.now())
    row = Decision.objects.get()
    assert (row.rule, row.lead_id) == ("guard.mailbox", None)


def test_the_list_is_told_once_a_person(lead, rep):
    from leads import thread

    for actor in ("ai:rules", "ai:rules", rep.actor):
        event = thread.record(
            lead=lead, kind="lead.suppressed", actor=actor,
            data={"reason": "opted_out", "channel": "all", "source": "Answer 7"},
        )  # fmt: skip
        enrollment.stop_for_suppression(event)
    assert [row.rule for row in Decision.objects.all()] == ["suppress"]
