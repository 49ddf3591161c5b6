"""When tokens end: with the account, and all at once beside the form of a new password."""

from typing import Any

import pytest
from django.urls import reverse

from salesagent.accounts import people
from salesagent.accounts.models import AuditEntry, User
from salesagent.api.models import ApiToken
from salesagent.api.tests.conftest import Caller

pytestmark = pytest.mark.django_db


def test_tokens_of_a_closed_account_stay_ended(rep: Any, owner: Any, caller: Caller) -> None:
    assert caller.get("/leads").status_code == 200
    people.deactivate(rep, heir=None, by=owner)
    assert caller.get("/leads").status_code == 401
    people.reactivate(User.objects.get(pk=rep.pk), by=owner)
    assert caller.get("/leads").status_code == 401
    assert ApiToken.objects.get().revoked_at is not None
    assert AuditEntry.objects.filter(action="api.token_revoked").count() == 1


def test_a_new_password_says_what_goes_on_and_takes_it_back(
    rep: Any, mate: Any, caller: Caller, as_user: Any
) -> None:
    person, other = Caller(rep, machine=False), Caller(mate)
    rep.set_password("The old words of 2026")
    rep.save()
    client, page = as_user(rep), reverse("accounts:password_change")
    assert "2 of yours open the API as before" in client.get(page).content.decode()
    new = "A cold room at three"
    words = {"old_password": "The old words of 2026", "new_password1": new, "new_password2": new}
    answer = client.post(page, words, follow=True)
    assert answer.redirect_chain == [(page, 302)]
    assert "Take back all" in answer.content.decode()
    assert caller.get("/leads").status_code == 200
    answer = client.post(reverse("tokens:revoke_all"), follow=True)
    assert "2 tokens taken back" in answer.content.decode()
    assert [one.get("/leads").status_code for one in (caller, person, other)] == [401, 401, 200]
    assert "Take back all" not in client.get(page).content.decode()


def test_nobody_without_tokens_is_told_of_them(rep: Any, as_user: Any) -> None:
    assert "API token" not in as_user(rep).get(reverse("accounts:password_change")).content.decode()
