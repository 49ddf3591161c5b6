"""Queued work of duplicates. Nothing is merged here."""

from django.urls import reverse

from leads.models import ThreadEvent
from leads.services import duplicates
from salesagent.lib import jobs


def find() -> None:
    """Each night: compare everybody."""
    duplicates.find()


def find_now(job_id: int) -> None:
    """Somebody pressed "Look now"."""
    with jobs.Reporter(job_id) as report:
        if report.mine:
            total = report.job.total
            duplicates.find(lambda done: report(done=min(done, total)))
            report.job.result_url = f"{reverse('leads:duplicates')}?looked={job_id}"


def look_at(event_id: int) -> None:
    """Reaction: a lead is new."""
    event = ThreadEvent.objects.select_related("lead").filter(pk=event_id).first()
    if event is not None:
        duplicates.look_at(event.lead)
