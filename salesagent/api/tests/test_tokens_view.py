"""Settings, API: made with its words shown once, taken back, one's own or all for the owner."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from salesagent.accounts.models import AuditEntry
from salesagent.api import tokens
from salesagent.api.models import ApiToken

pytestmark = pytest.mark.django_db
FORM = {"name": "Website", "kind": "machine", "days": "90", "scopes": ["leads:read"]}


def test_make_use_and_take_back(as_user: Any, rep: Any, lead: Any) -> None:
    client = as_user(rep)
    answer = client.post("/settings/api/new/", FORM)
    assert answer.status_code == 302
    answer = client.get(answer.url)
    assert "no-store" in answer["Cache-Control"]
    words = answer.context["words"]
    assert words in answer.content.decode()
    token = ApiToken.objects.get()
    assert token.machine
    assert timedelta(days=89) < token.expires_at - timezone.now() <= timedelta(days=90)
    listed = client.get("/settings/api/").content.decode()
    assert words not in listed
    assert token.prefix in listed
    bearer = {"Authorization": f"Bearer {words}"}
    assert client.get(f"/api/v1/leads/{lead.pk}", headers=bearer).status_code == 200
    again = client.get(f"/settings/api/{token.pk}/", follow=True).content.decode()
    assert "A token is shown once." in again and words not in again
    assert words not in str(dict(client.session.items()))
    asked = client.get(f"/settings/api/{token.pk}/revoke/").content.decode()
    assert "Take back Website?" in asked and ApiToken.objects.get().revoked_at is None
    client.post(f"/settings/api/{token.pk}/revoke/")
    assert client.get(f"/api/v1/leads/{lead.pk}", headers=bearer).status_code == 401
    assert "Taken back" in client.get("/settings/api/").content.decode()
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"api.token_made", "api.token_revoked"} <= actions
    assert words not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": ""}, "Give it a name."),
        ({"scopes": []}, "Choose at least one"),
        ({"scopes": ["approve"]}, "A program never approves."),
        ({"kind": "person", "days": "0"}, "ends after a year"),
        ({"kind": "x"}, "Select a valid choice"),
    ],
)
def test_what_no_token_is_made_of(as_user: Any, rep: Any, change: Any, says: str) -> None:
    answer = as_user(rep).post("/settings/api/new/", FORM | change)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_ones_own_and_the_owners_view(as_user: Any, rep: Any, mate: Any, owner: Any) -> None:
    token, _words = tokens.make(rep, name="Rep's sheet", scopes=["leads:read"])
    assert "Rep&#x27;s sheet" in as_user(owner).get("/settings/api/").content.decode()
    assert "Rep&#x27;s sheet" not in as_user(mate).get("/settings/api/").content.decode()
    assert as_user(mate).post(f"/settings/api/{token.pk}/revoke/").status_code == 404
    as_user(owner).post(f"/settings/api/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at


def test_a_person_may_approve(as_user: Any, rep: Any) -> None:
    as_user(rep).post("/settings/api/new/", FORM | {"kind": "person", "scopes": ["approve"]})
    token = ApiToken.objects.get()
    assert (token.machine, token.scopes) == (False, ["approve"])


def test_the_page_of_the_api(as_user: Any, rep: Any, django_assert_num_queries: Any) -> None:
    client = as_user(rep)
    client.get("/api/v1/docs")
    with django_assert_num_queries(5):  # session, person, and the numbers of the navigation
        page = client.get("/api/v1/docs").content.decode()
    assert "/drafts/{draft_id}/approve" in page
    assert "lawful_basis" in page
    assert "<script" not in page.split("<main")[1].split("</main")[0]


def test_the_document(client: Any, db: None) -> None:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    made = answer.json()
    assert made["openapi"].startswith("3.1")
    same = client.get("/api/v1/openapi.json", headers={"If-None-Match": answer["ETag"]})
    assert same.status_code == 304
    assert client.post("/api/v1/openapi.json").status_code == 405
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            assert {"400", "401", "403", "404", "429"} <= set(operation["responses"]), path
            assert operation["x-scope"], (path, method)
            assert operation["security"] == [{"Bearer": []}]


def test_queries_of_the_list(as_user: Any, rep: Any, django_assert_max_num_queries: Any) -> None:
    for number in range(5):
        tokens.make(rep, name=f"T{number}", scopes=["leads:read"])
    client = as_user(rep)
    client.get("/settings/api/")
    with django_assert_max_num_queries(6):
        client.get("/settings/api/")


def test_a_form_that_is_sent_twice_makes_one(as_user: Any, rep: Any) -> None:
    client = as_user(rep)
    client.post("/settings/api/new/", FORM)
    again = client.post("/settings/api/new/", FORM)
    assert again.status_code == 422
    assert "One of your tokens has this name." in again.content.decode()
    token = ApiToken.objects.get()
    client.post(f"/settings/api/{token.pk}/revoke/")
    assert client.post("/settings/api/new/", FORM).status_code == 302
