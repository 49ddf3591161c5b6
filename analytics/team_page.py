"""The team as its page prints it: who has how much to do, what came of it, and what was saved.

People stand in the order of their names; nothing here ranks them.
"""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from analytics import report_words
from analytics.access import EVERYBODY
from analytics.counts import change
from analytics.counts.saved import ENOUGH, Part, Saved
from analytics.counts.shares import Share
from analytics.report_csv import Table
from analytics.report_page import Frame
from analytics.selectors import numbers, saved
from analytics.selectors.numbers import ZERO, Amount
from analytics.selectors.saved import in_words
from outreach.services import workload
from outreach.services.workload import Load
from salesagent.accounts.access import visible_user_ids
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
    if there:
        return format_html('<td class="r num"><a href="{}">{}</a></td>', link, text)
    if text == "0":
        return NOTHING
    return format_html('<td class="r num"><span class="muted">{}</span></td>', text)


@dataclass(frozen=True)
class Person:
    """One line: what somebody has to do, and what came of the period. `links` by metric."""

    user: User
    load: Load
    amounts: dict[str, Amount]
    links: dict[str, str]

    def _of(self, metric: str) -> Amount:
        return self.amounts.get(metric, ZERO)

    @property
    def replied(self) -> str:
        whole = self._of(numbers.MESSAGES).count
        return report_words.share(Share(self._of("answered").count, whole))

    @property
    def counts(self) -> dict[str, int]:
        return {metric: self._of(metric).count for metric in METRICS}

    @property
    def answers_in(self) -> str:
        mean = self._of("answer.time").mean
        return report_words.span(mean.total_seconds()) if mean else "n/a"

    @property
    def cells(self) -> SafeString:
        """Of the first table, behind the open leads."""
        load = self.load
        told = (load.running, load.tasks, load.drafts, load.week)
        first = format_html_join("", '<td class="r num">{}</td>', ((f"{n:,}",) for n in told))
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
    workspace = Workspace.current()
    hand = saved.hand_of(workspace)
    found = saved.time_saved(frame.scope, frame.period, hand)
    before = saved.time_saved(frame.scope, frame.before, hand)
    answers, bands = numbers.answer_times(frame.scope, frame.period)
    return {
        "people": people(frame),
        "kpis": kpis(frame, found, before, answers, bands),
        "saved": found,
        "saved_rows": saved_rows(frame, found),
        "saved_hours": in_words(found.minutes),
        "enough": ENOUGH,
        "read": f"{found.read:.1f}",
        "leaderboard": workspace.leaderboard,
        "hand": hand,
    }


def people(frame: Frame) -> list[Person]:
    """Active accounts within the choice; what closed ones did is in the sums only."""
    now = timezone.now()
    users = _chosen(frame)
    loads = workload.loads(users, now)
    amounts = numbers.people(frame.scope, frame.period, ASKED)
    found = [
        Person(user, loads[user.pk], amounts.get(user.pk, {}), _links(frame, user))
        for user in users
    ]
    return [one for one in found if one.takes_part]


def _chosen(frame: Frame) -> list[User]:
    rows = User.objects.filter(is_active=True).order_by("name", "pk")
    seen = visible_user_ids(frame.user)
    if seen is not None:
        rows = rows.filter(pk__in=seen)
    if EVERYBODY not in frame.scope.who:
        rows = rows.filter(pk__in=frame.scope.who)
    return list(rows)


def _links(frame: Frame, user: User) -> dict[str, str]:
    names = {"replied": "answered", "answers": "answer.time"}
    metrics = {**dict.fromkeys(METRICS), **names}
    return {
        name.replace(".", "_"): frame.behind(metric or name, owner=user.pk)
        for name, metric in metrics.items()
    }


def kpis(
    frame: Frame, found: Saved, before: Saved, answers: Amount, bands: list[int]
) -> list[dict[str, str]]:
    quick, whole = sum(bands[:2]), answers.count
    now, had = (
        numbers.totals(frame.scope, period, ("approved", "tasks"))
        for period in (frame.period, frame.before)
    )
    return [
        {
            "label": "Time saved",
            "value": in_words(found.minutes),
            "link": "#saved",
            "base": f"{in_words(before.minutes)} the time before" if before.minutes else "",
        },
        {
            "label": "Answered within an hour",
            "value": report_words.share(Share(quick, whole)),
            "link": frame.behind("answer.time"),
            "base": f"{quick:,} of {whole:,} answers" if whole >= change.FEW else "",
        },
        {
            "label": "Mean time to answer",
            "value": report_words.span(answers.mean.total_seconds()) if answers.mean else "n/a",
            "link": frame.behind("answer.time"),
            "base": "from their words to ours, nights included",
        },
        _compared("Approvals", now["approved"], had["approved"], frame.behind("approved")),
        _compared("Tasks done", now["tasks"], had["tasks"], frame.behind("tasks")),
    ]


def _compared(label: str, now: Amount, before: Amount, link: str) -> dict[str, str]:
    said = change.of_count(now.count, before.count) if now.count or before.count else ""
    return {"label": label, "value": f"{now.count:,}", "link": link, "base": said}


def saved_rows(frame: Frame, found: Saved) -> list[SavedRow]:
    return [
        SavedRow(part, PART_WORDS[part.key][0], frame.behind(PART_WORDS[part.key][1]))
        for part in found.parts
    ]


# --- files ---------------------------------------------------------------------------------------


def people_table(frame: Frame) -> Table:
    head = (
        *("Person", "Leads", "In a sequence", "Tasks due", "Drafts to check", "Planned, 7 days"),
        *("Capacity a day", "Away", "Sent", "Delivered", "Messages answered", "Meetings", "Won"),
        *("Approved", "Tasks done", "Mean seconds to answer"),
    )
    rows = []
    for one in people(frame):
        load, mean = one.load, one.amounts.get("answer.time", ZERO).mean
        own = (load.leads, load.running, load.tasks, load.drafts, load.planned, load.capacity)
        counts = [one.counts[metric] for metric in METRICS[:-1]]
        seconds = round(mean.total_seconds()) if mean else None
        rows.append((one.user.name, *own, "yes" if load.away else "", *counts, seconds))
    return Table("team", head, rows)


def saved_table(frame: Frame) -> Table:
    found = saved.time_saved(frame.scope, frame.period)
    head = ("What", "Times", "Minutes by hand", "Minutes it still took", "Minutes saved")
    rows = [
        (PART_WORDS[part.key][0], part.count, part.each, round(part.less, 2), part.minutes)
        for part in found.parts
    ]
    return Table("time saved", head, rows)
