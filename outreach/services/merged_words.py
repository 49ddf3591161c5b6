"""What stands in a draft that nobody here wrote: the lead's own fields, and who answers for them.

A form or a program can put any words into a name. Odd ones make a draft that needs a look. And a
step that goes out unchanged does so only where people put the lead in and brought the words.
"""

import re
from collections.abc import Collection, Iterable, Iterator

from leads.models import Lead, ThreadEvent
from outreach.models import Touch
from outreach.services import letters, lint, merge, origins
from salesagent.ai import frames
from salesagent.lib import hands
from salesagent.lib.text import one_line

# column -> (its name, most characters, most words, most digits)
SIZES = {
    "first_name": ("first name", 40, 4, 3),
    "last_name": ("last name", 50, 6, 3),
    "title": ("job title", 100, 14, 4),
    "company_name": ("company", 90, 12, 4),
    "city": ("city", 60, 6, 6),
    "trade": ("trade", 60, 8, 4),
    "pain": ("pain", 200, 40, 8),
    "basis_source": ("origin of the address", 200, 40, 20),
}
LOOK = "Read it before it goes."
# most words of what needs no look where a program brought it
SHORT = {"first_name": 2, "last_name": 2, "company_name": 3, "basis_source": 4}
PLAIN_NAME, PLAIN_WORDS = 30, 3  # characters, words
_MONEY = re.compile(
    r"[€$£¥₹]|\b(?:EUR|USD|GBP|CHF|DKK|SEK|NOK|PLN|euros?|dollars?|pounds)\b|\d[ ]?%", re.I
)
_PHONE = re.compile(r"\d(?:[ ./()-]{0,2}\d){6,20}")
_MAIL = re.compile(r"\S@\S")
# a sentence ends behind a longer word; "Dr. Berg", "St. Gallen" and "Bros. Ltd" are none
_SENTENCES = re.compile(r"[!?]|[^\W\d_]{5,40}\.\s{1,3}\w")


def odd(touch: Touch, pains: Iterable[str] = ()) -> Iterator[str]:
    """Values of the lead in the text that do not read like what they are for. No query."""
    text = f"{touch.subject}\n{touch.body}".casefold()
    if _typed(touch):
        pains = ()
    for column, value in _values(touch.lead, pains):
        if value.casefold() in text and (why := odd_value(column, value)):
            yield f"The {SIZES[column][0]} “{one_line(value, 40)}” {why}. {LOOK}"


def _values(lead: Lead, pains: Iterable[str]) -> Iterator[tuple[str, str]]:
    for column in SIZES:
        if column != "pain" and (value := frames.safe_value(column, getattr(lead, column))):
            yield column, value
    yield from (("pain", frames.safe_value("pain", text)) for text in pains if text.strip())


def plain_name(value: str) -> bool:
    """A first or last name that a stranger's mail may hold: letters, three words at most."""
    words = value.split()
    letters = re.sub(r"[-'’. ]", "", value)
    return len(words) <= PLAIN_WORDS and letters.isalpha() and len(value) <= PLAIN_NAME


def odd_value(column: str, value: str) -> str:
    """Why it does not, as the end of a sentence; "" when it may be one. Linear in its length."""
    _, characters, words, digits = SIZES[column]
    if lint.links(value) or _MAIL.search(value):
        return "holds an address"
    if _MONEY.search(value):
        return "speaks of money or percent"
    if _PHONE.search(value) or sum(letter.isdigit() for letter in value) > digits:
        return "holds a number"
    if column != "pain" and _SENTENCES.search(value):
        return "reads like a sentence"
    if len(value) > characters or len(value.split()) > words:
        return "is long"
    return ""


# --- who answers for it ---


def unanswered(touch: Touch, theirs: Collection[str] = (), pains: Iterable[str] = ()) -> list[str]:
    """Why a person reads this one before it goes: words of a program, and for a step that goes out
    unchanged also words and orders of nobody here. `theirs`: columns that a program brought."""
    step = touch.step
    if step is None or not step.unchanged or touch.lead_id is None:
        return [*_written(touch), *_printed(touch, frozenset(theirs), pains)]
    return [*_written(touch), *_orders(touch), *_address(touch), *_fields(touch)]


def _typed(touch: Touch) -> bool:
    """Somebody here typed the text; what was filled in they may not have seen."""
    return bool(touch.author_id and not touch.machine_body)


def note_filled(touch: Touch, typed: str) -> None:
    """Keep, for the checks that follow, which columns the fields in the typed text read."""
    codes = _codes(typed)
    filled = {name for code in codes for name in merge.read_from(code)}
    touch.__dict__["filled"] = filled | _around(touch)


