"""What is told of an event. Made when it is sent: what was erased meanwhile never leaves."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from leads.access import sees
from leads.family import keeper
from leads.models import Lead, ThreadEvent
from leads.services.suppression import is_suppressed
from salesagent.api.hooks.kinds import BY_CODE, OF_SUPPRESSED, PING
from salesagent.api.models import HookDelivery
from salesagent.lib.text import two_decimals

LONGEST = 200  # characters of one value


class Withheld(Exception):
    """This event is not told any more; the text says why."""


def body_of(delivery: HookDelivery) -> dict[str, Any]:
    """{id, kind, occurred_at, lead, data, test}. Raises Withheld."""
    if delivery.kind == PING:
        return _body(PING, 0, delivery.created_at.isoformat(), None, {}, test=True)
    event = ThreadEvent.objects.select_related("lead__owner").filter(pk=delivery.event_id).first()
    if event is None or event.kind not in BY_CODE:
        raise Withheld("This event is not there any more.")
    lead = keeper(event.lead)
    _may_leave(delivery, event, lead)
    suppressed = event.kind in OF_SUPPRESSED
    at = timezone.localtime(event.occurred_at, timezone.get_default_timezone())
    facts: dict[str, Any] = {"channel": event.channel} if event.channel else {}
    facts |= {key: _fact(key, event.data[key]) for key in _fields(event) if key in event.data}
    told = _who(lead, named=not suppressed)
    return _body(event.kind, event.pk, at.isoformat(), told, facts, test=False)


def _may_leave(delivery: HookDelivery, event: ThreadEvent, lead: Lead) -> None:
    if lead.erased_at is not None or event.redacted_at is not None:
        raise Withheld("Not sent: this person was erased.")
    if not sees(delivery.hook.user, lead):
        raise Withheld(f"Not sent: {delivery.hook.user} does not see this lead any more.")
    if event.kind not in OF_SUPPRESSED and is_suppressed(lead, "all"):
        raise Withheld("Not sent: this person must not be contacted.")


def _fields(event: ThreadEvent) -> tuple[str, ...]:
    return BY_CODE[event.kind].fields


def _fact(key: str, value: object) -> str | int | float | bool | None:
    """Money in the API's form."""
    try:
        return two_decimals(str(value)) if key == "value" else _plain(value)
    except ValueError:
        return None


def _plain(value: object) -> str | int | float | bool | None:
    """Numbers and short texts only: whatever else stands there does not leave."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return value[:LONGEST] if isinstance(value, str) else None


def _name(lead: Lead) -> str:
    """As somebody wrote it, else nothing: the name on the pages falls back to an address."""
    name = f"{lead.first_name} {lead.last_name}".strip()
    return "" if "@" in name else name


def _who(lead: Lead, *, named: bool) -> dict[str, Any]:
    url = f"{settings.SITE_URL}{reverse('leads:detail', args=[lead.pk])}"
    found: dict[str, Any] = {"id": lead.pk, "url": url}
    if named:
        found |= {"name": _name(lead), "company": lead.company_name, "stage": lead.stage}
        found["owner"] = lead.owner_id
    return found


def _body(
    kind: str,
    event: int,
    at: str,
    lead: dict[str, Any] | None,
    data: dict[str, Any],
    *,
    test: bool,
) -> dict[str, Any]:
    return {
        "id": event, "kind": kind, "occurred_at": at, "lead": lead, "data": data, "test": test,
    }  # fmt: skip
