"""Make drafts: a step's touch for an enrolled lead, or one a person writes by hand.

A draft never leaves by itself; approval, policy and sending follow. Message-ID and threading
headers are fixed here, before anything can go wrong on the wire.
"""

import hashlib
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from leads import thread
from leads.models import Lead
from leads.services import suppression
from outreach.models import Enrollment, Mailbox, Step, Touch, Variant, new_message_id
from outreach.services import (
    approval,
    cadence,
    experiments,
    merge,
    planning,
    quality,
    reach,
    text_templates,
    texting,
    thompson,
    tracking,
)
from salesagent.accounts import ai
from salesagent.ai.base import Brief, Draft
from salesagent.lib.registry import adapter
from salesagent.lib.text import one_line

BODY_LIMIT = 8_000  # characters of a hand-written text
SUBJECT_LIMIT = 300
REDRAFTED = ("subject", "body", "machine_body", "content_sid", "content_variables")
NOTED = ("writer", "writer_note", "receipts", "checks", "checks_passed")
WAITING = "Written from the template. The model is asked for its words."
REFERENCES_LIMIT = 20  # Message-IDs; older ones but the first are dropped


class DraftError(Exception):
    """Why no draft was made, in plain words; `field` names the input it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Headers:
    """Where a mail stands in its thread."""

    message_id: str | None = None
    in_reply_to: str = ""
    references: str = ""
    base_subject: str = ""


def draft_touch(enrollment: Enrollment, now: datetime | None = None) -> Touch | None:
    """The touch of the step that is next for this enrolment; the one made before if there is one.

    None when there is nothing to draft: not active, the step is gone, or it does not apply to this
    lead (then it is recorded as skipped and the next one is planned). A step marked "send the
    approved template unchanged" is approved in the name of who approved the template.
    """
    now = now or timezone.now()
    enrollment = Enrollment.objects.select_related(
        "lead__owner", "lead__company", "mailbox__user", "sequence__owner", "enrolled_by"
    ).get(pk=enrollment.pk)
    if enrollment.state != Enrollment.State.ACTIVE or not enrollment.next_step_key:
        return None
    touch = _made_before(enrollment) or _make(enrollment, now)
    if touch and touch.state == Touch.State.DRAFT and touch.step and touch.step.unchanged:
        approval.approve_unchanged(touch)
        touch.refresh_from_db()
    return touch


def _made_before(enrollment: Enrollment) -> Touch | None:
    made = Touch.objects.select_related("step", "lead", "mailbox")
    return made.filter(enrollment=enrollment, step_key=enrollment.next_step_key).first()


def _make(enrollment: Enrollment, now: datetime) -> Touch | None:
    rows = Step.objects.filter(sequence=enrollment.sequence_id, until_version=None)
    step = rows.filter(key=enrollment.next_step_key).first() if enrollment.next_step_key else None
    if step is None:  # removed meanwhile
        planning.plan_next(enrollment, after=now)
        return None
    instead = cadence.channel_instead(enrollment)
    channel = channel_for(step, enrollment.lead, instead=instead)
    try:
        with transaction.atomic():
            if not channel:
                return _skip(enrollment, step, now)
            return _write(enrollment, step, channel, now)
    except IntegrityError:
        if made := _made_before(enrollment):
            return made  # a second writer was faster
        raise


def channel_for(
    step: Step, lead: Lead, *, off: Container[str] | None = None, instead: str = ""
) -> str:
    """The step's channel, else its fallback; "" when none reaches the lead or it does not apply.

    `off`: the channels on which the lead is suppressed, if they are known already. `instead`: what
    somebody accepted to use in place of mails, where it reaches the lead.
    """
    if not _applies(step, lead):
        return ""
    first = instead if step.channel == "email" else ""
    wanted = (first, step.channel, step.fallback_channel)
    known = (channel for channel in wanted if channel and texting.reaches(lead, channel))
    if off is not None:
        return next((one for one in known if one not in off), "")
    return next((one for one in known if not suppression.is_suppressed(lead, one)), "")


def _applies(step: Step, lead: Lead) -> bool:
    match step.condition:
        case Step.Condition.SCORE_WARM:
            return lead.score >= 45
        case Step.Condition.HAS_PHONE:
            return bool(lead.phone)
        case Step.Condition.NO_CLICK:
            return not tracking.has_clicked(lead.pk, step.sequence_id)
        case _:
            return True


def address(lead: Lead, channel: str) -> str:
    """Where `channel` reaches the lead; "" when it does not."""
    return reach.address(lead, channel)


def _skip(enrollment: Enrollment, step: Step, now: datetime) -> Touch | None:
    """Record why this touch is left out, once, and plan the next. There is nothing to approve."""
    reason = "condition" if not _applies(step, enrollment.lead) else "no_channel"
    touch = Touch.objects.create(
        **_of_step(enrollment, step, now),
        channel=step.channel,
        state=Touch.State.SKIPPED,
        skip_reason=reason,
    )
    data = {"touch": touch.pk, "number": touch.number, "reason": reason, "step": step.name}
    thread.record(lead=enrollment.lead, kind="touch.skipped", actor="system", data=data)
    planning.touch_done(touch, now)
    return None


def _of_step(enrollment: Enrollment, step: Step, now: datetime) -> dict[str, Any]:
    return {
        "lead": enrollment.lead,
        "enrollment": enrollment,
        "step": step,
        "step_key": step.key,
        "number": step.position,
        "kind": Touch.Kind.SEQUENCE,
        "due_at": enrollment.next_due_at or now,
    }


def _write(enrollment: Enrollment, step: Step, channel: str, now: datetime) -> Touch:
    mailbox = enrollment.mailbox if channel == "email" else None
    mail = channel == "email"
    headers = _headers(enrollment, mailbox, step) if mail else Headers(texting.key(channel))
    touch = Touch(
        **_of_step(enrollment, step, now),
        channel=channel,
        mailbox=mailbox,
        to_address=address(enrollment.lead, channel),
        variant=pick(list(step.variants.all()), enrollment),
        message_id=headers.message_id,
        in_reply_to=headers.in_reply_to,
        references=headers.references,
    )
    _put_words(touch, headers.base_subject)
    touch.save(force_insert=True)
    data = {"touch": touch.pk, "number": touch.number, "writer": touch.writer, "step": step.name}
    thread.record(
        lead=touch.lead,
        kind="touch.drafted",
        actor="system",
        channel=channel,
        data=data,
        dedupe_key=f"touch.drafted:{touch.pk}",
    )
    return touch


def pick(variants: list[Variant], enrollment: Enrollment, turn: int = 0) -> Variant | None:
    """A variant by weight, always the same for an enrolment; `turn` > 0: another one, in order.

    While a test of the texts runs, by the shares of the test instead.
    """
    if not variants:
        return None
    step = variants[0].step_id and variants[0].step
    share = experiments.weights(step) if step and len(variants) > 1 else {}
    taking_part = [v for v in variants if (share.get(v.label) if share else v.weight)] or variants
    key = f"{enrollment.variant_seed}:{enrollment.pk}:{step and step.key}"
    label = thompson.choose({v.label: share.get(v.label, v.weight or 1) for v in taking_part}, key)
    first = next(v for v in taking_part if v.label == label)
    return variants[(variants.index(first) + turn) % len(variants)]


def _number(enrollment: Enrollment | None) -> int:
    """Always the same for an enrolment, spread evenly over the enrolments."""
    key = f"{enrollment.variant_seed}:{enrollment.pk}" if enrollment else ""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4])


def _put_words(touch: Touch, base_subject: str = "") -> None:
    """Let the writer fill the variant's frame; run the checks.

    Where the variant has a brief, the model is asked later (outreach.services.model_drafts): a
    draft never waits for it.
    """
    found, writer = brief(touch), adapter("WRITERS", settings.WRITER)()
    draft: Draft = writer.draft(found)
    touch.subject = draft.subject or base_subject
    touch.body, touch.writer = draft.body, draft.writer
    text_templates.bind(touch, found.body, found.fields)
    touch.machine_body = touch.body
    touch.writer_note = WAITING if _wants_model(touch) else ""
    check(touch)


def _wants_model(touch: Touch) -> bool:
    """Words approved unchanged, and those WhatsApp has approved, are nobody's to rewrite."""
    if not (touch.variant and touch.variant.brief.strip()) or touch.content_sid:
        return False
    return not (touch.step and touch.step.unchanged) and ai.may_send("draft")


