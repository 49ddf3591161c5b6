"""The cadence monitor as its page prints it: what is too much, what waits, where people leave."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from analytics import report_words
from analytics.counts import chances
from analytics.counts.counting import UNANSWERED
from analytics.counts.shares import Share, differ
from analytics.report_charts import Chart, Series
from analytics.report_csv import Table
from analytics.report_page import Frame
from analytics.selectors import numbers, sequence_steps
from analytics.selectors.period import Period
from analytics.selectors.sequence_steps import Line, StepLine
from analytics.services import days
from analytics.services.alerts import open_alerts
from outreach.models import Enrollment, Sequence
from outreach.services import cadence_now, reach
from outreach.services.cadence_now import Pressed, Standing
from salesagent.accounts.models import Workspace
from salesagent.lib.text import plural

AHEAD = 7  # days
SAME_THINGS = ("approvals", "saturated")  # kinds of alerts about what stands here
LEAST_OPTOUTS = 3
REASONS = dict(Enrollment.Reason.choices)
ACTIVE, PAUSED = Enrollment.State.ACTIVE, Enrollment.State.PAUSED


@dataclass(frozen=True)
class Alert:
    """`level` and `word` of its chip; `fix`: what its link says, to where it is put right."""

    level: str
    word: str
    text: str
    fix: str = ""
    link: str = ""
    named: tuple[tuple[str, str], ...] = ()  # (name, link)


@dataclass
class StepRow:
    line: StepLine
    links: dict[str, str]
    planned: int = 0
    paused: int = 0

    @property
    def replied(self) -> str:
        counts = self.line.counts
        if self.line.channel in UNANSWERED:
            return "n/a"
        return report_words.share(Share(counts["answered"], counts["delivered"]))

    @property
    def optouts(self) -> str:
        return report_words.stops(Share(self.line.counts["optouts"], self.line.counts["delivered"]))

    @property
    def gap(self) -> str:
        return report_words.span(self.line.gap) if self.line.gap else ""


@dataclass
class Block:
    """One sequence: its touches, who stands where, why people stopped."""

    line: Line
    steps: list[StepRow]
    active: int = 0
    late: int = 0
    held: list[tuple[str, int]] = field(default_factory=list)
    stopped: list[tuple[str, int]] = field(default_factory=list)
    left: str = ""
    people: str = ""  # where everybody in it stands; "" where only somebody's are counted

    @property
    def on_hold(self) -> int:
        return sum(count for _, count in self.held)

    @property
    def inside(self) -> int:
        """As the list of sequences counts it: under way or on hold."""
        return self.active + self.on_hold

    @property
    def sequence(self) -> Sequence:
        return self.line.sequence


def context(frame: Frame) -> dict[str, Any]:
    now = timezone.now()
    who = frame.scope.who
    ahead, edges = coming()
    standing = cadence_now.standing(who, edges)
    lines, hidden = sequence_steps.lines(frame.user, frame.scope, frame.period)
    found = blocks(frame, lines, standing)
    mails, boxes = cadence_now.mails_a_day(who, now)
    load = _load(lines, standing)
    noted = alerts(frame, found, now) + crowded(load.get("email", []), ahead, mails)
    return {
        "alerts": noted or told_before(frame, noted),
        "blocks": found,
        "hidden": hidden,
        "paused": paused_by_itself(frame),
        "load": load,
        "charts": [_load_chart(load, ahead)] if any(map(sum, load.values())) else [],
        "late": sum(one.late for one in standing),
        "mails": mails,
        "boxes": boxes,
    }


def coming() -> tuple[Period, list[datetime]]:
    """The next days from today on, and their edges."""
    zone = days.zone_of(days.zone_name())
    today = days.today(zone)
    ahead = Period(today, today + timedelta(days=AHEAD - 1))
    spans = [days.edges(day, zone) for day in ahead.days()]
    return ahead, [*(first for first, _ in spans), spans[-1][1]]


# --- sequences -----------------------------------------------------------------------------------


def blocks(frame: Frame, lines: Iterable[Line], standing: Iterable[Standing]) -> list[Block]:
    by_sequence: dict[int, list[Standing]] = defaultdict(list)
    for one in standing:
        by_sequence[one.sequence].append(one)
    return [_block(frame, line, by_sequence[line.sequence.pk]) for line in lines]


def _block(frame: Frame, line: Line, standing: list[Standing]) -> Block:
    steps = [StepRow(one, _links(frame, line.sequence, one)) for one in line.steps]
    for row in steps:
        here = [one for one in standing if one.step and one.step.hex == row.line.key]
        row.planned = sum(sum(one.days) + one.late for one in here)
        row.paused = sum(one.people for one in here if one.state == PAUSED)
    found = Block(line, steps)
    found.active = sum(one.people for one in standing if one.state == ACTIVE)
    found.late = sum(one.late for one in standing)
    found.held = _reasons(one for one in standing if one.state == PAUSED)
    found.stopped = _reasons(one for one in standing if one.state == Enrollment.State.STOPPED)
    found.left = _left(line.steps)
    if line.seen and not frame.owner:
        found.people = reverse("outreach:sequence_people", args=[line.sequence.pk])
    return found


def _reasons(standing: Iterable[Standing]) -> list[tuple[str, int]]:
    """("They replied", 12), the most frequent first."""
    found: dict[str, int] = defaultdict(int)
    for one in standing:
        found[REASONS.get(one.reason, "By hand")] += one.people
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))


def _left(steps: list[StepLine]) -> str:
    """After which touch most people ask to stop, when there is enough to say so."""
    most = max(steps, key=lambda one: one.counts["optouts"], default=None)
    if most is None or most.counts["optouts"] < LEAST_OPTOUTS:
        return ""
    asked = plural(most.counts["optouts"], "person asks", "people ask")
    return f"Most leave after “{most.name}”: {asked} to stop."


def _links(frame: Frame, sequence: Sequence, step: StepLine) -> dict[str, str]:
    names = ("sent", "answered", "meetings", "optouts", "bounced")
    return {
        name: frame.behind(f"step.{name}", sequence=sequence.pk, step=step.key) for name in names
    }


# --- what needs somebody -------------------------------------------------------------------------


def alerts(frame: Frame, found: list[Block], now: datetime) -> list[Alert]:
    who = frame.scope.who
    drafts = cadence_now.drafts(who, now)
    workspace = Workspace.current()
    noted = _pressed(frame, cadence_now.pressed_people(who, now, workspace), "lead")
    noted += _pressed(frame, cadence_now.pressed_companies(who, now, workspace), "company")
    noted += _opted_out(found) + _late(found)
    if drafts.late:
        text = f"{plural(drafts.late, 'draft is', 'drafts are')} past the planned time"
        link = _late_drafts(frame)
        noted.append(Alert("warn", "Waiting", text, "Approve" if link else "", link))
    return noted


def _late_drafts(frame: Frame) -> str:
    """Approvals with exactly these drafts; there is no list of one colleague's."""
    shows = {"": "team-late", str(frame.user.pk): "late"}
    if frame.owner not in shows:
        return ""
    return f"{reverse('outreach:approvals')}?show={shows[frame.owner]}"


