"""Who brought the values of a lead that a text prints: a person here, the lead, or nobody we know.

A value is somebody's when a person here typed or imported it, took it over from another system in a
run they started, or when the lead wrote it to us. What came by a program, by a sync or a sheet that
reads by itself or by a look-up is nobody's until a person writes another value. A merge carries
that along, an undo brings it back, and a name that was read off the company is as good as the
company's own.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from leads.models import Lead, Merge, SyncRun, ThreadEvent
from leads.services.merging import GONE, UNITS
from salesagent.lib import hands

PRINTED = frozenset(
    {"first_name", "last_name", "title", "company_name", "city", "country", "trade", "pain"}
)
# a statement may rest on these too, or the mail prints them below its text
TOLD = PRINTED | {"tags", "custom", "source", "basis_source"}
TAGS = {"tag_added": "tags"}
INQUIRED = "lead.inquired"
LEAD = "lead"  # the actor
CREATED = ("lead.created", "lead.imported", "lead.pulled", INQUIRED)
CHANGED, MERGED, UNMERGED = "lead.changed", "lead.merged", "lead.unmerged"
KINDS = (*CREATED, CHANGED, MERGED, UNMERGED)
COLLEAGUES = 20
Row = tuple[int, str, str, dict[str, Any]]  # lead, kind, actor, data


@dataclass
class _Told:
    """What the thread of one lead says so far."""

    open: set[str] = field(default_factory=set)  # nobody stands for the value
    ever: set[str] = field(default_factory=set)  # nobody did at some time: an undo brings it back
    copied: bool = False  # the company's name was read off the company
    before: dict[int, set[str]] = field(default_factory=dict)  # gone lead -> `open` before a merge

    def add(self, columns: Iterable[str]) -> None:
        self.open |= set(columns)
        self.ever |= set(columns)


def family(lead: Lead) -> list[int]:
    """The lead, those merged into it, and those that were."""
    merges = Merge.objects.filter(Q(keeper=lead.pk) | Q(keeper__merged_into=lead.pk))
    folded = Lead.objects.filter(merged_into=lead.pk).values_list("pk", flat=True)
    return list(dict.fromkeys([lead.pk, *folded, *merges.values_list("gone_id", flat=True)]))


def of_program(lead: Lead) -> set[str]:
    """Those that a program brought. One query where none ever touched the lead or its company."""
    if not lead.pk:
        return set()
    marked = Q(data__has_key=hands.MARK) | Q(data__has_key=hands.COPIED)
    marked |= Q(data__has_key=hands.UNSEEN)
    gone = Merge.objects.filter(keeper=lead.pk).values("gone")
    family = Q(lead=lead.pk) | Q(lead__merged_into=lead.pk) | Q(lead__in=gone)
    if not ThreadEvent.objects.filter(family, marked, kind__in=KINDS).exists():
        return set()
    return unanswered(lead, strict=False)


def unanswered(lead: Lead, *, strict: bool = True, own: bool = True) -> set[str]:
    """The printed columns whose value nobody stands for, "pain" among them.

    Not `strict`: what a sync, a sheet or a look-up brought by itself counts as seen. Not `own`:
    what they wrote of themselves does not, since anybody can write into a form.
    """
    found = _read(lead, strict, own)
    if found.copied and not _known_to_colleagues(lead, strict):
        found.open.add("company_name")
    return found.open


def _read(lead: Lead, strict: bool, own: bool) -> _Told:
    ids = family(lead)
    rows = ThreadEvent.objects.filter(lead__in=ids, kind__in=KINDS).order_by("id")
    merges = _merges(ids) if len(ids) > 1 else {}
    told = _walk(list(rows.values_list("lead_id", "kind", "actor", "data")), merges, strict, own)
    return told[lead.pk]


def _merges(ids: list[int]) -> dict[int, list[tuple[int, frozenset[str]]]]:
    """gone lead -> (keeper, columns that the keeper took) for each time it was merged."""
    found: dict[int, list[tuple[int, frozenset[str]]]] = defaultdict(list)
    rows = Merge.objects.filter(gone__in=ids).order_by("id")
    for keeper, gone, choices in rows.values_list("keeper_id", "gone_id", "choices"):
        taken = {
            name for unit in UNITS if choices.get(unit.code, GONE) == GONE for name in unit.fields
        }
        found[gone].append((keeper, frozenset(taken | {"pain"})))
    return found


def _walk(
    rows: list[Row],
    merges: dict[int, list[tuple[int, frozenset[str]]]],
    strict: bool,
    own: bool = True,
) -> defaultdict[int, _Told]:
    told: defaultdict[int, _Told] = defaultdict(_Told)
    looked = _looked_at(rows) if strict else _of_course
    times: dict[int, int] = defaultdict(int)
    for lead, kind, actor, data in rows:
        if kind == MERGED:
            for keeper, taken in merges.get(lead, [])[times[lead] : times[lead] + 1]:
                _join(told[keeper], told[lead], lead, taken)
            times[lead] += 1
        elif kind == UNMERGED:
            told[lead].add(set().union(*told[lead].before.values()))
        elif kind == CHANGED:
            _changed(told[lead], actor if own or actor != LEAD else "", data, looked)
        else:
            if kind == INQUIRED and not own and lead not in told:
                told[lead].add(TOLD)
            _came(told[lead], kind, actor, data, looked)
    return told


def _join(keeper: _Told, gone: _Told, pk: int, taken: frozenset[str]) -> None:
    keeper.before[pk] = set(keeper.open)
    named = taken - {"pain"}  # of pains both keep theirs
    keeper.open -= named
    keeper.add(gone.open & taken)
    keeper.ever |= gone.ever & taken
    keeper.copied |= gone.copied and "company_name" in taken


def _came(
    told: _Told, kind: str, actor: str, data: dict[str, Any], looked: Callable[[Any], bool]
) -> None:
    told.copied |= bool(data.get(hands.COPIED))
    told.add(data.get(hands.UNSEEN) or ())
    if kind == INQUIRED:  # their own words; what stood there before is not written over
        return
    person = actor.startswith("user:") and not data.get(hands.ALONE)
    if not data.get(hands.MARK) and (person or looked(data)):
        told.open = set(data.get(hands.UNSEEN) or ())
    else:
        told.add(TOLD)


def _changed(told: _Told, actor: str, data: dict[str, Any], looked: Callable[[Any], bool]) -> None:
    changes = data.get("changes")
    names = [str(name) for name in changes] if isinstance(changes, dict) else []
    named = {TAGS.get(name, name) for name in names} & TOLD
    if data.get(hands.MARK) or data.get(hands.ALONE) and not looked(data):
        told.add(named)
    elif actor == LEAD:
        told.open -= named
    elif actor.startswith("user:"):
        if "tag_added" in names:  # one's own beside those of a program
            named.discard("tags")
        back = named & told.ever if _undone(data) else set()
        told.open -= named - back
        told.open |= back
    elif looked(data):
        told.open -= named
    else:
        told.add(named - {"country"})  # a name of a country says nothing else
    told.add(named & set(data.get(hands.UNSEEN) or ()))
    if "company_name" in named:
        told.copied = False


def _undone(data: dict[str, Any]) -> bool:
    """An import or a sync was taken back: who did it saw no value."""
    return bool(data.get("why") or data.get("run"))


def _of_course(_data: dict[str, Any]) -> bool:
    return True


def _looked_at(rows: list[Row]) -> Callable[[Any], bool]:
    """Whether a person started the sync that brought this. No query where none did."""
    runs = {data["run"] for *_rest, data in rows if isinstance(data.get("run"), int)}
    asked = SyncRun.objects.filter(pk__in=runs, user__isnull=False) if runs else None
    known = set(asked.values_list("pk", flat=True)) if asked is not None else set()
    return lambda data: data.get("run") in known and not data.get(hands.ALONE)


def _known_to_colleagues(lead: Lead, strict: bool) -> bool:
    """Somebody stands for this very name of the company at another lead there."""
    if lead.company_id is None:
        return False
    others = Lead.objects.filter(company=lead.company_id, company_name=lead.company_name)
    ids = list(others.exclude(pk=lead.pk).order_by("pk").values_list("pk", flat=True)[:COLLEAGUES])
    rows = ThreadEvent.objects.filter(lead__in=ids, kind__in=KINDS).order_by("id")
    told = _walk(list(rows.values_list("lead_id", "kind", "actor", "data")), {}, strict)
    return any("company_name" not in one.open and not one.copied for one in told.values())
