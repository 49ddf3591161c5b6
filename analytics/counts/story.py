"""What the thread of one person tells: messages out, answers in, and what became of each.

Pure: rows in, plain objects out. A person is a lead with everybody who was merged into it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any

CAME = frozenset({"lead.created", "lead.imported", "lead.pulled", "lead.inquired"})
SENT = frozenset({"touch.sent", "linkedin.done", "touch.done", "call.logged"})
RECEIVED = frozenset({"reply.received", "autoreply.received"})
BACK = frozenset({"touch.bounced", "touch.undelivered"})
MARKS = frozenset({"touch.read", "mail.opened", "link.clicked"})
STAGED = "lead.stage_changed"
WORK = frozenset(
    {"touch.approved", "touch.drafted", "touch.skipped", "task.done", "enrollment.paused"}
)
OTHERS = frozenset({"reply.classified", "lead.suppressed", "meeting.booked", "meeting.cancelled"})
UNDONE = "task.reopened"
UNAPPROVED = "touch.unapproved"
SETTLED = frozenset({"touch.approved", "touch.skipped"})
CARRIED = frozenset({"task.done", "call.logged", "linkedin.done", "touch.done", "touch.approved"})
OWNER = "lead.assigned"
DEALS = frozenset(
    {"deal.opened", "deal.moved", "deal.changed", "deal.reopened", "deal.won", "deal.lost"}
)
READ = CAME | SENT | RECEIVED | BACK | MARKS | DEALS | WORK | OTHERS
READ |= {OWNER, STAGED, UNDONE, UNAPPROVED}

NOT_HUMAN = frozenset({"out_of_office", "bounce"})
SPOKE = frozenset({"reached", "call_back", "meeting"})
PHONE = "phone"


@dataclass(frozen=True)
class Event:
    pk: int
    lead: int
    kind: str
    at: datetime
    actor: str
    channel: str
    data: Mapping[str, Any]

    @property
    def order(self) -> tuple[datetime, int]:
        return self.at, self.pk

    @property
    def touch(self) -> int:
        """0 where it is about none."""
        found = self.data.get("touch")
        return found if isinstance(found, int) else 0

    @property
    def task(self) -> int:
        found = self.data.get("task")
        return found if isinstance(found, int) else 0

    @property
    def user(self) -> int | None:
        """Who did it, when a user did."""
        name, _, pk = self.actor.partition(":")
        return int(pk) if name == "user" and pk.isdigit() else None


@dataclass(frozen=True)
class Place:
    """Where in a sequence a touch belongs."""

    sequence: int = 0
    step: str = ""
    variant: str = ""


@dataclass
class Member:
    """One lead of a person, with its own owners."""

    pk: int
    who: int  # today's owner, -1 nobody
    trade: str
    source: str
    created_at: datetime
    keeper: int = 0
    line: list[tuple[datetime, int]] = field(default_factory=list)  # (until, owner), in order

    def owner_at(self, at: datetime) -> int:
        """Whose it was: who handed it over the next time after `at`, else today's owner."""
        place = bisect_right(self.line, at, key=lambda one: one[0])
        return self.line[place][1] if place < len(self.line) else self.who


@dataclass
class Message:
    """One message or call of ours."""

    event: Event
    channel: str
    place: Place
    delivered: bool = True
    seen: bool = False
    clicked: bool = False
    answered: bool = False


@dataclass
class Story:
    """All of one person, in the order it happened."""

    keeper: Member
    members: dict[int, Member]
    events: list[Event]
    zone: tzinfo
    sent: list[Message] = field(default_factory=list)
    replies: list[Event] = field(default_factory=list)  # written by a person
    undone: frozenset[int] = frozenset()  # what was done by hand, and then taken back
    done: list[Event] = field(default_factory=list)  # lines of Today that a person closed as done

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def who(self, event: Event) -> int:
        """Whose number it is: the lead's owner at that moment."""
        return self.members[event.lead].owner_at(event.at)

    def before(self, at: Event, channel: str = "") -> Message | None:
        """Our last delivered message before it, of the channel when one is given."""
        for one in reversed(self.sent):
            mine = not channel or one.channel == channel
            if mine and one.delivered and one.event.order < at.order:
                return one
        return None


