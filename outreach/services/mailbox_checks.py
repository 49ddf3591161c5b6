"""Check connection: signing in to two servers can take a minute, so it is queued and watched."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from outreach.models import Mailbox
from outreach.services import mailboxes
from outreach.services.mailboxes import Step
from salesagent.accounts.models import User
from salesagent.lib import jobs
from salesagent.lib.models import Job

KIND = "mailbox-check"
SHOWN = timedelta(minutes=30)  # how long a result stays on the page
LOST = timedelta(minutes=10)  # after that another may be started


@dataclass(frozen=True)
class Result:
    """What a check found; `folders` of the account, where it works."""

    steps: tuple[Step, ...]
    folders: tuple[str, ...] = ()

    @property
    def works(self) -> bool:
        return all(step.ok for step in self.steps)


@transaction.atomic
def start(mailbox: Mailbox, *, user: User) -> Job:
    """Queue a check, or take the one that runs already."""
    running = last_job(mailbox, user)
    if running is not None and not running.finished:
        return running
    return jobs.start(
        kind=KIND,
        title=f"Checking {mailbox.address}",
        task="outreach.tasks.check_mailbox",
        owner=user,
        data={"mailbox": mailbox.pk},
        can_stop=False,
    )


def last_job(mailbox: Mailbox, user: User) -> Job | None:
    """The user's newest check of this mailbox that still says something."""
    now = timezone.now()
    rows = Job.objects.filter(owner=user, kind=KIND, data__mailbox=mailbox.pk)
    job = rows.filter(created_at__gt=now - SHOWN).first()
    if job is None or not job.finished and job.updated_at < now - LOST:
        return None
    return job


def run(job_id: int) -> None:
    """The queued part. Never fails for what a server does: that is a step that does not work."""
    with jobs.Reporter(job_id) as report:
        if not report.mine:
            return
        job = report.job
        job.result_url = reverse("outreach:mailbox", args=[job.data["mailbox"]])
        mailbox = Mailbox.objects.defer("password").filter(pk=job.data["mailbox"]).first()
        if mailbox is None:
            job.data |= {"steps": [[False, "The mailbox was removed."]]}
            return
        steps = mailboxes.test(mailbox)
        job.data |= {"steps": [[step.ok, step.text] for step in steps]}
        if all(step.ok for step in steps):
            job.data |= _folders(mailbox)


def _folders(mailbox: Mailbox) -> dict[str, Any]:
    try:
        return {"folders": mailboxes.folders(mailbox)}
    except mailboxes.MailboxError:
        return {}  # the check itself has said what works


def result(job: Job | None) -> Result | None:
    """What a finished check found."""
    if job is None or not job.finished:
        return None
    rows = job.data.get("steps") or [[False, job.error or "The check was broken off."]]
    steps = tuple(Step(bool(ok), str(text)) for ok, text in rows)
    return Result(steps, tuple(job.data.get("folders", ())))
