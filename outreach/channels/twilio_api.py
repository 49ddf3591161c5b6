"""Twilio's REST API (2010-04-01): send, look up, list templates. No tables.

The official client serves for signatures (twilio_hooks); calls go through lib.http, because that
knows for each fault whether the request had left: a POST whose answer is lost is `unknown` and is
never repeated, one that never left or got a 429 (20429: "never processed") is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from outreach.channels import twilio_codes
from outreach.channels.base import AccountConfig, ChannelError, Config, OutboundMessage, SendResult
from outreach.channels.texts import ContentTemplate
from salesagent.lib import budget, http

SERVICE = "twilio"
API = "https://api.twilio.com"
CONTENT = "https://content.twilio.com"
VERSION = "2010-04-01"
LOOK_BACK = 50  # newest messages to a number that a look-up reads
EARLIER, LATER = timedelta(minutes=2), timedelta(minutes=15)
MAX_PAGES = 20
SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
budget.register(SERVICE, 20, 40)


@dataclass(frozen=True)
class Account:
    """One Twilio account. `tokens`: the auth token and, while it is replaced, the second one."""

    sid: str
    tokens: tuple[str, ...] = field(repr=False)
    api: str = API

    @classmethod
    def of(cls, config: Config | None, base: str = API) -> "Account":
        """Raises ChannelError for anything but a complete connection."""
        if not isinstance(config, AccountConfig):
            raise _not_set_up("Twilio is not connected: Settings, Twilio.")
        secret = config.secret
        tokens = tuple(t for t in (secret.get("auth_token"), secret.get("auth_token_2")) if t)
        if not (tokens and SID.fullmatch(config.account)):
            raise _not_set_up("The account SID or the auth token of Twilio is missing.")
        return cls(config.account, tokens, (config.base_url or base).rstrip("/"))

    def post(self, path: str, data: Mapping[str, str]) -> dict[str, Any]:
        """`path` below the account, such as Messages.json. Raises ChannelError."""
        return self._ask("POST", self._url(path), data=data)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self._ask("GET", self._url(path), params=params)

    def get_url(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """`path` below the host, for the APIs that name no account."""
        return self._ask("GET", f"{self.api}/{path.lstrip('/')}", params=params)

    def _url(self, path: str) -> str:
        suffix = f"/{path}" if path else ".json"
        return f"{self.api}/{VERSION}/Accounts/{self.sid}{suffix}"

    def _ask(self, method: Any, url: str, **body: Any) -> dict[str, Any]:
        """With the second token where the first one is no longer taken: a 401 did nothing."""
        fault: ChannelError | None = None
        for token in self.tokens:
            try:
                return self._once(method, url, token, **body)
            except ChannelError as error:
                fault = error
                if error.code != "auth":
                    break
        raise fault or _not_set_up("The auth token of Twilio is missing.")

    def _once(self, method: Any, url: str, token: str, **body: Any) -> dict[str, Any]:
        reading = method == "GET"
        fault: ChannelError | None = None
        try:
            answer = http.call(
                method, url, service=SERVICE, account=self.sid, auth=(self.sid, token),
                idempotent=reading, allow_hosts={urlsplit(self.api).netloc}, **body,
            )  # fmt: skip
        except http.HttpFault as error:
            fault = of_fault(error, reading=reading)
        if fault:  # outside of `except`: nothing of the wire is in the error's context
            raise fault
        return _read(answer, reading)


def _not_set_up(text: str) -> ChannelError:
    return ChannelError(text, permanent=True, scope="mailbox", code="auth")


def of_fault(fault: http.HttpFault, *, reading: bool = False) -> ChannelError:
    """No answer: known not to be sent, or nobody knows."""
    unknown = fault.sent is not False and not reading
    words = {"timeout": "dropped", "reset": "dropped", "tls": "tls", "connect": "connect"}
    code = words.get(fault.kind, "busy")
    text = str(fault).replace(SERVICE, "Twilio", 1)  # its name stands first; hosts stay
    return ChannelError(
        text,
        permanent=False,
        scope="provider",
        unknown=unknown,
        code=code,
        retry_after=fault.retry_after,
    )


def _read(answer: http.Answer, reading: bool) -> dict[str, Any]:
    found = _object(answer)
    if answer.ok and found is not None:
        return found
    if answer.ok or answer.status >= 500 or answer.status == 408:
        text = f"Twilio gave no readable answer (HTTP {answer.status})."
        raise ChannelError(
            text, permanent=False, scope="provider", unknown=not reading, code="dropped"
        )
    code = (found or {}).get("code")
    error = _refused(answer.status, code if isinstance(code, int) else None)
    error.retry_after = answer.retry_after
    raise error


def _refused(status: int, code: int | None) -> ChannelError:
    """A 4xx: it was certainly not carried out."""
    if status == 429:
        return twilio_codes.error(20429)
    if status in (401, 403) and code not in twilio_codes.MEANINGS:
        return twilio_codes.error(20003)
    if code is None:  # not Twilio's words: something between us and them
        text = f"Twilio did not accept the request (HTTP {status})."
        return ChannelError(text, permanent=False, scope="provider", code="rejected")
    return twilio_codes.error(code)


def _object(answer: http.Answer) -> dict[str, Any] | None:
    try:
        found = answer.json()
    except http.HttpFault:
        return None
    return found if isinstance(found, dict) else None


# --- messages ---


@dataclass
class TextSession:
    """Sends for one channel. `prefix`: "whatsapp:" or "" before each number."""

    config: AccountConfig
    channel: str
    prefix: str = ""

    def send(self, message: OutboundMessage) -> SendResult:
        found = Account.of(self.config).post("Messages.json", form_of(self, message))
        return accepted(found)


def form_of(session: TextSession, message: OutboundMessage) -> dict[str, str]:
    """The form of Messages.json. Raises ChannelError when no sender is set."""
    form = {"To": session.prefix + message.to, **_sender(session)}
    if message.content_sid:
        form["ContentSid"] = message.content_sid
        if message.content_variables:
            form["ContentVariables"] = _json(dict(message.content_variables))
    else:
        form["Body"] = message.text
    if callback := callback_for(session.config, message.message_id):
        form["StatusCallback"] = callback
    return form


def _json(values: Mapping[str, str]) -> str:
    import json

    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def _sender(session: TextSession) -> dict[str, str]:
    settings = session.config.settings
    if service := str(settings.get(f"{session.channel}_service") or ""):
        return {"MessagingServiceSid": service}
    if number := str(settings.get(f"{session.channel}_from") or ""):
        return {"From": session.prefix + number}
    word = "WhatsApp" if session.prefix else "SMS"
    raise ChannelError(
        f"No sender for {word} is set: Settings, Twilio.",
        permanent=True,
        scope="mailbox",
        code="sender",
    )


def key_of(message_id: str) -> str:
    """The random part of a touch's id: names it in the callback without saying who it is."""
    return message_id.strip("<>").partition("@")[0]


