"""What leads keeps about a person beside the lead itself: facts, ties to other systems."""

from leads.services import crm_links, facts, merged_privacy
from salesagent.lib import privacy

privacy.register("facts", privacy.Holder(erase=facts.erase, export=facts.export))
privacy.register("other systems", privacy.Holder(erase=crm_links.forget, export=crm_links.export))
privacy.register(
    merged_privacy.NAME,
    privacy.Holder(erase=merged_privacy.erase, export=merged_privacy.export),
)
