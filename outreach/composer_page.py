"""What the composer shows: one tab for each way to write, with the reason where one is closed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils import timezone

from leads.models import Lead
from leads.services import zones
from outreach import forms_compose
from outreach.channels.base import Channel
from outreach.models import Call, Template, Touch
from outreach.services import bridge, handwork, lint, policy, reach, replying, texting, writing
from outreach.services.limits import Facts
from salesagent.accounts.models import User


@dataclass(frozen=True)
class Tab:
    """One way to write. `off`: why it is closed; `link`: (address, words) that opens it again."""

    code: str
    label: str
    icon: str
    off: str = ""
    link: tuple[str, str] = ("", "")
    hint: str = ""
    form: Any = None
    templates: list[tuple[int, str, str]] = field(default_factory=list)  # id, name, words
    channel: Channel | None = None
    count: str = ""


def tabs(lead: Lead, user: User, replaced: Mapping[str, Any]) -> list[Tab]:
    """The text channels that wiring names. `replaced`: code -> a form that came back."""
    found = [one for one in reach.channels() if one.sender == "service"]
    touches = {one.code: _as_written(lead, one) for one in found}
    facts = Facts.load()
    if any(facts.connection(one.service) for one in found):
        facts = Facts.for_touches(list(touches.values()), timezone.now(), limited=[])
    return [_tab(lead, user, one, touches[one.code], facts, replaced) for one in found]


def _as_written(lead: Lead, channel: Channel) -> Touch:
    """A text as it would be made now, for the policy to judge. Nothing is stored."""
    return Touch(
        lead=lead,
        channel=channel.code,
        kind=Touch.Kind.MANUAL,
        to_address=reach.address(lead, channel.code),
        due_at=timezone.now(),
    )


def _tab(
    lead: Lead,
    user: User,
    channel: Channel,
    touch: Touch,
    facts: Facts,
    replaced: Mapping[str, Any],
) -> Tab:
    code, why = _closed(lead, channel, touch, facts)
    templates = _templates(channel) if code == "template" else []
    if templates:
        code, why = "", ""
    form = replaced.get(channel.code) or forms_compose.TextForm(channel=channel)
    body = str(form["body"].value() or "")
    return Tab(
        code=channel.code,
        label=channel.label,
        icon=channel.icon,
        off=why,
        link=_way_out(lead, user, channel, code) if why else ("", ""),
        hint="" if why else _hint(lead, channel, touch, bool(templates)),
        form=form,
        templates=templates,
        channel=channel,
        count=count(channel, body),
    )


def _closed(lead: Lead, channel: Channel, touch: Touch, facts: Facts) -> tuple[str, str]:
    """(code, why) of the first thing that stands against writing on this channel now."""
    verdict = policy.sender(touch, timezone.now(), facts)
    if not verdict.ok:
        return verdict.code, verdict.text
    if not touch.to_address:
        return "address", f"No {channel.reach_word} is known."
    if problem := channel.problem(touch.to_address, ""):
        return "address", problem
    touch.kind = writing.text_kind(lead, channel.code, texting.invited(lead, channel.code))
    for rule in (policy.person, policy.lawful, policy.consent, policy.template_needed):
        verdict = rule(touch, timezone.now(), facts)
        if verdict.code == "consent":
            return "consent", f"{lead.name} has not agreed to {channel.label}."
        if not verdict.ok:
            return verdict.code, verdict.text
    if missing := texting.no_sender(channel, facts.connection(channel.service)):
        return "service", missing
    return "", ""


def _way_out(lead: Lead, user: User, channel: Channel, code: str) -> tuple[str, str]:
    """Where a person puts it right, if they may."""
    page = reverse("leads:edit", args=[lead.pk])
    if code == "address":
        return page, f"Add a {channel.reach_word}"
    if code == "basis":
        return page, "Record the basis"
    if code == "consent":
        return reverse("leads:consent", args=[lead.pk]) + f"?channel={channel.code}", (
            "Record the yes"
        )
    if code == "service" and user.is_owner:
        return reverse("settings:connections"), "Connect it"
    return "", ""


def _hint(lead: Lead, channel: Channel, touch: Touch, only_templates: bool) -> str:
    """What happens to a text that is sent now."""
    if only_templates:
        return f"{channel.label} takes only an approved template now. Choose one."
    if touch.kind == Touch.Kind.REPLY:
        until = texting.open_until(lead, channel.code) if channel.reply_hours else None
        return f"Free text until {timezone.localtime(until):%H:%M}." if until else ""
    return quiet_words(lead, channel.code)


def quiet_words(lead: Lead, code: str) -> str:
    """ "It is 21:40 where Marta is: it goes out tomorrow at 09:00 there."; "" in good hours."""
    now, at = timezone.now(), handwork.good_time(lead, code, timezone.now())
    if at is None:
        return ""
    place = zones.zone_for(lead)
    here, then = now.astimezone(place), at.astimezone(place)
    day = "" if then.date() == here.date() else f"{then:%A} "
    name = lead.first_name or lead.name
    return f"It is {here:%H:%M} where {name} is: it goes out {day}at {then:%H:%M} there."


def _templates(channel: Channel) -> list[tuple[int, str, str]]:
    rows = Template.objects.filter(
        channel=channel.code, content_state="approved", archived_at=None
    ).exclude(content_sid="")
    return list(rows.order_by("name", "id").values_list("pk", "name", "body")[:50])


def count(channel: Channel, text: str) -> str:
    """ "160 characters, 2 messages", as the page counts it while somebody types."""
    text = text.replace("\r\n", "\n")
    words = f"{len(text):,} of {channel.text_limit:,} characters"
    if channel.counter != "segments":
        return words
    parts = lint.segments(text) if text else 0
    return f"{words}, {parts} {'message' if parts == 1 else 'messages'}"


def mail_way_out(lead: Lead, look: replying.Outlook) -> tuple[str, str]:
    """Where to put right what keeps mail from being written."""
    if not lead.email and not lead.archived_at:
        return reverse("leads:edit", args=[lead.pk]), "Add an address"
    if look.mailbox is None:
        return reverse("outreach:mailboxes"), "Connect a mailbox"
    return "", ""


def known_of(call: Call | None) -> dict[str, Any]:
    """What the form of a call starts with after a bridged one."""
    if call is None or call.state in bridge.OPEN:
        return {}
    return {"outcome": bridge.outcome(call), "minutes": bridge.minutes(call) or None}


def first_tab(lead: Lead, mail_off: str, texts: list[Tab]) -> str:
    """Where they wrote last; else mail, the first text channel that is open, a note."""
    ready = [one.code for one in texts if not one.off]
    if lead.last_sign_channel in ready:
        return lead.last_sign_channel
    return next(iter(ready), "note") if mail_off else "email"
