"""A dry run of a sequence: who would get what and when, by the same plan and the same policy.

The clock is virtual and nothing is written. It assumes that every draft is approved in time, that
nobody answers, and that the mailboxes carry nothing else.
"""

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

from django.db.models import QuerySet

from leads.models import Lead
from leads.services import zones
from outreach.models import Enrollment, Mailbox, Sequence, Step, Touch
from outreach.services import cadence, calendars, drafting, entering, planning, policy, timing
from outreach.services.limits import Facts
from outreach.services.policy import Verdict
from salesagent.accounts.models import User

DAYS = 30
ROWS = 200  # shown one by one
LIMITS = ("window", "lead_cap", "company_cap", "mailbox_cap")  # what is told to hold touches back
LEAD_FIELDS = (
    *("owner", "company", "company_name", "first_name", "last_name", "email", "phone"),
    *(
        "linkedin_url",
        "street",
        "postcode",
        "city",
        "country",
        "time_zone",
        "stage",
        "score",
        "scored_at",
    ),
    *("lawful_basis", "basis_expires_at", "last_sign", "last_sign_at", "replied_at"),
    *("archived_at", "erased_at"),
)


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
    """What the dry run found. `later`: touches that do not fit into its days; `held`: how many
    touches each limit made wait."""

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
    held: Counter[str] = field(default_factory=Counter)
    paced: Counter[str] = field(default_factory=Counter)
    last: datetime | None = None

    def add(self, row: Planned) -> None:
        self.touches += 1
        self.per_day[row.local.date()] += 1
        self.per_hour[row.local.hour] += 1
        self.per_channel[row.channel] += 1
        self.last = row.at
        if len(self.rows) < ROWS:
            self.rows.append(row)


@dataclass(slots=True, eq=False)
class _Person:
    """Somebody on the way: `left` is what comes from here, `due` when the first of it was planned
    for, `instead` the channel that takes the place of mails."""

    lead: Lead
    left: deque[Step]
    mailbox: Mailbox | None
    number: int
    off: set[str]
    due: datetime
    unanswered: int = 0
    instead: str = ""
    channel: str = ""
    held: set[str] | None = None

    def __lt__(self, other: "_Person") -> bool:
        return (self.due, self.number) < (other.due, other.number)


@dataclass
class _Box:
    """A mailbox and who waits for it, as the sending does: by planned moment."""

    mailbox: Mailbox
    queue: list[_Person] = field(default_factory=list)
    turn_at: datetime | None = None  # its turn stands in the calendar


