"""The first day back at work that an absence note names.

Conventions. "Back on 15 June" is the 15th. A range or "until 12 June inclusive" ends with its last
day, so the next working day is meant; so does "until" in every language, which is the careful
reading: a day late costs nothing, a day early meets an empty desk. "Until
Monday" is Monday where the weekday is named. In English "not back until Wednesday", "until
September" and "until next week" exclude what they name. Weekends are Saturday and Sunday; holidays are the caller's.
Of several dates the one said to be the return wins, then the last end of an absence. Dates of
contracts, fairs, holidays and of colleagues do not count, nor do past ones, nor such as are more
than 400 days ahead.
"""

# ruff: noqa: E501  one language a line reads better than a broken one

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta

from outreach.mail import autoreply_relative as relative
from outreach.mail import autoreply_roles as roles
from outreach.mail.autoreply_fold import any_of, fold
from outreach.mail.autoreply_spans import FAR, Places, Reader, Span, find, make, weekday_of

DAY = timedelta(days=1)
_LEFT, _RIGHT = 90, 60
_FILLER = re.compile(
    r"(?:[\s,(:\"'*]|(?<![^\W_])(?:the|on|den|dem|der|die|am|im|il|lo|la|le|el|les|los|las|dia|giorno|dnia|"
    r"dzien|op|de|den|d\.|da|pa|po|o|na|w|we|v|ve|dne|dna|a|en|en el|in|au|um|zum|und mit|og med|och med|jour|"
    r"close of business|cob|eod|date|data|fecha|datum|noon|einschliesslich|einschl\.?|inkl\.?|inclusive|including|"
    r"proxim[oa]|prochaine?|prossim[oa]|volgende|komende|kommende[rm]?|nachste[rm]?|najblizsz\w{1,3}|przyszl\w{1,3}|pristi|nasta|naste|neste|ensi|"
    r"next|следующ\w{2,3}|наступн\w{1,3}|επομεν\w{1,2}|and including|incl\.?|wlacznie z|vcetne|soir du|week of|morning of|kommenden|nachsten|naechsten|voraussichtlich|"
    r"about|approximately|approx|circa|ca\.?|etwa|klo|pv|στισ|την|τη|το))$"
)
_RANGE = re.compile(
    r"\s?(?:\(?incl\w{0,6}\.?\)?)?\s?,?\s?(?:-{1,3}|>|→|~|to|until|untill|till?|through|thru|and|bis(?: zum| einschl\w{0,9}"
    r"| inkl\w{0,6}| und mit)?|und|au|jusqu'au|et|al|hasta(?: el)?|y|a|ao|ate(?: ao?)?|e|all'|fino al|t/m|tot(?: en met)?|tm|"
    r"en|do(?: dnia)?|az(?: do)?|po|i|t\.?o\.?m\.?|til(?: og med)?|till och med|og|och|ja|si|pana (?:la|pe|in)|ile|по|до|и|і|"
    r"εωσ|μεχρι|から|至|到|~|부터|(?:'?\w{1,4})? ?(?:ile|ve)|-?\w{0,4}tol|からの?)\s?"
    r"(?:[,(]|(?:the|den|dem|le|il|el|dia|op|dne|dnia|nap|einschl\w{0,9}|inkl\w{0,6}|incl\w{0,6}|τισ|την)\s|"
    r"[^\W\d_]{2,14}(?:-feira)?\.?,?\s(?:den |le |il |el |the |dne )?)?\s?"
)
_BEFORE = re.compile(
    r"(?<![\d.:/])(\d{1,2})(?:st|nd|rd|th|er|\.|º|°)?\s?(?:-|to|till?|until|through|and|bis(?: zum)?|und|au|al|a|ao|y|e|et|"
    r"t/m|tot(?: en met)?|en|do|az|i|og|och|ja|si|по|до|ile|εωσ)\s?(?:the |den |dem |zum |le |il |el |einschl\w{0,9} )?"
    r"(?:[^\W\d_]{2,14}(?:-feira)?\.?,?\s(?:den |the |le )?)?$"
)
_BEHIND = re.compile(
    r"(?:st|nd|rd|th|\.)?\s?(?:-|to|through|thru|till?|until|and|es|ve|und|og|och|e|y|i)\s?(?:the )?(\d{1,2})(?:st|nd|rd|th)?(?![\d/%]|[.:]\d)"
)
_ENDS = re.compile(
    r"\n|[!?。！？]|(?<=[^\W\d_]{3})[.;]\s(?!\d)|(?<=\d{4})\.\s|(?:(?<=\d\.\d\.)|(?<=\d\.\d\d\.))\s(?=[^\W\d_]{2,}\s[^\W\d_])|;\s"
)
_LABEL_BACK = re.compile(
    r"(?:return date|back (?:at work|on|in)|ruckkehr|retour|regreso|rientro|regresso|terug|powrot|tillbaka|tilbage|tilbake|"
    r"paluu|navrat)[^\n.]{0,20}[:=]\s?$"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a date is taken for: `day` back, and how sure (higher is surer)."""

    day: date
    weight: float
    at: int
    other: date | None = None
    sort: str = "day"


def workday(day: date) -> date:
    """`day`, or Monday when it is a Saturday or Sunday."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def back_at_work(text: str, reader: Reader, cased: str = "") -> date | None:
    """The first day back that a folded note names; None when it names none to come.

    `cased`: the same text with its capitals, which tell where a sentence begins.
    """
    places = Places()
    for span in find(text, reader):
        places.add(span)
    relative.add(text, reader, places)
    said = _all_said(text, places.spans, reader, _sentences(text, cased))
    return _choose(said, reader.today)


def _all_said(text: str, spans: list[Span], reader: Reader, bounds: list[int]) -> list[Said]:
    said: list[Said] = []
    skip = False
    for at, span in enumerate(spans):
        if skip:
            skip = False
            continue
        low, high = _around(bounds, span)
        span = span if _ranged(text, spans, at) else relative.week_of(text, span)
        span = _counted(span, spans[at - 1] if at else None, low, reader)
        after = spans[at + 1] if at + 1 < len(spans) else None
        before = _edge(text, spans, at)
        if (
            after
            and after.sort == span.sort == "day"
            and _RANGE.fullmatch(text, span.end, after.start)
        ):
            span = _joined(span, after)
            after = spans[at + 2] if at + 2 < len(spans) else None
            skip = True
        left = text[max(low, span.start - _LEFT, before) : span.start]
        right = text[span.end : min(high, span.end + _RIGHT, after.start if after else len(text))]
        if after and after.start < high and after.start - span.end < _RIGHT:
            right = _own_words(right)
        sentence = text[low:high][:600]
        if (found := _say(span, left, right, sentence, reader)) is not None:
            said.append(found)
    return said


def _ranged(text: str, spans: list[Span], at: int) -> bool:
    return at + 1 < len(spans) and bool(_RANGE.fullmatch(text, spans[at].end, spans[at + 1].start))


def _counted(span: Span, before: Span | None, low: int, reader: Reader) -> Span:
    """ "From 8 June for two weeks" counts from the 8th."""
    if span.sort != "span" or before is None or before.sort != "day" or before.start < low:
        return span
    if before.first <= reader.today or span.start - before.end > 30:
        return span
    day = before.first + (span.first - reader.today)
    return replace(span, first=day, last=day)


def _own_words(right: str) -> str:
    """Words between two dates of a sentence without those that lead to the second one."""
    found = list(any_of(roles.BACK).finditer(right))
    last = found[-1] if found else None
    if last and len(right) - last.end() < 50:
        return right[: last.start()]
    return right


def _joined(first: Span, last: Span) -> Span:
    """Two days with a dash between them: one absence. Its year may be said at the end alone."""
    begins = first.first
    if begins > last.first and (moved := make(last.first.year, begins.month, begins.day)):
        begins = moved if moved <= last.first else begins
    return replace(last, start=first.start, begins=begins)


_APPOSED = re.compile(r"[\s,(:-]{1,3}(?:(?:on|am|le|el|il|op|den|dne|dnia|em|no dia|på|pa)\s)?")


def _edge(text: str, spans: list[Span], at: int) -> int:
    """Where the words before a date begin: behind the last one, of which it may be the meaning.

    "Back in two weeks, on 30 July": "back" belongs to both.
    """
    if not at:
        return 0
    last = spans[at - 1]
    relative_one = last.sort in ("span", "next_week", "tomorrow", "point")
    same = relative_one and spans[at].sort in ("day", "weekday", "day_only")
    if same and _APPOSED.fullmatch(text, last.end, spans[at].start):
        return spans[at - 2].end if at > 1 else 0
    return last.end


def _sentences(text: str, cased: str) -> list[int]:
    """Where sentences begin. Behind "10.8." only a capital begins one."""
    begun = (
        found.end()
        for found in _ENDS.finditer(text)
        if found.group() != " " or not cased or cased[found.end()].isupper()
    )
    return [0, *begun, len(text)]


def _around(bounds: list[int], span: Span) -> tuple[int, int]:
    low, high = 0, len(bounds) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if bounds[middle] <= span.start:
            low = middle
        else:
            high = middle - 1
    following = [edge for edge in bounds[low + 1 : low + 4] if edge >= span.end]
    return bounds[low], following[0] if following else bounds[-1]


def _stripped(left: str) -> tuple[str, bool, int | None]:
    """What stands before a date without articles and weekday: (text, inclusive, weekday)."""
    inclusive, weekday = False, None
    for _ in range(8):
        word = re.search(r"([^\W\d_]{2,14}(?:-feira)?)\.?,?\s?$", left)
        number = weekday_of(word[1], short=True) if word else None
        if word and number is not None and word[1] not in ("do", "to", "so", "ma", "di"):
            left, weekday = left[: word.start()], number
            continue
        if word and any_of(roles.INCLUSIVE).fullmatch(word[1][:6]):
            inclusive = True
        found = _FILLER.search(left[-30:])
        if _prepared(left) or found is None:
            break
        inclusive = inclusive or bool(any_of(roles.INCLUSIVE).match(found.group()))
        left = left[: len(left) - len(found.group())]
    return left, inclusive, weekday


def _ends(words: tuple[str, ...], left: str) -> bool:
    return bool(any_of(words, end=r"[\s:.,(]{0,3}$").search(left[-34:]))


def _prepared(left: str) -> bool:
    return any(
        _ends(words, left) for words in (roles.THROUGH, roles.UNTIL, roles.FROM, roles.AFTER)
    )


def _say(span: Span, left: str, right: str, sentence: str, reader: Reader) -> Said | None:
    plain, inclusive, weekday = _stripped(left)
    if any_of(roles.NOISE).search(sentence) and not _is_back(left, right):
        ends = _ends(roles.UNTIL, plain) or _ends(roles.THROUGH, plain)
        if not (ends and any_of(roles.ABSENT).search(left)):
            return None
    inclusive = inclusive or bool(any_of(roles.INCLUSIVE, r"^[\s,(]{0,3}").match(right[:30]))
    penalty = 1.5 if any_of(roles.OTHERS).search(left[-_LEFT:] + " " + right) else 0.0
    span = _widened(span, left, right, reader)
    day, weight = _read(span, (left, plain, right), sentence, inclusive, weekday)
    if day is None:
        return None
    other = span.other and workday(span.other)
    return Said(workday(day), weight - penalty, span.start, other, span.sort)


def _widened(span: Span, left: str, right: str, reader: Reader) -> Span:
    """ "3-14 August" and "August 3-14": the range around its one full date."""
    if span.sort != "day" or span.begins:
        return span
    if found := _BEFORE.search(left[-34:]):
        begins = make(span.first.year, span.first.month, min(int(found[1]), 28) or 1)
        if begins and 0 < int(found[1]) < span.first.day:
            return replace(span, begins=begins)
    if found := _BEHIND.match(right):
        ends = make(span.first.year, span.first.month, int(found[1]))
        if ends and ends > span.first:
            return replace(span, begins=span.first, first=ends, last=ends)
    return span


def _is_back(left: str, right: str) -> bool:
    return bool(any_of(roles.BACK).search(left) or any_of(roles.BACK).search(right[:_RIGHT]))


def _read(
    span: Span, around: tuple[str, str, str], sentence: str, inclusive: bool, weekday: int | None
) -> tuple[date | None, float]:
    """(day back, weight) of one date by the words around it."""
    left, plain, right = around
    if span.sort == "holiday":
        return span.last + DAY, 3.3
    if span.begins and span.sort != "week":
        return span.last + DAY, 3.2
    right = _WEEKDAY_BEHIND.sub("", right) if weekday_of(_first_word(right)) is not None else right
    behind = any_of(roles.UNTIL_AFTER, r"^\s?").match(right)
    if not behind and _ends(roles.NOT_BEFORE, plain):
        return span.first, 3.6
    if _ends(roles.AFTER, plain) or any_of(roles.AFTER_BEHIND, r"^\s?").match(right):
        return span.last + DAY, 3.3
    if behind or _ends(roles.THROUGH, plain) or (inclusive and not _ends(roles.BACK, plain)):
        return span.last + DAY, 3.4
    back_left = any_of(roles.BACK).search(left) or any_of(roles.BACK_CJK, "").search(left[-20:])
    if _ends(roles.UNTIL, plain) and not _LABEL_BACK.search(plain):
        if _THEN.match(right) and any_of(roles.BACK).search(right):
            return span.first, 3.6
        return _until(span, plain, sentence, weekday), 3.1
    back_right = any_of(roles.BACK).search(right) or any_of(roles.BACK_CJK, "").search(right[:24])
    if (
        not back_left
        and span.sort in ("week", "next_week", "span")
        and any_of(roles.ABSENT).search(left + right[: back_right.start() if back_right else 0])
    ):
        back_right = None
    of_month = span.sort == "month" and re.search(r"(?<![^\W_])(?:de|di|do|d')\s?$", plain)
    started = (_ends(roles.FROM, plain) and not of_month) or any_of(
        roles.FROM_AFTER, r"^\s?"
    ).match(right)
    if back_left or back_right:
        return _returning(span, bool(started), bool(back_left))
    return _absent(span, sentence, bool(started))


# "until the 16th, when I am back"
_THEN = re.compile(
    r"[\s,;:.-]{1,3}(?:da|dann|when|then|dan|wanneer|cuando|quando|lorsque|wtedy|kiedy|jolloin|kdy|nar|amikor|когда|коли)\s"
)
_WEEKDAY_BEHIND = re.compile(r"^[\s,(]{1,2}[^\W\d_]{3,14}\)?(?:\s(?:gunu(?!ne)))?")


def _first_word(right: str) -> str:
    found = re.match(r"[\s,(]{1,2}([^\W\d_]{3,14})", right)
    return found[1] if found else ""


def _until(span: Span, plain: str, sentence: str, weekday: int | None) -> date:
    english = bool(re.search(r"(?<![^\W_])(?:until+|till|til)[\s:.,(]{0,3}$", plain[-12:]))
    denied = any_of(roles.NOT_UNTIL).search(plain[-_LEFT:])
    if denied and english:
        return span.first
    if span.sort in ("month", "next_week"):
        return span.first
    if span.sort == "weekday" and (english or span.first.weekday() == 0):
        return span.first if span.first.weekday() != 4 else span.last + DAY
    if weekday == 0 and span.sort == "day" and span.first.weekday() == 0:
        return span.first
    if english and span.sort != "end" and (span.first.weekday() == 0 or span.sort == "tomorrow"):
        return span.first
    return span.last + DAY


def _returning(span: Span, started: bool, before: bool) -> tuple[date, float]:
    if span.sort == "today":
        return span.last + DAY, 0.4
    exact = (
        4.0 if span.sort == "day" else 3.5 if span.sort in ("week", "point", "day_only") else 3.0
    )
    if span.sort == "end":
        return (span.last + DAY if span.last.weekday() != 6 else span.last), 2.5
    return span.first, exact + (0.2 if before or started else 0.0)


def _absent(span: Span, sentence: str, started: bool) -> tuple[date | None, float]:
    """A date with the absence itself: "on leave on 12 June", "in week 32", "for ten days"."""
    away = any_of(roles.ABSENT).search(sentence) or any_of(roles.ABSENT_CJK, "").search(sentence)
    if started and span.sort not in ("week", "next_week"):
        return None, 0.0
    if not away:
        return None, 0.0
    if span.sort == "span":
        return span.first, 2.4
    if span.sort == "week":
        return (None, 0.0) if started and not span.begins else (span.last + DAY, 2.6)
    if span.sort in ("next_week", "end", "month"):
        return span.last + DAY, 2.2
    weights = {"day": 1.4, "weekday": 1.2, "tomorrow": 1.3, "today": 1.0, "point": 1.0}
    return span.last + DAY, weights.get(span.sort, 0.5)


def _choose(said: list[Said], today: date) -> date | None:
    """The surest; among equals the one said more often, then the latest end of the absence."""
    if not said:
        return None
    said = [_after_absence(one, said, today) for one in said]
    counts = Counter(one.day for one in said)
    said = [_agreeing(one, counts) for one in said]
    counts = Counter(one.day for one in said)
    best = max(one.weight for one in said)
    top = [one for one in said if one.weight > best - (0.55 if best >= 3.5 else 0.35)]
    to_come = [one for one in top if today < one.day <= today + FAR]
    if not to_come:
        return None
    if best >= 3.5:
        first = max(to_come, key=lambda one: (counts[one.day], one.weight, -one.at))
        return first.day
    return max(to_come, key=lambda one: (counts[one.day] > 1, one.day)).day


def _after_absence(one: Said, said: list[Said], today: date) -> Said:
    """ "Away until the 12th, back on Monday": the Monday after the absence, not after today."""
    if one.sort != "weekday" or one.weight < 2.5:
        return one
    ends = [other.day for other in said if other.sort in ("day", "week") and 1 < other.weight < 3.5]
    last = max((end for end in ends if today < end <= today + FAR), default=one.day)
    weeks = max(0, -((one.day - last).days // 7))
    return replace(one, day=one.day + timedelta(days=7 * weeks))


def _agreeing(one: Said, counts: Counter[date]) -> Said:
    """The other reading of figures where the note names that day elsewhere."""
    if one.other and counts[one.day] == 1 and counts[one.other]:
        return replace(one, day=one.other)
    return one


__all__ = ["Reader", "back_at_work", "fold", "workday"]
