"""The daily mail: what waits for one person, when their work day starts.

At most one a day and only when something waits. It names people and the first line of what they
wrote, never more. Its link to drafts only shows them: nothing is approved by opening a mail.
"""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from leads.models import ThreadEvent
from outreach.models import Task, Touch
from outreach.selectors_drafts import drafts, narrow
from outreach.selectors_work import due_counts, due_now, filters, span
from outreach.services import escalation, policy, working
from outreach.services.isolation import isolated
from salesagent.accounts import notices, system_mail
from salesagent.accounts.models import Notification, User, Workspace
from salesagent.accounts.system_mail import Block, Button, Heading, Numbers, Row
from salesagent.lib import signing
from salesagent.lib.text import one_line, plural

LATEST = timedelta(hours=4)  # after the start of work it is no morning mail any more
LINES = 10
NEWS = 3  # of them, kept for what is new
LOOKED = 20  # replies among which the five hottest are looked for
REFUSALS = ("not_interested", "opt_out")
FIRST_LINE = 80
DRAFTS = 10  # behind one link
PURPOSE = "approve-by-mail"
LINK_AGE = timedelta(days=3)
MARK = 16  # letters of a text's hash that a link carries
AHEAD = 60  # days that are looked through for the next working day
WHY = "You get this because the daily mail is on."
KEPT = "Written to a folder on this server: no mail server is set."
CHANGE = "Switch it off, or choose what stands in it"


def run(now: datetime | None = None) -> int:
    """Send what is due; safe to repeat as often as one likes. How many mails left."""
    now, workspace = now or timezone.now(), Workspace.current()
    people = User.objects.filter(is_active=True, daily_digest=True).order_by("pk")
    sent = 0
    for user in people.exclude(digest_day__gt=now.date()):
        if _is_time(user, now, workspace):
            with isolated("digest", user.pk) as result:
                result.value = _settle(user, now)
            sent += bool(result.value)
    return sent


def _is_time(user: User, now: datetime, workspace: Workspace) -> bool:
    local = now.astimezone(user.tz)
    starts = datetime.combine(local.date(), user.work_start, tzinfo=user.tz)
    if user.digest_day == local.date() or not starts <= local < starts + LATEST:
        return False
    return working.works_on(user, now, workspace)


def _settle(user: User, now: datetime) -> bool:
    """The day is settled once the mail has left, or nothing waits. Until then it is tried again."""
    day = now.astimezone(user.tz).date()
    found = gather(user, now)
    sent = found.waits and _send(user, found, day)
    User.objects.filter(pk=user.pk).update(digest_day=day)
    return sent


def _send(user: User, found: "Digest", day: date) -> bool:
    """The notice stands for this day's mail; it is no news by itself."""
    notices.tell(user, kind="digest", key=f"digest:{day}", title=found.subject)
    notice = user.notices.get(key=f"digest:{day}")
    notices.read(user, notice.pk)
    return _mail(user, found, once=notice)


def _mail(user: User, found: "Digest", once: Notification | None = None) -> bool:
    change = Button(CHANGE, f"{reverse('accounts:profile')}#id_daily_digest")
    return system_mail.send(user, found.subject, found.blocks(), why=WHY, change=change, once=once)


# --- before it comes -----------------------------------------------------------------------------


def send_now(user: User, now: datetime) -> bool:
    """To try it: the mail as it would leave now, to the person's own address. The one of the day
    comes all the same. False when nothing waits, so that none would come."""
    found = gather(user, now)
    return found.waits and _mail(user, found)


def next_at(user: User, now: datetime) -> datetime | None:
    """When the next one is due, if something waits then; None while it is switched off."""
    workspace, today = Workspace.current(), now.astimezone(user.tz).date()
    if not user.daily_digest:
        return None
    for ahead in range(AHEAD):
        day = today + timedelta(days=ahead)
        starts = datetime.combine(day, user.work_start, tzinfo=user.tz)
        settled = user.digest_day is not None and user.digest_day >= day
        if not settled and now < starts + LATEST and working.works_on(user, starts, workspace):
            return starts
    return None


# --- what waits ----------------------------------------------------------------------------------


