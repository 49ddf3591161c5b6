"""The closed list of merge fields and their values for one lead. The filling itself: ai.frames."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Q

from leads.models import Lead, Pain
from outreach.models import Mailbox, PainPoint, Sequence, Snippet
from outreach.services import scheduling
from salesagent.accounts.models import User, Workspace
from salesagent.ai import frames
from salesagent.ai.frames import Rendered

__all__ = ["FIELDS", "Field", "Rendered", "fields_for", "render"]


@dataclass(frozen=True)
class Field:
    """One merge field. `columns` of the lead it is read from: empty ones mean it is missing."""

    code: str
    label: str
    description: str
    sample: str
    fallback: str = ""
    columns: tuple[str, ...] = ()


_LIST = (
    Field("first_name", "First name", "Of the lead", "Marta", "there", ("first_name",)),
    Field("last_name", "Last name", "Of the lead", "Kowalczyk", "", ("last_name",)),
    Field(
        "full_name",
        "Full name",
        "First and last name of the lead",
        "Marta Kowalczyk",
        "there",
        ("first_name", "last_name"),
    ),
    Field(
        "company",
        "Company",
        "Where the lead works",
        "Polna Bakeries",
        "your company",
        ("company_name",),
    ),
    Field("title", "Job title", "Of the lead", "Operations Director", "your role", ("title",)),
    Field("city", "City", "Of the lead", "Poznań", "your area", ("city",)),
    Field("country", "Country", "Of the lead, in words", "Poland", "your country", ("country",)),
    Field("trade", "Trade", "What the lead's company does", "bakery", "your trade", ("trade",)),
    Field("pain", "Pain", "The trouble noted for the lead, in a few words", "cold rooms at night"),
    Field(
        "pain_sentence",
        "Pain sentence",
        "One sentence on a trouble typical of the lead's trade",
        "A cold room that stops at night is often noticed only when the morning shift comes in.",
    ),
    Field("service", "Our service", "What we do, from the settings", "cold-room maintenance"),
    Field("website", "Our website", "From the settings", "https://halden.example"),
    Field("calendar_link", "Calendar link", "Where a lead picks a time", ""),
    Field("day_part", "Part of the day", "morning or afternoon at the lead's", "morning", "day"),
    Field("sender_name", "My name", "Of who sends it", "Jonas Weber"),
    Field("sender_first_name", "My first name", "Of who sends it", "Jonas"),
    Field("sender_company", "Our company", "From the settings", "Halden Climate Services"),
    Field("sender_phone", "My phone", "From your profile", "+45 63 00 01 12"),
    Field(
        "sender_signature",
        "My signature",
        "From your profile, else name and company",
        "Jonas Weber\nHalden Climate Services",
    ),
)
FIELDS: dict[str, Field] = {field.code: field for field in _LIST}
FALLBACKS: dict[str, str] = {field.code: field.fallback for field in _LIST if field.fallback}
SAMPLES: dict[str, str] = {field.code: field.sample for field in _LIST}


def render(
    text: str,
    fields: Mapping[str, str],
    snippets: Mapping[str, str] | None = None,
    seed: int = 0,
) -> Rendered:
    """Fill a frame. Fields outside the closed list are holes, whatever `fields` holds."""
    closed = {code: fields.get(code, "") for code in FIELDS}
    return frames.fill(text, closed, snippets, FALLBACKS, seed)


def fields_for(
    lead: Lead,
    user: User | None,
    mailbox: Mailbox | None,
    sequence: Sequence | None = None,
    *,
    when: datetime | None = None,
) -> dict[str, str]:
    """Every field of the closed list, "" where nothing is known. `when`: the planned moment.

    The sender is `user`, else the mailbox's user, else the sequence's or the lead's owner.
    """
    sender = user or (mailbox.user if mailbox else None)
    sender = sender or (sequence.owner if sequence else None) or lead.owner
    values = {**_lead_values(lead, sender), **_sender_values(sender, mailbox), **_pain_values(lead)}
    values["day_part"] = _day_part(lead, when) if when else ""
    return {code: frames.safe_value(code, values.get(code, "")) for code in FIELDS}


def without(fields: Mapping[str, str], columns: Collection[str]) -> dict[str, str]:
    """The fields but for those that read one of the lead's `columns`: these are missing."""
    gone = {code for code in fields if set(read_from(code)) & set(columns)}
    return {code: "" if code in gone else value for code, value in fields.items()}


def read_from(code: str) -> tuple[str, ...]:
    """The columns of a lead that decide on a field. A pain is chosen by the trade as well."""
    return ("pain", "trade") if code.startswith("pain") else FIELDS[code].columns


