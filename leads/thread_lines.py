"""What each event of a thread reads like: one sentence of plain words, never markup.

The words of events that upper apps record are here too, found by their kind's code: a sentence
needs only what the event itself carries. A kind without an entry reads as its registered label.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from leads.models import Deal, Lead, ThreadEvent
from leads.thread import KINDS
from leads.thread_names import Names, changed_by, with_given
from salesagent.ai.rules import LABELS
from salesagent.lib.text import grouped_money, one_line
from salesagent.templatetags.ui import channel_word

DETAIL_LIMIT = 300


@dataclass(frozen=True)
class Words:
    """`title` ends with a full stop; `detail` may be empty."""

    title: str
    detail: str = ""


def say(event: ThreadEvent, names: Names) -> Words:
    """The sentence for one event. Text from outside comes back as text: the template escapes it."""
    if event.redacted_at:
        return Words(f"{_label(event)}.", "The text was erased.")
    words = SAY.get(event.kind, _plain)(event, names)
    return Words(one_line(words.title, 160), one_line(words.detail, DETAIL_LIMIT))


def _label(event: ThreadEvent) -> str:
    return KINDS[event.kind].label if event.kind in KINDS else event.kind


def _plain(event: ThreadEvent, names: Names) -> Words:
    return Words(f"{_label(event)}{names.by(event.actor)}.", event.body)


def _first(data: Mapping[str, Any], *keys: str) -> Any:
    return next((data[k] for k in keys if data.get(k) not in (None, "")), "")


def _quoted(text: object) -> str:
    plain = one_line(str(text or ""), DETAIL_LIMIT - 4)
    return f"“{plain}”" if plain else ""


def _when(value: object) -> str:
    """A moment or day in `data` (ISO text) in the reader's zone; "" when it is none."""
    if not isinstance(value, str):
        return ""
    try:
        moment = parse_datetime(value)
        if moment is not None and timezone.is_aware(moment):
            local = timezone.localtime(moment)
            year = " %Y" if local.year != timezone.localtime().year else ""
            return local.strftime(f"%a %-d %b{year}, %H:%M")
        day = parse_date(value[:10])
    except ValueError:
        return ""
    return day.strftime("%a %-d %b") if day else ""


def _code(value: object, table: Mapping[str, str]) -> str:
    """The words for a code; an unknown one is shown readable, never raw."""
    text = str(value or "")
    return table.get(text, text.replace("_", " "))


REASONS = {
    "replied": "they replied",
    "company_replied": "a colleague replied",
    "out_of_office": "they are out of office",
    "left": "they left the company",
    "meeting": "they booked a meeting",
    "manual": "by hand",
    "mailbox": "the mailbox is paused",
    "task": "a task waits",
    "opted_out": "they asked to stop",
    "hard_bounce": "the address does not exist",
    "complaint": "they reported it as spam",
    "not_interested": "not interested",
    "converted": "won",
    "erased": "erased",
    "archived": "the lead was archived",
    "imported": "on an imported list",
    "suppressed": "may not be contacted",
}
SKIPS = {
    "wrong_person": "wrong person",
    "bad_timing": "bad timing",
    "bad_text": "bad text",
    "condition": "its condition was not met",
    "no_channel": "the channel cannot reach them",
}
OUTCOMES = {
    "reached": "reached",
    "no_answer": "no answer",
    "voicemail": "left a voicemail",
    "wrong_number": "wrong number",
    "call_back": "asked to be called back",
    "meeting": "meeting agreed",
    "not_interested": "not interested",
    "do_not_call": "asked not to be called",
    "not_found": "not found",
    "not_connected": "not connected yet",
    "bad_address": "the address is wrong",
}


def _imported(event: ThreadEvent, names: Names) -> Words:
    file, row = event.data.get("file"), event.data.get("row")
    place = f"{file or ''}{f', row {row}' if row else ''}".strip(", ")
    return Words("Came in by a file.", with_given(place, event))


def _pulled(event: ThreadEvent, names: Names) -> Words:
    place = names(event.actor) or "another system"
    return Words(f"Came in from {place}.", with_given(event.body, event))


