"""Salesforce's objects and columns, and ours: which is which, how a value looks on either side.

Columns whose values Salesforce limits to a list (industry, currency) or keeps elsewhere (the
account's name) are "not told" (None) when they are empty there: that says nothing about ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from leads.crm.base import ACTIVITIES, Kind
from leads.intake.clean import domain_name, phone_number
from leads.intake.places import country_code, country_name, language_code
from salesagent.lib.text import clean, one_line

KEY = "SalesAgent_Id__c"
NAMES: dict[Kind, str] = {
    "contact": "Contact",
    "company": "Account",
    "deal": "Opportunity",
    **dict.fromkeys(ACTIVITIES, "Task"),
}
_TASK = {"subject": "Subject", "text": "Description", "at": "ActivityDate"}
COLUMNS: dict[Kind, dict[str, str]] = {
    "contact": {
        "first_name": "FirstName",
        "last_name": "LastName",
        "email": "Email",
        "phone": "Phone",
        "title": "Title",
        "company_name": "Account.Name",
        "street": "MailingStreet",
        "postcode": "MailingPostalCode",
        "city": "MailingCity",
        "country": "MailingCountry",
        "owner": "OwnerId",
        "opt_out": "HasOptedOutOfEmail",
    },
    "company": {
        "name": "Name",
        "domain": "Website",
        "phone": "Phone",
        "address": "BillingStreet",
        "city": "BillingCity",
        "country": "BillingCountry",
        "trade": "Industry",
        "size": "NumberOfEmployees",
    },
    "deal": {
        "title": "Name",
        "value": "Amount",
        "currency": "CurrencyIsoCode",
        "stage": "StageName",
        "expected_close": "CloseDate",
        "owner": "OwnerId",
    },
    **{kind: dict(_TASK) for kind in ACTIVITIES},
}
RELATED = {"OwnerId": ("Owner", "Email"), "Account.Name": ("Account", "Name")}
# organisations with lists of countries keep the two letters in a column next to the name
CODED = {"MailingCountry": "MailingCountryCode", "BillingCountry": "BillingCountryCode"}
UNTOLD = frozenset({"trade", "currency", "stage", "company_name"})
STAGES = ("new", "contacted", "engaged", "meeting", "proposal", "won", "lost")
SUBTYPES = {"call": "Call", "email": "Email"}
CHANNELS = {"sms": "SMS", "whatsapp": "WhatsApp", "linkedin": "LinkedIn message"}
LONGEST = 32_000  # letters of a task's text
YES = frozenset({"yes", "true", "1", "on"})


@dataclass(frozen=True)
class Column:
    """What their description says about one of their columns."""

    name: str
    label: str
    type: str
    create: bool
    update: bool
    nillable: bool = True
    length: int = 0
    key: bool = False  # finds records, and no two have the same
    restricted: bool = False
    options: tuple[tuple[str, str], ...] = ()


class Unfit(ValueError):
    """A value that cannot be written; its text is for the user."""


def shown(code: str, column: Column | None, raw: Any, record: Mapping[str, Any]) -> str | None:
    """Their value in our words; what needs a look-up (deal stage) is done elsewhere."""
    if isinstance(raw, bool):
        return "yes" if raw else ""
    if raw is None or raw == "":
        return None if code in UNTOLD else ""
    if code == "value":
        return _money(raw)
    if isinstance(raw, int | float):
        return f"{raw:.10f}".rstrip("0").rstrip(".")
    text = clean(str(raw)).strip()
    match code:
        case "email":
            return text.lower()
        case "owner":
            return text.lower().removesuffix(".invalid")  # as a sandbox spells its people
        case "phone":
            return phone_number(text, _country(record))
        case "country":
            return country_code(text) or None
        case "language":
            return language_code(text) or None
        case "domain":
            return domain_name(text) or None
        case "trade":
            return text.lower()
        case "stage":
            return _stage(column, text)
        case "linkedin_url":
            return text if "//" in text else f"https://{text}"
        case "expected_close" | "at":
            return text[:10]
    return text


def _country(record: Mapping[str, Any]) -> str:
    names = ("MailingCountryCode", "BillingCountryCode", "MailingCountry", "BillingCountry")
    found = next((str(record[name]) for name in names if record.get(name)), "")
    return country_code(found)


def _money(raw: Any) -> str | None:
    try:
        return f"{Decimal(str(raw)):.2f}"
    except InvalidOperation:
        return None


def _stage(column: Column | None, text: str) -> str | None:
    """A contact's stage stands in a list of the customer's own that uses our words."""
    names = {text.lower(), *_labels(column, text)}
    return next((stage for stage in STAGES if stage in names), None)


def _labels(column: Column | None, value: str) -> set[str]:
    return {label.lower() for own, label in (column.options if column else ()) if own == value}


def written(code: str, column: Column, text: str) -> Any:
    """Our text as Salesforce wants it; None empties. Raises Unfit."""
    if code == "country" and text and not column.name.endswith("Code"):
        text = country_name(text)
    if column.type == "boolean":
        return text.lower() in YES
    if not text:
        return None
    if column.type == "int":
        return int(_number(text))
    if column.type in ("double", "currency", "percent"):
        return float(_number(text))
    if column.type in ("date", "datetime"):
        return _date(text, column.type)
    if column.options:
        return _option(column, text)
    return text


def _number(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Unfit(f"“{one_line(text, 40)}” is no number, as Salesforce wants one here.")
    return found


def _date(text: str, kind: str) -> str:
    try:
        day = date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise Unfit(f"“{one_line(text, 40)}” is no date, as Salesforce wants one here.") from None
    # noon: the same day in every time zone that people live in
    return day if kind == "date" else f"{day}T12:00:00Z"


def _option(column: Column, text: str) -> str:
    """Their spelling of a value of a list. A list that takes others as well gets ours."""
    low = text.lower()
    for value, label in column.options:
        if low in (value.lower(), label.lower()):
            return value
    if column.restricted:
        raise Unfit(f"“{one_line(text, 40)}” is not in Salesforce's list of {column.label}.")
    return text[:1].upper() + text[1:] if text.islower() else text


def task(kind: Kind, values: Mapping[str, str], columns: Mapping[str, Column]) -> dict[str, Any]:
    """A done task that says what happened. Its owner and its status are looked up elsewhere."""
    found: dict[str, Any] = {
        "Subject": _subject(kind, values),
        "Description": values.get("text", "")[:LONGEST],
        "TaskSubtype": SUBTYPES.get(kind, "Task"),
    }
    if values.get("at"):
        found["ActivityDate"] = _date(values["at"], "date")
    if kind == "call":
        found["CallType"] = "Inbound" if values.get("direction") == "in" else "Outbound"
        if values.get("seconds", "").isdecimal():
            found["CallDurationInSeconds"] = int(values["seconds"][:8])
    return {name: value for name, value in found.items() if name in columns}


def _subject(kind: Kind, values: Mapping[str, str]) -> str:
    what = CHANNELS.get(values.get("channel", ""), "Message")
    what = {"note": "Note", "email": "Email", "call": "Call"}.get(kind, what)
    way = {"in": " received", "out": " sent"}.get(values.get("direction", ""), "")
    head = what + (way if kind in ("email", "communication") else "")
    return one_line(f"{head}: {values['subject']}" if values.get("subject") else head, 255)
