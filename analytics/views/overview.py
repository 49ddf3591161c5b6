"""The first report: how it goes as a whole."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from analytics import overview_page, report_page


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    found = report_page.frame(request, "overview")
    tables = {
        "channels": lambda: overview_page.channel_table(found),
        "funnel": lambda: overview_page.funnel_table(found),
        "trend": lambda: overview_page.trend_table(found),
        "heat": lambda: overview_page.heat_table(found),
    }
    context = {} if "csv" in request.GET else overview_page.context(found)
    return report_page.show(request, found, "analytics/overview.html", context, tables)
