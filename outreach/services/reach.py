"""Channels as the services ask for them: by code, from wiring; and where a lead is reached."""

from collections.abc import Mapping
from functools import lru_cache
from typing import cast

from django.conf import settings

from leads.intake.places import country_name
from leads.models import Lead
from outreach.channels.base import Channel
from salesagent.lib.registry import adapter
from salesagent.lib.text import one_line

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
    lines = (lead.name, lead.company_name, lead.street, town, country_name(lead.country))
    return "\n".join(line for line in lines if line)[:254]


def missing(code: str) -> str:
    """What a lead lacks whom the channel does not reach, such as "phone number"."""
    return channel(code).reach_word if code in settings.CHANNELS else "address for this channel"


def has_subject(code: str) -> bool:
    return code in settings.CHANNELS and channel(code).subject_limit > 0


def spoken(code: str) -> bool:
    """Whether doing it means that somebody rang."""
    return code in settings.CHANNELS and channel(code).spoken


def steps() -> dict[str, str]:
    """Code -> what a step of it is called, of every channel a sequence can use."""
    return {one.code: one.task_label or one.label for one in channels()}


def labels() -> dict[str, str]:
    return {one.code: one.label for one in channels()}


def task_title(code: str) -> str:
    """The line in Today, such as "Call"."""
    if code not in settings.CHANNELS:
        return code.title()
    found = channel(code)
    return found.task_title or found.task_label or found.label


def plan_word(code: str) -> str:
    """What comes next, in a list: "Email", "Call", "LinkedIn"."""
    return task_title(code) if spoken(code) else label(code)


def prints(code: str) -> bool:
    return code in settings.CHANNELS and channel(code).prints


def outcomes(code: str) -> Mapping[str, str]:
    """How a person's task of this channel may end: code -> label."""
    return channel(code).outcomes if code in settings.CHANNELS else {}


def effects(code: str) -> Mapping[str, str]:
    return channel(code).effects if code in settings.CHANNELS else {}


def hints(code: str) -> Mapping[str, str]:
    return channel(code).hints if code in settings.CHANNELS else {}


def done_kind(code: str) -> str:
    """The thread's event for what went out by hand."""
    return channel(code).done_kind if code in settings.CHANNELS else Channel.done_kind


def link(lead: Lead, code: str) -> tuple[str, bool]:
    """(what a person opens, whether it is the lead's own page); a search where none is known."""
    if code not in settings.CHANNELS:
        return "", False
    found = channel(code)
    own = found.link(address(lead, code))
    words = one_line(f"{lead.first_name} {lead.last_name} {lead.company_name}", 150)
    return (own, True) if own else (found.search(words or lead.name), False)
