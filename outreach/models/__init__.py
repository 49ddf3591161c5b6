from outreach.models.attachment import Attachment, Submission
from outreach.models.booking import Booking
from outreach.models.content import PainPoint, Snippet, Template
from outreach.models.experiment import CadenceRule, Experiment, SlotStat
from outreach.models.mailbox import InboundMessage, LedgerCheck, Mailbox
from outreach.models.sequence import Enrollment, Sequence, Step, Variant
from outreach.models.touch import Call, Task, Touch, TrackedLink, new_message_id

__all__ = [
    "Attachment",
    "Booking",
    "CadenceRule",
    "Call",
    "Enrollment",
    "Experiment",
    "InboundMessage",
    "LedgerCheck",
    "Mailbox",
    "PainPoint",
    "Sequence",
    "SlotStat",
    "Snippet",
    "Step",
    "Submission",
    "Task",
    "Template",
    "Touch",
    "TrackedLink",
    "Variant",
    "new_message_id",
]
