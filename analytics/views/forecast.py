"""The forecast: months and quarters, what the odds rest on, and how earlier ones turned out."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from analytics import forecast_page, report_page
from analytics.services import forecasts


@require_safe
def forecast(request: HttpRequest) -> HttpResponse:
    """`owner` as on every report (404 for somebody out of sight), `currency`: one there is."""
    found = report_page.frame(request, "forecast")
    currency = request.GET.get("currency", "")[:3]
    view = forecasts.view(forecast_page.scope_of(found), currency)
    tables = {
        "months": lambda: forecast_page.period_table("months", view, view.forecast.months),
        "quarters": lambda: forecast_page.period_table("quarters", view, view.forecast.quarters),
        "odds": lambda: forecast_page.odds_table(view),
        "past": lambda: forecast_page.past_table(view),
    }
    context = {
        "kept": forecast_page.kept(request.GET),
        "csv_more": f"currency={view.currency}&",
        **forecast_page.context(view),
    }
    return report_page.show(request, found, "analytics/forecast.html", context, tables)
