"""What followed after similar moments: told only with its counts, and from eight cases on.

A moment is what a lead had said last, or silence after three mails; what we did next is an action;
it led on when they wrote something kind, agreed to meet or opened a deal within 14 days. Counted
over a year of the workspace's threads and kept for some hours.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from leads.models import ThreadEvent
from leads.services.profile_facts import LOOK_BACK, OURS, POSITIVE, Facts

LEAST = 8
WITHIN = timedelta(days=14)
MOST = 20_000  # newest events that are read
KEEP = 6 * 3600  # seconds
KEY = "step-history"
SILENT = "silent"
SILENT_MAILS = 3
KINDS = (*OURS, "reply.classified", "deal.opened", "deal.won")
Key = tuple[str, str, str]  # action, moment, trade or ""
Row = tuple[int, str, datetime, str, Any, Any, str]
WORDS = {
    "call": "a call",
    "message": "an answer",
    "deal": "a proposal",
    "other": "a change of channel",
}


@dataclass(frozen=True)
class Similar:
    cases: int
    led: int
    action: str
    same_trade: bool

    @property
    def words(self) -> str:
        who = "similar leads of the trade" if self.same_trade else "similar leads"
        after = WORDS.get(self.action, "it")
        return f"Of {self.cases} {who}, {self.led} moved on within two weeks after {after}."


@dataclass
class History:
    cases: Counter[Key] = field(default_factory=Counter)
    led: Counter[Key] = field(default_factory=Counter)

    def about(self, action: str, moment: str, trade: str) -> Similar | None:
        """Of the same trade when there are enough cases, else of all; None below eight."""
        for key in ((action, moment, trade), (action, moment, "")):
            if action and moment and self.cases[key] >= LEAST:
                return Similar(self.cases[key], self.led[key], action, bool(key[2]))
        return None


def state_of(facts: Facts) -> str:
    """The moment a lead is in."""
    mails = [one for one in facts.unanswered if one.channel == "email"]
    if len(mails) >= SILENT_MAILS:
        return SILENT
    labels = [one.label for one in facts.answers if one.label]
    return labels[-1] if labels else ""


def load(now: datetime | None = None) -> History:
    """The counts, from the cache when they are there; one query else."""
    found = cache.get(KEY)
    if isinstance(found, History):
        return found
    made = count(_rows(now or timezone.now()))
    cache.set(KEY, made, KEEP)
    return made


def _rows(now: datetime) -> Iterable[Row]:
    """The newest events by lead, in order of time."""
    rows = ThreadEvent.objects.filter(
        kind__in=KINDS, occurred_at__gte=now - LOOK_BACK, redacted_at=None
    )
    columns = ("lead_id", "kind", "occurred_at", "channel", "data__disposition", "data__outcome")
    found = rows.order_by("-occurred_at").values_list(*columns, "lead__trade")[:MOST]
    return sorted(found.iterator(), key=itemgetter(0, 2))


def count(rows: Iterable[Row]) -> History:
    made = History()
    for _lead, events in groupby(rows, key=itemgetter(0)):
        for key, led in set(_moments(list(events))):
            for one in {key, (key[0], key[1], "")}:
                made.cases[one] += 1
                made.led[one] += led
    return made


def _moments(events: list[Row]) -> Iterator[tuple[Key, bool]]:
    """(action, moment, trade) and whether it led on, for each first action after a moment."""
    moment, mails = "", 0
    for place, event in enumerate(events):
        _lead, kind, at, channel, label, _outcome, trade = event
        if kind == "reply.classified":
            moment, mails = str(label or ""), 0
            continue
        action = _action(kind, channel, moment)
        if action and moment:
            yield (action, moment, trade.casefold()), _led(events[place + 1 :], at)
            moment = ""
        mails = mails + 1 if kind == "touch.sent" and channel == "email" else 0
        if mails == SILENT_MAILS:
            moment = SILENT


def _action(kind: str, channel: str, moment: str) -> str:
    if kind == "deal.opened":
        return "deal"
    if moment == SILENT:
        return "" if kind not in OURS or channel == "email" else "other"
    if kind == "call.logged":
        return "call"
    return "message" if kind in OURS else ""


def _led(after: Iterable[Row], at: datetime) -> bool:
    return any(
        _good(kind, label, outcome)
        for _lead, kind, then, _channel, label, outcome, _trade in after
        if then - at <= WITHIN
    )


def _good(kind: str, label: object, outcome: object) -> bool:
    if kind == "reply.classified":
        return label in POSITIVE
    return kind in ("deal.opened", "deal.won") or (kind == "call.logged" and outcome == "meeting")
