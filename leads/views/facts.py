"""What is known about a lead: "Not right?", "This holds", "Look up"; and Settings, Company data."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from leads.access import lead_for, seen_by
from leads.enrichment.base import FIELDS
from leads.forms_facts import ProviderForm
from leads.models import Fact, Lead
from leads.services import enrichment, enrichment_keys, facts, facts_said
from salesagent.accounts.access import current, manager_required, owner_required
from salesagent.accounts.models import User
from salesagent.lib import toast
from salesagent.lib.tasks import enqueue
from salesagent.lib.text import one_line

PAGE: dict[str, Any] = {"page": "settings", "tab": "connections", "title": "Company data"}
DISPUTES = 20
ABOUT = {
    "pdl": "A person by email address, else the company by its website. 100 records a month are "
    "free there.",
    "clearbit": "Only for keys from before 2024: no new accounts are made there.",
}


@require_POST
def wrong(request: HttpRequest, pk: int, fact: int) -> HttpResponse:
    """With `value` it says what is right, too."""
    user, lead = current(request), lead_for(current(request), pk)
    row, value = _fact(lead, fact), one_line(request.POST.get("value", ""), 300)
    note = one_line(request.POST.get("note", ""), 300)
    try:
        if value:
            facts_said.correct(row, lead, value, user, note)
        else:
            facts_said.wrong(row, lead, user, note)
    except facts_said.FactError as error:
        toast.warn(request, str(error))
    else:
        done = "Noted, with what is right." if value else "Noted."
        toast.show(request, f"{done} The other is not taken from there again.")
    return _back(lead)


@require_POST
def holds(request: HttpRequest, pk: int, fact: int) -> HttpResponse:
    """This value, or with `ours` the one of our own record."""
    user, lead = current(request), lead_for(current(request), pk)
    say = facts_said.ours if request.POST.get("ours") else facts_said.holds
    try:
        say(_fact(lead, fact), lead, user)
    except facts_said.FactError as error:
        toast.warn(request, str(error))
    else:
        toast.show(request, "Noted. The other values are put aside.")
    return _back(lead)


@require_POST
def look_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Runs in the background: a website may take some seconds."""
    lead = lead_for(current(request), pk)
    if reason := enrichment.why_not(lead):
        toast.warn(request, reason)
        return _back(lead)
    enqueue("leads.enrich_tasks.ask", lead.pk)
    toast.show(request, "It is looked up now. Open the page again in a moment.")
    return _back(lead)


def _fact(lead: Lead, pk: int) -> Fact:
    row = facts.for_lead(lead).select_related("company").filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _back(lead: Lead) -> HttpResponse:
    response = redirect("leads:detail", lead.pk)
    response["Location"] += "#facts"
    return response


@require_safe
@manager_required
def page(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, wrong: ProviderForm | None = None, code: str = "") -> HttpResponse:
    user = current(request)
    services = []
    for one in enrichment.providers():
        row = enrichment.connection(one)
        form = wrong if wrong and one == code else ProviderForm(code=one, stored=row)
        services.append(
            {
                "code": one,
                "label": enrichment.enricher(one).label,
                "about": ABOUT.get(one, ""),
                "row": row,
                "form": form,
                "bill": enrichment.bill(row) if row else None,
            }
        )
    context = {
        **PAGE,
        "homepages": enrichment.homepages(),
        "services": services,
        "disputes": _disputes(user),
        "may_connect": user.is_owner,
    }
    return render(request, "leads/company_data.html", context, status=422 if wrong else 200)


def _disputes(user: User) -> list[dict[str, Any]]:
    """People about whom sources disagree, the newest first."""
    rows = Fact.objects.filter(disputed=True, lead__isnull=False, lead__merged_into=None)
    rows = rows.select_related("lead")
    found: dict[int, dict[str, Any]] = {}
    for row in seen_by(rows, user).order_by("-id")[: 5 * DISPUTES]:
        if row.lead is not None and row.field in FIELDS and len(found) < DISPUTES:
            one = found.setdefault(row.lead.pk, {"lead": row.lead, "labels": []})
            if FIELDS[row.field].label not in one["labels"]:
                one["labels"].append(FIELDS[row.field].label)
    return list(found.values())


@require_POST
@owner_required
def homepages(request: HttpRequest) -> HttpResponse:
    on = request.POST.get("on") == "1"
    if enrichment.switch_homepages(on, current(request)):
        said = "Switched on. The first facts come within minutes." if on else "Switched off."
        toast.show(request, said)
    return redirect("leads:company_data")


@sensitive_post_parameters("key")
@require_POST
@owner_required
def save(request: HttpRequest, code: str) -> HttpResponse:
    stored = enrichment.connection(_known(code))
    form = ProviderForm(request.POST, code=code, stored=stored)
    if not form.is_valid():
        return _page(request, form, code)
    values = {"limit": form.cleaned_data["limit"], "auto": form.cleaned_data["auto"]}
    try:
        said = enrichment_keys.connect(code, values, form.cleaned_data["key"], current(request))
    except enrichment_keys.KeyRefused as error:
        form.add_error("key", str(error))
        form.mark()
        return _page(request, form, code)
    toast.show(request, f"Saved. {said}")
    return _anchor(code)


@require_POST
@owner_required
def switch_off(request: HttpRequest, code: str) -> HttpResponse:
    if enrichment.switch_off(_known(code), current(request)):
        toast.show(request, "Switched off. What was found stays on the leads’ pages.")
    return _anchor(code)


def _known(code: str) -> str:
    if code not in enrichment.providers():
        raise Http404
    return code


def _anchor(code: str) -> HttpResponse:
    response = redirect("leads:company_data")
    response["Location"] += f"#{code}"
    return response
