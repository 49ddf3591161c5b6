"""Calendly: its webhooks, and the few calls that set them up (API v2). No tables.

Facts: developer.calendly.com, "Webhook Signatures", "Create Webhook Subscription" and the invitee
payload. A reschedule comes as two messages, in any order: the old invitee cancelled with
`rescheduled` and `new_invitee`, the new one created with `old_invitee`.
"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from salesagent.lib import budget, http
from salesagent.lib.text import clean, one_line
from salesagent.lib.webhook import same

SERVICE = "calendly"
API = "https://api.calendly.com"
SIGNATURE = "Calendly-Webhook-Signature"
WINDOW = 180  # seconds, either way
EVENTS = ("invitee.created", "invitee.canceled")
PAGES, PAGE = 10, 100
_UUID = re.compile(r"[0-9A-Za-z-]{1,64}")
_ADDRESS = re.compile(r"https?://[\x21-\x7e]{1,191}")
budget.register(SERVICE, 1, 10)

now: Callable[[], float] = time.time  # tests put their own here


class CalendlyError(Exception):
    """What went wrong, in plain words with what to do. `permanent`: only a person can put it right;
    `unknown`: nobody knows whether it was carried out."""

    def __init__(
        self, message: str, *, permanent: bool, unknown: bool = False, status: int = 0
    ) -> None:
        super().__init__(message)
        self.message, self.permanent = message, permanent
        self.unknown, self.status = unknown, status


# --- what comes in ---


@dataclass(frozen=True)
class Message:
    """One thing Calendly told of one invitee. `uri` is the invitee's own address there; `old` and
    `new` the ones before and after a reschedule. `at`: when it was said, `booked_at`: when booked.
    """

    cancelled: bool
    uri: str
    at: datetime
    booked_at: datetime
    name: str = ""
    email: str = ""
    token: str = ""
    title: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place: str = ""
    rescheduled: bool = False
    old: str = ""
    new: str = ""
    reason: str = ""
    by_host: bool = False

    def as_data(self) -> dict[str, Any]:
        """For a JSON column; `of_data` reads it."""
        found = asdict(self)
        return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in found.items()}

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> "Message":
        given = dict(data)
        for name in ("at", "booked_at", "starts_at", "ends_at"):
            given[name] = _moment(given.get(name))
        return cls(**given)


def signature(key: str, at: str, body: bytes) -> str:
    return hmac.new(key.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


def verified(body: bytes, headers: Mapping[str, str], keys: Iterable[str]) -> bool:
    """Whether one of the keys signed this within three minutes of now. Never raises."""
    given = headers.get(SIGNATURE) or ""
    if len(given) > 500:
        return False
    parts = [part.strip().partition("=") for part in given.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    signed = [value for name, _, value in parts if name == "v1"]
    if len(times) != 1 or not signed or not re.fullmatch(r"[0-9]{1,12}", times[0], re.ASCII):
        return False
    if abs(now() - int(times[0])) > WINDOW:
        return False
    return any(same(signature(key, times[0], body), one) for key in keys if key for one in signed)


def message_of(body: bytes) -> Message | None:
    """None for another event than a booking or its end. Raises ValueError for what is neither."""
    found = json.loads(body)
    if not isinstance(found, dict) or not isinstance(found.get("event"), str):
        raise ValueError("not a message of Calendly's")
    if found["event"] not in EVENTS:
        return None
    payload = _dict(found.get("payload"))
    uri, at = _address(payload.get("uri")), _moment(found.get("created_at"))
    if not uri or at is None:
        raise ValueError("no invitee or no time in it")
    plain = Message(
        cancelled=found["event"] == EVENTS[1],
        uri=uri,
        at=at,
        booked_at=_moment(payload.get("created_at")) or at,
        name=_line(payload.get("name"), 200),
        email=_line(payload.get("email"), 254).lower(),
        token=_line(_dict(payload.get("tracking")).get("utm_content"), 200),
        rescheduled=payload.get("rescheduled") is True,
        old=_address(payload.get("old_invitee")),
        new=_address(payload.get("new_invitee")),
    )
    return _with_end(_with_event(plain, payload), payload)


def _with_event(plain: Message, payload: Mapping[str, Any]) -> Message:
    event = _dict(payload.get("scheduled_event"))
    where = _dict(event.get("location"))
    place = where.get("join_url") or where.get("location")
    return replace(
        plain,
        title=_line(event.get("name"), 200),
        starts_at=_moment(event.get("start_time")),
        ends_at=_moment(event.get("end_time")),
        place=_line(place, 300),
    )


def _with_end(plain: Message, payload: Mapping[str, Any]) -> Message:
    end = _dict(payload.get("cancellation"))
    by_host = end.get("canceler_type") == "host"
    return replace(plain, reason=_line(end.get("reason"), 300), by_host=by_host)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _line(value: Any, limit: int) -> str:
    return one_line(clean(value), limit) if isinstance(value, str) else ""


def _address(value: Any) -> str:
    """The address of an invitee; "" for anything that could not be one."""
    return value if isinstance(value, str) and _ADDRESS.fullmatch(value) else ""


def _moment(value: Any) -> datetime | None:
    """None for what is no moment of these decades: the ends of the calendar fit no time zone."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = parse_datetime(value)
    except ValueError:
        return None
    if found is None or not timezone.is_aware(found):
        return None
    return found if 2000 <= found.year < 2100 else None


# --- what is asked ---


