"""Every date that a text names, with its place: numeric, by name, by week, relative to today.

Pure; linear in the text (every pattern is bounded). Days are calendar days; a Span covers one day,
or a week or a month from `first` to `last`. Which of them is the return is said by autoreply_dates.
"""

# ruff: noqa: E501  one language a line reads better than a broken one

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from outreach.mail import autoreply_calendar as names
from outreach.mail.autoreply_fold import fold

MOST = 300  # dates in a note; more is no note
PAST = timedelta(days=60)
FAR = timedelta(days=400)
_SEP_DAY = r"(?:\s?(?:st|nd|rd|th|er|re|ro|[oaey°º]|\.|-?ego|-?go|:?nda?|:?en|:?e|-?[гуео]{1,2}|οσ|η)(?![^\W\d_]))?"
_ISO = re.compile(r"(?<![\d/.])(20\d\d)([-./])\s?(\d{1,2})\2\s?(\d{1,2})(?!\d)")
_CJK = re.compile(
    r"(?:(20\d\d)\s?[年년]\s?)?(?<!\d)(\d{1,2})\s?[月월]\s?(\d{1,2})\s?(?:[日号號]|일)?"
)
_FULL = re.compile(
    r"(?<![\d/.])(\d{1,2})(?:([./-])(\d{1,2})\2|\.\s(\d{1,2})\.\s?|\s/\s(\d{1,2})\s/\s)"
    r"(?:\s?(20\d\d)|(\d\d))(?![\d/]|[.:-]\d|:)"
)
_NAMED = re.compile(
    r"(?<![\d,:/])(?<!\d\.)(\d{1,2})"
    + _SEP_DAY
    + r",?(?:\s{0,2}|\s?[/-])(?:(?:de|of|di|del|do|tes|the)\s|d')?"
    r"([^\W\d_]{3,14})\b\.?,?(?:\s?(?:de |del |of |do )?\s?(20\d\d)|[-/](\d\d)\b|\s?'(\d\d)\b)?"
)
_FIRST = re.compile(
    r"(?<![^\W_])(?:(20\d\d)\.?\s+)?([^\W\d_]{3,14})\b\.?\s(?:the\s)?(\d{1,2})"
    r"(?:st|nd|rd|th)?(?![\d/%]|:\d|\.\d|\s?(?:uhr|days|people|days?\b))(?:,?\s(20\d\d))?"
)
_SHORT = re.compile(
    r"(?<![\d/,:+])(?<!\d\.)(\d{1,2})(?:\.\s?(\d{1,2})(\.?)(?![\d%])|/(\d{1,2})(?![\d/%]))"
    r"(?!\s?(?:uhr|h\b|am\b|pm\b|gb|mb|eur|€|[.:]\d))"
)
_ROMAN = re.compile(
    r"(?<![\d.:])(\d{1,2})\.?(?:[./-]\s?|\s(?=[ivx]{2}))(i{1,3}|iv|vi{0,3}|ix|xi{0,2})(?![^\W_])\.?"
    r"(?:\s?(20\d\d))?"
)
_ROMANS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_DASHED = re.compile(  # Dutch: "t/m 19-6"
    r"(?<![^\W_])(?:t/m|tm|tot|en met|op|per|van|vanaf|t\.?e\.?m\.?|en|[a-z]{5,7}dag)\s"
    r"(?=(\d{1,2})-(\d{1,2})(?![\d:-]|\s?(?:uur|u\b|h\b|[^\W\d_]{3})))"
)
_CLOCK = re.compile(r"(?:\bkl|\bklo|\bklokken|\bum|\bat|\bversion|\bgodz|\bgeschoss|\bpo)\.?\s?$")
_MONTH = re.compile(r"(?<![^\W_])([^\W\d_]{3,14})\b\.?(?:\s?(?:de |del )?(20\d\d))?(?!\s?\d)")
_WORD = re.compile(r"[^\W\d_]{2,20}(?:-feira)?")
_WEEK = re.compile(
    r"(?<![^\W_])(?:(?:kw|kalenderwochen?|wochen|ugerne|ukene|(?:calendar )?weeks?|wk|uger?|uken?e?|uke|veckorna|vecka|veckor|v\.|"
    r"viikot|viikoilla|viikkoina|viikolla|viikon|viikko|vko|semaines?|semanas?|settiman[ae]|týden|tyden|tydnu|tydzien|"
    r"tyg|tygodn\w{1,3}|weken|saptaman[ai]|недел\w{1,2}|тижн\w{1,3}|kt|εβδομαδα|tyzd\w{1,3}|tjed\w{1,3})\.?\s?(?:n[or°º]\.?\s?)?)"
    r"(\d{1,2})(?!\d|[.:/]\d)(?:,\s?\d{1,2}(?!\d)){0,6}"
    r"(?:\s?(?:-|bis|to|und|and|et|y|og|och|ja|t/m|tot en met|a|through|till?|al?|i|e|en|&|/|\+|bis einschliesslich|tot en met|do|az)\s?"
    r"(?:kw\s?|v\.\s?|uke\s?|week\s?)?(\d{1,2})(?!\d|\s?(?:days|tage|uhr)))?"
    r"(?!\s?(?:days|hours|stunden|tage))(?:\s?/?\s?(20\d\d))?"
)
_WEEK_AFTER = re.compile(
    r"(?<![\d.])(\d{1,2})(?:\.?\s?(?:-|und|og|och|es|ve|&|\+|ja)\s?(\d{1,2}))?"
    r"(?:(?:\.|st|nd|rd|th|e|eme|a|ª)\s(?:kw|kalenderwoche|woche|uge|uke|vecka\w{0,2}|week|semaine|semana|settimana|viiko\w{1,3})"
    r"|\.?\s(?:het\w{0,4}|hafta\w{0,3}|kalenderwoche|tyden|tydnu|tyzden|tyzdni|tygodniu|tjednu))\b"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A named day or stretch. `other`: the same figures with day and month the other way round.

    `sort`: day, week, month, weekday, point (an end or middle that is named) or day_only.
    """

    start: int
    end: int
    first: date
    last: date
    sort: str = "day"
    other: date | None = None
    begins: date | None = None  # of "3-14 August"


@dataclass(frozen=True, slots=True)
class Reader:
    """How figures are read: `today`, month before day or not, the languages that may be meant."""

    today: date
    month_first: bool
    languages: frozenset[str]


def make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def near(today: date, month: int, day: int) -> date | None:
    """The day of that month and day which a note of today means: up to 60 days back, else next."""
    days = [make(today.year + step, month, day) for step in (-1, 0, 1)]
    return next((one for one in days if one and one >= today - PAST), None)


def dated(reader: Reader, year: str | None, month: int, day: int) -> date | None:
    if not year:
        return near(reader.today, month, day)
    return make(int(year) + (2000 if len(year) == 2 else 0), month, day)


@lru_cache(maxsize=1)
def _months() -> tuple[dict[str, tuple[int, str]], dict[str, int]]:
    """(word -> month and its languages, stem -> month)."""
    words: dict[str, tuple[int, str]] = {}
    stems: dict[str, int] = {}
    for language, months in names.MONTH_NAMES.items():
        for number, group in enumerate(months.split("|"), start=1):
            for name in group.split():
                plain = fold(name.rstrip("*"))
                if name.endswith("*"):
                    stems[plain] = number
                known = words.get(plain, (number, ""))
                words[plain] = (number, f"{known[1]} {language}".strip())
    return words, stems


def month_of(word: str, reader: Reader) -> int:
    """1 to 12, 0 for a word that is no month."""
    for language in reader.languages & names.OTHER_MONTHS.keys():
        if other := names.OTHER_MONTHS[language].get(word):
            return other
    words, stems = _months()
    if (known := words.get(word)) is not None:
        shy = names.SHY_MONTHS.get(word)
        return known[0] if not shy or set(shy.split()) & reader.languages else 0
    for size in range(min(len(word), 14), 3, -1):
        if (number := stems.get(word[:size])) is not None:
            return number
    return 0


@lru_cache(maxsize=1)
def _weekdays() -> tuple[dict[str, int], dict[str, int]]:
    words: dict[str, int] = {}
    stems: dict[str, int] = {}
    for days in names.WEEKDAY_NAMES.values():
        for number, group in enumerate(days.split("|")):
            for name in group.split():
                plain = fold(name.rstrip("*"))
                words.setdefault(plain, number)
                if name.endswith("*"):
                    stems[plain] = number
    return words, stems


_EVERY = ("s", "sin")  # montags, mandags, maanantaisin: every Monday


def weekday_of(word: str, *, short: bool = False) -> int | None:
    """0 is Monday. `short`: also abbreviations, which are other words in other languages."""
    words, stems = _weekdays()
    if (known := words.get(word)) is not None:
        full = len(word) > 3 or word in ("mon", "tue", "wed", "thu", "fri", "joi")
        return known if full or short else None
    for size in range(min(len(word), 14), 3, -1):
        if (number := stems.get(word[:size])) is not None:
            return None if word[size:] in _EVERY else number
    return None


class Places:
    """The stretches of a text that a date has taken already."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.starts: list[int] = []

    def free(self, start: int, end: int) -> bool:
        at = bisect_right(self.starts, start)
        before = at > 0 and self.spans[at - 1].end > start
        return not before and not (at < len(self.spans) and self.spans[at].start < end)

    def add(self, span: Span | None) -> None:
        if span and len(self.spans) < MOST and self.free(span.start, span.end):
            at = bisect_right(self.starts, span.start)
            self.starts.insert(at, span.start)
            self.spans.insert(at, span)


def find(text: str, reader: Reader) -> list[Span]:
    """All dates of a folded text, in order; the more exact reading of a place wins."""
    places = Places()
    for finder in (_by_figures, _by_name, _roman, _by_week, _short, _dashed, _whole_months):
        for span in finder(text, reader):
            places.add(span)
    return places.spans


def one(match: re.Match[str], day: date | None, other: date | None = None) -> Iterator[Span]:
    if day is not None:
        yield Span(match.start(), match.end(), day, day, other=other)


def _by_figures(text: str, reader: Reader) -> Iterator[Span]:
    for found in _CJK.finditer(text):
        yield from one(found, dated(reader, found[1], int(found[2]), int(found[3])))
    for found in _ISO.finditer(text):
        yield from one(found, make(int(found[1]), int(found[3]), int(found[4])))
    for found in _FULL.finditer(text):
        second = found[3] or found[4] or found[5]
        yield from _either(found, text, reader, (found[1], second, found[6] or found[7]))


def _either(
    match: re.Match[str], text: str, reader: Reader, parts: tuple[str, str, str | None]
) -> Iterator[Span]:
    """Figures that may be day and month or month and day: a weekday beside them decides."""
    first, second, year = int(parts[0]), int(parts[1]), parts[2]
    dotted = "." in match.group()
    days = dated(reader, year, second, first)
    months = None if dotted else dated(reader, year, first, second)
    if days is None or months is None or days == months:
        yield from one(match, days or months)
        return
    beside = weekday_beside(text, match.start(), match.end())
    order = [months, days] if reader.month_first else [days, months]
    if beside is not None and any(day.weekday() == beside for day in order):
        fitting = [day for day in order if day.weekday() == beside]
        yield from one(match, fitting[0], None if len(fitting) == 1 else order[1])
        return
    yield from one(match, order[0], order[1])


def weekday_beside(text: str, start: int, end: int) -> int | None:
    """The weekday named right before or behind a place."""
    left = _WORD.findall(text[max(start - 24, 0) : start])[-2:]
    right = _WORD.findall(text[end : end + 16])[:1]
    for word in (*reversed(left), *right):
        if (day := weekday_of(word, short=len(word) > 2)) is not None:
            return day
    return None


def _by_name(text: str, reader: Reader) -> Iterator[Span]:
    for found in _NAMED.finditer(text):
        month = month_of(found[2], reader)
        if month and (year := found[3] or found[4] or found[5] or "") is not None:
            yield from one(found, dated(reader, year, month, int(found[1])))
    words, _stems = _months()
    for found in _FIRST.finditer(text):
        month = month_of(found[2], reader)
        fits = set(words.get(found[2], (0, "hu"))[1].split()) & set(names.MONTH_FIRST)
        if month and fits:
            yield from one(found, dated(reader, found[4] or found[1], month, int(found[3])))


def _roman(text: str, reader: Reader) -> Iterator[Span]:
    """ "12.VI" and "12 VI 2026" of Central and Eastern Europe."""
    for found in _ROMAN.finditer(text):
        month = _ROMANS.index(found[2]) + 1
        yield from one(found, dated(reader, found[3], month, int(found[1])))


def _dashed(text: str, reader: Reader) -> Iterator[Span]:
    """ "19-6" behind a preposition, where Dutch is meant; elsewhere it is a range."""
    if "nl" not in reader.languages:
        return
    for found in _DASHED.finditer(text):
        day = dated(reader, None, int(found[2]), int(found[1]))
        if day:
            yield Span(found.end(), found.end(2), day, day)


def _short(text: str, reader: Reader) -> Iterator[Span]:
    """Day and month alone: 15.06. or 15/06; not a clock, a price or 24/7."""
    for found in _SHORT.finditer(text):
        if found.group() in ("24/7", "7/24", "1/2", "1/1") or _clock(text, found):
            continue
        yield from _either(found, text, reader, (found[1], found[2] or found[4], None))


def _clock(text: str, found: re.Match[str]) -> bool:
    left = text[max(found.start() - 12, 0) : found.start()]
    bare = bool(found[2]) and not found[3]
    right = text[found.end() : found.end() + 12]
    hours = bare and re.match(r"\s?-\s?\d{1,2}[.:](?:00|30|15|45)", right)
    return bool((bare and _CLOCK.search(left)) or hours)


def monday_of(reader: Reader, year: str | None, week: int) -> date | None:
    """The Monday of an ISO week (2025-W01 is of the week of 30 December 2024)."""
    try:
        if year:
            return date.fromisocalendar(int(year), week, 1)
        now_year = reader.today.isocalendar().year
        found = date.fromisocalendar(now_year, week, 1)
        if found + timedelta(days=6) < reader.today - PAST:
            found = date.fromisocalendar(now_year + 1, week, 1)
        return found
    except ValueError:
        return None


def _by_week(text: str, reader: Reader) -> Iterator[Span]:
    for pattern in (_WEEK, _WEEK_AFTER):
        for found in pattern.finditer(text):
            year = found[3] if pattern is _WEEK else None
            first = monday_of(reader, year, int(found[1]))
            final = monday_of(reader, year, int(found[2])) if found[2] else first
            if first and final and first <= final <= first + timedelta(days=180):
                last = final + timedelta(days=6)
                span = Span(found.start(), found.end(), first, last, "week")
                yield replace(span, begins=first if found[2] else None)


PART = re.compile(
    r"\b(?:(?P<start>beginning of|start of|anfang|start of|early|anfang|debut|principios de|inizio(?: di)?|inicio de|begin|"
    r"poczatk\w{1,3}|borjan av|begyndelsen af|starten av|alku\w{0,4}|zacatk\w{1,2})|"
    r"(?P<middle>mid|(?:the )?middle of|mitte(?: der)?|milieu de|meta|midden(?: van)?|midt i|mitt i|mi|mediados de|meta|meados de|half|polow\w{1,2}|mitten av|midten af|"
    r"midten av|puoliva\w{1,5}|polovin\w{1,2})|"
    r"(?P<end>(?:the )?end of|late|ende|(?:la )?fin(?:ales)?(?: d[e']l?)?|fine(?: di)?|final de|fim de|"
    r"(?:het )?eind(?:e)?(?: van)?|kon\w{1,3}|slutet av|slutningen af|udgangen af|utgangen av|loppu\w{0,4}|konc\w{1,2}))"
    r"[\s-](?:the |de |di |d'|van )?$"
)


def _whole_months(text: str, reader: Reader) -> Iterator[Span]:
    words, _stems = _months()
    for found in _MONTH.finditer(text):
        month = month_of(found[1], reader)
        if not month or len(found[1]) < 4 and found[1] not in ("mai", "maj", "mei", "may"):
            continue
        tongues = set(words.get(found[1], (0, ""))[1].split())
        if found[1].isascii() and tongues and not tongues & reader.languages:
            continue  # "Marta" is no month where Turkish is not meant
        first = dated(reader, found[2], month, 1)
        if first is None:
            continue
        if not found[2] and reader.today.month == month:
            first = reader.today.replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
        yield _part(text, found, first, following - timedelta(days=1))


def _part(text: str, found: re.Match[str], first: date, last: date) -> Span:
    """The month, or its beginning, middle or end where one is named before it."""
    left = text[max(found.start() - 26, 0) : found.start()]
    part = PART.search(left)
    if part is None:
        return Span(found.start(), found.end(), first, last, "month")
    start = found.start() - len(left) + part.start()
    if part["end"]:
        return Span(start, found.end(), last, last, "end")
    day = first.replace(day=15) if part["middle"] else first
    return Span(start, found.end(), day, day, "point")
