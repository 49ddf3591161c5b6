"""The owner's score card: edit, preview, save; what was learned, its versions, learning now."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from leads.forms_card import CardForm
from leads.scoring.card import DEFAULT_CARD
from leads.services import score_card, score_hints, score_models, score_report, score_training
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
    card = form.card() if valid else score_models.card_in_use()
    status = 422 if request.method == "POST" and not valid else 200
    return render(request, "leads/score_card.html", _context(request, form, card), status=status)


def _form(request: HttpRequest) -> CardForm:
    data = request.POST if request.method == "POST" else None
    return CardForm(score_models.card_in_use(), data, own=score_card.own_field_names())


def _context(request: HttpRequest, form: CardForm, card: Any) -> dict[str, Any]:
    kinds = (score_card.JOB_KIND, score_training.JOB_KIND)
    running = Job.objects.filter(
        kind__in=kinds, state__in=[Job.State.QUEUED, Job.State.RUNNING]
    ).order_by("-pk")
    return {
        "page": "settings",
        "tab": "score",
        "title": "Score card",
        "form": form,
        "preview": score_card.preview(current(request), card),
        "jobs": [show(job) for job in running[:1]],
        "report": score_report.report(),
        "hints": score_hints.proposals(score_models.card_in_use()),
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


@owner_required
@require_POST
def learn(request: HttpRequest) -> HttpResponse:
    score_training.start(current(request))
    toast.show(request, "Learning has started. You can leave this page.")
    return redirect("leads:score_card")


@owner_required
@require_POST
def version(request: HttpRequest, number: int) -> HttpResponse:
    """Put a former version back into use."""
    if score_models.use(number, current(request)):
        score_card.rescore(current(request))
        toast.show(request, f"Version {number} is in use. Leads are scored again.")
    else:
        toast.warn(request, "This version cannot be used any more.")
    return redirect("leads:score_card")


@owner_required
@require_POST
def by_rules(request: HttpRequest) -> HttpResponse:
    if score_models.back_to_rules(current(request)):
        score_card.rescore(current(request))
        toast.show(request, "Your rules alone score now. Leads are scored again.")
    else:
        toast.warn(request, "Your rules alone scored before.")
    return redirect("leads:score_card")


@owner_required
@require_POST
def hint(request: HttpRequest) -> HttpResponse:
    """Change a rule as people's corrections propose, or keep it."""
    apply = request.POST.get("do") == "apply"
    if not score_hints.settle(current(request), request.POST.get("text", ""), apply=apply):
        toast.warn(request, "This proposal is not there any more.")
    elif apply:
        toast.show(request, "The rule was changed. Leads are scored again.")
    else:
        toast.show(request, "The rule stays as it is.")
    return redirect("leads:score_card")
