"""Reads for Today: which lines, in which order, and why now."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import (
    Case,
    Count,
    IntegerField,
    Max,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils import timezone

from leads.access import lead_seen, seen_by
from leads.family import keeper
from leads.models import Lead, ThreadEvent
from outreach.models import Mailbox, Task, Touch
from outreach.open_lines import GONE, HELD
from salesagent.accounts.access import visible_user_ids
from salesagent.accounts.models import User
from salesagent.ai.rules import LABELS
from salesagent.lib.registry import adapter
from salesagent.lib.sql import Rows

PAGE = 50
MOST_TASKS = 300
OPEN_ENDED = (Task.Kind.MOMENT, Task.Kind.FOLLOW_UP)
HOT = 75
STALE_AFTER = timedelta(days=2)
MINUTES = {"answer": 5, "enquiry": 4, "touch": 4, "follow_up": 4}
GROUPS = ("Answer first", "Good moment", "Due today", "Stalled")
ANSWER, MOMENT, DUE, STALLED = GROUPS
RANK = {
    Task.Kind.ENQUIRY: 0,
    Task.Kind.ANSWER: 1,
    Task.Kind.UNMATCHED: 2,
    Task.Kind.UNKNOWN: 3,
    Task.Kind.MOMENT: 4,
    Task.Kind.FOLLOW_UP: 5,
    Task.Kind.TOUCH: 6,
    Task.Kind.CONTACT: 7,
    Task.Kind.ATTENTION: 8,
}


def filters() -> dict[str, tuple[str, Q]]:
    """The chips above the list: code -> (label, what it narrows to); one for each channel of tasks.

    A call may be a touch or somebody to ring back.
    """
    wired = [adapter("CHANNELS", code) for code in settings.CHANNELS]
    manual = {one.code: one.label for one in wired if one.manual and not one.spoken}
    spoken = [one.code for one in wired if one.spoken]
    return {
        "replies": ("Replies", Q(kind__in=["answer", "enquiry", "unmatched"])),
        "calls": ("Calls", Q(channel__in=spoken)),
        **{code: (label, Q(channel=code, kind="touch")) for code, label in manual.items()},
        "signals": ("Signals", Q(kind__in=["moment", "attention", "unknown"])),
    }


DEFAULT_WHY = {
    Task.Kind.UNMATCHED: "A message came in and nobody is sure whose it is.",
    Task.Kind.UNKNOWN: "The server broke off during sending. It is not sent again by itself.",
    Task.Kind.FOLLOW_UP: "You asked to be reminded.",
}


# --- what a user may see -------------------------------------------------------------------------


def tasks_visible(user: User) -> QuerySet[Task]:
    """Tasks of the people whose work the user sees; those of nobody belong to managers. Whoever
    sees a task sees its lead: of one that went to another team meanwhile nothing is shown."""
    ids = visible_user_ids(user)
    if ids is None:
        return Task.objects.all()
    seen = Q(owner_id__in=ids)
    tasks = Task.objects.filter(seen | Q(owner=None) if user.is_manager else seen)
    return tasks.filter(lead_seen(user))


def sees_task(user: User, task: Task) -> bool:
    """Whether tasks_visible(user) holds this task."""
    ids = visible_user_ids(user)
    if ids is None:
        return True
    whose = [task.owner_id] if task.lead is None else [task.owner_id, keeper(task.lead).owner_id]
    return all(user.is_manager if one is None else one in ids for one in whose)


def touches_visible(user: User) -> QuerySet[Touch]:
    return seen_by(Touch.objects.all(), user)


# --- Today ---------------------------------------------------------------------------------------


def end_of_day(user: User, now: datetime) -> datetime:
    day = now.astimezone(user.tz).date() + timedelta(days=1)
    return datetime.combine(day, time.min, tzinfo=user.tz)


def due_now(user: User, now: datetime) -> QuerySet[Task]:
    """The user's own open lines up to the end of today, without the snoozed ones, and without
    those that wait with their paused sequence, as its mails do."""
    return (
        Task.objects.filter(
            lead_seen(user),
            Q(snoozed_until=None) | Q(snoozed_until__lte=now),
            owner=user,
            state=Task.State.OPEN,
            due_at__lt=end_of_day(user, now),
        )
        .exclude(HELD)
        .exclude(GONE)
    )


def due_counts(user: User, now: datetime) -> dict[str, int]:
    """How many of `due_now`: "all", and under each chip. Today and the daily mail say these; one
    query. "newest" is for pages that follow them."""
    chips = {name: Count("pk", filter=q) for name, (_label, q) in filters().items()}
    return due_now(user, now).aggregate(newest=Max("pk"), all=Count("pk"), **chips)


@dataclass
class Line:
    """A task with its place in the list and the reason for it."""

    task: Task
    group: str
    why: str
    said: str = ""  # what their answer was understood as

    @property
    def minutes(self) -> int:
        return MINUTES.get(self.task.kind, 2)


@dataclass
class Board:
    """Today as one user sees it."""

    groups: list[tuple[str, list[Line]]]
    folded: int
    total: int
    done: int
    counts: dict[str, int]
    lines: list[Line] = field(default_factory=list)
    passed: int = 0  # what was passed on to a manager; it stands above the list

    @property
    def to_go(self) -> int:
        """Everything that waits today, whatever the filter, and what fits into the day."""
        return self.counts["all"] + self.passed

    @property
    def minutes(self) -> int:
        return sum(line.minutes for line in self.lines)

    @property
    def whole(self) -> int:
        """Done and to go together; at least 1, for the progress bar."""
        return max(self.done + len(self.lines) + self.passed, 1)


def group_of(task: Task, now: datetime) -> str:
    if task.kind in (
        Task.Kind.ENQUIRY,
        Task.Kind.ANSWER,
        Task.Kind.UNMATCHED,
        Task.Kind.UNKNOWN,
    ):
        return ANSWER
    if calls_now(task):
        return ANSWER
    if (task.snoozed_until or task.due_at) < now - STALE_AFTER:
        return STALLED
    if task.kind == Task.Kind.MOMENT:
        return MOMENT
    if task.kind == Task.Kind.FOLLOW_UP and not _spoken(task.channel):
        return MOMENT
    return DUE


def calls_now(task: Task) -> bool:
    """Somebody asked to be called at once: before everything else."""
    return task.kind == Task.Kind.FOLLOW_UP and task.deadline_at is not None


def _spoken(code: str) -> bool:
    return code in settings.CHANNELS and bool(adapter("CHANNELS", code).spoken)


def _order(line: Line) -> tuple[Any, ...]:
    """Group, then: enquiries by their clock, answers by score, calls by time, the rest by score."""
    task = line.task
    score = -(task.lead.score if task.lead else 0)
    place = GROUPS.index(line.group)
    kind = RANK[Task.Kind(task.kind)]
    if calls_now(task):
        return (place, -1, task.due_at.timestamp(), score, task.pk)
    if task.kind == Task.Kind.ENQUIRY:
        return (place, kind, (task.deadline_at or task.due_at).timestamp(), score, task.pk)
    if line.group == DUE:
        return (place, 0, task.due_at.timestamp(), score, task.pk)
    return (place, kind, score, task.due_at.timestamp(), task.pk)


def why_now(task: Task, now: datetime) -> str:
    """One or two plain sentences: what happened and how long ago."""
    waits = span(now - (task.event.occurred_at if task.event else task.due_at))
    kind = Task.Kind(task.kind)
    if kind == Task.Kind.ENQUIRY:
        clock = "The two-minute clock runs." if _clock_runs(task, now) else "Answer it next."
        return f"Asked by the web form {waits} ago. {clock}"
    if kind == Task.Kind.ANSWER:
        words = "" if task.event else task.why  # the message itself stands below
        told = f"Replied {waits} ago and waits for you.{_goes_on(task, now)}"
        return f"{told} {words}".strip()
    if kind == Task.Kind.TOUCH and not task.why:
        late = task.due_at <= now - timedelta(days=1)
        return "You approved the text. " + (f"It has waited {waits}." if late else "It is due.")
    return task.why or DEFAULT_WHY.get(kind, "")


def _goes_on(task: Task, now: datetime) -> str:
    """When a hot answer goes to the manager, unless it is given before."""
    hot = task.lead is not None and task.lead.score >= HOT
    if not hot or task.escalated_at or not task.deadline_at:
        return ""
    if task.owner and task.owner.away_on(now.astimezone(task.owner.tz).date()):
        return " Its owner is away, so it goes to the manager at once."
    if task.deadline_at <= now:
        return ""
    local = timezone.localtime(task.deadline_at)
    same_day = local.date() == timezone.localtime(now).date()
    at = f"at {local:%H:%M}" if same_day else f"on {local:%A at %H:%M}"
    return f" It goes to the manager {at}."


def _clock_runs(task: Task, now: datetime) -> bool:
    return bool(task.deadline_at and task.deadline_at > now)


def span(delta: timedelta) -> str:
    """How long: "3 days", "15 hours", "20 minutes"."""
    minutes = max(int(delta.total_seconds() // 60), 0)
    for size, one in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {one}{'' if count == 1 else 's'}"
    return "a moment"


def board(
    user: User, *, now: datetime | None = None, show: str = "", everything: bool = False
) -> Board:
    """The ranked list, cut at what the user can do in a day; four queries."""
    now = now or timezone.now()
    rows, chosen, counts = due_now(user, now), filters(), due_counts(user, now)
    done = Task.objects.filter(
        owner=user,
        closed_by=user,
        state=Task.State.DONE,
        closed_at__gte=end_of_day(user, now) - timedelta(days=1),
    ).count()
    shown = rows.filter(chosen[show][1]) if show in chosen else rows
    lines = sorted((_line(task, user, now) for task in _ranked(shown)), key=_order)
    total = counts[show] if show in chosen else counts["all"]
    room = len(lines) if everything else max(user.daily_capacity - done, 5)
    kept = lines[:room]
    _tell_classes(kept)
    groups = [(name, list(part)) for name, part in groupby(kept, key=lambda line: line.group)]
    return Board(groups, total - len(kept), total, done, counts, kept)


def _tell_classes(lines: list[Line]) -> None:
    """What each answer was understood as, the newest class of each; one query, none without."""
    answers = {line.task.event_id: line for line in lines if line.task.kind == Task.Kind.ANSWER}
    if not answers:
        return
    leads = [line.task.lead_id for line in answers.values()]
    classes = ThreadEvent.objects.filter(lead__in=leads, kind="reply.classified").order_by("pk")
    told = classes.values_list("data__event", "data__disposition", "data__abstained")
    for event, said, unsure in told:
        if event in answers:
            answers[event].said = "" if unsure or said == "other" else LABELS.get(said, "")


def _line(task: Task, user: User, now: datetime) -> Line:
    task.owner = user  # it is: nothing is read for it
    return Line(task, group_of(task, now), why_now(task, now))


def advice(task: Task) -> str:
    """What their thread advises, for a line that leaves open what to do."""
    profile = getattr(task.lead, "profile", None) if task.kind in OPEN_ENDED else None
    text = profile.next_step.get("text") if profile else ""
    return f"Next step: {text}." if text else ""


_NAME = ("lead__first_name", "lead__last_name", "lead__email", "lead__phone", "lead__score")
_LINE_FIELDS = (
    "kind", "channel", "title", "why", "state", "due_at", "deadline_at", "snoozed_until", "owner",
    "escalated_at", "escalated_to__name", "escalated_to__email",
    "touch", "event__occurred_at", "inbound__from_name", "inbound__from_address", *_NAME,
)  # fmt: skip


def _ranked(rows: QuerySet[Task]) -> QuerySet[Task]:
    """At most MOST_TASKS, the urgent kinds first, so a long backlog never hides an answer."""
    rank = Case(
        When(kind=Task.Kind.FOLLOW_UP, deadline_at__isnull=False, then=Value(-1)),
        *[When(kind=kind, then=Value(place)) for kind, place in RANK.items()],
        default=Value(9),
        output_field=IntegerField(),
    )
    return (
        rows.select_related("lead", "event", "inbound", "escalated_to")
        .only(*_LINE_FIELDS)
        .annotate(rank=rank)
        .order_by("rank", "due_at", "pk")[:MOST_TASKS]
    )


def next_up(user: User, now: datetime) -> Task | None:
    """The first line after today, for the empty page: "Next: a call tomorrow"."""
    later = Task.objects.filter(lead_seen(user), owner=user, state=Task.State.OPEN).exclude(HELD)
    return (
        later.filter(Q(due_at__gte=end_of_day(user, now)) | Q(snoozed_until__gt=now))
        .select_related("lead")
        .order_by("due_at", "pk")
        .first()
    )


# --- beside the work -----------------------------------------------------------------------------


_PAUSED = Rows(lambda user: Mailbox.objects.filter(user=user, state=Mailbox.State.PAUSED))


def paused_mailboxes(user: User) -> list[Mailbox]:
    return _PAUSED.all(user.pk)


def held_count(user: User) -> int:
    """Approved messages that wait, of this user's mailboxes."""
    return Touch.objects.filter(mailbox__user=user, state=Touch.State.APPROVED).count()


_MESSAGES = (
    "reply.received",
    "touch.sent",
    "lead.inquired",
    "linkedin.done",
    "touch.done",
    "call.logged",
)
_LAST_MESSAGE = Rows(
    lambda lead: ThreadEvent.objects.filter(lead=lead, kind__in=_MESSAGES).order_by(
        "-occurred_at", "-id"
    )[:1]
)


def last_message(lead: Lead) -> ThreadEvent | None:
    """The newest message of either side, to answer it or to recall it."""
    return _LAST_MESSAGE.first(lead.pk)
