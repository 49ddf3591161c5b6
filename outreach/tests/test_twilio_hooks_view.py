"""The doors for Twilio: signatures, reports in any order, messages once."""

import threading
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from leads.models import Lead, Suppression, ThreadEvent
from outreach.channels.twilio_hooks import verified
from outreach.models import Enrollment, InboundMessage, Task, Touch
from outreach.services import text_reports
from outreach.tests.texts import (
    MOBILE,
    OURS,
    SECOND,
    SID,
    TOKEN,
    connect,
    mobile,
    sid,
    signed,
    text,
)
from salesagent.accounts.models import Connection, User
from salesagent.lib.models import WebhookEvent
from salesagent.tests.adapter_case import SITE, WebhookCase

STATUS, INBOUND = "/hooks/twilio/status/", "/hooks/twilio/inbound/"
FORM = "application/x-www-form-urlencoded"


class TestInboundDoor(WebhookCase):
    path: ClassVar[str] = INBOUND
    content_type: ClassVar[str] = FORM
    signature_headers: ClassVar[tuple[str, ...]] = ("X-Twilio-Signature",)
    keys: ClassVar[tuple[str, ...]] = (TOKEN, SECOND)

    @pytest.fixture(autouse=True)
    def _account(self, db: None, lead: Any) -> None:
        connect()
        mobile(lead)

    def body(self) -> bytes:
        form = {"MessageSid": sid(1), "From": MOBILE, "To": OURS, "Body": "Yes, call me at 10"}
        return urlencode(form | {"AccountSid": SID}).encode()

    def signed(self, body: bytes, url: str, key: str | None = None) -> dict[str, str]:
        return signed(body, url, TOKEN if key is None else key)

    def effects(self) -> int:
        return InboundMessage.objects.count() + ThreadEvent.objects.count() + Task.objects.count()


class TestStatusDoor(WebhookCase):
    path: ClassVar[str] = STATUS
    content_type: ClassVar[str] = FORM
    signature_headers: ClassVar[tuple[str, ...]] = ("X-Twilio-Signature",)
    keys: ClassVar[tuple[str, ...]] = (TOKEN, SECOND)

    @pytest.fixture(autouse=True)
    def _sent(self, db: None, lead: Any) -> None:
        connect()
        now = timezone.now()
        text(mobile(lead), state=Touch.State.SENT, provider_id=sid(1), sent_at=now, due_at=now)

    def body(self) -> bytes:
        form = {"MessageSid": sid(1), "MessageStatus": "delivered", "AccountSid": SID}
        return urlencode(form).encode()

    def signed(self, body: bytes, url: str, key: str | None = None) -> dict[str, str]:
        return signed(body, url, TOKEN if key is None else key)

    def effects(self) -> int:
        moved = Touch.objects.exclude(delivery="").count()
        return moved + ThreadEvent.objects.count()


@pytest.fixture
def account(db: None, settings: Any) -> Connection:
    settings.SITE_URL = SITE
    return connect()


@pytest.fixture
def sent(account: Connection, lead: Any) -> Touch:
    now = timezone.now()
    lead = mobile(lead)
    return text(lead, state=Touch.State.SENT, provider_id=sid(1), sent_at=now, due_at=now)


def post(path: str, form: dict[str, str], **headers: str) -> int:
    """Signed as Twilio does it."""
    given = signed(form, SITE + path) | headers
    answer = Client().post(path, urlencode(form), content_type=FORM, headers=given)
    return answer.status_code


def report(status: str, number: int = 1, code: str = "", key: str = "") -> int:
    form = {"MessageSid": sid(number), "MessageStatus": status, "From": OURS, "AccountSid": SID}
    form |= {"ErrorCode": code} if code else {}
    return post(STATUS + (f"?t={key}" if key else ""), form)


def delivery(touch: Touch) -> str:
    touch.refresh_from_db()
    return touch.delivery


def kinds(touch: Touch) -> list[str]:
    found = ThreadEvent.objects.filter(lead=touch.lead).order_by("pk")
    return list(found.values_list("kind", flat=True))


# --- the official validator's own vectors (twilio-python, tests/unit/test_request_validator.py) ---


class Form(dict[str, str]):
    def getlist(self, key: str) -> list[str]:
        return [self[key]] if key in self else []


