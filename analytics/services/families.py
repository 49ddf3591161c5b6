"""From threads to facts: people are read in batches, and only what changed is written."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from datetime import date, tzinfo
from typing import Any

from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from analytics.counts import counting, funnel
from analytics.counts.counting import Facts, Key, Sum
from analytics.counts.story import READ, Event, Member, Place, Story, tell
from analytics.models import LeadFact, LeadPath
from leads.models import Lead, ThreadEvent
from outreach.models import Touch
from salesagent.lib import bulk

NOBODY = -1
PATH = ("keeper", "who", "trade", "source")
DAYS = ("came_on", "contacted_on", "replied_on", "meeting_on", "proposal_on", "won_on", "lost_on")
Dirty = tuple[date, str]  # a metric of a day
FACT = ("lead_id", *Key._fields, "count", "value", "seconds")


def keepers_of(leads: Iterable[int]) -> list[int]:
    """The leads that stand for these."""
    rows = Lead.objects.filter(pk__in=list(leads)).values_list("pk", "merged_into_id")
    return sorted({keeper or pk for pk, keeper in rows})


def count_again(keepers: Sequence[int], zone: tzinfo) -> set[Dirty]:
    """Count these people anew; returns which sums are no longer right.

    Call it inside a transaction that holds the row of StatRun.
    """
    families = _with_former(keepers)
    stories = list(_stories(families, zone))
    paths = {row.lead_id: row for row in LeadPath.objects.filter(lead__in=_ids(families))}
    stored = _Stored(_ids(families))
    dirty: set[Dirty] = set()
    writer = _Writer()
    for story in stories:
        path = funnel.path_of(story)
        found = counting.facts_of(story, path)
        for member in story.members.values():
            mine = found if member is story.keeper else {}
            moved = writer.path(member, path if mine else None, paths.get(member.pk))
            dirty |= writer.facts(member.pk, stored, mine, moved=moved)
    writer.write()
    return dirty


def _with_former(keepers: Sequence[int]) -> dict[int, list[Member]]:
    """Also those who kept one of these when they were counted last: they have it no more."""
    found = _members(keepers)
    while True:
        counted = LeadPath.objects.filter(lead__in=_ids(found), keeper__gt=0)
        former = keepers_of(set(counted.values_list("keeper", flat=True)))
        more = sorted(set(former) - set(found))
        if not more:
            return found
        found |= _members(more)


def _members(keepers: Sequence[int]) -> dict[int, list[Member]]:
    """Each keeper with those merged into it, the keeper first."""
    rows = Lead.objects.filter(Q(pk__in=keepers) | Q(merged_into__in=keepers)).order_by("pk")
    names = ("pk", "merged_into_id", "owner_id", "trade", "source", "created_at")
    found: dict[int, list[Member]] = {}
    for pk, into, owner, trade, source, created in rows.values_list(*names):
        one = Member(pk, owner or NOBODY, trade, source, created, into or 0)
        family = found.setdefault(into or pk, [])
        family.insert(0 if into is None else len(family), one)
    return {pk: family for pk, family in found.items() if family[0].pk == pk}


def _ids(families: dict[int, list[Member]]) -> list[int]:
    return [one.pk for family in families.values() for one in family]


def _stories(families: dict[int, list[Member]], zone: tzinfo) -> Iterator[Story]:
    ids = _ids(families)
    events: dict[int, list[Event]] = defaultdict(list)
    # as an expression, so that SQLite starts from the leads: by kind it reads most of the table
    rows = ThreadEvent.objects.alias(what=Coalesce("kind", Value("")))
    rows = rows.filter(lead__in=ids, what__in=READ).order_by()
    names = ("pk", "lead_id", "kind", "occurred_at", "actor", "channel", "data")
    for row in rows.values_list(*names):
        events[row[1]].append(Event(*row))
    places = _places(ids)
    for family in families.values():
        mine = [event for one in family for event in events.pop(one.pk, ())]
        yield tell(family, mine, places, zone)


def _places(leads: Sequence[int]) -> dict[int, Place]:
    """The step of each touch that belongs to one."""
    rows = Touch.objects.filter(lead__in=leads, step__isnull=False).order_by()
    names = ("pk", "step__sequence_id", "step_key", "variant__label")
    return {
        pk: Place(sequence, key.hex if key else "", label or "")
        for pk, sequence, key, label in rows.values_list(*names)
    }


class _Stored:
    """The facts that are there, with the keys of their rows."""

    def __init__(self, leads: Sequence[int]) -> None:
        self.facts: dict[int, Facts] = defaultdict(dict)
        self.rows: dict[tuple[int, Key], list[int]] = defaultdict(list)
        for row in LeadFact.objects.filter(lead__in=leads).order_by().values_list("pk", *FACT):
            lead, key, amount = row[1], Key(*row[2:10]), Sum(*row[10:])
            double = key in self.facts[lead]  # no key has two rows; if so, both go
            self.facts[lead][key] = Sum(-1) if double else amount
            self.rows[lead, key].append(row[0])


class _Writer:
    """Collects the rows of a batch and writes them in few statements."""

    def __init__(self) -> None:
        self.gone: list[int] = []
        self.new: list[LeadFact] = []
        self.paths: list[LeadPath] = []

    def path(self, member: Member, path: funnel.Path | None, row: LeadPath | None) -> bool:
        """Note how the lead is counted; True when its segments are others than before."""
        counted: dict[str, Any] = {name: getattr(member, name) for name in PATH}
        steps = astuple(path) if path else (None,) * len(DAYS)
        values = counted | dict(zip(DAYS, steps, strict=True))
        if row is not None and all(getattr(row, name) == values[name] for name in values):
            return False
        self.paths.append(LeadPath(lead_id=member.pk, **values))
        return row is not None and (row.trade, row.source) != (member.trade, member.source)

    def facts(self, lead: int, stored: _Stored, new: Facts, *, moved: bool) -> set[Dirty]:
        """Note which rows go and which come; most of a long thread stays as it is."""
        old = stored.facts.get(lead, {})
        keys = {*old, *new}
        changed = [key for key in keys if old.get(key) != new.get(key)]
        for key in changed:
            self.gone += stored.rows.get((lead, key), [])
            if key in new:
                self.new.append(LeadFact(lead_id=lead, **key._asdict(), **vars(new[key])))
        return {(key.day, key.metric) for key in (keys if moved else changed)}

    def write(self) -> None:
        for start in range(0, len(self.gone), bulk.ROWS):
            LeadFact.objects.filter(pk__in=self.gone[start : start + bulk.ROWS]).delete()
        bulk.insert_many(self.new)
        LeadPath.objects.bulk_create(
            self.paths,
            update_conflicts=True,
            unique_fields=["lead"],
            update_fields=[*PATH, *DAYS],
        )