def told_before(frame: Frame, found: list[Alert]) -> list[Alert]:
    """What an alert of the same things still says, while nothing is found here any more."""
    if found or frame.owner:
        return []
    return [
        Alert(one.level, "Alert", one.text.rstrip("."), "Show", one.link)
        for one in open_alerts(frame.user, SAME_THINGS)
    ]


def _pressed(frame: Frame, found: Pressed, what: str) -> list[Alert]:
    many = {"lead": "leads", "company": "companies"}[what]
    limits = reverse("settings:sending") if frame.user.is_owner else ""
    fix = "Change the limit" if limits else ""
    noted, touches = [], plural(found.limit, "touch", "touches")
    if found.over:
        text = (
            f"{plural(found.over, what, many)} had more than {touches} in 7 days. "
            "Nothing more goes out to them by itself until it is less"
        )
        noted.append(Alert("bad", "Too often", text, fix, limits, _names(found, what, over=True)))
    if found.full:
        text = (
            f"{plural(found.full, what, many)} had {touches}, as many as 7 days allow. "
            "What is planned for them waits"
        )
        named = _names(found, what, over=False)
        noted.append(Alert("info", "At the limit", text, fix, limits, named))
    return noted


def _names(found: Pressed, what: str, *, over: bool) -> tuple[tuple[str, str], ...]:
    """Leads open where they can be paused; companies have no page of their own."""
    chosen = [one for one in found.named if (one.touches > found.limit) == over]
    return tuple(
        (f"{one.name} ({one.touches})", reverse("leads:detail", args=[one.pk]))
        if what == "lead"
        else (f"{one.name} ({one.touches})", "")
        for one in chosen
    )


def _opted_out(found: list[Block]) -> list[Alert]:
    """Sequences after which more people ask to stop than after the others, beyond chance."""
    shares = [(one, _asked(one)) for one in found]
    shares = [(one, share) for one, share in shares if share.whole]
    whole = Share(sum(s.hits for _, s in shares), sum(s.whole for _, s in shares))
    rest = [Share(whole.hits - s.hits, whole.whole - s.whole) for _, s in shares]
    stands = chances.stand_out([differ(s, r) for (_, s), r in zip(shares, rest, strict=True)])
    noted = []
    for (block, mine), others, holds in zip(shares, rest, stands, strict=True):
        if holds and mine.hits >= LEAST_OPTOUTS and (mine.p or 0) > (others.p or 0):
            noted.append(_opt_out_alert(block, mine, others))
    return noted


