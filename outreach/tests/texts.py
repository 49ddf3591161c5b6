"""What the tests of SMS and WhatsApp share: an account, a person with a mobile, signed webhooks."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from leads.models import Lead
from outreach.channels.base import AccountConfig, ChannelEvent
from outreach.models import Touch
from outreach.services import policy
from salesagent.accounts import connections
from salesagent.accounts.models import Connection

SID = "AC" + "0123456789abcdef" * 2
TOKEN = "token-of-twilio-0123456789abcdef"
SECOND = "second-of-twilio-0123456789abcdef"
OURS, OUR_WHATSAPP = "+15005550006", "+15005550007"
MOBILE = "+48501234567"
SENDERS = {"sms_from": OURS, "whatsapp_from": OUR_WHATSAPP}


def sid(number: int, kind: str = "SM") -> str:
    return f"{kind}{number:032x}"


def connect(**changes: Any) -> Connection:
    secret = {"auth_token": TOKEN, "auth_token_2": SECOND}
    given: dict[str, Any] = {"account": SID, "secret": secret, "settings": SENDERS} | changes
    return connections.save("twilio", **given)


def config(base: str, **changes: Any) -> AccountConfig:
    given: dict[str, Any] = {
        "service": "twilio",
        "account": SID,
        "secret": {"auth_token": TOKEN},
        "settings": SENDERS,
        "base_url": base,
        "callback_url": "https://sales.example/hooks/twilio/status/",
    }
    return AccountConfig(**given | changes)


def mobile(lead: Lead, number: str = MOBILE) -> Lead:
    lead.phone = number
    lead.save(update_fields=["phone"])
    return lead


def text(lead: Lead, channel: str = "sms", **changes: Any) -> Touch:
    """An approved text."""
    key = Touch.objects.count() + 1
    values: dict[str, Any] = {
        "lead": lead,
        "kind": Touch.Kind.MANUAL,
        "channel": channel,
        "to_address": lead.phone,
        "body": "Can we talk on Thursday?",
        "state": Touch.State.APPROVED,
        "message_id": f"<{key:032x}@text>",
        "approved_by": lead.owner,
    } | changes
    touch = Touch(**values)
    touch.approved_hash = policy.text_hash(touch)
    touch.save()
    return touch


def signed(
    form: Mapping[str, str] | bytes, url: str, token: str = TOKEN, algorithm: str = ""
) -> dict[str, str]:
    """The header as Twilio's own library makes it."""
    from django.http import QueryDict
    from twilio.request_validator import RequestValidator

    body = form if isinstance(form, bytes) else urlencode(form).encode()
    try:
        params = QueryDict(body)
    except Exception:  # noqa: BLE001  a body that is no form: signed as an empty one
        params = QueryDict()
    named = algorithm or None
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, params, named)}


def came(
    body: str, number: int = 1, sender: str = MOBILE, channel: str = "sms", **data: Any
) -> ChannelEvent:
    """A message to us, as the hooks read it."""
    from django.utils import timezone

    kind = data.pop("kind", "inbound")
    name, at = data.pop("name", ""), data.pop("at", None) or timezone.now()
    return ChannelEvent(
        kind=kind,
        provider_id=sid(number),
        at=at,
        text=body,
        sender=sender,
        to=OURS,
        name=name,
        data={"channel": channel, "attachments": [], **data},
    )
