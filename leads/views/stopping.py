"""Do not contact, on a lead's page: everybody who sees the lead may say it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from leads.access import lead_for
from leads.forms_suppression import StopForm
from leads.models import Lead
from leads.services import stopping
from leads.services.suppression import ALL, SuppressionError
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib import toast


@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """What stands against the lead, and the form that puts them on the list."""
    user = current(request)
    lead = lead_for(user, pk)
    form = StopForm(request.POST or None, initial={"what": ALL})
    if request.method == "POST" and form.is_valid() and _stopped(request, lead, user, form):
        return redirect("leads:detail", lead.pk)
    found = stopping.stops(lead)
    context = {
        "page": "leads",
        "lead": lead,
        "form": form,
        "stops": found,
        "all_off": any(one.row.channel == ALL for one in found),
        "told": stopping.crms_told(),
    }
    return render(request, "leads/lead_stop.html", context, status=422 if form.errors else 200)


def _stopped(request: HttpRequest, lead: Lead, user: User, form: StopForm) -> bool:
    try:
        new = stopping.stop(lead, user, **form.cleaned_data)
    except SuppressionError as error:
        form.add_error(None, str(error))
        return False
    name = lead.first_name or lead.name
    toast.show(
        request,
        f"Do not contact {name}: it holds at once." if new else "They were on the list already.",
    )
    return True
