"""An answer put together from our own frames. Nothing they wrote goes into it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import dateformat, translation

from outreach.content.answers import FRAMES, HOLE, MOMENTS

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


def language_of(*codes: str) -> str:
    """The first of the codes that we have frames in, else English."""
    short = (code.replace("_", "-").partition("-")[0].lower() for code in codes)
    return next((code for code in short if code in FRAMES), FALLBACK)


def moment(at: datetime, language: str) -> str:
    """A moment as it is written in the language; `at` in the zone of who reads it."""
    with translation.override(language):
        return dateformat.format(at, MOMENTS[language])


def write(parts: Parts) -> str:
    """The whole text; "" where nothing should be answered."""
    lines = list(_BODIES[parts.label](parts)) if parts.label in _BODIES else []
    if not lines:
        return ""
    if parts.channel in GREETED:
        lines.insert(0, _greeting(parts))
    if parts.channel in SIGNED and parts.signature:
        lines.append(parts.signature)
    return "\n\n".join(filter(None, lines))


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
    if len(parts.offered) > 1:
        a, b = (moment(at, parts.language) for at in parts.offered[:2])
        lines.append(words["offer"].format(a=a, b=b))
    elif not parts.link:
        lines.append(words["offer_open"])
    if parts.link:
        lines.append(words["link" if lines else "link_only"].format(link=parts.link))
    return lines


def _interested(parts: Parts) -> Iterable[str]:
    return [FRAMES[parts.language]["interested"], *time_lines(parts)]


def _meeting(parts: Parts) -> Iterable[str]:
    return [FRAMES[parts.language]["meeting"], *time_lines(parts)]


def _question(parts: Parts) -> Iterable[str]:
    words = FRAMES[parts.language]
    yield words["question"]
    if parts.asks_price:
        yield words["price"]
        yield HOLE
    elif parts.known:
        yield from parts.known
    else:
        yield words["unknown"]
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
