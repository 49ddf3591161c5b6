"""What a PDF report prints: each function adds one part to the sheet from the sums of a scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from analytics.access import Scope
from analytics.counts import change
from analytics.counts.change import FEW
from analytics.counts.counting import UNANSWERED
from analytics.counts.forecast import STAGES, prior_share
from analytics.counts.forecast import Period as Foreseen
from analytics.counts.shares import Share
from analytics.models import Alert
from analytics.selectors import habits, numbers, people_reached, saved
from analytics.selectors.habits import Watch
from analytics.selectors.numbers import Amount
from analytics.selectors.people_reached import Reached
from analytics.selectors.period import Period
from analytics.services.forecasts import View
from leads.models import Deal
from salesagent.accounts.models import User
from salesagent.lib.pdf import charts
from salesagent.lib.pdf.sheet import Sheet
from salesagent.lib.text import plural

WEEKS, MOST_WEEKS, LABELS = 8, 26, 13
MOST_DEALS = 15
MOST_ALERTS = 8
STEP_NAMES = {
    "came": "Came in",
    "contacted": "Contacted",
    "replied": "Replied",
    "meeting": "Meeting",
    "proposal": "Proposal",
    "won": "Won",
}
SAVED_NAMES = {
    "draft": "Drafts written, a person checked them",
    "pause": "Sequences paused by themselves",
    "reply": "Replies read and sorted",
}
CHANNELS = {
    "email": "Email",
    "whatsapp": "WhatsApp",
    "sms": "SMS",
    "linkedin": "LinkedIn",
    "phone": "Phone",
    "post": "Post",
}


@dataclass(frozen=True)
class Sums:
    """A scope's sums of a period and of the one before, for their reader."""

    scope: Scope
    period: Period
    before: Period
    reader: User

    def both(self, *metrics: str) -> tuple[dict[str, Amount], dict[str, Amount]]:
        now = numbers.totals(self.scope, self.period, metrics)
        return now, numbers.totals(self.scope, self.before, metrics)


def key_facts(sheet: Sheet, sums: Sums) -> None:
    """Worked, replied, meetings, won, opt-outs, each against the time before."""
    now, before = sums.both("delivered", "meetings", "optouts")
    worked = [people_reached.distinct(sums.scope, p) for p in (sums.period, sums.before)]
    replied = [numbers.answered(sums.scope, one) for one in (sums.period, sums.before)]
    stops = [_share(one, "optouts") for one in (now, before)]
    facts = [
        ("Leads worked", f"{worked[0]:,}", change.of_count(*worked)),
        ("Reply rate", *_told(*replied)),
        _counted("Meetings booked", now["meetings"], before["meetings"]),
        ("Won", *_won(sums)),
        ("Opt-outs", *_told(*stops)),
    ]
    known = worked[1] or any(one.count for one in before.values())
    if not known:  # nothing to compare with, but what is no change stays
        facts = [(name, told, remark if name == "Won" else "") for name, told, remark in facts]
    sheet.facts(facts)
    base = f"{replied[0].hits:,} of {replied[0].whole:,}"
    against = f"Compared with {days(sums.before)}." if known else "Nothing is known of before."
    sheet.text(
        f"Reply rate: human replies by delivered messages, here {base}; calls and letters bring "
        f"none and are not in it. {against}",
        soft=True,
    )


def mail_facts(sums: Sums) -> list[tuple[str, str]]:
    """The three numbers that stand in the mail itself: (number, what it is)."""
    now, before = sums.both("meetings")
    replied = numbers.answered(sums.scope, sums.period)
    rate = f"Replied: {replied.hits:,} of {replied.whole:,} messages"
    meetings = change.of_count(now["meetings"].count, before["meetings"].count)
    return [
        (f"{people_reached.distinct(sums.scope, sums.period):,}", "Leads worked"),
        (replied.words, rate),
        (f"{now['meetings'].count:,}", f"Meetings booked, {meetings}"),
    ]


