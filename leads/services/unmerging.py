"""A merge taken back: two leads again. What changed since stays, and the answer says what."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone

from leads import merged_rows, thread
from leads.models import DuplicatePair, Lead, Merge, RemoteLink, Suppression, ThreadEvent
from leads.services import facts_merged, merging, suppression
from leads.services.import_undo import put_back
from leads.services.merging import ADDED, GONE, KEEPER, SUMMARY, UNDO_FOR, UNITS, MergeError, Unit
from leads.services.suppression_family import SHARED
from salesagent.accounts import audit
from salesagent.accounts.models import User
from salesagent.lib.text import one_line, plural

TALK = ("reply.received", "touch.sent", "call.logged", "note.added", "lead.inquired")


def why_not(row: Merge) -> str:
    """Why this merge cannot be taken back, in words; "" when it can."""
    if row.undone_at is not None:
        return "This merge was taken back already."
    if row.keeper.erased_at or row.gone.erased_at or not row.before:
        return "This person's data were erased."
    if row.at < timezone.now() - UNDO_FOR:
        return f"A merge can be taken back for {UNDO_FOR.days} days. This one is older."
    if row.gone.merged_into_id != row.keeper_id or row.keeper.merged_into_id is not None:
        return f"{row.keeper.name} was merged with another lead since. Take that back first."
    return ""


@transaction.atomic
def undo(row: Merge, user: User) -> list[str]:
    """Make them two again; returns what stayed as it is, in words. Raises MergeError."""
    row = Merge.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if reason := why_not(row):
        raise MergeError(reason)
    locked = {lead.pk: lead for lead in _lock(row)}
    keeper, gone = locked[row.keeper_id], locked[row.gone_id]
    stayed = [*_values_back(row, keeper), *_other_back(row, keeper, gone)]
    merging.write(keeper, gone)
    stayed += [*_rows_back(row), *_since(row)]
    merged_rows.settle((keeper.pk, gone.pk))
    facts_merged.part(keeper, gone, row.before.get("facts", []))
    _may_contact_again(row, (keeper, gone), user)
    data = {"name": one_line(gone.name, 80)}
    for lead in (keeper, gone):
        thread.record(lead=lead, kind="lead.unmerged", actor=user.actor, data=data)
    row.undone_at, row.before = timezone.now(), {**row.before, "stayed": stayed}
    row.save(update_fields=["undone_at", "before"])
    merging.settle_pair(row, DuplicatePair.State.APART, user)
    audit.note(user, "leads.unmerged", f"lead {keeper.pk}", gone=gone.pk)
    merging.count_again([keeper, gone], user)
    return stayed


def _lock(row: Merge) -> list[Lead]:
    ids = (row.keeper_id, row.gone_id)
    return list(Lead.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def _values_back(row: Merge, keeper: Lead) -> Iterator[str]:
    """The keeper's own values, where they are still the ones that the merge wrote."""
    before, after, now = row.before[KEEPER], row.before["after"], merging.values_of(keeper)
    for unit in UNITS:
        if row.choices.get(unit.code) != GONE:
            continue
        if any(now[name] != after[name] for name in unit.fields):
            yield f"{unit.label}: it was changed since the merge."
        else:
            yield from _set(keeper, unit, before)
    for name in SUMMARY:
        if now[name] == after[name]:
            setattr(keeper, name, _read(name, before[name]))
    for name in ADDED:
        if before[name] != after[name]:
            put_back(keeper, name, before[name], after[name])


def _set(lead: Lead, unit: Unit, values: dict[str, Any]) -> Iterator[str]:
    """A company or owner that is gone meanwhile cannot come back."""
    for name in unit.fields:
        field = Lead._meta.get_field(name.removesuffix("_id"))
        model: Any = field.related_model
        value = values[name]
        if model and value and not model._base_manager.filter(pk=value).exists():
            yield f"{unit.label}: what it was before is not there any more."
        else:
            setattr(lead, name, _read(name, value))


def _read(name: str, value: Any) -> Any:
    """A stored value as the field holds it."""
    field: Any = Lead._meta.get_field(name.removesuffix("_id"))
    return field.to_python(value)


def _other_back(row: Merge, keeper: Lead, gone: Lead) -> Iterator[str]:
    """Nobody could change the hidden lead, so all of it comes back as it was."""
    before = row.before[GONE]
    for unit in UNITS:
        for text in _set(gone, unit, before):
            yield f"{gone.name}, {text}"
    for name in (*SUMMARY, *ADDED, "next_step", "next_at", "archived_at"):
        setattr(gone, name, _read(name, before[name]))
    gone.merged_into = None
    taken = Lead.objects.filter(email=gone.email).exclude(pk__in=(keeper.pk, gone.pk))
    if gone.email and (gone.email == keeper.email or taken.exists()):
        yield f"Email of {gone.name}: another lead has {gone.email} now."
        gone.email = None


def _rows_back(row: Merge) -> Iterator[str]:
    for code, ids in row.before.get("moved", {}).items():
        kind = merged_rows.KINDS.get(code)
        if kind is None:
            continue
        back = kind.move(row.keeper_id, row.gone_id, ids)
        if missing := len(ids) - len(back):
            yield f"{plural(missing, kind.one, kind.many)}: removed or moved since."
    folded = Lead.objects.filter(pk__in=row.before.get("folded", []), merged_into=row.keeper_id)
    folded.update(merged_into=row.gone_id)
    links = RemoteLink.objects.filter(pk__in=row.before.get("links", []), lead=row.gone_id)
    links.filter(state=RemoteLink.State.CUT).update(state=RemoteLink.State.LINKED)


def _since(row: Merge) -> Iterator[str]:
    """What happened while they were one."""
    events = ThreadEvent.objects.filter(recorded_at__gt=row.at)
    talk = events.filter(lead=row.keeper_id, kind__in=TALK).count()
    if talk:
        words = plural(talk, "message or note", "messages and notes")
        yield f"{words} since the merge: with {row.keeper.name}."
    if events.filter(lead=row.gone_id, kind="enrollment.stopped").exists():
        yield f"The sequence of {row.gone.name}: it stopped with the merge and stays stopped."
    shared = Suppression.objects.filter(created_at__gt=row.at, source__startswith=SHARED)
    shared = shared.exclude(pk__in=row.before.get("suppressed", []))
    hashes = [key for lead in (row.keeper, row.gone) for key in suppression.lead_hashes(lead)]
    if shared.filter(address_hash__in=hashes).exists():
        yield "Do not contact: it was said since the merge, so it holds for both."


def _may_contact_again(row: Merge, leads: tuple[Lead, ...], user: User) -> None:
    """What stood against one of them only because of the merge goes, as it was not their word."""
    rows = Suppression.objects.filter(
        pk__in=row.before.get("suppressed", []), source__startswith=SHARED
    )
    for one in list(rows):
        one.delete()
        for lead in leads:
            thread.record(
                lead=lead,
                kind="lead.unsuppressed",
                actor=user.actor,
                channel="" if one.channel == "all" else one.channel,
                data={"channel": one.channel, "source": "The merge was taken back"},
            )
