"""Gather what a draft may rest on: fields, pains, the thread, snippets, ourselves, deals."""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from typing import Any

from django.db.models import Q, Value
from django.utils import timezone

from leads.enrichment.base import FIELDS
from leads.models import Deal, Lead
from leads.services import facts as known
from outreach.models import PainPoint, Snippet, Touch
from outreach.services import merge
from outreach.services.merged_words import odd_value
from outreach.services.receipt_facts import SOURCE_LIMIT, Source, Sources
from salesagent.accounts.models import User, Workspace
from salesagent.lib.text import one_line

# further stored facts, each a callable (touch) -> sources: a catalogue, a case library
PROVIDERS: list[Callable[[Touch], Iterable[Source]]] = []

QUOTED = ("reply.received", "lead.inquired")  # what a model may read of theirs
# that we wrote is a fact; what we wrote is none, or a mistake would vouch for itself
SENT = "We wrote to them."
TROUBLE = "Their trouble: "
# fields of which a program's word is as good as any, and those that may hold a number
NAMED = frozenset({"first_name", "company_name", "city"})
PLAIN = NAMED | {"title", "trade", "pain"}
VOUCHED = "\nSource: "  # how a note says where a statement comes from

Event = tuple[int, str, str, date, str]  # id, kind, direction, day, text

_EVENT_LABEL = {
    "note.added": "Note",
    "call.logged": "Call",
    "lead.inquired": "Enquiry",
    "reply.received": "Their answer",
    "meeting.booked": "Booking",
}


def sources_for(
    touch: Touch,
    events: Iterable[Event],
    *,
    talked: bool,
    wrote: bool,
    attachments: int,
    calendar: str = "",
    theirs: Collection[str] = (),
) -> Sources:
    """Every stored fact around a touch: three queries beside what the caller read: `events`, and
    `calendar`, the link where people pick a time. `theirs`: columns that a program brought."""
    lead, workspace = touch.lead, Workspace.current()
    rows = list(events)
    facts = [
        *_of_lead(lead, theirs),
        *_of_us(touch, workspace, calendar),
        *_library(lead),
        *_deals(lead),
        *_found_out(lead),
        *(fact for provider in PROVIDERS for fact in provider(touch)),
        *_of_thread(rows),  # last: a long one is cut, not the rest
    ]
    kinds = frozenset(_kind(kind, direction) for _pk, kind, direction, _day, _text in rows)
    return Sources(tuple(_capped(facts)), talked, wrote, attachments, timezone.localdate(), kinds)


def _kind(kind: str, direction: str) -> str:
    return "inbound" if direction == "in" and kind != "call.logged" else kind


def _capped(facts: Iterable[Source]) -> Iterator[Source]:
    left = SOURCE_LIMIT
    for fact in facts:
        if fact.text.strip() and left > 0:
            left -= len(fact.text)
            yield fact


def _vouches(column: str, value: str, theirs: Collection[str]) -> bool:
    """A program cannot vouch for what it wrote: of its fields a plain name or place is one."""
    if column not in theirs:
        return True
    if column in PLAIN and not odd_value(column, value):
        return column in NAMED or not any(letter.isdigit() for letter in value)
    return False


def _of_lead(lead: Lead, theirs: Collection[str]) -> Iterator[Source]:
    ref = f"lead:{lead.pk}"
    country = merge.country_name(lead.country) if lead.country else ""
    origin = lead.source or "the lead's record"
    told = (
        ("first_name", "Name", lead.name if lead.first_name else "", "The reader's name is {}."),
        ("title", "Job title", lead.title, "They are {}."),
        ("company_name", "Company", lead.company_name, "They work at {}."),
        ("trade", "Trade", lead.trade, "Their trade: {}."),
        ("city", "City", lead.city, "They are in {}."),
    )
    for column, label, value, words in told:
        if value and _vouches(column, value, theirs):
            text = one_line(value, 300)
            yield Source(
                "field", f"{label} of the lead", text, ref, told=words.format(text), origin=origin
            )
    fields = {
        "Name": "" if lead.first_name else lead.name,
        "Address": ", ".join(filter(None, (lead.street, lead.postcode, lead.city, country))),
        "Came from": "" if "source" in theirs else lead.source,
        "Tags": "" if "tags" in theirs else ", ".join(str(tag) for tag in lead.tags or []),
    }
    for label, value in fields.items():
        yield Source("field", f"{label} of the lead", one_line(value, 300), ref)
    if "custom" not in theirs:
        yield from _custom(lead.custom, "Field of the lead", ref)
    if lead.pk:
        for pain in lead.pains.all():
            if pain.verified and _vouches("pain", pain.text, theirs):
                yield Source(
                    "pain",
                    f"Pain, {pain.source}",
                    f"{pain.text}. {pain.source}",
                    ref,
                    pain.noted_at,
                    told=f"{TROUBLE}{pain.text}.",
                    origin=pain.source,
                    said="pain" in theirs,  # no word of ours: it proves nothing about us
                )
    yield from _of_company(lead)


def pains(known: Sources) -> list[str]:
    """The lead's own troubles among the sources, as they were noted."""
    told = (one.told for one in known.facts if one.kind == "pain")
    return [text[len(TROUBLE) : -1] for text in told if text.startswith(TROUBLE)]


