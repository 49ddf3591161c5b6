"""What the daily mail of outreach says of numbers: yesterday, in one line of figures."""

from datetime import datetime

from django.urls import reverse

from analytics.access import scope_for
from analytics.selectors import numbers
from analytics.selectors.period import DAY, Period
from analytics.services.days import today
from salesagent.accounts.models import User
from salesagent.accounts.system_mail import Block, Heading, Numbers, Row

FIGURES = {"sent": "sent", "replies": "replies", "meetings": "meetings", "approved": "approved"}


def yesterday(user: User, now: datetime) -> list[Block]:
    """Of the leads that the person sees as a manager, else of their own; nothing without any."""
    day = today(now=now) - DAY
    scope = scope_for(user, None if user.is_manager else user.pk)
    found = numbers.totals(scope, Period(day, day), list(FIGURES))
    if not any(amount.count for amount in found.values()):
        return []
    pairs = tuple((f"{found[code].count:,}", words) for code, words in FIGURES.items())
    link = f"{reverse('analytics:overview')}?period=own&from={day}&to={day}"
    return [Heading("Yesterday"), Numbers(pairs), Row("Look at the numbers", "", link)]
