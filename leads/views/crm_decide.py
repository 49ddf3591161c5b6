"""What a person decides about many records of another system at once."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from leads import crm_page
from leads.models import RemoteLink
from leads.services import crm_anew, crm_conflicts
from leads.services.crm_accounts import SyncError
from leads.services.crm_conflicts import HERE, THERE
from leads.views.crm_connect import connected
from salesagent.accounts.access import current, owner_required
from salesagent.accounts.models import Connection
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


@require_POST
@owner_required
def gone(request: HttpRequest, provider: str, pk: int) -> HttpResponse:
    """POST `choice`: again or leave, of a record that was deleted there."""
    row = connected(provider)
    _choose(request, row, crm_anew.waiting(row).filter(pk=pk))
    return redirect("leads:crm", provider)


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def gone_all(request: HttpRequest, provider: str) -> HttpResponse:
    """GET says what it means, POST `choice` does it."""
    row = connected(provider)
    if request.method == "POST":
        _choose(request, row, crm_anew.waiting(row))
        return redirect("leads:crm", provider)
    context = {**crm_page.base(provider), "number": crm_anew.waiting(row).count()}
    return render(request, "leads/crm/gone_all.html", context)


def _choose(request: HttpRequest, row: Connection, found: QuerySet[RemoteLink]) -> None:
    choice = request.POST.get("choice", "")
    if choice == "leave":
        number = crm_anew.leave(found)
        toast.show(request, f"{plural(number, 'record')} left here only.")
    elif choice == "again":
        try:
            number = crm_anew.make(row, found, current(request))
        except SyncError as error:
            toast.warn(request, error.message)
        else:
            toast.show(request, f"{plural(number, 'record')} made anew, in a moment.")
    else:
        toast.warn(request, "Choose one of the two first.")
