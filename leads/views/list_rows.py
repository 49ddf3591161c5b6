"""The lead list's rows as its template prints them: worked out once, not cell by cell."""

from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leads.models import Lead
from leads.services.score_report import sure_words
from salesagent.templatetags.ui import ago, avatar, chan, due, score, stage_tint

STAGES = {str(code): str(label) for code, label in Lead.Stage.choices}
TINT = {"paused": " warn", "stopped": " mut"}


def cells(lead: Lead) -> dict[str, Any]:
    """One row. A dict, because a template finds a key in it at the first attempt."""
    past = lead.next_at is not None and lead.next_at <= timezone.now()
    return {
        "pk": lead.pk,
        "name": lead.name,
        "company": lead.company_name,
        "score": score(lead.score),
        "sure": sure_words(lead.score_state),
        "pain": getattr(lead, "top_pain", None) or "",
        "sign": _sign(lead),
        "next": lead.next_step.partition(",")[0],  # the touch's name would push the time out
        "held": lead.sequence_state == "paused",
        "due": "" if past else due(lead.next_at),
        "now": bool(lead.next_step) and past,
        "follow_up": lead.follow_up_at,
        "sequence": _sequence(lead),
        "tint": stage_tint(lead.stage),
        "stage": STAGES.get(lead.stage, lead.stage),
        "owner": avatar(lead.owner, "xs", named=True) if lead.owner else "",
    }


def _sign(lead: Lead) -> SafeString | str:
    """ "Replied, 3 h" behind its channel."""
    if not lead.last_sign:
        return ""
    when = ago(lead.last_sign_at)
    return format_html("{}{}, {}", chan(lead.last_sign_channel, "xs"), lead.last_sign, when)


def _sequence(lead: Lead) -> dict[str, Any] | None:
    if not lead.sequence_total:
        return None
    return {
        "done": lead.sequence_done,
        "total": lead.sequence_total,
        "name": lead.sequence_name,
        "state": lead.sequence_state,
        "tint": TINT.get(lead.sequence_state, ""),
    }
