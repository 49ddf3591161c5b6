"""Points that people call wrong, as proposals to the owner. Nothing changes by itself.

A reason of the card that two people, or one person on three leads, marked as not right, is proposed
with half its points; from four people on, to be taken out. The owner applies it or keeps the rule;
either way these corrections have been heard.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from leads.models import Correction
from leads.scoring.card import rule_text
from leads.services import corrections, score_card, score_models
from salesagent.accounts.models import User
from salesagent.lib.text import one_line

PEOPLE, LEADS, OUT = 2, 3, 4


@dataclass(frozen=True)
class Hint:
    """`becomes`: the points proposed; None: take the rule out."""

    text: str
    points: float
    becomes: float | None
    people: int
    leads: int


def proposals(card: Mapping[str, Any]) -> list[Hint]:
    """One query."""
    heard: dict[str, list[Correction]] = {}
    for one in _unheard():
        heard.setdefault(one.subject, []).append(one)
    found = [_hint(rule, heard.get(key_of(rule), [])) for rule in card["rules"]]
    return [hint for hint in found if hint is not None]


def key_of(rule: Mapping[str, Any]) -> str:
    """A rule's reason as a correction names it."""
    return one_line(rule_text(rule), 100)


def _unheard() -> list[Correction]:
    return list(corrections.to_learn(Correction.Kind.SCORE).filter(used_in="")[:2000])


def _hint(rule: Mapping[str, Any], said: list[Correction]) -> Hint | None:
    people, leads = len({c.by_id for c in said}), len({c.lead_id for c in said})
    if people < PEOPLE and leads < LEADS:
        return None
    points = float(rule["points"])
    half = float(round(points / 2))
    out = people >= OUT or not half
    return Hint(key_of(rule), points, None if out else half, people, leads)


@transaction.atomic
def settle(user: User, text: str, *, apply: bool) -> bool:
    """Change the rule as proposed, or keep it; False when there is no such proposal any more."""
    card = score_models.card_in_use()
    hint = next((one for one in proposals(card) if one.text == text), None)
    if hint is None:
        return False
    day = timezone.localdate()
    name = f"{'Score card' if apply else 'Kept on the score card'}, {day:%-d %b %Y}"
    corrections.mark_used([c.pk for c in _unheard() if c.subject == text], name)
    if apply:
        rules = [_changed(rule, hint) for rule in card["rules"]]
        score_card.save(user, {**card, "rules": [rule for rule in rules if rule]})
    return True


def _changed(rule: Mapping[str, Any], hint: Hint) -> dict[str, Any]:
    if key_of(rule) != hint.text:
        return dict(rule)
    return {**rule, "points": int(hint.becomes)} if hint.becomes is not None else {}
