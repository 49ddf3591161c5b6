"""Mail services (Postmark, Mailgun, Brevo and others) through django-anymail, answers over IMAP.

anymail puts the service's request together and reads its answer; the request itself goes out
through lib.http like every other. Nothing here is a setting of Django: each mailbox brings its own
account. anymail is optional and imported on first use.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from outreach.channels.base import AccountConfig, ChannelError, MailboxConfig, SendResult
from outreach.channels.esp_errors import of_fault, refusal, refused, said, unclear
from outreach.channels.esp_providers import ESPS, EspProvider
from outreach.channels.smtp import SmtpTransport
from salesagent.lib import budget, http
from salesagent.lib.text import one_line

if TYPE_CHECKING:
    from django.core.mail import EmailMultiAlternatives

SERVICE = "esp"
TIMEOUT = (5.0, 15.0)  # seconds: to connect, between two bytes
KEY = "salesagent"  # under this name our Message-ID goes with the mail and comes back in reports
NOT_INSTALLED = (
    "The package for mail services is not installed. Run: "
    "pip install --require-hashes -r requirements-esp.txt, then restart."
)
KEEP = (
    *("In-Reply-To", "References", "Auto-Submitted"),
    *("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id"),
)
budget.register(SERVICE, rate_per_second=10, burst=20)


def installed() -> bool:
    """Whether anymail is there; imports nothing."""
    from importlib.util import find_spec

    return find_spec("anymail") is not None


def provider_of(account: AccountConfig | None) -> EspProvider:
    """Raises ChannelError when the mailbox's service was disconnected or is unknown."""
    provider = ESPS.get(account.account) if account else None
    if provider is None or account is None or not account.secret.get("api_key"):
        raise ChannelError(
            "The mail service of this mailbox is not connected: Settings, Mail service.",
            permanent=True,
            scope="mailbox",
            code="auth",
        )
    if not installed():
        raise ChannelError(NOT_INSTALLED, permanent=True, scope="mailbox", code="unsupported")
    return provider


def base_url(provider: EspProvider, account: AccountConfig) -> str:
    """The API's address: of the region, or below `base_url` of the configuration."""
    region = str(account.settings.get("region") or "")
    url = provider.urls.get(region) or next(iter(provider.urls.values()))
    return account.base_url.rstrip("/") + urlsplit(url).path if account.base_url else url


class EspTransport(SmtpTransport):
    """Sends by the service's API; reads with the mailbox's own IMAP server."""

    @contextmanager
    def open(self) -> Iterator["EspSession"]:  # type: ignore[override]
        yield EspSession(self.config)

    def find(self, message_id: str) -> bool | None:
        """Services keep no Sent folder; their reports settle what is not known."""
        return None

    def _test_sending(self) -> list[str]:
        try:
            account = self.config.account
            provider = provider_of(account)
            assert account is not None  # noqa: S101  provider_of has looked
            return [check(provider, account)]
        except ChannelError as error:
            return [f"error: Sending: {error.message}"]


class EspSession:
    def __init__(self, config: MailboxConfig) -> None:
        self.provider = provider_of(config.account)
        assert config.account is not None  # noqa: S101  provider_of has looked
        self.account = config.account

    def send(self, message: bytes, sender: str, recipient: str, thread_id: str = "") -> SendResult:
        """One request. Unknown when it was handed over and no clear answer came."""
        backend = _backend(self.provider, self.account)
        mail = _mail(message, sender, recipient, self.provider)
        wire = _Wire(self.provider, self.account)
        backend.session = wire
        status = _send(backend, mail, wire)
        return SendResult(
            provider_id=str(status.message_id or "")[:200], accepted_at=datetime.now(UTC)
        )


def _backend(provider: EspProvider, account: AccountConfig) -> Any:
    """anymail's backend with this account's values; the projects' settings are not asked."""
    import warnings

    from django.utils.module_loading import import_string

    values = {**account.settings, **account.secret}
    options = {f.option: values.get(f.code) or None for f in provider.fields if f.option}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_string(f"anymail.backends.{provider.module}.EmailBackend")(
            api_url=base_url(provider, account),
            timeout=TIMEOUT,
            send_defaults={},
            ignore_unsupported_features=True,
            ignore_recipient_status=False,
            debug_api_requests=False,
            **options,
        )


