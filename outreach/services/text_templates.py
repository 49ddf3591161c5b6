"""Templates that a provider has approved (WhatsApp): fetched, given our merge fields, bound to a
draft.

A row of Template with `content_sid` holds the approved words with merge fields in the provider's
places, in the order {{1}}, {{2}}, ...: so the words say which value is which number. Only fetching
writes the words and only `map_fields` the fields, so a text that has the same words is that
template, in a sequence as well as in the composer.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from outreach.channels.base import AccountConfig
from outreach.channels.texts import ContentTemplate, TemplateSource
from outreach.models import Template, Touch
from outreach.services import merge, reach, transports
from salesagent.accounts import connections
from salesagent.ai import frames
from salesagent.lib.text import clean, one_line

CHANNEL = "whatsapp"
APPROVED = "approved"
GONE = "gone"  # our word: the provider no longer has it
UNUSABLE = "unusable"  # ours: not a text, or its places are not 1, 2, 3 in this order
KINDS = ("twilio/text", "whatsapp/text", "twilio/quick-reply", "twilio/call-to-action")
LIMIT = 1024
_PLACE = re.compile(r"\{\{[ \t]{0,3}([A-Za-z0-9_]{1,40})[ \t]{0,3}\}\}")
_MARK = "\x00"


class TemplateError(Exception):
    """Why nothing was changed, in plain words."""


@dataclass(frozen=True)
class Synced:
    """What a fetch came to."""

    found: int
    approved: int
    unusable: int


# --- words and places ---


def skeleton(frame: str) -> str:
    """The words without what is filled in; white space counts as one."""
    plain = frames.FIELD.sub(_MARK, clean(frame).replace("\r\n", "\n"))
    return " ".join(plain.split())


def slots(frame: str) -> list[str]:
    """Every place of a frame as it stands there, in order."""
    return [match[0] for match in frames.FIELD.finditer(frame)]


def places(body: str) -> list[str]:
    """The names of the provider's places, in order."""
    return [match[1] for match in _PLACE.finditer(body)]


def usable(found: ContentTemplate) -> bool:
    """Only text, and its places are 1 to n, each once and in order."""
    names = places(found.body)
    in_order = names == [str(number) for number in range(1, len(names) + 1)]
    return bool(found.body.strip()) and found.kind in KINDS and in_order


def framed(body: str, fields: Sequence[str]) -> str:
    """The provider's words with our fields in its places."""
    names = iter(fields)
    return _PLACE.sub(lambda match: "{{" + next(names, "first_name") + "}}", body)


# --- fetching ---


def sync() -> Synced:
    """Fetch all templates and what WhatsApp says of each. Raises ChannelError, SecretUnreadable."""
    channel = reach.channel(CHANNEL)
    config = transports.config_of(channel, None)
    if isinstance(config, AccountConfig):
        base = str(settings.SERVICE_URLS.get(f"{channel.service}_content", ""))
        config = replace(config, base_url=base)
    found = cast(TemplateSource, channel).templates(config)
    if connection := connections.active(channel.service):
        connections.worked(connection.pk)
    return _store(found)


@transaction.atomic
def _store(found: list[ContentTemplate]) -> Synced:
    now = timezone.now()
    for one in found:
        _put(one)
    rows = Template.objects.filter(channel=CHANNEL).exclude(content_sid="")
    rows.exclude(content_sid__in=[one.sid for one in found]).update(
        content_state=GONE, content_at=now
    )
    approved = rows.filter(content_state=APPROVED).count()
    return Synced(len(found), approved, rows.filter(content_state=UNUSABLE).count())


def _put(one: ContentTemplate) -> None:
    """One row for each template; fields that a person has chosen stay, as long as they fit."""
    fits = usable(one)
    row = Template.objects.filter(channel=CHANNEL, content_sid=one.sid).first()
    row = row or Template(code=_code(one), channel=CHANNEL, content_sid=one.sid)
    chosen = [match[1] for match in frames.FIELD.finditer(row.body)]
    wanted = chosen if len(chosen) == len(places(one.body)) else _guess(one)
    row.name = one_line(f"{one.name} ({one.language})" if one.language else one.name, 100)
    row.body = framed(one.body, wanted) if fits else one.body
    row.content_state = one.state if fits else UNUSABLE
    row.purpose = one_line(one.reason or one.category, 40)
    row.content_at, row.archived_at = timezone.now(), None
    row.save()


