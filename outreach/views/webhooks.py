"""What services tell us about texts: delivery reports and messages that come in.

Verified first, then one service call, then 204 or the empty TwiML: no session, no queue.
"""

from django.http import HttpRequest, HttpResponse, QueryDict

from outreach.channels import twilio_hooks
from outreach.services import text_reports, texts_inbound
from salesagent.accounts import connections
from salesagent.accounts.models import Connection
from salesagent.lib import webhook
from salesagent.lib.crypto import SecretUnreadable

SERVICE = "twilio"
MAX_BYTES = 100_000
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


def twilio_form(request: HttpRequest) -> tuple[Connection, QueryDict]:
    """The form of a webhook that this workspace's Twilio account has signed.

    Both auth tokens count while one is replaced. Raises webhook.Forbidden.
    """
    connection = connections.active(SERVICE)
    if connection is None:
        raise webhook.Forbidden("Twilio is not connected")
    try:
        secret = connections.secret_of(connection)
    except SecretUnreadable as error:
        raise webhook.Forbidden("the stored auth token cannot be read") from error
    tokens = [secret.get("auth_token", ""), secret.get("auth_token_2", "")]
    form = request.POST
    if not twilio_hooks.verified(webhook.public_url(request), form, request.headers, tokens):
        raise webhook.Forbidden("the signature is not Twilio's")
    if form.get("AccountSid", connection.account) != connection.account:
        raise webhook.Forbidden("of another account")
    return connection, form


@webhook.webhook(max_bytes=MAX_BYTES, content_types=webhook.FORM)
def twilio_status(request: HttpRequest) -> HttpResponse:
    """A report on a message of ours. Unknown messages and words are taken and forgotten."""
    _, form = twilio_form(request)
    if event := twilio_hooks.status_of(form):
        text_reports.note_status(event, request.GET.get("t", ""))
    return HttpResponse(status=204)


@webhook.webhook(max_bytes=MAX_BYTES, content_types=webhook.FORM)
def twilio_inbound(request: HttpRequest) -> HttpResponse:
    """A text to us. The empty answer: Twilio itself writes nothing back."""
    _, form = twilio_form(request)
    event = twilio_hooks.inbound_of(form)
    if event is None:
        raise webhook.Forbidden("no message in it")
    texts_inbound.receive(event)
    return HttpResponse(EMPTY, content_type="text/xml")
