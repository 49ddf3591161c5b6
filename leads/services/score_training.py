"""Learning the score from leads that ended: what ended how, what was known before, the process.

Won leads are positive. Lost ones, and those whose newest answer says no or who asked to stop, are
negative. Each counts with the newest snapshot from before its stage went past "engaged", taken on
a day before the outcome was known; a lead without one is left out. Stage, deals and what was noted
with the close are therefore never seen.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from leads.models import FeatureSnapshot, Lead, ScoreModel, ThreadEvent
from leads.scoring import gate
from leads.services import score_card, score_models
from salesagent.accounts.models import User
from salesagent.lib import jobs
from salesagent.lib.models import Job

JOB_KIND = "train_score"
EARLY = (Lead.Stage.NEW, Lead.Stage.CONTACTED, Lead.Stage.ENGAGED)
ENDED = {"won": True, "lost": False}
REFUSALS = frozenset({"not_interested", "opt_out"})
STOPPED = ("opted_out", "complaint")
MOST, MOST_OTHERS = 20_000, 3_000
NEW_OUTCOMES = 5  # before the system tries by itself
TIMEOUT = 540  # seconds; the queue gives a task 600
Row = Mapping[str, object]


class TrainingError(Exception):
    """Why learning failed, in words."""


@dataclass(frozen=True)
class Material:
    """`closed`, the oldest end first: row, won?; `others`: rows of open leads; `left_out`: leads
    that ended without a snapshot from before."""

    closed: list[tuple[Row, bool]]
    others: list[Row]
    left_out: int

    @property
    def wins(self) -> int:
        return sum(won for _, won in self.closed)


@dataclass(frozen=True)
class End:
    won: bool
    at: datetime


def collect() -> Material:
    """What there is to learn from now."""
    found = ends()
    rows = _rows_before(found)
    order = sorted(rows, key=lambda pk: (found[pk].at, pk))[-MOST:]
    closed = [(rows[pk], found[pk].won) for pk in order]
    return Material(closed, _others(found), len(found) - len(rows))


def ends() -> dict[int, End]:
    """How leads ended, and when that was known first. Erased people are not learned from."""
    found = {pk: End(False, at) for pk, at in _refused().items()}
    for pk, stage, at in _closed():
        before = found.get(pk)
        won = ENDED[stage]
        at = min(at, before.at) if before and not won else at
        found[pk] = End(won, at)
    return found


def _closed() -> Iterable[tuple[int, str, datetime]]:
    """(lead, stage, when) for leads that are won or lost; the newest change into that stage."""
    events = ThreadEvent.objects.filter(
        kind="lead.stage_changed", lead__stage__in=list(ENDED), lead__erased_at=None
    )
    rows = events.order_by("pk").values_list("lead_id", "data__to", "lead__stage", "occurred_at")
    newest = {pk: (stage, at) for pk, to, stage, at in rows.iterator() if to == stage}
    return [(pk, stage, at) for pk, (stage, at) in newest.items()]


def _refused() -> dict[int, datetime]:
    """Leads that were not won and whose newest answer says no, or who asked to stop."""
    mine = ThreadEvent.objects.exclude(lead__stage="won").filter(lead__erased_at=None)
    facts = ("lead_id", "data__event", "data__disposition", "occurred_at")
    said: dict[int, dict[int, tuple[str, datetime]]] = {}
    for pk, of, label, at in (
        mine.filter(kind="reply.classified").order_by("pk").values_list(*facts).iterator()
    ):
        first = said.setdefault(pk, {}).get(of)
        said[pk][of] = (str(label), first[1] if first else at)
    found = {}
    for pk, answers in said.items():
        label, at = answers[max(answers, key=lambda of: of or 0)]
        if label in REFUSALS:
            found[pk] = at
    stops = mine.filter(kind="lead.suppressed", data__reason__in=STOPPED).order_by("-pk")
    for pk, at in stops.values_list("lead_id", "occurred_at"):
        found[pk] = min(at, found.get(pk, at))
    return found


def _rows_before(found: Mapping[int, End]) -> dict[int, Row]:
    """For each lead the values of the newest snapshot that knows nothing of the end."""
    rows: dict[int, Row] = {}
    ids = list(found)
    for start in range(0, len(ids), 500):
        part = FeatureSnapshot.objects.filter(lead__in=ids[start : start + 500])
        past: set[int] = set()
        for one in part.order_by("lead_id", "day"):
            pk = one.lead_id
            if one.stage not in EARLY:
                past.add(pk)
            if pk not in past and one.day < timezone.localdate(found[pk].at):
                rows[pk] = one.values
    return rows


def _others(found: Mapping[int, End]) -> list[Row]:
    """The newest rows of leads that did not end: they say what is usual."""
    seen: dict[int, Row] = {}
    rows = FeatureSnapshot.objects.order_by("-pk").values_list("lead_id", "values")
    for pk, values in rows[: 2 * MOST_OTHERS]:
        if pk not in found:
            seen.setdefault(pk, values)
    return list(seen.values())[:MOST_OTHERS]


def start(user: User) -> Job:
    """Learn as a job that can be watched."""
    return jobs.start(
        kind=JOB_KIND,
        title="Learning from your outcomes",
        task="leads.tasks.train_score",
        owner=user,
        data={"unit": "outcomes"},
        can_stop=False,
    )


def train(by: User | None = None, material: Material | None = None) -> ScoreModel:
    """Collect, learn in a process of its own, store what the gate decided."""
    material = material or collect()
    if (short := gate.too_few(material.wins, len(material.closed))) is not None:
        return score_models.store(_short(material, short), by)
    model = score_models.learned()
    asked = {
        "closed": material.closed,
        "others": material.others,
        "card": score_models.card_in_use(),
        "champion": model.to_json() if model else None,
        "folder": str(score_models.folder()),
        "key": score_models.key().hex(),
    }
    return score_models.store(in_process(asked), by)


def _short(material: Material, reason: str) -> dict[str, Any]:
    """The answer that needs no process: too few outcomes."""
    counts = {"outcomes": len(material.closed), "wins": material.wins}
    nothing: dict[str, Any] = {"publish": False, "model": None, "leaks": [], "metrics": {}}
    return {**nothing, **counts, "version": "", "reason": reason}


def in_process(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What leads.scoring.process answers. Raises TrainingError."""
    keep = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    try:
        done = subprocess.run(  # noqa: S603 - our own module, our own interpreter
            [sys.executable, "-m", "leads.scoring.process"],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            cwd=settings.BASE_DIR,
            env=keep | one,
            timeout=TIMEOUT,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise TrainingError("Learning took too long and was stopped.") from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:] or [f"exit {error.returncode}"]
        raise TrainingError(f"Learning failed: {last[0][:200]}") from error
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def run(report: jobs.Reporter, by: User | None) -> ScoreModel:
    """Learn for a job; a version that is published scores every lead again, as the next job."""
    material = collect()
    known = len(material.closed)
    report(done=0, total=known, force=True)
    row = train(by, material)
    report(done=known, total=known, force=True)
    if row.state == ScoreModel.State.CHAMPION:
        score_card.rescore(by)
    return row


def learn_if_due() -> ScoreModel | None:
    """The nightly try."""
    material = collect()
    if not due(material):
        return None
    row = train(None, material)
    if row.state == ScoreModel.State.CHAMPION:
        score_card.rescore(None)
    return row


def due(material: Material) -> bool:
    """Whether the system should learn by itself: enough new outcomes, and the owner lets it.

    When the owner went back to the rules, only the owner starts again.
    """
    if gate.too_few(material.wins, len(material.closed)) is not None:
        return False
    in_use = score_models.champion()
    if in_use is None and ScoreModel.objects.filter(state=ScoreModel.State.FORMER).exists():
        return False
    last = ScoreModel.objects.first()
    wanted = NEW_OUTCOMES if in_use is None else gate.FEWEST_NEW
    return last is None or len(material.closed) - last.outcomes >= wanted
