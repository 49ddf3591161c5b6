"""Somebody their answer names in words of their own: proposed as a lead, like a note's deputy."""

import re

from leads.intake.clean import phone_number
from leads.models import ThreadEvent
from outreach.mail.autoreply_contact import Contact
from outreach.models import Task
from outreach.services import contacts, worklist

LIMIT = 2_000
SURE = 0.8
_EMAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9_][\w.+'-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w-])"
)
_PHONE = re.compile(r"(?<![\w/.])(?:\+|00|0)\d[\d ()/.\-]{5,20}\d(?!\d)")
_NAME = re.compile(
    r"[^\W\d_a-z][\w'’-]{1,30}(?:\s(?:(?:da|de|dos|van|von|der|den|di|del)\s)?[^\W\d_a-z][\w'’-]{1,30}){1,2}"
)


def propose(received: ThreadEvent, said: ThreadEvent) -> Task | None:
    """Ask whether to add whom they name; None where no address and no number can be read."""
    sure = not said.actor.startswith("ai:") or float(said.data.get("confidence") or 0) >= SURE
    if said.data.get("disposition") != "referral" or said.data.get("abstained") or not sure:
        return None
    contact = named(received)
    if contact is None:
        return None
    lead, who = received.lead, contact.name or contact.email or contact.phone
    event = contacts.note(received, contact)
    return worklist.add(
        Task.Kind.CONTACT,
        owner=lead.owner,
        lead=lead,
        event=event,
        channel=received.channel,
        title=f"Write to {who}?",
        why=f"{lead.first_name or lead.name} names {who} as the one to talk to.",
        dedupe_key=f"contact:{received.pk}",
    )


def named(received: ThreadEvent) -> Contact | None:
    """The first address or number that is not theirs, and the name beside it."""
    text, lead = received.body[:LIMIT], received.lead
    own = {(lead.email or "").lower(), str(received.data.get("from") or "").lower()}
    mails = [found for found in _EMAIL.finditer(text) if found[0].lower() not in own]
    calls = [one for one in _PHONE.finditer(text) if _is_number(one[0], received)]
    first = next(iter(mails), None) or next(iter(calls), None)
    if first is None:
        return None
    phone = next((one[0].strip() for one in calls), "")
    return Contact(_name(text, first), mails[0][0].lower() if mails else "", phone)


def _is_number(text: str, received: ThreadEvent) -> bool:
    full = phone_number(text, received.lead.country)
    return full.startswith("+") and full != received.lead.phone


def _name(text: str, found: "re.Match[str]") -> str:
    """The name before the address that shares a word with it, else the last one before it."""
    names = _NAME.findall(text[max(found.start() - 80, 0) : found.start()])
    local = found[0].partition("@")[0].lower()
    fits = [name for name in names if any(part.lower() in local for part in name.split())]
    return next(iter(fits or names[-1:]), "")
