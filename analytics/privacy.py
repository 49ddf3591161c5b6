"""What analytics keeps about a lead: files of reports that name it."""

from analytics.services import reports
from salesagent.lib import privacy


def export(lead_id: int) -> dict[str, object]:
    """Reports hold nothing of a person beyond what the lead itself holds."""
    return {}


privacy.register("reports", privacy.Holder(erase=reports.erase, export=export))
