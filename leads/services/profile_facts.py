"""What profiles are made from: the thread alone, read for many leads at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, CharField, F, Value, When
from django.db.models.functions import Coalesce, Left

from leads import family
from leads.models import Correction, Lead, ThreadEvent
from leads.services import scoring

LOOK_BACK = timedelta(days=365)
TEXT_READ = 2000  # characters of an answer
MOST_EVENTS = 300  # of one lead, the newest
RESPECTED = timedelta(days=14)  # how long "not right" keeps a step away
CLASSIFIED = "reply.classified"
ANSWER = "reply.received"
SPOKE = frozenset({"reached", "call_back", "meeting"})  # outcomes of calls that were talks
OURS = frozenset({"touch.sent", "touch.done", "linkedin.done", "call.logged"})
POSITIVE = frozenset({"interested", "meeting"})
NEGATIVE = frozenset({"not_interested", "opt_out"})
KINDS = (
    *(ANSWER, CLASSIFIED, "call.logged", "link.clicked", "touch.sent", "touch.done"),
    *("linkedin.done", "contact.proposed", "lead.inquired", "enrollment.paused"),
    *("enrollment.resumed", "deal.opened", "deal.won", "deal.lost", "proposal.viewed"),
)


@dataclass
class Event:
    """One line of the thread, short. Of an answer: what it was understood as, if anybody did."""

    pk: int
    kind: str
    at: datetime
    channel: str
    data: dict[str, Any]
    text: str = ""
    label: str = ""
    about: str = ""  # the kind of an objection: price, timing, authority ...
    mood: str = ""  # positive, neutral, negative
    urgent: bool = False

    @property
    def spoken(self) -> bool:
        return self.kind == "call.logged" and self.data.get("outcome") in SPOKE

    @property
    def answer(self) -> bool:
        """Words of a person to us, on any channel."""
        return self.spoken or (self.kind == ANSWER and self.label != "out_of_office")

    @property
    def sign(self) -> bool:
        return self.answer or self.kind in ("link.clicked", "lead.inquired", "proposal.viewed")


@dataclass
class Facts:
    """A lead and what its thread says, the oldest event first.

    `said`: corrections of signals and steps that stand, as (kind, subject, event, after, at).
    """

    lead: Lead
    now: datetime
    events: list[Event] = field(default_factory=list)
    points: float = 0.0
    said: list[tuple[str, str, int | None, str, datetime]] = field(default_factory=list)

    @property
    def answers(self) -> list[Event]:
        return [event for event in self.events if event.answer]

    @property
    def signs(self) -> list[Event]:
        return [event for event in self.events if event.sign]

    @property
    def sent(self) -> list[Event]:
        return [event for event in self.events if event.kind in OURS]

    def of(self, *kinds: str) -> list[Event]:
        return [event for event in self.events if event.kind in kinds]

    @property
    def unanswered(self) -> list[Event]:
        """What went out since the last sign of life."""
        last = max((sign.at for sign in self.signs), default=None)
        return [one for one in self.sent if not one.spoken and (last is None or one.at > last)]


def read(ids: Sequence[int], now: datetime) -> list[Facts]:
    """Facts of each lead that is neither archived nor erased; four queries, however many."""
    rows = Lead.objects.filter(pk__in=ids, erased_at=None).select_related("owner")
    found = {lead.pk: Facts(lead, now) for lead in rows}
    of = family.merged_into(list(found))
    for lead_id, event in _events([*found, *of], now):
        found[of.get(lead_id, lead_id)].events.append(event)
    points = scoring.engagement_of(list(found), now) if found else {}
    for facts in found.values():
        facts.events = _understood(facts.events)[-MOST_EVENTS:]
        facts.points = points.get(facts.lead.pk, 0.0)
    for lead_id, row in _said(list(found), now):
        found[lead_id].said.append(row)
    return list(found.values())


def _events(ids: list[int], now: datetime) -> Iterable[tuple[int, Event]]:
    """`kind` is wrapped so that the leads' own index serves, not the one on kinds."""
    words = Case(When(kind=ANSWER, then=Left("body", TEXT_READ)), default=Value(""))
    rows = (
        ThreadEvent.objects.filter(lead__in=ids, occurred_at__gte=now - LOOK_BACK)
        .alias(sort=Coalesce("kind", Value("")))
        .filter(sort__in=KINDS)
        .annotate(words=Coalesce(words, Value(""), output_field=CharField()))
        .order_by(F("occurred_at"), F("pk"))
        .values_list("lead_id", "pk", "kind", "occurred_at", "channel", "data", "words")
    )
    for lead_id, pk, kind, at, channel, data, text in rows:
        yield lead_id, Event(pk, kind, at, channel, data, text)


def _understood(events: list[Event]) -> list[Event]:
    """Classes become what their answers say, the newest class of each counts; then they go."""
    classes: dict[Any, Event] = {}
    for event in events:
        if event.kind == CLASSIFIED:
            of = event.data.get("event")
            classes[of] = max(classes.get(of, event), event, key=lambda one: one.pk)
    for event in events:
        if event.kind == ANSWER and event.pk in classes:
            _fill(event, classes[event.pk].data)
    return [event for event in events if event.kind != CLASSIFIED]


def _fill(event: Event, said: dict[str, Any]) -> None:
    sure = not said.get("abstained")
    event.label = str(said.get("disposition") or "") if sure else ""
    event.about = str(said.get("kind") or "") if sure else ""
    event.urgent = said.get("urgency") == "high"
    fallback = (
        "positive"
        if event.label in POSITIVE
        else "negative"
        if event.label in NEGATIVE
        else "neutral"
    )
    event.mood = str(said.get("sentiment") or fallback)


def _said(
    ids: list[int], now: datetime
) -> Iterable[tuple[int, tuple[str, str, int | None, str, datetime]]]:
    """Signals that are wrong stay wrong; steps are let alone for two weeks."""
    kinds = (Correction.Kind.SIGNAL, Correction.Kind.NEXT_STEP)
    rows = Correction.objects.filter(lead__in=ids, kind__in=kinds, taken_back_at=None)
    values = rows.order_by("pk").values_list("lead_id", "kind", "subject", "event", "after", "at")
    grouped: dict[int, list[Any]] = defaultdict(list)
    for lead_id, kind, subject, event, after, at in values:
        if kind == Correction.Kind.SIGNAL or at >= now - RESPECTED:
            grouped[lead_id].append((kind, subject, event, after, at))
    for lead_id, found in grouped.items():
        yield from ((lead_id, row) for row in found)
