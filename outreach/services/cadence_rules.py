"""The rules by which a sequence follows a lead: what starts each, what it does, its numbers.

The rules are code; whether one is on and its numbers are the owner's (CadenceRule). What a rule
did stands in the autonomy log under its code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db import transaction
from django.db.models import Count, Max, Q

from leads.models import Decision
from leads.services import decisions
from outreach.models import CadenceRule
from salesagent.accounts import audit
from salesagent.accounts.models import User


class RuleError(Exception):
    """Why numbers were not kept, in words; `field` names the input."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Param:
    """One number of a rule and its bounds."""

    code: str
    label: str
    default: int
    low: int
    high: int
    unit: str = ""


@dataclass(frozen=True)
class Rule:
    """`acts`: now (does it), proposes (asks first), plans (moves moments)."""

    code: str
    label: str
    when: str
    act: str
    why: str
    acts: str = "now"
    params: tuple[Param, ...] = ()
    default: bool = True

    @cached_property
    def defaults(self) -> dict[str, int]:
        return {param.code: param.default for param in self.params}


def _band(code: str, word: str, low: int, high: int) -> tuple[Param, Param]:
    return (
        Param(f"{code}_low", f"{word}, from", low, 1, 60, "working days"),
        Param(f"{code}_high", f"{word}, to", high, 1, 60, "working days"),
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "adaptive_pace",
        "Pace by interest",
        "A sequence that follows interest plans its next touch",
        "The wait is kept inside the days for hot, warm, cold or silent people",
        "Who is interested should not wait, and who is not should not be pressed.",
        "plans",
        (
            *_band("hot", "Hot", 1, 2),
            *_band("warm", "Warm", 3, 5),
            *_band("cold", "Cold", 7, 14),
            *_band("silent", "Silent", 20, 23),
            Param("silent_after", "Silent after", 4, 2, 10, "touches without a sign"),
            Param("sign_days", "A sign counts for", 14, 1, 60, "days"),
        ),
    ),
    Rule(
        "slots",
        "Hours that get answers",
        "A sequence that follows interest plans its next touch",
        "It goes out in one of six parts of the week, those with more answers more often",
        "Learned from the whole team; per person only from their own answers.",
        "plans",
        (Param("own_answers", "Their own hours after", 2, 2, 20, "answers of theirs"),),
    ),
    Rule(
        "channel_change",
        "Another channel after silence",
        "Mails in a row stay without a sign, and another channel is allowed",
        "Proposes to send the next mails of the sequence there instead",
        "A third mail seldom gets what two did not; a call or a text may.",
        "proposes",
        (Param("mails", "After", 2, 1, 5, "mails without a sign"),),
    ),
    Rule(
        "sms_answered",
        "They answer by text",
        "An answer comes by SMS or WhatsApp",
        "Proposes texts instead of mails; a hot lead gets a line to call as well",
        "People answer where it suits them.",
        "proposes",
        (
            Param("hot_score", "Call from a score of", 75, 0, 100),
            Param("call_minutes", "Call within", 60, 5, 1440, "minutes"),
        ),
    ),
    Rule(
        "hot_reply",
        "It is urgent to them",
        "An answer says that it is urgent",
        "A line in Today to call, with a clock",
        "The first to call back often gets the job.",
        params=(Param("call_minutes", "Call within", 60, 5, 1440, "minutes"),),
    ),
    Rule(
        "price_concern",
        "Price worries them",
        "An answer objects to the price",
        "The sequence waits, and a line in Today to offer options",
        "Options keep the talk going. A price is never changed by itself.",
    ),
    Rule(
        "competitor_named",
        "They name a competitor",
        "An answer speaks of another supplier",
        "A line in Today with what to ask and what sets us apart",
        "Asking what works there tells more than talking against it.",
    ),
    Rule(
        "negative_tone",
        "The tone turns bad",
        "An answer sounds angry or disappointed",
        "The sequence waits, and the manager gets a line in Today",
        "One more touch makes it worse; a second pair of eyes helps.",
    ),
    Rule(
        "link_clicked",
        "A link was clicked",
        "A person, not a scanner, opens a link of a mail",
        "A line in Today: good moment, at most one a day for each person",
        "They think of it right now.",
        params=(Param("hours", "Good for", 4, 1, 24, "hours"),),
    ),
    Rule(
        "silent_21",
        "Silent for weeks",
        "No sign since the last touch, and none is planned",
        "A line in Today: a short goodbye, or once a month from here",
        "A polite goodbye gets more answers than a sixth reminder.",
        params=(Param("days", "After", 21, 7, 90, "days"),),
    ),
)
BY_CODE = {rule.code: rule for rule in RULES}
BANDS = ("hot", "warm", "cold", "silent")
decisions.name_rules({rule.code: rule.label for rule in RULES})


