"""Settings, Connections: every service on one page, each off, connected, waiting or broken."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from salesagent.accounts.access import current
from salesagent.accounts.cards import cards
from salesagent.lib import tasks, toast
from salesagent.lib.throttle import allow


@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    found = cards(current(request))
    context = {
        "page": "settings",
        "tab": "connections",
        "title": "Connections",
        "cards": found,
        "alerts": [card for card in found if card.alert],
    }
    return render(request, "accounts/connections.html", context)


@require_POST
def check_all(request: HttpRequest) -> HttpResponse:
    """Checks run in the background; each line says when it was checked last."""
    user = current(request)
    if allow("check-connections", str(user.pk), limit=3, seconds=60):
        for path in settings.CONNECTION_CHECKS:
            tasks.enqueue(path, user.pk)
    toast.show(request, "Checking. Each line says when it was checked last.")
    return redirect("settings:connections")
