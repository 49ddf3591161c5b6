"""Which row of ours is which record there: the one place that writes RemoteLink.

A link is found by the other side's id. Records that were merged there take their links along;
leads that were merged here too.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from leads.crm.base import Kind, Record
from leads.models import DuplicatePair, Lead, RemoteLink, SyncChange, SyncConflict
from leads.services.crm_accounts import Terms
from leads.services.crm_values import Row
from salesagent.lib import bulk
from salesagent.lib.text import one_line

State = RemoteLink.State
ROW = {"contact": "lead", "company": "company", "deal": "deal"}
COMPANY = "~company"  # in a contact's base: the company there that we told or were told
ERASED = "~erased"  # in the base of somebody who was erased there too
INTO = "~into"  # in the base of a cut link: the record there that it was merged into
MAX_ID = 64
KNOWN = ("base", "remote_at", "pushed_hash", "error", "error_at", "state", "remote_id")
SAVED = [*KNOWN, "synced_at"]
NAMED = ("provider", "account", "kind", "remote_id")


def row_name(kind: str) -> str:
    return ROW.get(kind, "event")


def row_of(link: RemoteLink) -> Row | None:
    found: Row | None = getattr(link, row_name(link.kind))
    return found


def of(terms: Terms, kind: str) -> QuerySet[RemoteLink]:
    return RemoteLink.objects.filter(provider=terms.provider, account=terms.account, kind=kind)


def live(terms: Terms, kind: str) -> QuerySet[RemoteLink]:
    return of(terms, kind).filter(state=State.LINKED)


def by_remote(terms: Terms, kind: Kind, ids: Iterable[str]) -> dict[str, RemoteLink]:
    """In any state."""
    name = row_name(kind)
    rows = of(terms, kind).filter(remote_id__in=list(ids)).select_related(name)
    return {link.remote_id: link for link in rows}


def by_row(terms: Terms, kind: Kind, ids: Iterable[int]) -> dict[int, RemoteLink]:
    """Those that are not cut, by the id of our row."""
    name = row_name(kind)
    rows = of(terms, kind).exclude(state=State.CUT).filter(**{f"{name}__in": list(ids)})
    return {getattr(link, f"{name}_id"): link for link in rows}


def remote_ids(terms: Terms, kind: Kind, ids: Iterable[int | None]) -> dict[int, str]:
    """Our row's id -> their id, for records that are there."""
    name = row_name(kind)
    wanted = [pk for pk in ids if pk]
    rows = live(terms, kind).filter(**{f"{name}__in": wanted})
    return dict(rows.values_list(f"{name}_id", "remote_id"))


