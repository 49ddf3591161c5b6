""" "Not right?" on scores, signals and next steps; the page that lists what people set right."""

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from leads.access import lead_for
from leads.access_corrections import correction_for, corrections_for
from leads.forms_corrections import KINDS, STEP_WRONG, StepWrongForm, WrongForm
from leads.models import Correction, Lead
from leads.services import corrections, profile, profile_signals
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib import toast
from salesagent.lib.text import one_line

PAGE = 50


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    user = current(request)
    rows = corrections_for(user)
    kind = request.GET.get("kind", "")
    shown = rows.filter(kind=kind) if kind in KINDS else rows
    found = _older(request, shown.select_related("lead", "by"))
    totals = corrections.totals(rows)
    context = {
        "page": "settings",
        "tab": "corrections",
        "title": "Corrections",
        "rows": [_worded(row) for row in found[:PAGE]],
        "next": found[PAGE - 1].pk if len(found) > PAGE else None,
        "first": "before" not in request.GET,
        "kind": kind if kind in KINDS else "",
        "kinds": [(c, KINDS[c], n, used) for c, (n, used) in sorted(totals.kinds.items())],
        "totals": totals,
        "everybody": user.is_manager or user.is_owner,
    }
    return render(request, "leads/corrections.html", context)


def _older(request: HttpRequest, rows: QuerySet[Correction]) -> list[Correction]:
    before = request.GET.get("before", "")
    if before and (not before.isascii() or not before.isdigit() or len(before) > 18):
        raise Http404
    rows = rows.filter(pk__lt=int(before)) if before else rows
    return list(rows.order_by("-pk")[: PAGE + 1])


def _worded(row: Correction) -> Correction:
    """With `words` for what is right: codes of steps read as their names."""
    names = {**STEP_WRONG, **profile.step_names()} if row.kind == Correction.Kind.NEXT_STEP else {}
    row.words = names.get(row.after, row.after)  # type: ignore[attr-defined]
    return row


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    row = correction_for(user, pk)
    if corrections.take_back(row, user):
        toast.show(request, "Taken back. The next training does not learn from it.")
        if row.lead_id:
            profile.refresh([row.lead_id])
    else:
        toast.warn(request, "This was taken back before.")
    if request.POST.get("next") == "lead" and row.lead_id:
        return redirect("leads:detail", row.lead_id)
    return redirect("leads:corrections")


@require_POST
def score(request: HttpRequest, pk: int) -> HttpResponse:
    """One of the reasons is wrong. The number stays until a training has learned from it."""
    user = current(request)
    lead = lead_for(user, pk)
    form = WrongForm(request.POST)
    reasons = {one_line(str(text), 100): points for text, points, *_rest in lead.score_reasons}
    subject = form.cleaned_data["subject"] if form.is_valid() else ""
    if subject not in reasons:
        toast.warn(request, "This reason is not there any more.")
        return _back(lead, "score")
    _keep(Correction.Kind.SCORE, lead, user, form, before=str(reasons[subject]))
    toast.show(request, "Noted. When others say so too, the owner gets a proposal for the card.")
    return _back(lead, "score")


@require_POST
def signal(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    lead = lead_for(user, pk)
    form = WrongForm(request.POST)
    code, _, event = (form.cleaned_data["subject"] if form.is_valid() else "").partition(":")
    about = (
        lead.events.filter(pk=int(event)).first() if event.isdecimal() and len(event) < 19 else None
    )
    if code not in profile_signals.LABELS or about is None:
        toast.warn(request, "This signal is not there any more.")
        return _back(lead, "profile")
    corrections.correct(
        kind=Correction.Kind.SIGNAL, lead=lead, user=user, subject=code, event=about,
        before=profile_signals.LABELS[code], after="no signal", note=form.cleaned_data["note"],
    )  # fmt: skip
    profile.refresh([lead.pk])
    toast.show(request, "Noted. It counts as no signal.")
    return _back(lead, "profile")


@require_POST
def next_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Another step, a wrong reason, not now: this step stays away for two weeks."""
    user = current(request)
    lead = lead_for(user, pk)
    form = StepWrongForm(request.POST)
    step = profile.step_of(lead)
    steps = profile.step_names()
    after = form.cleaned_data["after"] if form.is_valid() else ""
    if form.errors or step.get("code") != form.cleaned_data["subject"]:
        toast.warn(request, "The next step has changed meanwhile.")
    elif after not in STEP_WRONG and after not in steps:
        toast.warn(request, "Say what is not right about it.")
    else:
        _keep(Correction.Kind.NEXT_STEP, lead, user, form, str(step["text"]), after)
        profile.refresh([lead.pk])
        toast.show(request, "Noted. This step is not proposed again for two weeks.")
    return _back(lead, "next")


def _keep(
    kind: str, lead: Lead, user: User, form: WrongForm, before: str, after: str = ""
) -> Correction:
    data = form.cleaned_data
    return corrections.correct(
        kind=kind, lead=lead, user=user, subject=data["subject"], before=before, after=after,
        note=data["note"],
    )  # fmt: skip


def _back(lead: Lead, anchor: str) -> HttpResponse:
    response = redirect("leads:detail", lead.pk)
    response["Location"] += f"#{anchor}"
    return response
