"""What coaching keeps about a lead: feedback, and which plays were used."""

from coaching.models import Feedback, PlayUse
from salesagent.lib import privacy


def erase(lead_id: int) -> None:
    """Feedback goes whole: it speaks of what the person wrote. Uses go with it."""
    Feedback.objects.filter(lead=lead_id).delete()
    PlayUse.objects.filter(lead=lead_id).delete()


def export(lead_id: int) -> dict[str, object]:
    """What was noted about the talks with this person; the rep's name is not theirs to get."""
    feedback = Feedback.objects.filter(lead=lead_id).values(
        "about", "objection", "handling", "strengths", "improvements", "created_at"
    )
    uses = PlayUse.objects.filter(lead=lead_id).values("play__name", "outcome", "used_at")
    return {
        "feedback": [{**row, "created_at": row["created_at"].isoformat()} for row in feedback],
        "plays": [{**row, "used_at": row["used_at"].isoformat()} for row in uses],
    }


privacy.register("coaching", privacy.Holder(erase=erase, export=export))
