"""Signing in to Salesforce: an External Client App with the client credentials flow.

Consumer key and secret give a token that lives as long as a session does there (two hours, as the
organisation sets it); nobody says how long. A refresh token is used instead where there is one.
Facts: help.salesforce.com, "OAuth 2.0 Client Credentials Flow for Server-to-Server Integration".
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from leads.crm import salesforce_errors as errors
from leads.crm.base import CrmError, Settings
from leads.crm.salesforce_wire import SERVICE, base_url, body_of
from salesagent.lib import http


@dataclass
class Tokens:
    """A `secret` for the adapter: keeps a token in memory and fetches another when one is refused.

    `client`: gives client_id, client_secret and, where there is one, refresh_token.
    """

    client: Callable[[], Mapping[str, str]]
    settings: Settings
    _token: str = field(default="", repr=False)

    def __call__(self, refused: str = "") -> str:
        if not self._token or self._token == refused:
            self._token = fetch(self.client(), self.settings)
        return self._token


def fetch(client: Mapping[str, str], settings: Settings) -> str:
    """A new access token. Raises CrmError."""
    base = base_url(settings)
    pair = f"{client.get('client_id', '')}:{client.get('client_secret', '')}"
    form = {"grant_type": "client_credentials"}
    if client.get("refresh_token"):
        form = {"grant_type": "refresh_token", "refresh_token": client["refresh_token"]}
    try:
        answer = http.call(
            "POST",
            f"{base}/services/oauth2/token",
            service=SERVICE,
            account=str(settings.extra.get("account") or urlsplit(base).netloc),
            headers={"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"},
            data=form,
            timeout=(5, 30),
            idempotent=True,
            allow_hosts={urlsplit(base).netloc},
        )
    except http.HttpFault as fault:
        raise errors.of_fault(fault) from None
    if not answer.ok:
        raise errors.of_login(answer)
    return _token_of(body_of(answer))


def _token_of(found: object) -> str:
    token = found.get("access_token") if isinstance(found, dict) else None
    if isinstance(token, str) and 0 < len(token) < 10_000 and token.isascii():
        return token
    raise CrmError("Salesforce sent no readable answer.", permanent=False)
