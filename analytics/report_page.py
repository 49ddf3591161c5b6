"""The frame that every report stands in: whose numbers, of when, and how fresh they are.

A view calls `frame(request, tab)`, asks the selectors with `frame.scope` and `frame.period`, and
answers with `show(...)`, which also gives its tables as CSV (`?csv=<key>`).
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote_plus, urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from analytics import access, report_period
from analytics.access import NOBODY, Scope
from analytics.report_csv import Table, csv_answer
from analytics.selectors import numbers
from analytics.selectors.freshness import Counted, counted_at
from analytics.selectors.period import Period
from analytics.services import days
from salesagent.accounts.access import current
from salesagent.accounts.models import Team, User
from salesagent.lib.sql import Rows
from salesagent.lib.text import plural

NOBODYS = "none"  # as in the deal board's address
TEAM = "team:"
UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))  # of an age in words
OLD_AFTER = timedelta(minutes=30)  # the count runs every five
TABS = {
    "overview": "Overview",
    "email": "Email",
    "channels": "Channels",
    "cadence": "Cadence",
    "forecast": "Forecast",
    "team": "Team",
    "patterns": "Patterns",
}
DATES = ("period", "from", "to")
SELECTED = mark_safe(" selected")
SEGMENT_KINDS = {"trade": "Trade", "source": "Source"}


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class Chip:
    """A choice that is not the usual one; `remove`: the page without it."""

    label: str
    value: str
    remove: str


@dataclass(frozen=True)
class Frame:
    """`query`: the choices as they stand in the address, kept over all tabs; "" for the usual.

    `people`, `segments`: (value, label, chosen) of the two lists. `error`: what of the address
    could not be read. `strange`: of it, the segment. `periods`: of the period's list.
    """

    tab: str
    user: User
    scope: Scope
    chosen: report_period.Chosen
    owner: str
    segment: str
    whose: str
    counted: Counted
    today: date
    query: str
    tabs: list[Tab]
    people: list[tuple[str, str, bool]]
    segments: list[tuple[str, str, bool]]
    filters: list[Chip] = field(default_factory=list)
    strange: str = ""

    @property
    def period(self) -> Period:
        return self.chosen.period

    @property
    def before(self) -> Period:
        return self.chosen.before

    @property
    def error(self) -> str:
        return " ".join(part for part in (self.chosen.error, self.strange) if part)

    @property
    def start(self) -> str:
        """The query to put more behind: `{{ frame.start }}csv=channels`."""
        return f"?{self.query}&" if self.query else "?"

    @property
    def periods(self) -> list[tuple[str, str, bool]]:
        return [(k, name, k == self.chosen.key) for k, name in report_period.CHOICES.items()]

    @property
    def span(self) -> str:
        return span_words(self.period, self.today)

    @property
    def before_span(self) -> str:
        return span_words(self.before, self.today)

    @property
    def old(self) -> bool:
        """Whether the count should have run again long since."""
        at = self.counted.at
        return at is not None and timezone.now() - at > OLD_AFTER

    @property
    def counted_words(self) -> str:
        """ "counted 4 minutes ago"."""
        at = self.counted.at
        if at is None:
            return "being counted for the first time"
        more = ", a count runs" if self.counted.working else ""
        return f"counted {_ago(int((timezone.now() - at).total_seconds()))}{more}"

    def behind(self, metric: str, period: Period | None = None, **more: Any) -> str:
        """Address of the leads behind a number of this page; `more`: channel, slot, sequence..."""
        asked = "".join(f"&{name}={_quoted(str(value))}" for name, value in more.items())
        asked = f"metric={_quoted(metric)}{asked}"
        if period is None:
            return f"{self._leads}{asked}"
        first, last = period.first.isoformat(), period.last.isoformat()
        return f"{self._leads_in}{asked}&period={report_period.OWN}&from={first}&to={last}"

    @cached_property
    def _leads(self) -> str:
        """A page has a hundred of these links."""
        return f"{reverse('analytics:leads')}{self.start}"

    @cached_property
    def _leads_in(self) -> str:
        kept = urlencode([pair for pair in self._pairs() if pair[0] not in DATES])
        return f"{reverse('analytics:leads')}?{kept}{'&' if kept else ''}"

    @property
    def period_options(self) -> SafeString:
        return options(self.periods)

    @property
    def people_options(self) -> SafeString:
        return options(self.people)

    @property
    def segment_options(self) -> SafeString:
        return options(self.segments)

    def _pairs(self) -> list[tuple[str, str]]:
        return _pairs(self.chosen, self.owner, self.segment)


@lru_cache(maxsize=2048)
def _quoted(text: str) -> str:
    return quote_plus(text)


def options(choices: Iterable[tuple[str, str, bool]]) -> SafeString:
    """(value, label, chosen) as a list's options; each report has three such lists."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, SELECTED if chosen else "", label) for value, label, chosen in choices),
    )


