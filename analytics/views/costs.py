"""The owner's page of costs: rates by channel with their days, and the currency."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from analytics.forms_costs import CurrencyForm, RateForm
from analytics.models import Cost
from analytics.selectors.costs import FREE, history
from analytics.services import costs, days
from outreach.services import reach
from salesagent.accounts.access import current, owner_required
from salesagent.accounts.models import Workspace
from salesagent.lib import toast

# list prices, told as a hint beside the form: channel -> (words, where they stand)
HINTS = {
    "email": (
        "Amazon SES: 0.10 USD for 1,000 mails. Gmail and your own server: a fee by month.",
        "https://aws.amazon.com/ses/pricing/",
    ),
    "sms": (
        "Twilio, in the US: 0.0083 USD for each part of 160 characters, and the carrier's fee.",
        "https://www.twilio.com/en-us/sms/pricing/us",
    ),
    "whatsapp": (
        "Twilio's fee for each message, and Meta's by country and kind of message.",
        "https://www.twilio.com/en-us/whatsapp/pricing",
    ),
}


@owner_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(
    request: HttpRequest, rate: RateForm | None = None, currency: CurrencyForm | None = None
) -> HttpResponse:
    code = Workspace.current().currency
    known = history()
    first = days.today().replace(day=1)
    context: dict[str, Any] = {
        "page": "settings",
        "tab": "costs",
        "title": "Costs",
        "currency": code,
        "rows": [
            {"channel": name, "rates": _rates(known.get(name, [])), "free": name in FREE}
            for name in dict.fromkeys((*reach.codes(), *known))
        ],
        "foreign": any(row.currency != code for line in known.values() for row in line),
        "hints": [(name, *HINTS[name]) for name in reach.codes() if name in HINTS],
        "form": rate or RateForm(initial={"first_day": first, "per_message": 0, "per_month": 0}),
        "currency_form": currency or CurrencyForm(initial={"currency": code}),
    }
    return render(request, "analytics/costs.html", context, status=422 if rate or currency else 200)


def _rates(line: list[Cost]) -> list[dict[str, Any]]:
    """As they are printed: small sums with all their digits."""
    return [
        {"row": row, "each": f"{row.per_message.normalize():,f}", "month": f"{row.per_month:,.2f}"}
        for row in line
    ]


@owner_required
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    form = RateForm(request.POST)
    if not form.is_valid():
        return _page(request, rate=form)
    row = costs.set_rate(current(request), **form.cleaned_data)
    toast.show(request, f"{reach.label(row.channel)}: holds from {row.first_day:%-d %B %Y}.")
    return redirect("analytics:costs")


@owner_required
@require_POST
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    if costs.forget_rate(current(request), pk):
        toast.show(request, "Taken back. The rate before it holds again.")
    else:
        toast.warn(request, "Somebody took it back before.")
    return redirect("analytics:costs")


@owner_required
@require_POST
def currency(request: HttpRequest) -> HttpResponse:
    form = CurrencyForm(request.POST)
    if not form.is_valid():
        return _page(request, currency=form)
    code = form.cleaned_data["currency"]
    if costs.set_currency(current(request), code):
        toast.show(request, f"Costs and reports are in {code} now.")
    return redirect("analytics:costs")
