"""The memory of a scripted Salesforce organisation: objects, columns, rules, history, merges.

It behaves as the REST, SOQL and SOAP object references describe, as far as our adapter goes.
No live organisation was reachable: what is here is what the documents say.
"""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

KEY = "SalesAgent_Id__c"
PREFIXES = {
    "Contact": "003",
    "Account": "001",
    "Opportunity": "006",
    "Task": "00T",
    "User": "005",
    "Organization": "00D",
    "OpportunityContactRole": "00K",
    "OpportunityStage": "01J",
    "TaskStatus": "01T",
    "ContactHistory": "017",
    "AccountHistory": "017",
    "OpportunityFieldHistory": "017",
}
_SYSTEM = "Id:id IsDeleted:boolean CreatedDate:datetime LastModifiedDate:datetime"
_SYSTEM += " SystemModstamp:datetime CreatedById:reference"
# name:type, "!" wanted, "#" external id and unique, "-" read only
_COLUMNS = {
    "Contact": "FirstName:string LastName:string! Name:string- Email:email Phone:phone"
    " MobilePhone:phone Title:string MailingStreet:textarea MailingPostalCode:string"
    " MailingCity:string MailingCountry:string HasOptedOutOfEmail:boolean Birthdate:date"
    " Description:textarea AccountId:reference OwnerId:reference MasterRecordId:reference-"
    f" LinkedIn__c:url {KEY}:string#",
    "Account": "Name:string! Website:url Phone:phone BillingStreet:textarea BillingCity:string"
    " BillingCountry:string Industry:picklist NumberOfEmployees:int OwnerId:reference"
    f" MasterRecordId:reference- {KEY}:string#",
    "Opportunity": "Name:string! Amount:currency StageName:picklist! CloseDate:date!"
    f" AccountId:reference OwnerId:reference Loss_Reason__c:string {KEY}:string#",
    "Task": "Subject:combobox Description:textarea ActivityDate:date Status:picklist!"
    " TaskSubtype:picklist WhoId:reference WhatId:reference CallType:picklist"
    f" CallDurationInSeconds:int OwnerId:reference {KEY}:string#",
    "User": "Email:email Name:string IsActive:boolean UserType:picklist",
    "Organization": "Name:string IsSandbox:boolean",
    "OpportunityContactRole": "OpportunityId:reference! ContactId:reference!",
    "OpportunityStage": "ApiName:string IsActive:boolean IsClosed:boolean IsWon:boolean"
    " DefaultProbability:double SortOrder:int",
    "TaskStatus": "ApiName:string IsClosed:boolean SortOrder:int",
    "ContactHistory": "ContactId:reference Field:picklist OldValue:string NewValue:string",
    "AccountHistory": "AccountId:reference Field:picklist OldValue:string NewValue:string",
    "OpportunityFieldHistory": "OpportunityId:reference Field:picklist OldValue:string"
    " NewValue:string",
}
RELATIONS = {"Owner": "OwnerId", "Account": "AccountId", "CreatedBy": "CreatedById"}
LISTS = {
    "Industry": ("Construction", "Engineering", "Retail"),
    "Status": ("Not Started", "Completed"),
}
_STAGES = (
    ("Prospecting", 10), ("Qualification", 10), ("Needs Analysis", 20), ("Value Proposition", 50),
    ("Id. Decision Makers", 60), ("Perception Analysis", 70), ("Proposal/Price Quote", 75),
    ("Negotiation/Review", 90), ("Closed Won", 100), ("Closed Lost", 0),
)  # fmt: skip
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class RowProblem(Exception):
    def __init__(self, code: str, text: str, *fields: str, **more: Any) -> None:
        super().__init__(text)
        self.error = {"statusCode": code, "message": text, "fields": list(fields), **more}


@dataclass
class Column:
    name: str
    type: str
    wanted: bool = False
    unique: bool = False
    read_only: bool = False


def _columns(text: str) -> dict[str, Column]:
    found = {}
    for word in f"{_SYSTEM} {text}".split():
        name, kind = word.rstrip("!#-").split(":")
        fixed = word.endswith("-") or word in _SYSTEM.split()
        found[name] = Column(name, kind, word.endswith("!"), word.endswith("#"), fixed)
    return found


