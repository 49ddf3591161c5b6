"""What was shown to a manager does not go along to the next team's."""

from typing import Any

import pytest

from coaching import access
from coaching.models import Feedback, Practice
from coaching.services import sharing
from leads import thread
from salesagent.accounts import people
from salesagent.accounts.models import Notification

pytestmark = pytest.mark.django_db


def test_another_team_sees_nothing_of_it(
    rep: Any, owner: Any, lead: Any, other_team: Any, other_manager: Any, workspace: Any
) -> None:
    sharing.show_habits(rep, show=True)
    said = thread.record(lead=lead, kind="call.logged", actor=rep.actor, channel="phone", data={})
    assert said is not None
    card = Feedback.objects.create(rep=rep, lead=lead, event=said, about="call")
    sharing.share(card, "Look at this")
    people.change_role(rep, role="rep", team=rep.team, by=owner)
    assert Practice.objects.get().shared_at and access.shared_with(owner).count() == 1
    people.change_role(rep, role="rep", team=other_team, by=owner)
    assert access.open_habits(other_manager, [rep.pk]) == set()
    assert not access.shared_with(other_manager).exists()
    assert "yours alone again" in Notification.objects.get(user=rep).title
    assert sharing.show_habits(rep, show=True)
    assert access.open_habits(other_manager, [rep.pk]) == {rep.pk}


def test_who_showed_nothing_is_told_nothing(rep: Any, owner: Any, other_team: Any) -> None:
    people.change_role(rep, role="rep", team=other_team, by=owner)
    assert not Notification.objects.exists()
