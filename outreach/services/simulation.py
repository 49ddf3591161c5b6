"""A dry run of a sequence: who would get what and when, by the same plan and the same policy.

The clock is virtual and nothing is written. It assumes that every draft is approved in time, that
nobody answers, and that the mailboxes carry nothing else.
"""

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

from leads.models import Lead
from leads.services import zones
from outreach.models import Enrollment, Mailbox, Sequence, Step, Touch
from outreach.services import calendars, drafting, entering, planning, policy, reach
from outreach.services.limits import Facts
from outreach.services.policy import Verdict
from salesagent.accounts.models import User

DAYS = 30
ROWS = 200  # shown one by one
TRIES = 20  # people whose hours are over that a mailbox looks at, before it waits itself
PAUSE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Planned:
    """One touch of the dry run. `local`: the same moment on the lead's clock."""

    at: datetime
    local: datetime
    lead: Lead
    step: Step
    channel: str


@dataclass
class Simulation:
    """What the dry run found. `later`: touches that do not fit into its days."""

    start: date
    days: int
    people: int = 0
    touches: int = 0
    skipped: int = 0
    later: int = 0
    rows: list[Planned] = field(default_factory=list)
    per_day: Counter[date] = field(default_factory=Counter)
    per_hour: Counter[int] = field(default_factory=Counter)
    per_channel: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    last: datetime | None = None

    def add(self, row: Planned) -> None:
        self.touches += 1
        self.per_day[row.local.date()] += 1
        self.per_hour[row.local.hour] += 1
        self.per_channel[row.channel] += 1
        self.last = row.at
        if len(self.rows) < ROWS:
            self.rows.append(row)


@dataclass(slots=True)
class _Person:
    """Somebody on the way: `touch` is the one being looked at, `left` what comes from there."""

    touch: Touch
    left: deque[Step]
    mailbox: Mailbox | None
    off: set[str]


@dataclass
class _Box:
    """A mailbox and who waits for it."""

    mailbox: Mailbox
    queue: deque[_Person] = field(default_factory=deque)
    called: bool = False  # its turn stands in the calendar


class _Run:
    def __init__(self, entry: entering.Entry, facts: Facts, days: int) -> None:
        self.entry, self.facts = entry, facts
        self.end = entry.now + timedelta(days=days)
        start = entry.now.astimezone(facts.days.zone).date()
        self.found = Simulation(start=start, days=days)
        self.calendar: list[tuple[datetime, int, _Person | _Box]] = []
        self.boxes: dict[int, _Box] = {}
        self.number = count()
        self.enrollment = Enrollment(sequence=entry.sequence)  # of nobody: the rules ask its hours

    def put(self, at: datetime, what: _Person | _Box) -> None:
        if at < self.end:
            heapq.heappush(self.calendar, (at, next(self.number), what))
        elif isinstance(what, _Person):
            self.found.later += len(what.left)

    def go(self) -> Simulation:
        while self.calendar:
            at, _, what = heapq.heappop(self.calendar)
            if isinstance(what, _Box):
                what.called = False
                self.turn(what, at)
            else:
                self.look(what, at)
        self.found.later += sum(len(p.left) for box in self.boxes.values() for p in box.queue)
        return self.found

    def look(self, person: _Person, at: datetime) -> None:
        """A touch falls due: it goes, waits for its mailbox, or is left out."""
        lead, step, touch = person.touch.lead, person.left[0], person.touch
        touch.channel = drafting.channel_for(step, lead, off=person.off)
        touch.due_at = at
        if not touch.channel:
            self.found.skipped += 1
            self.advance(person, at)
        elif reach.is_manual(touch.channel) or person.mailbox is None:
            touch.mailbox = None
            verdict = self.ask(touch, at)
            self.sent(person, at) if verdict.ok else self.put(verdict.until or self.end, person)
        else:
            box = self.boxes.setdefault(person.mailbox.pk, _Box(person.mailbox))
            touch.mailbox = person.mailbox = box.mailbox  # one object, which knows when it is free
            box.queue.append(person)
            self.call(box, max(at, box.mailbox.next_free_at or at))

    def call(self, box: _Box, at: datetime) -> None:
        if not box.called and box.queue and at < self.end:
            box.called = True
            heapq.heappush(self.calendar, (at, next(self.number), box))

    def turn(self, box: _Box, at: datetime) -> None:
        """The mailbox is free: the first whose hours and caps allow it goes."""
        closed: list[tuple[datetime, _Person]] = []
        while box.queue and len(closed) < TRIES:
            person = box.queue.popleft()
            verdict = self.ask(person.touch, at)
            if verdict.ok:
                self.sent(person, at)
                break
            if verdict.code in ("mailbox_cap", "mailbox_gap"):
                box.queue.appendleft(person)
                self.call(box, self.free_at(box.mailbox, verdict, at))
                break
            closed.append((verdict.until or self.end, person))
        for until, person in closed:
            self.put(until, person)
        if len(closed) == TRIES:
            self.call(box, at + PAUSE)
        self.call(box, max(box.mailbox.next_free_at or at, at + policy.MINUTE))

    def free_at(self, mailbox: Mailbox, verdict: Verdict, at: datetime) -> datetime:
        if verdict.code == "mailbox_cap":
            return calendars.next_midnight(at, mailbox.user.tz)
        return verdict.until or self.end

    def ask(self, touch: Touch, at: datetime) -> Verdict:
        for rule in policy.PASSING_WITH_TIME:
            verdict = rule(touch, at, self.facts)
            if not verdict.ok:
                return verdict
        return policy.YES

    def sent(self, person: _Person, at: datetime) -> None:
        touch, lead = person.touch, person.touch.lead
        local = at.astimezone(zones.zone_for(lead, fallback=self.facts.days.zone))
        self.found.add(Planned(at, local, lead, person.left[0], touch.channel))
        self.facts.note_sent(touch, at)
        if touch.mailbox:
            touch.mailbox.next_free_at = at + self.facts.gap(touch.mailbox, lead.pk)
        self.advance(person, at)

    def advance(self, person: _Person, at: datetime) -> None:
        person.left.popleft()
        if person.left:
            sequence, workspace = self.entry.sequence, self.entry.workspace
            due = planning.due_of(person.touch.lead, sequence, person.left[0], at, workspace)
            self.put(due, person)