@dataclass
class Organisation:
    """Everything the scripted server knows. Tests look into it and change it."""

    columns: dict[str, dict[str, Column]] = field(default_factory=dict)
    data: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    rules: list[tuple[str, Callable[[dict[str, Any]], str]]] = field(default_factory=list)
    twins: Callable[[dict[str, Any], dict[str, Any]], bool] | None = None  # a duplicate rule
    tells_twins: bool = False
    locked: dict[str, int] = field(default_factory=dict)  # id -> how many times it is held
    tracked: set[str] = field(default_factory=set)  # columns whose history is kept
    bin_emptied: set[str] = field(default_factory=set)
    restricted: set[str] = field(default_factory=set)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    me: str = ""
    index: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    _last: int = 0

    def __post_init__(self) -> None:
        self.columns = {name: _columns(text) for name, text in _COLUMNS.items()}
        self.data = {name: {} for name in _COLUMNS}
        people = {"Email": "api@acme.example", "Name": "Sync User"}
        self.me = self.add("User", IsActive=True, UserType="Standard", **people)
        self.add("Organization", Name="Acme GmbH", IsSandbox=False)
        for place, (name, chance) in enumerate(_STAGES):
            ends = {"IsClosed": name.startswith("Closed"), "IsWon": name == "Closed Won"}
            numbers = {"DefaultProbability": float(chance), "SortOrder": place}
            self.add("OpportunityStage", ApiName=name, IsActive=True, **ends, **numbers)
        self.add("TaskStatus", ApiName="Completed", IsClosed=True, SortOrder=2)

    def add(self, kind: str, **values: Any) -> str:
        """A record without any check: what the world was like before."""
        made = self.new_id(kind)
        blank = {name: False if one.type == "boolean" else None
                 for name, one in self.columns[kind].items()}  # fmt: skip
        now = self.stamp()
        times = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now)
        owner = {"OwnerId": self.me, "CreatedById": self.me}
        self.data[kind][made] = blank | times | owner | values | {"Id": made}
        self._indexed(kind, made, values)
        return made

    def new_id(self, kind: str) -> str:
        self._last += 1
        short = f"{PREFIXES[kind]}5g{self._last:010d}"
        return short + suffix(short)

    def stamp(self) -> str:
        return self.clock().strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    def live(self, kind: str) -> Iterator[dict[str, Any]]:
        return (row for row in self.data[kind].values() if not row["IsDeleted"])

    def get(self, kind: str, one: str) -> dict[str, Any]:
        """By 15 or 18 letters. Raises RowProblem."""
        full = one + suffix(one) if len(one) == 15 else one
        row = self.data[kind].get(full)
        if row is None:
            raise RowProblem("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if row["IsDeleted"]:
            raise RowProblem("ENTITY_IS_DELETED", "entity is deleted")
        return row

    def by_key(self, kind: str, column: str, value: str) -> list[dict[str, Any]]:
        ids = self.index.get((kind, column, value.lower()), ())
        rows = [self.data[kind][one] for one in dict.fromkeys(ids)]
        return [
            one
            for one in rows
            if not one["IsDeleted"] and str(one.get(column)).lower() == value.lower()
        ]

    def _indexed(self, kind: str, one: str, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if value and name == KEY:
                self.index.setdefault((kind, name, str(value).lower()), []).append(one)

    def create(self, kind: str, values: dict[str, Any], *, allow_twins: bool = False) -> str:
        for name, one in self.columns[kind].items():
            if one.wanted and values.get(name) in (None, ""):
                text = f"Required fields are missing: [{name}]"
                raise RowProblem("REQUIRED_FIELD_MISSING", text, name)
        self._check(kind, values, values, "")
        if self.twins and not allow_twins:
            for row in self.live(kind):
                if self.twins(row, values):
                    record = {"record": {"attributes": {"type": kind}, "Id": row["Id"]}}
                    found = {"matchResults": [{"matchRecords": [record]}]}
                    more = {"duplicateResut": found} if self.tells_twins else {}
                    raise RowProblem("DUPLICATES_DETECTED", "Use one of these records?", **more)
        return self.add(kind, **values)

    def update(self, kind: str, one: str, values: dict[str, Any]) -> None:
        row = self.get(kind, one)
        if self.locked.get(row["Id"], 0) > 0:
            self.locked[row["Id"]] -= 1
            raise RowProblem("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this row")
        self._check(kind, values, row | values, row["Id"])
        for name, column in self.columns[kind].items():
            if column.wanted and name in values and values[name] in (None, ""):
                text = f"Required fields are missing: [{name}]"
                raise RowProblem("REQUIRED_FIELD_MISSING", text, name)
        for name, value in values.items():
            if name in self.tracked and row[name] != value:
                self._remember(kind, row["Id"], name, row[name], value)
        now = self.stamp()
        row |= values | {"LastModifiedDate": now, "SystemModstamp": now}
        self._indexed(kind, row["Id"], values)

    def _remember(self, kind: str, one: str, name: str, old: Any, new: Any) -> None:
        source = "OpportunityFieldHistory" if kind == "Opportunity" else f"{kind}History"
        shown = {"OwnerId": "Owner", "AccountId": "Account"}.get(name, name)
        self.add(source, **{f"{kind}Id": one}, Field=shown, OldValue=old, NewValue=new)

    def _check(self, kind: str, values: dict[str, Any], whole: dict[str, Any], one: str) -> None:
        for name, value in values.items():
            column = self.columns[kind].get(name)
            if column is None:
                text = f"No such column '{name}' on sobject of type {kind}"
                raise RowProblem("INVALID_FIELD", text)
            if column.read_only:
                text = f"Unable to create/update fields: {name}. Please check the security settings"
                raise RowProblem("INVALID_FIELD_FOR_INSERT_UPDATE", text, name)
            self._check_value(kind, column, value, one)
        for rule_kind, rule in self.rules:
            if rule_kind == kind and (said := rule(whole)):
                raise RowProblem("FIELD_CUSTOM_VALIDATION_EXCEPTION", said)

    def _check_value(self, kind: str, column: Column, value: Any, one: str) -> None:
        name = column.name
        if column.type == "boolean" and not isinstance(value, bool):
            raise RowProblem("JSON_PARSER_ERROR", f"cannot deserialize {name} from {value!r}")
        if value is None:
            return
        if column.type in ("int", "currency", "double") and not isinstance(value, int | float):
            raise RowProblem("JSON_PARSER_ERROR", f"cannot deserialize {name} from {value!r}")
        if column.type == "email" and not _EMAIL.fullmatch(str(value)):
            text = f"{column.name}: invalid email address: {value}"
            raise RowProblem("INVALID_EMAIL_ADDRESS", text, name)
        if column.type == "string" and len(str(value)) > 255:
            text = f"{name}: data value too large: (max length=255)"
            raise RowProblem("STRING_TOO_LONG", text, name)
        if name in self.restricted and value not in LISTS.get(name, ()):
            code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
            raise RowProblem(code, f"bad value for restricted picklist field: {value}", name)
        if column.unique:
            for row in self.by_key(kind, name, str(value)):
                if row["Id"] != one:
                    text = f"duplicate value found: {name} duplicates value on record with id: "
                    raise RowProblem("DUPLICATE_VALUE", text + row["Id"], name)

    def delete(self, kind: str, one: str) -> None:
        row = self.get(kind, one)
        row |= {"IsDeleted": True, "SystemModstamp": self.stamp()}

    def merge(self, kind: str, winner: str, loser: str) -> None:
        """As a person does it in the browser: the loser lies in the bin and names its winner."""
        self.delete(kind, loser)
        self.data[kind][loser]["MasterRecordId"] = winner
        self.data[kind][winner]["SystemModstamp"] = self.stamp()
        for other, column in (("Contact", "AccountId"), ("Task", "WhoId")):
            for row in self.live(other):
                if row[column] == loser:
                    row[column] = winner

    def expand(self, kind: str, row: dict[str, Any]) -> dict[str, Any]:
        """With the records it names, so that Owner.Email has a value."""
        found = copy.copy(row)
        for name, column in RELATIONS.items():
            other = "User" if name != "Account" else "Account"
            if column in self.columns[kind] or column in row:
                found[name] = self.data[other].get(row.get(column) or "")
        return found

    def is_gone(self, row: dict[str, Any], days: int = 15) -> bool:
        """Out of the recycle bin."""
        if row["Id"] in self.bin_emptied:
            return True
        limit = self.clock() - timedelta(days=days)
        return bool(row["IsDeleted"]) and row["SystemModstamp"] < limit.strftime("%Y-%m-%dT%H:%M")


def suffix(short: str) -> str:
    """Letters 16 to 18 of an id: which of the others are capitals."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    parts = (short[place : place + 5] for place in (0, 5, 10))
    return "".join(
        letters[sum(1 << bit for bit, letter in enumerate(part) if letter.isupper())]
        for part in parts
    )
