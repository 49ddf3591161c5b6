"""People side by side: load, results, and the time that was saved."""

from functools import lru_cache

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from analytics import report_page, team_page
from analytics.forms_saved import HandForm
from analytics.selectors.saved import by_hand
from analytics.services import hand_minutes
from salesagent.accounts.access import current, owner_required
from salesagent.lib import toast


@require_safe
def team(request: HttpRequest) -> HttpResponse:
    found = report_page.frame(request, "team")
    tables = {
        "team": lambda: team_page.people_table(found),
        "results": lambda: team_page.results_table(found),
        "saved": lambda: team_page.saved_table(found),
    }
    context = {} if "csv" in request.GET else team_page.context(found)
    if found.user.is_owner:
        context["fields"] = _fields(tuple((context.get("hand") or by_hand()).items()))
    return report_page.show(request, found, "analytics/team.html", context, tables)


@lru_cache(maxsize=8)
def _fields(minutes: tuple[tuple[str, float], ...]) -> str:
    """The form as it is opened; it changes with the minutes only."""
    return str(as_crispy_form(HandForm(initial=dict(minutes))))


@require_POST
@owner_required
def minutes(request: HttpRequest) -> HttpResponse:
    form = HandForm(request.POST)
    if form.is_valid():
        hand_minutes.save(current(request), form.cleaned_data)
        toast.show(request, "Kept. Time saved is counted with these minutes.")
        return redirect("analytics:team")
    found = report_page.frame(request, "team")
    context = {**team_page.context(found), "form": form, "asking": True}
    answer = report_page.show(request, found, "analytics/team.html", context)
    answer.status_code = 422
    return answer
