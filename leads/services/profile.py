"""The behavioural profile of a lead: how warm, in which mood, where and when, and cooling or not.

It is counted anew each night and after each signal, from the thread alone. The next step and the
best slot come from outreach, through the one hook that wiring names.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.module_loading import import_string

from leads.models import Lead, Profile, ThreadEvent
from leads.services import decisions, profile_signals
from leads.services.profile_facts import ANSWER, OURS, SPOKE, Event, Facts, read
from salesagent.lib.text import plural

BATCH = 500
MOST = 2000  # leads of one run
STALE = timedelta(hours=20)
JUST_SENT = timedelta(minutes=70)
LEVELS = (("high", 30.0), ("some", 10.0), ("low", 1.0))
MOODS = {"positive": 1.0, "neutral": 0.0, "negative": -1.0}
HALF_LIFE = 30.0  # days
USUAL_GAP = 14.0  # days, as long as a lead has no rhythm of its own
CLOSED = (Lead.Stage.WON, Lead.Stage.LOST)
FIELDS = (
    *("engagement", "engagement_points", "sentiment", "trend", "channel", "slot"),
    *("slot_evidence", "signals", "cooling", "cooling_reason", "next_step", "computed_at"),
)


@dataclass(frozen=True)
class Extra:
    """What outreach knows of a lead: the next step and when it is best to write."""

    next_step: Mapping[str, Any] = field(default_factory=dict)
    slot: str = ""
    slot_evidence: int = 0


def refresh(lead_ids: Iterable[int], now: datetime | None = None) -> int:
    """Count the profiles of these leads anew; returns how many. A fixed number of queries a batch.

    A step that is new stands in the autonomy log as a proposal.
    """
    now, ids = now or timezone.now(), list(dict.fromkeys(lead_ids))
    done = 0
    for start in range(0, len(ids), BATCH):
        done += _refresh_batch(ids[start : start + BATCH], now)
    return done


@transaction.atomic
def _refresh_batch(ids: Sequence[int], now: datetime) -> int:
    known = {row.lead_id: row for row in Profile.objects.filter(lead__in=ids)}
    everybody = read(ids, now)
    rows, changes = [], []
    last = {pk: row.computed_at for pk, row in known.items()}
    for facts in everybody:
        row = known.get(facts.lead.pk) or Profile(lead=facts.lead)
        rows.append(_fill(row, facts))
    signals = {row.lead_id: row.signals for row in rows}
    extras: Mapping[int, Extra] = import_string(settings.LEAD_NEXT_STEP)(everybody, signals)
    for row, facts in zip(rows, everybody, strict=True):
        extra = extras.get(row.lead_id, Extra())
        before, since = dict(row.next_step), last.get(row.lead_id)
        row.next_step = dict(extra.next_step)
        row.slot, row.slot_evidence = extra.slot, extra.slot_evidence
        acted = bool(since and facts.sent and facts.sent[-1].at >= since)
        changes.append(decisions.StepChange(facts.lead, before, row.next_step, acted))
    _save(rows)
    decisions.propose_steps(changes, now)
    return len(rows)


def _save(rows: Sequence[Profile]) -> None:
    """Somebody else may have made a row meanwhile: then that one is written over."""
    Profile.objects.bulk_create(
        [row for row in rows if row.pk is None],
        update_conflicts=True,
        unique_fields=["lead"],
        update_fields=FIELDS,
    )
    Profile.objects.bulk_update([row for row in rows if row.pk], FIELDS, batch_size=250)


def refresh_stale(now: datetime | None = None, limit: int = MOST) -> int:
    """Those we have just written to, those never counted, and the oldest of a day before."""
    now = now or timezone.now()
    wrote = ThreadEvent.objects.filter(kind__in=OURS, occurred_at__gte=now - JUST_SENT)
    ids = list(wrote.order_by().values_list("lead_id", flat=True).distinct()[:limit])
    alive = Lead.objects.filter(archived_at=None, erased_at=None, last_sign_at__isnull=False)
    stale = Q(profile=None) | Q(profile__computed_at__lt=now - STALE)
    old = alive.filter(stale).order_by("profile__computed_at", "pk")
    ids += old.values_list("pk", flat=True)[:limit]
    return refresh(ids[:limit], now)


def _fill(row: Profile, facts: Facts) -> Profile:
    row.engagement_points = round(facts.points, 1)
    row.engagement = next((name for name, least in LEVELS if facts.points >= least), "none")
    row.sentiment, row.trend = mood(facts.answers)
    row.channel = favourite(facts)
    row.signals = profile_signals.find(facts)
    row.cooling, row.cooling_reason = cooling(facts)
    row.computed_at = facts.now
    return row


def step_of(lead: Lead) -> Mapping[str, Any]:
    """The next step as it stands; {} without."""
    row = Profile.objects.filter(lead=lead).only("next_step").first()
    return row.next_step if row else {}


def step_names() -> Mapping[str, str]:
    """Every step that could be named in place of one that is not right: code -> words."""
    names: Mapping[str, str] = import_string(settings.LEAD_STEPS)
    return names


def slot_words(code: str) -> str:
    """When that is: "Monday to Wednesday, before 11:00"."""
    return str(import_string(settings.LEAD_SLOT_WORDS)(code))


def answers_by(lead: Lead, channel: str) -> tuple[int, int]:
    """Answers on this channel, and on all: written ones and talks."""
    rows = ThreadEvent.objects.filter(lead=lead).filter(
        Q(kind=ANSWER) | Q(kind="call.logged", data__outcome__in=list(SPOKE))
    )
    counts = rows.aggregate(here=Count("pk", filter=Q(channel=channel)), all=Count("pk"))
    return counts["here"], counts["all"]


def mood(answers: Sequence[Event]) -> tuple[str, str]:
    """The mood of the newest answer that shows one, and where it goes compared with before."""
    shown = [MOODS[one.mood] for one in answers if one.mood in MOODS]
    if not shown:
        return "", ""
    newest = {value: name for name, value in MOODS.items()}[shown[-1]]
    if len(shown) < 2:
        return newest, ""
    change = shown[-1] - sum(shown[-4:-1]) / len(shown[-4:-1])
    return newest, "rising" if change >= 0.5 else "falling" if change <= -0.5 else "steady"


def favourite(facts: Facts) -> str:
    """Where they answer: each answer counts, an older one less."""
    weights: dict[str, float] = {}
    for one in facts.answers:
        if one.channel:
            age = max((facts.now - one.at).total_seconds(), 0) / 86400
            weights[one.channel] = weights.get(one.channel, 0.0) + 0.5 ** (age / HALF_LIFE)
    return max(weights, key=lambda code: (weights[code], code), default="")


def rhythm(facts: Facts) -> tuple[float, bool]:
    """Days between their signs as they used to come, and whether that is their own measure."""
    days = sorted({one.at.date() for one in facts.signs})
    gaps = [(after - before).days for before, after in zip(days, days[1:], strict=False)]
    return (max(float(median(gaps)), 1.0), True) if len(gaps) >= 2 else (USUAL_GAP, False)


def cooling(facts: Facts) -> tuple[str, str]:
    """Low, medium or high, and why; nothing for who never gave a sign, or is won or lost."""
    signs = facts.signs
    if not signs or facts.lead.stage in CLOSED:
        return "", ""
    quiet = (facts.now - signs[-1].at).days
    gap, own = rhythm(facts)
    waiting = len(facts.unanswered)
    falling = mood(facts.answers)[1] == "falling"
    times = quiet / gap
    if (times >= 3 and quiet >= 14 and waiting) or waiting >= 4:
        level = "high"
    elif (times >= 2 and quiet >= 7 and waiting) or waiting >= 2 or falling or quiet >= 45:
        level = "medium"
    else:
        level = "low"
    return level, _cooling_words(quiet, gap if own else None, waiting, falling)


def _cooling_words(quiet: int, gap: float | None, waiting: int, falling: bool) -> str:
    last = f"Quiet for {plural(quiet, 'day')}" if quiet else "A sign today"
    usual = f", they used to come back every {plural(round(gap), 'day')}" if gap else ""
    rest = f" {plural(waiting, 'message')} unanswered." if waiting else ""
    return f"{last}{usual}.{rest}{' The mood of their answers falls.' if falling else ''}"
