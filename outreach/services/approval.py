"""A person's word on a text: approve, take back, edit, skip. Also what cancels a waiting touch.

Approval is one conditional UPDATE that names the very text the person saw, so a double click, two
tabs or two managers have one effect, and a text that changed meanwhile is never approved.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from leads import thread
from outreach.models import Enrollment, Touch, Variant
from outreach.services import planning, policy, quality, reach, worklist
from salesagent.accounts.models import User
from salesagent.lib import hands
from salesagent.lib.text import clean, one_line

SKIP_REASONS = worklist.SKIP_REASONS
CHANGED = "The text changed meanwhile. Read it again."
BODY_LIMIT = 8000
PROGRAM = "ai:program"  # writer of words that came with a program's token
WAITING = (Touch.State.DRAFT, Touch.State.APPROVED, Touch.State.TODO)


class ApprovalError(Exception):
    """Why nothing was approved, in plain words. `code`: changed, state, blocked, reason."""

    def __init__(self, message: str, code: str = "state") -> None:
        super().__init__(message)
        self.code = code


def _fresh(touch: Touch) -> Touch:
    return Touch.objects.select_related(
        "lead__owner", "enrollment", "step", "mailbox", "approved_by"
    ).get(pk=touch.pk)


def _move(touch: Touch, states: Iterable[str], **values: Any) -> bool:
    """The one conditional UPDATE. It also names the text, so an edit in between makes it miss."""
    hit = Touch.objects.filter(
        pk=touch.pk,
        state__in=list(states),
        subject=touch.subject,
        body=touch.body,
        to_address=touch.to_address,
    ).update(updated_at=timezone.now(), **values)
    return hit == 1


def _refusal(touch: Touch) -> ApprovalError:
    """Say what a touch that could not be moved is now."""
    now = _fresh(touch)
    if now.approved_by and now.state != Touch.State.DRAFT:
        return ApprovalError(f"Already approved by {now.approved_by}.")
    if now.state == Touch.State.DRAFT:
        return ApprovalError(CHANGED, "changed")
    return ApprovalError(f"This draft is no longer waiting: {now.get_state_display().lower()}.")


def _say(touch: Touch, kind: str, actor: str, **data: Any) -> None:
    thread.record(
        lead=touch.lead,
        kind=kind,
        actor=actor,
        channel=touch.channel,
        data={"touch": touch.pk, "number": touch.number, **data},
    )


def _checked(touch: Touch) -> list[dict[str, Any]]:
    """Run the checks; their result stands on the touch, not in the database."""
    checks: list[dict[str, Any]] = list(quality.check(touch))
    touch.checks = checks
    touch.checks_passed = all(check["level"] == "ok" for check in checks)
    return checks


def recheck(touch: Touch) -> list[dict[str, Any]]:
    """Run the checks on the text as it stands now and keep their result. No state change."""
    checks = _checked(touch)
    Touch.objects.filter(pk=touch.pk).update(
        checks=touch.checks, checks_passed=touch.checks_passed, receipts=touch.receipts
    )
    return checks


def _refuse_blocked(touch: Touch) -> None:
    blocks = [check["text"] for check in recheck(touch) if check["level"] == "block"]
    if blocks:
        raise ApprovalError(f"Not yet: {blocks[0]}", "blocked")


def approve(touch: Touch, *, user: User, seen_hash: str, read_for: int | None = None) -> Touch:
    """Approve exactly the text whose `policy.text_hash` is `seen_hash`.

    `read_for`: seconds that the draft lay open before, where a page measured them.

    E-mail waits UNDO_SECONDS and is then sent when the policy allows; a call or a LinkedIn message
    becomes a task of the lead's owner. Raises ApprovalError; nothing has changed then.
    """
    fresh = _fresh(touch)
    if fresh.state != Touch.State.DRAFT:
        raise _refusal(fresh)
    if policy.text_hash(fresh) != seen_hash:
        raise ApprovalError(CHANGED, "changed")
    _refuse_blocked(fresh)
    measured = {"seconds": read_for} if read_for else {}
    _stand_for(fresh)
    return _approve(fresh, user, seen_hash, **measured)


def _stand_for(touch: Touch) -> None:
    """A person read the words that a program typed into a step, as they stand: they are theirs."""
    if touch.variant_id and touch.body == touch.machine_body:
        Variant.objects.filter(pk=touch.variant_id, by_program=True).update(by_program=False)


@transaction.atomic
def _approve(touch: Touch, user: User, seen_hash: str, **data: Any) -> Touch:
    now = timezone.now()
    manual = reach.is_manual(touch.channel)
    moved = _move(
        touch,
        [Touch.State.DRAFT],
        state=Touch.State.TODO if manual else Touch.State.APPROVED,
        approved_by=user,
        approved_at=now,
        approved_hash=seen_hash,
        not_before=None if manual else now + timedelta(seconds=settings.UNDO_SECONDS),
        held_code="",
        held_text="",
    )
    if not moved:
        raise _refusal(touch)
    approved = _fresh(touch)
    if manual:
        worklist.add_for_touch(approved)
    if approved.kind in (Touch.Kind.REPLY, Touch.Kind.MANUAL):
        if task := worklist.answered(approved, user):
            data["task"] = task
        _drop_other_answers(approved, user)
    edited = bool(approved.machine_body) and approved.body != approved.machine_body
    made = {"edited": edited, "machine": bool(approved.machine_body), **data}
    _say(approved, "touch.approved", user.actor, **made)
    return approved


def _drop_other_answers(touch: Touch, user: User) -> None:
    """A person answers: what a machine drafted beside it is no longer wanted."""
    drafted = Touch.objects.filter(
        lead=touch.lead_id, kind=Touch.Kind.REPLY, state=Touch.State.DRAFT, author=None
    )
    others = drafted.exclude(pk=touch.pk).exclude(answers=None).filter(body=F("machine_body"))
    cancel(others.select_related("lead"), "answered", actor=user.actor)


@transaction.atomic
def undo(touch: Touch, *, user: User) -> bool:
    """Take an approval or a skip back, as long as nothing has followed from it. False: too late."""
    fresh = _fresh(touch)
    if fresh.state == Touch.State.SKIPPED:
        return _unskip(fresh, user)
    if fresh.state not in (Touch.State.APPROVED, Touch.State.TODO) or not _back_to_draft(fresh):
        return False
    _say(fresh, "touch.unapproved", user.actor, reason="undo")
    return True


def no_undo(touch: Touch) -> tuple[str, str]:
    """Why nothing was taken back, and its code: there was nothing, or something followed."""
    state = Touch.objects.values_list("state", flat=True).get(pk=touch.pk)
    if state == Touch.State.DRAFT:
        return "Nothing to take back: it waits for approval.", "state"
    if state == Touch.State.CANCELLED:
        return "Nothing to take back: it was cancelled.", "state"
    if state == Touch.State.SKIPPED:
        return "Too late: the sequence has gone on since.", "too_late"
    return "Too late: it is on its way or gone already.", "too_late"


def _unskip(touch: Touch, user: User) -> bool:
    values = {"state": Touch.State.DRAFT, "skip_reason": ""}
    with transaction.atomic():
        if not _move(touch, [Touch.State.SKIPPED], **values) or not planning.take_back(touch):
            transaction.set_rollback(True)
            return False
    _say(touch, "touch.unapproved", user.actor, reason="skip taken back")
    return True


def _back_to_draft(touch: Touch, **values: Any) -> bool:
    moved = _move(
        touch,
        [Touch.State.APPROVED, Touch.State.TODO],
        state=Touch.State.DRAFT,
        approved_by=None,
        approved_at=None,
        approved_hash="",
        not_before=None,
        **values,
    )
    if moved:
        worklist.withdraw(touch)
        worklist.unanswered(touch)
    return moved


def withdraw_all(*, actor: str, reason: str) -> int:
    """Every approval falls whose message has not left. Returns how many drafts wait anew."""
    count = 0
    for touch in Touch.objects.filter(state=Touch.State.APPROVED).only("pk").order_by("pk"):
        with transaction.atomic():
            fresh = _fresh(touch)
            if _back_to_draft(fresh):
                _say(fresh, "touch.unapproved", actor, reason=reason)
                count += 1
    return count


def edit(touch: Touch, *, user: User, subject: str, body: str, seen_hash: str) -> Touch:
    """Put new words into a touch that waits; an approval falls, the checks run again.

    They run before the write lock is taken: a long text keeps nobody else from writing. A program's
    words count as written by a machine. Raises ApprovalError when the text is not the one that the
    person started from.
    """
    fresh = _fresh(touch)
    if fresh.state not in WAITING:
        raise _refusal(fresh)
    if policy.text_hash(fresh) != seen_hash:
        raise ApprovalError(CHANGED, "changed")
    words: dict[str, Any] = {
        "subject": one_line(subject, 300),
        "body": clean(body).strip()[:BODY_LIMIT],
    }
    if words["body"] != fresh.body:  # a person's own words are no approved template
        words |= {"content_sid": "", "content_variables": {}}
    if (words["subject"], words["body"]) != (fresh.subject, fresh.body):
        words |= {"writer_note": "", **_by_program(fresh, words)}  # a person's are not written over
    worded = copy(fresh)
    for name, value in words.items():
        setattr(worded, name, value)
    _checked(worded)
    kept = ("checks", "checks_passed", "receipts")
    return _put(fresh, user, words | {name: getattr(worded, name) for name in kept})


@transaction.atomic
def _put(touch: Touch, user: User, words: dict[str, Any]) -> Touch:
    """The new words and what the checks said of them, if the text is still the one before."""
    was_approved = touch.state != Touch.State.DRAFT
    if was_approved:
        moved = _back_to_draft(touch, **words)
    else:
        moved = _move(touch, [Touch.State.DRAFT], **words)
    if not moved:
        raise _refusal(touch)
    if was_approved:
        _say(touch, "touch.unapproved", user.actor, reason="edited")
    return _fresh(touch)


def _by_program(touch: Touch, words: dict[str, Any]) -> dict[str, Any]:
    """Nobody typed what a program puts in: its statements need a source, as a model's do."""
    if not hands.program():
        return {}
    if words["body"] != touch.body:
        return {"machine_body": words["body"], "writer": PROGRAM}
    return {"machine_body": touch.machine_body or words["subject"], "writer": PROGRAM}


