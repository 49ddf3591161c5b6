"""Writing to Salesforce: 200 records a call, each accepted or refused on its own.

New records go by our key (upsert by external id), so that the same write twice makes one record.
Where the organisation lacks the key field, a new record is looked for among those of the last two
days before it is made (`_Earlier`): a try that was cut off has left it there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from leads.crm import salesforce_errors as errors
from leads.crm import salesforce_soql as soql
from leads.crm.base import ACTIVITIES, CrmError, Kind, RowError, Write, Written
from leads.crm.salesforce_fields import KEY, NAMES, Column, Unfit, task, written
from leads.crm.salesforce_read import Reader
from leads.crm.salesforce_schema import Schema
from leads.crm.salesforce_wire import Json, Org
from salesagent.lib import http

BATCH = 200
LOCK_TRIES = 3
LOCK_WAIT = 1.0  # seconds
LOOK_BACK = timedelta(days=2)
_RULES = {"Sforce-Duplicate-Rule-Header": "allowSave=false; includeRecordDetails=false"}
# what tells that an earlier try made this very record; the first one is searched for
_IDENTITY: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "contact": (("Email",), ("LastName", "FirstName", "Phone")),
    "company": (("Name", "Website"),),
    "deal": (("Name", "AccountId", "CloseDate"),),
    **dict.fromkeys(ACTIVITIES, (("Subject", "Description"),)),
}


@dataclass
class _Row:
    """One write on its way: what is sent, and what became of it."""

    write: Write
    body: Json = field(default_factory=dict)
    id: str = ""
    created: bool = False
    error: RowError | None = None

    def outcome(self) -> Written:
        return Written(self.write.key, self.id, self.created, error=self.error)


class Writer:
    def __init__(self, schema: Schema, reader: Reader) -> None:
        self.schema = schema
        self.reader = reader
        self.org = schema.org

    def write(self, kind: Kind, writes: Sequence[Write]) -> list[Written]:
        if len(writes) > BATCH:
            raise ValueError(f"at most {BATCH} writes a call")
        rows = [_Row(one, id=one.id) for one in writes]
        owners = self.schema.user_ids(one.values.get("owner", "") for one in writes)
        stages = self._stages_there(kind, writes)
        for row in rows:
            try:
                row.body = self._body(kind, row.write, owners, stages.get(row.id, ""))
            except Unfit as problem:
                row.error = RowError(str(problem.args[0]), "UNFIT", _field_of(problem))
        known = [row for row in rows if row.id and row.body and not row.error]
        new = [row for row in rows if not row.id and not row.error]
        if new and not self.schema.has_key(kind):
            known += self._made_earlier(kind, new)
            new = [row for row in new if not row.id]
        self._update(kind, known)
        self._create(kind, new)
        return [row.outcome() for row in rows]

    def _body(self, kind: Kind, one: Write, owners: Mapping[str, str], stage: str) -> Json:
        columns = self.schema.columns(NAMES[kind])
        if kind in ACTIVITIES:
            body = task(kind, one.values, columns)
            if not one.id and "Status" in columns:
                body["Status"] = self.schema.done_status()
        else:
            body = dict(self._fields(kind, one, columns))
        if owner := one.values.get("owner"):
            body |= _owner(owners, owner, new=not one.id)
        if kind == "deal":
            body |= self._deal(one, stage)
        if not one.id and kind == "contact" and not body.get("LastName"):
            body |= {"LastName": name} if (name := self._extra("no_last_name")) else {}
        return body | _lookups(kind, one.links)

    def _fields(self, kind: Kind, one: Write, columns: Mapping[str, Column]) -> Iterator[Any]:
        mapping = self.schema.mapping(kind)
        for code, value in one.stored.items():
            if code == "owner" or (kind == "deal" and code == "stage"):
                continue
            name = mapping.get(code, "")
            column = columns.get(name)
            if column is None or not (column.update if one.id else column.create):
                if code == "opt_out" and value:
                    raise Unfit(_CANNOT_TELL, code)
                continue  # hidden, read only, or of a related record
            try:
                found = written(code, column, value)
            except Unfit as problem:
                if code == "trade":
                    continue  # their list of industries is theirs
                raise Unfit(str(problem), code) from None
            if code == "opt_out" and not found:
                continue  # an opt-out there is never lifted from here
            if found is None and not one.id:
                continue
            yield name, found

    def _deal(self, one: Write, stage: str) -> Json:
        body: Json = {}
        here, there = one.values.get("currency"), self._extra("currency")
        if here and there and here != there and "currency" not in self.schema.mapping("deal"):
            raise Unfit(f"This Salesforce counts in {there}, the deal in {here}.", "currency")
        ours = one.values.get("stage") or ("" if one.id else "open")
        if ours and self.schema.stage_of(stage) != ours:
            theirs = self.schema.stage_for(ours)
            if not theirs:
                raise Unfit("No deal stage in Salesforce stands for this one. Choose one.", "stage")
            body["StageName"] = theirs
        days = self._extra("close_days")
        if not one.id and not one.values.get("expected_close") and days.isdecimal():
            day = datetime.now(UTC).date() + timedelta(days=int(days[:4]))
            body["CloseDate"] = day.isoformat()
        return body

    def _extra(self, name: str) -> str:
        return str(self.schema.settings.extra.get(name) or "")

    def _stages_there(self, kind: Kind, writes: Sequence[Write]) -> dict[str, str]:
        """Several stages of theirs are one of ours: a deal that stands in the right one stays."""
        ids = [one.id for one in writes if one.id and one.values.get("stage")]
        if kind != "deal" or not ids:
            return {}
        found: dict[str, str] = {}
        for part in soql.parts([one for one in ids if soql.is_id(one)]):
            query = soql.select(("Id", "StageName"), "Opportunity", soql.one_of("Id", part))
            found |= {str(raw["Id"]): str(raw.get("StageName")) for raw in self.org.rows(query)}
        return found

    def _made_earlier(self, kind: Kind, new: Sequence[_Row]) -> list[_Row]:
        """The rows that an interrupted try has made already; they get its ids."""
        if kind in ACTIVITIES:
            for row in new:  # the only mark a task can carry without the field
                text = str(row.body.get("Description") or "")
                row.body["Description"] = f"{text}\n\nSalesAgent {row.write.key}".strip()
        earlier = _Earlier(self.org, kind, [row.body for row in new])
        for row in new:
            row.id = earlier.take(row.body)
        return [row for row in new if row.id]

    def _update(self, kind: Kind, rows: Sequence[_Row]) -> None:
        for row in rows:
            row.body = {**row.body, "id": row.id}
        self._send("PATCH", "composite/sobjects", kind, rows)

    def _create(self, kind: Kind, rows: Sequence[_Row]) -> None:
        name = NAMES[kind]
        if self.schema.has_key(kind):
            for row in rows:
                row.body = {**row.body, KEY: row.write.key}
            self._send("PATCH", f"composite/sobjects/{name}/{KEY}", kind, rows)
        else:
            self._send("POST", "composite/sobjects", kind, rows)
        self._name_twins(kind, rows)

    def _send(self, method: http.Method, path: str, kind: Kind, rows: Sequence[_Row]) -> None:
        """All of them; a record somebody else holds is tried again, alone."""
        left = list(rows)
        for turn in range(LOCK_TRIES):
            if not left:
                return
            if turn:
                http.sleep(LOCK_WAIT)
            bodies = [{"attributes": {"type": NAMES[kind]}, **row.body} for row in left]
            answers = collection(self.org, method, path, bodies)
            for row, answer in zip(left, answers, strict=True):
                self._note(kind, row, answer)
            left = [row for row in left if row.error and row.error.code == "UNABLE_TO_LOCK_ROW"]

    def _note(self, kind: Kind, row: _Row, answer: Json) -> None:
        if answer.get("success"):
            row.created = not row.id and bool(answer.get("created", True))
            row.id, row.error = str(answer.get("id") or row.id), None
        else:
            row.error = errors.row(first_error(answer), self.schema.labels(kind))

    def _name_twins(self, kind: Kind, rows: Sequence[_Row]) -> None:
        """Whose twin a duplicate rule has found: it mostly does not say, the address does."""
        twins = {
            str(row.body["Email"]).lower(): row
            for row in rows
            if row.error
            and row.error.code == "DUPLICATES_DETECTED"
            and not row.error.existing_id
            and row.body.get("Email")
        }
        for record in self.reader.find(kind, "email", list(twins)) if twins else ():
            row = twins.get(record.values.get("email") or "")
            if row is not None and row.error is not None:
                row.error = RowError(row.error.message, row.error.code, "email", record.id)


_CANNOT_TELL = (
    "Salesforce could not be told that this person opted out: the user we run as may not edit "
    "Email Opt Out. Give it that right."
)


class _Earlier:
    """Records of the last days that look exactly like new ones; each is given out once."""

    def __init__(self, org: Org, kind: Kind, bodies: Sequence[Json]) -> None:
        self.ways = _IDENTITY[kind]
        self.found: dict[tuple[str, ...], list[str]] = {}
        recent = f"CreatedDate >= {soql.moment(datetime.now(UTC) - LOOK_BACK)}"
        for names in self.ways:
            values = [str(body[names[0]]) for body in bodies if self._way(body) == names]
            for part in soql.parts(values):
                where = (recent, soql.one_of(names[0], part))
                query = soql.select(("Id", *names), NAMES[kind], *where, order="Id")
                for raw in org.rows(query):
                    self.found.setdefault(_marks(names, raw), []).append(str(raw.get("Id")))

    def _way(self, body: Json) -> tuple[str, ...]:
        return next((names for names in self.ways if body.get(names[0])), ())

    def take(self, body: Json) -> str:
        names = self._way(body)
        waiting = self.found.get(_marks(names, body), []) if names else []
        return waiting.pop(0) if waiting else ""


def _marks(names: Sequence[str], raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Line ends come back in another form than they were sent."""
    values = (" ".join(str(raw.get(name) or "").lower().split()) for name in names)
    return (*names, *values)


