"""The leaderboard, and the owner's switch for it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from coaching.services import leaderboard as service
from coaching.services import shares
from coaching.services.talks import DAYS
from coaching.views.own import head
from salesagent.accounts.access import current, owner_required
from salesagent.lib import toast


@require_GET
def leaderboard(request: HttpRequest) -> HttpResponse:
    """By name, with intervals, for everybody of the team. Not there while it is off."""
    days = DAYS[-1] if request.GET.get("days") == str(DAYS[-1]) else DAYS[0]
    try:
        rows = service.table(current(request), days)
    except service.LeaderboardOff:
        raise Http404 from None
    context = head(request, "board") | {
        "rows": rows,
        "days": days,
        "spans": DAYS,
        "needed": shares.FEW,
        "placed": any(row.place for row in rows),
    }
    return render(request, "coaching/leaderboard.html", context)


@require_http_methods(["GET", "POST"])
@owner_required
def settings(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        to = request.POST.get("leaderboard") == "1"
        if service.switch(current(request), to=to):
            toast.show(request, "The leaderboard is on." if to else "The leaderboard is off.")
        return redirect("coaching:settings")
    context = {"page": "settings", "tab": "coaching", "title": "Coaching", "on": service.on()}
    return render(request, "coaching/settings.html", context)