def _asked(block: Block) -> Share:
    counts = block.line.counts
    return Share(counts["optouts"], counts["delivered"])


def _opt_out_alert(block: Block, mine: Share, others: Share) -> Alert:
    text = (
        f"{block.sequence.name}: {mine.hits:,} of {mine.whole:,} asked to stop, "
        f"{mine.p or 0:.1%}; in other sequences {others.p or 0:.1%}"
    )
    link = reverse("outreach:sequence", args=[block.sequence.pk]) if block.line.seen else ""
    return Alert("bad", "Opt-outs", text, "Pause or edit it" if link else "", link)


def _late(found: list[Block]) -> list[Alert]:
    noted = []
    for block in found:
        if block.late:
            text = (
                f"{block.sequence.name}: {plural(block.late, 'touch was', 'touches were')} due "
                "before today and did not go out"
            )
            link = reverse("outreach:sequence_people", args=[block.sequence.pk])
            shown = link if block.line.seen else ""
            noted.append(Alert("warn", "Late", text, "See who" if shown else "", shown))
    return noted


def crowded(mails: list[int], ahead: Period, cap: int) -> list[Alert]:
    """Days with more mails planned than the mailboxes send; the rest moves to the next day."""
    noted = []
    for day, planned in zip(ahead.days(), mails, strict=False):
        if cap and planned > cap:
            text = (
                f"{day:%A}: {planned:,} mails are planned, the mailboxes send {cap:,} a day. "
                "The rest moves to the days after"
            )
            noted.append(
                Alert("warn", "Full day", text, "Mailboxes", reverse("outreach:mailboxes"))
            )
    return noted


def paused_by_itself(frame: Frame) -> list[tuple[str, int, str]]:
    """(reason, people, link): what the system held back in the period."""
    found = numbers.rows(frame.scope, frame.period, ["paused"])
    counts: dict[str, int] = defaultdict(int)
    for reason, count in found.values_list("channel", "count"):
        counts[reason] += count
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        (REASONS.get(reason, reason or "Other"), count, frame.behind("paused", channel=reason))
        for reason, count in ranked
    ]


# --- the next days -------------------------------------------------------------------------------


def _load(lines: list[Line], standing: Iterable[Standing]) -> dict[str, list[int]]:
    """Channel -> planned touches of each day; the busiest channel first."""
    channels = {(ln.sequence.pk, s.key): s.channel for ln in lines for s in ln.steps}
    found: dict[str, list[int]] = {}
    for one in standing:
        if one.step is None or not any(one.days):
            continue
        channel = channels.get((one.sequence, one.step.hex), "")
        line = found.setdefault(channel or "email", [0] * AHEAD)
        for at, count in enumerate(one.days):
            line[at] += count
    return dict(sorted(found.items(), key=lambda pair: (-sum(pair[1]), pair[0])))


def _load_chart(load: dict[str, list[int]], ahead: Period) -> Chart:
    looks = ("bar", "soft", "step", "bar", "soft", "step")
    series = [
        Series(reach.label(name), values, looks[at % len(looks)])
        for at, (name, values) in enumerate(load.items())
    ]
    said = "Touches planned for the next seven days. " + " ".join(
        f"{reach.label(name)}: {sum(values):,}." for name, values in load.items()
    )
    labels = [f"{day:%a %-d %b}" for day in ahead.days()]
    return Chart("load", said, "Day", labels, series, stacked=True, kind="bar")


# --- files ---------------------------------------------------------------------------------------


def csv(frame: Frame) -> Table:
    _, edges = coming()
    lines, _ = sequence_steps.lines(frame.user, frame.scope, frame.period)
    found = blocks(frame, lines, cadence_now.standing(frame.scope.who, edges))
    head = (
        "Sequence", "Position", "Touch", "Channel", "Planned 7 days", "On hold now", "Sent",
        "Delivered", "Bounced", "Answered", "Meetings", "Opt-outs", "Days since touch before",
    )  # fmt: skip
    return Table("cadence", head, (_cells(one, row) for one in found for row in one.steps))


def _cells(block: Block, row: StepRow) -> tuple[Any, ...]:
    line = row.line
    names = ("sent", "delivered", "bounced", "answered", "meetings", "optouts")
    gap = line.gap / 86400 if line.gap else None
    return (
        block.sequence.name, None if line.gone else line.position, line.name, line.channel,
        row.planned, row.paused, *(line.counts[name] for name in names), gap,
    )  # fmt: skip
