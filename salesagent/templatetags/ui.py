"""Tags that every page uses. Icons: Tabler icons 3.51.0, outline, MIT (static/icons)."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# what stands in a thread beside the wired channels: code -> (label, icon)
PLACES = {
    "doc": ("Proposal", "file-text"),
    "web": ("Web form", "world"),
    "note": ("Note", "note"),
    "meeting": ("Booking", "calendar-event"),
    "opens": ("Open tracking", "eye"),
}
_INNER_CAPITAL = re.compile(r"[^\s][A-Z]")


@lru_cache(maxsize=128)
def _icon_body(name: str) -> str:
    text = (settings.BASE_DIR / "static" / "icons" / f"{name}.svg").read_text()
    match = re.search(r"<svg[^>]*>(.*)</svg>", text, re.S)
    if match is None:
        raise ValueError(f"static/icons/{name}.svg holds no <svg>")
    return match.group(1)


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, css: str = "") -> SafeString:
    """The drawing inline: no request, no font, decorative for screen readers."""
    return format_html(
        '<svg class="ic {}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        css,
        mark_safe(_icon_body(name)),  # noqa: S308  our own file
    )


@lru_cache(maxsize=64)
def _of_class(path: str) -> tuple[str, str]:
    """(label, icon) of a channel that wiring names."""
    found = import_string(path)
    return str(found.label), str(found.icon)


def _channel(name: str) -> tuple[str, str]:
    """(label, icon); an empty icon for what is neither wired nor a place of its own."""
    path = settings.CHANNELS.get(name)
    return _of_class(path) if path else PLACES.get(name, (name.title(), ""))


@register.simple_tag
def chan(name: str, css: str = "") -> SafeString:
    label, drawing = _channel(name)
    return _chan(name, css, label, drawing)


@lru_cache(maxsize=128)
def _chan(name: str, css: str, label: str, drawing: str) -> SafeString:
    if not drawing:
        return format_html('<span class="chan {}">{}</span>', css, icon("activity"))
    return format_html(
        '<span class="chan {} {}" role="img" aria-label="{}" title="{}">{}</span>',
        name,
        css,
        label,
        label,
        icon(drawing),
    )


_FIELD = re.compile(r"\{\{\s*([a-z_.]{1,40})\s*(?:\|([^{}]{0,160}))?\}\}")


@register.filter
def plain_fields(text: str) -> str:
    """A frame to be read: what stands where the value is missing, else the field's name."""
    return _FIELD.sub(lambda found: found[2] or f"[{found[1].replace('_', ' ')}]", text)


@register.filter
def channel_label(name: str) -> str:
    return _channel(name)[0]


@register.filter
def way(name: str) -> Any:
    """What a wired channel says of itself (outreach.channels.base.Channel); None for others."""
    path = settings.CHANNELS.get(name)
    return _made(path) if path else None


@lru_cache(maxsize=64)
def _made(path: str) -> Any:
    return import_string(path)()


@register.filter
def step_label(name: str) -> str:
    """What a step of this channel is called: "Email", "Phone task"."""
    found = way(name)
    return str(found.task_label or found.label) if found else channel_label(name)


@register.filter
def channel_word(name: str) -> str:
    """The label inside a sentence: "email", but "LinkedIn" and "SMS"."""
    label = _channel(name)[0]
    return label if _INNER_CAPITAL.search(label) else label.lower()


@register.filter
def channel_icon(name: str) -> str:
    return _channel(name)[1] or "activity"


def temperature(value: int) -> str:
    """Hot from 75, Warm from 45, else Cold (UI.md section 6)."""
    return "Hot" if value >= 75 else "Warm" if value >= 45 else "Cold"


@register.simple_tag
@lru_cache(maxsize=128)
def score(value: int | None) -> SafeString:
    """Number, word and shape: never colour alone."""
    number = value or 0
    word = temperature(number)
    return format_html(
        '<span class="score {}"><i aria-hidden="true"></i>{} <span class="visually-hidden">of 100,'
        "</span> {}</span>",
        word.lower(),
        number,
        word,
    )


@register.simple_tag
def avatar(thing: Any, css: str = "", named: bool = False) -> SafeString:
    """Initials of a user or a lead in one of six tints, always the same for the same person."""
    tint = (getattr(thing, "pk", 0) or 0) % 6 + 1
    return _avatar(tint, css, thing.initials, str(thing) if named else "")


