from outreach.models.attachment import Attachment, Submission
from outreach.models.content import PainPoint, Snippet, Template
from outreach.models.mailbox import InboundMessage, Mailbox
from outreach.models.sequence import Enrollment, Sequence, Step, Variant
from outreach.models.touch import Task, Touch, new_message_id

__all__ = [
    "Attachment",
    "Enrollment",
    "InboundMessage",
    "Mailbox",
    "PainPoint",
    "Sequence",
    "Snippet",
    "Step",
    "Submission",
    "Task",
    "Template",
    "Touch",
    "Variant",
    "new_message_id",
]
