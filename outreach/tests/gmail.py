"""A connected Gmail mailbox and Gmail's answers for tests against a scripted server."""

import base64
import json
import time
from typing import Any

from outreach.channels.base import AccountConfig, MailboxConfig
from outreach.channels.gmail_api import READ, SEND
from outreach.models import Mailbox
from salesagent.accounts import connections

ADDRESS = "jonas@halden.example"
REFRESH = "1//refresh-token-never-shown"
ACCESS = "ya29.access-token-never-shown"
ME = "/gmail/v1/users/me"
MAIL = (
    b"From: Jonas <jonas@halden.example>\r\nTo: m.kowalczyk@polna.example\r\n"
    b"Subject: Hello\r\nMessage-ID: <one@halden.example>\r\n\r\nHi\r\n"
)


def config(base: str, token: Any = None, **values: Any) -> MailboxConfig:
    account = AccountConfig(
        "gmail",
        ADDRESS,
        settings={"scopes": [SEND, READ]},
        base_url=base,
        token=token or (lambda refused="": "another-" + ACCESS if refused else ACCESS),
    )
    return MailboxConfig(address=ADDRESS, transport="gmail", account=account, **values)


def connect(user: Any, *, expires_in: float = 3600, **values: Any) -> Mailbox:
    """The user's mailbox, connected with tokens."""
    secret = {
        "refresh_token": REFRESH,
        "access_token": ACCESS,
        "expires_at": str(time.time() + expires_in),
    }
    row = connections.save(
        "gmail", account=ADDRESS, user=user, secret=secret, scopes=[SEND, READ],
        settings={"signed_in_at": str(time.time())},
    )  # fmt: skip
    given = {"user": user, "address": ADDRESS, "from_name": "Jonas Weber", "transport": "gmail"}
    return Mailbox.objects.create(connection=row, **(given | values))


def point_to(settings: Any, base: str) -> None:
    """Google and Gmail are the scripted server."""
    settings.SERVICE_URLS = {
        **settings.SERVICE_URLS,
        "gmail": base,
        "google_auth": f"{base}/auth",
        "google_token": f"{base}/token",
        "google_revoke": f"{base}/revoke",
    }
    settings.GOOGLE_CLIENT_ID = "client.apps.example"
    settings.GOOGLE_CLIENT_SECRET = "client-secret-never-shown"


def error(code: int, reason: str, message: str = "no", status: str = "") -> dict[str, Any]:
    return {
        "error": {
            "code": code,
            "message": message,
            "status": status,
            "errors": [{"reason": reason, "domain": "global", "message": message}],
        }
    }


def message(
    gmail_id: str, raw: bytes = MAIL, labels: Any = ("INBOX",), *, at: float = 0, **values: Any
) -> dict[str, Any]:
    """As messages.get answers, with everything of every format."""
    header, _, _ = raw.partition(b"\r\n\r\n")
    rows = [line.partition(": ") for line in header.decode("latin-1").split("\r\n")]
    return {
        "id": gmail_id,
        "threadId": f"t{gmail_id}",
        "labelIds": list(labels),
        "historyId": values.pop("history", "9007199254740993000"),
        "internalDate": str(int((at or time.time()) * 1000)),
        "sizeEstimate": len(raw),
        "raw": base64.urlsafe_b64encode(raw).decode().rstrip("="),
        "payload": {"headers": [{"name": name, "value": value} for name, _, value in rows]},
        **values,
    }


def record(mark: str, *ids: str, labels: Any = ("INBOX",)) -> dict[str, Any]:
    added = [{"message": {"id": one, "threadId": one, "labelIds": list(labels)}} for one in ids]
    return {"id": mark, "messagesAdded": added}


def id_token(email: str, base: str, **claims: Any) -> str:
    given = {
        "iss": base,
        "aud": "client.apps.example",
        "exp": time.time() + 3600,
        "email": email,
        "email_verified": True,
        **claims,
    }
    body = base64.urlsafe_b64encode(json.dumps(given).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{body}.sig"
