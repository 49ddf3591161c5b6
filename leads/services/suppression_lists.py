"""Do-not-contact lists of other systems: added in batches, and told to whoever is a lead."""

from dataclasses import dataclass
from itertools import islice

from django.db import transaction
from django.db.models import Q

from leads import family
from leads.intake.address_list import MAX_LINES, cells
from leads.models import Lead, Suppression
from leads.services import suppression_family
from leads.services.suppression import (
    BATCH,
    Normal,
    SuppressionError,
    lead_hashes,
    leads_with,
    mask,
    normalise,
    share,
    tell,
)


@dataclass
class Imported:
    """What came of a list: `bad_lines` holds the first ones without an address."""

    added: int = 0
    known: int = 0
    bad: int = 0
    bad_lines: tuple[str, ...] = ()


def import_list(text: str, *, channel: str, source: str, actor: str) -> Imported:
    """Add the addresses of a list, each batch in a transaction; running it again is harmless.

    Raises SuppressionError when the list is too long or holds no address at all.
    """
    lines = list(islice(cells(text), MAX_LINES + 1))
    if len(lines) > MAX_LINES:
        raise SuppressionError(f"At most {MAX_LINES:,} lines at once. Cut the list in two.")
    result, batch = Imported(), {}
    for number, line in enumerate(lines):
        normal = _address_of(line)
        if normal is None:
            result.bad += number > 0  # the first one may be a heading
            result.bad_lines = (*result.bad_lines, " ".join(line)[:80])[:10] if number else ()
            continue
        batch[normal.hash] = normal
        if len(batch) >= BATCH:
            _import_batch(batch, channel, source, actor, result)
            batch = {}
    if batch:
        _import_batch(batch, channel, source, actor, result)
    if not result.added + result.known:
        raise SuppressionError("There is no address in this list.")
    return result


def _address_of(line: list[str]) -> Normal | None:
    """The one of a line's cells that is meant: an e-mail address before a number or a domain."""
    found = [normal for cell in line if (normal := normalise(cell))]
    if len(line) > 1:  # beside other columns a word with a dot is not a domain
        found = [one for one in found if one.kind != "domain"]
    found.sort(key=lambda one: ("address", "profile", "phone", "domain").index(one.kind))
    return found[0] if found else None


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
    Suppression.objects.bulk_create(
        [
            Suppression(
                address_hash=key,
                channel=channel,
                kind=normal.kind,
                masked=mask(normal.text),
                reason=reason,
                source=source[:120],
            )
            for key, normal in fresh.items()
        ],
        ignore_conflicts=True,
    )
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
