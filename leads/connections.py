"""The line of the learned score on Settings, Connections: only when something is wrong with it."""

from django.urls import reverse

from leads.services import score_models
from salesagent.accounts.cards import Card
from salesagent.accounts.models import User


def cards(user: User) -> list[Card]:
    """The owner sees that a stored file was altered or is gone."""
    problem = score_models.problem() if user.is_owner else ""
    if not problem:
        return []
    url = reverse("leads:score_card")
    alert = "The learned score needs you."
    return [Card("Learned score", problem, "stopped", url, icon="activity", alert=alert)]
