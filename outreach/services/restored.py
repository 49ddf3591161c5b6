"""After a restore: mailboxes, texts, sequences and approved messages wait for the owner.

What went out after the backup was made is not known to the restored data. So approvals fall: each
message that was approved then is looked at by a person again before it leaves.
"""

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from outreach.models import Enrollment, Mailbox, Task
from outreach.services import approval, enrollment, mailboxes, worklist
from outreach.services.held import CODE
from outreach.services.isolation import isolated
from outreach.services.text_accounts import SERVICE
from salesagent.accounts import connections
from salesagent.accounts.models import Connection, User
from salesagent.lib.text import plural

WORDS = "Restored from the backup of "  # how lib.hold begins its reason
ACTOR = "restore"  # no decision of the system that the autonomy log would tell


def hold(reason: str) -> list[str]:
    """Lines for people: what stands still now."""
    lines = [f"The mailbox {address} is paused" for address in mailboxes.pause_all(reason, CODE)]
    if row := connections.active(SERVICE):
        connections.failed(row.pk, reason, broken=True)
        lines.append("Texts (SMS and WhatsApp) are paused")
    if count := _enrollments(reason):
        lines.append(f"{plural(count, 'person', 'people')} in sequences are paused")
    if count := approval.withdraw_all(actor=ACTOR, reason="restored"):
        lines.append(f"{plural(count, 'approved message')} must be approved again")
    _tell_owners(reason)
    return lines


def _tell_owners(reason: str) -> None:
    for owner in User.objects.filter(role=User.Role.OWNER, is_active=True):
        worklist.add(
            Task.Kind.ATTENTION,
            owner=owner,
            title="Nothing is sent until you start again",
            why=f"{reason} You do that in Settings, Backups.",
            dedupe_key=f"restored:{owner.pk}:{timezone.now().isoformat()}",
        )


def _enrollments(reason: str) -> int:
    rows = Enrollment.objects.filter(state=Enrollment.State.ACTIVE)
    found = rows.select_related("lead", "sequence").order_by("pk")
    held = Enrollment.Reason.MAILBOX
    return sum(
        enrollment.pause(one, reason=held, actor=ACTOR, note=reason.rstrip("."))
        for one in found.iterator(chunk_size=200)
    )


def release(user: AbstractBaseUser) -> None:
    """What `hold` paused goes on; overdue steps move to the next window. Approvals stay open."""
    if not isinstance(user, User):
        raise TypeError("a person starts again")
    for mailbox in Mailbox.objects.defer("password").filter(paused_code=CODE):
        mailboxes.resume(mailbox, user=user)
    worklist.settle("restored:")
    for row in connections.of_service(SERVICE).filter(state=Connection.State.BROKEN, user=None):
        if row.error.startswith(WORDS):
            connections.worked(row.pk)
    rows = Enrollment.objects.filter(
        state=Enrollment.State.PAUSED, reason_note__startswith=WORDS, resume_at=None
    )
    for one in rows.select_related("lead", "sequence").order_by("pk").iterator(chunk_size=200):
        with isolated("resume", one.pk):
            enrollment.resume(one, actor=user.actor)