def callback_for(config: AccountConfig, message_id: str) -> str:
    """Where Twilio reports on this very message: also when its answer to us was lost.

    Left out where Twilio could not reach us: it refuses messages with such an address (21609).
    """
    if not config.callback_url:
        return ""
    host = urlsplit(config.callback_url).hostname or ""
    local = host in ("localhost", "127.0.0.1", "::1") or "." not in host
    if local and not config.base_url:
        return ""
    key = key_of(message_id)
    return f"{config.callback_url}?{urlencode({'t': key})}" if key else config.callback_url


def accepted(found: Mapping[str, Any]) -> SendResult:
    """2xx with a SID is accepted; 2xx without one is anybody's guess."""
    sid = found.get("sid")
    if not isinstance(sid, str) or not SID.fullmatch(sid):
        raise ChannelError(
            "Twilio's answer names no message.",
            permanent=False,
            scope="provider",
            unknown=True,
            code="dropped",
        )
    if found.get("status") in ("failed", "undelivered"):
        code = found.get("error_code")
        raise twilio_codes.error(code if isinstance(code, int) else None)
    return SendResult(sid, datetime.now(UTC))


def was_sent(
    config: Config | None, prefix: str, message: OutboundMessage, since: datetime
) -> bool | None:
    """Look for a message of ours among the newest to this number. `since`: when it was claimed.

    Twilio keeps no key of ours, so number, text and time have to do: one that fits is it, several
    that fit are None. DateSent is not asked for: what still queues has none.
    """
    form = {"To": prefix + message.to, "PageSize": str(LOOK_BACK)}
    rows = Account.of(config).get("Messages.json", form).get("messages")
    if not isinstance(rows, list):
        return None
    fitting = [row for row in rows if isinstance(row, dict) and _fits(row, message, since)]
    return None if len(fitting) > 1 else bool(fitting)


