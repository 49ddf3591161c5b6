"""A rep's own last 30 days: habits as counts, objections met and what won. No ranking of people."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from coaching.models import Play
from coaching.services import objections, plays, rules, wording
from coaching.services.interaction import PERSONAL, working_hours
from leads.models import ThreadEvent
from outreach.models import Touch
from salesagent.accounts.models import User

DAYS = 30
NEEDED = 20  # threads before a share is shown
MOST = 400
KEPT_TALKING = timedelta(days=7)


@dataclass(frozen=True)
class Habit:
    label: str
    done: int
    of: int

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.of) if self.of else 0


@dataclass(frozen=True)
class Met:
    """One kind of objection: how often it came, after how many answers they wrote again."""

    kind: str
    label: str
    seen: int
    answered: int
    kept: int
    best: plays.Ranked | None

    @property
    def percent(self) -> int:
        return round(100 * self.kept / self.answered) if self.answered else 0


@dataclass(frozen=True)
class Month:
    """`threads`: leads that the rep wrote to by hand or spoke with."""

    threads: int
    habits: list[Habit]
    met: list[Met]

    @property
    def enough(self) -> bool:
        return self.threads >= NEEDED


@dataclass(frozen=True)
class _Sent:
    event: ThreadEvent
    theirs: ThreadEvent | None


def month(rep: User) -> Month:
    """Six queries, however much there is."""
    since = timezone.now() - timedelta(days=DAYS)
    ours = _written(rep, since)
    calls = list(
        ThreadEvent.objects.filter(
            kind="call.logged", actor=rep.actor, occurred_at__gte=since, redacted_at=None
        )[:MOST]
    )
    received = _received(rep, {event.lead_id for event in ours}, since)
    sent = [_Sent(event, _before(event, received)) for event in ours]
    spoke = [call for call in calls if call.data.get("outcome") in rules.SPOKE]
    threads = {event.lead_id for event in (*ours, *spoke)}
    return Month(len(threads), _habits(sent, spoke), _met(rep, sent, received))


def _written(rep: User, since: object) -> list[ThreadEvent]:
    """touch.sent of what the rep wrote: answers and own messages."""
    mine = Touch.objects.filter(Q(author=rep) | Q(author=None, approved_by=rep))
    rows = mine.filter(kind__in=PERSONAL, state=Touch.State.SENT, sent_at__gte=since)
    numbers = dict(rows.order_by("-sent_at").values_list("pk", "lead_id")[:MOST])
    events = ThreadEvent.objects.filter(
        lead__in=set(numbers.values()), kind="touch.sent", occurred_at__gte=since, redacted_at=None
    )
    return [event for event in events if event.data.get("touch") in numbers]


def _received(rep: User, leads: set[int], since: object) -> dict[int, list[ThreadEvent]]:
    """Their messages and classes, by lead: of leads written to, and of the rep's own."""
    events = ThreadEvent.objects.filter(
        Q(lead__in=leads) | Q(lead__owner=rep, lead__replied_at__gte=since),
        kind__in=["reply.received", "reply.classified"],
        occurred_at__gte=since,
        redacted_at=None,
    ).order_by("occurred_at", "pk")
    found: dict[int, list[ThreadEvent]] = {}
    for event in events[: 4 * MOST]:
        found.setdefault(event.lead_id, []).append(event)
    return found


def _before(event: ThreadEvent, received: dict[int, list[ThreadEvent]]) -> ThreadEvent | None:
    earlier = [
        one
        for one in received.get(event.lead_id, ())
        if one.kind == "reply.received" and one.occurred_at < event.occurred_at
    ]
    return earlier[-1] if earlier else None


def _habits(sent: list[_Sent], spoke: list[ThreadEvent]) -> list[Habit]:
    answers = [(one.event, one.theirs) for one in sent if one.theirs is not None]
    objected = [event for event, theirs in answers if objections.detect(theirs.body)]
    asked = [(e.body, t.body) for e, t in answers if wording.asked_in(t.body)]
    return [
        Habit("Answers within an hour", _count(
            working_hours(theirs.occurred_at, event.occurred_at) <= rules.QUICK
            for event, theirs in answers
        ), len(answers)),
        Habit("Ends with one question", _count(
            wording.questions(one.event.body) == 1 for one in sent
        ), len(sent)),
        Habit("Answers what was asked", _count(
            bool(wording.topics(theirs) & wording.topics(ours)) for ours, theirs in asked
        ), len(asked)),
        Habit("Takes up an objection before arguing", _count(
            wording.acknowledges(event.body) for event in objected
        ), len(objected)),
        Habit("Leaves a call with a next step", _count(
            call.data.get("outcome") in ("meeting", "call_back") or wording.names_a_step(call.body)
            for call in spoke
        ), len(spoke)),
    ]  # fmt: skip


def _count(rows: Iterable[bool]) -> int:
    return sum(rows)


def _met(rep: User, sent: list[_Sent], received: dict[int, list[ThreadEvent]]) -> list[Met]:
    """Objections in what the rep's leads wrote; "kept talking": they wrote again in a week."""
    seen: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    by_theirs = {one.theirs.pk: one.event for one in sent if one.theirs}
    for events in received.values():
        classes = {e.data.get("event"): e for e in events if e.kind == "reply.classified"}
        for event in (e for e in events if e.kind == "reply.received"):
            found = objections.of_message(event, classes.get(event.pk))
            if found is None:
                continue
            seen[found.kind] += 1
            if answer := by_theirs.get(event.pk):
                answered[found.kind] += 1
                kept[found.kind] += _went_on(answer, events)
    return [_row(kind, seen, answered, kept) for kind, _ in seen.most_common()]


def _went_on(answer: ThreadEvent, events: list[ThreadEvent]) -> bool:
    return any(
        event.kind == "reply.received"
        and answer.occurred_at < event.occurred_at <= answer.occurred_at + KEPT_TALKING
        for event in events
    )


def _row(kind: str, seen: Counter[str], answered: Counter[str], kept: Counter[str]) -> Met:
    best = next(iter(plays.ranked(kind, "", limit=1)), None)
    label = str(Play.Kind(kind).label)
    return Met(kind, label, seen[kind], answered[kind], kept[kind], best)
