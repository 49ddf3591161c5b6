"""The do-not-contact list is everybody's; whose addresses it gives away in full is not."""

from typing import Any

import pytest
from django.urls import reverse

from leads.models import Lead
from leads.services import suppression
from salesagent.accounts.models import User

pytestmark = pytest.mark.django_db


def test_a_manager_takes_out_no_address_of_another_team(
    lead: Lead, owner: User, manager: User, other_team: Any, as_user: Any
) -> None:
    far = User.objects.create_user(
        "far@own.example", "correct horse 42", name="Far", role="manager", team=other_team
    )
    suppression.suppress(
        address=str(lead.email), reason="opted_out", source="Phone", actor="system", lead=lead
    )
    found = {}
    for user in (owner, manager, far):
        answer = as_user(user).post(reverse("leads:suppression_export"))
        found[user.name] = str(lead.email) in b"".join(answer.streaming_content).decode()
    assert found == {owner.name: True, manager.name: True, "Far": False}
