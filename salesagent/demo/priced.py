"""What the demo's channels cost, so that its reports have costs to show."""

from decimal import Decimal

from django.utils import timezone

from analytics.services import costs
from salesagent.accounts.models import User

RATES = {  # channel: (each message, each month) in EUR
    "email": ("0.0001", "12"),
    "sms": ("0.0450", "1"),
    "whatsapp": ("0.0600", "0"),
    "post": ("1.9000", "0"),
}


def write(owner: User) -> None:
    first = timezone.localdate().replace(day=1)
    begin = first.replace(year=first.year - 1)
    for channel, (message, month) in RATES.items():
        costs.set_rate(owner, channel, begin, Decimal(message), Decimal(month))
