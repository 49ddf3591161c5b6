"""Bridged calls: my phone, a key, theirs; signed pages, one effect, never backwards."""

import uuid
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leads.models import ThreadEvent
from leads.services import suppression
from outreach.channels.base import ChannelError
from outreach.models import Call, Task
from outreach.services import approval, bridge, handwork, policy
from outreach.tests import texts
from outreach.tests.work import draft

pytestmark = pytest.mark.usefixtures("workspace", "mailbox")
OURS = texts.sid(1, "CA")
MINE = "+4530123456"
SITE = "https://sales.example"


@pytest.fixture(autouse=True)
def _world(settings: Any, rep: Any) -> Any:
    settings.SITE_URL = SITE
    rep.phone = "30 12 34 56"
    rep.save()
    with patch.object(handwork, "good_time", return_value=None):
        yield


@pytest.fixture
def twilio(db: None) -> Any:
    return texts.connect(settings={**texts.SENDERS, "voice_from": texts.OURS})


@pytest.fixture
def rung(twilio: Any) -> Any:
    """Every call is taken by the service; the list holds what it was asked."""
    asked: list[tuple[Any, ...]] = []

    def ring(config: Any, to: str, pages: Any) -> str:
        asked.append((to, pages.whisper, pages.status))
        return OURS

    with patch("outreach.channels.twilio_voice.ring", ring):
        yield asked


@pytest.fixture
def call(lead: Any, rep: Any, rung: Any) -> Call:
    made = bridge.start(lead, rep, token=uuid.uuid4())
    assert made is not None
    return made


def hook(name: str, pk: int, *, sign: str = texts.TOKEN, **form: str) -> Any:
    """The answer to a webhook as Twilio would send it."""
    path = reverse(f"outreach:{name}", args=[pk])
    data = {"AccountSid": texts.SID, "CallSid": OURS, **form}
    from urllib.parse import urlencode

    return Client().post(
        path,
        urlencode(data),
        content_type="application/x-www-form-urlencoded",
        headers=texts.signed(data, SITE + path, sign),
    )


def state(call: Call) -> str:
    call.refresh_from_db()
    return call.state


def test_my_own_phone_rings_first(lead: Any, rep: Any, rung: Any) -> None:
    call = bridge.start(lead, rep, token=uuid.uuid4())
    assert call is not None
    assert (call.rep_number, call.lead_number, call.state) == (MINE, lead.phone, "ringing")
    assert call.provider_id == OURS
    where = f"{SITE}/hooks/twilio/calls/{call.pk}"
    assert rung == [(MINE, f"{where}/whisper/", f"{where}/status/")]


def test_the_whole_way_of_a_call(call: Call, lead: Any, rep: Any) -> None:
    said = hook("call_whisper", call.pk)
    assert said.status_code == 200 and said["Content-Type"].startswith("text/xml")
    page = said.content.decode()
    assert "Call to Marta Kowalczyk. Press any key." in page and "<Gather" in page
    assert "<Dial" not in page and state(call) == "answered"
    dialed = hook("call_key", call.pk, Digits="5").content.decode()
    assert f"{lead.phone}</Dial>" in dialed and f'callerId="{texts.OURS}"' in dialed
    assert 'answerOnBridge="true"' in dialed and "record" not in dialed.lower()
    assert state(call) == "dialing"
    ended = hook("call_ended", call.pk, DialCallStatus="completed", DialCallDuration="185")
    assert "<Hangup" in ended.content.decode()
    assert (state(call), call.seconds, bridge.minutes(call)) == ("completed", 185, 4)
    assert hook("call_status", call.pk, CallStatus="completed").status_code == 204
    assert (state(call), call.seconds) == ("completed", 185)


def test_without_a_key_nobody_is_called(call: Call) -> None:
    hook("call_whisper", call.pk)
    hook("call_status", call.pk, CallStatus="completed")
    assert state(call) == "missed"
    assert "<Dial" not in hook("call_key", call.pk, Digits="1").content.decode()
    assert state(call) == "missed"


