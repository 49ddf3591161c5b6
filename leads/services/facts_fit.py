"""What a column takes: the same that the form of a lead takes, in the same spelling.

One place for what people say and what providers bring, so that nothing reaches a record by a side
door. Where a value is refused, `why` says in words what is wanted.
"""

from django.utils import timezone

from leads.intake.clean import linkedin, phone_number, time_zone
from leads.intake.places import country_code
from leads.models import Company, Lead
from salesagent.accounts.models import Workspace
from salesagent.lib.text import one_line

Target = Lead | Company
MOST_PEOPLE = 10_000_000
YEARS = 4
WHY = {
    "linkedin_url": "Paste the address of a page on linkedin.com.",
    "country": "Write the name of a country or its two letters, like DK.",
    "time_zone": "Write it like Europe/Warsaw.",
    "phone": "Write the number with the country code, such as +45 20 …",
    "size": "Write the number of people in digits.",
    "founded": "Write a year, like 1987.",
}
TAKEN = "Another lead has this LinkedIn page."


def fit(target: Target, column: str, value: str) -> str:
    """The value as the column takes it; "" when it does not."""
    text = one_line(value, 300)
    if column in WHY:
        found = _meant(target, column, text)
        return "" if column == "linkedin_url" and taken(target, found) else found
    longest: int = getattr(target._meta.get_field(column), "max_length", None) or 0
    if column == "trade":
        return text.lower()[:longest]
    return text if len(text) <= longest else ""


def said(target: Target, code: str, column: str, value: str) -> str:
    """What a person says is right. `column`: "" for what no record has room for."""
    if column:
        return fit(target, column, value)
    return _meant(target, code, one_line(value, 300)) if code in WHY else value


def why(target: Target, column: str, value: str) -> str:
    """Why it does not fit, in words."""
    if column == "linkedin_url" and linkedin(value):
        return TAKEN
    return WHY.get(column, "It is too long.")


def _meant(target: Target, name: str, text: str) -> str:
    if name == "linkedin_url":
        return linkedin(text)
    if name == "country":
        return country_code(text)
    if name == "time_zone":
        return time_zone(text)
    if name == "phone":
        number = phone_number(text, target.country or Workspace.current().country)
        return number if number.startswith("+") else ""
    plain = text if text.isascii() and text.isdecimal() else ""
    if name == "founded":
        known = len(plain) == YEARS and 1000 <= int(plain) <= timezone.now().year
        return plain if known else ""
    return plain if plain and len(plain) < 9 and 0 < int(plain) < MOST_PEOPLE else ""


def taken(target: Target, profile: str) -> bool:
    """Whether somebody else has this page, as the form asks."""
    if not profile or not isinstance(target, Lead):
        return False
    others = Lead.objects.filter(erased_at=None, linkedin_url=profile)
    return others.exclude(pk=target.pk).exists()
