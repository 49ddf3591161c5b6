"""What a delivery report does: it is noted, counted, and a dead address is never used again.

Only a report that names a message of ours (its Message-ID, which nobody can guess) may suppress.
One that just names an address may be made up: it holds the sequence and asks a person.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone

from leads import thread
from leads.models import Suppression, ThreadEvent
from leads.services import suppression
from outreach.mail.bounce import Bounce
from outreach.mail.parse import ParsedMail
from outreach.models import Enrollment, InboundMessage, Mailbox, Task, Touch
from outreach.services import enrollment, guards, matching, worklist
from outreach.services.ledger import Outcome, ignored

REPORTS = frozenset({"hard", "soft", "complaint", "delivered"})  # what is settled here
OPT_OUT = "opt-out"  # no complaint about a message: read like any answer that wants no more mail
RECENT = timedelta(days=7)
WORDS = {
    "hard": "The address does not exist",
    "soft": "Could not be delivered",
    "complaint": "Reported as spam",
}


def is_report(report: Bounce) -> bool:
    """Is it settled here, and not among the answers?"""
    return report.kind in REPORTS and report.reason != OPT_OUT


def settle(row: InboundMessage, mail: ParsedMail, report: Bounce) -> Outcome:
    """`report` is one of REPORTS. Idempotent: the event is recorded once for a received mail."""
    if report.reason == "auth-failure":  # RFC 6591: our DKIM or DMARC failed, nobody complained
        report = replace(report, kind="soft", policy=True)
    proven = matching.answered_touch(mail) or _returned_touch(report)
    touch = proven or _last_touch_to(report, row.box)
    if report.kind == "delivered":
        return ignored("Delivery confirmation")
    if touch is None:
        return ignored("Delivery report on a message that was not sent from here")
    key = f"inbound:{row.pk}"
    event = note(touch, report, at=row.received_at, key=key, proven=proven is not None)
    state = InboundMessage.State.THREADED
    return Outcome(state, _text(report), touch.lead, event, "references")


def _text(report: Bounce) -> str:
    return "Not delivered yet" if report.delayed else WORDS[report.kind]


def note(
    touch: Touch, report: Bounce, *, at: datetime, key: str, proven: bool = True
) -> ThreadEvent | None:
    """What a report on a message of ours does, however it came. `key`: it counts once; `proven`: it
    names our message by something that nobody can guess. None when it was noted before."""
    event = thread.record(
        lead=touch.lead,
        kind="touch.bounced",
        actor="system",
        channel="email",
        data={
            "touch": touch.pk,
            "mailbox": touch.mailbox_id,
            "kind": report.kind,
            "status": report.status,
            "reason": report.reason,
            "text": _text(report),
            **({"policy": True} if report.policy else {}),
            **({"delayed": True} if report.delayed else {}),
            **({} if proven else {"unproven": True}),
        },
        occurred_at=at,
        dedupe_key=key,
    )
    if report.kind != "soft":
        (_give_up if proven else _ask)(touch, report)
    if proven:
        _guard(touch)
    return event


def _guard(touch: Touch) -> None:
    """The mailbox it went out from, which may be another than the one the report came to."""
    box = Mailbox.objects.defer("password").filter(pk=touch.mailbox_id or 0).first()
    if box is not None:
        guards.check(box, timezone.now())


def _returned_touch(report: Bounce) -> Touch | None:
    """Ours by the Message-ID in the returned part, where the report is too broken to parse."""
    if not report.message_ids:
        return None
    rows = Touch.objects.filter(message_id__in=report.message_ids)
    return rows.select_related("lead", "enrollment").order_by("-pk").first()


def _last_touch_to(report: Bounce, mailbox: Mailbox) -> Touch | None:
    """The last message to the address that the report names."""
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


def _ask(touch: Touch, report: Bounce) -> None:
    """Pause, and let a person look whether the report is true."""
    current = enrollment.open_for(touch.lead)
    if current is not None:
        reason = Enrollment.Reason.MANUAL
        enrollment.pause(current, reason=reason, actor="system", note=WORDS[report.kind])
    worklist.add(
        Task.Kind.ATTENTION,
        owner=touch.lead.owner,
        lead=touch.lead,
        touch=touch,
        channel="email",
        title=f"{WORDS[report.kind]}, says a report",
        why="It does not name our message. Look whether it is true; the sequence is paused.",
        dedupe_key=f"bounce:{touch.pk}",
    )
