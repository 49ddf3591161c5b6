"""Boxes beside a thread that need only what leads knows: (lead, user) -> (template, context)."""

from typing import Any

from django.utils import timezone

from leads import family
from leads.forms_thread import CURRENCIES
from leads.intake.clean import linkedin
from leads.models import ConsentRecord, Deal, Inquiry, Lead, Pain, Profile
from leads.services import profile as profiles
from leads.services import score_history, zones
from leads.services.notes import FACTS
from salesagent.accounts.models import User
from salesagent.lib.sql import Rows
from salesagent.lib.text import one_line

Panel = tuple[str, dict[str, Any]]


_INQUIRY = Rows(lambda lead: Inquiry.objects.filter(lead=lead).order_by("-id")[:1])
_PAINS = Rows(lambda lead: Pain.objects.filter(lead=lead))
_DEALS = Rows(lambda lead: Deal.objects.filter(lead=lead))
_PROFILE = Rows(lambda lead: Profile.objects.filter(lead=lead))
_CONSENTS = Rows(lambda lead: ConsentRecord.objects.filter(lead=lead)[:8])


def score(lead: Lead, user: User) -> Panel:
    """The number and its reasons; the first reason without a sign is where everybody starts."""
    reasons = [
        (one_line(str(text), 100), _points(int(points), place), _tint(int(points), place))
        for place, (text, points) in enumerate(lead.score_reasons)
    ]
    context = {"sure": score_history.sure(lead), "history": score_history.history(lead)}
    return "leads/panels/score.html", {"lead": lead, "reasons": reasons, **context}


def _points(points: int, place: int) -> str:
    if points < 0:
        return f"−{-points}"
    return f"+{points}" if place else str(points)


def _tint(points: int, place: int) -> str:
    return "neg" if points < 0 else "" if place else "base"


LEVELS = {"high": "High", "some": "Some", "low": "A little", "none": "None yet"}
TRENDS = {"rising": "getting better", "falling": "getting worse", "steady": "steady"}
COOLING = {"high": ("Cooling off", "bad"), "medium": ("May cool off", "warn"), "low": ("No", "ok")}


def profile(lead: Lead, user: User) -> Panel:
    """How they act: counted each night and after each signal. Nothing while there is no sign."""
    row = _PROFILE.first(lead.pk)
    context: dict[str, Any] = {"lead": lead, "profile": row}
    if row is not None:
        context |= {
            "engagement": LEVELS.get(row.engagement, ""),
            "mood": one_line(row.sentiment, 20).capitalize(),
            "trend": TRENDS.get(row.trend, ""),
            "cooling": COOLING.get(row.cooling, ("", "")),
            "share": profiles.answers_by(lead, row.channel) if row.channel else None,
            "slot": profiles.slot_words(row.slot) if row.slot else "",
            "signals": [one for one in row.signals if isinstance(one, dict)],
        }
    return "leads/panels/profile.html", context


def inquiry(lead: Lead, user: User) -> Panel:
    """The newest enquiry and what was read out of it, until a person has checked it."""
    latest = _INQUIRY.first(lead.pk)
    facts = []
    if latest is not None:
        facts = [
            (key, label, one_line(str(latest.extracted.get(key) or ""), 300))
            for key, label in FACTS.items()
        ]
    message = one_line(str((latest.payload if latest else {}).get("message") or ""), 400)
    return "leads/panels/inquiry.html", {"inquiry": latest, "facts": facts, "message": message}


def pains(lead: Lead, user: User) -> Panel:
    return "leads/panels/pains.html", {"lead": lead, "pains": _PAINS.all(lead.pk)}


def deals(lead: Lead, user: User) -> Panel:
    return "leads/panels/deals.html", {
        "lead": lead,
        "deals": _DEALS.all(lead.pk),
        "currencies": CURRENCIES,
    }


def contact(lead: Lead, user: User) -> Panel:
    local = timezone.now().astimezone(zones.zone_for(lead))
    own = [
        (one_line(str(key), 40).replace("_", " ").capitalize(), one_line(str(value), 200))
        for key, value in lead.custom.items()
        if value not in (None, "")
    ]
    return "leads/panels/contact.html", {
        "lead": lead,
        "local_time": local.strftime("%H:%M"),
        "local_day": local.strftime("%A"),
        "custom": own[:12],
        "linkedin": linkedin(lead.linkedin_url),
        **_other_addresses(lead),
    }


def _other_addresses(lead: Lead) -> dict[str, list[str]]:
    """Names and addresses of the leads that were merged into this one; no query without any."""
    merged = [] if family.alone(lead) else family.members(lead)[1:]
    mine = {lead.email, lead.phone, lead.linkedin_url, ""}
    found = [a for one in merged for a in (one.email, one.phone, one.linkedin_url) if a]
    names = [one.name for one in merged if one.name != lead.name]
    return {
        "names": list(dict.fromkeys(names)),
        "addresses": [one for one in dict.fromkeys(found) if one not in mine],
    }


def privacy(lead: Lead, user: User) -> Panel:
    today = timezone.localdate()
    return "leads/panels/privacy.html", {
        "lead": lead,
        "consents": _CONSENTS.all(lead.pk),
        "expired": bool(lead.basis_expires_at and lead.basis_expires_at < today),
    }
