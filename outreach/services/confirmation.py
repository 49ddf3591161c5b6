"""After an enquiry by the form: the two-minute line on Today, and one confirmation mail a day.

The mail's words were approved beforehand by the owner; with other words, or none approved, nothing
is sent. It goes out by itself, in that person's name, through the mailbox of who answers.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from leads.models import Lead, ThreadEvent
from leads.services.suppression import is_suppressed
from outreach.models import Mailbox, Task, Touch
from outreach.services import (
    approval,
    composing,
    merge,
    merged_words,
    origins,
    policy,
    worklist,
)
from salesagent.accounts.audit import note
from salesagent.accounts.models import User, Workspace
from salesagent.ai.frames import Rendered
from salesagent.lib.text import clean, one_line

ANSWER_WITHIN = timedelta(minutes=2)
QUIET = timedelta(hours=24)  # at most one confirmation a person in this time


class ConfirmationError(Exception):
    """Why these words cannot be approved, in plain words."""


@dataclass(frozen=True)
class Words:
    subject: str
    body: str

    @property
    def hash(self) -> str:
        return hashlib.sha256(f"{self.subject}\n{self.body}".encode()).hexdigest()


def words_of(workspace: Workspace) -> Words:
    return Words(workspace.confirmation_subject, workspace.confirmation_body)


def is_approved(workspace: Workspace) -> bool:
    """True while the words are the very ones that a person who still works here approved."""
    by = workspace.confirmation_by
    return bool(by and by.is_active and workspace.confirmation_hash == words_of(workspace).hash)


@transaction.atomic
def save(user: User, subject: str, body: str, *, approve: bool) -> Workspace:
    """Keep the words; changed ones lose the approval they had. Raises ConfirmationError."""
    words = Words(one_line(subject, 150), clean(body.replace("\r\n", "\n")).strip()[:3000])
    if not words.subject or not words.body:
        raise ConfirmationError("Write a subject and a text.")
    rendered = preview(words, Lead(), user)
    if rendered.missing:
        raise ConfirmationError(_holes(rendered.missing))
    workspace = Workspace.current()
    workspace.confirmation_subject, workspace.confirmation_body = words.subject, words.body
    if approve:
        workspace.confirmation_hash = words.hash
        workspace.confirmation_by, workspace.confirmation_at = user, timezone.now()
    elif not is_approved(workspace):
        workspace.confirmation_hash, workspace.confirmation_by = "", None
    workspace.save()
    note(user, "form.confirmation", "Confirmation mail", approved=approve)
    return workspace


@transaction.atomic
def stop(user: User) -> None:
    """Take the approval back: enquiries are not confirmed by mail any more."""
    Workspace.objects.filter(pk=Workspace.current().pk).update(
        confirmation_hash="", confirmation_by=None, confirmation_at=None
    )
    note(user, "form.confirmation", "Confirmation mail", approved=False)


def _holes(missing: list[str]) -> str:
    names = ", ".join("{{" + name + "}}" if name.isidentifier() else name for name in missing)
    example = "{{last_name|and welcome}}"
    return f"This cannot be filled in for everybody: {names}. Give a fallback, as in {example}."


def preview(words: Words, lead: Lead, user: User) -> Rendered:
    """The words as this person would get them; subject and body parted by an empty line."""
    fields = merge.fields_for(lead, user, None)
    return merge.render(f"{words.subject}\n\n{words.body}", fields, merge.snippet_texts())


def confirm(event: ThreadEvent) -> None:
    """React to lead.inquired. May run twice: the line has a key, the mail is one a day."""
    lead = Lead.objects.select_related("owner").get(pk=event.lead_id)
    if lead.erased_at:
        return
    blocked = is_suppressed(lead, "email")
    _add_line(event, lead, blocked)
    if not blocked:
        _send_once(event, lead)


def _add_line(event: ThreadEvent, lead: Lead, blocked: bool) -> None:
    why = "They wrote by the web form. Whoever answers within two minutes reaches most of them."
    if blocked:
        why = (
            "They asked us to stop before and wrote by themselves now. Answer this by hand, "
            "nothing else is sent."
        )
    worklist.add(
        Task.Kind.ENQUIRY,
        owner=lead.owner,
        lead=lead,
        event=event,
        channel="web",
        title=f"Answer {lead.name}",
        why=why,
        due_at=event.occurred_at,
        deadline_at=event.occurred_at + ANSWER_WITHIN,
        dedupe_key=f"enquiry:{event.pk}",
    )


@transaction.atomic
def _send_once(event: ThreadEvent, lead: Lead) -> None:
    """The lead's row is locked, so that two enquiries at one moment get one mail."""
    Lead.objects.select_for_update().get(pk=lead.pk)
    workspace = Workspace.current()
    recent = Touch.objects.filter(
        lead=lead, kind=Touch.Kind.CONFIRMATION, created_at__gt=event.occurred_at - QUIET
    )
    if not lead.email or not is_approved(workspace) or recent.exists():
        return
    sender = workspace.form_owner or lead.owner
    if sender is None or not _can_send(sender):
        _tell_no_mailbox(event, lead, sender)
        return
    _send(lead, sender, workspace)


def _can_send(user: User) -> bool:
    active = Mailbox.objects.filter(user=user, state=Mailbox.State.ACTIVE)
    return user.is_active and active.exists()


def _send(lead: Lead, sender: User, workspace: Workspace) -> None:
    approver = workspace.confirmation_by
    if approver is None:
        return
    touch = composing.compose(
        lead,
        user=sender,
        channel="email",
        subject=workspace.confirmation_subject,
        body=workspace.confirmation_body,
        kind=Touch.Kind.CONFIRMATION,
        blank=_unsure(lead),
    )
    if worries := [one["text"] for one in touch.checks if one["code"] in ("merged", "program")]:
        approval.cancel([touch], "blocked")
        _attention(lead, sender, f"The confirmation was not sent. {worries[0]}")
        return
    try:
        approval.approve(touch, user=approver, seen_hash=policy.text_hash(touch))
    except approval.ApprovalError as error:
        approval.cancel([touch], "blocked")
        _attention(lead, sender, f"The confirmation was not sent. {error}")


def _unsure(lead: Lead) -> set[str]:
    """The columns that are not printed, as nobody reads this mail before it goes.

    Anybody can write anything into a form, and any address. So only a plain name is taken from
    there, and everything else from what people here brought.
    """
    nobodys, not_ours = origins.unanswered(lead), origins.unanswered(lead, own=False)
    found = not_ours - {"first_name", "last_name"}
    names = ("first_name", "last_name")
    plain = all(merged_words.plain_name(getattr(lead, one)) for one in names if getattr(lead, one))
    found |= {one for one in names if one in nobodys or not plain}
    for column in {"title", "company_name", "city", "trade"} - found:
        if merged_words.odd_value(column, getattr(lead, column)):
            found.add(column)
    return found


def _tell_no_mailbox(event: ThreadEvent, lead: Lead, sender: User | None) -> None:
    who = sender.name if sender else "Whoever gets the enquiries"
    _attention(lead, sender, f"{who} has no mailbox that works, so nobody's enquiry is confirmed.")


def _attention(lead: Lead, owner: User | None, why: str) -> None:
    """One line a day, not one for each enquiry."""
    day = timezone.localdate().isoformat()
    worklist.add(
        Task.Kind.ATTENTION,
        owner=owner or lead.owner,
        lead=lead,
        title="Enquiries are not confirmed by mail",
        why=why,
        dedupe_key=f"confirmation:{owner.pk if owner else 0}:{day}",
    )
