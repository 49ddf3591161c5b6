"""A colleague says that a person is not to be contacted: all their addresses go on the list.

Anybody who sees the lead may say so. Taking it back is for managers (leads.views.suppression).
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from leads import family
from leads.crm.names import label_of
from leads.models import Lead, Suppression
from leads.services import crm_accounts, profile, suppression
from leads.services.suppression import ALL, SuppressionError
from salesagent.accounts import audit
from salesagent.accounts.models import User
from salesagent.lib.text import one_line
from salesagent.templatetags.ui import channel_label

TALK = "talk"  # everything that goes to a number
NUMBER = ("phone", "sms", "whatsapp")
KIND = {**dict.fromkeys(NUMBER, "phone"), "email": "address", "linkedin": "profile"}
ASKED = "asked"
WHY = {
    ASKED: "They asked",
    "wrong": "Wrong person",
    "left": "Left the company",
    "customer": "Customer or competitor",
    "other": "Something else",
}
NO_ADDRESS = (
    "There is no e-mail address, phone number or profile to put on the list. Archive the lead."
)


@dataclass(frozen=True)
class Stop:
    """What stands against one address of a lead."""

    row: Suppression

    @property
    def what(self) -> str:
        return "Everything" if self.row.channel == ALL else channel_label(self.row.channel)

    @property
    def final(self) -> bool:
        return self.row.reason in suppression.FINAL


def choices() -> list[tuple[str, str]]:
    """What may be stopped: everything, all that goes to a number, one channel."""
    known = [code for code in settings.CHANNELS if code != "fake"]
    found = [(ALL, "Everything"), (TALK, "Phone calls, SMS and WhatsApp")]
    return found + [(code, f"{channel_label(code)} only") for code in known]


def stops(lead: Lead) -> list[Stop]:
    """What stands against a lead and those merged into it, the newest first."""
    hashes = [key for one in family.members(lead) for key in suppression.lead_hashes(one)]
    return [Stop(row) for row in Suppression.objects.filter(address_hash__in=hashes)]


def crms_told() -> list[str]:
    """The names of the connected systems that hear of it."""
    found = [crm_accounts.connected(code) for code in settings.CRMS]
    return [label_of(row.service) for row in found if row is not None]


@transaction.atomic
def stop(lead: Lead, user: User, *, what: str, why: str, note: str = "") -> int:
    """Put the lead's addresses on the list; returns how many rows are new.

    Raises SuppressionError for a lead without an address.
    """
    reason = Suppression.Reason.OPTED_OUT if why == ASKED else Suppression.Reason.MANUAL
    source = one_line(", ".join(filter(None, (WHY[why], note, f"noted by {user}"))), 120)
    new = 0
    for channel in NUMBER if what == TALK else (what,):
        for address in _addresses(lead, channel):
            new += suppression.suppress(
                address=address,
                channel=channel,
                reason=reason,
                source=source,
                actor=user.actor,
                lead=lead,
            )
    audit.note(user, "suppression.added", f"lead {lead.pk}", channel=what, new=new)
    profile.refresh([lead.pk])  # no advice of before beside it
    return new


def _addresses(lead: Lead, channel: str) -> list[str]:
    """Those of the channel; all of them for everything, and where the channel has none yet."""
    found = {}
    for address in (lead.email, lead.phone, lead.linkedin_url):
        normal = suppression.normalise(address or "")
        if normal is not None and normal.kind != "domain":
            found[str(address)] = normal.kind
    if not found:
        raise SuppressionError(NO_ADDRESS)
    return [one for one, kind in found.items() if kind == KIND.get(channel)] or list(found)
