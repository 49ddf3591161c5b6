"""What each address of the HubSpot API does to a World. The paths are those of one version."""

import re
from collections.abc import Callable
from typing import Any

from leads.tests.hubspot_search import search
from leads.tests.hubspot_world import KINDS, Refusal, Thing, World

VERSION = "2026-09"
CLIENT = ("client-id", "client-secret-never-shown")
Answer = tuple[int, Any]
Route = Callable[..., Answer]
ROUTES: list[tuple[str, re.Pattern[str], Route]] = []


def route(method: str, path: str) -> Callable[[Route], Route]:
    """`{name}` in a path takes one segment."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path.replace("VERSION", VERSION))

    def register(function: Route) -> Route:
        ROUTES.append((method, re.compile(pattern), function))
        return function

    return register


# records


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise Refusal(404, "OBJECT_NOT_FOUND", f"Unable to infer object type from: {kind}")
    return kind


def _inputs(body: Any, most: int = 100) -> list[Any]:
    inputs = body.get("inputs") if isinstance(body, dict) else None
    if not isinstance(inputs, list) or not 0 < len(inputs) <= most:
        raise Refusal(400, "VALIDATION_ERROR", f"The maximum number of inputs is {most}")
    return inputs


def _found(world: World, kind: str, one: str, name: str = "") -> Thing | None:
    own = world.unique.get((kind, name, one.lower()), "") if name else one
    own = world.merged.get((kind, own), own)
    thing = world.things[kind].get(own)
    return thing if thing and not thing.archived_at else None


@route("GET", "/crm/objects/VERSION/{kind}")
def listed(world: World, kind: str, query: Any, body: Any) -> Answer:
    wanted = query.get("archived") == "true"
    rows = [one for one in world.things[_kind(kind)].values() if bool(one.archived_at) == wanted]
    limit, after = min(int(query.get("limit", 10)), 100), int(query.get("after") or 0)
    page = rows[after : after + limit]
    found: dict[str, Any] = {"results": [one.shown([]) for one in page]}
    if after + limit < len(rows):
        found["paging"] = {"next": {"after": str(after + limit)}}
    return 200, found


@route("GET", "/crm/objects/VERSION/{kind}/{one}")
def read_one(world: World, kind: str, one: str, query: Any, body: Any) -> Answer:
    thing = _found(world, _kind(kind), one)
    if thing is None:
        raise Refusal(404, "OBJECT_NOT_FOUND", "resource not found")
    return 200, thing.shown(query.get("properties", "").split(","))


@route("POST", "/crm/objects/VERSION/{kind}/search")
def find(world: World, kind: str, query: Any, body: Any) -> Answer:
    return 200, search(world, _kind(kind), body)


@route("POST", "/crm/objects/VERSION/{kind}/batch/read")
def read_many(world: World, kind: str, query: Any, body: Any) -> Answer:
    past = body.get("propertiesWithHistory") or []
    inputs = _inputs(body, 50 if past else 100)
    name = body.get("idProperty") or ""
    pairs = [(one["id"], _found(world, _kind(kind), one["id"], name)) for one in inputs]
    results = {t.id: t.shown(body.get("properties") or [], past) for _, t in pairs if t}
    lost = [one for one, thing in pairs if thing is None]
    found: dict[str, Any] = {"status": "COMPLETE", "results": list(results.values())}
    if not lost:
        return 200, found
    error = {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": "Could not get some objects, they may be deleted or not exist.",
        "context": {"ids": lost},
    }
    return 207, {**found, "numErrors": 1, "errors": [error]}


@route("POST", "/crm/objects/VERSION/{kind}/batch/{verb}")
def write_many(world: World, kind: str, verb: str, query: Any, body: Any) -> Answer:
    if verb not in ("create", "update", "upsert", "archive"):
        raise Refusal(404, "OBJECT_NOT_FOUND", "resource not found")
    inputs = _inputs(body)
    ids = [str(one.get("id") or "") for one in inputs]
    if verb != "create" and len(set(ids)) != len(ids):
        raise Refusal(400, "VALIDATION_ERROR", "Duplicate IDs found in batch input")
    if verb == "archive":
        for one in ids:
            if _found(world, _kind(kind), one):
                world.remove(kind, one)
        return 204, None
    traces = {str(one.get("objectWriteTraceId") or "") for one in inputs}
    apart = world.multi_status and "" not in traces and len(traces) == len(inputs)
    if not apart:
        _dry_run(world, _kind(kind), verb, inputs)
    results, errors = [], []
    for one in inputs:
        try:
            results.append(_write(world, _kind(kind), verb, one))
        except Refusal as refusal:
            trace = one.get("objectWriteTraceId")
            context = {**refusal.body.get("context", {}), "objectWriteTraceId": [trace]}
            errors.append({**refusal.body, "context": context})
    found = {"status": "COMPLETE", "results": results}
    if errors:
        return 207, {**found, "numErrors": len(errors), "errors": errors}
    return (201 if verb == "create" else 200), found


def _dry_run(world: World, kind: str, verb: str, inputs: list[Any]) -> None:
    """All or nothing: the first wrong row refuses the batch."""
    addresses = [str(one["properties"].get("email") or "").lower() for one in inputs]
    named = [one for one in addresses if one]
    for one in inputs:
        _target(world, kind, verb, one)
    if verb != "update" and len(set(named)) != len(named):
        raise Refusal(409, "CONFLICT", "Contact already exists. Existing ID: 1")


def _target(world: World, kind: str, verb: str, one: Any) -> tuple[Thing | None, dict[str, str]]:
    values = {name: str(value) for name, value in (one.get("properties") or {}).items()}
    if verb == "create":
        thing = None
    else:
        name = one.get("idProperty") or ""
        if verb == "upsert" or name:
            if not world.properties[kind].get(name, {}).get("hasUniqueValue"):
                text = "Unable to perform update/upsert by non-unique 0-1 property"
                raise Refusal(400, "VALIDATION_ERROR", text)
            values.setdefault(name, str(one["id"]))
        thing = _found(world, kind, str(one["id"]), name)
        if thing is None and verb == "update":
            text = f"No {kind} with id {one['id']}"
            raise Refusal(404, "OBJECT_NOT_FOUND", text, context={"ids": [str(one["id"])]})
    world.check(kind, values, thing)
    return thing, values


def _write(world: World, kind: str, verb: str, one: Any) -> dict[str, Any]:
    thing, values = _target(world, kind, verb, one)
    fresh = thing is None
    if thing is None:
        thing = world.create(kind, values, source="INTEGRATION")
    else:
        world.store(thing, values, source="INTEGRATION")
    found = {**thing.shown(values), "new": fresh}
    if one.get("objectWriteTraceId"):
        found["objectWriteTraceId"] = one["objectWriteTraceId"]
    if verb != "upsert":
        del found["new"]
    return found


@route("POST", "/crm/objects/VERSION/contacts/gdpr-delete")
def gdpr_delete(world: World, query: Any, body: Any) -> Answer:
    thing = _found(world, "contacts", str(body["objectId"]), body.get("idProperty") or "")
    if thing is None:
        raise Refusal(404, "OBJECT_NOT_FOUND", "resource not found")
    world.erase(thing.id)
    return 204, None


@route("POST", "/crm/objects/VERSION/{kind}/merge")
def merge(world: World, kind: str, query: Any, body: Any) -> Answer:
    world.merge(_kind(kind), str(body["primaryObjectId"]), str(body["objectIdToMerge"]))
    return 200, world.things[kind][str(body["primaryObjectId"])].shown()


# associations


@route("POST", "/crm/associations/VERSION/{one}/{other}/batch/associate/default")
def associate(world: World, one: str, other: str, query: Any, body: Any) -> Answer:
    results, errors = [], []
    for pair in _inputs(body, 2000):
        ends = (_kind(one), pair["from"]["id"], _kind(other), pair["to"]["id"])
        if _found(world, one, ends[1]) and _found(world, other, ends[3]):
            world.ties |= {ends, (ends[2], ends[3], ends[0], ends[1])}
            _primary(world, ends)
            results.append({"from": pair["from"], "to": pair["to"]})
        else:
            context = {"fromObjectId": [ends[1]], "toObjectId": [ends[3]]}
            error = {"category": "OBJECT_NOT_FOUND", "message": "One or more objects not found"}
            errors.append({"status": "error", **error, "context": context})
    found = {"status": "COMPLETE", "results": results}
    return (207, {**found, "numErrors": len(errors), "errors": errors}) if errors else (200, found)


def _primary(world: World, ends: tuple[str, str, str, str]) -> None:
    """A contact's first company is its primary one."""
    if (ends[0], ends[2]) == ("contacts", "companies"):
        contact = world.things["contacts"][ends[1]]
        if not contact.properties.get("associatedcompanyid"):
            world.store(contact, {"associatedcompanyid": ends[3]}, source="INTEGRATION")


