"""The living sales thread: the one door through which every app writes to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from leads.family import keeper
from leads.models import Lead, ThreadEvent
from salesagent.lib import bulk, hands
from salesagent.lib.sql import Insert
from salesagent.lib.tasks import enqueue


@dataclass(frozen=True)
class EventKind:
    """What one kind of event means to the rest of the product.

    `personal`: keys of `data` that are blanked on erasure. `engagement`: what the event adds to a
    lead's engagement (0 for what we do ourselves). `quiet`: shown as a thin line, grouped when
    several follow each other. `group`: the filter chip it stands under.
    """

    code: str
    label: str
    personal: tuple[str, ...] = ()
    engagement: float = 0.0
    crm_activity: str | None = None
    icon: str = "activity"
    group: str = "signals"  # messages, calls, notes, signals
    quiet: bool = True


KINDS: dict[str, EventKind] = {}
STAYS = ("touch.", "enrollment.")
COLUMNS = (
    *("lead_id", "kind", "occurred_at", "recorded_at", "actor", "channel"),
    *("direction", "body", "data", "dedupe_key", "redacted_at"),
)
INSERT = Insert(ThreadEvent, COLUMNS)


def register(*kinds: EventKind) -> None:
    for kind in kinds:
        if kind.code in KINDS:
            raise ValueError(f"event kind {kind.code!r} is registered twice")
        KINDS[kind.code] = kind


@transaction.atomic
def record(
    *,
    lead: Lead,
    kind: str,
    actor: str,
    body: str = "",
    channel: str = "",
    direction: str = ThreadEvent.Direction.NONE,
    data: Mapping[str, object] | None = None,
    occurred_at: datetime | None = None,
    dedupe_key: str | None = None,
) -> ThreadEvent | None:
    """Add an event and queue its reactions in the same transaction; None if dedupe_key was seen.

    What happens to a lead that was merged away happens to its keeper; what becomes of its own
    messages and enrolments does not. While a program acts, `data` says so (lib.hands). Raises
    KeyError for an unknown kind.
    """
    KINDS[kind]
    event = ThreadEvent(
        lead=lead if kind.startswith(STAYS) else keeper(lead),
        kind=kind,
        actor=actor,
        body=body,
        channel=channel,
        direction=direction,
        data=_marked(data or {}),
        occurred_at=occurred_at or timezone.now(),
        dedupe_key=dedupe_key,
    )
    if dedupe_key is None:
        _insert(event)
    elif not _insert_once(event):
        return None
    for path in settings.REACTIONS.get(kind, ()):
        enqueue(path, event.pk)
    return event


def _marked(data: Mapping[str, object]) -> dict[str, object]:
    """Also says when it was a program's doing."""
    return {**data, hands.MARK: True} if hands.program() else dict(data)


def _insert(event: ThreadEvent) -> None:
    """event.save(force_insert=True) at a third of its cost: each sent mail writes an event."""
    event.recorded_at = timezone.now()
    event.pk = INSERT.run([getattr(event, name) for name in COLUMNS])
    event._state.adding = False


def _insert_once(event: ThreadEvent) -> bool:
    """Insert unless the dedupe key is there. A savepoint keeps the caller's transaction whole."""
    if ThreadEvent.objects.filter(dedupe_key=event.dedupe_key).exists():
        return False
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError:
        if ThreadEvent.objects.filter(dedupe_key=event.dedupe_key).exists():
            return False  # a second writer was faster
        raise
    return True


def record_many(
    *,
    kind: str,
    actor: str,
    rows: Iterable[tuple[Lead, Mapping[str, object]]],
    channel: str = "",
    occurred_at: datetime | None = None,
) -> int:
    """Add one event for each (lead, data) in one statement; for bulk work such as an import.

    Reactions are NOT queued: the bulk job does their work itself, in batches. Returns the count.
    """
    KINDS[kind]
    now = occurred_at or timezone.now()
    events = [
        ThreadEvent(
            lead=lead, kind=kind, actor=actor, channel=channel, data=_marked(data), occurred_at=now
        )
        for lead, data in rows
    ]
    bulk.insert_many(events)
    return len(events)


def redact(lead_id: int) -> int:
    """Blank text and personal keys of a lead's events: the one change the database allows."""
    now = timezone.now()
    count = 0
    for event in ThreadEvent.objects.filter(lead=lead_id, redacted_at=None).iterator():
        personal = KINDS[event.kind].personal if event.kind in KINDS else tuple(event.data)
        for key in personal:
            event.data.pop(key, None)
        event.body = ""
        event.redacted_at = now
        event.save(update_fields=["data", "body", "redacted_at"])
        count += 1
    return count
