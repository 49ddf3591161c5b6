"""The daily mail before it comes: what it would say now, and to oneself at once."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from outreach.services import digest
from salesagent.accounts import system_mail
from salesagent.accounts.access import current
from salesagent.lib import toast
from salesagent.lib.throttle import allow

TRIES, WINDOW = 3, 3600


@require_GET
def preview(request: HttpRequest) -> HttpResponse:
    """Sends nothing and settles nothing: the mail of the day comes all the same."""
    user, now = current(request), timezone.now()
    found = digest.gather(user, now)
    context = {
        "page": "settings",
        "tab": "profile",
        "title": "Today's mail",
        "found": found,
        "blocks": system_mail.shown(found.blocks()),
        "next_at": digest.next_at(user, now),
        "leaves": system_mail.leaves(),
    }
    return render(request, "outreach/digest.html", context)


@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """To the own address only, a few times an hour."""
    user = current(request)
    if not allow("digest.now", str(user.pk), limit=TRIES, seconds=WINDOW):
        toast.warn(request, f"{TRIES} an hour is all. The mail of the day comes all the same.")
        return redirect("outreach:digest")
    try:
        sent = digest.send_now(user, timezone.now())
    except OSError as error:
        toast.warn(request, f"It could not leave: {error}")
        return redirect("outreach:digest")
    if sent:
        toast.show(request, f"Sent to {user.email}." if system_mail.leaves() else digest.KEPT)
    else:
        toast.warn(request, "Nothing waits, so there is nothing to send.")
    return redirect("outreach:digest")
