"""Amazon SES notices, which arrive as JSON in a mail of the notification service. Pure.

Shape: the SES developer guide, "notification contents": notificationType or eventType is Bounce,
Complaint or Delivery, each with an object of that name.
"""

import json
import re
from typing import Any

_LIMIT = 32_768
_NAMED = re.compile(r"\\?\"(?:notificationType|eventType)\\?\"")


def read(words: str) -> tuple[str, str, str, str] | None:
    """(kind, recipient, status, reply); kind is bounce, complaint or delivered. None for others."""
    start = words.find("{")
    if start < 0 or not _NAMED.search(words[: start + 4000]):
        return None
    notice = _decoded(words[start : start + _LIMIT])
    if isinstance(notice.get("Message"), str):  # the envelope of the notification service
        notice = _decoded(notice["Message"])
    return _notice(notice)


def _decoded(text: str) -> dict[str, Any]:
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _notice(notice: dict[str, Any]) -> tuple[str, str, str, str] | None:
    kind = str(notice.get("notificationType") or notice.get("eventType") or "").lower()
    detail = notice.get(kind)
    if not isinstance(detail, dict):
        return None
    if kind == "bounce":
        one = _first(detail.get("bouncedRecipients"))
        status = str(one.get("status") or "")
        if not status and detail.get("bounceType") != "Permanent":
            status = "4.0.0"
        return "bounce", _who(one), status, str(one.get("diagnosticCode") or "")[:2000]
    if kind == "complaint":
        one = _first(detail.get("complainedRecipients"))
        return "complaint", _who(one), "", str(detail.get("complaintFeedbackType") or "abuse")[:60]
    if kind == "delivery":
        to = detail.get("recipients")
        who = str(to[0]) if isinstance(to, list) and to else ""
        return "delivered", who.lower()[:254], "", str(detail.get("smtpResponse") or "")[:300]
    return None


def _first(value: object) -> dict[str, Any]:
    found = value[0] if isinstance(value, list) and value else {}
    return found if isinstance(found, dict) else {}


def _who(one: dict[str, Any]) -> str:
    return str(one.get("emailAddress") or "").strip(" <>").lower()[:254]
