"""An opt-out or an erasure holds whatever tie a record has: none, one to somebody else, a cut one.

What comes in counts for every address of the record and of who it stands for here. What goes out
goes to records too that are not synced any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from leads import family
from leads.crm.merge import OPT_OUT, Field, merge_field
from leads.models import Lead, RemoteLink, Suppression
from leads.services import crm_links as links
from leads.services import suppression
from leads.services.crm_accounts import Terms
from leads.services.crm_values import OFF
from leads.services.suppression_family import BOUNCE

if TYPE_CHECKING:
    from leads.services.crm_plan import Item

MAIL = "email"
NOTHING = "There is no address to put on the do-not-contact list"
Address = tuple[str, str]  # and the channel that is stopped


# in
def unheard(terms: Terms, items: Sequence["Item"]) -> dict[str, list[Address]]:
    """Record -> what of it is not on the list yet, of those that opted out there."""
    said = [item for item in items if item.there.get(OPT_OUT) == "yes" and not item.stale]
    if not said:
        return {}
    more = _merged_into(terms, said)
    found = {one.record.id: _addresses(one, more.get(one.record.id, [])) for one in said}
    known = _on_list(address for some in found.values() for address in some)
    left = {
        one: [address for address in some if address not in known] for one, some in found.items()
    }
    return {one: some for one, some in left.items() if some}


def _merged_into(terms: Terms, items: Sequence["Item"]) -> dict[str, list[Lead]]:
    """Whose records were merged into these there."""
    into = {gone: item.record.id for item in items for gone in item.record.merged}
    found: dict[str, list[Lead]] = {}
    for gone, link in links.by_remote(terms, "contact", into).items() if into else ():
        if link.lead:
            found.setdefault(into[gone], []).append(link.lead)
    return found


def _addresses(item: "Item", more: Sequence[Lead]) -> list[Address]:
    """By mail where there is an address for mail; else the number or the profile, for all."""
    row = item.row if isinstance(item.row, Lead) else None
    leads = [lead for lead in (row, item.same, *more) if lead is not None]
    leads = [*leads, *(family.keeper(lead) for lead in leads)]
    for name, channel in (("email", MAIL), ("phone", "all"), ("linkedin_url", "all")):
        values = [item.there.get(name), *(getattr(lead, name) for lead in leads)]
        told = [str(one) for one in dict.fromkeys(values) if one]
        if found := [(one, channel) for one in told if suppression.normalise(one)]:
            return found
    return []


def _on_list(addresses: Iterable[Address]) -> set[Address]:
    """A bounce says nothing of what the person wants."""
    hashes = {one: suppression.address_hash(one[0]) for one in addresses}
    rows = Suppression.objects.filter(address_hash__in=set(hashes.values())).exclude(reason=BOUNCE)
    on = set(rows.values_list("address_hash", "channel"))
    return {
        one for one, key in hashes.items() if (key, one[1]) in on or (key, suppression.ALL) in on
    }


def stop(addresses: Iterable[Address], lead: Lead | None, source: str, actor: str) -> None:
    """They asked the other system to stop: they are not written to here either."""
    for address, channel in addresses:
        suppression.suppress(
            address=address,
            channel=channel,
            reason=Suppression.Reason.OPTED_OUT,
            source=source,
            actor=actor,
            lead=lead if lead is not None and lead.pk and lead.erased_at is None else None,
        )


def of_lead(lead: Lead) -> list[Address]:
    """What is put on the list when nothing but the lead is at hand."""
    for address, channel in ((lead.email, MAIL), (lead.phone, "all"), (lead.linkedin_url, "all")):
        if address and suppression.normalise(address):
            return [(address, channel)]
    return []


# out
def tell_cut(item: "Item", stopped: Mapping[int, str]) -> bool:
    """Of a record that is not synced any more only the opt-out is told, once. True: it is new
    that they know it there."""
    link = item.link
    if link is None or link.lead_id is None:
        return False
    there = item.there.get(OPT_OUT)
    if there == "yes":
        known = link.base.get(OPT_OUT) == "yes"
        link.base = {**link.base, OPT_OUT: "yes"}
        return not known
    if stopped.get(link.lead_id) == OPT_OUT and not told(link, there):
        item.merged.there = {OPT_OUT: (there or "", "yes")}
    return False


def others(terms: Terms) -> QuerySet[RemoteLink]:
    """Ties that are cut, and those of erased people whose record is in a recycle bin there."""
    cut = Q(state=RemoteLink.State.CUT, lead__isnull=False)
    gone = Q(state=RemoteLink.State.GONE, lead__erased_at__isnull=False)
    return links.of(terms, "contact").filter(cut | gone).exclude(base__has_key=links.ERASED)


def records_of(terms: Terms, lead: Lead) -> list[str]:
    """Every record there of this person that can be told something, cut ones among them."""
    rows = links.of(terms, "contact").filter(lead__in=family.ids(family.keeper(lead)))
    return list(rows.exclude(state=RemoteLink.State.GONE).values_list("remote_id", flat=True))


def can_tell(link: RemoteLink) -> bool:
    return link.state == RemoteLink.State.CUT and not told(link)


def told(link: RemoteLink, there: str | None = None) -> bool:
    base = link.base.get(OPT_OUT)
    spelled = (link.base.get("~theirs") or {}).get(OPT_OUT)
    one = Field("contact", OPT_OUT, "yes", base if there is None else there, base, spelled)
    return merge_field(one, "newest") == "same"


def stopped(found: Sequence[RemoteLink]) -> dict[int, str]:
    """Lead -> "erased" or "opt_out", of those of cut links whom one of the two holds for. The
    lead of a cut link may have been merged away: then it is the keeper who counts too."""
    pairs = [(link.lead, link.lead.merged_into or link.lead) for link in found if link.lead]
    off = suppression.channels_off({lead.pk: lead for pair in pairs for lead in pair}.values())
    told: dict[int, str] = {}
    for lead, keeper in pairs:
        if lead.erased_at is not None or keeper.erased_at is not None:
            told[lead.pk] = links.ERASED
        elif OFF & (off.get(lead.pk, set()) | off.get(keeper.pk, set())):
            told[lead.pk] = OPT_OUT
    return told
