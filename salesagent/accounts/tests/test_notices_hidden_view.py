"""The bell names no lead that its reader no longer sees."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from leads.models import Lead
from leads.services import lifecycle, merging
from outreach.services import digest
from salesagent.accounts import notices
from salesagent.accounts.models import Notification, User

pytestmark = pytest.mark.django_db


def told(user: Any, lead: Any, kind: str = "alert") -> None:
    notices.tell(
        user, kind=kind, key=f"k:{lead.pk}:{kind}", title=f"{lead.name} waits for an answer",
        text="nothing for 3 working hours", link=f"/leads/{lead.pk}/", lead_id=lead.pk,
    )  # fmt: skip


def shown(user: Any, as_user: Any) -> str:
    later = timezone.now() + timedelta(minutes=1)
    page: str = as_user(user).get("/notices/").content.decode()
    return page + str(digest.gather(user, later).parts)


def test_a_lead_that_went_is_not_named(
    lead: Any, rep: Any, stranger: Any, owner: Any, as_user: Any
) -> None:
    told(rep, lead)
    assert "waits for an answer" in shown(rep, as_user)
    lifecycle.assign(lead, stranger, owner)
    seen = shown(rep, as_user)
    assert "waits for an answer" not in seen and "3 working hours" not in seen
    assert "Alert: a lead that is with somebody else now" in seen
    assert f"{lead.name} is {stranger.get_short_name()}&#x27;s now" in seen  # that is the news
    assert Notification.objects.get(user=rep, kind="alert").title.startswith(lead.name)
    lifecycle.assign(Lead.objects.get(pk=lead.pk), rep, owner)
    assert "waits for an answer" in shown(rep, as_user)


def test_of_a_merged_lead_its_keeper_counts(
    lead: Any, rep: Any, stranger: Any, owner: Any, as_user: Any
) -> None:
    keeper = Lead.objects.create(owner=stranger, first_name="Keep", email="k@k.example")
    told(rep, lead)
    merging.merge(keeper, lead, {}, owner)
    assert "waits for an answer" not in shown(rep, as_user)
    told(stranger, lead)
    assert "waits for an answer" in shown(stranger, as_user)


def test_a_name_with_a_line_break_invites_all_the_same(owner: Any, as_user: Any) -> None:
    User.objects.filter(pk=owner.pk).update(name="Anna\nBcc: x@y.example")
    client = as_user(User.objects.get(pk=owner.pk))
    answer = client.post("/settings/people/", {"email": "new@firm.example", "role": "rep"})
    assert answer.status_code == 200
    assert mail.outbox[0].subject == "Anna Bcc: x@y.example invites you to SalesAgent"
    assert mail.outbox[0].recipients() == ["new@firm.example"]
