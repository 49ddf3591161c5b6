"""What the Approvals page shows: the list around a draft, and the draft itself."""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import Truncator

from leads.models import Lead, ThreadEvent
from leads.services import zones
from outreach import first_steps, selectors_drafts, selectors_work
from outreach.draft_marks import marked
from outreach.models import Touch
from outreach.selectors_drafts import draft_counts, drafts, narrow
from outreach.selectors_work import PAGE
from outreach.services import answering, calendars, drafting, letters, policy, reach
from outreach.services.approval import SKIP_REASONS
from salesagent.accounts.access import current
from salesagent.accounts.models import User, Workspace
from salesagent.lib.text import one_line
from salesagent.templatetags.ui import ago, chan, score

LEFT_LYING = 900  # seconds; a draft that was open longer was not read all the time
AT_ONCE = timedelta(minutes=2)  # what goes out within it goes at once, in the page's words
_ASKED = (drafting.WAITING, answering.WAITING)


@dataclass
class Listing:
    """One page of drafts as this request asks for it."""

    rows: list[Touch]
    counts: dict[str, Any]
    show: str
    more: bool
    first_page: bool

    @property
    def total(self) -> int:
        return int(self.counts[self.show])

    @property
    def signature(self) -> str:
        """What `signature` says of all rows, from the counts that were read anyway."""
        facts = {key: self.counts[key] for key in ("newest", "changed")}
        return _signature({"n": self.total, **facts})

    def place(self, touch: Touch) -> int:
        """1-based place on this page; 0 when it is not on it."""
        keys = [row.pk for row in self.rows]
        return keys.index(touch.pk) + 1 if touch.pk in keys else 0


def shown(request: HttpRequest) -> str:
    """Which filter: from the URL, or the hidden field of a form."""
    value = request.POST.get("show") or request.GET.get("show", "")
    return value if value in selectors_drafts.FILTERS else "mine"


def list_of(request: HttpRequest, touch: Touch) -> None:
    """Beside somebody else's draft stands the team's list, where no other is asked for."""
    if "show" not in request.GET and touch.lead.owner_id != current(request).pk:
        asked = request.GET.copy()
        asked["show"] = "team"
        request.GET = asked  # type: ignore[assignment]


def query(request: HttpRequest) -> str:
    """The part of the URL that keeps the list as it is."""
    show = shown(request)
    return f"?{urlencode({'show': show})}" if show != "mine" else ""


def _key(request: HttpRequest) -> tuple[datetime, int] | None:
    moment, _comma, pk = request.GET.get("after", "").partition(",")
    if not (pk.isascii() and pk.isdecimal() and len(pk) < 19):
        return None
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (parsed, int(pk)) if timezone.is_aware(parsed) else None


def listing(request: HttpRequest) -> Listing:
    """Counts and one page of rows: two queries."""
    user, show = current(request), shown(request)
    key = _key(request)
    rows = selectors_drafts.draft_page(narrow(drafts(user), user, show), key)
    return Listing(rows[:PAGE], draft_counts(user, show), show, len(rows) > PAGE, key is None)


def signature(rows: QuerySet[Touch]) -> str:
    """Changes when a draft comes, goes or gets other words."""
    return _signature(rows.aggregate(n=Count("pk"), newest=Max("pk"), changed=Max("updated_at")))


def _signature(facts: dict[str, Any]) -> str:
    return f"{zlib.crc32(repr(sorted(facts.items())).encode()):x}"


def frame(request: HttpRequest, page: Listing) -> dict[str, Any]:
    """The head and the list."""
    user = current(request)
    ready = [one for one in page.rows if one.checks_passed and one.kind != Touch.Kind.REPLY]
    last = page.rows[-1] if page.more else None
    steps = [] if user.checklist_hidden else first_steps.checklist(user)
    undone = [step for step in steps if not step[2]]
    return {
        "page": "approvals",
        "listing": page,
        "groups": [
            (heading, [_cells(touch) for touch in part])
            for heading, part in selectors_drafts.draft_groups(page.rows, timezone.now())
        ],
        "chips": _chips(user, page),
        "query": query(request),
        "show": page.show,
        "ready": [(touch.pk, policy.text_hash(touch)) for touch in ready],
        "goes": partial(_span, [touch.pk for touch in ready]),  # asked by the whole page only
        "next_key": f"{last.due_at.isoformat()},{last.pk}" if last else "",
        "sig": page.signature,
        "paused": selectors_work.paused_mailboxes(user),
        "asking": request.GET.get("ask", ""),
        "steps": steps,
        "steps_done": len(steps) - len(undone),
        "next_step": undone[0] if undone else None,
    }


@dataclass(frozen=True)
class Span:
    """When several drafts would go out if they were approved now; `first` None: at once."""

    first: datetime | None
    last: datetime | None


def _span(ids: list[int]) -> Span:
    """By the same planner as each draft's own time."""
    now, workspace = timezone.now(), Workspace.current()
    rows = Touch.objects.filter(pk__in=ids).select_related("lead", "enrollment__sequence")
    times = sorted(_goes_at(touch, now, workspace) for touch in rows)
    soon = now + AT_ONCE
    first, last = (times[0], times[-1]) if times else (now, now)
    return Span(first if first > soon else None, last if last > soon else None)


def _cells(touch: Touch) -> dict[str, Any]:
    """A row of the list as it is printed; a template finds a key of a dict at once."""
    lead, number = touch.lead, touch.number
    return {
        "pk": touch.pk,
        "chan": chan(touch.channel),
        "name": lead.name,
        "when": f"{number} of {lead.sequence_total or number}" if number else ago(touch.created_at),
        "text": _cut(touch.subject or touch.body, 90),
        "passed": touch.checks_passed,
        "answer": touch.kind == Touch.Kind.REPLY,
        "worry": "" if touch.checks_passed else _cut(touch.worry or "Not checked yet", 34),
        "score": score(lead.score),
    }


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else Truncator(text).chars(length)


