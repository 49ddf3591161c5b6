"""What a person decides about many records of another system at once."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from leads import crm_page
from leads.services import crm_conflicts
from leads.services.crm_conflicts import HERE, THERE
from leads.views.crm_connect import connected
from salesagent.accounts.access import current, owner_required
from salesagent.lib import toast
from salesagent.lib.text import plural


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def settle_all(request: HttpRequest, provider: str) -> HttpResponse:
    """GET `choice` says what it means, POST does it."""
    connected(provider)
    choice = (request.POST if request.method == "POST" else request.GET).get("choice", HERE)
    if choice not in (HERE, THERE):
        raise Http404
    if request.method != "POST":
        context: dict[str, Any] = {
            **crm_page.base(provider),
            "choice": choice,
            "number": crm_conflicts.count(provider),
        }
        return render(request, "leads/crm/settle_all.html", context)
    done = crm_conflicts.settle_all(provider, choice, current(request))
    left = crm_conflicts.count(provider)
    text = f"{plural(done, 'difference')} decided."
    if left:
        why = "The value here has changed since, or somebody else has theirs."
        toast.warn(request, f"{text} Still open: {left:,}. {why}")
    else:
        toast.show(request, text)
    return redirect("leads:crm", provider)
