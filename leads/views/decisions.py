"""The autonomy log: what the system did or proposed by itself, why, and the way back."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from leads.access import lead_for
from leads.access_corrections import decision_for, decisions_for
from leads.forms_corrections import DecisionFilter
from leads.models import Decision
from leads.services import decisions
from salesagent.accounts.access import current
from salesagent.lib import toast
from salesagent.lib.text import one_line

PAGE = 50
TINTS = {"done": "ok", "proposed": "ai", "accepted": "ok", "dismissed": "", "undone": "warn"}
HIDDEN = ("events", "step", "mailbox", "enrollment", "touch", "sequence", "task")


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    user = current(request)
    rows = decisions_for(user)
    number = _number(request, "lead")
    lead = lead_for(user, number) if number else None
    rules = Decision.objects.order_by().values_list("rule", flat=True).distinct()[:200]
    form = DecisionFilter(request.GET, list(rules))
    form.is_valid()
    rule, state = (form.cleaned_data.get(name, "") for name in ("rule", "state"))
    wanted = {"rule": rule, "state": state, "lead": lead.pk if lead else None}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    found = _page(rows, _number(request, "before"))
    context = {
        "page": "settings",
        "tab": "decisions",
        "title": "What the system did",
        "lines": [_line(row) for row in found[:PAGE]],
        "next": found[PAGE - 1].pk if len(found) > PAGE else None,
        "first": "before" not in request.GET,
        "form": form,
        "lead": lead,
        "rule": rule,
        "state": state,
        "here": request.GET.urlencode(),
    }
    return render(request, "leads/decisions.html", context)


def _number(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    if value and (not value.isascii() or not value.isdigit() or len(value) > 18):
        raise Http404
    return int(value) if value else None


def _page(rows: QuerySet[Decision], before: int | None) -> list[Decision]:
    rows = rows.filter(pk__lt=before) if before else rows
    return list(rows.select_related("lead", "settled_by").order_by("-pk")[: PAGE + 1])


def _line(row: Decision) -> dict[str, Any]:
    """What the template shows of one decision: links to the thread, numbers in words."""
    events = row.evidence.get("events")
    ids = [pk for pk in events if isinstance(pk, int)] if isinstance(events, list) else []
    ids += [row.event_id] if row.event_id and row.event_id not in ids else []
    numbers = [
        (one_line(str(key).replace("_", " "), 40), one_line(str(value), 60))
        for key, value in row.evidence.items()
        if key not in HIDDEN and isinstance(value, str | int | float)
    ]
    return {
        "row": row,
        "rule": decisions.label_of(row.rule),
        "events": list(enumerate(ids[:6], start=1)),
        "numbers": numbers[:6],
        "tint": TINTS.get(row.state, ""),
        "can_settle": decisions.can_settle(row),
        "can_undo": decisions.can_undo(row),
    }


@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """POST `do`: accept or dismiss a proposal. Whoever sees the lead may."""
    user, accept = current(request), request.POST.get("do") == "accept"
    return _told(request, pk, lambda row: decisions.answer(row, user, accept=accept))


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    return _told(request, pk, lambda row: decisions.undo(row, user))


def _told(request: HttpRequest, pk: int, act: Callable[[Decision], str]) -> HttpResponse:
    """Do it, say how it went, and go back to the log as it was filtered."""
    row = decision_for(current(request), pk)
    try:
        toast.show(request, act(row))
    except decisions.DecisionError as error:
        toast.warn(request, str(error))
    response = redirect("leads:decisions")
    if row.lead_id and request.POST.get("lead") == str(row.lead_id):
        response["Location"] += f"?lead={row.lead_id}"
    return response
