"""How decisions of outreach are taken back; the codes stand in `undo` of each decision."""

from leads.models import Decision
from leads.services.decisions import DecisionError, undoes
from outreach.models import Enrollment
from outreach.services import enrollment
from salesagent.accounts.models import User


def _enrollment(decision: Decision) -> Enrollment:
    """The enrolment the decision was about; it must be of the same lead."""
    rows = Enrollment.objects.select_related("lead", "sequence")
    found = rows.filter(pk=decision.undo.get("enrollment"), lead=decision.lead_id).first()
    if found is None:
        raise DecisionError("The sequence it was about is gone.")
    return found


@undoes("enrollment.resume")
def resume(decision: Decision, user: User) -> str:
    found = _enrollment(decision)
    if not enrollment.resume(found, actor=user.actor):
        raise DecisionError("The sequence is not paused any more.")
    return f"{found.sequence.name} goes on."


@undoes("enrollment.pause")
def pause(decision: Decision, user: User) -> str:
    found = _enrollment(decision)
    reason = Enrollment.Reason.MANUAL
    if not enrollment.pause(found, reason=reason, actor=user.actor):
        raise DecisionError("The sequence does not run any more.")
    return f"{found.sequence.name} is paused."


@undoes("enrollment.stop")
def stop(decision: Decision, user: User) -> str:
    """Out of a sequence that a rule had put them into."""
    found = _enrollment(decision)
    reason = Enrollment.Reason.MANUAL
    if not enrollment.stop(found, reason=reason, actor=user.actor):
        raise DecisionError("The sequence has ended meanwhile.")
    return f"Out of {found.sequence.name}."