@transaction.atomic
def skip(touch: Touch, *, user: User, reason: str) -> Touch:
    """Do not send this one; the sequence goes on with the next touch.

    "Wrong person" also pauses the sequence: the next touch would go to the same person.
    """
    if reason not in SKIP_REASONS:
        raise ApprovalError("Choose a reason.", "reason")
    fresh = _fresh(touch)
    values = {"state": Touch.State.SKIPPED, "skip_reason": reason}
    if not _move(fresh, WAITING, **values):
        raise _refusal(fresh)
    worklist.withdraw(fresh)
    _say(fresh, "touch.skipped", user.actor, reason=reason)
    fresh.refresh_from_db()
    planning.touch_done(fresh, timezone.now())
    if reason == "wrong_person" and fresh.enrollment:
        _pause_for_wrong_person(fresh.enrollment, user)
    return fresh


def _pause_for_wrong_person(enrollment: Enrollment, user: User) -> None:
    from outreach.services import enrollment as enrollments  # it cancels through this module

    enrollment.refresh_from_db()
    if enrollment.state == Enrollment.State.ACTIVE:
        enrollments.pause(enrollment, reason="manual", actor=user.actor, note="Wrong person")


@transaction.atomic
def cancel(touches: Iterable[Touch], reason: str, *, actor: str = "system") -> int:
    """Cancel what waits among `touches`, never one that is being sent. Returns the count."""
    count = 0
    for touch in touches:
        hit = Touch.objects.filter(pk=touch.pk, state__in=WAITING).update(
            state=Touch.State.CANCELLED, skip_reason=reason[:20], updated_at=timezone.now()
        )
        if hit:
            worklist.withdraw(touch)
            _say(touch, "touch.cancelled", actor, reason=reason)
            count += 1
    return count


