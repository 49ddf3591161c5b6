"""Somebody an automatic answer names in a lead's place: proposed, then accepted or declined.

Nothing about the named person is kept as a lead before a person says so and on what ground. The
lawful basis of the one who left is theirs and is not handed on.
"""

from django.db import transaction
from django.utils import timezone

from leads import family, thread
from leads.intake.clean import phone_number
from leads.intake.rows import split_name
from leads.models import Lead, ThreadEvent
from leads.services import intake, suppression
from outreach.mail.autoreply import Contact
from outreach.models import Enrollment, Task
from outreach.services import enrollment, matching, origins, worklist
from salesagent.accounts.models import User, Workspace
from salesagent.lib import hands

NOTE = "Left the company"
REFERRED = "Somebody else looks after it"
SENTENCE = 300
BASES = [choice for choice in Lead.Basis.choices if choice[0]]


class ContactError(Exception):
    """Why the proposal could not be settled, in words for the person who tried."""


@transaction.atomic
def propose(event: ThreadEvent, contact: Contact | None) -> Task | None:
    """Pause the lead of a received note and ask about whom it names; once for each note.

    None when it was asked before. Without anybody named the line only says that they left.
    """
    lead = event.lead
    _pause(lead)
    who = lead.first_name or lead.name
    if contact is None or not (contact.email or contact.phone):
        return worklist.add(
            Task.Kind.ATTENTION,
            owner=lead.owner,
            lead=lead,
            event=event,
            channel=event.channel,
            title=f"{who} left the company",
            why="The automatic answer names nobody else. Their sequence is paused.",
            dedupe_key=f"left:{event.pk}",
        )
    proposed = _proposal(event, contact)
    return worklist.add(
        Task.Kind.CONTACT,
        owner=lead.owner,
        lead=lead,
        event=proposed or _known(event),
        channel=event.channel,
        title=f"Write to {contact.name or contact.email or contact.phone}?",
        why=f"{who} left. Write to {contact.name or contact.email or contact.phone} instead?",
        dedupe_key=f"contact:{event.pk}",
    )


def _pause(lead: Lead) -> None:
    """Until a person decides; an absence that would end by itself becomes that too."""
    current = enrollment.open_for(lead)
    if current is None:
        return
    reason = Enrollment.Reason.LEFT
    if enrollment.pause(current, reason=reason, actor="lead"):
        return
    if current.reason in (Enrollment.Reason.REPLIED, Enrollment.Reason.OUT_OF_OFFICE):
        enrollment.repause(current, reason=reason, actor="lead")


def _proposal(event: ThreadEvent, contact: Contact) -> ThreadEvent | None:
    return thread.record(
        lead=event.lead,
        kind="contact.proposed",
        actor="lead",
        channel=event.channel,
        data={
            "of": event.pk,
            "name": contact.name,
            "email": contact.email,
            "phone": contact.phone,
            "words": sentence(event.body, contact),
        },
        occurred_at=event.occurred_at,
        dedupe_key=f"contact:{event.pk}",
    )


def note(event: ThreadEvent, contact: Contact) -> ThreadEvent | None:
    """Keep whom a message names, once; the event of it."""
    return _proposal(event, contact) or _known(event)


def _known(event: ThreadEvent) -> ThreadEvent | None:
    return ThreadEvent.objects.filter(dedupe_key=f"contact:{event.pk}").first()


def sentence(text: str, contact: Contact) -> str:
    """The words around the named address, for the person who decides; at most 300 characters."""
    plain = " ".join(text.split())
    at = plain.lower().find(contact.email or contact.phone)
    if at < 0:
        return plain[:SENTENCE]
    start = max(plain.rfind(". ", 0, at) + 2 if ". " in plain[:at] else 0, at - SENTENCE // 2)
    end = plain.find(". ", at + len(contact.email or contact.phone))
    return plain[start : end + 1 if end >= 0 else None][:SENTENCE].strip()


def _named(task: Task) -> ThreadEvent:
    event = task.event
    if task.kind != Task.Kind.CONTACT or event is None or event.kind != "contact.proposed":
        raise ContactError("This task names nobody.")
    if event.redacted_at is not None:
        raise ContactError("This person's data were erased.")
    return event


def _unwanted(event: ThreadEvent) -> bool:
    ways = [str(event.data.get(key) or "") for key in ("email", "phone")]
    return any(suppression.normalise(way) and suppression.find(way) for way in ways)


def known(task: Task) -> list[Lead]:
    """The leads who have an address or number of whom the task names."""
    data = task.event.data if task.event else {}
    found = [matching.lead_by_address(str(data.get("email") or ""))]
    country = task.lead.country if task.lead else ""
    number = str(data.get("phone") or "")
    forms = {phone_number(number, one) for one in (country, Workspace.current().country)} - {""}
    found += family.keepers(Lead.objects.filter(phone__in=forms, erased_at=None)[:20])
    return [lead for lead in found if lead is not None]


@transaction.atomic
def accept(task: Task, user: User, basis: str) -> Lead:
    """Make (or find) the named person as a lead of the same owner, and end the old sequence.

    `basis`: the lawful basis, chosen by the person. Raises ContactError when it is missing, the
    address is on the do-not-contact list, or somebody else was faster.
    """
    event = _named(task)
    if basis not in {code for code, _label in BASES}:
        raise ContactError("Choose on what ground you write to them.")
    if _unwanted(event):
        raise ContactError("They are on the do-not-contact list.")
    try:
        worklist.done(task, user=user, outcome="accepted")
        lead = _bring_in(event, user, basis)
    except worklist.WorklistError as error:
        raise ContactError(str(error)) from error
    except intake.IntakeError as error:
        raise ContactError(error.message) from error
    current = enrollment.open_for(event.lead)
    if current is not None:
        reason = Enrollment.Reason.MANUAL
        note = REFERRED if by_person(event) else NOTE
        enrollment.stop(current, reason=reason, actor=user.actor, note=note)
    return lead


def _bring_in(event: ThreadEvent, user: User, basis: str) -> Lead:
    old, data = event.lead, event.data
    first, last = split_name(str(data.get("name") or ""))
    day = timezone.localtime(event.occurred_at).date()
    unseen = sorted(origins.unanswered(old) & {"company_name", "city", "country", "trade"})
    row = intake.LeadRow(
        first_name=first,
        last_name=last,
        email=str(data.get("email") or ""),
        phone=str(data.get("phone") or ""),
        company=old.company_name,
        city=old.city,
        country=old.country,
        language=old.language,
        trade=old.trade,
    )
    brought = intake.bring_in(
        row,
        source=f"Named in {_where(event)}",
        actor=user.actor,
        owner=old.owner or user,
        basis=basis,
        basis_source=f"Named by {old.name} in {_where(event)} on {day:%d %B %Y}"[:200],
        told={hands.UNSEEN: unseen} if unseen else {},
    )
    return brought.lead


def _where(event: ThreadEvent) -> str:
    return "an answer" if by_person(event) else "an automatic answer"


def by_person(event: ThreadEvent) -> bool:
    """Whether a person wrote the message that names somebody, and no machine."""
    of = ThreadEvent.objects.filter(pk=event.data.get("of"), lead=event.lead_id).first()
    return of is not None and of.kind == "reply.received"


@transaction.atomic
def decline(task: Task, user: User) -> None:
    """Not this one: the line is closed, the old sequence stays paused. Raises ContactError."""
    _named(task)
    try:
        worklist.done(task, user=user, outcome="declined")
    except worklist.WorklistError as error:
        raise ContactError(str(error)) from error
