"""Holidays that an absence note names instead of a date: Easter, Christmas, New Year.

Only where the day back is plain: "back after Easter", "closed between Christmas and New Year".
"We close for Easter" alone names no day. Western Easter by the Gregorian rule (Meeus), and the
Orthodox one (Julian rule, 13 days apart until 2099) for the languages of those churches.
"""

# ruff: noqa: E501  one language a line reads better than a broken one

import re
from collections.abc import Iterator
from datetime import date, timedelta

from outreach.mail.autoreply_fold import any_of
from outreach.mail.autoreply_spans import Reader, Span

DAY = timedelta(days=1)
_ORTHODOX = frozenset(("el", "ru", "uk", "ro", "bg", "sr"))
_EASTER = (
    "easter(?: monday| weekend| break)?|ostern|ostermontag|osterfeiertagen?|pâques|semana santa|pascua|pasqua|pasquetta|páscoa|"
    "pasen|paasdagen|wielkanoc\\w{0,2}|påsk\\w{0,6}|påske\\w{0,5}|pääsiäi\\w{2,6}|velikonoc\\w{0,5}|veľk\\w{1,3} no[cč]\\w{0,3}|húsvét\\w{0,5}|paşte\\w{0,2}|"
    "uskrs\\w{0,3}|пасх\\w{1,2}|великод\\w{1,4}|πασχα",
)
_CHRISTMAS = (
    "christmas(?: day| break| holidays?)?|xmas|weihnacht\\w{0,4}|weihnachtsfeiertagen?|noël|navidad\\w{0,2}|natale|natal|kerst\\w{0,9}|bożym narodzeni\\w|"
    "świąt\\w{0,3}|jul(?:en|helgen)?|joulu\\w{0,4}|vánoc\\w{0,5}|vianoc\\w{0,5}|karácsony\\w{0,4}|crăciun\\w{0,3}|božić\\w{0,2}|рождеств\\w{1,3}|різдв\\w{1,2}|χριστουγενν\\w{1,2}",
)
_NEW_YEAR = (
    "new year(?:'?s)?(?: day| eve)?|the holidays|the holiday season|neujahr\\w{0,4}|silvester|(?:le |du )?(?:jour de l'an|nouvel an)|(?:el )?año nuevo|capodanno|(?:o )?ano novo|"
    "(?:oud en )?nieuwjaar\\w{0,5}|(?:het )?nieuwe jaar|nowym roku|nyår\\w{0,5}|nytår\\w{0,4}|nyttår\\w{0,4}|uudenvuo\\w{2,8}|nov\\w{1,3} ro\\w{1,3}|újév\\w{0,4}|anul nou|yılbaşı\\w{0,5}|"
    "nov\\w{1,3} godin\\w|нов\\w{2,3} год\\w{1,2}|нов\\w{2,3} ро\\w{2,4}|πρωτοχρονια\\w{0,1}|års?skiftet|(?:den |die )?(?:feier|fest)tagen?|les fêtes|las fiestas|le (?:feste|festività)|as festas|de feestdagen|świętach|helgerna|helligdagene|svát\\w{1,4}",
    "年末年始|元旦|お正月|春节后",
)
_AFTER = (
    "after(?: the)?|nach(?: den| dem)?|après|después de|pasad[ao]s?|tras|dopo|depois d[eao]s?|após|na(?: de)?|po|efter|etter|"
    "jälkeen|után|după|после|після|μετα (?:το|τα|την)?|nakon",
)
_BEHIND = re.compile(r"\s(?:jalkeen|utan|sonra|jalkeisen\w{0,3})")
_BETWEEN = (
    "between christmas and (?:the )?new year(?:'?s)?|zwischen (?:den jahren|weihnachten und neujahr|den feiertagen)|entre (?:noël et (?:le )?(?:nouvel an|jour de l'an)|navidad y (?:año nuevo|reyes)|o natal e o ano novo)|"
    "tra natale e capodanno|tussen kerst(?:mis)? en (?:oud en )?nieuwjaar|między świętami(?: a nowym rokiem)?|mellan jul och nyår|mellandagarna|(?:mellem|mellom) jul og ny(?:tt?)år|romjul\\w{0,2}|over jul og ny(?:tt?)år|över jul och nyår|"
    "(?:over|for|during) christmas and (?:the )?new year(?:'?s)?|über weihnachten und (?:neujahr|silvester)|joulun ja uudenvuoden|mezi svátky|medzi sviatkami|két ünnep között|između božića i nove godine",
)


def easter(year: int) -> date:
    """Western Easter Sunday (Meeus, Astronomical Algorithms, chapter 8)."""
    golden, century, rest = year % 19, year // 100, year % 100
    shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - shift + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * week) // 451
    month, day = divmod(epact + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def orthodox_easter(year: int) -> date:
    """Orthodox Easter Sunday in the Gregorian calendar, of 1900 to 2099 (Meeus)."""
    moon = (19 * (year % 19) + 15) % 30
    week = (2 * (year % 4) + 4 * (year % 7) - moon + 34) % 7
    month, day = divmod(moon + week + 114, 31)
    return date(year, month, day + 1) + timedelta(days=13)


def holidays(text: str, reader: Reader) -> Iterator[Span]:
    """The stretch of a holiday that is behind "after", and of those between the years."""
    today = reader.today
    turn = date(today.year if today.month > 1 else today.year - 1, 12, 31)
    for found in any_of(_BETWEEN).finditer(text):
        yield Span(found.start(), found.end(), turn, turn + DAY, "holiday")
    for words, last in ((_EASTER, _easter_monday(reader)), (_NEW_YEAR, turn + DAY),
                        (_CHRISTMAS, date(today.year, 12, 26))):  # fmt: skip
        for start, end in _named(words, text):
            yield Span(start, end, last, last, "holiday")


def _named(words: tuple[str, ...], text: str) -> Iterator[tuple[int, int]]:
    """Places of a holiday with "after" before it or behind it, that word with it."""
    for found in any_of(words[:1], end=r"(?![^\W_])").finditer(text):
        left = text[max(found.start() - 16, 0) : found.start()]
        before = any_of(_AFTER, end=r"\s$").search(left)
        behind = _BEHIND.match(text, found.end())
        if before:
            yield found.start() - len(left) + before.start(), found.end()
        elif behind:
            yield found.start(), behind.end()


def _easter_monday(reader: Reader) -> date:
    rule = orthodox_easter if reader.languages & _ORTHODOX else easter
    day = rule(reader.today.year) + DAY
    return day if day >= reader.today else rule(reader.today.year + 1) + DAY
