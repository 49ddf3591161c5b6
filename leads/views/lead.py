"""The lead page: the living thread, the boxes beside it, the composer below."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.module_loading import import_string
from django.views.decorators.http import require_GET, require_POST

from leads import thread_page
from leads.access import lead_for
from leads.forms_thread import NoteForm
from leads.models import Lead
from leads.services import notes, suppression
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib import toast
from salesagent.lib.text import one_line


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    lead = lead_for(current(request), pk)
    return redirect("leads:detail", lead.pk) if lead.pk != pk else page(request, lead)


def page(
    request: HttpRequest,
    lead: Lead,
    *,
    composer: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page. `composer` replaces values of the composer, e.g. a form with its errors."""
    user = current(request)
    group, query = _filter(request)
    before = _number(request, "before")
    seen = thread_page.overview(lead)
    context = {
        "page": "leads",
        "lead": lead,
        "thread": thread_page.read(lead, group=group, query=query, before=before),
        "newest": seen.newest,
        "chips": _chips(seen.counts, group),
        "group": group,
        "query": query,
        "live": before is None,
        "composer": _composer(request, lead, composer),
        **_boxes(lead, user),
    }
    return render(request, "leads/lead.html", context, status=status)


def _filter(request: HttpRequest) -> tuple[str, str]:
    group = request.GET.get("show", "")
    query = one_line(request.GET.get("q", ""), 100)
    return (group if group in thread_page.GROUPS else ""), query


def _number(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 19 else None


def _chips(numbers: dict[str, int], group: str) -> list[tuple[str, str, int, bool]]:
    """(code, label, count, chosen) of each filter."""
    rows = [("", "Everything", numbers["all"], not group)]
    return rows + [(c, label, numbers[c], c == group) for c, label in thread_page.GROUPS.items()]


def _composer(
    request: HttpRequest, lead: Lead, replaced: Mapping[str, Any] | None
) -> tuple[str, dict[str, Any]]:
    template, context = import_string(settings.LEAD_COMPOSER)(lead, current(request), replaced)
    tab = request.GET.get("tab", "")
    if tab in context["names"] and "tab" not in (replaced or {}):
        context["tab"] = tab
    context.setdefault("note_form", NoteForm())
    return template, context


def _boxes(lead: Lead, user: User) -> dict[str, Any]:
    """What may change while somebody looks: the boxes beside the thread and what waits below it."""
    return {
        "stops": suppression.channels_off([lead]).get(lead.pk, set()),
        "panels": [import_string(path)(lead, user) for path in settings.LEAD_PANELS],
        "waiting": import_string(settings.LEAD_WAITING)(lead, user),
    }


@require_GET
def earlier(request: HttpRequest, pk: int) -> HttpResponse:
    """The 50 events before `?before=`, as rows to put on top; the page does it without JS."""
    lead = lead_for(current(request), pk)
    before = _number(request, "before")
    group, query = _filter(request)
    thread = thread_page.read(lead, group=group, query=query, before=before)
    context = {"lead": lead, "thread": thread, "group": group, "query": query}
    return render(request, "leads/lead/_earlier.html", context)


@require_GET
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """What happened since event `?after=`: 204 when nothing did, which costs one small query."""
    user = current(request)
    lead = lead_for(user, pk)
    after = _number(request, "after")
    newest = thread_page.newest_id(lead)
    if after is None or newest <= after:
        return HttpResponse(status=204)
    group, query = _filter(request)
    context = {
        "lead": lead,
        "thread": thread_page.read_new(lead, after, group=group, query=query),
        "chips": _chips(thread_page.overview(lead).counts, group),
        **_boxes(lead, user),
    }
    response = render(request, "leads/lead/_live.html", context)
    response["X-Newest"] = str(newest)
    return response


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    lead = lead_for(user, pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            notes.add_note(lead, user, form.cleaned_data["text"], token=form.cleaned_data["token"])
        except notes.NoteError as error:
            form.add_error("text", str(error))
        else:
            toast.show(request, "Note kept.")
            return redirect("leads:detail", lead.pk)
    return page(request, lead, composer={"tab": "note", "note_form": form}, status=422)
