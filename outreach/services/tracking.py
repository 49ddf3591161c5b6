"""Links over our own address and the open pixel: made when a mail goes out, counted when sure.

A click is a person's only after nothing spoke against it (docs/mail.md): scanners and previews of
mail programs follow links too, all of them, at once, often in the moment of delivery. A pixel is
put only into mail to somebody whose consent is recorded, and answers without noting anything as
soon as that is withdrawn. Neither keeps an address of the reader's machine.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from leads import thread
from leads.models import Lead
from leads.services import consent, summary
from outreach.mail.html import body_html, links_in
from outreach.mail.message import OutboundMessage
from outreach.models import Sequence, Touch, TrackedLink
from salesagent.lib import signing
from salesagent.lib.text import one_line

CLICK, OPEN = "click", "open"
CONSENT = "opens"  # the channel of leads.services.consent
MOST_LINKS = 50
BURST = timedelta(seconds=3)  # two links of one mail within this: a machine follows them all
SETTLE = timedelta(seconds=10)  # a click counts when no burst came within this

_MACHINES = re.compile(
    r"bot\b|bot/|crawl|spider|scan|preview|prefetch|fetch|monitor|headless|phantom|selenium|"
    r"curl|wget|libwww|httpclient|http-client|http_request|python|perl|ruby|java/|okhttp|axios|go-http|"
    r"node|undici|guzzle|powershell|winhttp|facebookexternalhit|slack|whatsapp|telegram|discord|"
    r"skypeuri|linkedin|twitter|pinterest|bitly|embedly|imageproxy|mailproxy|"
    r"barracuda|proofpoint|mimecast|ironport|cisco|fireeye|trellix|trend ?micro|symantec|"
    r"messagelabs|forcepoint|websense|sophos|fortinet|fortimail|safelinks|urldefense|zscaler|"
    r"kaspersky|bitdefender|webroot|cloudmark|vade|checkpoint|hornet|retarus|"
    r"existence discovery|ms-office|microsoft office|microsoft outlook|skypeuripreview|"
    r"google-safety|googleother|feedfetcher",
    re.I,
)
_BROWSERS = re.compile(r"^(?:Mozilla|Opera)/\d", re.I)
_IMAGE_PROXIES = re.compile(r"imageproxy|mailproxy|ggpht|cloudflare|barracuda|proofpoint", re.I)


# --- when a mail goes out ---


def dress(touch: Touch, message: OutboundMessage) -> OutboundMessage:
    """The message with tracked links and pixel in its HTML, where its sequence wants them.

    The text part keeps the plain addresses: there a long token would stand before everybody's
    eyes. Idempotent: a mail that is tried again keeps its numbers.
    """
    sequence = _sequence(touch)
    if sequence is None or not (sequence.track_clicks or sequence.track_opens):
        return message
    links = _links(touch, message.text) if sequence.track_clicks else {}
    pixel = (
        _pixel(touch) if sequence.track_opens and consent.has_consent(touch.lead, CONSENT) else ""
    )
    if not (links or pixel):
        return message
    return replace(message, html=body_html(message.text, links, pixel))


def _sequence(touch: Touch) -> Sequence | None:
    mine = touch.kind == Touch.Kind.SEQUENCE and touch.channel == "email" and touch.enrollment
    return mine.sequence if mine else None


def _links(touch: Touch, text: str) -> dict[str, str]:
    """Address in the approved text -> our address for it, each with its row."""
    known = {link.url: link.number for link in TrackedLink.objects.filter(touch=touch)}
    found: dict[str, str] = {}
    for url in dict.fromkeys(links_in(text)):
        if len(known) >= MOST_LINKS and url not in known:
            break
        if not _worth(url) or _theirs(touch.lead, url):
            continue
        if url not in known:
            known[url] = max(known.values(), default=0) + 1
            TrackedLink.objects.create(touch=touch, number=known[url], url=url)
        token = signing.make(CLICK, [touch.pk, known[url]])
        found[url] = _page("track_click", settings.SITE_URL).replace("TOKEN", token)
    return found


def _pixel(touch: Touch) -> str:
    token = signing.make(OPEN, [touch.pk])
    return _page("track_open", settings.SITE_URL).replace("TOKEN", token)


@lru_cache(maxsize=8)
def _page(name: str, site: str) -> str:
    return site + reverse(f"outreach:{name}", args=["TOKEN"])


def _worth(url: str) -> bool:
    """A web page elsewhere; our own pages (the stop page, forms) are never counted."""
    return len(url) <= 2000 and safe(url) and host_of(url) != host_of(settings.SITE_URL)


def _theirs(lead: Lead, url: str) -> bool:
    """A page that came into the text by the lead's own data: who enters a web address as their name
    in the form would get a link of our domain that leads there."""
    told = (lead.first_name, lead.last_name, lead.company_name, lead.title, lead.city, lead.trade)
    return any(host_of(url) in value.lower() for value in told)


def safe(url: str) -> bool:
    """http or https with a host, and nothing in it that a browser reads another way."""
    if re.search(r"[\x00-\x20\x7f\\]", url) or not re.match(r"https?://[^/?#]", url, re.I):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.username is None and (parts.port or 1) > 0
    except ValueError:
        return False


def host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


# --- when somebody follows a link ---


@dataclass(frozen=True, slots=True)
class Visit:
    """What a request tells about who makes it; nothing of it is kept. `asks`: the headers that a
    browser sends when a person follows a link (values lower case)."""

    method: str
    agent: str
    asks: dict[str, str]


class NoLink(Exception):
    """Not one of our links."""


def link_of(token: str) -> TrackedLink:
    """Raises NoLink. Links never grow old: mail is read late."""
    try:
        touch_id, number = signing.read(CLICK, token)
        link = TrackedLink.objects.select_related("touch__lead").get(touch=touch_id, number=number)
    except (signing.BadToken, ValueError, TypeError, OverflowError, TrackedLink.DoesNotExist):
        raise NoLink from None
    if not safe(link.url):
        raise NoLink
    return link


def visit(link: TrackedLink, seen: Visit, now: datetime | None = None) -> bool:
    """Note a visit; False when it needs a person's second click to count ("Continue to ...").

    True: on to the page at once, whether it counts (a person) or never will (a known machine, or
    somebody who was erased).
    """
    now = now or timezone.now()
    if link.touch.lead.erased_at:
        return True
    TrackedLink.objects.filter(pk=link.pk).update(hits=F("hits") + 1)
    if seen.method == "HEAD" or is_machine(seen.agent):
        return True
    if _doubtful(link, seen, now):
        return False
    _seen_by_person(link, now)
    return True


def is_machine(agent: str) -> bool:
    return not _BROWSERS.match(agent) or bool(_MACHINES.search(agent))


def _doubtful(link: TrackedLink, seen: Visit, now: datetime) -> bool:
    asks = seen.asks
    sent = link.touch.sent_at or link.created_at
    if now - sent < timedelta(seconds=settings.CLICK_QUIET_SECONDS):
        return True
    if "text/html" not in asks.get("accept", "") or not asks.get("accept-language"):
        return True
    if "prefetch" in asks.get("sec-purpose", "") + asks.get("purpose", "") + asks.get("x-moz", ""):
        return True
    mode, dest = asks.get("sec-fetch-mode", ""), asks.get("sec-fetch-dest", "")
    if (mode and mode != "navigate") or (dest and dest != "document"):
        return True
    return _in_burst(link, now)


def _in_burst(link: TrackedLink, now: datetime) -> bool:
    """Another link of the same mail was followed just now; then none of them counts."""
    others = TrackedLink.objects.filter(touch=link.touch_id, clicked_at__gt=now - BURST)
    burst = others.exclude(pk=link.pk)
    if not burst.exists():
        return False
    burst.filter(clicks=0).update(clicked_at=None)
    return True


def _seen_by_person(link: TrackedLink, now: datetime) -> None:
    """It counts when SETTLE has passed; once it has, each further visit counts at once."""
    rows = TrackedLink.objects.filter(pk=link.pk)
    if not rows.filter(clicks__gt=0).update(clicks=F("clicks") + 1):
        rows.filter(clicked_at=None).update(clicked_at=now)


@transaction.atomic
def confirmed(link: TrackedLink, now: datetime | None = None) -> None:
    """A person pressed Continue."""
    if link.touch.lead.erased_at:
        return
    now = now or timezone.now()
    rows = TrackedLink.objects.filter(pk=link.pk)
    rows.filter(clicked_at=None).update(clicked_at=now)
    rows.update(clicks=F("clicks") + 1)
    _record(link.pk)


def settle(now: datetime | None = None, limit: int = 200) -> int:
    """Count the clicks after which no burst came; returns how many."""
    now = now or timezone.now()
    waiting = TrackedLink.objects.filter(
        clicks=0, clicked_at__lte=now - SETTLE, touch__lead__erased_at=None
    )
    counted = 0
    for pk in list(waiting.order_by("clicked_at").values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            row = TrackedLink.objects.filter(pk=pk, clicks=0, clicked_at__isnull=False)
            if row.update(clicks=1):
                _record(pk)
                counted += 1
    return counted


def _record(pk: int) -> None:
    """In the thread once for each link of a mail; the lead's newest sign."""
    link = TrackedLink.objects.select_related("touch__lead").get(pk=pk)
    touch = link.touch
    at = link.clicked_at or timezone.now()
    event = thread.record(
        lead=touch.lead,
        kind="link.clicked",
        actor="lead",
        channel="email",
        occurred_at=at,
        data={
            "touch": touch.pk,
            "number": touch.number,
            "link": link.number,
            "url": link.url[:300],
        },
        dedupe_key=f"click:{touch.pk}:{link.number}",
    )
    if event is not None:
        summary.note_sign(touch.lead_id, "Clicked", "email", at, replied=False)


