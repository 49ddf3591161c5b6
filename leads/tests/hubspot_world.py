"""A HubSpot account in memory, as its documentation describes it: records, rules, limits, faults.

It knows nothing of our adapter. What the documentation leaves open is a switch, so that both ways
can be tested: `multi_status` (refused rows one by one), `same_write_counts` (a write that changes
nothing moves the date of change), `index_lag` (search is behind).
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

KINDS = ("contacts", "companies", "deals", "notes", "emails", "calls", "communications")
TYPE_IDS = {"contacts": "0-1", "companies": "0-2", "deals": "0-3"}
TEXT: dict[str, str] = {
    "contacts": "firstname lastname email phone jobtitle company hs_linkedin_url address zip city "
    "country hs_language associatedcompanyid hs_merged_object_ids",
    "companies": "name domain phone address city country numberofemployees hs_merged_object_ids",
    "deals": "dealname amount deal_currency_code dealstage pipeline closedate closed_lost_reason "
    "closed_won_reason hs_merged_object_ids",
    "notes": "hs_timestamp hs_note_body",
    "emails": "hs_timestamp hs_email_direction hs_email_status hs_email_subject hs_email_text",
    "calls": "hs_timestamp hs_call_direction hs_call_status hs_call_title hs_call_body "
    "hs_call_duration",
    "communications": "hs_timestamp hs_communication_channel_type hs_communication_logged_from "
    "hs_communication_body",
}
LISTS = {
    ("contacts", "hs_lead_status"): "NEW OPEN IN_PROGRESS OPEN_DEAL UNQUALIFIED "
    "ATTEMPTED_TO_CONTACT CONNECTED BAD_TIMING",
    ("contacts", "lifecyclestage"): "subscriber lead marketingqualifiedlead salesqualifiedlead "
    "opportunity customer evangelist other",
    ("companies", "industry"): "CONSTRUCTION COMPUTER_SOFTWARE RETAIL",
}
NUMBERS = {("deals", "amount"), ("companies", "numberofemployees"), ("calls", "hs_call_duration")}
READ_ONLY = {"hs_email_optout", "lastmodifieddate", "hs_lastmodifieddate", "hs_object_id"}
STAGES = (
    ("appointmentscheduled", "0.2", False),
    ("qualifiedtobuy", "0.4", False),
    ("presentationscheduled", "0.6", False),
    ("decisionmakerboughtin", "0.8", False),
    ("contractsent", "0.9", False),
    ("closedwon", "1.0", True),
    ("closedlost", "0.0", True),
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Refusal(Exception):
    """An error answer."""

    def __init__(self, status: int, category: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.headers: dict[str, str] = more.pop("headers", {})
        self.body = {
            "status": "error",
            "message": message,
            "correlationId": "aeb5f871-7f07-4993-9211-075dc63e7cbf",
            "category": category,
            **more,
        }


def modified_name(kind: str) -> str:
    return "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"


def iso(ms: int) -> str:
    at = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


@dataclass
class Thing:
    """One record. `updated` in milliseconds."""

    id: str
    kind: str
    created: int
    updated: int
    properties: dict[str, str] = field(default_factory=dict)
    history: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    archived_at: int = 0
    erased: bool = False

    def shown(self, names: Iterable[str] | None = None, past: Iterable[str] = ()) -> dict[str, Any]:
        every = {
            **self.properties,
            "hs_object_id": self.id,
            "createdate": iso(self.created),
            modified_name(self.kind): iso(self.updated),
        }
        asked = set(names) if names is not None else set(every)
        asked |= {"hs_object_id", "createdate", modified_name(self.kind)}
        found: dict[str, Any] = {
            "id": self.id,
            "properties": {name: every.get(name) for name in sorted(asked)},
            "createdAt": iso(self.created),
            "updatedAt": iso(self.updated),
            "archived": bool(self.archived_at),
        }
        if self.archived_at:
            found["archivedAt"] = iso(self.archived_at)
        if wanted := list(past):
            found["propertiesWithHistory"] = {name: self.history.get(name, []) for name in wanted}
        return found


@dataclass
class Rule:
    """An admin's rule: where `when` has `value`, `needs` must be filled. Enforced on writes."""

    kind: str
    needs: str
    text: str
    when: str = ""
    value: str = ""


@dataclass
class Fault:
    """The next `times` calls whose "METHOD path" holds `match` get this instead.

    done: the call is carried out first, its answer is lost. drop: the connection just ends.
    """

    match: str
    status: int = 500
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    done: bool = False
    drop: bool = False


