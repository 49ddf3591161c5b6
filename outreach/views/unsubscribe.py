"""The stop page. GET shows and changes nothing: mail scanners follow every link. POST acts, without
a cookie or a login, for the page's buttons and for the one-click header (RFC 8058) alike."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from leads.services.inquiry import address_of
from leads.services.suppression import SuppressionError
from outreach.services import unsubscribe as service
from salesagent.accounts.models import Workspace

ACTIONS = {"all", "email", "undo"}


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = service.read(token)
    except service.BadLink:
        return _by_address(request, status=404, bad_link=True)
    said = ""
    if request.method == "POST":
        said = _act(link, request)
    context = {"link": link, "state": service.state(link), "said": said}
    return _show(request, "public/unsubscribe.html", context)


def _act(link: service.Link, request: HttpRequest) -> str:
    """What was done. The one-click body, and any other, means: everything."""
    action = request.POST.get("action", "")
    action = action if action in ACTIONS else "all"
    if action == "undo":
        service.undo(link)
    else:
        service.stop(link, action)
    return action


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_address(request: HttpRequest) -> HttpResponse:
    """For a link that did not survive; the answer never tells whether we know the address."""
    if request.method != "POST":
        return _by_address(request)
    given = request.POST.get("address", "")[:300]
    try:
        ip = address_of(request.META, behind_proxy=settings.BEHIND_PROXY)
        service.stop_by_address(given, ip=ip)
    except SuppressionError as error:
        return _by_address(request, status=422, given=given, error=str(error))
    except service.TooMany:
        text = "That were many tries. Wait an hour, or answer one of our mails with “stop”."
        return _by_address(request, status=429, given=given, error=text)
    return _by_address(request, done=True)


def _by_address(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    return _show(request, "public/unsubscribe_address.html", context, status)


def _show(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    context["workspace"] = Workspace.current()
    return render(request, template, context, status=status)