def forget(lead_id: int) -> None:
    """A person is erased: when they clicked goes; the links go on working for who has the mail."""
    TrackedLink.objects.filter(touch__lead=lead_id).update(clicked_at=None)


def has_clicked(lead_id: int, sequence_id: int) -> bool:
    """Whether the lead has followed a link of this sequence's mails."""
    rows = TrackedLink.objects.filter(touch__lead=lead_id, clicks__gt=0)
    return rows.filter(touch__enrollment__sequence=sequence_id).exists()


def short(url: str) -> str:
    """A link in a few words: "halden.example/prices"."""
    parts = urlsplit(url)
    return one_line(f"{parts.hostname or ''}{parts.path.rstrip('/')}", 60)


# --- the pixel ---


def opened_by_token(token: str, agent: str) -> None:
    """Note it if it may be noted; says nothing about it."""
    try:
        (touch_id,) = signing.read(OPEN, token)
    except (signing.BadToken, ValueError, TypeError):
        return
    touches = Touch.objects.select_related("lead", "enrollment__sequence")
    touch = touches.filter(pk=touch_id).first() if isinstance(touch_id, int) else None
    if touch is not None:
        opened(touch, agent, timezone.now())


def opened(touch: Touch, agent: str, at: datetime) -> bool:
    """False when it was not noted: nobody asked for it, or the consent is missing or withdrawn.

    A quiet line in the thread: it starts nothing and changes no score.
    """
    sequence = _sequence(touch)
    if sequence is None or not sequence.track_opens or touch.lead.erased_at:
        return False
    if not consent.has_consent(touch.lead, CONSENT):
        return False
    machine = by_machine(agent)
    thread.record(
        lead=touch.lead,
        kind="mail.opened",
        actor="system" if machine else "lead",
        channel="email",
        occurred_at=at,
        data={"touch": touch.pk, "number": touch.number, "machine": machine},
        dedupe_key=f"open:{touch.pk}{':machine' if machine else ''}",
    )
    return True


def by_machine(agent: str) -> bool:
    """Image proxies load pictures whether or not somebody reads: those of Gmail and Yahoo say so,
    Apple's Mail Privacy Protection sends nothing but "Mozilla/5.0"."""
    plain = agent.strip()
    bare = plain == "Mozilla/5.0"
    return bare or not _BROWSERS.match(plain) or bool(_IMAGE_PROXIES.search(plain))
