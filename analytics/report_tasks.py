"""Queued work of PDF reports. Each may run twice."""

import logging

from django.http import Http404
from django.utils import timezone

from analytics.models import Report
from analytics.report_asked import asked
from analytics.services import report_parts, reports
from salesagent.lib import jobs

log = logging.getLogger("salesagent.reports")
GONE = "You no longer see these numbers, so the report was not made."


def make_report(job_id: int) -> None:
    """Draw one report that somebody asked for."""
    with jobs.Reporter(job_id) as say:
        if not say.mine:
            return
        report = Report.objects.select_related("user").get(pk=say.job.data["report"])
        say(done=10, total=100, step="Reads the numbers", force=True)
        try:
            reports.write(report, asked(report))
        except Http404:
            reports.failed(report, GONE)
        say(done=100, total=100, step="Ready", force=True)
        made = f"{report.pk}/" if reports.is_there(report) else ""
        say.job.result_url = f"/analytics/reports/{made}"


def weekly() -> None:
    """Monday's mail to owner and managers; who could not get it is tried until Tuesday."""
    week = reports.last_week(timezone.now())
    if week is None:
        return
    for user in reports.readers():
        report = reports.weekly_for(user, week)
        if report.mailed_at is None:
            _send(report)


def _send(report: Report) -> None:
    """One failing mail does not keep the others from leaving."""
    try:
        wanted = asked(report)
        reports.write(report, wanted)
        reports.mail(report, report_parts.mail_facts(wanted.sums))
    except Exception:
        log.exception("The weekly report %s could not be sent; tried again.", report.pk)


def forget() -> None:
    """Each night: what is older than three months."""
    reports.forget_old(timezone.now())
