"""What stands against a person stays with the person when an address of theirs becomes another."""

from collections.abc import Mapping, Sequence

from leads.models import Lead, Suppression, ThreadEvent
from leads.services import suppression
from leads.services.suppression import Normal
from leads.services.suppression_family import BOUNCE

FIELDS = {"address": "email", "phone": "phone", "profile": "linkedin_url"}
WAS = "Before: {}"


def carry(lead: Lead, before: Mapping[str, object], actor: str) -> int:
    """In the transaction that wrote the lead; `before`: the old values of what was changed.

    A stop goes from an address that is left to the one that takes its place, else to another one
    that the lead has. Not a bounce, and not what is said of a whole domain. Returns how many.
    """
    if not before.keys() & set(FIELDS.values()):
        return 0
    old = {name: before.get(name, getattr(lead, name)) or "" for name in FIELDS.values()}
    had = _own(Lead(**{**old, "email": old["email"] or None}))
    has = _own(lead)
    left = [one for one in had if one not in has]
    if not has or (had and not left):
        return 0
    rows = _rows(left) if had else _told(lead)
    return sum(_move(lead, row, has, actor) for row in rows)


def _own(lead: Lead) -> list[Normal]:
    return [one for one in suppression.normals(lead) if one.kind != "domain"]


def _rows(left: Sequence[Normal]) -> list[Suppression]:
    rows = Suppression.objects.filter(address_hash__in=[one.hash for one in left])
    return list(rows.exclude(reason=BOUNCE).order_by("pk"))


def _told(lead: Lead) -> list[Suppression]:
    """The stops that this lead was told of, when none of its addresses was left to hold them."""
    events = ThreadEvent.objects.filter(lead=lead, kind="lead.suppressed")
    keys = [str(key).split(":") for key in events.values_list("dedupe_key", flat=True) if key]
    ids = [int(key[1]) for key in keys if len(key) > 2 and key[1].isdecimal()]
    rows = Suppression.objects.filter(pk__in=ids).exclude(reason=BOUNCE)
    return list(rows.exclude(kind="domain").order_by("pk"))


def _move(lead: Lead, row: Suppression, has: Sequence[Normal], actor: str) -> bool:
    target = next((one for one in has if one.kind == row.kind), has[0])
    return suppression.suppress(
        address=str(getattr(lead, FIELDS[target.kind])),
        channel=row.channel,
        reason=row.reason,
        source=WAS.format(row.masked),
        actor=actor,
        lead=lead,
    )
