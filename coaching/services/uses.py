"""When a play was taken into an answer, and what came of it: the numbers behind "worked 3 of 5"."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import IntegrityError, transaction
from django.utils import timezone

from coaching.models import Play, PlayUse
from coaching.services import plays
from leads.models import Lead, ThreadEvent
from outreach.models import Touch
from salesagent.accounts.models import User

WINDOW = timedelta(days=21)
SENT_WITHIN = timedelta(days=3)  # a play that was picked and never said counts for nothing
POSITIVE = ("interested", "meeting", "referral")
NEGATIVE = ("not_interested", "opt_out")
FORWARD = ("meeting", "proposal", "won")
OUT = ("touch.sent", "touch.done", "linkedin.done", "call.logged")
OVERLAP = 0.5  # share of a play's word triples that stand in a sent text
Outcome = PlayUse.Outcome
_WORD = re.compile(r"\w+")


@transaction.atomic
def record(
    play: Play,
    lead: Lead,
    user: User | None,
    *,
    event: ThreadEvent | None = None,
    touch: Touch | None = None,
) -> PlayUse:
    """Note the use, once for each objection (within a day where none is known)."""
    same = PlayUse.objects.filter(play=play, lead=lead, event=event)
    if event is None:
        same = same.filter(used_at__gte=timezone.now() - timedelta(days=1), user=user)
    found = same.first()
    if found is None:
        return _create(play, lead, user, event, touch)
    if touch is not None and found.touch_id is None:
        PlayUse.objects.filter(pk=found.pk, touch=None).update(touch=touch)
    return found


def _create(
    play: Play, lead: Lead, user: User | None, event: ThreadEvent | None, touch: Touch | None
) -> PlayUse:
    try:
        with transaction.atomic():
            return PlayUse.objects.create(play=play, lead=lead, user=user, event=event, touch=touch)
    except IntegrityError:  # a second click was faster
        return PlayUse.objects.get(play=play, lead=lead, event=event)


def _triples(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text[:8_000].lower())
    return {tuple(words[place : place + 3]) for place in range(len(words) - 2)}


def said_in(body: str) -> Play | None:
    """The play whose answer stands in a text, by its words; merge fields may differ."""
    spoken = _triples(body)
    best: tuple[float, Play | None] = (0.0, None)
    for play in plays.current().only("pk", "code", "name", "kind", "answer"):
        wanted = _triples(re.sub(r"\{\{[^{}]{0,160}\}\}", " ", play.answer))
        share = len(wanted & spoken) / len(wanted) if wanted else 0.0
        if share > best[0]:
            best = (share, play)
    return best[1] if best[0] >= OVERLAP else None


def settle_lead(lead_id: int) -> int:
    """Settle the open uses of a lead by what its thread says now; returns how many."""
    open_uses = PlayUse.objects.filter(lead=lead_id, outcome=Outcome.OPEN)
    return sum(_settle(use, timezone.now()) for use in open_uses)


def settle() -> int:
    """Settle every open use that has an answer or has waited long enough."""
    now, count = timezone.now(), 0
    for use in PlayUse.objects.filter(outcome=Outcome.OPEN).order_by("pk").iterator(200):
        count += _settle(use, now)
    return count


def _settle(use: PlayUse, now: datetime) -> int:
    until = use.used_at + WINDOW
    events = list(
        ThreadEvent.objects.filter(
            lead=use.lead_id,
            occurred_at__gt=use.used_at,
            occurred_at__lte=until,
            kind__in=["reply.classified", "lead.stage_changed", "deal.won", "deal.lost", *OUT],
        ).order_by("occurred_at", "pk")
    )
    said = next((event.occurred_at for event in events if event.kind in OUT), None)
    if said is None or said > use.used_at + SENT_WITHIN:
        return _forget(use, now)
    outcome = _outcome(events, said) or (Outcome.FAILED if now > until else "")
    if not outcome:
        return 0
    rows = PlayUse.objects.filter(pk=use.pk, outcome=Outcome.OPEN)
    return rows.update(outcome=outcome, settled_at=now)


def _forget(use: PlayUse, now: datetime) -> int:
    if now > use.used_at + SENT_WITHIN:
        PlayUse.objects.filter(pk=use.pk, outcome=Outcome.OPEN).delete()
    return 0


class Line(Protocol):
    """What is asked of a line of the thread."""

    @property
    def kind(self) -> str: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def data(self) -> dict[str, Any]: ...


def verdict(later: Sequence[Line], said: datetime, now: datetime) -> bool | None:
    """What came of an answer by what followed it: True, False, or None while that is open."""
    found = _outcome([one for one in later if one.occurred_at <= said + WINDOW], said)
    if found:
        return found == Outcome.WORKED
    return False if now > said + WINDOW else None


def _outcome(events: Sequence[Line], said: datetime) -> str:
    """The first thing after it was said that shows which way it went."""
    for event in events:
        if event.occurred_at < said:
            continue
        if event.kind == "deal.won":
            return Outcome.WORKED
        if event.kind == "deal.lost":
            return Outcome.FAILED
        if event.kind == "lead.stage_changed":
            to = event.data.get("to")
            if to in FORWARD or to == "lost":
                return Outcome.FAILED if to == "lost" else Outcome.WORKED
        if event.kind == "reply.classified":
            label = event.data.get("disposition")
            if label in POSITIVE or label in NEGATIVE:
                return Outcome.WORKED if label in POSITIVE else Outcome.FAILED
        if event.kind == "call.logged" and event.data.get("outcome") == "meeting":
            return Outcome.WORKED
    return ""
