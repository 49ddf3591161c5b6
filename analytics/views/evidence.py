"""The leads behind a number."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from analytics import evidence_page, report_page


@require_safe
def leads(request: HttpRequest) -> HttpResponse:
    """`metric` with what narrows it, and the choices of every report. Unknown ones are 404."""
    found = report_page.frame(request, "")
    asked = evidence_page.read(request.GET)
    whole, found = found, evidence_page.shown(found, asked)
    tables = {"leads": lambda: evidence_page.table(found, asked)}
    if "csv" in request.GET:
        return report_page.show(request, found, "", {}, tables)
    context = evidence_page.context(found, asked, request.GET)
    context["narrowed"] = found is not whole
    context["overview"] = f"{reverse('analytics:overview')}?{found.query}"
    return report_page.show(request, found, "analytics/leads.html", context, tables)
