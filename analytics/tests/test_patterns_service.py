"""What the night finds, against the same numbers worked out another way."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import pytest
import time_machine
from django.db import connection
from scipy import stats

from analytics import alert_tasks, patterns_page
from analytics.models import Alert, Finding, LeadFact, LeadPath
from analytics.selectors.pipeline import EVERYBODY, Scope
from analytics.services import alert_rules, patterns, patterns_segments, patterns_stalled
from analytics.tests import world as w
from leads.models import Company, Deal, Lead
from leads.selectors.look_filter import looks

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def stage(facts: dict[str, Any], what: str, code: str) -> dict[str, Any]:
    return next(s for s in facts["stages"] if (s["what"], s["stage"]) == (what, code))


# --- stalled --------------------------------------------------------------------------------------


def moved(lead: Lead, before: str, to: str, days: float) -> None:
    w.event(lead, "lead.stage_changed", ago(days), "", **{"from": before, "to": to})
    Lead.objects.filter(pk=lead.pk).update(stage=to)


def test_nine_of_ten_moved_on_before(rep: Any, mate: Any) -> None:
    """Twenty stayed 1, 2 ... 20 days in Contacted: 18.1 days is the ninth tenth."""
    for days in range(1, 21):
        moved(w.lead(f"On{days}", rep, at=ago(100)), "contacted", "engaged", 100 - days)
    waits = {rep: (5, 18, 19, 40), mate: (25,)}
    for who, all_of in waits.items():
        for days in all_of:
            w.lead(f"W{who.pk}x{days}", who, stage="contacted", at=ago(days + 0.2))
    found = stage(patterns_stalled.facts(NOW), "lead", "contacted")
    assert (found["cases"], found["limit"], found["half"]) == (20, 18.1, 10.5)
    assert found["now"] == {str(rep.pk): 4, str(mate.pk): 1}
    assert found["long"] == {str(rep.pk): 2, str(mate.pk): 1}
    assert [days for _, days in found["ids"]] == [40, 25, 19]


def test_what_says_nothing_of_the_time(rep: Any) -> None:
    """Lost, a step back, and what was long ago; and below twenty nothing is said."""
    for number in range(19):
        moved(w.lead(f"On{number}", rep, at=ago(50)), "engaged", "meeting", 40)
    for to, days in (("lost", 10), ("contacted", 10), ("won", 400)):
        moved(w.lead(f"No{to}", rep, at=ago(500)), "engaged", to, days)
    w.lead("Long", rep, stage="engaged", at=ago(300))
    found = stage(patterns_stalled.facts(NOW), "lead", "engaged")
    assert (found["cases"], found["limit"], found["long"], found["ids"]) == (19, None, {}, [])


def test_since_the_last_move_not_since_it_came(rep: Any) -> None:
    for days in range(1, 21):
        moved(w.lead(f"On{days}", rep, at=ago(100)), "contacted", "engaged", 100 - days)
    back = w.lead("Back", rep, stage="contacted", at=ago(90))
    moved(back, "engaged", "contacted", 3)
    gone = w.lead("Gone", rep, stage="contacted", at=ago(90))
    Lead.objects.filter(pk=gone.pk).update(archived_at=ago(1))
    found = stage(patterns_stalled.facts(NOW), "lead", "contacted")
    assert (found["now"], found["long"]) == ({str(rep.pk): 1}, {})


def test_deals_by_their_days(rep: Any, lead: Lead) -> None:
    """Each was open for n days and then won; one waits for 60."""
    for days in range(1, 22):
        deal = Deal.objects.create(lead=lead, title="Won", stage="won", closed_at=ago(30))
        Deal.objects.filter(pk=deal.pk).update(created_at=ago(30 + days))
        w.event(lead, "deal.opened", ago(30 + days), "", deal=deal.pk, stage="open")
    slow = Deal.objects.create(lead=lead, title="Slow")
    Deal.objects.filter(pk=slow.pk).update(created_at=ago(60))
    found = stage(patterns_stalled.facts(NOW), "deal", "open")
    assert (found["cases"], found["limit"]) == (21, 19.0)
    assert found["ids"] == [[slow.pk, 60]]


# --- segments -------------------------------------------------------------------------------------


@pytest.fixture
def cohort(rep: Any, mate: Any) -> None:
    """240 leads with everything by chance, but bakeries: they convert four times as often."""
    dice = random.Random(8)
    for number in range(240):
        trade = dice.choice(["bakery", "hotel", "clinic", ""])
        company = Company.objects.create(
            name=f"C{number}", name_key=f"c{number}", size=dice.choice([None, 3, 9, 10, 49, 250])
        )
        lead = w.lead(
            f"L{number}", dice.choice([rep, mate, None]), trade=trade, company=company,
            source=dice.choice(["Fair", "List"]), country=dice.choice(["DK", "SE", ""]),
        )  # fmt: skip
        begun = TODAY - timedelta(days=dice.choice([10, 29, 30, 31, 200, 395, 396, 500]))
        won = dice.random() < (0.8 if trade == "bakery" else 0.2)
        late = dice.choice([0, 12, 30, 31, 90])
        path = LeadPath.objects.get_or_create(lead=lead)[0]
        path.keeper, path.who = 0, lead.owner_id or -1
        path.trade, path.source, path.contacted_on = trade, lead.source, begun
        path.meeting_on = begun + timedelta(days=late) if won else None
        path.won_on = begun + timedelta(days=20) if won and number % 7 == 0 else None
        path.save()
        for channel in {dice.choice(["email", "phone"]), "sms" if number % 50 == 0 else "email"}:
            LeadFact.objects.create(
                lead=lead, metric="sent", day=begun, who=path.who, channel=channel, count=1
            )


def by_sql(value: str, column: str, who: tuple[int, ...] | None) -> tuple[int, int]:
    """(leads, converted) of one value, in plain SQL and Python's own days."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.who, p.contacted_on, p.meeting_on, p.won_on FROM analytics_leadpath p "  # noqa: S608
            f"JOIN leads_lead l ON l.id = p.lead_id WHERE {column} = %s",
            [value],
        )
        rows = cursor.fetchall()
    leads = won = 0
    for owner, first, *cells in rows:
        begun = date.fromisoformat(str(first))
        met, sold = (date.fromisoformat(str(c)) if c else None for c in cells)
        if not 30 < (TODAY - begun).days <= 395 or (who is not None and owner not in who):
            continue
        leads += 1
        won += any(day is not None and (day - begun).days <= 30 for day in (met, sold))
    return leads, won


