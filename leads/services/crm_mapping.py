"""Which fields of ours may stand in which of theirs: what is refused, and what is asked twice."""

import re
from collections.abc import Mapping, Sequence

from leads.crm.base import FIELDS, Kind, RemoteField
from leads.services.crm_accounts import CUSTOM

WORDS = re.compile(r"[a-z]{3,40}")
NUMBERS, DAYS = frozenset({"value", "size"}), frozenset({"expected_close"})
# what a row is known by: a field of another meaning would rename everybody
KNOWN_BY: dict[Kind, frozenset[str]] = {
    "contact": frozenset({"first_name", "last_name", "email", "phone", "company_name"}),
    "company": frozenset({"name", "domain"}),
    "deal": frozenset({"title", "value", "currency"}),
}
KINDS = {
    **{"number": "a number", "date": "a date", "datetime": "a date", "yes_no": "yes or no"},
    **{"choice": "one of a list"},
}


def label_of(kind: Kind, code: str) -> str:
    return FIELDS[kind].get(code) or code.removeprefix(CUSTOM)


def problem(
    kind: Kind,
    mine: Mapping[str, str],
    rules: Mapping[str, str],
    usual: Mapping[str, str],
    fields: Sequence[RemoteField],
) -> str:
    """Why the table cannot be kept; "" when it can. `mine`: our code -> theirs, "" the usual."""
    known = {one.code: one for one in fields}
    held: dict[str, str] = {}
    for code in (*usual, *mine):
        theirs = mine.get(code) or usual.get(code, "")
        if not theirs or rules.get(code) == "off" or held.get(theirs) == code:
            continue
        label = known[theirs].label if theirs in known else theirs
        if before := held.get(theirs):
            names = f"{label_of(kind, before)} and {label_of(kind, code)}"
            return f"{names} would both be {label} there. Choose another field for one of them."
        held[theirs] = code
        if mine.get(code) and theirs in known and not _fits(code, known[theirs].type):
            what = KINDS.get(known[theirs].type, "something else")
            return f"{label} holds {what}: {label_of(kind, code)} cannot stand there."
    return ""


def _fits(code: str, there: str) -> bool:
    if code.startswith(CUSTOM):
        return True
    if code in NUMBERS:
        return there in ("number", "text")
    if code in DAYS:
        return there in ("date", "datetime", "text")
    return there in ("text", "choice") or (there == "number" and code in ("phone", "postcode"))


def doubts(
    kind: Kind, mine: Mapping[str, str], before: Mapping[str, str], fields: Sequence[RemoteField]
) -> list[str]:
    """What a person has to say twice: "First name would be their Favourite colour"."""
    known = {one.code: one for one in fields}
    return [
        f"{label_of(kind, code)} would be their {known[theirs].label}"
        for code, theirs in mine.items()
        if code in KNOWN_BY[kind] and theirs in known and theirs != before.get(code)
        if not _alike(kind, code, known[theirs])
    ]


def _alike(kind: Kind, code: str, there: RemoteField) -> bool:
    """A word of ours stands in their name; "name" alone says nothing."""
    ours = set(WORDS.findall(f"{label_of(kind, code)} {code}".lower().replace("_", " ")))
    theirs = f"{there.label} {there.code}".lower().replace("_", " ")
    return any(word in theirs for word in (ours - {"name"} or ours))
