"""Queue entry points: ids in, one service call each. Every task may run twice."""

from leads.models import ThreadEvent
from outreach.models import Sequence
from outreach.services import (
    answer_models,
    answering,
    checking,
    confirmation,
    enrollment,
    experiments,
    guards,
    inbound,
    learning,
    ledger_check,
    mailbox_checks,
    model_drafts,
    moments,
    preflight,
    reconciling,
    replies,
    sign_ins,
    ticking,
    tracking,
)
from salesagent.accounts.models import User
from salesagent.ai import encoder, heads
from salesagent.lib import hold, once


def _event(event_id: int) -> ThreadEvent:
    return ThreadEvent.objects.select_related("lead").get(pk=event_id)


@once.alone
@hold.paused
def tick() -> None:
    ticking.tick()


@once.alone
def poll_mailboxes() -> None:
    inbound.poll_all()


@hold.paused
def enroll_by_rules() -> None:
    enrollment.enroll_by_rules()


def confirm_inquiry(event_id: int) -> None:
    confirmation.confirm(_event(event_id))


@once.alone
def learn_from_corrections() -> None:
    learning.start_when_due()


def train_heads(job_id: int) -> None:
    learning.run(job_id)


def classify_reply(event_id: int) -> None:
    replies.classify_reply(_event(event_id))


def apply_disposition(event_id: int) -> None:
    replies.apply_disposition(_event(event_id))


def draft_answer(event_id: int) -> None:
    answering.draft_answer(_event(event_id))


def drop_answers(event_id: int) -> None:
    answering.drop_for(_event(event_id))


def stop_for_suppression(event_id: int) -> None:
    enrollment.stop_for_suppression(_event(event_id))


def stop_for_archive(event_id: int) -> None:
    enrollment.stop_for_archive(_event(event_id))


def stop_for_stage(event_id: int) -> None:
    enrollment.stop_for_stage(_event(event_id))


def refresh_worklist() -> None:
    moments.refresh()
    sign_ins.warn()
    reconciling.reconcile()
    encoder.unload_idle()
    heads.unload_idle()


def stop_everybody(sequence_id: int, user_id: int) -> None:
    actor = User.objects.get(pk=user_id).actor
    enrollment.stop_everybody(Sequence.objects.get(pk=sequence_id), actor=actor)


def check_connections(user_id: int) -> None:
    checking.check_all(User.objects.get(pk=user_id))


def check_domains() -> None:
    preflight.check_all()


def settle_clicks() -> None:
    tracking.settle()


def check_guards() -> None:
    guards.check_all()


@once.alone
def look_at_tests() -> None:
    experiments.look_at_all()


def check_ledger() -> None:
    ledger_check.check_all()


@once.alone
def write_drafts() -> None:
    model_drafts.write_waiting()
    answer_models.write_waiting()


def check_mailbox(job_id: int) -> None:
    mailbox_checks.run(job_id)
