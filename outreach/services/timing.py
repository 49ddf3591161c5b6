"""When a touch goes: the step's wait or the pace of the lead's interest, at an hour of the lead's.

Execution and dry run both plan by `plan_of`; nothing here writes or asks for a state.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice

from leads.models import Lead
from leads.services import zones
from outreach.models import Sequence, Step
from outreach.services import cadence, calendars, policy, slots
from salesagent.accounts.models import Workspace
from salesagent.lib.text import plural


def _slot(
    lead: Lead, sequence: Sequence, earliest: datetime, workspace: Workspace, seed: int = 0
) -> datetime:
    start, end = policy.hours(sequence, workspace)
    days = calendars.days_of(workspace)
    return calendars.next_slot(lead, earliest, start=start, end=end, spread_seed=seed, days=days)


def now_or_spread(
    lead: Lead, sequence: Sequence, now: datetime, workspace: Workspace, seed: int
) -> datetime:
    """`now` while the window is open; else spread over the next one."""
    opening = _slot(lead, sequence, now, workspace)
    return opening if opening <= now else _slot(lead, sequence, opening, workspace, seed)


@dataclass(frozen=True)
class Plan:
    """When a touch goes, in UTC, and what the rules of the rhythm moved."""

    due: datetime
    notes: tuple[cadence.Note, ...] = ()


def due_of(
    lead: Lead, sequence: Sequence, step: Step, after: datetime, workspace: Workspace
) -> datetime:
    """`step.delay_days` business days after `after`, in the lead's own days and hours, in UTC.

    Without a delay it is `after` itself while the lead's window is open. Everything else is spread
    over its window, always the same for a lead and a step.
    """
    return plan_of(lead, sequence, step, after, workspace).due


def plan_of(
    lead: Lead,
    sequence: Sequence,
    step: Step,
    after: datetime,
    workspace: Workspace,
    rhythm: cadence.Rhythm | None = None,
    unanswered: int = 0,
) -> Plan:
    """`due_of`, with the wait and the hour that the rhythm wants, `unanswered` touches after the
    lead's last sign. Execution and dry run both plan by this."""
    seed = lead.pk * 31 + step.position
    if step.delay_days == 0:
        return Plan(now_or_spread(lead, sequence, after, workspace, seed))
    pace = cadence.pace_of(rhythm, lead, step, unanswered, after) if rhythm else None
    midnight = _day_after(lead, after, pace.days if pace else step.delay_days, workspace)
    notes = (_pace_note(step, pace),) if pace and pace.days != pace.own else ()
    if rhythm and rhythm.table:
        spare = pace.spare if pace else 0
        slot = _in_slot(lead, sequence, step, midnight, workspace, rhythm.table, spare)
        if slot:
            return Plan(slot.due, (*notes, *slot.notes))
    return Plan(_slot(lead, sequence, midnight, workspace, seed), notes)


def _day_after(lead: Lead, after: datetime, delay: int, workspace: Workspace) -> datetime:
    """When the day begins that is `delay` business days after `after`, where the lead is."""
    days = calendars.days_of(workspace)
    zone = zones.zone_for(lead, fallback=days.zone)
    today, country = after.astimezone(zone).date(), zones.country_for(lead)
    day = calendars.add_business_days(today, delay, country, days)
    return calendars.at_hour(day, 0, zone)


def _pace_note(step: Step, pace: cadence.Pace) -> cadence.Note:
    what = f"Touch {step.position} waits {plural(pace.days, 'working day')} instead of {pace.own}"
    evidence = {"pace": pace.code, "days": pace.days, "own": pace.own}
    return cadence.Note("adaptive_pace", what, pace.words, evidence)


def _in_slot(
    lead: Lead,
    sequence: Sequence,
    step: Step,
    midnight: datetime,
    workspace: Workspace,
    table: slots.Table,
    spare: int,
) -> Plan | None:
    """A moment in the best slot of the day of `midnight` and of `spare` working days after it."""
    seed = lead.pk * 31 + step.position
    start, end = policy.hours(sequence, workspace)
    days = calendars.days_of(workspace)
    opening = calendars.windows(lead, midnight, start=start, end=end, days=days)
    scores = table.scores(lead, step.channel, seed)
    found = slots.moment(lead, list(islice(opening, 1 + spare)), scores, seed, days)
    if found is None:
        return None
    due, slot = found
    why, numbers = table.why(lead, step.channel, slot)
    what = f"Touch {step.position} is planned for {slots.SLOTS[slot].words}"
    note = cadence.Note("slots", what, why, {"slot": slot, **numbers})
    return Plan(due, (note,) if why else ())


def draft_until(now: datetime) -> datetime:
    """Drafts are made for what falls due up to the end of the next working day of the workspace,
    so that on Friday there is time to read what goes out on Monday."""
    workspace = Workspace.current()
    days = calendars.days_of(workspace)
    zone = days.zone or UTC
    today = now.astimezone(zone).date()
    day = calendars.add_business_days(today, 1, workspace.country, days)
    return datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)