OFFICIAL = Form(
    From="+14158675309", To="+18005551212", CallSid="CA1234567890ABCDE", Caller="+14158675309",
    Digits="1234",
)  # fmt: skip
ADDRESS = "https://mycompany.com/myapp.php?foo=1&bar=2"
HEADER = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    ("url", "token", "signature", "good"),
    [
        (ADDRESS, "12345", HEADER, True),
        (ADDRESS.replace(".com/", ".com:443/"), "12345", HEADER, True),
        (ADDRESS, "12346", HEADER, False),
        (ADDRESS + "3", "12345", HEADER, False),
        (ADDRESS, "12345", "", False),
        (ADDRESS, "12345", "é" + HEADER, False),
        (ADDRESS + "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e", "12345", HEADER, False),
        ("https://[broken", "12345", HEADER, False),
    ],
)
def test_official_vectors(url: str, token: str, signature: str, good: bool) -> None:
    headers = {"X-Twilio-Signature": signature} if signature else {}
    assert verified(url, OFFICIAL, headers, ["", token]) is good


def test_shared_key_signatures_name_their_algorithm() -> None:
    made = signed(dict(OFFICIAL), ADDRESS, "12345", "HMAC_SHA256")
    new = made | {"X-Twilio-Webhooks-Signature-Settings": "key=k1,algorithm=HMAC_SHA256"}
    assert verified(ADDRESS, OFFICIAL, new, ["12345"])
    assert not verified(ADDRESS, OFFICIAL, made, ["12345"])
    odd = made | {"X-Twilio-Webhooks-Signature-Settings": "algorithm=NONE"}
    assert not verified(ADDRESS, OFFICIAL, odd, ["12345"])


# --- doors ---


def test_json_and_another_account_are_refused(sent: Touch) -> None:
    url = SITE + STATUS
    given = signed({}, url)
    answer = Client().post(STATUS, b"{}", content_type="application/json", headers=given)
    assert answer.status_code == 415
    other = {"MessageSid": sid(1), "MessageStatus": "read", "AccountSid": "AC" + "f" * 32}
    assert post(STATUS, other) == 403
    assert delivery(sent) == ""


def test_without_a_connection_nothing_is_taken(sent: Touch, account: Connection) -> None:
    Connection.objects.update(state="off")
    assert report("delivered") == 403
    assert delivery(sent) == ""


def test_junk_leaves_nothing_behind(sent: Touch) -> None:
    tables = (WebhookEvent, InboundMessage, ThreadEvent, Touch, Task, Suppression)
    before = [table.objects.count() for table in tables]
    client = Client()
    for number in range(300):
        body = urlencode({"MessageSid": sid(number), "From": MOBILE, "Body": "junk"})
        headers = {"X-Twilio-Signature": f"junk{number}"}
        for path in (STATUS, INBOUND):
            answer = client.post(path, body, content_type=FORM, headers=headers)
            assert answer.status_code == 403
    assert [table.objects.count() for table in tables] == before


def test_signed_reports_on_messages_of_others_leave_nothing_behind(sent: Touch) -> None:
    before = ThreadEvent.objects.count()
    for number in range(2, 30):
        assert report("delivered", number) == 204
    assert ThreadEvent.objects.count() == before
    assert WebhookEvent.objects.count() == 0


# --- reports ---


@pytest.mark.parametrize(
    ("order", "end"),
    [
        (["queued", "sent", "delivered", "read"], "read"),
        (["delivered", "sent", "queued"], "delivered"),
        (["read", "delivered", "sent"], "read"),
        (["sent", "queued", "sending"], "sent"),
        (["delivered", "failed"], "delivered"),
        (["delivered", "undelivered"], "delivered"),
        (["undelivered", "sent", "queued"], "undelivered"),
        (["failed", "queued"], "failed"),
        (["accepted", "scheduled"], "queued"),
        (["canceled"], "failed"),
        (["nonsense"], ""),
    ],
)
def test_a_report_never_goes_back(sent: Touch, order: list[str], end: str) -> None:
    for status in order:
        for _ in range(2):
            assert report(status) == 204
    assert delivery(sent) == end


def test_each_step_stands_in_the_thread_once(sent: Touch) -> None:
    for status in ("read", "delivered", "sent", "delivered", "read"):
        report(status)
    assert kinds(sent) == ["touch.read"]
    sent.refresh_from_db()
    assert sent.sender_address == "" and sent.delivery_at is not None


def test_a_failure_comes_to_a_person(sent: Touch) -> None:
    report("undelivered", code="30003")
    assert kinds(sent) == ["touch.undelivered"]
    task = Task.objects.get()
    assert (task.kind, task.why) == ("attention", "Their phone is off or out of reach.")
    report("failed", code="30003")
    assert Task.objects.count() == 1


