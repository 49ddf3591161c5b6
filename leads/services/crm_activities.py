"""What happened with a lead, written to the other side: mails, calls, notes, messages.

Events whose kind carries `crm_activity`, recorded after the lead was in both systems. Nothing of
people who may not leave.
"""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from django.db.models import F, QuerySet

from leads.crm.base import ACTIVITIES, Kind, Write
from leads.models import Lead, RemoteLink, SyncChange, SyncRun, ThreadEvent
from leads.services import crm_eligible
from leads.services import crm_links as links
from leads.services.crm_accounts import Terms
from leads.services.crm_values import People, label_of
from leads.thread import KINDS
from salesagent.lib import bulk
from salesagent.lib.text import one_line

PART = 500
TEXT = 20_000
MESSAGES = frozenset({"sms", "whatsapp", "linkedin"})
Action = SyncChange.Action
REDACTED = "Its text was erased"
NOT_THERE = "The lead is not there any more"


def kinds() -> dict[str, Kind]:
    """Event kind -> what it is called there."""
    return {code: one.crm_activity for code, one in KINDS.items() if one.crm_activity in ACTIVITIES}


def kind_of(event: ThreadEvent) -> Kind:
    """A message that is no mail is a communication, whatever recorded it."""
    found = kinds()[event.kind]
    return "communication" if event.channel in MESSAGES and found != "call" else found


def unsent(terms: Terms, after: int) -> QuerySet[ThreadEvent]:
    tied = {
        "lead__remote_links__provider": terms.provider,
        "lead__remote_links__account": terms.account,
        "lead__remote_links__kind": "contact",
        "lead__remote_links__state": RemoteLink.State.LINKED,
        "recorded_at__gte": F("lead__remote_links__created_at"),
    }
    rows = ThreadEvent.objects.filter(**tied, kind__in=list(kinds()), pk__gt=after)
    sent = RemoteLink.objects.filter(provider=terms.provider, account=terms.account)
    done = sent.exclude(event=None).values("event_id")
    return rows.filter(redacted_at=None).exclude(pk__in=done).select_related("lead").order_by("pk")


def plan(run: SyncRun, terms: Terms, after: int, failed: Sequence[int]) -> tuple[int | None, int]:
    """Plan one part; (where to go on or None, the last event's id). `failed`: once more."""
    part = list(unsent(terms, after)[:PART])
    again = [] if after else list(unsent(terms, 0).filter(pk__in=list(failed)))
    events = {event.pk: event for event in [*again, *part]}
    stay = crm_eligible.why_not(list({e.lead_id: e.lead for e in events.values()}.values()))
    planned = set(run.changes.filter(event__in=list(events)).values_list("event_id", flat=True))
    lines = [
        SyncChange(
            run=run,
            action=Action.LOG_THERE,
            kind=kind_of(event),
            lead=event.lead,
            event=event,
            label=one_line(f"{KINDS[event.kind].label}, {label_of(event.lead)}", 200),
        )
        for event in events.values()
        if event.lead_id not in stay and event.pk not in planned
    ]
    bulk.insert_many(lines)
    last = part[-1].pk if part else after
    return (last if len(part) == PART else None), last


def failed_before(run: SyncRun) -> list[int]:
    """Events of the run before that did not arrive."""
    before = SyncRun.objects.filter(provider=run.provider, preview=False, pk__lt=run.pk).order_by(
        "-pk"
    )
    last = before.first()
    if last is None:
        return []
    rows = last.changes.filter(action=Action.LOG_THERE).exclude(state=SyncChange.State.DONE)
    return [pk for pk in rows.values_list("event_id", flat=True)[:1000] if pk]


def writes(
    terms: Terms, kind: Kind, lines: Sequence[SyncChange], people: People
) -> list[tuple[Write | None, str]]:
    """For each line what is written, or why nothing is. People are looked at again."""
    leads: list[Lead] = [line.event.lead for line in lines if line.event]
    stay = crm_eligible.why_not(leads)
    there = links.remote_ids(terms, "contact", [lead.pk for lead in leads])
    found: list[tuple[Write | None, str]] = []
    for line in lines:
        event = line.event
        if event is None or event.redacted_at is not None:
            found.append((None, REDACTED))
        elif why := stay.get(event.lead_id):
            found.append((None, why))
        elif event.lead_id not in there:
            found.append((None, NOT_THERE))
        else:
            values = _values(event, people)
            ends: tuple[tuple[Kind, str], ...] = (("contact", there[event.lead_id]),)
            found.append((Write(f"event:{event.pk}", kind, values, links=ends), ""))
    return found


def _values(event: ThreadEvent, people: People) -> dict[str, str]:
    data: dict[str, Any] = event.data
    kind, _, rest = event.actor.partition(":")
    owner = people.email(int(rest)) if kind == "user" and rest.isdigit() else ""
    seconds = data.get("seconds") or data.get("duration") or ""
    values = {
        "at": event.occurred_at.astimezone(UTC).isoformat(),
        "subject": one_line(str(data.get("subject") or KINDS[event.kind].label), 200),
        "text": event.body[:TEXT],
        "direction": "in" if event.direction == ThreadEvent.Direction.IN else "out",
        "channel": event.channel,
        "seconds": str(seconds) if str(seconds).isdecimal() else "",
        "owner": owner or people.email(event.lead.owner_id),
    }
    return {code: value for code, value in values.items() if value}
