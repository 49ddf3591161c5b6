"""Dates that are told from today: tomorrow, next week, for ten days, on Monday, until the 15th.

The same terms as autoreply_spans; these are read after it, in what is left of the text.
"""

# ruff: noqa: E501  one language a line reads better than a broken one

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from outreach.mail import autoreply_calendar as names
from outreach.mail.autoreply_fold import any_of, fold
from outreach.mail.autoreply_spans import Places, Reader, Span, make, weekday_of

DAY = timedelta(days=1)
_IN_TWO_DAYS = (
    "day after tomorrow|übermorgen|après-demain|pasado mañana|dopodomani|depois de amanhã|overmorgen|"
    "pojutrze|i övermorgon|i overmorgen|ylihuomenna|pozítří|pozajtra|holnapután|poimâine|послезавтра",
)  # fmt: skip
_TOMORROW = (
    "tomorrow|(?<!guten )morgen(?! frueh)(?=[ .,!]|$)|demain|mañana(?! por)|domani|amanhã|jutra|jutro|"
    "i morgon|imorgon|i morgen|huomenna|huomiseen|huomisesta|zítra|zítřka|zajtra|holnap\\w{0,3}|mâine|"
    "yarın|завтра|αυριο",
    "明日|明天|내일",
)
_TODAY = (
    "today|this (?:afternoon|morning)|heute|aujourd'?hui|(?:el día de )?hoy|oggi|hoje|vandaag|dzisiaj|"
    "dziś|dzis|i dag|idag|tänään|dnes|ma(?= (?:nem|haz|irod|szab|tav))|astăzi|azi|bugün|сегодня|"
    "сьогодні|σημερα",
    "本日|今日|今天|오늘",
)  # fmt: skip
_NEXT_WEEK = (
    "(?:all |all of |the )?(?:next|following|coming) week|(?:der |die |ab der |gesamte |in der |ganze )?"
    "(?:nächste|kommende|folgende)[nr]? woche|(?:toute )?la semaine (?:prochaine|suivante)|"
    "(?:toda )?la (?:próxima|siguiente) semana|(?:la )?semana (?:próxima|que viene|siguiente)|"
    "(?:la )?(?:prossima settimana|settimana prossima)|(?:n?a )?(?:próxima semana|semana que vem)|"
    "(?:de )?(?:hele )?(?:volgende|komende) week|(?:w )?(?:przyszłym|następnym|przyszły|przyszłego) "
    "tygodni?[a-z]{0,2}|(?:hela )?nästa vecka|(?:hele )?(?:næste|neste) uge?k?e?|ensi viikolla|ensi viikon|"
    "příští (?:týden|týdne)|budúci týždeň|jövő h[eé]t\\w{0,3}|săptămâna viitoare|gelecek hafta\\w{0,3}|"
    "(?:на )?(?:следующей|следующую|следующей) недел\\w|наступного тижня|την επομενη εβδομαδα|"
    "την ερχομενη εβδομαδα",
    "来週|下周|下星期|다음 ?주",
)
_THIS_WEEK = (
    "(?:all |for the |the )?(?:rest of (?:the|this) week|this week)|diese[r]? woche|(?:den )?rest der woche|"
    "cette semaine|esta semana|questa settimana|deze week|w tym tygodniu|den här veckan|denne uge|"
    "denne uke[n]?|denna vecka|tällä viikolla|tento týden|tento týždeň|ezen a héten|săptămâna aceasta|"
    "bu hafta|на этой неделе|этой неделе|цього тижня|αυτη την εβδομαδα|(?:the )?end of (?:the|this) week|"
    "ende (?:der|dieser) woche|wochenende|fin de (?:la )?semaine|fin de semana|fine settimana|"
    "final da semana|(?:het )?eind(?:e)? van (?:de|deze) week|końca tygodnia|slutet av veckan|"
    "slutningen af ugen|slutten av uken|viikon loppu\\w{0,3}|konce týdne|hét végé\\w{0,3}|hafta sonu\\w{0,3}|"
    "конца недели",
    "今週|本周|이번 ?주",
)
_MONTH_END = (
    "(?:the )?end of (?:the|this) month|month'?s end|(?:ende (?:des|dieses) monats|monatsende)|"
    "(?:la )?fin du mois|(?:el )?fin(?:al)?(?:es)? de(?:l| este)? mes|(?:la )?fine (?:del|di questo) mese|"
    "(?:o )?(?:fim|final) d[oe](?:ste)? mês|(?:het )?eind(?:e)? van (?:de|deze) maand|"
    "(?:do )?końca miesiąca|slutet av månaden|månadsskiftet|slutningen af måneden|slutten av måneden|"
    "(?:tämän )?kuun loppuun|konce (?:tohoto )?měsíce|konca mesiaca|hónap végé\\w{0,3}|sfârșitul lunii|"
    "ay sonu\\w{0,3}|конца месяца|кінця місяця|τελος του μηνα",
    "月末|月底|월말|이달 말",
)
_YEAR_END = (
    "(?:the )?end of (?:the|this) year|(?:the )?new year|year'?s end|jahresende|ende des jahres|"
    "(?:im )?neuen? jahr|jahreswechsel|(?:la )?fin de l'année|fin(?:al)? de año|fine (?:dell')?anno|"
    "(?:o )?(?:fim|final) do ano|(?:het )?eind(?:e)? van het jaar|het nieuwe jaar|końca roku|årsskiftet|"
    "årets slut|årsskiftet|nyttår|nytår|vuoden loppuun|konce roku|конца года",
    "年内|年末|年底|연말",
)
_NEXT_MONTH = (
    "next month|(?:im |ab )?(?:nächste[nrms]?|kommende[nms]?) monats?|le mois prochain|(?:el )?próximo mes|"
    "(?:il )?mese prossimo|(?:o )?próximo mês|volgende maand|przyszłym miesiącu|nästa månad|næste måned|"
    "neste måned|ensi kuussa|příští měsíc|jövő hónap\\w{0,3}|следующем месяце",
    "来月|下个月|다음 ?달",
)
_UNIT = (
    r"(?P<d>(?:working |business |calendar )?days?|(?:arbeits|werk)?tage?n?\b|jours?|d[ií]as?|giorn[io]|dagen|"
    r"dni|dagar|dage|dager|paiv\w{1,4}|dnu|dny|nap\w{0,3}|zile|gun\w{0,3}|д(?:ня|ней|нi|нів|нив)|ημερες)|"
    r"(?P<w>weeks?|wochen?|semaines?|semanas?|settiman[ae]|we(?:ken|ek)|tygodni\w{0,2}|tydzien|veckor|vecka|"
    r"uger?|uken?e?r?|viikko\w{0,3}|viiko\w{1,3}|tydn\w{1,2}|het\w{0,3}|saptaman[ai]|hafta\w{0,3}|недел\w{1,2}|"
    r"тижн\w{1,3}|εβδομαδες)|"
    r"(?P<m>months?|monate?n?|mois|mes(?:es)?|mesi|mese|maanden|miesi\w{1,4}|manader|maneder|kuukau\w{1,5}|mesic\w{0,3})"
)
_SPAN = re.compile(
    r"(?<![^\W_])(?P<how>for(?: about| the next| the coming| another)?|in|(?:fuer )?die nachsten|fur|"
    r"fuer|in den (?:nachsten|kommenden)|noch|pendant|pour|dans|durante|por|en|tra|fra|per|em|dentro de|"
    r"over|gedurende|voor|przez|za|na|i|om|de naeste|de neste|de kommande|kestavan|po|pe|peste|через|на|для|"
    r"(?:los |les |i |as |os )?(?:proximos|prochains|prossimi|proximas)|za)\s"
    r"(?:(?:les|los|las|die|de|the|den|next|nachsten|proxim[oa]s|prossim[ie]|prochaine?s|about|etwa|ca\.?|"
    r"komende|najblizsze|najblizszych|coming|kommenden|naeste|neste|nasta|seuraavat)\s){0,2}"
    r"(?P<n>\d{1,2}|[^\W\d_]{1,9})\s(?:prochaine?s |proxim[oa]s |kommende )?(?:"
    + _UNIT
    + r")(?![^\W_])"
)
_BARE_SPAN = re.compile(
    r"(?<![^\W\d_])(?P<n>\d{1,2}|[^\W\d_]{2,9})\s(?:"
    + _UNIT
    + r")(?:\s(?:lang|long|ajan|paasta|kuluttua|mulva|"
    r"sonra|boyunca|off)(?![^\W_]))"
)
_NEXT_WEEKDAY = re.compile(
    r"(?:next|nachste[nr]?|kommende[nr]?|prochaine?|proxim[oa]|prossim[oa]|volgende|przyszl\w{1,3}|nasta|"
    r"neste|ensi|pristi)\s$"
)
_GAP = re.compile(
    r"[\s,.(]{0,3}(?:(?:the|den|dem|der|d|le|el|il|dne|am|on|w dniu|dnia|dia|gunu|op|o|pe|τη|στις|на)[\s.]{1,2})?\(?"
)
_GAP_AFTER = re.compile(r"(?:-[^\W\d_]{1,3})?[\s,(]{1,3}")
_OF_NEXT_WEEK = re.compile(
    r"\s(?:of |der |in der )?(?:next week|nachste[rn]? woche|kommende[rn]? woche)"
)
_DAY_ONLY = re.compile(
    r"(?<![^\W_])(?:(?:the|on the|dem|den|zum|le|au|el|al|il|dia|o dia|dzien|dnia|op|tot) )?(\d{1,2})"
    r"(?P<tail>st|nd|rd|th|\.)?(?![\d%/]|[.:,]\d|\s?(?:uhr|h\b|am\b|pm\b|:))"
)
_DAY_ARTICLE = re.compile(r"(?:the|on the|dem|den|zum|le|au|el|al|il|dia|o dia|dnia|tot) \d")