def _owner(owners: Mapping[str, str], email: str, *, new: bool) -> Json:
    """A new record of somebody unknown there belongs to the user we run as."""
    if found := owners.get(email.lower()):
        return {"OwnerId": found}
    if new:
        return {}
    raise Unfit(f"No active user in Salesforce has the address {email}.", "owner")


def _lookups(kind: Kind, links: Sequence[tuple[Kind, str]]) -> Json:
    """The columns that hold what a record belongs to."""
    to = {other: one for other, one in reversed(links) if soql.is_id(one)}
    if kind in ("contact", "deal"):
        return {"AccountId": to["company"]} if "company" in to else {}
    if kind not in ACTIVITIES:
        return {}
    what = to.get("deal") or to.get("company")
    who = to.get("contact")
    return {**({"WhoId": who} if who else {}), **({"WhatId": what} if what else {})}


def collection(org: Org, method: http.Method, path: str, bodies: Sequence[Json]) -> list[Json]:
    """One call for many records; an answer for each, in their order."""
    body = {"allOrNone": False, "records": list(bodies)}
    found = org.call(method, path, json=body, idempotent=method != "POST", headers=_RULES)
    return answers_of(found, len(bodies))


def answers_of(found: Any, count: int) -> list[Json]:
    """As many as were asked for, or it is no answer."""
    if not isinstance(found, list) or len(found) != count:
        raise CrmError("Salesforce sent no readable answer.", permanent=False)
    return [one if isinstance(one, dict) else {} for one in found]


def first_error(answer: Json) -> Json:
    listed = answer.get("errors")
    found = listed[0] if isinstance(listed, list) and listed else {}
    return found if isinstance(found, dict) else {}


def _field_of(problem: Unfit) -> str:
    return str(problem.args[1]) if len(problem.args) > 1 else ""
