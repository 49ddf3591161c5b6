"""The autonomy log: every decision the system took or proposed by itself, and how to take it back.

Whoever acts without being asked calls `log` in the same transaction. An undo is a code that a
function was registered for with `undoes`; data never names the function itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from leads.models import Decision, Lead, ThreadEvent
from salesagent.accounts.models import User
from salesagent.lib.text import one_line

State = Decision.State
Undo = Callable[[Decision, User], str]
OPEN = (State.DONE, State.PROPOSED, State.ACCEPTED)
FROM = {
    State.ACCEPTED: (State.PROPOSED,),
    State.DISMISSED: (State.PROPOSED,),
    State.DONE: (State.PROPOSED, State.ACCEPTED),
    State.UNDONE: OPEN,
}
STEP = "next_step"
UNDOS: dict[str, Undo] = {}
RULES: dict[str, str] = {
    "pause.replied": "Pause on an answer",
    "pause.company_replied": "Pause when a colleague answers",
    "pause.out_of_office": "Hold while away",
    "pause.left": "Pause when they have left",
    "pause.meeting": "Pause when a meeting is booked",
    "pause.task": "Pause while a task waits",
    "pause.manual": "Pause until a person looks",
    "pause.mailbox": "Hold while the mailbox is paused",
    "stop.opted_out": "Stop when they ask to",
    "stop.hard_bounce": "Stop when the address does not exist",
    "stop.complaint": "Stop after a spam report",
    "stop.not_interested": "Stop when they say no",
    "stop.converted": "Stop when won",
    "suppress": "Do-not-contact list",
    "resume": "Go on when the hold ends",
    "enroll.rule": "Live rule of a sequence",
    "guard.mailbox": "Pause a mailbox that does harm",
    STEP: "Next step",
}


class DecisionError(Exception):
    """Why a decision cannot be taken back, in words for the person who tried."""


def name_rules(labels: Mapping[str, str]) -> None:
    """How rules of other apps are called on the page, by code."""
    RULES.update(labels)


def label_of(rule: str) -> str:
    return RULES.get(rule) or one_line(rule.replace("_", " ").replace(".", ": "), 40).capitalize()


def undoes(code: str) -> Callable[[Undo], Undo]:
    """Register the function that takes back decisions with undo {"call": code, ...}.

    It gets the decision and the user, returns what to tell the user, raises DecisionError. Its
    module stands in wiring.UNDOS.
    """

    def register(function: Undo) -> Undo:
        if UNDOS.get(code, function) is not function:
            raise ValueError(f"undo {code!r} is registered twice")
        UNDOS[code] = function
        return function

    return register


def log(
    *,
    rule: str,
    lead: Lead | None,
    what: str,
    why: str,
    evidence: Mapping[str, Any] | None = None,
    state: str = State.DONE,
    undo: Mapping[str, Any] | None = None,
    event: ThreadEvent | None = None,
    dedupe_key: str | None = None,
) -> Decision | None:
    """Note one decision; None when its key was seen before.

    `evidence`: numbers by name, and "events": ids of thread events it rests on.
    """
    values: dict[str, Any] = {
        "rule": rule[:40],
        "lead": lead,
        "event": event,
        "what": one_line(what, 200),
        "why": one_line(why, 300),
        "evidence": dict(evidence or {}),
        "state": state,
        "undo": dict(undo or {}),
    }
    if dedupe_key is None:
        return Decision.objects.create(**values)
    found, new = Decision.objects.get_or_create(dedupe_key=dedupe_key[:120], defaults=values)
    return found if new else None


@dataclass(frozen=True)
class StepChange:
    """The next step of a lead, before and now. `acted`: we did something since the one before."""

    lead: Lead
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    acted: bool


def propose_steps(changes: Sequence[StepChange], now: datetime) -> int:
    """Log new steps that rest on events, and settle the ones they take over from."""
    new = [one for one in changes if one.after.get("code") != one.before.get("code")]
    for state, acted in ((State.ACCEPTED, True), (State.DISMISSED, False)):
        leads = [one.lead for one in new if one.acted is acted and one.before]
        if leads:
            mine = Decision.objects.filter(lead__in=leads, rule=STEP, state=State.PROPOSED)
            mine.update(state=state, settled_at=now)
    rows = [_proposal(one) for one in new if one.after.get("events")]
    Decision.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _proposal(change: StepChange) -> Decision:
    step = change.after
    return Decision(
        rule=STEP,
        lead=change.lead,
        what=one_line(str(step["text"]), 200),
        why=one_line(str(step["reason"]), 300),
        evidence={"events": step["events"], "step": step["code"]},
        state=State.PROPOSED,
        dedupe_key=f"{STEP}:{change.lead.pk}:{step['code']}:{max(step['events'])}",
    )


def settle(decision: Decision, state: str, user: User | None) -> bool:
    """Accepted, dismissed, undone; False when somebody settled it before."""
    rows = Decision.objects.filter(pk=decision.pk, state__in=FROM[State(state)])
    now = timezone.now()
    if rows.update(state=state, settled_at=now, settled_by=user) != 1:
        return False
    decision.state, decision.settled_at, decision.settled_by = state, now, user
    return True


def can_undo(decision: Decision) -> bool:
    """Whether there is a button for it."""
    _load()
    return decision.state in OPEN and str(decision.undo.get("call", "")) in UNDOS


def can_settle(decision: Decision) -> bool:
    """Whether a yes or no to it changes something; a proposed next step is settled by acting."""
    return decision.state == State.PROPOSED and can_undo(decision)


def answer(decision: Decision, user: User, *, accept: bool) -> str:
    """Yes or no to a proposal; returns what that means, in words. Raises DecisionError."""
    if not can_settle(decision):
        raise DecisionError("This does not wait for an answer any more.")
    if not settle(decision, State.ACCEPTED if accept else State.DISMISSED, user):
        raise DecisionError("Somebody settled this before.")
    return "Accepted. It counts from the next message on." if accept else "Left as it is."


@transaction.atomic
def undo(decision: Decision, user: User) -> str:
    """Take it back and return what was done, in words. Raises DecisionError."""
    if not can_undo(decision):
        raise DecisionError("This cannot be taken back any more.")
    if not settle(decision, State.UNDONE, user):
        raise DecisionError("Somebody settled this before.")
    return UNDOS[str(decision.undo["call"])](decision, user)


def _load() -> None:
    """The modules that register undos; once imported, this costs nothing."""
    for path in settings.UNDOS:
        import_module(path)
