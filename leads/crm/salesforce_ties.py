"""Associations and erasure in Salesforce."""

from collections.abc import Sequence

from leads.crm import salesforce_errors as errors
from leads.crm import salesforce_soql as soql
from leads.crm.base import ACTIVITIES, Kind, RowError
from leads.crm.salesforce_fields import KEY, NAMES
from leads.crm.salesforce_schema import Schema
from leads.crm.salesforce_wire import Json, in_path
from leads.crm.salesforce_write import BATCH, answers_of, collection, first_error
from salesagent.lib import http

Pair = tuple[Kind, str, Kind, str]
GONE = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND"})
ERASED = "Erased"
TEXTS = frozenset(
    {
        "string",
        "phone",
        "email",
        "url",
        "textarea",
        "encryptedstring",
        "combobox",
        "date",
        "datetime",
    }
)
_CANNOT = RowError("Salesforce cannot join these two.")
_IN_BIN = (
    "Deleted, but a rule in Salesforce kept its values: empty the recycle bin there, so that "
    "nothing is left."
)


class Ties:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.org = schema.org

    def link(self, pairs: Sequence[Pair]) -> list[RowError | None]:
        """A contact or deal belongs to one company, a task to one person and one record."""
        outcomes: dict[int, RowError | None] = {}
        updates: dict[str, list[tuple[int, Json]]] = {}
        roles: list[tuple[int, str, str]] = []
        for place, pair in enumerate(pairs):
            kind, one, other, target = pair if _holds(pair[0], pair[2]) else _turned(pair)
            if (kind, other) == ("deal", "contact"):
                roles.append((place, one, target))
            elif column := _holds(kind, other):
                body = {"attributes": {"type": NAMES[kind]}, "id": one, column: target}
                updates.setdefault(NAMES[kind], []).append((place, body))
            else:
                outcomes[place] = _CANNOT
        for rows in updates.values():
            outcomes |= self._sent("PATCH", rows)
        outcomes |= self._roles(roles)
        return [outcomes[place] for place in range(len(pairs))]

    def _roles(self, wanted: Sequence[tuple[int, str, str]]) -> dict[int, RowError | None]:
        """People of a deal are rows of their own; one that is there is not made twice."""
        there: set[tuple[str, str]] = set()
        for part in soql.parts([deal for _, deal, _ in wanted]):
            names = ("OpportunityId", "ContactId")
            query = soql.select(names, "OpportunityContactRole", soql.one_of("OpportunityId", part))
            there |= {(str(r["OpportunityId"]), str(r["ContactId"])) for r in self.org.rows(query)}
        new: list[tuple[int, Json]] = []
        for place, deal, contact in wanted:
            if (deal, contact) not in there:
                there.add((deal, contact))
                kind = {"type": "OpportunityContactRole"}
                body = {"attributes": kind, "OpportunityId": deal, "ContactId": contact}
                new.append((place, body))
        return dict.fromkeys((place for place, _, _ in wanted), None) | self._sent("POST", new)

    def _sent(
        self, verb: http.Method, rows: Sequence[tuple[int, Json]]
    ) -> dict[int, RowError | None]:
        outcomes: dict[int, RowError | None] = {}
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            bodies = [body for _, body in part]
            for (place, _), answer in zip(
                part, collection(self.org, verb, "composite/sobjects", bodies), strict=True
            ):
                good = bool(answer.get("success"))
                outcomes[place] = None if good else errors.row(first_error(answer), {})
        return outcomes

    def erase(self, kind: Kind, ids: Sequence[str]) -> list[RowError | None]:
        """Their values are emptied first: what is deleted lies in the recycle bin for 15 days.

        With a person go the tasks that we wrote about them.
        """
        found: dict[str, RowError | None] = {}
        wanted = [one for one in dict.fromkeys(ids) if soql.is_id(one)]
        if kind == "contact":
            self._erase_tasks(wanted)
        for start in range(0, len(wanted), BATCH):
            found |= self._erase(kind, wanted[start : start + BATCH])
        return [found.get(one) for one in ids]

    def _erase(self, kind: Kind, ids: Sequence[str]) -> dict[str, RowError | None]:
        emptied = self._empty(kind, ids)
        query = f"composite/sobjects?ids={in_path(','.join(ids))}&allOrNone=false"
        answers = answers_of(self.org.call("DELETE", query), len(ids))
        outcomes: dict[str, RowError | None] = {}
        for one, answer in zip(ids, answers, strict=True):
            problem = first_error(answer)
            if answer.get("success"):
                outcomes[one] = None if one in emptied else RowError(_IN_BIN, "RECYCLE_BIN")
            elif problem.get("statusCode") in GONE:
                outcomes[one] = None
            else:
                outcomes[one] = errors.row(problem, {})
        return outcomes

    def _empty(self, kind: Kind, ids: Sequence[str]) -> set[str]:
        """Overwrite every text and date there is; those that took it, or are gone."""
        columns = self.schema.columns(NAMES[kind]).values()
        blank: Json = {
            one.name: None if one.nillable else ERASED
            for one in columns
            if one.update and one.type in TEXTS and one.name != KEY
            if one.nillable or one.type == "string"
        }
        bodies = [{"attributes": {"type": NAMES[kind]}, "id": one, **blank} for one in ids]
        answers = collection(self.org, "PATCH", "composite/sobjects", bodies)
        return {
            one
            for one, answer in zip(ids, answers, strict=True)
            if answer.get("success") or first_error(answer).get("statusCode") in GONE
        }

    def _erase_tasks(self, contacts: Sequence[str]) -> None:
        if not self.schema.has_key("note"):
            return
        ours: list[str] = []
        for part in soql.parts(contacts):
            where = (soql.one_of("WhoId", part), f"{KEY} LIKE 'event:%'")
            ours += [str(raw["Id"]) for raw in self.org.rows(soql.select(("Id",), "Task", *where))]
        for start in range(0, len(ours), BATCH):
            self._erase("note", ours[start : start + BATCH])


def _turned(pair: Pair) -> Pair:
    kind, one, other, target = pair
    return other, target, kind, one


def _holds(kind: Kind, other: Kind) -> str:
    """The column of `kind` that names an `other`; "" when it is the other way round."""
    if kind in ("contact", "deal") and other == "company":
        return "AccountId"
    if (kind, other) == ("deal", "contact"):
        return "ContactId"  # of a row in between
    if kind in ACTIVITIES:
        return {"contact": "WhoId", "company": "WhatId", "deal": "WhatId"}.get(other, "")
    return ""
