"""What a stop link does. It names a person, a mailbox and a message; it holds no address."""

from dataclasses import dataclass

from django.db import transaction

from leads.models import Lead, Suppression
from leads.services import suppression
from outreach.models import Mailbox, Touch
from outreach.services.letters import PURPOSE
from salesagent.lib import signing
from salesagent.lib.throttle import allow

SOURCE = "unsubscribe link"
PAGE_SOURCE = "unsubscribe page"
PER_ADDRESS, OVERALL, HOUR = 10, 300, 3600


class BadLink(Exception):
    """Not one of our links, or shortened by a mail program."""


class TooMany(Exception):
    """Too many tries from one place."""


@dataclass(frozen=True)
class Link:
    """Who follows a stop link. `address` is what the message was sent to."""

    lead: Lead
    mailbox: Mailbox | None
    address: str

    @property
    def masked(self) -> str:
        shown = self.address and not self.lead.erased_at
        return suppression.mask(self.address) if shown else "You"


def read(token: str) -> Link:
    """Raises BadLink. Links never grow old: an opt-out has to work for months (CAN-SPAM)."""
    try:
        lead_id, mailbox_id, touch_id = signing.read(PURPOSE, token)
    except (signing.BadToken, ValueError, TypeError) as error:
        raise BadLink from error
    lead = Lead.objects.filter(pk=lead_id).first()
    if lead is None:
        raise BadLink
    touch = Touch.objects.filter(pk=touch_id, lead=lead).first()
    mailbox = Mailbox.objects.defer("password").filter(pk=mailbox_id or 0).first()
    return Link(lead, mailbox, (touch.to_address if touch else "") or lead.email or "")


def _addresses(link: Link) -> list[str]:
    """The one that was written to, and the lead's own if it is another by now."""
    return list(dict.fromkeys(one for one in (link.address, link.lead.email or "") if one))


def state(link: Link) -> str:
    """What holds now: "all", one channel, or "" when we may still write."""
    if link.lead.erased_at:
        return "all"
    hashes = [suppression.address_hash(address) for address in _addresses(link)]
    rows = Suppression.objects.filter(address_hash__in=hashes, channel__in=["all", "email"])
    found = set(rows.values_list("channel", flat=True))
    return "all" if "all" in found else "email" if found else ""


@transaction.atomic
def stop(link: Link, channel: str = suppression.ALL) -> None:
    """Off every list, or off the e-mail list only. Twice is the same as once.

    Of somebody who was erased no more than the keyed hash is kept, where it is not there already.
    """
    if link.lead.erased_at:
        return _stop_erased(link)
    for address in _addresses(link):
        suppression.suppress(
            address=address,
            channel=channel,
            reason=Suppression.Reason.OPTED_OUT,
            source=SOURCE,
            actor="lead",
            lead=link.lead,
        )
        if channel != suppression.ALL:
            _take_back(link, address, suppression.ALL)


def _stop_erased(link: Link) -> None:
    for address in _addresses(link):
        suppression.suppress(
            address=address,
            reason=Suppression.Reason.OPTED_OUT,
            source=SOURCE,
            actor="lead",
        )


@transaction.atomic
def undo(link: Link) -> None:
    """Take back what a link of ours did, nothing that a person here or a bounce has set; for who
    was erased nothing."""
    if link.lead.erased_at:
        return
    for address in _addresses(link):
        for channel in (suppression.ALL, "email"):
            _take_back(link, address, channel)


def _take_back(link: Link, address: str, channel: str) -> None:
    own = Suppression.objects.filter(
        address_hash=suppression.address_hash(address),
        channel=channel,
        reason=Suppression.Reason.OPTED_OUT,
        source=SOURCE,
    )
    if own.exists():
        suppression.lift(address=address, channel=channel, actor="lead", lead=link.lead)


def stop_by_address(address: str, *, ip: str) -> None:
    """For a link that did not survive. Says nothing about whether we know the address.

    Raises TooMany, and suppression.SuppressionError for what is no address.
    """
    normal = suppression.normalise(address)
    if normal is None or normal.kind not in ("address", "phone"):
        raise suppression.SuppressionError("Enter the e-mail address or phone number we used.")
    if not allow("unsubscribe", ip, limit=PER_ADDRESS, seconds=HOUR) or not allow(
        "unsubscribe", "everybody", limit=OVERALL, seconds=HOUR
    ):
        raise TooMany
    suppression.suppress(
        address=address,
        reason=Suppression.Reason.OPTED_OUT,
        source=PAGE_SOURCE,
        actor="lead",
    )
