"""Global search: leads and messages in one place."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from leads.selectors.searching import everywhere
from salesagent.accounts.access import current
from salesagent.lib.text import one_line


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    query = one_line(request.GET.get("q", ""), 100)
    before = request.GET.get("before", "")
    older = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
    whole = {"1": True, "0": False}.get(request.GET.get("whole", ""))
    context = {
        "page": "search",
        "search_query": query,
        "found": everywhere(current(request), query, older, whole=whole),
        "older": older,
    }
    return render(request, "leads/search.html", context)
