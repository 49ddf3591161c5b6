"""The learned score for its owner, in plain words: what it says of each rule, how well it does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Count, Q

from leads.models import Lead, ScoreModel
from leads.scoring.card import rule_text
from leads.scoring.features import Column
from leads.scoring.model import STARTS, Model, per_logit
from leads.services import score_models
from leads.services.scoring import COLUMNS

MOST_FOUND = 8
FEWEST_CALLED = 1
State = ScoreModel.State
_COUNT = re.compile(r"^(blended|learned) from ([\d,]+) outcomes?$")


@dataclass(frozen=True)
class RuleLine:
    """Points you gave, and what the outcomes make of them (empty: nothing learned)."""

    text: str
    yours: str
    learned: str
    each: bool


@dataclass(frozen=True)
class Bin:
    expected: int
    won: int
    leads: int


@dataclass(frozen=True)
class Report:
    """All of the page's learned part. `last` is the newest try, `used` the version in use."""

    state: str
    used: ScoreModel | None
    last: ScoreModel | None
    versions: list[ScoreModel]
    problem: str
    won: int
    lost: int
    rules: list[RuleLine]
    found: list[tuple[str, str]]
    verdict: str
    alarms: list[str]
    called: list[str]
    bins: list[Bin]


def report() -> Report:
    rows = list(ScoreModel.objects.defer("artefact"))
    used = next((row for row in rows if row.state == State.CHAMPION), None)
    model, last = score_models.in_use(), rows[0] if rows else None
    shown = used or last
    counted = _counts()
    return Report(
        state=sure_words(model.state),
        used=used,
        last=last,
        versions=[row for row in rows if row.state != State.REFUSED],
        problem=score_models.problem(),
        won=counted["won"],
        lost=counted["lost"],
        rules=rule_lines(model),
        found=strongest(model) if model.outcomes else [],
        verdict=verdict_words(last) if last else "",
        alarms=[column_words(name) for name in last.warnings] if last else [],
        called=called_words(shown.metrics) if shown else [],
        bins=_bins(shown.metrics) if shown else [],
    )


def _counts() -> dict[str, int]:
    won, lost = Q(stage=Lead.Stage.WON), Q(stage=Lead.Stage.LOST)
    leads = Lead.objects.filter(won | lost, erased_at=None)
    return leads.aggregate(won=Count("pk", filter=won), lost=Count("pk", filter=lost))


@lru_cache(maxsize=16)
def sure_words(state: str) -> str:
    """How sure a score is, by its stored state: "By your rules and 34 outcomes"."""
    match = _COUNT.match(state)
    if match is None:
        return "By your rules"
    how, count = match.groups()
    many = f"{int(count.replace(',', '')):,} outcomes"
    return f"By your rules and {many}" if how == "blended" else f"Learned from {many}"


def rule_lines(model: Model) -> list[RuleLine]:
    """Where every lead starts, then each rule of the card."""
    rules = model.card["rules"]
    start = RuleLine(
        text=STARTS,
        yours=f"{float(model.card['points_at_base']):.0f}",
        learned=f"{model.start:.0f}".replace("-", "−") if model.outcomes else "",
        each=False,
    )
    return [start] + [
        RuleLine(
            text=rule_text(rule),
            yours=signed(float(rule["points"])),
            learned=signed(float(rule["points"]) * factor) if model.outcomes else "",
            each=rule["op"] == "per_unit",
        )
        for rule, factor in zip(rules, model.rules, strict=True)
    ]


def signed(points: float) -> str:
    """Points as they are shown: "+12", "−3", and small ones with a half, such as "+1.6"."""
    amount = f"{abs(points):.1f}" if abs(points) < 5 else f"{abs(points):.0f}"
    amount = amount.removesuffix(".0")
    return amount if amount == "0" else f"{'−' if points < 0 else '+'}{amount}"


def strongest(model: Model) -> list[tuple[str, str]]:
    """What else the outcomes say, in points, the strongest first; less than one is left out."""
    scale = per_logit(model.card) * (1 - model.mix)
    found = []
    for column in model.encoder.columns:
        for at, text in _features(column):
            points = scale * model.weights[column.start + at]
            found += [(text, points)] if abs(points) >= 1 else []
    found.sort(key=lambda one: (-abs(one[1]), one[0]))
    return [(text, signed(points)) for text, points in found[:MOST_FOUND]]


def column_words(name: str) -> str:
    """A column as the owner knows it."""
    said = COLUMNS.get(name) or name.removeprefix("custom.").replace("_", " ").strip()
    return said[:1].upper() + said[1:]


def _features(column: Column) -> list[tuple[int, str]]:
    """(place, words) of the features that can be said in words; steps of a curve cannot."""
    name = column_words(column.name)
    if column.kind in ("number", "day"):
        return [(0, f"{name}, well above usual" if column.kind == "number" else f"{name}, later")]
    verb = "mentions" if column.kind == "words" else "is"
    found = [(n, f"{name} {verb} {value}") for n, value in enumerate(column.shown or column.values)]
    if column.missing:
        found.append((column.size - 1, f"{name} is not known"))
    return found


def verdict_words(row: ScoreModel) -> str:
    """The gate's words without its measures, and the order of pairs in their place."""
    said = re.split(r"[:(] ?AUC ", row.verdict)[0].strip().rstrip(".:")
    new, old = (row.metrics.get(side) for side in ("challenger", "champion"))
    if not new or not old or "AUC" not in row.verdict:
        return row.verdict
    right, before = (round(100 * side["auc"]) for side in (new, old))
    return (
        f"{said}. Of a won and a lost lead it put the won one first {right} times in 100, "
        f"the score before {before} times."
    )


def called_words(metrics: Mapping[str, Any]) -> list[str]:
    """ "Of 23 leads called Hot, 15 were won; by the rules alone, of 30 it was 12." """
    sides = metrics.get("called") or {}
    new, old = sides.get("challenger", {}), sides.get("champion", {})
    lines = []
    for word in ("Hot", "Warm", "Cold"):
        leads, won = new.get(word, (0, 0))
        before, won_before = old.get(word, (0, 0))
        if leads >= FEWEST_CALLED:
            then = f" Before, {won_before} of {before}." if before else " Before, none was."
            lines.append(f"Of {leads} leads called {word}, {won} {_were(won)} won.{then}")
    return lines


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _bins(metrics: Mapping[str, Any]) -> list[Bin]:
    return [
        Bin(round(100 * expected), round(100 * won), int(leads))
        for expected, won, leads in metrics.get("bins") or []
    ]
