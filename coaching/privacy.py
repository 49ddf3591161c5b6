"""What coaching keeps about a lead: feedback, plays used, talks, and advice that speaks of them."""

from coaching.models import Advice, Feedback, PlayUse, Talk
from leads.models import Lead, ThreadEvent
from salesagent.lib import privacy

GONE = "This spoke of somebody who has been erased."


def erase(lead_id: int) -> None:
    """Feedback goes whole: it speaks of what the person wrote. Uses and talks go with it."""
    Feedback.objects.filter(lead=lead_id).delete()
    PlayUse.objects.filter(lead=lead_id).delete()
    Talk.objects.filter(lead=lead_id).delete()
    for advice in _speaks_of(lead_id):
        rows = Advice.objects.filter(pk=advice.pk)
        if advice.state == Advice.State.SENT:
            rows.update(text=GONE, evidence=[], answer="")
        else:
            rows.delete()


def _speaks_of(lead_id: int) -> list[Advice]:
    """By the messages it rests on, or by the name in its words."""
    events = set(ThreadEvent.objects.filter(lead=lead_id).values_list("pk", flat=True))
    lead = Lead.objects.filter(pk=lead_id).only("first_name", "last_name", "email").first()
    whole = f"{lead.first_name} {lead.last_name}" if lead and lead.last_name else ""
    names = [name for name in (whole, (lead and lead.email) or "") if len(name) > 3]
    return [
        advice
        for advice in Advice.objects.exclude(text="").iterator(200)
        if events & set(advice.evidence)
        or any(name in f"{advice.text} {advice.answer}" for name in names)
    ]


def export(lead_id: int) -> dict[str, object]:
    """What was noted about the talks with this person. How a rep did is about the rep, and theirs
    alone: it is no part of the person's data and would reach whoever makes the copy."""
    feedback = Feedback.objects.filter(lead=lead_id).values("about", "objection", "created_at")
    uses = PlayUse.objects.filter(lead=lead_id).values("play__name", "outcome", "used_at")
    return {
        "feedback": [{**row, "created_at": row["created_at"].isoformat()} for row in feedback],
        "plays": [{**row, "used_at": row["used_at"].isoformat()} for row in uses],
    }


privacy.register("coaching", privacy.Holder(erase=erase, export=export))