def tell(
    members: Sequence[Member],
    events: Iterable[Event],
    places: Mapping[int, Place],
    zone: tzinfo,
) -> Story:
    """`members`: the keeper first."""
    told = Story(
        members[0], {one.pk: one for one in members}, sorted(events, key=lambda e: e.order), zone
    )
    for member in members:
        member.line = _line(e for e in told.events if e.kind == OWNER and e.lead == member.pk)
    told.undone = _undone(told.events)
    told.done = list(_done(told))
    told.sent = _sent(told, places)
    told.replies = _replies(told.events)
    for reply in told.replies:
        message = told.before(reply, reply.channel)
        if message is not None:
            message.answered = True
    return told


def _line(handed: Iterable[Event]) -> list[tuple[datetime, int]]:
    return [(e.at, _user_id(e.data.get("from"))) for e in handed]


def _user_id(value: object) -> int:
    return value if isinstance(value, int) else -1


def _undone(events: Sequence[Event]) -> frozenset[int]:
    """Keys of what was said to be done for a task before that was taken up again, and of approvals
    and skips that were taken back."""
    again: dict[int, Event] = {}
    back: dict[int, Event] = {}
    for event in events:
        if event.kind == UNDONE:
            again[event.task] = event
        if event.kind == UNAPPROVED and event.touch:
            back[event.touch] = event

    def fell(event: Event) -> bool:
        ends = [again.get(event.task), back.get(event.touch) if event.kind in SETTLED else None]
        return any(end is not None and event.order < end.order for end in ends)

    return frozenset(event.pk for event in events if fell(event))


def _done(told: Story) -> Iterator[Event]:
    """Each task once: closed as such, by a call or touch done by hand, or by an approved answer."""
    known: set[int] = set()
    for event in told.events:
        key = event.task or (-event.pk if event.kind == "task.done" else 0)
        if event.kind not in CARRIED or event.user is None or not key or key in known:
            continue
        if event.pk not in told.undone:
            known.add(key)
            yield event


def _sent(told: Story, places: Mapping[int, Place]) -> list[Message]:
    """Each message once, each call; what a machine confirms by itself is no message of ours."""
    events = told.events
    back = {e.touch for e in events if e.kind in BACK and _came_back(e)}
    seen = {e.touch for e in events if e.kind in MARKS and not e.data.get("machine")}
    clicked = {e.touch for e in events if e.kind == "link.clicked"}
    found: list[Message] = []
    known: set[int] = set()
    for event in events:
        if event.kind not in SENT or event.data.get("kind") == "confirmation":
            continue
        touch, call = event.touch, event.kind == "call.logged"
        if event.pk in told.undone or (touch in known and not call):
            continue
        known.update({touch} if touch and not call else ())
        one = Message(event, event.channel or (PHONE if call else ""), places.get(touch, Place()))
        if call:
            one.seen = event.data.get("outcome") in SPOKE
        elif touch:
            one.delivered = touch not in back
            one.seen = one.delivered and touch in seen
            one.clicked = one.delivered and touch in clicked
        found.append(one)
    return found


def _came_back(event: Event) -> bool:
    """A complaint arrived before it was made; a delay may still arrive."""
    return event.data.get("kind") != "complaint" and not event.data.get("delayed")


def _replies(events: Sequence[Event]) -> list[Event]:
    newest: dict[int, Event] = {}
    for event in sorted(events, key=lambda e: e.pk):
        if event.kind == "reply.classified":
            newest[_user_id(event.data.get("event"))] = event
    return [e for e in events if e.kind in RECEIVED and _human(e, newest.get(e.pk))]


def _human(event: Event, sorted_as: Event | None) -> bool:
    """By the newest class; of a person's word only the disposition counts."""
    if sorted_as is None:
        return event.kind == "reply.received"
    if sorted_as.data.get("disposition") in NOT_HUMAN:
        return False
    if sorted_as.user is not None:
        return True
    return event.kind == "reply.received" and not sorted_as.data.get("automatic")
