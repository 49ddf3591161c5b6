"""The API to read: made from the same document that programs get, without a script."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from salesagent.api.scopes import SCOPES

Schema = dict[str, Any]
OWN = {"Idempotency-Key", "If-Match", "If-None-Match"}  # said once at the top

CODES = (
    ("invalid", 422, "A value cannot be taken, or nobody knows the field: see errors."),
    ("malformed, media_type, too_large", "400, 415, 413", "The body is no JSON, or is too large."),
    ("cursor", 422, "after is no cursor of this list."),
    ("token, scope", "401, 403", "No working token, or it may not do this."),
    ("machine_token, owner", 403, "Only a person's own token, or only the owner, may do this."),
    ("not_found, method", "404, 405", "Nothing here that you may see, or not with this method."),
    ("rate", 429, "Too many calls. Retry-After says when to ask again."),
    ("key, key_reused, running", "400, 422, 409", "An Idempotency-Key that is none, was used for "
     "another call, or whose first call is not over yet."),
    ("erased, out_of_sight", 409, "That call was carried out; its answer was erased, or is of "
     "what you do not see any more."),
    ("if_match, changed", "400, 412", "If-Match does not work there; somebody changed it."),
    ("taken", 409, "This person is somebody else's lead."),
    ("state", 409, "It is not in a state in which that can be done; detail says why."),
    ("blocked", 409, "A check stands against the draft: see its checks."),
    ("answered_by", 409, "A colleague answers this: send anyway to approve it all the same."),
    ("too_late", 409, "It is on its way or gone already, or something followed from it."),
    ("suppressed, archived", 409, "Not to be contacted, or put away."),
    ("mailbox, address, not_sent, not_drafted", 409, "No mailbox to write from, no address to "
     "write to, or it was not sent or drafted: detail says why."),
    ("broken", 500, "Something broke here. The log of the server says what."),
)  # fmt: skip


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    from salesagent.api import document

    made = document.document()
    groups: dict[str, list[Schema]] = {}
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            tag = operation.get("tags", ["Other"])[0]
            groups.setdefault(tag, []).append(_route(made, path, method, operation))
    context = {
        "page": "settings",
        "groups": [(tag, f"t{n}", rows) for n, (tag, rows) in enumerate(groups.items())],
        "scopes": SCOPES,
        "codes": CODES,
        "base": f"{made['servers'][0]['url']}/api/v1",
    }
    return render(request, "api/docs.html", context)


def _route(made: Schema, path: str, method: str, operation: Schema) -> Schema:
    sent = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    good = next(code for code in operation["responses"] if code.startswith("2"))
    answer = operation["responses"][good].get("content", {}).get("application/json", {})
    asked = [one for one in operation["parameters"] if one["name"] not in OWN]
    return {
        "id": operation["operationId"].rpartition("_routes_")[2],
        "method": method.upper(),
        "path": path.removeprefix("/api/v1"),
        "summary": operation["summary"],
        "words": operation.get("description", "").replace("`", ""),
        "scope": operation["x-scope"],
        "personal": operation["x-personal"],
        "asked": [
            (one["name"], _kind(made, one["schema"]), one["required"], _said(one)) for one in asked
        ],
        "body": list(_fields(made, sent.get("schema", {}))),
        "good": good,
        "answer": list(_fields(made, answer.get("schema", {}))),
    }


def _said(one: Schema) -> str:
    return str(one.get("description") or one["schema"].get("description", ""))


def _fields(made: Schema, schema: Schema) -> Iterator[tuple[str, str, bool, str]]:
    """(name, kind, required, words) of an object's properties; of a list's, those of its items."""
    whole = _whole(made, schema)
    required = whole.get("required", [])
    for name, one in whole.get("properties", {}).items():
        words = str(one.get("description", ""))
        yield name, _kind(made, one), name in required, words
        items = one.get("items", {})
        for below, kind, must, said in _fields(made, items) if "$ref" in items else ():
            yield f"{name}[].{below}", kind, must, said


def _whole(made: Schema, schema: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = made["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _kind(made: Schema, schema: Schema) -> str:
    """ "text, up to 300", "one of new, won", "list of numbers"."""
    if "$ref" in schema:
        return _kind(made, _whole(made, schema))
    if "anyOf" in schema:
        return " or ".join(_kind(made, one) for one in schema["anyOf"])
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else []):
        return "one of " + ", ".join(str(value) or "empty" for value in values)
    kind = schema.get("type", "")
    if kind == "array":
        return f"list: {_kind(made, schema.get('items', {}))}"
    if kind == "string":
        most = schema.get("maxLength")
        return schema.get("format") or (f"text, up to {most:,}" if most else "text")
    names = {"integer": "whole number", "boolean": "true or false", "null": "null"}
    return names.get(kind, str(kind) or "anything")
