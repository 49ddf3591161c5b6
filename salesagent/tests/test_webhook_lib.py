"""What the doors for webhooks share; their attacks are in adapter_case."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from salesagent.lib import webhook
from salesagent.lib.models import WebhookEvent
from salesagent.tests.test_budget_lib import together


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("a", "a", True), ("a", b"a", True), ("ä☃", "ä☃", True), ("a", "b", False),
        (None, None, False), ("", "", False), (None, "a", False), ("\ud800", "a", False),
    ],
)  # fmt: skip
def test_same(one: Any, other: Any, equal: bool) -> None:
    assert webhook.same(one, other) is equal


def test_an_event_counts_once(db: None) -> None:
    assert [webhook.once("p", "x" * 5000) for _ in range(3)] == [True, False, False]
    assert webhook.once("q", "x" * 5000)
    assert webhook.once("p", "\ud800\x00")


def test_an_event_counts_once_among_threads(crowd: None) -> None:
    assert sorted(together(8, lambda: webhook.once("p", "1"))) == [False] * 7 + [True]


def test_old_ones_are_forgotten(db: None) -> None:
    webhook.once("p", "1")
    webhook.once("p", "2")
    old = timezone.now() - timedelta(days=31)
    WebhookEvent.objects.filter(pk=WebhookEvent.objects.first().pk).update(received_at=old)  # type: ignore[union-attr]
    assert webhook.forget_old() == 1
    assert WebhookEvent.objects.count() == 1


def test_the_address_is_ours(settings: Any) -> None:
    settings.SITE_URL = "https://sales.example"
    request = RequestFactory().post(
        "/h/ä b/?a=%C3%A4&b", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    )
    assert webhook.public_url(request) == "https://sales.example/h/%C3%A4%20b/?a=%C3%A4&b"


@pytest.mark.parametrize(
    "error", [ValueError, KeyError, TypeError, AttributeError, RecursionError, webhook.Forbidden]
)
def test_faults_of_reading_are_refusals(error: type[Exception], caplog: Any) -> None:
    @webhook.webhook()
    def view(request: HttpRequest) -> HttpResponse:
        raise error("the body said secret-words")

    request = RequestFactory().post("/", b"{}", content_type="application/json")
    assert view(request).status_code == 403
    assert ("secret-words" in caplog.text) is (error is webhook.Forbidden)


def test_a_form_can_be_read_after_the_raw_body() -> None:
    @webhook.webhook(content_types=webhook.FORM)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.body + request.POST["a"].encode())

    request = RequestFactory().post("/", b"a=%C3%A4", content_type=webhook.FORM[0])
    assert view(request).content == "a=%C3%A4ä".encode()
