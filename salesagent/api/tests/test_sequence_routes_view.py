"""Sequences, people in them and drafts by the API. Only a person's own token approves."""

from typing import Any

import pytest

from outreach.models import Enrollment, Sequence, Touch
from salesagent.api.tests.conftest import Caller

pytestmark = pytest.mark.django_db
MAIL = {"name": "First", "channel": "email", "variants": [{"subject": "Hi", "body": "Hello"}]}


def test_make_change_start_and_put_away(caller: Caller, rep: Any) -> None:
    call = {"name": "Call", "channel": "phone", "delay_days": 2, "variants": [{"body": "Ask"}]}
    made = caller.post("/sequences", {"name": "Own", "steps": [MAIL, call]})
    assert made.status_code == 201, made.content
    body = made.json()
    path = f"/sequences/{body['id']}"
    assert (body["state"], body["may_edit"], len(body["steps"])) == ("draft", True, 2)
    assert body["steps"][1]["delay_days"] == 2
    body = caller.patch(path, {"window_start": "08:00", "window_end": "10:30"}).json()
    assert body["window_end"].startswith("10:30")
    wrong = caller.patch(path, {"window_start": "11:00"})
    assert wrong.json()["errors"][0]["pointer"] == "/window_end"
    assert caller.patch(path, {"name": ""}).status_code == 422
    assert caller.patch(path, {"name": None}).status_code == 422
    assert caller.post(f"{path}/pause").status_code == 409
    assert caller.post(f"{path}/resume").json()["state"] == "running"
    assert caller.post(f"{path}/pause").json()["state"] == "paused"
    assert caller.post(f"{path}/resume").json()["state"] == "running"
    assert caller.delete(path).status_code == 204
    assert caller.get(path).json()["state"] == "archived"
    assert caller.post(f"{path}/pause").status_code == 409


def test_touches(caller: Caller, rep: Any) -> None:
    path = f"/sequences/{caller.post('/sequences', {'name': 'Own'}).json()['id']}"
    step = caller.post(f"{path}/steps", MAIL).json()
    one = f"{path}/steps/{step['key']}"
    new = caller.call("PUT", one, {**MAIL, "name": "Other"})
    assert new.json()["name"] == "Other"
    for _number in range(2):
        assert caller.post(f"{path}/steps", MAIL).status_code == 201
    fourth = caller.post(f"{path}/steps", MAIL)
    assert fourth.json()["errors"][0]["pointer"] == "/channel"
    assert len(caller.get(path).json()["steps"]) == 3
    assert caller.delete(one).status_code == 204
    assert caller.delete(one).status_code == 404
    assert caller.post("/sequences", {"name": "X", "steps": [MAIL] * 4}).status_code == 422
    assert Sequence.objects.count() == 1


def test_an_approved_text_asks_again(caller: Caller, sequence: Any, rep: Any) -> None:
    step = sequence.steps.first()
    sequence.steps.filter(pk=step.pk).update(unchanged=True, unchanged_approved_by=rep)
    body = caller.call("PUT", f"/sequences/{sequence.pk}/steps/{step.key}", MAIL).json()
    assert body["unchanged"] is False


def test_who_may_see_and_change(sequence: Any, mate: Any, stranger: Any) -> None:
    path = f"/sequences/{sequence.pk}"
    friend, other = Caller(mate), Caller(stranger)
    assert friend.get(path).json()["may_edit"] is False
    assert friend.patch(path, {"name": "Mine"}).status_code == 404
    assert friend.post(f"{path}/pause").status_code == 404
    assert other.get(path).status_code == 404
    assert other.get("/sequences").json()["items"] == []


def test_enrol_pause_resume_stop(caller: Caller, sequence: Any, lead: Any, mailbox: Any) -> None:
    path = f"/sequences/{sequence.pk}"
    body = caller.post(f"{path}/enrol", {"lead_ids": [lead.pk, 10**9, lead.pk]}).json()
    assert (body["enrolled"], body["refused"]) == (1, 1)
    assert [one["code"] for one in body["results"]] == ["", "not_found"]
    again = caller.post(f"{path}/enrol", {"lead_ids": [lead.pk]}).json()
    assert again["results"][0]["code"] == "enrolled"
    one = f"/enrollments/{body['results'][0]['enrollment_id']}"
    assert caller.get(f"{path}/people?state=active").json()["items"][0]["lead_id"] == lead.pk
    assert caller.post(f"{one}/resume").status_code == 409
    assert caller.post(f"{one}/pause").json()["why"] == "By hand"
    assert caller.post(f"{one}/resume").json()["state"] == "active"
    assert caller.delete(path).status_code == 409
    assert caller.post(f"{one}/stop").json()["state"] == "stopped"
    assert caller.post(f"{one}/stop").status_code == 409


