"""The API to read: made from the same document that programs get, without a script."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from salesagent.api.scopes import SCOPES

Schema = dict[str, Any]
OWN = {"Idempotency-Key", "If-Match", "If-None-Match"}  # said once at the top


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
