"""The team as its page prints it: who has how much to do, what came of it, and what was saved.

People stand in the order of their names; nothing here ranks them.
"""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from analytics import access, report_words
from analytics.counts import change
from analytics.counts.saved import ENOUGH, Part, Saved
from analytics.counts.shares import Share
from analytics.report_csv import Table
from analytics.report_page import Frame
from analytics.selectors import habits, numbers, saved
from analytics.selectors.answers import Answers, Half, answers
from analytics.selectors.habits import Watch
from analytics.selectors.numbers import ZERO, Amount
from analytics.selectors.saved import in_words
from outreach.services import workload
from outreach.services.workload import Load
from salesagent.accounts.models import User, Workspace

METRICS = ("sent", "delivered", "answered", "meetings", "won", "approved", "tasks", "answer.time")
ASKED = (*METRICS, numbers.MESSAGES)
LOAD = (
    '<td><span class="loadb"><progress class="bar" max="{}" value="{}" aria-label="{}"></progress>'
    '<span class="num xs">{} of {}</span></span></td>'
)
NOTHING = mark_safe('<td class="r num">0</td>')
PART_WORDS = {
    "draft": ("Drafts written and checked by a person", "reviewed"),
    "pause": ("Sequences paused by themselves", "paused"),
    "reply": ("Replies read and sorted", "replies"),
}


CELLS = ("meetings", "won", "approved", "tasks")


def _cell(there: Any, link: str, text: str) -> SafeString:
    if there and link:
        return format_html('<td class="r num"><a href="{}">{}</a></td>', link, text)
    if text == "0":
        return NOTHING
    if there:
        return format_html('<td class="r num">{}</td>', text)
    return format_html('<td class="r num"><span class="muted">{}</span></td>', text)


@dataclass(frozen=True)
class Person:
    """One line: what somebody has to do, and what came of the period. `links` by metric.

    `half`: how long half of the answers took at most.
    """

    user: User
    load: Load
    amounts: dict[str, Amount]
    links: dict[str, str]
    half: Half | None = None
    own: bool = False

    @property
    def now(self) -> tuple[str, str, str, str]:
        """Where what there is to do stands: of others only their leads have a list."""
        leads = f"{reverse('leads:list')}?owner={self.user.pk}&seq=active"
        mine = (reverse("outreach:today"), reverse("outreach:approvals")) if self.own else ("", "")
        return (leads, *mine, "")

    def _of(self, metric: str) -> Amount:
        return self.amounts.get(metric, ZERO)

    @property
    def replied(self) -> str:
        return report_words.share(Share(self._of("answered").count, self.messages))

    @property
    def messages(self) -> int:
        """Delivered where people can answer."""
        return self._of(numbers.MESSAGES).count

    @property
    def counts(self) -> dict[str, int]:
        return {metric: self._of(metric).count for metric in METRICS}

    @property
    def answers_in(self) -> str:
        """ "2 hours, mean 9.3 hours"; one answer has no mean."""
        amount = self._of("answer.time")
        if self.half is None or amount.mean is None:
            return "n/a"
        mean = report_words.span(amount.mean.total_seconds())
        return self.half.words + (f", mean {mean}" if amount.count > 1 else "")

    @property
    def cells(self) -> SafeString:
        """Of the first table, behind the open leads."""
        load = self.load
        told = (load.running, load.tasks, load.drafts, load.week)
        first = format_html_join(
            "", "{}", ((_cell(n, to, f"{n:,}"),) for n, to in zip(told, self.now, strict=True))
        )
        week, most = load.week, load.week_capacity
        said = f"{self.user.name}: {week} of {most}"
        return first + format_html(LOAD, most or 1, week, said, f"{week:,}", f"{most:,}")

    @property
    def results(self) -> SafeString:
        """The cells of the second table; eleven people have eighty of them."""
        counts, links = self.counts, self.links
        told = [
            (counts["sent"], links["sent"], f"{counts['sent']:,}"),
            (counts["answered"], links["replied"], self.replied),
            *((counts[name], links[name], f"{counts[name]:,}") for name in CELLS),
            (self.answers_in != "n/a", links["answers"], self.answers_in),
        ]
        return format_html_join("", "{}", ((_cell(*one),) for one in told))

    @property
    def takes_part(self) -> bool:
        """Reps do; who leads or owns only with leads or work of their own."""
        own = self.load.leads or self.load.today or any(self.counts.values())
        return self.user.role == User.Role.REP or bool(own)

    @property
    def state(self) -> tuple[str, str]:
        """(tint of the chip, its word)."""
        if self.load.away:
            return "info", "Away"
        if self.load.over:
            return "warn", "Over capacity"
        return ("ok", "Has room") if self.load.share < ROOMY else ("", "Busy")

    @property
    def until(self) -> str:
        return f"until {self.user.away_until:%-d %b}" if self.user.away_until else ""


