"""Calendly's door: signature, three minutes, both keys, and what comes through."""

import json
import time
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from leads.models import ThreadEvent
from outreach.calendly import Message, message_of, verified
from outreach.models import Booking, InboundMessage, Task
from outreach.tests.calendly import KEY, canceled, connect, created, invitee, read, signed
from salesagent.accounts import connections
from salesagent.tests.adapter_case import WebhookCase


class TestCalendlyDoor(WebhookCase):
    path: ClassVar[str] = "/hooks/calendly/"
    signature_headers: ClassVar[tuple[str, ...]] = ("Calendly-Webhook-Signature",)
    signs_url: ClassVar[bool] = False

    @pytest.fixture(autouse=True)
    def _account(self, db: None, lead: Any) -> None:
        connect()

    def body(self) -> bytes:
        return created("A")

    def signed(self, body: bytes, url: str, key: str | None = None) -> dict[str, str]:
        return signed(body, KEY if key is None else key)

    def effects(self) -> int:
        counted = (Booking, InboundMessage, ThreadEvent, Task)
        return sum(model.objects.count() for model in counted)

    def test_other_events_are_taken_and_forgotten(self) -> None:
        before = self.effects()
        body = json.dumps({"event": "invitee_no_show.created", "payload": {}}).encode()
        assert self.post(body, signed(body)) == 204
        assert self.effects() == before

    @pytest.mark.parametrize("age", [-181, 181, 3600])
    def test_three_minutes_either_way(self, age: int) -> None:
        before = self.effects()
        headers = signed(self.body(), at=time.time() - age)
        self.refused(self.post(self.body(), headers), before)

    def test_not_connected_it_is_refused(self) -> None:
        row = connections.active("calendly")
        assert row is not None
        connections.switch_off(row)
        before = self.effects()
        self.refused(self.post(self.body(), signed(self.body())), before)

    def test_a_cancellation_comes_through(self) -> None:
        for body in (canceled("A"), created("A")):
            assert self.post(body, signed(body)) == 204
        assert Booking.objects.get().state == "cancelled"


@pytest.mark.parametrize("age", [-179, 0, 179])
def test_within_three_minutes(age: int) -> None:
    body = created("A")
    assert verified(body, signed(body, at=time.time() - age), [KEY])


@pytest.mark.parametrize(
    "header",
    [
        "t=1",
        "v1=aa",
        "t=1,t=1,v1=aa",
        "t=,v1=",
        "t=-1,v1=aa",
        "t=1e9,v1=aa",
        "t=٣,v1=aa",
        "t=9999999999999,v1=a",
    ],
)
def test_an_odd_header_is_refused(header: str) -> None:
    assert not verified(b"{}", {"Calendly-Webhook-Signature": header}, [KEY])


def test_no_key_verifies_nothing() -> None:
    body = created("A")
    assert not verified(body, signed(body, key=""), [""])


def test_two_signatures_while_a_key_is_replaced() -> None:
    body = created("A")
    header = signed(body)["Calendly-Webhook-Signature"]
    stamp, good = header.split(",")
    both = {"Calendly-Webhook-Signature": f"{stamp}, v1={'0' * 64}, {good}"}
    assert verified(body, both, ["another", KEY])


def test_what_is_read() -> None:
    found = read(canceled("B", "tok", old_invitee=invitee("A"), rescheduled=True, by="host"))
    assert (found.cancelled, found.rescheduled, found.by_host) == (True, True, True)
    assert (found.token, found.old, found.reason) == ("tok", invitee("A"), "A fair that day")
    assert found.starts_at == datetime(2027, 3, 9, 13, 0, tzinfo=UTC)
    assert Message.of_data(json.loads(json.dumps(found.as_data()))) == found


@pytest.mark.parametrize(
    "payload",
    [
        {"uri": "javascript:alert(1)"},
        {"uri": "https://x.example/" + "a" * 300},
        {"uri": None},
        {"uri": ["x"]},
    ],
)
def test_no_invitee_is_no_message(payload: dict[str, Any]) -> None:
    body = {"event": "invitee.created", "created_at": "2026-11-20T09:00:00Z", "payload": payload}
    with pytest.raises(ValueError, match="no invitee"):
        message_of(json.dumps(body).encode())


def test_odd_values_are_left_out() -> None:
    odd = {"start_time": "soon", "end_time": 5, "name": ["x"], "location": "here"}
    values: dict[str, Any] = {
        "scheduled_event": odd,
        "tracking": [],
        "email": None,
        "rescheduled": 1,
    }
    body = json.loads(created("A", **values))
    body["payload"]["name"] = 7
    found = read(json.dumps(body).encode())
    assert (found.starts_at, found.title, found.place, found.name) == (None, "", "", "")
    assert not found.rescheduled


@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-13-01T00:00Z"]
)
def test_a_time_that_fits_no_calendar_is_left_out(text: str) -> None:
    found = read(created("A", scheduled_event={"name": "x", "start_time": text, "end_time": text}))
    assert (found.starts_at, found.ends_at) == (None, None)
