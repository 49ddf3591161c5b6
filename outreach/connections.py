"""The lines of outreach on Settings, Connections: mailboxes, and the services that send for us."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from outreach import mailbox_page, selectors_mail
from outreach.channels.base import Channel
from outreach.models import Mailbox, Touch
from outreach.services import guards, reach
from salesagent.accounts import connections
from salesagent.accounts.cards import Card, State
from salesagent.accounts.models import Connection, User
from salesagent.lib import budget
from salesagent.lib.text import plural

MAILBOX_NAMES = {"gmail": "Gmail", "smtp": "Mailbox", "file": "Demo mailbox", "esp": "Mail service"}


def cards(user: User) -> list[Card]:
    boxes = mailbox_page.boxes(selectors_mail.mailboxes_visible(user))
    return [*(_mailbox(box) for box in boxes), *_no_mailbox(boxes), *_services(user)]


def _no_mailbox(boxes: list[mailbox_page.Box]) -> list[Card]:
    if boxes:
        return []
    text = "Not connected. Sequences send from your own address and read the answers there."
    return [Card("Mailbox", text, "off", reverse("outreach:mailbox_new"), channel="email")]


def _mailbox(box: mailbox_page.Box) -> Card:
    mailbox = box.mailbox
    state: State = "works"
    if mailbox.state == Mailbox.State.OFF:
        state = "off"
    elif mailbox.state == Mailbox.State.PAUSED:
        state = "stopped"
    elif box.trouble:
        state = "waiting"
    elif not box.checked_at:
        state = "new"
    stopped = state == "stopped"
    sign_in = mailbox.paused_code == "auth"
    return Card(
        title=f"{MAILBOX_NAMES.get(mailbox.transport, 'Mailbox')}, {mailbox.address}",
        text=box.trouble or f"{box.sent_today} of {box.cap} sent today{_bounces(mailbox)}",
        state=state,
        url=reverse("outreach:mailbox", args=[mailbox.pk]),
        channel="email",
        checked_at=box.checked_at,
        alert=_headline(mailbox, sign_in=sign_in) if stopped else "",
        detail=f"{box.trouble} {_waits(box.waiting)}" if stopped else "",
        button="Sign in again" if sign_in else "Look at it",
    )


def _bounces(mailbox: Mailbox) -> str:
    """The share that came back in seven days, when enough was sent to speak of one."""
    found = guards.health(mailbox, timezone.now())
    return "" if found.state == "few" else f", bounce {100 * found.bounce_rate:.1f} %"


def _headline(mailbox: Mailbox, *, sign_in: bool) -> str:
    return f"{mailbox.address} {'needs a new sign-in' if sign_in else 'is paused'}."


def _waits(count: int) -> str:
    if not count:
        return "No approved message waits."
    if count == 1:
        return "1 approved message waits, it is not lost."
    return f"{count} approved messages wait, none is lost."


# --- services that belong to the workspace -------------------------------------------------------


@dataclass(frozen=True)
class Service:
    """`title`, `gain`: the line while it is off. `page`: where the owner connects it."""

    code: str
    title: str
    gain: str
    page: str
    channel: str


SERVICES = (
    Service(
        "twilio",
        "Twilio, WhatsApp and SMS",
        "Not connected. Text people who agreed to it, and call through your own phone.",
        "outreach:twilio",
        "whatsapp",
    ),
    Service(
        "esp",
        "Mail service",
        "Not connected. Send through Postmark, Mailgun, Brevo and others, with their reports.",
        "outreach:esp",
        "email",
    ),
)


def _services(user: User) -> list[Card]:
    """The owner manages them; everybody sees how they are."""
    wired = {channel.service: channel for channel in reach.channels() if channel.service}
    known = [one for one in SERVICES if one.code in {*wired, "esp"} and _has_page(one)]
    own = [_plain(wired[code]) for code in wired.keys() - {one.code for one in SERVICES}]
    return [_service(one, user) for one in [*known, *sorted(own, key=lambda one: one.title)]]


def _plain(channel: Channel) -> Service:
    """A service without a page of its own: its line shows how it is, and nothing to click."""
    return Service(channel.service, channel.label, "Not connected.", "", channel.code)


def _has_page(service: Service) -> bool:
    try:
        return bool(reverse(service.page))
    except NoReverseMatch:
        return False


def _service(service: Service, user: User) -> Card:
    url = reverse(service.page) if service.page and user.is_owner else ""
    row = connections.active(service.code)
    if row is None:
        return Card(service.title, service.gain, "off", url, channel=service.channel)
    waiting = _waiting(service.code)
    broken = row.state == Connection.State.BROKEN
    pause = _paused(row)
    states: dict[str, State] = {"broken": "stopped", "waiting": "waiting", "on": "works"}
    state = "waiting" if pause and not broken else states.get(row.state, "new")
    working = f"{plural(_sent_today(service.code), 'message')} today"
    return Card(
        title=service.title,
        text=row.error or pause or working,
        state="new" if state == "works" and row.last_ok_at is None else state,
        url=url,
        channel=service.channel,
        checked_at=row.last_ok_at or row.error_at,
        alert=f"{service.title} needs you." if broken else "",
        detail=f"{row.error} {_waits(waiting)}" if broken else "",
    )


def _paused(row: Connection) -> str:
    """The provider asked for a pause, or too many calls failed in a row."""
    state = budget.state(row.service, row.account)
    moments = (state.not_before, state.opened_until) if state else ()
    until = max(filter(None, moments), default=None)
    if until is None or until <= timezone.now():
        return ""
    return f"Asked us to wait until {timezone.localtime(until):%H:%M}. Then it goes on by itself."


def _codes(service: str) -> list[str]:
    return [channel.code for channel in reach.channels() if channel.service == service]


def _waiting(service: str) -> int:
    rows = Touch.objects.filter(state=Touch.State.APPROVED)
    if service == "esp":
        return rows.filter(mailbox__transport=Mailbox.Transport.ESP).count()
    return rows.filter(channel__in=_codes(service)).count()


def _sent_today(service: str) -> int:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Touch.objects.filter(sent_at__gte=midnight, state=Touch.State.SENT)
    if service == "esp":
        return rows.filter(mailbox__transport=Mailbox.Transport.ESP).count()
    return rows.filter(channel__in=_codes(service)).count()
