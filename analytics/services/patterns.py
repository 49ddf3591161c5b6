"""The night's look at all leads: stalled stages, the sales cycle, segments, data quality.

Pages read what it wrote (`Finding`), never the leads or their threads.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from statistics import median
from typing import Any

from django.db.models import Q

from analytics.counts.chances import rank_test
from analytics.models import Finding, LeadPath
from analytics.selectors import pipeline
from analytics.selectors.pipeline import ALL, Scope
from analytics.services import days, patterns_segments, patterns_stalled, risks
from analytics.services.alert_rules import Rule
from analytics.services.alerts import Found
from leads.selectors.look_filter import looks
from salesagent.lib.text import plural

QUALITY = (
    *("no-email", "no-phone", "no-trade", "no-basis", "no-text-consent", "no-owner", "odd-zone"),
    *("stale", "disputed", "double", "bounced"),
)
GRAVE = ("no-basis", "bounced", "no-owner", "odd-zone")  # an alert where many have it
FEW = 5  # below, a median is said to rest on few
MONTHS = 12
HALF = 6  # months against those before them
ENOUGH = 8  # sales in each half below which nothing is said of a change
MOST_IDS = 1000


def look(now: datetime) -> None:
    """Everything anew, as it is now; rows that would be the same are only dated."""
    today = days.today(now=now)
    scopes = pipeline.scopes()
    _keep("stalled", ALL, patterns_stalled.facts(now), now)
    _keep("quality", ALL, quality(), now)
    segments, cycles = patterns_segments.count(today), _cycles(today)
    for scope in scopes:
        _keep("segments", scope.key, patterns_segments.facts(segments, scope), now)
        _keep("cycle", scope.key, _cycle(cycles, scope, today), now)
    Finding.objects.exclude(scope__in=[scope.key for scope in scopes]).delete()


def _keep(kind: str, scope: str, facts: dict[str, Any], now: datetime) -> None:
    Finding.objects.update_or_create(
        kind=kind, scope=scope, defaults={"facts": facts, "counted_at": now}
    )


def findings(scope: str) -> dict[str, Finding]:
    """Kind -> what was found for a scope; stalled and quality are kept by owner for all. One query.

    A kind that was never looked at is missing.
    """
    shared = Q(scope=ALL, kind__in=("stalled", "quality"))
    rows = Finding.objects.filter(shared | Q(scope=scope, kind__in=("segments", "cycle")))
    return {row.kind: row for row in rows}


# --- data quality ---------------------------------------------------------------------------------


def quality() -> dict[str, Any]:
    """By owner, how many leads of the list have each fault, and how many there are at all."""
    leads = risks.in_list()
    found = {code: _keys(risks.by_owner(looks()[code].narrow(leads))) for code in QUALITY}
    return {"leads": _keys(risks.by_owner(leads)), "looks": found}


def _keys(counts: dict[int, int]) -> dict[str, int]:
    """JSON has no numbers for keys."""
    return {str(owner): n for owner, n in counts.items()}


def many(counts: dict[str, int], who: Iterable[int] | None) -> int:
    """Sum of the counts by owner; `who` None is everybody."""
    if who is None:
        return sum(counts.values())
    return sum(counts.get(str(owner), 0) for owner in who)


# --- the sales cycle ------------------------------------------------------------------------------

Cycles = dict[tuple[int, str, str], list[int]]  # (owner, month, part) -> days
PARTS = {
    "meeting": ("contacted_on", "meeting_on"),
    "won": ("meeting_on", "won_on"),
    "whole": ("contacted_on", "won_on"),
}


def _cycles(today: date) -> Cycles:
    """By the month in which the part ended; what is still under way is in none."""
    first = _months_ago(today, MONTHS)
    ended = Q(meeting_on__gte=first) | Q(won_on__gte=first)
    rows = LeadPath.objects.filter(ended, keeper=0).order_by()
    found: Cycles = defaultdict(list)
    names = ("who", "contacted_on", "meeting_on", "won_on")
    for who, *dates in rows.values_list(*names).iterator():
        known = dict(zip(names[1:], dates, strict=True))
        for part, (begin, end) in PARTS.items():
            begun, over = known[begin], known[end]
            if begun and over and over >= max(begun, first):
                found[(who, f"{over:%Y-%m}", part)].append((over - begun).days)
    return found


def _months_ago(today: date, number: int) -> date:
    """The first day of that many months of which this one is the last."""
    months = today.year * 12 + today.month - number
    return date(months // 12, months % 12 + 1, 1)


def _cycle(cycles: Cycles, scope: Scope, today: date) -> dict[str, Any]:
    """Month -> part -> [median of its days, cases]; months with nothing are missing. And the trend
    of each part."""
    mine: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for (who, month, part), lasted in cycles.items():
        if scope.holds(who):
            mine[month][part] += lasted
    return {
        "few": FEW,
        "months": {
            month: {part: [float(median(all_of)), len(all_of)] for part, all_of in parts.items()}
            for month, parts in sorted(mine.items())
        },
        "trend": {part: _trend(mine, part, today) for part in PARTS},
    }


def _trend(mine: dict[str, dict[str, list[int]]], part: str, today: date) -> dict[str, Any]:
    """The last months against those before, [median, cases] each; `chance` is None of too few."""
    turn = f"{_months_ago(today, HALF):%Y-%m}"
    late: list[int] = []
    early: list[int] = []
    for month, parts in mine.items():
        (early if month < turn else late).extend(parts.get(part, ()))
    now, before = ([float(median(one)) if one else None, len(one)] for one in (late, early))
    told = min(len(late), len(early)) >= ENOUGH
    return {"now": now, "before": before, "chance": rank_test(late, early) if told else None}


# --- alerts ---------------------------------------------------------------------------------------


def found(rules: dict[str, Rule]) -> list[Found]:
    """Alerts of what the night found, for everybody and each team."""
    scopes = [scope for scope in pipeline.scopes() if not scope.key.startswith("user:")]
    rows = findings(ALL)
    result: list[Found] = []
    for scope in scopes:
        if rules["stalled"].on and "stalled" in rows:
            result += _stalled(rules["stalled"], rows["stalled"].facts, scope)
        if rules["quality"].on and "quality" in rows:
            result += _quality(rules["quality"], rows["quality"].facts, scope)
    return result


def _stalled(rule: Rule, facts: dict[str, Any], scope: Scope) -> Iterable[Found]:
    for one in facts["stages"]:
        number = many(one["long"], scope.who)
        if not number or number < rule.threshold:
            continue
        what, stage = one["what"], one["stage"]
        text = (
            f"{plural(number, what)} longer than {one['limit']:.0f} days in "
            f"{patterns_stalled.name_of(what, stage)}. Nine of ten that moved on "
            f"({one['cases']:,}) did so before. Alert from {rule.threshold:,.0f}."
        )
        yield Found(
            kind="stalled",
            key=f"stalled:{what}:{stage}",
            scope=scope.key,
            number=number,
            threshold=rule.threshold,
            usual=one["limit"],
            sample=one["cases"],
            text=text,
            link=f"/analytics/patterns/stalled/?stage={what}-{stage}",
        )


def _quality(rule: Rule, facts: dict[str, Any], scope: Scope) -> Iterable[Found]:
    leads = many(facts["leads"], scope.who)
    for code in GRAVE:
        number = many(facts["looks"][code], scope.who)
        share = 100 * number / leads if leads else 0
        if not number or share < rule.threshold:
            continue
        yield Found(
            kind="quality",
            key=f"quality:{code}",
            scope=scope.key,
            number=round(share, 1),
            threshold=rule.threshold,
            sample=leads,
            level="info",
            text=f"{looks()[code].name}: {number:,} of {plural(leads, 'lead')} ({share:.0f} "
            f"percent). Alert from {rule.threshold:,.0f} percent.",
            link=f"/leads/?look={code}&view=all",
        )
