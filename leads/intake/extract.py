"""What an enquiry says, read by rules in ten languages; for a person to check.

A form's lines, a mail and a pasted chat are read alike: what our side said is left out. Every
finding comes with the words it was read from. Nothing here is sure; nothing acts on it alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from leads.intake import cities
from leads.intake import extract_words as ew
from salesagent.lib.text import clean, one_line

MAX_TEXT = 5000
_BREAK = re.compile(
    r"(?<=[.!?])(?<!Tsd\.)(?<!Mio\.)(?<!tys\.)(?<!\bca\.)(?<!\bNr\.)(?<!\bSt\.)(?<!max\.)\s+"
    r"(?=[^\W\d_a-zäöüéèà]|[¿¡])|\n+"
)
_WRAPPED = re.compile(r"(?<=[^\s.!?:;])\n(?=[a-zà-ÿ(])")
_LONG_LINE = 50  # a mail program breaks lines there, a person does not
# Starts where a number starts and is at most 12 digits long: linear on 5,000 digits in a row.
_WHOLE = r"(?:\d{1,3}(?:[.,' \u00a0\u202f]\d{3}){1,4}|\d{1,12})"
_NUMBER = rf"(?<!\d){_WHOLE}(?:[.,]\d{{1,2}}(?!\d))?"
_SIGN = (
    r"€|\$|£|₹|EUR|USD|GBP|CHF|PLN|SEK|DKK|NOK|CZK|CAD|AUD|NZD|SGD|INR|BRL|euros?|dollars?|dólares|"
    r"pounds?|quid|Franken|francs?|franchi|złotych|złote|zł|Fr\.|kr|kroner|kronor|reais"
)
_THOUSANDS = (
    r"k|Tsd\.?|tausend\b|thousand\b|tys\.?|tysi[ąęe]c[ye]?\b|duizend\b|tusind\b|tusen\b|"
    r"mil\b|mille\b|mila\b"
)
_FACTOR = (
    rf"{_THOUSANDS}|T(?=EUR|€)|mn?\b|Mio\.?|million(?:en|es|s)?\b|millones(?: de)?|milioni(?: di)?"
)
_MONEY = re.compile(
    rf"(?:(?P<c1>{_SIGN})\s?(?P<n1>{_NUMBER})\s?(?P<k1>{_FACTOR})?)"
    rf"|(?:(?P<n2>{_NUMBER})(?:,-|\.-|,–)?\s?(?P<k2>{_FACTOR})?\s?(?P<c2>{_SIGN})(?!\w))"
    rf"|(?:(?P<n3>(?<!\d)\d{{3,6}})(?P<c3>e)(?!\w))",
    re.IGNORECASE,
)
_PLAIN_MONEY = re.compile(rf"(?P<n>{_NUMBER})\s?(?P<k>{_THOUSANDS})?(?![\w%²³])", re.IGNORECASE)
_LEAST_PLAIN = 100  # of an amount that is not said to be a budget
_CURRENCY = {
    "€": "EUR", "e": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "dollar": "USD",
    "dollars": "USD", "dólares": "USD", "£": "GBP", "pound": "GBP", "pounds": "GBP", "quid": "GBP",
    "franken": "CHF", "franc": "CHF", "francs": "CHF", "franchi": "CHF", "fr.": "CHF", "zł": "PLN",
    "złotych": "PLN", "złote": "PLN", "₹": "INR", "reais": "BRL",
}  # fmt: skip
_CROWNS = {"DK": "DKK", "SE": "SEK", "NO": "NOK"}
_PREPOSITION = (
    r"(?:Ort|Standort|City|Town|Ville|Ciudad|Città|Plaats|Stad|By) ?:|"
    r"in|near|at our site in|based in|located in|bei|nahe|Standort|à|près de|situés? à|en|cerca de|"
    r"ubicad[oa]s? en|a|ad|di|vicino a|te|nabij|w|we|pod|koło|em|no|na|perto de|i|på|nær|nära"
)
_NAME = r"[A-ZÄÖÜÉÈÀÁÍÓÚŁŚŻØÅÆ][\w'’-]+"
_PLACE = re.compile(
    rf"(?<!\w)(?P<before>{_PREPOSITION})\s+"
    rf"(?P<place>(?:\d{{4,5}}\s+)?{_NAME}(?:[ -][A-ZÄÖÜÉŁŚØÅ][\w'’-]+){{0,2}})"
)
# short words that mean another thing elsewhere: before an unknown name only where that is spoken
_WEAK = {"a": "it", "ad": "it", "em": "pt", "no": "pt", "na": "pt", "te": "nl", "i": "nordic"}
_SPOKEN = {
    "it": re.compile(r"\b(?:per|il|della?|nostr[aoi]|siamo|una?|non|che|gli|vostr[aoi])\b"),
    "pt": re.compile(r"\b(?:nosso|nossa|não|uma?|para|os?|por|de|com)\b"),
    "nl": re.compile(r"\b(?:het|een|wij|onze|van|voor|te|graag|de)\b"),
    "nordic": re.compile(r"\b(?:det|vi|og|och|att|at|på|til|till|vores|vårt|skal|ska)\b"),
}
_KNOWN_ONLY = ("di", "we", "pod")
_POSTAL = re.compile(rf"(?<![\w+])(?P<place>\d{{4,5}}\s+{_NAME}(?:[ -]{_NAME}){{0,2}})")
_WORD = re.compile(r"[^\W\d_][\w'’.-]{0,40}")
_NOT_PLACES = frozenset(
    """January February March April May June July August September October November December
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday English German French Spanish
    Januar Februar März Mai Juni Juli Oktober Dezember Montag Dienstag Mittwoch Donnerstag Freitag
    Samstag Sonntag Ordnung Zukunft Betrieb Zusammenhang Kontakt Zeiten Kürze Planung
    Eile Frage Not Mr Mrs Ms Madame Mademoiselle Monsieur Herr Frau Herrn Excel Excelu Word Teams
    Zoom Mon Tue Tues Wed Thu Thurs Fri Sat Sun""".split()  # noqa: SIM905
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


@dataclass(frozen=True)
class Read:
    """An enquiry without what our side said. `labelled`: lines of a form, by what they name."""

    text: str
    sentences: list[str]
    labelled: dict[str, Found]


def extract(text: str, country: str = "", today: date | None = None) -> dict[str, Found]:
    """Need, urgency, budget, location, phone, time, pain: only what was found.

    `country` is an ISO code for phone numbers and crowns without one; `today` tells a year to come.
    """
    read = _read(clean(text)[:MAX_TEXT])
    found = {
        "need": _need(read),
        "urgency": _urgency(read.sentences, today),
        "budget": _budget(read, country),
        "location": _location(read),
        "phone": _phone(read.text, country),
        "time": _time(read.sentences),
        "pain": _sentence(read.sentences, ew.PAIN),
    }
    return {key: value for key, value in found.items() if value}


def as_stored(found: dict[str, Found]) -> dict[str, object]:
    """For Inquiry.extracted: plain values by name, and under "words" where each was read."""
    values: dict[str, object] = {key: item.value for key, item in found.items()}
    return values | {"words": {key: item.words for key, item in found.items()}} if found else {}


# --- what is theirs ------------------------------------------------------------------------------


def _read(text: str) -> Read:
    rows = list(_their_lines(text))
    labelled: dict[str, Found] = {}
    for line, _chat in rows:
        match = ew.LABEL.match(line)
        name = ew.LABEL_OF.get(match["label"].casefold(), "") if match else ""
        if match and name and name not in labelled:
            labelled[name] = Found(one_line(match["value"], 200), one_line(line, 300))
    text = _unwrapped(rows)
    return Read(text, [one_line(s, 300) for s in _BREAK.split(text) if s.strip()], labelled)


def _their_lines(text: str) -> Iterator[tuple[str, bool]]:
    """(line, whether of a chat), without the mail answered below and our side of the chat."""
    for line in text.split("\n"):
        if ew.QUOTE.match(line[:300]):
            if not line.startswith(">"):
                return
            continue
        said = ew.CHAT.match(line[:100])
        who = said["who"].split()[0].casefold() if said else ""
        if said and (who in ew.GUESTS or who in ew.OURS or any(c.isdigit() for c in said[0])):
            if who not in ew.OURS:
                yield line[said.end() :], True
            continue
        yield line, False


def _unwrapped(rows: list[tuple[str, bool]]) -> str:
    """One line for what a mail program broke; a chat's lines stay."""
    text, before = "", ""
    for line, chat in rows:
        broken = len(before) >= _LONG_LINE and _WRAPPED.search(f"{before[-1:]}\n{line[:1]}")
        text += f"{' ' if broken and not chat else chr(10)}{line}"
        before = "" if chat else line
    return text.strip()


