"""Two leads become one: a person chooses field by field, and can take it back for 30 days.

The keeper gets the chosen values and what hangs on the other lead (leads.merged_rows). The other
one is hidden and points to the keeper; its events stay where they are and are shown in the
keeper's thread. Of an address, number or profile that is not chosen the hidden lead keeps hold,
so that mail to or from it finds the keeper.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from leads import merged_rows, search, thread
from leads.models import DuplicatePair, Lead, Merge
from leads.services import facts_merged, profile, scoring, suppression
from salesagent.accounts import audit
from salesagent.accounts.models import User
from salesagent.lib.text import one_line

UNDO_FOR = timedelta(days=30)
KEEPER, GONE = "keeper", "gone"
SWAPPED = ("email", "phone", "linkedin_url")


@dataclass(frozen=True)
class Unit:
    """Fields that are chosen together."""

    code: str
    label: str
    fields: tuple[str, ...]


UNITS = tuple(
    Unit(code, label, fields or (code,))
    for code, label, fields in (
        ("first_name", "First name", ()),
        ("last_name", "Last name", ()),
        ("email", "Email", ()),
        ("phone", "Phone", ()),
        ("linkedin_url", "LinkedIn", ()),
        ("title", "Job title", ()),
        ("company", "Company", ("company_id", "company_name")),
        ("address", "Address", ("street", "postcode", "city", "country")),
        ("time_zone", "Time zone", ()),
        ("language", "Language", ()),
        ("trade", "Trade", ()),
        ("stage", "Stage", ()),
        ("owner", "Owner", ("owner_id",)),
        ("source", "Source", ()),
        ("basis", "Lawful basis", ("lawful_basis", "basis_source", "basis_expires_at")),
        ("follow_up_at", "Follow-up", ()),
    )
)
SIGN = ("last_sign", "last_sign_channel", "last_sign_at")
SUMMARY = ("inquired_at", "replied_at", *SIGN)
ADDED = ("tags", "custom")
HIDDEN = ("archived_at", "merged_into_id", "next_step", "next_at")
ORDER = [stage.value for stage in Lead.Stage if stage != Lead.Stage.LOST]


class MergeError(Exception):
    """Why it cannot be done, in words for the person who tried."""


def differs(unit: Unit, a: Lead, b: Lead) -> bool:
    return any((getattr(a, f) or "") != (getattr(b, f) or "") for f in unit.fields)


def proposal(keeper: Lead, gone: Lead) -> dict[str, str]:
    """Unit -> whose value stands unless somebody chooses: the keeper's, the other's where the
    keeper has none, the later stage, the basis that is recorded."""
    return {unit.code: _better(unit, keeper, gone) for unit in UNITS}


def _better(unit: Unit, keeper: Lead, gone: Lead) -> str:
    if unit.code == "stage":
        before, after = (_place(one.stage) for one in (keeper, gone))
        return GONE if after > before else KEEPER
    empty = not any(getattr(keeper, name) for name in unit.fields)
    return GONE if empty and any(getattr(gone, name) for name in unit.fields) else KEEPER


def _place(stage: str) -> int:
    return ORDER.index(stage) if stage in ORDER else 0


def better_keeper(a: Lead, b: Lead) -> Lead:
    """The one that more happened with; of two equal ones the older."""
    counts = {one.pk: one.events.count() for one in (a, b)}
    return max((a, b), key=lambda one: (counts[one.pk], bool(one.email), -one.pk))


# --- merge ---------------------------------------------------------------------------------------


@transaction.atomic
def merge(keeper: Lead, gone: Lead, choices: Mapping[str, str], user: User) -> Merge:
    """`choices`: unit -> "keeper" or "gone"; what is missing is decided as proposed.

    Raises MergeError when one of them is no longer there to merge.
    """
    keeper, gone = _locked(keeper.pk, gone.pk)
    chosen = proposal(keeper, gone) | {
        unit.code: choices[unit.code] for unit in UNITS if choices.get(unit.code) in (KEEPER, GONE)
    }
    row = Merge(keeper=keeper, gone=gone, choices=chosen, by=user)
    before = {KEEPER: values_of(keeper), GONE: values_of(gone)}
    data = {"name": one_line(gone.name, 80), "into": one_line(keeper.name, 80)}
    thread.record(lead=gone, kind="lead.merged", actor=user.actor, data=data)
    _take(keeper, gone, chosen)
    folded = list(Lead.objects.filter(merged_into=gone).values_list("pk", flat=True))
    Lead.objects.filter(pk__in=folded).update(merged_into=keeper)
    held = facts_merged.current(gone)
    moved = {kind.code: kind.move(gone.pk, keeper.pk) for kind in merged_rows.KINDS.values()}
    write(keeper, gone)
    merged_rows.settle((keeper.pk, gone.pk))
    facts_merged.join(keeper)
    row.before = before | {
        "after": values_of(keeper),
        "facts": held,
        "folded": folded,
        "moved": {code: ids for code, ids in moved.items() if ids},
        "links": list(gone.remote_links.exclude(state="cut").values_list("pk", flat=True)),
        "suppressed": suppression.share(keeper, user.actor),
    }
    row.save()
    settle_pair(row, DuplicatePair.State.MERGED, user)
    audit.note(user, "leads.merged", f"lead {keeper.pk}", gone=gone.pk)
    count_again([keeper], user)
    return row


def _locked(*ids: int) -> tuple[Lead, Lead]:
    rows = Lead.objects.select_for_update().filter(pk__in=ids, erased_at=None).order_by("pk")
    found = {lead.pk: lead for lead in rows}
    if len(set(ids)) != 2 or len(found) != 2:
        raise MergeError("One of these leads is not there any more.")
    for lead in found.values():
        if lead.merged_into_id is not None:
            raise MergeError(f"{lead.name} was merged into another lead before.")
        if lead.archived_at is not None:
            raise MergeError(f"{lead.name} is archived. Bring the lead back first.")
    return found[ids[0]], found[ids[1]]


def values_of(lead: Lead) -> dict[str, Any]:
    """What a merge may change, fit for JSON."""
    names = [name for unit in UNITS for name in unit.fields]
    found = {name: getattr(lead, name) for name in (*names, *SUMMARY, *ADDED, *HIDDEN)}
    return {name: _plain(value) for name, value in found.items()}


def _plain(value: Any) -> Any:
    """A moment or day as text."""
    return value.isoformat() if isinstance(value, date) else value


def _take(keeper: Lead, gone: Lead, chosen: Mapping[str, str]) -> None:
    """The chosen values into the keeper; addresses change places, so that none is lost."""
    for unit in UNITS:
        if chosen[unit.code] != GONE:
            continue
        for name in unit.fields:
            mine, other = getattr(keeper, name), getattr(gone, name)
            setattr(keeper, name, other)
            if name in SWAPPED:
                setattr(gone, name, mine)
    keeper.tags = list(dict.fromkeys([*keeper.tags, *gone.tags]))[:20]
    keeper.custom = {**gone.custom, **keeper.custom}
    for name in ("inquired_at", "replied_at"):
        both = [at for one in (keeper, gone) if (at := getattr(one, name))]
        setattr(keeper, name, max(both, default=None))
    if gone.last_sign_at and (not keeper.last_sign_at or keeper.last_sign_at < gone.last_sign_at):
        for name in SIGN:
            setattr(keeper, name, getattr(gone, name))
    gone.archived_at, gone.merged_into = timezone.now(), keeper
    gone.next_step, gone.next_at = "", None


def write(keeper: Lead, gone: Lead) -> None:
    """An address stands at one lead at a time, so the other one's goes first."""
    Lead.objects.filter(pk__in=(keeper.pk, gone.pk)).update(email=None)
    for lead in (keeper, gone):
        lead.search_text = search.text_for(lead)
        lead.updated_at = timezone.now()
        lead.save()


def settle_pair(row: Merge, state: str, user: User) -> None:
    first, second = sorted((row.keeper_id, row.gone_id))
    values = {"state": state, "settled_by": user, "settled_at": timezone.now()}
    DuplicatePair.objects.update_or_create(
        first_id=first,
        second_id=second,
        defaults=values,
        create_defaults={**values, "score": 0, "reasons": ["Chosen by hand"]},
    )


def count_again(leads: list[Lead], user: User) -> None:
    for lead in leads:
        lead.__dict__.pop("has_merged", None)
        scoring.score_lead(lead, actor=user.actor)
    profile.refresh([lead.pk for lead in leads])


# --- what a merge was, in words ------------------------------------------------------------------


def moved_words(row: Merge) -> list[str]:
    """ "2 tasks", "1 deal"."""
    found = []
    for code, ids in row.before.get("moved", {}).items():
        kind = merged_rows.KINDS.get(code)
        if kind is not None:
            found.append(f"{len(ids)} {kind.one if len(ids) == 1 else kind.many}")
    return found
