"""The sign-in of pages that use files of Google Drive: one account of the workspace at a time."""

from datetime import timedelta

from django.utils import timezone

from salesagent.accounts import connections
from salesagent.accounts.models import Connection
from salesagent.accounts.oauth_google import Grant

SCOPE = "https://www.googleapis.com/auth/drive.file"
UNTICKED = "The box for Google Drive files was left unticked. Leave it ticked and try again."


class Unticked(Exception):
    """They came back without the one right that is needed."""


def keep(service: str, grant: Grant) -> Connection:
    """Store the sign-in and switch off other accounts of this service. Raises Unticked."""
    if SCOPE not in grant.scopes:
        raise Unticked(UNTICKED)
    now = timezone.now()
    for other in connections.of_service(service).filter(user=None).exclude(account=grant.account):
        connections.switch_off(other)
    return connections.save(
        service,
        account=grant.account,
        secret=grant.secret,
        settings={"signed_in_at": f"{now.timestamp():.0f}"},
        scopes=grant.scopes,
        ends_at=now + timedelta(seconds=grant.ends_in) if grant.ends_in else None,
    )