# --- what they say -------------------------------------------------------------------------------


def _sentence(sentences: list[str], pattern: re.Pattern[str]) -> Found | None:
    hit = next((s for s in sentences if pattern.search(s)), None)
    return Found(hit[:200], hit) if hit else None


def _need(read: Read) -> Found | None:
    """What is said outright, else what is asked; not "please call me", not "500 EUR at most"."""
    labelled = read.labelled.get("need")
    if labelled and (len(read.labelled) > 1 or ew.NEED.search(labelled.value)):
        return labelled
    outright = [s for s in read.sentences if ew.NEED.search(s)]
    asked = [s for s in read.sentences if ew.PRICE.search(s)]
    asked += [s for s in read.sentences if ew.ASK.search(s)]
    asked += [s for s in read.sentences if "?" in s and len(s.split()) > _QUESTION]
    for sentence in (*outright, *asked):
        aside = ew.CONTACT_ONLY.search(sentence) or _MONEY.search(sentence)
        if not aside or len(sentence.split()) > _SHORT:
            return Found(sentence[:200], sentence)
    return None


_QUESTION = 4  # words; a shorter one asks for no more than an answer
_SHORT = 8  # words; a longer sentence about a call also says what it is to be about


def _urgency(sentences: list[str], today: date | None) -> Found | None:
    for sentence in sentences:
        if ew.CALM.search(sentence):
            return Found("not urgent", sentence)
    for pattern in (ew.URGENT, ew.BURST, ew.DEADLINE, ew.OUT_OF_ORDER):
        for sentence in sentences:
            if match := pattern.search(sentence):
                return Found(f"urgent: {match.group(0).lower()}", sentence)
    troubled = any(ew.PAIN.search(sentence) for sentence in sentences)
    for sentence in sentences:
        match = ew.SOON.search(sentence)
        if match and (troubled or ew.NEED.search(sentence) or ew.ASK.search(sentence)):
            return Found(f"urgent: {match.group(0).lower()}", sentence)
    return next(
        (Found("not urgent", s) for s in sentences if today and _years_off(s, today.year)), None
    )


