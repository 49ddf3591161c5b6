"""What sequences do by themselves, told to the autonomy log (leads.services.decisions)."""

from datetime import datetime

from leads.models import ThreadEvent
from leads.services import decisions
from outreach.models import Enrollment, Mailbox

State = Enrollment.State
BY_ITSELF = ("system", "ai:", "lead")  # actors that are no person of ours
WORDS = {
    State.PAUSED: "Paused",
    State.STOPPED: "Stopped",
    State.ACTIVE: "Went on with",
}
WHY = {
    "Merged": "The lead went into another one.",
    "replied": "They answered, so nothing more goes out until you decide.",
    "company_replied": "A colleague at the same company answered.",
    "out_of_office": "They are away. It goes on by itself when they are back.",
    "left": "They have left the company. Nothing more goes out until you decide.",
    "meeting": "They booked a meeting.",
    "mailbox": "The mailbox it sends from is paused.",
    "opted_out": "They asked us to stop.",
    "hard_bounce": "Their address does not exist.",
    "complaint": "They reported our mail as spam.",
    "not_interested": "They said no.",
    "converted": "The deal is won.",
}
BACK = {State.PAUSED: "enrollment.resume", State.ACTIVE: "enrollment.pause"}


def moved(enrollment: Enrollment, to: str, *, actor: str, reason: str = "", note: str = "") -> None:
    """Log a pause, a stop or a resumption that no person asked for."""
    if to not in WORDS or not actor.startswith(BY_ITSELF):
        return
    rule = {State.PAUSED: "pause", State.STOPPED: "stop"}.get(State(to), "")
    undo = {"call": BACK[State(to)], "enrollment": enrollment.pk} if to in BACK else {}
    known = WHY.get(note) or WHY.get(reason)
    why = known or ("The hold is over." if to == State.ACTIVE else note or reason)
    decisions.log(
        rule=f"{rule}.{reason}" if rule else "resume",
        lead=enrollment.lead,
        what=f"{WORDS[State(to)]} {enrollment.sequence.name}",
        why=f"{why} {note}".strip() if note and note != why and note not in WHY else why,
        undo=undo,
    )


def mailbox_paused(mailbox: Mailbox, reason: str, now: datetime) -> None:
    """A guard stopped a mailbox. It is switched on again on its own page, after a look."""
    decisions.log(
        rule="guard.mailbox",
        lead=None,
        what=f"Paused the mailbox {mailbox.address}",
        why=reason,
        evidence={"mailbox": mailbox.pk},
        dedupe_key=f"mailbox-paused:{mailbox.pk}:{now.isoformat()}",
    )


def enrolled(enrollment: Enrollment) -> None:
    """A live rule put somebody into a sequence."""
    decisions.log(
        rule="enroll.rule",
        lead=enrollment.lead,
        what=f"Added to {enrollment.sequence.name}",
        why="They match the rule of the sequence.",
        undo={"call": "enrollment.stop", "enrollment": enrollment.pk},
        dedupe_key=f"enroll.rule:{enrollment.pk}",
    )


def suppressed(event: ThreadEvent) -> None:
    """Somebody went onto the do-not-contact list without one of us asking for it.

    Each address of a person is noted, the decision is one.
    """
    if not event.actor.startswith(BY_ITSELF):
        return
    reason, source = str(event.data.get("reason", "")), str(event.data.get("source", ""))
    decisions.log(
        rule="suppress",
        lead=event.lead,
        what="Put on the do-not-contact list",
        why=WHY.get(reason, "They must not be contacted."),
        evidence={"events": [event.pk]},
        event=event,
        dedupe_key=f"suppress:{event.lead_id}:{reason}:{source}",
    )