def _created(event: ThreadEvent, names: Names) -> Words:
    return Words(f"Added{names.by(event.actor)}.", str(event.data.get("source") or event.body))


def _inquired(event: ThreadEvent, names: Names) -> Words:
    return Words(
        "Came in by the web form.", _quoted(_first(event.data, "message", "need") or event.body)
    )


def _changed(event: ThreadEvent, names: Names) -> Words:
    changes = event.data.get("changes")
    detail = (
        ", ".join(map(_change, changes.items()))
        if isinstance(changes, dict)
        else str(changes or "")
    )
    return Words(f"Details changed{names.by(event.actor)}.", detail or event.body)


def _change(item: tuple[str, Any]) -> str:
    field, value = item
    name = field.replace("_", " ").capitalize()
    if isinstance(value, list) and len(value) == 2:
        before, after = (str(v) if v not in (None, "") else "empty" for v in value)
        return f"{name}: {before} to {after}"
    return f"{name}: {value}"


def _assigned(event: ThreadEvent, names: Names) -> Words:
    owner = names.person(_first(event.data, "to", "owner", "owner_id"))
    title = f"{owner} is the owner now." if owner else "Has no owner now."
    return Words(title, changed_by(event, names) or with_given("", event, "why"))


def _staged(event: ThreadEvent, names: Names) -> Words:
    labels = dict(Lead.Stage.choices)
    before = _code(_first(event.data, "from", "before"), labels)
    after = _code(_first(event.data, "to", "after", "stage"), labels)
    return Words(
        f"Stage: {before} to {after}." if before else f"Stage: {after}.",
        changed_by(event, names),
    )


def _scored(event: ThreadEvent, names: Names) -> Words:
    before = _first(event.data, "from", "before", "old")
    after = _first(event.data, "to", "score", "after", "new")
    if before in ("", 0):
        return Words(f"Scored {after}.")
    return Words(f"Score {before} to {after}.", str(event.data.get("why") or ""))


def _suppressed(event: ThreadEvent, names: Names) -> Words:
    channel = event.data.get("channel") or event.channel
    where = "" if channel in ("", "all", None) else f" by {channel_word(str(channel))}"
    reason = _code(event.data.get("reason"), REASONS)
    source = one_line(str(event.data.get("source") or ""), 120)
    if "noted by " in source:  # leads.services.stopping: a colleague's own words
        reason = source
    return Words(f"Will not be contacted{where}.", reason[:1].upper() + reason[1:])


def _unsuppressed(event: ThreadEvent, names: Names) -> Words:
    return Words(f"May be contacted again{names.by(event.actor)}.", event.body)


def _consent(event: ThreadEvent, names: Names) -> Words:
    code = str(event.channel or event.data.get("channel") or "all")
    channel = "messages" if code == "all" else channel_word(code)
    given = event.kind == "consent.given"
    title = f"Agreed to {channel}." if given else f"Took back the consent to {channel}."
    return Words(title, str(_first(event.data, "source", "wording")))


def _merged(event: ThreadEvent, names: Names) -> Words:
    name, into = event.data.get("name"), event.data.get("into")
    detail = f"{name} into {into}" if into else f"{name} is a lead of its own again"
    return Words(f"{_label(event)}{names.by(event.actor)}.", detail if name else "")


def _deal(event: ThreadEvent, names: Names) -> Words:
    title, value = event.data.get("title"), event.data.get("value")
    money = f"{grouped_money(value)} {event.data.get('currency') or ''}".strip() if value else ""
    parts = [str(p) for p in (title, money, event.data.get("reason")) if p]
    return Words(f"{_label(event)}{names.by(event.actor)}.", ", ".join(parts) or event.body)


STAGES = {str(code): str(label) for code, label in Deal.Stage.choices}
DEAL_FIELDS = {"title": "name", "value": "value", "currency": "currency", "expected_close": "day"}


