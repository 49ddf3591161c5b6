"""The owner's score card: edit, preview, save."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from leads.forms_card import CardForm
from leads.scoring.card import DEFAULT_CARD
from leads.services import score_card, scoring
from salesagent.accounts.access import current, owner_required
from salesagent.accounts.models import Workspace
from salesagent.lib import toast
from salesagent.lib.job_view import show
from salesagent.lib.models import Job


@owner_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """Save keeps the card; Preview (no JavaScript) shows the page again with the new scores."""
    form = _form(request)
    valid = request.method == "POST" and form.is_valid()
    if valid and "preview" not in request.POST:
        score_card.save(current(request), form.card())
        toast.show(request, "Saved. All leads are scored again now.")
        return redirect("leads:score_card")
    card = form.card() if valid else scoring.card_in_use()
    status = 422 if request.method == "POST" and not valid else 200
    return render(request, "leads/score_card.html", _context(request, form, card), status=status)


def _form(request: HttpRequest) -> CardForm:
    data = request.POST if request.method == "POST" else None
    return CardForm(scoring.card_in_use(), data, own=score_card.own_field_names())


def _context(request: HttpRequest, form: CardForm, card: Any) -> dict[str, Any]:
    running = Job.objects.filter(
        kind=score_card.JOB_KIND, state__in=[Job.State.QUEUED, Job.State.RUNNING]
    )
    return {
        "page": "settings",
        "tab": "score",
        "title": "Score card",
        "form": form,
        "preview": score_card.preview(current(request), card),
        "jobs": [show(job) for job in running[:1]],
        "built_in": not Workspace.current().points_card,
    }


@owner_required
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The preview alone, for htmx while the owner types; what is wrong is said in its place."""
    form = _form(request)
    if not form.is_valid():
        return render(request, "leads/_score_preview.html", {"broken": True, "part": True})
    shown = score_card.preview(current(request), form.card())
    return render(request, "leads/_score_preview.html", {"preview": shown, "part": True})


@owner_required
@require_POST
def reset(request: HttpRequest) -> HttpResponse:
    score_card.save(current(request), {})
    rules = len(DEFAULT_CARD["rules"])
    toast.show(request, f"The built-in card with {rules} rules is in use. Leads are scored again.")
    return redirect("leads:score_card")
