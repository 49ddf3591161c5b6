# ruff: noqa: E501  one language a line reads better than a broken one
"""Somebody wants to be called at once: heard in their words, told at the very top of Today."""

import re
from datetime import date, timedelta

from django.utils import timezone

from leads.intake.clean import phone_number
from leads.models import ThreadEvent
from leads.services import zones
from outreach.models import Task
from outreach.services import calls, worklist
from salesagent.ai.fold import fold

LIMIT = 2_000
SOON = timedelta(minutes=30)
_CALL = re.compile(
    r"\b(?:(?:call|ring|phone) (?:me|us)|give (?:me|us) a (?:call|ring)|"
    r"(?:rufen sie|ruf|rufe?n?) (?:mich|uns)|rufen sie\b.{0,40}\ban\b|um (?:einen )?(?:anruf|ruckruf)|"
    r"(?:r?appelez|telephonez)(?:[- ](?:moi|nous))?|llame(?:me|nos|n)?|"
    r"(?:mi|ci) chiami|chiamate(?:mi|ci)|chiamami|mi richiami|bel(?:t u)? (?:me|mij|ons)|"
    r"ligu?em?(?:[- ](?:me|nos))?|zadzwon\w{0,4}|prosze o (?:pilny )?telefon)\b"
)
_NOW = re.compile(
    r"\b(?:now|right away|immediately|asap|urgent(?:ly)?|at once|emergency|sofort|dringend|umgehend|"
    r"jetzt gleich|notfall|tout de suite|immediatement|maintenant|urgence|ahora mismo|ahora|urgente(?:mente)?|"
    r"inmediatamente|subito|adesso|immediatamente|meteen|onmiddellijk|spoed|direct|agora|imediatamente|"
    r"teraz|natychmiast|pilnie|pilne)\b"
)
_NOT = re.compile(r"\b(?:not|no|don't|never|nicht|kein\w{0,2}|pas|non|niet|geen|nao|nie)\b")
_CLAUSE = re.compile(r"[^.;!?\n]{1,400}")
_PHONE = re.compile(r"(?<![\w/.])(?:\+|00|0)\d[\d ()/.\-]{5,20}\d(?!\d)")


def wanted(event: ThreadEvent) -> bool:
    """Whether they ask to be called now; a day that they name makes it a plan instead."""
    from outreach.services import answer_facts  # it asks this module

    text = fold(event.body[:LIMIT])
    clauses = [one for one in _CLAUSE.findall(text) if not _NOT.search(one)]
    plain = " . ".join(clauses)
    if not (_CALL.search(plain) and _NOW.search(plain)):
        return False
    said = answer_facts.wished(event)
    return said.first is None and (said.day is None or said.day <= _day(event))


def _day(event: ThreadEvent) -> date:
    return event.occurred_at.astimezone(zones.zone_for(event.lead)).date()


def number(event: ThreadEvent) -> str:
    """The number to call: the one in their words as they wrote it, else the stored one."""
    return heard(event) or event.lead.phone


def heard(event: ThreadEvent) -> str:
    """The number that stands in their words and can be read as one; "" for none."""
    for found in _PHONE.findall(event.body[:LIMIT]):
        if phone_number(found, event.lead.country).startswith("+"):
            return str(found).strip()
    return ""


def unsaved(event: ThreadEvent) -> str:
    """That number in full where the lead has another one or none."""
    full = phone_number(heard(event), event.lead.country) if heard(event) else ""
    return full if full and full != event.lead.phone else ""


def ask(received: ThreadEvent) -> Task | None:
    """The call at the very top of Today; None where none is wanted or it was asked before."""
    if not wanted(received):
        return None
    lead, at = received.lead, timezone.now()
    on = number(received)
    return worklist.add(
        Task.Kind.FOLLOW_UP,
        owner=lead.owner,
        lead=lead,
        event=received,
        channel=calls.CHANNEL,
        title=f"Call {lead.first_name or lead.name} now" + (f" on {on}" if on else ""),
        why=f"They ask to be called at once: {received.body}",
        due_at=at,
        deadline_at=at + SOON,
        dedupe_key=f"callnow:{received.pk}",
    )
