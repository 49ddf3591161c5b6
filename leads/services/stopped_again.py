"""Whoever said stop after the backup was made is not written to after it is restored (lib.since).

The rows of the present database and the lines of the file beside it. Who was taken off the list
since is on it again: that is put right by hand, and the other way round it would be too late.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from leads import family
from leads.models import Lead, Suppression
from leads.services import stop_file, suppression
from leads.services.suppression_family import says_more
from salesagent.lib.text import plural

COLUMNS = ("address_hash", "channel", "kind", "masked", "reason", "source", "created_at")
ACTOR = "restore"
SOURCE = "Said after the backup was made"
BATCH = suppression.BATCH
OTHER_KEY = (
    "{} of this installation could not be carried over: its HASH_KEY is another one than that of "
    "the backup, so nobody can be told from them. Put them on the do-not-contact list again by hand"
)
Key = tuple[str, str]


def present(database: bool) -> Iterator[dict[str, Any]]:
    """What is known here about who must not be written to; the database says more than the file."""
    for line in stop_file.standing():
        yield {
            "key": line.key, "address_hash": line.hash, "channel": line.channel,
            "kind": line.kind, "reason": line.reason, "created_at": line.at.isoformat(),
        }  # fmt: skip
    if database:
        key = stop_file.key()
        for row in Suppression.objects.order_by("pk").values(*COLUMNS).iterator(chunk_size=2000):
            yield {**row, "key": key, "created_at": row["created_at"].isoformat()}


def again(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    key = stop_file.key()
    wanted = {(row["address_hash"], row["channel"]): row for row in rows if row["key"] == key}
    strange = {(row["address_hash"], row["channel"]) for row in rows if row["key"] != key}
    changed: dict[Key, Suppression] = {}
    left = iter(wanted.items())
    while batch := dict(islice(left, BATCH)):
        changed |= _put(batch)
    stop_file.note(changed.values())
    if changed:
        _tell(changed)
    lines = []
    if changed:
        lines.append(f"{plural(len(changed), 'stop')} made since the backup: in force again")
    if strange - changed.keys():
        lines.append(OTHER_KEY.format(plural(len(strange - changed.keys()), "stop")))
    return lines


def _put(batch: Mapping[Key, Mapping[str, Any]]) -> dict[Key, Suppression]:
    """Rows that were missing, and those that say more now than they did then."""
    known = {
        (row.address_hash, row.channel): row
        for row in Suppression.objects.filter(address_hash__in=[one for one, _ in batch])
    }
    made = Suppression.objects.bulk_create(_row(row) for k, row in batch.items() if k not in known)
    for row in made:
        row.created_at = datetime.fromisoformat(batch[row.address_hash, row.channel]["created_at"])
    Suppression.objects.bulk_update(made, ["created_at"])
    changed = {(row.address_hash, row.channel): row for row in made}
    for which, row in known.items():
        said = batch.get(which)
        if said and row.reason != said["reason"] and says_more(row, said["reason"]):
            row.reason, row.source = said["reason"], said.get("source") or SOURCE
            Suppression.objects.filter(pk=row.pk).update(reason=row.reason, source=row.source)
            changed[which] = row
    return changed


def _row(said: Mapping[str, Any]) -> Suppression:
    return Suppression(
        address_hash=said["address_hash"],
        channel=said["channel"],
        kind=said["kind"],
        masked=said.get("masked", ""),
        reason=said["reason"],
        source=said.get("source") or SOURCE,
    )


def _tell(changed: Mapping[Key, Suppression]) -> None:
    """The threads of those who are leads here, and their other addresses after a merge."""
    by_hash: dict[str, list[Suppression]] = {}
    for row in changed.values():
        by_hash.setdefault(row.address_hash, []).append(row)
    told = []
    for lead in Lead.objects.filter(erased_at=None).order_by("pk").iterator(chunk_size=500):
        rows = [row for one in suppression.lead_hashes(lead) for row in by_hash.get(one, ())]
        for row in rows:
            suppression.tell(lead, row, row.reason, row.source, ACTOR, anew=True)
        if rows:
            told.append(lead)
    for lead in family.with_others(told):
        suppression.share(lead, ACTOR)
