"""PDF reports: ask for one, see how far it is, download it, remove it. Own ones only."""

from datetime import timedelta
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from analytics import report_asked, report_page
from analytics.access import scope_for
from analytics.models import Report
from analytics.selectors.period import Period
from analytics.services import report_parts, reports
from salesagent.accounts import audit, system_mail
from salesagent.accounts.access import current, manager_required
from salesagent.accounts.models import User
from salesagent.lib import toast
from salesagent.lib.job_view import show
from salesagent.lib.models import Job

SHOWN = 30
# what each holds, and whether reps have it too
KINDS = {
    "pipeline": ("Pipeline", "Open deals, forecast, what should close next, won and lost.", True),
    "team": ("Team", "Key numbers, trend, people, how fast you answer, channels and costs.", False),
    "weekly": ("Summary", "What Monday's mail brings, of the time chosen above.", True),
}


def kinds(user: User) -> dict[str, tuple[str, str, bool]]:
    return {key: one for key, one in KINDS.items() if one[2] or user.is_manager}


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    found = report_page.frame(request, "reports")
    rows = Report.objects.filter(user=found.user).select_related("user").order_by("-pk")[:SHOWN]
    context: dict[str, Any] = {
        "page": "analytics",
        "frame": found,
        "kinds": kinds(found.user),
        "reports": [_row(report, found.user) for report in rows],
        "running": _running(found.user),
    }
    return render(request, "analytics/reports.html", context)


def _row(report: Report, user: User) -> dict[str, Any]:
    """One line of the list."""
    segment = str(report.choices.get("segment", ""))
    about = [str(report.choices.get("whose", ""))]
    about += [report_page.segment_words(segment)] if segment else []
    theirs = report.kind in kinds(user) and reports.still_theirs(report)
    if not theirs:
        report.error = "It was made when you saw other people's numbers. Make it again."
    return {
        "report": report,
        "there": theirs and reports.is_there(report),
        "title": reports.title_of(report),
        "time": report_parts.days(Period(report.first_day, report.last_day)),
        "about": ", ".join(filter(None, about)),
    }


def _running(user: User) -> list[Any]:
    """Their lines end with the file to download; what was made before stands in the list."""
    rows = Job.objects.filter(owner=user, kind="report").order_by("-pk")[:3]
    return [show(job) for job in rows if not job.finished or job.state == Job.State.FAILED]


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """The address says of what, as on every report; `kind` which one."""
    found = report_page.frame(request, "reports")
    kind = request.POST.get("kind", "")
    if kind not in kinds(found.user):
        raise Http404
    back = f"{reverse('analytics:reports')}{'?' + found.query if found.query else ''}"
    if found.error:
        toast.warn(request, found.error)
        return redirect(back)
    choices = {"owner": found.owner, "segment": found.segment, "whose": found.whose}
    _, job = reports.order(found.user, kind, found.period, found.before, choices)
    audit.note(found.user, "report.made", f"job:{job.pk}", kind=kind)
    return redirect(f"{back}#job-{job.pk}")


@manager_required
@require_GET
def weekly_mail(request: HttpRequest) -> HttpResponse:
    """Monday's mail as it would be now, of the week that runs; nothing is sent or made."""
    user, week = current(request), reports.this_week(timezone.now())
    sums = report_parts.Sums(scope_for(user, None), week, week.before(), user)
    subject, blocks = reports.letter(week, report_parts.mail_facts(sums))
    context = {
        "page": "analytics",
        "subject": subject,
        "blocks": system_mail.shown(blocks),
        "monday": week.last + timedelta(days=1),
        "readers": reports.readers(),
        "leaves": system_mail.leaves(),
        "make": f"?period=own&from={week.first}&to={week.last}",
    }
    return render(request, "analytics/weekly_mail.html", context)


def _own(request: HttpRequest, pk: int) -> Report:
    return get_object_or_404(Report.objects.select_related("user"), pk=pk, user=current(request))


def _opens(report: Report) -> bool:
    """The file is there, and holds what its user may see with the rights of today."""
    allowed = report.kind in kinds(report.user) and reports.still_theirs(report)
    if not allowed or not reports.is_there(report):
        return False
    try:
        report_asked.asked(report)
    except Http404:
        return False
    return True


@never_cache
@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    report = _own(request, pk)
    if not _opens(report):
        raise Http404
    audit.note(current(request), "report.downloaded", f"report:{pk}")
    return FileResponse(
        reports.path_of(report).open("rb"),
        as_attachment=True,
        filename=reports.name_of(report),
        content_type="application/pdf",
    )


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    reports.remove(_own(request, pk))
    toast.show(request, "The report is removed.")
    return redirect("analytics:reports")