def frame(request: HttpRequest, tab: str) -> Frame:
    """What the address asks for. Http404 for somebody whose numbers the user may not see."""
    user = current(request)
    given = request.GET
    owner = str(given.get("owner", ""))[:20]
    segment, strange = _segment(str(given.get("segment", "")))
    counted = counted_at()
    scope = replace(scope_of(user, owner, segment), stamp=counted.stamp)
    today = days.today()
    chosen = report_period.read(given, today)
    people, segments = _people(user, owner), _segments(user, segment, counted.stamp)
    names = {value: label for value, label, _ in people}
    if owner.isdigit() and owner not in names:  # nobody has this number
        raise Http404
    whose = names.get(owner, "") if owner else _all_words(user, people)
    query = urlencode(_pairs(chosen, owner, segment))
    return Frame(
        tab=tab,
        user=user,
        scope=scope,
        chosen=chosen,
        owner=owner,
        segment=segment,
        whose=whose,
        counted=counted,
        today=today,
        query=query,
        tabs=tabs(tab, query),
        people=people if len(people) > 1 else [],
        segments=segments,
        filters=_chips(chosen, owner, segment, whose, today),
        strange=strange,
    )


def scope_of(user: User, owner: str, segment: str = "") -> Scope:
    """`owner` as in the address: "" all that the user sees, a user's id, "none", "team:3"."""
    if not owner:
        return access.scope_for(user, None, segment)
    if owner == NOBODYS:
        return access.scope_for(user, NOBODY, segment)
    number = owner.removeprefix(TEAM)
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Http404
    if owner.startswith(TEAM):
        return access.scope_for_team(user, int(number), segment)
    return access.scope_for(user, int(number), segment)


def show(
    request: HttpRequest,
    found: Frame,
    template: str,
    context: Mapping[str, Any],
    tables: Mapping[str, Callable[[], Table]] | None = None,
) -> HttpResponse:
    """The page, or with `?csv=<key>` one of its tables as a file."""
    asked = request.GET.get("csv")
    if asked is None:
        return render(request, template, {"page": "analytics", "frame": found, **context})
    if found.error:  # a file does not say that it is about other days
        return HttpResponseBadRequest(found.error, content_type="text/plain; charset=utf-8")
    if asked not in (tables or {}):
        raise Http404
    table = (tables or {})[asked]()
    when = f"{found.today}" if table.now else f"{found.period.first} {found.period.last}"
    name = f"{table.name} {when}".replace(" ", "-")
    return cast(HttpResponse, csv_answer(request, name, table.head, table.rows))


def tabs(current_tab: str, query: str) -> list[Tab]:
    return [
        Tab(key, label, f"{url}?{query}" if query else url, key == current_tab)
        for key, label, url in _tab_urls()
    ]


