"""Signing in to Salesforce, its limits and refusals: what a person reads, and when we try again."""

import logging
from typing import Any

import pytest

from leads.crm import salesforce_errors as errors
from leads.crm.base import CrmError, Settings
from leads.crm.salesforce_auth import fetch
from leads.tests.salesforce_web import Fault
from leads.tests.salesforce_world import World, person, world
from salesagent.lib.models import ProviderState

__all__ = ["world"]


def _refusal(code: str, text: str = "") -> list[dict[str, str]]:
    return [{"errorCode": code, "message": text or code}]


def test_one_token_serves_many_calls(world: World) -> None:
    for _ in range(3):
        world.crm.changed("contact", None, None)
    assert len(world.peer.calls("oauth2/token")) == 1


def test_a_refresh_token_is_used_where_there_is_one(world: World) -> None:
    world.adapter(refresh=True).account()
    [asked] = world.peer.calls("oauth2/token")
    assert asked.body == "grant_type=refresh_token&refresh_token=5Aep.refresh"


def test_an_expired_session_is_renewed_once(world: World) -> None:
    world.crm.account()
    world.peer.tokens.clear()
    assert world.crm.write("contact", [person(1)])[0].id
    assert len(world.peer.calls("oauth2/token")) == 2


def test_a_session_that_is_refused_again_needs_a_person(world: World) -> None:
    fault = Fault("query", 401, _refusal("INVALID_SESSION_ID"), times=9)
    world.peer.faults = [fault]
    with pytest.raises(CrmError, match="Connect it again") as caught:
        world.crm.account()
    assert caught.value.permanent
    assert fault.times == 7


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"client_id": "other"}, "does not know the consumer key"),
        ({"client_secret": "other"}, "does not take the consumer secret"),
        ({"run_as": False}, "no client credentials user enabled. Check the app's policies"),
    ],
)
def test_a_sign_in_that_fails_says_what_to_do(
    world: World, change: dict[str, Any], words: str
) -> None:
    crm = world.adapter()
    for name, value in change.items():
        setattr(world.peer, name, value)
    with pytest.raises(CrmError, match=words) as caught:
        crm.account()
    assert caught.value.permanent


def test_signing_in_is_tried_later_when_salesforce_is_unwell(world: World) -> None:
    world.peer.faults = [Fault("oauth2", 503, "", times=9)]
    with pytest.raises(CrmError) as caught:
        world.crm.account()
    assert not caught.value.permanent and caught.value.wait


@pytest.mark.parametrize("body", [{}, {"access_token": None}, [], {"access_token": "ü"}])
def test_an_odd_answer_is_no_token(world: World, body: Any) -> None:
    world.peer.faults = [Fault("oauth2", 200, body)]
    with pytest.raises(CrmError, match="no readable answer"):
        fetch({}, Settings(world.peer.url))


def test_the_days_calls_are_used_up(world: World) -> None:
    world.crm.account()
    world.peer.used = world.peer.limit
    with pytest.raises(CrmError, match="used up") as caught:
        world.crm.changed("contact", None, None)
    assert (caught.value.permanent, caught.value.wait) == (False, errors.DAY)


def test_the_last_calls_are_left_to_other_programs(world: World) -> None:
    world.peer.limit, world.peer.used = 1000, 949
    world.crm.fields("contact")  # 950
    before = len(world.peer.requests)
    with pytest.raises(CrmError, match="950 of 1,000 calls") as caught:
        world.crm.account()
    assert caught.value.wait == errors.DAY
    assert len(world.peer.requests) == before


