"""The test's part of the sequence page: who starts and stops it, and what it says."""

import uuid
from typing import Any

import pytest
from django.urls import reverse

from outreach.models import Experiment, Sequence
from outreach.services import experiment_counts, experiments, sequences
from outreach.services.sequences import current_steps


@pytest.fixture
def key(sequence: Sequence, rep: Any, workspace: Any) -> uuid.UUID:
    key = current_steps(sequence)[0].key
    sequences.add_variant(sequence, key, user=rep)
    return key


@pytest.fixture
def enough(monkeypatch: Any) -> None:
    monkeypatch.setattr(experiments.always_valid, "smallest_gap", lambda *_: 0.05)


def _post(client: Any, sequence: Sequence, key: uuid.UUID, **data: str) -> Any:
    url = reverse("outreach:step_test_texts", args=[sequence.pk, key])
    return client.post(url, data, follow=True)


def _page(client: Any, sequence: Sequence, key: uuid.UUID) -> str:
    url = reverse("outreach:sequence", args=[sequence.pk])
    return str(client.get(f"{url}?step={key}").content.decode())


def test_start_and_stop(
    sequence: Sequence, key: uuid.UUID, rep: Any, as_user: Any, enough: None
) -> None:
    client = as_user(rep)
    assert "Start a test" in _page(client, sequence, key)
    page = _post(client, sequence, key, action="start", least_gain="0.05").content.decode()
    assert "The test runs. The sequence goes on as before." in page
    assert "Needs about" in page and "No clear difference yet." in page
    assert Experiment.objects.get().started_by == rep
    page = _post(client, sequence, key, action="stop").content.decode()
    assert "Tests that ended" in page and "Stopped by Jonas Weber before it could tell." in page
    page = _post(client, sequence, key, action="stop").content.decode()
    assert "No test of this touch runs." in page


def test_a_list_too_small_says_so(
    sequence: Sequence, key: uuid.UUID, rep: Any, as_user: Any
) -> None:
    page = _page(as_user(rep), sequence, key)
    assert "This list cannot answer it: 0 people are too few to show any gap" in page
    assert "Start a test" not in page


@pytest.mark.parametrize("gain", ["0.02", "0.5", "x", ""])
def test_a_gap_it_cannot_show_is_refused(
    gain: str, sequence: Sequence, key: uuid.UUID, rep: Any, as_user: Any, enough: None
) -> None:
    _post(as_user(rep), sequence, key, action="start", least_gain=gain)
    assert not Experiment.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("manager", 200), ("owner", 200), ("mate", 404)])
def test_managers_may_and_colleagues_may_not(
    who: str, status: int, sequence: Sequence, key: uuid.UUID, as_user: Any, enough: None,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    client = as_user(request.getfixturevalue(who))
    found = _post(client, sequence, key, action="start", least_gain="0.05")
    assert found.status_code == status
    assert Experiment.objects.exists() == (status == 200)


def test_a_colleague_reads_it_without_buttons(
    sequence: Sequence, key: uuid.UUID, rep: Any, mate: Any, as_user: Any, enough: None
) -> None:
    experiments.start(sequence, key, user=rep, least_gain=0.05)
    page = _page(as_user(mate), sequence, key)
    assert "A/B test" in page and "Stop the test" not in page


def test_the_tabs_show_the_shares_of_the_test(
    sequence: Sequence, key: uuid.UUID, rep: Any, as_user: Any, enough: None
) -> None:
    test = experiments.start(sequence, key, user=rep, least_gain=0.05)
    test.result["arms"]["B"]["share"] = 0.73
    test.save()
    assert '<span class="num">73%</span>' in _page(as_user(rep), sequence, key)


def test_changed_words_are_told(
    sequence: Sequence, key: uuid.UUID, rep: Any, as_user: Any, enough: None
) -> None:
    test = experiments.start(sequence, key, user=rep, least_gain=0.05)
    test.result["restarts"] = [{"at": "2026-11-03T10:00:00+00:00", "labels": ["B"]}]
    test.save()
    page = _page(as_user(rep), sequence, key)
    assert "The words of B changed on 3 November: the count began anew." in page


def test_a_winner_is_told_with_the_way_back(
    sequence: Sequence, key: uuid.UUID, rep: Any, as_user: Any, enough: None, monkeypatch: Any
) -> None:
    test = experiments.start(sequence, key, user=rep, least_gain=0.05)
    arms = {"A": experiments.Arm(1500, 75), "B": experiments.Arm(1500, 150)}
    counts = {label: experiment_counts.Count(1500, 1500, 150, arm) for label, arm in arms.items()}
    monkeypatch.setattr(experiment_counts, "count", lambda *_: counts)
    experiments.look(test)
    page = _page(as_user(rep), sequence, key)
    assert "Everybody gets B from now on." in page and "Take it back" in page
    assert "B is answered more often: 10.0% (150 of 1,500)" in page