def test_a_landline_is_left_alone_and_the_sequence_goes_on(
    sent: Touch, sequence: Any, mailbox: Any
) -> None:
    row = Enrollment.objects.create(lead=sent.lead, sequence=sequence, mailbox=mailbox)
    report("undelivered", code="30006")
    blocked = Suppression.objects.get()
    assert (blocked.channel, blocked.reason) == ("sms", "hard_bounce")
    row.refresh_from_db()
    assert row.state == "active"


def test_they_told_the_service_to_stop(sent: Touch) -> None:
    report("failed", code="21610")
    blocked = Suppression.objects.get()
    assert (blocked.channel, blocked.reason) == ("all", "opted_out")


def test_our_own_fault_is_the_owners(sent: Touch, owner: Any, account: Connection) -> None:
    report("failed", code="30034")
    account.refresh_from_db()
    assert account.state == "broken" and "A2P" in account.error
    assert Task.objects.get().owner == owner
    assert not Suppression.objects.exists()


# --- an answer of the service that was lost ---


def test_a_report_settles_what_nobody_knew(account: Connection, lead: Any) -> None:
    now = timezone.now()
    touch = text(mobile(lead), state=Touch.State.UNKNOWN, due_at=now, lease_until=now)
    Task.objects.create(kind="unknown", touch=touch, lead=lead, title="?", due_at=now)
    key = (touch.message_id or "").strip("<>").partition("@")[0]
    for status in ("queued", "sent", "delivered"):
        assert report(status, key=key) == 204
    touch.refresh_from_db()
    assert (touch.state, touch.provider_id, touch.delivery) == ("sent", sid(1), "delivered")
    assert touch.sender_address == OURS
    assert not Task.objects.exists()
    assert [kind for kind in kinds(touch) if kind.startswith("touch.")] == [
        "touch.sent",
        "touch.delivered",
    ]


def test_a_report_comes_before_the_answer(account: Connection, lead: Any) -> None:
    """While the message is being handed over, the report only teaches its id."""
    now = timezone.now()
    touch = text(mobile(lead), state=Touch.State.SENDING, due_at=now, lease_until=now)
    key = (touch.message_id or "").strip("<>").partition("@")[0]
    report("queued", key=key)
    touch.refresh_from_db()
    assert (touch.state, touch.provider_id, touch.delivery) == ("sending", sid(1), "queued")
    assert text_reports.was_sent(touch)


def test_a_late_report_stops_a_second_message(account: Connection, lead: Any) -> None:
    """A person said "send it again", and then the first one turns out to have gone."""
    touch = text(mobile(lead), state=Touch.State.APPROVED, due_at=timezone.now())
    key = (touch.message_id or "").strip("<>").partition("@")[0]
    report("delivered", key=key)
    touch.refresh_from_db()
    assert touch.state == "sent"


@pytest.mark.parametrize("key", ["", "x" * 70, "' OR 1=1", "00000000000000000000000000000009"])
def test_a_foreign_key_names_nobody(account: Connection, lead: Any, key: str) -> None:
    touch = text(mobile(lead), state=Touch.State.UNKNOWN, due_at=timezone.now())
    form = {"MessageSid": sid(1), "MessageStatus": "sent", "AccountSid": SID}
    path = f"{STATUS}?{urlencode({'t': key})}"
    assert post(path, form) == 204
    touch.refresh_from_db()
    assert touch.state == "unknown"


# --- several at once ---


def at_once(act: Any, times: int = 5) -> list[Any]:
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def marta() -> Lead:
    user = User.objects.create_user("rep@own.example", None, name="Jonas")
    return Lead.objects.create(owner=user, first_name="Marta", phone=MOBILE, country="PL")


def test_the_same_message_five_times_at_once_is_one(crowd: None, settings: Any) -> None:
    settings.SITE_URL = SITE
    connect()
    marta()
    form = {"MessageSid": sid(1), "From": MOBILE, "To": OURS, "Body": "Call me", "AccountSid": SID}
    assert at_once(lambda: post(INBOUND, form)) == [200] * 5
    assert InboundMessage.objects.count() == 1
    assert ThreadEvent.objects.filter(kind="reply.received").count() == 1
    assert Task.objects.filter(kind="answer").count() == 1


def test_the_same_report_five_times_at_once_is_one(crowd: None, settings: Any) -> None:
    settings.SITE_URL = SITE
    connect()
    now = timezone.now() - timedelta(minutes=1)
    text(marta(), state=Touch.State.SENT, provider_id=sid(1), sent_at=now, due_at=now)
    assert at_once(lambda: report("delivered")) == [204] * 5
    assert ThreadEvent.objects.filter(kind="touch.delivered").count() == 1
