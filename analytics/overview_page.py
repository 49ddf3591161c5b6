"""The overview as its page prints it: each number with its change, its base and its leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone

from analytics import overview_cards
from analytics.counts import change
from analytics.counts.change import FEW
from analytics.counts.counting import UNANSWERED
from analytics.counts.funnel import STEPS
from analytics.counts.shares import Share
from analytics.report_charts import Chart, Series
from analytics.report_csv import Table
from analytics.report_page import Frame
from analytics.selectors import costs, hot, numbers, people_reached
from analytics.selectors.halves import Half, halves
from analytics.selectors.numbers import CHANNEL, ZERO, Counts
from analytics.selectors.people_reached import FUNNEL, Reached
from analytics.selectors.period import DAY, Period
from salesagent.accounts.models import Workspace
from salesagent.lib.text import plural
from salesagent.templatetags.ui import channel_label

BY_DAY_UP_TO = 14  # days of a period whose trend is by day
BOOKED = "funnel.booked"
METRICS = (*CHANNEL, "won", *FUNNEL, BOOKED)
STEP_NAMES = dict(
    zip(STEPS, ("Leads", "Contacted", "Replied", "Meeting", "Proposal", "Won"), strict=True)
)


@dataclass(frozen=True)
class Kpi:
    """`good`: True, False or None for a change that is neither; `up`: where the arrow points."""

    label: str
    value: str
    link: str
    base: str = ""
    change: str = ""
    good: bool | None = None
    up: bool | None = None


@dataclass(frozen=True)
class Bar:
    """A step of the funnel; `width` of 100. `share`: of the step before, in words."""

    step: Reached
    name: str
    width: float
    share: str
    link: str

    @property
    def later(self) -> bool:
        """Steps that somebody may have passed without them."""
        return self.name in ("Contacted", "Replied", "Meeting", "Proposal")


@dataclass(frozen=True)
class Rate:
    """A share as it is told: in percent, or in its two numbers where they are few."""

    hits: int
    whole: int
    link: str = ""

    @property
    def text(self) -> str:
        return rate_words(self.hits, self.whole)

    @property
    def few(self) -> bool:
        return self.whole < FEW


@dataclass(frozen=True)
class ChannelRow:
    channel: str
    label: str
    counts: Counts
    links: dict[str, str]
    seen: Rate | None
    replied: Rate | None
    optouts: Rate
    cost: str
    cost_value: Decimal | None


def context(frame: Frame) -> dict[str, Any]:
    now, before = halves(frame.scope, frame.period, frame.before, METRICS)
    steps = people_reached.reached({metric: now.count(metric) for metric in FUNNEL})
    lost = now.count(FUNNEL[-1])
    rows = channel_rows(frame, now)
    return {
        "charts": True,
        "kpis": kpis(frame, now, before),
        "bars": bars(frame, steps),
        "lost": lost,
        "met": steps[STEPS.index("meeting")].count,
        "booked": now.count(BOOKED),
        "booked_link": frame.behind(BOOKED),
        "answered": now.answered.hits,
        "replies": now.count("replies"),
        "lost_link": frame.behind("funnel.lost"),
        "loss": loss_words(steps),
        "trend": trend(frame),
        "by_day": frame.period.length <= BY_DAY_UP_TO,
        "cut": frame.period.length > BY_DAY_UP_TO and is_cut(frame.period),
        "channels": rows,
        "unpriced": any(row.cost == "no price" for row in rows),
        "heat": overview_cards.heat(frame),
        "hot": hot.waiting(frame.scope, timezone.now()),
        "foreseen": overview_cards.foreseen(frame),
        "looks": overview_cards.looks(frame),
        "patterns_url": next((tab.url for tab in frame.tabs if tab.key == "patterns"), ""),
        "empty": not steps[0].count and not now.count("sent") and not before.count("sent"),
    }


def rate_words(hits: int, whole: int) -> str:
    """Never a percent of three."""
    if not whole:
        return f"{hits:,}" if hits else "none"
    return f"{hits:,} of {whole:,}" if whole < FEW else change.share(hits / whole)


# --- the strip -----------------------------------------------------------------------------------


def kpis(frame: Frame, now: Half, before: Half) -> list[Kpi]:
    worked, had = (
        people_reached.distinct(frame.scope, period) for period in (frame.period, frame.before)
    )
    return [
        _counted("Leads worked", worked, had, frame.behind("worked")),
        _rate(frame, "Reply rate", "answered", now.answered, before.answered, "messages"),
        _counted(
            "Meetings booked", now.count("meetings"), before.count("meetings"),
            frame.behind("meetings"),
        ),
        _won(frame, now, before),
        _rate(frame, "Opt-outs", "optouts", _stops(now), _stops(before), "delivered"),
    ]  # fmt: skip


def _counted(label: str, now: int, before: int, link: str) -> Kpi:
    """Of few nothing is good or bad."""
    said = change.of_count(now, before) if now or before else ""
    up = None if now == before else now > before
    return Kpi(label, f"{now:,}", link, "", said, up if before >= FEW else None, up)


def _stops(half: Half) -> Share:
    return Share(half.count("optouts"), half.count("delivered"))


def _rate(frame: Frame, label: str, metric: str, now: Share, before: Share, of: str) -> Kpi:
    """`of`: what the whole is called. More replies are good, more opt-outs are not."""
    link, base = frame.behind(metric), f"{now.hits:,} of {now.whole:,} {of}"
    if not now.whole:  # somebody may stop after messages of earlier days
        if now.hits:
            return Kpi(label, f"{now.hits:,}", link, "nothing delivered in these days")
        return Kpi(label, "n/a", link, "nothing delivered yet")
    value = rate_words(now.hits, now.whole)
    if now.few or before.few:
        return Kpi(label, value, link, f"{of}; few, so no rate" if now.few else base)
    said = change.of_share(now.p, before.p)
    up = None if said == "as before" else (now.p or 0) > (before.p or 0)
    good = None if up is None else up == (metric == "answered")
    return Kpi(label, value, link, base, said, good, up)


def _won(frame: Frame, now: Half, before: Half) -> Kpi:
    """The largest sum large with its own change, other currencies below; never added up."""
    found, then = now.money("won"), before.money("won")
    count, had = (sum(a.count for a in of.values()) for of in (found, then))
    first, *others = [f"{amount.value:,.0f} {unit}" for unit, amount in found.items()] or ["0"]
    base = plural(count, "deal") + "".join(f", {one}" for one in others)
    base += f", {change.of_count(count, had)}" if had and count != had else ""
    unit = next(iter(found or then), "")
    value, was = (of.get(unit, ZERO).value for of in (found, then))
    up = None if value == was else value > was
    said = change.of_money(value, was, unit) if unit else ""
    return Kpi("Won", first, frame.behind("won"), base, said, None, up)


# --- funnel, trend -------------------------------------------------------------------------------


def bars(frame: Frame, steps: Sequence[Reached]) -> list[Bar]:
    top = max((one.count for one in steps), default=0) or 1
    found, before = [], 0
    for one in steps:
        share = rate_words(one.count, before) if before and one.share is not None else ""
        share = f"{one.count / before:.0%}" if before >= FEW else share
        link = frame.behind(f"funnel.{one.step}")
        width = round(100 * one.count / top, 1)
        found.append(Bar(one, STEP_NAMES[one.step], width, share, link))
        before = one.count
    return found


def loss_words(steps: Sequence[Reached]) -> str:
    """ "contacted to replied": only where enough came that far."""
    enough = [one for before, one in zip(steps, steps[1:], strict=False) if before.count >= FEW]
    worst = people_reached.biggest_loss(enough)
    if worst is None:
        return ""
    before = STEPS[STEPS.index(worst.step) - 1]
    return f"{STEP_NAMES[before].lower()} to {STEP_NAMES[worst.step].lower()}"


def trend(frame: Frame) -> Chart:
    """Replies and meetings by week, of a short period by day."""
    metrics = ("replies", "meetings")
    by_day = frame.period.length <= BY_DAY_UP_TO
    read = numbers.daily if by_day else numbers.weekly
    found = read(frame.scope, frame.period, metrics)
    spans = [Period(day, day if by_day else day + 6 * DAY) for day in found]
    values = {metric: [counts[metric] for counts in found.values()] for metric in metrics}
    series = [
        Series(name, values[metric], look, [_cut(frame, metric, span) for span in spans])
        for metric, name, look in (("replies", "Replies", "line"), ("meetings", "Meetings", "dash"))
    ]
    what = "day" if by_day else "week"
    said = ", ".join(
        f"{one.name.lower()} {one.values[0]} in the first {what} and {one.values[-1]} in the last, "
        f"{sum(v or 0 for v in one.values)} in all"
        for one in series
    )
    labels = [f"{day:%-d %b}" for day in found]
    head = "Day" if by_day else "Week of"
    return Chart(
        "trend", f"By {what}: {said}. Numbers are in the table below.", head, labels, series
    )


def _cut(frame: Frame, metric: str, span: Period) -> str:
    """The leads of one week, as far as the period has it."""
    first, last = max(span.first, frame.period.first), min(span.last, frame.period.last)
    return frame.behind(metric, Period(first, last))


def is_cut(period: Period) -> bool:
    return period.first.weekday() != 0 or period.last.weekday() != 6


# --- channels ------------------------------------------------------------------------------------


def channel_rows(frame: Frame, now: Half) -> list[ChannelRow]:
    found = now.channels(CHANNEL)
    unit = Workspace.current().currency
    spent = costs.spent(frame.scope, frame.period, unit)
    order = [
        *(c for c in settings.CHANNELS if c in found),
        *sorted(set(found) - {*settings.CHANNELS}),
    ]
    return [_channel(frame, channel, found[channel], spent.get(channel), unit) for channel in order]


def _channel(
    frame: Frame, channel: str, counts: Counts, spent: costs.Spent | None, unit: str
) -> ChannelRow:
    links = {
        metric: frame.behind(metric, channel=channel)
        for metric in ("sent", "seen", "answered", "meetings", "optouts", "replies")
    }
    whole = counts["delivered"]
    seen = Rate(counts["seen"], whole, links["seen"])
    each = spent.each(counts["meetings"]) if spent else None
    unpriced = spent is not None and bool(spent.unpriced) and not spent.amount
    return ChannelRow(
        channel,
        channel_label(channel) if channel else "No message before",
        counts,
        links,
        seen if seen.hits else None,  # of none nobody may have told us
        None
        if not whole or channel in UNANSWERED
        else Rate(counts["answered"], whole, links["answered"]),
        Rate(counts["optouts"], whole, links["optouts"]),
        "no price" if unpriced else "" if each is None else f"{each:,.2f} {unit}",
        each,
    )


# --- files ---------------------------------------------------------------------------------------


def channel_table(frame: Frame) -> Table:
    now, _ = halves(frame.scope, frame.period, frame.before, CHANNEL)
    unit = Workspace.current().currency
    names = (name.capitalize() if name != "optouts" else "Opt-outs" for name in CHANNEL)
    head = ("Channel", *names, "Answered share", f"Cost per meeting {unit}")
    rows = [
        (row.label, *(row.counts[m] for m in CHANNEL), _share_of(row), row.cost_value)
        for row in channel_rows(frame, now)
    ]
    return Table("channels overview", head, rows)


def _share_of(row: ChannelRow) -> float | None:
    """Empty where the page says n/a."""
    return None if row.channel in UNANSWERED else row.counts.rate("answered")


def funnel_table(frame: Frame) -> Table:
    steps, lost = people_reached.funnel(frame.scope, frame.period)
    rows = [(STEP_NAMES[one.step], one.count, one.share) for one in steps]
    booked = numbers.totals(frame.scope, frame.period, (BOOKED,))[BOOKED].count
    head = ("Step or later", "Leads", "Share of the step before")
    return Table("funnel", head, [*rows, ("Lost", lost, None), ("Meeting booked", booked, None)])


def trend_table(frame: Frame) -> Table:
    """By day or week, as the card has it."""
    by_day = frame.period.length <= BY_DAY_UP_TO
    read = numbers.daily if by_day else numbers.weekly
    found = read(frame.scope, frame.period, ("replies", "meetings", "sent"))
    rows = [(day, c["sent"], c["replies"], c["meetings"]) for day, c in found.items()]
    head = ("Day" if by_day else "Week of", "Sent", "Replies", "Meetings")
    return Table("replies and meetings", head, rows)


def heat_table(frame: Frame) -> Table:
    rows = numbers.heat(frame.scope, frame.period)
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    head = ("Day", *(f"{hour:02}:00" for hour in range(24)))
    return Table(
        "answers by hour", head, [(name, *row) for name, row in zip(names, rows, strict=True)]
    )
