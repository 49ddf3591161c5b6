"""Queued work of leads. Each takes an id and may run twice."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from leads.models import ThreadEvent
from leads.services import bulk, profile, score_training, scoring, snapshots
from salesagent.lib import ai_ledger, jobs, mail_folder, webhook
from salesagent.lib.models import Job

KEEP_JOBS = timedelta(days=30)


def score_lead(event_id: int) -> None:
    """Reaction to an event: score its lead again."""
    event = ThreadEvent.objects.select_related("lead__company").filter(pk=event_id).first()
    if event is not None and event.lead.erased_at is None:
        scoring.score_lead(event.lead)


def refresh_profile(event_id: int) -> None:
    """Reaction to a signal: count the profile of its lead anew."""
    event = ThreadEvent.objects.filter(pk=event_id).only("lead_id").first()
    if event is not None:
        profile.refresh([event.lead_id])


def refresh_profiles() -> None:
    profile.refresh_stale()


def rescore_stale() -> None:
    scoring.rescore_stale()


def rescore_all(job_id: int) -> None:
    """After a change of the card: every lead that is not archived."""
    with jobs.Reporter(job_id) as report:
        if report.mine:
            scoring.rescore_all(lambda done, total: report(done=done, total=total))


def train_score(job_id: int) -> None:
    """The owner asked to learn from the outcomes."""
    with jobs.Reporter(job_id) as report:
        if report.mine:
            score_training.run(report, report.job.owner)


def learn_score() -> None:
    """Each night, when enough is new."""
    score_training.learn_if_due()


def bulk_change(job_id: int) -> None:
    """A bulk action on too many leads for one request."""
    with jobs.Reporter(job_id) as report:
        if report.mine:
            bulk.run(report.job, lambda done: report(done=done))


def housekeeping() -> None:
    """Sessions that ended, jobs and webhooks of the month before, old system mail; of imports:
    leads.import_tasks."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    Job.objects.filter(finished_at__lt=now - KEEP_JOBS).delete()
    webhook.forget_old()
    ai_ledger.forget_old()
    mail_folder.forget_old()
    snapshots.thin()
