"""What is known around a draft when it is checked: addresses, basis, sources, recent mails."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from leads.models import Lead, ThreadEvent
from leads.services.suppression import is_suppressed
from outreach.models import Mailbox, Touch
from outreach.services import merged_words, origins, receipt_sources, scheduling, texting
from outreach.services.claim_words import MENTIONS_FILE
from outreach.services.receipt_sources import Event
from outreach.services.receipts import Receipt, Sources
from salesagent.accounts.models import Workspace
from salesagent.lib import hands

RECENT = 200  # mails of the mailbox to compare with
RECENT_DAYS = 90
CONVERSATION = ("call.logged", "lead.inquired", "meeting.booked")
READ = 30  # of the thread


@dataclass(frozen=True)
class Facts:
    """What is known around a text; gathered by `facts_for`, made up by the editor's preview."""

    channel: str = "email"
    language: str = ""
    hosts: frozenset[str] = frozenset()
    calendar: str = ""  # where people pick a time, on a host that others have pages on too
    postal_address: str = ""
    to_address: str = ""
    reach: str = ""  # every address and number of the reader
    suppressed: bool = False
    basis: str = ""
    basis_expired: bool = False
    wrote_before: bool = False  # we did, on this channel
    talked_before: bool = False  # they answered, asked or took a call
    sources: str = ""  # stored facts as one text, where `known` is not given
    known: Sources | None = None
    receipts: tuple[Receipt, ...] | None = None  # made before
    machine_text: str = ""  # what no person typed
    by_ai: bool = False
    answer: bool = False  # to what they wrote: it has no footer
    recent: tuple[str, ...] = field(default=())  # mails of other steps
    frame: tuple[str, ...] = field(default=())  # mails of the same step
    texting: tuple[tuple[str, str], ...] = ()  # (code, why a text cannot go)
    merged: tuple[str, ...] = ()  # what is odd about values of the lead in the text
    unanswered: tuple[str, ...] = ()  # why "send unchanged" is not enough for this one


def facts_for(touch: Touch) -> Facts:
    """Everything the rules want to know about a touch's surroundings."""
    lead, workspace = touch.lead, Workspace.current()
    events = _events(lead)
    talked = _talked(events)
    wrote = _wrote_before(touch)
    basis, expired = _basis(lead, talked)
    ours = scheduling.links(_sender(touch))
    others, same_step = _recent(touch)
    theirs = origins.of_program(lead)
    known = _known(touch, events, talked, wrote, next(iter(ours), ""), theirs)
    pains = receipt_sources.pains(known)
    return Facts(
        channel=touch.channel,
        language=lead.language,
        hosts=own_hosts(workspace, touch.mailbox, lead, *ours),
        calendar=_shared(ours, own_hosts(workspace, touch.mailbox, lead)),
        postal_address=workspace.postal_address,
        to_address=touch.to_address,
        reach="\n".join(filter(None, (touch.to_address, lead.email, lead.phone))),
        suppressed=bool(lead.pk) and is_suppressed(lead, touch.channel),
        basis=basis,
        basis_expired=expired,
        wrote_before=wrote,
        talked_before=talked,
        known=known,
        machine_text=f"{touch.subject}\n{touch.machine_body}" if touch.machine_body else "",
        by_ai=touch.writer.startswith("ai"),
        answer=touch.kind == Touch.Kind.REPLY,
        recent=others,
        frame=same_step,
        texting=tuple(texting.draft_problems(touch)),
        merged=tuple(merged_words.odd(touch, pains)),
        unanswered=tuple(merged_words.unanswered(touch, theirs, pains)),
    )


def sources_of(touch: Touch) -> Sources:
    """Everything stored that this touch may rest on; it need not be saved."""
    events, calendar = _events(touch.lead), scheduling.link(_sender(touch))
    theirs = origins.of_program(touch.lead)
    return _known(touch, events, _talked(events), _wrote_before(touch), calendar, theirs)


