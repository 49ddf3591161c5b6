"""Which value holds when two systems know the same record: pure functions, no tables, no calls.

Three-way: `base` is what both sides agreed on last. Without one, an empty side is filled in, and
what differs is decided by the field's rule. Two things no rule can change: an opt-out on any side
holds on both, and what a record is known by (an address, a title) is never emptied.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from leads.crm.base import Kind

Rule = Literal["newest", "ask", "here", "there", "off"]
Outcome = Literal["same", "take_there", "take_here", "conflict"]
RULES: dict[Rule, str] = {
    "newest": "Newest edit wins",
    "ask": "Ask me",
    "here": "Ours wins",
    "there": "Theirs wins",
    "off": "Not synced",
}
OPT_OUT = "opt_out"
ASKED = frozenset({"stage", "owner"})
KEPT: dict[Kind, frozenset[str]] = {
    "contact": frozenset({"email", "stage"}),
    "company": frozenset({"name"}),
    "deal": frozenset({"title", "stage", "currency"}),
}
NAMES = frozenset({("contact", "first_name"), ("contact", "last_name")})
THEIRS = "~theirs"  # in a base: how they spell a value of ours that they do not store as it is


@dataclass(frozen=True)
class Times:
    """When a field got its value. `there_latest`: not later than this, when no more is known."""

    here: datetime | None = None
    there: datetime | None = None
    there_latest: datetime | None = None


@dataclass(frozen=True)
class Field:
    """One field on both sides. `there` None: they do not tell it. `theirs`: see THEIRS."""

    kind: Kind
    code: str
    here: str
    there: str | None
    base: str | None = None
    theirs: str | None = None


def default_rule(code: str) -> Rule:
    return "ask" if code in ASKED else "newest"


def merge_field(one: Field, rule: Rule, times: Times | None = None) -> Outcome:
    """A name is not emptied without a person: it is asked about."""
    found = _merge_field(one, rule, times)
    emptied = found == "take_there" and not one.there and bool(one.here)
    return "conflict" if emptied and (one.kind, one.code) in NAMES else found


def _merge_field(one: Field, rule: Rule, times: Times | None) -> Outcome:
    if one.code == OPT_OUT:
        return _opt_out(one)
    if rule == "off":
        return "same"
    if one.there is None:
        return _untold(one, rule)
    if one.here == one.there:
        return "same"
    if one.base is None:
        return _without_base(one, rule, times or Times())
    if one.code in KEPT.get(one.kind, ()) and not (one.here and one.there):
        return _kept(one, rule)
    here_changed = one.here != one.base
    there_changed = one.there != (one.base if one.theirs is None else one.theirs)
    if not here_changed and not there_changed:
        return "same"
    if rule == "here":
        return "take_here"
    if rule == "there":
        return "take_there"
    if here_changed and there_changed:
        return _by_time(rule, times or Times())
    return "take_here" if here_changed else "take_there"


def _opt_out(one: Field) -> Outcome:
    if one.there == "yes" and one.here != "yes":
        return "take_there"
    if one.here != "yes" or one.there == "yes":
        return "same"
    if one.base == "yes" and one.there in (None, one.theirs):
        return "same"  # told before; they do not show it, and it would be told for ever
    return "take_here"


def _untold(one: Field, rule: Rule) -> Outcome:
    if rule == "there":
        return "same"
    if one.base is None:
        return "take_here" if rule == "here" and one.here else "same"
    return "take_here" if one.here != one.base else "same"


def _kept(one: Field, rule: Rule) -> Outcome:
    if one.here:
        return "same" if rule == "there" or one.base == one.here else "take_here"
    return "same" if rule == "here" or one.base == one.there else "take_there"


def _without_base(one: Field, rule: Rule, times: Times) -> Outcome:
    if _empty(one, one.here):
        return "same" if _empty(one, one.there or "") else "take_there"
    if _empty(one, one.there or ""):
        return "take_here"
    if rule in ("here", "there"):
        return "take_here" if rule == "here" else "take_there"
    return _by_time(rule, times)


def _empty(one: Field, value: str) -> bool:
    """A lead that nobody has moved is in the first stage: that says nothing."""
    return not value or ((one.kind, one.code) == ("contact", "stage") and value == "new")


def _by_time(rule: Rule, times: Times) -> Outcome:
    if rule != "newest" or times.here is None:
        return "conflict"
    if times.there is None:
        early = times.there_latest is not None and times.there_latest < times.here
        return "take_here" if early else "conflict"
    if times.here == times.there:
        return "conflict"
    return "take_here" if times.here > times.there else "take_there"


@dataclass
class Merged:
    """A record's fields sorted out. Pairs are (old, new) on the side that changes.

    `conflicts`: (here, there). `settled`: open conflicts that are none any more. `base`: what both
    sides agree on once `here` was applied; what goes `there` joins it when it was written.
    """

    here: dict[str, tuple[str, str]] = field(default_factory=dict)
    there: dict[str, tuple[str, str]] = field(default_factory=dict)
    conflicts: dict[str, tuple[str, str]] = field(default_factory=dict)
    settled: list[str] = field(default_factory=list)
    base: dict[str, Any] = field(default_factory=dict)

    @property
    def quiet(self) -> bool:
        return not (self.here or self.there or self.conflicts)


def merge_record(
    kind: Kind,
    rules: Mapping[str, Rule],
    base: Mapping[str, Any],
    here: Mapping[str, str],
    there: Mapping[str, str | None],
    *,
    times: Mapping[str, Times] | None = None,
    undecided: Collection[str] = (),
) -> Merged:
    """Only fields in `there` are looked at. `undecided`: those a person was asked about already;
    they stay so until both sides are equal."""
    found = Merged(base=dict(base))
    spelled: Mapping[str, str] = base.get(THEIRS) or {}
    for code, theirs in there.items():
        if code not in here:
            continue
        one = Field(kind, code, here[code], theirs, base.get(code), spelled.get(code))
        rule = rules.get(code) or default_rule(code)
        outcome = merge_field(one, rule, (times or {}).get(code))
        if code in undecided and theirs is not None and rule != "off":
            outcome = "same" if here[code] == theirs else "conflict"
            if outcome == "same":
                found.settled.append(code)
        _note(found, one, outcome)
    return found


def _note(found: Merged, one: Field, outcome: Outcome) -> None:
    there = one.there or ""
    if outcome == "take_there":
        found.here[one.code] = (one.here, there)
        agree(found.base, one.code, there)
    elif outcome == "take_here":
        found.there[one.code] = (there, one.here)
    elif outcome == "conflict":
        found.conflicts[one.code] = (one.here, there)
    elif one.there == one.here or (one.there is None and one.base is None):
        agree(found.base, one.code, one.here)


def agree(base: dict[str, Any], code: str, value: str) -> None:
    """Both sides have `value` now."""
    base[code] = value
    if code in base.get(THEIRS, {}):
        base[THEIRS] = {k: v for k, v in base[THEIRS].items() if k != code}


def written(base: dict[str, Any], code: str, before: str, value: str) -> None:
    """`value` went there over `before`. Where it had been there already and did not stay, what
    they keep in its place counts as their way to spell it: it is not sent again and again."""
    again = base.get(code) == value and before != value
    agree(base, code, value)
    if again:
        spell(base, code, before)


def spell(base: dict[str, Any], code: str, theirs: str) -> None:
    base[THEIRS] = {**(base.get(THEIRS) or {}), code: theirs}


def contested(
    kind: Kind,
    rules: Mapping[str, Rule],
    base: Mapping[str, Any],
    here: Mapping[str, str],
    there: Mapping[str, str | None],
) -> list[str]:
    """The fields of which it must be known who changed them when."""
    return list(merge_record(kind, rules, base, here, there).conflicts)


def as_last_seen(base: Mapping[str, Any], codes: Collection[str]) -> dict[str, str | None]:
    """What they had when we last agreed: the other side for a comparison without a call."""
    spelled = base.get(THEIRS) or {}
    return {code: spelled.get(code, base.get(code)) for code in codes}
