"""What of this app goes with a lead when it is merged into another one."""

from leads.merged_rows import Kind, register
from leads.models import ConsentRecord, Deal, Fact, Inquiry, Pain, RemoteLink, SheetRow

register(
    Kind(Deal, "deal", "deals"),
    Kind(Pain, "pain point", "pain points"),
    Kind(ConsentRecord, "consent", "consents"),
    Kind(Inquiry, "enquiry", "enquiries"),
    Kind(Fact, "fact", "facts"),
    Kind(RemoteLink, "link to another system", "links to other systems"),
    Kind(SheetRow, "sheet row", "sheet rows"),
)
