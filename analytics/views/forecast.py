"""The forecast: months and quarters, what the odds rest on, and how earlier ones turned out."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from analytics import access, forecast_page
from analytics.selectors.pipeline import scope_of
from analytics.services import forecasts
from salesagent.accounts.access import current


@require_GET
def forecast(request: HttpRequest) -> HttpResponse:
    """`owner`: one person (404 for somebody out of sight), `currency`: one of those there are."""
    user = current(request)
    asked = request.GET.get("owner", "")
    owner = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    if owner is not None:
        access.scope_for(user, owner)
    view = forecasts.view(scope_of(user, owner), request.GET.get("currency", "")[:3])
    people = access.people(user)
    context = {
        "page": "analytics",
        "owner": owner,
        "people": people if len(people) > 1 else [],
        **forecast_page.context(view),
    }
    return render(request, "analytics/forecast.html", context)
