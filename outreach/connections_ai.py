"""The line of the language model on Settings, Connections: how it is, and what waits for it."""

from django.urls import reverse

from outreach.models import Touch
from outreach.services.drafting import WAITING
from salesagent.accounts import ai, ai_page
from salesagent.accounts.cards import Card, State
from salesagent.accounts.models import Connection, User
from salesagent.lib.text import plural

TITLE = "Language model"
GAIN = "Not connected. Templates write. With one, drafts are written for each lead."


def cards(user: User) -> list[Card]:
    """The owner manages it; everybody sees how it is."""
    url = reverse("settings:ai") if user.is_owner else ""
    row = ai.connection()
    if row is None:
        return [Card(TITLE, GAIN, "off", url, icon="sparkles")]
    broken = row.state == Connection.State.BROKEN
    states: dict[str, State] = {"broken": "stopped", "waiting": "waiting", "on": "works"}
    state = states.get(row.state, "new")
    card = Card(
        title=f"{TITLE}, {row.settings.get('model', '')}".rstrip(", "),
        text=row.error or _working(user),
        state="new" if state == "works" and row.last_ok_at is None else state,
        url=url,
        icon="sparkles",
        checked_at=row.last_ok_at or row.error_at,
        alert="The language model needs you." if broken else "",
        detail=f"{row.error} Templates write meanwhile; no draft is lost." if broken else "",
    )
    return [card]


def _working(user: User) -> str:
    """What waits for it, and to the owner what it has cost."""
    waiting = Touch.objects.filter(state=Touch.State.DRAFT, writer_note=WAITING).count()
    text = f"{plural(waiting, 'draft')} to write" if waiting else "Nothing waits for it"
    config = ai.config()
    if config is None or not user.is_owner:
        return text
    money = ai_page.money(config)
    return f"{text}. {money.spent} of {money.limit} this month"
