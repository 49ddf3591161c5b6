"""Ringing through Twilio: faults, attacks on the doors, the emulated service."""

import uuid
from typing import Any, ClassVar
from unittest.mock import patch
from urllib.parse import urlencode

import pytest

from outreach.channels import twilio_voice
from outreach.channels.base import AccountConfig, ChannelError
from outreach.models import Call
from outreach.services import bridge, handwork
from outreach.tests.texts import OURS, SECOND, SID, TOKEN, config, connect, sid, signed
from salesagent.lib import budget
from salesagent.tests.adapter_case import OutgoingCase, WebhookCase
from salesagent.tests.peers import faults

FORM = "application/x-www-form-urlencoded"
CALL = sid(1, "CA")
PAGES = twilio_voice.Pages("https://sales.example/w/", "https://sales.example/s/")
SENDERS = {"voice_from": OURS}


class TestRinging(OutgoingCase):
    secrets: ClassVar[tuple[str, ...]] = (TOKEN, SECOND)
    errors: ClassVar[tuple[type[Exception], ...]] = (ChannelError,)
    good: ClassVar[Any] = faults.ok({"sid": CALL, "status": "queued"}, 201)

    def act(self, base: str) -> Any:
        both = {"auth_token": TOKEN, "auth_token_2": SECOND}
        return twilio_voice.ring(config(base, secret=both, settings=SENDERS), "+4530123456", PAGES)

    def unknown(self, error: Exception) -> bool:
        return isinstance(error, ChannelError) and error.unknown


@pytest.fixture(autouse=True)
def _rested(db: None) -> None:
    for one in budget.states():
        budget.forget(one.service, one.account)


class _Door(WebhookCase):
    """One of the four pages that the service asks during a call; call 1 is on its way."""

    content_type: ClassVar[str] = FORM
    signature_headers: ClassVar[tuple[str, ...]] = ("X-Twilio-Signature",)
    keys: ClassVar[tuple[str, ...]] = (TOKEN, SECOND)
    said: ClassVar[dict[str, str]] = {}

    @pytest.fixture(autouse=True)
    def _call(self, db: None, lead: Any, rep: Any) -> None:
        connect(settings=SENDERS)
        Call.objects.create(
            pk=1, lead=lead, user=rep, rep_number="+4530123456", lead_number=lead.phone,
            state="answered",
        )  # fmt: skip

    def body(self) -> bytes:
        return urlencode({"CallSid": CALL, "AccountSid": SID, **self.said}).encode()

    def signed(self, body: bytes, url: str, key: str | None = None) -> dict[str, str]:
        return signed(body, url, TOKEN if key is None else key)

    def effects(self) -> int:
        return Call.objects.filter(state="answered", provider_id="").count() ^ 1


class TestKeyDoor(_Door):
    path: ClassVar[str] = "/hooks/twilio/calls/1/key/"


class TestEndedDoor(_Door):
    path: ClassVar[str] = "/hooks/twilio/calls/1/ended/"
    said: ClassVar[dict[str, str]] = {"DialCallStatus": "completed", "DialCallDuration": "60"}


class TestStatusDoor(_Door):
    path: ClassVar[str] = "/hooks/twilio/calls/1/status/"
    said: ClassVar[dict[str, str]] = {"CallStatus": "completed"}


class TestWhisperDoor(_Door):
    path: ClassVar[str] = "/hooks/twilio/calls/1/whisper/"


@pytest.mark.parametrize(
    ("form", "end"),
    [
        ({"CallStatus": "completed"}, "completed"),
        ({"CallStatus": "no-answer"}, "no_answer"),
        ({"CallStatus": "canceled"}, "failed"),
        ({"CallStatus": "ringing"}, None),
        ({"CallStatus": "answered"}, None),
        ({}, None),
    ],
)
def test_how_our_line_ended(form: dict[str, str], end: str | None) -> None:
    assert twilio_voice.end_of_ours(form) == end


def test_a_duration_that_is_none_counts_nothing() -> None:
    for said in ("", "-5", "1e9", "9" * 40, "²"):
        form = {"DialCallStatus": "completed", "DialCallDuration": said}
        assert twilio_voice.end_of_theirs(form)[1] == 0


def test_a_private_host_is_not_reachable() -> None:
    real = AccountConfig(service="twilio", account=SID)
    assert twilio_voice.reachable(real, "https://sales.example/x")
    assert not twilio_voice.reachable(real, "http://localhost:8000/x")
    assert not twilio_voice.reachable(real, "http://box/x")


@pytest.mark.peer
@pytest.mark.usefixtures("workspace")
def test_the_emulated_service_rings(
    emulate_twilio: Any, webhook_sink: Any, settings: Any, lead: Any, rep: Any
) -> None:
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "twilio": emulate_twilio.base}
    settings.SITE_URL = webhook_sink.url("").rstrip("/")
    connect(
        account=emulate_twilio.sid,
        secret={"auth_token": emulate_twilio.token},
        settings={"voice_from": emulate_twilio.number},
    )
    rep.phone = "+4530123456"
    with patch.object(handwork, "good_time", return_value=None):
        call = bridge.start(lead, rep, token=uuid.uuid4())
    assert call is not None and call.state == "ringing"
    seen = emulate_twilio.calls()[-1]
    assert (seen["sid"], seen["to"]) == (call.provider_id, "+4530123456")
    assert seen["from"] == emulate_twilio.number
    emulate_twilio.simulate_call_status(call.provider_id, "completed")
    heard = [one for one in webhook_sink.requests if "/status/" in one.path]
    assert heard and heard[-1].form()["CallSid"] == call.provider_id
    assert heard[-1].header("X-Twilio-Signature")
