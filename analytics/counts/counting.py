"""The rules of counting: what one person's story adds to which number (docs/analytics.md)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from analytics.counts.dealing import ENDS, deals
from analytics.counts.funnel import Path
from analytics.counts.story import Event, Message, Place, Story

ANSWERED_IN = (300, 3600, 4 * 3600, 24 * 3600)  # slots of answer.time, in seconds
FORM = "form"
UNANSWERED = ("phone", "post")  # nobody answers on the same way; a call's answer is the talk
BOOKED = "funnel.booked"
SUM = Decimal("0.00")


class Key(NamedTuple):
    """What a fact is about; the columns of LeadFact in the same order."""

    metric: str
    day: date
    who: int
    channel: str = ""
    slot: int = -1
    sequence: int = 0
    step: str = ""
    variant: str = ""


@dataclass
class Sum:
    count: int = 0
    value: Decimal = SUM
    seconds: int = 0


Facts = dict[Key, Sum]


def facts_of(story: Story, path: Path) -> Facts:
    """Everything that one person adds, each key once."""
    found: Facts = {}
    for key, value, seconds in _all(story, path):
        entry = found.setdefault(key, Sum())
        entry.count += 1
        entry.value += value
        entry.seconds += seconds
    return found


One = tuple[Key, Decimal, int]


def _all(story: Story, path: Path) -> Iterator[One]:
    before: dict[int, datetime] = {}
    for message in story.sent:
        yield from _message(story, message, _wait(before, message))
    for reply in story.replies:
        yield from _reply(story, reply)
    yield from _answer_times(story)
    yield from _once_a_day(story)
    yield from _deals(story)
    for event in story.events:
        yield from _event(story, event)
    for event in story.done:
        key, _, _ = _one(story, "tasks", event, event.channel)
        yield key._replace(who=event.user or 0), SUM, 0
    for step in path.reached():
        yield Key(f"funnel.{step}", path.came, story.keeper.who), SUM, 0
    if any(event.kind == "meeting.booked" for event in story.events):
        yield Key(BOOKED, path.came, story.keeper.who), SUM, 0


def _one(story: Story, metric: str, event: Event, channel: str = "", slot: int = -1) -> One:
    return Key(metric, story.day(event.at), story.who(event), channel[:20], slot), SUM, 0


def _of_step(
    story: Story, metric: str, at: Event, who: int, message: Message, seconds: int = 0
) -> Iterator[One]:
    place: Place = message.place
    if place.sequence:
        rest = (message.channel, -1, place.sequence, place.step, place.variant)
        yield Key(f"step.{metric}", story.day(at.at), who, *rest), SUM, seconds


def _wait(before: dict[int, datetime], message: Message) -> int:
    """Seconds since the message before it in the same sequence; 0 for the first one."""
    sequence, at = message.place.sequence, message.event.at
    last = before.get(sequence, at)
    before[sequence] = at
    return int((at - last).total_seconds())


def _message(story: Story, message: Message, waited: int) -> Iterator[One]:
    """A message and what became of it, all on the day it went out: shares never exceed one."""
    event = message.event
    edited = bool(event.data.get("edited"))
    marks = {
        "sent": True,
        "delivered": message.delivered,
        "bounced": not message.delivered,
        "seen": message.seen,
        "clicked": message.clicked,
        "answered": message.answered and message.channel not in UNANSWERED,
    }
    for metric, holds in marks.items():
        if holds:
            yield _one(story, metric, event, message.channel)
            seconds = waited if metric == "sent" else 0
            yield from _of_step(story, metric, event, story.who(event), message, seconds)
    if edited:
        yield _one(story, "edited", event, message.channel)


def _reply(story: Story, reply: Event) -> Iterator[One]:
    yield _one(story, "replies", reply, reply.channel)
    local = reply.at.astimezone(story.zone)
    yield _one(story, "slot.replies", reply, slot=local.weekday() * 24 + local.hour)


def _answer_times(story: Story) -> Iterator[One]:
    """From the first word of theirs that we had not answered until our next message."""
    theirs = [(e, e.channel) for e in story.replies]
    theirs += [(e, FORM) for e in story.events if e.kind == "lead.inquired"]
    waiting: tuple[Event, str] | None = None
    ours = [(m.event, None) for m in story.sent]
    for event, channel in sorted([*theirs, *ours], key=lambda pair: pair[0].order):
        if channel is not None:
            waiting = waiting or (event, channel)
        elif waiting is not None:
            asked, by = waiting
            waiting = None
            seconds = int((event.at - asked.at).total_seconds())
            slot = sum(seconds > limit for limit in ANSWERED_IN)
            key, _, _ = _one(story, "answer.time", asked, by, slot)
            yield key, SUM, seconds


def _once_a_day(story: Story) -> Iterator[One]:
    """Somebody who asked to stop counts once a day, for the channel of our last message."""
    known: set[date] = set()
    for event in story.events:
        if event.kind != "lead.suppressed" or event.data.get("reason") != "opted_out":
            continue
        if (day := story.day(event.at)) in known:
            continue
        known.add(day)
        yield from _credited(story, "optouts", event)


def _credited(story: Story, metric: str, event: Event) -> Iterator[One]:
    """Something of theirs that our last message before it gets the credit, or the blame, for."""
    message = story.before(event)
    yield _one(story, metric, event, message.channel if message else "")
    if message:
        yield from _of_step(story, metric, event, story.who(event), message)


def _deals(story: Story) -> Iterator[One]:
    """A deal counts as opened once, and for how it ended unless that was taken back."""
    for deal in deals(story.events):
        for event in (deal.opened, deal.ended):
            if event is not None:
                data = event.data
                value, unit = data.get("value"), data.get("currency")
                if event is deal.ended:
                    value, unit = deal.value, deal.currency
                metric = ENDS.get(event.kind, "opened")
                key, _, _ = _one(story, metric, event, str(unit or "EUR"))
                yield key, _money(value), 0


def _money(value: object) -> Decimal:
    try:
        found = Decimal(str(value or 0)).quantize(SUM)
    except InvalidOperation:
        return SUM
    return found if abs(found) < 10**12 else SUM


def _event(story: Story, event: Event) -> Iterator[One]:
    """Kinds where one event is one."""
    kind = event.kind
    if kind == "meeting.booked":
        yield from _credited(story, "meetings", event)
    elif kind == "meeting.cancelled":
        yield _one(story, "meetings.cancelled", event)
    elif kind == "lead.inquired":
        yield _one(story, "enquiries", event)
    elif kind == "touch.bounced" and event.data.get("kind") == "complaint":
        yield _one(story, "complaints", event, event.channel)
    elif kind == "touch.drafted":
        yield _one(story, "drafted", event, event.channel)
    elif kind == "enrollment.paused" and event.user is None:
        yield _one(story, "paused", event, str(event.data.get("reason") or ""))
    elif kind in _BY_PERSON and event.user is not None and event.pk not in story.undone:
        key, _, _ = _one(story, _BY_PERSON[kind], event, event.channel)
        yield key._replace(who=event.user), SUM, 0
        if kind == "touch.approved":
            yield from _reading(key._replace(who=event.user), event)


_BY_PERSON = {"touch.approved": "approved", "touch.skipped": "skipped"}


def _reading(key: Key, event: Event) -> Iterator[One]:
    """Of a draft that a machine wrote; how long it was read, where that was measured."""
    if event.data.get("machine"):
        yield key._replace(metric="reviewed"), SUM, 0
        seconds = event.data.get("seconds")
        if isinstance(seconds, int) and seconds > 0:
            yield key._replace(metric="review.time"), SUM, seconds
