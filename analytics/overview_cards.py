"""Cards of the overview that stand alone: when leads answer, what is foreseen, what is off."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from analytics import forecast_page
from analytics.models import Alert, ForecastSnapshot
from analytics.report_charts import Chart, Series
from analytics.report_page import Frame
from analytics.selectors import numbers
from analytics.services import days
from analytics.services.alert_rules import KINDS
from analytics.services.alerts import muted, open_alerts, open_in
from salesagent.lib.sql import Rows
from salesagent.lib.text import plural

ENOUGH = 20  # replies, before an hour is named the best
MOST = 5  # replies in the best hours, before they are named
USUAL_HOURS = (3, 10)  # two-hour slots from 6:00 to 20:00
NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WHOLE = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WORK_DAYS = 5
MONTHS = 3
ALERTS = 5  # lines on the card
FRESH = timedelta(days=3)  # a forecast older than this is not shown


NONE = mark_safe('<td class="t0">0</td>')
CELL = '<td class="t{}"><a href="{}" aria-label="{}">{}</a></td>'


@dataclass(frozen=True)
class Heat:
    """`hours`: the first of each column. `rows`: (weekday, cells as they are printed). `said`:
    what to make of it."""

    hours: list[int]
    rows: list[tuple[str, list[SafeString]]]
    total: int
    said: str


def heat(frame: Frame) -> Heat:
    """Two hours a column; nights and weekends only where somebody answered then."""
    found = numbers.heat(frame.scope, frame.period)
    pairs = [[row[hour] + row[hour + 1] for hour in range(0, 24, 2)] for row in found]
    columns = _columns(pairs)
    shown = [n for n, row in enumerate(pairs) if n < WORK_DAYS or any(row)]
    if len(shown) > WORK_DAYS:
        shown = list(range(len(pairs)))
    most, total = max(map(max, pairs)), sum(map(sum, pairs))
    rows = [(NAMES[n], [_cell(frame, n, c, pairs[n][c], most) for c in columns]) for n in shown]
    return Heat([2 * c for c in columns], rows, total, _best(pairs, most, total))


def _columns(pairs: list[list[int]]) -> list[int]:
    used = [c for c in range(12) if any(row[c] for row in pairs)]
    first, last = USUAL_HOURS
    return list(range(min([first, *used]), max([last - 1, *used]) + 1))


def _cell(frame: Frame, day: int, column: int, count: int, most: int) -> SafeString:
    if not count:
        return NONE
    hour = 2 * column
    tint = min(4, 1 + (4 * (count - 1)) // most) if most > 1 else 2
    slots = f"{day * 24 + hour},{day * 24 + hour + 1}"
    said = f"{WHOLE[day]} {hour:02}:00 to {hour + 2:02}:00: {plural(count, 'reply', 'replies')}"
    link = frame.behind("slot.replies", slot=slots).replace("&", "&amp;")
    return mark_safe(CELL.format(tint, link, said, count))  # noqa: S308  encoded, and our words


def _best(pairs: list[list[int]], most: int, total: int) -> str:
    if total < ENOUGH:
        many = plural(total, "reply", "replies")
        return f"{many} so far: too few to say which hours are best." if total else ""
    tops = [(d, c) for d in range(7) for c in range(12) if pairs[d][c] == most]
    if len(tops) > 1 or most < MOST:
        return f"No two hours stand out among {total:,} replies."
    (day, column) = tops[0]
    hour = 2 * column
    return f"{WHOLE[day]} {hour:02}:00 to {hour + 2:02}:00 brings most: {most:,} of {total:,}."


@dataclass(frozen=True)
class Foreseen:
    """Last night's forecast of this month and the next ones."""

    chart: Chart
    day: Any
    currency: str
    others: int


_SNAPSHOTS = Rows(
    lambda scope, day, month: ForecastSnapshot.objects.filter(
        scope=scope, day__gte=day, month__gte=month
    ).order_by("-day", "month")
)


def foreseen(frame: Frame) -> Foreseen | None:
    """None where no night has been kept: for nobody's leads, or on the first day."""
    key, today = forecast_page.scope_of(frame).key, frame.today
    found = _SNAPSHOTS.all(key, today - FRESH, days.month(today))
    last = [row for row in found if row.day == found[0].day]
    if not last:
        return None
    sums: dict[str, Any] = {}
    for row in last:
        sums[row.currency] = sums.get(row.currency, 0) + row.middle
    currency = max(sums, key=lambda code: (sums[code], code))
    mine = [row for row in last if row.currency == currency][:MONTHS]
    return Foreseen(_bars(mine, currency), mine[0].day, currency, len(sums) - 1)


def _bars(rows: list[ForecastSnapshot], currency: str) -> Chart:
    low = [round(float(row.low)) for row in rows]
    middle = [max(0, round(float(row.middle - row.low))) for row in rows]
    said = "; ".join(
        f"{row.month:%B} at least {row.low:,.0f}, likely {row.middle:,.0f}" for row in rows
    )
    series = [Series("Nine in ten", low, "bar"), Series("Up to the middle", middle, "soft")]
    labels = [f"{row.month:%b}" for row in rows]
    return Chart(
        "foreseen", f"Forecast in {currency}: {said}.", "Month", labels, series,
        unit=currency, stacked=True, small=True, kind="bar",
    )  # fmt: skip


@dataclass(frozen=True)
class Look:
    """An alert in one line. `tint`: of its chip, which says the kind in a word."""

    chip: str
    tint: str
    text: str
    link: str


@dataclass(frozen=True)
class Looks:
    """The worst alerts, how many more there are, and what stands there where there are none."""

    shown: list[Look]
    more: int = 0
    muted: int = 0
    kept: bool = True


def looks(frame: Frame) -> Looks:
    """Of those whom the page is about; those that somebody muted are not among them."""
    found: list[Alert] | None
    if frame.owner:
        found = open_in(frame.user, forecast_page.scope_of(frame).key)
    else:
        found = open_alerts(frame.user)
    shown = [
        Look(KINDS[one.kind].label if one.kind in KINDS else "Look", one.level, one.text, one.link)
        for one in (found or [])[:ALERTS]
    ]
    silent = 0 if shown or frame.owner else len(muted(frame.user))
    return Looks(shown, max(0, len(found or []) - ALERTS), silent, found is not None)
