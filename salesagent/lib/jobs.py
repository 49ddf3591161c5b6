"""Long work that a person can watch, stop and leave: start, report, finish.

A worker reports at most once a second or each one per cent (UI.md section 9). The work itself is a
queued task that takes the job's id; a second run of the same task finds the job started and leaves.
"""

import time
from collections.abc import Mapping

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from salesagent.lib.models import Job
from salesagent.lib.tasks import enqueue

REPORT_EVERY = 1.0  # seconds


class Stopped(Exception):
    """Somebody pressed Stop; the worker ends at the next safe point and says what it did."""


@transaction.atomic
def start(
    *,
    kind: str,
    title: str,
    task: str,
    owner: AbstractBaseUser | None,
    total: int = 0,
    data: Mapping[str, object] | None = None,
    can_stop: bool = True,
) -> Job:
    """Create the row and queue `task(job_id)` in the same transaction."""
    job = Job.objects.create(
        kind=kind,
        title=title,
        owner=owner,
        total=total,
        data=dict(data or {}),
        can_stop=can_stop,  # type: ignore[misc]
    )
    enqueue(task, job.pk)
    return job


def ask_stop(job: Job) -> bool:
    """True when the worker will see it; False when the job had ended or cannot be stopped."""
    rows = Job.objects.filter(
        pk=job.pk, can_stop=True, state__in=[Job.State.QUEUED, Job.State.RUNNING]
    )
    return rows.update(stop_asked=True, updated_at=timezone.now()) == 1


class Reporter:
    """The worker's hand on its job: `with jobs.Reporter(job_id) as report: report(done=..)`.

    Leaving the block ends the job: done, stopped (after Stopped) or failed (any other error, which
    is raised on). `report()` raises Stopped when a person asked for it.
    """

    def __init__(self, job_id: int) -> None:
        self.job = Job.objects.get(pk=job_id)
        self.mine = False
        self._last = 0.0
        self._last_done = 0

    def __enter__(self) -> "Reporter":
        now = timezone.now()
        rows = Job.objects.filter(pk=self.job.pk, state=Job.State.QUEUED)
        self.mine = rows.update(state=Job.State.RUNNING, started_at=now, updated_at=now) == 1
        self.job.refresh_from_db()
        return self

    def __call__(
        self,
        *,
        done: int,
        total: int | None = None,
        step: str | None = None,
        force: bool = False,
        **counters: int,
    ) -> None:
        """Note progress. Cheap: writes at most once a second or when a per cent was passed."""
        job = self.job
        job.done = done
        job.total = job.total if total is None else total
        job.step = job.step if step is None else step
        job.counters = {**job.counters, **counters}
        percent = job.total and (done - self._last_done) * 100 >= job.total
        if force or percent or time.monotonic() - self._last >= REPORT_EVERY:
            self._write()

    def _write(self) -> None:
        self._last, self._last_done = time.monotonic(), self.job.done
        fields = {
            name: getattr(self.job, name)
            for name in ("done", "total", "step", "counters", "data", "result_url")
        }
        Job.objects.filter(pk=self.job.pk).update(updated_at=timezone.now(), **fields)
        if Job.objects.filter(pk=self.job.pk, stop_asked=True).exists():
            raise Stopped

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> bool:
        if not self.mine:
            return False
        state = Job.State.DONE
        if kind is not None:
            state = Job.State.STOPPED if issubclass(kind, Stopped) else Job.State.FAILED
        self.job.state = state
        if state == Job.State.FAILED:
            self.job.error = str(error)[:500] or kind.__name__ if kind else ""
        self.job.finished_at = timezone.now()
        self.job.save()
        return state == Job.State.STOPPED


def seconds_left(job: Job) -> int | None:
    """A guess from the pace so far; None before a tenth is done."""
    if not job.total or not job.started_at or job.done * 10 < job.total or job.finished:
        return None
    spent = (timezone.now() - job.started_at).total_seconds()
    return round(spent * (job.total - job.done) / max(job.done, 1))


def poll_seconds(job: Job) -> int:
    """How often a page asks: 2 s, then 5 s after a minute, 15 s after five."""
    age = (timezone.now() - job.created_at).total_seconds()
    return 2 if age < 60 else 5 if age < 300 else 15
