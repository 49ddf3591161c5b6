"""The channels side by side."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from analytics import channels_page, report_page


@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    found = report_page.frame(request, "channels")
    tables = {"channels": lambda: channels_page.csv(found)}
    context = {} if "csv" in request.GET else channels_page.context(found)
    return report_page.show(request, found, "analytics/channels.html", context, tables)
