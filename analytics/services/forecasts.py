"""The forecast of a scope now, one kept of each night, and how the kept ones turned out."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.cache import cache
from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone

from analytics.counts import accuracy
from analytics.counts.forecast import (
    Forecast,
    Learnt,
    last_month,
    learn,
    month_ends,
    months_back,
    simulate,
)
from analytics.models.forecast import ForecastSnapshot
from analytics.selectors.pipeline import Pipeline, Scope, fingerprint, pipeline, scopes, total

KEPT_FOR = timedelta(days=40)  # each night's; of older months only the first one stays
SETTLES_FOR = timedelta(days=10)  # deals are entered late: a month's sum is looked at again
FIELDS = ("deals", "booked", "low", "middle", "high", "weighted", "naive")
AHEAD = (0, 1, 2)  # months between the forecast's first night and the month it is about


@dataclass(frozen=True)
class View:
    """What the page shows. `accuracy`: by how many months ahead it was foreseen; `past`: what was
    foreseen in the first night of each month that is over, newest first."""

    day: date
    currency: str
    currencies: list[str]
    forecast: Forecast
    accuracy: dict[int, accuracy.Accuracy]
    past: list[ForecastSnapshot] = field(default_factory=list)


def view(
    scope: Scope, currency: str = "", now: datetime | None = None, *, only: bool = False
) -> View:
    """The forecast of today with the record of earlier ones; the first currency if none fits.

    `only`: the named currency, also where there is nothing in it.
    """
    book = pipeline(now or timezone.now(), recent=True)
    learnt = _learnt(book.today, now or timezone.now())
    codes = book.currencies(scope)
    code = currency if currency and (only or currency in codes) else (codes[0] if codes else "EUR")
    found = foresee(book, learnt, scope, code)
    first = _firsts(scope, code)
    return View(book.today, code, codes, found, _judged(first), first[0][::-1])


def _learnt(today: date, now: datetime) -> Learnt:
    """What ended deals tell: read once a day and whenever one ends."""
    key = "forecast-learnt:" + hashlib.sha256(f"{today} {fingerprint()}".encode()).hexdigest()
    found: Learnt | None = cache.get(key)
    if found is None:
        found = learn(pipeline(now).history, today)
        cache.set(key, found, 86400)
    return found


def foresee(book: Pipeline, learnt: Learnt, scope: Scope, currency: str) -> Forecast:
    """Played once for the same deals and day, then taken from the cache."""
    deals, booked = book.deals(scope, currency), book.booked(scope, currency)
    parts = repr((book.today, deals, sorted(booked.items()), learnt.odds, learnt.timing.sums()))
    key = "forecast:" + hashlib.sha256(parts.encode()).hexdigest()
    found: Forecast | None = cache.get(key)
    if found is None:
        found = simulate(deals, learnt, book.today, booked=booked)
        cache.set(key, found, 3600)
    return found


def snapshot(now: datetime | None = None) -> int:
    """Keep today's forecast of each scope and currency; again on the same day replaces it."""
    return keep(pipeline(now or timezone.now()))


def keep(book: Pipeline) -> int:
    """Keep the forecast of the day and the deals that `book` holds; returns how many rows."""
    learnt = learn(book.history, book.today)
    rows = [
        row
        for scope in scopes()
        for currency in book.currencies(scope)
        for row in _rows(book, learnt, scope, currency)
    ]
    with transaction.atomic():
        ForecastSnapshot.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["scope", "currency", "month", "day"],
            update_fields=FIELDS,
        )
        settle(book)
        forget(book.today)
    return len(rows)


def _rows(
    book: Pipeline, learnt: Learnt, scope: Scope, currency: str
) -> Iterator[ForecastSnapshot]:
    found = foresee(book, learnt, scope, currency)
    for ahead, period in enumerate(found.months):
        yield ForecastSnapshot(
            day=book.today,
            month=period.start,
            scope=scope.key,
            currency=currency,
            deals=found.deals,
            booked=_money(period.booked),
            low=_money(period.low),
            middle=_money(period.middle),
            high=_money(period.high),
            weighted=_money(period.weighted),
            naive=_money(naive(book, scope, currency, ahead)),
        )


def naive(book: Pipeline, scope: Scope, currency: str, ahead: int) -> float:
    """What last month brought from deals that were as old then as today's are for that month.

    Without the age it would foresee deals too that nobody can know today.
    """
    first, last = last_month(book.today)
    latest = months_back(first, ahead) + timedelta(days=book.today.day - 1)
    return total(win for win in book.won(scope, currency, first, last) if win.created <= latest)


def settle(book: Pipeline) -> int:
    """Write what became of the months that are over. Returns how many rows changed."""
    this = book.today.replace(day=1)
    again = Q(month__gte=months_back(book.today, 1)) if _early(book.today) else Q()
    over = ForecastSnapshot.objects.filter(month__lt=this)
    rows = over.filter(Q(actual=None) | again) if again else over.filter(actual=None)
    by_key = {scope.key: scope for scope in scopes()}
    changed = []
    for row in rows:
        scope = by_key.get(row.scope)
        if scope is None:
            continue  # of somebody whose account is closed: nobody looks at it
        actual, later = _came(book, scope, row)
        if (row.actual, row.later) != (actual, later):
            row.actual, row.later = actual, later
            changed.append(row)
    ForecastSnapshot.objects.bulk_update(changed, ["actual", "later"], batch_size=200)
    return len(changed)


def _early(today: date) -> bool:
    return timedelta(days=today.day - 1) < SETTLES_FOR


def _came(book: Pipeline, scope: Scope, row: ForecastSnapshot) -> tuple[Decimal, Decimal]:
    wins = book.won(scope, row.currency, row.month, month_ends(row.month, 1)[0])
    known = total(win for win in wins if win.created <= row.day)
    return _money(known), _money(total(wins) - known)


def forget(today: date) -> int:
    """Of months past KEPT_FOR only the first night's stay: accuracy reads those."""
    first = ForecastSnapshot.objects.values("day__year", "day__month").annotate(day=Min("day"))
    keep = list(first.values_list("day", flat=True))
    old = ForecastSnapshot.objects.filter(day__lt=today - KEPT_FOR).exclude(day__in=keep)
    return old.delete()[0]


def records(scope: Scope, currency: str) -> dict[int, accuracy.Accuracy]:
    """How forecasts turned out, by how many months ahead: of each month its first night's."""
    return _judged(_firsts(scope, currency))


def _firsts(scope: Scope, currency: str) -> dict[int, list[ForecastSnapshot]]:
    rows = ForecastSnapshot.objects.filter(scope=scope.key, currency=currency).exclude(actual=None)
    first: dict[int, dict[date, ForecastSnapshot]] = {ahead: {} for ahead in AHEAD}
    for row in rows.order_by("day"):
        for ahead, found in first.items():
            if months_back(row.month, ahead) == row.day.replace(day=1):
                found.setdefault(row.month, row)
    return {ahead: [found[month] for month in sorted(found)] for ahead, found in first.items()}


def _judged(first: dict[int, list[ForecastSnapshot]]) -> dict[int, accuracy.Accuracy]:
    return {ahead: accuracy.judge([_settled(row) for row in rows]) for ahead, rows in first.items()}


def _settled(row: ForecastSnapshot) -> accuracy.Settled:
    numbers = (row.low, row.middle, row.high, row.naive, row.actual or 0)
    return accuracy.Settled(*(float(number) for number in numbers))


def _money(value: float) -> Decimal:
    return Decimal(str(round(value, 2)))
