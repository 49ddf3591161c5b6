"""What an enquiry says, read by rules in English, German, French, Spanish; for a person to check.

Every finding comes with the words it was read from. Nothing here is sure; nothing acts on it alone.
"""

import re
from dataclasses import dataclass

from salesagent.lib.text import clean, one_line

MAX_TEXT = 5000
_BREAK = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_a-zäöüéèà]|[¿¡])|\n+")
# Starts where a number starts and is at most 12 digits long: linear on 5,000 digits in a row.
_WHOLE = r"(?:\d{1,3}(?:[.,' \u00a0\u202f]\d{3}){1,4}|\d{1,12})"
_NUMBER = rf"(?<!\d){_WHOLE}(?:[.,]\d{{1,2}})?"
_SIGN = r"€|\$|£|EUR|USD|GBP|CHF|PLN|SEK|DKK|NOK|CZK|euros?|dollars?|dólares|pounds?|Franken|zł|kr"
_MONEY = re.compile(
    rf"(?:(?P<c1>{_SIGN})\s?(?P<n1>{_NUMBER})\s?(?P<k1>k|K|Tsd\.?|mil\b|mille\b)?)"
    rf"|(?:(?P<n2>{_NUMBER})\s?(?P<k2>k|K|Tsd\.?|mil\b|mille\b)?\s?(?P<c2>{_SIGN})(?!\w))",
    re.IGNORECASE,
)
_CURRENCY = {
    "€": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "dollar": "USD", "dollars": "USD",
    "dólares": "USD", "£": "GBP", "pound": "GBP", "pounds": "GBP", "franken": "CHF", "zł": "PLN",
    "kr": "",
}  # fmt: skip
_URGENT = re.compile(
    r"\b(urgent\w*|asap|as soon as possible|immediately|right away|emergency|today|tonight|"
    r"tomorrow|this week|broke(?:n)? down|is down|dringend\w*|eilig|sofort|schnellstmöglich|"
    r"so schnell wie möglich|umgehend|notfall|heute|morgen|diese woche|urgente?s?|d'urgence|"
    r"au plus vite|dès que possible|immédiatement|aujourd'hui|demain|cette semaine|en panne|"
    r"cuanto antes|lo antes posible|inmediatamente|hoy|mañana|esta semana|emergencia)\b",
    re.IGNORECASE,
)
_CALM = re.compile(
    r"\b(no (?:rush|hurry)|not urgent|next (?:month|quarter|year)|just looking|"
    r"nicht (?:dringend|eilig)|keine eile|nächste[ns]? (?:monat|quartal|jahr)|"
    r"pas (?:urgent|pressé)|(?:mois|année|trimestre) prochaine?|"
    r"sin prisa|no (?:es )?urgente|próximo (?:mes|año|trimestre))\b",
    re.IGNORECASE,
)
_NEED = re.compile(
    r"\b(need|needs|looking for|interested in|would like|want|searching for|require|quote for|"
    r"brauchen?|benötigen?|suchen?|interessieren uns|möchten?|hätten? gerne?|angebot für|"
    r"besoin|cherch\w+|intéressée?s?|souhait\w+|voudr\w+|aimer\w+|devis pour|"
    r"necesit\w+|busc\w+|interesad[oa]s?|quisier\w+|querem\w+|quiero|presupuesto para)\b",
    re.IGNORECASE,
)
_PAIN = re.compile(
    r"\b(problems?|troubles?|issues?|fail(?:s|ed|ing|ures?)?|broke\w*|breaks? down|leak\w*|"
    r"too (?:expensive|slow|loud|hot|cold|high)|complain\w*|downtime|alarms?|"
    r"probleme?n?|ärger|ausfall|ausfälle|fällt aus|kaputt|defekt\w*|störung\w*|undicht|"
    r"zu (?:teuer|langsam|laut|warm|hoch)|beschwerden?|"
    r"problèmes?|pannes?|souci[s]?|fuites?|trop (?:cher|lent|chaud|bruyant)\w*|plaintes?|"
    r"problemas?|averías?|fallos?|falla[ns]?|fugas?|demasiado (?:caro|lento|alto)|quejas?)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|near|at our site in|based in|located in|bei|nahe|Standort|à|près de|situés? à|"
    r"en|cerca de|ubicad[oa]s? en)\s+"
    r"(?P<place>(?:\d{4,5}\s+)?[A-ZÄÖÜÉÈÀÁÍÓÚŁŚŻØÅÆ][\w'’-]+(?:[ -][A-ZÄÖÜÉŁŚØÅ][\w'’-]+){0,2})"
)
_NOT_PLACES = frozenset(
    """January February March April May June July August September October November December
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday English German French Spanish
    Januar Februar März Mai Juni Juli Oktober Dezember Montag Dienstag Mittwoch Donnerstag Freitag
    Samstag Sonntag Ordnung Zukunft Betrieb Zusammenhang Kontakt Zeiten Kürze Planung
    Eile Frage Not""".split()  # noqa: SIM905
)
_DAY = (
    r"mon(?:day)?s?|tue(?:s(?:day)?)?s?|wed(?:nesday)?s?|thu(?:rs(?:day)?)?s?|fri(?:day)?s?|"
    r"saturdays?|montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|lunes|martes|miércoles|jueves|viernes|sábado|"
    r"tomorrow|morgen|demain|mañana"
)
_PART = (
    r"mornings?|afternoons?|evenings?|noon|vormittags?|nachmittags?|abends|mittags|"
    r"matin|après-midi|soir|tarde|por la mañana|noche"
)
_CLOCK = r"\d{1,2}(?::\d{2})?\s?(?:am|pm|uhr|h\d{0,2}|horas)|\d{1,2}:\d{2}"
_LINK = r"(?:after|before|between|from|at|around|nach|vor|ab|um|gegen|zwischen|après|avant|vers|"
_LINK += r"à|entre|desde|después de|antes de|a las|sobre las|on|am|le|el|in the|im|de|the|la|las)"
_TIME = re.compile(
    rf"(?:\b{_LINK}\s+)*\b(?:{_DAY}|{_PART}|{_CLOCK})\b"
    rf"(?:[,\s]+(?:{_LINK}\s+)*(?:{_DAY}|{_PART}|{_CLOCK}|and|und|et|y|or|oder|ou|o)\b)*",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"\b(call|ring|phone|reach|available|contact|visit|meet|anruf\w*|rufen|erreichbar|termin|"
    r"melden|appel\w*|joindre|joignable|rappel\w*|disponible|ll[aá]m\w+|contact\w+|visita\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """One finding and the words of the enquiry it stands in."""

    value: str
    words: str


def extract(text: str, country: str = "") -> dict[str, Found]:
    """Need, urgency, budget, location, phone, time, pain: only what was found.

    `country` is an ISO code for phone numbers without one.
    """
    text = clean(text)[:MAX_TEXT]
    sentences = [one_line(s, 300) for s in _BREAK.split(text) if s.strip()]
    found = {
        "need": _sentence(sentences, _NEED),
        "urgency": _urgency(sentences),
        "budget": _budget(text, sentences),
        "location": _location(text),
        "phone": _phone(text, country),
        "time": _time(sentences),
        "pain": _sentence(sentences, _PAIN),
    }
    return {key: value for key, value in found.items() if value}


def as_stored(found: dict[str, Found]) -> dict[str, object]:
    """For Inquiry.extracted: plain values by name, and under "words" where each was read."""
    values: dict[str, object] = {key: item.value for key, item in found.items()}
    return values | {"words": {key: item.words for key, item in found.items()}} if found else {}


def _sentence(sentences: list[str], pattern: re.Pattern[str]) -> Found | None:
    hit = next((s for s in sentences if pattern.search(s)), None)
    return Found(hit[:200], hit) if hit else None


def _urgency(sentences: list[str]) -> Found | None:
    for sentence in sentences:
        if _CALM.search(sentence):
            return Found("not urgent", sentence)
    for sentence in sentences:
        if match := _URGENT.search(sentence):
            return Found(f"urgent: {match.group(0).lower()}", sentence)
    return None


def _budget(text: str, sentences: list[str]) -> Found | None:
    """The largest amount of money: "12,000 EUR"."""
    best: tuple[float, str, str] | None = None
    for match in _MONEY.finditer(text):
        number = amount(match.group("n1") or match.group("n2"))
        thousand = match.group("k1") or match.group("k2")
        number *= 1000 if thousand else 1
        sign = (match.group("c1") or match.group("c2")).lower()
        currency = _CURRENCY.get(sign, sign.upper())
        if best is None or number > best[0]:
            best = (number, currency, match.group(0).strip())
    if best is None or best[0] < 1:
        return None
    words = next((s for s in sentences if best[2] in s), best[2])
    return Found(f"{best[0]:,.0f} {best[1]}".strip(), words)


def amount(text: str) -> float:
    """ "12.000,50", "12,000.50", "12 000" and "1.5" as numbers."""
    plain = re.sub(r"[\s'\u00a0\u202f]", "", text)
    last = max(plain.rfind("."), plain.rfind(","))
    if last >= 0 and len(plain) - last - 1 != 3:
        whole = re.sub(r"[.,]", "", plain[:last])
        return float(f"{whole or 0}.{plain[last + 1 :]}")
    return float(re.sub(r"[.,]", "", plain))


def _location(text: str) -> Found | None:
    for match in _PLACE.finditer(text):
        place = match.group("place").rstrip("'’-")
        if place.split()[0] not in _NOT_PLACES:
            return Found(place[:120], one_line(match.group(0)))
    return None


def _phone(text: str, country: str) -> Found | None:
    import phonenumbers  # 6 MB: when the first enquiry is read

    region = country if country in phonenumbers.SUPPORTED_REGIONS else None
    for match in phonenumbers.PhoneNumberMatcher(text, region):
        number = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        return Found(str(number), one_line(match.raw_string))
    return None


def _time(sentences: list[str]) -> Found | None:
    """When they like to be called: only in a sentence about calling or meeting."""
    for sentence in sentences:
        match = _TIME.search(sentence) if _CONTACT.search(sentence) else None
        if match:
            return Found(one_line(match.group(0).strip(" ,"), 80), sentence)
    return None