def test_segments_as_sql_counts_them(cohort: None, rep: Any) -> None:
    counts = patterns_segments.count(TODAY)
    for scope in (EVERYBODY, Scope("team:1", frozenset([rep.pk, -1]))):
        facts = patterns_segments.facts(counts, scope)
        mine = None if scope.who is None else tuple(scope.who)
        names = {"trade": "l.trade", "source": "l.source", "country": "l.country"}
        checked = 0
        for row in facts["rows"]:
            if row["kind"] in names:
                found = by_sql(row["value"], names[row["kind"]], mine)
                assert (row["leads"], row["won"]) == found
                checked += 1
        assert checked >= 2


def test_a_value_has_the_members_that_were_counted(cohort: None, rep: Any) -> None:
    counts = patterns_segments.count(TODAY)
    values = {(kind, value) for _, kind, value in counts if kind}
    assert {kind for kind, _ in values} == set(patterns_segments.KINDS)
    for scope in (EVERYBODY, Scope("team:1", frozenset([rep.pk, -1]))):
        for kind, value in values:
            cells = [
                cell
                for (who, *key), cell in counts.items()
                if key == [kind, value] and scope.holds(who)
            ]
            whole = patterns_segments.members(scope, kind, value, TODAY)
            won = whole.filter(patterns_segments.converted())
            sums = [sum(cell[0] for cell in cells), sum(cell[1] for cell in cells)]
            assert [whole.count(), won.count()] == sums, (kind, value)


def test_only_what_is_no_chance_stands_out(cohort: None) -> None:
    facts = patterns_segments.facts(patterns_segments.count(TODAY), EVERYBODY)
    rows = facts["rows"]
    chances = [
        stats.fisher_exact(
            [[r["won"], r["leads"] - r["won"]], [r["rest_won"], r["rest"] - r["rest_won"]]]
        )[1]
        for r in rows
    ]
    assert [r["p"] for r in rows] == pytest.approx(chances)
    corrected = stats.false_discovery_control(chances)
    assert [r["out"] for r in rows] == [p <= 0.05 for p in corrected]
    best = rows[0]
    assert (best["value"], best["out"], facts["looked"]) == ("bakery", True, len(rows))
    assert facts["out"] == sum(p <= 0.05 for p in corrected)
    assert all(r["leads"] >= 20 and r["rest"] >= 20 for r in rows)
    assert [r["kind"] for r in rows].count("source") == 1  # of two one look, not two


def test_nobody_is_no_segment(rep: Any) -> None:
    facts = patterns_segments.facts(patterns_segments.count(TODAY), EVERYBODY)
    assert facts == {"leads": 0, "won": 0, "looked": 0, "out": 0, "small": 0, "rows": []}


# --- the sales cycle ------------------------------------------------------------------------------


