"""What leads keeps about a person beside the lead itself: facts, ties to other systems."""

from leads.services import crm_links, facts
from salesagent.lib import privacy

privacy.register("facts", privacy.Holder(erase=facts.erase, export=facts.export))
privacy.register("other systems", privacy.Holder(erase=crm_links.forget, export=crm_links.export))
