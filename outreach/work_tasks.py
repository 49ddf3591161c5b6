"""Queue entry points of what people have to do in time. Every task may run twice."""

from leads.models import ThreadEvent
from outreach.services import balancing, digest, escalation
from salesagent.lib import hold, once


def watch_answer(event_id: int) -> None:
    escalation.watch(ThreadEvent.objects.get(pk=event_id))


@once.alone
def pass_on() -> None:
    escalation.run()


@once.alone
@hold.paused
def send_digests() -> None:
    digest.run()


@once.alone
def watch_balance() -> None:
    balancing.watch()