def _code(one: ContentTemplate) -> str:
    return f"wa-{slugify(one.name)[:20]}-{one.sid[-12:].lower()}".replace("--", "-")


def _guess(one: ContentTemplate) -> list[str]:
    """A sample value that is called like one of our fields is that field."""
    first = ["first_name", "company"]
    names = []
    for number in places(one.body):
        sample = re.sub(r"\W+", "_", one.variables.get(number, "").strip().lower())
        rest = [code for code in first if code not in names]
        names.append(sample if sample in merge.FIELDS else (rest or ["service"])[0])
    return names


@transaction.atomic
def map_fields(template: Template, fields: Sequence[str]) -> Template:
    """Which merge field goes into {{1}}, {{2}}, ... Raises TemplateError."""
    row = Template.objects.select_for_update().get(pk=template.pk)
    if len(fields) != len(slots(row.body)) or not row.content_sid:
        raise TemplateError("The template changed meanwhile. Look at it again.")
    if unknown := [code for code in fields if code not in merge.FIELDS]:
        raise TemplateError(f"There is no field {one_line(unknown[0], 40)}.")
    names = iter(fields)
    row.body = frames.FIELD.sub(lambda match: "{{" + next(names) + "}}", row.body)
    row.save(update_fields=["body"])
    return row


def rows() -> list[Template]:
    found = Template.objects.filter(channel=CHANNEL).exclude(content_sid="")
    return list(found.exclude(content_state=GONE).order_by("name", "id"))


# --- binding ---


def matching(frame: str, content_sid: str = "") -> Template | None:
    """The approved template that has these words; `content_sid`: the one that was chosen."""
    found = Template.objects.filter(channel=CHANNEL, content_state=APPROVED, archived_at=None)
    if content_sid:
        return found.filter(content_sid=content_sid).first()
    words = skeleton(frame)
    bound = found.exclude(content_sid="").order_by("id")
    return next((row for row in bound if skeleton(row.body) == words), None)


def bind(touch: Touch, frame: str, fields: Mapping[str, str]) -> None:
    """Let the touch go out as an approved template where its words are one; else as free text.

    Sets body, content_sid and content_variables; stores nothing.
    """
    touch.content_sid, touch.content_variables = "", {}
    if touch.channel not in settings.CHANNELS or not reach.channel(touch.channel).reply_hours:
        return
    chosen = touch.variant.content_sid if touch.variant else ""
    template = matching(frame, chosen)
    if template is None:
        return
    places_of = frame if skeleton(frame) == skeleton(template.body) else template.body
    values = [_value(slot, fields) for slot in slots(places_of)]
    touch.content_sid = template.content_sid
    touch.content_variables = {str(n): value for n, value in enumerate(values, start=1)}
    touch.body = filled(template, touch.content_variables)


def _value(slot: str, fields: Mapping[str, str]) -> str:
    """On one line: WhatsApp refuses values with line ends."""
    closed = {code: fields.get(code, "") for code in merge.FIELDS}
    return one_line(frames.fill(slot, closed, merge.snippet_texts(), merge.FALLBACKS).text, LIMIT)


def filled(template: Template, variables: Mapping[str, str]) -> str:
    """What the person will read."""
    values = iter(variables.get(str(n), "") for n in range(1, len(slots(template.body)) + 1))
    return frames.FIELD.sub(lambda match: next(values), template.body).strip()


def unfit(touch: Touch) -> str:
    """Why a bound touch cannot go out as its template; "" when it can."""
    if not touch.content_sid:
        return ""
    row = Template.objects.filter(channel=touch.channel, content_sid=touch.content_sid).first()
    if row is None or row.content_state == GONE:
        return "The WhatsApp template of this text no longer exists. Write a new draft."
    if row.content_state != APPROVED:
        return f"The WhatsApp template {row.name} is {row.content_state}, not approved."
    if filled(row, touch.content_variables) != touch.body.strip():
        return "The words differ from the approved WhatsApp template. Write a new draft."
    if len(touch.body) > LIMIT:
        return f"Filled in, the WhatsApp template has more than {LIMIT:,} characters."
    return ""
