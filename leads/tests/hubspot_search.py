"""Search as HubSpot's documentation describes it: groups, operators, one sort, 10,000 results."""

from datetime import datetime
from typing import Any

from leads.tests.hubspot_world import Refusal, Thing, World, modified_name

MOST_RESULTS = 10_000
MOST_PAGE = 200
DATES = ("lastmodifieddate", "hs_lastmodifieddate", "createdate")


def search(world: World, kind: str, body: Any) -> dict[str, Any]:
    limit, after = int(body.get("limit", 10)), int(body.get("after") or 0)
    groups, sorts = body.get("filterGroups") or [], body.get("sorts") or []
    if not 0 < limit <= MOST_PAGE:
        raise Refusal(400, "VALIDATION_ERROR", "limit must be between 1 and 200")
    if after + limit > MOST_RESULTS:
        raise Refusal(400, "VALIDATION_ERROR", "The search API has a limit of 10,000 results")
    if len(groups) > 5 or len(sorts) > 1 or any(len(g["filters"]) > 6 for g in groups):
        raise Refusal(400, "VALIDATION_ERROR", "too many filters, groups or sorts")
    found = [one for one in world.visible(kind) if _fits(one, groups)]
    if sorts:
        name = sorts[0]["propertyName"]
        down = sorts[0].get("direction") == "DESCENDING"
        found.sort(key=lambda one: _value(one, name), reverse=down)
    page = found[after : after + limit]
    names = body.get("properties") or []
    answer: dict[str, Any] = {"total": len(found), "results": [one.shown(names) for one in page]}
    if after + limit < len(found):
        answer["paging"] = {"next": {"after": str(after + limit)}}
    return answer


def _fits(one: Thing, groups: list[Any]) -> bool:
    return not groups or any(all(_true(one, f) for f in g["filters"]) for g in groups)


def _true(one: Thing, test: Any) -> bool:
    name, operator = test["propertyName"], test["operator"]
    own = _value(one, name)
    if operator in ("IN", "NOT_IN"):
        return (own in [str(v).lower() for v in test["values"]]) == (operator == "IN")
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return bool(own) == (operator == "HAS_PROPERTY")
    other = _read(name, str(test["value"]))
    match operator:
        case "EQ":
            return bool(own == other)
        case "NEQ":
            return bool(own != other)
        case "GT":
            return bool(own > other)
        case "GTE":
            return bool(own >= other)
        case "LT":
            return bool(own < other)
        case "LTE":
            return bool(own <= other)
    raise Refusal(400, "VALIDATION_ERROR", f"unknown operator {operator}")


def _value(one: Thing, name: str) -> Any:
    if name == modified_name(one.kind):
        return one.updated
    if name == "createdate":
        return one.created
    if name == "hs_object_id":
        return int(one.id)
    return one.properties.get(name, "").lower()


def _read(name: str, text: str) -> Any:
    if name in DATES:
        if text.isdecimal():
            return int(text)
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    return int(text) if name == "hs_object_id" else text.lower()
