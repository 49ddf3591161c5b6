"""What a rep wrote and said, one row for each answer, message and call: read whole from the thread.

`read` is a function of the thread alone. `recount` keeps the table equal to it, so that pages for
several people read rows, never the thread; what is merged, corrected or erased follows by itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from coaching.models import Play, Practice, Talk
from coaching.services import objections, rules, uses, wording
from coaching.services.interaction import PERSONAL, working_hours
from leads.models import Lead, Pain, ThreadEvent
from leads.services import corrections
from outreach.models import Touch
from salesagent.accounts.models import User
from salesagent.lib.sql import Cells

DAYS = (30, 90)
KEPT = timedelta(days=max(DAYS))
DRAFTS_AGE = timedelta(hours=1)
MOST = 1500  # messages of one person that are read
KEPT_TALKING = timedelta(days=7)
HOT = ("interested", "meeting", "question", "objection")
THEIRS = ("reply.received", "reply.classified", "lead.stage_changed", "deal.won", "deal.lost")
MARKS = (
    *("kept", "worked", "quick", "pain", "question", "next_step"),
    *("acknowledged", "discount_first"),
)
FIELDS = ("rep_id", "lead_id", "theirs_id", "at", "about", "objection", *MARKS)
About = Talk.About


class Said(NamedTuple):
    """A line of a thread; a page reads hundreds of them, so not as whole objects."""

    pk: int
    lead_id: int
    kind: str
    occurred_at: datetime
    data: dict[str, Any]
    body: str


@dataclass
class _Thread:
    """One lead's events in their order, and what else is known of the lead."""

    events: list[Said] = field(default_factory=list)
    ours: dict[int, ThreadEvent] = field(default_factory=dict)
    mine: bool = False
    pains: list[set[str]] = field(default_factory=list)
    said: dict[int, str] = field(default_factory=dict)


def read(rep: User, since: datetime, now: datetime | None = None) -> list[Talk]:
    """The rep's talks since then, not saved. Seven queries, however much there is."""
    now = now or timezone.now()
    ours, calls = _written(rep, since), _calls(rep, since)
    threads = _threads(rep, [*ours, *calls], since)
    found: list[Talk] = []
    for lead_id, thread in threads.items():
        found.extend(_of_thread(rep, lead_id, thread, now))
    return sorted(found, key=lambda talk: (talk.at, talk.event_id))


def _written(rep: User, since: datetime) -> list[ThreadEvent]:
    """touch.sent of what the rep wrote: answers and own messages."""
    mine = Touch.objects.filter(Q(author=rep) | Q(author=None, approved_by=rep))
    rows = mine.filter(kind__in=PERSONAL, state=Touch.State.SENT, sent_at__gte=since)
    numbers = dict(rows.order_by("-sent_at").values_list("pk", "lead_id")[:MOST])
    events = ThreadEvent.objects.filter(
        lead__in=set(numbers.values()), kind="touch.sent", occurred_at__gte=since, redacted_at=None
    )
    return [event for event in events if event.data.get("touch") in numbers]


def _calls(rep: User, since: datetime) -> list[ThreadEvent]:
    rows = ThreadEvent.objects.filter(
        kind="call.logged", occurred_at__gte=since, actor=rep.actor, redacted_at=None
    )
    return [call for call in rows[:MOST] if call.data.get("outcome") in rules.SPOKE]


def _threads(rep: User, ours: list[ThreadEvent], since: datetime) -> dict[int, _Thread]:
    """Of the leads written to, and of the rep's own that wrote."""
    own = Lead.objects.filter(owner=rep, replied_at__gte=since, erased_at=None)
    mine = set(own.values_list("pk", flat=True)[:MOST])
    wanted = {event.lead_id for event in ours} | mine
    found = {pk: _Thread(mine=pk in mine) for pk in sorted(wanted)}
    for event in ours:
        found[event.lead_id].ours[event.pk] = event
    lines = [Said(*row) for row in _THEIRS.all(since, *sorted(wanted))]
    lines += [Said(*(getattr(event, name) for name in Said._fields)) for event in ours]
    for line in sorted(lines, key=lambda one: (one.occurred_at, one.pk)):
        found[line.lead_id].events.append(line)
    for lead_id, text in _PAINS.all(*sorted(wanted)):
        found[lead_id].pains.append(wording.topics(text))
    for lead_id, event_id, after in _corrected(wanted):
        found[lead_id].said[event_id] = after
    return found


