"""The shared cases, tried with a small adapter: what they ask for can be done, and they notice."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path

from salesagent.lib import budget, http, webhook
from salesagent.lib.models import WebhookEvent
from salesagent.tests.adapter_case import OutgoingCase, WebhookCase
from salesagent.tests.peers import faults

KEYS = ("newest-key-0123456789", "older-key-0123456789")
TOKEN = "tok-9f8e7d6c5b4a39281706"


def mac(key: str, url: str, body: bytes) -> str:
    return base64.b64encode(
        hmac.new(key.encode(), url.encode() + body, hashlib.sha256).digest()
    ).decode()


@webhook.webhook(content_types=webhook.JSON)
def door(request: HttpRequest) -> HttpResponse:
    given, url = request.headers.get("X-Signature"), webhook.public_url(request)
    if not any(webhook.same(mac(key, url, request.body), given) for key in KEYS):
        raise webhook.Forbidden("bad signature")
    webhook.once("small", json.loads(request.body)["id"])
    return HttpResponse(status=204)


urlpatterns = [path("hooks/small/", door)]


@pytest.mark.urls(__name__)
class TestSmallDoor(WebhookCase):
    path = "/hooks/small/"
    signature_headers = ("X-Signature",)
    keys = KEYS

    def body(self) -> bytes:
        return b'{"id": "evt_1"}'

    def signed(self, body: bytes, url: str, key: str | None = None) -> dict[str, str]:
        return {"X-Signature": mac(KEYS[0] if key is None else key, url, body)}

    def effects(self) -> int:
        return WebhookEvent.objects.filter(provider="small").count()


class SmallError(Exception):
    def __init__(self, message: str, *, unknown: bool) -> None:
        super().__init__(message)
        self.unknown = unknown


class TestSmallCalls(OutgoingCase):
    secrets = (TOKEN,)
    errors = (SmallError,)
    good = faults.ok({"id": "1"})

    @pytest.fixture(autouse=True)
    def _limits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(budget, "_limits", {})
        budget.register("Small", 100, 100)

    def act(self, base: str) -> Any:
        fault: http.HttpFault
        try:
            answer = http.call(
                "POST",
                f"{base}/send",
                service="Small",
                headers={"Authorization": f"Bearer {TOKEN}"},
                json={"text": "hi"},
                idempotent=False,
                allow_hosts={base.removeprefix("http://")},
            )
            found = answer.check().json()
            if not isinstance(found, dict):
                raise SmallError("Small sent something else.", unknown=True)
            return found
        except http.HttpFault as error:
            fault = error
        raise SmallError(str(fault), unknown=fault.sent is None)

    def unknown(self, error: Exception) -> bool:
        return isinstance(error, SmallError) and error.unknown
