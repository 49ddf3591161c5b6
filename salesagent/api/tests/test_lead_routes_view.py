"""Leads by the API: through the same door and by the same rules as the pages."""

from typing import Any

import pytest

from leads.models import Lead, Pain, ThreadEvent
from salesagent.api.tests.conftest import Caller

pytestmark = pytest.mark.django_db
NEW = {"email": "new@aarhus.example", "first_name": "Nina", "lawful_basis": "enquiry"}


def test_a_new_lead(caller: Caller, rep: Any, workspace: Any) -> None:
    answer = caller.post("/leads", {**NEW, "phone": "20 30 40 50", "tags": ["A", "b"]})
    assert answer.status_code == 201, answer.content
    lead = Lead.objects.get(pk=answer.json()["id"])
    assert (lead.owner, lead.source, lead.phone) == (rep, "API", "+4520304050")
    assert ThreadEvent.objects.get(lead=lead).kind == "lead.created"
    again = caller.post("/leads", {**NEW, "email": "NEW@aarhus.example", "title": "Chef"})
    assert again.status_code == 200
    assert again.json() == {"id": lead.pk, "created": False, "changed": ["title"]}


def test_a_wrong_lead(caller: Caller, workspace: Any) -> None:
    answer = caller.post("/leads", {**NEW, "email": "not an address"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/email"
    answer = caller.post("/leads", {**NEW, "unknown": 1, "lawful_basis": "because"})
    pointers = {one["pointer"] for one in answer.json()["errors"]}
    assert pointers == {"/unknown", "/lawful_basis"}
    answer = caller.post("/leads", {**NEW, "owner_id": 10**12})
    assert answer.json()["errors"][0]["pointer"] == "/owner_id"


def test_somebody_elses_lead_is_left_alone(lead: Any, stranger: Any, workspace: Any) -> None:
    before = Lead.objects.values().get(pk=lead.pk)
    body = {**NEW, "email": lead.email, "title": "Spy", "note": "hm", "duplicates": "update"}
    answer = Caller(stranger).post("/leads", body)
    assert answer.status_code == 409
    assert answer.json()["code"] == "taken"
    assert Lead.objects.values().get(pk=lead.pk) == before
    assert lead.first_name not in answer.content.decode()
    many = Caller(stranger).post("/intake/leads", {"rows": [body, NEW]}).json()
    assert [one["status"] for one in many["results"]] == ["refused", "created"]
    assert many["results"][0]["id"] is None
    assert Lead.objects.values().get(pk=lead.pk) == before


def test_many_rows_each_by_itself(caller: Caller, lead: Any, workspace: Any) -> None:
    rows = [NEW, {**NEW, "email": "bad"}, {"email": lead.email, "lawful_basis": "customer"}, NEW]
    body = caller.post("/intake/leads", {"rows": rows}).json()
    assert [one["status"] for one in body["results"]] == ["created", "refused", "known", "known"]
    assert body["results"][1]["field"] == "email"
    assert (body["created"], body["known"], body["refused"]) == (1, 2, 1)
    answer = caller.post("/intake/leads", {"rows": [NEW] * 101})
    assert answer.status_code == 422
    answer = caller.post("/intake/leads", {"rows": [NEW, {"email": 1}]})
    assert answer.json()["errors"][0]["pointer"].startswith("/rows/1/")


def test_change_a_lead(caller: Caller, lead: Any, mate: Any) -> None:
    change = {"city": "Odense", "country": "Denmark", "follow_up_at": "2027-01-04"}
    answer = caller.patch(f"/leads/{lead.pk}", change)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["city"], body["country"], body["follow_up_at"]) == ("Odense", "DK", "2027-01-04")
    assert body["email"] == lead.email
    answer = caller.patch(f"/leads/{lead.pk}", {"country": "Nowhere", "title": "X"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/country"
    lead.refresh_from_db()
    assert lead.title != "X"
    gone = caller.patch(f"/leads/{lead.pk}", {"owner_id": mate.pk})
    assert gone.json()["owner_id"] == mate.pk
    assert caller.get(f"/leads/{lead.pk}").status_code == 404


def test_pains_that_somebody_confirmed(caller: Caller, lead: Any) -> None:
    for text, sure in (("Night alarms", True), ("Guessed", False)):
        Pain.objects.create(lead=lead, text=text, source="x", noted_at="2026-11-01", verified=sure)
    assert caller.get(f"/leads/{lead.pk}").json()["pains"] == ["Night alarms"]
    assert caller.post(f"/leads/{lead.pk}/archive").json()["pains"] == ["Night alarms"]


def test_two_writers(caller: Caller, lead: Any) -> None:
    path = f"/leads/{lead.pk}"
    tag = caller.get(path)["ETag"]
    assert caller.patch(path, {"city": "Vejle"}, If_Match=tag).status_code == 200
    late = caller.patch(path, {"city": "Ribe"}, If_Match=tag)
    assert late.status_code == 412
    assert late.json()["code"] == "changed"
    lead.refresh_from_db()
    assert lead.city == "Vejle"
    fresh = caller.get(path)["ETag"]
    assert caller.patch(path, {"city": "Ribe"}, If_Match=fresh).status_code == 200
    assert caller.post(f"{path}/notes", {"text": "x"}, If_Match=fresh).status_code == 400


def test_stage_notes_and_away(caller: Caller, lead: Any) -> None:
    path = f"/leads/{lead.pk}"
    assert caller.post(f"{path}/stage", {"stage": "meeting"}).json()["stage"] == "meeting"
    note = caller.post(f"{path}/notes", {"text": "Called <b>back</b>"})
    assert note.status_code == 201
    assert note.json()["body"] == "Called <b>back</b>"
    assert caller.post(f"{path}/notes", {"text": "  \n "}).status_code == 422
    assert caller.post(f"{path}/archive").json()["archived_at"]
    assert caller.patch(path, {"city": "X"}).json()["code"] == "archived"
    assert [one["id"] for one in caller.get("/leads").json()["items"]] == []
    assert len(caller.get("/leads?view=archived").json()["items"]) == 1
    assert caller.post(f"{path}/restore").json()["archived_at"] is None


def test_the_thread(caller: Caller, lead: Any) -> None:
    path = f"/leads/{lead.pk}"
    for number in range(5):
        caller.post(f"{path}/notes", {"text": f"Note {number}"})
    page = caller.get(f"{path}/thread?limit=3&show=notes").json()
    assert [one["body"] for one in page["items"]] == ["Note 4", "Note 3", "Note 2"]
    rest = caller.get(f"{path}/thread?limit=3&show=notes&after={page['next']}").json()
    assert [one["body"] for one in rest["items"]] == ["Note 1", "Note 0"]
    assert rest["next"] == ""
    assert page["items"][0]["who"] == "Jonas"


def test_erased_words_stay_erased(caller: Caller, lead: Any, owner: Any) -> None:
    caller.post(f"/leads/{lead.pk}/notes", {"text": "Secret words"})
    Lead.objects.filter(pk=lead.pk).update(erased_at="2026-11-01T00:00:00Z")
    assert caller.get(f"/leads/{lead.pk}/thread").status_code == 404
    owns = Caller(owner)
    for path in (f"/leads/{lead.pk}", "/leads?view=all", "/leads?view=archived", "/companies"):
        assert "Secret" not in owns.get(path).content.decode()


def test_companies(caller: Caller, lead: Any, stranger: Any) -> None:
    found = caller.get("/companies").json()["items"]
    assert [one["id"] for one in found] == [lead.company_id]
    one = caller.get(f"/companies/{lead.company_id}").json()
    assert one["lead_ids"] == [lead.pk]
    assert caller.get(f"/companies?q={lead.company.name[:4]}").json()["items"]
    assert not caller.get("/companies?q=zzzz").json()["items"]
    assert Caller(stranger).get("/companies").json()["items"] == []
    assert Caller(stranger).get(f"/companies/{lead.company_id}").status_code == 404


def test_once_by_key(caller: Caller, lead: Any, mate: Any) -> None:
    path, key = f"/leads/{lead.pk}/notes", {"Idempotency_Key": "k-1"}
    first = caller.post(path, {"text": "Once"}, **key)
    again = caller.post(path, {"text": "Once"}, **key)
    assert again.status_code == 201
    assert again.content == first.content
    assert again["Idempotency-Replayed"] == "true"
    assert ThreadEvent.objects.filter(kind="note.added").count() == 1
    other = caller.post(path, {"text": "Twice"}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    bad = caller.post(path, {"text": "Once"}, Idempotency_Key="ø" * 10)
    assert bad.status_code == 400
    assert Caller(mate).post(path, {"text": "Once"}, **key).status_code == 404  # not another's


def test_filters(caller: Caller, lead: Any, rep: Any) -> None:
    Lead.objects.create(owner=rep, email="b@x.example", stage="won", score=80, tags=["vip"])
    assert len(caller.get("/leads").json()["items"]) == 2
    for query in ("stage=won", "score=60", "tag=vip", "owner=me&stage=won"):
        found = caller.get(f"/leads?{query}").json()["items"]
        assert [one["email"] for one in found] == ["b@x.example"], query
    assert caller.get("/leads?stage=x").status_code == 422
    assert caller.get("/leads?q=%00").status_code == 422


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [("bogus=1", "bogus"), ("stge=new", "stge"), ("stage=foo", "stage"), ("limit=x", "limit")],
)
def test_a_mistyped_filter_is_named(caller: Caller, lead: Any, asked: str, parameter: str) -> None:
    answer = caller.get(f"/leads?{asked}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == parameter


def test_updated_at_moves_with_whatever_the_api_changes(caller: Caller, lead: Any) -> None:
    def moved() -> bool:
        before = lead.updated_at
        lead.refresh_from_db()
        return bool(lead.updated_at > before)

    caller.post(f"/leads/{lead.pk}/stage", {"stage": "engaged"})
    assert moved()
    caller.patch(f"/leads/{lead.pk}", {"follow_up_at": "2027-01-04"})
    assert moved()
