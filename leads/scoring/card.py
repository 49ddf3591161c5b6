"""The points card: a few rules whose points add up to a lead's score. Pure, knows no tables.

A card is what the owner edits and what a learned model later takes as its prior:
`{"base_rate": 0.2, "points_at_base": 30, "points_per_logit": 15, "rules": [{"column": "title",
"op": "equals|contains|at_least|missing|per_unit", "value": "owner", "unit": 60, "points": 5,
"max": 20, "text": "Decides alone"}]}`. Text is compared without case; `value` may be a list of
alternatives.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Card = Mapping[str, Any]
Rule = Mapping[str, Any]
LOWEST, HIGHEST = 0, 100
OPS = {
    "equals": "is",
    "contains": "contains",
    "at_least": "is at least",
    "missing": "is missing",
    "per_unit": "for each",
}
MAX_RULES = 60
LEAST_UNIT, MOST = 0.000001, 1_000_000_000.0  # what is counted by, and any points

DEFAULT_CARD: dict[str, Any] = {
    "base_rate": 0.2,
    "points_at_base": 25,
    "points_per_logit": 15,
    "rules": [
        {
            "column": "title",
            "op": "contains",
            "value": [
                "owner",
                "founder",
                "ceo",
                "chief",
                "president",
                "managing",
                "partner",
                "director",
                "head of",
            ],
            "points": 14,
            "text": "Can decide",
        },
        {
            "column": "title",
            "op": "contains",
            "value": [
                "operations",
                "facility",
                "facilities",
                "maintenance",
                "technical",
                "purchasing",
                "procurement",
                "office",
            ],
            "points": 6,
            "text": "Works where the need is",
        },
        {
            "column": "title",
            "op": "contains",
            "value": ["assistant", "student", "trainee"],
            "points": -10,
            "text": "Cannot decide",
        },
        {
            "column": "enquired",
            "op": "equals",
            "value": "yes",
            "points": 12,
            "text": "Asked us first",
        },
        {
            "column": "won_in_trade",
            "op": "per_unit",
            "unit": 1,
            "points": 4,
            "max": 12,
            "text": "Won before in this trade",
        },
        {
            "column": "company_size",
            "op": "at_least",
            "value": 10,
            "points": 4,
            "text": "10 people or sites, or more",
        },
        {
            "column": "company_size",
            "op": "at_least",
            "value": 50,
            "points": 6,
            "text": "50 people or sites, or more",
        },
        {
            "column": "pains",
            "op": "per_unit",
            "unit": 1,
            "points": 6,
            "max": 12,
            "text": "Known pains",
        },
        {
            "column": "phone_known",
            "op": "equals",
            "value": "yes",
            "points": 5,
            "text": "Phone number known",
        },
        {
            "column": "engagement",
            "op": "per_unit",
            "unit": 1,
            "points": 1,
            "max": 40,
            "text": "Answers and other signs, newest count most",
        },
        {"column": "title", "op": "missing", "points": -3, "text": "Job title not known"},
        {"column": "trade", "op": "missing", "points": -2, "text": "Trade not known"},
        {"column": "email", "op": "missing", "points": -8, "text": "No email address"},
    ],
}


@dataclass(frozen=True)
class Score:
    """`reasons` are (text, points), whole points that sum to `number`, 0 to 100."""

    number: int
    reasons: tuple[tuple[str, int], ...]


def is_missing(value: object) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def number(value: object) -> float | None:
    """A finite number, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        parsed = float(value)
    except ValueError:
        return None
    return parsed if math.isfinite(parsed) else None


def _texts(value: object) -> list[str]:
    """The alternatives of a rule, or the parts of a list column, in comparable form."""
    parts = value if isinstance(value, list | tuple) else [value]
    return [str(part).strip().casefold() for part in parts if not is_missing(part)]


def _same(one: str, other: str) -> bool:
    """Equal as text, or as numbers: 3 and 3.0."""
    left, right = number(one), number(other)
    return one == other or (left is not None and left == right)


def _equals(rule: Rule, value: object) -> float:
    wanted = _texts(rule.get("value"))
    return float(any(_same(one, other) for one in _texts(value) for other in wanted))