@pytest.mark.parametrize(
    ("said", "found"),
    [("busy", "busy"), ("no-answer", "no_answer"), ("failed", "failed"), ("odd", "failed")],
)
def test_how_their_line_ended(call: Call, said: str, found: str) -> None:
    hook("call_key", call.pk)
    hook("call_ended", call.pk, DialCallStatus=said)
    assert state(call) == found


def test_reports_in_any_order_and_twice_say_the_same(call: Call) -> None:
    hook("call_key", call.pk)
    hook("call_status", call.pk, CallStatus="completed")  # before the other report
    hook("call_ended", call.pk, DialCallStatus="completed", DialCallDuration="60")
    hook("call_ended", call.pk, DialCallStatus="no-answer", DialCallDuration="0")
    hook("call_whisper", call.pk)
    hook("call_status", call.pk, CallStatus="ringing")
    assert (state(call), call.seconds) == ("completed", 60)


@pytest.mark.parametrize("name", ["call_whisper", "call_key", "call_ended", "call_status"])
def test_nobody_but_the_service_is_heard(name: str, call: Call) -> None:
    before = state(call)
    assert hook(name, call.pk, sign="wrong").status_code == 403
    path = reverse(f"outreach:{name}", args=[call.pk])
    assert Client().post(path, {"CallSid": OURS}).status_code in (403, 415)
    assert Client().get(path).status_code == 405
    assert hook(name, call.pk, AccountSid="AC" + "f" * 32).status_code == 403
    assert state(call) == before


@pytest.mark.parametrize("name", ["call_whisper", "call_key", "call_ended"])
def test_another_call_of_the_account_moves_nothing(name: str, call: Call) -> None:
    answer = hook(name, call.pk, CallSid=texts.sid(2, "CA"))
    assert "<Hangup" in answer.content.decode() and "<Dial" not in answer.content.decode()
    assert state(call) == "ringing"
    assert hook(name, 999_999).status_code == 200


def test_a_name_cannot_change_what_the_service_does(lead: Any, rep: Any, rung: Any) -> None:
    lead.first_name, lead.last_name = "<Dial>+4900</Dial>", "& co"
    lead.save()
    call = bridge.start(lead, rep, token=uuid.uuid4())
    assert call is not None
    page = hook("call_whisper", call.pk).content.decode()
    assert "<Dial" not in page and "&lt;Dial&gt;" in page


def test_who_opts_out_while_the_phone_rings_is_not_called(call: Call, lead: Any) -> None:
    suppression.suppress(
        address=lead.phone, channel="phone", reason="opted_out", source="x", actor="lead", lead=lead
    )
    answer = hook("call_key", call.pk).content.decode()
    assert "<Dial" not in answer and "not to be called" in answer


def test_a_double_click_is_one_call(lead: Any, rep: Any, rung: Any) -> None:
    token = uuid.uuid4()
    assert bridge.start(lead, rep, token=token)
    with pytest.raises(bridge.BridgeError, match="on its way already"):
        bridge.start(lead, rep, token=uuid.uuid4())
    Call.objects.update(state="completed")
    assert bridge.start(lead, rep, token=token) is None
    assert len(rung) == Call.objects.count() == 1


def test_what_forbids_a_call(lead: Any, rep: Any, rung: Any) -> None:
    def refused(match: str) -> None:
        with pytest.raises(bridge.BridgeError, match=match):
            bridge.start(lead, rep, token=uuid.uuid4())

    at = timezone.now() + timedelta(hours=9)
    with patch.object(handwork, "good_time", return_value=at):
        refused("where Marta is. Next good time")
    rep.phone = ""
    refused("Your own phone number is missing")
    rep.phone = "12"
    refused("not a number we can ring")
    rep.phone = MINE
    suppression.suppress(
        address=lead.phone, channel="phone", reason="opted_out", source="x", actor="lead", lead=lead
    )
    refused("asked not to be called")
    lead.phone = ""
    refused("no phone number")
    assert not Call.objects.exists() and rung == []