def test_cycle_by_the_month_it_ended(rep: Any, mate: Any) -> None:
    dice = random.Random(9)
    wanted: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number in range(90):
        first = TODAY - timedelta(days=dice.randrange(20, 500))
        met = first + timedelta(days=dice.randrange(60))
        won = met + timedelta(days=dice.randrange(80)) if number % 2 else None
        lead = w.lead(f"C{number}", rep)
        LeadPath.objects.update_or_create(
            lead=lead, defaults={"who": rep.pk if number % 3 else mate.pk, "contacted_on": first,
                                 "meeting_on": met, "won_on": won},
        )  # fmt: skip
        parts = (("meeting", first, met), ("won", met, won), ("whole", first, won))
        for part, begun, over in parts:
            if number % 3 and over and over >= date(2025, 12, 1):
                wanted[(f"{over:%Y-%m}", part)].append((over - begun).days)
    facts = patterns._cycle(patterns._cycles(TODAY), Scope("x", frozenset([rep.pk])), TODAY)
    found = {(m, p): cell for m, parts in facts["months"].items() for p, cell in parts.items()}
    assert found == {key: [median(days), len(days)] for key, days in wanted.items()}


def _sale(rep: Any, number: int, over: date, lasted: int) -> None:
    lead = w.lead(f"T{number}", rep)
    values = {"who": rep.pk, "contacted_on": over - timedelta(days=lasted), "meeting_on": over}
    LeadPath.objects.update_or_create(lead=lead, defaults=values)


def test_the_trend_of_a_part_is_a_rank_test_of_the_halves(rep: Any) -> None:
    turn = date(2026, 6, 1)  # of the twelve months up to November
    halves = {turn - timedelta(days=3): range(10, 22), turn: range(18, 40, 2)}
    for over, days in halves.items():
        for lasted in days:
            _sale(rep, 100 * over.month + lasted, over, lasted)
    facts = patterns._cycle(patterns._cycles(TODAY), Scope("x", None), TODAY)
    before, now = (list(days) for days in halves.values())
    trend = facts["trend"]["meeting"]
    assert (trend["now"], trend["before"]) == ([median(now), 11], [median(before), 12])
    wanted = stats.mannwhitneyu(now, before, method="asymptotic").pvalue
    assert trend["chance"] == pytest.approx(wanted, rel=1e-9)
    rows = {row.name: (row.verdict, row.tone) for row in patterns_page.trend_rows(facts)}
    assert rows["First message to meeting"] == ("Longer", "warn")
    assert rows["Meeting to won"] == ("too few to say", "")


def test_of_few_sales_no_change_is_told(rep: Any) -> None:
    for number in range(7):
        _sale(rep, number, date(2026, 2, 1), 5)
        _sale(rep, 50 + number, date(2026, 9, 1), 50)
    facts = patterns._cycle(patterns._cycles(TODAY), Scope("x", None), TODAY)
    assert facts["trend"]["meeting"] == {"now": [50.0, 7], "before": [5.0, 7], "chance": None}
    assert patterns_page.trend_rows({}) == []  # kept before there were trends


# --- data quality, and the alerts of the night ----------------------------------------------------


def test_each_counter_is_the_list_behind_it(rep: Any, mate: Any) -> None:
    for number in range(9):
        w.lead(f"Q{number}", [rep, mate, None][number % 3], phone="" if number % 2 else "+4512")
    Lead.objects.filter(first_name="Q8").update(archived_at=NOW)
    facts = patterns.quality()
    assert facts["leads"] == {str(rep.pk): 3, str(mate.pk): 3, "-1": 2}
    for code, counts in facts["looks"].items():
        shown = looks()[code].narrow(Lead.objects.filter(archived_at=None))
        assert patterns.many(counts, None) == shown.count()
        assert patterns.many(counts, (rep.pk,)) == shown.filter(owner=rep).count()
        assert patterns.many(counts, (-1,)) == shown.filter(owner=None).count()


def test_the_night_keeps_what_it_found_and_alerts(rep: Any, owner: Any, workspace: Any) -> None:
    for number in range(5):
        w.lead(f"N{number}", rep)
    with time_machine.travel(NOW, tick=False):
        alert_tasks.look()
    kinds = set(Finding.objects.values_list("scope", "kind"))
    assert {("all", "quality"), ("all", "stalled"), ("all", "segments"), ("all", "cycle"),
            (f"user:{rep.pk}", "segments")} <= kinds  # fmt: skip
    found = Alert.objects.get(scope="all")
    assert (found.key, found.number, found.sample) == ("quality:no-basis", 100, 5)
    assert found.link == "/leads/?look=no-basis&view=all"
    alert_rules.change(owner, {"quality": (False, 20)})
    alert_tasks.look()
    assert set(Alert.objects.values_list("state", flat=True)) == {"ended"}


def test_stalled_stages_alert_from_five(rep: Any) -> None:
    for days in range(1, 21):
        moved(w.lead(f"On{days}", rep, at=ago(100)), "contacted", "engaged", 100 - days)
    for number in range(5):
        w.lead(f"W{number}", rep, stage="contacted", at=ago(60))
    patterns.look(NOW)
    found = [one for one in patterns.found(alert_rules.rules()) if one.kind == "stalled"]
    assert {one.scope: (one.key, one.number, one.usual, one.sample) for one in found} == {
        "all": ("stalled:lead:contacted", 5, 18.1, 20),
        f"team:{rep.team_id}": ("stalled:lead:contacted", 5, 18.1, 20),
    }
