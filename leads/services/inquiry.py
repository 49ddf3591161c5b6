"""The public form: checked by a schema, limited, and brought in by the one door.

The answer to the sender is the same whether or not we know the person.
"""

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from leads import thread
from leads.intake.extract import as_stored, extract
from leads.intake.rows import LeadRow, split_name
from leads.models import Inquiry, Lead, Pain
from leads.services import assignment, consent, summary
from leads.services.intake import Brought, bring_in, taken_over
from salesagent.accounts.models import Workspace
from salesagent.lib import signing
from salesagent.lib.crypto import keyed_hash
from salesagent.lib.throttle import allow

if TYPE_CHECKING:
    from leads.services.inquiry_schema import Enquiry

WORDING = "You may also write to me by WhatsApp or SMS. I can stop this at any time."
CHANNELS = ("whatsapp", "sms")
MIN_SECONDS = 3  # nobody fills in the form faster
MAX_AGE = 24 * 3600
PER_IP = (20, 3600)  # tries, seconds
PER_ADDRESS = (5, 3600)
HONEYPOT = "fax_number"
FIELDS = ("name", "company", "email", "phone", "message", "also")


class Refused(Exception):
    """Why nothing was taken, in words for the person; `field` names the place."""

    def __init__(self, message: str, *, field: str = "", status: int = 422) -> None:
        super().__init__(message)
        self.message, self.field, self.status = message, field, status


@dataclass(frozen=True)
class Taken:
    """`inquiry` is None when the same words came in today already, or from a machine."""

    inquiry: Inquiry | None


def new_token() -> str:
    """Signed moment at which the form was shown."""
    return signing.make("form", {"at": int(time.time()), "n": secrets.token_hex(4)})


def check_token(token: str) -> None:
    """Raises Refused when the form was sent too fast, or is not ours or too old to know."""
    try:
        at = int(signing.read("form", token, max_age=MAX_AGE)["at"])
    except (signing.BadToken, KeyError, TypeError, ValueError) as error:
        raise Refused("Please look it over and press Send once more.", field="token") from error
    if time.time() - at < MIN_SECONDS:
        raise Refused("That was very quick. Please press Send once more.", field="fast")


def read(
    data: Mapping[str, object], *, country: str = ""
) -> tuple["Enquiry | None", dict[str, str]]:
    """The enquiry, or the errors by field."""
    from pydantic import ValidationError  # here: 10 MB, for who has a form that is used

    from leads.services.inquiry_schema import Enquiry

    try:
        return Enquiry.model_validate(dict(data), context={"country": country}), {}
    except ValidationError as error:
        found = [(i["type"], i["loc"], i["msg"]) for i in reversed(error.errors())]
        return None, dict(_message_of(*item) for item in found)


_MISSING = {
    "name": "Please tell us your name.",
    "company": "Please tell us your company.",
    "email": "Please tell us where to write to.",
}


def _message_of(kind: str, where: tuple[int | str, ...], message: str) -> tuple[str, str]:
    field = str(where[0]) if where else ""
    text = message.removeprefix("Value error, ")
    if kind in ("missing", "too_short", "string_too_short"):
        return field, _MISSING.get(field, "Please fill this in.")
    if kind in ("too_long", "string_too_long"):
        return field, "This is too long."
    if not field and "|" in text:
        field, text = text.split("|", 1)
    return field, text


def limit(ip: str, address: str = "") -> None:
    """Raises Refused when this network address or this e-mail address sent too often."""
    ok = allow("form.ip", ip, limit=PER_IP[0], seconds=PER_IP[1])
    if address:
        tries, seconds = PER_ADDRESS
        ok = allow("form.address", address, limit=tries, seconds=seconds) and ok
    if not ok:
        text = "We got several messages from you already. Please try again in an hour."
        raise Refused(text, status=429)


@transaction.atomic
def take(enquiry: "Enquiry") -> Taken:
    """Make or update the lead, keep the enquiry, the consent and the line in the thread."""
    workspace = Workspace.current()
    row = _row(enquiry)
    brought = bring_in(
        row,
        source="Web form",
        actor="lead",
        owner=None,
        basis=Lead.Basis.ENQUIRY,
        basis_source=f"Web form, {timezone.localdate():%-d %b %Y}",
        event_kind="",
    )
    lead = brought.lead
    event = thread.record(
        lead=lead,
        kind="lead.inquired",
        actor="lead",
        body=enquiry.message,
        channel="web",
        direction="in",
        data={"company": enquiry.company, "phone": row.phone, **_taken_over(brought, row)},
        dedupe_key=_key(enquiry),
    )
    if event is None:
        return Taken(None)
    inquiry = _keep(lead, enquiry, workspace)
    _update(lead)
    return Taken(inquiry)


def _taken_over(brought: Brought, row: LeadRow) -> dict[str, bool]:
    return taken_over(brought.lead, row) if brought.created else {}


def _row(enquiry: "Enquiry") -> LeadRow:
    first, last = split_name(enquiry.name)
    return LeadRow(
        first_name=first,
        last_name=last,
        email=enquiry.email,
        phone=enquiry.phone,
        company=enquiry.company,
    )


def _key(enquiry: "Enquiry") -> str:
    """The same words of the same person on one day are one enquiry."""
    text = hashlib.sha256(enquiry.message.lower().encode()).hexdigest()[:32]
    who = keyed_hash(enquiry.email, purpose="inquiry")[:32]
    return f"inquiry:{timezone.localdate():%Y%m%d}:{who}:{text}"


def _keep(lead: Lead, enquiry: "Enquiry", workspace: Workspace) -> Inquiry:
    found = extract(enquiry.message, workspace.country, timezone.localdate())
    if pain := found.get("pain"):
        _note_pain(lead, pain.value)
    if enquiry.also:
        for channel in CHANNELS:
            consent.record_consent(lead, channel, "Web form", WORDING, "lead")
    payload = enquiry.model_dump() | {"wording": WORDING if enquiry.also else ""}
    return Inquiry.objects.create(lead=lead, payload=payload, extracted=as_stored(found))


def _note_pain(lead: Lead, text: str) -> None:
    if not lead.pains.filter(text__iexact=text).exists():
        today = timezone.localdate()
        Pain.objects.create(
            lead=lead,
            text=text,
            source=f"Web form, {today:%-d %b %Y}",
            noted_at=today,
            verified=False,
        )


def _update(lead: Lead) -> None:
    """Back in the list, owned, with a ground to answer; what a person decided stays."""
    now = timezone.now()
    if Lead.objects.filter(pk=lead.pk, archived_at__isnull=False).update(archived_at=None):
        data = {"why": "they wrote by the web form"}
        thread.record(lead=lead, kind="lead.restored", actor="lead", data=data)
    rows = Lead.objects.filter(pk=lead.pk)
    rows.update(inquired_at=now, updated_at=now)
    rows.filter(lawful_basis=Lead.Basis.NONE).update(
        lawful_basis=Lead.Basis.ENQUIRY, basis_source=f"Web form, {timezone.localdate():%-d %b %Y}"
    )
    assignment.assign(lead, enquiry=True)
    summary.note_sign(lead.pk, "Wrote by the web form", "web", now)


def address_of(meta: Mapping[str, str], *, behind_proxy: bool) -> str:
    """The network address of a request; behind our proxy the last one that it saw."""
    forwarded = meta.get("HTTP_X_FORWARDED_FOR", "") if behind_proxy else ""
    return (forwarded.rpartition(",")[2].strip() or meta.get("REMOTE_ADDR", ""))[:64]
