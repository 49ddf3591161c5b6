"""Queue entry points: ids in, one service call each. Every task may run twice."""

from coaching.services import advice, patterns, review, talks, uses
from leads.models import ThreadEvent
from salesagent.lib import once


def _event(event_id: int) -> ThreadEvent:
    return ThreadEvent.objects.select_related("lead", "lead__owner").get(pk=event_id)


def after_reply(event_id: int) -> None:
    """A class of their message: what came of plays, and of the answer before it."""
    event = _event(event_id)
    review.review_outcome(event)
    uses.settle_lead(event.lead_id)


def after_call(event_id: int) -> None:
    review.review_call(_event(event_id))


def after_sequence(event_id: int) -> None:
    review.review_sequence(_event(event_id))


def after_step(event_id: int) -> None:
    """A deal won or a stage moved: plays that led there are settled."""
    uses.settle_lead(_event(event_id).lead_id)


@once.alone
def look_back() -> None:
    """What people sent since the last look."""
    review.sweep()
    review.warm()


@once.alone
def settle() -> None:
    """What has waited long enough: uses without an answer, promises without a sequel."""
    uses.settle()
    review.broken_promises()
    patterns.propose()


@once.alone
def count_talks() -> None:
    """Keep what pages for several people read equal to the threads."""
    talks.recount_everybody()


def word_advice(advice_id: int) -> None:
    advice.word(advice_id)
