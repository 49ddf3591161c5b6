"""The mail services that can be connected: what each needs and where it is. Data only.

Names of django-anymail (15.2) and the services' own documentation. A service is one that anymail
can send through and whose reports it can read. Amazon SES is left out: it needs boto3, which is
larger than all of this product; use its SMTP server as an ordinary mailbox instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Check = Literal["bearer", "basic", "header", "body"]


@dataclass(frozen=True, slots=True)
class Field:
    """One value of the form. `secret`: stored encrypted, never shown again. `choices`: code ->
    label. `option`: the keyword that anymail's backend takes it as; empty: not for sending."""

    code: str
    label: str
    help: str = ""
    secret: bool = True
    required: bool = True
    option: str = ""
    choices: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class EspProvider:
    """`module`: of anymail. `urls`: region -> API address. `signature`: the field with the key that
    signs its reports; empty: it signs none, then the address of the hook is the secret.
    `check`: method, path and way to sign in of a call that proves the key. `hook`: where its web
    address is entered there. `supported`: anymail still tests it."""

    code: str
    label: str
    module: str
    fields: tuple[Field, ...]
    urls: Mapping[str, str]
    check: tuple[str, str, Check, str]
    hook: str
    signature: str = ""
    view: str = ""
    supported: bool = True
    metadata: bool = True  # False: its reports name our Message-ID by themselves
    headers: Mapping[str, str] | None = None  # so that our Message-ID stays as it is


def _key(label: str, option: str = "api_key", help: str = "") -> Field:
    return Field("api_key", label, help, option=option)


def _signing(label: str, help: str, *, required: bool = False) -> Field:
    return Field("signing_key", label, help, required=required)


_REGIONS = {"us": "United States", "eu": "European Union"}
_REGION = Field("region", "Region", secret=False, choices=_REGIONS)
LATER = "Shown there once reports are switched on; they count only with it. Empty at first."

ESPS: Mapping[str, EspProvider] = {
    one.code: one
    for one in (
        EspProvider(
            "postmark",
            "Postmark",
            "postmark",
            (
                _key("Server API token", "server_token"),
                Field(
                    "stream",
                    "Message stream",
                    "Empty: the server's default stream",
                    secret=False,
                    required=False,
                    option="message_stream",
                ),
            ),
            {"": "https://api.postmarkapp.com/"},
            ("GET", "server", "header", "X-Postmark-Server-Token"),
            "Message stream, Webhooks: Delivery, Bounce, Spam complaint, Subscription change",
            headers={"X-PM-KeepID": "true"},
        ),
        EspProvider(
            "mailgun",
            "Mailgun",
            "mailgun",
            (
                _key("API key", help="A sending key of the domain, or a key of the account"),
                Field(
                    "domain",
                    "Sending domain",
                    "Empty: the domain of the sender",
                    secret=False,
                    required=False,
                    option="sender_domain",
                ),
                _REGION,
                _signing(
                    "HTTP webhook signing key", "Sending, Webhooks. Reports count only with it."
                ),
            ),
            {"us": "https://api.mailgun.net/v3/", "eu": "https://api.eu.mailgun.net/v3/"},
            ("GET", "domains?limit=1", "basic", "api"),
            "Sending, Webhooks: delivered, permanent failure, temporary failure, complained, "
            "unsubscribed",
            signature="webhook_signing_key",
        ),
        EspProvider(
            "brevo",
            "Brevo",
            "brevo",
            (_key("API key (v3)"),),
            {"": "https://api.brevo.com/v3/"},
            ("GET", "account", "header", "api-key"),
            "Transactional, Settings, Webhook: delivered, bounces, blocked, spam, unsubscribed",
        ),
        EspProvider(
            "resend",
            "Resend",
            "resend",
            (_key("API key"), _signing("Signing secret of the webhook (whsec_...)", LATER)),
            {"": "https://api.resend.com/"},
            ("GET", "domains", "bearer", ""),
            "Webhooks: email.delivered, email.bounced, email.complained, email.delivery_delayed",
            signature="signing_secret",
        ),
        EspProvider(
            "mandrill",
            "Mailchimp Transactional (Mandrill)",
            "mandrill",
            (_key("API key"), _signing("Webhook key", LATER)),
            {"": "https://mandrillapp.com/api/1.0/"},
            ("POST", "users/ping2.json", "body", "key"),
            "Settings, Webhooks: soft-bounced, bounced, marked as spam, unsubscribes, rejected, "
            "delivered",
            signature="webhook_key",
            view="MandrillCombinedWebhookView",
        ),
        EspProvider(
            "sparkpost",
            "SparkPost",
            "sparkpost",
            (_key("API key", help="With the right Transmissions: Read/Write"), _REGION),
            {
                "us": "https://api.sparkpost.com/api/v1/",
                "eu": "https://api.eu.sparkpost.com/api/v1/",
            },
            ("GET", "account", "header", "Authorization"),
            "Webhooks: message events and unsubscribe events",
        ),
        EspProvider(
            "mailjet",
            "Mailjet",
            "mailjet",
            (_key("API key"), Field("secret_key", "Secret key", option="secret_key")),
            {"": "https://api.mailjet.com/v3.1/"},
            ("GET", "/v3/REST/sender?Limit=1", "basic", ""),
            "Account, Event notifications: sent, bounce, blocked, spam, unsub",
        ),
        EspProvider(
            "sendgrid",
            "SendGrid",
            "sendgrid",
            (
                _key("API key", help="With the right Mail Send"),
                Field(
                    "region",
                    "Region",
                    secret=False,
                    choices={"us": "Global", "eu": "European Union"},
                ),
                _signing("Verification key of the signed event webhook", LATER),
            ),
            {"us": "https://api.sendgrid.com/v3/", "eu": "https://api.eu.sendgrid.com/v3/"},
            ("GET", "scopes", "bearer", ""),
            "Settings, Mail settings, Event webhook with the signature switched on: delivered, "
            "bounced, dropped, deferred, spam reports, unsubscribes",
            signature="tracking_webhook_verification_key",
            supported=False,
            metadata=False,
        ),
    )
}


def tracking_view(provider: EspProvider) -> str:
    """The name of anymail's class that reads the service's reports."""
    names = {"sparkpost": "SparkPost", "sendgrid": "SendGrid"}
    stem = names.get(provider.code, provider.code.title())
    return provider.view or f"{stem}TrackingWebhookView"
