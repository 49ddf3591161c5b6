"""Rules of assignment as the owner writes them: kept, ordered, switched, tried out. Audited."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max

from leads.models import AssignmentRule, Lead
from leads.services import assignment_fit
from leads.services.assignment import Desk, Given, Passed
from salesagent.accounts import audit
from salesagent.accounts.models import User

MOST = 50


@dataclass(frozen=True)
class Line:
    """A rule with its sentence and what makes it idle, if anything does."""

    rule: AssignmentRule
    sentence: str
    trouble: str = ""


@dataclass(frozen=True)
class Tried:
    """What would become of a lead: who gets it, and why earlier rules did not decide."""

    given: Given | None
    passed: list[Passed] = field(default_factory=list)


def lines() -> list[Line]:
    """All rules in their order. Two queries."""
    rows = list(AssignmentRule.objects.prefetch_related("people"))
    return [Line(rule, _sentence(rule), _trouble(rule)) for rule in rows]


def _sentence(rule: AssignmentRule) -> str:
    return assignment_fit.sentence(rule, list(rule.people.all()))


def _trouble(rule: AssignmentRule) -> str:
    people = list(rule.people.all())
    if people and not any(user.is_active for user in people):
        return "Nobody of this rule works here any more."
    return ""


def full() -> bool:
    return AssignmentRule.objects.count() >= MOST


@transaction.atomic
def save(
    rule: AssignmentRule | None, values: dict[str, Any], people: Iterable[User], by: User
) -> AssignmentRule:
    """Keep a rule; a new one becomes the last. `values`: name, fits, skills, how."""
    new = rule is None
    if rule is None:
        last = AssignmentRule.objects.aggregate(last=Max("position"))["last"] or 0
        rule = AssignmentRule(position=last + 1)
    for name, value in values.items():
        setattr(rule, name, value)
    rule.save()
    rule.people.set(people)
    what = "made" if new else "changed"
    audit.note(by, f"assignment.rule_{what}", f"rule:{rule.pk}", says=_sentence(rule)[:300])
    return rule


@transaction.atomic
def move(rule: AssignmentRule, up: bool, by: User) -> bool:
    """One place up or down; False at the end. Positions are numbered anew."""
    rows = list(AssignmentRule.objects.select_for_update().order_by("position", "pk"))
    at = next(place for place, row in enumerate(rows) if row.pk == rule.pk)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(rows):
        return False
    rows[at], rows[to] = rows[to], rows[at]
    for place, row in enumerate(rows, start=1):
        AssignmentRule.objects.filter(pk=row.pk).exclude(position=place).update(position=place)
    audit.note(by, "assignment.rule_moved", f"rule:{rule.pk}", place=to + 1)
    return True


@transaction.atomic
def switch(rule: AssignmentRule, on: bool, by: User) -> None:
    AssignmentRule.objects.filter(pk=rule.pk).update(active=on)
    audit.note(by, f"assignment.rule_{'on' if on else 'off'}", f"rule:{rule.pk}")


@transaction.atomic
def remove(rule: AssignmentRule, by: User) -> None:
    """Leads stay with whom they are."""
    audit.note(by, "assignment.rule_removed", f"rule:{rule.pk}", says=_sentence(rule)[:300])
    rule.delete()


def try_out(lead: Lead) -> Tried:
    """Who would get this lead, that needs not exist. Nothing is kept."""
    desk = Desk(trying=True)
    passed: list[Passed] = []
    for rule in desk.rules:
        found = desk.ask(rule, lead)
        if isinstance(found, Given):
            return Tried(found, passed)
        passed.append(found)
    return Tried(None, passed)


def nobody_has(skills: Iterable[str]) -> list[str]:
    """Skills of a rule that no profile holds, so that the rule finds nobody."""
    named = [one for one in skills if one[:1] != "@"]
    has = {one.lower() for one in known_skills()} if named else set()
    return [one for one in named if not assignment_fit.has_skill(one, Lead(), has)]


def known_skills() -> list[str]:
    """What people say they know, for suggestions."""
    rows = User.objects.filter(is_active=True).values_list("skills", flat=True)
    return sorted({skill for skills in rows for skill in skills}, key=str.lower)
