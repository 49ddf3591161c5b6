"""HubSpot's properties and our fields: which is which, and how a value looks on either side.

A field whose values HubSpot limits to a list of its own (owner, industry, currency) is "not told"
(None) when it is empty or unknown there: an empty one says nothing about ours.
"""

import html
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from leads.crm.base import Kind
from leads.intake.clean import domain_name, phone_number
from leads.intake.places import country_code, country_name, language_code
from salesagent.lib.text import clean, one_line

KEY = "salesagent_id"
MERGED = "hs_merged_object_ids"
TYPES: dict[Kind, str] = {
    "contact": "contacts",
    "company": "companies",
    "deal": "deals",
    "note": "notes",
    "email": "emails",
    "call": "calls",
    "communication": "communications",
}
TYPE_IDS: dict[str, Kind] = {"0-1": "contact", "0-2": "company", "0-3": "deal"}
MODIFIED: dict[Kind, str] = {"contact": "lastmodifieddate"}
PROPERTIES: dict[Kind, dict[str, str]] = {
    "contact": {
        "first_name": "firstname",
        "last_name": "lastname",
        "email": "email",
        "phone": "phone",
        "title": "jobtitle",
        "company_name": "company",
        "linkedin_url": "hs_linkedin_url",
        "street": "address",
        "postcode": "zip",
        "city": "city",
        "country": "country",
        "language": "hs_language",
        "stage": "hs_lead_status",
        "owner": "hubspot_owner_id",
        "opt_out": "hs_email_optout",
    },
    "company": {
        "name": "name",
        "domain": "domain",
        "phone": "phone",
        "address": "address",
        "city": "city",
        "country": "country",
        "trade": "industry",
        "size": "numberofemployees",
    },
    "deal": {
        "title": "dealname",
        "value": "amount",
        "currency": "deal_currency_code",
        "stage": "dealstage",
        "expected_close": "closedate",
        "reason": "closed_lost_reason",
        "owner": "hubspot_owner_id",
    },
}
ALSO_READ: dict[Kind, tuple[str, ...]] = {
    "contact": ("lifecyclestage", "associatedcompanyid", MERGED),
    "company": (MERGED,),
    "deal": ("pipeline", "closed_won_reason", MERGED),
}
# what an activity carries, as text: when (ISO 8601), what was written, which way ("in" or "out"),
# on which channel (communication: sms, whatsapp, linkedin), seconds (call), whose (e-mail address)
ACTIVITY_FIELDS = ("at", "subject", "text", "direction", "channel", "seconds", "owner")
LEAD_STATUS = {
    "new": "NEW",
    "contacted": "ATTEMPTED_TO_CONTACT",
    "engaged": "CONNECTED",
    "meeting": "IN_PROGRESS",
    "proposal": "OPEN_DEAL",
    "won": "OPEN_DEAL",  # with lifecyclestage "customer"
    "lost": "UNQUALIFIED",
}
STAGE_OF = {
    **{theirs: ours for ours, theirs in LEAD_STATUS.items() if ours != "won"},
    "OPEN": "new",
    "BAD_TIMING": "lost",
}
CHANNELS = {"sms": "SMS", "whatsapp": "WHATS_APP", "linkedin": "LINKEDIN_MESSAGE"}
LONGEST = 65_000  # signs of a property
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?")


def modified(kind: Kind) -> str:
    return MODIFIED.get(kind, "hs_lastmodifieddate")


def moment(text: object) -> datetime | None:
    """A time as HubSpot gives it: ISO 8601, or milliseconds since 1970."""
    if not isinstance(text, str) or not text:
        return None
    try:
        if text.isdecimal() and len(text) < 15:
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def contact_stage(properties: Mapping[str, str | None]) -> str | None:
    status = (properties.get("hs_lead_status") or "").upper()
    customer = properties.get("lifecyclestage") == "customer"
    if customer and status in ("", "OPEN_DEAL"):
        return "won"
    return STAGE_OF.get(status) if status else ""


def contact_stage_written(stage: str) -> dict[str, str]:
    if stage not in LEAD_STATUS:
        return {}
    also = {"won": "customer", "proposal": "opportunity"}.get(stage)
    return {"hs_lead_status": LEAD_STATUS[stage], **({"lifecyclestage": also} if also else {})}


def shown(kind: Kind, code: str, value: str, properties: Mapping[str, str | None]) -> str | None:
    """A property's text in our words. Owners and deal stages need a look-up: not here."""
    value = clean(value).strip()
    if code == "opt_out":
        return "yes" if value.lower() == "true" else ""
    if code in ("trade", "currency") and not value:
        return None
    if not value:
        return ""
    match code:
        case "country":
            return country_code(value) or None
        case "phone":
            return phone_number(value, country_code(properties.get("country") or ""))
        case "language":
            return language_code(value) or None
        case "email":
            return value.lower()
        case "domain":
            return domain_name(value) or None
        case "linkedin_url":
            return value if "//" in value else f"https://{value}"
        case "trade":
            return value.replace("_", " ").lower()
        case "currency":
            return value.upper()
        case "size" | "value":
            return _number(value, whole=code == "size")
        case "expected_close":
            found = moment(value)
            return found.date().isoformat() if found else None
    return value


def written(kind: Kind, code: str, value: str) -> str:
    """Our text as HubSpot wants it."""
    match code:
        case "country":
            return country_name(value) if value else ""
        case "expected_close" if value:
            # noon: the same day in every time zone that people live in
            return f"{date.fromisoformat(value[:10]).isoformat()}T12:00:00Z"
        case "email" | "domain":
            return value.strip().lower()
        case "trade":
            return value.upper().replace(" ", "_")
    return value[:LONGEST]


def _number(text: str, *, whole: bool) -> str | None:
    if not _NUMBER.fullmatch(text):
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return str(int(found)) if whole else f"{found:.2f}"


def activity(kind: Kind, values: Mapping[str, str]) -> dict[str, str]:
    """The properties of a note, email, call or message. Their texts are shown as HTML there."""
    text = values.get("text", "")[:LONGEST]
    marked = html.escape(text, quote=False).replace("\n", "<br>")[:LONGEST]
    inward = values.get("direction") == "in"
    found = {"hs_timestamp": values.get("at", "")}
    if kind == "note":
        title = html.escape(values.get("subject", ""), quote=False)
        found["hs_note_body"] = f"<strong>{title}</strong><br>{marked}" if title else marked
    elif kind == "email":
        found["hs_email_direction"] = "INCOMING_EMAIL" if inward else "EMAIL"
        found["hs_email_status"] = "SENT"
        found["hs_email_subject"] = one_line(values.get("subject", ""), 250)
        found["hs_email_text"] = text
    elif kind == "call":
        found["hs_call_direction"] = "INBOUND" if inward else "OUTBOUND"
        found["hs_call_status"] = "COMPLETED"
        found["hs_call_title"] = one_line(values.get("subject", "") or "Call", 250)
        found["hs_call_body"] = marked
        if values.get("seconds", "").isdecimal():
            found["hs_call_duration"] = str(int(values["seconds"]) * 1000)
    else:
        found["hs_communication_channel_type"] = CHANNELS.get(values.get("channel", ""), "SMS")
        found["hs_communication_logged_from"] = "CRM"
        found["hs_communication_body"] = marked
    return found
