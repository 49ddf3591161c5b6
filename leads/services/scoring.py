"""Scores of leads: the columns a card may look at, engagement from the thread, writing the result.

What scores is a Model: the owner's card, or what was learned from outcomes with it as prior.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from leads import family, thread
from leads.models import Lead, Pain, ThreadEvent
from leads.scoring.card import Score, score_values
from leads.scoring.model import RULES, Model, from_card
from leads.services import score_models, snapshots
from leads.services.score_models import card_in_use as card_in_use

HALF_LIFE_DAYS = 30.0
FORGET_AFTER = timedelta(days=365)
STALE_AFTER = timedelta(hours=24)
BATCH = 500
CLASSIFIED = "reply.classified"
ANSWERS = ("reply.received", "autoreply.received")
REFUSED = frozenset({"opt_out", "not_interested", "left_company"})  # nothing before it counts
UNREAD = 0.4  # of an answer's weight, while nobody knows for sure what it means
MEANING = {  # what share of an answer's weight its class is worth
    "interested": 1.0,
    "meeting": 1.0,
    "question": 1.0,
    "objection": 0.6,
    "referral": 0.3,
    "other": 0.2,
    "out_of_office": 0.0,
}

COLUMNS = {
    "title": "Job title",
    "trade": "Trade",
    "company_size": "Company size",
    "country": "Country",
    "city": "City",
    "language": "Language",
    "source": "Source",
    "tags": "Tags",
    "email": "Email",
    "phone_known": "Phone known",
    "linkedin_known": "LinkedIn known",
    "enquired": "Asked us first",
    "lawful_basis": "Lawful basis",
    "pains": "Pains known",
    "won_in_trade": "Won in the trade",
    "engagement": "Engagement",
}


@dataclass(frozen=True)
class Rated(Score):
    """One lead's score: what it rests on, and the row of values it was read from."""

    state: str
    row: Mapping[str, object]


def engagement_of(ids: Sequence[int], now: datetime | None = None) -> dict[int, float]:
    """Points of engagement by lead: each kind's weight, halved every 30 days. Two queries.

    An answer counts as far as its newest class promises something. A no ends what was before it.

    `kind` is wrapped so that the leads' own index serves: the one on kinds would read everybody's.
    """
    now = now or timezone.now()
    kinds = [code for code, kind in thread.KINDS.items() if kind.engagement]
    kinds.append(CLASSIFIED)
    of = family.merged_into(ids)
    since = now - FORGET_AFTER
    events = ThreadEvent.objects.filter(lead__in=[*ids, *of], occurred_at__gte=since)
    counted = events.alias(sort=Coalesce("kind", Value(""))).filter(sort__in=kinds)
    facts = ("pk", "lead_id", "kind", "occurred_at", "data__event", "data__disposition")
    rows = list(counted.order_by("pk").values_list(*facts, "data__abstained"))
    classes = {
        of: "" if unsure else said
        for _pk, _lead, kind, _at, of, said, unsure in rows
        if kind == CLASSIFIED
    }
    sums: dict[int, float] = defaultdict(float)
    for pk, lead_id, kind, at, *_ in rows:
        whose = of.get(lead_id, lead_id)
        if classes.get(pk) in REFUSED:
            sums[whose] = 0.0
        elif kind != CLASSIFIED:
            days = max((now - at).total_seconds(), 0.0) / 86400
            sums[whose] += _weight(kind, classes.get(pk, "")) * 0.5 ** (days / HALF_LIFE_DAYS)
    return dict(sums)


def _weight(kind: str, said: str) -> float:
    """What an event is worth on its day; `said`: the class of an answer, if one is sure."""
    weight = thread.KINDS[kind].engagement
    return weight * MEANING.get(said, UNREAD) if kind in ANSWERS else weight


def _won_by_trade() -> dict[str, int]:
    """Wins by trade, erased people included: their trade is no personal data."""
    won = Lead.objects.filter(stage=Lead.Stage.WON)
    rows = won.order_by().values_list("trade").annotate(n=Count("pk"))
    counts: dict[str, int] = defaultdict(int)
    for trade, n in rows:
        counts[trade.casefold()] += n
    return dict(counts)


def _pain_counts(ids: Sequence[int]) -> dict[int, int]:
    rows = Pain.objects.filter(lead__in=ids, verified=True).order_by().values_list("lead_id")
    return dict(rows.annotate(n=Count("pk")))


def values_of(lead: Lead, *, pains: int, won: Mapping[str, int]) -> dict[str, object]:
    """What a rule may look at. Own columns come as `custom.<name>`."""
    own = {f"custom.{key}": value for key, value in lead.custom.items()}
    others = won.get(lead.trade.casefold(), 0) - (lead.stage == Lead.Stage.WON)
    return own | {
        "title": lead.title,
        "trade": lead.trade,
        "company_size": lead.company.size if lead.company else None,
        "country": lead.country,
        "city": lead.city,
        "language": lead.language,
        "source": lead.source,
        "tags": lead.tags,
        "email": lead.email,
        "phone_known": "yes" if lead.phone else "no",
        "linkedin_known": "yes" if lead.linkedin_url else "no",
        "enquired": "yes" if lead.inquired_at else "no",
        "lawful_basis": lead.lawful_basis,
        "pains": pains,
        "won_in_trade": max(others, 0) if lead.trade else 0,
    }