@route("POST", "/crm/associations/VERSION/{one}/{other}/batch/read")
def associations(world: World, one: str, other: str, query: Any, body: Any) -> Answer:
    results = []
    for item in _inputs(body, 1000):
        ends = sorted(t[3] for t in world.ties if t[:3] == (one, item["id"], other))
        to = [{"toObjectId": int(end), "associationTypes": []} for end in ends]
        if to:
            results.append({"from": {"id": item["id"]}, "to": to})
    return 200, {"status": "COMPLETE", "results": results}


# what the account is made of


@route("GET", "/crm/properties/VERSION/{kind}")
def properties(world: World, kind: str, query: Any, body: Any) -> Answer:
    return 200, {"results": list(world.properties[_kind(kind)].values())}


@route("GET", "/crm/properties/VERSION/{kind}/{name}")
def property_(world: World, kind: str, name: str, query: Any, body: Any) -> Answer:
    if name not in world.properties[_kind(kind)]:
        raise Refusal(404, "OBJECT_NOT_FOUND", f"{name} not found")
    return 200, world.properties[kind][name]


@route("POST", "/crm/properties/VERSION/{kind}")
def make_property(world: World, kind: str, query: Any, body: Any) -> Answer:
    if body["name"] in world.properties[_kind(kind)]:
        raise Refusal(409, "OBJECT_ALREADY_EXISTS", f"Property {body['name']} already exists")
    if (kind, body["groupName"]) not in world.groups:
        raise Refusal(400, "VALIDATION_ERROR", f"Group {body['groupName']} doesn't exist")
    metadata = {"readOnlyValue": False, "archivable": True}
    made = {"options": [], "calculated": False, "hidden": False, "modificationMetadata": metadata}
    world.properties[kind][body["name"]] = {**made, **body}
    return 201, world.properties[kind][body["name"]]


