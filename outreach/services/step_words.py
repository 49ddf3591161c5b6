"""Small readings and wordings for the next step: days and months in an answer, parts of a day."""

import re
from collections.abc import Sequence
from datetime import date

from leads.models import Lead
from leads.services import zones
from leads.services.profile_facts import Event
from outreach.mail.autoreply_fold import fold

READ = 2000
WEEKDAYS = (
    ("Monday", "monday|montag|lundi|lunes|lunedi|maandag|segunda-feira|poniedzialek"),
    ("Tuesday", "tuesday|dienstag|mardi|martes|martedi|dinsdag|terca-feira|wtorek"),
    ("Wednesday", "wednesday|mittwoch|mercredi|miercoles|mercoledi|woensdag|quarta-feira|srod[ae]"),
    ("Thursday", "thursday|donnerstag|jeudi|jueves|giovedi|donderdag|quinta-feira|czwartek"),
    ("Friday", "friday|freitag|vendredi|viernes|venerdi|vrijdag|sexta-feira|piatek"),
)
MONTHS = (
    "january|januar|janvier|enero|gennaio|januari|janeiro|styczn\\w{1,3}|styczen",
    "february|februar|fevrier|febrero|febbraio|februari|fevereiro|lut(?:y|ym|ego)",
    "march|marz|maerz|mars|marzo|maart|marco|marc(?:a|u)|marzec",
    "april|avril|abril|aprile|kwiet\\w{2,4}",
    "(?:in|until|till|by|of|im|ab|en|vanaf) (?:may|mai|mei)|mayo|maggio|maio|maj[ua]",
    "june|juni|juin|junio|giugno|junho|czerw\\w{1,3}",
    "july|juli|juillet|julio|luglio|julho|lip(?:iec|cu|ca)",
    "august|aout|agosto|augustus|sierp\\w{2,4}",
    "september|septembre|septiembre|settembre|setembro|wrzes\\w{2,4}",
    "october|oktober|octobre|octubre|ottobre|outubro|pazdziern\\w{2,4}",
    "november|novembre|noviembre|novembro|listopad\\w{0,3}",
    "december|dezember|decembre|diciembre|dicembre|dezembro|grud(?:zien|niu|nia)",
)
_DAYS = [(name, re.compile(rf"\b(?:{words})\b")) for name, words in WEEKDAYS]
_MONTHS = [(n, re.compile(rf"\b(?:{words})\b")) for n, words in enumerate(MONTHS, start=1)]
_QUARTER = re.compile(r"\b(?:q|quartal |quarter )([1-4])\b|\b(first|second|third|fourth) quarter\b")
_NEXT_YEAR = re.compile(
    r"\b(?:next year|nachstes jahr|nachsten jahr|l'annee prochaine|ano que viene|proximo ano"
    r"|anno prossimo|prossimo anno|volgend jaar|ano que vem|przyszlym roku)\b"
)
_ORDER = {"first": 1, "second": 2, "third": 3, "fourth": 4}


def day_named(text: str) -> str:
    """The first weekday that is named, in eight languages; "" for none."""
    plain = fold(text[:READ])
    found = [(hit.start(), name) for name, words in _DAYS if (hit := words.search(plain))]
    return min(found)[1] if found else ""


def month_named(text: str, today: date) -> date | None:
    """The first day of the next such month, quarter or year; None when no time is named."""
    plain = fold(text[:READ])
    found = [(hit.start(), n) for n, words in _MONTHS if (hit := words.search(plain))]
    if found:
        return _coming(min(found)[1], today)
    if hit := _QUARTER.search(plain):
        number = int(hit.group(1)) if hit.group(1) else _ORDER[hit.group(2)]
        return _coming(3 * number - 2, today)
    return date(today.year + 1, 1, 1) if _NEXT_YEAR.search(plain) else None


def _coming(month: int, today: date) -> date:
    return date(today.year + (month <= today.month), month, 1)


def day_part(event: Event, lead: Lead) -> str:
    """ "in the morning", by their clock."""
    hour = event.at.astimezone(zones.zone_for(lead)).hour
    return "in the morning" if hour < 12 else "in the afternoon" if hour < 18 else "in the evening"


def listed(words: Sequence[str]) -> str:
    """ "a, b and c"."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
