"""Reading from Salesforce: what changed, what is gone, what was merged, who said what.

Pages follow the address that each answer names; when that has ended (it lives two days), reading
goes on behind the last record by its time and id. A record is stamped before its transaction ends,
so each pass begins a little earlier than asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from leads.crm import salesforce_soql as soql
from leads.crm.base import FIELDS, Kind, Page, Record, Said
from leads.crm.salesforce_fields import NAMES, RELATED, SUBTYPES, shown
from leads.crm.salesforce_schema import Schema
from leads.crm.salesforce_wire import Json, Refused, records

LAG = timedelta(minutes=10)  # as long as a transaction may take there
STAMPS = ("Id", "SystemModstamp", "LastModifiedDate")
ORDER = "SystemModstamp, Id"
MERGES: tuple[Kind, ...] = ("contact", "company")
MOST_HOPS = 5  # of a record merged into one that was merged
DOMAINS = 25  # of one query: each is looked for inside of a text
ROLES = "(SELECT ContactId FROM OpportunityContactRoles)"
HISTORY: dict[Kind, tuple[str, str]] = {
    "contact": ("ContactHistory", "ContactId"),
    "company": ("AccountHistory", "AccountId"),
    "deal": ("OpportunityFieldHistory", "OpportunityId"),
}
_SHORT = {"OwnerId": "Owner", "Account.Name": "Account", "Name": "TextName"}


class Reader:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.org = schema.org
        self._losers: dict[tuple[Kind, datetime | None], dict[str, list[str]]] = {}

    def changed(
        self, kind: Kind, since: datetime | None, cursor: Mapping[str, object] | None
    ) -> Page:
        where = [*self._kept(kind), *_since(since)]
        page = self._page(self._names(kind), kind, where, cursor, deleted=False)
        losers = self._losers_since(kind, since)
        found = [self.record(kind, raw, losers.get(_id(raw), ())) for raw in records(page)]
        return Page(found, _cursor(page, cursor), _total(page, cursor))

    def gone(self, kind: Kind, since: datetime | None, cursor: Mapping[str, object] | None) -> Page:
        """Merged records are not gone: their winner tells, when it is read as changed."""
        names = ["Id", "SystemModstamp", *(["MasterRecordId"] if kind in MERGES else [])]
        where = ["IsDeleted = TRUE", *_since(since)]
        page = self._page(names, kind, where, cursor, deleted=True)
        merged = [_id(raw) for raw in records(page) if raw.get("MasterRecordId")]
        alive = {loser for one in self.read(kind, merged) for loser in one.merged}
        found = [
            Record(kind, _id(raw), {}, soql.read_moment(raw.get("SystemModstamp")), deleted=True)
            for raw in records(page)
            if _id(raw) not in alive
        ]
        return Page(found, _cursor(page, cursor), _total(page, cursor))

    def read(self, kind: Kind, ids: Sequence[str]) -> list[Record]:
        asked = [one for one in dict.fromkeys(ids) if soql.is_id(one)]
        winners = self._winners(kind, asked)
        losers: dict[str, list[str]] = {}
        for loser, winner in winners.items():
            losers.setdefault(winner, []).append(loser)
        wanted = [one for one in asked if one not in winners] + list(losers)
        found = self._where(kind, "Id", wanted)
        return [self.record(kind, raw, losers.get(_id(raw), ())) for raw in found]

    def find(self, kind: Kind, code: str, values: Sequence[str]) -> list[Record]:
        name = self.schema.mapping(kind).get(code, "")
        asked = [value for value in values if value]
        if not name or name in RELATED or not asked:
            return []
        if code == "domain":
            return self._with_domain(kind, name, asked)
        return [self.record(kind, raw) for raw in self._where(kind, name, asked)]

    def _with_domain(self, kind: Kind, name: str, domains: Sequence[str]) -> list[Record]:
        """A website stands there with or without www, https and a path."""
        wanted = {domain.lower() for domain in domains}
        found: dict[str, Record] = {}
        for part in soql.parts(sorted(wanted), DOMAINS):
            either = " OR ".join(f"{name} LIKE {soql.like(domain)}" for domain in part)
            asked = soql.select(
                self._names(kind), NAMES[kind], *self._kept(kind), f"({either})", order=ORDER
            )
            for raw in self.org.rows(asked):
                one = self.record(kind, raw)
                if one.values.get("domain") in wanted:
                    found[one.id] = one
        return list(found.values())

    def said(self, kind: Kind, asks: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Said]:
        """From the field history, where the organisation keeps one of the field."""
        if kind not in HISTORY or not asks:
            return {}
        source, parent = HISTORY[kind]
        names = {
            (one, _short(name)): (one, code)
            for one, code in asks
            if (name := self.schema.mapping(kind).get(code))
        }
        told: dict[tuple[str, str], Said] = {}
        for part in soql.parts([one for one, _ in asks if soql.is_id(one)]):
            for raw in self._history(source, parent, part):
                ask = names.get((str(raw.get(parent)), _short(str(raw.get("Field")))))
                if ask and ask not in told:  # the newest comes first
                    at = soql.read_moment(raw.get("CreatedDate"))
                    told[ask] = Said(_related(raw, "CreatedBy", "Name"), at)
        return told

    def _history(self, source: str, parent: str, ids: Sequence[str]) -> Iterable[Json]:
        names = (parent, "Field", "CreatedBy.Name", "CreatedDate")
        asked = soql.select(names, source, soql.one_of(parent, ids), order="CreatedDate DESC")
        try:
            yield from self.org.rows(asked)
        except Refused as error:
            if error.code not in ("INVALID_TYPE", "INVALID_FIELD", "INVALID_TYPE_FOR_OPERATION"):
                raise  # else no history is kept, or we may not see it

    def record(self, kind: Kind, raw: Json, merged: Sequence[str] = ()) -> Record:
        return Record(
            kind,
            _id(raw),
            self._values(kind, raw),
            soql.read_moment(raw.get("LastModifiedDate") or raw.get("SystemModstamp")),
            merged=tuple(merged),
            links=_links(kind, raw),
        )

    def _values(self, kind: Kind, raw: Json) -> dict[str, str | None]:
        columns = self.schema.columns(NAMES[kind])
        mapping = self.schema.mapping(kind)
        values: dict[str, str | None] = dict.fromkeys(FIELDS.get(kind, ()))
        for code, name in mapping.items():
            found = _related(raw, *RELATED[name]) if name in RELATED else raw.get(name)
            values[code] = shown(code, columns.get(name), found, raw)
        extra = self.schema.settings.extra
        if kind == "deal":
            values["stage"] = self.schema.stage_of(str(raw.get("StageName") or ""))
            values["currency"] = values["currency"] or extra.get("currency") or None
        if values.get("last_name") and values["last_name"] == extra.get("no_last_name"):
            values["last_name"] = ""
        return values

    def _names(self, kind: Kind) -> list[str]:
        there = self.schema.columns(NAMES[kind])
        names = [name for name in STAMPS if name in there or name == "Id"]
        names += ["AccountId"] if kind in ("contact", "deal") else []
        for name in self.schema.mapping(kind).values():
            names.append(".".join(RELATED[name]) if name in RELATED else name)
        return [*dict.fromkeys(names), *([ROLES] if kind == "deal" else [])]

    def _kept(self, kind: Kind) -> list[str]:
        """Person accounts are one record with two faces; they are left out on both."""
        if kind in ("contact", "company"):
            there = self.schema.columns(NAMES[kind])
            return ["IsPersonAccount = FALSE"] if "IsPersonAccount" in there else []
        if kind == "deal":
            return []
        return [f"TaskSubtype = '{SUBTYPES.get(kind, 'Task')}'"]

    def _where(self, kind: Kind, name: str, values: Sequence[str]) -> list[Json]:
        found: list[Json] = []
        for part in soql.parts(values):
            where = [*self._kept(kind), soql.one_of(name, part)]
            found += self.org.rows(soql.select(self._names(kind), NAMES[kind], *where, order=ORDER))
        return found

    def _page(
        self,
        names: Sequence[str],
        kind: Kind,
        where: Sequence[str],
        cursor: Mapping[str, object] | None,
        *,
        deleted: bool,
    ) -> Json:
        if cursor is None:
            asked = soql.select(names, NAMES[kind], *where, order=ORDER)
            return self.org.query(asked, deleted=deleted)
        try:
            return self.org.more(cursor.get("next"))
        except Refused as error:
            if error.code != "INVALID_QUERY_LOCATOR":
                raise
        asked = soql.select(names, NAMES[kind], *where, *_behind(cursor), order=ORDER)
        return self.org.query(asked, deleted=deleted)

    def _losers_since(self, kind: Kind, since: datetime | None) -> dict[str, list[str]]:
        """Winner's id -> ids merged into it, as long as they are in the recycle bin."""
        if kind not in MERGES:
            return {}
        if (kind, since) not in self._losers:
            where = ["IsDeleted = TRUE", "MasterRecordId != NULL", *_since(since)]
            asked = soql.select(("Id", "MasterRecordId"), NAMES[kind], *where)
            found = {
                _id(raw): str(raw.get("MasterRecordId"))
                for raw in self.org.rows(asked, deleted=True)
            }
            into: dict[str, list[str]] = {}
            for loser in found:
                into.setdefault(_last(found, loser), []).append(loser)
            self._losers[kind, since] = into
        return self._losers[kind, since]

    def _winners(self, kind: Kind, ids: Sequence[str]) -> dict[str, str]:
        """Merged id -> the id of the record that is left, followed through several merges."""
        known: dict[str, str] = {}
        asked = list(ids) if kind in MERGES else []
        for _ in range(MOST_HOPS):
            step: dict[str, str] = {}
            for part in soql.parts(asked):
                where = ["IsDeleted = TRUE", "MasterRecordId != NULL", soql.one_of("Id", part)]
                query = soql.select(("Id", "MasterRecordId"), NAMES[kind], *where)
                for raw in self.org.rows(query, deleted=True):
                    step[_id(raw)] = str(raw.get("MasterRecordId"))
            if not step:
                break
            known |= step
            asked = [one for one in step.values() if one not in known]
        return {one: _last(known, one) for one in ids if one in known}


