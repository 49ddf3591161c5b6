"""The reports of mail services: verified and read by django-anymail, put into our words here.

anymail's views do two things for us, `run_validators` and `parse_events`. What they leave out is
done here: a service that signs is never believed without its key, the age of what was signed is
looked at (SendGrid, Mailgun), and Resend's signature is checked without another package.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone

from outreach.channels.base import AccountConfig
from outreach.channels.esp import KEY, installed
from outreach.channels.esp_providers import EspProvider, tracking_view
from outreach.mail.bounce import Bounce
from outreach.mail.bounce_rules import VAGUE, judge
from salesagent.lib.text import one_line
from salesagent.lib.webhook import UNREADABLE, Forbidden, same

# services try again for up to a day; an id that came once is remembered for longer than this
OLDEST = timedelta(hours=26)
AHEAD = timedelta(minutes=10)
MOST = 2000  # events of one request
Kind = Literal["delivered", "failed", "complaint", "unsubscribed", "delayed", "opened", "clicked"]
KINDS: Mapping[str, Kind] = {
    "delivered": "delivered",
    "bounced": "failed",
    "rejected": "failed",
    "failed": "failed",
    "deferred": "delayed",
    "complained": "complaint",
    "unsubscribed": "unsubscribed",
    "opened": "opened",
    "clicked": "clicked",
}
_HARD = re.compile(
    r"^(?:hard_?bounce|hard-bounce|bademailaddress|invalid_email|invalid|permanent|"
    r"suppress-bounce|bounced address|10|30|90)$",
    re.I,
)
_COMPLAINED = re.compile(r"spam report|suppress-complaint|complain|^spam$", re.I)
_UNSUBSCRIBED = re.compile(r"unsubscribe|^unsub$", re.I)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one message. `provider_id`: the service's word for it; `key`: our Message-ID
    without brackets, if it came back; `event_id` is the same whenever the report is repeated."""

    kind: Kind
    provider_id: str
    key: str
    event_id: str
    at: datetime
    bounce: Bounce | None = None
    url: str = ""
    agent: str = ""


def read(
    request: HttpRequest, url: str, provider: EspProvider, account: AccountConfig
) -> list[Report]:
    """The reports of a request whose body was read. `url`: the address that was called, as people
    see it. Raises webhook.Forbidden for what is not the service's."""
    if not installed():
        raise Forbidden("anymail is not installed")
    from anymail.exceptions import AnymailConfigurationError

    view = _view(url, provider, account)
    _check_signature(request, provider, account)
    try:
        view.run_validators(request)
        events = view.parse_events(request)
    except (AnymailConfigurationError, AssertionError, *UNREADABLE) as error:
        raise Forbidden(type(error).__name__) from error
    found = (_report(event, provider) for event in events[:MOST])
    return [report for report in found if report]


def _view(url: str, provider: EspProvider, account: AccountConfig) -> Any:
    import warnings

    from django.utils.module_loading import import_string

    key = account.secret.get("signing_key", "")
    options: dict[str, Any] = {"webhook_secret": []}
    if provider.signature:
        if not key:
            raise Forbidden("the key that signs reports is not stored")
        if provider.code != "resend":
            options[provider.signature] = key
    if provider.code == "mandrill":
        options["webhook_url"] = url
    path = f"anymail.webhooks.{provider.module}.{tracking_view(provider)}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return import_string(path)(**options)
        except (ValueError, TypeError, UnicodeError) as error:
            raise Forbidden("the stored signing key is not readable") from error


def _check_signature(request: HttpRequest, provider: EspProvider, account: AccountConfig) -> None:
    if provider.code == "sendgrid":
        _check_age(request.headers.get("X-Twilio-Email-Event-Webhook-Timestamp", ""))
    elif provider.code == "mailgun":
        _check_age(str(_body(request)["signature"]["timestamp"]))
    elif provider.code == "resend":
        _check_svix(request, account.secret["signing_key"])


def _body(request: HttpRequest) -> Any:
    return json.loads(request.body)


def _check_age(stamp: str) -> None:
    """`stamp`: seconds since 1970, as it was signed."""
    if not re.fullmatch(r"[0-9]{1,12}", stamp):
        raise Forbidden("no time was signed")
    age = timezone.now() - datetime.fromtimestamp(int(stamp), tz=UTC)
    if not -AHEAD <= age <= OLDEST:
        raise Forbidden("signed too long ago, or in the future")


