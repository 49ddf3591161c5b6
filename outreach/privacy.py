"""What outreach keeps about a person and forgets on erasure: meetings, files, when they clicked."""

from outreach.services import attachments, booking_privacy, tracking
from salesagent.lib import privacy


def erase(lead_id: int) -> None:
    booking_privacy.forget(lead_id)
    attachments.forget_all_of(lead_id)
    tracking.forget(lead_id)


def export(lead_id: int) -> dict[str, object]:
    return {
        "meetings": booking_privacy.export(lead_id),
        "files": attachments.names_of(lead_id),
    }


privacy.register("outreach", privacy.Holder(erase=erase, export=export))
