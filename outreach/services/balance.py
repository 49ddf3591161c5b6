"""Moves of leads from people who have too much to do, or are away, to colleagues with room.

A proposal only: a manager looks at it and applies what is right. The smallest number of moves that
brings somebody back to what fits into the week; of somebody who is away all that asks for work in
it. A lead in a live talk stays with its person, unless that person is away: then it goes first.
Moves stay within a team, and who gets a lead has what the rule of assignment about it asks for.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import BooleanField, Case, F, Q, When
from django.utils import timezone

from leads.access import assignable
from leads.models import AssignmentRule, Lead
from leads.services.assignment_fit import able, misses
from outreach.models import Booking, Task
from outreach.services import workload
from outreach.services.workload import Load
from salesagent.accounts.models import User
from salesagent.lib.text import plural

LIVE = timedelta(days=14)
MOST = 100  # moves of one proposal
LOOKED_AT = 400  # leads of one person, the heaviest
_PASSED = Q(escalated_at__isnull=False, escalated_to=None, owner__isnull=False)
_THEIRS = _PASSED & ~Q(owner=F("lead__owner"))
_TAKEN = Case(When(_THEIRS, then=True), default=False, output_field=BooleanField())


@dataclass(frozen=True)
class Person:
    user: User
    load: Load
    away: bool  # today or tomorrow

    @property
    def over(self) -> int:
        """How much more there is than fits into the week."""
        return max(0, self.load.week - self.load.week_capacity)

    @property
    def gives(self) -> bool:
        return self.away or self.over > 0

    @property
    def free(self) -> int:
        return 0 if self.away else max(0, self.load.week_capacity - self.load.week)


@dataclass(frozen=True)
class Move:
    lead: Lead
    giver: User
    to: User
    weight: int
    why: str

    @property
    def key(self) -> str:
        return f"{self.lead.pk}:{self.giver.pk}:{self.to.pk}"


@dataclass
class Proposal:
    """`left`: person -> how many leads nobody has room or skills for."""

    people: list[Person]
    moves: list[Move] = field(default_factory=list)
    left: Counter[int] = field(default_factory=Counter)

    @property
    def after(self) -> dict[int, int]:
        """Work of the week by person, once all moves are made."""
        weeks = {one.user.pk: one.load.week for one in self.people}
        for move in self.moves:
            weeks[move.giver.pk] -= move.weight
            weeks[move.to.pk] += move.weight
        return weeks


def reps(user: User) -> list[User]:
    """Whose leads this manager may move: reps of the own team, for the owner everybody's."""
    return list(assignable(user).filter(role=User.Role.REP).order_by("name", "pk"))


def people(users: Sequence[User], now: datetime) -> list[Person]:
    loads = workload.loads(users, now)
    return [Person(user, loads[user.pk], is_away(user, now)) for user in users]


def is_away(user: User, now: datetime) -> bool:
    """Today or tomorrow."""
    today = now.astimezone(user.tz).date()
    return user.away_on(today) or user.away_on(today + timedelta(days=1))


def propose(users: Sequence[User], now: datetime | None = None) -> Proposal:
    """What could move. The same number of queries however many leads there are."""
    now = now or timezone.now()
    proposal = Proposal(people(users, now))
    givers = [one for one in proposal.people if one.gives]
    if givers and len(proposal.people) > 1:
        Planner(proposal, givers, now).plan()
    return proposal


def live(leads: Iterable[int], now: datetime) -> tuple[set[int], set[int]]:
    """Leads in a live talk: they answered lately, wait for an answer, or a meeting is planned. And
    those whom a manager answers in the owner's place: they stay until that is over."""
    ids = list(leads)
    talk = Q(replied_at__gte=now - LIVE) | Q(stage=Lead.Stage.MEETING)
    found = set(Lead.objects.filter(talk, pk__in=ids).values_list("pk", flat=True))
    waits = Task.objects.filter(lead__in=ids, state=Task.State.OPEN)
    waits = waits.filter(kind__in=[Task.Kind.ANSWER, Task.Kind.ENQUIRY])
    rows = waits.annotate(taken=_TAKEN).values_list("lead", "taken")
    answers = [(pk, taken) for pk, taken in rows if pk]
    found.update(pk for pk, _ in answers)
    states = [Booking.State.BOOKED, Booking.State.MOVED]
    meetings = Booking.objects.filter(lead__in=ids, state__in=states, starts_at__gte=now)
    found |= set(meetings.values_list("lead", flat=True))
    return found, {pk for pk, taken in answers if taken}


