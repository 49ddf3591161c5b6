"""The API itself. Importing this costs 20 MB and half a second: only the door does, on a call."""

import logging
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLResolver
from django.urls import path as django_path
from django.urls.resolvers import RegexPattern
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.operation import PathView
from ninja.utils import replace_path_param_notation

from salesagent.api.problems import Problem, not_found

log = logging.getLogger(__name__)
PREFIX = "/api/v1"

# Where routes live: (path, module with `router`). A new file of routes is one line here.
ROUTES = [
    ("", "salesagent.api.routes.intake"),
    ("/leads", "salesagent.api.routes.leads"),
    ("/leads", "salesagent.api.routes.lead_changes"),
    ("/leads", "salesagent.api.routes.thread"),
    ("/companies", "salesagent.api.routes.companies"),
    ("/sequences", "salesagent.api.routes.sequences"),
    ("/sequences", "salesagent.api.routes.steps"),
    ("", "salesagent.api.routes.enrollments"),
    ("/drafts", "salesagent.api.routes.drafts"),
    ("", "salesagent.api.routes.cadence"),
    ("", "salesagent.api.routes.channels"),
    ("", "salesagent.api.routes.intelligence"),
    ("", "salesagent.api.routes.email"),
    ("/stats", "salesagent.api.routes.stats"),
]


def _problem(request: HttpRequest, error: Problem) -> HttpResponse:
    return error.answer()


def _missing(request: HttpRequest, error: Exception) -> HttpResponse:
    return not_found().answer()


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    detail = "The body is not JSON." if error.status_code == 400 else str(error)
    return Problem(error.status_code, detail, code="malformed").answer()


def _too_big(request: HttpRequest, error: Exception) -> HttpResponse:
    return Problem(413, "The body is too large.", code="too_large").answer()


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """An id in the path that is none finds nothing; all else is said with its place."""
    if any(one["loc"][0] == "path" for one in error.errors):
        return not_found().answer()
    said = [_said(one) for one in error.errors[:50]]
    detail = "Some values cannot be taken." if len(said) > 1 else said[0]["detail"]
    return Problem(422, detail, code="invalid", errors=said).answer()


def _said(error: dict[str, Any]) -> dict[str, str]:
    """ninja's loc: ("body", "payload", "email"), ("query", "paged", "limit")."""
    where, *rest = error["loc"]
    detail = str(error["msg"]).removeprefix("Value error, ")
    if where != "body":
        named = [step for step in rest if isinstance(step, str)]  # a place in a list is no name
        return {"detail": detail, "parameter": named[-1] if named else where}
    steps = [str(step).replace("~", "~0").replace("/", "~1") for step in rest[1:]]
    return {"detail": detail, "pointer": "".join(f"/{step}" for step in steps)}


def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return Problem(500, "Something broke here. The log says what.", code="broken").answer()


def _made() -> NinjaAPI:
    made = NinjaAPI(
        title="SalesAgent",
        version="1",
        description="Leads, threads, sequences, drafts and numbers of one installation.",
        docs_url=None,
        openapi_url=None,
        urls_namespace="api-v1",
        servers=[{"url": settings.SITE_URL}],
    )
    handlers: list[tuple[Any, Any]] = [
        (Problem, _problem),
        (Http404, _missing),
        (HttpError, _http),
        (ValidationError, _invalid),
        (RequestDataTooBig, _too_big),
        (TooManyFieldsSent, _too_big),
        (Exception, _broken),
    ]
    for kind, handler in handlers:
        made.add_exception_handler(kind, handler)
    for path, module in ROUTES:
        made.add_router(path, import_module(module).router)
    return made


def _resolver(made: NinjaAPI) -> URLResolver:
    """One view for each path, whichever files its methods stand in."""
    views: dict[str, PathView] = {}
    for router in made._get_bound_routers():
        for path, view in router.path_operations.items():
            route = f"{router.prefix}{path}".lstrip("/")
            views.setdefault(route, PathView()).operations += view.operations
    patterns = []
    for route, view in views.items():
        answer = view.get_view()
        answer.outside = _outside(view)  # type: ignore[attr-defined]
        patterns.append(django_path(replace_path_param_notation(route), answer))
    return URLResolver(RegexPattern(r"^/"), patterns)


def _outside(view: PathView) -> frozenset[str]:
    """Methods that talk to other services (auth.outside)."""
    calls = [one for one in view.operations if getattr(one.view_func, "outside", False)]
    return frozenset(method for one in calls for method in one.methods)


api = _made()
resolver = _resolver(api)
