"""Learning from outcomes: what is seen of a lead, what is not, versions, and altered files."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from leads import thread
from leads.models import Decision, FeatureSnapshot, Lead, ScoreModel
from leads.scoring import process
from leads.services import decisions, lifecycle, score_models, score_training, scoring, snapshots
from leads.tests.scored import ended, said_no
from salesagent.accounts.models import Workspace
from salesagent.lib.models import Job

State = ScoreModel.State
IN_PROCESS = score_training.in_process


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Any, monkeypatch: Any) -> None:
    """A folder of its own, and learning in this process, which is faster."""
    settings.DATA_DIR = tmp_path
    score_models._read.clear()
    monkeypatch.setattr(
        score_training, "in_process", lambda asked: process.answer(json.loads(json.dumps(asked)))
    )


@pytest.fixture
def real_process(monkeypatch: Any) -> None:
    monkeypatch.setattr(score_training, "in_process", IN_PROCESS)


def snapshot(lead: Lead, days: int, stage: str = "contacted", **values: object) -> None:
    day = timezone.localdate() - timedelta(days=days)
    FeatureSnapshot.objects.create(lead=lead, day=day, values=values, stage=stage)


def test_the_row_is_from_before_the_meeting_and_a_day_before_the_end(lead: Lead, rep: Any) -> None:
    snapshot(lead, 30, mark="early")
    snapshot(lead, 20, mark="last before the meeting")
    snapshot(lead, 10, stage="meeting", mark="meeting")
    snapshot(lead, 5, mark="back to engaged")
    snapshot(lead, 0, mark="the day it closed")
    lifecycle.change_stage(lead, "won", rep)
    found = score_training.collect()
    assert found.closed == [({"mark": "last before the meeting"}, True)]


def test_a_lead_without_a_row_from_before_is_left_out(lead: Lead, rep: Any) -> None:
    lifecycle.change_stage(lead, "lost", rep)
    snapshot(lead, 0, mark="closing day")
    found = score_training.collect()
    assert (found.closed, found.left_out) == ([], 1)


def test_who_says_no_or_stop_counts_as_lost_unless_it_changed(lead: Lead, rep: Any) -> None:
    other = Lead.objects.create(first_name="O", owner=rep, stage="contacted")
    for one in (lead, other):
        snapshot(one, 9)
        said_no(one)
    said_no(other, "interested")
    assert list(score_training.ends()) == [lead.pk]
    assert score_training.collect().wins == 0
    data = {"channel": "all", "reason": "opted_out", "source": "link"}
    thread.record(lead=other, kind="lead.suppressed", actor="lead", data=data)
    assert set(score_training.ends()) == {lead.pk, other.pk}
    lifecycle.change_stage(other, "won", rep)
    assert score_training.ends()[other.pk].won is True


def test_what_is_written_at_the_close_is_never_learned(rep: Any) -> None:
    """A planted leak: at the close a tag and a field tell the outcome; rows know neither."""
    for lead in ended(rep, 12, 12):
        won = Lead.objects.get(pk=lead.pk).stage == "won"
        lead.tags, lead.custom = (["customer"] if won else ["gone"]), {"why": "x" if won else "y"}
        lead.stage = "won" if won else "lost"
        lead.save()
        scoring.score_lead(lead)
    rows = score_training.collect().closed
    assert len(rows) == 24
    assert not {"tags", "custom.why", "stage"} & {name for row, _ in rows for name in row}
    assert FeatureSnapshot.objects.count() == 24  # closed leads get no new ones


def test_a_column_that_tells_the_outcome_raises_the_alarm_and_is_left_out(rep: Any) -> None:
    for lead in ended(rep, 30, 30):
        row = FeatureSnapshot.objects.get(lead=lead)
        stage = Lead.objects.get(pk=lead.pk).stage
        row.values["custom.Invoice"] = "sent" if stage == "won" else "none"
        row.save()
    made = score_training.train()
    assert made.warnings == ["custom.Invoice"]
    assert "Invoice" not in str(made.artefact.get("encoder"))
    assert "Leak alarm: custom.Invoice" in made.verdict


def test_learning_publishes_scores_again_and_can_be_undone(
    rep: Any, owner: Any, lead: Lead, run_queue: Any, real_process: None
) -> None:
    ended(rep, 40, 40)
    Lead.objects.filter(pk=lead.pk).update(stage="contacted")
    job = score_training.start(owner)
    run_queue()
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.DONE, "")
    made = ScoreModel.objects.get()
    assert made.state == State.CHAMPION, made.verdict
    assert (made.outcomes, made.wins, made.by) == (80, 40, owner)
    assert made.metrics["peak MB"] < 200  # a process of its own
    lead.refresh_from_db()
    assert lead.score_state.endswith("from 80 outcomes")
    assert lead.score == sum(points for _, points in lead.score_reasons)
    assert score_models.problem() == ""
    assert score_models.in_use().interval(FeatureSnapshot.objects.get(lead=lead).values)
    said = Decision.objects.get(rule=score_models.RULE)
    assert decisions.undo(said, owner) == "Leads are scored by your rules again."
    assert score_models.in_use().state == "rules"
    assert score_training.learn_if_due() is None  # the owner went back: only the owner goes on
    assert score_models.use(made.number, owner) and score_models.champion() == made


def test_an_altered_pickle_is_said_and_the_numbers_go_on(rep: Any, owner: Any) -> None:
    ended(rep, 40, 40)
    made = score_training.train()
    path = score_models.folder() / made.pickle
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert "was altered" in score_models.problem()
    assert score_models.in_use().outcomes == 80
    path.unlink()
    assert "cannot be read" in score_models.problem()


def test_altered_numbers_are_not_used(rep: Any, lead: Lead) -> None:
    ended(rep, 40, 40)
    made = score_training.train()
    made.artefact["intercept"] += 1
    made.save()
    score_models._read.clear()
    assert score_models.in_use().state == "rules"
    assert "by your rules" in score_models.problem()
    scoring.score_lead(lead)
    assert lead.score_state == "rules"


def test_the_owners_new_points_count_at_once(rep: Any, lead: Lead, workspace: Any) -> None:
    ended(rep, 40, 40)
    score_training.train()
    before = scoring.compute([lead])[0]
    card = {**score_models.card_in_use(), "points_at_base": 45}
    Workspace.objects.update(points_card=card)
    assert scoring.compute([lead])[0].number == before.number + 20


def test_few_outcomes_need_no_process_and_are_told(rep: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(score_training, "in_process", None)
    ended(rep, 3, 2)
    assert score_training.learn_if_due() is None
    assert score_training.train().verdict.startswith("Learning starts at 10 won and 10 lost leads")


def test_the_command_says_what_came_of_it(rep: Any, capsys: Any) -> None:
    ended(rep, 4, 2)
    call_command("train_score")
    said = capsys.readouterr().out
    assert "6 outcomes, 4 won" in said and "Version 1: not used." in said


def test_five_versions_are_kept(rep: Any, owner: Any) -> None:
    ended(rep, 40, 40)
    first = score_training.train()
    for n in range(2, 9):
        ScoreModel.objects.create(
            number=n, state=State.FORMER, artefact=first.artefact, sha256=first.sha256
        )
    score_models._prune()
    kept = set(ScoreModel.objects.values_list("number", flat=True))
    assert kept == {1, 4, 5, 6, 7, 8}  # the one in use is never dropped


def test_a_failing_process_is_told_in_words() -> None:
    with pytest.raises(score_training.TrainingError, match="Learning failed"):
        IN_PROCESS({"closed": []})


def test_a_snapshot_a_day_and_only_when_something_changed(lead: Lead) -> None:
    scoring.score_lead(lead)
    assert not FeatureSnapshot.objects.exists()  # nobody has touched it yet
    Lead.objects.filter(pk=lead.pk).update(stage="contacted")
    lead.refresh_from_db()
    for _ in range(2):
        scoring.score_batch([lead])
    one = FeatureSnapshot.objects.get()
    assert one.stage == "contacted" and one.values["email"].startswith("@")
    FeatureSnapshot.objects.update(day=timezone.localdate() - timedelta(days=3))
    scoring.score_batch([lead])
    assert FeatureSnapshot.objects.count() == 1
    lead.title = "Founder"
    scoring.score_batch([lead])
    assert FeatureSnapshot.objects.count() == 2


def test_old_snapshots_are_thinned_to_one_a_month(lead: Lead) -> None:
    today = timezone.localdate().replace(day=15)
    for days in (1, 63, 64, 65, 66, 4 * 365):
        day = today - timedelta(days=days)
        FeatureSnapshot.objects.create(lead=lead, day=day, stage="contacted")
    assert snapshots.thin(today) == 4
    kept = FeatureSnapshot.objects.order_by("day").values_list("day", flat=True)
    assert list(kept) == [today - timedelta(days=63), today - timedelta(days=1)]


def test_a_learned_score_costs_no_more_queries(
    rep: Any, lead: Lead, django_assert_max_num_queries: Any
) -> None:
    ended(rep, 40, 40)
    score_training.train()
    leads = list(Lead.objects.select_related("company"))
    scoring.score_batch(leads)
    with django_assert_max_num_queries(11):
        scoring.score_batch(leads)