class _Run:
    def __init__(
        self,
        entry: entering.Entry,
        facts: Facts,
        days: int,
        rhythm: cadence.Rhythm | None,
        each: Callable[[Planned], None] | None,
    ) -> None:
        self.entry, self.facts, self.rhythm = entry, facts, rhythm
        self.end = entry.now + timedelta(days=days)
        start = entry.now.astimezone(facts.days.zone).date()
        self.found = Simulation(start=start, days=days)
        self.each = each
        # (when, rank, planned for, number, who): at one moment mails come before what people do
        self.calendar: list[tuple[datetime, int, datetime, int, _Person | _Box]] = []
        self.boxes: dict[int, _Box] = {}
        self.number = count()
        # one touch stands for all: the rules ask it, and nothing is stored
        self.touch = Touch(enrollment=Enrollment(sequence=entry.sequence))

    def start(self, person: _Person, due: datetime) -> None:
        self.found.people += 1
        self.aim(person, due)
        self.put(max(due, self.entry.now), person)

    def aim(self, person: _Person, due: datetime) -> None:
        """The next touch, its moment and its channel."""
        step, instead = person.left[0], person.instead
        person.due = due
        person.channel = drafting.channel_for(step, person.lead, off=person.off, instead=instead)

    def put(self, at: datetime, person: _Person) -> None:
        if at < self.end:
            rank = 0 if self.by_mailbox(person) else 2
            row = (at, rank, person.due, person.number, person)
            heapq.heappush(self.calendar, row)
        else:
            self.found.later += len(person.left)

    def by_mailbox(self, person: _Person) -> bool:
        return person.channel == "email" and person.mailbox is not None

    def go(self) -> Simulation:
        while self.calendar:
            at, *_, what = heapq.heappop(self.calendar)
            if isinstance(what, _Person):
                self.look(what, at)
            elif what.turn_at == at:
                what.turn_at = None
                self.turn(what, at)
        self.found.later += sum(len(p.left) for box in self.boxes.values() for p in box.queue)
        return self.found

    def look(self, person: _Person, at: datetime) -> None:
        """A touch falls due: it goes, waits for its mailbox, or is left out."""
        if not person.channel:
            self.found.skipped += 1
            self.advance(person, person.due)
        elif person.channel != "email" or person.mailbox is None:
            verdict = self.ask(person, None, at)
            self.sent(person, None, at) if verdict.ok else self.wait(person, verdict)
        else:
            box = self.boxes.setdefault(person.mailbox.pk, _Box(person.mailbox))
            heapq.heappush(box.queue, person)
            self.call(box, max(at, box.mailbox.next_free_at or at))

    def wait(self, person: _Person, verdict: Verdict) -> None:
        self.put(verdict.until or self.end, person)

    def call(self, box: _Box, at: datetime) -> None:
        if box.queue and at < self.end and (box.turn_at is None or at < box.turn_at):
            box.turn_at = at
            heapq.heappush(self.calendar, (at, 1, at, box.mailbox.pk, box))

    def turn(self, box: _Box, at: datetime) -> None:
        """The mailbox may be free: who waits longest and whose hours and caps allow it goes."""
        mailbox = box.mailbox
        while box.queue:
            person = box.queue[0]
            verdict = self.ask(person, mailbox, at)
            if verdict.code in ("mailbox_cap", "mailbox_gap"):
                self.call(box, self.free_at(person, mailbox, verdict, at))
                return
            heapq.heappop(box.queue)
            if verdict.ok:
                self.sent(person, mailbox, at)
                self.call(box, max(at, mailbox.next_free_at or at))
                return
            self.wait(person, verdict)

    def free_at(
        self, person: _Person, mailbox: Mailbox, verdict: Verdict, at: datetime
    ) -> datetime:
        """When the mailbox has room, or before that the first one's hours end: then it is put off,
        as the sending does."""
        if verdict.code == "mailbox_gap":
            return verdict.until or self.end
        closes = policy.closes(self.touch, at, self.facts)
        return min(calendars.next_midnight(at, mailbox.user.tz), closes)

    def ask(self, person: _Person, mailbox: Mailbox | None, at: datetime) -> Verdict:
        touch = self.touch
        touch.lead, touch.mailbox, touch.channel = person.lead, mailbox, person.channel
        touch.due_at, touch.number = person.due, person.left[0].position
        for rule in policy.PASSING_WITH_TIME:
            verdict = rule(touch, at, self.facts)
            if not verdict.ok:
                self.note_held(person, verdict.code)
                return verdict
        return policy.YES

    def note_held(self, person: _Person, code: str) -> None:
        """Each limit once for each touch."""
        if code in LIMITS:
            held = person.held = person.held if person.held is not None else set()
            if code not in held:
                held.add(code)
                self.found.held[code] += 1

    def sent(self, person: _Person, mailbox: Mailbox | None, at: datetime) -> None:
        lead = person.lead
        local = at.astimezone(zones.zone_for(lead, fallback=self.facts.days.zone))
        row = Planned(at, local, lead, person.left[0], person.channel)
        self.found.add(row)
        if self.each:
            self.each(row)
        self.facts.note_sent(self.touch, at)
        if mailbox:
            mailbox.next_free_at = at + self.facts.gap(mailbox, lead.pk)
        person.unanswered += 1
        self.advance(person, at)

    def advance(self, person: _Person, at: datetime) -> None:
        person.left.popleft()
        person.held = None
        if person.left:
            self.aim(person, self.plan(person, person.left[0], at))
            self.put(person.due, person)

    def plan(self, person: _Person, step: Step, at: datetime) -> datetime:
        sequence, workspace = self.entry.sequence, self.entry.workspace
        lead, missed = person.lead, person.unanswered
        plan = timing.plan_of(lead, sequence, step, at, workspace, self.rhythm, missed)
        for note in plan.notes:
            self.found.paced[str(note.evidence.get("pace", note.rule))] += 1
        return plan.due


