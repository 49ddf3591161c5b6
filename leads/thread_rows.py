"""What a thread is made of on a page: day headings, lines and folded groups, in order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import ClassVar

from django.utils import timezone

from salesagent.lib.text import clean, one_line, plural
from salesagent.templatetags.ui import day_heading, lines

FOLD_FROM = 3
TEXT_LIMIT = 20_000
LONG = 700  # characters; longer texts start folded
HEAD = 420


@dataclass(frozen=True)
class TouchFacts:
    """What outreach knows about a touch. `waiting`: it stands below the thread."""

    name: str = ""
    sender: str = ""
    approved: str = ""
    files: tuple[tuple[str, str], ...] = ()
    waiting: bool = False
    delivery: tuple[str, str] = ("", "")  # words and tint


@dataclass(frozen=True)
class ThreadFacts:
    """`resume`: id of an enrolment that is paused now -> URL that resumes it."""

    touches: Mapping[int, TouchFacts] = field(default_factory=dict)
    resume: Mapping[int, str] = field(default_factory=dict)


@dataclass
class Line:
    """One event, ready for the template. `shape`: msg, card, ev or state."""

    event_id: int
    shape: str
    at: datetime
    icon: str
    channel: str
    title: str
    detail: str = ""
    who: str = ""
    inbound: bool = False
    subject: str = ""
    head: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    chips: list[str] = field(default_factory=list)
    guesses: list[tuple[str, str]] = field(default_factory=list)  # code, words: choose one
    guess: str = ""  # code of the class that holds now; "" while nobody is sure
    approved: str = ""
    files: tuple[tuple[str, str], ...] = ()
    resume_url: str = ""
    more: tuple[str, str] = ("", "")  # address and words of a link
    sortable: bool = False
    delivery: tuple[str, str] = ("", "")
    foldable: bool = False

    @cached_property
    def local(self) -> datetime:
        return timezone.localtime(self.at)

    @property
    def day(self) -> date:
        return self.local.date()

    @property
    def clock(self) -> str:
        return self.local.strftime("%H:%M")

    @property
    def iso(self) -> str:
        return self.local.isoformat(timespec="minutes")

    @property
    def full(self) -> str:
        return self.local.strftime("%A %-d %B %Y, %H:%M")


@dataclass(frozen=True)
class Day:
    day: date
    shape: ClassVar[str] = "day"

    @property
    def label(self) -> str:
        return day_heading(self.day)


@dataclass(frozen=True)
class Fold:
    """Quiet lines in a row behind one summary."""

    lines: list[Line]
    shape: ClassVar[str] = "fold"

    @property
    def event_id(self) -> int:
        return max(line.event_id for line in self.lines)

    @property
    def day(self) -> date:
        return self.lines[0].day

    @property
    def title(self) -> str:
        days = (self.lines[-1].day - self.day).days + 1
        return f"{plural(len(self.lines), 'signal')}{f' in {days} days' if days > 1 else ''}."

    @property
    def detail(self) -> str:
        return one_line(" ".join(line.title for line in self.lines), 150)

    @property
    def many_days(self) -> bool:
        return self.lines[0].day != self.lines[-1].day


Row = Day | Line | Fold


def fold_text(text: str) -> tuple[list[str], list[str]]:
    """Paragraphs to show at once, and all paragraphs when there are more than that (else [])."""
    whole = lines(clean(text[:TEXT_LIMIT]))
    if sum(map(len, whole)) <= LONG and text.count("\n") <= 18:
        return whole, []
    head: list[str] = []
    room = HEAD
    for paragraph in whole:
        if len(paragraph) > room:
            head.append(paragraph[:room].rsplit(" ", 1)[0] + "…")
            break
        head.append(paragraph)
        room -= len(paragraph)
        if len(head) >= 5 or room < 40:
            break
    return head, whole


def arrange(made: Sequence[Line], *, fold: bool, since: date | None = None) -> list[Row]:
    """Day headings in front of each new day; three or more quiet signals in a row become one line.

    `since` is the day that stands last on the page already.
    """
    rows: list[Row] = []
    day = since
    for entry in _folded(made) if fold else made:
        if entry.day != day:
            rows.append(Day(entry.day))
        rows.append(entry)
        day = entry.day
    return rows


def _folded(made: Sequence[Line]) -> Iterator[Line | Fold]:
    for quiet, run in groupby(made, key=lambda line: line.foldable):
        found = list(run)
        if quiet and len(found) >= FOLD_FROM:
            yield Fold(found)
        else:
            yield from found
