"""The rules of the field table in one sentence, as they are set."""

from collections import Counter
from collections.abc import Sequence

from leads.crm.base import FIELDS, OBJECTS, Kind
from leads.crm.merge import OPT_OUT, Rule
from leads.services.crm_accounts import CUSTOM, Terms

ONE = {"contact": "contact", "company": "company", "deal": "deal"}
MAIN: dict[Rule, str] = {
    **{"newest": "Newest edit wins", "ask": "You are asked", "here": "Ours wins"},
    **{"there": "Theirs wins", "off": "Nothing is synced"},
}
# (of one field, of several)
ELSE: dict[Rule, tuple[str, str]] = {
    "newest": ("where the newest edit wins",) * 2,
    "ask": ("which asks you", "which ask you"),
    "here": ("where ours wins",) * 2,
    "there": ("where theirs wins",) * 2,
    "off": ("which is not synced", "which are not synced"),
}
MOST = 4  # names in a row


def summary(terms: Terms, kinds: Sequence[Kind] = OBJECTS) -> str:
    """ "Newest edit wins, except stage and owner, which ask you." """
    rules = {(kind, code): rule for kind in kinds for code, rule in _of(terms, kind).items()}
    main = Counter(rules.values()).most_common(1)[0][0]
    parts = []
    for rule in ELSE:
        codes = [key for key, one in rules.items() if one == rule != main]
        if names := _names(rules, codes):
            parts.append(f"{_join(names)}, {ELSE[rule][len(codes) > 1]}")
    return f"{MAIN[main]}{', except ' if parts else ''}{', and '.join(parts)}."


def _of(terms: Terms, kind: Kind) -> dict[str, Rule]:
    return {code: rule for code, rule in terms.rules[kind].items() if code != OPT_OUT}


def _names(rules: dict[tuple[Kind, str], Rule], codes: Sequence[tuple[Kind, str]]) -> list[str]:
    """A field that all kinds have with this rule is named once, else with its kind."""
    found = []
    for kind, code in codes:
        label = _label(kind, code)
        others = {rules[key] for key in rules if _label(*key) == label}
        found.append(label if len(others) == 1 else f"{ONE[kind]} {label}")
    return list(dict.fromkeys(found))


def _label(kind: Kind, code: str) -> str:
    label = FIELDS[kind].get(code) or code.removeprefix(CUSTOM)
    return label if code.startswith(CUSTOM) else label[0].lower() + label[1:]


def _join(names: list[str]) -> str:
    if len(names) > MOST:
        return f"{len(names)} fields"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
