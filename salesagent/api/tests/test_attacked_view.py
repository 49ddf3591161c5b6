"""What an attacker tried over the API and did not get."""

import json
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse

from leads.models import Lead
from leads.services import merging
from outreach.models import Enrollment, Sequence, Step
from salesagent.api import once
from salesagent.api.models import IdempotentCall
from salesagent.api.tests import world
from salesagent.api.tests.conftest import Caller

pytestmark = pytest.mark.django_db
CLAIM = "We saved 200 bakeries in Odense 40% of their cooling cost last year. "
TEXT = "Hi there,\n\n" + "we look after cold rooms and ask how you do it. " * 5


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()


def worries(draft: Any) -> set[tuple[str, str]]:
    return {(one["code"], one["level"]) for one in draft["checks"] if one["level"] != "ok"}


@pytest.fixture
def plain(rep: Any, workspace: Any, mailbox: Any) -> Sequence:
    """Its touch goes out unchanged; it rests."""
    sequence = Sequence.objects.create(name="Plain", state="paused", owner=rep, team=rep.team)
    step = Step.objects.create(
        sequence=sequence, position=1, name="One", channel="email",
        unchanged=True, unchanged_approved_by=rep,
    )  # fmt: skip
    step.variants.create(subject="Cold rooms", body=TEXT.replace("there", "{{first_name}}"))
    return sequence


def test_a_program_alone_gets_nothing_approved(
    caller: Caller, person: Caller, plain: Sequence
) -> None:
    start = f"/sequences/{plain.pk}/resume"
    assert "only a person starts it" in ok(caller.post(start), 409)["detail"]
    ok(person.post(start))
    given = {"email": "new@victim.example", "first_name": "You won", "lawful_basis": "enquiry"}
    lead = ok(caller.post("/leads", given), 201)["id"]
    ok(caller.post(f"/sequences/{plain.pk}/enrol", {"lead_ids": [lead]}))
    Enrollment.objects.update(next_due_at="2026-01-01T00:00Z")
    draft_id = ok(caller.post(f"/sequences/{plain.pk}/execute"))["draft_ids"][0]
    draft = ok(caller.get(f"/drafts/{draft_id}"))
    assert draft["state"] == "draft" and ("program", "warn") in worries(draft)
    ok(person.post(f"/drafts/{draft_id}/approve", {"text_hash": draft["text_hash"]}))


def test_a_persons_own_token_is_a_person(person: Caller, plain: Sequence) -> None:
    ok(person.post(f"/sequences/{plain.pk}/resume"))
    given = {"email": "new@victim.example", "first_name": "Maria", "lawful_basis": "enquiry"}
    lead = ok(person.post("/leads", given), 201)["id"]
    ok(person.post(f"/sequences/{plain.pk}/enrol", {"lead_ids": [lead]}))
    Enrollment.objects.update(next_due_at="2026-01-01T00:00Z")
    draft_id = ok(person.post(f"/sequences/{plain.pk}/execute"))["draft_ids"][0]
    assert ok(person.get(f"/drafts/{draft_id}"))["state"] == "approved"


def test_claims_of_a_program_block(
    caller: Caller, person: Caller, rep: Any, workspace: Any
) -> None:
    made = world.made(rep, "Alba")
    path, lead = f"/drafts/{made.ids['draft_id']}", made.ids["lead_id"]
    mark = ok(caller.get(path))["text_hash"]
    edit = {"text_hash": mark, "subject": "Cooling", "body": CLAIM + TEXT}
    draft = ok(caller.patch(path, edit))
    assert ("claim", "block") in worries(draft)
    blocked = person.post(f"{path}/approve", {"text_hash": draft["text_hash"]})
    assert ok(blocked, 409)["code"] == "blocked"
    words = {"lead_id": lead, "subject": "Cooling", "body": CLAIM + TEXT}
    assert ("claim", "block") in worries(ok(caller.post("/email/personalise", words), 201))
    assert ("claim", "warn") in worries(ok(person.post("/email/personalise", words), 201))


@pytest.mark.parametrize("name", ["source", "basis_source", "note", "first_name", "website"])
def test_half_characters_are_told_before_a_row_is_kept(caller: Caller, name: str) -> None:
    rows = [{"email": f"a{n}@b.example", "lawful_basis": "consent"} for n in range(3)]
    rows[1][name] = "x\ud800y"
    answer = ok(caller.post("/intake/leads", {"rows": rows}), 422)
    assert answer["errors"][0]["pointer"] == f"/rows/1/{name}"
    assert not Lead.objects.exists()


def test_half_characters_in_names_of_fields(caller: Caller) -> None:
    row = {"email": "a@b.example", "lawful_basis": "consent", "custom": {"k\ud800": "v"}}
    ok(caller.post("/intake/leads", {"rows": [row]}), 422)
    ok(caller.post("/leads", {**row, "custom": {}, "tags": ["\udfff"]}), 422)


def test_a_merged_leads_draft_is_its_keepers(
    rep: Any, stranger: Any, owner: Any, workspace: Any, as_user: Any
) -> None:
    made = world.made(rep, "Ada")
    keeper = Lead.objects.create(owner=stranger, first_name="Keeper", email="k@s.example")
    merging.merge(keeper, Lead.objects.get(pk=made.ids["lead_id"]), {}, owner)
    former, now = Caller(rep, machine=False), Caller(stranger)
    draft, way = f"/drafts/{made.ids['draft_id']}", f"/enrollments/{made.ids['enrollment_id']}"
    mark = ok(now.get(draft))["text_hash"]
    ok(now.get(way))
    for answer in (
        former.get(draft), former.get(way), former.post(f"{way}/stop"),
        former.post(f"{draft}/approve", {"text_hash": mark}),
    ):  # fmt: skip
        ok(answer, 404)
    assert as_user(rep).get(f"/approvals/{made.ids['draft_id']}/").status_code == 404


def test_an_answer_of_the_moment_somebody_is_erased_is_not_kept(caller: Caller) -> None:
    request: Any = HttpRequest()
    request.method, request._body = "POST", b""

    def work() -> HttpResponse:
        once.blank()
        return HttpResponse(json.dumps({"name": "Ada"}), content_type="application/json")

    once.answered(caller.token, "k", request, work)
    row = IdempotentCall.objects.get()
    assert (row.status, row.answer) == (200, "")


@pytest.mark.parametrize("segment", ["bogus", "trade:", "country:DK"])
def test_a_segment_that_there_cannot_be_is_told(caller: Caller, segment: str) -> None:
    answer = ok(caller.get(f"/stats/totals?segment={segment}"), 422)
    assert answer["errors"][0]["parameter"] == "segment"
    ok(caller.get("/stats/totals?segment=trade:bakery"))
    ok(caller.get("/stats/totals?segment="))