def compute(
    leads: Sequence[Lead],
    by: Model | Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> list[Rated]:
    """Scores in the order of `leads`, by a model, a card, or what is in use; nothing is written.

    Leads should come with their company.
    """
    by = by or score_models.in_use()
    model = by if isinstance(by, Model) else from_card(by)
    return [_rate(model, values, points) for values, points in rows_of(leads, now)]


def rows_of(
    leads: Sequence[Lead], now: datetime | None = None
) -> list[tuple[dict[str, object], float]]:
    """The values and the points of engagement of each lead, in order. Three queries."""
    ids = [lead.pk for lead in leads if lead.pk]
    engagement = engagement_of(ids, now) if ids else {}
    pains = _pain_counts(ids) if ids else {}
    won = _won_by_trade()
    return [
        (values_of(lead, pains=pains.get(lead.pk, 0), won=won), engagement.get(lead.pk, 0.0))
        for lead in leads
    ]


def _rate(model: Model, values: Mapping[str, object], engagement: float) -> Rated:
    row = snapshots.row(values, engagement)
    if not model.outcomes:
        score = score_values(values, model.card, engagement)
        return Rated(score.number, score.reasons, RULES, row)
    read = model.read(row, COLUMNS)
    return Rated(read.number, read.reasons, read.state, row)


@transaction.atomic
def score_lead(lead: Lead, *, actor: str = "system") -> None:
    """Score one lead now; a new number is a line in the thread."""
    model = score_models.in_use()
    score = compute([lead], model)[0]
    before = Lead.objects.filter(pk=lead.pk).values_list("score", flat=True).first()
    if before is None:
        return
    now = timezone.now()
    _fill(lead, score, now)
    Lead.objects.filter(pk=lead.pk).update(
        score=lead.score,
        score_reasons=lead.score_reasons,
        score_state=lead.score_state,
        scored_at=lead.scored_at,
    )
    snapshots.note([(lead, score.row)], model.card, now)
    if score.number != before:
        thread.record(
            lead=lead,
            kind="lead.scored",
            actor=actor,
            data={"from": before, "to": score.number, "state": score.state},
        )


def _fill(lead: Lead, score: Rated, now: datetime) -> None:
    lead.score = score.number
    lead.score_reasons = [list(reason) for reason in score.reasons]
    lead.score_state = score.state
    lead.scored_at = now


def score_batch(leads: Iterable[Lead], by: Model | Mapping[str, Any] | None = None) -> int:
    """Score many; no events. Leads not saved yet are only filled in. Returns how many changed."""
    rows = list(leads)
    now = timezone.now()
    by = by or score_models.in_use()
    changed, scored = [], compute(rows, by, now)
    for lead, score in zip(rows, scored, strict=True):
        old = (lead.score, lead.score_reasons, lead.score_state)
        _fill(lead, score, now)
        if lead.pk and old != (lead.score, lead.score_reasons, lead.score_state):
            changed.append(lead)
    Lead.objects.bulk_update(changed, ["score", "score_reasons", "score_state"], batch_size=200)
    Lead.objects.filter(pk__in=[lead.pk for lead in rows if lead.pk]).update(scored_at=now)
    card = by.card if isinstance(by, Model) else by
    snapshots.note([(x, s.row) for x, s in zip(rows, scored, strict=True)], card, now)
    return len(changed)


def rescore_stale(limit: int = 4 * BATCH) -> int:
    """Score again what was scored over a day ago, the oldest first; returns how many.

    Scores move by themselves: engagement fades, and wins in a trade count for its other leads.
    """
    stale = Q(scored_at=None) | Q(scored_at__lt=timezone.now() - STALE_AFTER)
    rows = Lead.objects.filter(stale, archived_at=None, erased_at=None)
    ids = list(rows.order_by("scored_at", "pk").values_list("pk", flat=True)[:limit])
    model = score_models.in_use()
    for start in range(0, len(ids), BATCH):
        part = Lead.objects.select_related("company").filter(pk__in=ids[start : start + BATCH])
        with transaction.atomic():
            score_batch(part, model)
    return len(ids)


def rescore_all(report: Callable[[int, int], None]) -> int:
    """Score every lead that is not archived; `report(done, total)` after each batch."""
    rows = Lead.objects.filter(archived_at=None, erased_at=None)
    total, done, last = rows.count(), 0, 0
    model = score_models.in_use()
    while ids := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            score_batch(Lead.objects.select_related("company").filter(pk__in=ids), model)
        done, last = done + len(ids), ids[-1]
        report(done, max(total, done))
    return done
