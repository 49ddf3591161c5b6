"""What the page "Patterns" shows of the night's findings, for the people of a frame."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from analytics.access import EVERYBODY
from analytics.counts.chances import stand_out
from analytics.report_charts import Chart, Series
from analytics.report_csv import Table
from analytics.report_page import NOBODYS, Frame
from analytics.selectors import pipeline
from analytics.services import patterns, patterns_segments, patterns_stalled
from leads.selectors.look_filter import names
from outreach.services import reach
from salesagent.lib import countries

PARTS = {
    "meeting": "First message to meeting",
    "won": "Meeting to won",
    "whole": "First message to won",
}


@dataclass(frozen=True)
class StageRow:
    """`limit`: days, None while too few moved on. `half`: days of half of them."""

    name: str
    what: str
    now: int
    cases: int
    half: float | None
    limit: float | None
    long: int
    link: str


@dataclass(frozen=True)
class SegmentRow:
    kind: str
    value: str
    leads: int
    won: int
    share: float
    low: float
    high: float
    rest: float
    out: bool
    better: bool
    link: str

    @property
    def met(self) -> str:
        """Of them those who converted."""
        return f"{self.link}&met=yes"


@dataclass(frozen=True)
class QualityRow:
    name: str
    count: int
    percent: float
    link: str
    fix: str
    fix_link: str


# look -> how it is put right: words, and where ("" is the list itself and its bulk actions)
FIXES = {
    "no-email": ("Look companies up", "leads:company_data"),
    "no-phone": ("Look companies up", "leads:company_data"),
    "no-trade": ("Set a trade for all", ""),
    "no-basis": ("Record it on each lead", ""),
    "no-text-consent": ("Record it on each lead", ""),
    "no-owner": ("Give them to somebody", ""),
    "odd-zone": ("Take the time zone off", ""),
    "stale": ("Look companies up", "leads:company_data"),
    "disputed": ("Say which holds", ""),
    "double": ("Compare and merge", "leads:duplicates"),
    "bounced": ("Correct or archive", ""),
}


def who(frame: Frame) -> tuple[int, ...] | None:
    """Owners of the frame's leads (-1: nobody); None is everybody."""
    return None if EVERYBODY in frame.scope.who else frame.scope.who


def scope_key(frame: Frame) -> str:
    user = frame.user
    if not frame.owner:
        alone = user.is_manager and not user.is_owner and not user.team_id
        return f"user:{user.pk}" if alone else pipeline.scope_of(user).key
    if frame.owner == NOBODYS:
        return "nobody"
    return f"user:{frame.owner}" if frame.owner.isdigit() else frame.owner


def context(frame: Frame) -> dict[str, Any]:
    found = patterns.findings(scope_key(frame))
    facts = {kind: row.facts for kind, row in found.items()}
    segments = facts.get("segments", {})
    return {
        "charts": bool(facts.get("cycle", {}).get("months")),
        "looked_at": min((row.counted_at for row in found.values()), default=None),
        "stages": stages(frame, facts.get("stalled", {})),
        "least": patterns_stalled.LEAST,
        "segments": segment_rows(frame, segments),
        "segment_facts": segments,
        "least_segment": patterns_segments.LEAST,
        "cycle": cycle_chart(facts.get("cycle", {})),
        "cycle_rows": cycle_rows(facts.get("cycle", {})),
        "trends": trend_rows(facts.get("cycle", {})),
        "half": patterns.HALF,
        "enough": patterns.ENOUGH,
        "parts": PARTS.values(),
        "few": patterns.FEW,
        "quality": quality_rows(frame, facts.get("quality", {})),
        "quality_leads": patterns.many(facts.get("quality", {}).get("leads", {}), who(frame)),
    }


# --- stalled stages -------------------------------------------------------------------------------


def stages(frame: Frame, facts: dict[str, Any]) -> list[StageRow]:
    return [_stage(frame, one) for one in facts.get("stages", [])]


