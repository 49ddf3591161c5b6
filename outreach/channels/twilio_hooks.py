"""Twilio's webhooks: is it theirs, and what does it say? No tables.

The check is the official RequestValidator's; what it does not stand (no header, odd text) is
refused before it. A message is read into a ChannelEvent; provider words end here.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Literal, Protocol
from urllib.parse import parse_qs, urlsplit

from outreach.channels import twilio_codes
from outreach.channels.base import ChannelEvent
from outreach.channels.twilio_api import SID
from salesagent.lib.text import clean, one_line

SIGNATURE = "X-Twilio-Signature"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"
Kind = Literal["inbound", "opt_out", "opt_in"]
MEDIA_LIMIT = 10
FAILED = ("undelivered", "failed")
STATUS = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "partially_delivered": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}


class Form(Protocol):
    """A Django QueryDict, as far as it is used."""

    def getlist(self, key: str) -> list[str]: ...
    def get(self, key: str, default: str) -> str: ...


def verified(url: str, form: Form, headers: Mapping[str, str], tokens: Iterable[str]) -> bool:
    """Whether one of the tokens signed this form for this address. Never raises.

    `bodySHA256` belongs to JSON bodies, which we do not take: a form that brings one is refused.
    """
    from twilio.request_validator import RequestValidator, get_signature_algorithm

    signature = headers.get(SIGNATURE) or ""
    if not (signature and signature.isascii() and len(signature) < 200):
        return False
    try:
        if "bodySHA256" in parse_qs(urlsplit(url).query):
            return False
        algorithm = get_signature_algorithm(headers.get(SETTINGS) or "")
        return any(
            RequestValidator(token).validate(url, form, signature, algorithm)
            for token in tokens
            if token
        )
    except (ValueError, TypeError, AttributeError, LookupError):
        return False


def status_of(form: Form) -> ChannelEvent | None:
    """A delivery report; None for what is none of a message, or a word we do not know."""
    sid = form.get("MessageSid", "") or form.get("SmsSid", "")
    status = STATUS.get((form.get("MessageStatus", "") or form.get("SmsStatus", "")).lower())
    if not (sid and SID.fullmatch(sid) and status):
        return None
    number, channel = bare(form.get("From", ""))
    code = form.get("ErrorCode", "")
    data: dict[str, object] = {"channel": channel}
    if status in FAILED:
        # a report says what happened to this message; what cannot be told blames only it
        found = twilio_codes.meaning(int(code) if code.isdecimal() and len(code) < 7 else None)
        data |= {"scope": found.scope, "text": found.text, "permanent": found.permanent}
        data |= {"error": code[:10], "word": found.code}
    return ChannelEvent(
        kind="status",
        provider_id=sid,
        at=datetime.now(UTC),
        status=status,
        code=str(data.get("word", "")),
        sender=number,
        data=data,
    )


def inbound_of(form: Form) -> ChannelEvent | None:
    """A message to us; None for what is none."""
    sid = form.get("MessageSid", "") or form.get("SmsMessageSid", "")
    sender, channel = bare(form.get("From", ""))
    ours, _ = bare(form.get("To", ""))
    if not (sid and SID.fullmatch(sid) and sender):
        return None
    data: dict[str, object] = {"channel": channel, "attachments": _media(form)}
    if place := _place(form):
        data["place"] = place
    if button := one_line(form.get("ButtonText", ""), 100):
        data["button"] = button
    return ChannelEvent(
        kind=_kind(form),
        provider_id=sid,
        at=datetime.now(UTC),
        text=clean(form.get("Body", "")).replace("\r\n", "\n").strip(),
        sender=sender,
        to=ours,
        name=one_line(form.get("ProfileName", ""), 100),
        data=data,
    )


def _kind(form: Form) -> Kind:
    """Twilio says so where its Advanced Opt-Out is on; our own words come after."""
    said = form.get("OptOutType", "").upper()
    return "opt_out" if said == "STOP" else "opt_in" if said == "START" else "inbound"


def bare(address: str) -> tuple[str, str]:
    """ "whatsapp:+49…" -> ("+49…", "whatsapp"); short codes and names stay as they are."""
    prefix, colon, number = address.strip().partition(":")
    if colon and prefix.lower() == "whatsapp":
        return one_line(number, 60), "whatsapp"
    return one_line(address, 60), "sms"


def _media(form: Form) -> list[dict[str, str]]:
    """What hangs on it, by kind and address. Nothing is fetched."""
    count = form.get("NumMedia", "0")
    number = min(int(count), MEDIA_LIMIT) if count.isdecimal() and len(count) < 4 else 0
    found = []
    for index in range(number):
        kind = one_line(form.get(f"MediaContentType{index}", ""), 60) or "file"
        url = one_line(form.get(f"MediaUrl{index}", ""), 500)
        url = url if url.startswith("https://") else ""
        found.append({"name": _word(kind), "content_type": kind, "url": url})
    return found


def _word(kind: str) -> str:
    words = {"image": "Picture", "audio": "Voice message", "video": "Video", "text": "Text file"}
    return f"{words.get(kind.partition('/')[0], 'File')} ({kind})"


def _place(form: Form) -> str:
    latitude, longitude = form.get("Latitude", ""), form.get("Longitude", "")
    return one_line(f"{latitude}, {longitude}", 60) if latitude and longitude else ""