def _years_off(sentence: str, this: int) -> bool:
    """ "Some time in 2028": a year to come, and no amount."""
    years = (int(one) for one in _YEAR.findall(sentence))
    return any(this < year <= this + _AHEAD for year in years)


_YEAR = re.compile(r"(?<![\w.,€$£])20\d\d(?![\w,]|\.\d|\s?(?:€|EUR|euro))")
_AHEAD = 6


def _budget(read: Read, country: str) -> Found | None:
    """The largest amount that is spoken of as theirs to spend: "12,000 EUR"."""
    labelled = read.labelled.get("budget")
    meant = [s for s in read.sentences if ew.BUDGET.search(s)]
    others = [s for s in read.sentences if s not in meant and not ew.NO_BUDGET.search(s)]
    for group in ([labelled.words] if labelled else [], meant, others):
        found = [one for sentence in group for one in _amounts(sentence, country)]
        if group is others:
            found = [one for one in found if one[0] >= _LEAST_PLAIN]  # "18 euros a kilo"
        if not found and group is not others:
            found = [one for sentence in group for one in _plain(sentence)]
        if found:
            value, currency, words = max(found, key=lambda one: one[0])
            return Found(f"{value:,.0f} {currency}".strip(), words)
    return None


def _amounts(sentence: str, country: str) -> Iterator[tuple[float, str, str]]:
    for match in _MONEY.finditer(sentence):
        value = amount(match["n1"] or match["n2"] or match["n3"])
        value *= _factor(match["k1"] or match["k2"] or "")
        sign = (match["c1"] or match["c2"] or match["c3"]).lower()
        currency = _CURRENCY.get(sign, sign.upper())
        if sign.startswith("kr"):
            currency = _CROWNS.get(country, "")
        if value >= 1:
            yield value, currency, sentence