def _deal_moved(event: ThreadEvent, names: Names) -> Words:
    to = STAGES.get(str(event.data.get("to")), "")
    title = f"{_label(event)}{to and ': '}{to}{names.by(event.actor)}."
    return Words(title, str(event.data.get("title") or event.body))


def _deal_changed(event: ThreadEvent, names: Names) -> Words:
    changes = event.data.get("changes")
    told = [str(event.data.get("title") or "")]
    for name, label in DEAL_FIELDS.items():
        pair = changes.get(name) if isinstance(changes, dict) else None
        if isinstance(pair, list) and len(pair) == 2:
            old, new = (grouped_money(v) if v and name == "value" else v or "none" for v in pair)
            told.append(f"{label} from {old} to {new}")
    return Words(f"{_label(event)}{names.by(event.actor)}.", ", ".join(t for t in told if t))


def _enrolled(event: ThreadEvent, names: Names) -> Words:
    name = _first(event.data, "sequence_name", "name", "sequence")
    added = f"Added to {name}" if isinstance(name, str) and name else "Added to a sequence"
    return Words(f"{added}{names.by(event.actor)}.", event.body)


def _paused(event: ThreadEvent, names: Names) -> Words:
    reason = str(event.data.get("reason") or "")
    why = {
        "replied": f", {names.lead} replied",
        "manual": names.by(event.actor),
        "out_of_office": f", {names.lead} is out of office",
        "left": f", {names.lead} left the company",
    }.get(reason) or (f", {_code(reason, REASONS)}" if reason else "")
    until = _when(_first(event.data, "until", "resume_at"))
    note = str(_first(event.data, "note", "next") or event.body)
    tail = f"Goes on {until}." if until else "Nothing is sent until it goes on."
    return Words(f"Sequence paused{why}.", f"{note + '. ' if note else ''}{tail}")


def _resumed(event: ThreadEvent, names: Names) -> Words:
    return Words(f"Sequence goes on{names.by(event.actor)}.", event.body)


def _stopped(event: ThreadEvent, names: Names) -> Words:
    code = event.data.get("reason")
    reason = _code(code, {**REASONS, "manual": ""})
    if code == "archived" and event.data.get("note"):
        reason = one_line(str(event.data["note"]), 60)  # it was merged
    return Words(
        f"Sequence stopped{names.by(event.actor)}.", reason[:1].upper() + reason[1:] or event.body
    )


def touch_name(data: Mapping[str, Any]) -> str:
    """ "Touch 2", or "" when the event is not of a sequence's step."""
    number = _first(data, "number", "position")
    return f"Touch {number}" if number else ""


def _touch(verb: str) -> Callable[[ThreadEvent, Names], Words]:
    def words(event: ThreadEvent, names: Names) -> Words:
        name = touch_name(event.data) or "Message"
        reason = _code(
            _first(event.data, "reason", "error", "text"), {**REASONS, **SKIPS, "other": ""}
        )
        subject = _quoted(event.data.get("subject"))
        detail = reason[:1].upper() + reason[1:] or subject or event.body
        return Words(f"{name} {verb}{names.by(event.actor)}.", detail)

    return words


def _resolved(event: ThreadEvent, names: Names) -> Words:
    arrived = event.data.get("arrived")
    found = "arrived" if arrived else "did not arrive"
    who = names(event.actor)
    name = touch_name(event.data) or "Message"
    return Words(f"{name} {found}.", f"Says {who}" if who else "")


def _task(verb: str) -> Callable[[ThreadEvent, Names], Words]:
    def words(event: ThreadEvent, names: Names) -> Words:
        title = one_line(str(event.data.get("title") or "Task"), 100)
        outcome = _code(event.data.get("outcome") or event.data.get("reason"), OUTCOMES)
        note = str(event.data.get("note") or event.body)
        detail = ". ".join(part for part in (outcome.capitalize(), note) if part)
        return Words(f"{title} {verb}{names.by(event.actor)}.", detail)

    return words


def _escalated(event: ThreadEvent, names: Names) -> Words:
    to = names.person(event.data.get("to"))
    return Words(f"Passed on to {to}." if to else "Waits.", str(event.data.get("why") or ""))