@dataclass
class Digest:
    """Counts, and the lines under their headings; the most urgent first."""

    replies: int = 0
    drafts: int = 0
    due: int = 0  # lines of Today, replies among them
    passed: int = 0
    parts: list[tuple[str, list[Row]]] = field(default_factory=list)
    numbers: list[Block] = field(default_factory=list)
    link: str = ""
    linked: int = 0
    kept_free: int = 0  # lines for what comes last

    @property
    def waits(self) -> bool:
        return bool(self.to_go or self.drafts or self.parts)

    @property
    def to_go(self) -> int:
        """As Today says it."""
        return self.due + self.passed

    @property
    def subject(self) -> str:
        said = [
            (self.passed, "passed on to you", "passed on to you"),
            (self.replies, "reply waits", "replies wait"),
            (self.drafts, "draft to approve", "drafts to approve"),
            (self.due - self.replies, "other task", "other tasks"),
        ]
        told = [plural(count, one, many) for count, one, many in said if count]
        return "Today: " + (", ".join(told[:3]) or "what is new")

    def add(self, heading: str, rows: Iterable[Row]) -> None:
        room = LINES - self.kept_free - sum(len(part) for _, part in self.parts)
        if kept := list(rows)[:room]:
            self.parts.append((heading, kept))

    def blocks(self) -> list[Block]:
        counts = [
            (str(self.to_go), "to go in Today"),
            (str(self.replies), "of them reply" if self.replies == 1 else "of them replies"),
            (str(self.drafts), "to approve"),
        ]
        found: list[Block] = [Numbers(tuple(counts))]
        for heading, rows in self.parts:
            found += [Heading(heading), *rows]
        first = "the first " if self.linked < self.drafts else ""
        label = f"Read {first}{plural(self.linked, 'draft')}" if self.link else "Open Today"
        found.append(Button(label, self.link or reverse("outreach:today")))
        return [*found, *self.numbers]


def gather(user: User, now: datetime) -> Digest:
    """What waits for this person now; nothing is changed."""
    counts, mine = due_counts(user, now), narrow(drafts(user), user, "mine")
    passed = escalation.passed_on(user) if user.is_manager else Task.objects.none()
    found = Digest(counts["replies"], mine.count(), counts["all"], passed.count())
    news = list(_told(user, now))
    found.kept_free = min(NEWS, len(news))
    found.add("Passed on to you", (_task(task, now) for task in passed[:LINES]))
    found.add("Answer first", _replies(due_now(user, now).filter(filters()["replies"][1]), now))
    waiting = list(mine.select_related("lead").order_by("due_at", "pk")[:DRAFTS])
    found.link, found.linked = approve_link(user, waiting) if waiting else "", len(waiting)
    found.add("Drafts for you to read", (_draft(touch) for touch in waiting[:4]))
    found.kept_free = 0
    found.add("What you should know", news)
    if found.waits:
        found.numbers = [b for path in settings.DIGEST for b in import_string(path)(user, now)]
    return found


def _replies(asked: QuerySet[Task], now: datetime) -> Iterable[Row]:
    """The hottest first; who said no has time."""
    rows = list(asked.select_related("lead", "event").order_by("-lead__score", "due_at")[:LOOKED])
    said = ThreadEvent.objects.filter(
        kind="reply.classified", lead__in={task.lead_id for task in rows if task.lead_id}
    )
    sorted_as = {e.data.get("event"): e.data.get("disposition") for e in said.order_by("pk")}
    rows.sort(key=lambda task: sorted_as.get(task.event_id) in REFUSALS)
    return (_task(task, now) for task in rows[:5])


def _task(task: Task, now: datetime) -> Row:
    since = task.event.occurred_at if task.event else task.due_at
    title = f"{task.lead.name} waits {span(now - since)}" if task.lead else task.title
    words = (task.event.body if task.event else task.why).strip().partition("\n")[0]
    link = reverse("outreach:today_task", args=[task.pk])
    short = textwrap.shorten(one_line(words, 2000), FIRST_LINE, placeholder="…")
    return Row(title, short, link)


def _draft(touch: Touch) -> Row:
    number = f"Touch {touch.number}" if touch.number else "Answer"
    return Row(touch.lead.name, number, reverse("outreach:approval", args=[touch.pk]))


def _told(user: User, now: datetime) -> Iterable[Row]:
    """New notices of the day in the groups that they chose; answers stand above already."""
    left_out = {"replies", "", *user.digest_without}
    kinds = [code for code, kind in notices.KINDS.items() if kind.group not in left_out]
    rows = Notification.objects.filter(
        user=user, read_at=None, kind__in=kinds, created_at__gte=now - timedelta(days=1)
    )
    newest = list(rows.order_by("-urgent", "-pk")[:LINES])
    notices.without_names(user, newest)
    return (Row(row.title, row.text, row.link or reverse("notices:list")) for row in newest)


# --- the link to the drafts ----------------------------------------------------------------------


def approve_link(user: User, touches: Iterable[Touch]) -> str:
    """To a page with just these drafts. Bound to the person, the drafts and their very words; it
    opens nothing for anybody else and approves nothing by itself."""
    marks = ",".join(f"{touch.pk}:{policy.text_hash(touch)[:MARK]}" for touch in touches)
    token = signing.make(PURPOSE, {"user": user.pk, "drafts": marks})
    return reverse("outreach:approve_by_mail", args=[token])


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link stands for: whose it is, and draft -> beginning of its text's hash."""

    user: int
    drafts: dict[int, str]
    expired: bool


def read_link(token: str) -> Asked:
    """Raises signing.BadToken for anything but a link of ours."""
    payload = signing.read(PURPOSE, token)
    try:
        signing.read(PURPOSE, token, max_age=int(LINK_AGE.total_seconds()))
        expired = False
    except signing.BadToken:
        expired = True
    pairs = (pair.partition(":") for pair in payload["drafts"].split(","))
    return Asked(payload["user"], {int(pk): mark for pk, _, mark in pairs}, expired)
