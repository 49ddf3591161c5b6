"""The OpenAPI document: what ninja knows of the routes, and what the door does for all of them."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from salesagent.api.app import PREFIX, api
from salesagent.api.auth import Bearer
from salesagent.api.once import HEADER, UNSAFE

PROBLEM = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For people"},
        "code": {"type": "string", "description": "For programs; it stays the same"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "In the body (RFC 6901)"},
                    "parameter": {"type": "string", "description": "In the query"},
                },
            },
        },
    },
}
ALWAYS = {
    "400": "The call cannot be read.",
    "401": "No valid token.",
    "403": "The token may not do this.",
    "404": "Nothing here that this token may see.",
    "422": "A value cannot be taken; `errors` says which.",
    "429": "Too many calls; Retry-After says how long to wait.",
}
READS = {"304": "You have it: the ETag is the one you sent."}
CHANGES = {
    "409": "Not in a state for that, or the same key is being worked on.",
    "412": "Changed since the ETag that If-Match names.",
    "413": "The body is too large.",
    "415": "The body is not application/json.",
}
RATE = {
    name: {"schema": {"type": "integer"}, "description": text}
    for name, text in {
        "RateLimit-Limit": "Calls in a minute",
        "RateLimit-Remaining": "Calls that are left",
        "RateLimit-Reset": "Seconds until all are there again",
    }.items()
}


@lru_cache(maxsize=1)
def text() -> str:
    return json.dumps(document(), ensure_ascii=False)


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    made: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=PREFIX))
    scopes = {(path, method): scope for path, method, scope in _scopes()}
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            _complete(operation, method.upper(), gets="get" in methods)
            auth = scopes[path, method]
            operation["x-scope"] = auth.scope
            operation["x-personal"] = auth.personal
    made["components"]["schemas"]["Problem"] = PROBLEM
    return made


def _scopes() -> Iterator[tuple[str, str, Bearer]]:
    """The token each route wants; a route without one does not come up."""
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                auth = [one for one in operation.auth_callbacks if isinstance(one, Bearer)]
                if len(auth) != 1:
                    raise ValueError(f"{operation.view_func.__name__} names no scope")
                whole = f"{PREFIX}{router.prefix}{path}".replace("//", "/")
                yield from ((whole, method.lower(), auth[0]) for method in operation.methods)


def _complete(operation: dict[str, Any], method: str, *, gets: bool) -> None:
    told = ALWAYS | (CHANGES if method in UNSAFE else READS)
    answers = {str(status): answer for status, answer in operation["responses"].items()}
    for status, words in told.items():
        answers.setdefault(status, _problem(words) if status != "304" else {"description": words})
    for answer in answers.values():
        answer.setdefault("headers", {}).update(RATE)
    answers["401"].pop("headers")
    if "200" in answers and method == "GET":
        answers["200"]["headers"] |= {"ETag": _header("Tag of what stands here")}
    operation["responses"] = answers
    operation["parameters"] = [*operation.get("parameters", []), *_headers(method, gets)]


def _problem(words: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": words, "content": {"application/problem+json": {"schema": schema}}}


def _header(words: str) -> dict[str, Any]:
    return {"schema": {"type": "string"}, "description": words}


def _headers(method: str, gets: bool) -> Iterator[dict[str, Any]]:
    if method == "GET":
        yield _asked("If-None-Match", "304 when it still has this ETag", 0)
        return
    yield _asked(HEADER, "Asked again with the same key, it is answered as the first time", 100)
    if gets:
        yield _asked("If-Match", "412 unless it still has this ETag", 0)


def _asked(name: str, words: str, most: int) -> dict[str, Any]:
    schema = {"type": "string"} | ({"maxLength": most, "pattern": "^[ -~]*$"} if most else {})
    return {"in": "header", "name": name, "required": False, "schema": schema, "description": words}