def _theirs(since: datetime, *leads: int) -> QuerySet[Any]:
    """Lead by lead: by the column itself, everybody's replies of these days are read."""
    rows = ThreadEvent.objects.alias(of_kind=Coalesce("kind", Value("")))
    found = rows.filter(
        of_kind__in=THEIRS, lead__in=leads, occurred_at__gte=since, redacted_at=None
    )
    return found.values_list(*Said._fields)


_THEIRS = Cells(_theirs)
_PAINS = Cells(lambda *leads: Pain.objects.filter(lead__in=leads).values_list("lead_id", "text"))
_CORRECTED = Cells(
    lambda *leads: (
        corrections.live()
        .filter(kind="hint", subject="objection", lead__in=leads)
        .values_list("lead_id", "event_id", "after")
    )
)


def _corrected(leads: Iterable[int]) -> Iterator[tuple[int, int, str]]:
    """What people said an objection is: (lead, message, kind or "none")."""
    for lead_id, event_id, after in _CORRECTED.all(*sorted(leads)):
        if lead_id is not None and event_id is not None:
            yield lead_id, event_id, after


def _of_thread(rep: User, lead_id: int, thread: _Thread, now: datetime) -> Iterator[Talk]:
    """Each message of ours answers the newest of theirs that has no answer yet."""
    classes = _classes(thread.events)
    waiting: Said | None = None
    for event in thread.events:
        if event.kind == "reply.received":
            if waiting is not None and thread.mine:
                yield from _unanswered(rep, waiting, classes, thread)
            waiting = event
        elif event.pk in thread.ours:
            made = Talk(rep_id=rep.pk, lead_id=lead_id, event_id=event.pk, at=event.occurred_at)
            if event.kind == "call.logged":
                yield _call(made, event)
            else:
                yield _message(made, event, waiting, classes, thread, now)
                waiting = None
    if waiting is not None and thread.mine:
        yield from _unanswered(rep, waiting, classes, thread)


def _classes(events: list[Said]) -> dict[object, Said]:
    """message id -> its newest class."""
    rows = (event for event in events if event.kind == "reply.classified")
    return {row.data.get("event"): row for row in sorted(rows, key=lambda one: one.pk)}


def _kind(message: Said, classes: dict[object, Said], thread: _Thread) -> str:
    """The objection in a message; what a person said about it stands over the guess."""
    if message.pk in thread.said:
        said = thread.said[message.pk]
        return said if said in Play.Kind.values else ""
    known = classes.get(message.pk)
    found = objections.of_words(message.body, known.data if known else {})
    return found.kind if found else ""


def _unanswered(
    rep: User, message: Said, classes: dict[object, Said], thread: _Thread
) -> Iterator[Talk]:
    if kind := _kind(message, classes, thread):
        yield Talk(
            rep_id=rep.pk, lead_id=message.lead_id, event_id=message.pk, theirs_id=message.pk,
            at=message.occurred_at, about=About.WAITING, objection=kind,
        )  # fmt: skip


def _call(talk: Talk, event: Said) -> Talk:
    heard = objections.detect(event.body)
    talk.about = About.CALL
    talk.objection = heard.kind if heard else ""
    if event.data.get("outcome") != "not_interested":
        agreed = event.data.get("outcome") in ("meeting", "call_back")
        talk.next_step = agreed or wording.names_a_step(event.body)
    return talk