def _autoreply(event: ThreadEvent, names: Names) -> Words:
    return Words("Automatic answer.", _quoted(event.body or event.data.get("subject")))


def _classified(event: ThreadEvent, names: Names) -> Words:
    label = _code(event.data.get("disposition"), LABELS).lower()
    by = names(event.actor) if event.actor.startswith("user:") else ""
    said = f"{by} sorted it as" if by else "Understood as"
    return Words(f"{said}: {label or 'not sure'}.", str(event.data.get("reason") or ""))


def _clicked(event: ThreadEvent, names: Names) -> Words:
    name = touch_name(event.data)
    where = f" in {name[:1].lower()}{name[1:]}" if name else ""
    return Words(f"Clicked a link{where}.", str(event.data.get("url") or ""))


def _meeting(verb: str) -> Callable[[ThreadEvent, Names], Words]:
    """ "Booked a meeting for Tue 24 Nov, 14:00." By whom, where somebody noted it by hand."""

    def words(event: ThreadEvent, names: Names) -> Words:
        data, when = event.data, _when(event.data.get("starts_at"))
        of = {"meeting.moved": " to", "meeting.booked": " for"}.get(event.kind, " of")
        noted = names.by(event.actor) if event.actor.startswith("user:") else ""
        noted = noted and f", noted{noted}"
        title = str(data.get("title") or "")
        parts = [title if title != "Meeting" else "", str(data.get("place") or "")]
        parts += [_quoted(data.get("reason")), f"By {data['who']}" if data.get("who") else ""]
        at = f"{of} {when}" if when else ""
        return Words(f"{verb}{at}{noted}.", ", ".join(filter(None, parts)))

    return words


SAY: dict[str, Callable[[ThreadEvent, Names], Words]] = {
    "lead.imported": _imported,
    **dict.fromkeys(("lead.merged", "lead.unmerged"), _merged),
    "lead.pulled": _pulled,
    "lead.created": _created,
    "lead.inquired": _inquired,
    "lead.changed": _changed,
    "lead.assigned": _assigned,
    "lead.stage_changed": _staged,
    "lead.scored": _scored,
    "lead.suppressed": _suppressed,
    "lead.unsuppressed": _unsuppressed,
    "consent.given": _consent,
    "consent.withdrawn": _consent,
    "deal.opened": _deal,
    "deal.moved": _deal_moved,
    "deal.reopened": _deal_moved,
    "deal.changed": _deal_changed,
    "deal.won": _deal,
    "deal.lost": _deal,
    "enrollment.started": _enrolled,
    "enrollment.paused": _paused,
    "enrollment.resumed": _resumed,
    "enrollment.stopped": _stopped,
    "touch.drafted": _touch("drafted"),
    "touch.approved": _touch("approved"),
    "touch.unapproved": _touch("taken back"),
    "touch.skipped": _touch("skipped"),
    "touch.cancelled": _touch("cancelled"),
    "touch.failed": _touch("could not be sent"),
    "touch.unknown": _touch("may not have arrived"),
    "touch.bounced": _touch("came back"),
    "touch.delivered": _touch("delivered"),
    "touch.read": _touch("read"),
    "touch.undelivered": _touch("was not delivered"),
    "touch.resolved": _resolved,
    "link.clicked": _clicked,
    "mail.opened": lambda e, names: Words(f"Opened {touch_name(e.data).lower() or 'a mail'}.", ""),
    "meeting.booked": _meeting("Booked a meeting"),
    "meeting.moved": _meeting("Moved the meeting"),
    "meeting.cancelled": _meeting("Meeting cancelled"),
    "task.done": _task("done"),
    "task.skipped": _task("skipped"),
    "task.escalated": _escalated,
    "task.given_back": lambda event, names: Words(f"Given back{names.by(event.actor)}.", ""),
    "task.taken": lambda event, names: Words(f"Taken over{names.by(event.actor)}.", ""),
    "autoreply.received": _autoreply,
    "reply.classified": _classified,
}
