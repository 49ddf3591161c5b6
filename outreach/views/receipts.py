"""Approvals: a person gives the source of a statement."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from outreach import draft_page
from outreach.access_work import touch_for
from outreach.services import vouching
from salesagent.accounts.access import current
from salesagent.lib import toast


@require_POST
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep where a sentence comes from; the page shows it with its source then."""
    user = current(request)
    touch = touch_for(user, pk)
    given = {name: request.POST.get(name, "") for name in ("place", "origin", "seen_hash")}
    try:
        vouching.vouch(touch, user=user, **given)
        toast.show(request, "Kept as a note in the thread.")
    except vouching.VouchError as error:
        toast.warn(request, str(error))
    return redirect(reverse("outreach:approval", args=[pk]) + draft_page.query(request))
