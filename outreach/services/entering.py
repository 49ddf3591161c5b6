"""Into a sequence: who may be enrolled, from which mailbox, by hand, in bulk or by a live rule."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from leads import thread
from leads.access import leads_for
from leads.models import Lead
from leads.selectors import filters
from leads.services import summary, suppression
from outreach.models import Enrollment, Mailbox, Sequence, Step
from outreach.services import autonomy, planning, reach
from salesagent.accounts.models import User, Workspace

OPEN = planning.OPEN
NONE: set[str] = set()
TAKING = (Sequence.State.RUNNING, Sequence.State.PAUSED)
CHUNK = 2000  # ids in one query
RULE_BATCH = 200  # leads a live rule enrols in one run
RULE_LOOK = 2000  # and leads it looks at, so that those it cannot enrol hide nobody for long


class EnrollmentError(Exception):
    """Why somebody was not enrolled, in plain words. `code` groups the same reasons."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def open_for(lead: Lead) -> Enrollment | None:
    """The lead's active or paused enrolment."""
    rows = Enrollment.objects.filter(lead=lead, state__in=OPEN).select_related("sequence", "lead")
    return rows.first()


@dataclass
class Entry:
    """What enrolling many people into one sequence needs to know, read once."""

    sequence: Sequence
    user: User | None
    now: datetime
    workspace: Workspace
    steps: list[Step]
    as_running: bool = False  # a dry run may ask about a sequence that was not started yet
    by_rule: bool = False
    blocked: dict[int, set[str]] = field(default_factory=dict)  # lead -> channels
    busy: set[int] = field(default_factory=set)  # ids of leads that are in a sequence
    senders: dict[int | None, Mailbox | None] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        sequence: Sequence,
        leads: list[Lead],
        user: User | None,
        now: datetime,
        *,
        as_running: bool = False,
    ) -> "Entry":
        steps = planning.current_steps(sequence)
        entry = cls(sequence, user, now, Workspace.current(), steps, as_running)
        entry.blocked = suppression.channels_off(leads)
        for start in range(0, len(leads), CHUNK):
            part = leads[start : start + CHUNK]
            rows = Enrollment.objects.filter(lead__in=part, state__in=OPEN)
            entry.busy |= set(rows.values_list("lead_id", flat=True))
        return entry

    @cached_property
    def channels(self) -> list[str]:
        used = [c for step in self.steps for c in (step.channel, step.fallback_channel) if c]
        return list(dict.fromkeys(used))

    def off(self, lead: Lead) -> set[str]:
        """The channels on which this lead must not be contacted."""
        off = self.blocked.get(lead.pk, NONE)
        return set(self.channels) if suppression.ALL in off else off

    def sender(self, lead: Lead) -> Mailbox | None:
        if lead.owner_id not in self.senders:
            self.senders[lead.owner_id] = sender_for(lead, self.user)
        return self.senders[lead.owner_id]


def refusal(lead: Lead, sequence: Sequence) -> EnrollmentError | None:
    """Why this lead cannot be enrolled now; None when nothing stands against it."""
    entry = Entry.of(sequence, [lead], None, timezone.now())
    return _about_person(lead, entry) or _unreachable(lead, entry)


def refusal_in(lead: Lead, entry: Entry, mailbox: Mailbox | None) -> EnrollmentError | None:
    """The same for one of many, with the mailbox that would send."""
    if error := _about_person(lead, entry) or _unreachable(lead, entry):
        return error
    if mailbox is None and "email" in entry.channels:
        if lead.owner_id is None:
            words = f"Nobody owns {lead.name}. Give the lead an owner, whose mailbox sends."
            return EnrollmentError(words, "mailbox")
        return EnrollmentError(f"{lead.name}'s owner has no mailbox to send from.", "mailbox")
    return None


def _about_person(lead: Lead, entry: Entry) -> EnrollmentError | None:
    sequence, today = entry.sequence, timezone.localdate(entry.now)
    if lead.erased_at or lead.archived_at:
        return EnrollmentError(f"{lead.name} is archived.", "archived")
    if lead.pk in entry.busy:
        return _busy(lead)
    taking = entry.as_running or sequence.state in TAKING
    if not taking:
        return EnrollmentError(f"{sequence.name} is not running. Start it first.", "sequence")
    if not entry.steps:
        return EnrollmentError(f"{sequence.name} has no touches.", "sequence")
    if lead.stage in (Lead.Stage.WON, Lead.Stage.LOST):
        return EnrollmentError(f"{lead.name} is {lead.get_stage_display().lower()}.", "stage")
    if not lead.lawful_basis:
        return EnrollmentError(f"No lawful basis is recorded for {lead.name}.", "basis")
    if lead.basis_expires_at and lead.basis_expires_at < today:
        return EnrollmentError(f"The lawful basis for {lead.name} has expired.", "basis")
    return None


def _busy(lead: Lead) -> EnrollmentError:
    return EnrollmentError(f"{lead.name} is in a sequence already.", "enrolled")


def _unreachable(lead: Lead, entry: Entry) -> EnrollmentError | None:
    """At least one channel of the sequence must reach the lead."""
    having = [channel for channel in entry.channels if reach.address(lead, channel)]
    if not having:
        return EnrollmentError(f"{lead.name} has no address for {entry.sequence.name}.", "address")
    off = entry.off(lead)
    if all(channel in off for channel in having):
        return EnrollmentError(f"{lead.name} is on the do-not-contact list.", "suppressed")
    return None


