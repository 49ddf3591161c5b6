"""Queue entry points: ids in, one service call each. Every task may run twice."""

from leads.models import ThreadEvent
from outreach.models import Sequence
from salesagent.accounts.models import User


def _event(event_id: int) -> ThreadEvent:
    return ThreadEvent.objects.select_related("lead").get(pk=event_id)


def tick() -> None:
    from outreach.services import ticking

    ticking.tick()


def poll_mailboxes() -> None:
    from outreach.services import inbound

    inbound.poll_all()


def enroll_by_rules() -> None:
    from outreach.services import enrollment

    enrollment.enroll_by_rules()


def confirm_inquiry(event_id: int) -> None:
    from outreach.services import confirmation

    confirmation.confirm(_event(event_id))


def classify_reply(event_id: int) -> None:
    from outreach.services import replies

    replies.classify_reply(_event(event_id))


def apply_disposition(event_id: int) -> None:
    from outreach.services import replies

    replies.apply_disposition(_event(event_id))


def stop_for_suppression(event_id: int) -> None:
    from outreach.services import enrollment

    enrollment.stop_for_suppression(_event(event_id))


def stop_for_archive(event_id: int) -> None:
    from outreach.services import enrollment

    enrollment.stop_for_archive(_event(event_id))


def stop_for_stage(event_id: int) -> None:
    from outreach.services import enrollment

    enrollment.stop_for_stage(_event(event_id))


def refresh_worklist() -> None:
    from outreach.services import moments

    moments.refresh()


def stop_everybody(sequence_id: int, user_id: int) -> None:
    from outreach.services import enrollment

    actor = User.objects.get(pk=user_id).actor
    enrollment.stop_everybody(Sequence.objects.get(pk=sequence_id), actor=actor)