def brief(touch: Touch) -> Brief:
    """What a writer gets for this touch: the variant's frame and every field of the lead."""
    enrollment, variant = touch.enrollment, touch.variant
    mailbox = enrollment.mailbox if enrollment else touch.mailbox
    return Brief(
        channel=touch.channel,
        subject=variant.subject if variant and touch.channel == "email" else "",
        body=variant.body if variant else "",
        fields=merge.fields_for(
            touch.lead,
            enrollment.enrolled_by if enrollment and not mailbox else None,
            mailbox,
            enrollment.sequence if enrollment else None,
            when=touch.due_at,
        ),
        fallbacks=merge.FALLBACKS,
        snippets=merge.snippet_texts(),
        seed=_number(enrollment),
    )


def check(touch: Touch) -> None:
    checks = quality.check(touch)
    touch.checks = list(checks)
    touch.checks_passed = quality.passed(checks)


def _headers(enrollment: Enrollment, mailbox: Mailbox | None, step: Step) -> Headers:
    """Follow-ups stand in the thread of the mail before; "Re:" only when there truly is one."""
    message_id = new_message_id(mailbox.domain if mailbox else "")
    sent = Touch.objects.filter(enrollment=enrollment, channel="email", state=Touch.State.SENT)
    before = sent.exclude(message_id=None).order_by("-sent_at", "-id").first()
    if before is None:
        return Headers(message_id, base_subject=_first_subject(enrollment, step))
    return Headers(
        message_id,
        in_reply_to=before.message_id or "",
        references=chain(before.references, before.message_id or ""),
        base_subject=reply_subject(before.subject),
    )


