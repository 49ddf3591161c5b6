"""The thread as a page reads it: events in; days, bubbles, quiet lines and folded groups out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from leads import family, search
from leads.models import Lead, ThreadEvent
from leads.services.merging import UNDO_FOR
from leads.thread import KINDS
from leads.thread_lines import OUTCOMES, say
from leads.thread_names import Names, names_for
from leads.thread_rows import Line, Row, ThreadFacts, TouchFacts, arrange, fold_text
from salesagent.ai.rules import LABELS
from salesagent.lib.sql import Rows
from salesagent.lib.text import one_line
from salesagent.templatetags.ui import channel_word

PAGE = 50
NEW_LIMIT = 200
GROUPS = {"messages": "Messages", "calls": "Calls", "notes": "Notes", "signals": "Signals"}
TEXTS = ("messages", "calls", "notes")  # shown with their whole text
SAME = ("reason", "channel", "source")  # of an opt-out that is noted for several addresses
SENT = ("touch.sent", "linkedin.done", "touch.done")
MERGED = ("touch.drafted", "touch.approved")  # told by the bubble of the sent touch
NEVER_FOLDED = {
    "lead.inquired",
    "lead.suppressed",
    "lead.merged",
    "enrollment.paused",
    "enrollment.stopped",
    "touch.failed",
    "touch.unknown",
    "touch.bounced",
    "deal.opened",
    "deal.won",
    "deal.lost",
}


@dataclass(frozen=True)
class ThreadPage:
    """`earlier`: id of the oldest event shown, when there are older ones; `events`: how many."""

    rows: list[Row]
    earlier: int | None
    events: int
    classes: ClassVar[list[tuple[str, str]]] = list(LABELS.items())


@dataclass(frozen=True)
class Overview:
    """`counts`: events under each filter, and `all`. `newest`: the highest id, 0 when empty."""

    counts: dict[str, int]
    newest: int


def overview(lead: Lead) -> Overview:
    """One query for the numbers on the filter chips."""
    numbers = dict.fromkeys(GROUPS, 0)
    newest = 0
    rows = family.events(lead).order_by().values_list("kind").annotate(n=Count("id"), top=Max("id"))
    for kind, n, top in rows:
        group = KINDS[kind].group if kind in KINDS else "signals"
        numbers[group] = numbers.get(group, 0) + n
        newest = max(newest, top)
    return Overview({"all": sum(numbers.values()), **numbers}, newest)


def newest_id(lead: Lead) -> int:
    top: int | None = family.events(lead).aggregate(top=Max("id"))["top"]
    return top or 0


def events_of(lead: Lead, *, group: str = "", query: str = "") -> QuerySet[ThreadEvent]:
    events = family.events(lead)
    if group in GROUPS:
        events = events.filter(kind__in=[k.code for k in KINDS.values() if k.group == group])
    return search.find_events(events, query) if search.words(query) else events


_NEWEST = Rows(
    lambda lead: ThreadEvent.objects.filter(lead=lead).order_by("-occurred_at", "-id")[: PAGE + 1]
)


def read(lead: Lead, *, group: str = "", query: str = "", before: int | None = None) -> ThreadPage:
    """The newest events, or the ones before event `before`; oldest first."""
    if before is None and not group and not query and family.alone(lead):
        found = _NEWEST.all(lead.pk)
    else:
        events = events_of(lead, group=group, query=query)
        if before is not None:
            events = events.filter(_older_than(lead, before))
        found = list(events.order_by("-occurred_at", "-id")[: PAGE + 1])
    shown = found[:PAGE][::-1]
    return _page(lead, shown, more=len(found) > PAGE, plain=bool(group or query))


def _older_than(lead: Lead, event_id: int) -> Q:
    mark = family.events(lead).filter(pk=event_id).first()
    if mark is None:
        return Q(pk__in=[])
    return Q(occurred_at__lt=mark.occurred_at) | Q(occurred_at=mark.occurred_at, pk__lt=mark.pk)


def read_new(lead: Lead, after: int, *, group: str = "", query: str = "") -> ThreadPage | None:
    """What was recorded since event `after`, or None: then it cost one small query."""
    found = list(
        events_of(lead, group=group, query=query).filter(pk__gt=after).order_by("pk")[:NEW_LIMIT]
    )
    if not found:
        return None
    found.sort(key=lambda event: (event.occurred_at, event.pk))
    last = family.events(lead).filter(pk__lte=after).order_by("occurred_at", "id").last()
    since = timezone.localtime(last.occurred_at).date() if last else None
    return _page(lead, found, more=False, plain=bool(group or query), since=since)


def _page(
    lead: Lead,
    events: Sequence[ThreadEvent],
    *,
    more: bool,
    plain: bool,
    since: date | None = None,
) -> ThreadPage:
    facts = _facts(lead, events)
    shown = list(events) if plain else _without_merged(events, facts)
    made = to_lines(shown, names_for(shown, lead), facts)
    return ThreadPage(
        rows=arrange(made, fold=not plain, since=since),
        earlier=events[0].pk if more else None,
        events=len(events),
    )


def _facts(lead: Lead, events: Iterable[ThreadEvent]) -> ThreadFacts:
    """What outreach adds to bubbles, through the one hook that wiring names."""
    ids = {i for event in events if (i := touch_id(event)) is not None}
    facts: ThreadFacts = import_string(settings.LEAD_THREAD_FACTS)(lead, ids)
    return facts


def touch_id(event: ThreadEvent) -> int | None:
    value = event.data.get("touch")
    return value if isinstance(value, int) else None


def _without_merged(events: Iterable[ThreadEvent], facts: ThreadFacts) -> list[ThreadEvent]:
    """Drop what a bubble tells anyway: draft and approval of a message that is shown or waits."""
    told = {touch_id(e) for e in events if e.kind in SENT} - {None}
    told |= {pk for pk, touch in facts.touches.items() if touch.waiting}
    return _said_once([e for e in events if e.kind not in MERGED or touch_id(e) not in told])


def _said_once(events: list[ThreadEvent]) -> list[ThreadEvent]:
    """An opt-out is noted for each address of the person; the thread says it once."""
    kept: list[ThreadEvent] = []
    for event in events:
        again = event.kind == "lead.suppressed" and kept and _same(event, kept[-1])
        if not again:
            kept.append(event)
    return kept


def _same(event: ThreadEvent, before: ThreadEvent) -> bool:
    alike = all(event.data.get(key) == before.data.get(key) for key in SAME)
    return alike and event.kind == before.kind


def to_lines(events: Sequence[ThreadEvent], names: Names, facts: ThreadFacts) -> list[Line]:
    """A reply's class becomes a chip in its bubble; the open pause gets its Resume button."""
    classed = {e.data.get("event"): e for e in events if e.kind == "reply.classified"}
    shown = {e.pk for e in events}
    open_pause = _open_pause(events, facts)
    made = []
    for event in events:
        if event.kind == "reply.classified" and event.data.get("event") in shown:
            continue
        line = _line(event, names, facts)
        if said := classed.get(event.pk):
            line.chips.append(_class_chip(said))
            line.guesses, line.guess = guesses_of(said), _guess(said)
        if event.pk == open_pause:
            line.shape, line.foldable = "state", False
            line.resume_url = facts.resume[event.data["enrollment"]]
        made.append(line)
    return made


