"""Queue entry points of the rules (services.cadence_rules). Every task may run twice."""

from django.utils import timezone

from leads.models import ThreadEvent
from outreach.services import cadence_acts, cadence_watch, slots


def follow_signals(event_id: int) -> None:
    """After a classified answer or a click."""
    cadence_acts.follow(ThreadEvent.objects.select_related("lead__owner").get(pk=event_id))


def watch_silence() -> None:
    cadence_watch.watch(timezone.now())


def learn_slots() -> None:
    slots.learn(timezone.now())