def test_foreign_people_are_hidden(sequence: Any, lead: Any, mailbox: Any, mate: Any) -> None:
    friend = Caller(mate)
    body = friend.post(f"/sequences/{sequence.pk}/enrol", {"lead_ids": [lead.pk]}).json()
    assert body["results"][0]["code"] == "not_found"
    assert not Enrollment.objects.exists()


@pytest.fixture
def draft(caller: Caller, sequence: Any, lead: Any, mailbox: Any, workspace: Any) -> str:
    caller.post(f"/sequences/{sequence.pk}/enrol", {"lead_ids": [lead.pk]})
    Enrollment.objects.update(next_due_at="2026-01-01T09:00:00Z")
    ran = caller.post(f"/sequences/{sequence.pk}/execute").json()
    assert (ran["drafted"], ran["failed"]) == (1, 0)
    assert caller.post(f"/sequences/{sequence.pk}/execute").json()["drafted"] == 0
    return f"/drafts/{ran['draft_ids'][0]}"


def test_execute_drafts_and_sends_nothing(caller: Caller, draft: str, sequence: Any) -> None:
    assert Touch.objects.get().state == "draft"
    caller.post(f"/sequences/{sequence.pk}/pause")
    assert caller.post(f"/sequences/{sequence.pk}/execute").status_code == 409


def test_a_person_approves_what_was_read(caller: Caller, person: Caller, draft: str) -> None:
    line = caller.get("/drafts").json()["items"][0]
    assert draft.endswith(str(line["id"]))
    body = caller.get(draft).json()
    assert body["checks"]
    assert isinstance(body["receipts"], list)
    machine = caller.post(f"{draft}/approve", {"text_hash": body["text_hash"]})
    assert (machine.status_code, machine.json()["code"]) == (403, "machine_token")
    stale = person.post(f"{draft}/approve", {"text_hash": "0" * 64})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed")
    done = person.post(f"{draft}/approve", {"text_hash": body["text_hash"]})
    assert done.status_code == 200, done.content
    assert done.json()["state"] == "approved"
    assert done.json()["approved_by_id"] == person.token.user_id
    assert caller.get("/drafts").json()["items"] == []
    assert person.post(f"{draft}/undo").json()["state"] == "draft"


def test_a_machine_token_never_approves_even_with_the_scope(caller: Caller, draft: str) -> None:
    type(caller.token).objects.filter(pk=caller.token.pk).update(scopes=["approve", "drafts:read"])
    seen = caller.get(draft).json()["text_hash"]
    answer = caller.post(f"{draft}/approve", {"text_hash": seen})
    assert answer.status_code == 403
    assert Touch.objects.get().state == "draft"


def test_edit_and_turn_down(caller: Caller, person: Caller, draft: str) -> None:
    seen = caller.get(draft).json()["text_hash"]
    words = {"subject": "New", "body": "Hello Marta,\n\nshall we talk?\n\nJonas"}
    assert caller.patch(draft, {**words, "subject": "", "text_hash": seen}).status_code == 422
    new = caller.patch(draft, {**words, "text_hash": seen}).json()
    assert new["subject"] == "New"
    assert new["text_hash"] != seen
    late = caller.patch(draft, {**words, "text_hash": seen})
    assert (late.status_code, late.json()["code"]) == (409, "changed")
    old = person.post(f"{draft}/approve", {"text_hash": seen})
    assert (old.status_code, old.json()["code"]) == (409, "changed")
    assert caller.post(f"{draft}/reject", {"reason": "x"}).status_code == 422
    assert caller.post(f"{draft}/reject", {"reason": "bad_text"}).json()["state"] == "skipped"
    assert caller.post(f"{draft}/reject", {"reason": "bad_text"}).status_code == 409


def test_foreign_drafts(draft: str, mate: Any) -> None:
    friend = Caller(mate, machine=False)
    assert friend.get(draft).status_code == 404
    assert friend.post(f"{draft}/approve", {"text_hash": "0" * 64}).status_code == 404
    assert friend.get("/drafts?show=team").json()["items"] == []
