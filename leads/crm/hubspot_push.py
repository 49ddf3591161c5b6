"""Our records into HubSpot: in batches, with an outcome for each row.

A new record is made by "upsert" on our own unique property, so doing it twice makes one; a known
one is changed by its id. HubSpot tells refused rows one by one where every input carries a trace
id; where it refuses the whole batch, the batch is halved until the row is found.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from leads.crm import hubspot_errors
from leads.crm import hubspot_fields as fields
from leads.crm.base import Kind, RowError, Write, Written
from leads.crm.hubspot_api import VERSION, Api, Refused
from leads.crm.hubspot_pull import BATCH, chunks
from leads.crm.hubspot_records import Records

LINK_BATCH = 1000
TRACE = "objectWriteTraceId"
NOT_TOLD = RowError("HubSpot did not say what became of it. We try again.", code="lost", again=True)
ROW = frozenset({400, 404, 409})  # a refusal that one row of the batch may have caused
Pair = tuple[Kind, str, Kind, str]


class Push:
    def __init__(self, api: Api, records: Records) -> None:
        self.api = api
        self.records = records

    def write(self, kind: Kind, writes: Sequence[Write]) -> list[Written]:
        done: dict[str, Written] = {}
        left = [one for one in writes if not self._opt_out_failed(kind, one, done)]
        for wave in _waves(left):
            stands = self._deals_now(kind, wave)
            ready = {
                one.key: self.records.written(kind, one.stored, now=stands.get(one.id))
                for one in wave
            }
            self._write(kind, [one for one in wave if not one.id], ready, done)
            self._write(kind, [one for one in wave if one.id], ready, done)
        self._link_written(kind, left, done)
        return [done.get(one.key, Written(one.key, error=NOT_TOLD)) for one in writes]

    def _write(
        self,
        kind: Kind,
        writes: Sequence[Write],
        ready: Mapping[str, Mapping[str, str]],
        done: dict[str, Written],
    ) -> None:
        same = [one for one in writes if one.id and not ready[one.key]]
        done.update({one.key: Written(one.key, one.id) for one in same})
        real = [one for one in writes if not (one.id and not ready[one.key])]
        for start in range(0, len(real), BATCH):
            self._batch(kind, real[start : start + BATCH], ready, done)

    def _batch(
        self,
        kind: Kind,
        writes: Sequence[Write],
        ready: Mapping[str, Mapping[str, str]],
        done: dict[str, Written],
    ) -> None:
        """One request; two halves when it is refused as a whole for one of its rows."""
        try:
            answer = self._send(kind, writes, ready)
        except Refused as refused:
            if refused.status not in ROW:
                raise
            if len(writes) == 1:
                error = self._row_error(kind, refused.answer, refused.status)
                done[writes[0].key] = Written(writes[0].key, error=error)
                return
            middle = len(writes) // 2
            self._batch(kind, writes[:middle], ready, done)
            self._batch(kind, writes[middle:], ready, done)
            return
        self._take(kind, writes, answer, done)

    def _send(
        self, kind: Kind, writes: Sequence[Write], ready: Mapping[str, Mapping[str, str]]
    ) -> dict[str, Any]:
        known = bool(writes[0].id)
        inputs = [
            {"id": one.id, "properties": ready[one.key], TRACE: one.key}
            if known
            else {
                "id": one.key,
                "idProperty": fields.KEY,
                "properties": {**ready[one.key], fields.KEY: one.key},
                TRACE: one.key,
            }
            for one in writes
        ]
        verb = "update" if known else "upsert"
        path = f"/crm/objects/{VERSION}/{fields.TYPES[kind]}/batch/{verb}"
        found: dict[str, Any] = self.api.post(path, {"inputs": inputs})
        return found

    def _take(
        self,
        kind: Kind,
        writes: Sequence[Write],
        answer: Mapping[str, Any],
        done: dict[str, Written],
    ) -> None:
        """Who is who: by the trace id, else by our key among the properties, else by the id."""
        keys = {one.key for one in writes}
        by_id = {one.id: one.key for one in writes if one.id}
        for raw in answer.get("results") or []:
            own = str(raw.get("id") or "")
            trace = str(raw.get(TRACE) or "")
            ours = str((raw.get("properties") or {}).get(fields.KEY) or "")
            key = next((name for name in (trace, ours, by_id.get(own, "")) if name in keys), "")
            if key:
                at = fields.moment(raw.get("updatedAt"))
                done[key] = Written(key, own, created=bool(raw.get("new")), modified_at=at)
        for error in answer.get("errors") or []:
            told = hubspot_errors.ids_of(error, (TRACE, "ids", "id", "objectId"))
            for name in told:
                key = name if name in keys else by_id.get(name, "")
                if key and key not in done:
                    done[key] = Written(key, error=self._row_error(kind, error))
        lost = [one for one in writes if one.key not in done]
        done.update({one.key: Written(one.key, error=NOT_TOLD) for one in lost})

    def _row_error(self, kind: Kind, error: Mapping[str, Any], status: int = 0) -> RowError:
        return hubspot_errors.of_row(error, self.records.by_property(kind), status)

    def _deals_now(self, kind: Kind, writes: Sequence[Write]) -> dict[str, Mapping[str, Any]]:
        """Where known deals stand whose stage is written: a stage belongs to a pipeline."""
        ids = [one.id for one in writes if kind == "deal" and one.id and "stage" in one.values]
        found: dict[str, Mapping[str, Any]] = {}
        path = f"/crm/objects/{VERSION}/deals/batch/read"
        for some in chunks(ids, BATCH):
            body = {
                "inputs": [{"id": value} for value in some],
                "properties": ["pipeline", "dealstage"],
                "propertiesWithHistory": [],
            }
            for raw in self.api.post(path, body).get("results") or []:
                found[str(raw.get("id"))] = raw.get("properties") or {}
        return found

    def _opt_out_failed(self, kind: Kind, one: Write, done: dict[str, Written]) -> bool:
        """Tell an opt-out before anything else of the row; True: it was refused, and noted."""
        if kind != "contact" or one.values.get("opt_out") != "yes":
            return False
        address = one.values.get("email") or (self._address(one.id) if one.id else "")
        error = self._unsubscribe(address) if address else None
        if error:
            done[one.key] = Written(one.key, error=error)
        return error is not None

    def _unsubscribe(self, address: str) -> RowError | None:
        path = f"/communication-preferences/{VERSION}/statuses/{quote(address, safe='@')}"
        try:
            self.api.post(f"{path}/unsubscribe-all", None, params={"channel": "EMAIL"})
        except Refused as refused:
            if refused.status == 403:
                text = (
                    "HubSpot does not let us tell opt-outs. Add subscriptions-status-write to "
                    "the app there, or tick “Unsubscribed from all email” by hand."
                )
                return RowError(text, code="opt_out", field="opt_out", again=True)
            if refused.status not in ROW:
                raise
            return hubspot_errors.of_row(refused.answer, {}, refused.status)
        return None

    def _address(self, contact_id: str) -> str:
        path = f"/crm/objects/{VERSION}/contacts/{quote(contact_id, safe='')}"
        try:
            found = self.api.get(path, {"properties": "email"})
        except Refused as refused:
            if refused.status != 404:
                raise
            return ""
        return str((found.get("properties") or {}).get("email") or "")

    def _link_written(self, kind: Kind, writes: Sequence[Write], done: dict[str, Written]) -> None:
        """What a row refers to. A row whose link failed is there: it carries id and error."""
        rows = [(one, done[one.key]) for one in writes if one.links and done[one.key].id]
        pairs = [(kind, row.id, to, end) for one, row in rows for to, end in one.links]
        keys = [row.key for one, row in rows for _ in one.links]
        for key, error in zip(keys, self.link(pairs), strict=True):
            if error:
                row = done[key]
                done[key] = Written(key, row.id, row.created, row.modified_at, error)

    def link(self, pairs: Sequence[Pair]) -> list[RowError | None]:
        found: dict[Pair, RowError | None] = {}
        for one, other in dict.fromkeys((pair[0], pair[2]) for pair in pairs):
            mine = [p for p in dict.fromkeys(pairs) if (p[0], p[2]) == (one, other)]
            for start in range(0, len(mine), LINK_BATCH):
                self._link(mine[start : start + LINK_BATCH], found)
        return [found.get(pair) for pair in pairs]

    def _link(self, pairs: Sequence[Pair], found: dict[Pair, RowError | None]) -> None:
        one, other = fields.TYPES[pairs[0][0]], fields.TYPES[pairs[0][2]]
        path = f"/crm/associations/{VERSION}/{one}/{other}/batch/associate/default"
        inputs = [{"from": {"id": pair[1]}, "to": {"id": pair[3]}} for pair in pairs]
        try:
            answer = self.api.post(path, {"inputs": inputs})
        except Refused as refused:
            if refused.status not in ROW:
                raise
            if len(pairs) == 1:
                found[pairs[0]] = hubspot_errors.of_row(refused.answer, {}, refused.status)
                return
            middle = len(pairs) // 2
            self._link(pairs[:middle], found)
            self._link(pairs[middle:], found)
            return
        for error in answer.get("errors") or []:
            told = set(hubspot_errors.ids_of(error, ("fromObjectId", "toObjectId", "ids", "id")))
            for pair in pairs:
                if told and told <= {pair[1], pair[3]}:
                    found[pair] = hubspot_errors.of_row(error, {})

    def erase(self, kind: Kind, ids: Sequence[str]) -> list[RowError | None]:
        """Contacts for good, by HubSpot's privacy deletion; other records into its bin."""
        return [self._erase(*_erasing(kind, one)) for one in ids]

    def _erase(self, path: str, body: Mapping[str, object]) -> RowError | None:
        try:
            self.api.post(path, body)
        except Refused as refused:
            if refused.status == 404:
                return None  # it is gone
            if refused.status not in ROW:
                raise
            return hubspot_errors.of_row(refused.answer, {}, refused.status)
        return None


def _erasing(kind: Kind, one: str) -> tuple[str, dict[str, object]]:
    base = f"/crm/objects/{VERSION}/{fields.TYPES[kind]}"
    if kind == "contact":
        return f"{base}/gdpr-delete", {"objectId": one}
    return f"{base}/batch/archive", {"inputs": [{"id": one}]}


def _waves(writes: Iterable[Write]) -> list[list[Write]]:
    """Batches in which no record, key or address comes twice: HubSpot refuses those as a whole."""
    waves: list[tuple[set[str], list[Write]]] = []
    for one in writes:
        names = {f"key {one.key}", *([f"id {one.id}"] if one.id else [])}
        if address := one.values.get("email", "").strip().lower():
            names.add(f"email {address}")
        for taken, rows in waves:
            if not taken & names:
                taken |= names
                rows.append(one)
                break
        else:
            waves.append((names, [one]))
    return [rows for _, rows in waves]
