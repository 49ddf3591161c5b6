"""Our rows as plain text fields, their text made fit for our rows, and writing it into them."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from leads import search
from leads.crm.base import Kind
from leads.intake import clean
from leads.intake.base import IntakeError
from leads.intake.places import country_code, language_code
from leads.intake.rows import MAX_CUSTOM, MAX_CUSTOM_TEXT
from leads.models import Company, Deal, Lead
from leads.services import suppression
from leads.services.crm_accounts import CUSTOM
from salesagent.accounts.models import User, Workspace
from salesagent.lib.text import clean as cleaned
from salesagent.lib.text import one_line

Row = Lead | Company | Deal
OFF = frozenset({suppression.ALL, "email"})
UNREADABLE = "This value cannot be read"
DIGITS, MOST = 12, 2**31 - 1
MOST_VALUE = 10**10
_CURRENCY = re.compile("[A-Za-z]{3}")
LENGTHS = {
    **{"first_name": 100, "last_name": 100, "title": 150, "company_name": 200, "street": 200},
    **{"postcode": 20, "city": 120, "name": 200, "address": 300, "trade": 60, "reason": 200},
}


@dataclass
class People:
    """Users by address and by id, read once."""

    by_email: dict[str, User] = field(default_factory=dict)
    by_id: dict[int, User] = field(default_factory=dict)

    @classmethod
    def read(cls) -> "People":
        users = list(User.objects.all())
        return cls(
            {user.email.lower(): user for user in users if user.is_active},
            {user.pk: user for user in users},
        )

    def email(self, pk: int | None) -> str:
        user = self.by_id.get(pk or 0)
        return user.email.lower() if user and user.is_active else ""


class Here:
    """What we have, as text."""

    def __init__(self, people: People) -> None:
        self.people = people

    def leads(self, leads: Sequence[Lead], codes: Collection[str]) -> dict[int, dict[str, str]]:
        """By id. `opt_out` is "yes" when the lead is suppressed for e-mail or for all."""
        off = suppression.channels_off(leads)
        return {one.pk: self.lead(one, codes, off.get(one.pk, set())) for one in leads}

    def lead(self, lead: Lead, codes: Collection[str], off: Collection[str]) -> dict[str, str]:
        special = {
            "owner": self.people.email(lead.owner_id),
            "opt_out": "yes" if OFF & set(off) else "",
        }
        found = {}
        for code in codes:
            if code.startswith(CUSTOM):
                found[code] = str(lead.custom.get(code.removeprefix(CUSTOM)) or "")
            else:
                found[code] = (
                    special[code] if code in special else str(getattr(lead, code, "") or "")
                )
        return found

    def company(self, company: Company, codes: Collection[str]) -> dict[str, str]:
        own = company.custom
        return {
            code: str(own.get(code.removeprefix(CUSTOM)) or "")
            if code.startswith(CUSTOM)
            else str(getattr(company, code) or "")
            for code in codes
        }

    def deal(self, deal: Deal, codes: Collection[str]) -> dict[str, str]:
        known = {
            "title": deal.title,
            "value": f"{Decimal(deal.value):.2f}",
            "currency": deal.currency,
            "stage": deal.stage,
            "expected_close": deal.expected_close.isoformat() if deal.expected_close else "",
            "reason": deal.reason,
            "owner": self.people.email(deal.owner_id),
        }
        return {code: known[code] for code in codes if code in known}

    def rows(
        self, kind: Kind, rows: Sequence[Any], codes: Collection[str]
    ) -> dict[int, dict[str, str]]:
        if kind == "contact":
            return self.leads(rows, codes)
        one = self.company if kind == "company" else self.deal
        return {row.pk: one(row, codes) for row in rows}


class Theirs:
    """Their text in the form in which we would store it, so that two spellings are one value.

    None: not told, or nothing that we could keep. `problems` says why, by field.
    """

    def __init__(self, people: People) -> None:
        self.people = people
        self.hint = Workspace.current().country

    def values(
        self, kind: Kind, values: Mapping[str, str | None], codes: Collection[str]
    ) -> tuple[dict[str, str | None], dict[str, str]]:
        problems: dict[str, str] = {}
        country = country_code(values.get("country") or "") or self.hint
        found: dict[str, str | None] = {}
        for code in codes:
            if code not in values:
                continue
            text = values[code]
            try:
                found[code] = (
                    None if text is None else self._one(kind, code, cleaned(str(text)), country)
                )
            except IntakeError as error:
                found[code], problems[code] = None, error.message
            except (ValueError, ArithmeticError, LookupError):  # whatever a library finds odd
                found[code], problems[code] = None, UNREADABLE
        return found, problems

    def _one(self, kind: Kind, code: str, text: str, country: str) -> str | None:
        if code.startswith(CUSTOM):
            return one_line(text, MAX_CUSTOM_TEXT)
        text = text.strip()
        if not text:
            return ""
        if code in LENGTHS:
            text = text.lower() if code == "trade" else text  # some letters become two by it
            return one_line(text, 120 if (kind, code) == ("deal", "title") else LENGTHS[code])
        if kind == "deal":
            return self._deal(code, text)
        return self._known(code, text, country)

    def _known(self, code: str, text: str, country: str) -> str | None:
        match code:
            case "email":
                return clean.email_address(text)
            case "phone":
                return clean.phone_number(text, country) or None
            case "linkedin_url":
                return clean.linkedin(text) or None
            case "country":
                return country_code(text) or None
            case "language":
                return language_code(text)[:5] or None
            case "domain":
                return clean.domain_name(text) or None
            case "stage":
                return text if text in Lead.Stage.values else None
            case "owner":
                return text.lower() if text.lower() in self.people.by_email else None
            case "opt_out":
                return "yes" if text.lower() in ("yes", "true", "1") else ""
            case "size":
                digits = text.partition(".")[0].replace(",", "").lstrip("0") or "0"
                return str(min(int(digits[:DIGITS]), MOST)) if digits.isdecimal() else None
        return None

    def _deal(self, code: str, text: str) -> str | None:
        match code:
            case "value":
                return _amount(text)
            case "currency":
                return text.upper() if _CURRENCY.fullmatch(text) else None
            case "stage":
                return text if text in Deal.Stage.values else None
            case "expected_close":
                return _day(text)
            case "owner":
                return text.lower() if text.lower() in self.people.by_email else None
        return None


def _amount(text: str) -> str | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) >= MOST_VALUE:
        return None
    told = f"{value:.2f}"
    return told if abs(Decimal(told)) < MOST_VALUE else None  # rounded, it may be too much


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return None


def put(row: Row, code: str, value: str, people: People) -> None:
    """Set one field in memory. `value` is what Theirs made. Opt-outs are not a field of a row."""
    if code.startswith(CUSTOM) and not isinstance(row, Deal):
        _put_custom(row, code.removeprefix(CUSTOM), value)
    elif code == "owner" and not isinstance(row, Company):
        row.owner = people.by_email.get(value)
    elif code in ("email", "domain"):
        setattr(row, code, value or None)
    elif code == "size":
        setattr(row, code, int(value) if value else None)
    elif code == "value":
        setattr(row, code, Decimal(value or 0))
    elif code == "expected_close":
        setattr(row, code, date.fromisoformat(value) if value else None)
    elif code != "opt_out":
        setattr(row, code, value)


def _put_custom(row: Lead | Company, name: str, value: str) -> None:
    own = dict(row.custom)
    if value and (name in own or len(own) < MAX_CUSTOM):
        own[name] = value
    elif not value:
        own.pop(name, None)
    row.custom = own


def columns(codes: Iterable[str]) -> set[str]:
    """The model fields behind field codes."""
    return {"custom" if c.startswith(CUSTOM) else c for c in codes if c != "opt_out"}


def refresh_derived(row: Row, codes: Collection[str]) -> set[str]:
    """Bring what follows from other fields up to date; the columns that changed with it."""
    if isinstance(row, Lead):
        row.search_text = search.text_for(row)
        return {"search_text", "updated_at"}
    if isinstance(row, Company) and "name" in codes:
        row.name_key = clean.name_key(row.name)
        return {"name_key"}
    return set()


def label_of(row: Row) -> str:
    return one_line(row.name if isinstance(row, Lead | Company) else row.title, 200)
