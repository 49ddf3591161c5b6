"""Texts (channels that a connected service sends): whether they may go, and why not.

What became of them: services.text_reports; what comes in: services.texts_inbound.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from leads.models import Lead
from leads.services import consent, suppression
from outreach.channels.base import Channel
from outreach.models import InboundMessage, Touch, new_message_id
from outreach.services import reach, text_templates
from salesagent.accounts import connections
from salesagent.accounts.models import Connection

KEY_DOMAIN = "text"
STOPPED = "Asked to stop"  # how the reason begins of a received message that was a "stop"


def wired(code: str) -> Channel | None:
    found = reach.channel(code) if code in settings.CHANNELS else None
    return found if found and found.sender == "service" else None


def key(code: str) -> str | None:
    """The key of a new text, fixed with the draft; None for other channels."""
    return new_message_id(KEY_DOMAIN) if wired(code) else None


# --- may it go ---


def reaches(lead: Lead, code: str) -> bool:
    """Whether a sequence can use the channel for this lead: address, kind of number, consent."""
    to = reach.address(lead, code)
    found = wired(code)
    if not to or found is None:
        return bool(to)
    if found.problem(to, ""):
        return False
    return not found.needs_consent or consent.has_consent(lead, code)


def ready(lead: Lead, code: str) -> tuple[bool, str]:
    """Whether a person can write free text to the lead now, and if not, why and what to do."""
    why = _not_ready(lead, code)
    return not why, why


def _not_ready(lead: Lead, code: str) -> str:
    found = wired(code)
    if found is None:
        return "This is no channel for texts."
    if why := _service_problem(found):
        return why
    to = reach.address(lead, code)
    if why := found.problem(to, ""):
        return why
    if suppression.is_suppressed(lead, code):
        return f"{lead.name} is on the do-not-contact list."
    if not consent.has_consent(lead, code) and invited(lead, code) is None:
        return f"{lead.name} has not agreed to {found.label}. Record the yes on the lead's page."
    return _window_problem(found, lead, to)


def _service_problem(channel: Channel) -> str:
    row = connections.active(channel.service)
    if row is None:
        return f"{channel.label} is not connected. The owner does that in Settings, Connections."
    if missing := no_sender(channel, row):
        return missing
    if row.state == row.State.BROKEN:
        return f"{channel.label} needs you: {row.error}" if row.error else "Settings, Connections."
    return ""


def no_sender(channel: Channel, connection: Connection | None) -> str:
    """Why the connected service has nothing to send from; "" when it has."""
    chosen = connection.settings if connection else {}
    if not channel.senders or any(chosen.get(name) for name in channel.senders):
        return ""
    return f"No sender for {channel.label} is set: Settings, Connections."


def _last_inbound(code: str, number: str) -> datetime | None:
    rows = InboundMessage.objects.filter(channel=code, from_address=number, mailbox=None)
    return rows.order_by("-received_at").values_list("received_at", flat=True).first()


def last_inbound(lead: Lead, code: str) -> datetime | None:
    """When the lead last wrote to us on this channel from the number we would write to."""
    return _last_inbound(code, reach.address(lead, code))


def invited(lead: Lead, code: str) -> datetime | None:
    """The same, but only if they did not say no with it or after it: a message that says "stop",
    or a yes that was taken back, ends what came before as a reason to write."""
    last = last_inbound(lead, code)
    if last is None:
        return None
    stops = InboundMessage.objects.filter(
        channel=code,
        from_address=reach.address(lead, code),
        mailbox=None,
        reason__startswith=STOPPED,
        received_at__gte=last,
    )
    taken_back = lead.consents.filter(channel=code, withdrawn_at__gte=last)
    return None if stops.exists() or taken_back.exists() else last


def open_until(lead: Lead, code: str) -> datetime | None:
    """Until when free text is taken; None when only a template is, or always."""
    found = wired(code)
    last = _last_inbound(code, reach.address(lead, code)) if found and found.reply_hours else None
    if last is None or found is None:
        return None
    end = last + timedelta(hours=found.reply_hours)
    return end if end >= timezone.now() else None


def _window_problem(channel: Channel, lead: Lead, to: str) -> str:
    if not channel.reply_hours or open_until(lead, channel.code):
        return ""
    last = _last_inbound(channel.code, to)
    when = "has not written yet" if last is None else "wrote last more than a day ago"
    return (
        f"{lead.name} {when}: {channel.label} takes only an approved template now. "
        "Use the words of one, or wait until they write."
    )


def draft_problems(touch: Touch) -> list[tuple[str, str]]:
    """(code, why) of what stands against a draft on such a channel; none for other channels."""
    found = wired(touch.channel)
    if found is None or not touch.lead.pk or not touch.to_address:
        return []
    problems = [("number", found.problem(touch.to_address, touch.body))]
    answer = touch.kind == Touch.Kind.REPLY
    if found.needs_consent and not answer and not consent.has_consent(touch.lead, touch.channel):
        text = f"{touch.lead.name} has not agreed to {found.label}. Record the yes on the lead."
        problems.append(("consent", text))
    if touch.content_sid:
        problems.append(("template", text_templates.unfit(touch)))
    else:
        problems.append(("template", _window_problem(found, touch.lead, touch.to_address)))
    return [(code, text) for code, text in problems if text]
