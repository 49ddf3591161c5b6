"""The channels side by side, as their page prints them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from analytics import report_words
from analytics.counts.counting import UNANSWERED
from analytics.counts.shares import Share
from analytics.report_charts import Chart, Series
from analytics.report_csv import Table
from analytics.report_page import Frame, segment_words
from analytics.selectors import by_channel, costs, numbers
from analytics.selectors.costs import Spent
from analytics.selectors.numbers import Counts
from analytics.selectors.period import DAY, Period
from outreach.services import reach
from salesagent.accounts.models import Workspace

UNSEEN = ("linkedin", "post")  # nobody tells whether these were read
LOOKS = ("line", "dash", "dots", "bar", "soft")
LINES = 4  # in one chart
MOST_SEGMENTS = 40
CREDIT = (
    "A meeting, and an opt-out, counts for the channel of our last delivered message or call "
    "before it. A meeting that came without one counts for no channel."
)


@dataclass(frozen=True)
class Row:
    """`channel` "": meetings and opt-outs that no message of ours came before."""

    channel: str
    counts: Counts
    spent: Spent
    currency: str
    links: dict[str, str]

    @property
    def replied(self) -> Share:
        return Share(self.counts["answered"], self.counts["delivered"])

    @property
    def replied_words(self) -> str:
        return "n/a" if self.channel in UNANSWERED else report_words.share(self.replied)

    @property
    def replied_band(self) -> str:
        return "" if self.channel in UNANSWERED else report_words.band(self.replied)

    @property
    def seen_words(self) -> str:
        """Told only where it is measured or noted; none of many is no zero."""
        if self.channel in UNSEEN or not self.counts["seen"]:
            return "n/a"
        return report_words.share(Share(self.counts["seen"], self.counts["delivered"]))

    @property
    def optout_words(self) -> str:
        return report_words.stops(Share(self.counts["optouts"], self.counts["delivered"]))

    @property
    def cost_words(self) -> str:
        if self.priceless:
            return "no price"
        return report_words.money(self.spent.amount, self.currency)

    @property
    def each(self) -> Any:
        return self.spent.each(self.counts["meetings"])

    @property
    def each_words(self) -> str:
        return "no price" if self.priceless else report_words.money(self.each, self.currency)

    @property
    def priceless(self) -> bool:
        """Nothing was paid as far as is known, for messages some of which have no rate."""
        return bool(self.spent.unpriced) and not self.spent.amount


def table_rows(frame: Frame) -> list[Row]:
    """The most used first; last what no message of ours came before."""
    currency = Workspace.current().currency
    found = numbers.channels(frame.scope, frame.period)
    spent = costs.spent(frame.scope, frame.period, currency)
    names = sorted(
        (name for name in {*found, *spent} if name),
        key=lambda name: (-_counts(found, name)["sent"], name),
    )
    known = [name for name in names if _shown(_counts(found, name), spent.get(name))]
    without = found.get("", Counts())
    if without["meetings"] or without["optouts"]:
        known.append("")
    return [
        Row(name, _counts(found, name), spent.get(name, Spent()), currency, _links(frame, name))
        for name in known
    ]


def _counts(found: dict[str, Counts], name: str) -> Counts:
    return found.get(name, Counts())


def _shown(counts: Counts, spent: Spent | None) -> bool:
    """Replies alone are none of ours: somebody wrote first."""
    ours = any(counts[name] for name in ("sent", "meetings", "optouts"))
    return ours or bool(spent and spent.amount)


def _links(frame: Frame, channel: str) -> dict[str, str]:
    names = ("sent", "delivered", "seen", "answered", "meetings", "optouts")
    return {name: frame.behind(name, channel=channel) for name in names}


def context(frame: Frame) -> dict[str, Any]:
    found = table_rows(frame)
    ours = [row for row in found if row.channel]
    segments = [value for value, _, _ in frame.segments if value.startswith("trade:")]
    wanted = [frame.segment] if frame.segment else ["", *segments[:MOST_SEGMENTS]]
    stands, looked = by_channel.best(frame.scope, frame.period, wanted)
    charts = [trend(frame, ours)] if any(map(_answerable, ours)) else []
    return {
        "rows": found,
        "charts": charts,
        "best": [_said(one) for one in stands],
        "looked": looked,
        "least": by_channel.LEAST_EACH,
        "credit": CREDIT,
        "currency": Workspace.current().currency,
        "unpriced": [row for row in ours if row.spent.unpriced],
        "foreign": [row for row in ours if row.spent.foreign],
        "total": _total(ours),
    }


def _total(rows: list[Row]) -> dict[str, Any]:
    """What all channels together cost, for each meeting they brought."""
    amount = sum((row.spent.amount for row in rows), costs.NONE)
    meetings = sum(row.counts["meetings"] for row in rows)
    return {"amount": amount, "meetings": meetings, "each": amount / meetings if meetings else None}


def _answerable(row: Row) -> bool:
    return bool(row.counts["sent"]) and row.channel not in UNANSWERED


def _said(one: by_channel.Best) -> dict[str, str]:
    where = segment_words(one.segment) if one.segment else "All leads"
    mine, others = f"{one.mine.p or 0:.1%}", f"{one.others.p or 0:.1%}"
    numbers_of = f"{one.mine.hits:,} of {one.mine.whole:,}"
    return {
        "where": where,
        "channel": one.channel,
        "text": f"{mine} answer ({numbers_of}), over the other channels {others}",
    }


def trend(frame: Frame, rows: list[Row]) -> Chart:
    """Replies by week of the channels that were used most."""
    used = [row.channel for row in rows if row.counts["sent"]]
    names = [name for name in used if name not in UNANSWERED][:LINES]
    found = by_channel.weekly(frame.scope, frame.period, "answered", names)
    mondays = frame.period.mondays()
    series = [
        Series(
            reach.label(name),
            list(found[name].values()),
            LOOKS[at],
            [_week(frame, monday, name) for monday in mondays],
        )
        for at, name in enumerate(names)
    ]
    said = "Messages that were answered, by the week they went out. " + " ".join(
        f"{reach.label(name)}: {sum(found[name].values()):,} in all." for name in names
    )
    return Chart("chtrend", said, "Week of", [f"{day:%-d %b}" for day in mondays], series)


def _week(frame: Frame, monday: date, channel: str) -> str:
    """The leads of one week, as far as the period has it."""
    first = max(monday, frame.period.first)
    last = min(monday + 6 * DAY, frame.period.last)
    return frame.behind("answered", Period(first, last), channel=channel)


def csv(frame: Frame) -> Table:
    currency = Workspace.current().currency
    head = (
        "Channel", "Sent", "Delivered", "Seen", "Answered", "Answered share", "Low", "High",
        "Meetings", "Opt-outs", f"Cost {currency}", "Messages without a rate",
        f"Cost per meeting {currency}",
    )  # fmt: skip
    return Table("channels", head, (_cells(row) for row in table_rows(frame)))


def _cells(row: Row) -> tuple[Any, ...]:
    counts, share = row.counts, row.replied
    answerable = share.whole and row.channel not in UNANSWERED
    told = (share.p, *share.band) if answerable else (None, None, None)
    name = reach.label(row.channel) if row.channel else "None before"
    return (
        name, counts["sent"], counts["delivered"], counts["seen"], counts["answered"], *told,
        counts["meetings"], counts["optouts"],
        None if row.priceless else row.spent.amount, row.spent.unpriced, row.each,
    )  # fmt: skip