ROOMY = 0.8  # of the week's capacity


@dataclass(frozen=True)
class SavedRow:
    part: Part
    words: str
    link: str

    @property
    def hours(self) -> str:
        return in_words(self.part.minutes)


def context(frame: Frame) -> dict[str, Any]:
    workspace, watch = Workspace.current(), Watch(frame.user, frame.scope)
    hand = saved.hand_of(workspace)
    found = saved.time_saved(frame.scope, frame.period, hand)
    hidden = watch.hides_reading(frame.period)
    ours = answers(frame.scope, frame.period)
    return {
        "people": people(frame, ours.halves),
        "kpis": kpis(frame, watch, None if hidden else found, ours),
        "saved": found,
        "saved_hidden": habits.WHY_READ if hidden else "",
        "saved_rows": [] if hidden else saved_rows(frame, watch, found),
        "saved_hours": "" if hidden else in_words(found.minutes),
        "enough": ENOUGH,
        "read": f"{found.read:.1f}",
        "leaderboard": workspace.leaderboard,
        "hand": hand,
    }


def people(frame: Frame, half: dict[int, Half]) -> list[Person]:
    """Active accounts within the choice; what closed ones did is in the sums only."""
    now = timezone.now()
    users = access.active(frame.user, frame.scope)
    loads = workload.loads(users, now)
    amounts = numbers.people(frame.scope, frame.period, ASKED)
    found = [
        Person(
            user,
            loads[user.pk],
            amounts.get(user.pk, {}),
            _links(frame, user),
            half.get(user.pk),
            user == frame.user,
        )
        for user in users
    ]
    return [one for one in found if one.takes_part]


def _links(frame: Frame, user: User) -> dict[str, str]:
    names = {"replied": "answered", "answers": "answer.time"}
    metrics = {**dict.fromkeys(METRICS), **names}
    return {
        name.replace(".", "_"): frame.behind(metric or name, owner=user.pk)
        for name, metric in metrics.items()
    }


def kpis(frame: Frame, watch: Watch, found: Saved | None, ours: Answers) -> list[dict[str, str]]:
    """`found`: None where it is not for this reader."""
    now, had = (
        numbers.totals(frame.scope, period, ("approved", "tasks"))
        for period in (frame.period, frame.before)
    )
    return [
        _saved_kpi(frame, watch, found),
        *_answer_kpis(frame, ours),
        _compared("Approvals", now["approved"], had["approved"], frame.behind("approved")),
        _compared("Tasks done", now["tasks"], had["tasks"], frame.behind("tasks")),
    ]


def _saved_kpi(frame: Frame, watch: Watch, found: Saved | None) -> dict[str, str]:
    kpi = {"label": "Time saved", "value": "n/a", "link": "#saved", "base": "their own, see below"}
    if found is None:
        return kpi
    before = saved.time_saved(frame.scope, frame.before)
    told = before.minutes and not watch.hides_reading(frame.before)
    base = f"{in_words(before.minutes)} the time before" if told else ""
    return {**kpi, "value": in_words(found.minutes), "base": base}