def _first_subject(enrollment: Enrollment, step: Step) -> str:
    """The subject of the sequence's first mail, which this one follows but which never went out."""
    first = Variant.objects.filter(
        step__sequence=enrollment.sequence_id,
        step__until_version=None,
        step__channel="email",
        step__position__lt=step.position,
    ).exclude(subject="")
    variant = first.order_by("step__position", "label").first()
    if variant is None:
        return ""
    fields = merge.fields_for(enrollment.lead, enrollment.enrolled_by, enrollment.mailbox)
    return one_line(merge.render(variant.subject, fields).text)


def reply_subject(subject: str) -> str:
    """ "Re: " once, whatever stood there."""
    bare = subject.strip()
    while bare[:3].casefold() == "re:":
        bare = bare[3:].strip()
    return one_line(f"Re: {bare}", SUBJECT_LIMIT) if bare else ""


def chain(references: str, message_id: str) -> str:
    """References of an answer (RFC 5322 section 3.6.4), the first and the last ones kept."""
    known: Iterable[str] = dict.fromkeys([*references.split(), *message_id.split()])
    ids = list(known)
    if len(ids) > REFERENCES_LIMIT:
        ids = [ids[0], *ids[-REFERENCES_LIMIT + 1 :]]
    return " ".join(ids)


@transaction.atomic
def redraft(touch: Touch, label: str = "") -> Touch:
    """New words for a draft: the next variant of the step as it stands now, with today's fields.

    `label` asks for that variant instead, e.g. "B"; an unknown one counts as none.
    Raises DraftError when it waits no longer or was written by hand.
    """
    touch = _full().get(pk=touch.pk)
    if not (touch.step and touch.enrollment):
        raise DraftError("This text was written by hand. Edit it.")
    before = (touch.subject, touch.body)
    turn = 1 if touch.step.until_version is None else 0
    touch.step = _current(touch.step)
    touch.variant = _next_variant(touch, turn, label)
    _put_words(touch, touch.subject)
    values = (*REDRAFTED, *NOTED)
    hit = Touch.objects.filter(
        pk=touch.pk, state=Touch.State.DRAFT, subject=before[0], body=before[1]
    ).update(
        step=touch.step,
        variant=touch.variant,
        updated_at=timezone.now(),
        **{name: getattr(touch, name) for name in values},
    )
    if hit != 1:
        raise DraftError("This draft changed meanwhile. Read it again.")
    return touch


def _full() -> QuerySet[Touch]:
    return Touch.objects.select_related(
        "lead__owner", "lead__company", "mailbox__user", "step", "variant", "enrollment__mailbox",
        "enrollment__sequence", "enrollment__enrolled_by",
    )  # fmt: skip


def loaded(pk: int) -> Touch | None:
    """With everything its words are made of."""
    return _full().filter(pk=pk).first()


def _current(step: Step) -> Step:
    """The row of the same touch as it stands now, or the old one when it was removed."""
    rows = Step.objects.filter(sequence=step.sequence_id, key=step.key, until_version=None)
    return rows.first() or step


def _next_variant(touch: Touch, turn: int, wanted: str = "") -> Variant | None:
    variants = list(touch.step.variants.all()) if touch.step else []
    if not variants:
        return None
    if asked := [variant for variant in variants if variant.label == wanted]:
        return asked[0]
    labels = [variant.label for variant in variants]
    label = touch.variant.label if touch.variant else ""
    return variants[(labels.index(label) + turn) % len(labels) if label in labels else 0]
