"""Heads that learn from what people corrected: trained apart, published only when not worse.

The training runs in a process of its own (scikit-learn is large); this only hands over texts and
keeps files: the heads in use, those before, and what each was measured at.
"""

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from leads.models import Correction
from leads.services import corrections
from salesagent.accounts.models import User
from salesagent.ai import heads
from salesagent.lib import jobs, memory
from salesagent.lib.models import Job

NEW_BEFORE_TRAINING = 20  # corrections that wait for a training by night
MOST = 2000  # of the newest corrections
KEPT = 5  # older heads that can be taken back
SECONDS = 540  # the queue gives a task 600
NEEDED_MB = 500  # measured: 480 at the peak, with all of the shipped replies
KIND = "label"
JOB_KIND = "train_heads"
log = logging.getLogger(__name__)
NAMES = {"opt_out": "unsubscribe"}  # the corpus' word


class LearningError(Exception):
    """Why the heads could not be trained or exchanged, in words for the person who tried."""


@dataclass(frozen=True)
class Outcome:
    published: bool
    words: str
    measured: dict[str, Any]
    learned: int = 0


def waiting() -> int:
    """Corrections of classes that no training has used yet."""
    return corrections.to_learn(KIND).filter(used_in="").count()


def start(owner: User | None) -> Job:
    """Queue a training; the one that waits or runs, if there is one."""
    unfinished = (Job.State.QUEUED, Job.State.RUNNING)
    if job := Job.objects.filter(kind=JOB_KIND, state__in=unfinished).first():
        return job
    return jobs.start(
        kind=JOB_KIND,
        title="Learning from corrections",
        task="outreach.tasks.train_heads",
        owner=owner,
        can_stop=False,
    )


def start_when_due() -> Job | None:
    """The nightly try: None when too little is new."""
    return start(None) if waiting() >= NEW_BEFORE_TRAINING else None


def run(job_id: int) -> None:
    """The queued training. A failure stands in the job, in words."""
    try:
        with jobs.Reporter(job_id) as report:
            if report.mine:
                report(done=0, total=1, step="Training", force=True)
                outcome = train()
                report(done=1, total=1, step=outcome.words[:120], force=True)
    except LearningError as error:
        log.warning("The heads were not trained: %s", error)


def train() -> Outcome:
    """Train on everything, publish when the held-out replies are read no worse than before."""
    used = list(corrections.to_learn(KIND).select_related("event").order_by("-pk")[:MOST])
    rows = [row for one in used if (row := _row(one))]
    _room()
    target = heads.folder() / "heads.new.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    told = _in_a_process(rows, target)
    outcome = _judged(told, target, len(rows))
    if outcome.published:
        corrections.mark_used([one.pk for one in used], f"heads {told['sha256'][:12]}")
    return outcome


def _row(one: Correction) -> dict[str, Any] | None:
    """A corrected answer as a line of the corpus; None when its text is gone."""
    if one.event is None or one.event.redacted_at is not None or not one.event.body.strip():
        return None
    return {
        "text": one.event.body[:8000],
        "labels": [NAMES.get(one.after, one.after)],
        "author": f"person-{one.event.lead_id}",
    }


def _room() -> None:
    free = memory.free_mb()
    if free is not None and free < NEEDED_MB:
        raise LearningError(f"{free} MB of memory are free, training needs {NEEDED_MB}.")


def _in_a_process(rows: Sequence[dict[str, Any]], target: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "salesagent.ai.train", str(target)]
    lines = "\n".join(json.dumps(row) for row in rows)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(  # noqa: S603 our own interpreter and module
            command, input=lines, capture_output=True, text=True, timeout=SECONDS, check=False,
            cwd=settings.BASE_DIR, env=environment,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise LearningError("The training took too long and was ended.") from None
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no word why"]
        raise LearningError(f"The training failed: {last[0][:200]}")
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def _judged(told: dict[str, Any], target: Path, learned: int) -> Outcome:
    measured = told["measured"]
    right, before = float(measured["right"]), _measured_before()
    if right < before:
        target.unlink(missing_ok=True)
        words = f"Not used: {right:.1%} right instead of {before:.1%}. The old heads stay."
        return Outcome(False, words, measured, learned)
    if hashlib.sha256(target.read_bytes()).hexdigest() != told["sha256"]:
        raise LearningError("The trained file is not the one that was written.")
    _publish(target, str(told["sha256"]))
    return Outcome(True, f"In use: {right:.1%} right on replies held out.", measured, learned)


def _measured_before() -> float:
    try:
        return float(heads.current().made["measured"]["right"])
    except (heads.HeadsError, KeyError):
        return 0.0


def _publish(target: Path, sha256: str) -> None:
    """The old ones are kept; the hash is written first, so a half exchange falls back to ours."""
    now = heads.folder() / heads.LEARNED
    sign = now.with_suffix(".json.sha256")
    if now.exists():
        _keep(now, sign)
    sign.write_text(f"{sha256}  {heads.LEARNED}\n", encoding="ascii")
    target.replace(now)
    heads.unload()


def _keep(now: Path, sign: Path) -> None:
    numbers = [int(path.stem.rpartition("-")[2]) for path in _older()]
    number = max(numbers, default=0) + 1
    shutil.copy2(now, now.with_name(f"heads-{number}.json"))
    if sign.exists():
        shutil.copy2(sign, now.with_name(f"heads-{number}.json.sha256"))
    for path in _older()[:-KEPT]:
        path.unlink(missing_ok=True)
        path.with_suffix(".json.sha256").unlink(missing_ok=True)


def _older() -> list[Path]:
    found = heads.folder().glob("heads-*.json")
    numbered = [path for path in found if path.stem.rpartition("-")[2].isdecimal()]
    return sorted(numbered, key=lambda path: int(path.stem.rpartition("-")[2]))


def roll_back() -> str:
    """The heads before the ones in use; without older ones those that came with the product."""
    now = heads.folder() / heads.LEARNED
    sign = now.with_suffix(".json.sha256")
    older = _older()
    if older:
        older[-1].with_suffix(".json.sha256").replace(sign)
        older[-1].replace(now)
        words = "The heads before are in use again."
    elif now.exists():
        now.unlink()
        sign.unlink(missing_ok=True)
        words = "The heads that came with the product are in use again."
    else:
        raise LearningError("Nothing has been learned yet: these are the product's own heads.")
    heads.unload()
    return words
