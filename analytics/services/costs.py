"""What channels cost: rates with the day from which they hold. The past keeps its rates."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from analytics.models import Cost
from salesagent.accounts import audit
from salesagent.accounts.models import User, Workspace


@transaction.atomic
def set_rate(
    user: User, channel: str, first_day: date, per_message: Decimal, per_month: Decimal
) -> Cost:
    """From `first_day` on, until a later rate of the channel; in the workspace's currency.

    A second rate for the same day replaces the first one.
    """
    values = {
        "per_message": per_message,
        "per_month": per_month,
        "currency": Workspace.current().currency,
    }
    row, _ = Cost.objects.update_or_create(channel=channel, first_day=first_day, defaults=values)
    audit.note(user, "settings.changed", "costs", channel=channel, first_day=str(first_day))
    return row


@transaction.atomic
def forget_rate(user: User, pk: int) -> bool:
    """Take a rate back; the one before it holds again. False when it is gone already."""
    gone, _ = Cost.objects.filter(pk=pk).delete()
    if gone:
        audit.note(user, "settings.changed", "costs", forgotten=pk)
    return bool(gone)


@transaction.atomic
def set_currency(user: User, code: str) -> bool:
    """Of costs and reports. Rates in another one stay, and are not counted. False: no change."""
    Workspace.current()
    if not Workspace.objects.filter(pk=1).exclude(currency=code).update(currency=code):
        return False
    audit.note(user, "settings.changed", "costs", currency=code)
    return True