def _contains(rule: Rule, value: object) -> float:
    wanted = _texts(rule.get("value"))
    return float(any(part in text for text in _texts(value) for part in wanted))


def _at_least(rule: Rule, value: object) -> float:
    have, need = number(value), number(rule.get("value"))
    return float(have is not None and need is not None and have >= need)


def _missing(rule: Rule, value: object) -> float:
    return float(is_missing(value))


def _per_unit(rule: Rule, value: object) -> float:
    have, unit = number(value), number(rule.get("unit", 1))
    return have / unit if have is not None and unit and abs(unit) >= LEAST_UNIT else 0.0


_TIMES: dict[str, Callable[[Rule, object], float]] = {
    "equals": _equals,
    "contains": _contains,
    "at_least": _at_least,
    "missing": _missing,
    "per_unit": _per_unit,
}


def rule_points(rule: Rule, values: Mapping[str, object]) -> float:
    """What one rule gives for these values, not rounded, within plus or minus its `max`."""
    times = _TIMES[rule["op"]](rule, values.get(rule["column"]))
    points = max(-MOST, min(MOST, times * float(rule["points"])))  # of a card saved long ago too
    limit = number(rule.get("max"))
    return points if limit is None else max(-abs(limit), min(abs(limit), points))


def rule_text(rule: Rule) -> str:
    """The reason in words: the owner's own, else made from the rule."""
    if rule.get("text"):
        return str(rule["text"])
    name = str(rule["column"]).replace("_", " ").capitalize()
    if rule["op"] == "missing":
        return f"{name} is missing"
    if rule["op"] == "per_unit":
        return f"{name}, {rule['points']} for each {rule.get('unit', 1)}"
    value = rule.get("value", "")
    shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
    return f"{name} {OPS[rule['op']]} {shown}"


def score_values(values: Mapping[str, object], card: Card, engagement: float = 0.0) -> Score:
    """The score of one lead's columns; `engagement` is its column of that name."""
    known = {**values, "engagement": engagement}
    parts: list[tuple[str, int]] = [("Every lead starts with", _whole(card["points_at_base"]))]
    for rule in card["rules"]:
        points = _whole(rule_points(rule, known))
        if points:
            parts.append((rule_text(rule), points))
    return _clamped(parts)


def _whole(points: float) -> int:
    """Rounded half away from zero, so that plus and minus rules of equal size cancel."""
    return int(math.copysign(math.floor(abs(points) + 0.5), points))


def _clamped(parts: Sequence[tuple[str, int]]) -> Score:
    total = sum(points for _, points in parts)
    shown = max(LOWEST, min(HIGHEST, total))
    if shown == total:
        return Score(total, tuple(parts))
    text = "A score ends at 100" if total > shown else "A score does not go below 0"
    return Score(shown, (*parts, (text, shown - total)))


def problems(card: Card) -> list[str]:
    """What is wrong with a card, in plain words; an empty list when it can be used."""
    found = []
    if number(card.get("points_at_base")) is None:
        found.append("The starting points must be a number.")
    rules = card.get("rules")
    if not isinstance(rules, list) or len(rules) > MAX_RULES:
        return [*found, f"A card has a list of at most {MAX_RULES} rules."]
    for position, rule in enumerate(rules, start=1):
        found += [f"Rule {position}: {text}" for text in rule_problems(rule)]
    return found


def rule_problems(rule: Rule) -> list[str]:
    found = []
    op = rule.get("op")
    if not isinstance(op, str) or op not in OPS:
        return ["choose how to compare."]
    if not rule.get("column") or not isinstance(rule["column"], str):
        found.append("choose what to look at.")
    if number(rule.get("points")) is None:
        found.append("give points as a number.")
    if op in ("equals", "contains") and not _texts(rule.get("value")):
        found.append("give a value to compare with.")
    if op == "at_least" and number(rule.get("value")) is None:
        found.append("give a number to compare with.")
    unit = number(rule.get("unit", 1))
    if op == "per_unit" and (unit is None or not LEAST_UNIT <= unit <= MOST):
        found.append("give a unit above 0 (at least 0.000001).")
    if rule.get("max") not in (None, "") and number(rule["max"]) is None:
        found.append("give the most points as a number.")
    return found
