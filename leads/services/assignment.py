"""Who gets a lead that comes in without an owner, and why.

The first rule that is about the lead and has somebody who can take it decides. Nobody who is away
or whose account is closed gets anything. Rules are read under a lock, so two leads that come in at
once do not take the same turn.

Room of a person = tasks a day x working days of the next seven - what is due, to check and planned
in them (outreach, by wiring.ASSIGN_LOADS) - leads of the last day that have nothing planned yet.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from leads import thread
from leads.models import AssignmentRule, Decision, Lead
from leads.services import decisions, lifecycle
from leads.services.assignment_fit import able, misses
from leads.services.decisions import DecisionError
from salesagent.accounts import notices
from salesagent.accounts.models import User, Workspace

RULE, UNDO = "assign", "assignment.back"
FRESH = timedelta(days=1)
MISSED = {
    "countries": "another country",
    "cities": "another city",
    "postcodes": "another postcode",
    "zones": "another time zone",
    "trades": "another trade",
    "sources": "another source",
    "languages": "another language",
}

decisions.name_rules({RULE: "Assignment of new leads"})


class Load(Protocol):
    @property
    def week(self) -> int: ...
    @property
    def week_capacity(self) -> int: ...


@dataclass(frozen=True)
class Given:
    """`why`: "Rule Denmark, most room: 62 of 150 this week"."""

    to: User
    why: str
    rule: AssignmentRule | None = None

    @property
    def words(self) -> str:
        return f"Given to {self.to.get_short_name()}: {self.why[:1].lower()}{self.why[1:]}."


@dataclass(frozen=True)
class Passed:
    """A rule that did not decide, and why."""

    rule: AssignmentRule
    why: str


def away(user: User, now: datetime) -> bool:
    return user.away_on(now.astimezone(user.tz).date())


class Desk:
    """Gives leads within one transaction: rules, people and their room are read once.

    `trying` reads without a lock and keeps nothing.
    """

    def __init__(self, *, trying: bool = False) -> None:
        self.now = timezone.now()
        rows = AssignmentRule.objects.filter(active=True)
        locked = rows if trying else rows.select_for_update()
        self.rules = list(locked.prefetch_related("people"))
        self._used: Counter[int] = Counter()
        self._room: dict[int, tuple[int, int]] = {}
        self._reps: list[User] | None = None

    def give(self, lead: Lead) -> Given | None:
        """Who gets it; None when no rule decides. The next lead counts this one."""
        for rule in self.rules:
            found = self.ask(rule, lead)
            if isinstance(found, Given):
                self._note(rule, found.to)
                return found
        return None

    def ask(self, rule: AssignmentRule, lead: Lead) -> Given | Passed:
        """What this rule says of the lead."""
        if missing := misses(rule, lead):
            return Passed(rule, MISSED[missing[0]])
        people = rule.people.all() or self._all_reps()
        skilled = [user for user in people if user.is_active and able(rule, lead, user)]
        if not skilled:
            return Passed(rule, "nobody of it has the skills")
        here = [user for user in skilled if not away(user, self.now)]
        if not here:
            return Passed(rule, "everybody who could take it is away")
        if rule.how == AssignmentRule.How.TURN:
            return Given(self._next(rule, here), f"Rule {rule.name}, in turn", rule)
        return self._most_room(rule, here)

    def _all_reps(self) -> Sequence[User]:
        if self._reps is None:
            reps = User.objects.filter(is_active=True, role=User.Role.REP)
            self._reps = list(reps.order_by("pk"))
        return self._reps

    @staticmethod
    def _next(rule: AssignmentRule, here: Sequence[User]) -> User:
        """The one after whoever had the last one, by number."""
        ordered = sorted(here, key=lambda user: user.pk)
        last = rule.last_person_id or 0
        return next((user for user in ordered if user.pk > last), ordered[0])

    def _most_room(self, rule: AssignmentRule, here: Sequence[User]) -> Given:
        self._read_room(here)
        user = max(here, key=lambda one: (self._room[one.pk][0], -one.pk))
        room, whole = self._room[user.pk]
        how = f"most room: {room} of {whole} this week"
        if room <= 0:
            how = f"nobody has room, least over: {whole - room} of {whole} this week"
        return Given(user, f"Rule {rule.name}, {how}", rule)

    def _read_room(self, people: Iterable[User]) -> None:
        """Room and capacity of the week for those not read yet."""
        new = [user for user in people if user.pk not in self._room]
        if not new:
            return
        loads: dict[int, Load] = import_string(settings.ASSIGN_LOADS)(new, self.now)
        fresh = _fresh(new, self.now)
        for user in new:
            load = loads[user.pk]
            left = load.week_capacity - load.week - fresh[user.pk]
            self._room[user.pk] = (left, load.week_capacity)

    def _note(self, rule: AssignmentRule, to: User) -> None:
        rule.last_person = to
        self._used[rule.pk] += 1
        if to.pk in self._room:
            room, whole = self._room[to.pk]
            self._room[to.pk] = (room - 1, whole)

    def keep(self) -> None:
        """Write whose turn it was, in the transaction that gives the leads."""
        for rule in self.rules:
            if times := self._used.pop(rule.pk, 0):
                AssignmentRule.objects.filter(pk=rule.pk).update(
                    last_person=rule.last_person, used=F("used") + times, used_at=self.now
                )


def _fresh(people: Iterable[User], now: datetime) -> Counter[int]:
    """Leads of the last day for which nothing is planned yet: each will ask for a look."""
    rows = Lead.objects.filter(
        owner__in=[user.pk for user in people],
        created_at__gte=now - FRESH,
        sequence_state="",
        archived_at=None,
        erased_at=None,
    )
    return Counter(dict(rows.order_by().values_list("owner").annotate(Count("pk"))))


def next_owner() -> User | None:
    """Round robin for enquiries: the rep who is here and whose last enquiry is the longest ago.

    None when there is nobody; the lead then waits where managers see it.
    """
    newest = (
        Lead.objects.filter(owner=OuterRef("pk"), inquired_at__isnull=False)
        .order_by("-inquired_at")
        .values("inquired_at")[:1]
    )
    reps = User.objects.filter(is_active=True, role=User.Role.REP)
    by_turn = reps.annotate(last_enquiry=Subquery(newest)).order_by(
        F("last_enquiry").asc(nulls_first=True), "pk"
    )
    now = timezone.now()
    return next((user for user in by_turn if not away(user, now)), None)


def _for_enquiry() -> Given | None:
    """No rule decided, and somebody waits for an answer."""
    workspace = Workspace.objects.select_for_update().filter(pk=1).first()  # one turn at a time
    person = workspace and workspace.form_owner
    if person and person.is_active and not away(person, timezone.now()):
        return Given(person, "No rule fits, and enquiries go there")
    found = next_owner()
    return Given(found, "No rule fits, so enquiries go round") if found else None


@transaction.atomic
def assign(lead: Lead, *, enquiry: bool = False) -> Given | None:
    """Give a lead that has no owner to somebody, with the reason in its thread.

    An enquiry that no rule fits goes to the person of the form, else round; other leads stay
    nobody's, and managers are told. Without any rule other leads are left alone.
    """
    if lead.owner_id is not None:
        return None
    desk = Desk()
    found = desk.give(lead) or (_for_enquiry() if enquiry else None)
    if found is None:
        if desk.rules or enquiry:
            tell_managers()
        return None
    if Lead.objects.filter(pk=lead.pk, owner=None).update(owner=found.to) != 1:
        return None
    lead.owner = found.to
    desk.keep()
    if desk.rules:
        data = {"from": None, "to": found.to.pk, "why": f"{found.why}."}
        thread.record(lead=lead, kind="lead.assigned", actor="system", data=data)
        log([(lead, found)])
    return found


def give_new(leads: Sequence[Lead]) -> dict[int, Given]:
    """Owners for leads that are not saved yet; by id() of the lead. Call `log` when they are."""
    if not leads:
        return {}
    desk = Desk()
    found = {id(lead): given for lead in leads if (given := desk.give(lead))}
    for lead in leads:
        if given := found.get(id(lead)):
            lead.owner = given.to
    desk.keep()
    if desk.rules and len(found) < len(leads):
        tell_managers()
    return found


def told(given: dict[int, Given], lead: Lead) -> dict[str, object]:
    """For the event by which a lead came in: who got it, and why."""
    found = given.get(id(lead))
    return {"given": found.words} if found else {}


def log(rows: Sequence[tuple[Lead, Given]]) -> None:
    """Note in the autonomy log what was given, and tell each person once a day."""
    Decision.objects.bulk_create(
        [
            Decision(
                rule=RULE,
                lead=lead,
                what=f"Given to {given.to.name}"[:200],
                why=f"{given.why}."[:300],
                undo={"call": UNDO, "to": given.to.pk},
            )
            for lead, given in rows
        ],
        batch_size=200,
    )
    day = f"{timezone.now():%Y%m%d}"
    for user in {given.to.pk: given.to for _, given in rows}.values():
        notices.tell(
            user,
            kind="reassigned",
            key=f"assigned:{day}",
            title="New leads came to you today",
            text="By the rules of assignment. The thread of each says why.",
            link=f"{reverse('leads:list')}?owner=me",
        )


def tell_managers() -> None:
    """Once a day: leads came in that belong to nobody."""
    notices.tell_all(
        User.objects.filter(is_active=True, role__in=[User.Role.MANAGER, User.Role.OWNER]),
        kind="rebalance",
        key=f"nobody:{timezone.now():%Y%m%d}",
        title="New leads belong to nobody",
        text="No rule of assignment fits them, or everybody who could take them is away.",
        link=f"{reverse('leads:list')}?owner=none",
    )


@decisions.undoes(UNDO)
def back(decision: Decision, user: User) -> str:
    """Nobody's again, as it came in."""
    lead = decision.lead
    if not user.is_manager:
        raise DecisionError("Only a manager makes a lead nobody's.")
    if lead is None or lead.owner_id != decision.undo.get("to"):
        raise DecisionError("Somebody gave the lead to another person meanwhile.")
    lifecycle.assign_many(Lead.objects.filter(pk=lead.pk), None, user)
    return f"{lead.name} belongs to nobody again."
