"""A message written by hand: in a person's own words, from the mailbox the lead knows."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from leads import thread
from leads.models import Lead
from outreach.models import Mailbox, Touch, new_message_id
from outreach.services import (
    approval,
    drafting,
    merge,
    merged_words,
    reach,
    text_templates,
    texting,
)
from outreach.services.drafting import BODY_LIMIT, SUBJECT_LIMIT, DraftError
from salesagent.accounts.models import User
from salesagent.lib import hands
from salesagent.lib.sql import Rows
from salesagent.lib.text import clean, one_line


def compose(
    lead: Lead,
    *,
    user: User,
    channel: str,
    subject: str,
    body: str,
    kind: str = Touch.Kind.MANUAL,
    in_reply_to: str = "",
    references: str = "",
    send_at: datetime | None = None,
    blank: Collection[str] = (),
) -> Touch:
    """A hand-written touch in state draft; a machine's where a program asks.

    Merge fields in it are filled, those that read a column in `blank` with their fallback; holes
    block approval. E-mail takes the mailbox the lead knows
    already, else the user's own. `in_reply_to`: the Message-ID that is answered, `references` that
    message's own chain. Raises DraftError.
    """
    body = clean(body.replace("\r\n", "\n")).strip()[:BODY_LIMIT]
    _refuse(lead, channel, one_line(subject), body)
    mailbox = mailbox_for(lead, user) if channel == "email" else None
    fields = merge.without(merge.fields_for(lead, user, mailbox, when=send_at), blank)
    touch = Touch(
        lead=lead,
        kind=kind,
        channel=channel,
        mailbox=mailbox,
        author=user,
        writer="user",
        to_address=reach.address(lead, channel),
        subject=one_line(merge.render(subject, fields).text, SUBJECT_LIMIT),
        body=merge.render(body, fields, merge.snippet_texts()).text.strip(),
        due_at=send_at or timezone.now(),
        message_id=new_message_id(mailbox.domain) if mailbox else texting.key(channel),
        in_reply_to=one_line(in_reply_to, 998),
        references=drafting.chain(references, in_reply_to),
    )
    text_templates.bind(touch, body, fields)
    merged_words.note_filled(touch, f"{subject}\n{body}")
    if hands.program():
        touch.writer, touch.machine_body = approval.PROGRAM, touch.body
    drafting.check(touch)
    _keep(touch, user)
    return touch


@transaction.atomic
def _keep(touch: Touch, user: User) -> None:
    touch.save(force_insert=True)
    thread.record(
        lead=touch.lead,
        kind="touch.drafted",
        actor=user.actor,
        channel=touch.channel,
        data={"touch": touch.pk, "number": 0, "writer": touch.writer},
    )


def _refuse(lead: Lead, channel: str, subject: str, body: str) -> None:
    if not reach.address(lead, channel):
        raise DraftError(f"{lead.name} has no {reach.missing(channel)}.", "channel")
    if not body:
        raise DraftError("Write something first.", "body")
    if channel == "email" and not subject:
        raise DraftError("Write a subject.", "subject")


_BOXES = Rows(  # active before paused
    lambda user: (
        Mailbox.objects.filter(user=user).exclude(state=Mailbox.State.OFF).order_by("state", "id")
    )
)


def has_mailbox(user: User) -> bool:
    return bool(_BOXES.all(user.pk))


def mailbox_for(lead: Lead, user: User) -> Mailbox:
    """Always the same sender for a lead: the mailbox last used with them, else the user's own.

    Raises DraftError when there is none.
    """
    boxes = _BOXES.all(user.pk)
    if not boxes:
        raise DraftError("Connect a mailbox first: Settings, Mailboxes.", "channel")
    for box in boxes:
        box.user = user
    return boxes[0] if len(boxes) == 1 else _last_used(lead, boxes)


def _last_used(lead: Lead, boxes: list[Mailbox]) -> Mailbox:
    """The one that wrote to the lead last, else the first."""
    used = Touch.objects.filter(lead=lead, mailbox__in=boxes).order_by("-sent_at", "-id")
    last = used.values_list("mailbox", flat=True).first()
    return next((box for box in boxes if box.pk == last), boxes[0])
