"""The page of managers: who has too much, ticked moves, and the way back."""

from typing import Any

import pytest
from django.utils import timezone

from leads.models import Decision, Lead
from outreach.models import Task
from salesagent.accounts.models import User

pytestmark = pytest.mark.django_db
PAGE = "/leads/balance/"


@pytest.fixture
def busy(rep: Any, mate: Any) -> Lead:
    User.objects.filter(pk=rep.pk).update(daily_capacity=0)
    lead = Lead.objects.create(owner=rep, first_name="Ada", email="ada@x.example")
    Task.objects.create(kind="follow_up", owner=rep, lead=lead, title="Call", due_at=timezone.now())
    return lead


def test_a_proposal_is_applied_and_moved_back(
    busy: Lead, rep: Any, mate: Any, manager: Any, as_user: Any
) -> None:
    client = as_user(manager)
    text = client.get(PAGE).content.decode()
    assert "1 lead of Jonas Weber could move" in text
    key = f"{busy.pk}:{rep.pk}:{mate.pk}"
    assert f'value="{key}"' in text
    assert Lead.objects.get().owner == rep  # looking moves nothing
    answer = client.post(f"{PAGE}apply/", {"move": [key]}, follow=True)
    text = answer.content.decode()
    assert "1 lead moved." in text
    assert "Moved in the last seven days" in text
    assert Lead.objects.get().owner == mate
    batch = Decision.objects.get(rule="balance").undo["batch"]
    text = client.post(f"{PAGE}{batch}/undo/", follow=True).content.decode()
    assert "1 lead moved back." in text
    assert Lead.objects.get().owner == rep


def test_nothing_ticked_and_nothing_left(busy: Lead, manager: Any, as_user: Any) -> None:
    client = as_user(manager)
    assert "Tick the leads" in client.post(f"{PAGE}apply/", {}, follow=True).content.decode()
    said = client.post(f"{PAGE}nosuch/undo/", follow=True).content.decode()
    assert "Nothing of it can be moved back." in said


def test_a_balanced_team_and_an_empty_one(
    rep: Any, manager: Any, other_manager: Any, as_user: Any
) -> None:
    assert "Everybody&#x27;s week fits" in as_user(manager).get(PAGE).content.decode().replace(
        "Everybody's", "Everybody&#x27;s"
    )
    text = as_user(other_manager).get(PAGE).content.decode()
    assert "there is no rep in your team yet" in text
    assert "Jonas" not in text


def test_reps_do_not_come_here(busy: Lead, rep: Any, as_user: Any) -> None:
    assert as_user(rep).get(PAGE).status_code == 404
    assert as_user(rep).post(f"{PAGE}apply/").status_code == 404


def test_queries(
    busy: Lead, rep: Any, manager: Any, as_user: Any, django_assert_max_num_queries: Any
) -> None:
    client = as_user(manager)
    client.get(PAGE)
    with django_assert_max_num_queries(24):
        client.get(PAGE)


def test_the_people_page_shows_load_and_absence(busy: Lead, owner: Any, as_user: Any) -> None:
    User.objects.filter(name="Priya Nair").update(away_from="2020-01-01", skills=["German"])
    text = as_user(owner).get("/settings/people/").content.decode()
    assert "1 of 0 today, 1 of 0 in seven days" in text
    assert "Too much" in text
    assert "Away" in text
    assert ". German" in text


def test_the_profile_suggests_what_colleagues_wrote(rep: Any, mate: Any, as_user: Any) -> None:
    User.objects.filter(pk=mate.pk).update(skills=["German", "<b>x</b>"])
    text = as_user(rep).get("/account/profile/").content.decode()
    assert '<span class="chip">German</span>' in text
    assert '<span class="chip">&lt;b&gt;x&lt;/b&gt;</span>' in text