def add(text: str, reader: Reader, places: Places) -> None:
    """Add the dates told from today to `places`, which holds the exact ones."""
    for finder in (_weeks_and_months, _words, _spans, _day_numbers, _weekday_names):
        for span in finder(text, reader):
            if span.sort != "weekday" or not _beside_date(text, span, places):
                places.add(span)


def _beside_date(text: str, span: Span, places: Places) -> bool:
    """Whether a weekday only belongs to the exact date beside it."""
    at = bisect_right(places.starts, span.start)
    before = places.spans[at - 1] if at else None
    after = places.spans[at] if at < len(places.spans) else None
    close = after and after.sort in ("day", "day_only") and after.start - span.end < 16
    if close and after and _GAP.fullmatch(text, span.end, after.start):
        return True
    gap = text[before.end : span.start] if before and before.sort == "day" else "far away"
    return len(gap) < 9 and bool(_GAP_AFTER.fullmatch(gap))


def _weeks_and_months(text: str, reader: Reader) -> Iterator[Span]:
    today = reader.today
    monday = today - timedelta(days=today.weekday())
    month_end = _next_month(today) - DAY
    next_end = _next_month(_next_month(today)) - DAY
    for words, first, last, sort in (
        (_MONTH_END, month_end, month_end, "end"),
        (_YEAR_END, date(today.year, 12, 31), date(today.year + 1, 1, 1), "end"),
        (_NEXT_MONTH, _next_month(today), next_end, "month"),
        (_NEXT_WEEK, monday + 7 * DAY, monday + 13 * DAY, "next_week"),
        (_THIS_WEEK, monday + 6 * DAY, monday + 6 * DAY, "end"),
    ):
        for found in _both(words).finditer(text):
            yield Span(found.start(), found.end(), first, last, sort)


