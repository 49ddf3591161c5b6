"""What fields the other system has, asked once in a while, and which one is usual for ours."""

from django.core.cache import cache

from leads.crm import hubspot_fields, salesforce_fields
from leads.crm.base import FIELDS, CrmError, Kind, RemoteField
from leads.services.crm_accounts import adapter_for
from salesagent.accounts.models import Connection

SECONDS = 300
MOST = 2000


def there(connection: Connection, kind: Kind) -> tuple[list[RemoteField], str]:
    """Their fields by label, and why there are none just now. A call the first time."""
    key = f"crm-fields:{connection.pk}:{connection.version}:{kind}"
    found: list[RemoteField] | None = cache.get(key)
    if found is not None:
        return found, ""
    try:
        asked = adapter_for(connection).fields(kind)
    except CrmError as error:
        return [], error.message
    found = sorted(asked, key=lambda one: (one.label.lower(), one.code))[:MOST]
    cache.set(key, found, SECONDS)
    return found, ""


def usual(provider: str, kind: Kind) -> dict[str, str]:
    """Our code -> the field there that holds it when nothing else is chosen."""
    if provider == "hubspot":
        return hubspot_fields.PROPERTIES.get(kind, {})
    if provider == "salesforce":
        return salesforce_fields.COLUMNS.get(kind, {})
    return {code: code for code in FIELDS[kind]}
