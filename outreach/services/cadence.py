"""The rhythm of a sequence that follows interest: how long the next touch waits, at what hour, on
which channel. Timing is moved at once and logged; another channel only after somebody accepted it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from leads.models import Decision, Lead
from leads.services import decisions
from outreach.models import Enrollment, Sequence, Step
from outreach.services import cadence_rules, slots
from salesagent.lib.text import plural

HOT, WARM = 75, 45  # temperatures of a score
LEVELS = ("cold", "warm", "hot")
LABELS = {"hot": "Hot", "warm": "Warm", "cold": "Cold", "silent": "Silent"}
SPARE_DAYS = 2  # working days that a slot may move a touch within its pace
CHANNEL_RULES = ("channel_change", "sms_answered")
TIMING = ("adaptive_pace", "slots")


@dataclass(frozen=True)
class Pace:
    """How long the next touch of a lead waits. `spare`: days it may be later for a better slot."""

    code: str
    why: str
    days: int
    own: int
    spare: int

    @property
    def words(self) -> str:
        """ "Warm: score 52." """
        return f"{LABELS[self.code]}: {self.why[:1].lower()}{self.why[1:]}"


@dataclass(frozen=True)
class Rhythm:
    """The rules of timing as they stand, read once for one plan or a whole simulation."""

    paces: Mapping[str, int] | None = None  # None: the rule is off
    table: slots.Table | None = None


@dataclass(frozen=True)
class Note:
    """What a rule moved, to be logged with the plan."""

    rule: str
    what: str
    why: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


def rhythm_for(sequence: Sequence, leads: Iterable[Lead]) -> Rhythm | None:
    """None for a sequence that keeps to the days it was written with."""
    if not sequence.adaptive:
        return None
    found = cadence_rules.settings_of(*TIMING)
    pace, slot = found["adaptive_pace"], found["slots"]
    table = slots.table(leads, slot.params["own_answers"]) if slot.on else None
    return Rhythm(pace.params if pace.on else None, table)


def pace_of(rhythm: Rhythm, lead: Lead, step: Step, unanswered: int, at: datetime) -> Pace | None:
    """The wait before `step`, `unanswered` touches after the lead's last sign; None when the rule
    is off, the step goes at once, or nothing is known of the lead's interest yet."""
    numbers = rhythm.paces
    if numbers is None or step.delay_days == 0:
        return None
    scored = lead.scored_at is not None or lead.score > 0 or lead.last_sign_at is not None
    if not scored and unanswered < numbers["silent_after"]:
        return None
    code, why = _interest(numbers, lead, unanswered, at)
    low, high = numbers[f"{code}_low"], numbers[f"{code}_high"]
    days = min(max(step.delay_days, low), high)
    return Pace(code, why, days, step.delay_days, min(SPARE_DAYS, high - days))


def _interest(
    numbers: Mapping[str, int], lead: Lead, unanswered: int, at: datetime
) -> tuple[str, str]:
    """(hot, warm, cold or silent, why)."""
    if unanswered >= numbers["silent_after"]:
        return "silent", f"No sign after {plural(unanswered, 'touch', 'touches')}."
    level = (lead.score >= WARM) + (lead.score >= HOT)
    sign = lead.last_sign_at
    since = timedelta(days=numbers["sign_days"])
    if sign is None or not timedelta() <= at - sign <= since or level == 2:
        return LEVELS[level], f"Score {lead.score}."
    ago = plural((at - sign).days, "day")
    return LEVELS[level + 1], f"Score {lead.score}, and {_sign(lead)} {ago} ago."


def _sign(lead: Lead) -> str:
    return lead.last_sign[:1].lower() + lead.last_sign[1:] if lead.last_sign else "a sign"


# --- the log -------------------------------------------------------------------------------------


def log(enrollment: Enrollment, step: Step, notes: Iterable[Note], after: datetime) -> None:
    """What the rules moved in this plan, each once."""
    for note in notes:
        undo = {"call": "cadence.plain", "enrollment": enrollment.pk, "after": after.isoformat()}
        decisions.log(
            rule=note.rule,
            lead=enrollment.lead,
            what=note.what,
            why=note.why,
            evidence={"enrollment": enrollment.pk, "step": str(step.key), **note.evidence},
            undo=undo,
            dedupe_key=f"{note.rule}:{enrollment.pk}:{step.key}:{after:%Y%m%d%H%M}",
        )


def planned_by(enrollment: Enrollment) -> list[str]:
    """Why the next touch is planned for when it is, in words. One query, none without rules."""
    if not enrollment.sequence.adaptive:
        return []
    wanted = Decision.objects.filter(
        lead=enrollment.lead_id,
        rule__in=[*TIMING, *CHANNEL_RULES],
        state__in=[Decision.State.DONE, Decision.State.PROPOSED, Decision.State.ACCEPTED],
    ).order_by("-pk")[:20]
    key = str(enrollment.next_step_key)
    found: dict[str, str] = {}
    for row in wanted:
        if row.evidence.get("enrollment") == enrollment.pk and _is_about(row, key):
            found.setdefault(row.rule, _line(row))
    return list(found.values())


def _is_about(row: Decision, key: str) -> bool:
    return row.rule in CHANNEL_RULES or row.evidence.get("step") == key


def _line(row: Decision) -> str:
    if row.state == Decision.State.PROPOSED:
        return f"Proposed: {row.what}."
    return f"{row.what.rstrip('.')}. {row.why}"


# --- another channel -----------------------------------------------------------------------------


def channel_instead(enrollment: Enrollment) -> str:
    """The channel that somebody accepted for this enrolment's mails; "" for none."""
    if not enrollment.sequence.adaptive:
        return ""
    return channels_instead([enrollment]).get(enrollment.pk or 0, "")


def channels_instead(enrollments: Iterable[Enrollment]) -> dict[int, str]:
    """The same for many; one query."""
    leads = {row.pk: row.lead_id for row in enrollments}
    rows = Decision.objects.filter(
        rule__in=CHANNEL_RULES,
        state=Decision.State.ACCEPTED,
        evidence__channel__isnull=False,
    ).order_by("pk")
    if len(leads) < 500:
        rows = rows.filter(lead__in=set(leads.values()))
    found: dict[int, str] = {}
    for lead, evidence in rows.values_list("lead_id", "evidence"):
        pk = evidence.get("enrollment")
        if leads.get(pk) == lead:
            found[pk] = str(evidence["channel"])
    return found