@route("POST", "/crm/properties/VERSION/{kind}/groups")
def make_group(world: World, kind: str, query: Any, body: Any) -> Answer:
    if (kind, body["name"]) in world.groups:
        raise Refusal(409, "OBJECT_ALREADY_EXISTS", f"Group {body['name']} already exists")
    world.groups.add((_kind(kind), body["name"]))
    return 201, body


@route("GET", "/crm/owners/VERSION")
def owners(world: World, query: Any, body: Any) -> Answer:
    wanted = query.get("archived") == "true"
    return 200, {"results": [one for one in world.owners if bool(one.get("archived")) == wanted]}


@route("GET", "/crm/pipelines/VERSION/deals")
def pipelines(world: World, query: Any, body: Any) -> Answer:
    return 200, {"results": world.pipelines()}


@route("GET", "/account-info/VERSION/details")
def details(world: World, query: Any, body: Any) -> Answer:
    place = {"uiDomain": "app-eu1.hubspot.com", "timeZone": "Europe/Berlin"}
    return 200, {"portalId": world.portal, "accountType": "STANDARD", **place}


@route("GET", "/account-info/VERSION/api-usage/daily/private-apps")
def usage(world: World, query: Any, body: Any) -> Answer:
    row = {"name": "private-apps-api-calls-daily", "usageLimit": 250000}
    return 200, {"results": [{**row, "currentUsage": len(world.log)}]}


@route("POST", "/communication-preferences/VERSION/statuses/{email}/unsubscribe-all")
def unsubscribe(world: World, email: str, query: Any, body: Any) -> Answer:
    if query.get("channel") != "EMAIL":
        raise Refusal(400, "VALIDATION_ERROR", "channel is required")
    world.opt_out(email)
    return 200, {"status": "COMPLETE", "results": []}


@route("POST", "/oauth/VERSION/token")
def token(world: World, query: Any, body: Any) -> Answer:
    if (body.get("client_id"), body.get("client_secret")) != CLIENT:
        raise Refusal(
            400, "BAD_CLIENT", "client_id or client_secret is wrong", error="invalid_client"
        )
    if body["grant_type"] == "authorization_code":
        kept = world.codes.pop(body.get("code"), "")
        world.refresh_tokens |= {kept} if kept else set()
    else:
        kept = body.get("refresh_token", "")
    if kept not in world.refresh_tokens:
        raise Refusal(400, "BAD_REFRESH_TOKEN", "not valid any more", error="invalid_grant")
    world.token = f"access-{len(world.log)}-never-shown"
    scopes = ["oauth", "crm.objects.contacts.read"]
    kept_too = {"refresh_token": kept, "token_type": "bearer", "scopes": scopes}
    return 200, {
        "access_token": world.token,
        "expires_in": 1800,
        "hub_id": world.portal,
        **kept_too,
    }


@route("POST", "/oauth/VERSION/token/revoke")
def revoke(world: World, query: Any, body: Any) -> Answer:
    world.refresh_tokens.discard(body.get("token", ""))
    return 200, None
