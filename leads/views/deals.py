"""The deal board, one deal's page, and what is done to deals there."""

from datetime import datetime
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads import deal_page
from leads.access import deal_for, lead_for
from leads.forms_thread import DealCloseForm, DealEditForm, DealForm, DealStageForm
from leads.models import Deal
from leads.models.deal import CLOSED, RUNNING
from leads.selectors import deals as selector
from leads.selectors.searching import leads_named
from leads.services import deals, lifecycle
from leads.services.zones import workspace_zone
from salesagent.accounts.access import current
from salesagent.accounts.models import Workspace
from salesagent.lib import toast
from salesagent.lib.text import one_line


def _now() -> datetime:
    return timezone.now().astimezone(workspace_zone())


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Columns by stage; `stage` in the URL shows one of them, page by page."""
    user, now = current(request), _now()
    owners = selector.owners(user)
    filters = selector.Filters.read(request.GET).among(user, owners)
    columns = selector.board(user, filters, now)
    context = {
        "page": "deals",
        "filters": filters,
        "columns": columns,
        "found": sum(column.count for column in columns),
        "owners": owners,
        "periods": selector.PERIODS,
        "today": now.date(),
        "back": filters.query(stage=filters.stage),
    }
    return render(request, "leads/deals.html", context)


@require_http_methods(["GET", "POST"])
def deal(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, value and expected day; below them what ends the deal or opens it again."""
    user = current(request)
    row = deal_for(user, pk)
    form = DealEditForm(request.POST or None, deal=row)
    if request.method == "POST" and form.is_valid():
        changed = deals.edit_deal(row, deals.DealTerms(**form.cleaned_data), user)
        toast.show(request, "Deal changed." if changed else "Nothing was different.")
        return redirect("leads:deal", row.pk)
    steps = deal_page.history(row)
    context = {
        "page": "deals",
        "deal": row,
        "steps": steps,
        "since": deal_page.in_stage_since(steps),
        "today": _now().date(),
        "form": form,
        "moves": selector.MOVES.get(row.stage, []),
        "ahead": row.stage != RUNNING[-1],
        "closed": row.stage in CLOSED,
        "ends": [
            (code, label, code == request.GET.get("end")) for code, label in DealCloseForm.ENDS
        ],
        "end": dict(DealCloseForm.ENDS).get(request.GET.get("end", ""), ""),
        "back": _safe(request, request.GET.get("next", "")),
    }
    return render(request, "leads/deal.html", context, status=422 if form.errors else 200)


@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    row = deal_for(user, pk)
    form = DealStageForm(request.POST)
    if not form.is_valid():
        toast.warn(request, "Choose a stage.")
        return _back(request, row)
    if (how := form.cleaned_data["stage"]) in CLOSED:  # an end wants its reason
        asked = urlencode({"end": how, "next": request.POST.get("next", "")[:200]})
        return redirect(f"{reverse('leads:deal', args=[row.pk])}?{asked}#close")
    try:
        event = deals.move_deal(row, form.cleaned_data["stage"], user)
    except lifecycle.ChangeError as error:
        toast.warn(request, error.message)
        return _back(request, row)
    if event is not None:
        undo = reverse("leads:deal_undo", args=[row.pk, event.pk])
        undo = f"{undo}?{urlencode({'next': request.POST.get('next', '')[:200]})}"
        toast.show(request, f"{row.title}: {row.get_stage_display()}.", undo_url=undo)
    return _back(request, row)


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    row = deal_for(current(request), pk)
    if deals.reopen_deal(row, current(request)):
        toast.show(request, f"Open again: {row.get_stage_display()}. Sequences stay stopped.")
    return redirect("leads:deal", row.pk)


@require_POST
def undo(request: HttpRequest, pk: int, event: int) -> HttpResponse:
    """The Undo of a move or of an end."""
    row = deal_for(current(request), pk)
    ended = row.stage in CLOSED
    if deals.undo_deal(row, event, current(request)):
        toast.show(request, f"Back in {row.get_stage_display()}.")
    else:
        toast.warn(request, "The deal went on since. Nothing was taken back.")
    return redirect("leads:deal", row.pk) if ended else _back(request, row)


def _back(request: HttpRequest, row: Deal) -> HttpResponse:
    """To the board as it was filtered, with the moved deal in reach; never to another site."""
    target = _safe(request, request.POST.get("next") or request.GET.get("next", ""))
    board_at = reverse("leads:deals")
    if not target.startswith((f"{board_at}?", f"{board_at}{row.pk}/")):
        target = board_at
    return redirect(f"{target}#deal-{row.pk}")


def _safe(request: HttpRequest, target: str) -> str:
    """The address when it is one of the deals' pages here, else nothing."""
    known = target.startswith(reverse("leads:deals"))
    return target if known and url_has_allowed_host_and_scheme(target, {request.get_host()}) else ""


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A deal from the board: first whose, found by name, then what it is about."""
    user = current(request)
    chosen = request.POST.get("lead") or request.GET.get("lead", "")
    if not chosen:
        query = one_line(request.GET.get("q", ""), 100)
        found = leads_named(user, query) if query else selector.lately(user)
        picked = {"page": "deals", "q": query, "found": found}
        return render(request, "leads/deal_new.html", picked)
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 18):
        raise Http404
    lead = lead_for(user, int(chosen))
    form = DealForm(request.POST or None, initial={"currency": Workspace.current().currency})
    if request.method == "POST" and form.is_valid():
        made = deals.open_deal(lead, deals.DealTerms(**form.cleaned_data), user)
        toast.show(request, f"Deal opened with {lead.name}.")
        return _back(request, made)
    context = {"page": "deals", "lead": lead, "form": form}
    return render(request, "leads/deal_new.html", context, status=422 if form.errors else 200)
