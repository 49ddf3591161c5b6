"""What there is in HubSpot: changed records in the order of their change, deletions, history.

Search shows at most 10,000 results of a query, and an offset slips while records change. So each
page is a query of its own: changed at or after the last one's moment, without those seen at that
moment. When more records share one moment than fit on a page (an import), they are read by id.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from leads.crm import hubspot_fields as fields
from leads.crm.base import Kind, Page, Record, Said
from leads.crm.hubspot_api import SEARCH, VERSION, Api
from leads.crm.hubspot_lookups import next_after
from leads.crm.hubspot_records import Raw, Records
from leads.crm.places import Places

PAGE = 200
BATCH = 100
HISTORY = 50  # records of one read with history
LINKS = 1000  # records of one read of associations
OVERLAP = timedelta(minutes=2)  # the search index is behind the records for some moments
LINKED: dict[Kind, tuple[Kind, ...]] = {"deal": ("contact", "company")}
SOURCES = {
    "INTEGRATION": "an integration",
    "API": "an integration",
    "IMPORT": "an import",
    "CONTACTS": "an import",
    "AUTOMATION_PLATFORM": "a workflow",
    "WORKFLOWS": "a workflow",
    "FORM": "a form",
    "CALCULATED": "HubSpot",
}
Cursor = Mapping[str, object] | None


class Pull:
    def __init__(self, api: Api, records: Records) -> None:
        self.api = api
        self.records = records

    def changed(self, kind: Kind, since: datetime | None, cursor: Cursor) -> Page:
        """`cursor`: {"at": ms, "seen": ids at that moment, "id": last id when read by id}."""
        start = _ms(since - OVERLAP) if since else 0
        at = int(cast(int, cursor["at"])) if cursor else start
        seen = set(cast("list[str]", cursor.get("seen") or [])) if cursor else set()
        if cursor and "id" in cursor:
            return self._of_moment(kind, at, str(cursor["id"]), seen)
        name = fields.modified(kind)
        filters = [{"propertyName": name, "operator": "GTE", "value": str(at)}] if at else []
        found, total = self._search(kind, filters, name)
        fresh = [raw for raw in found if str(raw.get("id")) not in seen]
        times = [_ms(moment) for raw in found if (moment := _changed_at(kind, raw))]
        last = max(times, default=at)
        if len(found) < PAGE:
            following = None
        elif last == at and cursor:  # more of this moment than one page shows
            following = {"at": at, "seen": sorted(seen), "id": "0"}
            fresh = []
        else:
            seen = {str(raw["id"]) for raw in found if _at(kind, raw) == last}
            following = {"at": last, "seen": sorted(seen)}
        return self._page(kind, fresh, following, total)

    def _of_moment(self, kind: Kind, at: int, after: str, seen: set[str]) -> Page:
        """A page of the records changed at one moment, by id; afterwards goes on behind it."""
        name = fields.modified(kind)
        filters = [
            {"propertyName": name, "operator": "GTE", "value": str(at)},
            {"propertyName": name, "operator": "LTE", "value": str(at)},
            {"propertyName": "hs_object_id", "operator": "GT", "value": after},
        ]
        found, total = self._search(kind, filters, "hs_object_id")
        fresh = [raw for raw in found if str(raw.get("id")) not in seen]
        following: dict[str, object] = {"at": at + 1, "seen": []}
        if len(found) == PAGE:
            following = {"at": at, "seen": sorted(seen), "id": str(found[-1].get("id"))}
        return self._page(kind, fresh, following, total)

    def _search(
        self, kind: Kind, filters: Sequence[Mapping[str, object]], sort: str
    ) -> tuple[list[Raw], int]:
        body = {
            "filterGroups": [{"filters": list(filters)}] if filters else [],
            "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
            "properties": self.records.properties(kind),
            "limit": PAGE,
            "after": "0",
        }
        path = f"/crm/objects/{VERSION}/{fields.TYPES[kind]}/search"
        found = self.api.post(path, body, service=SEARCH)
        return list(found.get("results") or []), int(found.get("total") or 0)

    def _page(
        self, kind: Kind, raws: Sequence[Raw], cursor: dict[str, object] | None, total: int
    ) -> Page:
        return Page(self._with_links(kind, raws), cursor, total)

    def _with_links(self, kind: Kind, raws: Sequence[Raw]) -> list[Record]:
        ids = [str(raw.get("id")) for raw in raws]
        tied = {to: self._linked(kind, to, ids) for to in LINKED.get(kind, ()) if ids}
        return [
            self.records.record(
                kind,
                raw,
                {
                    to: found[str(raw.get("id"))]
                    for to, found in tied.items()
                    if str(raw.get("id")) in found
                },
            )
            for raw in raws
        ]

    def _linked(self, kind: Kind, to: Kind, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        one, other = fields.TYPES[kind], fields.TYPES[to]
        path = f"/crm/associations/{VERSION}/{one}/{other}/batch/read"
        found: dict[str, tuple[str, ...]] = {}
        for some in chunks(ids, LINKS):
            answer = self.api.post(path, {"inputs": [{"id": value} for value in some]})
            for row in answer.get("results") or []:
                ends = [str(end.get("toObjectId")) for end in row.get("to") or []]
                found[str((row.get("from") or {}).get("id"))] = tuple(ends)
        return found

    def read(self, kind: Kind, ids: Sequence[str]) -> list[Record]:
        found = [
            raw
            for some in chunks(list(dict.fromkeys(ids)), BATCH)
            for raw in self._read(kind, some, self.records.properties(kind))
        ]
        return self._with_links(kind, list({str(raw.get("id")): raw for raw in found}.values()))

    def _read(
        self, kind: Kind, ids: Sequence[str], properties: Sequence[str], **more: object
    ) -> list[Raw]:
        """Those that exist; the others are left out (207), or all of them (404)."""
        path = f"/crm/objects/{VERSION}/{fields.TYPES[kind]}/batch/read"
        inputs = [{"id": value} for value in ids]
        body = {"inputs": inputs, "properties": list(properties), **_history(more), **_id_of(more)}
        return list(self.api.post(path, body).get("results") or [])

    def find(self, kind: Kind, code: str, values: Sequence[str]) -> list[Record]:
        """By address exactly and at once; by another field through the search index."""
        wanted = list(dict.fromkeys(value.strip().lower() for value in values if value.strip()))
        name = self.records.codes(kind).get(code, "")
        if not (wanted and name):
            return []
        found: list[Raw] = []
        for some in chunks(wanted, BATCH):
            if (kind, code) == ("contact", "email"):
                found += self._read(kind, some, self.records.properties(kind), id_of="email")
            else:
                found += self._all_with(kind, name, some)
        return self._with_links(kind, list({str(raw.get("id")): raw for raw in found}.values()))

    def _all_with(self, kind: Kind, name: str, values: Sequence[str]) -> list[Raw]:
        """Page by page, by id: one domain may have many companies."""
        found: list[Raw] = []
        last, places = "0", Places("HubSpot")
        while True:
            places.check(last)
            filters: list[Mapping[str, object]] = [
                {"propertyName": name, "operator": "IN", "values": list(values)},
                {"propertyName": "hs_object_id", "operator": "GT", "value": last},
            ]
            page, _ = self._search(kind, filters, "hs_object_id")
            found += page
            if len(page) < PAGE:
                return found
            last = str(page[-1].get("id"))

    def gone(self, kind: Kind, since: datetime | None, cursor: Cursor) -> Page:
        """HubSpot keeps deleted records for 90 days and cannot list them by time: all are read.

        Those erased for privacy are in no list; only its webhook tells them.
        """
        after = str(cursor["after"]) if cursor else ""
        params = {"archived": "true", "limit": BATCH, **({"after": after} if after else {})}
        found = self.api.get(f"/crm/objects/{VERSION}/{fields.TYPES[kind]}", params)
        early = since - OVERLAP if since else None
        records = []
        for raw in found.get("results") or []:
            at = fields.moment(raw.get("archivedAt"))
            if early is None or at is None or at >= early:
                records.append(Record(kind, str(raw.get("id")), {}, at, deleted=True))
        following = next_after(found)
        return Page(records, {"after": following} if following else None)

    def said(self, kind: Kind, asks: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Said]:
        codes = self.records.codes(kind)
        wanted = [(one, codes[code], code) for one, code in asks if code in codes]
        names = sorted({name for _, name, _ in wanted})
        ids = list(dict.fromkeys(one for one, _, _ in wanted))
        found: dict[tuple[str, str], Said] = {}
        for some in chunks(ids, HISTORY):
            rows = {str(raw.get("id")): raw for raw in self._read(kind, some, [], history=names)}
            for one, name, code in wanted:
                past = (rows.get(one, {}).get("propertiesWithHistory") or {}).get(name)
                if past:
                    found[one, code] = self._said(past[0])
        return found

    def _said(self, entry: Mapping[str, Any]) -> Said:
        source = str(entry.get("sourceType") or "").upper()
        user = str(entry.get("updatedByUserId") or "")
        if not user and str(entry.get("sourceId") or "").startswith("userId:"):
            user = str(entry["sourceId"]).removeprefix("userId:")
        by = self.records.lookups.user_name(user) if user else ""
        by = by or str(entry.get("sourceLabel") or "") or SOURCES.get(source, "")
        return Said(by[:120], fields.moment(entry.get("timestamp")))


def chunks(values: Sequence[str], most: int) -> list[Sequence[str]]:
    return [values[start : start + most] for start in range(0, len(values), most)]


def _history(more: Mapping[str, object]) -> dict[str, object]:
    """The API wants the list, an empty one too."""
    return {"propertiesWithHistory": more.get("history") or []}


def _id_of(more: Mapping[str, object]) -> dict[str, object]:
    return {"idProperty": more["id_of"]} if "id_of" in more else {}


def _changed_at(kind: Kind, raw: Raw) -> datetime | None:
    own = (raw.get("properties") or {}).get(fields.modified(kind))
    return fields.moment(own) or fields.moment(raw.get("updatedAt"))


def _at(kind: Kind, raw: Raw) -> int:
    found = _changed_at(kind, raw)
    return _ms(found) if found else 0


def _ms(at: datetime) -> int:
    """Exact: a float of seconds loses the last millisecond now and then."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