def _open_pause(events: Sequence[ThreadEvent], facts: ThreadFacts) -> int | None:
    """The line that can be resumed: the last pause of an enrolment that is paused now."""
    pauses = [
        event.pk
        for event in events
        if event.kind == "enrollment.paused" and event.data.get("enrollment") in facts.resume
    ]
    return pauses[-1] if pauses else None


def guesses_of(event: ThreadEvent) -> list[tuple[str, str]]:
    """The likeliest classes of an answer that nobody is sure of, to choose one with a click."""
    told = event.data.get("labels")
    if not event.data.get("abstained") or not isinstance(told, dict):
        return []
    numbers = {code: chance for code, chance in told.items() if isinstance(chance, float | int)}
    ranked = sorted((code for code in numbers if code in LABELS), key=lambda code: -numbers[code])
    return [(code, LABELS[code]) for code in ranked[:3]]


def _guess(event: ThreadEvent) -> str:
    code = str(event.data.get("disposition") or "")
    return code if code in LABELS and not event.data.get("abstained") else ""


def _class_chip(event: ThreadEvent) -> str:
    code = str(event.data.get("disposition") or "")
    words = LABELS.get(code, one_line(code.replace("_", " "), 40).capitalize()) or "Not sure"
    if event.actor.startswith("user:"):
        return f"{words}, corrected"
    if event.data.get("abstained"):
        return "Not sure what it means"
    if code == "objection" and (kind := one_line(str(event.data.get("kind") or ""), 20)):
        words = f"{words}, {kind}"
    sure = event.data.get("confidence")
    return f"{words}, {sure * 100:.0f}% sure" if isinstance(sure, float | int) else words


