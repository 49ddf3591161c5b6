"""What a delivery report does: it is noted, and a dead address is never used again.

Only a report on a message that we did send may suppress: anybody can write one that looks so.
"""

from datetime import timedelta

from django.utils import timezone

from leads import thread
from leads.models import Suppression
from leads.services import suppression
from outreach.mail.autoreply_rules import Bounce
from outreach.mail.parse import ParsedMail
from outreach.models import Enrollment, InboundMessage, Mailbox, Task, Touch
from outreach.services import enrollment, matching, worklist
from outreach.services.ledger import Outcome, ignored

RECENT = timedelta(days=7)
WORDS = {
    "hard": "The address does not exist",
    "soft": "Could not be delivered",
    "complaint": "Reported as spam",
}


def settle(row: InboundMessage, mail: ParsedMail, report: Bounce) -> Outcome:
    touch = _returned_touch(mail, report, row.mailbox)
    if report.kind == "delivered":
        return ignored("Delivery confirmation")
    if touch is None:
        return ignored("Delivery report on a message that was not sent from here")
    event = thread.record(
        lead=touch.lead,
        kind="touch.bounced",
        actor="system",
        channel="email",
        data={
            "touch": touch.pk,
            "kind": report.kind,
            "status": report.status,
            "reason": report.reason,
            "text": WORDS[report.kind],
        },
        occurred_at=row.received_at,
        dedupe_key=f"inbound:{row.pk}",
    )
    if report.kind != "soft":
        _give_up(touch, report)
    state = InboundMessage.State.THREADED
    return Outcome(state, WORDS[report.kind], touch.lead, event, "references")


def _returned_touch(mail: ParsedMail, report: Bounce, mailbox: Mailbox) -> Touch | None:
    """Our message that came back: by its Message-ID, else the last one to that address."""
    touch = matching.answered_touch(mail)
    if touch is not None:
        return touch
    if not report.recipient:
        return None
    return (
        Touch.objects.filter(
            mailbox=mailbox,
            to_address__iexact=report.recipient,
            state=Touch.State.SENT,
            sent_at__gte=timezone.now() - RECENT,
        )
        .select_related("lead", "enrollment")
        .order_by("-sent_at")
        .first()
    )


def _give_up(touch: Touch, report: Bounce) -> None:
    """Suppress the address, stop the sequence, tell the owner of the lead."""
    complaint = report.kind == "complaint"
    reason = Suppression.Reason.COMPLAINT if complaint else Suppression.Reason.HARD_BOUNCE
    if touch.to_address:
        suppression.suppress(
            address=touch.to_address,
            channel="all" if complaint else "email",
            reason=reason,
            source=f"Delivery report {report.status}".strip(),
            actor="system",
            lead=touch.lead,
        )
    current = enrollment.open_for(touch.lead)
    stop_reason = Enrollment.Reason.COMPLAINT if complaint else Enrollment.Reason.HARD_BOUNCE
    if current is not None:
        enrollment.stop(current, reason=stop_reason, actor="system")
    worklist.add(
        Task.Kind.ATTENTION,
        owner=touch.lead.owner,
        lead=touch.lead,
        touch=touch,
        channel="email",
        title=WORDS[report.kind],
        why="Nothing more is sent there. Find another way to reach them.",
        dedupe_key=f"bounce:{touch.pk}",
    )
