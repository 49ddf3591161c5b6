"""Heads learned from corrections: gated, signed, kept, taken back. The training itself is faked."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from leads import thread
from leads.models import Correction
from leads.services import corrections
from outreach.services import learning
from salesagent.ai import heads


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(learning.memory, "free_mb", lambda: None)
    heads.unload()
    yield tmp_path / "models"
    heads.unload()


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A training that writes the shipped heads once more, with a mark of its own."""
    seen: list[Any] = []

    def fake(right: float, mark: str = " ", sha256: str = "") -> list[Any]:
        def process(rows: Any, target: Path) -> dict[str, Any]:
            seen.append(rows)
            data = heads.SHIPPED.read_bytes() + mark.encode()
            target.write_bytes(data)
            digest = sha256 or hashlib.sha256(data).hexdigest()
            return {"sha256": digest, "measured": {"right": right}}

        monkeypatch.setattr(learning, "_in_a_process", process)
        return seen

    return fake


def correction(lead: Any, user: Any, text: str) -> Correction:
    event = thread.record(
        lead=lead, kind="reply.received", actor="lead", channel="email", body=text,
        data={"subject": "Re"},
    )  # fmt: skip
    return corrections.correct(
        kind="label", lead=lead, subject=f"event:{event.pk if event else 0}", before="other",
        after="opt_out", user=user, event=event,
    )  # fmt: skip


@pytest.mark.django_db
def test_better_heads_are_used_and_the_corrections_marked(
    lead: Any, rep: Any, trained: Any, folder: Path
) -> None:
    seen = trained(0.99)
    row = correction(lead, rep, "Enough, please")
    outcome = learning.train()
    assert outcome.published
    assert seen[0][0]["labels"] == ["unsubscribe"]
    row.refresh_from_db()
    assert row.used_in.startswith("heads ")
    assert (
        heads.current().sha256 == hashlib.sha256((folder / "heads.json").read_bytes()).hexdigest()
    )


@pytest.mark.django_db
def test_worse_heads_are_not_used(lead: Any, rep: Any, trained: Any, folder: Path) -> None:
    trained(0.2)
    row = correction(lead, rep, "Enough, please")
    assert not learning.train().published
    row.refresh_from_db()
    assert row.used_in == ""
    assert list(folder.glob("heads*.json")) == []


@pytest.mark.django_db
def test_a_file_that_is_not_what_was_written_is_refused(trained: Any) -> None:
    trained(0.99, sha256="0" * 64)
    with pytest.raises(learning.LearningError):
        learning.train()


@pytest.mark.django_db
def test_the_heads_before_come_back(trained: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = heads.current().sha256
    trained(0.98, mark=" ")
    learning.train()
    first = heads.current().sha256
    trained(0.99, mark="\n")
    heads.unload()
    monkeypatch.setattr(learning, "_measured_before", lambda: 0.0)
    learning.train()
    assert heads.current().sha256 not in (first, shipped)
    learning.roll_back()
    assert heads.current().sha256 == first
    learning.roll_back()
    assert heads.current().sha256 == shipped
    with pytest.raises(learning.LearningError):
        learning.roll_back()


@pytest.mark.django_db
def test_too_few_corrections_wait(lead: Any, rep: Any, trained: Any) -> None:
    trained(0.99)
    correction(lead, rep, "Enough")
    assert learning.start_when_due() is None


@pytest.mark.django_db
def test_without_memory_nothing_is_trained(trained: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(0.99)
    monkeypatch.setattr(learning.memory, "free_mb", lambda: 100)
    with pytest.raises(learning.LearningError, match="100 MB"):
        learning.train()
