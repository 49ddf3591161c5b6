"""The next best step of a lead: ordered rules, the first that applies counts.

Each names its reason and the events it rests on. What followed with similar leads is told with its
counts, from eight cases on (services.step_history). A step that somebody called "not right" is
left out for two weeks.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from leads.models import Lead
from leads.services import profile_facts, profile_signals, suppression
from leads.services.profile import Extra
from leads.services.profile_facts import Facts
from outreach.models import Enrollment
from outreach.services import slots, step_history
from outreach.services.step_rules import ACTIONS, RULES, STEPS, Case, Step

MOST_EVENTS = 6
BASE = {"answer": 0.9, "wait": 0.95}  # what a person would do in any case
LEARNED = 0.5

Signals = Mapping[int, Sequence[Mapping[str, Any]]]


def propose(lead: Lead) -> dict[str, Any]:
    """The step for one lead as its thread stands now; {} when there is nothing to do.

    {code, text, reason, evidence, events, confidence, similar}: `evidence` counts the `events`.
    """
    everybody = profile_facts.read([lead.pk], timezone.now())
    signals = {facts.lead.pk: profile_signals.find(facts) for facts in everybody}
    return next((dict(extra.next_step) for extra in complete(everybody, signals).values()), {})


def complete(everybody: Sequence[Facts], signals: Signals) -> dict[int, Extra]:
    """Next step and best slot of many leads; as many queries for one as for five hundred."""
    leads = [facts.lead for facts in everybody]
    off = suppression.channels_off(leads)
    open_now = {
        row.lead_id: row
        for row in Enrollment.objects.filter(
            lead__in=leads, state__in=["active", "paused"]
        ).select_related("sequence")
    }
    own = slots.own_slots(leads)
    history = step_history.load()
    made = {}
    for facts in everybody:
        pk = facts.lead.pk
        case = Case(facts, signals.get(pk, ()), off.get(pk, set()), open_now.get(pk))
        slot, many = own.get(pk, (-1, 0))
        code = slots.SLOTS[slot].code if many else ""
        made[pk] = Extra(_step(case, history), code, many)
    return made


def _step(case: Case, history: step_history.History) -> dict[str, Any]:
    facts = case.facts
    if facts.lead.archived_at or facts.lead.stage == Lead.Stage.WON:
        return {}
    said = [(code, to) for kind, code, _event, to, _at in facts.said if kind == "next_step"]
    if chosen := next((to for _code, to in reversed(said) if to in STEPS), ""):
        return _told(
            Step(chosen, STEPS[chosen], "You said that this comes next.", ()), case, history
        )
    refused = {code for code, _to in said}
    for rule in RULES:
        step = rule(case)
        if step is not None and step.code not in refused:
            return _told(step, case, history)
    return {}


def _told(step: Step, case: Case, history: step_history.History) -> dict[str, Any]:
    events = list(dict.fromkeys(event.pk for event in step.events))[-MOST_EVENTS:]
    similar = history.about(
        ACTIONS.get(step.code, ""), step_history.state_of(case.facts), case.trade
    )
    rate = similar.led / similar.cases if similar else 0.0
    sure = BASE.get(step.family, 0.6) if not similar else LEARNED + rate / 2
    return {
        "code": step.code,
        "text": step.text,
        "reason": step.reason,
        "evidence": len(step.events),
        "events": events,
        "confidence": round(sure, 2),
        "similar": similar.words if similar else "",
        "cases": similar.cases if similar else 0,
        "family": step.family,
    }