def _stage(frame: Frame, one: dict[str, Any]) -> StageRow:
    mine = who(frame)
    code = f"{one['what']}-{one['stage']}"
    pairs = [("stage", code), *((("owner", frame.owner),) if frame.owner else ())]
    return StageRow(
        name=patterns_stalled.name_of(one["what"], one["stage"]),
        what=one["what"],
        now=patterns.many(one["now"], mine),
        cases=one["cases"],
        half=one["half"],
        limit=one["limit"],
        long=patterns.many(one["long"], mine),
        link=f"{reverse('analytics:stalled')}?{urlencode(pairs)}",
    )


# --- segments -------------------------------------------------------------------------------------


def segment_rows(frame: Frame, facts: dict[str, Any]) -> list[SegmentRow]:
    return [_segment(frame, row) for row in facts.get("rows", [])]


def _segment(frame: Frame, row: dict[str, Any]) -> SegmentRow:
    share, rest = row["won"] / row["leads"], row["rest_won"] / row["rest"]
    return SegmentRow(
        kind=patterns_segments.KINDS[row["kind"]],
        value=value_words(row["kind"], row["value"]),
        leads=row["leads"],
        won=row["won"],
        share=100 * share,
        low=100 * row["low"],
        high=100 * row["high"],
        rest=100 * rest,
        out=row["out"],
        better=share > rest,
        link=_segment_link(frame, row["kind"], row["value"]),
    )


def value_words(kind: str, value: str) -> str:
    if kind == "country":
        return countries.name_of(value)
    return reach.label(value) if kind == "channel" else value


def _segment_link(frame: Frame, kind: str, value: str) -> str:
    """The leads that were counted."""
    pairs = [("kind", kind), ("value", value), *((("owner", frame.owner),) if frame.owner else ())]
    return f"{reverse('analytics:segment')}?{urlencode(pairs)}"


def list_link(frame: Frame, kind: str, value: str) -> str:
    """Today's leads of the segment; "" for size and first channel, which the list cannot filter."""
    if kind not in ("trade", "source", "country"):
        return ""
    pairs = [("view", "all"), (kind, value), *_owner(frame)]
    return f"{reverse('leads:list')}?{urlencode(pairs)}"


def _owner(frame: Frame) -> list[tuple[str, str]]:
    """The frame's owner as the lead list's filter; a team is each of its people."""
    if not frame.owner:
        return []
    if frame.owner.startswith("team:"):
        return [("owner", str(pk)) for pk in frame.scope.who]
    return [("owner", frame.owner)]


# --- the sales cycle ------------------------------------------------------------------------------


def cycle_chart(facts: dict[str, Any]) -> Chart | None:
    """Medians; months that rest on few are in the table only."""
    months = facts.get("months", {})
    if not months:
        return None
    looks = dict(zip(PARTS, ("line", "dash", "dots"), strict=True))
    series = [
        Series(name, [_median(months[month].get(part)) for month in months], looks[part])
        for part, name in PARTS.items()
    ]
    labels = [_month(month) for month in months]
    said = "Median days of each part of the sale, by the month in which it ended."
    return Chart("cycle", said, "Month", labels, series, unit="days", places=0, small=True)


def _median(cell: list[float] | None) -> float | None:
    return cell[0] if cell and cell[1] >= patterns.FEW else None


def _month(month: str) -> str:
    return f"{date.fromisoformat(month + '-01'):%b %Y}"


def cycle_rows(facts: dict[str, Any]) -> list[tuple[str, list[tuple[float, int, bool] | None]]]:
    """Newest month first; a cell is (median, cases, whether they are few)."""
    months = facts.get("months", {})
    return [
        (_month(month), [_cell(parts.get(part)) for part in PARTS])
        for month, parts in reversed(months.items())
    ]


def _cell(cell: list[float] | None) -> tuple[float, int, bool] | None:
    return (cell[0], int(cell[1]), cell[1] < patterns.FEW) if cell else None


@dataclass(frozen=True)
class TrendRow:
    """A part of the sale: (median days or None, cases) of the last months and of those before."""

    name: str
    now: tuple[float | None, int]
    before: tuple[float | None, int]
    verdict: str
    tone: str


