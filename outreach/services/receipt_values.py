"""Read numbers, money and dates out of a text, so that two spellings of one value are equal."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from outreach.services.receipt_words import (
    MONTHS,
    NUMBER_WORDS,
    SCALES,
    STOP,
    SUFFIX,
    WEEKDAYS,
    fold,
    stem,
)

WORD = re.compile(r"[^\W\d_](?:[\w’'-]{0,40}\w)?")
_DIGITS = (
    r"\d{1,3}(?:[.,’' \u00a0\u202f]\d{3}){1,4}(?!\d)(?:[.,]\d{1,2}(?!\d))?"
    r"|\d{1,12}(?:[.,]\d{1,4}(?!\d))?"
)
_CURRENCY = r"€|\$|£|¥|zł"
_CODES = (
    r"eur|euros?|usd|dollars?|gbp|pounds?|pln|zlotys?|zł|zloty|złotych|dkk|sek|nok|chf|francs?|kr"
    r"|kronen?|quid|bucks"
)
_CLOCK = re.compile(r"(?<![\d:.,])([01]?\d|2[0-3]):([0-5]\d)(?![\d:])")  # one value, one mark
NUMBER = re.compile(
    rf"(?P<cur>(?:{_CURRENCY}) ?)?(?<![\w.,])(?P<num>{_DIGITS})"
    r"(?: ?(?P<mult>k|mn|mio|bn|million|billion|m)\b)?"
    rf"(?P<after> ?(?:{_CURRENCY}|(?:{_CODES})\b))?(?P<pct> ?%| ?percent\b| ?per cent\b"
    r"| ?prozent\b| ?pour cent\b| ?por ciento\b| ?per cento\b| ?procent\b| ?por cento\b)?",
    re.I,
)
SPELLED = re.compile(r"[^\W\d_]{2,24}(?:[ -][^\W\d_]{3,14}){0,3}")
_PERCENT = re.compile(
    r"[ -]?(?:percent|per cent|prozent|pour cent|por ciento|per cento|procent|por cento)\b", re.I
)
_MONEY = re.compile(rf" ?(?:{_CURRENCY}|(?:{_CODES})\b)", re.I)
_NAMES = {
    "€": "eur", "$": "usd", "£": "gbp", "zł": "pln", "euro": "eur", "euros": "eur",
    "dollar": "usd", "dollars": "usd", "bucks": "usd", "pound": "gbp", "pounds": "gbp",
    "quid": "gbp", "zloty": "pln", "zlotys": "pln", "złotych": "pln", "kr": "dkk",
    "krone": "dkk", "kronen": "dkk", "franc": "chf", "francs": "chf",
}  # fmt: skip


@dataclass(frozen=True)
class Number:
    """A number in a text. `values`: every reading of its digits; `unit`: "", "percent", a currency.

    `near`: stems of what stands beside it in its clause.
    """

    text: str
    start: int
    end: int
    values: frozenset[float]
    unit: str = ""
    near: frozenset[str] = frozenset()
    spelled: bool = False


def readings(digits: str, factor: float = 1.0) -> frozenset[float]:
    """ "1.200" is 1200 and may be 1.2; "1,200.50" is 1200.5."""
    bare = re.sub(r"[’' \u00a0\u202f]", "", digits)
    found = set()
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", bare):
        found.add(float(re.sub(r"[.,]", "", bare)))
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+[.,]\d{1,2}", bare):
        whole, _, part = bare.replace(",", ".").rpartition(".")
        found.add(float(whole.replace(".", "") + "." + part))
    elif bare.count(".") + bare.count(",") <= 1:
        found.add(float(bare.replace(",", ".")))
    return frozenset(round(value * factor, 4) for value in found)


def numbers(text: str) -> list[Number]:
    """Every number in digits or words, in order."""
    found = [*_digit_numbers(text), *_spelled(text)]
    return sorted(found, key=lambda number: number.start)


def _digit_numbers(text: str) -> Iterator[Number]:
    taken = 0
    for match in NUMBER.finditer(text):
        if match.start() < taken:
            continue  # the minutes of a clock time
        if clock := _CLOCK.match(text, match.start()):
            taken = clock.end()
            hour = int(clock[1]) + int(clock[2]) / 60
            span = (clock.start(), clock.end())
            yield Number(clock[0], *span, frozenset({hour}), "", beside(text, *span))
            continue
        factor = SUFFIX.get((match["mult"] or "").lower(), 1.0)
        sign = (match["cur"] or match["after"] or "").strip().lower()
        unit = "percent" if match["pct"] else _NAMES.get(sign, sign)
        start, end = match.span()
        lead = len(match[0]) - len(match[0].lstrip())
        yield Number(
            match[0].strip(), start + lead, end, readings(match["num"], factor), unit,
            beside(text, start, end),
        )  # fmt: skip


def _spelled(text: str) -> Iterator[Number]:
    words = list(WORD.finditer(text))
    position = 0
    while position < len(words):
        value, used = _read_words(words, position, text)
        if not used:
            position += 1
            continue
        start, end = words[position].start(), words[position + used - 1].end()
        unit = ""
        if after := _PERCENT.match(text, end):
            unit, end = "percent", after.end()
        elif after := _MONEY.match(text, end):
            sign = after[0].strip().lower()
            unit, end = _NAMES.get(sign, sign), after.end()
        yield Number(
            text[start:end], start, end, frozenset({value}), unit, beside(text, start, end), True
        )
        position += used


def _read_words(words: list[re.Match[str]], first: int, text: str) -> tuple[float, int]:
    """(value, how many words it took); (0, 0): no number begins here."""
    total = current = last = 0.0
    used = 0
    for index in range(first, min(first + 6, len(words))):
        gap = text[words[index - 1].end() : words[index].start()] if index > first else ""
        value = word_value(words[index][0])
        if last in SCALES and words[index][0] == "and":
            continue
        if value is None or gap.strip(" -"):
            break
        if value in SCALES:
            current = (current or 1.0) * value
            total, current = (total + current, 0.0) if value >= 1000 else (total, current)
        else:
            current += value
        last, used = value, index - first + 1
    return (total + current, used) if used else (0.0, 0)


def word_value(word: str) -> float | None:
    plain = fold(word)
    if plain in NUMBER_WORDS:
        return NUMBER_WORDS[plain]
    if "-" in plain:
        parts = [NUMBER_WORDS.get(part) for part in plain.split("-")]
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) == 2 else None
    for scale, size in (("hundert", 100.0), ("tausend", 1000.0)):  # "fünfhundert"
        front = plain.removesuffix(scale)
        if front != plain and front in NUMBER_WORDS:
            return NUMBER_WORDS[front] * size
    unit, joint, tens = plain.partition("und")
    if joint and tens in NUMBER_WORDS and unit in {**NUMBER_WORDS, "ein": 1.0}:
        return NUMBER_WORDS[tens] + {**NUMBER_WORDS, "ein": 1.0}[unit]
    return None


_CLAUSE = re.compile(r"[.!?;\n()]|, ")


def beside(text: str, start: int, end: int) -> frozenset[str]:
    """Stems of the words around a number, within its clause: three after it, two before."""
    after = _CLAUSE.split(text[end : end + 60])[0]
    before = _CLAUSE.split(text[max(0, start - 40) : start])[-1]
    behind = [w for w in (m[0] for m in WORD.finditer(after)) if fold(w) not in STOP][:3]
    ahead = [w for w in (m[0] for m in WORD.finditer(before)) if fold(w) not in STOP][-2:]
    return frozenset(stem(word) for word in (*behind, *ahead) if word_value(word) is None)


# --- dates ---


@dataclass(frozen=True)
class Day:
    """A date as written: the parts it names, or the span of days that it means."""

    text: str
    start: int
    end: int
    day: int = 0
    month: int = 0
    year: int = 0
    span: tuple[date, date] | None = None

    def covers(self, moment: date) -> bool:
        if self.span:
            return self.span[0] <= moment <= self.span[1]
        parts = ((self.day, moment.day), (self.month, moment.month), (self.year, moment.year))
        return all(not mine or mine == theirs for mine, theirs in parts)

    def agrees(self, other: "Day") -> bool:
        """Both could mean the same day, and share at least one named part."""
        if other.span or self.span:
            return self.text.casefold() == other.text.casefold()
        pairs = ((self.day, other.day), (self.month, other.month), (self.year, other.year))
        if any(mine and theirs and mine != theirs for mine, theirs in pairs):
            return False
        return all(theirs for mine, theirs in pairs if mine)


_M = "|".join(sorted((re.escape(m) for m in MONTHS), key=len, reverse=True))
_W = "|".join(sorted((re.escape(d) for d in WEEKDAYS), key=len, reverse=True))
_ORD = r"(?:st|nd|rd|th|\.|er|º|ª)?"
# on the folded text, which has the length of the original for the letters we meet
_DATE = re.compile(
    rf"\b(?P<d1>\d{{1,2}}){_ORD} (?:of |de |di )?(?P<m1>{_M})\b\.?"
    r"(?:,? (?:de )?(?P<y1>(?:19|20)\d\d))?"
    rf"|\b(?P<m2>{_M})\.? (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<y2>(?:19|20)\d\d))?"
    r"|\b(?P<y3>(?:19|20)\d\d)-(?P<m3>\d\d)-(?P<d3>\d\d)\b"
    r"|\b(?P<d4>\d{1,2})[./](?P<m4>\d{1,2})[./](?P<y4>(?:19|20)\d\d)\b"
    rf"|\b(?P<m5>{_M})\b(?: (?:de )?(?P<y5>(?:19|20)\d\d))?"
    r"|\b(?P<y6>(?:19|20)\d\d)\b(?! ?(?:%|eur|usd|people|clients|customers|sites))"
    rf"|\b(?P<rel>last|this past|letzten|letzte|letzter) (?P<w1>{_W})\b"
    rf"|\b(?P<w2>{_W})\b"
    r"|\b(?P<ago>\d{1,3}|a|two|three|four|five|six|ten) (?P<unit>day|week|month|year)s? ago\b"
    r"|\b(?P<near>yesterday|gestern|hier|ayer|ieri|gisteren|ontem|wczoraj|last (?:week|month|year"
    r"|night|spring|summer|autumn|fall|winter|quarter)|letzte woche|letzten monat|this morning"
    r"|vor (?:zwei|drei) wochen|(?:la )?semaine derniere|(?:la )?semana pasada|letzten sommer"
    r"|letztes jahr|le mois dernier|l'an dernier|el mes pasado|el ano pasado"
    r"|(?:la )?settimana scorsa|il mese scorso"
    r"|l'anno scorso|semana passada|mes passado|ano passado|(?:vorige|afgelopen) week|vorige maand"
    r"|vorig jaar|w zeszlym (?:tygodniu|miesiacu|roku))\b",
    re.I,
)
_HINT = re.compile(
    r"\d|\bago\b|\blast |\bletzte|\byester|\bgestern|\b(?:hier|ayer|ieri|ontem|wczoraj|gisteren)\b"
    rf"|\bvor (?:zwei|drei)|\bsemain|\bsemana|\bvorige?|\bafgelopen|\bzeszl|\bscors"
    rf"|\bdernier|\bpass?ado|\bthis morning|\b(?:{_M}|{_W})\b"
)
_AMBIGUOUS = {"mar", "may", "mai", "mars", "sept", "jan", "jun", "jul", "dec", "nov", "apr", "sep",
              "maj", "mei", "maio", "oct", "aug", "feb", "maja", "marco", "march"}  # fmt: skip


def same_length(text: str) -> str:
    """Folded letter by letter, so that places in it are places in the text."""
    return "".join(c if ord(c) < 128 else (fold(c) or c)[:1] for c in text)


def days(text: str, today: date) -> list[Day]:
    """Every date in the text. A bare "may" or "march" in lower case is a word, not a month."""
    folded = same_length(text).casefold()
    if not _HINT.search(folded):
        return []
    found = (_day(match, text, today) for match in _DATE.finditer(same_length(text)))
    return [day for day in found if day]


# "hier" is yesterday there, and here in German and Dutch
_FRENCH = re.compile(
    r"\b(?:je|j'|nous|vous|le|la|les|des|une?|du|au|et|est|mon|notre|votre)\b", re.I
)


def _day(match: re.Match[str], text: str, today: date) -> Day | None:
    part, (start, end) = match.groupdict(), match.span()
    words = text[start:end]
    if words.lower() == "hier" and not _FRENCH.search(text):
        return None
    if part["m5"] and not part["y5"] and _plain_word(part["m5"].lower(), text, start, end):
        return None
    month = next((part[f"m{n}"] for n in (1, 2, 5) if part[f"m{n}"]), "")
    number = MONTHS.get(month.lower(), 0) or int(part["m3"] or part["m4"] or 0)
    day = int(next((part[f"d{n}"] for n in (1, 2, 3, 4) if part[f"d{n}"]), 0))
    year = int(next((part[f"y{n}"] for n in range(1, 7) if part[f"y{n}"]), 0))
    if number or year:
        return Day(words, start, end, day, number, year)
    return Day(words, start, end, span=_span(part, today))


def _plain_word(month: str, text: str, start: int, end: int) -> bool:
    """ "may" or "march" as a verb, "mars" as a name."""
    if month not in _AMBIGUOUS:
        return False
    asks = month in {"mar", "may", "march"} and _verb(text, start, end)
    return text[start:end].islower() or asks


def _verb(text: str, start: int, end: int) -> bool:
    """ "May I ask": at the start of a sentence, before a person."""
    return bool(re.match(r" (?:I|we|you|be|it)\b", text[end : end + 5]))


def _span(part: dict[str, str | None], today: date) -> tuple[date, date]:
    if name := part["w1"] or part["w2"]:
        back = (today.weekday() - WEEKDAYS[name.lower()]) % 7 or 7
        latest = today - timedelta(days=back)
        return latest, latest
    if part["ago"]:
        spelled = word_value(part["ago"]) or (1 if part["ago"] == "a" else 0)
        count = int(part["ago"]) if part["ago"].isdigit() else int(spelled)
        size = {"day": 1, "week": 7, "month": 30, "year": 365}[(part["unit"] or "day").lower()]
        around = max(1, size * count // 4)
        middle = today - timedelta(days=min(size * count, 36_000))
        return middle - timedelta(days=around), middle + timedelta(days=around)
    return _named((part["near"] or "").lower(), today)


_WEEK = (
    "week",
    "woche",
    "derniere",
    "semana pasada",
    "settimana scorsa",
    "semana passada",
    "tygodniu",
)
_MONTH = (
    "month",
    "monat",
    "mois dernier",
    "mes pasado",
    "mese scorso",
    "mes passado",
    "maand",
    "miesiacu",
)
_YEAR = ("year", "jahr", "an dernier", "ano pasado", "anno scorso", "ano passado", "jaar", "roku")


def _named(words: str, today: date) -> tuple[date, date]:
    if words.endswith(_WEEK):
        monday = today - timedelta(days=today.weekday() + 7)
        return monday, monday + timedelta(days=6)
    if words.endswith(_MONTH):
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last.replace(day=monthrange(last.year, last.month)[1])
    if words.endswith(_YEAR):
        return date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)
    if words.endswith(("spring", "summer", "sommer", "autumn", "fall", "winter", "quarter")):
        return today - timedelta(days=365), today
    if words == "this morning":
        return today, today
    return today - timedelta(days=1), today - timedelta(days=1)