def sender_for(lead: Lead, user: User | None) -> Mailbox | None:
    """The lead owner's mailbox, else the enrolling person's: the same for the whole sequence.

    One that works comes before a paused one.
    """
    people = [person for person in (lead.owner_id, user.pk if user else None) if person]
    boxes = Mailbox.objects.filter(user__in=people, user__is_active=True).select_related("user")
    found = list(boxes.exclude(state=Mailbox.State.OFF).order_by("pk"))
    working = Mailbox.State.ACTIVE
    found.sort(key=lambda box: (box.state != working, people.index(box.user_id)))
    return found[0] if found else None


def enroll(
    lead: Lead,
    sequence: Sequence,
    *,
    user: User | None,
    mailbox: Mailbox | None = None,
    now: datetime | None = None,
) -> Enrollment:
    """Put a lead into a sequence and plan the first touch. Raises EnrollmentError."""
    entry = Entry.of(sequence, [lead], user, now or timezone.now())
    return _enroll(lead, entry, mailbox)


def _enroll(lead: Lead, entry: Entry, mailbox: Mailbox | None = None) -> Enrollment:
    mailbox = mailbox or entry.sender(lead)
    if error := refusal_in(lead, entry, mailbox):
        raise error
    enrollment = Enrollment(
        lead=lead,
        sequence=entry.sequence,
        mailbox=mailbox,
        enrolled_by=entry.user,
        variant_seed=lead.pk,
    )
    planning.plan_first(enrollment, entry.steps, entry.workspace, entry.now)
    try:
        with transaction.atomic():
            _start(enrollment, entry)
    except IntegrityError as error:  # at most one open enrolment for each lead
        if open_for(lead) is None:
            raise
        raise _busy(lead) from error
    return enrollment


def _start(enrollment: Enrollment, entry: Entry) -> None:
    enrollment.save(force_insert=True)
    actor = entry.user.actor if entry.user else "system"
    data = {"enrollment": enrollment.pk, "sequence": entry.sequence.name}
    thread.record(lead=enrollment.lead, kind="enrollment.started", actor=actor, data=data)
    if entry.by_rule:
        autonomy.enrolled(enrollment)
    if enrollment.next_due_at:
        planning.tell_next(enrollment, entry.steps[0], enrollment.next_due_at)
    name, steps = entry.sequence.name, len(entry.steps)
    summary.note_sequence(enrollment.lead_id, name, enrollment.state, 0, steps)


def enroll_many(
    leads: Iterable[Lead], sequence: Sequence, user: User | None, *, by_rule: bool = False
) -> tuple[int, dict[str, int]]:
    """Enrol each lead that can be; returns the count and how many were refused, by reason."""
    people = list(leads)
    entry = Entry.of(sequence, people, user, timezone.now())
    entry.by_rule = by_rule
    done, refused = 0, Counter[str]()
    for lead in people:
        try:
            _enroll(lead, entry)
            done += 1
        except EnrollmentError as error:
            refused[error.code] += 1
    return done, dict(refused)


REFUSED_WORDS = {
    "enrolled": "in a sequence already",
    "suppressed": "on the do-not-contact list",
    "basis": "without a lawful basis",
    "address": "without an address the sequence can use",
    "mailbox": "whose owner has no mailbox",
    "archived": "archived",
    "stage": "won or lost",
    "sequence": "because the sequence is not running",
}


def enroll_by_rules() -> int:
    """Live rules: each matching lead once, never again who had been in that sequence."""
    return sum(
        apply_rule(sequence)
        for sequence in Sequence.objects.filter(state=Sequence.State.RUNNING)
        if sequence.rule.get("live") and sequence.owner_id
    )


def apply_rule(sequence: Sequence) -> int:
    """Enrol the leads that the sequence's filter finds now, on behalf of its owner."""
    owner = sequence.owner
    if owner is None or not owner.is_active:
        return 0
    done, seen, last = 0, 0, 0
    while done < RULE_BATCH and seen < RULE_LOOK:
        found = list(matching(sequence, owner).filter(pk__gt=last)[: RULE_BATCH - done])
        if not found:
            break
        done += enroll_many(found, sequence, owner, by_rule=True)[0]
        seen, last = seen + len(found), found[-1].pk
    return done


def matching(sequence: Sequence, user: User) -> QuerySet[Lead]:
    """Leads of the rule's filter that `user` sees and that were never in this sequence.

    Who set the rule must see them too: a manager may edit the sequence of somebody who sees more.
    """
    found = filters.narrow(user, filters.read(QueryDict(str(sequence.rule.get("query", "")))))
    setter = User.objects.filter(pk=sequence.rule.get("by", user.pk), is_active=True).first()
    if setter is None:
        return found.none()
    if setter.pk != user.pk:
        found = found.filter(pk__in=leads_for(setter).values("pk"))
    known = Q(basis_expires_at=None) | Q(basis_expires_at__gte=timezone.localdate())
    return (
        found.filter(known, archived_at=None)
        .exclude(lawful_basis="")
        .exclude(stage__in=[Lead.Stage.WON, Lead.Stage.LOST])
        .exclude(enrollments__sequence=sequence)
        .exclude(enrollments__state__in=OPEN)
        .select_related("owner", "company")
        .order_by("pk")
    )