@lru_cache(maxsize=16)
def _both(words: tuple[str, ...]) -> re.Pattern[str]:
    """Words between other words; those of scripts without spaces anywhere."""
    latin = any_of(words[:1], end=r"(?![^\W_])").pattern
    return re.compile("|".join([latin, *words[1:]]))


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _words(text: str, reader: Reader) -> Iterator[Span]:
    for words, ahead in ((_IN_TWO_DAYS, 2), (_TOMORROW, 1), (_TODAY, 0)):
        day = reader.today + ahead * DAY
        for found in _both(words).finditer(text):
            yield Span(found.start(), found.end(), day, day, "today" if not ahead else "tomorrow")


@lru_cache(maxsize=1)
def _numbers() -> dict[str, int]:
    return {fold(word): n for n, words in names.NUMBERS.items() for word in words.split()}


def _spans(text: str, reader: Reader) -> Iterator[Span]:
    """ "For ten days", "in two weeks": the day that many days from today."""
    for pattern in (_SPAN, _BARE_SPAN):
        for found in pattern.finditer(text):
            number = int(found["n"]) if found["n"].isdecimal() else _numbers().get(found["n"], 0)
            if not 0 < number <= 60:
                continue
            size = 1 if found["d"] else 7 if found["w"] else 30
            day = reader.today + timedelta(days=number * size)
            yield Span(found.start(), found.end(), day, day, "span")


def _weekday_names(text: str, reader: Reader) -> Iterator[Span]:
    """The next day of that name; "next Tuesday" is Tuesday of next week."""
    monday = reader.today - timedelta(days=reader.today.weekday())
    for found in re.finditer(r"(?<![^\W_])[^\W\d_]{3,14}(?:-feira)?", text):
        word = found.group()
        if word == "mon" and "fr" in reader.languages:
            continue  # "my", not Monday
        number = weekday_of(word)
        if number is None and "曜" in found.group() or "요일" in found.group():
            number = next(
                (n for n in map(weekday_of, _pieces(found.group())) if n is not None), None
            )
        if number is None:
            continue
        left = text[max(found.start() - 14, 0) : found.start()]
        if _NEXT_WEEKDAY.search(left) or _OF_NEXT_WEEK.match(text, found.end()):
            day = monday + timedelta(days=7 + number)
        else:
            day = reader.today + timedelta(days=(number - reader.today.weekday() - 1) % 7 + 1)
        yield Span(found.start(), found.end(), day, day, "weekday")


def _pieces(word: str) -> list[str]:
    return [word[i : i + 3] for i in range(len(word) - 2)]


def _day_numbers(text: str, reader: Reader) -> Iterator[Span]:
    """ "Until the 15th": the next such day."""
    today = reader.today
    for found in _DAY_ONLY.finditer(text):
        ordinal = found["tail"] in ("st", "nd", "rd", "th")
        if not ordinal and not _DAY_ARTICLE.match(found.group()):
            continue
        number = int(found[1])
        months = (today, _next_month(today), _next_month(_next_month(today)))
        days = (make(one.year, one.month, number) for one in months)
        day = next((one for one in days if one and one > today), None)
        if day:
            yield Span(found.start(), found.end(), day, day, "day_only")
