"""Two thousand people and what happened with them in 2026, always the same.

Everything that makes counting hard is in it: news that come late, several answers to one message,
hand-overs told and silent, merges, erasure, deals taken back, two currencies, and many moments at
the edges of days in Warsaw and New York, the days of their clock changes among them.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from analytics.tests.oracle.lives import Line, Message, live
from leads import thread
from leads.models import Deal, Lead, ThreadEvent
from outreach.models import Enrollment, Sequence, Step, Touch, Variant
from salesagent.accounts.models import Team, User, Workspace

LEADS = 2000
SEED = 2026
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TRADES = ("", "bakery", "hotel", "dentist: all", "Zażółć")
SOURCES = ("", "Fair", "HubSpot", "Web form")


@dataclass
class World:
    rng: random.Random = field(default_factory=lambda: random.Random(SEED))
    users: dict[str, User] = field(default_factory=dict)
    leads: list[Lead] = field(default_factory=list)
    lives: list[list[Line]] = field(default_factory=list)
    late: list[ThreadEvent] = field(default_factory=list)

    @property
    def owners(self) -> list[User | None]:
        names = ("ada", "ben", "cleo", "dov", "mara")
        return [*(self.users[name] for name in names), None]


def make(zone: str = "Europe/Warsaw") -> World:
    """The world with its first news. What comes late is told by `tell_late`."""
    world = World()
    Workspace.current()
    Workspace.objects.update(time_zone=zone, currency="EUR")
    _people(world)
    _leads(world)
    world.lives = [live(world.rng, lead, world.owners) for lead in world.leads]
    steps = _sequences(world.rng)
    _touches(world, steps)
    _deals(world)
    _tell(world)
    _merge(world)
    return world


def tell_late(world: World) -> None:
    """The news that came late, and what a person or a machine made of each answer."""
    ThreadEvent.objects.bulk_create(world.late, batch_size=500)
    _sort(world)
    _erase(world)


def _people(world: World) -> None:
    north, south = (Team.objects.create(name=name) for name in ("Oracle North", "Oracle South"))
    for name, role, team in (
        ("ada", "rep", north), ("ben", "rep", north), ("mara", "manager", north),
        ("cleo", "rep", south), ("dov", "rep", south), ("sven", "manager", south),
        ("ines", "owner", None),
    ):  # fmt: skip
        world.users[name] = User.objects.create_user(
            f"{name}@oracle.example", "correct horse 42", name=name.title(), role=role, team=team
        )


def _leads(world: World) -> None:
    rng = world.rng
    rows = [
        Lead(
            first_name=f"Person{number}", email=f"person{number}@oracle.example",
            owner=rng.choice(world.owners), trade=rng.choice(TRADES), source=rng.choice(SOURCES),
        )
        for number in range(LEADS)
    ]  # fmt: skip
    world.leads = Lead.objects.bulk_create(rows, batch_size=500)


def _sequences(rng: random.Random) -> list[tuple[Sequence, list[tuple[Step, list[Variant]]]]]:
    """Two sequences of three steps; each step in two versions under one key, two variants each."""
    found = []
    for name in ("Cold", "Warm"):
        sequence = Sequence.objects.create(name=name)
        pairs = []
        for position in (1, 2, 3):
            first = Step.objects.create(
                sequence=sequence,
                position=position,
                name=f"Touch {position}",
                channel="email",
                until_version=2,
            )
            second = Step.objects.create(
                sequence=sequence, position=position, name=first.name, channel="email",
                key=first.key, since_version=2,
            )  # fmt: skip
            for step in (first, second):
                words = [Variant.objects.create(step=step, label=x, body=x) for x in "AB"]
                pairs.append((step, words))
        found.append((sequence, pairs))
    return found


def _touches(world: World, sequences: list[Any]) -> None:
    """A row for each message that has one; a part of them in a sequence, each key once."""
    rng, planned, enrolled = world.rng, [], {}
    for lead, lines in zip(world.leads, world.lives, strict=True):
        sequence, pairs = rng.choice(sequences)
        if rng.random() < 0.7:
            enrolled[lead.pk] = Enrollment(lead=lead, sequence=sequence, state="finished")
        keys: set[Any] = set()
        for message in {id(m): m for m in (line.touch for line in lines) if m}.values():
            planned.append((message, Touch(
                lead=lead, channel=message.channel, due_at=message.at, state="sent",
                kind=message.kind,
            )))  # fmt: skip
            step, words = rng.choice(pairs)
            if lead.pk in enrolled and message.kind == "sequence" and step.key not in keys:
                keys.add(step.key)
                touch = planned[-1][1]
                touch.step, touch.step_key = step, step.key
                touch.enrollment = enrolled[lead.pk]
                touch.variant = rng.choice([*words, None])
    Enrollment.objects.bulk_create(enrolled.values(), batch_size=500)
    rows = Touch.objects.bulk_create([touch for _, touch in planned], batch_size=300)
    for (message, _), touch in zip(planned, rows, strict=True):
        message.pk = touch.pk


def _deals(world: World) -> None:
    named = {}
    for lead, lines in zip(world.leads, world.lives, strict=True):
        for line in lines:
            if "deal" in line.data:
                named[id(line.data["deal"])] = (line.data["deal"], Deal(lead=lead, title="Deal"))
    rows = Deal.objects.bulk_create([deal for _, deal in named.values()], batch_size=500)
    for (handle, _), deal in zip(named.values(), rows, strict=True):
        handle.pk = deal.pk


def _tell(world: World) -> None:
    """Most as it happened; what is `late` waits. Told person by person, so ids are not in order
    of time, except among what one person did."""
    now = []
    for lead, lines in zip(world.leads, world.lives, strict=True):
        for line in lines:
            event = ThreadEvent(
                lead=lead, kind=line.kind, occurred_at=line.at, actor=line.actor,
                channel=line.channel, data=_plain(line),
            )  # fmt: skip
            line.event = event
            (world.late if line.late else now).append(event)
        lead.created_at = min((line.at for line in lines), default=NOON) + timedelta(
            minutes=world.rng.randrange(-3000, 3000)
        )
    ThreadEvent.objects.bulk_create(now, batch_size=500)
    Lead.objects.bulk_update(world.leads, ["created_at", "owner"], batch_size=500)


def _plain(line: Line) -> dict[str, Any]:
    data = dict(line.data)
    if line.touch:
        data["touch"] = line.touch.pk
    if "deal" in data:
        data["deal"] = data["deal"].pk
    return data


def _merge(world: World) -> None:
    """90 people were there twice, ten of them three times."""
    rng = world.rng
    chosen = rng.sample(world.leads, 190)
    pairs = list(zip(chosen[:90], chosen[90:180], strict=True))
    pairs += list(zip(chosen[180:], chosen[90:100], strict=True))
    for gone, keeper in pairs:
        gone.merged_into, gone.archived_at = keeper, NOON
    for lead in rng.sample(world.leads, 100):
        lead.archived_at = lead.archived_at or NOON
    Lead.objects.bulk_update(world.leads, ["merged_into", "archived_at"], batch_size=500)


def _sort(world: World) -> None:
    """Some answers were understood once, some twice, some put right by a person."""
    rng, rows = world.rng, []
    labels = ("interested", "out_of_office", "bounce", "opt_out", "other")
    for lines in world.lives:
        for line in lines:
            if line.kind not in ("reply.received", "autoreply.received"):
                continue
            for number in range(rng.choice((0, 1, 1, 2, 3))):
                data = {"event": line.event.pk, "disposition": rng.choice(labels)}
                if rng.random() < 0.2:
                    data["automatic"] = rng.choice(("away", "left"))
                actor = rng.choice(("system", "ai:rules", f"user:{world.users['ada'].pk}"))
                rows.append(ThreadEvent(
                    lead=line.event.lead, kind="reply.classified", data=data, actor=actor,
                    channel=line.channel, occurred_at=line.at + timedelta(hours=number),
                ))  # fmt: skip
    ThreadEvent.objects.bulk_create(rows, batch_size=500)


def _erase(world: World) -> None:
    for lead in world.rng.sample(world.leads, 20):
        Lead.objects.filter(pk=lead.pk).update(erased_at=NOON, trade="", source="", email=None)
        thread.redact(lead.pk)


__all__ = ["Message", "World", "make", "tell_late"]