def unlinked(terms: Terms, kind: Kind, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Rows that were never in both; those deleted there or cut are not pushed again."""
    return rows.exclude(pk__in=of(terms, kind).values(f"{row_name(kind)}_id"))


def new(terms: Terms, kind: Kind, remote_id: str, row: Row) -> RemoteLink:
    """Not saved."""
    return RemoteLink(
        provider=terms.provider,
        account=terms.account,
        kind=kind,
        remote_id=remote_id[:MAX_ID],
        **{row_name(kind): row},
    )


def save(links: Sequence[RemoteLink]) -> None:
    """Insert the new ones, update the others."""
    now = timezone.now()
    for link in links:
        link.synced_at = now
    fresh = [link for link in links if link.pk is None]
    for link in fresh:
        link.created_at = now
    bulk.insert_many(fresh)
    made = set(map(id, fresh))
    for link in links:  # one by one: a third of the time of bulk_update's CASE for each column
        if id(link) not in made:
            link.save(update_fields=SAVED)


def digest(values: Mapping[str, Any]) -> str:
    """What a set of values is recognised by."""
    told = {code: value for code, value in values.items() if value is not None}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def is_echo(link: RemoteLink, record: Record, values: Mapping[str, str | None]) -> bool:
    """Nothing new: what we know already, what we wrote ourselves, or an older state of it."""
    at = record.modified_at
    if link.pushed_hash and link.pushed_hash == digest(values):
        return True
    return bool(at and link.remote_at and at < link.remote_at)


def is_answer(link: RemoteLink, record: Record) -> bool:
    """The state right after our own write: what differs is how they spell our values."""
    return bool(link.pushed_hash and record.modified_at and record.modified_at == link.remote_at)


def fail(links: Sequence[RemoteLink], why: Mapping[int, str], at: datetime) -> None:
    for link in links:
        link.error, link.error_at = one_line(why[link.pk], 300), at
        link.save(update_fields=["error", "error_at"])


def follow_merges(terms: Terms, kind: Kind, records: Sequence[Record]) -> list[RemoteLink]:
    """Links of records that were merged into one of `records` go along; returns those cut.

    Where two rows of ours stood for what is one record there now, the keeper's link stays, the
    other one is cut, and two leads become a pair to look at.
    """
    named = {record.id: set(record.merged) for record in records}
    into = {
        gone: record.id
        for record in records
        for gone in record.merged
        if gone != record.id and record.id not in named.get(gone, ())  # each into the other: none
        if len(record.id) <= MAX_ID
    }
    if not into:
        return []
    known = by_remote(terms, kind, [*into, *into.values()])
    cut = []
    for gone, keeper in into.items():
        link = known.get(gone)
        if link is None:
            continue
        if link.state == State.CUT:
            link.base = {**link.base, INTO: keeper}
        elif keeper not in known:
            link.remote_id, link.state, link.remote_at = keeper, State.LINKED, None
            link.pushed_hash = ""
            known[keeper] = link
        else:
            _cut_merged(link, known[keeper], terms.label)
            cut.append(link)
        link.save(update_fields=["remote_id", "state", "remote_at", "pushed_hash", "base"])
    return cut


def _cut_merged(link: RemoteLink, keeper: RemoteLink, label: str) -> None:
    """The keeper's link stays; one that was cut before goes on with what the other one had."""
    before, name = link.base, row_name(link.kind)
    link.state, link.base = State.CUT, {**before, INTO: keeper.remote_id}
    _pair(keeper, link, label)
    if keeper.state != State.CUT:
        return
    link.save(update_fields=["state", "base"])  # a row of ours has one link that is not cut
    setattr(keeper, name, row_of(link))
    keeper.state, keeper.base, keeper.remote_at, keeper.pushed_hash = State.LINKED, before, None, ""
    keeper.save(update_fields=[name, "state", "base", "remote_at", "pushed_hash"])


def _pair(keeper: RemoteLink, gone: RemoteLink, label: str) -> None:
    first, second = sorted([keeper.lead_id or 0, gone.lead_id or 0])
    if not first or first == second:
        return
    DuplicatePair.objects.get_or_create(
        first_id=first,
        second_id=second,
        defaults={"score": 95, "reasons": [f"Merged into one in {label}"]},
    )


def follow_our_merges(terms: Terms, ids: Sequence[str] | None = None) -> int:
    """Links of leads that were merged here go to the keeper, or end where it has one. `ids`: of
    these records only."""
    moved = 0
    gone = of(terms, "contact").exclude(state=State.CUT).filter(lead__merged_into__isnull=False)
    gone = gone if ids is None else gone.filter(remote_id__in=ids)
    for link in gone.select_related("lead").order_by("pk"):
        keeper = _keeper(link.lead)
        if keeper is None or by_row(terms, "contact", [keeper.pk]):
            RemoteLink.objects.filter(pk=link.pk).update(state=State.CUT)
        else:
            RemoteLink.objects.filter(pk=link.pk).update(lead=keeper)
        moved += 1
    return moved


def _keeper(lead: Lead | None) -> Lead | None:
    for _ in range(20):  # a chain, never a ring
        if lead is None or lead.merged_into_id is None:
            return lead
        lead = Lead.objects.filter(pk=lead.merged_into_id).first()
    return None


def forget(lead_id: int) -> None:
    """A person is erased: values and names go; the ids stay, so that they are erased there too."""
    mine = Q(lead=lead_id) | Q(deal__lead=lead_id)
    RemoteLink.objects.filter(mine).update(base={}, error="", pushed_hash="")
    SyncConflict.objects.filter(Q(link__lead=lead_id) | Q(link__deal__lead=lead_id)).delete()
    SyncChange.objects.filter(mine | Q(event__lead=lead_id)).update(
        changes={}, label="Erased", reason=""
    )


def export(lead_id: int) -> dict[str, object]:
    rows = RemoteLink.objects.filter(lead=lead_id).order_by("pk")
    return {"other_systems": list(rows.values(*NAMED, "state", "synced_at"))}
