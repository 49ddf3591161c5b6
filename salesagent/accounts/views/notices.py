"""The bell: what somebody should know, newest first; and the counts that open pages follow."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import resolve, reverse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_POST, require_safe

from salesagent.accounts import nav, notices
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib import toast
from salesagent.lib.text import plural


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """A page of notices by key; `?new=1` those that were not read."""
    user, new_only = current(request), request.GET.get("new") == "1"
    rows = list(notices.of(user, new_only=new_only, before=_number(request.GET.get("before", ""))))
    shown = rows[: notices.PAGE]
    notices.without_names(user, shown)
    return render(
        request,
        "accounts/notices.html",
        {
            "page": "notices",
            "rows": [(row, notices.KINDS.get(row.kind)) for row in shown],
            "new_only": new_only,
            "newest": shown[0].pk if shown else 0,
            "older": shown[-1].pk if len(rows) > len(shown) else None,
            "paged": "before" in request.GET,
        },
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The counts beside the navigation and on the bell; 204 while they are what the page shows."""
    counts = nav.counts(current(request))
    if request.GET.get("sig") == counts["sig"]:
        return HttpResponse(status=204)
    return render(request, "partials/live.html", {"nav": counts, "oob": True})


@require_POST
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what a notice is about; it counts as read from then on."""
    user = current(request)
    found = get_object_or_404(user.notices, pk=pk)
    notices.read(user, found.pk)
    if found.link and not _opens(user, found.link):
        toast.warn(request, "It is with somebody else now, or has ended.")
        return redirect("notices:list")
    return redirect(found.link or reverse("notices:list"))


def _opens(user: User, link: str) -> bool:
    """Whether the page behind a notice is still this person's to see."""
    try:
        target = resolve(urlsplit(link).path)
        if find := settings.NOTICE_LINKS.get(target.view_name):
            import_string(find)(user, target.kwargs["pk"])
    except Http404:
        return False
    return True


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    if not current(request).notices.filter(pk=pk).exists():
        raise Http404
    notices.read(current(request), pk)
    return _back(request)


@require_POST
def unread(request: HttpRequest, pk: int) -> HttpResponse:
    if not notices.unread_again(current(request), pk):
        raise Http404
    return _back(request)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    count = notices.read_all(current(request), _number(request.POST.get("upto", "")))
    toast.show(request, f"{plural(count, 'notice')} read." if count else "All were read already.")
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    new = "?new=1" if request.POST.get("new") == "1" else ""
    return redirect(reverse("notices:list") + new)