def deal_facts(sheet: Sheet, sums: Sums, view: View, deals: QuerySet[Deal]) -> None:
    """What runs, what it may bring, and what was won in the time. Of a segment its own deals: the
    forecast has no segments."""
    found, code = view.forecast, view.currency
    quarter = found.quarters[0]
    facts = [
        ("Open deals", f"{found.deals:,}", money(Decimal(found.pipeline), code)),
        ("Weighted by odds", f"{found.weighted:,.0f}", code),
        (f"P50 of {quarter.key.replace('-', ' ')}", f"{quarter.middle:,.0f}", code),
        ("Won", *_won(sums)),
    ]
    if sums.scope.segment:
        runs = by_stage(deals, code)
        count = sum(number for number, _ in runs.values())
        value = sum((amount for _, amount in runs.values()), Decimal(0))
        weighted = sum(float(runs[stage][1]) * found.odds[stage].p for stage in runs)
        facts[:3] = [
            ("Open deals", f"{count:,}", money(value, code)),
            ("Weighted by odds", f"{weighted:,.0f}", code),
        ]
    sheet.facts(facts)
    others = [one for one in view.currencies if one != code]
    if others:
        sheet.text(f"Deals in {', '.join(others)} are not in these sums.", soft=True)


def by_stage(deals: QuerySet[Deal], currency: str) -> dict[str, tuple[int, Decimal]]:
    """Stage -> how many and their value."""
    found = deals.order_by().filter(currency=currency).values_list("stage")
    return {
        stage: (count, value) for stage, count, value in found.annotate(Count("pk"), Sum("value"))
    }


def _counted(name: str, now: Amount, before: Amount) -> tuple[str, str, str]:
    return name, f"{now.count:,}", change.of_count(now.count, before.count)


def _share(of: dict[str, Amount], metric: str) -> Share:
    return Share(of[metric].count, of["delivered"].count)


def _told(now: Share, before: Share) -> tuple[str, str]:
    """A share and its change; of few the two numbers, and nothing to compare with."""
    few = now.few or before.few
    return now.words, "" if few else change.of_share(now.p, before.p)


def _won(sums: Sums) -> tuple[str, str]:
    """The largest currency's sum; currency, the other ones and the count stand below it."""
    found = numbers.money(sums.scope, sums.period, "won")
    if not found:
        return "0", "no deal"
    (code, first), *others = found.items()
    count = sum(one.count for one in found.values())
    more = "".join(f", and {money(one.value, name)}" for name, one in others)
    return f"{first.value:,.0f}", f"{code}, {plural(count, 'deal')}{more}"


