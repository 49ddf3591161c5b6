"""Which objection a text holds: by the words people use, in eight languages. No model, no query."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.db.models import Q

from coaching.content import KIND_WORDS, PLAYS
from coaching.models import Play
from leads.models import Lead, ThreadEvent
from salesagent.lib.sql import Rows

TEXT_LIMIT = 4_000
KINDS = frozenset(Play.Kind.values)
CLASSES = ("objection", "not_interested")
_OTHER = re.compile(r"[^\w%'-]+")
_STRONG = 2  # a word of the kind's own list says more than one of a single play


@dataclass(frozen=True)
class Objection:
    """What stands in the way. `event`: their message, None while somebody types or speaks."""

    kind: str
    words: tuple[str, ...] = ()
    event: ThreadEvent | None = None

    @property
    def label(self) -> str:
        return str(Play.Kind(self.kind).label) if self.kind in Play.Kind.values else ""


def plain(text: str) -> str:
    """Lower case, single spaces, a space at both ends: " word" finds the start of a word."""
    lowered = text[:TEXT_LIMIT].lower().replace("’", "'").replace("´", "'").replace("%", " % ")
    return f" {_OTHER.sub(' ', lowered).strip()} "


def starts(said: str) -> set[str]:
    """How the words of `said` begin: most of the vocabulary need not be looked for."""
    return {f"{word} "[:2] for word in said.split()}


def found_words(words: Iterable[str], said: str) -> list[str]:
    """Those of `words` that stand in `said` (made by `plain`)."""
    return [word for word in words if f" {word}" in said]


@lru_cache(maxsize=1)
def _vocabulary() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """kind -> (its own words, the words of its plays), as `plain` would write them."""
    made = {}
    for kind, plays in PLAYS.items():
        own = {plain(word).strip() for word in KIND_WORDS[kind]}
        more = {plain(word).strip() for play in plays for word in play.triggers if " " in word}
        made[kind] = (tuple(sorted(own)), tuple(sorted(more - own)))
    return made


@lru_cache(maxsize=1)
def _begun() -> dict[str, tuple[str, ...]]:
    """The whole vocabulary by the two letters it begins with."""
    found: dict[str, list[str]] = {}
    for own, more in _vocabulary().values():
        for word in {*own, *more}:
            found.setdefault(f"{word} "[:2], []).append(word)
    return {start: tuple(words) for start, words in found.items()}


def detect(text: str) -> Objection | None:
    """The kind that most of the words speak for; None when none do."""
    said = plain(text)
    best: tuple[int, str, list[str]] = (0, "", [])
    begun = _begun()
    near = {word for start in starts(said) for word in begun.get(start, ())}
    there = set(found_words(near, said))
    if not there:
        return None
    for kind, (own, more) in _vocabulary().items():
        strong, weak = ([word for word in words if word in there] for words in (own, more))
        points = _STRONG * len(strong) + len(weak)
        if points > best[0]:
            best = (points, kind, strong or weak)
    return Objection(best[1], tuple(best[2][:3])) if best[0] >= _STRONG else None


_NEWEST = Rows(
    lambda lead: ThreadEvent.objects.filter(
        Q(kind="reply.received") | Q(kind="reply.classified"), lead=lead
    ).order_by("-occurred_at", "-id")[:6]
)


def newest(lead: Lead) -> Objection | None:
    """The objection in the newest message of theirs, by its class and its words. One query."""
    return read(lead)[1]


def read(lead: Lead) -> tuple[ThreadEvent | None, Objection | None]:
    """The newest message of theirs, and the objection in it, if any. One query."""
    events = _NEWEST.all(lead.pk)
    received = next((one for one in events if one.kind == "reply.received"), None)
    if received is None or received.redacted_at is not None:
        return None, None
    classes = [
        one
        for one in events
        if one.kind == "reply.classified" and one.data.get("event") == received.pk
    ]
    latest = max(classes, key=lambda one: one.pk, default=None)
    return received, of_message(received, latest)


def of_message(received: ThreadEvent, classified: ThreadEvent | None) -> Objection | None:
    """What the class says, made precise by the words. Another class first is no objection; where
    there is none yet, or it says nothing, the words alone count."""
    found = of_words(received.body, classified.data if classified else {})
    return replace(found, event=received) if found else None


def of_words(body: str, data: Mapping[str, Any]) -> Objection | None:
    """The same of a message's text and its class's data."""
    found = detect(body)
    label = str(data.get("disposition") or "")
    kind = str(data.get("kind") or "") if label == CLASSES[0] else ""
    if kind in KINDS:
        words = found.words if found and found.kind == kind else ()
        return Objection(kind, words)
    return found if label in ("", "other", *CLASSES) else None
