"""The autonomy log: logged once, settled once, taken back by a registered code only."""

import pytest

from leads.models import Decision
from leads.services import decisions


@pytest.fixture
def code():
    """An undo of the test's own."""
    done = []

    @decisions.undoes("test.back")
    def back(decision, user):
        done.append((decision.pk, user.pk))
        return "Back."

    yield done
    del decisions.UNDOS["test.back"]


def made(lead, **values):
    given = {"rule": "pause.replied", "what": "Paused", "why": "They answered", **values}
    return decisions.log(lead=lead, **given)


def test_a_key_seen_before_logs_nothing(lead):
    first = made(lead, dedupe_key="x:1")
    assert first is not None
    assert made(lead, dedupe_key="x:1") is None
    assert Decision.objects.count() == 1


def test_long_words_are_cut_to_one_line(lead):
    row = made(lead, what="a\n" * 300, why="b " * 400)
    row.refresh_from_db()
    assert len(row.what) <= 200 and len(row.why) <= 300 and "\n" not in row.what


def test_undo_runs_the_registered_function_once(lead, rep, code):
    row = made(lead, undo={"call": "test.back"})
    assert decisions.can_undo(row)
    assert decisions.undo(row, rep) == "Back."
    assert code == [(row.pk, rep.pk)]
    again = Decision.objects.get(pk=row.pk)
    assert again.state == "undone" and again.settled_by == rep
    with pytest.raises(decisions.DecisionError):
        decisions.undo(again, rep)


def test_two_people_undo_one_of_them_does(lead, rep, code):
    row = made(lead, undo={"call": "test.back"})
    stale = Decision.objects.get(pk=row.pk)
    decisions.undo(row, rep)
    with pytest.raises(decisions.DecisionError, match="before"):
        decisions.undo(stale, rep)
    assert len(code) == 1


@pytest.mark.parametrize("call", ["", "os.system", "leads.services.decisions.log"])
def test_data_never_names_a_function(lead, rep, call):
    row = made(lead, undo={"call": call})
    assert not decisions.can_undo(row)
    with pytest.raises(decisions.DecisionError):
        decisions.undo(row, rep)


def test_a_failed_undo_leaves_the_decision_open(lead, rep, code):
    @decisions.undoes("test.fails")
    def fails(decision, user):
        raise decisions.DecisionError("Gone.")

    row = made(lead, undo={"call": "test.fails"})
    with pytest.raises(decisions.DecisionError, match="Gone"):
        decisions.undo(row, rep)
    del decisions.UNDOS["test.fails"]
    assert Decision.objects.get(pk=row.pk).state == "done"


def test_a_proposal_is_accepted_or_dismissed_once(lead, rep):
    row = made(lead, state="proposed")
    assert decisions.settle(row, "dismissed", rep)
    assert not decisions.settle(row, "accepted", rep)
    assert Decision.objects.get(pk=row.pk).state == "dismissed"


def test_an_unknown_rule_still_has_a_name():
    assert decisions.label_of("moon_phase") == "Moon phase"
    assert decisions.label_of("pause.replied") == "Pause on an answer"
