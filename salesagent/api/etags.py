"""What stands here has a tag: not sent again unchanged, not overwritten when it was changed."""

import copy
import hashlib
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

from salesagent.api.problems import Problem

# first part of the path -> table whose row is locked while a change compares and writes
ROWS = {"leads": "leads.Lead", "sequences": "outreach.Sequence", "drafts": "outreach.Touch"}


def tag_of(content: bytes) -> str:
    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


def _names(header: str) -> list[str]:
    return [part.strip().removeprefix("W/") for part in header.split(",")]


def tagged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A 200 gets its tag, or becomes 304 when the caller has it."""
    if response.status_code != 200:
        return response
    response["ETag"] = tag = tag_of(response.content)
    wanted = request.headers.get("If-None-Match", "")
    if not wanted or not {tag, "*"} & set(_names(wanted)):
        return response
    same = HttpResponseNotModified()
    same["ETag"] = tag
    return same


def unchanged(request: HttpRequest, view: Callable[[HttpRequest], HttpResponse], path: str) -> None:
    """If-Match on a change: what stands at the path now must carry that tag. Raises Problem 412.

    Wants a transaction: the row stays locked until its end.
    """
    wanted = request.headers.get("If-Match", "")
    if not wanted:
        return
    _lock(path)
    look: Any = copy.copy(request)
    look.method = "GET"
    look.token = copy.copy(look.token)
    look.token.scopes = [*look.token.scopes, *_reading(look.token.scopes)]
    now = view(look)
    if now.status_code == 405:
        raise Problem(400, "If-Match works where GET does, at the same address.", code="if_match")
    if now.status_code != 200 or not {tag_of(now.content), "*"} & set(_names(wanted)):
        detail = "It was changed meanwhile. Read it again."
        raise Problem(412, detail, code="changed")


def _reading(scopes: list[str]) -> list[str]:
    """Who may change a thing may have it compared."""
    return [scope.replace(":write", ":read") for scope in scopes]


def _lock(path: str) -> None:
    first, _, rest = path.strip("/").partition("/")
    number = rest.partition("/")[0]
    if first in ROWS and number.isascii() and number.isdigit() and len(number) < 19:
        rows = apps.get_model(ROWS[first])._default_manager.select_for_update()
        list(rows.filter(pk=int(number)).values_list("pk"))
