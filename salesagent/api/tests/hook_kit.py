"""An address that listens, and the round that is made each minute."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from leads import thread
from leads.models import Lead, ThreadEvent
from salesagent.api.hooks import managing, running
from salesagent.api.models import Hook, HookDelivery
from salesagent.tests.peers import faults

KINDS = ("lead.created", "reply.received", "lead.suppressed", "deal.won", "touch.sent")


@pytest.fixture
def listener(settings: Any) -> Iterator[faults.FaultServer]:
    """Answers 200 to everything, on a host of the own network that is allowed."""
    with faults.fault_server() as server:
        server.script("*", faults.ok())
        settings.WEBHOOK_HOSTS = [f"127.0.0.1:{server.port}"]
        yield server


def hook_to(server: faults.FaultServer, user: Any, kinds: Any = KINDS, path: str = "/in") -> Hook:
    return managing.add(user, name="Their CRM", url=f"{server.base}{path}", kinds=kinds)


def happened(lead: Lead, kind: str = "reply.received", **data: Any) -> ThreadEvent:
    event = thread.record(
        lead=lead, kind=kind, actor="lead", body="SECRET WORDS", channel="email", data=data
    )
    assert event is not None
    return event


def minute() -> None:
    running.round_of_all()


def only(hook: Hook) -> HookDelivery:
    return HookDelivery.objects.select_related("hook__user").get(hook=hook)


def later(frozen: Any, **delta: float) -> datetime:
    frozen.shift(timedelta(**delta))
    return datetime.now().astimezone()
