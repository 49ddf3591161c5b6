"""What was planned for a lead that an undone import took back, when somebody else brings it in."""

from leads.models import Profile
from outreach.models import Enrollment, Task, Touch
from outreach.services import attachments


def forget(lead_id: int) -> None:
    """Drafts, lines of Today and the way through a sequence. Nothing of it had left: the undo of an
    import keeps whoever was written to, so a touch that went out stays here as well."""
    attachments.forget_all_of(lead_id)
    Profile.objects.filter(lead=lead_id).delete()
    Task.objects.filter(lead=lead_id).delete()
    touches = Touch.objects.filter(lead=lead_id)
    if touches.filter(sent_at__isnull=False).exists():
        return
    touches.delete()
    Enrollment.objects.filter(lead=lead_id).delete()
