"""What holds for each call: token, rate, size, kind, errors in one shape, tags, keys, pages."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.models import Lead
from salesagent.api import tokens
from salesagent.api.models import ApiToken, IdempotentCall
from salesagent.api.tests.conftest import Caller

pytestmark = pytest.mark.django_db


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["detail"]
    return body


def test_a_lead_is_listed_and_read(caller: Caller, lead: Any) -> None:
    answer = caller.get("/leads")
    assert answer.status_code == 200
    assert [one["id"] for one in answer.json()["items"]] == [lead.pk]
    one = caller.get(f"/leads/{lead.pk}").json()
    assert one["email"] == lead.email
    assert one["created_at"].endswith("Z")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic abc", "Bearer sa_" + "0" * 48])
def test_without_a_token(header: str, db: None) -> None:
    answer = Client().get("/api/v1/leads", headers={"Authorization": header})
    problem(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_cookie_opens_nothing(rep: Any, lead: Any) -> None:
    client = Client()
    client.force_login(rep)
    problem(client.get(f"/api/v1/leads/{lead.pk}"), 401)


def test_a_token_ends(caller: Caller, rep: Any, owner: Any) -> None:
    assert caller.get("/leads").status_code == 200
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    problem(caller.get("/leads"), 401)
    ApiToken.objects.update(expires_at=None)
    assert caller.get("/leads").status_code == 200
    rep.is_active = False
    rep.save()
    problem(caller.get("/leads"), 401)
    rep.is_active = True
    rep.save()
    assert tokens.revoke(caller.token, owner)
    problem(caller.get("/leads"), 401)
    assert not tokens.revoke(caller.token, owner)


def test_only_the_hash_is_kept(caller: Caller) -> None:
    row = ApiToken.objects.get()
    stored = str(ApiToken.objects.values())
    assert caller.words not in stored
    assert caller.words[10:] not in stored
    assert row.prefix == caller.words[:10]
    problem(caller.get("/leads", Authorization=f"Bearer {caller.words.upper()}"), 401)


def test_a_scope_is_missing(rep: Any, lead: Any) -> None:
    answer = Caller(rep, ["drafts:read"]).get("/leads")
    assert problem(answer, 403)["code"] == "scope"
    assert 'scope="leads:read"' in answer["WWW-Authenticate"]


@pytest.mark.parametrize("path", ["/nothing", "/leads/0", "/leads/x", f"/leads/{2**70}", "/leads/"])
def test_nothing_there(caller: Caller, path: str) -> None:
    problem(caller.get(path), 404)


def test_a_foreign_lead_is_not_there(stranger: Any, lead: Any) -> None:
    problem(Caller(stranger).get(f"/leads/{lead.pk}"), 404)


def test_other_methods(caller: Caller, lead: Any) -> None:
    answer = caller.call("PUT", f"/leads/{lead.pk}", {})
    problem(answer, 405)
    assert "GET" in answer["Allow"]
    answer = caller.call("OPTIONS", "/leads")
    assert answer.status_code == 204
    assert {"GET", "HEAD", "OPTIONS"} <= set(answer["Allow"].split(", "))
    assert "Access-Control-Allow-Origin" not in answer
    whole, head = caller.get("/leads"), caller.call("HEAD", "/leads")
    assert head.status_code == 200
    assert not head.content
    assert head["Content-Length"] == str(len(whole.content))
    assert head["ETag"] == whole["ETag"]


def test_too_large_and_other_kinds(caller: Caller, lead: Any) -> None:
    path = f"/api/v1/leads/{lead.pk}"
    bearer = {"Authorization": f"Bearer {caller.words}"}
    answer = Client().patch(path, b"x" * (1024 * 1024 + 1), "application/json", headers=bearer)
    problem(answer, 413)
    problem(Client().patch(path, b"a=1", "application/x-www-form-urlencoded", headers=bearer), 415)
    problem(Client().patch(path, b"{", "application/json", headers=bearer), 400)


def test_values_that_cannot_be_taken(caller: Caller) -> None:
    body = problem(caller.get("/leads?limit=201"), 422)
    assert body["errors"][0]["parameter"] == "limit"
    assert problem(caller.get("/leads?after=abc"), 422)["code"] == "cursor"
    assert problem(caller.get("/leads?owner=nobody"), 422)["errors"][0]["parameter"] == "owner"


def test_pages_follow_each_other(caller: Caller, rep: Any) -> None:
    for number in range(7):
        Lead.objects.create(owner=rep, email=f"p{number}@kolding.example", score=number % 3)
    for sort in ("newest", "score", "name", "sign"):
        seen, path = [], f"/leads?limit=3&sort={sort}"
        for _page in range(3):
            answer = caller.get(path)
            seen += [one["id"] for one in answer.json()["items"]]
            if "Link" in answer:
                path = answer["Link"].split(";")[0].strip("<>").split("/api/v1")[1]
                assert answer.json()["next"] in path
        assert len(seen) == len(set(seen)) == 7
        assert "Link" not in answer
        assert answer.json()["next"] == ""


def test_the_rate_is_told_and_held(caller: Caller, settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 25
    first = caller.get("/leads")
    assert first["RateLimit-Limit"] == "25"
    assert first["RateLimit-Remaining"] == "24"
    codes = [caller.get("/leads").status_code for _ in range(24)]
    assert set(codes) == {200}
    answer = caller.get("/leads")
    problem(answer, 429)
    assert int(answer["Retry-After"]) <= 60


def test_many_leads_at_once_count_as_many_calls(caller: Caller, settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 25
    rows = [{"email": f"a{n}@firm{n}.example", "lawful_basis": "consent"} for n in range(20)]
    first = caller.post("/intake/leads", {"rows": rows})
    assert first.status_code == 200 and first["RateLimit-Remaining"] == "5"
    count = Lead.objects.count()
    answer = caller.post("/intake/leads", {"rows": rows[:7]})
    problem(answer, 429)
    assert answer["Retry-After"] and Lead.objects.count() == count
    assert caller.post("/intake/leads", {"rows": rows[:4]}).status_code == 200
    problem(caller.get("/leads"), 429)


def test_more_rows_than_a_minute_has_are_taken_once_a_minute(caller: Caller, settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 5
    rows = [{"email": f"a{n}@firm{n}.example", "lawful_basis": "consent"} for n in range(8)]
    assert caller.post("/intake/leads", {"rows": rows}).status_code == 200
    problem(caller.get("/leads"), 429)


def test_a_tag_spares_the_body(caller: Caller, lead: Any) -> None:
    path = f"/leads/{lead.pk}"
    tag = caller.get(path)["ETag"]
    same = caller.get(path, If_None_Match=f'"x", W/{tag}')
    assert same.status_code == 304
    assert not same.content
    assert same["ETag"] == tag
    Lead.objects.filter(pk=lead.pk).update(city="Aarhus")
    assert caller.get(path, If_None_Match=tag).status_code == 200


def test_last_use_is_noted_now_and_then(caller: Caller, django_assert_num_queries: Any) -> None:
    caller.get("/leads")
    with django_assert_num_queries(2):  # the token, the page; the rate costs none
        caller.get("/leads")
    with django_assert_num_queries(2):
        caller.get("/leads/1")
    assert ApiToken.objects.get().last_used_at is not None
    assert not IdempotentCall.objects.exists()


def test_a_break_says_nothing_of_the_inside(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def boom(*_args: Any) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("salesagent.api.routes.leads.lead_for", boom)
    answer = caller.get("/leads/1")
    assert "secret" not in answer.content.decode()
    problem(answer, 500)


ODD = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "\\ud800", "\\u0000", "2026")


@pytest.mark.parametrize("order", ["newest", "name", "score", "replied"])
@pytest.mark.parametrize("odd", [*(f'"{one}"' for one in ODD), "1e400", "-1", "null", "[]", "true"])
def test_a_made_up_cursor_is_no_fault_of_ours(
    caller: Caller, rep: Any, order: str, odd: str
) -> None:
    for name in ("Ann", "Ben"):
        Lead.objects.create(owner=rep, first_name=name, email=f"{name}@x.example")
    following = caller.get(f"/leads?sort={order}&limit=1").json()["next"]
    raw = base64.urlsafe_b64decode(following + "=" * (-len(following) % 4)).decode()
    parts = json.loads(raw)
    for place in range(1, len(parts)):
        told = [json.dumps(part) for part in parts]
        told[place] = odd
        made = base64.urlsafe_b64encode(f"[{','.join(told)}]".encode()).decode().rstrip("=")
        assert caller.get(f"/leads?sort={order}&after={made}").status_code in (200, 422)
