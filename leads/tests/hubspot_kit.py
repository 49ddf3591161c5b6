"""A HubSpot account to test against, and our adapter connected to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from leads.crm.base import Settings
from leads.crm.hubspot import HubSpot
from leads.tests.hubspot_server import serving
from leads.tests.hubspot_world import World
from salesagent.lib import budget, http


class Clock:
    """Time that only moves when somebody waits."""

    def __init__(self, at: float = 1_795_000_000.0) -> None:
        self.at = at
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds + 0.001  # nobody wakes up too early


@contextmanager
def account(monkeypatch: Any, **values: Any) -> Iterator[tuple[World, HubSpot, Clock]]:
    """A world, the adapter and the clock of both; no call ever waits for real."""
    clock = Clock()
    for module, name in ((http, "now"), (budget, "clock")):
        monkeypatch.setattr(module, name, clock)
    monkeypatch.setattr(http, "sleep", clock.sleep)
    monkeypatch.setattr("leads.crm.hubspot_api.now", clock)
    world = World(clock=clock, **values)
    world.owners.append({"id": "31", "email": "Jonas@own.example", "userId": 7, "firstName": "Jo"})
    with serving(world) as base:
        yield world, adapter(world, base), clock


def adapter(world: World, base: str, **values: Any) -> HubSpot:
    extra = {"account": str(world.portal), **values.pop("extra", {})}
    return HubSpot(lambda refused="": world.token, Settings(base_url=base, extra=extra, **values))