def test_without_the_service_it_says_so(lead: Any, rep: Any) -> None:
    assert not bridge.outlook(lead, rep).offered
    with pytest.raises(bridge.BridgeError, match="not set up"):
        bridge.start(lead, rep, token=uuid.uuid4())


def test_a_private_address_cannot_be_asked(lead: Any, rep: Any, rung: Any, settings: Any) -> None:
    settings.SITE_URL, settings.SERVICE_URLS = "http://localhost:8000", {}
    with pytest.raises(bridge.BridgeError, match="SITE_URL"):
        bridge.start(lead, rep, token=uuid.uuid4())
    assert Call.objects.get().state == "failed" and rung == []


@pytest.mark.parametrize("unknown", [True, False])
def test_a_fault_of_the_service(unknown: bool, lead: Any, rep: Any, twilio: Any) -> None:
    fault = ChannelError("It broke off.", permanent=False, scope="provider", unknown=unknown)
    with patch("outreach.channels.twilio_voice.ring", side_effect=fault):
        if unknown:
            assert bridge.start(lead, rep, token=uuid.uuid4()) is not None
        else:
            with pytest.raises(bridge.BridgeError, match="It broke off"):
                bridge.start(lead, rep, token=uuid.uuid4())
    call = Call.objects.get()
    assert call.state == ("queued" if unknown else "failed")
    hook("call_whisper", call.pk)  # it rang after all
    assert state(call) == ("answered" if unknown else "failed")


def test_the_form_knows_how_long_it_was(
    lead: Any, sequence: Any, mailbox: Any, rep: Any, rung: Any, as_user: Any
) -> None:
    touch = draft(lead, sequence, mailbox, number=4)
    approval.approve(touch, user=rep, seen_hash=policy.text_hash(touch))
    task, client = Task.objects.get(touch=touch), as_user(rep)
    there = reverse("outreach:today_task", args=[task.pk])
    assert "Nothing is recorded." in client.get(there).content.decode()
    start = reverse("outreach:call_start", args=[lead.pk])
    client.post(start, {"task": task.pk, "token": str(uuid.uuid4())})
    call = Call.objects.get()
    assert call.task == task
    page = client.get(there).content.decode()
    assert "Your phone rings" in page and "Call through my phone" not in page
    asked = reverse("outreach:call_state", args=[call.pk]) + "?where=task"
    assert client.get(asked, headers={"HX-Request": "true"}).status_code == 200
    hook("call_key", call.pk)
    hook("call_ended", call.pk, DialCallStatus="completed", DialCallDuration="61")
    answer = client.get(asked, headers={"HX-Request": "true"})
    assert answer.status_code == 286 and 'id="d-min"' in answer.content.decode()
    page = client.get(there).content.decode()
    assert 'name="minutes" value="2"' in page
    on_lead = client.get(reverse("leads:detail", args=[lead.pk]) + "?tab=call").content.decode()
    assert 'name="call-minutes" value="2"' in on_lead
    client.post(
        reverse("outreach:task_done", args=[task.pk]), {"outcome": "reached", "minutes": "2"}
    )
    assert ThreadEvent.objects.get(kind="call.logged").data["minutes"] == 2
    call.refresh_from_db()
    assert call.logged_at and bridge.last_of(lead, rep) is None


def test_strangers_find_nothing(
    call: Call, lead: Any, stranger: Any, mate: Any, as_user: Any
) -> None:
    start = reverse("outreach:call_start", args=[lead.pk])
    assert as_user(stranger).post(start, {}).status_code == 404
    asked = reverse("outreach:call_state", args=[call.pk])
    for other in (stranger, mate):
        assert as_user(other).get(asked).status_code == 404