def _plain(sentence: str) -> Iterator[tuple[float, str, str]]:
    """ "Budget: 25k": no currency is said. A year is no amount."""
    for match in _PLAIN_MONEY.finditer(sentence):
        value = amount(match["n"]) * _factor(match["k"] or "")
        year = re.fullmatch(r"(?:19|20)\d\d", match[0].strip())
        if value >= _LEAST_PLAIN and not year and (match["k"] or ew.LABEL.match(sentence)):
            yield value, "", sentence


def _factor(word: str) -> int:
    plain = word.lower().rstrip(".")
    thousand = not plain.startswith("m") or plain in ("mil", "mille", "mila")
    return (1000 if thousand else 1_000_000) if plain else 1


def amount(text: str) -> float:
    """ "12.000,50", "12,000.50", "12 000" and "1.5" as numbers."""
    plain = re.sub(r"[\s'\u00a0\u202f]", "", text)
    last = max(plain.rfind("."), plain.rfind(","))
    if last >= 0 and len(plain) - last - 1 != 3:
        whole = re.sub(r"[.,]", "", plain[:last])
        return float(f"{whole or 0}.{plain[last + 1 :]}")
    return float(re.sub(r"[.,]", "", plain))


# --- where ---------------------------------------------------------------------------------------


def _location(read: Read) -> Found | None:
    """A form's line, a postal code with its town, a town that is known, a name behind "in"."""
    if labelled := read.labelled.get("location"):
        return Found(labelled.value.split(",")[0][:120], labelled.words)
    for match in _POSTAL.finditer(read.text):
        code, name = match["place"].split(None, 1)
        if _town_in(name) or len(code) == _LONG_CODE and not _no_place(name.split()[0]):
            return Found(one_line(match["place"], 120), one_line(match[0]))
    named = list(_named(read.text))
    known = next((one for one in named if _town_in(one.value)), None)
    return known or _town(read.text) or next(iter(named), None)


_MARKS = 2  # words by which a language is told
_ACRONYM = 4  # letters: "in PDF"
_LONG_CODE = 5  # shorter ones look like any number


def _named(text: str) -> Iterator[Found]:
    spoken = {name for name, marks in _SPOKEN.items() if len(marks.findall(text[:2000])) >= _MARKS}
    for match in _PLACE.finditer(text):
        place, before = one_line(match["place"].rstrip("'’-."), 120), match["before"]
        weak = before in _KNOWN_ONLY or _WEAK.get(before, "") not in ("", *spoken)
        if weak and not _town_in(place):
            continue
        numbered = text[match.end() : match.end() + 2].strip().isdigit()  # "in Raum 3"
        if not numbered and not _no_place(place.split()[0]):
            yield Found(place, one_line(match[0]))


def _no_place(word: str) -> bool:
    short = word.isupper() and len(word) <= _ACRONYM or any(sign.isdigit() for sign in word)
    return short or word in _NOT_PLACES or word.casefold() in ew.LABEL_OF


def _town_in(place: str) -> str:
    first = re.split(r"[\s-]", place)[0]
    return cities.town(place) or cities.town(first)


def _town(text: str) -> Found | None:
    """The first town of the list, of up to three words, in any case of letters."""
    found = list(_WORD.finditer(text))
    for index, match in enumerate(found):
        for count in range(cities.LONGEST, 0, -1):
            last = found[index : index + count][-1]
            words = text[match.start() : last.end()].rstrip(".'’-")
            if len(words) <= 40 and (name := cities.town(words, alone=True)):
                return Found(name, one_line(words))
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