class Planner:
    """Fills a proposal: each giver in turn, the fewest leads that are enough."""

    def __init__(self, proposal: Proposal, givers: Sequence[Person], now: datetime) -> None:
        self.proposal, self.givers = proposal, givers
        self.free = {one.user.pk: one.free for one in proposal.people}
        self.weights = {
            pk: dict(weights.most_common(LOOKED_AT))
            for pk, weights in workload.by_lead([one.user for one in givers], now).items()
        }
        ids = [lead for weights in self.weights.values() for lead in weights]
        self.live, taken = live(ids, now) if ids else (set[int](), set[int]())
        self._leave(taken)
        self.leads = Lead.objects.in_bulk(ids)
        rows = AssignmentRule.objects.filter(active=True)
        self.rules = list(rows.prefetch_related("people"))

    def _leave(self, leads: set[int]) -> None:
        for weights in self.weights.values():
            for pk in leads & weights.keys():
                del weights[pk]

    def plan(self) -> None:
        for giver in sorted(self.givers, key=lambda one: (not one.away, -one.over, one.user.pk)):
            if giver.away:
                self._all_of(giver)
            else:
                self._enough_of(giver)

    def _all_of(self, giver: Person) -> None:
        """Live talks first, then by how much they ask for."""
        weights = self.weights[giver.user.pk]
        for lead in sorted(weights, key=lambda pk: (pk not in self.live, -weights[pk], pk)):
            if not self._move(giver, lead, weights[lead]):
                self.proposal.left[giver.user.pk] += 1

    def _enough_of(self, giver: Person) -> None:
        """The heaviest, then the lightest one that covers what is left over."""
        weights = self.weights[giver.user.pk]
        open_ones = {pk: times for pk, times in weights.items() if pk not in self.live}
        rest = giver.over
        while rest > 0 and open_ones and not self._full():
            lead = _next(open_ones, rest)
            weight = open_ones.pop(lead)
            if self._move(giver, lead, weight):
                rest -= weight
        if rest > 0:
            self.proposal.left[giver.user.pk] = rest

    def _full(self) -> bool:
        return len(self.proposal.moves) >= MOST

    def _move(self, giver: Person, pk: int, weight: int) -> bool:
        lead = self.leads.get(pk)
        fits = [one for one in self._takers(giver, lead) if self.free[one.pk] >= weight]
        if lead is None or not fits or self._full():
            return False
        to = max(fits, key=lambda one: (self.free[one.pk], -one.pk))
        self.free[to.pk] -= weight
        why = self._why(giver, pk, weight)
        self.proposal.moves.append(Move(lead, giver.user, to, weight, why))
        return True

    def _takers(self, giver: Person, lead: Lead | None) -> Iterator[User]:
        """Of the same team, not over, not away, and allowed by the rule about this lead."""
        rule = lead and next((one for one in self.rules if not misses(one, lead)), None)
        named = {user.pk for user in rule.people.all()} if rule else set()
        for one in self.proposal.people:
            if one.gives or one.user.team_id != giver.user.team_id:
                continue
            if rule and lead and not able(rule, lead, one.user):
                continue
            if not named or one.user.pk in named:
                yield one.user

    def _why(self, giver: Person, pk: int, weight: int) -> str:
        asks = f"{plural(weight, 'thing')} to do within the week"
        return f"In a live talk, {asks}" if giver.away and pk in self.live else asks


def _next(weights: dict[int, int], rest: int) -> int:
    enough = [pk for pk, weight in weights.items() if weight >= rest]
    if enough:
        return min(enough, key=lambda pk: (weights[pk], pk))
    return max(weights, key=lambda pk: (weights[pk], -pk))


def grouped(proposal: Proposal) -> list[tuple[Person, list[Move]]]:
    """Moves by who gives, for the page; without any where nothing of theirs can move."""
    found: dict[int, list[Move]] = defaultdict(list)
    for move in proposal.moves:
        found[move.giver.pk].append(move)
    return [(one, found[one.user.pk]) for one in proposal.people if one.gives]
