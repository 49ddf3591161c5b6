"""The day and the clock time that somebody proposes for a talk, read with care.

Only what is said once and plainly counts: two days, two times or a "not" in the text leave it open.
"""

# ruff: noqa: E501  one language a line reads better than a broken one

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from outreach.mail import autoreply, autoreply_relative
from outreach.mail.autoreply_fold import fold
from outreach.mail.autoreply_spans import Places, find

LIMIT = 2_000  # characters; who proposes a time does it in few words
FURTHEST = timedelta(days=120)
_DAYTIME = 7  # "at 3" is said of the afternoon
_NOT = re.compile(
    r"\b(?:not|no|never|can'?t|cannot|don'?t|won'?t|except|unless|instead|nicht|kein\w{0,2}|ausser|"
    r"ne|pas|sauf|excepto|salvo|non|tranne|niet|geen|behalve|nao|exceto|nie|oprocz)\b"
)
_CLOCK = re.compile(
    r"(?<![\d.,:/])(?P<h1>\d{1,2})(?:[:.](?P<m1>\d{2})|\s?h\s?(?P<m2>\d{2}))(?![\d.:/])"
    r"\s?(?P<p1>am|pm)?\b"
    r"|(?<![\d.,:/])(?P<h2>\d{1,2})\s?(?:(?P<p2>am|pm)|uhr|uur|h|horas|heures|ore)\b"
    r"|\b(?:at|um|a las|alle|a|as|om|o|o godz\.?|gegen|vers)\s(?P<h3>\d{1,2})"
    r"(?![\d%]|[.:,/-]\d|\s?(?:%|eur|people|sites|min|percent|prozent|leute|personen|personnes))"
)


_AFTER = re.compile(
    r"\b(?:after|from|past|nach|ab|apres|a partir d\w{1,2}|a partir de las|despues de(?: las?)?|dopo(?: le)?|"
    r"dalle|na|vanaf|depois das?|po|od)(?: about| ca\.?)?\s$"
)
_BEFORE = re.compile(
    r"\b(?:before|until|till|by|vor|bis|avant|jusqu'a|antes d\w{1,3}(?: las)?|prima d\w{1,4}|entro le|"
    r"voor|tot|ate as|przed|do)\s$"
)
_CLAUSE = re.compile(r"[^,.;:!?\n]{1,400}")
_WEEK_OF_MONTH = re.compile(r"(?i)\b(januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)woche\b")  # fmt: skip
_NTH_WEEK = re.compile(
    r"\b(?:(?P<w1>first|1st|erste[nr]?|1\.|premiere|1ere|primera|prima|1a|eerste|primeira|pierwsz\w{1,5})|"
    r"(?P<w2>second|2nd|zweite[nr]?|2\.|deuxieme|2eme|segunda|seconda|tweede|drugi\w{0,4})|"
    r"(?P<w3>third|3rd|dritte[nr]?|3\.|troisieme|3eme|tercera|terza|derde|terceira|trzeci\w{0,4})|"
    r"(?P<w4>fourth|4th|vierte[nr]?|4\.|quatrieme|cuarta|quarta|vierde|czwart\w{1,4})|"
    r"(?P<w5>last|letzte[nr]?|derniere|ultima|laatste|ostatni\w{0,4}))\s"
    r"(?:week|woche|semaine|semana|settimana|tydzien|tygodni\w{0,2})\s?(?:of|in|im|de|du|di|van|do|w|d')?"
    r"(?: the)?\s?$"
)
STRETCH = timedelta(days=400)
_WEEK = timedelta(days=6)
_STRETCHES: dict[str, Callable[[date, date], tuple[date, date]]] = {
    "month": lambda first, last: (first, last),
    "week": lambda first, last: (first, last),
    "next_week": lambda first, last: (first, last),
    "point": lambda first, last: (first, first + _WEEK),
    "end": lambda first, last: (last - _WEEK, last),
    "span": lambda first, last: (first, first + _WEEK),
}


