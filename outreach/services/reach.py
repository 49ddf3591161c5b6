"""Channels as the services ask for them: by code, from wiring; and where a lead is reached."""

from functools import lru_cache
from typing import cast

from django.conf import settings

from leads.models import Lead
from outreach.channels.base import Channel
from salesagent.lib.registry import adapter

HIDDEN = frozenset({"fake"})  # of tests only


def channel(code: str) -> Channel:
    """Raises ImproperlyConfigured for a channel that wiring does not name."""
    return cast(Channel, adapter("CHANNELS", code)())


def channels() -> list[Channel]:
    """Every channel that wiring names, in its order."""
    return [channel(code) for code in settings.CHANNELS if code not in HIDDEN]


def codes() -> tuple[str, ...]:
    return tuple(code for code in settings.CHANNELS if code not in HIDDEN)


@lru_cache(maxsize=64)
def _manual(path: str) -> bool:
    return bool(cast(type[Channel], _class(path)).manual)


def _class(path: str) -> object:
    from django.utils.module_loading import import_string

    return import_string(path)


def is_manual(code: str) -> bool:
    """A person carries it out. A channel that is wired no longer is nobody's to send: True."""
    path = settings.CHANNELS.get(code, "")
    return _manual(path) if path else True


def label(code: str) -> str:
    return channel(code).label if code in settings.CHANNELS else code.title()


def task_label(code: str) -> str:
    """What a step of this channel is called in the editor."""
    if code not in settings.CHANNELS:
        return code.title()
    found = channel(code)
    return found.task_label or found.label


def address(lead: Lead, code: str) -> str:
    """Where the channel reaches the lead, at most 254 characters; "" when it does not."""
    if code not in settings.CHANNELS:
        return ""
    by = channel(code).reach
    if by == "post":
        return postal_address(lead)
    return str(getattr(lead, by, "") or "")[:254]


def postal_address(lead: Lead) -> str:
    """The lines of a label in one text; "" when street or town is missing."""
    if not (lead.street and lead.city):
        return ""
    town = f"{lead.postcode} {lead.city}".strip()
    lines = (lead.name, lead.company_name, lead.street, town, lead.country)
    return "\n".join(line for line in lines if line)[:254]


def missing(code: str) -> str:
    """What a lead lacks whom the channel does not reach, such as "phone number"."""
    return channel(code).reach_word if code in settings.CHANNELS else "address for this channel"