@lru_cache(maxsize=1)
def _tab_urls() -> list[tuple[str, str, str]]:
    """Those that there are."""
    found = []
    for key, label in TABS.items():
        with suppress(NoReverseMatch):
            found.append((key, label, reverse(f"analytics:{key}")))
    return found


def span_words(period: Period, today: date) -> str:
    """ "23 Oct to 21 Nov", with years where they are not both this one."""
    year = today.year
    same = period.first.year == period.last.year == year
    first, last = (_day(day, with_year=not same) for day in (period.first, period.last))
    return first if period.first == period.last else f"{first} to {last}"


def _ago(seconds: int) -> str:
    if seconds < 60:  # what happened in this minute may not be in it
        return f"{plural(max(1, seconds), 'second')} ago"
    length, name = next(unit for unit in UNITS if seconds >= unit[0])
    return f"{plural(seconds // length, name)} ago"


def _day(day: date, *, with_year: bool) -> str:
    return f"{day:%-d %b %Y}" if with_year else f"{day:%-d %b}"


def _dates(period: Period) -> dict[str, str]:
    first, last = period.first.isoformat(), period.last.isoformat()
    return {"period": report_period.OWN, "from": first, "to": last}


def _pairs(chosen: report_period.Chosen, owner: str, segment: str) -> list[tuple[str, str]]:
    kept: list[tuple[str, str]] = []
    if chosen.key == report_period.OWN:
        kept += _dates(chosen.period).items()
    elif chosen.key != report_period.USUAL:
        kept.append(("period", chosen.key))
    return [*kept, *((k, v) for k, v in (("owner", owner), ("segment", segment)) if v)]


def _segment(asked: str) -> tuple[str, str]:
    """(segment, what is wrong with it); one that nobody has is a page of zeros."""
    asked = asked.replace("\x00", "")
    kind, _, name = asked.partition(":")
    if not asked or (kind in SEGMENT_KINDS and name):
        return asked[:90], ""
    return "", f"There is no segment “{asked[:40]}”. These are all segments."


def segment_words(segment: str) -> str:
    kind, _, name = segment.partition(":")
    return f"{SEGMENT_KINDS.get(kind, kind)}: {name}"


def _all_words(user: User, people: list[tuple[str, str, bool]]) -> str:
    if user.is_owner:
        return "everybody"
    return "whole team" if len(people) > 1 else "your own"


_TEAMS = Rows(lambda: Team.objects.filter(members__isnull=False).distinct())


def _people(user: User, owner: str) -> list[tuple[str, str, bool]]:
    """Teams for the owner, then people, then nobody; a rep alone has nothing to choose."""
    found = [(str(one.pk), str(one)) for one in access.people(user)]
    if user.is_owner:
        found = [*((f"{TEAM}{one.pk}", f"Team {one.name}") for one in _TEAMS.all()), *found]
    if user.is_manager:
        found.append((NOBODYS, "Nobody's leads"))
    return [(value, label, value == owner) for value, label in found]


def _segments(user: User, segment: str, stamp: str) -> list[tuple[str, str, bool]]:
    found = numbers.segments(replace(access.scope_for(user), stamp=stamp))
    if segment and segment not in found:
        found.append(segment)
    return [(one, segment_words(one), one == segment) for one in found]


def _chips(
    chosen: report_period.Chosen, owner: str, segment: str, whose: str, today: date
) -> list[Chip]:
    found: list[tuple[str, str, tuple[str, ...]]] = []
    if chosen.key != report_period.USUAL:
        name = report_period.CHOICES[chosen.key]
        value = span_words(chosen.period, today) if chosen.key == report_period.OWN else name
        found.append(("Period", value, DATES))
    if owner:
        found.append(("Owner", whose, ("owner",)))
    if segment:
        found.append(("Segment", segment_words(segment), ("segment",)))
    pairs = _pairs(chosen, owner, segment)
    return [
        Chip(label, value, "?" + urlencode([pair for pair in pairs if pair[0] not in gone]))
        for label, value, gone in found
    ]
