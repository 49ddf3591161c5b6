"""What Settings, Webhooks and the line in Connections show."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.urls import reverse

from leads.models import Lead, ThreadEvent
from salesagent.accounts.cards import Card
from salesagent.accounts.cards import State as CardState
from salesagent.accounts.models import User
from salesagent.api.hooks import kinds, sending
from salesagent.api.models import Hook, HookDelivery
from salesagent.lib.text import plural

TITLE = "Webhooks"
GAIN = "None. Other programs are told of replies, meetings and deals as they happen."
ROWS = 30
State = HookDelivery.State
TINTS = {State.WAITING: "warn", State.SENT: "ok", State.FAILED: "bad"}


@dataclass(frozen=True)
class Line:
    """One address with its chip and how many of its deliveries wait or were given up."""

    hook: Hook
    level: str
    word: str
    waiting: int
    failed: int
    of: str


@dataclass(frozen=True)
class Row:
    """One delivery. `again`: when the next try is made; `number`: its SalesAgent-Delivery."""

    delivery: HookDelivery
    number: str
    lead: Lead | None
    label: str
    level: str
    word: str
    again: datetime | None
    can_replay: bool


def lines() -> list[Line]:
    """Every address; their secrets are not read."""
    given_up = Q(deliveries__state=State.FAILED)
    count = {
        "waiting": Count("deliveries", filter=Q(deliveries__state=State.WAITING)),
        "failed": Count("deliveries", filter=given_up & ~Q(deliveries__kind=kinds.PING)),
    }
    rows = Hook.objects.defer("secret", "next_secret").select_related("user").annotate(**count)
    return [line(hook) for hook in rows]


def has_next(pk: int) -> bool:
    """Whether a second secret signs too; it is not read."""
    return Hook.objects.filter(pk=pk).exclude(next_secret="").exists()


def line(hook: Hook) -> Line:
    """`hook` with the counts of `lines`."""
    level, word = _chip(hook)
    chosen = len(kinds.wanted(hook.kinds))
    of = "All events" if chosen == len(kinds.KINDS) else plural(chosen, "kind") + " of events"
    waiting, failed = getattr(hook, "waiting", 0), getattr(hook, "failed", 0)
    return Line(hook, level, word, waiting, failed, of)


def _chip(hook: Hook) -> tuple[str, str]:
    if not hook.user.is_active:
        return "bad", "Its account is closed"
    if hook.stopped_why:
        return "bad", "Stopped"
    if not hook.active:
        return "out", "Paused"
    if hook.failing_since:
        return "warn", "Tried again"
    return ("ok", "Works") if hook.last_ok_at else ("info", "New")


def rows(hook: Hook, *, state: str = "", before: int | None = None) -> list[Row]:
    """The newest deliveries below an id, one more than ROWS when there is a next page."""
    found = HookDelivery.objects.filter(hook=hook)
    if state in State.values:
        found = found.filter(state=state)
    if before:
        found = found.filter(pk__lt=before)
    some = list(found.order_by("-pk")[: ROWS + 1])
    events = ThreadEvent.objects.filter(pk__in=[one.event_id for one in some if one.event_id])
    leads = {event.pk: event.lead for event in events.select_related("lead").only(*_OF_LEAD)}
    return [_row(one, hook, leads.get(one.event_id)) for one in some]


_OF_LEAD = ("lead__first_name", "lead__last_name", "lead__email", "lead__phone")


def _row(one: HookDelivery, hook: Hook, lead: Lead | None) -> Row:
    state = State(one.state)
    tried = state == State.WAITING and bool(one.attempts)
    return Row(
        delivery=one,
        number=sending.delivery_id(one),
        lead=lead,
        label=kinds.label(one.kind),
        level=TINTS[state] if tried or state != State.WAITING else "info",
        word=_word(state, hook) if tried else str(state.label),
        again=one.next_at if tried and hook.active else None,
        can_replay=state != State.WAITING and one.kind != kinds.PING,
    )


def _word(state: State, hook: Hook) -> str:
    return "Tried again" if hook.active else str(state.label)


# --- Settings, Connections -----------------------------------------------------------------------


def cards(user: User) -> list[Card]:
    url = reverse("hooks:hooks") if user.is_owner else ""
    found = lines()
    if not found:
        return [Card(TITLE, GAIN, "off", url, icon="link")]
    bad = next((one for one in found if one.level == "bad"), None)
    slow = next((one for one in found if one.level == "warn"), None)
    seen = [one.hook.last_ok_at for one in found if one.hook.last_ok_at]
    return [
        Card(
            title=TITLE,
            text=_text(found, bad, slow),
            state=_state(found, bad, slow),
            url=url,
            icon="link",
            checked_at=max(seen, default=None),
            alert=f"{bad.hook.name} is not told of events." if bad else "",
            detail=_why(bad) if bad else "",
        )
    ]


def _state(found: list[Line], bad: Line | None, slow: Line | None) -> CardState:
    if bad or slow:
        return "stopped" if bad else "waiting"
    return "works" if any(one.level == "ok" for one in found) else "new"


def _why(line: Line) -> str:
    why = line.hook.stopped_why or "The account it belongs to is closed."
    return f"{why} What happens meanwhile waits, up to seven days."


def _text(found: list[Line], bad: Line | None, slow: Line | None) -> str:
    if bad:
        return bad.hook.stopped_why or "The account it belongs to is closed."
    if slow:
        waits = plural(slow.waiting, "delivery waits", "deliveries wait")
        return f"{slow.hook.name} does not take them. {waits} for the next try."
    return f"{plural(len(found), 'address', 'addresses')} told of events as they happen"
