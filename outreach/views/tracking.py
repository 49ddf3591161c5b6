"""Where counted links and the open pixel lead. No cookie, no login, nothing stored about the
reader's machine, and never an address out of the request."""

import base64

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from outreach.services import tracking

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
ASKS = (
    "accept", "accept-language", "sec-fetch-mode", "sec-fetch-dest", "sec-purpose", "purpose",
    "x-moz",
)  # fmt: skip


# the answer to the button leads to another site, which browsers hold against form-action too
@csp_update({"form-action": ["https:", "http:"]})  # type: ignore[arg-type]
@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def click(request: HttpRequest, token: str) -> HttpResponse:
    """On to the page; where it is not sure that a person asks, by a page with one button."""
    try:
        link = tracking.link_of(token)
    except tracking.NoLink as error:
        raise Http404 from error
    agent = request.headers.get("User-Agent", "")[:400]
    if request.method == "POST":
        if not tracking.is_machine(agent):
            tracking.confirmed(link)
        return _plain(HttpResponseRedirect(link.url, status=303))
    asks = {name: request.headers.get(name, "")[:200].lower() for name in ASKS}
    if tracking.visit(link, tracking.Visit(str(request.method), agent, asks)):
        return _plain(HttpResponseRedirect(link.url))
    context = {"host": tracking.host_of(link.url), "url": link.url}
    return _plain(render(request, "public/continue.html", context))


@login_not_required
@require_http_methods(["GET", "HEAD"])
def pixel(request: HttpRequest, token: str) -> HttpResponse:
    """Always the same picture, whether anything was noted or not."""
    if request.method == "GET":
        tracking.opened_by_token(token, request.headers.get("User-Agent", "")[:400])
    return _plain(HttpResponse(GIF, content_type="image/gif"))


def _plain(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
