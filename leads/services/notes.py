"""What a person writes down about a lead: notes, pains, the facts of an enquiry."""

import uuid

from django.db import transaction
from django.utils import timezone

from leads import thread
from leads.models import Inquiry, Lead, Pain, ThreadEvent
from salesagent.accounts.models import User
from salesagent.lib.text import clean, one_line

NOTE_LIMIT = 10_000
PAINS_MAX = 30
FACTS = {"need": "Need", "urgency": "Urgency", "budget": "Budget", "location": "Location"}
FACT_LIMIT = 300


class NoteError(Exception):
    """Why it was not written down, in words for the person who tried."""


def add_note(
    lead: Lead, user: User, text: str, *, token: uuid.UUID | None = None
) -> ThreadEvent | None:
    """Write a note into the thread; None when `token` was used before (a double click).

    Raises NoteError for an empty or too long text.
    """
    words = clean(text).strip()
    if not words:
        raise NoteError("Write something first.")
    if len(words) > NOTE_LIMIT:
        raise NoteError(f"A note has at most {NOTE_LIMIT:,} characters; this has {len(words):,}.")
    key = f"note:{token}" if token else None
    return thread.record(
        lead=lead, kind="note.added", actor=user.actor, body=words, channel="note", dedupe_key=key
    )


@transaction.atomic
def add_pain(lead: Lead, user: User, *, text: str, source: str = "") -> Pain:
    """Note a trouble of this lead; the same words twice are one pain. Raises NoteError."""
    words = one_line(text, 200)
    if not words:
        raise NoteError("Write the pain in a few words.")
    same = lead.pains.filter(text__iexact=words).first()
    if same is not None:
        return same
    if lead.pains.count() >= PAINS_MAX:
        raise NoteError(f"There are {PAINS_MAX} pains already. Delete one first.")
    pain = Pain.objects.create(
        lead=lead,
        text=words,
        source=one_line(source, 200) or f"Noted by {user.get_short_name()}",
        noted_at=timezone.localdate(),
    )
    _changed(lead, user, f"Pain added: {words}")
    return pain


@transaction.atomic
def delete_pain(pain: Pain, user: User) -> None:
    """Take a pain away; a second click does nothing."""
    if Pain.objects.filter(pk=pain.pk).delete()[0]:
        _changed(pain.lead, user, f"Pain deleted: {pain.text}")


@transaction.atomic
def confirm_pain(pain: Pain, user: User) -> bool:
    """A person has looked: it may be used in messages now. False when it was confirmed already."""
    if not Pain.objects.filter(pk=pain.pk, verified=False).update(verified=True):
        return False
    _changed(pain.lead, user, f"Pain confirmed: {pain.text}")
    return True


@transaction.atomic
def confirm_inquiry(inquiry: Inquiry, user: User, facts: dict[str, str]) -> bool:
    """Keep the facts of an enquiry as a person corrected them. False when that was done already."""
    kept = {key: one_line(facts.get(key, ""), FACT_LIMIT) for key in FACTS}
    hit = Inquiry.objects.filter(pk=inquiry.pk, reviewed_at=None).update(
        extracted={**inquiry.extracted, **kept}, reviewed_at=timezone.now()
    )
    if hit:
        words = ", ".join(f"{FACTS[key]}: {value}" for key, value in kept.items() if value)
        _changed(inquiry.lead, user, f"Enquiry checked. {words}".strip())
    return bool(hit)


def _changed(lead: Lead, user: User, text: str) -> None:
    thread.record(lead=lead, kind="lead.changed", actor=user.actor, data={"changes": text})
