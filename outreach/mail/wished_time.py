"""The day and the clock time that somebody proposes for a talk, read with care.

Only what is said once and plainly counts: two days, two times or a "not" in the text leave it open.
"""

import re
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


@dataclass(frozen=True)
class Wish:
    """`day`: the one day they name; `at`: the one clock time of it, in their own zone."""

    day: date | None = None
    at: time | None = None


def wish(text: str, locale: str, now: datetime) -> Wish:
    """What the words propose; `now`: the moment they were written, in the writer's zone."""
    short = text[:LIMIT]
    folded = fold(short)
    if _NOT.search(folded):
        return Wish()
    days = _days(short, folded, locale, now)
    if len(days) != 1:
        return Wish()
    times = _times(folded)
    return Wish(days.pop(), times.pop() if len(times) == 1 else None)


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


def _times(folded: str) -> set[time]:
    found = set()
    for match in _CLOCK.finditer(folded):
        part = match.groupdict()
        hour = int(part["h1"] or part["h2"] or part["h3"])
        minute = int(part["m1"] or part["m2"] or 0)
        half = part["p1"] or part["p2"]
        bare = not half and part["h3"] is not None
        if half == "pm" and hour < 12 or bare and 0 < hour < _DAYTIME:
            hour += 12
        if hour < 24 and minute < 60:
            found.add(time(hour, minute))
    return found