def _sender(touch: Touch) -> int | None:
    """Who writes it, as merge.fields_for sees it."""
    box = touch.mailbox
    return touch.author_id or (box.user_id if box else None) or touch.lead.owner_id


def _talked(events: list[Event]) -> bool:
    return any(direction == "in" or kind in CONVERSATION for _, kind, direction, *_ in events)


def _known(
    touch: Touch,
    events: list[Event],
    talked: bool,
    wrote: bool,
    calendar: str,
    theirs: Collection[str],
) -> Sources:
    """Attachments are counted only where the text speaks of one."""
    mentions = MENTIONS_FILE.search(touch.body[:20_000]) if touch.pk else None
    count = touch.attachments.count() if mentions else 0
    return receipt_sources.sources_for(
        touch,
        events,
        talked=talked,
        wrote=wrote,
        attachments=count,
        calendar=calendar,
        theirs=theirs,
    )


def _events(lead: Lead) -> list[Event]:
    """(id, kind, direction, day, text) of what both said and what we noted, newest first."""
    if not lead.pk:
        return []
    wanted = Q(direction="in") | Q(kind__in=(*CONVERSATION, "note.added", "touch.sent"))
    events = ThreadEvent.objects.filter(wanted, lead=lead).order_by("-occurred_at", "-id")
    events = events.exclude(kind="note.added", data__has_key=hands.MARK)  # no source for anything
    rows = events.values_list("pk", "kind", "direction", "occurred_at", "body")[:READ]
    return [
        (pk, kind, direction, timezone.localdate(at), body[:4000])
        for pk, kind, direction, at, body in rows
    ]


def _basis(lead: Lead, talked: bool) -> tuple[str, bool]:
    """(the basis in words, whether it has run out). Somebody who wrote to us may be answered."""
    expires = lead.basis_expires_at
    expired = bool(expires and expires < timezone.localdate() and not talked)
    if lead.lawful_basis:
        return Lead.Basis(lead.lawful_basis).label, expired
    return ("They wrote to us" if talked else ""), expired


def own_hosts(
    workspace: Workspace, mailbox: Mailbox | None, lead: Lead | None, *calendars: str
) -> frozenset[str]:
    """Hosts a message may link to: ours, the calendars', and the lead's own company's."""
    urls = (workspace.website, *calendars, settings.SITE_URL)
    hosts = {(urlsplit(url).hostname or "").removeprefix("www.") for url in urls if url}
    hosts.add(mailbox.domain if mailbox else "")
    hosts.add((lead.company.domain or "") if lead and lead.company else "")
    return frozenset(host.casefold() for host in hosts if host)


def _shared(calendars: Iterable[str], own: frozenset[str]) -> str:
    """The links, one a line, but for those whose host is ours anyway."""

    def ours(calendar: str) -> bool:
        host = (urlsplit(calendar).hostname or "").removeprefix("www.").casefold()
        return any(host == one or host.endswith(f".{one}") for one in own)

    return "\n".join(one for one in calendars if not ours(one))


def _wrote_before(touch: Touch) -> bool:
    if touch.in_reply_to:
        return True
    if not touch.lead.pk:
        return False
    sent = Touch.objects.filter(lead=touch.lead, channel=touch.channel, sent_at__isnull=False)
    return sent.exclude(pk=touch.pk).exists()


def _recent(touch: Touch) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Bodies this mailbox sent lately: of other steps, and of the touch's own step."""
    if touch.channel != "email" or not touch.mailbox:
        return (), ()
    since = timezone.now() - timedelta(days=RECENT_DAYS)
    sent = Touch.objects.filter(mailbox=touch.mailbox, sent_at__gte=since).exclude(pk=touch.pk)
    rows = list(sent.order_by("-sent_at").values_list("step_key", "body")[:RECENT])
    mine = touch.step_key
    others = tuple(body for key, body in rows if not mine or key != mine)
    return others, tuple(body for key, body in rows if mine and key == mine)