def _message(
    talk: Talk,
    event: Said,
    theirs: Said | None,
    classes: dict[object, Said],
    thread: _Thread,
    now: datetime,
) -> Talk:
    said = wording.topics(event.body)
    talk.about = About.ANSWER if theirs else About.MESSAGE
    talk.question = wording.questions(event.body) == 1
    if pains := [pain for pain in thread.pains if pain]:
        talk.pain = any(pain & said for pain in pains)
    if theirs is None:
        return talk
    talk.theirs_id = theirs.pk
    label = classes[theirs.pk].data.get("disposition") if theirs.pk in classes else ""
    if label in HOT:
        talk.quick = working_hours(theirs.occurred_at, event.occurred_at) <= rules.QUICK
    talk.objection = _kind(theirs, classes, thread)
    if talk.objection:
        _handled(talk, event, thread.events, now)
    return talk


def _handled(talk: Talk, event: Said, events: list[Said], now: datetime) -> None:
    later = [one for one in events if one.occurred_at > event.occurred_at]
    until = event.occurred_at + KEPT_TALKING
    again = any(one.kind == "reply.received" and one.occurred_at <= until for one in later)
    talk.kept = True if again else (False if now > until else None)
    talk.worked = uses.verdict(later, event.occurred_at, now)
    talk.acknowledged = wording.acknowledges(event.body)
    if talk.objection == Play.Kind.PRICE:
        gives = wording.gives_discount(event.body)
        talk.discount_first = gives and not wording.asks_before_discount(event.body)


# --- the table ---


def recount_everybody() -> int:
    """Keep the rows of all who work here equal to the thread; returns how many rows changed."""
    people = User.objects.filter(is_active=True).order_by("pk")
    gone = Talk.objects.filter(Q(rep__is_active=False) | Q(at__lt=timezone.now() - KEPT)).delete()
    return gone[0] + sum(recount(rep) for rep in people)


def recount(rep: User) -> int:
    """Read one person's talks again and write what differs; returns how many rows changed."""
    now = timezone.now()
    read_now = {talk.event_id: talk for talk in read(rep, now - KEPT, now)}
    with transaction.atomic():
        kept = {talk.event_id: talk for talk in Talk.objects.filter(rep=rep)}
        gone = [talk.pk for event, talk in kept.items() if event not in read_now]
        changed = [
            talk
            for event, talk in read_now.items()
            if event not in kept or _values(kept[event]) != _values(talk)
        ]
        Talk.objects.filter(pk__in=gone).delete()
        Talk.objects.bulk_create(
            changed, 200, update_conflicts=True, unique_fields=["event"],
            update_fields=[name.removesuffix("_id") for name in FIELDS],
        )  # fmt: skip
    _keep_practice(rep, now)
    return len(gone) + len(changed)


def _values(talk: Talk) -> tuple[Any, ...]:
    return tuple(getattr(talk, name) for name in FIELDS)


def _keep_practice(rep: User, now: datetime) -> None:
    known = Practice.objects.filter(pk=rep.pk).first()
    if known and known.counted_at and now - DRAFTS_AGE < known.counted_at <= now:
        return
    values = {"drafts": drafts(rep, now), "counted_at": now}
    if known is None:
        Practice.objects.get_or_create(pk=rep.pk, defaults=values)
    else:
        Practice.objects.filter(pk=rep.pk).update(**values)


def drafts(rep: User, now: datetime) -> dict[str, list[int]]:
    """Machine drafts that this person approved and that went out: [sent, changed], by days."""
    rows = Touch.objects.filter(
        approved_by=rep, state=Touch.State.SENT, sent_at__gte=now - KEPT
    ).exclude(machine_body="")
    changed = ~Q(body=F("machine_body"))
    wanted = {}
    for days in DAYS:
        lately = Q(sent_at__gte=now - timedelta(days=days))
        wanted[f"sent{days}"] = Count("pk", filter=lately)
        wanted[f"changed{days}"] = Count("pk", filter=lately & changed)
    sums = rows.aggregate(**wanted)
    return {str(days): [sums[f"sent{days}"], sums[f"changed{days}"]] for days in DAYS}