@dataclass(frozen=True)
class Setting:
    """A rule as it stands."""

    rule: Rule
    on: bool
    params: Mapping[str, int]


@dataclass(frozen=True)
class Line:
    """A rule with what it did so far."""

    setting: Setting
    fired: int = 0
    undone: int = 0
    waiting: int = 0
    last: datetime | None = None


def settings_of(*codes: str) -> dict[str, Setting]:
    """These rules as they stand, by code, in one query; all without codes."""
    wanted = codes or tuple(BY_CODE)
    rows = {row.code: row for row in CadenceRule.objects.filter(code__in=wanted)}
    return {code: _setting(BY_CODE[code], rows.get(code)) for code in wanted}


def _setting(rule: Rule, row: CadenceRule | None) -> Setting:
    if row is None:
        return Setting(rule, rule.default, rule.defaults)
    kept = {p.code: _within(p, row.params.get(p.code)) for p in rule.params}
    return Setting(rule, row.on, kept)


def _within(param: Param, value: object) -> int:
    """A stored number, or the default where it is none (any more)."""
    good = isinstance(value, int) and param.low <= value <= param.high
    return int(value) if good and isinstance(value, int) else param.default


def is_on(code: str) -> bool:
    return settings_of(code)[code].on


def params(code: str) -> Mapping[str, int]:
    return settings_of(code)[code].params


@transaction.atomic
def save(code: str, *, on: bool, numbers: Mapping[str, int], user: User) -> None:
    """Keep switch and numbers. Raises RuleError with the input it is about."""
    rule = BY_CODE.get(code)
    if rule is None:
        raise RuleError("There is no such rule.")
    kept = {param.code: numbers.get(param.code, param.default) for param in rule.params}
    for param in rule.params:
        if not param.low <= kept[param.code] <= param.high:
            raise RuleError(f"{param.label}: from {param.low} to {param.high}.", param.code)
    for band in BANDS:
        if kept.get(f"{band}_low", 0) > kept.get(f"{band}_high", 0):
            raise RuleError("The first number must not be above the second.", f"{band}_high")
    values = {"on": on, "params": kept, "changed_by": user}
    CadenceRule.objects.update_or_create(code=code, defaults=values)
    audit.note(user, "settings.changed", f"rule {code}", on=on)


def table() -> list[Line]:
    """Every rule with its switch and how often it fired. Two queries."""
    seen = {row["rule"]: row for row in _counts()}
    found = settings_of()
    return [_line(found[rule.code], seen.get(rule.code)) for rule in RULES]


def _counts() -> list[dict[str, object]]:
    state = Decision.State
    rows = Decision.objects.filter(rule__in=BY_CODE).order_by().values("rule")
    counted = rows.annotate(
        fired=Count("pk"),
        undone=Count("pk", filter=Q(state__in=[state.UNDONE, state.DISMISSED])),
        waiting=Count("pk", filter=Q(state=state.PROPOSED)),
        last=Max("at"),
    )
    return [dict(row) for row in counted]


def _line(setting: Setting, seen: Mapping[str, object] | None) -> Line:
    values = {name: value for name, value in (seen or {}).items() if name != "rule"}
    return Line(setting, **values)  # type: ignore[arg-type]