@lru_cache(maxsize=256)
def _avatar(tint: int, css: str, initials: str, name: str) -> SafeString:
    if name:
        return format_html(
            '<span class="av a{} {}" role="img" aria-label="{}">{}</span>',
            tint,
            css,
            name,
            initials,
        )
    return format_html('<span class="av a{} {}" aria-hidden="true">{}</span>', tint, css, initials)


@register.filter
def grouped(value: Any, places: int = 0) -> str:
    """ "12,345": what floatformat says, without its work for whole numbers."""
    if type(value) is int and not places:
        return f"{value:,}"
    return str(floatformat(value, f"{places}g"))


STAGE_TINT = {
    "engaged": "info",
    "meeting": "ok",
    "proposal": "brand-c",
    "won": "ok",
    "lost": "out",
}


@register.filter
def stage_tint(stage: str) -> str:
    """The chip's colour for a lead's stage; the word beside it says the same."""
    return STAGE_TINT.get(stage, "")


@register.filter
def is_past(when: datetime | None) -> bool:
    """True for a moment that has come."""
    return when is not None and when <= timezone.now()


@register.filter
def ago(when: datetime | None) -> SafeString | str:
    """ "26 min", "3 h", "yesterday", "4 d", "12 Oct" with the full date in the title."""
    if not when:
        return ""
    seconds = (timezone.now() - when).total_seconds()
    local = timezone.localtime(when)
    return _time(when, local, _ago_words(seconds, local))


@register.filter
def past(when: datetime | None) -> SafeString | str:
    """`ago` inside a sentence: "5 d ago", "just now", "on 12 Oct"."""
    if not when:
        return ""
    local = timezone.localtime(when)
    words = _ago_words((timezone.now() - when).total_seconds(), local)
    if words in ("now", "soon"):
        words = "just now"
    elif words.endswith((" min", " h", " d")):
        words = f"{words} ago"
    else:
        words = f"on {words}"
    return _time(when, local, words)


def _time(when: datetime, local: datetime, words: str) -> SafeString:
    """`words` come from strftime and our own text: nothing in them needs escaping."""
    whole = local.strftime("%A %-d %B %Y, %H:%M")
    at = when.isoformat(timespec="minutes")
    return mark_safe(f'<time datetime="{at}" title="{whole}">{words}</time>')  # noqa: S308


def _ago_words(seconds: float, local: datetime) -> str:
    if seconds < 0:
        return "soon"
    if seconds < 60:
        return "now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    if seconds < 86400:
        return f"{int(seconds // 3600)} h"
    if seconds < 86400 * 14:
        return f"{int(seconds // 86400)} d"
    return (
        local.strftime("%-d %b")
        if local.year == timezone.localdate().year
        else local.strftime("%-d %b %Y")
    )


@register.filter
def due(when: datetime | None) -> SafeString | str:
    """A moment to come, in the user's zone: "10:40", "tomorrow 09:00", "Wed 09:00"."""
    if not when:
        return ""
    local = timezone.localtime(when)
    return _time(when, local, due_words(local))


def due_words(local: datetime) -> str:
    today = timezone.localdate()
    day = local.date()
    if day == today:
        return local.strftime("%H:%M")
    if day == today + timedelta(days=1):
        return local.strftime("tomorrow %H:%M")
    if today < day < today + timedelta(days=7):
        return local.strftime("%a %H:%M")
    return local.strftime("%-d %b %H:%M")


@register.filter
def day_heading(value: date | datetime) -> str:
    """ "Today", "Yesterday", "Monday 16 November"."""
    day = timezone.localtime(value).date() if isinstance(value, datetime) else value
    today = timezone.localdate()
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return day.strftime("%A %-d %B") if day.year == today.year else day.strftime("%A %-d %B %Y")


@register.filter
def lines(text: str) -> list[str]:
    """Paragraphs of a plain text, for <p> each."""
    return [part.strip() for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """The page's query string with some parameters set, or dropped by None."""
    kept = context["request"].GET.lists()
    pairs: list[tuple[str, Any]] = [(key, values) for key, values in kept if key not in changes]
    pairs += [(key, value) for key, value in changes.items() if value not in (None, "")]
    return "?" + urlencode(pairs, doseq=True)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """mapping[key] or None, in a template."""
    return mapping.get(key) if hasattr(mapping, "get") else None
