"""The one way into /api/v1/: token, rate, size, kind of body; then the routes, which come on call.

A process that is never called here does not load the API. Cookies are not looked at, so there is
nothing for a foreign page to ride on; no answer carries CORS headers.
"""

import logging
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from salesagent.api import etags, limits, once, tokens
from salesagent.api.problems import Problem, not_found
from salesagent.lib import hands

log = logging.getLogger(__name__)
BODY_MOST = 1024 * 1024
JSON = "application/json"
Handler = Callable[[HttpRequest], HttpResponse]


@csrf_exempt
@login_not_required
def api(request: HttpRequest, rest: str) -> HttpResponse:
    head = request.method == "HEAD"
    if head:
        request.method = "GET"
    try:
        response = _answer(request, f"/{rest}")
    except Problem as problem:
        response = problem.answer()
    spent: limits.Spent | None = getattr(request, "spent", None)
    for name, value in (spent.headers if spent else {}).items():
        response[name] = value
    response["Cache-Control"] = "private, no-cache"
    if head:
        response["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


def _answer(request: HttpRequest, path: str) -> HttpResponse:
    if path == "/openapi.json":
        return _document(request)
    token = _token(request)
    call: Any = request
    call.user, call.token, call.next_cursor = token.user, token, ""
    limits.charge(request)
    tokens.note_use(token)
    _check_body(request)
    with timezone.override(token.user.tz), hands.of_program(token.machine):
        return _routed(request, path)


def _document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document says nothing about this installation, so it needs no token."""
    from salesagent.api import document

    if request.method != "GET":
        return _not_allowed("GET, HEAD")
    return etags.tagged(request, HttpResponse(document.text(), JSON))


def _token(request: HttpRequest) -> Any:
    kind, _, words = request.headers.get("Authorization", "").partition(" ")
    token = tokens.find(words.strip()) if kind.lower() == "bearer" else None
    if token is None:
        error = ', error="invalid_token"' if kind else ""
        asks = {"WWW-Authenticate": f'Bearer realm="SalesAgent"{error}'}
        detail = "Send a valid token: Authorization: Bearer sa_…"
        raise Problem(401, detail, code="token", headers=asks)
    return token


def _check_body(request: HttpRequest) -> None:
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > BODY_MOST:
        raise Problem(413, f"A body has up to {BODY_MOST:,} bytes.", code="too_large")
    if length and request.method in once.UNSAFE and request.content_type != JSON:
        raise Problem(415, f"Send {JSON}.", code="media_type", headers={"Accept": JSON})


def _routed(request: HttpRequest, path: str) -> HttpResponse:
    from salesagent.api.app import resolver

    try:
        match = resolver.resolve(path)
    except Resolver404:
        raise not_found() from None
    asked: Any = match.func

    def view(request: HttpRequest) -> HttpResponse:
        response: HttpResponse = asked(request, *match.args, **match.kwargs)
        return response

    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": _allowed(request, view)})
    if request.method == "GET":
        return etags.tagged(request, _linked(request, view(request)))
    return _changed(request, view, path, outside=request.method in asked.outside)


def _changed(request: HttpRequest, view: Handler, path: str, *, outside: bool) -> HttpResponse:
    def work() -> HttpResponse:
        compares = "If-Match" in request.headers
        with transaction.atomic() if compares and not outside else nullcontext():
            if compares:
                with transaction.atomic():  # locks the row
                    etags.unchanged(request, view, path)
            response = view(request)
        return _said_so(response) if response.status_code == 405 else response

    key = once.key_of(request)
    token = request.token  # type: ignore[attr-defined]
    return once.answered(token, key, request, work, outside=outside) if key else work()


def _allowed(request: HttpRequest, view: Handler) -> str:
    request.method = "-"  # no route has it: the answer names those that there are
    named = set(view(request)["Allow"].replace(" ", "").split(","))
    return ", ".join(sorted(named | {"OPTIONS"} | ({"HEAD"} if "GET" in named else set())))


def _said_so(response: HttpResponse) -> HttpResponse:
    return _not_allowed(response["Allow"])


def _not_allowed(methods: str) -> HttpResponse:
    return Problem(405, "Not at this address.", code="method", headers={"Allow": methods}).answer()


def _linked(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The next page in the Link header (RFC 8288)."""
    cursor = request.next_cursor  # type: ignore[attr-defined]
    if response.status_code == 405:
        return _said_so(response)
    if cursor and response.status_code == 200:
        query = request.GET.copy()
        query["after"] = cursor
        pairs = [(key, value) for key, values in query.lists() for value in values]
        url = request.build_absolute_uri(f"{request.path}?{urlencode(pairs)}")
        response["Link"] = f'<{url}>; rel="next"'
    return response
