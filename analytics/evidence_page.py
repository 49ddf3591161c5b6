"""The leads behind a number as their page prints them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from analytics import report_words
from analytics.access import EVERYBODY, NOBODY
from analytics.counts.counting import ANSWERED_IN, FORM
from analytics.report_csv import Table
from analytics.report_page import Frame
from analytics.selectors import evidence
from analytics.selectors.evidence import Asked, Row
from analytics.selectors.habits import READ, Watch
from analytics.selectors.numbers import Amount
from coaching.access import open_habits
from outreach.models import Enrollment
from salesagent.accounts.models import User
from salesagent.lib.text import plural
from salesagent.templatetags.ui import avatar, channel_label, channel_word, stage_tint

MAX_NUMBER = 2**53
STEP, FUNNEL = "step.", "funnel."
# metric -> (title, one of it, many of it)
WORDS = {
    "worked": ("Leads worked", "message or call", "messages and calls"),
    "replied": ("Leads that replied", "reply", "replies"),
    "sent": ("Messages and calls sent", "message or call", "messages and calls"),
    "delivered": ("Delivered", "delivered", "delivered"),
    "bounced": ("Came back", "came back", "came back"),
    "seen": ("Seen", "seen", "seen"),
    "clicked": ("Clicked", "clicked", "clicked"),
    "answered": ("Messages that a person answered", "message answered", "messages answered"),
    "edited": ("Changed by a person before sending", "changed", "changed"),
    "replies": ("Replies by people", "reply", "replies"),
    "slot.replies": ("Replies by people", "reply", "replies"),
    "optouts": ("Opt-outs", "opt-out", "opt-outs"),
    "complaints": ("Complaints", "complaint", "complaints"),
    "meetings": ("Meetings booked", "meeting", "meetings"),
    "meetings.cancelled": ("Meetings cancelled", "cancelled", "cancelled"),
    "enquiries": ("Enquiries", "enquiry", "enquiries"),
    "opened": ("Deals opened", "deal opened", "deals opened"),
    "won": ("Deals won", "deal won", "deals won"),
    "lost": ("Deals lost", "deal lost", "deals lost"),
    "answer.time": ("Answers of ours", "answer", "answers"),
    "drafted": ("Drafts made", "draft", "drafts"),
    "paused": ("Sequences paused by themselves", "pause", "pauses"),
    "reviewed": ("Drafts checked and approved", "draft", "drafts"),
    "review.time": ("Drafts whose reading was measured", "draft", "drafts"),
    "approved": ("Approved", "approved", "approved"),
    "skipped": ("Skipped", "skipped", "skipped"),
    "tasks": ("Tasks done", "task", "tasks"),
    "funnel.came": ("Leads that came in", "came in", "came in"),
    "funnel.contacted": ("Of these, contacted or further", "contacted", "contacted"),
    "funnel.replied": ("Of these, replied or came further", "replied", "replied"),
    "funnel.meeting": ("Of these, met or came further", "meeting", "meeting"),
    "funnel.booked": ("Of these, with a meeting booked", "meeting", "meeting"),
    "funnel.proposal": ("Of these, got a proposal or came further", "proposal", "proposal"),
    "funnel.won": ("Of these, won", "won", "won"),
    "funnel.lost": ("Of these, lost", "lost", "lost"),
}
# how somebody works, which is their own until they show it (docs/coaching.md)
HABITS = frozenset({"edited", *READ})
MONEY = ("opened", "won", "lost")
REASONS = dict(Enrollment.Reason.choices)
ROW = (
    '<li>{}<div class="b2 flex-grow-1"><a class="trunc" href="{}">{}</a>'
    '<span class="muted trunc">{}</span></div>\n'
    '  <div class="evw"><span>{}</span><span class="muted xs">{}'
    '<time datetime="{}">{}</time>{}</span></div>\n'
    '  {}<span class="chip {}">{}</span></li>'
)
ARCHIVED = mark_safe('<span class="chip out">Archived</span>')


@dataclass(frozen=True)
class Line:
    row: Row
    what: str
    whose: str


def read(given: Mapping[str, str]) -> Asked:
    """What the address asks for. Http404 for what no page links to."""
    metric = str(given.get("metric", "worked"))
    if words_of(metric) is None:
        raise Http404
    slots = str(given.get("slot", ""))
    sequence = str(given.get("sequence", ""))
    return Asked(
        metric,
        channel=_text(given, "channel", 20),
        slots=tuple(number(one) for one in slots.split(",")[:24]) if slots else (),
        sequence=number(sequence) if sequence else None,
        step=_text(given, "step", 32),
        variant=_text(given, "variant", 1),
    )


def shown(frame: Frame, asked: Asked) -> Frame:
    """The frame with only those people in it whose habits the user may see, where it is one.

    Also of a sum, since its rows stand by name. Http404 where nobody is left, and for how many
    answers of one private person came how fast.
    """
    if asked.metric == "answer.time" and asked.slots and Watch(frame.user, frame.scope).of_one:
        raise Http404
    if asked.metric.removeprefix(STEP) not in HABITS:
        return frame
    named = set(frame.scope.who)
    if EVERYBODY in named:
        named = {NOBODY, *User.objects.values_list("pk", flat=True)}
    people = named - {NOBODY}
    left = open_habits(frame.user, list(people))
    if people <= left:
        return frame
    if not left:
        raise Http404
    who = tuple(sorted(left | (named & {NOBODY})))
    return replace(frame, scope=replace(frame.scope, who=who))


def words_of(metric: str) -> tuple[str, str, str] | None:
    """Steps have the same words as what they are steps of."""
    return WORDS.get(metric.removeprefix(STEP))


def _text(given: Mapping[str, str], name: str, length: int) -> str | None:
    return str(given[name])[:length].replace("\x00", "") if name in given else None


def number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 17 and int(text) < MAX_NUMBER):
        raise Http404
    return int(text)


def context(frame: Frame, asked: Asked, given: Mapping[str, str]) -> dict[str, Any]:
    """One page of rows, the number they make up, and how many leads are not listed."""
    after = str(given.get("after", ""))[:40]
    try:
        rows = evidence.page(asked, frame.user, frame.scope, frame.period, after, evidence.PAGE + 1)
    except ValueError:  # no place of this list
        raise Http404 from None
    amount = evidence.total(asked, frame.scope, frame.period)
    if _unheard_of(asked) and not amount.count:
        raise Http404
    shown, more = rows[: evidence.PAGE], len(rows) > evidence.PAGE
    kept = {key: str(value) for key, value in given.items() if key not in ("after", "csv")}
    names = {value: label for value, label, _ in frame.people}
    return {
        "title": title(asked),
        "asked": asked,
        "total": said(asked, amount),
        "lines": list(_printed(asked, [line(asked, row, names) for row in shown])),
        "hidden": _hidden(frame, asked) if frame.user.is_owner or not more else 0,
        "told_later": more and not frame.user.is_owner,
        "next": f"?{urlencode({**kept, 'after': shown[-1].key})}" if more else "",
        "first": f"?{urlencode(kept)}" if after else "",
        "csv": f"?{urlencode({**kept, 'csv': 'leads'})}",
        "unsegmented": bool(frame.segment) and asked.scope(frame.scope) != frame.scope,
        "cohort": asked.metric.startswith(FUNNEL),
        "kept": kept_fields(given),
    }


def _unheard_of(asked: Asked) -> bool:
    """Of some metrics the channel is a reason or a currency."""
    known = ("", FORM, *settings.CHANNELS)
    return asked.metric not in ("paused", *MONEY) and (asked.channel or "") not in known


def _printed(asked: Asked, lines: Iterable[Line]) -> Iterator[SafeString]:
    """Fifty rows: put together here, they cost a fifth of what the template language takes."""
    before = "last on " if asked.distinct else "came in " if asked.metric.startswith(FUNNEL) else ""
    place = reverse("leads:detail", args=[0]).removesuffix("0/")
    for one in lines:
        lead, day = one.row.lead, one.row.day
        yield format_html(
            ROW,
            avatar(lead, "xs"), f"{place}{lead.pk}/", lead.name, lead.company_name, one.what,
            before, f"{day:%Y-%m-%d}", f"{day:%a} {day.day} {day:%b %Y}",
            f", {one.whose}" if one.whose else "",
            ARCHIVED if lead.archived_at else "",
            stage_tint(lead.stage), lead.get_stage_display(),
        )  # fmt: skip


def _hidden(frame: Frame, asked: Asked) -> int:
    """Looks at each lead's owner: of a long list only on its last page; the owner's is quick."""
    return evidence.hidden(asked, frame.user, frame.scope, frame.period)


def kept_fields(given: Mapping[str, str]) -> list[tuple[str, str]]:
    """What the number is, for the form that chooses other days."""
    names = ("metric", "channel", "slot", "sequence", "step", "variant")
    return [(name, str(given[name])[:100]) for name in names if name in given]


def title(asked: Asked) -> str:
    words = words_of(asked.metric)
    name = words[0] if words else asked.metric
    if asked.metric == "paused" and asked.channel is not None:
        return f"{name}: {reason(asked.channel)}"
    if asked.channel and asked.metric not in MONEY:
        name += f" by {channel_word(asked.channel)}"
    elif asked.channel == "" and asked.metric not in MONEY:
        name += " without a message of ours before"
    elif asked.channel:
        name += f" in {asked.channel}"
    return name + _slot_words(asked)


def reason(code: str) -> str:
    """Of a pause, inside a sentence."""
    words = REASONS.get(code, code.replace("_", " ") or "another reason")
    return words[:1].lower() + words[1:]


def _slot_words(asked: Asked) -> str:
    if asked.metric == "answer.time" and asked.slots:
        ends = [ANSWERED_IN[slot] for slot in asked.slots if slot < len(ANSWERED_IN)]
        if 0 in asked.slots:
            return f" within {report_words.span(max(ends))}"
        start = ANSWERED_IN[min(min(asked.slots), len(ANSWERED_IN)) - 1]
        end = f" and within {report_words.span(max(ends))}" if ends else ""
        return f" after {report_words.span(start)}{end}"
    if asked.metric != "slot.replies" or not asked.slots:
        return ""
    first, last = divmod(min(asked.slots), 24), max(asked.slots) % 24
    day = date(2024, 1, 1 + min(first[0], 6))  # a Monday
    return f", {day:%A} {first[1]:02}:00 to {last + 1:02}:00"


def said(asked: Asked, amount: Amount) -> str:
    """ "3 messages answered", "2 deals won, 8,400"."""
    words = words_of(asked.metric)
    if words is None:
        return f"{amount.count:,}"
    text = plural(amount.count, words[1], words[2])
    if asked.distinct:
        text = plural(amount.count, "lead")
    if asked.metric.startswith(FUNNEL):
        text = plural(amount.count, "lead")
    if asked.channel and asked.metric in MONEY and amount.value:
        text += f", {amount.value:,.0f} {asked.channel}"
    return text


def line(asked: Asked, row: Row, names: Mapping[str, str]) -> Line:
    owner = names.get("none" if row.who == NOBODY else str(row.who), "")
    return Line(row, what(asked, row), owner)


def what(asked: Asked, row: Row) -> str:
    """What happened on the day, in a few words."""
    if asked.metric.startswith(FUNNEL):
        return _reached(asked, row)
    words = words_of(asked.metric)
    text = plural(row.amount.count, words[1], words[2]) if words else ""
    if asked.metric in MONEY:
        return f"{text}, {row.amount.value:,.0f} {row.channel}".strip()
    if asked.metric == "answer.time":
        mean = row.amount.mean
        return f"{text} after {report_words.span(mean.total_seconds())}" if mean else text
    if asked.metric == "paused":
        return f"{text}: {reason(row.channel)}"
    return f"{text}, {channel_word(row.channel)}" if row.channel else text


def _reached(asked: Asked, row: Row) -> str:
    """The step's own day; a later step may have been reached without it."""
    step = asked.metric.removeprefix(FUNNEL).replace("booked", "meeting")
    path = getattr(row.lead, "stat_path", None)
    on = getattr(path, f"{step}_on", None) if path else None
    words = WORDS[asked.metric]
    return f"{words[1].capitalize()} {on:%-d %b %Y}" if on else "Reached a later step"


def table(frame: Frame, asked: Asked) -> Table:
    """All rows that the user sees, walked while they are sent."""
    head = ("Lead", "Company", "Day", "What", "Count", "Channel", "Value")
    return Table(f"leads {asked.metric.replace('.', ' ')}", head, _cells(frame, asked))


def _cells(frame: Frame, asked: Asked) -> Iterator[tuple[Any, ...]]:
    plain = (*MONEY, "paused")
    for row in evidence.walk(asked, frame.user, frame.scope, frame.period):
        channel = row.channel if asked.metric in plain else channel_label(row.channel)
        value = row.amount.value if asked.metric in MONEY else None
        name, company = row.lead.name, row.lead.company_name
        yield name, company, row.day, what(asked, row), row.amount.count, channel, value
