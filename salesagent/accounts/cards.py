"""One line of Settings, Connections: what a connected service does, and what to do about it.

Apps add theirs by `CONNECTIONS` in wiring: callables (user) -> list of cards.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Literal

from django.conf import settings
from django.utils.module_loading import import_string

from salesagent.accounts.models import User

State = Literal["works", "waiting", "stopped", "off", "new"]


@dataclass(frozen=True, slots=True)
class Card:
    """`text`: how it goes in numbers, or what it would bring. `url` may be empty: nothing to
    manage for this user. `alert`, `detail`: for a service that needs a person, the headline and
    what happened, what waits and that nothing is lost; `button` leads to `url`."""

    title: str
    text: str
    state: State
    url: str = ""
    icon: str = ""  # of static/icons; or `channel`
    channel: str = ""
    checked_at: datetime | None = None
    alert: str = ""
    detail: str = ""
    button: str = "Look at it"


def cards(user: User) -> list[Card]:
    """Everything this user may see, in wiring's order."""
    return list(chain.from_iterable(import_string(path)(user) for path in settings.CONNECTIONS))