def _of_company(lead: Lead) -> Iterator[Source]:
    company = lead.company
    if company is None:
        return
    ref = f"company:{company.pk}"
    place = ", ".join(filter(None, (company.address, company.city)))
    plain = {"company_name": company.name, "trade": company.trade, "city": place}
    sound = [value for column, value in plain.items() if not odd_value(column, value)]
    yield Source("field", "Company", ", ".join(sound), ref)
    if company.domain:
        yield Source("field", "Website of the company", company.domain, ref)
    if company.size:
        people = f"{company.size} people"
        told = f"Their company has {people}."
        yield Source("field", "Company size", people, ref, told=told)
        yield Source("field", "Company size", f"{company.size} sites", ref)
    yield from _custom(company.custom, "Field of the company", ref)


def _custom(values: Any, label: str, ref: str) -> Iterator[Source]:
    for name, value in (values or {}).items() if isinstance(values, dict) else ():
        if value not in (None, "", [], {}):
            words = str(name).replace("_", " ")
            yield Source("field", f"{label}: {words}", one_line(f"{words} {value}", 500), ref)


def _of_thread(events: Iterable[Event]) -> Iterator[Source]:
    for pk, kind, direction, day, text in events:
        statement, vouched, origin = text.partition(VOUCHED)
        said = direction == "in"
        name = _EVENT_LABEL.get(kind, "What they wrote" if said else "Thread")
        label = (
            f"{one_line(origin, 120)}, noted {day:%-d %b}" if vouched else f"{name}, {day:%-d %b}"
        )
        if kind == "touch.sent":
            yield Source(
                "sent", f"Our message, {day:%-d %b}", SENT, f"event:{pk}", day, told=text.strip()
            )
            continue
        sort = "note" if kind == "note.added" else "event"
        quoted = text.strip() if kind in QUOTED else ""
        text = statement if vouched else text
        yield Source(sort, label, text, f"event:{pk}", day, said, told=quoted)


def _of_us(touch: Touch, workspace: Workspace, calendar: str) -> Iterator[Source]:
    ours = {
        "Our name": workspace.name,
        "Our service": workspace.service,
        "Our trade": workspace.trade,
        "Our address": f"{workspace.postal_address} {merge.country_name(workspace.country)}",
        "Our website": workspace.website,
        "Our enquiry form": workspace.form_intro,
        "Calendar link": calendar,
    }
    for label, value in ours.items():
        told = {"Our name": "We are {}.", "Our service": "What we do: {}."}.get(label, "")
        words = told.format(value) if value and told else ""
        yield Source("workspace", label, str(value or ""), told=words, origin="our settings")
    box, owner = touch.mailbox, touch.author or touch.lead.owner
    names = [box.from_name, box.address] if box else []
    if owner:
        names += [owner.name, owner.signature, owner.phone]
    yield Source("sender", "Sender", "\n".join(filter(None, names)))


def _library(lead: Lead) -> Iterator[Source]:
    """Snippets with a source, sentences a manager wrote for a trade, our people: one query."""
    none, mine = Value(""), Q(trade="") | Q(trade__iexact=lead.trade)
    snippets = Snippet.objects.exclude(source="").annotate(sort=Value("snippet"))
    points = PainPoint.objects.filter(mine).annotate(sort=Value("pain"), none=none)
    people = User.objects.filter(is_active=True).annotate(sort=Value("user"), none=none)
    rows = (
        snippets.order_by()
        .values_list("sort", "code", "text", "source")
        .union(
            points.order_by().values_list("sort", "name", "sentence", "none"),
            people.order_by().values_list("sort", "name", "signature", "none"),
        )
    )
    for sort, name, text, source in rows:
        if sort == "snippet":
            label, ref = f"Snippet {name}: {source}", f"snippet:{name}"
            yield Source("snippet", label, text, ref, told=_plain(text), origin=source)
        elif sort == "pain":
            label = f"Pain sentence: {name}"
            words = _plain(text)
            yield Source("snippet", label, text, told=words, origin="our own words on this trade")
        else:
            yield Source("sender", "Our people", f"{name}\n{text}")


def _found_out(lead: Lead) -> Iterator[Source]:
    """Company data that is fresh and that nobody disputes: one query. What a website says stays in
    the house: a stranger wrote it, and no model reads it as a fact."""
    if not lead.pk:
        return
    for row in known.trusted(lead):
        field = FIELDS.get(row.field)
        if field is None:
            continue
        origin, day = known.source_of(row), row.observed_at.date()
        told = "" if row.source == "website" else field.told.format(row.value)
        label = f"{field.label}, {origin}, {day:%-d %b %Y}"
        text = told or one_line(row.value, 500)
        yield Source("field", label, text, f"fact:{row.pk}", day, told=told, origin=origin)


def _plain(text: str) -> str:
    """What has fields to fill is a frame, and no words for a model."""
    return "" if "{{" in text else text


def _deals(lead: Lead) -> Iterator[Source]:
    if not lead.pk:
        return
    for deal in Deal.objects.filter(lead=lead).order_by("-id")[:10]:
        close = f" {deal.expected_close:%-d %B %Y}" if deal.expected_close else ""
        text = f"Proposal, offer, quote, price: {deal.title} {deal.value} {deal.currency}{close}"
        yield Source("deal", f"Deal: {deal.title}", text, f"deal:{deal.pk}", deal.created_at.date())