@dataclass
class World:
    portal: int = 62515
    token: str = "pat-eu1-token-never-shown"
    multi_status: bool = True
    same_write_counts: bool = True
    index_lag: int = 0  # milliseconds
    limits: dict[str, int] = field(default_factory=dict)  # second, ten_seconds, day; none: free
    missing_scopes: dict[str, str] = field(default_factory=dict)  # part of a path -> right
    expired: set[str] = field(default_factory=set)
    clock: Callable[[], float] = time.time
    things: dict[str, dict[str, Thing]] = field(default_factory=lambda: {k: {} for k in KINDS})
    properties: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    groups: set[tuple[str, str]] = field(default_factory=set)
    owners: list[dict[str, Any]] = field(default_factory=list)
    ties: set[tuple[str, str, str, str]] = field(default_factory=set)
    merged: dict[tuple[str, str], str] = field(default_factory=dict)
    opted_out: set[str] = field(default_factory=set)
    rules: list[Rule] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)  # code -> refresh token
    refresh_tokens: set[str] = field(default_factory=set)
    log: list[tuple[str, str, Any]] = field(default_factory=list)
    spent: dict[str, list[float]] = field(default_factory=dict)
    lock: Any = field(default_factory=threading.RLock)
    unique: dict[tuple[str, str, str], str] = field(default_factory=dict)
    next_id: int = 1000
    last_ms: int = 0

    def __post_init__(self) -> None:
        for kind in KINDS:
            names = [*TEXT[kind].split(), "hubspot_owner_id"]
            self.properties[kind] = {name: _property(name) for name in names}
            read_only = [modified_name(kind), "hs_object_id"]
            read_only += ["hs_email_optout"] if kind == "contacts" else []
            for name in read_only:
                self.properties[kind][name] = _property(name, readOnlyValue=True)
        for (kind, name), values in LISTS.items():
            made = _property(name, type="enumeration")
            made["options"] = [{"value": v, "label": v.title()} for v in values.split()]
            self.properties[kind][name] = made
        for kind, name in NUMBERS:
            self.properties[kind][name]["type"] = "number"
        self.properties["contacts"]["email"]["hasUniqueValue"] = True

    def ms(self) -> int:
        return int(self.clock() * 1000)

    def pipelines(self) -> list[dict[str, Any]]:
        stages = [
            {
                "id": name,
                "label": name,
                "displayOrder": place,
                "archived": False,
                "metadata": {"isClosed": str(closed).lower(), "probability": chance},
            }
            for place, (name, chance, closed) in enumerate(STAGES)
        ]
        return [{"id": "default", "label": "Sales", "displayOrder": 0, "stages": stages}]

    # what people do in HubSpot

    def add(self, kind: str, at: int | None = None, **properties: str) -> str:
        with self.lock:
            return self.create(kind, properties, source="CRM_UI", at=at).id

    def edit(self, kind: str, one: str, user: str = "7", **properties: str) -> None:
        with self.lock:
            thing = self.things[kind][one]
            self.store(thing, properties, source="CRM_UI", user=user)

    def remove(self, kind: str, one: str) -> None:
        with self.lock:
            thing = self.things[kind][one]
            thing.archived_at = self.ms()
            self._forget_unique(thing)

    def erase(self, one: str) -> None:
        with self.lock:
            thing = self.things["contacts"].pop(one)
            self._forget_unique(thing)

    def merge(self, kind: str, winner: str, loser: str) -> None:
        with self.lock:
            gone, kept = self.things[kind].pop(loser), self.things[kind][winner]
            self._forget_unique(gone)
            self.merged[kind, loser] = winner
            old = kept.properties.get("hs_merged_object_ids", "")
            ids = ";".join(part for part in (old, loser) if part)
            values = {k: v for k, v in gone.properties.items() if not kept.properties.get(k)}
            self.store(kept, {**values, "hs_merged_object_ids": ids}, source="MERGE_OBJECTS")

    def opt_out(self, email: str) -> None:
        with self.lock:
            self.opted_out.add(email.lower())
            if one := self.unique.get(("contacts", "email", email.lower())):
                values = {"hs_email_optout": "true"}
                self.store(self.things["contacts"][one], values, source="EMAIL")

    # what the API does

    def create(
        self, kind: str, properties: dict[str, str], *, source: str, at: int | None = None
    ) -> Thing:
        self.next_id += 1
        moment = at or self.ms()
        thing = Thing(str(self.next_id), kind, moment, moment)
        self.things[kind][thing.id] = thing
        self.store(thing, properties, source=source, at=moment)
        if kind == "contacts" and thing.properties.get("email", "") in self.opted_out:
            self.store(thing, {"hs_email_optout": "true"}, source="EMAIL", at=moment)
        return thing

    def store(
        self,
        thing: Thing,
        properties: dict[str, str],
        *,
        source: str,
        user: str = "",
        at: int | None = None,
    ) -> None:
        changed = {
            k: str(v) for k, v in properties.items() if thing.properties.get(k, "") != str(v)
        }
        moment = at or self.ms()
        self._forget_unique(thing)
        for name, value in changed.items():
            value = value.lower() if name == "email" else value
            thing.properties[name] = value
            entry = {"value": value, "timestamp": iso(moment), "sourceType": source}
            entry |= {"sourceId": f"userId:{user}", "updatedByUserId": int(user)} if user else {}
            thing.history.setdefault(name, []).insert(0, entry)
        for name in self._unique_names(thing.kind):
            if thing.properties.get(name):
                self.unique[thing.kind, name, thing.properties[name].lower()] = thing.id
        if changed or self.same_write_counts:
            thing.updated = moment

    def _unique_names(self, kind: str) -> list[str]:
        return [n for n, one in self.properties[kind].items() if one.get("hasUniqueValue")]

    def _forget_unique(self, thing: Thing) -> None:
        for name in self._unique_names(thing.kind):
            self.unique.pop((thing.kind, name, thing.properties.get(name, "").lower()), None)

    def check(self, kind: str, values: dict[str, str], thing: Thing | None) -> None:
        """Raises Refusal for what the account does not take."""
        for name, value in values.items():
            self._check_one(kind, name, str(value))
        both = {**(thing.properties if thing else {}), **values}
        for rule in self.rules:
            holds = rule.kind == kind and (not rule.when or both.get(rule.when) == rule.value)
            if holds and not both.get(rule.needs):
                detail = {
                    "message": rule.text,
                    "code": "REQUIRED_PROPERTY_MISSING",
                    "context": {"propertyName": [rule.needs]},
                }
                raise Refusal(400, "VALIDATION_ERROR", rule.text, errors=[detail])
        for name in self._unique_names(kind):
            other = self.unique.get((kind, name, str(values.get(name) or "").lower()))
            if other and (thing is None or other != thing.id):
                if name == "email":
                    text = f"Contact already exists. Existing ID: {other}"
                else:
                    text = f"Property {name} has the value of object {other} already"
                raise Refusal(409, "CONFLICT", text)

    def _check_one(self, kind: str, name: str, value: str) -> None:
        known = self.properties[kind].get(name)
        if known is None:
            self._wrong(name, f'Property "{name}" does not exist', "PROPERTY_DOESNT_EXIST")
            return
        if known["modificationMetadata"]["readOnlyValue"]:
            self._wrong(name, f'"{name}" is a read only property', "READ_ONLY_VALUE")
        options = [o["value"] for o in known["options"]]
        if value and options and value not in options:
            text = f"{value} was not one of the allowed options: {options}"
            self._wrong(name, text, "INVALID_OPTION")
        if value and known["type"] == "number" and not re.fullmatch(r"-?\d+(\.\d+)?", value):
            self._wrong(name, f"{value} was not a valid number.", "INVALID_LONG")
        if name == "email" and value and not _EMAIL.fullmatch(value):
            self._wrong(name, f"Email address {value} is invalid", "INVALID_EMAIL")

    def _wrong(self, name: str, text: str, code: str) -> None:
        told = [{"isValid": False, "message": text, "error": code, "name": name}]
        raise Refusal(
            400, "VALIDATION_ERROR", f"Property values were not valid: {json.dumps(told)}"
        )

    def visible(self, kind: str) -> list[Thing]:
        """What search sees."""
        latest = self.ms() - self.index_lag
        return [
            one
            for one in self.things[kind].values()
            if not one.archived_at and one.updated <= latest
        ]


def _property(name: str, *, type: str = "string", readOnlyValue: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "type": type,
        "fieldType": "text",
        "groupName": "information",
        "hasUniqueValue": False,
        "hidden": False,
        "calculated": False,
        "options": [],
        "modificationMetadata": {"readOnlyValue": readOnlyValue, "archivable": True},
    }