def _lead_values(lead: Lead, sender: User | None) -> dict[str, str]:
    return {
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "full_name": f"{lead.first_name} {lead.last_name}".strip(),
        "company": lead.company_name,
        "title": lead.title,
        "city": lead.city,
        "country": country_name(lead.country),
        "trade": lead.trade,
        "calendar_link": scheduling.link_for(lead, sender),
    }


def _sender_values(sender: User | None, mailbox: Mailbox | None) -> dict[str, str]:
    workspace = Workspace.current()
    name = (mailbox.from_name if mailbox else "") or (sender.name if sender else "")
    signature = sender.signature if sender else ""
    return {
        "service": workspace.service,
        "website": workspace.website,
        "sender_name": name,
        "sender_first_name": name.split(" ")[0],
        "sender_company": workspace.name,
        "sender_phone": sender.phone if sender else "",
        "sender_signature": signature or f"{name}\n{workspace.name}".strip(),
    }


def _pain_values(lead: Lead) -> dict[str, str]:
    """The lead's own noted trouble first; the sentence is one a manager wrote for the trade.

    Of several noted ones the one we can say most about: a sentence of the lead's own trade that
    speaks of it, then of any trade, then the newest. Without a noted one the trade's sentences take
    turns by lead, so that two bakeries do not read the same.
    """
    noted = [pain for pain in lead.pains.all() if pain.verified] if lead.pk else []
    points = sorted(
        PainPoint.objects.filter(Q(trade="") | Q(trade__iexact=lead.trade)),
        key=lambda point: (point.trade == "", point.name.casefold()),
    )
    pain, point = _best(noted, points)
    if point is None and points:
        own = [one for one in points if one.trade] or points
        point = own[(lead.pk or 0) % len(own)]
    name = pain.text if pain else (point.name if point else "")
    return {
        "pain": _in_a_sentence(name, lead.language),
        "pain_sentence": point.sentence if point else "",
    }


def _best(noted: list[Pain], points: list[PainPoint]) -> tuple[Pain | None, PainPoint | None]:
    """The noted trouble with the sentence that fits it best; trades' own ones come first."""
    newest = sorted(noted, key=lambda pain: (pain.noted_at, pain.pk), reverse=True)
    fits = [
        (_likeness(pain.text, point), bool(point.trade), -place, pain, point)
        for place, pain in enumerate(newest)
        for point in points
    ]
    best = max(fits, key=lambda fit: fit[:3], default=None)
    if best is None or best[0] == 0:
        return next(iter(newest), None), None
    return best[3], best[4]


def _likeness(text: str, point: PainPoint) -> int:
    """0: nothing in common; 100: the same name; else words that both have, in the name first."""
    if text.casefold() == point.name.casefold():
        return 100
    words = _stems(text)
    return 3 * len(words & _stems(point.name)) + len(words & _stems(point.sentence))


def _stems(text: str) -> set[str]:
    """Beginnings of the longer words: "freezers" and "freezer" are one."""
    return {word[:5] for word in re.findall(r"\w{4,30}", text.casefold())} - _COMMON


_COMMON = frozenset({"with", "that", "this", "when", "from", "they", "often", "their", "night"})


def _in_a_sentence(name: str, language: str) -> str:
    """ "Leak checks" -> "leak checks": frames have it inside a sentence. Names such as "F-gas" or
    "HVAC" keep theirs, German nouns as well.
    """
    first = name.split(" ", 1)[0]
    plain = first.isalpha() and first[1:].islower() and language in ("", "en")
    return name[:1].lower() + name[1:] if plain else name


def _day_part(lead: Lead, when: datetime) -> str:
    try:
        zone = ZoneInfo(lead.time_zone or Workspace.current().time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ""
    return "morning" if when.astimezone(zone).hour < 12 else "afternoon"


@lru_cache(maxsize=256)
def country_name(code: str) -> str:
    """ "PL" -> "Poland"; the code itself when it is none that we know."""
    from holidays.registry import COUNTRIES  # here: it takes a while to import

    for name, short, *_ in COUNTRIES.values():
        if short == code.upper():
            return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace(" And ", " and ")
    return code


def snippet_texts() -> dict[str, str]:
    return dict(Snippet.objects.values_list("code", "text"))


def lacking(code: str, prefix: str = "") -> Q | None:
    """The condition under which a lead lacks the field; None: no column says so."""
    columns = FIELDS[code].columns if code in FIELDS else ()
    return Q(**{f"{prefix}{column}": "" for column in columns}) if columns else None