def _chips(user: User, page: Listing) -> list[tuple[str, str, int]]:
    """Whose, then what of them; what is past its time only while there is some."""
    counts, names = page.counts, [("mine", "Mine")]
    if user.is_manager or counts["team"] != counts["mine"]:
        names.append(("team", "Everyone" if user.is_owner else "Team"))
    of = "team-" if selectors_drafts.of_team(page.show) else ""
    names.append((f"{of}look", "Need a look"))
    if counts[f"{of}late"] or page.show == f"{of}late":
        names.append((f"{of}late", "Past their time"))
    return [(code, label, counts[code]) for code, label in names]


def read_for(request: HttpRequest) -> int | None:
    """Seconds since the draft was opened, from the form; None when it was left lying or is odd."""
    given = request.POST.get("opened_at", "")
    if not (given.isascii() and given.isdigit() and len(given) <= 11):
        return None
    seconds = int(timezone.now().timestamp()) - int(given)
    return seconds if 1 <= seconds <= LEFT_LYING else None


def pane(request: HttpRequest, touch: Touch, page: Listing) -> dict[str, Any]:
    """The open draft with its checks, variants, times and the place in the list."""
    zone = zones.zone_for(touch.lead)
    now = timezone.now()
    workspace = Workspace.current()
    due = _goes_at(touch, now, workspace)
    link, own = reach.link(touch.lead, touch.channel)
    paused = touch.enrollment is not None and touch.enrollment.state == "paused"
    return {
        "touch": touch,
        "answered": _answered(touch),
        "marks": marked(touch),
        "lead": touch.lead,
        "seen_hash": policy.text_hash(touch),
        "opened_at": str(int(now.timestamp())),
        "is_draft": touch.state == Touch.State.DRAFT,
        "waits": waits(touch),
        "can_undo": touch.state in (Touch.State.APPROVED, Touch.State.TODO),
        "goes_by_itself": not reach.is_manual(touch.channel),
        "goes_at": due,
        "at_once": due <= now + AT_ONCE,
        "local_due": f"{due.astimezone(zone):%H:%M}",  # a template would turn it into our zone
        "local_differs": due.astimezone(zone).utcoffset() != timezone.localtime(due).utcoffset(),
        "variants": _variants(touch),
        "workspace": workspace,
        "reason": letters.why_you_get_this(touch.lead) if touch.kind == "sequence" else "",
        "to": to_words(touch, link if own else ""),
        "paused_by": touch.enrollment.get_reason_display() if touch.enrollment and paused else "",
        "place": page.place(touch),
        "listing": page,
        "following": _following(page, touch),
        "query": query(request),
        "show": page.show,
        "editing": request.GET.get("edit") == "1" and touch.state == Touch.State.DRAFT,
        "asking": request.GET.get("ask", ""),
        "skip_reasons": SKIP_REASONS,
        "worse": [check for check in touch.checks if check.get("level") != "ok"],
    }


def _answered(touch: Touch) -> ThreadEvent | None:
    """The message that a drafted answer answers, to be read above it."""
    event = touch.answers if touch.answers_id else None
    return event if event and not event.redacted_at else None


def waits(touch: Touch) -> bool:
    """The model is still to write it: the pane asks again until it has."""
    return touch.state == Touch.State.DRAFT and touch.writer_note in _ASKED


def _goes_at(touch: Touch, now: datetime, workspace: Workspace) -> datetime:
    """When it would go out if it were approved now, chosen as the policy does; caps may move it."""
    earliest = max(touch.due_at, touch.not_before or now, now)
    if reach.is_manual(touch.channel) or touch.kind != Touch.Kind.SEQUENCE:
        return earliest
    start, end = policy.window_of(touch, workspace)
    window: Any = {"start": start, "end": end, "days": calendars.days_of(workspace)}
    try:
        opening = calendars.next_slot(touch.lead, earliest, **window)
        if opening <= earliest:
            return earliest
        return calendars.next_slot(touch.lead, opening, spread_seed=touch.pk, **window)
    except ValueError:  # no open hour is left in the year
        return earliest


def _variants(touch: Touch) -> list[str]:
    if touch.step is None or touch.state != Touch.State.DRAFT:
        return []
    labels = list(touch.step.variants.values_list("label", flat=True))
    return labels if len(labels) > 1 else []


def to_words(touch: Touch, profile: str) -> str:
    """Whom it goes to, as the page says it. `profile`: a checked link to them, if there is one."""
    lead: Lead = touch.lead
    if touch.channel == "email":
        return one_line(touch.to_address or lead.email or "", 254)
    address = reach.address(lead, touch.channel)
    if profile and not reach.spoken(touch.channel):
        return profile
    label = reach.label(touch.channel)
    searched = f"Found by a search on {label}" if reach.link(lead, touch.channel)[0] else ""
    return one_line(address) or searched or f"No {reach.missing(touch.channel)} is known"


def _following(page: Listing, touch: Touch) -> Touch | None:
    place = page.place(touch)
    return page.rows[place] if 0 < place < len(page.rows) else None


def after(request: HttpRequest, touch: Touch) -> Touch | None:
    """The draft to show once `touch` is decided: the one below it, else the first that is left."""
    user = current(request)
    rows = narrow(drafts(user), user, shown(request)).exclude(pk=touch.pk)
    below = Q(due_at__gt=touch.due_at) | Q(due_at=touch.due_at, pk__gt=touch.pk)
    order = ("due_at", "pk")
    return rows.filter(below).order_by(*order).first() or rows.order_by(*order).first()
