"""The rules of the cadence: a table with switches, numbers and what each did; open proposals."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from leads.access import leads_for
from leads.models import Decision
from outreach.forms_rules import RuleForm
from outreach.services import cadence, cadence_rules, cadence_undo
from salesagent.accounts.access import current, owner_required
from salesagent.lib import toast

ACTS = {"now": "Does it", "proposes": "Asks you first", "plans": "Moves the moment"}


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, bound: RuleForm | None = None) -> HttpResponse:
    user = current(request)
    rows = []
    for line in cadence_rules.table():
        code = line.setting.rule.code
        form = bound if bound and bound.setting.rule.code == code else RuleForm(line.setting)
        acts = ACTS[line.setting.rule.acts]
        rows.append({"line": line, "form": form, "rule": line.setting.rule, "acts": acts})
    context: dict[str, Any] = {
        "page": "settings",
        "tab": "rules",
        "title": "Rules",
        "rows": rows,
        "may_edit": user.is_owner,
        "waiting": cadence_undo.waiting(leads_for(user)),
    }
    return render(request, "outreach/rules.html", context, status=422 if bound else 200)


@owner_required
@require_POST
def save(request: HttpRequest, code: str) -> HttpResponse:
    """POST `do`: save (the numbers), on or off (the switch; the numbers stay as they were)."""
    if code not in cadence_rules.BY_CODE:
        raise Http404
    setting = cadence_rules.settings_of(code)[code]
    do = request.POST.get("do", "save")
    numbers = dict(setting.params)
    if do == "save":
        form = RuleForm(setting, request.POST)
        if not form.is_valid():
            return _page(request, form)
        numbers = form.cleaned_data
    on = setting.on if do == "save" else do == "on"
    cadence_rules.save(code, on=on, numbers=numbers, user=current(request))
    word = "Saved." if do == "save" else "It is on." if on else "It is off."
    toast.show(request, f"{setting.rule.label}: {word}")
    response = redirect("outreach:rules")
    response["Location"] += f"#{code}"
    return response


@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """POST `do`: accept or dismiss a proposed channel. Whoever sees the lead may."""
    user = current(request)
    rows = Decision.objects.filter(rule__in=cadence.CHANNEL_RULES)
    row = get_object_or_404(rows, pk=pk, lead__in=leads_for(user).values("pk"))
    accept = request.POST.get("do") == "accept"
    if cadence_undo.settle(row, accept=accept, user=user):
        toast.show(request, "From the next mail on." if accept else "Left as it is.")
    else:
        toast.warn(request, "Somebody settled this before.")
    return redirect("outreach:rules")
