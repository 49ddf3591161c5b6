"""Do-not-contact lists of other systems: added in batches, and told to whoever is a lead."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import transaction
from django.db.models import Q

from leads import family
from leads.intake.address_list import MAX_LINES, Line, lines
from leads.models import Lead, Suppression
from leads.services import stop_file, suppression_family
from leads.services.suppression import (
    BATCH,
    Normal,
    SuppressionError,
    lead_hashes,
    leads_with,
    mask,
    share,
    tell,
)
from leads.services.suppression_lines import Heading, addresses
from salesagent.accounts.models import Workspace


@dataclass
class Imported:
    """What came of a list. `taken`: lines that held an address, of `lines`; a heading is none.

    `bad_lines` holds the first ones without an address.
    """

    added: int = 0
    known: int = 0
    lines: int = 0
    taken: int = 0
    bad_lines: tuple[str, ...] = ()

    @property
    def bad(self) -> int:
        return self.lines - self.taken


def import_list(text: str, *, channel: str, source: str, actor: str) -> Imported:
    """Add the addresses of a list, each batch in a transaction; running it again is harmless.

    Raises SuppressionError when the list is too long or holds no address at all.
    """
    found = list(islice(lines(text), MAX_LINES + 1))
    if len(found) > MAX_LINES:
        raise SuppressionError(f"At most {MAX_LINES:,} lines at once. Cut the list in two.")
    result = Imported()
    stream = _each(found, result)
    while batch := list(islice(stream, BATCH)):
        _import_batch({one.hash: one for one in batch}, channel, source, actor, result)
    if not result.taken:
        raise SuppressionError("There is no address in this list.")
    return result


def _each(found: Iterable[Line], result: Imported) -> Iterator[Normal]:
    """Every address once, while the lines are counted."""
    heading, country, seen = Heading(), Workspace.current().country, set[str]()
    for number, line in enumerate(found):
        normals = addresses(line, heading, country)
        if not normals and not number:
            heading = Heading(line)  # or some other first words
            continue
        result.lines += 1
        result.taken += bool(normals)
        if not normals:
            result.bad_lines = (*result.bad_lines, line.text[:80])[:10]
        for one in normals:
            if one.hash not in seen:
                seen.add(one.hash)
                yield one


@transaction.atomic
def _import_batch(
    batch: dict[str, Normal], channel: str, source: str, actor: str, result: Imported
) -> None:
    reason = Suppression.Reason.IMPORTED
    known = Suppression.objects.filter(address_hash__in=batch, channel=channel)
    words = {row.address_hash: row for row in known}
    fresh = {key: normal for key, normal in batch.items() if key not in words}
    more = [row for row in words.values() if suppression_family.says_more(row, reason)]
    known.filter(pk__in=[row.pk for row in more]).update(reason=reason, source=source[:120])
    made = [
        Suppression(
            address_hash=key,
            channel=channel,
            kind=normal.kind,
            masked=mask(normal.text),
            reason=reason,
            source=source[:120],
        )
        for key, normal in fresh.items()
    ]
    Suppression.objects.bulk_create(made, ignore_conflicts=True)
    for row in more:
        row.reason = reason
    stop_file.note([*made, *more])
    result.added += len(fresh)
    result.known += len(words)
    taken = {row.address_hash for row in more}
    told = {key: one for key, one in batch.items() if key in fresh or key in taken}
    _tell_many(told, taken, channel, source, actor)


def _tell_many(
    told: dict[str, Normal], taken: set[str], channel: str, source: str, actor: str
) -> None:
    """The few of a batch who are leads: found by three queries, told one by one."""
    rows = {
        row.address_hash: row
        for row in Suppression.objects.filter(address_hash__in=told)
        if row.channel == channel
    }
    by_kind: dict[str, list[str]] = {}
    for normal in told.values():
        by_kind.setdefault(normal.kind, []).append(normal.text)
    where = Q(email__in=by_kind.get("address", [])) | Q(phone__in=by_kind.get("phone", []))
    found = list(Lead.objects.filter(where, erased_at=None))
    for kind in ("domain", "profile"):
        for text in by_kind.get(kind, []):
            found += leads_with(Normal(kind, text))
    for lead in found:
        for key in lead_hashes(lead):
            if key in rows:
                tell(lead, rows[key], "imported", source, actor, anew=key in taken)
    for lead in family.with_others(found):
        share(lead, actor)
