"""Every operation of the document, and a call that fits its schema: no new route is forgotten."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from salesagent.api import document
from salesagent.api.shapes import HOUR

METHODS = ("get", "post", "put", "patch", "delete")
FITTING = {"^[0-9a-f]{64}$": "0" * 64, f"^{HOUR}$": "09:00"}


@dataclass(frozen=True)
class Route:
    method: str
    path: str  # below /api/v1
    operation: Any

    @property
    def names(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)

    def at(self, ids: dict[str, Any]) -> str:
        """The path with these ids; KeyError names the one that world.made lacks."""
        return self.path.format(**ids)

    def body(self) -> Any:
        content = self.operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        return None if schema is None else fitting(schema)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes() -> Iterator[Route]:
    for path, methods in document.document()["paths"].items():
        for method in METHODS:
            if method in methods:
                yield Route(method.upper(), path.removeprefix("/api/v1"), methods[method])


def fitting(schema: dict[str, Any], name: str = "") -> Any:
    """The smallest value that the schema lets through, all properties named."""
    if "$ref" in schema:
        name_of = schema["$ref"].rpartition("/")[2]
        return fitting(document.document()["components"]["schemas"][name_of], name)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return fitting(schema[several][0], name)
    if "const" in schema or "enum" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    match schema.get("type"):
        case "object":
            return {key: fitting(one, key) for key, one in schema.get("properties", {}).items()}
        case "array":
            return [fitting(schema["items"], name)]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case "null":
            return None
    return _text(schema, name)


def _text(schema: dict[str, Any], name: str) -> str:
    known = {
        "date": "2027-01-04",
        "time": "09:00:00",
        "date-time": "2027-01-04T09:00:00Z",
        "uuid": "00000000-0000-4000-8000-000000000000",
    }
    if "pattern" in schema:
        return FITTING.get(schema["pattern"], "a")
    return known.get(schema.get("format", ""), "en" if name == "language" else "Text")
