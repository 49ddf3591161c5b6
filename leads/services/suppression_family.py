"""After a merge: what stands against one address of a person stands against all of them."""

from collections.abc import Callable, Iterable
from typing import Protocol

from leads.models import Suppression
from leads.services import stop_file

SHARED = "Same person as"
FINAL = (Suppression.Reason.COMPLAINT, Suppression.Reason.ERASED)
BOUNCE = Suppression.Reason.HARD_BOUNCE  # says something of an address, nothing of a person


class Address(Protocol):
    """leads.services.suppression.Normal."""

    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def hash(self) -> str: ...


def says_more(row: Suppression, reason: str) -> bool:
    """Whether this word takes the place of the row's: a bounce never does, a person's does over a
    bounce and over what stands there only because of a merge, a complaint or an erasure over all.
    """
    if reason == BOUNCE or row.reason in FINAL:
        return False
    return reason in FINAL or row.reason == BOUNCE or row.source.startswith(SHARED)


def spread(addresses: Iterable[Address], mask: Callable[[str], str]) -> list[Suppression]:
    """Rows that were missing, made; a row that only told of a bounce says more from now on. A
    bounce says nothing about another address; a company's domain counts for the person, but is
    not itself put on the list."""
    by_hash = {one.hash: one for one in addresses}
    rows = list(Suppression.objects.filter(address_hash__in=by_hash))
    words = [row for row in rows if row.reason != BOUNCE]
    known = {(row.address_hash, row.channel) for row in words}
    made = []
    for row in words:
        for key, one in by_hash.items():
            if one.kind != "domain" and (key, row.channel) not in known:
                known.add((key, row.channel))
                made += _row(one, row, mask)
    return made


def _row(one: Address, like: Suppression, mask: Callable[[str], str]) -> list[Suppression]:
    """The row when it is new; one of a bounce stays after the merge is taken back."""
    source = f"{SHARED} {like.masked}"[:120]
    row, new = Suppression.objects.get_or_create(
        address_hash=one.hash,
        channel=like.channel,
        defaults={
            "kind": one.kind,
            "masked": mask(one.text),
            "reason": like.reason,
            "source": source,
        },
    )
    if not new:
        bounced = Suppression.objects.filter(pk=row.pk, reason=BOUNCE)
        if bounced.update(reason=like.reason, source=f"Also {like.masked}"[:120]):
            row.reason = like.reason
            stop_file.note([row])
    return [row] if new else []