@dataclass(frozen=True)
class Account:
    """Who asks. `base`: where Calendly is reached."""

    token: str = field(repr=False)
    base: str = API

    def ask(
        self,
        method: http.Method,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Raises CalendlyError."""
        answer, fault = None, None
        try:
            answer = http.call(
                method,
                f"{self.base}{path}",
                service=SERVICE,
                headers={"Authorization": f"Bearer {self.token}"},
                json=json,
                params=params,
                idempotent=method != "POST",
                allow_hosts={urlsplit(self.base).netloc},
            )
        except http.HttpFault as error:
            fault = _of_fault(error, reading=method != "POST")
        if answer is None:  # outside of `except`: nothing of the wire is in the error's context
            raise fault or CalendlyError("Calendly did not answer.", permanent=False)
        return _read(answer, writing=method == "POST")


def _of_fault(fault: http.HttpFault, *, reading: bool) -> CalendlyError:
    unknown = fault.sent is not False and not reading
    return CalendlyError(
        str(fault).replace(SERVICE, "Calendly", 1), permanent=False, unknown=unknown
    )


REFUSALS = {
    401: "Calendly does not take this token. Make a new one there and enter it here.",
    403: "This token may not do that. It needs the rights to read users and to read and write "
    "webhooks, of an account whose plan has webhooks.",
    404: "Calendly does not know this any more.",
    409: "Calendly has a subscription for this address already.",
    400: "Calendly refused the request. It takes only a public https address for reports.",
    422: "Calendly refused the request. It takes only a public https address for reports.",
}


def _read(answer: http.Answer, *, writing: bool) -> dict[str, Any]:
    if answer.ok:
        return _body(answer, writing)
    status = answer.status
    if status == 429:
        text = "Calendly asked us to wait. Try again in a minute."
        raise CalendlyError(text, permanent=False, status=status)
    if status >= 500 or status == 408:
        text = f"Calendly has trouble at the moment (HTTP {status}). Try again later."
        raise CalendlyError(text, permanent=False, unknown=writing, status=status)
    text = REFUSALS.get(status, f"Calendly did not accept the request (HTTP {status}).")
    raise CalendlyError(text, permanent=status in (401, 403), status=status)


def _body(answer: http.Answer, writing: bool) -> dict[str, Any]:
    if not answer.body and answer.status == 204:
        return {}
    found = None
    with suppress(http.HttpFault):  # raised below: the text of the body is not in the context then
        found = answer.json()
    if not isinstance(found, dict):
        text = "Calendly sent no readable answer. Try again later."
        raise CalendlyError(text, permanent=False, unknown=writing)
    return found


@dataclass(frozen=True)
class Person:
    """Whose token it is."""

    uri: str
    organization: str
    name: str = ""
    email: str = ""
    link: str = ""


def person(account: Account) -> Person:
    """GET /users/me."""
    found = _dict(account.ask("GET", "/users/me").get("resource"))
    uri, organization = _address(found.get("uri")), _address(found.get("current_organization"))
    if not (uri and organization):
        raise CalendlyError("Calendly did not say whose token this is.", permanent=False)
    return Person(
        uri,
        organization,
        _line(found.get("name"), 120),
        _line(found.get("email"), 254),
        _address(found.get("scheduling_url")),
    )


@dataclass(frozen=True)
class Subscription:
    """A subscription as Calendly has it."""

    uri: str
    callback_url: str
    active: bool


def _subscription(found: Any) -> Subscription:
    row = _dict(found)
    return Subscription(
        _address(row.get("uri")),
        str(row.get("callback_url") or ""),
        row.get("state") == "active",
    )


def subscribe(account: Account, who: Person, url: str, key: str) -> Subscription:
    """Reports to `url`, signed with `key`: of the whole organization when the token may ask for
    that, else of its own person."""
    body = {
        "url": url,
        "events": list(EVENTS),
        "organization": who.organization,
        "signing_key": key,
    }
    try:
        found = account.ask(
            "POST", "/webhook_subscriptions", json={**body, "scope": "organization"}
        )
    except CalendlyError as error:
        if error.status != 403:
            raise
        own = {**body, "scope": "user", "user": who.uri}
        found = account.ask("POST", "/webhook_subscriptions", json=own)
    made = _subscription(found.get("resource"))
    if not made.uri:
        text = "Calendly did not say which subscription it made. Check it again."
        raise CalendlyError(text, permanent=False, unknown=True)
    return made


def subscriptions(account: Account, who: Person, url: str) -> list[Subscription]:
    """Those that report to `url`, of the organization and of the person."""
    found: list[Subscription] = []
    for scope in ({"scope": "organization"}, {"scope": "user", "user": who.uri}):
        try:
            found += _pages(account, {"organization": who.organization, **scope})
        except CalendlyError as error:
            if error.status != 403 or "user" in scope:
                raise
    return list({one.uri: one for one in found if one.uri and one.callback_url == url}.values())


def _pages(account: Account, query: dict[str, Any]) -> list[Subscription]:
    found: list[Subscription] = []
    params: dict[str, Any] = {**query, "count": PAGE}
    for _ in range(PAGES):
        answer = account.ask("GET", "/webhook_subscriptions", params=params)
        rows = answer.get("collection")
        found += [_subscription(one) for one in rows] if isinstance(rows, list) else []
        token = _dict(answer.get("pagination")).get("next_page_token")
        if not isinstance(token, str) or not token:
            break
        params["page_token"] = token
    return found


def unsubscribe(account: Account, uri: str) -> None:
    """Done as well when Calendly does not know it any more."""
    uuid = uri.rstrip("/").rpartition("/")[2]
    if not _UUID.fullmatch(uuid):
        return
    try:
        account.ask("DELETE", f"/webhook_subscriptions/{uuid}")
    except CalendlyError as error:
        if error.status != 404:
            raise
