"""What HubSpot's refusals mean, in the words of the person who can do something about them.

Every part of an error body may miss, so nothing is relied on. Their texts are shown, cut and on one
line; they are about the record and name no token.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from leads.crm.base import CrmError, RowError
from salesagent.lib import http
from salesagent.lib import text as texts
from salesagent.lib.scrub import HIDDEN, scrub

LIMIT = 250
LONGEST = 65_536  # signs of a text that are looked at
_EXISTING = re.compile(r"Existing ID: ?(\d{1,20})")
_TAIL = re.compile(r"not valid: (?=\[)")
RULES = frozenset(
    {"VALIDATION_ERROR", "PROPERTY_VALIDATION", "INVALID_OPTION", "REQUIRED_PROPERTY_MISSING"}
)


def body_of(answer: http.Answer, *tokens: str) -> dict[str, Any]:
    """{} for what is no object. `tokens` are not in it, whatever the service repeats."""
    text = answer.text
    for token in filter(None, tokens):
        text = text.replace(token, HIDDEN)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def one_line(text: str, limit: int = LIMIT) -> str:
    return texts.one_line(scrub(text[:LONGEST]), limit)


def of_answer(status: int, body: Mapping[str, Any], wait: float | None) -> CrmError:
    """The whole call was refused."""
    if status == 401:
        text = "HubSpot no longer accepts our access. Connect it again, with a new token."
        return CrmError(text, permanent=True)
    if status == 403:
        return CrmError(_forbidden(body), permanent=True)
    if status == 429:
        return CrmError(_busy(body), permanent=False, wait=wait or 10.0)
    if status == 423:
        text = "HubSpot is busy with these records. It goes on in a moment."
        return CrmError(text, permanent=False, wait=wait or 2.0)
    if status == 477:
        text = "HubSpot is moving this account to another data centre. It goes on afterwards."
        return CrmError(text, permanent=False, wait=wait)
    if status >= 500 or status == 408:
        text = f"HubSpot has a problem of its own (HTTP {status}). We try again."
        return CrmError(text, permanent=False, wait=wait)
    return CrmError(f"HubSpot did not accept this: {_said(body) or status}", permanent=True)


def _forbidden(body: Mapping[str, Any]) -> str:
    scopes = missing_scopes(body)
    if scopes:
        names = ", ".join(scopes)
        return f"HubSpot does not give the right for this. Add {names} to the app in HubSpot."
    return f"HubSpot does not allow this: {_said(body) or 'a right is missing'}"


def missing_scopes(body: Mapping[str, Any]) -> list[str]:
    """The rights a 403 names, at most five."""
    found: list[str] = []
    for one in [body, *_dicts(body.get("errors"))]:
        context = one.get("context")
        if isinstance(context, Mapping):
            for name in ("requiredGranularScopes", "requiredScopes", "missingScopes"):
                values = context.get(name)
                found += [str(v) for v in values] if isinstance(values, list) else []
    clean = [one_line(name, 80) for name in dict.fromkeys(found)]
    return clean[:5]


def _busy(body: Mapping[str, Any]) -> str:
    if "DAILY" in str(body.get("policyName") or "").upper():
        return "HubSpot's limit of calls for today is reached. It goes on after midnight."
    return "HubSpot asks us to slow down. It goes on in a moment."


def of_row(error: Mapping[str, Any], fields: Mapping[str, str], status: int = 400) -> RowError:
    """One record was refused. `fields`: their property -> our code."""
    category = str(error.get("category") or "").upper()
    text = _said(error)
    if status == 409 or category == "CONFLICT":
        return _conflict(text)
    if status == 404 or category == "OBJECT_NOT_FOUND":
        return RowError("This record is no longer in HubSpot.", code="gone")
    if category in ("RATE_LIMITS", "RATE_LIMIT", "LOCKED", "INTERNAL_ERROR", "SERVER_ERROR"):
        return RowError("HubSpot was busy. We try again.", code="busy", again=True)
    name, why, code = _detail(error)
    ours = fields.get(name, "")
    if name:
        words = f"HubSpot's rule for {name}: {why or text}"
    else:
        words = f"HubSpot's rule: {why or text}"
    words = f"{words.rstrip('. ')}. Change it here or there."
    return RowError(one_line(words, LIMIT), code=code or category or "refused", field=ours)


def _conflict(text: str) -> RowError:
    found = _EXISTING.search(text)
    if found:
        return RowError(
            "HubSpot has a contact with this address already.",
            code="exists",
            field="email",
            existing_id=found[1],
        )
    return RowError(one_line(f"HubSpot has it already: {text}", LIMIT), code="exists")


def _detail(error: Mapping[str, Any]) -> tuple[str, str, str]:
    """(property, why, code): from `errors`, `context`, or the list that ends older messages."""
    for one in [*_dicts(error.get("errors")), *_listed(str(error.get("message") or "")), error]:
        name = str(one.get("name") or "") or _first(one.get("context"), "propertyName")
        name = name or _first(one.get("context"), "properties")
        if name:
            why = str(one.get("localizedErrorMessage") or one.get("message") or "")
            code = str(one.get("code") or one.get("error") or "")
            return one_line(name, 60), one_line(why, 180), one_line(code, 40)
    for one in _dicts(error.get("errors")):
        return (
            "",
            one_line(str(one.get("message") or ""), 180),
            one_line(str(one.get("code") or ""), 40),
        )
    return "", "", ""


def _listed(message: str) -> list[Mapping[str, Any]]:
    found = _TAIL.search(message[:LONGEST])
    if not found:
        return []
    try:
        return list(_dicts(json.loads(message[found.end() :])))
    except (ValueError, RecursionError):
        return []


def _first(context: object, name: str) -> str:
    values = context.get(name) if isinstance(context, Mapping) else None
    if isinstance(values, list):
        values = values[0] if values else None
    return values if isinstance(values, str) else ""


def _said(body: Mapping[str, Any]) -> str:
    text = str(body.get("message") or "")
    found = _TAIL.search(text[:LONGEST])
    return one_line(text[: found.start()] if found else text, LIMIT)


def _dicts(value: object) -> Iterable[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def ids_of(error: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """What of the input an entry of `errors` is about: trace ids, record ids."""
    context = error.get("context")
    found: list[str] = []
    for name in names:
        values = context.get(name) if isinstance(context, Mapping) else None
        if isinstance(values, list):
            found += [str(value) for value in values]
        elif isinstance(values, str | int):
            found.append(str(values))
    if isinstance(error.get("id"), str) and error["id"]:
        found.append(error["id"])
    return found