def _written(touch: Touch) -> Iterator[str]:
    """A program typed the text, or the step that it was made from."""
    if touch.writer == hands.WRITER:
        yield f"A program wrote this. {LOOK}"
    elif touch.variant and touch.variant.by_program and touch.machine_body:
        yield f"A program wrote the words of this step. {LOOK}"


def _printed(touch: Touch, theirs: frozenset[str], pains: Iterable[str]) -> Iterator[str]:
    """Values in the text that a program brought. A short name needs no look."""
    if touch.writer == hands.WRITER:
        return
    if _typed(touch):
        filled = touch.__dict__.get("filled")
        if filled is None:  # as it was found when the fields were filled
            yield from (c["text"] for c in touch.checks if c.get("code") == "program")
            return
        theirs &= filled
    text = f"{touch.subject}\n{touch.body}".casefold() if theirs else ""
    told: set[str] = set()
    for column, value in _values(touch.lead, pains) if theirs else ():
        there = value.casefold() in text or column in _around(touch)
        if column in theirs - told and there and not _short(column, value):
            told.add(column)
            yield f"{SIZES[column][0].capitalize()}: a program brought it. {LOOK}"


def _short(column: str, value: str) -> bool:
    """A plain name or place, which is seen in the list, needs no look."""
    return len(value.split()) <= SHORT.get(column, 0) and not odd_value(column, value)


def _orders(touch: Touch) -> Iterator[str]:
    """A program put the person in, let them go on, or had the draft made."""
    rows = ThreadEvent.objects.filter(lead=touch.lead_id, data__has_key=hands.MARK)
    entered = {"data__enrollment": touch.enrollment_id}
    starts = rows.filter(kind__in=("enrollment.started", "enrollment.resumed"), **entered)
    if touch.enrollment_id and starts.exists():
        yield f"A program put this person into the sequence. {LOOK}"
    drafted = rows.filter(kind="touch.drafted", data__touch=touch.pk)
    if hands.program() or touch.pk and drafted.exists():
        yield f"A program had this drafted. {LOOK}"


def _address(touch: Touch) -> Iterator[str]:
    """Nobody here wrote the address it goes to now, and the person was put in with another one.

    A program, a sync or a form did. Who approves a mail to it by hand has read it.
    """
    kinds = ("enrollment.started", "lead.changed", "touch.approved")
    rows = ThreadEvent.objects.filter(lead=touch.lead_id, kind__in=kinds).order_by("id")
    changed = False
    for kind, actor, channel, data in rows.values_list("kind", "actor", "channel", "data"):
        person = actor.startswith("user:") and not data.get(hands.MARK)
        if kind == "lead.changed" and "email" in (data.get("changes") or {}):
            changed = not person
        elif kind == "touch.approved" and channel == "email":
            changed = changed and (not person or bool(data.get("unchanged")))
        elif kind == "enrollment.started" and data.get("enrollment") == touch.enrollment_id:
            changed = changed and not person
    if changed:
        yield f"The e-mail address changed, and nobody here did it. {LOOK}"


def _fields(touch: Touch) -> Iterator[str]:
    """Of the frame, of the mail around it, and whatever else of theirs stands in the text."""
    theirs = origins.unanswered(touch.lead)
    codes = [code for code in _asked(touch) if theirs & set(merge.read_from(code))]
    read = {column for code in codes for column in merge.read_from(code)}
    labels = [merge.FIELDS[code].label for code in codes]
    text = f"{touch.subject}\n{touch.body}".casefold()
    for column, value in _values(touch.lead, ()):
        if column in theirs - read and (value.casefold() in text or column in _around(touch)):
            labels.append(SIZES[column][0].capitalize())
    for label in labels:
        yield f"{label}: nobody here wrote it. {LOOK}"


def _around(touch: Touch) -> frozenset[str]:
    if touch.channel != "email" or touch.kind in (Touch.Kind.REPLY, Touch.Kind.CONFIRMATION):
        return frozenset()  # an answer has nothing below it, and a confirmation says its own
    return letters.around(touch.lead)


def _asked(touch: Touch) -> Iterable[str]:
    """The fields of the frame; every one where the frame is gone."""
    variant = touch.variant
    if variant is None:
        return merge.FIELDS
    return _codes(f"{variant.subject}\n{variant.body}")


def _codes(frame: str) -> list[str]:
    """The fields of a frame and of the snippets in it."""
    names = frames.names(frame)
    asked = [name for name in names if not name.startswith(frames.SNIPPET)]
    if len(asked) < len(names):
        texts = merge.snippet_texts()
        for name in set(names) - set(asked):
            asked += frames.names(texts.get(name.removeprefix(frames.SNIPPET), ""))
    return [name for name in dict.fromkeys(asked) if name in merge.FIELDS]
