"""Lines that come up by themselves: a person's own reminders, and hot leads nobody writes to."""

from collections import Counter
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from leads.models import Lead
from outreach.models import Enrollment, Task, Touch
from outreach.selectors_work import HOT
from outreach.services import worklist

QUIET_DAYS = 21
HOT_PER_PERSON = 5
BATCH = 500
OPEN_STAGES = ("new", "contacted", "engaged")


def refresh(now: datetime | None = None) -> int:
    """Add what is due; safe to run as often as one likes. Returns how many lines were added."""
    now = now or timezone.now()
    worklist.close_archived()
    return _follow_ups(now) + _hot_and_quiet(now)


def _follow_ups(now: datetime) -> int:
    """One line for each lead whose follow-up date has come, on its owner's calendar."""
    latest = (now + timedelta(hours=14)).date()  # the day has begun somewhere
    leads = Lead.objects.filter(
        follow_up_at__lte=latest,
        follow_up_at__gte=latest - timedelta(days=60),
        owner__is_active=True,
        archived_at=None,
        erased_at=None,
    ).select_related("owner")
    due = [lead for lead in leads.order_by("-follow_up_at")[:BATCH] if _day_has_come(lead, now)]
    keys = {lead.pk: f"follow_up:{lead.pk}:{lead.follow_up_at}" for lead in due}
    known = Task.objects.filter(dedupe_key__in=keys.values()).values_list("dedupe_key", flat=True)
    fresh = [lead for lead in due if keys[lead.pk] not in set(known)]
    return sum(_remind(lead, keys[lead.pk]) for lead in fresh)


def _day_has_come(lead: Lead, now: datetime) -> bool:
    today: date | None = now.astimezone(lead.owner.tz).date() if lead.owner else None
    return bool(today and lead.follow_up_at and lead.follow_up_at <= today)


def _remind(lead: Lead, key: str) -> bool:
    if lead.owner is None or lead.follow_up_at is None:
        return False
    due = datetime.combine(lead.follow_up_at, time(9), tzinfo=lead.owner.tz)
    task = worklist.add(
        Task.Kind.FOLLOW_UP,
        owner=lead.owner,
        lead=lead,
        title=f"Follow up with {lead.name}",
        why=f"You set a reminder for {lead.follow_up_at:%-d %B}.",
        due_at=due,
        dedupe_key=key,
    )
    return task is not None


def _hot_and_quiet(now: datetime) -> int:
    """Hot leads outside of any sequence that nobody wrote to for three weeks, a few a person."""
    mine = {"lead": OuterRef("pk")}
    recent = Touch.objects.filter(**mine, created_at__gte=now - timedelta(days=QUIET_DAYS))
    running = Enrollment.objects.filter(**mine, state__in=["active", "paused"])
    waiting = Task.objects.filter(**mine, state=Task.State.OPEN)
    seen = Task.objects.filter(**mine, kind=Task.Kind.MOMENT, created_at__gte=now - timedelta(30))
    leads = (
        Lead.objects.filter(
            score__gte=HOT,
            stage__in=OPEN_STAGES,
            owner__is_active=True,
            archived_at=None,
            erased_at=None,
        )
        .exclude(lawful_basis="")
        .filter(~Exists(recent), ~Exists(running), ~Exists(waiting), ~Exists(seen))
        .select_related("owner")
        .order_by("-score", "-pk")[:BATCH]
    )
    return _spread(list(leads), now)


def _spread(leads: list[Lead], now: datetime) -> int:
    open_now = Task.objects.filter(kind=Task.Kind.MOMENT, state=Task.State.OPEN)
    room: Counter[int | None] = Counter(open_now.values_list("owner_id", flat=True))
    added = 0
    for lead in leads:
        if room[lead.owner_id] < HOT_PER_PERSON and _point_at(lead, now):
            room[lead.owner_id] += 1
            added += 1
    return added


def _point_at(lead: Lead, now: datetime) -> bool:
    reason = str(lead.score_reasons[1][0]) if len(lead.score_reasons) > 1 else ""
    why = f"Scored {lead.score} and in no sequence. " + (f"{reason}." if reason else "")
    task = worklist.add(
        Task.Kind.MOMENT,
        owner=lead.owner,
        lead=lead,
        title="Hot, and nobody has written for three weeks",
        why=why,
        due_at=now,
        dedupe_key=f"hot:{lead.pk}:{now:%Y-%m}",
    )
    return task is not None
