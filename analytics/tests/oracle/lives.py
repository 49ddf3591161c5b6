"""What happens with one person: lines of a thread before they have keys."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from leads.models import Lead

CHANNELS = ("email", "email", "sms", "linkedin", "whatsapp", "phone")
# local midnights of Warsaw and New York in UTC, and the hours where their clocks change
EDGES = [
    datetime.fromisoformat(f"2026-{moment}+00:00")
    for moment in (
        *("01-31T23:00", "02-28T23:00", "03-28T23:00", "03-29T01:00", "03-29T22:00"),
        *("10-24T22:00", "10-25T01:00", "10-25T23:00", "09-30T22:00", "10-31T23:00"),
        *("03-08T05:00", "03-08T07:00", "03-09T04:00", "11-01T04:00", "11-01T06:00"),
        *("11-02T05:00", "11-17T23:00", "11-18T05:00", "06-30T22:00", "07-01T04:00"),
    )
]
START = datetime(2026, 1, 2, 7, tzinfo=UTC)
ANSWERED = (0, 60, 300, 301, 3600, 3601, 14_400, 14_401, 86_400, 86_401, 400_000)
OUTCOMES = ("reached", "no_answer", "call_back", "meeting", "voicemail")
STAGES = ("contacted", "engaged", "meeting", "proposal", "won", "lost", "new")


@dataclass
class Message:
    channel: str
    at: datetime
    kind: str
    pk: int = 0


@dataclass
class Handle:
    pk: int = 0


@dataclass
class Line:
    kind: str
    at: datetime
    channel: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    actor: str = "system"
    touch: Message | None = None
    late: bool = False
    event: Any = None


class Life:
    """Each method adds what one cause brings about."""

    def __init__(self, rng: random.Random, lead: Lead, owners: list[Any]) -> None:
        self.rng, self.lead, self.owners = rng, lead, owners
        self.at = self.moment()
        self.lines: list[Line] = []

    def moment(self) -> datetime:
        if self.rng.random() < 0.5:
            near = self.rng.randrange(-120, 121)
            return self.rng.choice(EDGES) + timedelta(minutes=self.rng.choice((near, 0)))
        return START + timedelta(minutes=self.rng.randrange(460_000))

    def on(self) -> datetime:
        """A later moment; often some days, sometimes the very same."""
        gap = self.rng.choice((0, 1, 30, 200, 1500, 1440, 10_000))
        self.at += timedelta(minutes=gap)
        return self.at

    def add(self, kind: str, at: datetime, channel: str = "", **more: Any) -> Line:
        line = Line(kind, at, channel, late=self.rng.random() < 0.1, **more)
        self.lines.append(line)
        return line

    def user(self) -> str:
        people = [one for one in self.owners if one]
        return f"user:{self.rng.choice(people).pk}"

    def arrive(self) -> None:
        kind = self.rng.choice(
            ("lead.created", "lead.imported", "lead.pulled", "lead.inquired", "")
        )
        if kind:
            self.add(kind, self.at)

    def send(self) -> None:
        rng = self.rng
        at, channel = self.on(), rng.choice(CHANNELS)
        if channel == "phone":
            self.call(at)
            return
        kind = rng.choice(("sequence", "sequence", "sequence", "manual", "reply", "confirmation"))
        message = Message(channel, at, kind)
        if rng.random() < 0.8:
            actor = rng.choice((self.user(), "system"))
            self.add("touch.drafted", at - timedelta(days=1), channel, touch=message)
            what = rng.choice(("touch.approved", "touch.approved", "touch.skipped"))
            self.add(what, at - timedelta(hours=2), channel, touch=message, actor=actor)
        code = {"linkedin": "linkedin.done"}.get(
            channel, rng.choice(("touch.sent",) * 4 + ("touch.done",))
        )
        data = {"kind": kind, "edited": rng.random() < 0.3}
        if code != "touch.sent":
            data = {}
            message.kind = "sequence" if kind == "confirmation" else kind
        for _ in range(rng.choice((1,) * 9 + (2,))):  # told twice: a second look found it again
            self.add(code, at, channel, touch=message, actor=self.user(), data=dict(data))
            at += timedelta(minutes=rng.choice((0, 900)))
        self.come_of(message)

    def call(self, at: datetime) -> None:
        data = {"outcome": self.rng.choice(OUTCOMES)}
        message = Message("phone", at, "sequence") if self.rng.random() < 0.5 else None
        self.add("call.logged", at, "phone", data=data, actor=self.user(), touch=message)
        if message and self.rng.random() < 0.4:  # not reached: tried again for the same step
            again = {"outcome": self.rng.choice(OUTCOMES)}
            self.add(
                "call.logged", self.on(), "phone", data=again, actor=self.user(), touch=message
            )

    def come_of(self, message: Message) -> None:
        """Reports on it, some of them more than once."""
        rng, channel = self.rng, message.channel
        at = message.at + timedelta(minutes=rng.choice((1, 60, 3000)))
        for chance, kind, data in (
            (0.05, "touch.undelivered", {}),
            (0.04, "touch.bounced", {"kind": "hard"}),
            (0.03, "touch.bounced", {"kind": "soft"}),
            (0.03, "touch.bounced", {"kind": "soft", "delayed": True}),
            (0.04, "touch.bounced", {"kind": "complaint"}),
            (0.2, "touch.read", {}),
            (0.15, "mail.opened", {"machine": False}),
            (0.1, "mail.opened", {"machine": True}),
            (0.1, "link.clicked", {"link": 1}),
            (0.05, "link.clicked", {"link": 2}),
        ):
            if rng.random() < chance:
                self.add(kind, at, channel, touch=message, data=data)

    def answer(self) -> None:
        rng = self.rng
        channel = rng.choice(("email", "email", "sms", "linkedin", "whatsapp"))
        for _ in range(rng.choice((1, 1, 2, 3))):
            kind = rng.choice(("reply.received",) * 4 + ("autoreply.received",))
            self.add(kind, self.on(), channel, actor="lead")
        if rng.random() < 0.6:
            self.at += timedelta(seconds=rng.choice(ANSWERED))
            message = Message(channel, self.at, "reply")
            self.add(
                "touch.sent",
                self.at,
                channel,
                touch=message,
                actor=self.user(),
                data={"kind": "reply"},
            )

    def enquire(self) -> None:
        self.add("lead.inquired", self.on(), actor="lead")
        self.add("touch.sent", self.at, "email", touch=Message("email", self.at, "confirmation"),
                 data={"kind": "confirmation"})  # fmt: skip

    def stop(self) -> None:
        reason = self.rng.choice(("opted_out", "opted_out", "bounced", "entered"))
        for _ in range(self.rng.choice((1, 2))):
            self.add("lead.suppressed", self.on(), "email", data={"reason": reason})

    def meet(self) -> None:
        self.add(
            "meeting.booked", self.on(), "meeting", actor="lead", data={"starts_at": "2027-01-01"}
        )
        if self.rng.random() < 0.4:
            self.add("meeting.moved", self.on(), "meeting", actor="lead")
        if self.rng.random() < 0.3:
            self.add("meeting.cancelled", self.on(), "meeting", actor="lead")

    def hand_over(self) -> None:
        """Told by an event, or only in the row as a spreadsheet's owner would do it."""
        after = self.rng.choice(self.owners)
        if self.rng.random() < 0.7:
            data = {"from": self.lead.owner_id, "to": after.pk if after else None}
            self.add("lead.assigned", self.on(), data=data, actor=self.user())
        self.lead.owner = after

    def stage(self) -> None:
        data = {"from": "new", "to": self.rng.choice(STAGES)}
        self.add("lead.stage_changed", self.on(), data=data, actor=self.user())

    def pause(self) -> None:
        reason = self.rng.choice(("replied", "out_of_office", "meeting"))
        actor = self.rng.choice(("system", "system", self.user()))
        self.add("enrollment.paused", self.on(), data={"reason": reason}, actor=actor)

    def do_task(self) -> None:
        """Done by hand; sometimes that was a slip, and sometimes it was done then after all."""
        task = self.rng.randrange(10**6, 10**9)
        if self.rng.random() < 0.3:
            self.answer_by_hand(task)
            return
        channel = self.rng.choice(("", "phone", "linkedin"))
        message = Message(channel, self.at, "sequence") if channel == "linkedin" else None
        self.done(task, channel, message)
        if self.rng.random() < 0.4:
            self.add("task.reopened", self.on(), channel, actor=self.user(), data={"task": task})
            if self.rng.random() < 0.5:
                self.done(task, channel, message)

    def done(self, task: int, channel: str, message: Message | None) -> None:
        data = {"task": task}
        if channel == "phone":
            more = {**data, "outcome": "reached"}
            self.add("call.logged", self.on(), channel, actor=self.user(), data=more)
        elif channel:
            self.add(
                "linkedin.done", self.on(), channel, actor=self.user(), data=data, touch=message
            )
        if not channel or self.rng.random() < 0.5:
            self.add("task.done", self.at, channel, actor=self.user(), data=dict(data))

    def answer_by_hand(self, task: int) -> None:
        """An approved answer closes its line; sometimes the approval is taken back."""
        message = Message("email", self.at, "")
        data = {"task": task, "machine": False}
        actor = self.user()
        self.add("touch.approved", self.on(), "email", actor=actor, data=data, touch=message)
        if self.rng.random() < 0.4:
            self.add("touch.unapproved", self.on(), "email", actor=actor, data={}, touch=message)

    def deal(self) -> None:
        rng = self.rng
        about = {
            "deal": Handle(),
            "value": f"{rng.randrange(100, 900_000)}.{rng.randrange(10, 99)}",
        }
        about["currency"] = rng.choice(("EUR", "EUR", "PLN"))
        about["stage"] = rng.choice(("open", "open", "proposal"))
        self.add("deal.opened", self.on(), data=dict(about), actor=self.user())
        for _ in range(rng.randrange(6)):
            self.deal_step(about)

    def deal_step(self, about: dict[str, Any]) -> None:
        rng = self.rng
        kind = rng.choice(("moved", "moved", "won", "won", "lost", "lost", "changed"))
        ended = about["stage"] in ("won", "lost")
        if (kind == "reopened") != ended and kind != "changed":
            kind = "reopened" if ended else "moved"
        before = about["stage"]
        more = {"from": before}
        if kind in ("won", "lost"):
            about["stage"] = kind
        elif kind == "changed":
            about["value"] = f"{rng.randrange(100, 900_000)}.50"
            about["currency"] = rng.choice((about["currency"], "EUR", "PLN"))
            more = {"changes": {"value": ["1.00", about["value"]]}}
        else:
            about["stage"] = more["to"] = rng.choice(("open", "proposal", "negotiation"))
        self.add(f"deal.{kind}", self.on(), data={**about, **more}, actor=self.user())


PLAN = (
    *(Life.send,) * 9, *(Life.answer,) * 4, Life.enquire, Life.stop, Life.meet, Life.hand_over,
    Life.stage, Life.stage, Life.pause, Life.do_task, Life.do_task, Life.deal,
    Life.deal,
)  # fmt: skip


def live(rng: random.Random, lead: Lead, owners: list[Any]) -> list[Line]:
    """The lines of one person, in the order they were told."""
    life = Life(rng, lead, owners)
    life.arrive()
    for _ in range(rng.choice((0, 2, 4, 6, 8))):
        rng.choice(PLAN)(life)
        if rng.random() < 0.15:
            life.at = life.moment()
    return life.lines
