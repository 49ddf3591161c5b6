"""A stored answer is given again by the rules of now: what went to somebody else stays theirs."""

from typing import Any

import pytest

from leads.models import Lead
from leads.services import lifecycle
from outreach.models import Touch
from salesagent.accounts.models import User
from salesagent.api.tests import world
from salesagent.api.tests.conftest import Caller

pytestmark = pytest.mark.django_db
KEY = {"Idempotency_Key": "k-1"}


@pytest.fixture
def mine(rep: User, workspace: Any) -> world.World:
    return world.made(rep, "Ada")


def hand_over(made: world.World, to: User, by: User) -> None:
    lifecycle.assign(Lead.objects.get(pk=made.ids["lead_id"]), to, by)


def calls(made: world.World, caller: Caller) -> list[tuple[str, str, Any]]:
    lead, draft = made.ids["lead_id"], made.ids["draft_id"]
    seen = caller.get(f"/drafts/{draft}").json()["text_hash"]
    words = {"text_hash": seen, "subject": "Ada", "body": "Hello Ada, shall we talk?"}
    return [
        ("PATCH", f"/leads/{lead}", {"city": "Odense"}),
        ("POST", f"/leads/{lead}/notes", {"text": "Ada called"}),
        ("PUT", f"/leads/{lead}/consent/sms", {"source": "Phone"}),
        ("POST", f"/enrollments/{made.ids['enrollment_id']}/pause", None),
        ("PATCH", f"/drafts/{draft}", words),
        ("POST", "/email/personalise", {"lead_id": lead, "subject": "A", "body": "Hi there Ada"}),
    ]


@pytest.mark.parametrize("number", range(6))
def test_an_answer_is_not_told_after_the_lead_went_to_another_team(
    number: int, mine: world.World, rep: User, stranger: User, owner: User
) -> None:
    caller = Caller(rep)
    method, path, body = calls(mine, caller)[number]
    first = caller.call(method, path, body, **KEY)
    assert first.status_code in (200, 201), first.content
    again = caller.call(method, path, body, **KEY)
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    hand_over(mine, stranger, owner)
    Touch.objects.update(subject="", body="")
    late = caller.call(method, path, body, **KEY)
    assert (late.status_code, late.json()["code"]) == (409, "out_of_sight")
    assert b"Ada" not in late.content and "was carried out" in late.json()["detail"]
    hand_over(mine, rep, owner)
    assert caller.call(method, path, body, **KEY).content == first.content


def test_a_list_of_ids_and_an_empty_answer_are_told_again(
    mine: world.World, rep: User, stranger: User, owner: User
) -> None:
    caller = Caller(rep)
    rows = {"rows": [{"email": "n@odense.example", "lawful_basis": "consent"}]}
    first = caller.post("/intake/leads", rows, **KEY)
    new = caller.post("/sequences", {"name": "Plan"}).json()["id"]
    gone = caller.delete(f"/sequences/{new}", Idempotency_Key="k-2")
    assert (first.status_code, gone.status_code) == (200, 204)
    Lead.objects.update(owner=stranger)
    assert caller.post("/intake/leads", rows, **KEY).content == first.content
    assert caller.delete(f"/sequences/{new}", Idempotency_Key="k-2").status_code == 204


def test_a_refusal_is_told_again(rep: User, mine: world.World) -> None:
    caller = Caller(rep)
    for _ in range(2):
        answer = caller.post("/leads/999/notes", {"text": "x"}, **KEY)
        assert answer.status_code == 404
