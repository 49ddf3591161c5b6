"""HubSpot's webhooks: are they theirs, and which records do they name? No tables.

Signature v3: base64 of HMAC-SHA256 with the app's client secret over method, address, body and the
time in milliseconds, as developers.hubspot.com, "Validating requests", describes it.
"""

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leads.crm.base import Kind
from leads.crm.hubspot_fields import TYPE_IDS
from salesagent.lib.webhook import same

SIGNATURE = "X-HubSpot-Signature-v3"
TIMESTAMP = "X-HubSpot-Request-Timestamp"
WINDOW = 5 * 60 * 1000  # milliseconds, either way
MOST = 100  # events of one message
VERBS = frozenset({"creation", "propertyChange", "deletion", "merge", "privacyDeletion", "restore"})
NAMES: dict[str, Kind] = {"contact": "contact", "company": "company", "deal": "deal"}
MERGE_IDS = ("primaryObjectId", "newObjectId")
_DECODED = re.compile(r"%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
_ID = re.compile(r"[0-9]{1,20}")

now: Callable[[], float] = time.time  # tests put their own here


@dataclass(frozen=True)
class Event:
    """One thing that happened to one record; a merge names several. `key`: the same when told
    again. `ours`: our own app did it. `erased`: deleted for privacy."""

    key: str
    portal: str
    kind: Kind
    ids: tuple[str, ...]
    ours: bool
    erased: bool = False


def signature(key: str, method: str, url: str, body: bytes, at: str) -> str:
    source = f"{method}{url}".encode() + body + at.encode()
    return base64.b64encode(hmac.new(key.encode(), source, hashlib.sha256).digest()).decode()


def verified(
    method: str, url: str, body: bytes, headers: Mapping[str, str], keys: Iterable[str]
) -> bool:
    """Whether one of the keys signed this within five minutes of now. Never raises."""
    at, given = headers.get(TIMESTAMP) or "", headers.get(SIGNATURE) or ""
    if not (at.isascii() and at.isdecimal() and len(at) <= 15 and len(given) < 200):
        return False
    if abs(now() * 1000 - int(at)) > WINDOW:
        return False
    plain = _DECODED.sub(lambda found: chr(int(found[0][1:], 16)), url)
    known = [key for key in keys if key]
    return any(
        same(signature(key, method, address, body, at), given)
        for key in known
        for address in dict.fromkeys((url, plain))
    )


def events_of(body: bytes) -> list[Event]:
    """The events of a message; those about other things are left out. Raises ValueError for what
    is no list of at most 100 events."""
    found = json.loads(body)
    if not isinstance(found, list) or not 0 < len(found) <= MOST:
        raise ValueError("not a list of events")
    return [event for one in found if (event := _event(one))]


def _event(one: Any) -> Event | None:
    if not isinstance(one, dict):
        raise ValueError("not an event")
    name, _, verb = str(one.get("subscriptionType") or "").partition(".")
    kind = TYPE_IDS.get(str(one.get("objectTypeId"))) if name == "object" else NAMES.get(name)
    if kind is None or verb not in VERBS:
        return None
    portal = _number(one, "portalId")
    parts = [_number(one, n) for n in ("eventId", "subscriptionId", "occurredAt")]
    ids = _ids(one)
    # an event's id is not promised to be unique; together with the rest it is
    key = ":".join([portal, verb, kind, *parts, ids[0]])
    return Event(key, portal, kind, ids, _by_us(one), erased=verb == "privacyDeletion")


def _ids(one: Mapping[str, Any]) -> tuple[str, ...]:
    merged = one.get("mergedObjectIds")
    also = merged[:MOST] if isinstance(merged, list) else []
    named = [one.get(name) for name in MERGE_IDS]
    found = [str(value) for value in (one.get("objectId"), *named, *also) if value is not None]
    if not found or not all(_ID.fullmatch(value) for value in found):
        raise ValueError("no record")
    return tuple(dict.fromkeys(found))


def _number(one: Mapping[str, Any], name: str) -> str:
    value = one.get(name)
    if isinstance(value, bool) or not isinstance(value, int | str) or not _ID.fullmatch(str(value)):
        raise ValueError(f"no {name}")
    return str(value)


def _by_us(one: Mapping[str, Any]) -> bool:
    """Our own writes come back as events: the source is then the app that is being told."""
    if str(one.get("changeSource")) not in ("INTEGRATION", "API") or one.get("appId") is None:
        return False
    return str(one["appId"]) in re.findall(r"[0-9]+", str(one.get("sourceId") or "")[:60])
