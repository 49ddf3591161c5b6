"""Small mails for the tests of receiving."""

from datetime import UTC, datetime
from typing import Any

from outreach.channels.base import InboundRaw

_uid = iter(range(1, 10**9))


def mail(
    text: str = "Tuesday at 10 works.",
    *,
    sender: str = "Marta Kowalczyk <m.kowalczyk@polna.example>",
    message_id: str | None = None,
    subject: str = "Re: A question for Polna Bakeries",
    **headers: str,
) -> bytes:
    """A plain mail; headers by name with underscores: In_Reply_To="<x@y>"."""
    number = next(_uid)
    lines = [
        f"From: {sender}",
        "To: jonas@halden.example",
        f"Subject: {subject}",
        f"Message-ID: {message_id or f'<m{number}@polna.example>'}",
        "Date: Mon, 23 Nov 2026 10:00:00 +0100",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + text.replace("\n", "\r\n")).encode()


def raw(content: bytes | None, **changes: Any) -> InboundRaw:
    values: dict[str, Any] = {
        "uid": next(_uid),
        "uidvalidity": 1,
        "raw": content,
        "size": len(content or b""),
        "internal_date": datetime.now(UTC),
        **changes,
    }
    return InboundRaw(**values)


def nested(depth: int) -> bytes:
    """A mail of `depth` multiparts inside each other."""
    parts = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth)
    )
    head = (
        "From: m.kowalczyk@polna.example\r\nSubject: deep\r\nMessage-ID: <deep@polna.example>\r\n"
    )
    return f"{head}{parts}Content-Type: text/plain\r\n\r\nhello".encode()


def bounce(
    message_id: str,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    recipient: str = "m.kowalczyk@polna.example",
    kind: str = "delivery-status",
) -> bytes:
    """A report (RFC 3464, or 5965 for kind feedback-report) on the message of that id."""
    fields = (
        f"Reporting-MTA: dns; mx.polna.example\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\n"
        f"Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; 550 {status} no\r\n"
        if kind == "delivery-status"
        else "Feedback-Type: abuse\r\nUser-Agent: x/1\r\nVersion: 1\r\n"
    )
    return (
        "From: MAILER-DAEMON@mx.polna.example\r\nTo: jonas@halden.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <r{next(_uid)}@mx.example>\r\n"
        f'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={kind}; boundary="b"\r\n'
        "\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        f"--b\r\nContent-Type: message/{kind}\r\n\r\n{fields}\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\n"
        f"Message-ID: {message_id}\r\nSubject: x\r\n\r\nhi"
        "\r\n--b--\r\n"
    ).encode()
