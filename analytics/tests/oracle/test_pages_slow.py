"""What the reports print, against the same rules written a second time in SQL."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from analytics.access import EVERYBODY, NOBODY, Scope
from analytics.selectors.period import Period
from analytics.tests.oracle import figures, reading
from analytics.tests.oracle.world import NOON, World
from outreach.models import Sequence, Step
from salesagent.templatetags.ui import channel_label

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.timeout(300)]

CHANNEL = [
    *("sent", "delivered", "bounced", "seen", "clicked", "answered"),
    *("replies", "meetings", "optouts", "complaints"),
]
FUNNEL = ["came", "contacted", "replied", "meeting", "proposal", "won"]
DAY = timedelta(days=1)
MUTE = (("answered", "phone"), ("answered", "post"))  # nobody answers that way
PERIODS = {
    "": Period(date(2026, 10, 22), date(2026, 11, 20)),
    "period=own&from=2026-02-27&to=2026-05-03": Period(date(2026, 2, 27), date(2026, 5, 3)),
    "period=own&from=2026-10-25&to=2026-10-25": Period(date(2026, 10, 25), date(2026, 10, 25)),
    "period=last-month": Period(date(2026, 10, 1), date(2026, 10, 31)),
}


def _ids(world: World, *names: str) -> tuple[int, ...]:
    return tuple(world.users[name].pk for name in names)


# who looks, what the address says, whose numbers that is
LOOKS: dict[str, tuple[str, Callable[[World], str], Callable[[World], Scope]]] = {
    "the owner": ("ines", lambda world: "", lambda world: Scope((EVERYBODY,))),
    "nobody's": ("ines", lambda world: "owner=none", lambda world: Scope((NOBODY,))),
    "one's": (
        "ines", lambda world: f"owner={world.users['cleo'].pk}",
        lambda world: Scope(_ids(world, "cleo")),
    ),
    "a team": (
        "ines", lambda world: f"owner=team:{world.users['ada'].team_id}",
        lambda world: Scope((*_ids(world, "ada", "ben", "mara"), NOBODY)),
    ),
    "a manager": (
        "mara", lambda world: "", lambda world: Scope((*_ids(world, "ada", "ben", "mara"), NOBODY)),
    ),
    "a rep": ("ben", lambda world: "", lambda world: Scope(_ids(world, "ben"))),
    "a segment": (
        "ines", lambda world: "segment=trade:dentist: all",
        lambda world: Scope((EVERYBODY,), "trade:dentist: all"),
    ),
}  # fmt: skip


@dataclass
class Look:
    client: Any
    query: str
    scope: Scope
    period: Period

    def get(self, path: str, more: str = "") -> Any:
        return self.client.get(f"{path}?{self.query}&{more}")

    def file(self, path: str, key: str) -> list[list[str]]:
        return reading.rows_of(self.get(path, f"csv={key}"))

    def page(self, path: str) -> Any:
        return reading.page_of(self.get(path))

    @property
    def before(self) -> Period:
        """As many days before; a whole month is compared with the month before."""
        if "last-month" in self.query:
            return Period(date(2026, 9, 1), date(2026, 9, 30))
        length = (self.period.last - self.period.first).days + 1
        return Period(self.period.first - length * DAY, self.period.first - DAY)


@pytest.fixture(
    params=[pytest.param((who, when), id=f"{who} {when}") for who in LOOKS for when in PERIODS]
)
def look(request: Any, people: World, as_user: Callable[[Any], Any]) -> Iterator[Look]:
    who, when = request.param
    name, query, scope = LOOKS[who]
    with time_machine.travel(NOON, tick=False):
        client = as_user(people.users[name])
        asked = "&".join(part for part in (when, query(people)) if part)
        yield Look(client, asked, scope(people), PERIODS[when])


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def test_the_files_of_the_overview(look: Look) -> None:
    want = figures.channels(look.scope, look.period, CHANNEL)
    found = look.file("/analytics/", "channels")
    assert {row[0]: [int(cell) for cell in row[1:11]] for row in found} == {
        _label(channel): [of.get(name, 0) for name in CHANNEL] for channel, of in want.items()
    }
    for row in found:
        delivered, answered = int(row[2]), int(row[6])
        told = delivered and row[0] not in (_label("phone"), _label("post"))
        share = round(answered / delivered, 6) if told else None
        assert _number(row[11]) == (None if share is None else Decimal(str(share)))
    ends = (*FUNNEL, "lost", "booked")
    reached = figures.totals(look.scope, look.period, [f"funnel.{name}" for name in ends])
    steps = [row[1] for row in look.file("/analytics/", "funnel")]
    assert [int(cell) for cell in steps] == [
        reached.get(f"funnel.{name}", (0,))[0] for name in ends
    ]


def test_the_files_of_when(look: Look) -> None:
    metrics = ["sent", "replies", "meetings"]
    by_week = look.period.length > 14
    read = figures.weekly if by_week else figures.daily
    want = read(look.scope, look.period, metrics)
    found = {date.fromisoformat(row[0]): row[1:] for row in look.file("/analytics/", "trend")}
    assert list(found) == list(look.period.mondays() if by_week else look.period.days())
    for day, cells in found.items():
        assert [int(cell) for cell in cells] == [want.get(day, {}).get(n, 0) for n in metrics]
    warm = figures.heat(look.scope, look.period)
    for weekday, row in enumerate(look.file("/analytics/", "heat")):
        assert [int(cell) for cell in row[1:]] == [warm.get(weekday * 24 + h, 0) for h in range(24)]


def _label(channel: str) -> str:
    return channel_label(channel) if channel else "No message before"


def _sum(look: Look, metric: str, period: Period | None = None) -> int:
    return int(figures.totals(look.scope, period or look.period, [metric]).get(metric, (0,))[0])


def test_the_overview(look: Look) -> None:
    page = look.page("/analytics/")
    kpis = {
        reading.text(one.find_class("k")[0]): [reading.text(part) for part in list(one)[1:]]
        for one in page.find_class("kpi")
    }
    worked = len(figures.leads(look.scope, look.period, ["sent"]))
    assert reading.figure(kpis["Leads worked"][0]) == worked
    assert reading.figure(kpis["Meetings booked"][0]) == _sum(look, "meetings")
    stops = _sum(look, "optouts"), _sum(look, "delivered")
    replies = figures.answered(look.scope, look.period)
    for name, (hits, whole), of in (
        ("Reply rate", replies, "messages"), ("Opt-outs", stops, "delivered")
    ):  # fmt: skip
        assert kpis[name][0] == (reading.rate(hits, whole) if whole else "n/a")
        if whole >= reading.FEW:
            assert f"{hits:,} of {whole:,} {of}" in kpis[name]
    won = figures.money(look.scope, look.period, "won")
    told = " ".join(kpis["Won"])
    for unit, (_, value) in won.items():
        assert f"{value:,.0f} {unit}" in told
    assert f"{sum(count for count, _ in won.values())} deal" in told
    assert _changed(kpis["Leads worked"]) == _change(
        worked, len(figures.leads(look.scope, look.before, ["sent"]))
    )
    assert _changed(kpis["Meetings booked"]) == _change(
        _sum(look, "meetings"), _sum(look, "meetings", look.before)
    )
    _channel_table(look, page)
    _funnel_and_trend(look, page)


def _changed(parts: list[str]) -> str:
    return parts[1] if len(parts) > 1 else ""


def _change(now: int, before: int) -> str:
    if now == before:
        return "as before" if now else ""
    word = "more" if now > before else "fewer"
    gap = abs(now - before)
    return f"{100 * gap / before:.0f}% {word}" if before >= reading.FEW else f"{gap} {word}"


def _channel_table(look: Look, page: Any) -> None:
    want = figures.channels(look.scope, look.period, CHANNEL)
    found = reading.table(page, "Channels compared")
    assert set(found) == {_label(channel) for channel in want}
    for channel, of in want.items():
        sent, seen, replied, meetings, optouts, _ = found[_label(channel)]
        whole = of.get("delivered", 0)
        assert reading.figure(sent) == of.get("sent", 0)
        assert reading.figure(meetings) == of.get("meetings", 0)
        for cell, metric in ((seen, "seen"), (replied, "answered"), (optouts, "optouts")):
            hits = of.get(metric, 0)
            assert cell in (reading.rate(hits, whole) if whole else f"{hits:,}", "n/a")
            if of.get(metric) and whole and (metric, channel) not in MUTE:
                assert cell != "n/a"


def _funnel_and_trend(look: Look, page: Any) -> None:
    bars = [
        reading.figure(reading.text(one)) for one in page.find_class("funnel")[0].find_class("n")
    ]
    assert bars == [_sum(look, f"funnel.{name}") for name in FUNNEL]
    read = figures.weekly if look.period.length > 14 else figures.daily
    want = read(look.scope, look.period, ["replies", "meetings"])
    found = reading.table(
        page, f"Replies and meetings by {'week' if read is figures.weekly else 'day'}"
    )
    for day, of in want.items():
        cells = found[f"{day:%-d %b}"]
        assert [reading.figure(cell) for cell in cells] == [
            of.get("replies", 0), of.get("meetings", 0)
        ]  # fmt: skip
    assert sum(reading.figure(row[0]) for row in found.values()) == _sum(look, "replies")


def test_the_channels(look: Look) -> None:
    want = figures.channels(look.scope, look.period, CHANNEL)
    want = {
        channel: of for channel, of in want.items()
        if any(of.get(name) for name in (("sent",) if channel else ()) + ("meetings", "optouts"))
    }  # fmt: skip
    found = look.file("/analytics/channels/", "channels")
    names = {channel: _label(channel) if channel else "None before" for channel in want}
    assert {row[0] for row in found} == set(names.values())
    for row in found:
        of = next(want[channel] for channel, name in names.items() if name == row[0])
        cells = [int(cell) for cell in (*row[1:5], *row[8:10])]
        wanted = ("sent", "delivered", "seen", "answered", "meetings", "optouts")
        assert cells == [of.get(name, 0) for name in wanted]
        if row[0] == _label("phone"):
            assert row[5:8] == ["", "", ""]  # nobody answers a call with a call
        elif cells[1]:
            share, low, high = (float(cell) for cell in row[5:8])
            assert share == pytest.approx(cells[3] / cells[1], abs=1e-6)
            assert 0 <= low <= share <= high <= 1
    shown = reading.table(look.page("/analytics/channels/"), "Channels compared")
    for channel, of in want.items():
        if channel:
            sent, delivered, _, replied, *_ = shown[names[channel]]
            assert reading.figure(sent) == of.get("sent", 0)
            assert reading.figure(delivered) == of.get("delivered", 0)
            hits, whole = of.get("answered", 0), of.get("delivered", 0)
            assert replied in (reading.rate(hits, whole), "n/a", "none", f"{hits} of {whole}")


MAIL = [
    *("sent", "delivered", "bounced", "clicked", "answered", "optouts", "complaints", "replies")
]


def test_the_mails(look: Look) -> None:
    weeks = figures.weekly(look.scope, look.period, MAIL, "email")
    found = {date.fromisoformat(row[0]): row[1:] for row in look.file("/analytics/email/", "weeks")}
    assert set(weeks) <= set(found)
    for monday, cells in found.items():
        assert [int(cell) for cell in cells] == [weeks.get(monday, {}).get(n, 0) for n in MAIL]
    of = figures.channels(look.scope, look.period, MAIL).get("email", {})
    told = {
        reading.text(one.find_class("k")[0]): reading.text(one.find_class("v")[0])
        for one in look.page("/analytics/email/").find_class("kpi")
    }
    assert reading.figure(told["Sent"]) == of.get("sent", 0)
    if of.get("delivered"):
        assert told["Delivered"] == reading.rate(of["delivered"], of["sent"])
        for name, metric in (("Replied", "answered"), ("Opt-outs", "optouts")):
            assert told[name] == reading.rate(of.get(metric, 0), of["delivered"])


def test_the_texts_of_mails(look: Look) -> None:
    """By the letter that each text has in its touch; other channels of the touch are not in it."""
    names = ["sent", "delivered", "bounced", "clicked", "answered", "meetings", "optouts"]
    titles = dict(Sequence.objects.values_list("pk", "name"))
    steps = {key.hex: name for key, name in Step.objects.values_list("key", "name")}
    found = figures.steps(look.scope, look.period, [f"step.{name}" for name in names])
    want = {
        (titles[sequence], steps[step], letter): [of.get(name, 0) for name in names]
        for (sequence, step, letter, channel), of in found.items() if channel == "email"
    }  # fmt: skip
    rows = look.file("/analytics/email/", "texts")
    assert {
        (row[0], row[1], row[2]): [int(cell) for cell in (*row[4:9], *row[12:14])]
        for row in rows
    } == want  # fmt: skip
    assert len(rows) == len(want)


def test_the_cadence(look: Look) -> None:
    """Steps stand under the place that they have now, whatever version sent."""
    metrics = ["sent", "delivered", "bounced", "answered", "meetings", "optouts"]
    want: dict[tuple[str, int], dict[str, int]] = {}
    names = dict(Sequence.objects.values_list("pk", "name"))
    places = dict(Step.objects.filter(until_version=None).values_list("key", "position"))
    by_key = {key.hex: position for key, position in places.items()}
    asked = [f"step.{name}" for name in metrics]
    for (sequence, step, _, _), of in figures.steps(look.scope, look.period, asked).items():
        into = want.setdefault((names[sequence], by_key[step]), {})
        for name, count in of.items():
            into[name] = into.get(name, 0) + count
    rows = look.file("/analytics/cadence/", "cadence")
    found = {(row[0], int(row[1])): row for row in rows}
    assert set(want) <= set(found)
    for key, row in found.items():
        of = want.get(key, {})
        assert [int(cell) for cell in row[6:12]] == [of.get(name, 0) for name in metrics]
        if of.get("waited"):
            days = of["waited"] / of["sent"] / 86400
            assert float(row[12]) == pytest.approx(days, abs=1e-5)


@pytest.mark.parametrize("path", ["", "channels/", "email/", "cadence/"])
def test_each_link_leads_to_what_its_number_counts(
    people: World, as_user: Callable[[Any], Any], path: str
) -> None:
    """Everybody and a team with nobody's, over a period with a change of the clocks."""
    when = "period=own&from=2026-10-20&to=2026-11-05"
    for who in ("the owner", "a manager"):
        name, _, scope = LOOKS[who]
        with time_machine.travel(NOON, tick=False):
            client = as_user(people.users[name])
            page = reading.page_of(client.get(f"/analytics/{path}?{when}"))
            told = list(reading.links(page))
            assert len(told) > 10
            for says, address, asked in told:
                _behind(client, scope(people), says, address, asked)


def _behind(client: Any, scope: Scope, says: str, address: str, asked: dict[str, str]) -> None:
    period = Period(date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"]))
    count = figures.behind(scope, period, asked)
    page = reading.page_of(client.get(address))
    head = next(one for one in page.iter("section") if one.find(".//h2[@id='ev']") is not None)
    total = head.find_class("muted")[0]
    assert reading.figure(reading.text(total)) == count, address
    if says.replace(",", "").isdigit():
        assert reading.figure(says) == count, address