def trend_rows(facts: dict[str, Any]) -> list[TrendRow]:
    """All parts are corrected together; of too few nothing is said."""
    trend = facts.get("trend", {})
    rows = [(PARTS[part], trend[part]) for part in PARTS if part in trend]
    told = [one["chance"] for _, one in rows if one["chance"] is not None]
    out = iter(stand_out(told))
    return [_trend(name, one, one["chance"] is not None and next(out)) for name, one in rows]


def _trend(name: str, one: dict[str, Any], out: bool) -> TrendRow:
    now, before = tuple(one["now"]), tuple(one["before"])
    verdict, tone = "may be chance", ""
    if one["chance"] is None:
        verdict = "too few to say"
    elif out and now[0] != before[0]:
        verdict, tone = ("Longer", "warn") if now[0] > before[0] else ("Shorter", "ok")
    return TrendRow(name, now, before, verdict, tone)


# --- data quality ---------------------------------------------------------------------------------


def quality_rows(frame: Frame, facts: dict[str, Any]) -> list[QualityRow]:
    """The most first; what nobody has is left to one line."""
    mine, labels = who(frame), names()
    whole = patterns.many(facts.get("leads", {}), mine)
    found = []
    for code, counts in facts.get("looks", {}).items():
        count = patterns.many(counts, mine)
        words, place = FIXES[code]
        asked = [("view", "all"), ("look", code), *_owner(frame)]
        link = f"{reverse('leads:list')}?{urlencode(asked)}"
        fix_link = reverse(place) if place and _may(frame, place) else link
        percent = 100 * count / whole if whole else 0
        found.append(QualityRow(labels[code], count, percent, link, words, fix_link))
    return sorted(found, key=lambda row: -row.count)


def _may(frame: Frame, place: str) -> bool:
    return frame.user.is_owner or place != "leads:company_data"


# --- files ----------------------------------------------------------------------------------------


def tables(frame: Frame) -> dict[str, Any]:
    def facts(kind: str) -> dict[str, Any]:
        row = patterns.findings(scope_key(frame)).get(kind)
        return row.facts if row else {}

    return {
        "stages": lambda: _stage_table(stages(frame, facts("stalled"))),
        "segments": lambda: _segment_table(segment_rows(frame, facts("segments"))),
        "cycle": lambda: _cycle_table(facts("cycle")),
        "trend": lambda: _trend_table(trend_rows(facts("cycle"))),
        "quality": lambda: _quality_table(quality_rows(frame, facts("quality"))),
    }


def _stage_table(rows: Iterable[StageRow]) -> Table:
    head = ["What", "Stage", "In it now", "Moved on", "Half within days", "Nine of ten within days"]
    return Table(
        "stalled stages",
        [*head, "Longer than that"],
        ([r.what, r.name, r.now, r.cases, r.half, r.limit, r.long] for r in rows),
    )


def _segment_table(rows: Iterable[SegmentRow]) -> Table:
    head = ["Segment", "Value", "Leads", "Converted", "Share", "Low", "High", "Rest", "Stands out"]
    return Table(
        "segments",
        head,
        (
            [r.kind, r.value, r.leads, r.won, r.share / 100, r.low / 100, r.high / 100]
            + [r.rest / 100, "yes" if r.out else "no"]
            for r in rows
        ),
    )


def _cycle_table(facts: dict[str, Any]) -> Table:
    head = ["Month", *(f"{name}, {what}" for name in PARTS.values() for what in ("days", "cases"))]
    rows = (
        [month, *(value for part in PARTS for value in (parts.get(part) or [None, 0]))]
        for month, parts in facts.get("months", {}).items()
    )
    return Table("sales cycle", head, rows)


def _trend_table(rows: Iterable[TrendRow]) -> Table:
    half = patterns.HALF
    spans = (f"last {half} months", f"{half} months before")
    head = ["Part", *(f"{what}, {span}" for span in spans for what in ("Days", "Cases")), "Change"]
    return Table("sales cycle trend", head, ([r.name, *r.now, *r.before, r.verdict] for r in rows))


def _quality_table(rows: Iterable[QualityRow]) -> Table:
    return Table("data quality", ["What", "Leads"], ([r.name, r.count] for r in rows))
