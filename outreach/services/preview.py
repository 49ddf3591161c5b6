"""What a frame becomes: as a real lead, and as one of whom nothing but the address is known."""

from dataclasses import dataclass, replace

from leads.models import Lead
from outreach.models import Mailbox, Sequence, Step, Touch
from outreach.selectors_sequences import lacking
from outreach.services import merge, quality
from outreach.services.drafting import address, reply_subject
from outreach.services.quality import Check
from salesagent.accounts.models import User, Workspace
from salesagent.ai import frames
from salesagent.lib.text import one_line, plural

TEXT_ONLY = frozenset({"address", "basis", "suppressed", "same"})  # checks on a person


@dataclass(frozen=True)
class Frame:
    """The words being edited and where they stand. `follows`: a mail goes out before this one."""

    channel: str
    subject: str
    body: str
    follows: bool = False
    first_subject: str = ""


@dataclass(frozen=True)
class Preview:
    """`to`: who it is shown as. `company` and `postal_address` stand in the footer of a mail."""

    to: str
    sender: str
    channel: str
    subject: str
    body: str
    company: str
    postal_address: str
    checks: list[Check]


def frame_of(steps: list[Step], step: Step, channel: str, subject: str, body: str) -> Frame:
    """The frame with what the mails before it mean for it."""
    before = [s for s in steps if s.position < step.position and s.channel == "email"]
    first = next((v.subject for s in before for v in s.variants.all() if v.subject), "")
    return Frame(channel, subject, body, follows=bool(before), first_subject=first)


def preview(frame: Frame, lead: Lead | None, user: User, sequence: Sequence) -> Preview:
    """Fill the frame as the sequence would, for `lead`, or for one with missing fields (None)."""
    mailbox = own_mailbox(user)
    person = lead or Lead(email="name@company.example", owner=user, lawful_basis="consent")
    fields = merge.fields_for(person, user, mailbox, sequence)
    snippets = merge.snippet_texts()
    subject = one_line(merge.render(frame.subject, fields).text)
    if frame.channel == "email" and frame.follows and not subject:
        subject = reply_subject(one_line(merge.render(frame.first_subject, fields).text))
    body = merge.render(frame.body, fields, snippets).text.strip()
    workspace = Workspace.current()
    return Preview(
        to=lead.name if lead else "Lead with missing fields",
        sender=fields["sender_name"],
        channel=frame.channel,
        subject=subject if frame.channel == "email" else "",
        body=body,
        company=workspace.name,
        postal_address=workspace.postal_address,
        checks=_checks(frame, subject, body, person, mailbox),
    )


def own_mailbox(user: User) -> Mailbox | None:
    """The mailbox a test and a preview are shown from."""
    own = Mailbox.objects.filter(user=user).exclude(state=Mailbox.State.OFF)
    return own.select_related("user").order_by("state", "id").first()


def _checks(
    frame: Frame, subject: str, body: str, lead: Lead, mailbox: Mailbox | None
) -> list[Check]:
    touch = Touch(
        lead=lead,
        channel=frame.channel,
        mailbox=mailbox,
        subject=subject,
        body=body,
        machine_body=body,
        writer="template",
        to_address=address(lead, frame.channel),
    )
    facts = quality.facts_for(touch)
    facts = replace(facts, wrote_before=facts.wrote_before or frame.follows)
    checks = quality.judge(subject, body, facts)
    return checks if lead.pk else [c for c in checks if c["code"] not in TEXT_ONLY]


def missing_lines(sequence: Sequence, frame: Frame) -> list[Check]:
    """ "3 of 34 people lack a city. They get ..." for each field the frame asks for: one query."""
    text = f"{frame.subject}\n{frame.body}"
    own = frames.own_fallbacks(text)
    asked = {code: merge.lacking(code, "lead__") for code in frames.needed(text)}
    conditions = {code: condition for code, condition in asked.items() if condition is not None}
    if not conditions:
        return []
    people, counts = lacking(sequence, conditions)
    return [
        _missing_line(code, count, people, own.get(code) or merge.FALLBACKS.get(code, ""))
        for code, count in counts.items()
        if count
    ]


def _missing_line(code: str, count: int, people: int, fallback: str) -> Check:
    label = merge.FIELDS[code].label.lower()
    lack = "lacks" if count == 1 else "lack"
    then = f"They get “{fallback}”." if fallback else "Their draft waits with a hole."
    text = f"{count} of {plural(people, 'person', 'people')} {lack} a {label}. {then}"
    return {"code": f"lack_{code}", "level": "warn", "text": text}