def _answer_kpis(frame: Frame, ours: Answers) -> list[dict[str, str]]:
    """How many came within an hour is a habit of one person; how long they took is a result."""
    amount, bands, half = ours.amount, ours.bands, ours.half
    quick, whole = Share(sum(bands[:2]), amount.count), amount.count
    own = habits.one_speed(frame.user, frame.scope, ours)
    base = f"{quick.hits:,} of {whole:,} answers" if whole >= change.FEW else ""
    mean = report_words.span(amount.mean.total_seconds()) if amount.mean else ""
    late = f", {bands[-1]:,} after more than a day" if bands[-1] and not own else ""
    link = frame.behind("answer.time")
    return [
        {
            "label": "Answered within an hour",
            "value": "n/a" if own else quick.words,
            "link": link if own else frame.behind("answer.time", slot="0,1"),
            "base": "their own" if own else base,
        },
        {
            "label": "Half answered in",
            "value": half.words if half else "n/a",
            "link": link,
            "base": f"mean {mean}{late}; nights included" if mean else "",
        },
    ]


def _compared(label: str, now: Amount, before: Amount, link: str) -> dict[str, str]:
    said = change.of_count(now.count, before.count) if now.count or before.count else ""
    return {"label": label, "value": f"{now.count:,}", "link": link, "base": said}


def saved_rows(frame: Frame, watch: Watch, found: Saved) -> list[SavedRow]:
    """The drafts have a list only where nobody in it is private."""

    def link(metric: str) -> str:
        return "" if metric in habits.READ and not watch.all_open else frame.behind(metric)

    words = [(part, *PART_WORDS[part.key]) for part in found.parts]
    return [SavedRow(part, name, link(metric)) for part, name, metric in words]


# --- files ---------------------------------------------------------------------------------------


def people_table(frame: Frame) -> Table:
    """As of now, whatever the period."""
    head = (
        *("Person", "Now", "Open leads", "In a sequence", "Due today", "Drafts", "Next 7 days"),
        *("Can do in 7 days", "Share", "Capacity a day"),
    )
    rows = [
        (
            *(one.user.name, one.state[1], load.leads, load.running, load.tasks, load.drafts),
            *(load.week, load.week_capacity, load.share, load.capacity),
        )
        for one in people(frame, {})
        for load in (one.load,)
    ]
    return Table("team", head, rows, now=True)


def results_table(frame: Frame) -> Table:
    """What came of the period. Messages are without calls and letters, as on the page."""
    head = (
        *("Person", "Sent", "Messages delivered", "Messages answered", "Meetings", "Deals won"),
        *("Approved", "Tasks done", "Answers", "Half answered within seconds"),
        "Mean seconds to answer",
    )
    rows = []
    for one in people(frame, answers(frame.scope, frame.period).halves):
        amount, counts = one.amounts.get("answer.time", ZERO), one.counts
        told = (counts["sent"], one.messages, counts["answered"], *(counts[n] for n in CELLS))
        half = round(one.half.seconds) if one.half and not one.half.over else None
        mean = round(amount.mean.total_seconds()) if amount.mean else None
        rows.append((one.user.name, *told, amount.count, half, mean))
    return Table("team results", head, rows)


def saved_table(frame: Frame) -> Table:
    head = ("What", "Times", "Minutes by hand", "Minutes it still took", "Minutes saved")
    if Watch(frame.user, frame.scope).hides_reading(frame.period):
        return Table("time saved", head, [(habits.WHY_READ,)])
    found = saved.time_saved(frame.scope, frame.period)
    rows = [
        (PART_WORDS[part.key][0], part.count, part.each, part.less, part.minutes)
        for part in found.parts
    ]
    return Table("time saved", head, rows)