def _check_svix(request: HttpRequest, key: str) -> None:
    """Svix: HMAC-SHA256 over "id.time.body" with the base64 part of whsec_..., several may be
    given as "v1,<base64>" with spaces between."""
    name, stamp = (request.headers.get(f"svix-{part}", "") for part in ("id", "timestamp"))
    _check_age(stamp)
    try:
        secret = base64.b64decode(key.removeprefix("whsec_"), validate=True)
    except ValueError as error:
        raise Forbidden("the stored signing key is not readable") from error
    content = f"{name}.{stamp}.".encode("utf-8", "replace") + request.body
    wanted = base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
    given = request.headers.get("svix-signature", "").split(" ")
    if not name or not any(same(one, f"v1,{wanted}") for one in given[:10]):
        raise Forbidden("the signature is wrong")


def _report(event: Any, provider: EspProvider) -> Report | None:
    """None for what we have no use for."""
    raw = _raw(event)
    kind = KINDS.get(str(event.event_type))
    if kind == "complaint" and isinstance(raw, Mapping) and raw.get("Type") == "SpamNotification":
        kind = "failed"  # Postmark: the receiving server's filter, not a person
    words = _provider_words(raw)
    unclear = kind == "failed" or str(event.event_type) == "unknown"
    if unclear and any(_UNSUBSCRIBED.search(word) for word in words):
        kind = "unsubscribed"
    if kind == "failed" and any(_COMPLAINED.search(word) for word in words):
        kind = "complaint"
    if kind is None:
        return None
    at = event.timestamp if isinstance(event.timestamp, datetime) else timezone.now()
    message_id = str(event.message_id or "")[:200]
    return Report(
        kind=kind,
        provider_id=message_id,
        key=_our_key(event, raw),
        event_id=_event_id(event, raw, provider),
        at=min(timezone.make_aware(at) if timezone.is_naive(at) else at, timezone.now()),
        bounce=_bounce(kind, event, words),
        url=str(event.click_url or "")[:2000],
        agent=str(event.user_agent or "")[:400],
    )


def _raw(event: Any) -> Any:
    raw = event.esp_event
    return raw.dict() if hasattr(raw, "dict") else raw


def _event_id(event: Any, raw: Any, provider: EspProvider) -> str:
    """The service's id of the report where it has one, else a digest of all it says."""
    if event.event_id:
        return f"{provider.code}:{event.event_id}"
    text = json.dumps(raw, sort_keys=True, default=str)
    return f"{provider.code}:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def _our_key(event: Any, raw: Any) -> str:
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    smtp_id = raw.get("smtp-id", "") if isinstance(raw, Mapping) else ""
    return str(metadata.get(KEY) or smtp_id or "").strip("<> ")[:200]


# where services say how bad it is
_SAYING = (
    "Type", "event", "type", "severity", "reason", "bounce_class", "error_related_to", "error",
    "hard_bounce",
)  # fmt: skip


def _provider_words(raw: Any) -> list[str]:
    """The service's own short words, of the event and of the parts it keeps its details in."""
    parts = [raw] if isinstance(raw, Mapping) else []
    if parts and raw.get("event") == raw.get("type") == "bounce":
        parts.append({"type": "hard_bounce"})  # SendGrid: the other type is "blocked"
    for name in ("event-data", "msg", "data", "msys", "bounce", "message_event", "reject"):
        parts += [part[name] for part in parts if isinstance(part.get(name), Mapping)]
    found = []
    for part in parts:
        found += [part[name] for name in _SAYING if isinstance(part.get(name), (str, int, bool))]
        nested = part.get("bounce_event") or part.get("unsubscribe_event")
        found += [nested[n] for n in _SAYING if n in nested] if isinstance(nested, Mapping) else []
        reject = part.get("reject")
        found += [reject.get("reason", "")] if isinstance(reject, Mapping) else []
    named = ["hard_bounce" if one is True else str(one) for one in found if one is not False]
    return [one[:80] for one in named]


def _bounce(kind: Kind, event: Any, words: list[str]) -> Bounce | None:
    """As a delivery report by mail would say it; the receiving server's words decide first."""
    said = one_line(str(event.mta_response or event.description or ""), 300)
    recipient = str(event.recipient or "")[:254]
    if kind == "complaint":
        return Bounce("complaint", recipient, "", said)
    if kind == "delayed":
        return Bounce("soft", recipient, "", said, delayed=True)
    if kind != "failed":
        return None
    verdict = judge(said)
    decided = verdict.hard or verdict.policy or verdict.status not in VAGUE
    by_service = any(_HARD.match(word) for word in words) or event.reject_reason == "invalid"
    hard = verdict.hard if decided else by_service
    return Bounce(
        "hard" if hard else "soft",
        recipient,
        verdict.status,
        said or one_line(", ".join(words), 100),
        policy=verdict.policy or str(event.reject_reason) == "blocked",
    )