def narrowed(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Leads with no more than a dry run looks at: a third of the memory."""
    return leads.select_related(None).only(*LEAD_FIELDS)


def simulate(
    sequence: Sequence,
    leads: Iterable[Lead] = (),
    *,
    user: User | None = None,
    now: datetime,
    days: int = DAYS,
    each: Callable[[Planned], None] | None = None,
) -> Simulation:
    """Run those who are in the sequence, and `leads` as if they were added at `now`.

    Nobody is written to and nothing is stored. A sequence that is still a draft counts as running.
    `each` is told every touch, in order.
    """
    fresh = list(leads)
    inside = list(_inside(sequence))
    people = [*fresh, *(row.lead for row in inside)]
    entry = entering.Entry.of(sequence, people, user, now, as_running=True)
    rhythm = cadence.rhythm_for(sequence, people)
    run = _Run(entry, Facts.for_simulation(now), days, rhythm, each)
    _add_inside(run, inside)
    _add_fresh(run, fresh)
    return run.go()


def _inside(sequence: Sequence) -> Iterator[Enrollment]:
    rows = Enrollment.objects.filter(sequence=sequence, state=Enrollment.State.ACTIVE)
    rows = rows.exclude(next_step_key=None).exclude(next_due_at=None)
    fields = [f"lead__{name}" for name in LEAD_FIELDS]
    rows = rows.select_related("lead").only(
        "sequence", "mailbox", "state", "next_step_key", "next_due_at", *fields
    )
    return rows.order_by("pk").iterator(chunk_size=2000)


def _add_inside(run: _Run, rows: list[Enrollment]) -> None:
    made: dict[int, dict[object, datetime | None]] = {}
    touches = Touch.objects.filter(enrollment__sequence=run.entry.sequence)
    for pk, key, at in touches.values_list("enrollment_id", "step_key", "sent_at").iterator():
        made.setdefault(pk or 0, {})[key] = at
    boxes = _boxes({row.mailbox_id for row in rows})
    adaptive = run.entry.sequence.adaptive
    instead = cadence.channels_instead(rows) if adaptive else {}
    for row in rows:
        had = made.get(row.pk, {})
        left = deque(
            step for step in run.entry.steps if step.key not in had or step.key == row.next_step_key
        )
        while left and left[0].key != row.next_step_key:
            left.popleft()
        if not left or row.next_due_at is None:
            continue
        person = _person(run, row.lead, left, boxes.get(row.mailbox_id or 0))
        person.unanswered = planning.unanswered(had.values(), row.lead)
        person.instead = instead.get(row.pk, "")
        run.start(person, row.next_due_at)


def _boxes(ids: set[int | None]) -> dict[int, Mailbox]:
    wanted = [pk for pk in ids if pk]
    found = Mailbox.objects.filter(pk__in=wanted).select_related("user").defer("password")
    return {box.pk: box for box in found}


def _add_fresh(run: _Run, leads: list[Lead]) -> None:
    entry = run.entry
    for lead in leads:
        mailbox = entry.sender(lead)
        refused = entering.refusal_in(lead, entry, mailbox)
        if refused is not None:
            run.found.left_out[refused.code] += 1
            continue
        person = _person(run, lead, deque(entry.steps), mailbox)
        due = timing.due_of(lead, entry.sequence, entry.steps[0], entry.now, entry.workspace)
        run.start(person, due)


def _person(run: _Run, lead: Lead, left: deque[Step], mailbox: Mailbox | None) -> _Person:
    box = run.boxes.setdefault(mailbox.pk, _Box(mailbox)).mailbox if mailbox else None
    return _Person(lead, left, box, next(run.number), run.entry.off(lead), run.entry.now)
