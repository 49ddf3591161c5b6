"""What the tests of Calendly share: messages as its documents show them, signed as it signs."""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from outreach.calendly import Message, message_of
from salesagent.accounts import connections
from salesagent.accounts.models import Connection

KEY = "signing-key-0123456789abcdef"
TOKEN = "pat-0123456789abcdef0123456789"
API = "https://api.calendly.com"
ME = f"{API}/users/AAAAAAAAAAAAAAAA"
ORGANIZATION = f"{API}/organizations/BBBBBBBBBBBBBBBB"
HOOK = "https://sales.example/hooks/calendly/"
LINK = "https://calendly.com/jonas/intro"
BOOKED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
STARTS = datetime(2027, 3, 9, 13, 0, tzinfo=UTC)
USER = {
    "resource": {
        "uri": ME,
        "name": "Jonas Weber",
        "email": "jonas@halden.example",
        "scheduling_url": "https://calendly.com/jonas",
        "current_organization": ORGANIZATION,
    }
}


def invitee(name: str) -> str:
    return f"{API}/scheduled_events/EVENT{name}/invitees/{name}"


def payload(name: str = "A", token: str = "", **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "uri": invitee(name),
        "name": "Marta Kowalczyk",
        "email": "m.kowalczyk@polna.example",
        "status": "active",
        "timezone": "Europe/Warsaw",
        "created_at": BOOKED.isoformat(),
        "rescheduled": False,
        "old_invitee": None,
        "new_invitee": None,
        "tracking": {"utm_campaign": None, "utm_content": token or None},
        "scheduled_event": {
            "uri": f"{API}/scheduled_events/EVENT{name}",
            "name": "Intro call",
            "start_time": STARTS.isoformat(),
            "end_time": (STARTS + timedelta(minutes=30)).isoformat(),
            "location": {"type": "zoom", "join_url": "https://zoom.example/j/1"},
        },
    }
    return given | changes


def created(name: str = "A", token: str = "", at: datetime = BOOKED, **changes: Any) -> bytes:
    found = {"event": "invitee.created", "created_at": at.isoformat(), "created_by": ME}
    return json.dumps(found | {"payload": payload(name, token, **changes)}).encode()


def canceled(
    name: str = "A",
    token: str = "",
    at: datetime = BOOKED + timedelta(hours=1),
    reason: str = "A fair that day",
    by: str = "invitee",
    **changes: Any,
) -> bytes:
    end = {"canceled_by": "Marta Kowalczyk", "reason": reason, "canceler_type": by}
    found = {"event": "invitee.canceled", "created_at": at.isoformat(), "created_by": ME}
    rest = {"status": "canceled", "cancellation": end} | changes
    return json.dumps(found | {"payload": payload(name, token, **rest)}).encode()


def moved(old: str, new: str, token: str = "") -> tuple[bytes, bytes]:
    """A reschedule: the old invitee's end, the new one's begin."""
    gone = canceled(old, token, rescheduled=True, new_invitee=invitee(new))
    come = created(new, token, old_invitee=invitee(old))
    return gone, come


def read(body: bytes) -> Message:
    found = message_of(body)
    assert found is not None
    return found


def signed(body: bytes, key: str = KEY, at: float | None = None) -> dict[str, str]:
    """The header as the documents say, made without our own code."""
    stamp = str(int(time.time() if at is None else at))
    mac = hmac.new(key.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Calendly-Webhook-Signature": f"t={stamp},v1={mac}"}


def connect(**changes: Any) -> Connection:
    secret = {"token": TOKEN, "signing_key": KEY}
    shown = {"name": "Jonas Weber", "email": "jonas@halden.example"}
    given: dict[str, Any] = {"account": ME, "secret": secret, "settings": shown} | changes
    return connections.save("calendly", **given)
