"""Mail as its report prints it: what arrived, who answered which words, how mailboxes do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from analytics import report_words
from analytics.counts import change
from analytics.counts.shares import Share
from analytics.report_charts import Chart, Series
from analytics.report_csv import Table
from analytics.report_page import Frame
from analytics.selectors import habits, numbers, sequence_steps
from analytics.selectors.answers import answers
from analytics.selectors.numbers import Counts
from analytics.selectors.period import Period
from analytics.selectors.sequence_steps import Line, StepLine
from outreach import mailbox_page, selectors_mail
from outreach.models import Experiment, Mailbox, Sequence, Variant
from outreach.services import guards

EMAIL = "email"
METRICS = ("sent", "delivered", "bounced", "clicked", "answered", "optouts", "complaints")
SHOWN = ("sent", "delivered", "bounced", "answered", "clicked", "optouts", "complaints")
BANDS = ("Within 5 minutes", "5 minutes to 1 hour", "1 to 4 hours", "4 to 24 hours", "Later")
MOST_BOXES = 30
CELL = '<td class="r num"><a href="{}">{}</a></td>'
NONE = mark_safe('<td class="r num"><span class="muted">0</span></td>')
STATES = {"good": "ok", "warn": "warn", "bad": "bad", "few": ""}
WORDS = {"good": "Taken well", "warn": "Watch", "bad": "Harm", "few": "Too few to say"}
TESTS = {
    Experiment.State.RUNNING: "Test runs",
    Experiment.State.DECIDED: "Decided",
    Experiment.State.STOPPED: "Test stopped",
}


@dataclass(frozen=True)
class Kpi:
    name: str
    value: str
    note: str
    link: str


UNMEASURED = Kpi("Clicked", "n/a", "no sequence measures clicks", "")


@dataclass(frozen=True)
class Week:
    monday: date
    counts: Counts
    links: dict[str, str]

    @property
    def cells(self) -> SafeString:
        return format_html_join("", "{}", ((self._cell(name),) for name in SHOWN))

    def _cell(self, name: str) -> SafeString:
        link = self.links.get(name)
        return format_html(CELL, link, f"{self.counts[name]:,}") if link else NONE


@dataclass(frozen=True)
class WordsRow:
    """One text of one touch: its subject as it stands now, and what came of it."""

    sequence: Sequence
    seen: bool
    step: StepLine
    variant: str
    subject: str
    counts: Counts
    links: dict[str, str]
    test: str = ""

    @property
    def replied(self) -> Share:
        return Share(self.counts["answered"], self.counts["delivered"])

    @property
    def replied_words(self) -> str:
        return report_words.share(self.replied)

    @property
    def band(self) -> str:
        return report_words.band(self.replied)


@dataclass(frozen=True)
class BoxRow:
    box: mailbox_page.Box
    health: guards.Health

    @property
    def chip(self) -> str:
        paused = self.box.mailbox.state == Mailbox.State.PAUSED
        return "bad" if paused else STATES[self.health.state]

    @property
    def word(self) -> str:
        mailbox = self.box.mailbox
        return (
            WORDS[self.health.state] if mailbox.state == "active" else mailbox.get_state_display()
        )


def context(frame: Frame) -> dict[str, Any]:
    now, before = counted(frame, frame.period), counted(frame, frame.before)
    rows = words_rows(frame)
    by_week = weeks(frame)
    ours = answers(frame.scope, frame.period, EMAIL)
    times, bands = ours.amount, ours.bands
    own = habits.one_speed(frame.user, frame.scope, ours)
    return {
        "kpis": kpis(frame, now, before, tracked=any(row.sequence.track_clicks for row in rows)),
        "counts": now,
        "charts": [trend(by_week)] if now["sent"] else [],
        "weeks": by_week,
        "rows": rows,
        "times": times,
        "half": ours.half.words if ours.half else "",
        "mean": report_words.span(times.mean.total_seconds()) if times.mean else "",
        "bands": [] if own else _bands(frame, bands),
        "why": habits.WHY,
        "boxes": boxes(frame),
        "measured": now["clicked"] > 0,
    }


def counted(frame: Frame, period: Period) -> Counts:
    return numbers.channels(frame.scope, period).get(EMAIL, Counts())


def kpis(frame: Frame, now: Counts, before: Counts, *, tracked: bool) -> list[Kpi]:
    def link(metric: str) -> str:
        return frame.behind(metric, channel=EMAIL) if now[metric] else ""

    def share(metric: str, name: str, by: str = "delivered") -> Kpi:
        mine, was = (Share(half[metric], half[by]) for half in (now, before))
        few = mine.few or was.few
        note = "" if few else change.of_share(mine.p, was.p)
        base = f"{mine.hits:,} of {mine.whole:,}" if mine.whole and not mine.few else ""
        return Kpi(name, mine.words, note or base, link(metric))

    return [
        Kpi("Sent", f"{now['sent']:,}", change.of_count(now["sent"], before["sent"]), link("sent")),
        share("delivered", "Delivered", "sent"),
        share("answered", "Replied"),
        share("clicked", "Clicked") if tracked or now["clicked"] else UNMEASURED,
        share("optouts", "Opt-outs"),
    ]


def weeks(frame: Frame) -> list[Week]:
    """Every week of the period, cut at its ends. One query."""
    found = numbers.weekly(frame.scope, frame.period, (*METRICS, "replies"), EMAIL)
    return [
        Week(day, counts, {name: _behind(frame, name, day) for name in SHOWN if counts[name]})
        for day, counts in found.items()
    ]


def _behind(frame: Frame, metric: str, monday: date) -> str:
    return frame.behind(metric, _week(monday, frame.period), channel=EMAIL)


def trend(found: list[Week]) -> Chart:
    """What came of the mails of each week, in counts: shares of few mails would jump."""
    lines = (
        ("answered", "Replied", "line"),
        ("bounced", "Came back", "dash"),
        ("optouts", "Opt-outs", "dots"),
    )
    series = [
        Series(
            name,
            [one.counts[metric] for one in found],
            look,
            [one.links.get(metric, "") for one in found],
        )
        for metric, name, look in lines
    ]
    said = ", ".join(f"{one.name.lower()} {sum(v or 0 for v in one.values):,.0f}" for one in series)
    labels = [f"{one.monday:%-d %b}" for one in found]
    return Chart("mailweeks", f"Mail by week. In all: {said}.", "Week of", labels, series)


def _week(monday: date, period: Period) -> Period:
    """The days of the week that are in the period."""
    return Period(max(monday, period.first), min(monday + timedelta(days=6), period.last))


def _bands(frame: Frame, bands: list[int]) -> list[tuple[str, int, int, str]]:
    """(words, count, per cent, link)."""
    whole = sum(bands) or 1
    return [
        (name, count, round(100 * count / whole),
         frame.behind("answer.time", channel=EMAIL, slot=slot) if count else "")
        for slot, (name, count) in enumerate(zip(BANDS, bands, strict=True))
    ]  # fmt: skip


# --- texts ---------------------------------------------------------------------------------------


def words_rows(frame: Frame) -> list[WordsRow]:
    """Each text that went out by mail, the most used sequence first. Up to six queries."""
    lines, _ = sequence_steps.lines(frame.user, frame.scope, frame.period, EMAIL)
    subjects, tests = _subjects(lines), _tests(lines)
    return [
        WordsRow(
            line.sequence,
            line.seen,
            step,
            variant,
            subjects.get((line.sequence.pk, step.key, variant), ""),
            counts,
            _links(frame, line.sequence, step, variant),
            tests.get((line.sequence.pk, step.key), ""),
        )
        for line in lines
        for step in line.steps
        for variant, counts in sorted(step.variants.items())
    ]


def _subjects(lines: Iterable[Line]) -> dict[tuple[int, str, str], str]:
    """The newest subject of each text; a mail without one continues the thread."""
    wanted = [line.sequence.pk for line in lines]
    rows = Variant.objects.filter(step__sequence__in=wanted, step__channel=EMAIL)
    found = rows.order_by("step__since_version", "pk")
    names = ("step__sequence_id", "step__key", "label", "subject")
    return {(pk, key.hex, label): subject for pk, key, label, subject in found.values_list(*names)}


def _tests(lines: Iterable[Line]) -> dict[tuple[int, str], str]:
    """What became of the newest test of each touch."""
    rows = Experiment.objects.filter(sequence__in=[line.sequence.pk for line in lines])
    found: dict[tuple[int, str], str] = {}
    for pk, key, state, winner in rows.order_by("pk").values_list(
        "sequence_id", "step_key", "state", "winner"
    ):
        won = f": {winner}" if state == Experiment.State.DECIDED and winner else ""
        found[pk, key.hex] = f"{TESTS[Experiment.State(state)]}{won}"
    return found


def _links(frame: Frame, sequence: Sequence, step: StepLine, variant: str) -> dict[str, str]:
    place: dict[str, Any] = {"sequence": sequence.pk, "step": step.key, "variant": variant}
    place["channel"] = EMAIL  # the touch may also have gone out by another one
    names = ("sent", "bounced", "clicked", "answered", "meetings", "optouts")
    return {name: frame.behind(f"step.{name}", **place) for name in names}


# --- mailboxes -----------------------------------------------------------------------------------


def boxes(frame: Frame) -> list[BoxRow]:
    """Mailboxes that the user sees, of the people chosen. Six queries, however many."""
    rows = selectors_mail.mailboxes_visible(frame.user)
    if 0 not in frame.scope.who:
        rows = rows.filter(user__in=[one for one in frame.scope.who if one > 0])
    found = mailbox_page.boxes(rows[:MOST_BOXES])
    judged = guards.healths([box.mailbox for box in found], timezone.now())
    return [BoxRow(box, judged[box.mailbox.pk]) for box in found]


# --- files ---------------------------------------------------------------------------------------


def texts_csv(frame: Frame) -> Table:
    head = (
        "Sequence", "Touch", "Text", "Subject", "Sent", "Delivered", "Bounced", "Clicked",
        "Answered", "Answered share", "Low", "High", "Meetings", "Opt-outs", "Test",
    )  # fmt: skip
    return Table("mail texts", head, (_text_cells(row) for row in words_rows(frame)))


def _text_cells(row: WordsRow) -> tuple[Any, ...]:
    counts, share = row.counts, row.replied
    band = share.band if share.whole else (None, None)
    first = (counts[name] for name in ("sent", "delivered", "bounced", "clicked", "answered"))
    return (
        row.sequence.name, row.step.name, row.variant, row.subject, *first, share.p, *band,
        counts["meetings"], counts["optouts"], row.test,
    )  # fmt: skip


def weeks_csv(frame: Frame) -> Table:
    metrics = (*METRICS, "replies")
    rows = ((one.monday, *(one.counts[name] for name in metrics)) for one in weeks(frame))
    return Table("mail weeks", ("Week of", *(name.capitalize() for name in metrics)), rows)


def boxes_csv(frame: Frame) -> Table:
    head = ("Mailbox", "State", "Sent 7 days", "Came back", "Complaints", "Sent today", "A day")
    return Table("mailboxes", head, (_box_cells(row) for row in boxes(frame)))


def _box_cells(row: BoxRow) -> tuple[Any, ...]:
    health, box = row.health, row.box
    return (
        box.mailbox.address, row.word, health.sent, health.bounces, health.complaints,
        box.sent_today, box.cap,
    )  # fmt: skip
