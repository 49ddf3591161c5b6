"""Dates that are told from today: tomorrow, next week, for ten days, on Monday, until the 15th.

The same terms as autoreply_spans; these are read after it, in what is left of the text.
"""

# ruff: noqa: E501  one language a line reads better than a broken one

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from outreach.mail import autoreply_calendar as names
from outreach.mail.autoreply_fold import any_of, fold
from outreach.mail.autoreply_holidays import holidays
from outreach.mail.autoreply_roles import ABSENT
from outreach.mail.autoreply_spans import PART, Places, Reader, Span, make, weekday_of

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
    "tygodni?[a-z]{0,2}|(?:hela )?nästa vecka|(?:hele )?(?:næste|neste) u[gk]e[nr]?|ensi viikolla|ensi viikon|"
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
    "конца недели|кінця тижня|resten (?:av|af) (?:veckan|uken|ugen)|ut (?:uken|veckan)|ugen ud|(?:koko |lopun )?tämän viikon|loppuvii\\w{1,4}|lopun viikkoa|"
    "(?:el )?resto de la semana|toute (?:la|cette) semaine|(?:le )?reste de la semaine|(?:il )?resto della settimana|(?:tutta )?la settimana in corso|resto da semana|"
    "(?:die )?ganze woche|de rest van de week|hele week|cały tydzień|celý týden|celý týždeň|konca týždňa|kraja tjedna|ovaj tjedan|ovaj tjedna|hafta(?:nın)? sonuna|sfârșitul săptămânii|"
    "τελοσ τησ εβδομαδασ|ezen a héten|egész héten",
    "今週|本周|이번 ?주",
)
_MONTH_END = (
    "(?:the )?end of (?:the|this) month|month'?s end|(?:ende (?:des|dieses) monats|monatsende)|"
    "(?:la )?fin du mois|(?:el )?fin(?:al)?(?:es)? de(?:l| este)? mes|(?:la )?fine (?:del|di questo) mese|"
    "(?:o )?(?:fim|final) d[oe](?:ste)? mês|(?:het )?eind(?:e)? van (?:de|deze) maand|"
    "(?:do )?końca miesiąca|slutet av månaden|månadsskiftet|slutningen af måneden|slutten av måneden|"
    "(?:tämän )?kuun loppuun|konce (?:tohoto )?měsíce|konca mesiaca|hónap végé\\w{0,3}|sfârșitul lunii|"
    "ay sonu\\w{0,3}|конца месяца|кінця місяця|τελοσ του μηνα",
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
    r"dni|dagar|dage|dager|paiv\w{1,4}|dnu|dny|nap\w{0,3}|zile|gun\w{0,3}|д(?:ня|ней|нi|нів|нив)|ημερεσ|dana?)|"
    r"(?P<w>weeks?|wochen?|semaines?|semanas?|settiman[ae]|we(?:ken|ek)|tygodni\w{0,2}|tydzien|veckor|vecka|"
    r"uger?|uken?e?r?|viikko\w{0,3}|viiko\w{1,3}|tydn\w{1,2}|het\w{0,3}|saptaman[ai]|hafta\w{0,3}|tjed\w{1,3}|tyzd\w{1,3}|недел\w{1,2}|"
    r"тижн\w{1,3}|εβδομαδεσ)|"
    r"(?P<f>fortnights?|quincena|quinzaine|quindicina)|"
    r"(?P<m>months?|monate?n?|mois|mes(?:es)?|mesi|mese|maanden|miesi\w{1,4}|manader|maneder|kuukau\w{1,5}|mesic\w{0,3}|mesiac\w{0,3}|mjesec\w{0,2}|luni|honap\w{0,3}|ay|месяц\w{0,2}|місяц\w{0,2}|μην\w{1,2})"
)
_SPAN = re.compile(
    r"(?<![^\W_])(?P<how>for(?: about| the next| the coming| another)?|in|(?:fuer )?die nachsten|fur|"
    r"fuer|in den (?:nachsten|kommenden)|noch|pendant|pour|dans|durante|por|en|tra|fra|per|em|dentro de|"
    r"over|gedurende|voor|przez|za|na|i|om|de nae?ste|de neste|de kommande|kestavan|po|pe|peste|через|на|для|"
    r"(?:los |les |le |las |i |as |os )?(?:proximos|prochains|prochaines|prossim[ie]|proximas)|za|για|το επομενο|"
    r"sljedec\w{1,2}|iduc\w{1,2}|pristi\w{0,2}|nasledujic\w{1,3}|budu\w{1,3}|najblizs\w{1,3}|kolejn\w{1,2}|urmatoarel\w{1,2}|"
    r"ближайш\w{2,3}|следующ\w{2,3}|наступн\w{1,2}|найближч\w{1,2}|επομεν\w{2,3}|onumuzdeki|kovetkezo|seuraav\w{2,3}|timp de)\s"
    r"(?:(?:les|los|las|die|de|the|den|next|nachsten|proxim[oa]s|prossim[ie]|prochaine?s|about|etwa|ca\.?|"
    r"komende|le|las|nasledujicich|sledec\w|urmatoarele|najblizsze|najblizszych|coming|kommenden|nae?ste|neste|nasta|seuraavat)\s){0,2}"
    r"(?P<n>\d{1,2}|[^\W\d_]{1,9})\s(?:prochaine?s |proxim[oa]s |kommende )?(?:"
    + _UNIT
    + r")(?![^\W_])"
)
_BARE_SPAN = re.compile(
    r"(?<![^\W\d_])(?P<n>\d{1,2}|[^\W\d_]{2,9})\s(?:"
    + _UNIT
    + r")(?:\s(?:lang|long|ajan|paasta|kuluttua|mulva|"
    r"sonra|boyunca|off|tavissza|paasta)(?![^\W_]))"
)
_PLAIN_SPAN = re.compile(  # "I'm out two weeks"; only right behind an absence
    r"(?<![^\W\d_])(?P<n>\d{1,2}|[^\W\d_]{2,9})\s(?:" + _UNIT + r")(?![^\W_])"
)
_A_WEEK = re.compile(  # languages that say "for week"
    r"(?<![^\W_])(?:(?:przez|na|на|po|po dobu)\s(?:(?:caly|cely)\s)?(?P<w>tydzien|tyden|tyzden|неделю|тиждень)|"
    r"(?:przez|na|на)\s(?P<m>miesiac|mesic|mesiac|месяц|місяць))(?![^\W_])"
)
_AGO = re.compile(r"\s(?:ago|temu|sedan|siden|sitten|назад)\b")
_NEXT_WEEKDAY = re.compile(
    r"(?:next|nachste[nr]?|kommende[nr]?|prochaine?|proxim[oa]|prossim[oa]|volgende|przyszl\w{1,3}|nasta|"
    r"neste|ensi|pristi)\s$"
)
_GAP = re.compile(
    r"[\s,.(]{0,3}(?:(?:the|den|dem|der|d|le|el|il|dne|am|on|w dniu|dnia|dia|gunu|op|o|pe|τη|στισ|на)[\s.]{1,2})?\(?"
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
    finders = (
        _weekdays_cjk,
        holidays,
        _weekdays_of_next_week,
        _weeks_and_months,
        _words,
        _spans,
        _day_numbers,
    )
    for finder in (*finders, _weekday_names):
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


_WEEK_OF = re.compile(
    r"(?<![^\W_])(?:w/c|wc|(?:the )?week (?:of|commencing|beginning|starting)|woche (?:vom|ab)|(?:la )?semaine du|(?:la )?semana del?|"
    r"(?:la )?settimana del?|(?:de )?week van|ugen fra|uken fra|veckan (?:fran|med start)|tyden od|tygodni\w{0,2} od|viikolla)"
    r"\s(?:(?:the|dem|den)\s)?(?:[^\W\d_]{3,14}(?:-feira)?\.?,?\s(?:the |den |dem |le )?)?$"
)


def week_of(text: str, span: Span) -> Span:
    """ "The week of 10 August" is that week."""
    if span.sort not in ("day", "day_only") or span.begins:
        return span
    found = _WEEK_OF.search(text[max(span.start - 44, 0) : span.start])
    if found is None:
        return span
    monday = span.first - timedelta(days=span.first.weekday())
    start = span.start - len(found.group())
    return replace(span, start=start, first=monday, last=monday + 6 * DAY, sort="week")


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
            span = Span(found.start(), found.end(), first, last, sort)
            yield _part_of_week(text, span) if sort == "next_week" else span


def _part_of_week(text: str, span: Span) -> Span:
    """ "Mid next week" is Wednesday, "the end of next week" its end."""
    left = text[max(span.start - 26, 0) : span.start]
    part = PART.search(left + ("" if left.endswith((" ", "-")) else " "))
    if part is None or part["start"]:
        return span
    day = span.last if part["end"] else span.first + 2 * DAY
    start = span.start - len(left) + part.start()
    return Span(start, span.end, day, day, "end" if part["end"] else "point")


_BEFORE_NEXT_WEEK = re.compile(
    r"([^\W\d_]{3,14}(?:-feira)?),?\s(?:of |der |in der |d[ei] |van |i |w )?$"
)
_BEHIND_NEXT_WEEK = re.compile(
    r",?\s(?:on |am |le |el |op |na |w |we |pa |in |de )?([^\W\d_]{3,14}(?:-feira)?)(?!\s?(?:-|to\b|bis\b|au\b|al\b|t/m|tot\b|do\b))(?![^\W_])"
)


def _weekdays_of_next_week(text: str, reader: Reader) -> Iterator[Span]:
    """ "Thursday next week", "nächste Woche Donnerstag"."""
    monday = reader.today + timedelta(days=7 - reader.today.weekday())
    for found in _both(_NEXT_WEEK[:1]).finditer(text):
        before = _BEFORE_NEXT_WEEK.search(text[max(found.start() - 22, 0) : found.start()])
        behind = _BEHIND_NEXT_WEEK.match(text, found.end())
        for near, start, end in (
            (before, found.start() - len(before.group()) if before else 0, found.end()),
            (behind, found.start(), behind.end() if behind else 0),
        ):
            number = weekday_of(near[1]) if near else None
            if number is not None:
                day = monday + timedelta(days=number)
                yield Span(start, end, day, day, "weekday")


_DAYS_CJK = re.compile(
    r"(下下?周|下下?星期|下週|来週の?|다음 ?주 ?)?(?:(?<=[周週])|周|週|星期|禮拜)?"
    r"(?:([月火水木金土日])曜日?|(?<=[周週期])([一二三四五六日天])|([월화수목금토일])요일)"
)
_NUMBER_CJK = {char: n for n, chars in enumerate(("月一월", "火二화", "水三수", "木四목", "金五금",
                                                  "土六토", "日天일")) for char in chars}  # fmt: skip


def _weekdays_cjk(text: str, reader: Reader) -> Iterator[Span]:
    today = reader.today
    for found in _DAYS_CJK.finditer(text):
        number = _NUMBER_CJK[found[2] or found[3] or found[4]]
        day = today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
        if found[1]:
            day = today + timedelta(days=7 - today.weekday() + number)
        yield Span(found.start(), found.end(), day, day, "weekday")


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
    for found in _A_WEEK.finditer(text):
        day = _ahead(reader.today, 1, found)
        yield Span(found.start(), found.end(), day, day, "span")
    for pattern in (_SPAN, _BARE_SPAN, _PLAIN_SPAN):
        for found in pattern.finditer(text):
            number = int(found["n"]) if found["n"].isdecimal() else _numbers().get(found["n"], 0)
            if not 0 < number <= 60 or (pattern is _PLAIN_SPAN and not _of_absence(text, found)):
                continue
            day = _ahead(reader.today, number, found)
            yield Span(found.start(), found.end(), day, day, "span")


def _of_absence(text: str, found: re.Match[str]) -> bool:
    left = text[max(found.start() - 26, 0) : found.start()].split("\n")[-1]
    clause = re.split(r"[.!?;,:]\s", left)[-1]
    behind = re.split(r"[.!?;,:\n]", text[found.end() : found.end() + 16])[0]
    near = clause + found.group() + behind
    return bool(any_of(ABSENT).search(near)) and not _AGO.match(text, found.end())


def _ahead(today: date, number: int, found: re.Match[str]) -> date:
    """Today and so many days, weeks or months."""
    if found["m"]:
        month = today.month - 1 + number
        return date(today.year + month // 12, month % 12 + 1, min(today.day, 28))
    size = 1 if found.groupdict().get("d") else 7 if found["w"] else 14
    return today + timedelta(days=number * size)


_HOURS = re.compile(  # "Monday to Friday 9-17": office hours
    r"(?:\s?(?:-|to|through|bis|au|a|al|tot|t/m|do|till|til|until|и|по|ja|och|og|und|and|,|och)\s?(?:[^\W\d_]{2,12}(?:-feira)?))?"
    r"[\s,:(]{1,3}(?:from |von |de |dalle |das |van |od |kl\.? |klo |between |zwischen |at )?\d{1,2}(?:[.:h]\d{0,2})?\s?"
    r"(?:am|pm|uhr|h|uur)?\s?(?:-|to|bis|a|alle|as|tot|do|till|til|until|and|und|et)\s?\d{1,2}(?![/\d]|\.\d{1,2}\.|\s[^\W\d_]{4,9}\s)"
)


def _weekday_names(text: str, reader: Reader) -> Iterator[Span]:
    """The next day of that name; "next Tuesday" is Tuesday of next week."""
    monday = reader.today - timedelta(days=reader.today.weekday())
    for found in re.finditer(r"(?<![^\W_])[^\W\d_]{3,14}(?:-feira)?", text):
        word = found.group()
        if word == "mon" and "fr" in reader.languages:
            continue  # "my", not Monday
        number = weekday_of(word)
        if number is None or any(mark in word for mark in ("曜", "요일", "周", "星期")):
            continue
        if _HOURS.match(text, found.end()):
            continue
        left = text[max(found.start() - 14, 0) : found.start()]
        if _NEXT_WEEKDAY.search(left) or _OF_NEXT_WEEK.match(text, found.end()):
            day = monday + timedelta(days=7 + number)
        else:
            day = reader.today + timedelta(days=(number - reader.today.weekday() - 1) % 7 + 1)
        yield Span(found.start(), found.end(), day, day, "weekday")


_WEEKDAY_NUMBER = re.compile(
    r"(?<![^\W_])([^\W\d_]{4,14}(?:-feira)?),?\s(?:(?:the|den|dem|d\.|le|el|il|dia|dne|dnia)\s)?(\d{1,2})(?:st|nd|rd|th|\.)?"
    r"(?!\d|[.:/-]\d|\s?(?:uhr|h\b|am\b|pm\b|:|-|to\b|bis\b|al\b|au\b))"
)


def _weekday_numbers(text: str, today: date) -> Iterator[Span]:
    """ "Tuesday 20": the next 20th where it is a Tuesday."""
    for found in _WEEKDAY_NUMBER.finditer(text):
        number = weekday_of(found[1])
        ahead = (today + timedelta(days=n) for n in range(1, 62)) if number is not None else ()
        fits = (one for one in ahead if one.day == int(found[2]) and one.weekday() == number)
        if day := next(fits, None):
            yield Span(found.start(), found.end(), day, day, "day_only")


def _day_numbers(text: str, reader: Reader) -> Iterator[Span]:
    """ "Until the 15th": the next such day."""
    today = reader.today
    yield from _weekday_numbers(text, today)
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
