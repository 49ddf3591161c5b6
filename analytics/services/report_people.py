"""Of a team report: what came of it by person, how fast answers came, what each channel cost."""

from analytics import access
from analytics.counts.counting import UNANSWERED
from analytics.counts.shares import Share
from analytics.counts.spans import span
from analytics.selectors import costs, habits, numbers
from analytics.selectors.answers import answers
from analytics.selectors.costs import Spent
from analytics.selectors.numbers import MESSAGES, ZERO, Amount, Counts
from analytics.services.report_parts import CHANNELS, Sums
from salesagent.accounts.models import Workspace
from salesagent.lib.pdf import charts
from salesagent.lib.pdf.sheet import Sheet

BANDS = ("Within 5 minutes", "5 minutes to 1 hour", "1 to 4 hours", "4 to 24 hours", "Later")
DONE = ("sent", "meetings", "won", "approved", "tasks")
ASKED = (*DONE, "delivered", "answered", MESSAGES)
PEOPLE = ("Person", "Sent", "Replied", "Meetings", "Won", "Approved", "Tasks", "Half answered in")


def people(sheet: Sheet, sums: Sums) -> None:
    """Results by name, as Analytics, Team has them; in the order of names. Of one person: none."""
    users = access.active(sums.reader, sums.scope)
    if len(users) < 2:
        return
    sheet.part(
        "By person", "In the order of names: whose leads are easy decides more than who works well."
    )
    found = numbers.people(sums.scope, sums.period, ASKED)
    halves = answers(sums.scope, sums.period).halves
    rows = []
    for user in users:
        of = found.get(user.pk, {})
        if any(of.get(name, ZERO).count for name in DONE):
            half = halves.get(user.pk)
            rows.append([user.name, *_results(of), half.words if half else "n/a"])
    sheet.table(
        PEOPLE, rows, numbers={1, 2, 3, 4, 5, 6, 7}, widths=[2.1, 0.8, 1.1, 1.2, 0.8, 1.2, 0.8, 2]
    )


def _results(of: dict[str, Amount]) -> list[str]:
    replied = Share(of.get("answered", ZERO).count, of.get(MESSAGES, ZERO).count).words
    sent, *others = (f"{of.get(name, ZERO).count:,}" for name in DONE)
    return [sent, replied, *others]


def answer_times(sheet: Sheet, sums: Sums) -> None:
    ours = answers(sums.scope, sums.period)
    amount, bands = ours.amount, ours.bands
    sheet.part("How fast we answer", "From their words to our next message or call.")
    if not amount.count:
        sheet.text("No word of theirs was answered in this time.", soft=True)
        return
    if habits.one_speed(sums.reader, sums.scope, ours):
        sheet.text(habits.WHY, soft=True)
        return
    rows = []
    for name, count in zip(BANDS, bands, strict=True):
        rows.append((name, float(count), f"{count:,}   {count / amount.count:.0%}"))
    sheet.picture(charts.bars(rows, whole=float(amount.count)))
    if ours.half and amount.mean:
        mean = span(amount.mean.total_seconds())
        sheet.text(f"Half of them in {ours.half.words}, {mean} on average.", soft=True)


def channels(sheet: Sheet, sums: Sums) -> None:
    """With what they cost: rates and fees of the owner's, for each meeting."""
    currency = Workspace.current().currency
    found = numbers.channels(sums.scope, sums.period)
    spent = costs.spent(sums.scope, sums.period, currency)
    names = [name for name in CHANNELS if _shown(found.get(name), spent.get(name))]
    sheet.part("Channels", f"A meeting counts for our last message before it. Costs in {currency}.")
    rows = [_channel(name, found.get(name, Counts()), spent.get(name, Spent())) for name in names]
    if len(rows) > 1:
        rows.append(_all([spent.get(name, Spent()) for name in names], found, names))
    head = ["Channel", "Sent", "Delivered", "Replied", "Meetings", "Opt-outs", "Cost", "A meeting"]
    sheet.table(
        head, rows, numbers={1, 2, 3, 4, 5, 6, 7}, widths=[1.5, 0.8, 1.2, 1.1, 1.2, 1.2, 1.1, 1.2]
    )
    if any(one.unpriced for one in spent.values()):
        sheet.text("Messages of days without a rate cost nothing here.", soft=True)


def _shown(counts: Counts | None, spent: Spent | None) -> bool:
    return bool(counts and any(counts.of.values())) or bool(spent and spent.amount)


def _channel(name: str, counts: Counts, spent: Spent) -> list[str]:
    replied = Share(counts["answered"], counts["delivered"])
    none = bool(spent.messages) and spent.unpriced == spent.messages
    each = spent.each(counts["meetings"])
    return [
        CHANNELS[name],
        *(f"{counts[metric]:,}" for metric in ("sent", "delivered")),
        "n/a" if name in UNANSWERED else replied.words,
        *(f"{counts[metric]:,}" for metric in ("meetings", "optouts")),
        "n/a" if none else f"{spent.amount:,.2f}",
        "n/a" if each is None else f"{each:,.2f}",
    ]


def _all(spent: list[Spent], found: dict[str, Counts], names: list[str]) -> list[str]:
    """The line below: everything together."""

    def total(metric: str) -> int:
        return sum(found[name][metric] for name in names if name in found)

    rate = numbers.answered_of(
        (metric, name, found[name][metric])
        for name in names if name in found
        for metric in ("delivered", "answered")
    )  # fmt: skip
    amount, meetings = sum((one.amount for one in spent), costs.NONE), total("meetings")
    each = f"{amount / meetings:,.2f}" if meetings and amount else "n/a"
    sums = [f"{total(metric):,}" for metric in ("sent", "delivered")]
    more = [f"{meetings:,}", f"{total('optouts'):,}"]
    return ["All", *sums, rate.words, *more, f"{amount:,.2f}", each]
