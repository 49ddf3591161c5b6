"""Every question to a language model: the bill, the cache, and the proof of what left the house.

Money is counted in millionths of the currency in which the owner set the prices. Before a question
is asked its worst cost is held, in one transaction with the sum of the month, so that two processes
cannot spend the same money.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from salesagent.lib.models import AiCall, ProviderState
from salesagent.lib.scrub import scrub

CACHE = timedelta(days=30)
LOST = timedelta(minutes=15)  # a question still open then: its process died
LOCK = "ai-ledger:"  # a row that every reservation takes first, where rows can be locked
ANSWER_LIMIT = 50_000  # characters kept of an answer
State = AiCall.State


class InFlight(Exception):
    """Another process asks just the same question now: its answer will do for both."""


class BudgetSpent(Exception):
    """The month's money does not cover the worst case of this question."""


@dataclass(frozen=True)
class Ask:
    """What is about to be asked. `reserve`: the most it can cost, `limit`: of the whole month."""

    key: str
    purpose: str
    about: str
    model: str
    request: str
    reserve: int
    limit: int


@dataclass(frozen=True)
class Spent:
    """A month so far, in millionths; `held` is part of `total`."""

    total: int
    held: int
    calls: int
    saved: int
    by_purpose: tuple[tuple[str, int, int], ...]  # purpose, calls, millionths


def cached(key: str) -> AiCall | None:
    """The good answer to the same question of the last 30 days; counts the use."""
    rows = AiCall.objects.filter(key=key, state=State.OK, created_at__gte=timezone.now() - CACHE)
    row = rows.exclude(answer="").order_by("-id").first()
    if row is not None:
        AiCall.objects.filter(pk=row.pk).update(uses=F("uses") + 1)
    return row


def answers(about: str, purpose: str) -> int:
    """How many good answers there were; the next question with that number is a new one."""
    rows = AiCall.objects.filter(about=about, purpose=purpose, state=State.OK)
    return rows.count()


def open_call(ask: Ask) -> AiCall:
    """Hold the money and note what is sent; call it outside transactions.

    Raises BudgetSpent, and InFlight when the same is being asked about somebody already.
    """
    with transaction.atomic():
        _lock()
        _settle_lost()
        if ask.about and AiCall.objects.filter(key=ask.key, state=State.OPEN).exists():
            raise InFlight
        held = _sum(_month(AiCall.objects.all()))
        if ask.reserve and held + ask.reserve > ask.limit:
            raise BudgetSpent
        return AiCall.objects.create(
            key=ask.key,
            purpose=ask.purpose,
            about=ask.about,
            model=ask.model[:100],
            request=ask.request,
            reserved_micros=ask.reserve,
        )


def _lock() -> None:
    """SQLite's transactions are one at a time already (IMMEDIATE)."""
    if connection.features.has_select_for_update:
        ProviderState.objects.get_or_create(key=LOCK, defaults={"tokens": 0, "refilled_at": 0})
        list(ProviderState.objects.select_for_update().filter(key=LOCK).values_list("pk"))


def _settle_lost() -> None:
    """Nobody knows whether it was answered, so it counts as if it had been."""
    lost = AiCall.objects.filter(state=State.OPEN, created_at__lt=timezone.now() - LOST)
    lost.update(
        state=State.FAILED,
        error="Interrupted; counted as if it had been answered.",
        cost_micros=F("reserved_micros"),
        reserved_micros=0,
        ended_at=timezone.now(),
    )


def sent(pk: int, request: str) -> None:
    """The endpoint wanted it in another form: this is what it got in the end."""
    AiCall.objects.filter(pk=pk, state=State.OPEN).update(request=request)


def answered(pk: int, answer: str, *, tokens: tuple[int, int], cost: int) -> None:
    _end(pk, state=State.OK, answer=answer[:ANSWER_LIMIT], tokens=tokens, cost=cost)


def failed(
    pk: int, error: str, *, answer: str = "", tokens: tuple[int, int] = (0, 0), cost: int = 0
) -> None:
    """`cost`: an answer that cannot be used is paid for all the same."""
    text = scrub(error)[:300]
    _end(pk, state=State.FAILED, answer=answer[:ANSWER_LIMIT], tokens=tokens, cost=cost, error=text)


def _end(
    pk: int, *, state: str, answer: str, tokens: tuple[int, int], cost: int, error: str = ""
) -> None:
    """Only an open one: the month's sum never loses what was counted. An erased one stays blank."""
    rows = AiCall.objects.filter(pk=pk, state=State.OPEN)
    kept = {"answer": answer} if rows.exclude(request="").exists() else {}
    rows.update(
        state=state,
        error=error,
        tokens_in=max(tokens[0], 0),
        tokens_out=max(tokens[1], 0),
        cost_micros=max(cost, 0),
        reserved_micros=0,
        ended_at=timezone.now(),
        **kept,
    )


def month_start(now: datetime | None = None) -> datetime:
    local = timezone.localtime(now)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _month(rows: QuerySet[AiCall]) -> QuerySet[AiCall]:
    return rows.filter(created_at__gte=month_start())


def _sum(rows: QuerySet[AiCall]) -> int:
    found = rows.aggregate(spent=Sum("cost_micros"), held=Sum("reserved_micros"))
    return (found["spent"] or 0) + (found["held"] or 0)


def spent() -> Spent:
    """This month: what it cost, for what, and how often the cache answered instead."""
    found = list(
        _month(AiCall.objects.order_by())
        .values("purpose")
        .annotate(
            calls=Count("pk"),
            cost=Sum("cost_micros"),
            held=Sum("reserved_micros"),
            used=Sum("uses"),
        )
    )
    lines = ((row["purpose"], row["calls"], row["cost"] + row["held"]) for row in found)
    return Spent(
        total=sum(row["cost"] + row["held"] for row in found),
        held=sum(row["held"] for row in found),
        calls=sum(row["calls"] for row in found),
        saved=sum(row["used"] for row in found),
        by_purpose=tuple(sorted(lines, key=_dearest)),
    )


def _dearest(line: tuple[str, int, int]) -> tuple[int, int, str]:
    return -line[2], -line[1], line[0]


def latest(count: int = 20) -> list[AiCall]:
    return list(AiCall.objects.order_by("-id")[:count])


def forget(about: str) -> int:
    """Blank what was sent and answered about somebody; the bill stays. For erasure."""
    rows = AiCall.objects.filter(about=about)
    return rows.update(request="", answer="", error="", about="")


def export(about: str) -> list[dict[str, str]]:
    """What was sent and answered about somebody, oldest first."""
    rows = AiCall.objects.filter(about=about).exclude(request="").order_by("id")
    found = rows.values_list("created_at", "purpose", "model", "request", "answer")
    return [
        {
            "at": at.isoformat(),
            "purpose": purpose,
            "model": model,
            "sent": request,
            "answered": answer,
        }
        for at, purpose, model, request, answer in found
    ]


def forget_old() -> int:
    """The texts of more than 30 days ago; nothing answers from them any more."""
    rows = AiCall.objects.filter(created_at__lt=timezone.now() - CACHE)
    return rows.exclude(Q(request="") & Q(answer="")).update(request="", answer="", about="")
