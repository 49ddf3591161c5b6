"""A job in the words of its progress line (templates/partials/_job.html)."""

from dataclasses import dataclass

from salesagent.lib import jobs
from salesagent.lib.models import Job
from salesagent.lib.text import plural


@dataclass(frozen=True)
class Shown:
    """What the progress line needs. `say` is spoken, so it changes at each quarter only."""

    job: Job
    line: str
    left: str
    say: str
    poll: int
    go: bool = False  # open the job's result when it ends


def show(job: Job, *, go: bool = False) -> Shown:
    return Shown(
        job=job,
        line=_line(job),
        left=_left(job),
        say=_say(job),
        poll=jobs.poll_seconds(job),
        go=go,
    )


def _line(job: Job) -> str:
    """ "412 of 640 rows, 9 repeated, 3 not usable." """
    if job.state == Job.State.QUEUED:
        return "Waits for its turn."
    unit = str(job.data.get("unit") or "")
    if unit == "%":
        return f"{job.step or 'Begins'}, {job.done}\N{NO-BREAK SPACE}%."
    amount = f"{job.done:,} of {job.total:,} {unit}" if job.total else f"{job.done:,} {unit}"
    counted = (f"{n:,} {name.replace('_', ' ')}" for name, n in job.counters.items() if n)
    return ", ".join([amount.strip(), *counted]) + "."


def _left(job: Job) -> str:
    if job.stop_asked and not job.finished:
        return "Stops after this part."
    seconds = jobs.seconds_left(job)
    if seconds is None:
        return ""
    if seconds < 90:
        return f"About {plural(max(5, round(seconds / 5) * 5), 'second')}."
    return f"About {plural(round(seconds / 60), 'minute')}."


def _say(job: Job) -> str:
    ends = {
        Job.State.DONE: "is done",
        Job.State.STOPPED: "was stopped",
        Job.State.FAILED: "failed",
    }
    if job.finished:
        return f"{job.title} {ends[Job.State(job.state)]}"
    quarter = job.done * 4 // job.total * 25 if job.total else 0
    return f"{job.title}, {quarter} per cent" if quarter else f"{job.title} has started"
