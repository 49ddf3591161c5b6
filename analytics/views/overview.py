"""The first report: how it goes as a whole."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from analytics import report_page


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    found = report_page.frame(request, "overview")
    return report_page.show(request, found, "analytics/overview.html", {}, {})
