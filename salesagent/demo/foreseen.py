"""The forecasts of the months before, each from the deals as they stood in its first night."""

from collections import defaultdict
from datetime import date

from django.utils import timezone

from analytics.counts.forecast import Closed, Running, months_back
from analytics.selectors.pipeline import NOBODY, Pipeline, Win
from analytics.services import forecasts
from leads.models import Deal, ThreadEvent

MONTHS = 7
Steps = dict[int, list[tuple[date, str]]]


def write() -> None:
    today = timezone.localdate()
    steps = _steps()
    for back in range(MONTHS, -1, -1):
        forecasts.keep(_known(months_back(today, back), steps))


def _steps() -> Steps:
    """deal -> the days it came into its stages."""
    found: Steps = defaultdict(list)
    rows = ThreadEvent.objects.filter(kind__in=("deal.opened", "deal.moved"))
    for data, at in rows.order_by("occurred_at", "pk").values_list("data", "occurred_at"):
        found[data["deal"]].append((timezone.localdate(at), data.get("to") or "open"))
    return found


def _known(day: date, steps: Steps) -> Pipeline:
    """What was there that night: nothing of what came after it."""
    book = Pipeline(day)
    for deal in Deal.objects.select_related("lead").order_by("pk"):
        _take(book, deal, [step for step in steps[deal.pk] if step[0] <= day])
    return book


def _take(book: Pipeline, deal: Deal, known: list[tuple[date, str]]) -> None:
    if not known:
        return
    owner, value = deal.lead.owner_id or NOBODY, float(deal.value)
    closed = timezone.localdate(deal.closed_at) if deal.closed_at else None
    if closed is None or closed >= book.today:
        since, stage = known[-1]
        running = Running(deal.pk, stage, value, since, deal.expected_close)
        book.running.append((owner, deal.currency, running))
        return
    won = deal.stage == Deal.Stage.WON
    entered = {stage: since for since, stage in reversed(known)}
    book.history.append(Closed(won, closed, entered, deal.expected_close))
    if won:
        book.wins.append(Win(owner, deal.currency, value, known[0][0], closed))