def _mail(
    raw: bytes, sender: str, recipient: str, provider: EspProvider
) -> "EmailMultiAlternatives":
    """The composed mail as anymail takes it; what the service may add itself is switched off."""
    from django.core.mail import EmailMultiAlternatives

    parsed = message_from_bytes(raw, policy=default)
    if not isinstance(parsed, EmailMessage):
        raise AssertionError
    kept = {name: _header(parsed, name) for name in ("Message-ID", *KEEP) if parsed[name]}
    mail = EmailMultiAlternatives(
        subject=_header(parsed, "Subject"),
        body=_part(parsed, "plain"),
        from_email=_header(parsed, "From"),
        to=[_header(parsed, "To")],
        headers=kept | dict(provider.headers or {}),
    )
    mail.attach_alternative(_part(parsed, "html"), "text/html")
    for part in parsed.iter_attachments():
        content = part.get_payload(decode=True)
        mail.attach(part.get_filename() or "file", content, part.get_content_type())
    extra: dict[str, Any] = {"track_opens": False, "track_clicks": False}
    if provider.metadata:
        extra["metadata"] = {KEY: kept.get("Message-ID", "").strip("<>")}
    for name, value in extra.items():
        setattr(mail, name, value)
    return mail


def _header(mail: EmailMessage, name: str) -> str:
    return one_line(str(mail[name] or ""), 4000)


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""


class _Wire:
    """Stands where anymail expects a requests.Session: each request goes through lib.http."""

    def __init__(self, provider: EspProvider, account: AccountConfig) -> None:
        self.provider = provider
        self.account = account
        self.answer: http.Answer | None = None

    @property
    def accepted(self) -> bool:
        return self.answer is not None and self.answer.ok

    def request(self, method: str, url: str, timeout: Any = None, **parts: Any) -> Any:
        import requests

        ready = requests.Request(method, url, **parts).prepare()
        body = ready.body
        try:
            self.answer = http.call(
                "POST",
                str(ready.url),
                service=SERVICE,
                account=self.provider.code,
                headers={k: str(v) for k, v in ready.headers.items() if k != "Content-Length"},
                data=body.encode() if isinstance(body, str) else bytes(body or b""),  # type: ignore[arg-type]
                timeout=TIMEOUT,
                idempotent=False,
                allow_hosts={urlsplit(base_url(self.provider, self.account)).netloc},
            )
        except http.HttpFault as fault:
            raise of_fault(fault, self.provider) from fault
        if error := refused(self.answer, self.provider, self.account):
            raise error
        return _response(self.answer, str(ready.url))


def _response(answer: http.Answer, url: str) -> Any:
    import requests

    response = requests.Response()
    response.status_code = answer.status
    response.url = url.partition("?")[0]
    response.headers.update(answer.headers)
    response._content = answer.body
    response.encoding = "utf-8"
    return response


def _send(backend: Any, mail: Any, wire: _Wire) -> Any:
    """anymail's status of the one recipient. Its errors name keys and are never passed on."""
    import warnings

    from anymail.exceptions import AnymailError, AnymailRecipientsRefused

    unreadable = (AnymailError, ValueError, TypeError, LookupError, AttributeError, RecursionError)

    problem: ChannelError
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            backend.send_messages([mail])
        status = mail.anymail_status
        if wire.accepted and status.status not in ({"failed"}, {"invalid"}, {"rejected"}):
            return status
        problem = _no(wire, recipient=wire.accepted and status.status != {"failed"})
    except AnymailRecipientsRefused:
        problem = _no(wire, recipient=True)
    except unreadable:
        problem = unclear(wire.answer, wire.provider, wire.account)
    raise problem


def _no(wire: _Wire, *, recipient: bool) -> ChannelError:
    if wire.answer is None:
        return unclear(None, wire.provider, wire.account)
    return refusal(wire.answer, wire.provider, wire.account, recipient=recipient)


def check(provider: EspProvider, account: AccountConfig) -> str:
    """Ask the service something harmless; "ok: ...". Raises ChannelError."""
    method, path, how, name = provider.check
    key = account.secret.get("api_key", "")
    request: dict[str, Any] = {"headers": {"Accept": "application/json"}}
    if how == "bearer":
        request["headers"]["Authorization"] = f"Bearer {key}"
    elif how == "header":
        request["headers"][name] = key
    elif how == "body":
        request["json"] = {name: key}
    else:
        request["auth"] = (name, key) if name else (key, account.secret.get("secret_key", ""))
    base = base_url(provider, account)
    try:
        answer = http.call(
            "POST" if method == "POST" else "GET",
            urljoin(base, path),
            service=SERVICE,
            account=provider.code,
            timeout=TIMEOUT,
            idempotent=True,
            allow_hosts={urlsplit(base).netloc},
            **request,
        )
    except http.HttpFault as fault:
        text = str(fault).replace(SERVICE, provider.label, 1)
        raise ChannelError(text, permanent=False, scope="provider", code="connect") from fault
    if answer.ok or "restricted_api_key" in answer.text:  # Resend: a key that may only send
        return f"ok: {provider.label} accepts the key."
    if error := refused(answer, provider, account):
        raise error
    text = f"{provider.label} does not accept the key: {said(answer, account)}"
    raise ChannelError(text, permanent=True, scope="mailbox", code="auth")
