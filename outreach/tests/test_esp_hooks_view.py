"""The door for reports of mail services: who is believed, and what a report does, once."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.utils import timezone

from leads.models import Suppression, ThreadEvent
from outreach.models import Mailbox, Task, Touch
from outreach.services import esp
from outreach.tests.work import draft
from salesagent.accounts import connections
from salesagent.accounts.models import Connection
from salesagent.lib.models import WebhookEvent
from salesagent.tests.adapter_case import WebhookCase

pytestmark = pytest.mark.django_db
WORD = "hook-secret-0123456789abcdef"
MANDRILL_KEY = "mandrill-key-0123456789"


def key_pair() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


PRIVATE, OTHER = key_pair(), key_pair()


def public(key: ec.EllipticCurvePrivateKey) -> str:
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


def connect(code: str, **secret: str) -> Connection:
    return connections.save(
        "esp", account=code, secret={"api_key": "key-0123456789", "hook": WORD, **secret}
    )


def sent_by(connection: Connection, touch: Touch, provider_id: str) -> Touch:
    Mailbox.objects.filter(pk=touch.mailbox_id).update(transport="esp", connection=connection)
    Touch.objects.filter(pk=touch.pk).update(
        state="sent",
        sent_at=timezone.now() - timedelta(minutes=5),
        provider_id=provider_id,
        message_id="<ours-1@halden.example>",
    )
    touch.refresh_from_db()
    return touch


@pytest.fixture
def touch(lead: Any, sequence: Any, mailbox: Any) -> Touch:
    return draft(lead, sequence, mailbox)


def delivery(touch: Touch) -> str:
    touch.refresh_from_db()
    return touch.delivery


class TestSendGridDoor(WebhookCase):
    path = f"/hooks/mail/sendgrid/{WORD}/"
    signature_headers = (
        "X-Twilio-Email-Event-Webhook-Signature",
        "X-Twilio-Email-Event-Webhook-Timestamp",
    )
    signs_url = False

    @pytest.fixture(autouse=True)
    def _world(self, touch: Touch) -> None:
        connection = connect("sendgrid", signing_key=public(PRIVATE))
        self.touch = sent_by(connection, touch, "any-1")

    def event(self, **values: Any) -> dict[str, Any]:
        given = {
            "email": self.touch.to_address,
            "timestamp": int(time.time()),
            "event": "delivered",
            "sg_event_id": "ev-1",
            "anymail_id": "any-1",
        }
        return given | values

    def body(self) -> bytes:
        return json.dumps([self.event(timestamp=1_700_000_001)]).encode()

    def signed(
        self, body: bytes, url: str, key: str | None = None, at: float | None = None
    ) -> dict[str, str]:
        stamp = str(int(at or time.time()))
        signer = PRIVATE if key is None else OTHER
        signature = signer.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        values = (base64.b64encode(signature).decode(), stamp)
        return dict(zip(self.signature_headers, values, strict=True))

    def effects(self) -> int:
        return int(delivery(self.touch) == "delivered") + WebhookEvent.objects.count()

    def send(self, *events: dict[str, Any]) -> int:
        body = json.dumps(list(events)).encode()
        return self.post(body, self.signed(body, self.url()))

    def test_what_was_signed_long_ago_is_refused(self) -> None:
        for at in (time.time() - 27 * 3600, time.time() + 3600):
            headers = self.signed(self.body(), self.url(), at=at)
            self.refused(self.post(self.body(), headers), 0)

    def test_without_the_stored_key_nothing_counts(self) -> None:
        connect("sendgrid")
        self.refused(self.post(self.body(), self.signed(self.body(), self.url())), 0)

    def test_one_batch_with_strangers_in_it(self) -> None:
        strangers = [self.event(anymail_id=f"x{i}", sg_event_id=f"x{i}") for i in range(200)]
        assert self.send(*strangers, self.event()) == 200
        assert delivery(self.touch) == "delivered"
        assert WebhookEvent.objects.count() == 1

    def test_late_and_repeated_reports_never_go_back(self) -> None:
        """Faults 7 and 8."""
        for _ in range(3):
            assert self.send(self.event()) == 200
        self.send(self.event(event="deferred", sg_event_id="ev-2", response="421 later"))
        assert delivery(self.touch) == "delivered"
        assert not ThreadEvent.objects.filter(kind="touch.bounced").exists()

    def test_a_dead_address_is_never_used_again(self) -> None:
        gone = self.event(
            event="bounce", type="bounce", status="5.1.1", reason="550 5.1.1 user unknown"
        )
        for _ in range(3):
            self.send(gone)
        assert Suppression.objects.get().reason == "hard_bounce"
        assert ThreadEvent.objects.filter(kind="touch.bounced").count() == 1
        assert delivery(self.touch) == "bounced"

    def test_a_block_is_our_matter_not_theirs(self) -> None:
        blocked = self.event(
            event="bounce", type="blocked", reason="550 5.7.1 blocked by our spam policy"
        )
        self.send(blocked)
        assert not Suppression.objects.exists()
        event = ThreadEvent.objects.get(kind="touch.bounced")
        assert event.data["kind"] == "soft" and event.data["policy"]

    def test_a_complaint_is_for_good(self) -> None:
        self.send(self.event(), self.event(event="spamreport", sg_event_id="ev-3"))
        row = Suppression.objects.get()
        assert (row.reason, row.channel) == ("complaint", "all")

    def test_unsubscribing_at_the_service_counts_here(self) -> None:
        self.send(self.event(event="unsubscribe"))
        row = Suppression.objects.get()
        assert (row.reason, row.channel) == ("opted_out", "email")

    def test_opens_and_clicks_nobody_asked_for_are_dropped(self) -> None:
        self.send(
            self.event(event="open", sg_event_id="o1", useragent="Mozilla/5.0 (X11) Firefox/140"),
            self.event(event="click", sg_event_id="c1", url="https://halden.example/"),
        )
        assert not ThreadEvent.objects.filter(kind__in=["mail.opened", "link.clicked"]).exists()

    def test_a_report_settles_what_nobody_knew(self) -> None:
        Touch.objects.filter(pk=self.touch.pk).update(
            state="unknown", provider_id="", sent_at=None, claim_token=None
        )
        report = {"anymail_id": "any-9", "smtp-id": "<ours-1@halden.example>"}
        self.send(self.event(**report))
        self.touch.refresh_from_db()
        assert (self.touch.state, self.touch.provider_id) == ("sent", "any-9")
        assert not Task.objects.filter(kind="unknown", state="open").exists()


class TestMandrillDoor(WebhookCase):
    path = f"/hooks/mail/mandrill/{WORD}/"
    content_type = "application/x-www-form-urlencoded"
    signature_headers = ("X-Mandrill-Signature",)

    @pytest.fixture(autouse=True)
    def _world(self, touch: Touch) -> None:
        self.touch = sent_by(connect("mandrill", signing_key=MANDRILL_KEY), touch, "md-1")

    def body(self) -> bytes:
        event = {"event": "hard_bounce", "_id": "md-1", "ts": 1_700_000_001}
        message = {"_id": "md-1", "email": "marta@example.org", "diag": "550 5.1.1 no such user"}
        return urlencode({"mandrill_events": json.dumps([event | {"msg": message}])}).encode()

    def signed(self, body: bytes, url: str, key: str | None = None) -> dict[str, str]:
        from django.http import QueryDict

        few = body.count(b"&") < 900  # Django reads no more fields than that
        form = QueryDict(body, encoding="utf-8").dict() if few else {}
        text = url + "".join(name + str(form[name]) for name in sorted(form))
        used = (MANDRILL_KEY if key is None else key).encode()
        digest = hmac.new(used, text.encode("utf-8", "replace"), hashlib.sha1).digest()
        return {"X-Mandrill-Signature": base64.b64encode(digest).decode()}

    def effects(self) -> int:
        return Suppression.objects.count() + WebhookEvent.objects.count()

    def test_head_says_that_the_address_is_there(self) -> None:
        assert self.client.head(self.path).status_code == 200
        assert self.client.head("/hooks/mail/mandrill/another/").status_code == 403


# --- services that sign nothing, and Resend ---


def post(code: str, body: Any, word: str = WORD, **headers: str) -> int:
    answer = Client(enforce_csrf_checks=True, raise_request_exception=False).post(
        f"/hooks/mail/{code}/{word}/",
        body if isinstance(body, bytes) else json.dumps(body),
        content_type="application/json",
        headers=headers,
    )
    return int(answer.status_code)


POSTMARK = {"RecordType": "Delivery", "MessageID": "id-1", "DeliveredAt": "2026-11-20T10:00:00Z"}


def bounce(kind: str, text: str = "") -> dict[str, Any]:
    return {
        "RecordType": "Bounce",
        "Type": kind,
        "ID": 42,
        "MessageID": "id-1",
        "Email": "marta@example.org",
        "BouncedAt": "2026-11-20T10:00:00Z",
        "Details": text,
    }


REPORTS: dict[str, tuple[str, Any, str]] = {
    "postmark delivered": ("postmark", POSTMARK, "delivered"),
    "postmark hard": ("postmark", bounce("HardBounce"), "hard_bounce"),
    "postmark soft": ("postmark", bounce("SoftBounce", "552 5.2.2 mailbox full"), "soft"),
    "postmark filter": ("postmark", bounce("SpamNotification"), "soft"),
    "postmark complaint": (
        "postmark",
        bounce("SpamComplaint") | {"RecordType": "SpamComplaint"},
        "complaint",
    ),
    "brevo delivered": (
        "brevo",
        {"event": "delivered", "message-id": "id-1", "email": "m@e.org", "ts_epoch": 1763632800000},
        "delivered",
    ),
    "brevo hard": ("brevo", {"event": "hard_bounce", "message-id": "id-1"}, "hard_bounce"),
    "brevo soft": ("brevo", {"event": "soft_bounce", "message-id": "id-1"}, "soft"),
    "brevo gone": ("brevo", {"event": "unsubscribed", "message-id": "id-1"}, "opted_out"),
    "sparkpost hard": (
        "sparkpost",
        [
            {
                "msys": {
                    "message_event": {
                        "type": "bounce",
                        "bounce_class": "10",
                        "transmission_id": "id-1",
                        "raw_rcpt_to": "marta@example.org",
                        "raw_reason": "550 5.1.1 no such user",
                    }
                }
            }
        ],
        "hard_bounce",
    ),
    "mailjet hard": (
        "mailjet",
        [{"event": "bounce", "MessageID": "id-1", "hard_bounce": True, "email": "m@e.org"}],
        "hard_bounce",
    ),
    "mailjet soft": (
        "mailjet",
        [{"event": "bounce", "MessageID": "id-1", "hard_bounce": False, "email": "m@e.org"}],
        "soft",
    ),
}


@pytest.mark.parametrize("name", REPORTS)
def test_each_service_is_understood(name: str, touch: Touch) -> None:
    code, body, wanted = REPORTS[name]
    sent_by(connect(code), touch, "id-1")
    for _ in range(3):
        assert post(code, body) == 200
    reasons = set(Suppression.objects.values_list("reason", flat=True))
    bounced = ThreadEvent.objects.filter(kind="touch.bounced")
    if wanted == "delivered":
        assert delivery(touch) == "delivered" and not reasons
    elif wanted == "soft":
        assert [event.data["kind"] for event in bounced] == ["soft"] and not reasons
    else:
        assert reasons == {wanted}
    assert WebhookEvent.objects.count() == 1


@pytest.mark.parametrize("word", ["", "x", WORD + "x", WORD[:-1], "%00", "ä"])
def test_another_address_is_refused(word: str, touch: Touch) -> None:
    sent_by(connect("postmark"), touch, "id-1")
    assert post("postmark", POSTMARK, word=word) in (403, 404)
    assert post("nobody", POSTMARK) == 403
    assert delivery(touch) == ""


def test_one_services_hook_says_nothing_about_anothers_mail(touch: Touch) -> None:
    sent_by(connect("postmark"), touch, "id-1")
    connect("brevo")
    assert post("brevo", {"event": "hard_bounce", "message-id": "id-1"}) == 200
    assert not Suppression.objects.exists() and not WebhookEvent.objects.exists()


def test_a_switched_off_service_is_not_heard(touch: Touch) -> None:
    row = connect("postmark")
    sent_by(row, touch, "id-1")
    connections.switch_off(row)
    assert post("postmark", POSTMARK) == 403


def test_ten_thousand_junk_posts_leave_nothing(touch: Touch) -> None:
    sent_by(connect("postmark"), touch, "id-1")
    row = esp.row_of("postmark")
    assert row is not None
    for number in range(100):
        assert post("postmark", POSTMARK, word=f"junk{number}") == 403
        strange = [POSTMARK | {"MessageID": f"no-{number}"}]
        assert post("postmark", strange[0]) == 200
    assert not WebhookEvent.objects.exists()
    assert delivery(touch) == ""


def svix(body: bytes, at: float, secret: bytes = b"secret-of-resend") -> dict[str, str]:
    stamp = str(int(at))
    content = f"msg_1.{stamp}.".encode() + body
    digest = base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
    return {"svix-id": "msg_1", "svix-timestamp": stamp, "svix-signature": f"v1,xx v1,{digest}"}


RESEND = {
    "type": "email.bounced",
    "created_at": "2026-11-20T10:00:00.000Z",
    "data": {
        "email_id": "id-1",
        "to": ["marta@example.org"],
        "bounce": {"message": "The recipient's email provider sent a hard bounce message",
                   "type": "Permanent"},
    },
}  # fmt: skip


def test_resends_signature(touch: Touch) -> None:
    key = "whsec_" + base64.b64encode(b"secret-of-resend").decode()
    sent_by(connect("resend", signing_key=key), touch, "id-1")
    body, now = json.dumps(RESEND).encode(), time.time()
    bad: list[Callable[[], dict[str, str]]] = [
        dict,
        lambda: svix(body, now, b"another"),
        lambda: svix(body + b" ", now),
        lambda: svix(body, now - 100_000),
        lambda: svix(body, now) | {"svix-id": "msg_2"},
        lambda: svix(body, now) | {"svix-signature": "v1,"},
    ]
    for make in bad:
        assert post("resend", body, **make()) == 403
    assert not Suppression.objects.exists()
    assert post("resend", body, **svix(body, now)) == 200
    assert Suppression.objects.get().reason == "hard_bounce"


def mailgun(severity: str, at: float) -> dict[str, Any]:
    stamp, token = str(int(at)), f"t0ken-{severity}"
    digest = hmac.new(b"mg-signing-key", f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"timestamp": stamp, "token": token, "signature": digest},
        "event-data": {
            "event": "failed",
            "severity": severity,
            "id": f"mg-{severity}",
            "timestamp": at,
            "recipient": "marta@example.org",
            "message": {"headers": {"message-id": "id-1@halden.example"}},
            "delivery-status": {"code": 550, "message": "5.1.1 no such user"},
        },
    }


def test_mailguns_signature_and_its_age(touch: Touch) -> None:
    row = connect("mailgun", signing_key="mg-signing-key")
    sent_by(row, touch, "<id-1@halden.example>")
    assert post("mailgun", mailgun("permanent", time.time() - 100_000)) == 403
    forged = mailgun("permanent", time.time())
    forged["signature"]["token"] = "another"
    assert post("mailgun", forged) == 403
    assert post("mailgun", mailgun("temporary", time.time())) == 200
    assert not Suppression.objects.exists()
    assert ThreadEvent.objects.get(kind="touch.bounced").data["delayed"]
    assert post("mailgun", mailgun("permanent", time.time())) == 200
    assert Suppression.objects.get().reason == "hard_bounce"