def _fits(row: Mapping[str, Any], message: OutboundMessage, since: datetime) -> bool:
    if not str(row.get("direction", "")).startswith("outbound"):
        return False
    if " ".join(str(row.get("body", "")).split()) != " ".join(message.text.split()):
        return False
    made = moment(row.get("date_created"))
    return made is not None and since - EARLIER <= made <= since + LATER


def moment(value: object) -> datetime | None:
    """Twilio's dates: RFC 2822, in the newer APIs ISO 8601."""
    text = str(value or "")
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(text)
        except (ValueError, TypeError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def check(config: Config | None) -> str:
    """The account's name at Twilio; raises ChannelError. Reads only."""
    found = Account.of(config).get("")
    return str(found.get("friendly_name") or found.get("sid") or "")[:100]


# --- WhatsApp templates (Content API) ---


def templates(config: Config | None, base: str = CONTENT) -> list[ContentTemplate]:
    """Every template with what WhatsApp says of it. Raises ChannelError."""
    account = Account.of(config, base)
    found: list[ContentTemplate] = []
    params = {"PageSize": "100"}
    for page in range(MAX_PAGES):
        rows = account.get_url("/v1/ContentAndApprovals", params)
        contents = rows.get("contents")
        found += [_template(row) for row in contents or [] if isinstance(row, dict)]
        token = _next_page(rows)
        if not (contents and token):
            break
        params = {"PageSize": "100", "Page": str(page + 1), "PageToken": token}
    return [one for one in found if SID.fullmatch(one.sid)]


def _next_page(rows: Mapping[str, Any]) -> str:
    """The token in the address of the next page; the address itself is not followed."""
    from urllib.parse import parse_qs

    meta = rows.get("meta")
    url = str(meta.get("next_page_url") or "") if isinstance(meta, dict) else ""
    return parse_qs(urlsplit(url).query).get("PageToken", [""])[0]


def _template(row: Mapping[str, Any]) -> ContentTemplate:
    types = row.get("types")
    kind, content = next(iter(types.items()), ("", {})) if isinstance(types, dict) else ("", {})
    approval = row.get("approval_requests")
    approval = approval if isinstance(approval, dict) else {}
    samples = row.get("variables")
    return ContentTemplate(
        sid=str(row.get("sid", ""))[:40],
        name=str(row.get("friendly_name", ""))[:100],
        language=str(row.get("language", ""))[:10],
        kind=str(kind),
        body=str(content.get("body", "")) if isinstance(content, dict) else "",
        state=str(approval.get("status") or "unsubmitted")[:12],
        reason=str(approval.get("rejection_reason") or "")[:300],
        category=str(approval.get("category") or "")[:40],
        variables={str(k): str(v) for k, v in samples.items()} if isinstance(samples, dict) else {},
    )