def _line(event: ThreadEvent, names: Names, facts: ThreadFacts) -> Line:
    kind = KINDS.get(event.kind)
    words = say(event, names)
    line = Line(
        event_id=event.pk,
        shape="ev",
        at=event.occurred_at,
        icon=kind.icon if kind else "activity",
        channel=event.channel,
        title=words.title,
        detail=words.detail,
        inbound=event.direction == ThreadEvent.Direction.IN,
        more=_more(event),
    )
    if kind is not None and not kind.quiet and kind.group in TEXTS:
        _fill_text(line, event, names, facts)
    else:
        quiet = kind is None or (kind.quiet and kind.group == "signals")
        line.foldable = quiet and event.kind not in NEVER_FOLDED
    return line


def _more(event: ThreadEvent) -> tuple[str, str]:
    """A merge leads to where it can be taken back, as long as it can; the page is the keeper's."""
    if event.kind != "lead.merged" or event.occurred_at < timezone.now() - UNDO_FOR:
        return "", ""
    return f"{reverse('leads:duplicates_of', args=[event.lead_id])}#merged", "Show or undo"


def _fill_text(line: Line, event: ThreadEvent, names: Names, facts: ThreadFacts) -> None:
    """A bubble (messages) or a card (calls, notes)."""
    line.shape = "msg" if KINDS[event.kind].group == "messages" else "card"
    line.subject = one_line(str(event.data.get("subject") or ""), 300)
    line.head, line.whole = fold_text(event.body)
    if event.redacted_at:
        line.head = ["The text was erased."]
    touch = facts.touches.get(touch_id(event) or 0, TouchFacts())
    line.who = names(event.actor) or touch.sender or names.lead
    if event.kind == "touch.sent":
        line.who = touch.sender or line.who
    line.title = _said_as(event, touch)
    line.sortable = event.kind == "reply.received" and event.redacted_at is None
    if line.inbound:
        line.files = _named_files(event)
    else:
        line.approved, line.files, line.delivery = touch.approved, touch.files, touch.delivery
    if event.kind == "call.logged":
        line.chips = _call_chips(event)


def _named_files(event: ThreadEvent) -> tuple[tuple[str, str], ...]:
    """Files of a received mail: only their names are kept here, so they have no URL."""
    given = event.data.get("attachments")
    rows = given if isinstance(given, list) else []
    return tuple((one_line(str(r.get("name")), 80), "") for r in rows[:10] if isinstance(r, dict))


def _said_as(event: ThreadEvent, touch: TouchFacts) -> str:
    """The quiet words behind the name: "Touch 2, email", "reply by email", "note"."""
    channel = channel_word(event.channel)
    name, _, variant = touch.name.partition(", ")
    if event.kind == "reply.received":
        return f"reply by {channel or 'message'}{f' to {name.lower()}' if name else ''}"
    if KINDS[event.kind].group == "calls":
        return "call"
    if KINDS[event.kind].group == "notes":
        return "note"
    return ", ".join(part for part in (name, channel, variant) if part) or "message"


def _call_chips(event: ThreadEvent) -> list[str]:
    outcome = str(event.data.get("outcome") or "")
    minutes = event.data.get("minutes")
    words = OUTCOMES.get(outcome, outcome.replace("_", " "))
    chips = [words[:1].upper() + words[1:]] if words else []
    return chips + ([f"{minutes} min"] if minutes else [])
