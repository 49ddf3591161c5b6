"""The profile: where the product opens, and what it says of odd values."""

from datetime import date
from typing import Any

import pytest

from salesagent.accounts import start
from salesagent.accounts.models import User

LOGIN = {"password": "correct horse 42"}


def to(client: Any) -> str:
    return str(client.get("/")["Location"])


def choose(user: User, page: str) -> None:
    User.objects.filter(pk=user.pk).update(start_page=page)


def test_it_opens_at_today(rep: User, manager: User, owner: User, as_user: Any) -> None:
    assert [to(as_user(user)) for user in (rep, manager, owner)] == ["/today/"] * 3


@pytest.mark.parametrize(
    ("page", "url"),
    [("coaching", "/coaching/"), ("analytics", "/analytics/"), ("leads", "/leads/")],
)
def test_it_opens_where_they_chose_also_after_signing_in(
    manager: User, client: Any, page: str, url: str
) -> None:
    choose(manager, page)
    answer = client.post("/account/login/", {"username": manager.email, **LOGIN}, follow=True)
    assert answer.redirect_chain == [("/", 302), (url, 302)] and answer.status_code == 200


def test_a_page_that_was_asked_for_goes_before(manager: User, client: Any) -> None:
    choose(manager, "analytics")
    asked = client.get("/today/")["Location"]
    assert client.post(asked, {"username": manager.email, **LOGIN})["Location"] == "/today/"


def test_what_the_role_no_longer_has_is_today(manager: User, as_user: Any) -> None:
    choose(manager, "analytics")
    User.objects.filter(pk=manager.pk).update(role="rep")
    client = as_user(User.objects.get(pk=manager.pk))
    assert to(client) == "/today/"
    form = client.get("/account/profile/").context["form"]
    assert form["start_page"].value() == "today"
    assert [code for code, _ in form.fields["start_page"].choices] == ["today", "leads"]


def test_what_is_not_known_any_more_is_today(rep: User, as_user: Any) -> None:
    choose(rep, "gone")
    assert to(as_user(rep)) == "/today/"


def test_choices_of_the_roles(rep: User, manager: User, owner: User) -> None:
    assert [code for code, _ in start.choices(rep)] == ["today", "leads"]
    for user in (manager, owner):
        assert [code for code, _ in start.choices(user)] == [
            "today", "leads", "coaching", "analytics",
        ]  # fmt: skip


def test_choosing_in_the_profile(rep: User, manager: User, as_user: Any) -> None:
    data = {
        "name": "Elena", "time_zone": "UTC", "language": "en", "work_start": "09:00",
        "work_end": "17:00", "work_days": ["0"], "daily_capacity": "30", "theme": "auto",
        "start_page": "coaching",
    }  # fmt: skip
    client = as_user(manager)
    assert client.post("/account/profile/", data).status_code == 302
    assert to(client) == "/coaching/"
    refused = as_user(rep).post("/account/profile/", data)
    assert "start_page" in refused.context["form"].errors


def test_a_stranger_signs_in_first(client: Any, db: Any) -> None:
    assert client.get("/")["Location"].startswith("/account/login/")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"away_from": date(2020, 1, 1)}, "Since 1 Jan 2020 you are away, without an end"),
        ({"away_from": date(2090, 1, 1)}, "From 1 Jan 2090 you are away, without an end"),
        ({"away_from": date(2020, 1, 1), "away_until": date(2090, 1, 1)}, ""),
        ({"daily_capacity": 0}, "With 0 tasks a day"),
        ({}, ""),
    ],
)
def test_the_profile_says_what_is_odd(
    rep: User, as_user: Any, change: dict[str, Any], words: str
) -> None:
    User.objects.filter(pk=rep.pk).update(**change)
    page = as_user(rep).get("/account/profile/").content.decode()
    assert words in page and ('class="note warn' in page) == bool(words)
