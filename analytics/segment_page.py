"""The leads of one value of Patterns, "Who converts": exactly those that were counted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from analytics import evidence_page, patterns_page
from analytics.models import LeadPath
from analytics.report_csv import Table
from analytics.report_page import Frame
from analytics.selectors import pipeline
from analytics.services import days, patterns, patterns_segments
from leads.access import seen_by
from salesagent.templatetags.ui import avatar, stage_tint

PAGE, SLICE = 50, 200
STEPS = (("meeting_on", "Meeting"), ("proposal_on", "Proposal"), ("won_on", "Won"))
COLUMNS = (
    *("contacted_on", "meeting_on", "proposal_on", "won_on", "lead__owner_id"),
    *(f"lead__{name}" for name in ("first_name", "last_name", "email", "phone", "company_name")),
    *("lead__stage", "lead__archived_at", "lead__erased_at"),
)


@dataclass(frozen=True)
class Asked:
    """One value of one kind; `won`: of it only who converted. `night`: counted on that day.

    `seen`: those of the counted that the user sees.
    """

    kind: str
    value: str
    won: bool
    night: date
    counted: QuerySet[LeadPath]
    seen: QuerySet[LeadPath]

    @property
    def name(self) -> str:
        return patterns_page.value_words(self.kind, self.value)


def read(frame: Frame, given: Mapping[str, str]) -> Asked:
    """What the address asks for. Http404 for what Patterns does not link to."""
    kind, value = str(given.get("kind", "")), str(given.get("value", ""))[:100].replace("\x00", "")
    key = patterns_page.scope_key(frame)
    scope = pipeline.scope_called(key)
    if kind not in patterns_segments.KINDS or not value or scope is None:
        raise Http404
    row = patterns.findings(key).get("segments")
    night = days.today(now=row.counted_at) if row else frame.today
    found = patterns_segments.members(scope, kind, value, night)
    won = given.get("met") == "yes"
    if won:
        found = found.filter(patterns_segments.converted())
    return Asked(kind, value, won, night, found, seen_by(found, frame.user))


def context(frame: Frame, asked: Asked, given: Mapping[str, str]) -> dict[str, Any]:
    after = str(given.get("after", ""))[:40]
    rows = _after(asked.seen, after)[: PAGE + 1]
    shown, more = list(rows)[:PAGE], len(rows) > PAGE
    total = asked.counted.count()
    kept = {key: str(value) for key, value in given.items() if key not in ("after", "csv")}
    return {
        "asked": asked,
        "kind": patterns_segments.KINDS[asked.kind].lower(),
        "total": total,
        "lines": [_line(row) for row in shown],
        "hidden": total - asked.seen.count(),
        "next": f"?{urlencode({**kept, 'after': _key(shown[-1])})}" if more else "",
        "first": f"?{urlencode(kept)}" if after else "",
        "csv": f"?{urlencode({**kept, 'csv': 'leads'})}",
        "in_list": patterns_page.list_link(frame, asked.kind, asked.value),
    }


def _key(row: LeadPath) -> str:
    return f"{row.contacted_on}.{row.pk}"


def _after(found: QuerySet[LeadPath], key: str) -> QuerySet[LeadPath]:
    """The newest first, behind a row's key. Http404 for no such key."""
    rows = found.select_related("lead").only(*COLUMNS).order_by("-contacted_on", "-pk")
    if not key:
        return rows
    day, _, pk = key.partition(".")
    try:
        begun, number = date.fromisoformat(day), evidence_page.number(pk)
    except ValueError:
        raise Http404 from None
    return rows.filter(Q(contacted_on__lt=begun) | Q(contacted_on=begun, pk__lt=number))


def _line(row: LeadPath) -> SafeString:
    lead = row.lead
    return format_html(
        evidence_page.ROW,
        avatar(lead, "xs"), reverse("leads:detail", args=[lead.pk]), lead.name, lead.company_name,
        reached(row), "first message ", f"{row.contacted_on:%Y-%m-%d}",
        f"{row.contacted_on:%a %-d %b %Y}", "",
        evidence_page.ARCHIVED if lead.archived_at else "",
        stage_tint(lead.stage), lead.get_stage_display(),
    )  # fmt: skip


def reached(row: LeadPath) -> str:
    """What came first of it, where it came in time."""
    begun = row.contacted_on
    found = [(getattr(row, step), word) for step, word in STEPS]
    known = [(day, word) for day, word in found if day and begun]
    if not known:
        return "No meeting yet"
    day, word = min(known, key=lambda pair: pair[0])
    late = begun and day - begun > patterns_segments.WITHIN
    return f"{word} {day:%-d %b %Y}{', later than 30 days' if late else ''}"


def table(asked: Asked) -> Table:
    """All rows that the user sees, walked while they are sent."""
    head = ("Lead", "Company", "First message", "What", "Converted", "Stage", "Archived")
    return Table(f"segment {asked.kind}", head, _cells(asked))


def _cells(asked: Asked) -> Iterator[tuple[Any, ...]]:
    key = ""
    in_time = set(asked.counted.filter(patterns_segments.converted()).values_list("pk", flat=True))
    while rows := list(_after(asked.seen, key)[:SLICE]):
        for row in rows:
            lead = row.lead
            yield (
                *(lead.name, lead.company_name, row.contacted_on, reached(row)),
                "yes" if row.pk in in_time else "no",
                *(lead.get_stage_display(), "yes" if lead.archived_at else "no"),
            )
        key = _key(rows[-1])
