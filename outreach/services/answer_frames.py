"""An answer put together from our own frames. Nothing they wrote goes into it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import dateformat, translation

from outreach.content.answers import DATES, DAYS, FRAMES, HOLE, LOWER, MOMENTS, WEEKDAYS_PL

FALLBACK = "en"
SIGNED = ("email",)  # channels under which the signature is put
GREETED = ("email", "linkedin")


@dataclass(frozen=True)
class Play:
    """The play of the playbook that answers an objection, filled in for the lead."""

    name: str
    answer: str
    question: str


@dataclass(frozen=True)
class Parts:
    """What an answer is made of. `label`: what they meant; `confirmed`: the one time they named.

    `known`: stored sentences that answer their question; `asks_price`: they ask what it costs.
    `span`: the days they name of which none is offered; `missed`: their day, on which nothing is
    free; `call`: they want to be called now, on that number ("" for none that we know).
    """

    label: str
    language: str
    channel: str
    first_name: str = ""
    signature: str = ""
    link: str = ""
    confirmed: datetime | None = None
    offered: tuple[datetime, ...] = ()
    play: Play | None = None
    known: tuple[str, ...] = ()
    asks_price: bool = False
    span: tuple[date, date] | None = None
    missed: date | None = None
    later: bool = False
    call: str | None = None


def language_of(*codes: str) -> str:
    """The first of the codes that we have frames in, else English."""
    short = (code.replace("_", "-").partition("-")[0].lower() for code in codes)
    return next((code for code in short if code in FRAMES), FALLBACK)


def moment(at: datetime, language: str) -> str:
    """A moment as it is written in the language; `at` in the zone of who reads it."""
    return _named(at, language, MOMENTS[language])


def _named(at: date, language: str, form: str) -> str:
    with translation.override(language):
        said = dateformat.format(at, form)
    if language == "pl":
        said = f"{WEEKDAYS_PL[at.weekday()]}, {said}"
    return said.lower() if language in LOWER else said


def _date(at: date, language: str) -> str:
    with translation.override(language):
        said = dateformat.format(at, DATES[language])
    return said.lower() if language in LOWER else said


def write(parts: Parts) -> str:
    """The whole text; "" where nothing should be answered."""
    lines = list(_body(parts)) if parts.label in _BODIES else []
    if not lines:
        return ""
    if parts.channel in GREETED:
        lines.insert(0, _greeting(parts))
    if parts.channel in SIGNED and parts.signature:
        lines.append(parts.signature)
    return "\n\n".join(filter(None, lines))


def _body(parts: Parts) -> Iterable[str]:
    if parts.call is not None:
        return [call_line(parts)]
    if parts.later:
        return [FRAMES[parts.language]["later"], *time_lines(parts)]
    return _BODIES[parts.label](parts)


def call_line(parts: Parts) -> str:
    """They want to be called now: no other day is offered."""
    words = FRAMES[parts.language]
    return words["call_now"].format(number=parts.call) if parts.call else words["which_number"]


def _greeting(parts: Parts) -> str:
    words = FRAMES[parts.language]
    name = parts.first_name.strip()
    return words["greet"].format(first=name) if name else words["greet_plain"]


def standing(language: str, first_name: str) -> str:
    """The sentences of the frames that name no time and no link; what receipts take as known."""
    words = FRAMES[language]
    greeting = words["greet"].format(first=first_name.strip())
    ends = [words["confirm"].partition("{when}")[2], words["offer_open"]]
    plain = [text for name, text in words.items() if "{" not in text and name != "offer_open"]
    return "\n\n".join([greeting, *plain, *ends])


def time_lines(parts: Parts) -> list[str]:
    """A question for a time, and the link to choose one; what receipts take as known."""
    words, lines = FRAMES[parts.language], []
    if parts.confirmed:
        when = moment(parts.confirmed, parts.language)
        return [words["confirm"].format(when=when)]
    if parts.missed:
        day = _named(parts.missed, parts.language, DAYS[parts.language])
        lines.append(words["missed"].format(a=day))
    if parts.span:
        lines.append(_ask(parts.span, parts.language))
    elif len(parts.offered) > 1:
        a, b = (moment(at, parts.language) for at in parts.offered[:2])
        lines.append(words["offer"].format(a=a, b=b))
    elif not parts.link:
        lines.append(words["offer_open"])
    if parts.link:
        lines.append(words["link" if lines else "link_only"].format(link=parts.link))
    return lines


def _ask(span: tuple[date, date], language: str) -> str:
    words, (first, last) = FRAMES[language], span
    if first == last:
        return words["ask_day"].format(a=_named(first, language, DAYS[language]))
    return words["ask_span"].format(a=_date(first, language), b=_date(last, language))


def _price(parts: Parts) -> list[str]:
    return [FRAMES[parts.language]["price"]] if parts.asks_price else []


def _interested(parts: Parts) -> Iterable[str]:
    return [FRAMES[parts.language]["interested"], *_price(parts), *time_lines(parts)]


def _meeting(parts: Parts) -> Iterable[str]:
    return [FRAMES[parts.language]["meeting"], *_price(parts), *time_lines(parts)]


def _question(parts: Parts) -> Iterable[str]:
    words = FRAMES[parts.language]
    yield words["question"]
    if parts.asks_price:
        yield words["price"]
    elif parts.known:
        yield from parts.known
    else:
        yield HOLE
    yield words["question_end"]


def _objection(parts: Parts) -> Iterable[str]:
    words = FRAMES[parts.language]
    if parts.play:
        return [parts.play.answer, parts.play.question]
    return [words["objection"], words["objection_end"]]


def _plain(parts: Parts) -> Iterable[str]:
    return [FRAMES[parts.language]["left" if parts.label == "left_company" else parts.label]]


_BODIES = {
    "interested": _interested,
    "meeting": _meeting,
    "question": _question,
    "objection": _objection,
    "not_interested": _plain,
    "referral": _plain,
    "left_company": _plain,
}
