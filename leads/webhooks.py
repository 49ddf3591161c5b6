"""What other systems tell us about their records: verified, counted once, then left to the queue.

The door stores nothing of the message: a task reads exactly the records that it names.
"""

from collections import defaultdict

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from leads.crm import hubspot_hooks
from leads.services import crm_erased, crm_sync
from salesagent.accounts import connections
from salesagent.accounts.models import Connection
from salesagent.lib import webhook
from salesagent.lib.crypto import SecretUnreadable

HUBSPOT = "hubspot"


@webhook.webhook()
def hubspot(request: HttpRequest) -> HttpResponse:
    """Up to 100 events. Those of other accounts, and what we did ourselves, are forgotten."""
    connection = connections.active(HUBSPOT)
    if connection is None:
        raise webhook.Forbidden("HubSpot is not connected")
    url = webhook.public_url(request)
    keys = _hubspot_keys(connection)
    if not hubspot_hooks.verified("POST", url, request.body, request.headers, keys):
        raise webhook.Forbidden("the signature is not HubSpot's, or not of now")
    events = hubspot_hooks.events_of(request.body)
    if events and all(one.portal != connection.account for one in events):
        raise webhook.Forbidden("of another account")
    _take([one for one in events if one.portal == connection.account], connection.account)
    return HttpResponse(status=204)


def _hubspot_keys(connection: Connection) -> list[str]:
    """The app's client secret: of the installation for OAuth, of a private app with its token.

    Two count while one is replaced. Raises Forbidden.
    """
    try:
        secret = connections.secret_of(connection)
    except SecretUnreadable as error:
        raise webhook.Forbidden("the stored secret cannot be read") from error
    own = [secret.get("client_secret", ""), secret.get("client_secret_2", "")]
    return [*own, settings.HUBSPOT_CLIENT_SECRET if secret.get("refresh_token") else ""]


@transaction.atomic
def _take(events: list[hubspot_hooks.Event], account: str) -> None:
    """Somebody who was deleted for privacy is stopped right here, before anything is read."""
    ids: dict[str, set[str]] = defaultdict(set)
    erased: set[str] = set()
    for one in events:
        if not one.ours and webhook.once(HUBSPOT, one.key):
            ids[one.kind] |= set(one.ids)
            erased |= set(one.ids) if one.erased and one.kind == "contact" else set()
    if erased:
        crm_erased.stop(HUBSPOT, account, sorted(erased))
    for kind, found in sorted(ids.items()):
        crm_sync.touch(HUBSPOT, account, kind, sorted(found))
