"""Look an adapter up by name in a table of salesagent.wiring; import it on first use."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string


def adapter(table: str, name: str) -> Any:
    """The class or function `table` names; raises ImproperlyConfigured for an unknown name."""
    try:
        path = getattr(settings, table)[name]
    except KeyError:
        raise ImproperlyConfigured(f"{table} has no {name!r}") from None
    return import_string(path)