def approve_bulk(user: User, seen: Mapping[Touch, str]) -> tuple[int, list[str]]:
    """Approve those drafts that pass every check now and still read as they were listed.

    `seen` maps each touch to the text hash that the page showed. An answer to somebody is never
    approved in bulk. Returns the count and, for each refused draft, why.
    """
    count, refused = 0, []
    for touch, seen_hash in seen.items():
        try:
            _approve_checked(touch, user, seen_hash)
            count += 1
        except ApprovalError as error:
            refused.append(f"{touch.lead}: {error}")
    return count, refused


def _approve_checked(touch: Touch, user: User, seen_hash: str) -> None:
    fresh = _fresh(touch)
    if fresh.kind == Touch.Kind.REPLY:
        raise ApprovalError("An answer is read and approved one by one.", "reply")
    if fresh.state == Touch.State.DRAFT:
        open_points = [check["text"] for check in recheck(fresh) if check["level"] != "ok"]
        if open_points:
            raise ApprovalError(f"Needs a look: {open_points[0]}", "blocked")
    approve(fresh, user=user, seen_hash=seen_hash)


def approve_unchanged(touch: Touch) -> bool:
    """Approve in the name of who approved the template, if the step says to send it unchanged.

    Only e-mail that the template writer rendered without any machine part, unedited, with every
    check passed, while that person still works here, and where no program put the lead in or
    brought a word that is merged (outreach.services.merged_words, a check as well). False: it
    waits for a person like any other.
    """
    fresh = _fresh(touch)
    step = fresh.step
    approver = step.unchanged_approved_by if step and step.unchanged else None
    plain = fresh.writer == "template" and fresh.body == fresh.machine_body
    if not (approver and approver.is_active and plain and fresh.channel == "email"):
        return False
    if fresh.state != Touch.State.DRAFT or any(c["level"] != "ok" for c in recheck(fresh)):
        return False
    _approve(fresh, approver, policy.text_hash(fresh), unchanged=True)
    return True


def expected_at(touch: Touch, now: datetime | None = None) -> tuple[datetime | None, str]:
    """When an approved touch is likely to go out, or why it is held: (moment, "") or (None, why).

    Asked of the same policy that decides at the time of sending.
    """
    now = now or timezone.now()
    earliest = max(touch.due_at, touch.not_before or now, now)
    verdict = policy.may_send(touch, earliest)
    if verdict.ok:
        return earliest, ""
    return verdict.until, "" if verdict.until else verdict.text