@pytest.mark.parametrize(
    ("status", "code", "text", "permanent", "wait"),
    [
        (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded.", False, 60.0),
        (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", False, errors.DAY),
        (403, "API_DISABLED_FOR_ORG", "", True, None),
        (403, "SOMETHING_NEW", "Not you", True, None),
        (400, "QUERY_TIMEOUT", "", False, errors.BUSY),
        (400, "MALFORMED_QUERY", "", True, None),
        (400, "INVALID_TYPE", "", True, None),
        (500, "UNKNOWN_EXCEPTION", "", False, errors.BUSY),
    ],
)
def test_refusals(
    world: World, status: int, code: str, text: str, permanent: bool, wait: float | None
) -> None:
    world.crm.account()
    world.peer.faults = [Fault("query", status, _refusal(code, text), times=9)]
    with pytest.raises(CrmError) as caught:
        world.crm.account()
    assert (caught.value.permanent, caught.value.wait) == (permanent, wait)
    assert caught.value.message[0].isupper() and caught.value.message.endswith(".")


def test_several_records_with_one_key_are_300(world: World) -> None:
    world.crm.account()
    for _ in range(2):
        world.org.add("Contact", LastName="x", SalesAgent_Id__c="lead:7")
    with pytest.raises(CrmError, match="same key"):
        world.crm._org.call("PATCH", "sobjects/Contact/SalesAgent_Id__c/lead%3A7", json={})


def test_html_instead_of_an_answer(world: World) -> None:
    world.crm.account()
    world.peer.faults = [Fault("query", 404, "<html>maintenance</html>", times=9)]
    with pytest.raises(CrmError, match=r"refused \(HTTP 404\)"):
        world.crm.account()


def test_a_cut_upsert_is_sent_again_and_makes_one_record(world: World) -> None:
    world.crm.fields("contact")
    world.peer.faults = [Fault("composite/sobjects", 0, after=True)]
    [made] = world.crm.write("contact", [person(1)])
    assert made.id and len(world.org.data["Contact"]) == 1


def test_an_answer_of_the_wrong_length_is_not_believed(world: World) -> None:
    world.crm.fields("contact")
    world.peer.faults = [Fault("composite/sobjects", 200, [{"success": True, "id": "x"}])]
    with pytest.raises(CrmError, match="no readable answer"):
        world.crm.write("contact", [person(1), person(2)])


def test_a_renamed_my_domain_is_not_followed(world: World) -> None:
    world.peer.faults = [Fault("oauth2", 301, "", times=9)]
    with pytest.raises(CrmError) as caught:
        world.crm.account()
    assert caught.value.permanent
    assert "My Domain" in caught.value.message


def test_no_secret_is_logged_or_kept(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.peer.faults = [Fault("query", 500, _refusal("X", "token 00D5g!1.token"), times=9)]
    with pytest.raises(CrmError) as caught:
        world.crm.account()
    secrets = (world.peer.client_secret, *world.peer.tokens)
    told = [caught.value.message, caplog.text, repr(world.crm._org._secret)]
    told += list(ProviderState.objects.values_list("last_error", flat=True))
    assert not [text for text in told for secret in secrets if secret in text]


def test_calls_are_counted_and_limited_by_account(world: World) -> None:
    world.crm.account()
    assert world.crm.requests == len(world.peer.requests) - 1  # without signing in
    keys = ProviderState.objects.values_list("key", flat=True)
    assert list(keys) == [f"salesforce:127.0.0.1:{world.peer.port}"]


def test_plain_http_to_another_place_is_refused(world: World) -> None:
    with pytest.raises(CrmError) as caught:
        fetch({"client_id": "a", "client_secret": "b"}, Settings("http://acme.example"))
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("error", "code", "field", "existing", "words"),
    [
        (
            {"statusCode": "DUPLICATE_VALUE", "message": "on record with id: 0035g0000000001AAA"},
            "DUPLICATE_VALUE",
            "",
            "0035g0000000001AAA",
            "same key",
        ),
        (
            {"statusCode": "CANNOT_EXECUTE_FLOW_TRIGGER", "message": "Ask\nIT", "fields": ["X"]},
            "CANNOT_EXECUTE_FLOW_TRIGGER",
            "",
            "",
            "A flow in your Salesforce refused it: Ask IT",
        ),
        (
            {"statusCode": "NEW_CODE", "message": "{said} {x}", "fields": ["Email"]},
            "NEW_CODE",
            "email",
            "",
            "Salesforce refused it: {said} {x}",
        ),
        ({}, "", "", "", "Salesforce refused it: "),
    ],
)
def test_row_errors(error: Any, code: str, field: str, existing: str, words: str) -> None:
    found = errors.row(error, {"Email": ("email", "Email")})
    assert (found.code, found.field, found.existing_id) == (code, field, existing)
    assert words in found.message
