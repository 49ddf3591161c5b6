"""The cadence monitor."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from analytics import cadence_page, report_page


@require_safe
def cadence(request: HttpRequest) -> HttpResponse:
    found = report_page.frame(request, "cadence")
    tables = {"cadence": lambda: cadence_page.csv(found)}
    context = {} if "csv" in request.GET else cadence_page.context(found)
    return report_page.show(request, found, "analytics/cadence.html", context, tables)
