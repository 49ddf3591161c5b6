"""Patterns of the night, alerts, and from which number on there is one."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from analytics import patterns_page, report_page, segment_page, stalled_page
from analytics.forms_alerts import RulesForm
from analytics.services import alert_rules, alerts
from salesagent.accounts.access import current, owner_required
from salesagent.lib import toast

PAGE = 50


@require_safe
def patterns(request: HttpRequest) -> HttpResponse:
    found = report_page.frame(request, "patterns")
    context = {}
    if "csv" not in request.GET:
        context = patterns_page.context(found)
        user = current(request)
        context |= {"alerts": alerts.open_alerts(user), "mutes": alerts.MUTES}
        context["muted"] = 0 if context["alerts"] else len(alerts.muted(user))
    tables = patterns_page.tables(found)
    return report_page.show(request, found, "analytics/patterns.html", context, tables)


@require_safe
def stalled(request: HttpRequest) -> HttpResponse:
    """`stage`: "lead-engaged", "deal-open". Http404 for a stage that there is not."""
    found = report_page.frame(request, "patterns")
    if "stage" not in request.GET:
        return redirect("analytics:patterns")
    stage = stalled_page.read(str(request.GET["stage"]))
    if stage is None:
        raise Http404
    rows = stalled_page.rows(found, stage)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": "analytics",
        "frame": found,
        "stage": stage,
        "rows": stalled_page.shown(found, stage, list(page.object_list)),
        "pages": page,
    }
    return render(request, "analytics/stalled.html", context)


@require_safe
def segment(request: HttpRequest) -> HttpResponse:
    """`kind` and `value` as Patterns links to them; `met=yes`: only who converted."""
    found = report_page.frame(request, "patterns")
    asked = segment_page.read(found, request.GET)
    tables = {"leads": lambda: segment_page.table(asked)}
    context = {}
    if "csv" not in request.GET:
        context = segment_page.context(found, asked, request.GET)
    return report_page.show(request, found, "analytics/segment.html", context, tables)


@require_safe
def alert_list(request: HttpRequest) -> HttpResponse:
    user = current(request)
    context = {
        "page": "analytics",
        "alerts": alerts.open_alerts(user),
        "muted": alerts.muted(user),
        "over": alerts.over(user),
        "mutes": alerts.MUTES,
    }
    return render(request, "analytics/alerts.html", context)


@require_POST
def mute(request: HttpRequest, pk: int) -> HttpResponse:
    """`time`: one of alerts.MUTES, or "off" to speak of it again."""
    user = current(request)
    row = alerts.alert_for(user, pk)
    how = request.POST.get("time", "")
    if how == "off":
        if alerts.unmute(row, user):
            toast.show(request, "You will hear of it again.")
    elif how not in alerts.MUTES:
        raise Http404
    elif alerts.mute(row, how, user):
        words = alerts.MUTES[how][0].lower()
        time = "for good" if how == "good" else f"for {words}"
        toast.show(request, f"Muted {time}. It stays in the list of alerts.")
    else:
        toast.show(request, "This is over already.")
    to = "analytics:patterns" if request.POST.get("from") == "patterns" else "analytics:alerts"
    return redirect(to)


@owner_required
@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    form = RulesForm(request.POST or None, rules=alert_rules.rules())
    if request.method == "POST" and form.is_valid():
        changed = alert_rules.change(current(request), form.wanted())
        told = "Saved. The next look follows it, in 15 minutes at most."
        toast.show(request, told if changed else "Nothing changed.")
        return redirect("analytics:alert_rules")
    context = {"page": "settings", "tab": "alerts", "title": "Alerts", "form": form}
    return render(
        request, "analytics/alert_rules.html", context, status=422 if form.errors else 200
    )