@dataclass(frozen=True)
class Wish:
    """`day`: the one day they name; `at`: the one clock time of it, in their own zone. `after` and
    `before` bound the hour instead; `first` and `last` are a week or month that they name."""

    day: date | None = None
    at: time | None = None
    after: time | None = None
    before: time | None = None
    first: date | None = None
    last: date | None = None


def wish(text: str, locale: str, now: datetime) -> Wish:
    """What the words propose; `now`: the moment they were written, in the writer's zone."""
    short = _WEEK_OF_MONTH.sub(r"woche \1", text[:LIMIT])
    folded = fold(short)
    days = set() if _NOT.search(folded) else _days(short, folded, locale, now)
    if len(days) != 1:
        return _stretch(short, locale, now)
    times, day = _times(folded), days.pop()
    if len(times) != 1:
        return Wish(day)
    (at, how), *_rest = times.items()
    if how == "at":
        return Wish(day, at)
    return Wish(day, after=at) if how == "after" else Wish(day, before=at)


def _days(text: str, folded: str, locale: str, now: datetime) -> set[date]:
    reader, plain = autoreply._reader(folded, locale, now), autoreply._without_numbers(text)
    places = Places()
    for span in find(plain, reader):
        places.add(span)
    autoreply_relative.add(plain, reader, places)
    today = now.date()
    found = {
        span.first
        for span in places.spans
        if span.sort in ("day", "weekday") and span.first == span.last and span.other is None
    }
    if any(span.first != span.last or span.other is not None for span in places.spans):
        return set()
    return found if all(today <= day <= today + FURTHEST for day in found) else set()


def _stretch(text: str, locale: str, now: datetime) -> Wish:
    """The one week or month they name; what stands beside a "not" is not looked at."""
    plain = _CLAUSE.sub(
        lambda one: " " * len(one[0]) if _NOT.search(fold(one[0])) else one[0], text
    )
    folded = fold(plain)
    if len(folded) != len(plain):
        plain = folded
    reader, blank = autoreply._reader(folded, locale, now), autoreply._without_numbers(plain)
    places = Places()
    for span in find(blank, reader):
        places.add(span)
    autoreply_relative.add(blank, reader, places)
    tomorrow = now.date() + timedelta(days=1)
    named = [span for span in places.spans if span.sort in _STRETCHES]
    if len(named) != 1 or any(span.sort in ("day", "weekday") for span in places.spans):
        return Wish()
    first, last = _STRETCHES[named[0].sort](named[0].first, named[0].last)
    if named[0].sort == "month":
        first, last = _week_in(blank[: named[0].start], first, last)
    first = max(first, tomorrow)
    if not first <= last <= tomorrow + STRETCH:
        return Wish()
    return Wish(first=first, last=last)


def _week_in(left: str, first: date, last: date) -> tuple[date, date]:
    """ "The first week of" a month, else the whole of it."""
    found = _NTH_WEEK.search(left[-40:])
    if found is None:
        return first, last
    number = next(n for n, word in enumerate(("w1", "w2", "w3", "w4", "w5")) if found[word])
    if number == 4:
        return last - timedelta(days=6), last
    start = first + timedelta(days=7 * number)
    return start, start + timedelta(days=6)


def _times(folded: str) -> dict[time, str]:
    """Clock time -> whether it is the time itself ("at") or its bound ("after", "before")."""
    found: dict[time, str] = {}
    for match in _CLOCK.finditer(folded):
        part = match.groupdict()
        hour = int(part["h1"] or part["h2"] or part["h3"])
        minute = int(part["m1"] or part["m2"] or 0)
        half = part["p1"] or part["p2"]
        bare = not half and part["h3"] is not None
        if half == "pm" and hour < 12 or bare and 0 < hour < _DAYTIME:
            hour += 12
        if hour < 24 and minute < 60:
            found[time(hour, minute)] = _bound(folded[max(match.start() - 20, 0) : match.start()])
    return found


def _bound(left: str) -> str:
    return "after" if _AFTER.search(left) else "before" if _BEFORE.search(left) else "at"