def trend(sheet: Sheet, sums: Sums) -> None:
    """Replies and meetings by week, at least WEEKS of them."""
    first = min(sums.period.first, sums.period.last - timedelta(days=7 * WEEKS - 1))
    span = Period(first - timedelta(days=first.weekday()), sums.period.last)
    weeks = numbers.weekly(sums.scope, span, ["replies", "meetings"])
    cut = len(weeks) > MOST_WEEKS
    weeks = dict(list(weeks.items())[-MOST_WEEKS:])
    earlier = sum(monday + timedelta(days=7) <= sums.period.first for monday in weeks)
    note = "Human replies on the day they came in."
    if cut:
        note += f" The last {MOST_WEEKS} weeks of the time above."
    if earlier:
        note += " The grey weeks are before the time above, to compare with."
    sheet.part("Replies and meetings by week", note)
    step = -(-len(weeks) // LABELS)
    names = [week_name(day) if at % step == 0 else "" for at, day in enumerate(weeks)]
    series = [
        charts.Series(name, [counts[metric] for counts in weeks.values()])
        for metric, name in (("replies", "Replies"), ("meetings", "Meetings booked"))
    ]
    sheet.picture(charts.lines(names, series, earlier=(earlier, "before")))


def week_name(monday: date) -> str:
    return f"w{monday.isocalendar().week}"


def funnel(sheet: Sheet, sums: Sums) -> None:
    steps, lost = people_reached.funnel(sums.scope, sums.period)
    sheet.part(
        "From lead to deal",
        "Leads that came in in this time; each step holds those who came further, too.",
    )
    rows, before = [], 0
    for one in steps:
        few = f"   {one.count:,} of {before:,}"
        share = few if before < FEW else f"   {one.count / before:.0%} of the step before"
        rows.append((STEP_NAMES[one.step], one.count, f"{one.count:,}{share if before else ''}"))
        before = one.count
    sheet.picture(charts.bars(rows))
    sheet.text(f"{_loss(steps)}{lost:,} of them are marked lost.", soft=True)


def _loss(steps: Sequence[Reached]) -> str:
    """Where most are lost, among steps that enough came to."""
    enough = [one for had, one in zip(steps, steps[1:], strict=False) if had.count >= FEW]
    worst = people_reached.biggest_loss(enough)
    return f"Most are lost before “{STEP_NAMES[worst.step]}”. " if worst else ""


def channels(sheet: Sheet, sums: Sums) -> None:
    sheet.part("Channels", "A meeting counts for our last message before it.")
    found = numbers.channels(sums.scope, sums.period)
    rows = []
    for name, label in CHANNELS.items():
        counts = found.get(name)
        if counts is None or not any(counts.of.values()):
            continue
        replied = Share(counts["answered"], counts["delivered"])
        rate = "n/a" if name in UNANSWERED else replied.words
        numbers_ = (counts["sent"], counts["delivered"], rate, counts["meetings"])
        rows.append([label, *map(_cell, numbers_), _cell(counts["optouts"])])
    head = ["Channel", "Sent", "Delivered", "Replied", "Meetings", "Opt-outs"]
    sheet.table(head, rows, numbers={1, 2, 3, 4, 5}, widths=[2.2, 1, 1.2, 1.6, 1.2, 1.2])


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def forecast(sheet: Sheet, view: View, segment: str = "") -> None:
    """`segment`: what the rest of the report is of; the forecast has none."""
    found = view.forecast
    note = f"In {view.currency}. The pale bar goes from P10 to P90, the stroke is P50, "
    sheet.part(
        "Forecast, all segments" if segment else "Forecast", note + "the solid bar is won already."
    )
    if not found.deals and not any(one.booked for one in found.months):
        sheet.text("No open deals. The forecast needs at least one with a value.", soft=True)
        return
    sheet.picture(charts.bands([_band(one, view.currency) for one in found.months]), below=12)
    head = ["Quarter", "P10", "P50", "P90", "Weighted", "Won so far"]
    rows = [
        [one.key.replace("-", " "), *(f"{v:,.0f}" for v in _values(one))] for one in found.quarters
    ]
    sheet.table(head, rows, numbers={1, 2, 3, 4, 5})
    basis = "The odds are of own deals, mixed with usual odds."
    if found.by_prior:
        basis = "Few deals ended yet: the odds rest on what is usual elsewhere, not on own deals."
    sheet.text(f"{found.deals:,} open deals. {basis} {_record(view)}", soft=True)


def _values(one: Foreseen) -> tuple[float, ...]:
    return one.low, one.middle, one.high, one.weighted, one.booked


def _band(one: Foreseen, currency: str) -> charts.Band:
    words = f"P50 {one.middle:,.0f} {currency}"
    return charts.Band(f"{one.start:%b %Y}", one.low, one.middle, one.high, one.booked, words)


def _record(view: View) -> str:
    """How earlier forecasts held, where any can be judged."""
    one = view.accuracy.get(0)
    if one is None or not one.months:
        return "No earlier forecast can be judged yet."
    early = " That is too few to judge." if one.early else ""
    return f"Of {one.months} earlier months {one.inside} lay between P10 and P90.{early}"


def stages(sheet: Sheet, view: View, deals: QuerySet[Deal]) -> None:
    sheet.part("Open deals by stage")
    sums = by_stage(deals, view.currency)
    rows = []
    for stage in STAGES:
        count, value = sums.get(stage, (0, Decimal(0)))
        odds = view.forecast.odds[stage]
        told = (f"{odds.p:.0%}", f"{odds.closed:,}", f"{prior_share(odds)}%")
        rows.append([str(Deal.Stage(stage).label), f"{count:,}", f"{value:,.0f}", *told])
    head = [
        "Stage",
        "Deals",
        f"Value in {view.currency}",
        "Odds",
        "Ended from it",
        "Usual odds weigh",
    ]
    sheet.table(head, rows, numbers={1, 2, 3, 4, 5}, widths=[1.6, 0.8, 1.4, 0.8, 1.4, 1.7])


def next_deals(sheet: Sheet, deals: QuerySet[Deal], today: date) -> list[int]:
    """The open deals that should close next, late ones first; ids of their leads."""
    dated = deals.exclude(expected_close=None).order_by("expected_close", "pk")
    shown = list(dated.select_related("lead__owner")[:MOST_DEALS])
    count, with_day = deals.count(), dated.count()
    without = f" {count - with_day:,} more have no day." if count > with_day else ""
    sheet.part("What should close next", f"{len(shown)} of {with_day:,} with a day.{without}")
    rows = [
        [
            deal.lead.company_name or deal.lead.name,
            deal.title,
            f"{deal.expected_close:%-d %b %Y}" + (" (late)" if _late(deal, today) else ""),
            deal.lead.owner.name if deal.lead.owner else "Nobody",
            money(deal.value, deal.currency),
        ]
        for deal in shown
    ]
    head = ["Company", "Deal", "Expected", "Whose", "Value"]
    sheet.table(
        head, rows, numbers={4}, widths=[1.8, 1.8, 1.7, 1.3, 1.3], empty="No deal has a day."
    )
    return [deal.lead_id for deal in shown]


def _late(deal: Deal, today: date) -> bool:
    return deal.expected_close is not None and deal.expected_close < today


def endings(sheet: Sheet, sums: Sums) -> None:
    """What was won and lost in the period, by currency."""
    sheet.part("Won and lost")
    rows = []
    for metric, label in (("won", "Won"), ("lost", "Lost"), ("opened", "Opened")):
        for code, amount in numbers.money(sums.scope, sums.period, metric).items():
            rows.append([label, f"{amount.count:,}", money(amount.value, code)])
    sheet.table(["", "Deals", "Value"], rows, numbers={1, 2}, empty="No deal began or ended.")


def money(value: Decimal, currency: str) -> str:
    return f"{value:,.0f} {currency}"


def days(period: Period) -> str:
    """ "16 to 22 Nov 2026"; a year only where it differs."""
    first, last = period.first, period.last
    if first == last:
        return f"{last:%-d %b %Y}"
    if first.year != last.year:
        return f"{first:%-d %b %Y} to {last:%-d %b %Y}"
    begin = f"{first:%-d}" if first.month == last.month else f"{first:%-d %b}"
    return f"{begin} to {last:%-d %b %Y}"


def time_saved(sheet: Sheet, sums: Sums) -> None:
    """Counted work times minutes by hand, less what checking took; with its formula."""
    if Watch(sums.reader, sums.scope).hides_reading(sums.period):
        sheet.part("Time saved")
        sheet.text(habits.WHY_READ, soft=True)
        return
    found = saved.time_saved(sums.scope, sums.period)
    sheet.part("Time saved", f"{saved.in_words(found.minutes)} in this time.")
    rows = [
        [
            SAVED_NAMES[part.key],
            f"{part.count:,}",
            f"{part.each:g}",
            f"{part.less:.1f}",
            saved.in_words(part.minutes),
        ]
        for part in found.parts
    ]
    head = ["What", "Times", "Minutes by hand", "Still took", "Saved"]
    sheet.table(head, rows, numbers={1, 2, 3, 4}, widths=[2.6, 0.8, 1.4, 1, 1])
    base = f"measured in {found.measured:,} approvals" if found.measured else "assumed"
    sheet.text(
        "Saved = times x (minutes by hand - minutes it still took). The minutes by hand are "
        f"assumptions of the owner; what checking takes is {base}.",
        soft=True,
    )


def alerts(sheet: Sheet, rows: Sequence[Alert]) -> None:
    """What was open when the report was made, the worst first."""
    sheet.part("Needs a look", "As of now, not of the time above.")
    shown = [[one.text, f"{one.first_at:%-d %b}"] for one in rows[:MOST_ALERTS]]
    sheet.table(["What", "Since"], shown, widths=[6, 1], empty="Nothing passed its threshold.")
    if len(rows) > MOST_ALERTS:
        sheet.text(f"{len(rows) - MOST_ALERTS:,} more stand in Patterns.", soft=True)
