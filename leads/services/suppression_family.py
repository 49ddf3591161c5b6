"""After a merge: what stands against one address of a person stands against all of them."""

from collections.abc import Callable, Iterable
from typing import Protocol

from leads.models import Suppression

SHARED = "Same person as"


class Address(Protocol):
    """leads.services.suppression.Normal."""

    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def hash(self) -> str: ...


def spread(addresses: Iterable[Address], mask: Callable[[str], str]) -> list[Suppression]:
    """Rows that were missing, made. A bounce says nothing about another address; a company's
    domain counts for the person, but is not itself put on the list."""
    by_hash = {one.hash: one for one in addresses}
    rows = list(Suppression.objects.filter(address_hash__in=by_hash))
    known = {(row.address_hash, row.channel) for row in rows}
    made = []
    for row in rows:
        if row.reason == Suppression.Reason.HARD_BOUNCE:
            continue
        for key, one in by_hash.items():
            if one.kind != "domain" and (key, row.channel) not in known:
                known.add((key, row.channel))
                made.append(_row(one, row, mask))
    return made


def _row(one: Address, like: Suppression, mask: Callable[[str], str]) -> Suppression:
    row, _new = Suppression.objects.get_or_create(
        address_hash=one.hash,
        channel=like.channel,
        defaults={
            "kind": one.kind,
            "masked": mask(one.text),
            "reason": like.reason,
            "source": f"{SHARED} {like.masked}"[:120],
        },
    )
    return row