def _last(into: Mapping[str, str], one: str) -> str:
    for _ in range(MOST_HOPS):
        if one not in into:
            break
        one = into[one]
    return one


def _id(raw: Mapping[str, object]) -> str:
    return str(raw.get("Id") or "")


def _since(since: datetime | None) -> list[str]:
    return [] if since is None else [f"SystemModstamp >= {soql.moment(since - LAG)}"]


def _behind(cursor: Mapping[str, object]) -> list[str]:
    at, last = soql.read_moment(cursor.get("at")), str(cursor.get("id") or "")
    if at is None or not soql.is_id(last):
        return []
    time = soql.moment(at)
    return [f"(SystemModstamp > {time} OR (SystemModstamp = {time} AND Id > {soql.quote(last)}))"]


def _cursor(page: Json, before: Mapping[str, object] | None) -> dict[str, object] | None:
    if page.get("done", True):
        return None
    found = records(page)
    last: Mapping[str, object] = found[-1] if found else {}
    return {
        "next": page.get("nextRecordsUrl"),
        "at": last.get("SystemModstamp") or (before or {}).get("at"),
        "id": last.get("Id") or (before or {}).get("id"),
        "total": _total(page, before),
    }


def _total(page: Json, before: Mapping[str, object] | None) -> int:
    """Behind an ended address the service counts only what is left."""
    told = (before or {}).get("total") or page.get("totalSize") or 0
    return told if isinstance(told, int) else 0


def _related(raw: Mapping[str, object], name: str, column: str) -> str:
    found = raw.get(name)
    return str(found.get(column) or "") if isinstance(found, dict) else ""


def _short(name: str) -> str:
    """A field as the history names it: an address is one field there."""
    for head in ("Mailing", "Billing"):
        if name.startswith(head):
            return f"{head}Address"
    return _SHORT.get(name, name)


def _links(kind: Kind, raw: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    links: dict[str, tuple[str, ...]] = {}
    if account := raw.get("AccountId"):
        links["company"] = (str(account),)
    roles = raw.get("OpportunityContactRoles")
    if kind == "deal" and isinstance(roles, dict):
        links["contact"] = tuple(str(one.get("ContactId")) for one in records(roles))
    return links
