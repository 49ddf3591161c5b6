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
    left = [one for one in had if one not in _own(lead)]
    has = [one for one in _own(lead) if suppression.normalise(_address(lead, one)) == one]
    if not has or (had and not left):
        return 0
    rows = _rows(left) if had else _told(lead)
    return sum(_move(lead, row, has, actor) for row in rows)


def _own(lead: Lead) -> list[Normal]:
    return [one for one in suppression.normals(lead) if one.kind != "domain"]


def _address(lead: Lead, one: Normal) -> str:
    return str(getattr(lead, FIELDS[one.kind]))


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
        address=_address(lead, target),
        channel=row.channel,
        reason=row.reason,
        source=WAS.format(row.masked),
        actor=actor,
        lead=lead,
    )
