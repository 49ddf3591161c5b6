"""The part of JSON Schema that our questions use: check an answer, and find one inside a text.

type, properties, required, additionalProperties, items, enum, minLength, maxLength, minItems,
maxItems, minimum, maximum. Every property counts as required unless its type may be "null".
"""

import json
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
TEXT_LIMIT = 200_000  # characters looked through for an object
TRIES = 20  # places where one may begin
DEPTH = 12
_OWN_ONLY = ("minLength", "maxLength")  # strict endpoints refuse them; we check them ourselves
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


class NoObject(Exception):
    """The text holds no JSON object."""


def strict(schema: Schema) -> dict[str, Any]:
    """As strict endpoints want it: all properties required, no others, no lengths."""
    made: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _OWN_ONLY:
            continue
        if key == "properties":
            made[key] = {name: strict(part) for name, part in value.items()}
        elif key == "items":
            made[key] = strict(value)
        else:
            made[key] = value
    if "properties" in made:
        made["required"] = list(made["properties"])
        made["additionalProperties"] = False
    return made


def found(text: str) -> dict[str, Any]:
    """The text as an object, or the first one inside it. Raises NoObject."""
    text = text[:TEXT_LIMIT].rsplit("</think>", 1)[-1].strip()
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    at = -1
    for _ in range(TRIES):
        at = text.find("{", at + 1)
        if at < 0:
            break
        try:
            value, _end = decoder.raw_decode(text, at)
            value = _storable(value)
        except (ValueError, RecursionError):
            continue
        return dict(value)
    raise NoObject


def _storable(value: Any) -> Any:
    """Without halves of surrogate pairs, which no database takes."""
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "ignore"))


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON


def problem(value: Any, schema: Schema, path: str = "answer", depth: int = 0) -> str:
    """The first thing that does not fit, in words a model understands; "" when all fits."""
    if depth > DEPTH:
        return f"{path} is nested too deep"
    kinds = schema.get("type", "object")
    allowed = [kinds] if isinstance(kinds, str) else list(kinds)
    if not any(_is(value, kind) for kind in allowed):
        return f"{path} must be of type {' or '.join(allowed)}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{path} must be one of {', '.join(map(str, schema['enum']))}"
    if isinstance(value, dict):
        return _object(value, schema, path, depth)
    if isinstance(value, list):
        return _array(value, schema, path, depth)
    return _scalar(value, schema, path)


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES.get(kind, ()))


def _object(value: dict[str, Any], schema: Schema, path: str, depth: int) -> str:
    parts: Mapping[str, Schema] = schema.get("properties", {})
    for name, part in parts.items():
        if name not in value:
            if "null" not in part.get("type", ""):
                return f"{path}.{name} is missing"
        elif why := problem(value[name], part, f"{path}.{name}", depth + 1):
            return why
    return ""  # names nobody asked for are not read, so they do no harm


def _array(value: list[Any], schema: Schema, path: str, depth: int) -> str:
    if len(value) < schema.get("minItems", 0):
        return f"{path} must have at least {schema['minItems']} items"
    if len(value) > schema.get("maxItems", 1_000):
        return f"{path} must have at most {schema.get('maxItems', 1_000)} items"
    part: Schema = schema.get("items", {"type": list(_TYPES)})
    reasons = (problem(one, part, f"{path}[{i}]", depth + 1) for i, one in enumerate(value))
    return next(filter(None, reasons), "")


def _scalar(value: Any, schema: Schema, path: str) -> str:
    if isinstance(value, str):
        if len(value.strip()) < schema.get("minLength", 0):
            return f"{path} is too short"
        if len(value) > schema.get("maxLength", 50_000):
            return f"{path} must have at most {schema.get('maxLength', 50_000)} characters"
        return ""
    number = value if isinstance(value, int | float) else 0
    low, high = schema.get("minimum", number), schema.get("maximum", number)
    return "" if low <= number <= high else f"{path} is out of range"