def simulate(
    sequence: Sequence,
    leads: Iterable[Lead] = (),
    *,
    user: User | None = None,
    now: datetime,
    days: int = DAYS,
) -> Simulation:
    """Run those who are in the sequence, and `leads` as if they were added at `now`.

    Nobody is written to and nothing is stored. A sequence that is still a draft counts as running.
    """
    fresh = list(leads)
    inside = list(_inside(sequence))
    people = [*fresh, *(row.lead for row in inside)]
    entry = entering.Entry.of(sequence, people, user, now, as_running=True)
    run = _Run(entry, Facts.for_simulation(now), days)
    _add_inside(run, inside)
    _add_fresh(run, fresh)
    return run.go()


def _inside(sequence: Sequence) -> Iterator[Enrollment]:
    rows = Enrollment.objects.filter(sequence=sequence, state=Enrollment.State.ACTIVE)
    rows = rows.exclude(next_step_key=None).exclude(next_due_at=None)
    rows = rows.select_related("lead", "mailbox__user").defer(
        "lead__search_text", "lead__score_reasons", "mailbox__password"
    )
    return rows.order_by("next_due_at", "pk").iterator(chunk_size=2000)


def _add_inside(run: _Run, rows: list[Enrollment]) -> None:
    made: dict[int, set[object]] = {}
    touches = Touch.objects.filter(enrollment__sequence=run.entry.sequence)
    for pk, key in touches.values_list("enrollment_id", "step_key").iterator():
        made.setdefault(pk or 0, set()).add(key)
    boxes: dict[int, Mailbox] = {}
    for row in rows:
        had = made.get(row.pk, set()) - {row.next_step_key}
        left = deque(step for step in run.entry.steps if step.key not in had)
        while left and left[0].key != row.next_step_key:
            left.popleft()
        box = boxes.setdefault(row.mailbox.pk, row.mailbox) if row.mailbox else None
        if left and row.next_due_at:
            _start(run, row.lead, left, box, max(row.next_due_at, run.entry.now))


def _add_fresh(run: _Run, leads: list[Lead]) -> None:
    entry = run.entry
    for lead in leads:
        mailbox = entry.sender(lead)
        refused = entering.refusal_in(lead, entry, mailbox)
        if refused is not None:
            run.found.left_out[refused.code] += 1
            continue
        due = planning.due_of(lead, entry.sequence, entry.steps[0], entry.now, entry.workspace)
        _start(run, lead, deque(entry.steps), mailbox, due)


def _start(
    run: _Run, lead: Lead, left: deque[Step], mailbox: Mailbox | None, due: datetime
) -> None:
    touch = Touch(lead=lead, enrollment=run.enrollment)
    run.found.people += 1
    run.put(due, _Person(touch, left, mailbox, run.entry.off(lead)))
