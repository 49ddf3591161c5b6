"""Salesforce behind the interface of leads.crm.base: contacts, accounts, opportunities, tasks.

`settings.base_url` is the organisation's My Domain. `settings.extra`: account (its id),
currency (of an organisation with one), no_last_name (what stands where a person has none),
close_days (for deals without an expected close), deal_stage.OURS (their stage for one of ours).
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from leads.crm import salesforce_soql as soql
from leads.crm.base import (
    FIELDS,
    OBJECTS,
    Account,
    CrmError,
    Kind,
    Page,
    Record,
    RemoteField,
    RowError,
    Said,
    Settings,
    Write,
    Written,
)
from leads.crm.salesforce_fields import KEY, NAMES, RELATED
from leads.crm.salesforce_read import Reader
from leads.crm.salesforce_schema import Schema
from leads.crm.salesforce_ties import Ties
from leads.crm.salesforce_wire import Org, Refused, Secret
from leads.crm.salesforce_write import BATCH, Writer

log = logging.getLogger(__name__)

ALL: tuple[Kind, ...] = (*OBJECTS, "note")
PLURALS = {"contact": "contacts", "company": "accounts", "deal": "opportunities", "note": "tasks"}


class Salesforce:
    BATCH = BATCH

    def __init__(self, secret: Secret, settings: Settings) -> None:
        self._org = Org(secret, settings)
        self._schema = Schema(self._org, settings)
        self._reader = Reader(self._schema)
        self._writer = Writer(self._schema, self._reader)
        self._ties = Ties(self._schema)

    @property
    def requests(self) -> int:
        return self._org.requests

    def account(self) -> Account:
        query = soql.select(("Id", "Name", "IsSandbox"), "Organization")
        one = next(iter(self._org.rows(query)), {})
        if not one.get("Id"):
            raise CrmError("Salesforce does not say which organisation this is.", permanent=True)
        name = str(one.get("Name") or "Salesforce")
        missing = tuple(self._missing())
        return Account(
            id=str(one["Id"]),
            name=f"{name} (sandbox)" if one.get("IsSandbox") else name,
            url=self._org.base,
            limits=self._limits(),
            missing=missing,
        )

    def _limits(self) -> str:
        org = self._org
        return f"{org.used:,} of {org.limit:,} calls of the last 24 hours used" if org.limit else ""

    def _missing(self) -> list[str]:
        """What the organisation or the user we run as lacks, in words with what to do."""
        found: list[str] = []
        for kind in ALL:
            try:
                there = self._schema.columns(NAMES[kind])
            except Refused as error:
                if error.code not in ("NOT_FOUND", "INVALID_TYPE"):
                    raise
                found.append(f"The user we run as cannot see {PLURALS[kind]}.")
                continue
            if not self._schema.has_key(kind):
                found.append(
                    f"{PLURALS[kind].capitalize()} lack the field {KEY} (text, external id, "
                    "unique). It works without; with it an interrupted sync makes nothing twice."
                )
            found += self._hidden(kind, set(there))
        return found

    def _hidden(self, kind: Kind, there: set[str]) -> list[str]:
        mapping = self._schema.mapping(kind)
        columns = self._schema.columns(NAMES[kind])
        locked = [
            f"{FIELDS.get(kind, {}).get(code, code)} ({PLURALS[kind]})"
            for code, name in mapping.items()
            if name not in RELATED and not (columns[name].update or columns[name].create)
        ]
        lines = [f"Salesforce lets us read but not write: {', '.join(locked)}."] if locked else []
        if kind == "contact" and "HasOptedOutOfEmail" not in there:
            lines.append("Email Opt Out is hidden from us: opt-outs are neither seen nor told.")
        return lines

    def prepare(self) -> None:
        """Nothing is made there: the key field is made by hand (docs/salesforce.md).

        Without it a new record is looked for among those of the last two days before it is
        made: people by e-mail address (else name and phone), companies by name and website, deals
        by title, company and date, activities by a last line of their text.
        """
        for kind in ALL:
            self._schema.has_key(kind)

    def fields(self, kind: Kind) -> list[RemoteField]:
        return self._schema.fields(kind)

    def changed(
        self, kind: Kind, since: datetime | None, cursor: Mapping[str, object] | None
    ) -> Page:
        return self._reader.changed(kind, since, cursor)

    def read(self, kind: Kind, ids: Sequence[str]) -> list[Record]:
        return self._reader.read(kind, ids)

    def find(self, kind: Kind, code: str, values: Sequence[str]) -> list[Record]:
        return self._reader.find(kind, code, values)

    def gone(self, kind: Kind, since: datetime | None, cursor: Mapping[str, object] | None) -> Page:
        return self._reader.gone(kind, since, cursor)

    def write(self, kind: Kind, writes: Sequence[Write]) -> list[Written]:
        found = self._writer.write(kind, writes)
        if kind == "deal":
            self._join_people(writes, {one.key: one.id for one in found if not one.error})
        return found

    def _join_people(self, writes: Sequence[Write], ids: Mapping[str, str]) -> None:
        """People of a deal are rows of their own. The deal stands, whatever becomes of them."""
        pairs: list[tuple[Kind, str, Kind, str]] = [
            ("deal", ids[one.key], kind, other)
            for one in writes
            for kind, other in one.links
            if kind == "contact" and one.key in ids
        ]
        for pair, problem in zip(pairs, self._ties.link(pairs), strict=True):
            if problem is not None:
                log.warning("salesforce: %s has no contact: %s", pair[1], problem.message)

    def link(self, pairs: Sequence[tuple[Kind, str, Kind, str]]) -> list[RowError | None]:
        return self._ties.link(pairs)

    def erase(self, kind: Kind, ids: Sequence[str]) -> list[RowError | None]:
        return self._ties.erase(kind, ids)

    def said(self, kind: Kind, asks: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Said]:
        return self._reader.said(kind, asks)
