"""What an assignment rule asks for, and what it says in words. Reads no table.

`fits` of a rule: field -> lower-case values; a lead has to match one of each. `skills`: words a
person must have, and `SAME`: the language or the trade of the lead itself.
"""

from collections.abc import Iterable, Sequence

from leads.intake.places import language_code
from leads.models import AssignmentRule, Lead
from salesagent.accounts.models import User
from salesagent.lib import countries

SAME_LANGUAGE, SAME_TRADE = "@language", "@trade"
SAME = {SAME_LANGUAGE: "their language", SAME_TRADE: "their trade"}
FIELDS = ("countries", "cities", "postcodes", "zones", "trades", "sources", "languages")
LANGUAGE_NAMES = {
    **{"cs": "Czech", "da": "Danish", "de": "German", "en": "English", "es": "Spanish"},
    **{"fi": "Finnish", "fr": "French", "it": "Italian", "nb": "Norwegian", "nl": "Dutch"},
    **{"no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "sv": "Swedish"},
}


def language_name(code: str) -> str:
    return LANGUAGE_NAMES.get(code[:2].lower(), code)


def compact(text: str) -> str:
    return "".join(text.split()).lower()


def _matches(field: str, wanted: Sequence[str], lead: Lead) -> bool:
    if field == "countries":
        return lead.country.lower() in wanted
    if field == "cities":
        return lead.city.strip().lower() in wanted
    if field == "postcodes":
        return bool(lead.postcode) and compact(lead.postcode).startswith(tuple(wanted))
    if field == "zones":
        return bool(lead.time_zone) and lead.time_zone.lower().startswith(tuple(wanted))
    if field == "trades":
        return lead.trade.strip().lower() in wanted
    if field == "languages":
        return bool(lead.language) and lead.language.lower()[:2] in wanted
    return any(one in lead.source.lower() for one in wanted)


def misses(rule: AssignmentRule, lead: Lead) -> list[str]:
    """Which of the rule's demands the lead does not meet; empty: the rule is about it."""
    asked = ((field, rule.fits.get(field) or []) for field in FIELDS)
    return [field for field, wanted in asked if wanted and not _matches(field, wanted, lead)]


def able(rule: AssignmentRule, lead: Lead, user: User) -> bool:
    """Whether this person has every skill that the rule asks for.

    Where the lead's own language or trade is not known, the rule cannot ask for it.
    """
    has = {skill.lower() for skill in user.skills}
    return all(has_skill(skill, lead, has) for skill in rule.skills)


def has_skill(skill: str, lead: Lead, has: set[str]) -> bool:
    if skill == SAME_TRADE:
        return not lead.trade or lead.trade.strip().lower() in has
    code = lead.language.lower()[:2] if skill == SAME_LANGUAGE else language_code(skill)
    if skill == SAME_LANGUAGE and not code:
        return True
    if code:  # "German", "Deutsch" and "de" are one skill
        return any(language_code(one) == code for one in has)
    return skill.lower() in has


def joined(words: Iterable[str], last: str = "or") -> str:
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} {last} {found[-1]}"


def _shown(field: str, value: str) -> str:
    if field == "countries":
        return countries.name_of(value)
    if field == "languages":
        return language_name(value)
    if field in ("cities", "trades"):
        return value.title() if field == "cities" else value
    return value.upper() if field == "postcodes" else value


WORDS = {
    "countries": "from {}",
    "cities": "in {}",
    "postcodes": "with a postcode that starts with {}",
    "zones": "in the time zone {}",
    "trades": "of the trade {}",
    "sources": "that came by {}",
    "languages": "who speak {}",
}


def about(rule: AssignmentRule) -> str:
    """Whom it is about: "Leads from Denmark, of the trade bakery"."""
    asked = ((field, rule.fits.get(field) or []) for field in FIELDS)
    parts = [
        WORDS[field].format(joined(_shown(field, one) for one in wanted))
        for field, wanted in asked
        if wanted
    ]
    return f"Leads {', '.join(parts)}" if parts else "All leads"


def sentence(rule: AssignmentRule, people: Sequence[User]) -> str:
    """The rule in one sentence; `people` are those it names."""
    to = joined(user.get_short_name() for user in people) if people else "any rep"
    own = [word for code, word in SAME.items() if code in rule.skills]
    named = [one for one in rule.skills if one not in SAME]
    skills = f" who knows {joined([*own, *named], 'and')}" if rule.skills else ""
    how = "in turn" if rule.how == AssignmentRule.How.TURN else "whoever has the most room"
    return f"{about(rule)} go to {to}{skills}, {how}."
